"""The heading grammar of Chinese plans and reports: what one line says of itself.

A line begins with an ordinal (第一章, 一、, （一）, 1., ①, 专栏1, 附件1) or is marked by the format. Whether it is a
heading in its document is decided in finding.py, how deep it stands in nesting.py.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from src.utils.plans.editing import lines_in

HAN_NUMERAL = "[一二三四五六七八九十百零〇]{1,6}"
_NUMERAL = "[0-9一二三四五六七八九十百零〇]{1,6}"
# From the widest kind of ordinal to the narrowest; the first that matches a line is its kind. After a strong ordinal no
# word may follow that makes it part of a sentence (第一章提出的…).
_IN_A_SENTENCE = "(?![提所规中的以至和、，与及])"
KINDS: tuple[tuple[str, str], ...] = (
    ("篇", rf"第{_NUMERAL}[篇编]{_IN_A_SENTENCE}"),
    ("章", rf"第{_NUMERAL}章{_IN_A_SENTENCE}"),
    ("节", rf"第{_NUMERAL}节{_IN_A_SENTENCE}"),
    ("条", rf"第{_NUMERAL}条{_IN_A_SENTENCE}"),
    ("一、", rf"{HAN_NUMERAL}、(?![一二三四五六七八九十]+、)"),
    ("（一）", rf"[（(]{HAN_NUMERAL}[）)]"),
    ("1.", r"[0-9]{1,3}[.．、](?![0-9])"),
    ("1.1", r"[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}(?=[ \t\u3000])"),
    ("（1）", r"[（(][0-9]{1,3}[）)]|[0-9]{1,2}[）)]"),
    ("①", r"[①-⑳]"),
    ("一是", rf"{HAN_NUMERAL}是"),
)
RANK = {name: at for at, (name, _) in enumerate(KINDS)}
# An unnumbered heading that the format marks stands below all numbered ones, one known by its position above them.
LEAD, ALONE = len(KINDS), -2
STRONG = {RANK["篇"], RANK["章"], RANK["节"]}
ORDINAL = re.compile("|".join(f"(?P<k{at}>{pattern})" for at, (_, pattern) in enumerate(KINDS)))
_FIRST_OF_ORDINAL = frozenset("第（(0123456789一二三四五六七八九十百零〇①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_FIRST_OF_BOX = ("专", "附")
_BOX = re.compile(r"(?P<ordinal>专栏\s*[0-9一二三四五六七八九十]*(?:-[0-9]+)?)[\s:：]*(?P<title>.*)")
_ANNEX = re.compile(
    r"(?P<ordinal>附[件表录](?:\s*[0-9一二三四五六七八九十]+(?![0-9一二三四五六七八九十、]*[项个份条]))?)(?P<mark>[\s:：.、]*)(?P<title>.*)"
)
_PARTS = {
    "前言": "body",
    "序言": "body",
    "引言": "body",
    "导言": "body",
    "序": "body",
    "结语": "body",
    "结束语": "body",
    "后记": "body",
    "名词解释": "annex",
    "目录": "contents",
}
MAX_TITLE = 60
MAX_RUN_IN = 48
STOPS = "。！？；"
RUNNING_TEXT = re.compile(f"[{STOPS}]")
_FIRST_SENTENCE = re.compile(rf"\s*([^。：:！？；\s][^。：:！？；]{{1,{MAX_RUN_IN}}})[。：:]")
_EXPLAINED = re.compile(r"\s*([^：:，。]{2,30})[：:]")
_DIGITS = {char: at for at, char in enumerate("〇一二三四五六七八九")} | {"零": 0}


class Line(NamedTuple):
    """A line of the cleaned text and where it begins; `parted` where the next was parted from it in cleaning."""

    start: int
    text: str
    parted: bool = False

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Heading:
    """A heading: `rank` is its kind's place among KINDS, `text_start` where its own text begins.

    form: alone (a line of its own), stopped (so, but closed with 。), run-in (its paragraph follows on the line),
    enclosed (the title of one of several documents that a notice issues together).
    style: the level that the format gives it, or None.
    """

    rank: int
    ordinal: str
    title: str
    start: int
    text_start: int
    kind: str = "body"
    form: str = "alone"
    style: int | None = None


def lines_of(text: str) -> list[Line]:
    """The lines of a text that are not empty."""
    return [Line(start, line) for start, line in zip(*lines_in(text, "\n"), strict=True) if line.strip()]


def normalise_title(title: str) -> str:
    """A title without the spaces and marks that differ between a contents list and the body.

    >>> normalise_title("“一核一廊” 发展布局：")
    '一核一廊发展布局'
    """
    return re.sub(r"[\s“”\"'‘’：:。，,、·—-]", "", title)


@lru_cache(maxsize=4096)
def number_of(ordinal: str) -> int | None:
    """The number in an ordinal; None where there is none.

    >>> number_of("第二十一章"), number_of("（10）"), number_of("③")
    (21, 10, 3)
    """
    if ordinal and "①" <= ordinal[0] <= "⑳":
        return ord(ordinal[0]) - ord("①") + 1
    digits = re.findall(r"[0-9]+", ordinal)
    if digits:
        return int(digits[-1])
    han = re.search(HAN_NUMERAL, ordinal)
    return _han_number(han[0]) if han else None


def _han_number(numeral: str) -> int:
    """A Chinese numeral below a thousand, written with 十 and 百 or as digits one after the other."""
    if not set(numeral) & set("十百"):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def find_part(line: str, start: int = 0) -> Heading | None:
    """A part without an ordinal (前言, 名词解释), where the line is one."""
    if len(line) > 20:
        return None
    name = normalise_title(line)
    kind = _PARTS.get(name)
    if kind is None:
        return None
    return Heading(-1, "", name, start, start + len(line), "annex" if kind == "annex" else "body")


def parse_heading(line: str, start: int = 0) -> Heading | None:
    """The heading that a line is or begins with, or None where the line taken by itself is running text.

    A line with an ordinal is a heading when it is short and holds no sentence; where a paragraph follows on the same
    line, the heading ends at the first 。 or ：, if its title is short.

    >>> parse_heading("第一节“一核一廊”发展布局").title
    '“一核一廊”发展布局'
    >>> parse_heading("（一）信州区。围绕主城区……").title
    '信州区'
    >>> parse_heading("第一方阵的企业") is None
    True
    """
    found = boxed_heading(line, start) or numbered_heading(line, start)
    if found is None or found.form not in ("alone", "run-in", "article") or found.rank == RANK["一是"]:
        return None
    return found


def boxed_heading(line: str, start: int) -> Heading | None:
    """A 专栏 or an annex, where the line is the heading of one."""
    if not line.startswith(_FIRST_OF_BOX):
        return None
    for pattern, kind in ((_BOX, "box"), (_ANNEX, "annex")):
        match = pattern.fullmatch(line)
        if match and len(match["title"]) <= MAX_TITLE and not RUNNING_TEXT.search(line):
            ordinal, title = re.sub(r"\s", "", match["ordinal"]), match["title"].strip()
            if kind == "annex" and title and not match["mark"] and not ordinal[-1].isdigit():
                continue  # 附件清单, 附表所列: a word, not an ordinal and a title
            return Heading(-1, ordinal, title, start, start + len(line), kind)
    return None


def numbered_heading(line: str, start: int) -> Heading | None:
    """A line that begins with an ordinal, with its form: alone, stopped, run-in, article, bare, item or sentence."""
    match = ORDINAL.match(line) if line[:1] in _FIRST_OF_ORDINAL else None
    if match is None:
        return None
    rank = next(at for at in range(len(KINDS)) if match[f"k{at}"])
    ordinal, rest = match[0], line[match.end() :]
    title, after = rest.strip(), start + match.end()
    if rank == RANK["条"]:
        return _article(ordinal, rest, start, after)
    if rank in STRONG and title and not rest[0].isspace() and title[-1] in STOPS:
        return None
    form, title, length = _form(rest, title, explains=rank > RANK["一、"])
    return Heading(rank, ordinal, title, start, after + length, form=form)


def _form(rest: str, title: str, explains: bool) -> tuple[str, str, int]:
    """What follows an ordinal: its form, the title, and how much of it the title takes.

    explains: whether a title with a long explanation after ： ends there (1. 未来产业：…).
    """
    if not title:
        return "bare", "", 0
    whole = len(title) <= MAX_TITLE and not RUNNING_TEXT.search(title[:-1])
    explained = _EXPLAINED.match(rest) if explains and whole else None
    first = _FIRST_SENTENCE.match(rest)
    if title[-1] == "；":
        return "item", title, 0
    if explained and len(title) > 2 * len(explained[1]):
        return "run-in", explained[1].strip(), explained.end()
    if whole and title[-1] not in "，、！？":
        return "stopped" if title[-1] == "。" else "alone", title.rstrip("：:。"), len(rest)
    if first and first[1][-1] not in "，、":
        return "run-in", first[1].strip(), first.end()
    return "sentence", title, 0


def _article(ordinal: str, rest: str, start: int, after: int) -> Heading | None:
    """An article: its text follows on the line, or, where the rest is short and no sentence, its title."""
    title = rest.strip()
    bracketed = re.match(r"\s*[【\[（(]([^】\]）)]{2,20})[】\]）)]", rest)
    if bracketed:
        return Heading(RANK["条"], ordinal, bracketed[1], start, after + bracketed.end(), form="article")
    if title and len(title) <= 25 and not re.search("[，。；：、]", title):
        return Heading(RANK["条"], ordinal, title, start, after + len(rest), form="article")
    if rest and not rest[0].isspace() and not RUNNING_TEXT.search(rest):
        return None
    return Heading(RANK["条"], ordinal, "", start, after, form="article")


@dataclass(frozen=True)
class Marks:
    """What the format says of lines, as offsets into the cleaned text: style headings, bold openings, tables, boxes.

    styled: start of line to the level of its heading style (None where the style has none). bold: start of line to the
    end of its bold opening. covered: stretches that are tables or boxes, where no heading is looked for.
    """

    styled: Mapping[int, int | None] = field(default_factory=dict)
    bold: Mapping[int, int] = field(default_factory=dict)
    covered: Sequence[tuple[int, int]] = ()

    def covers(self, start: int) -> bool:
        """Whether this offset lies in a table."""
        if not self.covered:
            return False
        at = bisect_right(self.covered, (start, float("inf"))) - 1
        return at >= 0 and start < self.covered[at][1]
