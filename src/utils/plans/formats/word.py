"""DOCX to text: paragraphs, tables and text boxes in reading order, as the page shows them.

The document's XML is walked here, because python-docx passes over content controls (where Word keeps contents lists),
tracked insertions, text boxes and automatic numbers, and loads the pictures too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from src.utils.errors import PlanError
from src.utils.plans.formats.archive import Archive
from src.utils.plans.formats.extracted import Extracted, TextBuilder
from src.utils.plans.formats.numbering import Numbering, W, as_int, read_numbering

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE_NAMES = ("title", "标题")
_LEFT_OUT = {
    "footnote": "footnote",
    "endnote": "endnote",
    "comment": "comment",
    "header": "page header",
    "footer": "page footer",
}
_SIDE_PART = re.compile(r"(footnote|endnote|comment|header|footer)s?[0-9]*\.xml")
_LAYOUT_CHARACTERS = 5_000  # a 专栏 box holds a few hundred; a table of one cell with more is the page's frame
_DELETED = (f"{W}del", f"{W}moveFrom")
_IGNORED = tuple(f"{W}{name}" for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "instrText", "fldChar", "rt", "delText"))
_WITH_BOXES = tuple(f"{W}{name}" for name in ("drawing", "pict", "object"))
_BOX = f"{W}txbxContent"
_SYMBOLS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": "\t"}
_OFF = ("0", "false", "off", "none")
_N_OUTLINE_LEVELS = 9


@dataclass(frozen=True)
class _Style:
    name: str = ""
    level: int | None = None
    title: bool = False
    bold: bool = False
    hidden: bool = False
    bullet: bool = False
    number: str | None = None
    number_level: int | None = None


def read_word(path: Path, content: bytes) -> Extracted:
    """Read a .docx: headings by style, rows of tables, boxes; tracked changes as accepted, hidden text left out.

    Raises PlanError naming the file where it is damaged, protected, too large, or no Word document.
    """
    archive = Archive(path, content)
    main = _main_part(archive)
    folder = main.rpartition("/")[0]
    numbering = f"{folder}/numbering.xml"
    reader = _Reader(
        _read_styles(archive, f"{folder}/styles.xml"),
        read_numbering(archive.xml(numbering)) if numbering in archive.names else Numbering(),
    )
    body = archive.xml(main).find(f"{W}body")
    if body is None:
        raise PlanError(f"{path}: not a Word document: {main} in it has no body.")
    reader.read_blocks(body)
    for name in sorted(archive.names):
        if name.startswith(f"{folder}/") and (side := _SIDE_PART.fullmatch(name.removeprefix(f"{folder}/"))):
            reader.leave_out(archive.xml(name), _LEFT_OUT[side[1]], name.removeprefix(f"{folder}/"))
    return reader.done()


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" in archive.names:
        for relation in archive.xml("_rels/.rels").iter(_RELATIONSHIP):
            target: str = relation.get("Target", "").lstrip("/")
            if relation.get("Type", "").endswith("/officeDocument") and target in archive.names:
                if target.startswith("word/"):
                    return target
                raise PlanError(f"{archive.path}: an office file, but not a Word document (its main part is {target}).")
    if "word/document.xml" in archive.names:
        return "word/document.xml"
    raise PlanError(
        f"{archive.path}: a zip archive, but not a Word document. Unpack it and give the files in it, several of them "
        "in source.files."
    )


def _read_styles(archive: Archive, part: str) -> dict[str, _Style]:
    """What each style says, with what it has from the style it is based on."""
    if part not in archive.names:
        return {}
    items = {item.get(f"{W}styleId", ""): item for item in archive.xml(part).iter(f"{W}style")}
    styles: dict[str, _Style] = {}
    for first in list(items):
        chain: dict[str, None] = {}
        name = first
        while name in items and name not in styles and name not in chain:
            chain[name] = None
            name = _value(items[name], "basedOn") or ""
        style = styles.get(name, _Style())
        for own in reversed(chain):
            style = styles[own] = _own_style(items[own], own, style)
    return styles


def _own_style(item: etree._Element, name: str, base: _Style) -> _Style:
    shown = _value(item, "name") or name
    properties, run = item.find(f"{W}pPr"), item.find(f"{W}rPr")
    named = _HEADING_NAME.fullmatch(shown)
    level = _outline_level(properties)
    if level is None:
        level = int(named[1]) if named else base.level
    number, number_level = _number_of(properties)
    return _Style(
        level=level or None,
        title=shown.lower() in _TITLE_NAMES,
        bold=_is_on(run, "b", base.bold),
        hidden=_is_on(run, "vanish", base.hidden),
        number=base.number if number is None else number,
        number_level=base.number_level if number is None else number_level,
        name=name,
    )


def _value(parent: etree._Element | None, name: str) -> str | None:
    found = None if parent is None else parent.find(f"{W}{name}")
    value: str | None = None if found is None else found.get(f"{W}val")
    return value


def _is_on(properties: etree._Element | None, name: str, default: bool) -> bool:
    found = None if properties is None else properties.find(f"{W}{name}")
    return default if found is None else found.get(f"{W}val", "1") not in _OFF


def _outline_level(properties: etree._Element | None) -> int | None:
    """Level from 1; 0 for body text said in so many words; None where nothing is said."""
    value = _value(properties, "outlineLvl")
    return None if value is None else (as_int(value, 9) + 1) % (_N_OUTLINE_LEVELS + 1)


def _number_of(properties: etree._Element | None) -> tuple[str | None, int | None]:
    """The list that paragraph properties name, and the level in it."""
    found = None if properties is None else properties.find(f"{W}numPr")
    if found is None:
        return None, None
    level = _value(found, "ilvl")
    return _value(found, "numId") or "0", None if level is None else as_int(level)


@dataclass
class _Paragraph:
    """A paragraph's text in the making: pieces with whether they are bold, and the boxes that hang on it."""

    pieces: list[tuple[str, bool]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def n_bold(self) -> int:
        """How many characters from the first on are bold; an indent of spaces counts as what follows it."""
        n = 0
        for text, bold in self.pieces:
            if not bold and text.strip():
                break
            n += len(text)
        return n


class _Reader:
    """Walks a document's body and writes down what it shows."""

    def __init__(self, styles: dict[str, _Style], numbering: Numbering) -> None:
        self.styles, self.numbering = styles, numbering
        self.out = TextBuilder()
        self.n_ordinals = self.n_paragraphs = 0
        self.carried = _Paragraph()

    def done(self) -> Extracted:
        """The text; the notes say what Word had written by itself."""
        if self.n_ordinals:
            self.out.notes.append(f"{self.n_ordinals} automatic numbers written out")
        if self.out.dropped:
            reasons = [dropped.reason for dropped in self.out.dropped]
            counted = (f"{reasons.count(reason)} × {reason}" for reason in dict.fromkeys(reasons))
            self.out.notes.append(f"left out: {', '.join(counted)}")
        return self.out.done()

    def leave_out(self, part: etree._Element, reason: str, name: str) -> None:
        """Record a part beside the body: notes, comments, page headers and footers."""
        items = list(part) if reason in ("footnote", "endnote", "comment") else [part]
        for item in items:
            self.out.drop(reason, name, "".join(text.text or "" for text in item.iter(f"{W}t")))

    def read_blocks(self, parent: etree._Element) -> None:
        """Everything that stands below one another in a body, a cell or a box."""
        for item in parent:
            if item.tag == f"{W}p":
                if len(item):
                    self.read_paragraph(item)
            elif item.tag == f"{W}tbl":
                self.read_table(item)
            elif item.tag in _DELETED:
                self._drop_deleted(item)
            elif item.tag == f"{W}altChunk":
                self.out.notes.append(
                    "holds another file inserted whole, which is not read: open and save it with Word"
                )
            elif item.tag == f"{_MC}AlternateContent":
                self.read_blocks(_alternative(item))
            elif item.tag not in _IGNORED:
                self.read_blocks(item)

    def read_paragraph(self, item: etree._Element) -> None:
        """A paragraph as a line, or several where it holds line breaks; its boxes after it."""
        paragraph, style = self._paragraph(item)
        if paragraph is None:
            return
        text, kind, level = paragraph.text, None, None
        if style.level:
            text, kind, level = text.replace("\n", " "), "heading", style.level
        elif style.title:
            text, kind = text.replace("\n", " "), "title"
        elif style.bullet:
            kind = "list"
        begin = 0
        for line in text.split("\n"):
            self.out.add(line, kind, level, bold=max(paragraph.n_bold - begin, 0))
            begin += len(line) + 1
        for box in paragraph.boxes:
            start = self.out.length
            self.read_blocks(box)
            self.out.mark(start, "box")

    def _paragraph(self, item: etree._Element) -> tuple[_Paragraph | None, _Style]:
        """A paragraph's text with its ordinal, and its style; None where its end was deleted and it goes on."""
        self.n_paragraphs += 1
        properties = item.find(f"{W}pPr")
        style = self._style_of(properties)
        paragraph, self.carried = self.carried, _Paragraph()
        self._collect(item, paragraph, style.bold, style.hidden)
        mark = None if properties is None else properties.find(f"{W}rPr")
        if mark is not None and any(mark.find(tag) is not None for tag in _DELETED):
            self.carried = paragraph
            return None, style
        if style.number and paragraph.text.strip():
            ordinal = self.numbering.ordinal(style.number, style.number_level or 0)
            if ordinal:
                self.n_ordinals += 1
                paragraph.pieces.insert(0, (ordinal, paragraph.pieces[0][1]))
            style = replace(style, bullet=ordinal == "")
        return paragraph, style

    def _style_of(self, properties: etree._Element | None) -> _Style:
        """A paragraph's style, with what the paragraph itself changes in it."""
        style = self.styles.get(_value(properties, "pStyle") or "", _Style())
        level = _outline_level(properties)
        if level is not None:
            style = replace(style, level=level or None)
        number, number_level = _number_of(properties)
        if number is not None:
            return replace(style, number=None if number == "0" else number, number_level=number_level)
        if style.number == "0":
            return replace(style, number=None)
        if style.number and style.number_level is None:
            return replace(style, number_level=self.numbering.level_of_style(style.number, style.name))
        return style

    def _collect(self, parent: etree._Element, into: _Paragraph, bold: bool, hidden: bool) -> None:
        """The text of a paragraph's or a run's children, in order."""
        for item in parent:
            tag = item.tag
            if tag == f"{W}t":
                self._put(item.text or "", into, bold, hidden)
            elif tag == f"{W}r":
                self._collect_run(item, into, bold, hidden)
            elif tag in _IGNORED:
                continue
            elif tag in _SYMBOLS:
                if item.get(f"{W}type") not in ("page", "column"):
                    self._put(_SYMBOLS[tag], into, bold, hidden)
            elif tag in _DELETED:
                self._drop_deleted(item)
            elif tag in _WITH_BOXES:
                into.boxes += _outermost_boxes(item)
            elif tag == f"{_MC}AlternateContent":
                self._collect(_alternative(item), into, bold, hidden)
            elif tag == _MATH_TEXT:
                self._put(item.text or "", into, bold, hidden)
            else:
                self._collect(item, into, bold, hidden)

    def _collect_run(self, run: etree._Element, into: _Paragraph, bold: bool, hidden: bool) -> None:
        properties = run.find(f"{W}rPr")
        if properties is not None:
            named = _value(properties, "rStyle")
            style = self.styles.get(named) if named else None
            bold = _is_on(properties, "b", bold or bool(style and style.bold))
            hidden = _is_on(properties, "vanish", hidden or bool(style and style.hidden))
        self._collect(run, into, bold, hidden)

    def _put(self, text: str, into: _Paragraph, bold: bool, hidden: bool) -> None:
        if hidden:
            self.out.drop("hidden text", f"paragraph {self.n_paragraphs}", text)
        else:
            into.pieces.append((text, bold))

    def _drop_deleted(self, item: etree._Element) -> None:
        words = (text.text or "" for text in item.iter(f"{W}delText", f"{W}t"))
        self.out.drop("tracked deletion", f"paragraph {self.n_paragraphs}", "".join(words))

    def read_table(self, table: etree._Element) -> None:
        """A table as rows; one of a single column as what its cells hold, a box unless it frames the whole page."""
        rows = [list(_cells(row)) for row in _rows(table) if not self._is_deleted_row(row)]
        if max(map(len, rows), default=0) > 1:
            self.out.add_table([[self._cell(cell) for cell in row] for row in rows])
            return
        start, n_blocks = self.out.length, len(self.out.blocks)
        for row in rows:
            for cell in row:
                self.read_blocks(cell)
        frames = any(block.kind in ("heading", "table", "title") for block in self.out.blocks[n_blocks:])
        if not frames and self.out.length - start <= _LAYOUT_CHARACTERS:
            self.out.mark(start, "box")

    def _is_deleted_row(self, row: etree._Element) -> bool:
        properties = row.find(f"{W}trPr")
        if properties is None or properties.find(f"{W}del") is None:
            return False
        self._drop_deleted(row)
        return True

    def _cell(self, cell: etree._Element) -> list[str]:
        """The paragraphs of a cell; none where it only continues the cell above."""
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is not None and merge.get(f"{W}val", "continue") == "continue":
            return []
        return list(self._paragraphs_in(cell))

    def _paragraphs_in(self, parent: etree._Element) -> Iterator[str]:
        for item in parent:
            if item.tag == f"{W}p":
                paragraph, _ = self._paragraph(item)
                if paragraph is not None:
                    yield from paragraph.text.split("\n")
                    for box in paragraph.boxes:
                        yield from self._paragraphs_in(box)
            elif item.tag in _DELETED:
                self._drop_deleted(item)
            elif item.tag not in _IGNORED:
                yield from self._paragraphs_in(item)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table itself, those inside content controls included, those of tables within it not."""
    for item in table:
        if item.tag == f"{W}tr":
            yield item
        elif item.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"):
            yield from _rows(item)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for item in row:
        if item.tag == f"{W}tc":
            yield item
        elif item.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml"):
            yield from _cells(item)


def _alternative(item: etree._Element) -> etree._Element:
    """Of the two ways in which a drawing is kept the one that holds its text."""
    choices = [choice for choice in item if choice.tag in (f"{_MC}Choice", f"{_MC}Fallback")]
    with_box = (choice for choice in choices if next(choice.iter(_BOX, f"{W}t"), None) is not None)
    return next(with_box, choices[0] if choices else etree.Element("none"))


def _outermost_boxes(parent: etree._Element) -> list[etree._Element]:
    """Text boxes, without those inside another: these come with it."""
    found: list[etree._Element] = []
    waiting = list(reversed(parent))
    while waiting:
        item = waiting.pop()
        if item.tag == _BOX:
            found.append(item)
        else:
            waiting += reversed(item)
    return found
