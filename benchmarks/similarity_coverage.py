"""Measure how often the intervals of similarities hold the truth, and how often the tests reject where nothing differs.

    python benchmarks/similarity_coverage.py [--trials 60] [--sentences 6 10 20 40]

Needs the corpus provincial-reports-2025. Eight units of n sentences each are drawn from eight reports, again and again;
the truth is the mean value over the trials. Printed: how often the interval at 95 % holds it, and how often the plain
percentiles of the same resamples do. Then all eight units are drawn from one report, where the share of p at or below
.05 should be .05, for pairs and for all units at once.
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
from src.utils.measures.similarity import (  # noqa: E402
    comparable,
    difference,
    pairwise,
    resampled_unit_counts,
    similarities,
)
from src.utils.measures.unit_texts import UnitTexts, unit_texts  # noqa: E402
from src.utils.plans.pipeline import load_file  # noqa: E402
from src.utils.words.segmenting import segmenter_for, token_table  # noqa: E402
from src.utils.words.stopwords import content_tokens  # noqa: E402

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


if __name__ == "__main__":
    sys.exit(main())
