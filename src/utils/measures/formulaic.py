"""How much of a text is formula: long strings that also stand in the documents of a reference corpus, and what is not.

A string is compared by its letters and numbers alone: marks and spaces are left out, so that 稳中求进，推动 and
稳中求进、推动 are one; a number with its decimal point and percent sign counts as one character and is equal only to
the same number, so that 5% is no part of 6.5%. No string runs over a sentence's end. A character of the text is shared
where it lies in a string of at least k characters that stands in at least m documents of the reference. What is shared
need not be copied, and what is not shared need not be local: names of ministries and of programmes are shared, and a
formula of this province alone is not, where the reference has none of it.

Time grows with the characters of both texts, times the logarithm of the longest string: no string is compared with
every other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.utils.measures.frequency import whole_plan
from src.utils.measures.letters import SEPARATOR, hash_strings, letters_of
from src.utils.measures.sentence_terms import SENTENCE, UNIT, Ints
from src.utils.measures.uncertainty import LEVEL, N_RESAMPLES, resampled_ratio, strata_of

K: Final = 10
"""Characters a shared string has at least. Names and terms (规模以上工业企业, 国家先进制造业集群) are mostly shorter:
of the digest that ships, which was written from facts and copies no formula, 1 % stands in strings of 8 that two
provincial reports of 2025 have too, and 0.3 % in strings of 10; of the reports themselves 12 to 16 % stands in strings
of 10 that two others have.
"""

M: Final = 2
"""Documents it stands in at least: with one, what a single neighbour happens to say too would count as formula."""

N_EXAMPLES: Final = 3
STRINGS: Final = ["string", "n_chars", "n", "n_reference", "n_documents", "documents", *SENTENCE]

_PLACES_AT_ONCE: Final = 50_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Formulas:
    """What a text shares with a reference.

    sentences: columns plan, sentence, further ones of the sentences given, and n_chars (letters, and numbers as one
    each), n_shared (those in shared strings), share (0 where a sentence has no letter or number). strings: columns
    STRINGS, the longest strings shared at their place: the string as it first stands in the text, its letters and
    numbers, how often it stands in the text and in the reference, in how many documents, the first N_EXAMPLES of these,
    and the sentence in which it stands first; rows by falling n_documents, falling n_chars, then in code-point order.
    k, m: as asked. n_documents: documents of the reference.
    """

    sentences: pd.DataFrame
    strings: pd.DataFrame
    k: int
    m: int
    n_documents: int


def formulas(sentences: pd.DataFrame, reference: pd.DataFrame, *, k: int = K, m: int = M) -> Formulas:
    """Find the strings of at least k letters and numbers that also stand in at least m documents of the reference.

    sentences: columns plan, sentence, text, of one text. reference: columns plan and text, a row for each sentence;
    each plan is a document. Raises ValueError for k below 2, m below 1 or above the number of documents, and a text
    that is in its own reference.
    """
    documents = reference["plan"].unique()
    _check(k, m, sentences, documents)
    numbers: dict[str, int] = {}
    text, other = (_Text.of(table["text"].tolist(), numbers) for table in (sentences, reference))
    document = pd.Index(documents).get_indexer(pd.Index(reference["plan"])).astype(np.int64)
    here, there = _candidates(text, other, document[other.sentence], k, m)
    text, other = text.where(here), other.where(there)
    index = _Index(text.codes, other.codes)
    length = _longest(index, len(text.codes), document[other.sentence], len(documents), k=k, m=m)
    length[length < k] = 0  # a hash that two strings had in common
    shared = np.bincount(text.sentence[_covered(length)], minlength=len(sentences)).astype(np.int64)
    share = np.divide(shared, text.n_chars, out=np.zeros(len(shared)), where=text.n_chars > 0)
    per_sentence = sentences.reset_index(drop=True).drop(columns="text")
    per_sentence = per_sentence.assign(n_chars=text.n_chars, n_shared=shared, share=share)
    strings = _strings(
        index, text, length, in_document=document[other.sentence], documents=documents, sentences=sentences
    )
    return Formulas(per_sentence, strings, k, m, len(documents))


def shared_share(
    found: Formulas,
    groups: pd.DataFrame | None = None,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """The share of each unit's letters and numbers that stand in shared strings, with its interval.

    Columns scheme, unit, n_chars, n_shared, share, low, high; units in the order they first stand in groups, the whole
    text without groups. The interval resamples the unit's sentences, within sections where the sentences given to
    `formulas` had a column section; the reference is held fast. A share of 0 or 1 gets an interval of no width, for no
    resample can differ from it: that says nothing of how sure it is. NaN in the interval of a unit of one sentence, and
    in the share too of one without letters and numbers.
    """
    sentences = found.sentences
    grouping = whole_plan(sentences) if groups is None else groups[[*SENTENCE, *UNIT]].drop_duplicates()
    rows = []
    for (scheme, unit), members in grouping.groupby(UNIT, sort=False):
        part = sentences.merge(members[SENTENCE], on=SENTENCE)
        chars, shared = (part[name].to_numpy(dtype=np.int64) for name in ("n_chars", "n_shared"))
        low, high = resampled_ratio(
            shared, chars, strata_of(part).codes, n_resamples=n_resamples, level=level, seed=seed
        )
        share = shared.sum() / chars.sum() if chars.sum() else np.nan
        rows.append((scheme, unit, int(chars.sum()), int(shared.sum()), share, float(low), float(high)))
    return pd.DataFrame(rows, columns=[*UNIT, "n_chars", "n_shared", "share", "low", "high"])


def local_sentences(found: Formulas, sentences: pd.DataFrame, *, at_most: float = 0.0) -> pd.DataFrame:
    """The sentences of which no more than a share `at_most` is shared: what the text says in its own words.

    Returns these rows of sentences with n_chars, n_shared and share, in the order of the text. A sentence without
    letters and numbers is none of them.
    """
    counted = found.sentences[[*SENTENCE, "n_chars", "n_shared", "share"]]
    merged = sentences.merge(counted, on=SENTENCE)
    return merged[(merged["share"] <= at_most) & (merged["n_chars"] > 0)].reset_index(drop=True)


def _check(k: int, m: int, sentences: pd.DataFrame, documents: NDArray[np.object_]) -> None:
    if k < 2:
        raise ValueError(f"strings of {k} characters: give at least 2")
    if not 1 <= m <= len(documents):
        raise ValueError(f"in at least {m} documents, and the reference has {len(documents)}")
    own = sorted({*sentences["plan"].unique()} & {*documents})
    if own:
        raise ValueError(f"the reference holds the text itself ({', '.join(own)}): leave it out")


@dataclass(frozen=True)
class _Text:
    """The letters and numbers of a text as codes, with a separator after every stretch.

    sentence: of each code, the number of its sentence. start, stop: where it stands in the sentence. n_chars: letters
    and numbers of each sentence, of the whole text also where only stretches of it are kept.
    """

    codes: Ints
    sentence: Ints
    start: Ints
    stop: Ints
    n_chars: Ints

    @classmethod
    def of(cls, texts: Sequence[str], numbers: dict[str, int]) -> "_Text":
        """Encode a text; numbers: the code of each number, shared by the texts to be compared, added to."""
        found = letters_of(texts, numbers)
        return _separated(_Text(*found), np.arange(len(found.codes)), found.sentence)

    def where(self, kept: Mask) -> "_Text":
        """The stretches of places that are kept."""
        places = np.flatnonzero(kept)
        return _separated(self, places, places - np.arange(len(places)))  # the difference is constant within a stretch


def _separated(text: _Text, places: Ints, stretch: Ints) -> _Text:
    """Keep these places and put a separator behind each stretch of them."""
    last = np.flatnonzero(np.diff(stretch, append=-1)) + 1
    columns = [
        np.insert(column[places], last, filler)
        for column, filler in ((text.codes, SEPARATOR), (text.sentence, -1), (text.start, -1), (text.stop, -1))
    ]
    codes, sentence, start, stop = columns
    return _Text(codes, sentence, start, stop, text.n_chars)


def _candidates(text: _Text, other: _Text, document: Ints, k: int, m: int) -> tuple[Mask, Mask]:
    """Mark in both texts the places covered by strings of k that may stand in m documents, by the strings' hashes.

    Two strings of one hash only make more candidates; what is shared is found out exactly afterwards.
    """
    here, valid_here = hash_strings(text.codes, k)
    there, valid_there = hash_strings(other.codes, k)
    known = np.unique(here[valid_here])
    at = np.flatnonzero(valid_there & _is_in(there, known))
    pairs = np.unique(np.stack([np.searchsorted(known, there[at]), document[at]]), axis=1)
    enough = known[np.bincount(pairs[0], minlength=len(known)) >= m]
    masks = []
    for codes, hashes, valid in ((text.codes, here, valid_here), (other.codes, there, valid_there)):
        length = np.zeros(len(codes), dtype=np.int64)
        length[: len(hashes)][valid & _is_in(hashes, enough)] = k
        masks.append(_covered(length))
    return masks[0], masks[1]


def _is_in(values: NDArray[np.integer], known: NDArray[np.integer]) -> Mask:
    """Mark the values that are among known, which is sorted."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    found: Mask = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def _covered(length: Ints) -> Mask:
    """Mark the places covered by the strings that begin at each place with these lengths."""
    ends = np.arange(len(length)) + length
    reach = np.maximum.accumulate(np.where(length > 0, ends, 0))
    covered: Mask = np.arange(len(length)) < reach
    return covered


class _Index:
    """Which strings of two texts are equal: for lengths 1, 2, 4 … the rank of the string at each place among all.

    Ranks are doubled up to the first length at which the two texts have no string in common (Karp, Miller and Rosenberg
    1972). Places of the second text come after those of the first.
    """

    def __init__(self, first: Ints, second: Ints) -> None:
        codes = np.concatenate([first, second])
        separators = np.flatnonzero(codes >= SEPARATOR)
        codes[separators] = SEPARATOR + np.arange(len(separators))  # equal to nothing else
        self.n_first, self.n = len(first), len(codes)
        levels: list[Ints] = []
        rank = np.unique(codes, return_inverse=True)[1].astype(np.int64)
        while self._in_both(rank):
            levels.append(rank)
            width = 1 << (len(levels) - 1)
            follows = np.zeros(self.n, dtype=np.int64)
            follows[:-width] = rank[width:] + 1
            rank = np.unique(rank * (self.n + 2) + follows, return_inverse=True)[1].astype(np.int64)
        self.rank = rank
        self.table = np.stack(levels) if levels else np.zeros((0, self.n), dtype=np.int64)

    def _in_both(self, rank: Ints) -> bool:
        seen = np.zeros(self.n + 1, dtype=bool)
        seen[rank[: self.n_first]] = True
        return bool(seen[rank[self.n_first :]].any())

    def common_length(self, a: Ints, b: Ints) -> Ints:
        """Length of the longest string that stands both at a and at b, places of different texts."""
        length = np.zeros(len(a), dtype=np.int64)
        for level in reversed(range(len(self.table))):
            rank, x, y = self.table[level], a + length, b + length
            inside = (x < self.n) & (y < self.n)
            same = inside & (rank[np.minimum(x, self.n - 1)] == rank[np.minimum(y, self.n - 1)])
            length += same.astype(np.int64) << level
        return length

    def same(self, a: Ints, b: Ints, lengths: Ints) -> Mask:
        """Whether the strings of these lengths at a and at b are equal; lengths from 1, for which there is a level."""
        level = np.frexp(lengths)[1].astype(np.int64) - 1
        onward = lengths - (1 << level)
        x, y = np.minimum(a + onward, self.n - 1), np.minimum(b + onward, self.n - 1)
        begins = self.table[level, a] == self.table[level, b]
        equal: Mask = begins & (self.table[level, x] == self.table[level, y])
        return equal

    def occurrences(self, order: Ints, places: Ints, lengths: Ints) -> tuple[Ints, Ints]:
        """From where to where in order (places by rank) the strings stand that begin at places with these lengths."""
        middle = np.searchsorted(self.rank[order], self.rank[places]).astype(np.int64)
        bounds = []
        for begin, stop, forward in (
            (np.zeros_like(middle), middle, False),
            (middle, np.full_like(middle, len(order)), True),
        ):
            low, high = begin.copy(), stop.copy()
            while (open_ := low < high).any():
                at = np.minimum((low + high) // 2, len(order) - 1)
                onward = self.same(order[at], places, lengths) == forward
                low = np.where(open_ & onward, at + 1, low)
                high = np.where(open_ & ~onward, at, high)
            bounds.append(low)
        return bounds[0], bounds[1]

    def names(self, places: Ints, length: int) -> Ints:
        """A number for the string of this length at each place: equal strings have equal numbers."""
        level = length.bit_length() - 1
        second = np.minimum(places + length - (1 << level), self.n - 1)
        names: Ints = self.table[level, places] * (self.n + 1) + self.table[level, second]
        return names


def _longest(index: _Index, n_places: int, document: Ints, n_documents: int, *, k: int, m: int) -> Ints:
    """For each place of the text, the longest string of at least k from there on that stands in at least m documents.

    0 where there is none.

    In the order of all strings, the longest common one with a document is that with the neighbour before or after.
    """
    longest = np.zeros(n_places, dtype=np.int64)
    if k.bit_length() > len(index.table):  # no string of k in common
        return longest
    places = index.n_first + np.arange(len(document))
    order = np.lexsort((index.rank[places], document))
    bounds = np.searchsorted(document[order], np.arange(n_documents + 1))
    in_documents = [places[order[first:stop]] for first, stop in pairwise(bounds)]
    known = [np.unique(index.names(there, k)) for there in in_documents]
    for first in range(0, n_places, _PLACES_AT_ONCE):
        here = np.arange(first, min(first + _PLACES_AT_ONCE, n_places))
        names = index.names(here, k)
        common = np.zeros((n_documents, len(here)), dtype=np.int32)
        for number, there in enumerate(in_documents):
            shared = np.flatnonzero(_is_in(names, known[number]))
            after = np.searchsorted(index.rank[there], index.rank[here[shared]])
            for neighbour in (np.maximum(after - 1, 0), np.minimum(after, len(there) - 1)):
                found = index.common_length(here[shared], there[neighbour])
                common[number, shared] = np.maximum(common[number, shared], found)
        longest[here] = np.partition(common, n_documents - m, axis=0)[n_documents - m]
    return longest


def _strings(
    index: _Index,
    text: _Text,
    length: Ints,
    *,
    in_document: Ints,
    documents: NDArray[np.object_],
    sentences: pd.DataFrame,
) -> pd.DataFrame:
    """The strings that no longer shared string holds at their place, and how often they stand in both texts."""
    ends = np.where(length > 0, np.arange(len(length)) + length, 0)
    before = np.maximum.accumulate(np.concatenate([[0], ends]))[:-1]
    starts = np.flatnonzero(ends > before)
    here = np.arange(index.n_first)
    low, high = index.occurrences(here[np.argsort(index.rank[here], kind="stable")], starts, length[starts])
    _, first = np.unique(np.stack([low, length[starts]]), axis=1, return_index=True)  # each string once
    starts, n_here = starts[first], (high - low)[first]
    there = np.arange(index.n_first, index.n)
    there = there[np.argsort(index.rank[there], kind="stable")]
    low, high = index.occurrences(there, starts, length[starts])
    texts, keys = sentences["text"].tolist(), sentences[SENTENCE].to_numpy(dtype=object)
    rows = []
    for at, place in enumerate(starts.tolist()):
        n_chars, sentence = int(length[place]), text.sentence[place]
        string = texts[sentence][text.start[place] : text.stop[place + n_chars - 1]]
        found = np.unique(in_document[there[low[at] : high[at]] - index.n_first])
        examples = "、".join(map(str, documents[found[:N_EXAMPLES]]))
        counts = (n_chars, int(n_here[at]), int(high[at] - low[at]), len(found))
        rows.append((string, *counts, examples, *keys[sentence]))
    table = pd.DataFrame(rows, columns=STRINGS)
    return table.sort_values(["n_documents", "n_chars", "string"], ascending=[False, False, True], ignore_index=True)
