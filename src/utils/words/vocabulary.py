"""The terms of many plans, numbered once a process: what is known of a term is looked up when it is first met.

Numbers are looked up with numpy's take: with places of 32 bits it is two to three times as fast as brackets.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from src.utils.words.segmenting import Segmenter
from src.utils.words.token_cache import Numbers, cut_and_number, cut_joined, holds_separator

LARGEST = 1_000_000
"""Terms after which one does better to begin anew: some 200 MB."""


class PlanTokens(NamedTuple):
    """The tokens of one plan's sentences.

    terms, tags: those of this plan, in the order in which they first stand, the terms as Arrow's strings; term_ids,
    tag_ids: each token's place among them, shape (n_tokens,). widths: characters of each token. sizes: tokens of each
    sentence, shape (n_sentences,).
    """

    terms: Any
    term_ids: Numbers
    tags: list[str]
    tag_ids: Numbers
    widths: Numbers
    sizes: Numbers


class _Numbering(dict[str, int]):
    """Numbers by term; a new one gets the next."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self.words)
        self.words.append(word)
        return number


class _Strings:
    """Strings as Arrow keeps them, end to end in UTF-8: none is encoded a second time when it comes again."""

    def __init__(self) -> None:
        self._n = 0
        self._ends = np.zeros(1, dtype=np.int32)
        self._bytes = np.zeros(1, dtype=np.uint8)

    def append(self, strings: Sequence[str]) -> None:
        """Add strings. Raises UnicodeEncodeError where one holds a lone surrogate; nothing is added then."""
        encoded = [string.encode() for string in strings]
        sizes = np.fromiter(map(len, encoded), dtype=np.int32, count=len(encoded))
        used = self._ends[self._n]
        self._ends = _with_room(self._ends, self._n + 1 + len(sizes))
        self._bytes = _with_room(self._bytes, used + int(sizes.sum()))
        self._ends[self._n + 1 : self._n + 1 + len(sizes)] = used + np.cumsum(sizes)
        self._n += len(sizes)
        self._bytes[used : self._ends[self._n]] = np.frombuffer(b"".join(encoded), dtype=np.uint8)

    def take(self, places: Numbers) -> Any:
        """The strings at these places, as an Arrow array."""
        held = pa.StringArray.from_buffers(self._n, pa.py_buffer(self._ends), pa.py_buffer(self._bytes))
        return held.take(pa.array(places))


def _with_room(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """An array of at least this size that begins as this one; a new one has room for as much again."""
    return array if len(array) >= size else np.concatenate([array, np.zeros(2 * size - len(array), dtype=array.dtype)])


class Vocabulary:
    """All terms that a segmenter has cut so far, with what is known of each."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter
        self._number = _Numbering()
        self._tag_number = _Numbering()
        self._strings = _Strings()
        self._widths = np.zeros(0, dtype=np.int32)
        self._tags = np.zeros(0, dtype=np.int32)
        self._first = np.zeros(0, dtype=np.int32)
        self._rank = np.zeros(0, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._number)

    def cut(self, texts: Sequence[str]) -> PlanTokens:
        """Cut the sentences of a plan. Raises UnicodeEncodeError where one holds a lone surrogate."""
        if holds_separator(texts):
            return self._cut_apart(texts)
        ids, sizes = cut_joined(texts, self.segmenter.cut, self._number)
        self._look_up()
        terms, term_ids = self._local(ids)
        tags, tag_ids = self._local(self._tags.take(ids))
        return PlanTokens(
            self._strings.take(terms),
            term_ids,
            [self._tag_number.words[number] for number in tags.tolist()],
            tag_ids,
            self._widths.take(ids),
            sizes,
        )

    def _cut_apart(self, texts: Sequence[str]) -> PlanTokens:
        """Cut texts that hold the private character which else stands between texts."""
        terms, ids, sizes = cut_and_number(texts, self.segmenter.cut)
        number = _Numbering()
        tags = _numbers(map(number.__getitem__, self.segmenter.tags(terms)), len(terms))
        widths = _numbers(map(len, terms), len(terms))[ids]
        return PlanTokens(pa.array(terms, pa.string()), ids, number.words, tags[ids], widths, sizes)

    def _look_up(self) -> None:
        """Look up the widths and tags of terms met for the first time; forget them where one is no text."""
        new = self._number.words[len(self._widths) :]
        if new:
            try:
                self._strings.append(new)
            except UnicodeEncodeError:
                del self._number.words[len(self._widths) :]
                for word in new:
                    del self._number[word]
                raise
            tags = map(self._tag_number.__getitem__, self.segmenter.tags(new))
            self._widths = np.append(self._widths, _numbers(map(len, new), len(new)))
            self._tags = np.append(self._tags, _numbers(tags, len(new)))
            self._first, self._rank = np.zeros((2, 2 * len(self._widths)), dtype=np.int32)

    def _local(self, ids: Numbers) -> tuple[Numbers, Numbers]:
        """The different numbers, in the order in which they first stand, and each one's place among them."""
        places = np.arange(len(ids), dtype=np.int32)
        self._first[ids[::-1]] = places[::-1]  # of several writes to one place the last stays: the first that stands
        different = ids[self._first.take(ids) == places]
        self._rank[different] = np.arange(len(different), dtype=np.int32)
        return different, self._rank.take(ids)


def _numbers(values: Any, count: int) -> npt.NDArray[np.int32]:
    return np.fromiter(values, dtype=np.int32, count=count)
