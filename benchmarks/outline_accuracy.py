"""How many headings of real documents are found, how many found are headings, and how many stand at their level.

    python benchmarks/outline_accuracy.py [FOLDER]

Measures against the outlines labelled by hand in tests/cases/outlines. The documents are not in the repository: they
are looked for, by their sha256, in FOLDER (by default data/corpora) and in the zip files there; those that are absent
are named. Entries that the labels mark as doubtful count neither way. A heading is found where line, ordinal and title
agree, spaces removed; one that stands over two lines may be found on either. Documents labelled `aside` were not looked
at while the rules were written and stand in a table of their own.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from src.utils import paths  # noqa: E402
from src.utils.plans.cleaning import clean  # noqa: E402
from src.utils.plans.outline import COUNTED_KINDS, read_outline  # noqa: E402
from src.utils.plans.reading import read_source  # noqa: E402

LABELS = ROOT / "tests" / "cases" / "outlines"


@dataclass(frozen=True)
class Found:
    """A heading as label or as found: `line` numbered as the label's document is, `level` from 1."""

    line: int
    ordinal: str
    title: str
    level: int

    @property
    def words(self) -> tuple[str, str]:
        """Ordinal and title with one width of characters and no spaces."""
        return _plain(self.ordinal), _plain(self.title)


@dataclass(frozen=True)
class Accuracy:
    """What was found of one document; `same_level` of the hits, `same_step` of the steps from hit to hit."""

    n_labels: int
    n_found: int
    n_hits: int
    same_level: float
    same_step: float
    missed: tuple[Found, ...]
    extra: tuple[Found, ...]

    @property
    def precision(self) -> float:
        """Share of what was found that is a heading, 0 to 1."""
        return self.n_hits / self.n_found if self.n_found else 1.0

    @property
    def recall(self) -> float:
        """Share of the headings that was found, 0 to 1."""
        return self.n_hits / self.n_labels if self.n_labels else 1.0


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。.:")


def headings_of(source: Any, paragraphs: bool) -> list[Found]:
    """The headings found in a source. paragraphs: number paragraphs, a table as one, instead of lines of the file."""
    cleaned = clean(source.text)
    sections = read_outline(cleaned, "measured", source=source if hasattr(source, "blocks") else None).sections
    named = sections[sections["kind"].isin(COUNTED_KINDS) & ((sections["title"] != "") | (sections["ordinal"] != ""))]
    number = _paragraph_numbers(source) if paragraphs else None
    found = []
    for start, ordinal, title, level in named[["start", "ordinal", "title", "level"]].itertuples(
        index=False, name=None
    ):
        line = cleaned.source_line(start)
        found.append(Found(number[line] if number else line, ordinal, title, level))
    return found


def _paragraph_numbers(source: Any) -> dict[int, int]:
    """Line of the text to number of the paragraph, empty ones left out, the rows of a table counted as one."""
    tables = [(block.start, block.end) for block in source.blocks if block.kind == "table"]
    numbers, number, offset, table = {}, 0, 0, None
    for at, line in enumerate(source.text.split("\n"), start=1):
        inside = next((span for span in tables if span[0] <= offset < span[1]), None)
        number += bool(line.strip()) and (inside is None or inside != table)
        table = inside
        numbers[at] = number
        offset += len(line) + 1
    return numbers


def compare(found: list[Found], label: Mapping[str, Any]) -> Accuracy:
    """Hold the headings found against a label; what the label doubts counts neither way."""
    wanted = [Found(h["line"], h["ordinal"], h["title"], h["level"]) for h in label["headings"]]
    doubted = [bool(h.get("doubt")) for h in label["headings"]]
    doubted_lines = {h["line"] for h in label["not_headings"] if h.get("doubt")}
    doubted_lines |= {h.line for h, doubt in zip(wanted, doubted, strict=True) if doubt}
    free = list(range(len(found)))
    pairs: list[tuple[Found, Found, bool]] = []
    missed = []
    for want, doubt in zip(wanted, doubted, strict=True):
        near = [at for at in free if found[at].words == want.words and abs(found[at].line - want.line) <= 1]
        near = sorted(near, key=lambda at: (found[at].line != want.line, at))
        if near:
            free.remove(near[0])
            pairs.append((want, found[near[0]], doubt))
        elif not doubt:
            missed.append(want)
    hits = [(want, got) for want, got, doubt in pairs if not doubt]
    certain_lines = {h.line for h, doubt in zip(wanted, doubted, strict=True) if not doubt}
    extra = [found[at] for at in free if found[at].line not in doubted_lines or found[at].line in certain_lines]
    extra = [h for h in extra if h.line not in doubted_lines]
    steps = [
        ((b[0].level > a[0].level) - (b[0].level < a[0].level), (b[1].level > a[1].level) - (b[1].level < a[1].level))
        for a, b in pairwise(hits)
    ]
    return Accuracy(
        n_labels=len(hits) + len(missed),
        n_found=len(hits) + len(extra),
        n_hits=len(hits),
        same_level=sum(want.level == got.level for want, got in hits) / len(hits) if hits else 1.0,
        same_step=sum(want == got for want, got in steps) / len(steps) if steps else 1.0,
        missed=tuple(missed),
        extra=tuple(extra),
    )


def load_labels() -> dict[str, dict[str, Any]]:
    """The labels by name, in the order of their names."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(LABELS.glob("*.json"))}


def find_documents(folder: Path, wanted: set[str], scratch: Path) -> dict[str, Path]:
    """Path of each document by sha256, among the files of a folder and the members of its zip files."""
    found = {}
    for path, content in _files(folder):
        digest = hashlib.sha256(content).hexdigest()
        if digest in wanted:
            found[digest] = path if path.is_file() else scratch / f"{digest[:16]}{path.suffix}"
            if not path.is_file():
                found[digest].write_bytes(content)
    return found


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                for name in sorted(packed.namelist()):
                    yield path / name, packed.read(name)
        elif path.is_file():
            yield path, path.read_bytes()


def measure(folder: Path) -> dict[str, Accuracy | None]:
    """Accuracy by document; None where the document is absent or of a format that cannot be read."""
    labels = load_labels()
    results: dict[str, Accuracy | None] = {}
    with tempfile.TemporaryDirectory() as scratch:
        places = find_documents(folder, {label["sha256"] for label in labels.values()}, Path(scratch))
        for name, label in labels.items():
            path = places.get(label["sha256"])
            paragraphs = label["labelled_from"] != "untouched file"
            results[name] = compare(headings_of(read_source(path), paragraphs), label) if path else None
    return results


def _print_table(title: str, results: Mapping[str, Accuracy], details: bool) -> None:
    print(
        f"\n{title}\n{'document':30} {'labels':>6} {'found':>6} {'precision':>9} {'recall':>7} {'level':>6} {'step':>6}"
    )
    for name, row in results.items():
        print(
            f"{name:30} {row.n_labels:6} {row.n_found:6} {row.precision:9.3f} {row.recall:7.3f} {row.same_level:6.3f} "
            f"{row.same_step:6.3f}"
        )
        for what, headings in (("missed", row.missed), ("extra", row.extra)) if details else ():
            for heading in headings:
                print(f"    {what} {heading.line}: {heading.ordinal} {heading.title}")
    n_hits, n_found = sum(row.n_hits for row in results.values()), sum(row.n_found for row in results.values())
    n_labels = sum(row.n_labels for row in results.values())
    if n_found and n_labels:
        print(f"{'all':30} {n_labels:6} {n_found:6} {n_hits / n_found:9.3f} {n_hits / n_labels:7.3f}")


def main() -> None:
    """Print a table of the documents the rules were written with, and one of those set aside."""
    parser = argparse.ArgumentParser(description="Accuracy of outlines against labels made by hand.")
    parser.add_argument("folder", nargs="?", type=Path, default=paths.DATA / "corpora")
    parser.add_argument("--details", action="store_true", help="name what was missed and what was too much")
    parser.add_argument("--without-aside", action="store_true", help="leave the documents set aside unread")
    options = parser.parse_args()
    labels = load_labels()
    results = measure(options.folder)
    for title, aside in (("Written with", False), ("Set aside", True)):
        if not (aside and options.without_aside):
            rows = {name: row for name, row in results.items() if row and bool(labels[name]["aside"]) == aside}
            _print_table(title, rows, options.details)
    absent = [name for name, row in results.items() if row is None]
    if absent:
        print(f"\nabsent (run `python run.py fetch`): {', '.join(absent)}")


if __name__ == "__main__":
    main()
