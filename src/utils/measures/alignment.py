"""Many pairs of short strings aligned at once, letter by letter: how many letters are the same, how many edits between.

A letter that is the same scores 1, a letter replaced, left out or put in -2: what two strings share goes on as long as
more than two thirds of it is the same (Smith and Waterman 1981; the gap's price is linear). Of alignments of one score
the one with more letters in common counts.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from src.utils.measures.sentence_terms import Ints

EDIT: Final = 2
"""What an edit costs, in letters that are the same: more than EDIT / (1 + EDIT) of a passage is the same."""

_SCORE: Final = 1 << 20  # score and letters in common in one number, the score first
_NEVER: Final = -(1 << 60)
_CELLS: Final = 100_000  # what the caches of a processor hold


class Aligned(NamedTuple):
    """Of each pair: the score, the letters in common, and how many letters of both strings were used."""

    score: Ints
    same: Ints
    used: Ints
    used_other: Ints


def align(one: NDArray[np.int64], other: NDArray[np.int64], *, whole: bool) -> Aligned:
    """Align strings from their first letters on.

    one, other: shape (n_pairs, n_letters), the strings' codes, shorter ones filled up with negative codes. whole: to
    the end of both; otherwise to where the score is highest (0 letters where nothing that follows is worth it), the
    first such place.
    """
    parts = []
    step = max(1, _CELLS // max(other.shape[1], 1))
    for first in range(0, max(len(one), 1), step):
        parts.append(_align(one[first : first + step], other[first : first + step], whole=whole))
    return Aligned(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _align(one: NDArray[np.int64], other: NDArray[np.int64], *, whole: bool) -> Aligned:
    n, n_letters, n_other = len(one), one.shape[1], other.shape[1]
    size, size_other = (one >= 0).sum(axis=1), (other >= 0).sum(axis=1)
    price = EDIT * _SCORE
    ramp = price * np.arange(n_other + 1, dtype=np.int64)
    row = np.broadcast_to(-ramp, (n, n_other + 1)).copy()
    best = np.zeros(n, dtype=np.int64)
    used, used_other = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    if whole:
        best = np.where(size == 0, row[np.arange(n), size_other], _NEVER)
    for at in range(n_letters):
        letter = one[:, at]
        equal = (letter[:, None] == other) & (letter >= 0)[:, None]
        new = np.empty_like(row)
        new[:, 0] = row[:, 0] - price
        new[:, 1:] = np.maximum(row[:, :-1] + np.where(equal, _SCORE + 1, -price), row[:, 1:] - price)
        row = np.maximum.accumulate(new + ramp, axis=1) - ramp
        if whole:
            ended = size == at + 1
            best[ended] = row[ended, size_other[ended]]
        else:
            column = row.argmax(axis=1)
            value = row[np.arange(n), column]
            better = value > best
            best[better], used[better], used_other[better] = value[better], at + 1, column[better]
    if whole:
        used, used_other = size, size_other
    same = best % _SCORE
    return Aligned(best // _SCORE, same, used, used_other)
