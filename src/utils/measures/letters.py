"""Texts as codes of their letters and numbers alone, so that strings are equal whatever marks stand between them.

Marks and spaces are left out: 稳中求进，推动 and 稳中求进、推动 are one. A number with its decimal point and percent
sign is one code and equal only to the same number, so that 5% is no part of 6.5%.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from src.utils.measures.sentence_terms import Ints

SEPARATOR: Final = 1 << 40
"""Codes from here on are no letters: they stand between stretches and are in no string."""

_NUMBER: Final = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)*[%％‰]?")
_FIRST_NUMBER: Final = 0x110000  # codes beyond the last character stand for numbers
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)


class Letters(NamedTuple):
    """The letters and numbers of several texts, one after the other.

    codes: one for each letter and each number. sentence: the text that each stands in, by its place among those given.
    start, stop: where it stands in that text. n_chars: letters and numbers of each text.
    """

    codes: Ints
    sentence: Ints
    start: Ints
    stop: Ints
    n_chars: Ints


def letters_of(texts: Sequence[str], numbers: dict[str, int]) -> Letters:
    """Encode texts; numbers: the code of each number, shared by the texts to be compared, added to."""
    lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
    joined = "\n".join([*texts, ""])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    sentence = np.repeat(np.arange(len(texts)), lengths)
    start = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    stop = start + 1
    different, inverse = np.unique(codes, return_inverse=True)
    kept = np.array([chr(code).isalnum() for code in different], dtype=bool)[inverse]
    for match in _NUMBER.finditer(joined):
        first, last = match.span()
        kept[first + 1 : last] = False
        stop[first] += last - first - 1
        codes[first] = numbers.setdefault(match[0], _FIRST_NUMBER + len(numbers))
    n_chars = np.bincount(sentence[kept], minlength=len(texts)).astype(np.int64)
    return Letters(codes[kept], sentence[kept], start[kept], stop[kept], n_chars)


def hash_strings(codes: Ints, k: int) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """A hash of the k codes from each place on, and whether no separator is among them."""
    n = max(len(codes) - k + 1, 0)
    hashes = np.zeros(n, dtype=np.uint64)
    valid = np.ones(n, dtype=bool)
    letters, within = codes.astype(np.uint64), codes < SEPARATOR
    for step in range(k):
        hashes *= _BASE
        hashes += letters[step : step + n]
        valid &= within[step : step + n]
    return hashes ^ (hashes >> np.uint64(32)), valid
