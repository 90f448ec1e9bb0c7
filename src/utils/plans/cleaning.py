"""Text as found to text as meant: a visible list of rules, each mending one defect, each change on record.

The rules that take out what whoever published the copy put there are in furniture.py, those that join and part lines in
breaks.py; editing.py makes the changes.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from itertools import chain, repeat
from typing import Any

import numpy as np
import pandas as pd

from src.utils.errors import PlanError, SettingsError
from src.utils.plans.breaks import join_across_form_feeds, join_broken_lines, part_headings_run_together
from src.utils.plans.editing import HAN, Characters, Edit, Origin, Rule, apply, move, replace, rule, surroundings
from src.utils.plans.furniture import (
    drop_database_headers,
    drop_page_furniture,
    drop_repeated_title,
    drop_web_furniture,
    shorten_dot_leaders,
)

LOG = ["rule", "mends", "n_places", "n_removed", "n_added", "examples"]
DROPPED = ["rule", "source_line", "text"]
_LINE_END = re.compile(r"\r\n|\n|\r")
_CONTEXT = 8
_N_EXAMPLES = 3
_MAX_PASSES = 20


@dataclass(frozen=True)
class CleanText:
    """Cleaned text that knows where it came from; `origin[i]` is the offset in `source` of the character `text[i]`."""

    source: str
    text: str
    origin: Origin
    _log: list[dict[str, Any]] = field(repr=False)
    _dropped: list[tuple[str, int, str]] = field(repr=False)
    _line_starts: list[int] = field(repr=False)

    @cached_property
    def log(self) -> pd.DataFrame:
        """What each rule changed, one row a rule (columns LOG)."""
        return pd.DataFrame(self._log, columns=LOG)

    @cached_property
    def dropped(self) -> pd.DataFrame:
        """What the rules took out whole as not the plan's text, one row a piece (columns DROPPED)."""
        return pd.DataFrame(self._dropped, columns=DROPPED)

    def source_line(self, offset: int) -> int:
        """The 1-based line of the untouched file that the character at this offset of the cleaned text stands in."""
        return bisect_right(self._line_starts, int(self.origin[offset]))

    def source_lines(self, offsets: Sequence[int]) -> list[int]:
        """The lines of the untouched file that many characters of the cleaned text stand in."""
        lines: list[int] = np.searchsorted(self._line_starts, self.origin[list(offsets)], side="right").tolist()
        return lines

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the untouched text that text[start:end] came from."""
        return int(self.origin[start]), int(self.origin[end - 1]) + 1

    def offset(self, source_offset: int) -> int:
        """The first character of the cleaned text that came from this offset of the source or from later on."""
        return int(np.searchsorted(self.origin, source_offset))


_INVISIBLE = Characters("\r", "\u2028\u2029", "\x0b\x0c", "\x85", "\ufeff", "\u200b\u200d", "\u2060", "\u00ad")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]|[\ufeff\u200b-\u200d\u2060\u00ad]")


@rule("line ends of Windows and old Macs, byte order marks, form feeds, zero-width characters", needs=_INVISIBLE)
def unify_line_ends(text: str) -> Iterator[Edit]:
    r"""Every line ends in LF; invisible characters that split words go.

    >>> unify_line_ends("上饶\u200b市\r\n规划")
    '上饶市\n规划'
    """
    return replace(_LINE_ENDS, text, lambda match: "\n" if match[0] in "\r\n\u2028\u2029\x0b\x0c\x85" else "")


_FULL_WIDTH = {code: code - 0xFEE0 for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]}
_FULL_WIDTH |= {
    ord("％"): ord("%"),
    ord("＋"): ord("+"),
    ord("．"): ord("."),
    ord("－"): ord("-"),
    ord("／"): ord("/"),
    ord("﹒"): ord("."),
}


_WIDE = "０-９Ａ-Ｚａ-ｚ％＋．－／﹒"
_WIDE_RUN = re.compile(f"[％-ｚ﹒](?<=[{_WIDE}])[{_WIDE}]*")  # re looks for the first set thrice as fast as for _WIDE


@rule("full-width Latin letters, digits and ％", needs=Characters("０９", "ＡＺ", "ａｚ", *"％＋．－／﹒"))
def narrow_full_width_letters(text: str) -> Iterator[Edit]:
    """Letters, digits and ％＋．－／﹒ become half-width; Chinese punctuation （）“”，。 stays as it is.

    >>> narrow_full_width_letters("ＧＤＰ增长７．５％（预计）")
    'GDP增长7.5%（预计）'
    """
    return replace(_WIDE_RUN, text, lambda match: match[0].translate(_FULL_WIDTH))


# Characters of the block "CJK Radicals Supplement" that stand for a whole character and that Unicode does not
# decompose; those of the block "Kangxi Radicals" and the compatibility ideographs it does.
_RADICALS = dict(
    zip(
        "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰",
        "民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙",
        strict=True,
    )
)
_FORMS = Characters("\u2e80\u2fd5", "\uf900\ufad9", "\U0002f800\U0002fa1d")
_LOOK_ALIKES = re.compile("[\u2e80-\u2fd5\uf900-\ufad9\U0002f800-\U0002fa1d]")


@rule("radicals and compatibility forms in place of characters, from PDF", needs=_FORMS)
def restore_characters(text: str) -> Iterator[Edit]:
    """What looks like a character but has the code of a radical or of a compatibility form becomes the character.

    Search, dictionaries and counts would not find it. Strokes that are no character of their own (⺀) stay.

    >>> restore_characters("⼤⼒发展⻓三角")
    '大力发展长三角'
    """
    for match in _LOOK_ALIKES.finditer(text):
        character = _RADICALS.get(match[0]) or unicodedata.normalize("NFKC", match[0])
        if character != match[0]:
            yield Edit(*match.span(), character)


_ORDINAL_BEFORE = re.compile(
    r"(?:第[0-9一二三四五六七八九十百零〇]+[篇编章节条]|附[件表录][0-9一二三四五六七八九十]*)$"
)
_LONGEST_ORDINAL = 16
_SPACED_LINE = re.compile(rf"\n[ \t\u3000]*+[{HAN}](?:[ \t\u3000]++[{HAN}]){{1,5}}[ \t\u3000]*+(?=\n|\Z)")
_RUN_OF_SPACES = re.compile(r"[ \t\u3000]+")
_SPACES = Characters(*" \t\u3000\xa0")
_SPACE_BETWEEN_HAN = re.compile(rf"[ \t\u3000\xa0](?<=[{HAN}，。、；：”》）].)(?=[{HAN}“《（])")
_POINTED = re.compile("[，。；]")
_SPACED_DIGITS = re.compile(r"(?<![\d.] )(?<![\d.])\d(?: \d)+(?![\d.])")
_DIGITS_APART = re.compile(r" (?<=\d )(?=\d)")  # what a spaced number holds: re looks for a space faster than for it


@rule("lines that are one word with its characters set apart (目　　录)", needs=_SPACES)
def close_up_spaced_lines(text: str) -> Iterator[Edit]:
    r"""A line of two to six single Han characters apart by spaces becomes a word.

    >>> close_up_spaced_lines("前 言\n目　　录")
    '前言\n目录'
    """
    for line in _SPACED_LINE.finditer("\n" + text):  # re looks for a line's end faster than for its beginning
        for gap in _RUN_OF_SPACES.finditer(text, line.start(), line.end() - 1):
            yield Edit(*gap.span(), "")


@rule("single spaces inside words", needs=_SPACES)
def close_up_spaces_between_han(text: str) -> Iterator[Edit]:
    """A single space between Han characters goes in running text, that is, in lines with ，。 or ；.

    The space after an ordinal stays, and so do runs of spaces, and spaces in lines that may be lists or headlines,
    where they part names from one another.

    >>> close_up_spaces_between_han("第一章 发展基础：深入贯 彻党的精神，建设 IT 产业")
    '第一章 发展基础：深入贯彻党的精神，建设 IT 产业'
    >>> close_up_spaces_between_han("信州区 广丰区 广信区")
    '信州区 广丰区 广信区'
    """
    for match in _SPACE_BETWEEN_HAN.finditer(text):
        start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        running = _POINTED.search(text, start, len(text) if end < 0 else end)
        if running and not _ORDINAL_BEFORE.search(text[max(start, match.start() - _LONGEST_ORDINAL) : match.start()]):
            yield Edit(*match.span(), "")


@rule("spaces between the digits of a number", needs=_SPACES)
def close_up_spaced_digits(text: str) -> Iterator[Edit]:
    """Single digits apart by single spaces become a number; numbers of several digits side by side stay apart.

    >>> close_up_spaced_digits("到2 0 2 5年，见表 3 12 48")
    '到2025年，见表 3 12 48'
    """
    if _DIGITS_APART.search(text):
        return replace(_SPACED_DIGITS, text, lambda match: match[0].replace(" ", ""))
    return iter(())


_GROUPED_NUMBER = re.compile(rf"(?<![\d，,.])[1-9]\d{{0,2}}(?:，\d{{3}})+(?![\d，])(?=(?:\.\d+)?[%多余]?[{HAN}%])")
_GROUP = re.compile(r"，(?<=\d，)(?=\d{3})")  # what a grouped number holds, found faster
_LISTED = re.compile(r"(?:分别[为是达到有]*|依次为|第)[\d，、]*$")
_TONED = "āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü"
_SYLLABLE = rf"(?:[zcs]h|[b-df-hj-np-tw-z])?[aeiouv{_TONED}]{{1,3}}(?:ng?|r)?"
_PINYIN = re.compile(rf"[(（](?<=[{HAN}].){_SYLLABLE}[)）](?:[(（]{_SYLLABLE}[)）])*")
_MANY_READINGS, _ENOUGH_HAN, _MOST = 5, 50, 0.5
_WIDENED = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_NARROW_PUNCTUATION = re.compile(rf"[,;:?!](?<=[{HAN}0-9A-Za-z%”》）].)(?= ?[{HAN}“《（]|$)", re.MULTILINE)
_BRACKET_OR_HAN = re.compile(f"[()]|[{HAN}]+")


@rule("half-width punctuation among Chinese", needs=Characters(*",;:?!"))
def widen_punctuation(text: str) -> Iterator[Edit]:
    """Comma, semicolon, colon, question and exclamation mark before Chinese or a line's end become full-width.

    Inside numbers, times, addresses and Latin text they stay.

    >>> widen_punctuation("增幅全省第一;实现利润240亿元, 新增1,915家, 10:30, A: b")
    '增幅全省第一；实现利润240亿元， 新增1,915家, 10:30, A: b'
    """
    return replace(_NARROW_PUNCTUATION, text, lambda match: _WIDENED[match[0]])


@rule("half-width brackets around Chinese", needs=Characters("("))
def widen_brackets(text: str) -> Iterator[Edit]:
    """Brackets that hold a Han character become full-width; those around Latin or numbers stay.

    >>> widen_brackets("(一)电子信息(含光学、物联网),GDP(2020)")
    '（一）电子信息（含光学、物联网）,GDP(2020)'
    """
    at = text.find("(")
    while at >= 0:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield from (Edit(place, place + 1, bracket) for place, bracket in sorted(_pairs_around_han(text, at, end)))
        at = text.find("(", end)


def _pairs_around_han(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The brackets of a line that hold a Han character, in the order in which they close."""
    opened: list[tuple[int, int]] = []
    n_han = 0
    for match in _BRACKET_OR_HAN.finditer(text, start, end):
        if match[0] == "(":
            opened.append((match.start(), n_han))
        elif match[0] != ")":
            n_han += 1
        elif opened:
            at, n_before = opened.pop()
            yield from [(at, "（"), (match.start(), "）")] if n_han > n_before else []


@rule("spaces at the ends of lines, empty lines")
def trim_lines(text: str) -> Iterator[Edit]:
    r"""Indents and trailing spaces go, and so do lines with nothing in them.

    >>> trim_lines("　　前言 \n\n\n当前，")
    '前言\n当前，'
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start:
        yield Edit(0, start, "")
    done = start
    for match in _SPACE_AT_LINE_END.finditer(text, start, end):
        if match.start() >= done:
            done = match.end()
            begin = match.start()
            while text[begin - 1].isspace():
                begin -= 1
            yield Edit(begin, done, "\n")
    if start < end < len(text):
        yield Edit(end, len(text), "")


_SPACE_AT_LINE_END = re.compile(r"\n(?:(?<=\s\n)\s*+|\s++)")


@rule("full-width commas inside numbers")
def narrow_commas_in_numbers(text: str) -> Iterator[Edit]:
    """A full-width comma before three digits and a unit is the thousands' comma; between numbers in a list it stays.

    >>> narrow_commas_in_numbers("产值3，530亿元，企业分别为120，130，140家")
    '产值3,530亿元，企业分别为120，130，140家'
    """
    for match in _GROUPED_NUMBER.finditer(text) if _GROUP.search(text) else ():
        groups = match[0].split("，")
        if len(groups) > 2 and len(groups[0]) == 3:
            continue
        if _LISTED.search(text[max(0, match.start() - 8) : match.start()]):
            continue
        at = match.start()
        for group in groups[:-1]:
            at += len(group)
            yield Edit(at, at + 1, ",")
            at += 1


@rule("pinyin after each character", needs=Characters(*"(（", then=("az", *_TONED)))
def remove_pinyin(text: str) -> Iterator[Edit]:
    """Readings in brackets after characters go where a converter put them after many; one gloss of a rare name stays.

    Raises PlanError where most characters carry one: such a text is too damaged to be counted.

    >>> remove_pinyin("國(guo)(guo)務院在(zai)")
    '國務院在'
    >>> remove_pinyin("亳(bó)州市")
    '亳(bó)州市'
    """
    found = list(_PINYIN.finditer(text))
    n_han = sum(len(match[0]) for match in re.finditer(f"[{HAN}]+", text)) if found else 0
    if n_han >= _ENOUGH_HAN and len(found) > _MOST * n_han:
        raise PlanError(
            f"the text: {len(found)} of {n_han} characters carry their pinyin in brackets. Most of it is damaged; find "
            "a copy of the plan without readings."
        )
    if len(found) >= _MANY_READINGS or any(match[0].count("(") + match[0].count("（") > 1 for match in found):
        yield from (Edit(*match.span(), "") for match in found)


def simplify_characters() -> Rule:
    """A rule that turns traditional characters into simplified ones with OpenCC; off unless settings ask for it.

    Raises SettingsError where OpenCC is not installed.
    """
    try:
        opencc = import_module("opencc")  # only plans that ask for it need it
    except ImportError as error:
        raise SettingsError(
            "cleaning.simplify in plan.toml needs OpenCC, which is not installed. Run `pip install opencc`, or set "
            "cleaning.simplify = false."
        ) from error
    converter = opencc.OpenCC("t2s")

    @rule("traditional characters")
    def simplify(text: str) -> Iterator[Edit]:
        """Each run of Han characters is put as mainland China writes it."""
        for match in re.finditer(f"[{HAN}]+", text):
            simple = str(converter.convert(match[0]))
            if len(simple) == len(match[0]):
                for at, (old, new) in enumerate(zip(match[0], simple, strict=True), start=match.start()):
                    if old != new:
                        yield Edit(at, at + 1, new)
            else:
                yield Edit(*match.span(), simple)

    return simplify


# The order matters: look-alikes go first, for every other rule reads characters; page furniture is known by its form
# feeds, broken lines by their indents, so both go before these; letters are narrowed before digits are looked at,
# punctuation is widened before spaces beside it.
RULES: tuple[Rule, ...] = (
    restore_characters,
    remove_pinyin,
    drop_page_furniture,
    join_across_form_feeds,
    unify_line_ends,
    drop_web_furniture,
    drop_database_headers,
    drop_repeated_title,
    join_broken_lines,
    trim_lines,
    narrow_full_width_letters,
    narrow_commas_in_numbers,
    close_up_spaced_lines,
    widen_brackets,
    widen_punctuation,
    shorten_dot_leaders,
    part_headings_run_together,
    close_up_spaces_between_han,
    close_up_spaced_digits,
)


def choose_rules(skip: Collection[str] = (), simplify: bool = False) -> tuple[Rule, ...]:
    """The rules without those to skip, by name, and with the one for traditional characters where it is asked for.

    Raises SettingsError, listing the rules there are, where a name is none of theirs.
    """
    names = [step.name for step in RULES]
    for name in skip:
        if name not in names:
            raise SettingsError(f"cleaning.skip: there is no rule {name!r}. The rules are: {', '.join(names)}.")
    chosen = tuple(step for step in RULES if step.name not in skip)
    return (*chosen, simplify_characters()) if simplify else chosen


def drop_patterns(patterns: Sequence[str]) -> Rule:
    """A rule that removes what a plan's own patterns match (watermarks, marks of sources); see source.drop."""

    @rule("what source.drop in plan.toml names", drops=True)
    def drop_marked(text: str) -> Iterator[Edit]:
        for match in re.finditer("|".join(f"(?:{pattern})" for pattern in patterns), text):
            yield Edit(*match.span(), "")

    return drop_marked


def clean(source: str, rules: Sequence[Rule] = RULES, drop: Sequence[str] = ()) -> CleanText:
    """Apply the rules in order, a plan's own drop patterns first, and keep the way back to the source.

    The rules are gone through again until none finds anything, so that cleaning a cleaned text changes nothing. Raises
    PlanError where the text is too damaged to mend (see remove_pinyin).
    """
    line_starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
    text, origin = source, np.arange(len(source), dtype=np.int32)
    own = (drop_patterns(drop),) if drop else ()
    log = {step.name: _empty_row(step) for step in (*own, *rules)}
    dropped: list[tuple[str, int, str]] = []
    sets: int | None = None  # of characters that rules need: those that the text holds, and perhaps some that it held
    changed = False  # whether the sets are to be looked for again
    n_quiet = 0  # rules one after the other that found nothing
    for step in (*own, *chain.from_iterable(repeat(rules, _MAX_PASSES))):
        if sets is None or (step is rules[0] and changed):
            sets, changed = Characters.sets_in(text), False
        edits = step.edits(text) if step.needs is None or step.needs.may_be_in(sets) else []
        n_quiet = 0 if edits else n_quiet + 1
        if edits:
            lines = [bisect_right(line_starts, int(origin[edit.start])) for edit in edits]
            _record(log[step.name], text, edits, lines)
            if step.drops:
                pieces = (text[edit.start : edit.end].strip() for edit in edits)
                dropped += [(step.name, line, piece) for line, piece in zip(lines, pieces, strict=True)]
            text, origin, changed = apply(text, edits), move(origin, edits), True
            sets |= Characters.sets_in("".join(surroundings(text, edits)))
        if n_quiet == len(rules) + len(own):
            break
    return CleanText(source, text, origin, list(log.values()), dropped, line_starts)


def _empty_row(step: Rule) -> dict[str, Any]:
    empty = {"n_places": 0, "n_removed": 0, "n_added": 0, "examples": []}
    return {"rule": step.name, "mends": step.mends, **empty}


def _record(row: dict[str, Any], text: str, edits: Sequence[Edit], lines: Sequence[int]) -> None:
    """Add to a row of the log what a rule did: how much, its first places before and after."""
    row["n_places"] += len(edits)
    row["n_removed"] += sum(edit.end - edit.start for edit in edits)
    row["n_added"] += sum(len(edit.replacement) for edit in edits)
    for edit, line in zip(edits[: _N_EXAMPLES - len(row["examples"])], lines, strict=False):
        before, after = text[max(edit.start - _CONTEXT, 0) : edit.start], text[edit.end : edit.end + _CONTEXT]
        row["examples"].append(
            {
                "source_line": line,
                "before": before + text[edit.start : edit.end] + after,
                "after": before + edit.replacement + after,
            }
        )
