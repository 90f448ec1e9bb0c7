"""Hold the accelerator against jieba: every character, generated strings, the corpora that are here.

    python benchmarks/engine_equality.py [STRINGS] [FIRST]

Cuts STRINGS generated strings (100,000), from number FIRST (0) on, with jieba's dictionary and with all terms and
numbers, by both engines; then every code point between words; then each report and sample under data/corpora. Prints
how many differ, and each that does; ends with 1 where any does, or where the tokens do not join to their text.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils import paths  # noqa: E402
from src.utils.plans.pipeline import load_file  # noqa: E402
from src.utils.words.dictionaries import terms_for  # noqa: E402
from src.utils.words.engines import Fast, Reference  # noqa: E402
from src.utils.words.segmenting import Segmenter  # noqa: E402
from tests.generated_text import generated_text  # noqa: E402

Cut = Callable[[str], list[str]]
RUN = 12


def compare(what: str, texts: Iterable[str], fast: Cut, reference: Cut) -> int:
    """Print and return how many texts are cut differently, or do not join."""
    n = wrong = 0
    began = time.perf_counter()
    for text in texts:
        n += 1
        tokens = fast(text)
        if tokens != reference(text) or "".join(tokens) != text:
            wrong += 1
            print(f"  {text!r}\n    {tokens}\n    {reference(text)}")
    print(f"{what}: {n:,} texts, {wrong} differ ({time.perf_counter() - began:.0f} s)")
    return wrong


def every_character() -> Iterable[str]:
    """Each code point between words, RUN of them a text."""
    points = [chr(point) for point in range(0x110000)]
    return ("中".join(points[start : start + RUN]) + "国1" for start in range(0, len(points), RUN))


def main(n_strings: int = 100_000, first: int = 0) -> int:
    """Compare on everything; returns how many texts differ."""
    terms = terms_for()
    plain = Fast().cut, Reference().cut
    ours = Segmenter(terms, "fast").cut, Segmenter(terms, "jieba").cut
    wrong = 0
    for name, (fast, reference) in {"jieba's dictionary": plain, "terms and numbers": ours}.items():
        strings = (generated_text(number, tuple(terms)) for number in range(first, first + n_strings))
        wrong += compare(f"{name}, generated strings", strings, fast, reference)
        wrong += compare(f"{name}, every character", every_character(), fast, reference)
        for corpus in ("provincial-reports-2025", "samples"):
            files = sorted(path for path in (paths.CORPORA / corpus).glob("*") if path.suffix != ".json")
            texts = [load_file(path).clean.text for path in files]
            wrong += compare(f"{name}, {corpus}", texts, fast, reference)
    return wrong


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > 0)
