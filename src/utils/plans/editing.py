"""The engine of cleaning: rules that say what to change, and the record of where every character came from.

A rule finds its places and says what to put there; the engine makes the changes, keeps for every character the place it
came from in the untouched file, and writes the log.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# White space within a line; a tab, an ideographic and a no-break space among it.
GAP = r" \t\u3000\xa0\u2002-\u200a"
Origin = npt.NDArray[np.int32]


class Characters:
    """A set of characters that a rule needs to find anything: a text without them is not searched.

    then: what must stand right behind one of them, where that is known.
    """

    _of_code: ClassVar[npt.NDArray[np.uint32]] = np.zeros(0x10000, dtype=np.uint32)
    _behind: ClassVar[npt.NDArray[np.uint32]] = np.zeros(0x10000, dtype=np.uint32)
    _n_sets: ClassVar[int] = 0

    def __init__(self, *ranges: str, then: Sequence[str] = ("\0\uffff",)) -> None:
        """ranges, then: each a single character, or the first and the last of several."""
        self._bit = np.uint32(1 << Characters._n_sets)
        Characters._n_sets += 1
        for table, each in ((self._of_code, ranges), (self._behind, then)):
            for first, last in _in_utf16(each):
                table[first : last + 1] |= self._bit

    @classmethod
    def sets_in(cls, text: str) -> int:
        """Of which sets a text holds a character, as bits: all are looked for at once.

        What stands at its end counts as if anything stood behind it.
        """
        units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
        found = cls._of_code[units]
        found[:-1] &= cls._behind[units[1:]]
        return int(np.bitwise_or.reduce(found))

    def may_be_in(self, sets: int) -> bool:
        """Whether a text that holds these sets may hold one; with any beyond U+FFFF, another such is taken for it."""
        return bool(sets & int(self._bit))


def _in_utf16(ranges: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The first and last unit of each range; characters beyond U+FFFF are pairs of surrogates."""
    for each in ranges:
        yield ord(each[0]), min(ord(each[-1]), 0xFFFF)
        if ord(each[-1]) > 0xFFFF:
            yield 0xD800, 0xDFFF


class Lines(NamedTuple):
    """The lines of a text that hold anything, without their ends, and where each begins."""

    starts: list[int]
    texts: list[str]

    def end(self, at: int) -> int:
        """The offset after a line's last character."""
        return self.starts[at] + len(self.texts[at])


def lines_in(text: str, ends: str = "\r\n\f") -> Lines:
    """The lines of a text; several rules look at the same text one after the other, so the last are kept."""
    return _lines_in(text, "\n" if "\r" not in text and "\f" not in text else ends)


@lru_cache(maxsize=2)
def _lines_in(text: str, ends: str) -> Lines:
    pieces = text.split("\n") if ends == "\n" else re.split(f"[{ends}]", text)
    starts, texts = [], []
    at = 0
    for piece in pieces:
        if piece:
            starts.append(at)
            texts.append(piece)
        at += len(piece) + 1
    return Lines(starts, texts)


class Edit(NamedTuple):
    """Put `replacement` in place of text[start:end], which is not empty."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True)
class Rule:
    """One defect and how it is mended; calling it on a string returns the mended string.

    `drops` marks a rule that takes out what is not the plan's text: all that it takes out is kept in the log. It finds
    nothing in a text that holds none of the characters it `needs`.
    """

    name: str
    mends: str
    find: Callable[[str], Iterable[Edit]]
    drops: bool = False
    needs: Characters | None = None

    def edits(self, text: str) -> list[Edit]:
        """The changes this rule makes to text, in order, none of them empty."""
        return [edit for edit in self.find(text) if text[edit.start : edit.end] != edit.replacement]

    def __call__(self, text: str) -> str:
        """The text with this one defect mended."""
        return apply(text, self.edits(text))


def rule(
    mends: str, drops: bool = False, needs: Characters | None = None
) -> Callable[[Callable[[str], Iterable[Edit]]], Rule]:
    """Make a finder of edits into a Rule; `mends` says in a few words what it mends."""

    def make(find: Callable[[str], Iterable[Edit]]) -> Rule:
        made = Rule(find.__name__, mends, find, drops, needs)
        object.__setattr__(made, "__doc__", find.__doc__)
        return made

    return make


def replace(pattern: re.Pattern[str], text: str, replacement: str | Callable[[re.Match[str]], str]) -> Iterator[Edit]:
    """An edit for each match of a pattern."""
    for match in pattern.finditer(text):
        new = replacement if isinstance(replacement, str) else replacement(match)
        yield Edit(*match.span(), new)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made; they stand in order and do not overlap."""
    parts, done = [], 0
    for edit in edits:
        parts += [text[done : edit.start], edit.replacement]
        done = edit.end
    return "".join([*parts, text[done:]])


def surroundings(text: str, edits: Iterable[Edit]) -> Iterator[str]:
    """What edits put into a text, which has them, each with the character on either side."""
    shift = 0
    for edit in edits:
        start = edit.start + shift
        yield text[max(start - 1, 0) : start + len(edit.replacement) + 1]
        shift += len(edit.replacement) - (edit.end - edit.start)


def move(origin: Origin, edits: Sequence[Edit]) -> Origin:
    """Where the characters came from after edits; a replacement of equal length keeps them one to one."""
    changed = [edit for edit in edits if len(edit.replacement) != edit.end - edit.start]
    if not changed:
        return origin
    starts = np.array([edit.start for edit in changed])
    ends = np.array([edit.end for edit in changed])
    inside = np.zeros(len(origin) + 1, dtype=np.int32)
    np.add.at(inside, starts, 1)
    np.add.at(inside, ends, -1)
    copies = (np.cumsum(inside)[:-1] == 0).astype(np.int32)
    copies[starts] = [len(edit.replacement) for edit in changed]
    return np.repeat(origin, copies)
