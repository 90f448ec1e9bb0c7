"""Time robustness(): 200 specifications with 200 resamples each for the two plans that ship, on two processes.

    python benchmarks/robustness_speed.py

Nothing is read from an earlier run. Then half of the grid, and the text ten times over: the time must grow with grid
and text, not faster.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pandas as pd  # noqa: E402

from src.utils.measures.plan_choices import CLUSTERS, SIMILARITIES, TERMS, PlanText, plan_text  # noqa: E402
from src.utils.measures.results import Result  # noqa: E402
from src.utils.measures.robustness import robustness  # noqa: E402
from src.utils.plans.pipeline import load_plan  # noqa: E402

PROCESSES = 2
N_RESAMPLES = 200


def results_of(text: PlanText) -> list[tuple[Result, tuple[str, ...]]]:
    """The results that a notebook shows, and the choices of each."""
    if text.scheme == "plan":
        return [(text.terms(), TERMS)]
    return [(text.terms(), TERMS), (text.similarities(), SIMILARITIES), (text.clusters(), CLUSTERS)]


def lengthened(text: PlanText, times: int) -> PlanText:
    """The same text `times` over, each sentence and its units again under new numbers."""
    step = int(text.sentences["sentence"].max()) + 1
    longer = {
        name: pd.concat(
            [table.assign(sentence=table["sentence"] + step * at) for at in range(times)], ignore_index=True
        )
        for name, table in (("sentences", text.sentences), ("groups", text.groups))
    }
    return replace(text, **longer, _cuts={}, _counted={}, _units={})


def seconds(text: PlanText, n_specifications: int, cache: Path) -> float:
    """Time all results of a text, segmentation and the start of processes included."""
    began = time.perf_counter()
    for result, inputs in results_of(text):
        weighting = {"weighting": ("frequency", "tfidf_sublinear_smooth")} if text.scheme == "plan" else {}
        grid = text.grid(inputs, N_RESAMPLES, **weighting)
        found = robustness(result, grid, n_specifications=n_specifications, processes=PROCESSES, cache=cache)
        print(f"    {found.name}: {len(found.specifications)} specifications; {found.verdict.en}")
    return time.perf_counter() - began


def main() -> None:
    """Print the seconds."""
    profile, published = load_plan("shangrao-profile"), load_plan("shangrao")
    county = plan_text(profile)
    runs = [
        ("shangrao-profile, counties", county, 200),
        ("shangrao-profile, industries", plan_text(profile, "industry"), 200),
        ("shangrao, whole plan", plan_text(published, "plan"), 200),
        ("shangrao-profile, counties, half of the grid", county, 100),
        ("shangrao-profile ten times over, counties", lengthened(county, 10), 200),
    ]
    shipped = 0.0
    for at, (name, text, n_specifications) in enumerate(runs):
        with tempfile.TemporaryDirectory() as folder:
            took = seconds(text, n_specifications, Path(folder))
        shipped += took if at < 3 else 0
        print(f"{name}: {took:.1f} s")
        if at == 2:
            print(f"The shipped plans together: {shipped:.1f} s")


if __name__ == "__main__":
    main()
