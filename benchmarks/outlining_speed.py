"""Time the provincial reports from DOCX to outlined sentences, in one process, and the same ten times over.

    python benchmarks/outlining_speed.py

Needs data/corpora/provincial-reports-2025 (`python run.py fetch provincial-reports-2025`). The second row reads each
report as ten of its text one below the other: the time must grow with the length, not faster.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils import paths  # noqa: E402
from src.utils.plans.cleaning import clean  # noqa: E402
from src.utils.plans.outline import read_outline  # noqa: E402
from src.utils.plans.reading import read_source  # noqa: E402


def main() -> None:
    """Print documents, characters, sentences and seconds for the corpus and for ten times the corpus."""
    files = sorted((paths.CORPORA / "provincial-reports-2025").glob("*.docx"))
    if not files:
        sys.exit("The corpus is not here: python run.py fetch provincial-reports-2025")
    for times in (1, 10):
        n_chars = n_sentences = 0
        began = time.perf_counter()
        for file in files:
            source = read_source(file)
            cleaned = clean("\n".join([source.text] * times))
            outline = read_outline(cleaned, file.stem, source=source if times == 1 else None)
            n_chars += len(cleaned.source)
            n_sentences += len(outline.sentences)
        print(
            f"{len(files)} reports x {times}: {n_chars:,} characters, {n_sentences:,} sentences, "
            f"{time.perf_counter() - began:.1f} s"
        )


if __name__ == "__main__":
    main()
