"""Terms that the dictionaries lack: strings that hold together and whose neighbours vary.

A string of characters is likely to be a word or a fixed expression where its parts stand together far more often than
chance would bring them, and where what comes before and after it is open. Both are counted over the text itself, so
that a plan's own expressions are found without a dictionary.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.utils.lexicons import load_lexicon
from src.utils.words.segmenting import UNKNOWN_TAG, Segmenter

PHRASES: Final = [
    "term",
    "n",
    "n_alone",
    "n_sentences",
    "cohesion",
    "left_entropy",
    "right_entropy",
    "score",
    "cut",
    "sentence",
    "text",
]

LONGEST: Final = 8
MIN_COUNT: Final = 5
MIN_COHESION: Final = 5.0
MIN_ENTROPY: Final = 1.5

MOSTLY: Final = 0.5
"""The share of its occurrences from which on the segmenter's opinion of a string is heard."""

TAG: Final = "n"
"""The tag of the lines that dictionary_lines writes; a phrase is most often a noun."""

_ADVERBS: Final = ("d", "ad")
_HAN_FIRST, _HAN_LAST = 0x4E00, 0x9FFF
_AT_NO_END: Final = "的了是着和与及或在为以对把被将向由于也都还又就而并且其之这那各每该有不等所至从到上下中内外间个们我"
_NUMERALS: Final = "一二三四五六七八九十百千万亿两几多"
_NO_TERM: Final = re.compile(rf"[{_AT_NO_END}].*|.*[{_AT_NO_END}]|.*[的了是着].*|[{_NUMERALS}]+.?")

_Ints = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Text:
    """Sentences laid end to end, the plan's first.

    codes: the rank of each Han character, -1 for all others and for the joints. starts: where each of the plan's
    sentences begins. end: where the plan ends.
    """

    characters: str
    codes: _Ints
    starts: _Ints
    end: int


@dataclass(frozen=True)
class _Grams:
    """The strings of one length that are frequent in the plan, numbered.

    number: that of the string that begins at each place, -1 for none. n: occurrences, with the reference. places: the
    first place of each.
    """

    size: int
    number: _Ints
    n: _Ints
    places: _Ints


def find_phrases(
    sentences: pd.DataFrame,
    segmenter: Segmenter | None = None,
    *,
    reference: Iterable[str] = (),
    known: Collection[str] = (),
    longest: int = LONGEST,
    min_count: int = MIN_COUNT,
    min_cohesion: float = MIN_COHESION,
    min_entropy: float = MIN_ENTROPY,
) -> pd.DataFrame:
    """Rank the strings of 2 to `longest` Han characters that are likely terms and that no dictionary has.

    sentences: a plan's. segmenter: how the text is cut now. What is a term of its own, what begins with an adverb, and
    what it cuts in most places as one word, or so that a word it knows reaches over an end, is left out. reference:
    further texts to count in, so that a short plan's strings get firmer statistics. known: further strings to leave
    out. min_count: the least occurrences in the plan.

    cohesion: the least pointwise mutual information, in bits, over all ways to part the string w in two,
    min log2(p(w) / (p(a) p(b))), p being occurrences per Han character: a string is as firm as its weakest seam.
    left_entropy, right_entropy: the entropy, in bits, of the character next to it; each end of a stretch of Han
    characters counts as a character of its own kind, since a word ends there. score: log2 of n, times cohesion, times
    the smaller entropy. n: occurrences in the plan, n_alone those that lie in no longer phrase; a phrase that has none,
    because it comes only as a part of a longer one, is left out. cut: how the segmenter cuts it where it first stands,
    in the `sentence` with this `text`.

    Returns columns PHRASES by falling score, ties in code-point order. The time grows in proportion to the text. Church
    and Hanks (1990) for mutual information, Jin and Tanaka-Ishii (2006) for the entropy of branching as the mark of a
    word's end.
    """
    text = _text_of(sentences["text"].tolist(), list(reference))
    grams = _frequent(text, longest, min_count)
    seen = _seen_by(segmenter, text) if segmenter else None
    tables = []
    longer_ends = np.zeros(len(text.codes), dtype=np.int64)
    for size in range(len(grams), 1, -1):
        table = _measured(grams, size, text)
        table = table[(table["cohesion"] >= min_cohesion) & (table["entropy"] >= min_entropy)]
        table = table[_possible(table["term"], {*known, *(segmenter.terms if segmenter else ())})]
        table = _in_plan(table, grams[size - 1], text, seen, longer_ends)
        table = table[(table["n"] >= min_count) & (table["n_alone"] > 0)]
        _cover(longer_ends, grams[size - 1], table["id"])
        tables.append(table)
    if not tables:
        return pd.DataFrame(columns=PHRASES)
    found = pd.concat(tables, ignore_index=True)
    found = found.assign(score=np.log2(found["n"]) * found["cohesion"] * found["entropy"])
    found = found.sort_values(["score", "term"], ascending=[False, True], ignore_index=True)
    found = _with_sentences(found, sentences, text, seen)
    if segmenter is not None:
        adverb = [segmenter.tag(cut.split("/")[0]) in _ADVERBS for cut in found["cut"]]
        found = found[~np.array(adverb, dtype=bool)]
    return found[PHRASES].reset_index(drop=True)


def dictionary_lines(phrases: pd.DataFrame, top: int | None = None) -> str:
    """Write phrases as lines of a plan's dictionary.txt, each with the reason it was found as a comment.

    phrases: as from find_phrases, the unwanted rows left out. top: only the first so many.
    """
    rows = phrases if top is None else phrases.head(top)
    columns = ("term", "n", "cohesion", "left_entropy", "right_entropy", "cut")
    lines = []
    for term, n, cohesion, left, right, cut in zip(*(rows[column] for column in columns), strict=True):
        found = f"{n} times, cohesion {cohesion:.1f}, entropy {left:.1f} before and {right:.1f} after"
        lines.append(f"{term} {TAG}  # {found}{f'; cut {cut}' if cut else ''}\n")
    return "".join(lines)


@cache
def _quantities() -> re.Pattern[str]:
    """A number and its unit: 年 in 2025年列入 is part of no phrase."""
    units = sorted(load_lexicon("units_of_measure")["term"], key=lambda unit: (-len(unit), unit))
    return re.compile(rf"[0-9][余多]?(?:{'|'.join(map(re.escape, units))})?")


def _text_of(plan: Sequence[str], reference: Sequence[str]) -> _Text:
    characters = "\n".join(["", *plan, *reference, ""])
    letters = _quantities().sub(lambda found: "\n" * len(found[0]), characters)
    points = np.frombuffer(letters.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32).astype(np.int64)
    han = (points >= _HAN_FIRST) & (points <= _HAN_LAST)
    codes = np.full(len(points), -1, dtype=np.int64)
    codes[han] = np.unique(points[han], return_inverse=True)[1]
    lengths = np.fromiter((len(sentence) + 1 for sentence in plan), dtype=np.int64, count=len(plan))
    starts = np.cumsum(lengths) - lengths + 1
    return _Text(characters, codes, starts, int(lengths.sum()) + 1)


def _frequent(text: _Text, longest: int, min_count: int) -> list[_Grams]:
    """Number the strings of each length that the plan has min_count times; each length is built from the one before."""
    width = int(text.codes.max(initial=0)) + 1
    at, found = text.codes, []
    for size in range(1, longest + 1):
        places = np.flatnonzero(at[: len(at) - size] >= 0) if size > 1 else np.flatnonzero(at >= 0)
        if size > 1:
            places = places[text.codes[places + size - 1] >= 0]
            keys = at[places] * width + text.codes[places + size - 1]
        else:
            keys = at[places]
        _, first, number, n = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        in_plan = np.bincount(number[places < text.end], minlength=len(n))
        kept = in_plan >= min_count
        if not kept.any():
            break
        new = np.where(kept, np.cumsum(kept) - 1, -1)
        at = np.full(len(text.codes), -1, dtype=np.int64)
        at[places] = new[number]
        found.append(_Grams(size, at, n[kept], places[first[kept]]))
    return found


def _measured(grams: Sequence[_Grams], size: int, text: _Text) -> pd.DataFrame:
    """Cohesion and entropies of the strings of one length, by their numbers."""
    own = grams[size - 1]
    total = np.log2((text.codes >= 0).sum())
    seams = [
        np.log2(grams[left - 1].n[grams[left - 1].number[own.places]])
        + np.log2(grams[size - left - 1].n[grams[size - left - 1].number[own.places + left]])
        for left in range(1, size)
    ]
    cohesion = np.log2(own.n) + total - np.max(seams, axis=0)
    places = np.flatnonzero(own.number >= 0)
    left = _entropy(own, text.codes[places - 1], places)
    right = _entropy(own, text.codes[places + size], places)
    return pd.DataFrame(
        {
            "id": np.arange(len(own.n)),
            "place": own.places,
            "term": [text.characters[place : place + size] for place in own.places.tolist()],
            "cohesion": cohesion,
            "left_entropy": left,
            "right_entropy": right,
            "entropy": np.minimum(left, right),
        }
    )


def _entropy(own: _Grams, neighbours: _Ints, places: _Ints) -> npt.NDArray[np.float64]:
    """Entropy in bits of the neighbours of each string; those that are no Han character are each one of a kind."""
    ids = own.number[places]
    inner = neighbours >= 0
    width = int(neighbours.max(initial=0)) + 1
    pairs, n = np.unique(ids[inner] * width + neighbours[inner], return_counts=True)
    weight = np.bincount(pairs // width, weights=n * np.log2(n), minlength=len(own.n))
    return np.maximum(np.log2(own.n) - weight / own.n, 0.0)


def _possible(terms: pd.Series, known: Collection[str]) -> pd.Series:
    """Mark the strings that are not known and neither begin nor end with a word of grammar, nor are mere numbers."""
    return pd.Series([term not in known and not _NO_TERM.fullmatch(term) for term in terms], terms.index, dtype=bool)


@dataclass(frozen=True)
class _Seen:
    """The plan as the segmenter cuts it: the tokens of each sentence and the places where one begins.

    open: where a term may begin or end; inside an unknown word too, since the segmenter only guessed it.
    """

    cuts: list[list[str]]
    begins: _Bools
    open: _Bools


def _seen_by(segmenter: Segmenter, text: _Text) -> _Seen:
    begins = np.zeros(len(text.codes) + 1, dtype=bool)
    opened = begins.copy()
    starts = text.starts.tolist()
    ends = [*(start - 1 for start in starts[1:]), text.end - 1]
    cuts = [segmenter.cut(text.characters[start:end]) for start, end in zip(starts, ends[: len(starts)], strict=True)]
    tokens_of_all = sorted({token for tokens in cuts for token in tokens})
    tags = dict(zip(tokens_of_all, segmenter.tags(tokens_of_all), strict=True))
    for start, tokens in zip(starts, cuts, strict=True):
        at = start
        for token in tokens:
            begins[at] = True
            if tags[token] == UNKNOWN_TAG:
                opened[at : at + len(token)] = True
            at += len(token)
        begins[at] = True
    return _Seen(cuts, begins, begins | opened)


def _in_plan(table: pd.DataFrame, own: _Grams, text: _Text, seen: _Seen | None, longer_ends: _Ints) -> pd.DataFrame:
    """Count the candidates in the plan: n, n_alone, n_sentences; leave out what the segmenter says are none."""
    row_of = np.full(len(own.n), -1, dtype=np.int64)
    row_of[table["id"].to_numpy()] = np.arange(len(table))
    places = np.flatnonzero(own.number[: text.end] >= 0)
    places = places[row_of[own.number[places]] >= 0]
    rows = row_of[own.number[places]]
    n = np.bincount(rows, minlength=len(table))
    alone = np.bincount(rows[np.maximum.accumulate(longer_ends)[places] < places + own.size], minlength=len(table))
    sentence_of = np.searchsorted(text.starts, places, side="right")
    pairs = np.unique(rows * (len(text.starts) + 1) + sentence_of)
    n_sentences = np.bincount(pairs // (len(text.starts) + 1), minlength=len(table))
    table = table.assign(n=n, n_alone=alone, n_sentences=n_sentences)
    if seen is None:
        return table
    ends_right = seen.open[places] & seen.open[places + own.size]
    tokens_begun = np.cumsum(seen.begins)
    whole = (
        seen.begins[places]
        & seen.begins[places + own.size]
        & (tokens_begun[places + own.size - 1] == tokens_begun[places])
    )
    share_right = np.bincount(rows[ends_right], minlength=len(table)) / n
    share_whole = np.bincount(rows[whole], minlength=len(table)) / n
    return table[(share_right >= MOSTLY) & (share_whole < MOSTLY)]


def _cover(longer_ends: _Ints, own: _Grams, ids: pd.Series) -> None:
    """Note where the occurrences of these strings end, at the place where each begins."""
    chosen = np.zeros(len(own.n) + 1, dtype=bool)
    chosen[ids.to_numpy()] = True
    places = np.flatnonzero(chosen[own.number])  # -1, for none, is the last, which is never chosen
    longer_ends[places] = np.maximum(longer_ends[places], places + own.size)


def _with_sentences(found: pd.DataFrame, sentences: pd.DataFrame, text: _Text, seen: _Seen | None) -> pd.DataFrame:
    """Add the sentence of the first occurrence, and how the segmenter cuts the string there."""
    numbers = (np.searchsorted(text.starts, found["place"].to_numpy(), side="right") - 1).tolist()
    cuts = [""] * len(found)
    if seen is not None:
        for at, (number, place, term) in enumerate(zip(numbers, found["place"], found["term"], strict=True)):
            cuts[at] = cut_of(seen.cuts[number], place - int(text.starts[number]), len(term))
    return found.assign(
        cut=cuts,
        sentence=sentences["sentence"].to_numpy()[numbers],
        text=sentences["text"].to_numpy()[numbers],
    )


def cut_of(tokens: Sequence[str], start: int, size: int) -> str:
    """The tokens that hold text[start:start + size], with / between them.

    >>> cut_of(["加", "大数据", "供给"], 0, 3)
    '加/大数据'
    """
    ends = list(accumulate(map(len, tokens)))
    spans = zip(chain([0], ends), ends, tokens, strict=False)
    return "/".join(token for first, last, token in spans if first < start + size and last > start)
