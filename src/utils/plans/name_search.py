"""Where names may begin in a text: all places at which the first two characters of one of them stand.

Looking every character of a plan up in a table of names takes longer than cutting it into words; numpy rules out nearly
all of them at once.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

_N_CODES = 0x110000
_END = "\n"  # between texts; no name holds it


class Beginnings:
    """The first two characters of names; of a name of one character, that."""

    def __init__(self, names: Iterable[str]) -> None:
        known = set(names)
        self._first = np.zeros(_N_CODES, dtype=bool)
        self._second = np.zeros(_N_CODES, dtype=bool)
        self._alone = np.zeros(_N_CODES, dtype=bool)
        for name in known:
            table = self._first if len(name) > 1 else self._alone
            table[ord(name[0])] = True
            self._second[[ord(char) for char in name[1:2]]] = True
        self._any_alone = bool(self._alone.any())
        pairs = {(ord(name[0]) << 32) + ord(name[1]) for name in known if len(name) > 1}
        self._pairs = np.array(sorted(pairs), dtype=np.int64)

    def places(self, codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """The places where a name may begin, rising; codes: the code points of a text."""
        maybe = np.flatnonzero(self._first[codes[:-1]] & self._second[codes[1:]])
        pairs = (codes[maybe].astype(np.int64) << 32) + codes[maybe + 1]
        found = maybe[np.isin(pairs, self._pairs)]
        return np.union1d(found, np.flatnonzero(self._alone[codes])) if self._any_alone else found


def by_text(texts: Sequence[str], beginnings: Sequence[Beginnings]) -> list[Iterator[tuple[int, list[int]]]]:
    """For each of several sets of names: the texts in which one may begin, by their place in the list, and where."""
    joined = _END.join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    return [_grouped(names.places(codes), starts) for names in beginnings]


def _grouped(places: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    owners = np.searchsorted(starts, places, side="right") - 1
    inside = (places - starts[owners]).tolist() if len(places) else []
    begin = 0
    for owner, n in zip(*(found.tolist() for found in np.unique(owners, return_counts=True)), strict=True):
        yield owner, inside[begin : begin + n]
        begin += n
