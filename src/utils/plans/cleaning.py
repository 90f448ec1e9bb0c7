"""Text as found to text as meant: a visible list of rules, each mending one defect, each change on record.

A rule finds its places and says what to put there; the engine makes the changes, keeps for every character the place it
came from in the untouched file, and writes the log. A rule called on a string returns the mended string.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LOG = ["rule", "mends", "n_places", "n_removed", "n_added", "examples"]
Origin = npt.NDArray[np.int32]
_LINE_END = re.compile(r"\r\n|\n|\r")
_CONTEXT = 8
_N_EXAMPLES = 3


@dataclass(frozen=True)
class Edit:
    """Put `replacement` in place of text[start:end]."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True)
class Rule:
    """One defect and how it is mended; calling it on a string returns the mended string."""

    name: str
    mends: str
    find: Callable[[str], Iterable[Edit]]

    def edits(self, text: str) -> list[Edit]:
        """The changes this rule makes to text, in order, none of them empty."""
        return [edit for edit in self.find(text) if text[edit.start : edit.end] != edit.replacement]

    def __call__(self, text: str) -> str:
        """The text with this one defect mended."""
        return _apply(text, self.edits(text))


def _apply(text: str, edits: Sequence[Edit]) -> str:
    parts, done = [], 0
    for edit in edits:
        parts += [text[done : edit.start], edit.replacement]
        done = edit.end
    return "".join([*parts, text[done:]])


def _move(origin: Origin, edits: Sequence[Edit]) -> Origin:
    """Where the characters came from after edits; a replacement of equal length keeps them one to one."""
    parts: list[Origin] = []
    done = 0
    for edit in edits:
        size = len(edit.replacement)
        same = size == edit.end - edit.start
        parts += [
            origin[done : edit.start],
            origin[edit.start : edit.end] if same else np.repeat(origin[edit.start : edit.start + 1], size),
        ]
        done = edit.end
    return np.concatenate([*parts, origin[done:]])


@dataclass(frozen=True)
class CleanText:
    """Cleaned text that knows where it came from.

    `origin[i]` is the offset in `source` of the character `text[i]`; `log` has one row a rule (columns LOG).
    """

    source: str
    text: str
    origin: Origin
    log: pd.DataFrame
    _line_starts: list[int] = field(repr=False)

    def source_line(self, offset: int) -> int:
        """The 1-based line of the untouched file that the character at this offset of the cleaned text stands in."""
        return bisect_right(self._line_starts, int(self.origin[offset]))

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the untouched text that text[start:end] came from."""
        return int(self.origin[start]), int(self.origin[end - 1]) + 1


def rule(mends: str) -> Callable[[Callable[[str], Iterable[Edit]]], Rule]:
    """Make a finder of edits into a Rule; `mends` says in a few words what it mends."""

    def make(find: Callable[[str], Iterable[Edit]]) -> Rule:
        made = Rule(find.__name__, mends, find)
        object.__setattr__(made, "__doc__", find.__doc__)
        return made

    return make


def _replace(pattern: re.Pattern[str], text: str, replacement: str | Callable[[re.Match[str]], str]) -> Iterator[Edit]:
    for match in pattern.finditer(text):
        new = replacement if isinstance(replacement, str) else replacement(match)
        yield Edit(*match.span(), new)


@rule("line ends of Windows and old Macs, byte order marks, form feeds, zero-width characters")
def unify_line_ends(text: str) -> Iterator[Edit]:
    r"""Every line ends in LF; invisible characters that split words go.

    >>> unify_line_ends("上饶\u200b市\r\n规划")
    '上饶市\n规划'
    """
    return _replace(
        re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]|[\ufeff\u200b-\u200d\u2060\u00ad]"),
        text,
        lambda match: "\n" if match[0] in "\r\n\u2028\u2029\x0b\x0c\x85" else "",
    )


_FULL_WIDTH = {code: code - 0xFEE0 for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]}
_FULL_WIDTH |= {ord("％"): ord("%"), ord("＋"): ord("+"), ord("．"): ord("."), ord("－"): ord("-"), ord("／"): ord("/")}


@rule("full-width Latin letters, digits and ％")
def narrow_full_width_letters(text: str) -> Iterator[Edit]:
    """Letters, digits and ％＋．－／ become half-width; Chinese punctuation （）“”，。 stays as it is.

    >>> narrow_full_width_letters("ＧＤＰ增长７．５％（预计）")
    'GDP增长7.5%（预计）'
    """
    return _replace(re.compile(r"[０-９Ａ-Ｚａ-ｚ％＋．－／]+"), text, lambda match: match[0].translate(_FULL_WIDTH))


_ORDINAL_BEFORE = re.compile(
    r"(?:第[0-9一二三四五六七八九十百零〇]+[篇编章节条]|附[件表录][0-9一二三四五六七八九十]*)$"
)
_SPACED_LINE = re.compile(rf"^[ \t\u3000]*[{HAN}](?:[ \t\u3000]+[{HAN}]){{1,5}}[ \t\u3000]*$", re.MULTILINE)
_SPACE_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}，。、；：”》）])[ \t\u3000\xa0](?=[{HAN}“《（])")
_SPACED_DIGITS = re.compile(r"(?<![\d.] )(?<![\d.])\d(?: \d)+(?![\d.])")


@rule("lines that are one word with its characters set apart (目　　录)")
def close_up_spaced_lines(text: str) -> Iterator[Edit]:
    r"""A line of two to six single Han characters apart by spaces becomes a word.

    >>> close_up_spaced_lines("前 言\n目　　录")
    '前言\n目录'
    """
    for line in _SPACED_LINE.finditer(text):
        for gap in re.compile(r"[ \t\u3000]+").finditer(text, *line.span()):
            yield Edit(*gap.span(), "")


@rule("single spaces inside words")
def close_up_spaces_between_han(text: str) -> Iterator[Edit]:
    """A single space between Han characters goes in running text, that is, in lines with ，。 or ；.

    The space after an ordinal stays, and so do runs of spaces, and spaces in lines that may be lists or headlines,
    where they part names from one another.

    >>> close_up_spaces_between_han("第一章 发展基础：深入贯 彻党的精神，建设 IT 产业")
    '第一章 发展基础：深入贯彻党的精神，建设 IT 产业'
    >>> close_up_spaces_between_han("信州区 广丰区 广信区")
    '信州区 广丰区 广信区'
    """
    for line in re.finditer(r"^[^\n]*[，。；][^\n]*$", text, re.MULTILINE):
        for match in _SPACE_BETWEEN_HAN.finditer(text, *line.span()):
            if not _ORDINAL_BEFORE.search(text, line.start(), match.start()):
                yield Edit(*match.span(), "")


@rule("spaces between the digits of a number")
def close_up_spaced_digits(text: str) -> Iterator[Edit]:
    """Single digits apart by single spaces become a number; numbers of several digits side by side stay apart.

    >>> close_up_spaced_digits("到2 0 2 5年，见表 3 12 48")
    '到2025年，见表 3 12 48'
    """
    return _replace(_SPACED_DIGITS, text, lambda match: match[0].replace(" ", ""))


_WIDE = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_NARROW_PUNCTUATION = re.compile(rf"(?<=[{HAN}0-9A-Za-z%”》）])[,;:?!](?= ?[{HAN}“《（]|$)", re.MULTILINE)
_ANY_HAN = re.compile(f"[{HAN}]")


@rule("half-width punctuation among Chinese")
def widen_punctuation(text: str) -> Iterator[Edit]:
    """Comma, semicolon, colon, question and exclamation mark before Chinese or a line's end become full-width.

    Inside numbers, times, addresses and Latin text they stay.

    >>> widen_punctuation("增幅全省第一;实现利润240亿元, 新增1,915家, 10:30, A: b")
    '增幅全省第一；实现利润240亿元， 新增1,915家, 10:30, A: b'
    """
    return _replace(_NARROW_PUNCTUATION, text, lambda match: _WIDE[match[0]])


@rule("half-width brackets around Chinese")
def widen_brackets(text: str) -> Iterator[Edit]:
    """Brackets that hold a Han character become full-width; those around Latin or numbers stay.

    >>> widen_brackets("(一)电子信息(含光学、物联网),GDP(2020)")
    '（一）电子信息（含光学、物联网）,GDP(2020)'
    """
    opened: list[int] = []
    places: list[tuple[int, str]] = []
    for match in re.finditer(r"[()\n]", text):
        if match[0] == "(":
            opened.append(match.start())
        elif match[0] == "\n":
            opened.clear()
        elif opened and _ANY_HAN.search(text, opened[-1], match.start()):
            places += [(opened.pop(), "（"), (match.start(), "）")]
        elif opened:
            opened.pop()
    yield from (Edit(at, at + 1, bracket) for at, bracket in sorted(places))


@rule("spaces at the ends of lines, empty lines")
def trim_lines(text: str) -> Iterator[Edit]:
    r"""Indents and trailing spaces go, and so do lines with nothing in them.

    >>> trim_lines("　　前言 \n\n\n当前，")
    '前言\n当前，'
    """
    return _replace(re.compile(r"\A\s+|\s+\Z|[^\S\n]*\n\s*"), text, _trimmed)


def _trimmed(match: re.Match[str]) -> str:
    return "\n" if match.start() > 0 and match.end() < len(match.string) else ""


# The order matters: letters are narrowed before digits are looked at, punctuation is widened before spaces beside it.
RULES: tuple[Rule, ...] = (
    unify_line_ends,
    trim_lines,
    narrow_full_width_letters,
    close_up_spaced_lines,
    widen_brackets,
    widen_punctuation,
    close_up_spaces_between_han,
    close_up_spaced_digits,
)


def drop_patterns(patterns: Sequence[str]) -> Rule:
    """A rule that removes what a plan's own patterns match (watermarks, marks of sources); see source.drop."""

    @rule("what source.drop in plan.toml names")
    def drop_marked(text: str) -> Iterator[Edit]:
        for match in re.finditer("|".join(f"(?:{pattern})" for pattern in patterns), text):
            yield Edit(*match.span(), "")

    return drop_marked


def clean(source: str, rules: Sequence[Rule] = RULES, drop: Sequence[str] = ()) -> CleanText:
    """Apply the rules in order, a plan's own drop patterns first, and keep the way back to the source."""
    line_starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
    text, origin = source, np.arange(len(source), dtype=np.int32)
    rows = []
    for step in (*([drop_patterns(drop)] if drop else []), *rules):
        edits = step.edits(text)
        rows.append(_log_row(step, text, edits, origin, line_starts))
        text, origin = _apply(text, edits), _move(origin, edits)
    return CleanText(source, text, origin, pd.DataFrame(rows, columns=LOG), line_starts)


def _log_row(
    step: Rule, text: str, edits: Sequence[Edit], origin: Origin, line_starts: Sequence[int]
) -> dict[str, object]:
    """One row of the log: what a rule did, with its first places before and after."""
    examples = []
    for edit in edits[:_N_EXAMPLES]:
        before, after = text[max(edit.start - _CONTEXT, 0) : edit.start], text[edit.end : edit.end + _CONTEXT]
        examples.append(
            {
                "source_line": bisect_right(line_starts, int(origin[edit.start])),
                "before": before + text[edit.start : edit.end] + after,
                "after": before + edit.replacement + after,
            }
        )
    return {
        "rule": step.name,
        "mends": step.mends,
        "n_places": len(edits),
        "n_removed": sum(edit.end - edit.start for edit in edits),
        "n_added": sum(len(edit.replacement) for edit in edits),
        "examples": examples,
    }
