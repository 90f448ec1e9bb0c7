"""Put every place name and every term of the dictionaries into sentences and count what is kept whole.

    python benchmarks/names_kept_whole.py

Each stands once in each of ten FRAMES, as plans and reports speak. Full names (those with their class: 广丰区,
孟连县) and terms are cut with the dictionaries that serve any plan; short names (广丰) with those of their province.
Short names that are ordinary words too (data/lexicons/ambiguous_places.csv) are left to the sentence and counted apart.
Every confusion is listed.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils.lexicons import load_lexicon  # noqa: E402
from src.utils.plans.gazetteer import divisions, short_name, wider_divisions, written_names  # noqa: E402
from src.utils.words.dictionaries import segmenter_for  # noqa: E402
from src.utils.words.segmenting import Segmenter  # noqa: E402

FRAMES = (
    "支持{}打造全省产业高地",
    "以{}为核心，辐射周边地区",
    "在{}、南昌等地布局一批项目",
    "{}等地",
    "推动{}与周边地区协同发展",
    "加快{}发展",
    "重点依托{}的产业基础",
    "做大做强{}。",
    "{}增长9.1%",
    "（{}）",
)
LEXICONS = ("policy_terms", "industries", "places", "organisations")


class Confusion(NamedTuple):
    """A name, the frame it stood in, and how that was cut."""

    name: str
    frame: str
    tokens: list[str]


def full_names() -> list[str]:
    """Every name with its class of every province, prefecture and county, in code-point order."""
    names = [*wider_divisions().values(), *(area.name for area in divisions().values())]
    return sorted({form for name in names for form in written_names(name)})


def lexicon_terms() -> list[str]:
    """Every term of the dictionaries that are kept whole."""
    return sorted({term for name in LEXICONS for term in load_lexicon(name)["term"]})


def short_names(province: str) -> list[str]:
    """Short names of a province's prefectures and counties; province: its six-digit code."""
    names = [name for code, name in wider_divisions().items() if code[:2] == province[:2]]
    names += [area.name for area in divisions().values() if area.province == province]
    return sorted(set(filter(None, map(short_name, names))))


def confusions(segmenter: Segmenter, names: Iterable[str]) -> Iterator[Confusion]:
    """The names that are not kept whole, frame by frame."""
    for name in names:
        for frame in FRAMES:
            tokens = segmenter.cut(frame.format(name))
            if name not in tokens:
                yield Confusion(name, frame, tokens)


def main() -> int:
    """Print the shares and the confusions; returns 0."""
    everywhere = segmenter_for()
    _print("full names", full_names(), list(confusions(everywhere, full_names())))
    _print("terms", lexicon_terms(), list(confusions(everywhere, lexicon_terms())))
    too = load_lexicon("ambiguous_places")
    readings = zip(too["term"], too["reading"], strict=True)
    ordinary = {term for term, reading in readings if reading not in ("nature", "region")}
    plain: list[str] = []
    words: list[str] = []
    found: list[Confusion] = []
    found_of_words: list[Confusion] = []
    for code in (code for code in wider_divisions() if code.isdecimal() and code.endswith("0000")):
        segmenter = segmenter_for(province=code)
        names = short_names(code)
        plain += (ours := [name for name in names if name not in ordinary])
        words += (theirs := [name for name in names if name in ordinary])
        found += confusions(segmenter, ours)
        found_of_words += confusions(segmenter, theirs)
    _print("short names", plain, found)
    _print("short names that are words", words, found_of_words)
    return 0


def _print(what: str, names: list[str], found: list[Confusion]) -> None:
    n = len(names) * len(FRAMES)
    print(f"{what}: {len(names):,} in {len(FRAMES)} frames, kept whole {1 - len(found) / n:.4f}")
    for confusion in found:
        print(f"  {confusion.name}: {'/'.join(confusion.tokens)}")


if __name__ == "__main__":
    sys.exit(main())
