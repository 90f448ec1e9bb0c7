"""How well planted topics are found again in texts of the digest's size and of others, by NMF and by LDA.

    python benchmarks/topic_recovery.py

Five topics, sentences with lengths and terms of shangrao-profile. Everything is seeded: the numbers are the same on
each run.
"""

import sys
import time
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils.measures.topics import Method, recovery_by_size, texts_of  # noqa: E402
from src.utils.plans.pipeline import load_plan  # noqa: E402
from src.utils.words.dictionaries import segmenter_for  # noqa: E402
from src.utils.words.stopwords import content_tokens  # noqa: E402
from src.utils.words.token_tables import token_table  # noqa: E402

N_TOPICS = 5


def main() -> None:
    """Print a table for each method."""
    plan = load_plan("shangrao-profile")
    tokens = token_table(plan.sentences, segmenter_for(plan.settings, plan=plan))
    texts = texts_of(content_tokens(tokens))
    for method in get_args(Method):
        began = time.perf_counter()
        table = recovery_by_size(texts, N_TOPICS, method)
        print(f"\n{method} ({time.perf_counter() - began:.0f} s)\n{table.round(3).to_string(index=False)}", flush=True)


if __name__ == "__main__":
    main()
