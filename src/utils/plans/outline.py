"""Cleaned text to its outline: contents list, sections, sentences.

headings.py knows what a heading looks like, finding.py finds a document's, nesting.py their levels, contents.py
contents lists; here they are put over the text as sections that tile it, and the running text is parted into sentences.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from src.utils import tables
from src.utils.plans.cleaning import CleanText
from src.utils.plans.contents import CONTENTS, ContentsList, find_contents, pages_to_next, read_contents, resolve_pages
from src.utils.plans.finding import find_headings
from src.utils.plans.headings import Heading, Line, Marks, lines_of, normalise_title, parse_heading
from src.utils.plans.nesting import nest

__all__ = [
    "CONTENTS",
    "COUNTED_KINDS",
    "Heading",
    "Outline",
    "normalise_title",
    "pages_to_next",
    "parse_heading",
    "read_contents",
    "read_outline",
    "resolve_pages",
    "split_sentences",
]

_LEAD_IN_ENDS = re.compile(r"^(?:原文如下|全文如下|以下为.{0,12}全文|附.{0,8}全文)[：:。]?$")
_RUNNING_TEXT = re.compile(r"[。！？；]")
_PIECE = re.compile(r"[^。！？!?\n]+(?:[。！？!?]+[”’』」）》]*)?|[。！？!?]+[”’』」）》]*|\n+")  # end to end, the text
_MAX_TITLE_LINE = 60
COUNTED_KINDS = ("body", "box", "annex", "table")
_OUTSIDE = ("preface", "title", "contents")
_END = tables.SECTIONS.index("end")

Row = tuple[Any, ...]
"""A row of a table: its cells in the order of the columns."""


class MarkedBlock(Protocol):
    """A stretch of the source that its format marks (heading, bold, table, box); see reading.Block."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> int | None: ...


class MarkedSource(Protocol):
    """What a source knows of its own layout: blocks, and on which page an offset stands; see reading.SourceText."""

    @property
    def blocks(self) -> Sequence[MarkedBlock]: ...
    @property
    def pages(self) -> Sequence[int]: ...

    def page_at(self, offset: int) -> int | None: ...


@dataclass(frozen=True)
class Outline:
    """A document's outline: rows of sections and sentences, and the same as tables (columns in tables.py).

    listed: the contents list that was found, with its table (columns CONTENTS).
    """

    listed: ContentsList | None
    section_rows: list[Row]
    sentence_rows: list[Row]

    @cached_property
    def contents(self) -> pd.DataFrame:
        """The contents list; empty where there is none."""
        return self.listed.table if self.listed else pd.DataFrame(columns=CONTENTS)

    @cached_property
    def sections(self) -> pd.DataFrame:
        """One row a section."""
        return pd.DataFrame(self.section_rows, columns=tables.SECTIONS).astype({"page": "Int64"})

    @cached_property
    def sentences(self) -> pd.DataFrame:
        """One row a sentence."""
        return pd.DataFrame(self.sentence_rows, columns=tables.SENTENCES).astype({"page": "Int64"})


def read_outline(clean: CleanText, plan: str, title: str | None = None, source: MarkedSource | None = None) -> Outline:
    """A cleaned document's contents list, sections and sentences.

    The sections tile the text: each runs from its heading to the next heading, so that nothing is lost and nothing is
    counted twice; `n_chars` counts the characters of its own text that are not white space, headings left out. What
    stands before the document (a web page's lead-in) is of kind preface, the title page of kind title, a table the
    format marks of kind table.
    title: the plan's title as plan.toml has it, to find the title page by. source: what the format marks; its pages
    give sections and sentences theirs.
    """
    lines = _lines(clean)
    listed = find_contents(lines)
    first, stop = (listed.first, listed.stop) if listed else (0, 0)
    body = [*lines[:first], *lines[stop:]]
    marks = _marks(clean, source, lines)
    found = find_headings(body, marks)
    begun = min([lines[first].start] if listed else [], default=len(clean.text))
    begun = min([begun, *(heading.start for heading in found[:1])])
    headings = [*_front([line for line in lines if line.start < begun], title)]
    if listed:
        headings.append(Heading(-1, "", listed.title, lines[first].start, lines[first].end, "contents"))
        if stop < len(lines) and all(heading.start != lines[stop].start for heading in found):
            headings.append(Heading(-1, "", "", lines[stop].start, lines[stop].start))
    headings = _with_tables(sorted([*headings, *found], key=lambda heading: heading.start), marks, clean.text)
    sections = _sections(headings, clean, plan, source)
    return Outline(listed, sections, _sentences(headings, sections, clean, plan, source))


def _lines(clean: CleanText) -> list[Line]:
    """The lines that are not empty, with whether the next one stood on the same line of the source."""
    lines = lines_of(clean.text)
    sources = clean.source_lines([line.start for line in lines])
    for at in np.flatnonzero(np.diff(sources) == 0).tolist():
        lines[at] = lines[at]._replace(parted=True)
    return lines


def _marks(clean: CleanText, source: MarkedSource | None, lines: Sequence[Line]) -> Marks:
    """What the format marks, in offsets of the cleaned text; a mark counts for the line on which it begins."""
    styled: dict[int, int | None] = {}
    bold: dict[int, int] = {}
    covered: list[tuple[int, int]] = []
    starts = [line.start for line in lines]
    for block in source.blocks if source is not None else ():
        start, end = clean.offset(block.start), clean.offset(block.end)
        if start >= end:
            continue
        at = bisect_right(starts, start) - 1
        if block.kind == "table":
            covered.append((start, end))
        elif at >= 0 and block.kind == "heading":
            styled[starts[at]] = block.level
        elif at >= 0 and block.kind == "bold" and start == starts[at]:
            bold[start] = min(end, lines[at].end)
    return Marks(styled, bold, sorted(covered))


def _front(front: Sequence[Line], title: str | None) -> Iterator[Heading]:
    """What stands before the text: the source's lead-in, the title page, an opening without a heading."""
    marker = next((at for at, line in enumerate(front) if _LEAD_IN_ENDS.match(line.text)), None)
    named = next((at for at, line in enumerate(front) if title and _is_title(line.text, title)), None)
    begins = marker + 1 if marker is not None else named or 0
    if begins:
        yield Heading(-1, "", "", front[0].start, front[0].start, "preface")
    rest = front[begins:]
    n_title = next((at for at, line in enumerate(rest) if _is_running(line.text)), len(rest))
    if n_title:
        yield Heading(-1, "", rest[0].text, rest[0].start, rest[0].end, "title")
    if n_title < len(rest):
        yield Heading(-1, "", "", rest[n_title].start, rest[n_title].start)


def _is_title(line: str, title: str) -> bool:
    return normalise_title(line) == normalise_title(title)


def _is_running(line: str) -> bool:
    """Whether a line before the first heading is running text: it holds a stop, or is too long for a title."""
    return bool(_RUNNING_TEXT.search(line)) or len(line) > _MAX_TITLE_LINE


def _with_tables(headings: Sequence[Heading], marks: Marks, text: str) -> list[Heading]:
    """The headings with a section for each table, and one for the text that goes on after it."""
    starts = [heading.start for heading in headings]
    extra = []
    for start, end in marks.covered:
        at = bisect_left(starts, start)
        if at and headings[at - 1].kind in COUNTED_KINDS and headings[at - 1].text_start <= start:
            extra.append(Heading(-1, "", "", start, start, "table"))
            onward = starts[at] if at < len(starts) else len(text)
            if end < onward and text[end:onward].strip():
                kind = headings[at - 1].kind
                after = end + len(text[end:onward]) - len(text[end:onward].lstrip())
                extra.append(Heading(-1, "", "", after, after, kind, form="onward"))
    return sorted([*headings, *extra], key=lambda heading: (heading.start, heading.kind != "table"))


def _sections(headings: Sequence[Heading], clean: CleanText, plan: str, source: MarkedSource | None) -> list[Row]:
    text = clean.text
    inner = [h for h in headings if h.kind not in _OUTSIDE and h.kind != "table" and h.form != "onward"]
    levels = dict(zip([id(h) for h in inner], nest(inner), strict=True))
    rows: list[Row] = []
    open_sections: list[tuple[int, int]] = []
    ends = [*(heading.start for heading in headings), len(text)][1:]
    for number, (heading, end) in enumerate(zip(headings, ends, strict=True)):
        if heading.kind in _OUTSIDE:
            level, open_sections = 0, []
        elif id(heading) in levels:
            level = levels[id(heading)]
            open_sections = [(rank, section) for rank, section in open_sections if rank < level]
        else:
            level = open_sections[-1][0] + 1 if open_sections else 1
        parent = open_sections[-1][1] if open_sections else -1
        if id(heading) in levels:
            open_sections.append((level, number))
        own = text[heading.text_start : end]
        page = _page(source, clean, heading.start) if heading.kind not in _OUTSIDE and heading.start < end else None
        row = (plan, number, level, heading.ordinal, heading.title, parent, heading.kind, heading.start, end, page)
        rows.append((*row, len("".join(own.split()))))
    return rows


def _page(source: MarkedSource | None, clean: CleanText, offset: int) -> int | None:
    """The source's page on which this character of the cleaned text stands, from 1; None where it has no pages."""
    if source is None or not source.pages or offset >= len(clean.origin):
        return None
    return source.page_at(int(clean.origin[offset]))


def _sentences(
    headings: Sequence[Heading], sections: Sequence[Row], clean: CleanText, plan: str, source: MarkedSource | None
) -> list[Row]:
    text = clean.text
    places = [
        (number, start, stop)
        for number, (heading, section) in enumerate(zip(headings, sections, strict=True))
        if heading.kind in COUNTED_KINDS
        for start, stop in split_sentences(text, heading.text_start, section[_END])
    ]
    lines = clean.source_lines([start for _, start, _ in places])
    paged = source is not None and bool(source.pages)
    return [
        (plan, at, number, start, stop, line, text[start:stop], _page(source, clean, start) if paged else None)
        for at, ((number, start, stop), line) in enumerate(zip(places, lines, strict=True))
    ]


def split_sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences in text[start:end]: up to 。！？ with the closing marks after it, or a line's end.

    A stretch without a letter, digit or Han character (a rule of dashes) is no sentence. A semicolon ends none: plans
    set whole programmes of work apart by it.

    >>> [text[a:b] for text in ["提出“干就干好。”第二句！"] for a, b in split_sentences(text)]
    ['提出“干就干好。”', '第二句！']
    """
    for piece in _PIECE.findall(text, start, len(text) if end is None else end):
        inner = piece.strip()
        if inner and (inner[0].isalnum() or any(char.isalnum() for char in inner)):
            at = start + (piece.index(inner) if len(inner) < len(piece) else 0)
            yield at, at + len(inner)
        start += len(piece)
