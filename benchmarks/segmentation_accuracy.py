"""Measure segmentation against sentences cut by hand: plain jieba and the dictionaries, words and terms.

    python benchmarks/segmentation_accuracy.py [--gold FILE] [--aside] [--confusions N]

The gold (tests/cases/segmentation.txt) has a sentence a line: id, part, source and the sentence, apart by tabs; its
words apart by spaces, a term in square brackets with its inner words apart by `·`. Sentences of the part `tuned` were
looked at while the dictionaries were tuned, those of `aside` not: --aside measures them too, apart.

Words are stretches of characters; precision is the share of the system's words that are the gold's, recall the share of
the gold's that are the system's, F1 their harmonic mean, punctuation counted in (the SIGHAN bakeoffs' way: Sproat and
Emerson 2003). The gold is read in three ways:

    coarse   every term is one word
    fine     every term is cut at its inner points
    lenient  a term is cut as the system cuts it, where its ends are word ends of the system's and each of the system's
             words in it is one of its inner words or several in a row; else as in fine

Quotation marks that enclose a word are words of their own in gold and system alike, so that “/十四五/” and “十四五” are
the same. Of the terms: `whole`, the system has the term as one word; `parts`, as several words that end where the term
does; `crossed`, a word of the system's reaches over an end of the term. The interval is the middle 95 % over 1,000
resamples of the sentences.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils import paths  # noqa: E402
from src.utils.plans.pipeline import load_file, load_plan  # noqa: E402
from src.utils.plans.settings import load_settings, plan_folder  # noqa: E402
from src.utils.words.dictionaries import LAYERS, segmenter_for  # noqa: E402
from src.utils.words.segmenting import Segmenter  # noqa: E402

GOLD = ROOT / "tests" / "cases" / "segmentation.txt"
OF_SHANGRAO = ("seed/", "facts/")
"""Sources whose sentences are cut with the Shangrao plan's names; the others with what serves any plan."""

FETCHED = ("provincial-reports-2025", "samples")

N_RESAMPLES = 1000
SEED = 0
_OPENING, _CLOSING = '“‘"', '”’"'

Reading = Literal["coarse", "fine", "lenient"]
READINGS: tuple[Reading, ...] = ("coarse", "fine", "lenient")
Span = tuple[int, int]
Cutter = Callable[[str], list[str]]


class Unit(NamedTuple):
    """A word or a term of the gold: where its parts end, beginning with where it starts."""

    ends: tuple[int, ...]
    is_term: bool

    @property
    def whole(self) -> Span:
        """From its first character to the end of its last."""
        return self.ends[0], self.ends[-1]

    @property
    def parts(self) -> list[Span]:
        """Its inner words."""
        return list(pairwise(self.ends))


class Sentence(NamedTuple):
    """A sentence of the gold."""

    id: str
    part: str
    source: str
    text: str
    units: list[Unit]


class Score(NamedTuple):
    """Words that both have, the system's, the gold's."""

    right: int
    system: int
    gold: int

    @property
    def precision(self) -> float:
        """Share of the system's words that are right; 1 where it has none."""
        return self.right / self.system if self.system else 1.0

    @property
    def recall(self) -> float:
        """Share of the gold's words that were found; 1 where it has none."""
        return self.right / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.system + self.gold) if self.system + self.gold else 1.0


def read_gold(lines: Iterable[str]) -> list[Sentence]:
    """Read the gold's lines; raises ValueError naming the line that cannot be read."""
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) != 4:
            raise ValueError(f"line {number}: {len(columns)} columns where 4 are due (id, part, source, sentence)")
        try:
            text, units = parse(columns[3])
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        found.append(Sentence(columns[0], columns[1], columns[2], text, units))
    return found


def parse(segmented: str) -> tuple[str, list[Unit]]:
    """A sentence cut by hand to its text and its units, enclosing quotation marks set apart.

    >>> parse("增长 [“双·碳”] 。")
    ('增长“双碳”。', [Unit(ends=(0, 2), is_term=False), Unit(ends=(2, 3), is_term=False), \
Unit(ends=(3, 4, 5), is_term=True), Unit(ends=(5, 6), is_term=False), Unit(ends=(6, 7), is_term=False)])
    """
    units: list[Unit] = []
    text = ""
    for word in segmented.strip().split(" "):
        is_term = word.startswith("[") and word.endswith("]")
        inner = word[1:-1] if is_term else word
        if not inner or any(mark in inner for mark in "[]") or (not is_term and "·" in inner):
            raise ValueError(f"{word!r} is neither a word nor a [term·of·words]")
        parts = [part.replace("・", "·").replace("␣", " ") for part in inner.split("·")]
        if not all(parts):
            raise ValueError(f"{word!r} has an empty part")
        start = len(text)
        text += "".join(parts)
        units += _units(text, [start, *(start + end for end in accumulate(map(len, parts)))], is_term)
    return text, units


def _units(text: str, ends: list[int], is_term: bool) -> list[Unit]:
    """A unit, and the quotation marks that enclose it as units of their own; marks inside a term part its words."""
    start, end = ends[0], ends[-1]
    if _enclosed(text[start:end]):
        inner = [start + 1, *(at for at in ends if start + 1 < at < end - 1), end - 1]
        middle = _units(text, inner, is_term)
        return [Unit((start, start + 1), is_term=False), *middle, Unit((end - 1, end), is_term=False)]
    marks = {at for at in range(start, end) if text[at] in _OPENING + _CLOSING}
    return [Unit(tuple(sorted({*ends, *marks, *(at + 1 for at in marks)})), is_term)]


def _enclosed(word: str) -> bool:
    """Whether a pair of quotation marks, and no other mark, encloses a word."""
    return (
        len(word) > 2
        and word[0] in _OPENING
        and word[-1] in _CLOSING
        and not any(mark in _OPENING + _CLOSING for mark in word[1:-1])
    )


def spans(tokens: Sequence[str]) -> list[Span]:
    """The stretches of a system's tokens, enclosing quotation marks set apart."""
    found: list[Span] = []
    start = 0
    for token in tokens:
        end = start + len(token)
        found += [(start, start + 1), (start + 1, end - 1), (end - 1, end)] if _enclosed(token) else [(start, end)]
        start = end
    return found


def gold_spans(units: Iterable[Unit], reading: Reading, system: Sequence[Span] = ()) -> list[Span]:
    """The gold's words in one of the readings; the lenient one follows the system where that is not wrong."""
    found: list[Span] = []
    for unit in units:
        if reading == "coarse":
            found.append(unit.whole)
        elif reading == "lenient" and (own := _of_inner_words(unit, system)):
            found += own
        else:
            found += unit.parts
    return found


def _of_inner_words(unit: Unit, system: Sequence[Span]) -> list[Span]:
    """The system's words in a unit where they are inner words of it or several in a row; else none."""
    start, end = unit.whole
    own = [span for span in system if span[0] < end and span[1] > start]
    return own if all(edge in unit.ends for span in own for edge in span) else []


def score(gold: Iterable[Span], system: Iterable[Span]) -> Score:
    """Count the words that both have, as stretches of characters."""
    gold, system = set(gold), set(system)
    return Score(len(gold & system), len(system), len(gold))


def outcome(unit: Unit, system: Sequence[Span]) -> Literal["whole", "parts", "crossed"]:
    """What became of a term: one word, several that end where it does, or a word reaches over an end of it."""
    if unit.whole in system:
        return "whole"
    start, end = unit.whole
    return "parts" if {start, end} <= {edge for span in system for edge in span} else "crossed"


def interval(scores: Sequence[Score]) -> tuple[float, float]:
    """The middle 95 % of F1 over resamples of the sentences."""
    counts = np.array(scores)
    draws = np.random.default_rng(SEED).integers(len(counts), size=(N_RESAMPLES, len(counts)))
    sums = counts[draws].sum(axis=1)
    low, high = np.quantile(2 * sums[:, 0] / (sums[:, 1] + sums[:, 2]), [0.025, 0.975])
    return float(low), float(high)


def systems() -> dict[str, Callable[[Sentence], list[str]]]:
    """Plain jieba; the files of data/lexicons alone; all layers but the plan's own text; that too, where it is here."""
    shangrao = load_settings(plan_folder("shangrao"))
    lexicons = [layer for layer in LAYERS if layer != "counties"]
    plain = Segmenter(numbers=False)
    alone, everywhere, there = segmenter_for(None, lexicons), segmenter_for(), segmenter_for(shangrao)
    found = {
        "jieba": lambda sentence: plain.cut(sentence.text),
        "lexicons": lambda sentence: alone.cut(sentence.text),
        "ours": lambda sentence: (there if sentence.source.startswith(OF_SHANGRAO) else everywhere).cut(sentence.text),
    }
    if all((paths.CORPORA / folder).is_dir() for folder in FETCHED):
        found["with text"] = lambda sentence: _with_text(sentence.source).cut(sentence.text)
    return found


@cache
def _with_text(source: str) -> Segmenter:
    """The segmenter with the terms of the document that a sentence is from."""
    if source.startswith(OF_SHANGRAO):
        plan = load_plan("shangrao-profile" if source.startswith("facts/") else "shangrao")
    else:
        plan = load_file(paths.CORPORA / source)
    return segmenter_for(plan=plan)


def report(sentences: Sequence[Sentence], cut: Callable[[Sentence], list[str]], name: str) -> list[str]:
    """The rows of one system: words in each reading, then terms."""
    cuts = [spans(cut(sentence)) for sentence in sentences]
    lines = []
    for reading in READINGS:
        scores = [
            score(gold_spans(sentence.units, reading, own), own) for sentence, own in zip(sentences, cuts, strict=True)
        ]
        total = Score(*(sum(column) for column in zip(*scores, strict=True)))
        low, high = interval(scores)
        lines.append(
            f"  {name:10} {reading:8} {total.gold:6,} words  P {total.precision:.3f}  R {total.recall:.3f}  "
            f"F1 {total.f1:.3f} [{low:.3f}, {high:.3f}]"
        )
    kinds = Counter(
        outcome(unit, own)
        for sentence, own in zip(sentences, cuts, strict=True)
        for unit in sentence.units
        if unit.is_term
    )
    n = max(kinds.total(), 1)
    shares = "  ".join(f"{kind} {kinds[kind] / n:.3f}" for kind in ("whole", "parts", "crossed"))
    return [*lines, f"  {name:10} terms    {kinds.total():6,} terms  {shares}"]


def confusions(sentences: Sequence[Sentence], cut: Callable[[Sentence], list[str]], top: int) -> list[str]:
    """The most frequent stretches that are wrong in the lenient reading: the gold's cut, the system's."""
    found: Counter[str] = Counter()
    for sentence in sentences:
        own = spans(cut(sentence))
        gold = gold_spans(sentence.units, "lenient", own)
        common = sorted({edge for span in gold for edge in span} & {edge for span in own for edge in span})
        for start, end in pairwise(common):
            due, is_ = (
                "/".join(sentence.text[a:b] for a, b in cuts if start <= a and b <= end) for cuts in (gold, own)
            )
            if due != is_:
                found[f"{due} -> {is_}"] += 1
    return [f"    {n} {what}" for what, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:top]]


def main() -> int:
    """Print the figures of each part and system; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=GOLD, help="the sentences cut by hand")
    parser.add_argument("--aside", action="store_true", help="measure the sentences that were kept aside too")
    parser.add_argument("--confusions", type=int, default=0, metavar="N", help="print as many errors, of `tuned` alone")
    options = parser.parse_args()
    sentences = read_gold(options.gold.read_text(encoding="utf-8").splitlines())
    for part in ("tuned", "aside")[: 1 + options.aside]:
        chosen = [sentence for sentence in sentences if sentence.part == part]
        if not chosen:
            sys.exit(f"{options.gold}: no sentence of the part {part}")
        print(f"{part}: {len(chosen)} sentences")
        for name, cut in systems().items():
            print("\n".join(report(chosen, cut, name)))
            if options.confusions and part == "tuned":
                print("\n".join(confusions(chosen, cut, options.confusions)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
