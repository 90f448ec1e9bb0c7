"""Cleaned text to its outline: contents list, sections, sentences.

Headings are known by their ordinals (第一章, 第一节, 一、, （一）, 1., （1）, 专栏1, 附件1). Levels are the order of
the kinds of ordinal that the document uses, so a report that starts at 一、 has it at level 1, where a plan with
chapters has 章.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from src.utils import tables
from src.utils.plans.cleaning import CleanText

_NUMERAL = "[0-9一二三四五六七八九十百零〇]{1,5}"
# From the widest kind of heading to the narrowest; the first that matches a line is its kind.
_KINDS: tuple[tuple[str, str], ...] = (
    ("篇", rf"第{_NUMERAL}[篇编]"),
    ("章", rf"第{_NUMERAL}章"),
    ("节", rf"第{_NUMERAL}节"),
    ("条", rf"第{_NUMERAL}条"),
    ("一、", r"[一二三四五六七八九十]{1,3}、"),
    ("（一）", r"（[一二三四五六七八九十]{1,3}）"),
    ("1.", r"[0-9]{1,2}[.、](?![0-9])"),
    ("（1）", r"（[0-9]{1,2}）|[①-⑳]"),
)
_BOX = re.compile(r"(?P<ordinal>专栏\s*[0-9一二三四五六七八九十]*)[\s:：]*(?P<title>.*)")
_ANNEX = re.compile(r"(?P<ordinal>附[件表录]\s*[0-9一二三四五六七八九十]*)[\s:：]*(?P<title>.*)")
_HEADING = re.compile("|".join(f"(?P<k{at}>{pattern})" for at, (_, pattern) in enumerate(_KINDS)))
_PARTS = {
    "前言": "body",
    "序言": "body",
    "引言": "body",
    "导言": "body",
    "序": "body",
    "结语": "body",
    "目录": "contents",
}
_LEAD_IN_ENDS = re.compile(r"^(?:原文如下|全文如下|以下为.{0,12}全文|附.{0,8}全文)[：:。]?$")
_MAX_TITLE = 60
_MAX_SAME_LINE_TITLE = 25
_RUNNING_TEXT = re.compile(r"[。！？；]")
_SENTENCE = re.compile(r"[^。！？!?\n]*(?:[。！？!?]+[”’』」）》]*|$)", re.MULTILINE)

COUNTED_KINDS = ("body", "box", "annex", "table")
CONTENTS = ["level", "ordinal", "title", "page", "pages", "line", "sure"]


@dataclass(frozen=True)
class Heading:
    """A heading: `rank` is its place among the kinds of ordinal, `text_start` where its own text begins."""

    rank: int
    ordinal: str
    title: str
    start: int
    text_start: int
    kind: str = "body"


@dataclass(frozen=True)
class Outline:
    """A document's outline: tables `contents` (columns CONTENTS), `sections` and `sentences` (columns in tables.py)."""

    contents: pd.DataFrame
    sections: pd.DataFrame
    sentences: pd.DataFrame


@dataclass(frozen=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def _lines(text: str) -> list[_Line]:
    found, start = [], 0
    for line in text.split("\n"):
        found.append(_Line(start, line))
        start += len(line) + 1
    return found


def normalise_title(title: str) -> str:
    """A title without the spaces and marks that differ between a contents list and the body.

    >>> normalise_title("“一核一廊” 发展布局：")
    '一核一廊发展布局'
    """
    return re.sub(r"[\s“”\"'‘’：:。，,、·—-]", "", title)


def parse_heading(line: str, start: int = 0) -> Heading | None:
    """The heading that a line is or begins with, or None where the line is running text.

    A line with an ordinal is a heading when it is short and holds no sentence; where a paragraph follows on the same
    line, the heading ends at the first 。 or ：, if its title is short.

    >>> parse_heading("第一节“一核一廊”发展布局").title
    '“一核一廊”发展布局'
    >>> parse_heading("（一）信州区。围绕主城区……").title
    '信州区'
    >>> parse_heading("第一方阵的企业") is None
    True
    """
    for pattern, kind in ((_BOX, "box"), (_ANNEX, "annex")):
        match = pattern.fullmatch(line)
        if match and len(match["title"]) <= _MAX_TITLE and not _RUNNING_TEXT.search(line):
            return Heading(-1, match["ordinal"].strip(), match["title"].strip(), start, start + len(line), kind)
    match = _HEADING.match(line)
    if match is None:
        return None
    rank = next(at for at in range(len(_KINDS)) if match[f"k{at}"])
    rest = line[match.end() :]
    title = rest.strip()
    if title and len(title) <= _MAX_TITLE and not _RUNNING_TEXT.search(title[:-1]) and title[-1] not in "。，；！？":
        return Heading(rank, match[0], title.rstrip("：:"), start, start + len(line))
    same_line = re.match(rf"\s*([^。：:，；！？\s]{{2,{_MAX_SAME_LINE_TITLE}}})[。：:]", rest)
    if same_line:
        return Heading(rank, match[0], same_line[1], start, start + match.end() + same_line.end())
    return None


def _page_choices(entry: str) -> list[tuple[str, int | None]]:
    """Each way to part an entry into title and page number, the longest number first, then none at all."""
    digits = re.search(r"[0-9]+$", entry)
    bare = entry.rstrip(" .…·\t")
    if digits is None:
        return [(bare, None)]
    choices: list[tuple[str, int | None]] = []
    for at in range(digits.start(), digits.end()):
        title = entry[:at]
        if entry[at] != "0":
            choices.append((re.sub(r"[\s.…·．]+$", "", title), int(entry[at:])))
        if title != title.rstrip(" .…·\t"):
            break
    return [*choices, (bare, None)]


# What a way of reading a contents list costs; page numbers that fall are not allowed at all.
_DIGIT_IN_TITLE, _WIDE_JUMP, _NO_PAGE, _SLACK = 1.0, 4.0, 6.0, 40


def resolve_pages(entries: Sequence[str]) -> list[tuple[str, int | None, bool]]:
    """Part contents entries into titles and page numbers so that the pages rise down the list.

    Returns (title, page or None, sure) for each entry. `sure` is False where digits were left to the title, or where no
    page was found though other entries have one: a reader should look at these.

    >>> resolve_pages(["第一章 总则1", "第二章 展望203512", "第三章 保障15"])[1]
    ('第二章 展望2035', 12, False)
    """
    # Dynamic programming over the page so far: the cheapest way to have read the entries up to here.
    ways: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    options = [_page_choices(entry) for entry in entries]
    for choices in options:
        onward: dict[int, tuple[float, tuple[int, ...]]] = {}
        for last, (cost, path) in ways.items():
            for at, (_, page) in enumerate(choices):
                if page is not None and page < last:
                    continue
                now = last if page is None else page
                added = _NO_PAGE if page is None else _DIGIT_IN_TITLE * at + _WIDE_JUMP * (page - last > _SLACK)
                if now not in onward or cost + added < onward[now][0]:
                    onward[now] = (cost + added, (*path, at))
        ways = onward
    _, best = min(ways.values())
    chosen = [choices[at] for choices, at in zip(options, best, strict=True)]
    paged = any(page is not None for _, page in chosen)
    return [(*pair, not paged or (at == 0 and pair[1] is not None)) for pair, at in zip(chosen, best, strict=True)]


def read_contents(lines: Sequence[_Line]) -> tuple[pd.DataFrame, int]:
    """The contents list that follows its title line, and how many lines it takes.

    lines: the document's lines after 目录. The list ends where its first entry stands again, as the body's heading, or
    at the first line that is no entry. Returns a table (columns CONTENTS; `pages` is the number of pages from an
    entry's start to the next entry's at the same level or above) and the number of lines.
    """
    found: list[tuple[_Line, Heading]] = []
    for line in lines:
        entry = re.sub(r"[\s.…·．]*[0-9]+$", "", line.text)
        heading = parse_heading(entry, line.start) or _part(entry, line.start)
        # Of the first entry's kind no ordinal stands twice in a list: its return is the body's first heading.
        if heading is None or (found and _key(heading) == _key(found[0][1])):
            break
        found.append((line, heading))
    resolved = resolve_pages([line.text for line, _ in found])
    levels = _levels([heading for _, heading in found])
    rows = []
    for (line, heading), (whole, page, sure) in zip(found, resolved, strict=True):
        title = whole.removeprefix(heading.ordinal).strip()
        rows.append((levels.get(heading.rank, 1), heading.ordinal, title, page, None, line.start, sure))
    contents = pd.DataFrame(rows, columns=CONTENTS)
    contents["page"] = contents["page"].astype("Int64")
    contents["pages"] = pages_to_next(contents)
    return contents, len(found)


def _part(line: str, start: int) -> Heading | None:
    """A part without an ordinal (前言), where the line is one."""
    name = normalise_title(line)
    return Heading(-1, "", name, start, start + len(line)) if name in _PARTS else None


def _key(heading: Heading) -> str:
    return heading.ordinal or heading.title


def pages_to_next(contents: pd.DataFrame) -> "pd.Series[int]":
    """Pages from the start of each entry to the start of the next at its level or above; NA for the last of a level.

    Starts are whole pages, so the true length lies within one page on either side.
    """
    rows = list(contents[["level", "page"]].itertuples(index=False, name=None))
    spans = []
    for at, (level, page) in enumerate(rows):
        onward = next((later for rank, later in rows[at + 1 :] if rank <= level), pd.NA)
        spans.append(onward - page)
    return pd.Series(spans, index=contents.index, dtype="Int64")


def _levels(headings: Sequence[Heading]) -> dict[int, int]:
    """Level of each kind of ordinal, 1 for the widest that the document uses."""
    return {rank: at for at, rank in enumerate(sorted({h.rank for h in headings if h.rank >= 0}), start=1)}


def read_outline(clean: CleanText, plan: str, title: str | None = None) -> Outline:
    """A cleaned document's contents list, sections and sentences.

    The sections tile the text: each runs from its heading to the next heading, so that nothing is lost and nothing is
    counted twice; `n_chars` counts the characters of its own text that are not white space, headings left out. What
    stands before the document (a web page's lead-in) is of kind preface, the title page of kind title.
    title: the plan's title as plan.toml has it, to find the title page by.
    """
    lines = [line for line in _lines(clean.text) if line.text.strip()]
    at = next((at for at, line in enumerate(lines) if normalise_title(line.text) == "目录"), None)
    contents, n_entries = read_contents(lines[at + 1 :]) if at is not None else (pd.DataFrame(columns=CONTENTS), 0)
    listed = range(0) if at is None or not n_entries else range(at, at + 1 + n_entries)
    headings = [*_front(lines, title), *_body(lines, listed)]
    headings = [
        h for h, later in zip(headings, [*headings[1:], None], strict=True) if not later or later.start > h.start
    ]
    sections = _sections(headings, clean.text, plan)
    return Outline(contents, sections, _sentences(headings, sections, clean, plan))


def _front(lines: Sequence[_Line], title: str | None) -> Iterator[Heading]:
    """What stands before the text: the source's lead-in, the title page, an opening without a heading."""
    first = next((at for at, line in enumerate(lines) if _is_structural(line)), len(lines))
    front = lines[:first]
    marker = next((at for at, line in enumerate(front) if _LEAD_IN_ENDS.match(line.text)), None)
    named = next((at for at, line in enumerate(front) if title and _is_title(line.text, title)), None)
    begins = marker + 1 if marker is not None else named or 0
    if begins:
        yield Heading(-1, "", "", front[0].start, front[0].start, "preface")
    rest = front[begins:]
    n_title = next((at for at, line in enumerate(rest) if _RUNNING_TEXT.search(line.text)), len(rest))
    if n_title:
        yield Heading(-1, "", rest[0].text, rest[0].start, rest[0].end, "title")
    if n_title < len(rest):
        yield Heading(-1, "", "", rest[n_title].start, rest[n_title].start)


def _is_title(line: str, title: str) -> bool:
    return normalise_title(line) == normalise_title(title)


def _is_structural(line: _Line) -> bool:
    return (parse_heading(line.text) or _part(line.text, 0)) is not None


def _body(lines: Sequence[_Line], listed: range) -> Iterator[Heading]:
    """The headings of the text itself; the contents list is one of them, its entries are not."""
    for at, line in enumerate(lines):
        name = normalise_title(line.text)
        if listed and at == listed.start:
            yield Heading(-1, "", name, line.start, line.end, "contents")
        elif at in listed:
            continue
        elif heading := parse_heading(line.text, line.start) or _part(line.text, line.start):
            yield heading
        elif listed and at == listed.stop:
            yield Heading(-1, "", "", line.start, line.start)


def _sections(headings: Sequence[Heading], text: str, plan: str) -> pd.DataFrame:
    levels = _levels(headings)
    rows: list[dict[str, object]] = []
    open_sections: list[tuple[int, int]] = []
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    for number, (heading, end) in enumerate(zip(headings, ends, strict=True)):
        outside = heading.kind in ("preface", "title", "contents")
        if heading.kind == "box":
            level = open_sections[-1][0] + 1 if open_sections else 1
        else:
            level = 0 if outside else levels.get(heading.rank, 1)
        open_sections = [(rank, section) for rank, section in open_sections if rank < level]
        parent = open_sections[-1][1] if open_sections else -1
        if not outside:
            open_sections.append((level, number))
        own = text[heading.text_start : end]
        row = (plan, number, level, heading.ordinal, heading.title, parent, heading.kind, heading.start, end, None)
        rows.append(dict(zip(tables.SECTIONS, (*row, len(re.sub(r"\s", "", own))), strict=True)))
    return pd.DataFrame(rows, columns=tables.SECTIONS).astype({"page": "Int64"})


def _sentences(headings: Sequence[Heading], sections: pd.DataFrame, clean: CleanText, plan: str) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for heading, section, end in zip(headings, sections["section"], sections["end"], strict=True):
        if heading.kind not in COUNTED_KINDS:
            continue
        for start, stop in split_sentences(clean.text, heading.text_start, end):
            rows.append((plan, len(rows), section, start, stop, clean.source_line(start), clean.text[start:stop]))
    return pd.DataFrame(rows, columns=tables.SENTENCES)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences in text[start:end]: up to 。！？ with the closing marks after it, or a line's end.

    A stretch without a letter, digit or Han character (a rule of dashes) is no sentence. A semicolon ends none: plans
    set whole programmes of work apart by it.

    >>> [text[a:b] for text in ["提出“干就干好。”第二句！"] for a, b in split_sentences(text)]
    ['提出“干就干好。”', '第二句！']
    """
    for match in _SENTENCE.finditer(text, start, len(text) if end is None else end):
        inner = match[0].strip()
        if any(char.isalnum() for char in inner):
            at = match.start() + match[0].index(inner)
            yield at, at + len(inner)
