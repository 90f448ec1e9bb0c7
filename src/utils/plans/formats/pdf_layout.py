"""From glyphs in places to paragraphs and tables: what a PDF lost when it was printed, found again by geometry.

A line goes on in the next when it reaches the right margin and the next one starts at the left margin, not indented.
Page headers, footers and page numbers are the lines at the edges that come again on several pages; they go on record.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from src.utils.plans.formats.extracted import Extracted, TextBuilder
from src.utils.plans.formats.pdf_pages import Bookmark, Glyph, Page, Rule

_SAME_LINE = 0.5  # of the font size: how far baselines of one line may lie apart
_FULL_WIDTH = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff“”‘’—…]")
# Of the font size: what gap is a space. Word sets Han and Latin 0.25 apart by itself.
_GAP, _MIXED_GAP = 0.2, 0.6
_RAGGED = 2.2  # font sizes that a full line may lack at the right margin: two characters and a mark pushed on
_INDENT = 1.0
_SAME_SIZE = 0.08
_WIDE_LEADING = 1.7  # of the usual distance between lines
_EDGE = 0.15  # of the page's height: where headers and footers stand
_N_EDGE_LINES = 3
_MIN_REPEATS = 3
_PAGE_NUMBER = re.compile(r"[-—–－·•~〜\s]*(?:第?#页?|第#页[,，/]?共#页|#[/／]#)[-—–－·•~〜\s]*")
_NUMBER = re.compile(r"[0-9]+|(?<![A-Za-z])[ivxlcⅰ-ⅻIVXLCⅠ-Ⅻ]{1,7}(?![A-Za-z])")
_LEADERS = re.compile(r"(?:[.．…·‥﹒]\s?){3,}\s*[-—]?\s*[0-9]{1,4}\s*[-—]?$")
_ENDS = re.compile(r"[。！？；：!?;:][”’』」）》]*$")
_ORDINAL = re.compile(
    r"第[0-9一二三四五六七八九十百零〇]{1,5}[篇编章节条]|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|\([一二三四五六七八九十]{1,3}\)"
    r"|[0-9]{1,2}[.．、](?![0-9])|（[0-9]{1,2}）|[①-⑳]|专栏|附[件表录图]"
)


@dataclass
class Line:
    """Characters on one baseline, from left to right."""

    glyphs: list[Glyph]

    def __post_init__(self) -> None:
        self.glyphs.sort(key=lambda glyph: glyph.x0)
        inked = [glyph for glyph in self.glyphs if not glyph.char.isspace()]
        self.x0, self.x1 = inked[0].x0, max(glyph.x1 for glyph in inked)
        self.size = median(glyph.size for glyph in inked)
        self.baseline = median(glyph.baseline for glyph in inked)
        self.text = _text_of(self.glyphs)


def _text_of(glyphs: Sequence[Glyph]) -> str:
    """The characters with a space for each gap; a glyph printed twice in one place (false bold) counts once."""
    inked: list[Glyph] = []
    spaced: set[int] = set()
    for glyph in glyphs:
        if glyph.char.isspace():
            spaced.add(len(inked))
        elif not (inked and glyph.char == inked[-1].char and glyph.x0 - inked[-1].x0 < 0.3 * (glyph.x1 - glyph.x0)):
            inked.append(glyph)
    pairs = list(itertools.pairwise(inked))
    # A full-width character takes one em, stretched where the line is justified; what is wider than that is a space.
    pitches = [after.x0 - glyph.x0 for glyph, after in pairs if _FULL_WIDTH.match(glyph.char)]
    em = median(pitches) if len(pitches) > 3 else None
    text = [glyph.char for glyph in inked[:1]]
    for at, (glyph, after) in enumerate(pairs, start=1):
        full = bool(_FULL_WIDTH.match(glyph.char)), bool(_FULL_WIDTH.match(after.char))
        gap = after.x0 - (glyph.x0 + (em or glyph.size) if full[0] else glyph.x1)
        if at in spaced or gap > (_GAP if full[0] == full[1] else _MIXED_GAP) * max(glyph.size, 1.0):
            text.append(" ")
        text.append(after.char)
    return "".join(text)


def lines_of(glyphs: Sequence[Glyph]) -> list[Line]:
    """Glyphs gathered into lines by their baselines, from the top down."""
    rows: list[list[Glyph]] = []
    baseline = size = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.baseline, glyph.x0)):
        if rows and glyph.baseline - baseline <= _SAME_LINE * min(size, glyph.size or size):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
            baseline, size = glyph.baseline, glyph.size
        if not glyph.char.isspace() and len(rows[-1]) == 1:
            size = glyph.size
    return [Line(row) for row in rows if any(not glyph.char.isspace() for glyph in row)]


@dataclass
class Table:
    """A ruled table, or a frame of one cell: rows of cells of lines."""

    x0: float
    top: float
    x1: float
    bottom: float
    rows: list[list[list[Line]]]


@dataclass
class Sheet:
    """A page read: its lines, the tables among them, the width that its text is set to."""

    number: int
    page: Page
    lines: list[Line]
    tables: list[Table]
    left: float = 0.0
    right: float = 0.0


def read_sheet(number: int, page: Page) -> Sheet:
    """A page's lines and tables; what stands inside a table is not among the lines."""
    free = list(page.glyphs)
    tables = []
    for cells in _grids(page.rules, page):
        x0, top = min(cell[0] for cell in cells), min(cell[1] for cell in cells)
        x1, bottom = max(cell[2] for cell in cells), max(cell[3] for cell in cells)
        inside = [glyph for glyph in free if x0 <= (glyph.x0 + glyph.x1) / 2 <= x1 and top <= _middle(glyph) <= bottom]
        if not any(not glyph.char.isspace() for glyph in inside):
            continue
        taken = set(map(id, inside))
        free = [glyph for glyph in free if id(glyph) not in taken]
        tables.append(Table(x0, top, x1, bottom, _cells_with_lines(cells, inside)))
    return Sheet(number, page, lines_of(free), tables)


def _middle(glyph: Glyph) -> float:
    return glyph.baseline - 0.35 * glyph.size


Cell = tuple[float, float, float, float]


def _grids(rules: Sequence[Rule], page: Page) -> list[list[Cell]]:
    """The cells of each table that the rules draw, from the top down; a frame around the whole page is none."""
    upright = sum(rule.bottom - rule.top > rule.x1 - rule.x0 for rule in rules)
    if upright < 2 or len(rules) - upright < 2:
        return []
    from pdfplumber import table  # noqa: PLC0415 - 0.5 s, where there are tables

    edges: list[dict[str, Any]] = [_edge(rule) for rule in rules]
    merged = table.merge_edges(edges, 3, 3, 3, 3)
    cells = table.intersections_to_cells(table.edges_to_intersections(merged, 3, 3))
    cells = [cell for cell in cells if (cell[2] - cell[0]) * (cell[3] - cell[1]) < 0.8 * page.width * page.height]
    grids = table.cells_to_tables(cells)
    in_grid = {cell for grid in grids for cell in grid}
    grids += [[cell] for cell in cells if cell not in in_grid]
    return sorted(grids, key=lambda grid: (min(cell[1] for cell in grid), min(cell[0] for cell in grid)))


def _edge(rule: Rule) -> dict[str, Any]:
    level = rule.x1 - rule.x0 >= rule.bottom - rule.top
    return {
        "x0": rule.x0,
        "x1": rule.x1,
        "top": rule.top,
        "bottom": rule.bottom,
        "width": rule.x1 - rule.x0,
        "height": rule.bottom - rule.top,
        "orientation": "h" if level else "v",
        "object_type": "line",
    }


def _cells_with_lines(cells: Sequence[Cell], glyphs: Sequence[Glyph]) -> list[list[list[Line]]]:
    """The cells in rows by their upper edges, columns by their left ones; empty where a cell above reaches down."""
    tops = sorted({round(cell[1], 1) for cell in cells})
    lefts = sorted({round(cell[0], 1) for cell in cells})
    places: dict[tuple[float, float], Cell] = {(round(cell[1], 1), round(cell[0], 1)): cell for cell in cells}
    inside: dict[Cell, list[Glyph]] = {cell: [] for cell in cells}
    for glyph in glyphs:
        x, y = (glyph.x0 + glyph.x1) / 2, _middle(glyph)
        home = next((cell for cell in cells if cell[0] <= x <= cell[2] and cell[1] <= y <= cell[3]), None)
        if home is None:  # in the grid's outline but in no cell: the nearest has it, nothing is lost
            home = min(cells, key=lambda cell: abs((cell[0] + cell[2]) / 2 - x) + abs((cell[1] + cell[3]) / 2 - y))
        inside[home].append(glyph)
    rows = []
    for top in tops:
        row: list[list[Line]] = []
        covered = -math.inf
        for left in lefts:
            cell = places.get((top, left))
            if cell is not None:
                row.append(lines_of(inside[cell]))
                covered = cell[2]
            elif left > covered - 1:
                row.append([])  # a cell above reaches down to here
        rows.append(row)
    return rows


# --- furniture ---


def take_furniture(sheets: Sequence[Sheet], out: TextBuilder) -> None:
    """Take page headers, footers and page numbers from the sheets' lines and put them on record."""
    seen = Counter(key for sheet in sheets for key in {_key(sheet, line) for line in _edge_lines(sheet)})
    for sheet in sheets:
        for last in (False, True):
            for _ in range(_N_EDGE_LINES):
                line = next(iter(_edge_lines(sheet, last)), None)
                if line is None or not _is_furniture(_key(sheet, line), seen):
                    break
                sheet.lines.remove(line)
                numbered = _PAGE_NUMBER.fullmatch(_key(sheet, line)[1])
                reason = "page number" if numbered else "page footer" if last else "page header"
                out.drop(reason, f"page {sheet.number}", line.text)
        out.drop("slanted text (watermark)", f"page {sheet.number}", sheet.page.slanted)


def _edge_lines(sheet: Sheet, last: bool | None = None) -> list[Line]:
    """The lines at the upper edge, at the lower one (from the outside in), or at both."""
    upper = [line for line in sheet.lines if line.baseline <= _EDGE * sheet.page.height][:_N_EDGE_LINES]
    lower = [line for line in sheet.lines if line.baseline >= (1 - _EDGE) * sheet.page.height][-_N_EDGE_LINES:]
    if last is None:
        return [*upper, *lower]
    return lower[::-1] if last else upper


def _key(sheet: Sheet, line: Line) -> tuple[bool, str]:
    """What is the same in a header on every page: the edge it stands at, and its words with # for numbers."""
    return line.baseline > sheet.page.height / 2, _NUMBER.sub("#", re.sub(r"\s", "", line.text))


def _is_furniture(key: tuple[bool, str], seen: Mapping[tuple[bool, str], int]) -> bool:
    return seen[key] >= _MIN_REPEATS or _PAGE_NUMBER.fullmatch(key[1]) is not None


# --- paragraphs ---


def set_margins(sheets: Sequence[Sheet]) -> None:
    """Give every sheet the margins of its text: those of all pages of its size and side, as books have two sides."""
    groups: dict[tuple[int, int, int], list[Sheet]] = {}
    for sheet in sheets:
        groups.setdefault((round(sheet.page.width), round(sheet.page.height), sheet.number % 2), []).append(sheet)
    for group in groups.values():
        lines = [line for sheet in group for line in sheet.lines]
        if not lines:
            continue
        lefts = sorted(line.x0 for line in lines)
        rights = sorted(line.x1 for line in lines)
        for sheet in group:
            sheet.left, sheet.right = lefts[len(lefts) // 20], rights[len(rights) * 19 // 20]


@dataclass
class _Typesetter:
    """Puts lines together into paragraphs, across pages too."""

    out: TextBuilder
    left: float = 0.0
    right: float = 0.0
    leading: float = 0.0
    parts: str = ""
    last: Line | None = None
    new_page: bool = False
    levels: Mapping[tuple[int, str], int] = field(default_factory=dict)
    page_begun: int = 0

    def put(self, line: Line, sheet: int) -> None:
        """Add a line to the paragraph that is open, or begin one."""
        if self.last is not None and self._goes_on(self.last, line):
            self.parts = join(self.parts, line.text)
        else:
            self.end()
            self.parts, self.page_begun = line.text, sheet
        self.last, self.new_page = line, False

    def end(self) -> None:
        """Write the open paragraph down."""
        if self.parts:
            level = self.levels.get((self.page_begun, _squeezed(self.parts)))
            self.out.add(self.parts, "heading" if level else None, level)
        self.parts, self.last = "", None

    def _goes_on(self, line: Line, following: Line) -> bool:
        """Whether a line's paragraph goes on in the following line."""
        size = max(line.size, following.size)
        if abs(line.size - following.size) > _SAME_SIZE * size or _LEADERS.search(line.text):
            return False
        if not self.new_page and self.leading and following.baseline - line.baseline > _WIDE_LEADING * self.leading:
            return False
        if self.right - line.x1 > _RAGGED * size + _unbreakable(following):
            return False
        ended = _ENDS.search(line.text) is not None
        if ended and _ORDINAL.match(following.text):
            return False
        if following.x0 <= self.left + _INDENT * size:
            return True
        return abs(following.x0 - line.x0) <= _INDENT * size and not ended


def _unbreakable(line: Line) -> float:
    """The width of the Latin word or number that a line begins with: it would not have fitted into the line before."""
    width = 0.0
    for glyph in line.glyphs:
        if not (glyph.char.isascii() and not glyph.char.isspace()):
            break
        width += glyph.x1 - glyph.x0
    return width


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def join(first: str, second: str) -> str:
    """Two lines as one; a space only between Latin words."""
    space = first[-1:].isascii() and first[-1:].isalpha() and second[:1].isascii() and second[:1].isalpha()
    return f"{first} {second}" if space else first + second


def paragraphs(lines: Sequence[Line], left: float, right: float) -> list[str]:
    """The paragraphs that lines between two margins make."""
    builder = TextBuilder()
    setter = _Typesetter(builder, left, right)
    for line in lines:
        setter.put(line, 0)
    setter.end()
    return builder.lines


def lay_out(pages: Sequence[Page], marks: Sequence[Bookmark] = ()) -> Extracted:
    """All pages as text, in reading order: paragraphs, tables as rows, furniture on record, bookmarks as headings."""
    out = TextBuilder()
    sheets = [read_sheet(number, page) for number, page in enumerate(pages, start=1)]
    take_furniture(sheets, out)
    set_margins(sheets)
    gaps = [
        after.baseline - line.baseline
        for sheet in sheets
        for line, after in zip(sheet.lines, sheet.lines[1:], strict=False)
    ]
    levels = {(mark.page + 1, _squeezed(mark.title)): mark.level for mark in marks}
    setter = _Typesetter(out, leading=median(gaps) if gaps else 0.0, levels=levels)
    for sheet in sheets:
        _lay_out_sheet(sheet, setter)
    setter.end()
    text_length = max(out.length - 1, 0)
    out.pages = [min(start, text_length) for start in out.pages]
    return out.done()


def _lay_out_sheet(sheet: Sheet, setter: _Typesetter) -> None:
    setter.left, setter.right, setter.new_page = sheet.left, sheet.right, True
    items: list[Line | Table] = sorted([*sheet.lines, *sheet.tables], key=_height)
    begins: int | None = None
    for item in items:
        if isinstance(item, Line):
            open_length = len(setter.parts)
            open_before = setter.out.length
            setter.put(item, sheet.number)
            if begins is None:
                went_on = setter.out.length == open_before and open_length > 0
                begins = setter.out.length + (len(setter.parts) - len(item.text) if went_on else 0)
        else:
            setter.end()
            begins = setter.out.length if begins is None else begins
            _put_table(item, setter.out)
    setter.out.pages.append(setter.out.length + len(setter.parts) if begins is None else begins)


def _height(item: Line | Table) -> float:
    return item.baseline if isinstance(item, Line) else item.top


def _put_table(table: Table, out: TextBuilder) -> None:
    if max(len(row) for row in table.rows) == 1:
        lines = [line for row in table.rows for cell in row for line in cell]
        left = min(line.x0 for line in lines)
        # Word keeps the same distance to both sides of a cell.
        out.add_together("box", paragraphs(lines, left, table.x1 - (left - table.x0)))
        return
    out.add_table([[[_cell_text(cell)] for cell in row] for row in table.rows])


def _cell_text(cell: Sequence[Line]) -> str:
    text = ""
    for line in cell:
        text = join(text, line.text)
    return text
