"""Measure how often the intervals of similarities, shifts and maps hold the truth, and how often the tests err.

    python benchmarks/comparison_coverage.py [--trials 60] [--sentences 6 10 20 40]

Needs the corpus provincial-reports-2025. Eight units of n sentences each are drawn from eight reports, again and again;
the truth is the mean value over the trials. Printed: how often the interval at 95 % holds it, and how often the plain
percentiles of the same resamples do. Then all eight units are drawn from one report, where the share of p at or below
.05 should be .05, for pairs and for all units at once. Shifts: the contributions of terms between units of two reports,
by how often a term is to be expected in both. Maps: simulated units with two real axes, strong and weak; the truth is
the mean of the trials' maps, turned onto each.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils import paths  # noqa: E402
from src.utils.measures.correspondence import map_units  # noqa: E402
from src.utils.measures.shifts import word_shift  # noqa: E402
from src.utils.measures.similarity import (  # noqa: E402
    comparable,
    difference,
    pairwise,
    resampled_unit_counts,
    similarities,
)
from src.utils.measures.unit_texts import UnitTexts, unit_texts  # noqa: E402
from src.utils.plans.pipeline import load_file  # noqa: E402
from src.utils.words.dictionaries import segmenter_for  # noqa: E402
from src.utils.words.stopwords import content_tokens  # noqa: E402
from src.utils.words.token_tables import token_table  # noqa: E402

N_UNITS = 8
MEASURES = ("cosine", "js_distance")
N_RESAMPLES = 300
N_SHUFFLES = 199


def main() -> int:
    """Print the rates; returns 0, or 1 where the corpus is absent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--sentences", type=int, nargs="+", default=[6, 10, 20, 40])
    options = parser.parse_args()
    reports = sorted((paths.CORPORA / "provincial-reports-2025").glob("*.docx"))[:N_UNITS]
    if len(reports) < N_UNITS:
        print("the corpus provincial-reports-2025 is not here: python run.py fetch provincial-reports-2025")
        return 1
    tokens = [content_tokens(token_table(load_file(report).sentences, segmenter_for())) for report in reports]
    for n in options.sentences:
        print(coverage(tokens, n, options.trials).to_string(index=False), flush=True)
        print(rejections(max(tokens, key=len), n, options.trials).to_string(index=False), flush=True)
        print(shift_coverage(tokens[:2], n, options.trials).to_string(index=False), flush=True)
        print(map_coverage(n, options.trials).to_string(index=False), flush=True)
    return 0


def drawn(sources: Sequence[pd.DataFrame], n: int, rng: np.random.Generator) -> UnitTexts:
    """Units of n sentences, one from each source; a source that stands several times gives different sentences."""
    left = {id(source): rng.permutation(source["sentence"].unique()).tolist() for source in sources}
    taken = [[left[id(source)].pop() for _ in range(n)] for source in sources]
    groups = [
        pd.DataFrame({"plan": source["plan"].iloc[0], "sentence": sentences, "scheme": "drawn", "unit": f"unit {at}"})
        for at, (source, sentences) in enumerate(zip(sources, taken, strict=True))
    ]
    different = {id(source): source for source in sources}
    return unit_texts(pd.concat(different.values(), ignore_index=True), pd.concat(groups, ignore_index=True))


def coverage(sources: Sequence[pd.DataFrame], n: int, trials: int) -> pd.DataFrame:
    """How often intervals hold the mean value of such units, over all pairs."""
    rng = np.random.default_rng(n)
    found = []
    for trial in range(trials):
        texts = drawn(sources, n, rng)
        table = similarities(texts, MEASURES, n_resamples=N_RESAMPLES, n_shuffles=1, seed=trial)
        text = comparable(texts)
        above = np.triu_indices(N_UNITS, 1)
        draws = list(resampled_unit_counts(text, N_RESAMPLES, trial))
        for measure in MEASURES:
            values = np.concatenate([pairwise(part, measure)[:, above[0], above[1]] for part in draws])
            low, high = np.quantile(values, [0.025, 0.975], axis=0)
            of_measure = table[table["measure"] == measure]
            found.append(of_measure.assign(percentile_low=low, percentile_high=high))
    trial_rows = pd.concat(found)
    truth = trial_rows.groupby(["unit", "other", "measure"])["value"].transform("mean")
    rows = trial_rows.assign(
        holds=truth.between(trial_rows["low"], trial_rows["high"]),
        percentiles_hold=truth.between(trial_rows["percentile_low"], trial_rows["percentile_high"]),
        sentences=n,
    )
    return rows.groupby(["sentences", "measure"], as_index=False)[["value", "bias", "holds", "percentiles_hold"]].mean()


def rejections(source: pd.DataFrame, n: int, trials: int) -> pd.DataFrame:
    """How often p is at or below .05 where all units come from one source."""
    rng = np.random.default_rng(n)
    found = []
    for trial in range(trials):
        texts = drawn([source] * N_UNITS, n, rng)
        pairs = similarities(texts, MEASURES, n_resamples=2, n_shuffles=N_SHUFFLES, seed=trial)
        whole = difference(texts, MEASURES, n_shuffles=N_SHUFFLES, seed=trial)
        found += [
            table.assign(test=name)[["test", "measure", "p"]] for name, table in (("pair", pairs), ("all", whole))
        ]
    rows = pd.concat(found).assign(sentences=n, rejected=lambda table: table["p"] <= 0.05)
    return rows.groupby(["sentences", "test", "measure"], as_index=False)["rejected"].mean()


def shift_coverage(sources: Sequence[pd.DataFrame], n: int, trials: int) -> pd.DataFrame:
    """How often the intervals of the terms that stand in a trial hold the mean over all trials."""
    rng = np.random.default_rng(n)
    found = []
    for trial in range(trials):
        texts = drawn(sources, n, rng)
        table = word_shift(
            texts, "unit 0", "unit 1", n_resamples=N_RESAMPLES, n_shuffles=1, min_sentences=2, seed=trial
        )
        found.append(table.assign(trial=trial))
    rows = pd.concat(found)
    keys = [rows["measure"], rows["term"]]
    truth = rows["value"].groupby(keys).transform("sum") / trials  # 0 where a trial lacks the term
    expected = (rows["n"] + rows["n_other"]).groupby(keys).transform("sum") / trials
    rows = rows.assign(
        sentences=n, holds=truth.between(rows["low"], rows["high"]), expected=pd.cut(expected, [1, 2, 4, 8, 1000])
    )
    return rows.groupby(["sentences", "measure", "expected"], as_index=False, observed=True)["holds"].mean()


def map_coverage(n: int, trials: int) -> pd.DataFrame:
    """How often a unit's ellipse holds its place in the mean map, for two strengths of the planted axes."""
    rows = []
    for strength in (1.0, 0.5):
        rng = np.random.default_rng(n)
        maps = [
            map_units(planted(rng, n, strength), n_resamples=N_RESAMPLES, n_shuffles=1, min_sentences=3, seed=trial)
            for trial in range(trials)
        ]
        regions = [one.regions[one.regions["side"] == "row"] for one in maps]
        places = [region[["x", "y"]].to_numpy() for region in regions]
        mean = places[0]
        for _ in range(10):
            mean = np.mean([place @ turn(place, mean) for place in places], axis=0)
        held = [holds(region, mean @ turn(mean, place)) for region, place in zip(regions, places, strict=True)]
        firm = np.mean([one.axes["congruence"].iloc[:2].mean() for one in maps])
        rows.append((n, strength, firm, np.mean(held)))
    return pd.DataFrame(rows, columns=["sentences", "strength", "congruence", "ellipse_holds"])


def planted(rng: np.random.Generator, n: int, strength: float, n_units: int = 6, n_terms: int = 40) -> UnitTexts:
    """Units of n sentences of six terms, in bursts, whose profiles lie on a circle in two dimensions of the terms."""
    angles = np.arange(n_units) * 2 * np.pi / n_units
    places = np.random.default_rng(7).normal(size=(n_terms, 2))
    rows = []
    for unit, angle in enumerate(angles):
        weights = np.arange(1, n_terms + 1) ** -0.7 * np.exp(strength * places @ [np.cos(angle), np.sin(angle)])
        for sentence in range(n):
            terms = rng.choice(n_terms, size=6, p=rng.dirichlet(weights / weights.sum() * 30))
            rows += [(unit * n + sentence, f"unit {unit}", f"term {term:02d}") for term in terms]
    table = pd.DataFrame(rows, columns=["sentence", "unit", "term"]).assign(plan="p", scheme="planted")
    return unit_texts(table[["plan", "sentence", "term"]], table[["plan", "sentence", "scheme", "unit"]])


def turn(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The rotation that brings one nearest to the other."""
    left, _, right = np.linalg.svd(one.T @ other)
    return left @ right


def holds(regions: pd.DataFrame, points: np.ndarray) -> np.ndarray:
    """Whether each point lies in its ellipse."""
    away = points - regions[["x", "y"]].to_numpy()
    angle = np.radians(regions["angle"].to_numpy())
    along = away[:, 0] * np.cos(angle) + away[:, 1] * np.sin(angle)
    across = away[:, 1] * np.cos(angle) - away[:, 0] * np.sin(angle)
    return (along / regions["major"].to_numpy()) ** 2 + (across / regions["minor"].to_numpy()) ** 2 <= 1


if __name__ == "__main__":
    sys.exit(main())
