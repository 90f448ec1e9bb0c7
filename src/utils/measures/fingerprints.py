"""Strings that two documents share, found without comparing every document with every other: winnowed fingerprints.

Of all strings of k letters, the one with the least hash in each window of w neighbours is a document's fingerprint
(Schleimer, Wilkerson and Aiken 2003): two documents that share k + w - 1 letters in a row share a fingerprint, and no
more than two in w + 1 strings are kept. Every fingerprint that two documents share is then drawn out, letter by letter,
to the longest string they share there, so that a hash in common by chance leaves nothing behind.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.utils.measures.letters import SEPARATOR, hash_strings, letters_of
from src.utils.measures.sentence_terms import Ints

_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_NONE: Final = np.uint64(2**64 - 1)
_PAIRS_AT_ONCE: Final = 5_000_000


@dataclass(frozen=True)
class Documents:
    """The letters and numbers of documents, one document after the other, a separator behind each.

    names: of the documents, in order of appearance. codes: letters and numbers (measures.letters). document: of each
    code, -1 at separators. sentence: the row of the table of sentences it stands in; start, stop: where in its text.
    n_chars: letters and numbers of each sentence.
    """

    names: tuple[str, ...]
    codes: Ints
    document: Ints
    sentence: Ints
    start: Ints
    stop: Ints
    n_chars: Ints

    @classmethod
    def of(cls, sentences: pd.DataFrame) -> "Documents":
        """Encode the sentences (columns plan, text), those of a plan together and in order."""
        order = np.argsort(pd.factorize(sentences["plan"])[0], kind="stable")
        ordered = sentences.iloc[order]
        of_sentence, names = pd.factorize(ordered["plan"])
        letters = letters_of(ordered["text"].tolist(), {})
        document = of_sentence[letters.sentence].astype(np.int64)
        ends = np.flatnonzero(np.diff(document, append=-1)) + 1
        columns = [
            np.insert(column, ends, filler)
            for column, filler in (
                (letters.codes, SEPARATOR),
                (document, -1),
                (order[letters.sentence], -1),
                (letters.start, -1),
                (letters.stop, -1),
            )
        ]
        n_chars = np.zeros(len(sentences), dtype=np.int64)
        n_chars[order] = letters.n_chars
        return cls(tuple(map(str, names)), columns[0], columns[1], columns[2], columns[3], columns[4], n_chars)


class Anchors(NamedTuple):
    """Strings that two documents share and that cannot be drawn out: the places they begin, the letters they have.

    Sorted by the two documents, then by `here`; the document of `here` comes before that of `there`.
    """

    here: Ints
    there: Ints
    length: Ints


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of documents: strings of k letters, one at least in each window of w neighbours."""

    documents: Documents
    k: int
    w: int

    def __post_init__(self) -> None:
        if self.k < 2 or self.w < 1:
            raise ValueError(f"k = {self.k}, w = {self.w}: give strings of 2 letters at least and windows of 1")

    @cached_property
    def _hashes(self) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """A hash of the string from each place on, and whether it lies within a document."""
        hashes, valid = hash_strings(self.documents.codes, self.k)
        hashes = hashes * _MIX
        return np.where(valid, hashes ^ (hashes >> np.uint64(29)), _NONE), valid

    @cached_property
    def places(self) -> Ints:
        """Where the fingerprints stand, sorted; of equal hashes in a window the last is taken."""
        hashes, valid = self._hashes
        if len(hashes) < self.w:
            return np.empty(0, dtype=np.int64)
        least, at = hashes[: len(hashes) - self.w + 1].copy(), np.arange(len(hashes) - self.w + 1)
        for step in range(1, self.w):
            other = hashes[step : step + len(least)]
            later = other <= least
            least[later], at[later] = other[later], np.flatnonzero(later) + step
        places = np.unique(at)
        return places[valid[places]].astype(np.int64)

    @cached_property
    def _groups(self) -> tuple[Ints, Ints, Ints]:
        """The order that brings equal fingerprints together; where each group begins; in how many documents it stands.

        Counted is the string wherever it stands: at the end of what two share, each may have kept another neighbour.
        """
        hashes = self._hashes[0]
        chosen = hashes[self.places]
        order = np.lexsort((self.places, chosen))
        first = np.ones(len(order), dtype=bool)
        first[1:] = chosen[order][1:] != chosen[order][:-1]
        begins = np.flatnonzero(first)
        known = chosen[order][begins]
        n_documents = np.zeros(len(known), dtype=np.int64)
        if len(known):
            document = self.documents.document[: len(hashes)]
            bounds = np.searchsorted(np.maximum.accumulate(document), np.arange(len(self.documents.names) + 1))
            for begin, end in pairwise(bounds):
                own = hashes[begin:end]
                at = np.minimum(np.searchsorted(known, own), len(known) - 1)
                n_documents[np.unique(at[known[at] == own])] += 1
        return order, begins, n_documents

    @cached_property
    def n_documents(self) -> Ints:
        """In how many documents each fingerprint's string stands, in the order of places."""
        order, begins, n_documents = self._groups
        found = np.empty(len(order), dtype=np.int64)
        found[order] = np.repeat(n_documents, np.diff(np.append(begins, len(order))))
        return found

    def anchors(self, max_documents: int) -> Anchors:
        """The longest strings that two documents share at every place where they share a fingerprint.

        max_documents: fingerprints of more documents are passed over: their pairs grow with the square, and they are
        formulas. A passage that holds one is still found where another of its fingerprints is of fewer.
        """
        order, begins, n_documents = self._groups
        sizes = np.diff(np.append(begins, len(order)))
        wanted = (n_documents >= 2) & (n_documents <= max_documents)
        places = self.places[order]
        pieces = [np.empty((2, 0), dtype=np.int64)]
        document = self.documents.document
        for size in np.unique(sizes[wanted]):
            rows = begins[wanted & (sizes == size)]
            one, other = np.triu_indices(size, 1)
            step = max(1, _PAIRS_AT_ONCE // max(len(one), 1))
            for first in range(0, len(rows), step):
                members = places[rows[first : first + step, None] + np.arange(size)]
                here, there = members[:, one].ravel(), members[:, other].ravel()
                apart = document[here] != document[there]
                pieces.append(np.stack([here[apart], there[apart]]))
        here, there = np.concatenate(pieces, axis=1)
        return self._drawn_out(here, there)

    def _drawn_out(self, here: Ints, there: Ints) -> Anchors:
        """Draw every pair of equal places out to both sides; those of one string become one.

        To the right each goes as far as the next pair on its diagonal, so that the work is that of reading each string
        once; to the left it goes only where the pair before it did not come as far.
        """
        codes, document = self.documents.codes, self.documents.document
        diagonal = there - here
        order = np.lexsort((here, diagonal, document[there], document[here]))
        here, there, diagonal = here[order], there[order], diagonal[order]
        keys = np.stack([document[here], document[there], diagonal])
        follows = np.zeros(len(here), dtype=bool)
        follows[:-1] = (keys[:, 1:] == keys[:, :-1]).all(axis=0)
        limit = np.where(follows, np.append(np.diff(here), 0), len(codes))
        right = _run(codes, here, there, limit, 1)
        reached = follows & (right >= limit)
        begins = np.flatnonzero(~np.append(False, reached[:-1])) if len(here) else np.empty(0, dtype=np.int64)
        ends = np.append(begins[1:], len(here)) - 1
        length = here[ends] + right[ends] - here[begins] if len(begins) else np.empty(0, dtype=np.int64)
        here, there = here[begins], there[begins]
        left = _run(codes, here - 1, there - 1, np.full(len(here), len(codes)), -1)
        here, there, length = here - left, there - left, length + left
        real = length >= self.k  # a hash that two strings had in common
        here, there, length = here[real], there[real], length[real]
        order = np.lexsort((there, here, document[there], document[here]))
        return Anchors(here[order], there[order], length[order])


def _run(codes: Ints, here: Ints, there: Ints, limit: Ints, step: int) -> Ints:
    """How many letters are equal from each pair of places on, to the right (step 1) or left (-1), at most `limit`."""
    length = np.zeros(len(here), dtype=np.int64)
    live = np.flatnonzero(limit > 0)
    while len(live):
        one, other = here[live] + step * length[live], there[live] + step * length[live]
        inside = (one >= 0) & (other >= 0) & (one < len(codes)) & (other < len(codes))
        live, one, other = live[inside], one[inside], other[inside]
        live = live[(codes[one] == codes[other]) & (codes[one] < SEPARATOR)]
        length[live] += 1
        live = live[length[live] < limit[live]]
    return length
