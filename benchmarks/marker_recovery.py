"""What profiles find in twelve units of 500 characters, how often they err in noise, and which intervals hold.

    python benchmarks/marker_recovery.py [--reports]

Sentences are those of shangrao-profile, or, with --reports, those of the provincial reports (`python run.py fetch
provincial-reports-2025`). Everything is seeded: the numbers are the same on each run.
"""

import sys
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils import paths  # noqa: E402
from src.utils.measures import interval_coverage as coverage  # noqa: E402
from src.utils.measures import planting, recovery  # noqa: E402
from src.utils.measures.specialisation import attention  # noqa: E402
from src.utils.plans.pipeline import load_file, load_plan  # noqa: E402
from src.utils.words.dictionaries import segmenter_for  # noqa: E402
from src.utils.words.stopwords import content_tokens  # noqa: E402
from src.utils.words.token_tables import token_table  # noqa: E402

N_UNITS, N_CHARS = 12, 500


def tokens_of_reports() -> pd.DataFrame:
    """Tokens of all provincial reports."""
    files = sorted((paths.CORPORA / "provincial-reports-2025").glob("*.docx"))
    if not files:
        sys.exit("The corpus is not here: python run.py fetch provincial-reports-2025")
    segmenter = segmenter_for()
    return pd.concat([token_table(load_file(file).sentences, segmenter) for file in files], ignore_index=True)


def show(title: str, began: float, table: pd.DataFrame) -> None:
    """Print a table with the seconds it took."""
    print(f"\n{title} ({time.perf_counter() - began:.0f} s)\n{table.round(3).to_string(index=False)}", flush=True)


def main() -> None:
    """Print every table of the recovery study."""
    plan = load_plan("shangrao-profile")
    of_plan = token_table(plan.sentences, segmenter_for(plan.settings))
    tokens = tokens_of_reports() if "--reports" in sys.argv else of_plan
    pool = planting.sentence_pool(content_tokens(tokens), tokens)
    sizes = [round(N_CHARS / pool.n_chars.mean())] * N_UNITS
    began = time.perf_counter()
    show("recovery", began, recovery.recovery_rates(pool, sizes).drop(columns=["n_markers", "n_simulations"]))
    began = time.perf_counter()
    amounts = recovery.amount_needed(pool)
    show("amount of text", began, recovery.least_amount(amounts))
    began = time.perf_counter()
    show("marks in noise", began, recovery.false_positives(pool, sizes))
    for effect in (1.0, 3.0, 5.0):
        began = time.perf_counter()
        show("ratio", began, coverage.ratio_coverage(pool, sizes, effect=effect))
        began = time.perf_counter()
        show("scores", began, coverage.score_coverage(pool, sizes, effect=effect))
    began = time.perf_counter()
    show("ranks", began, coverage.rank_coverage(pool, sizes))
    names = plan.settings.unit_names()
    found = attention(of_plan, plan.units, list(names["county"]), list(names["industry"]), county_evidence=("heading",))
    for difference in ("own", "none"):
        began = time.perf_counter()
        show("specialisation", began, coverage.specialisation_coverage(found, difference=difference))


if __name__ == "__main__":
    main()
