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
_LONG_LINE = 0.6  # of the width between the margins
_SAME_SIZE = 0.08
_WIDE_LEADING = 1.7  # of the usual distance between lines
_EDGE = 0.15  # of the page's height: where headers and footers stand
_N_EDGE_LINES = 3
_SAME_HEIGHT = 5.0  # points
_FURNITURE_SHARE = 0.6
_MIN_REPEATS = 3
_PAGE_NUMBER = re.compile(r"[-—–－·•~〜\s]*(?:第?#页?|第#页[,，/]?共#页|#[/／]#)[-—–－·•~〜\s]*")
_NUMBER = re.compile(r"[0-9]+|(?<![A-Za-z])[ivxlcⅰ-ⅻIVXLCⅠ-Ⅻ]{1,7}(?![A-Za-z])")
# Columns: the gap between them in font sizes, each one's share of the width, how many lines show it.
_GUTTER, _COLUMN, _MIN_COLUMN_LINES = 1.0, 0.35, 8
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
    column: int = 0
    begins_page: bool = True


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
    known = _furniture(sheets)
    for sheet in sheets:
        for last in (False, True):
            for line in _edge_lines(sheet, last):
                if _place(sheet, line) not in known:
                    break
                sheet.lines.remove(line)
                numbered = _PAGE_NUMBER.fullmatch(_words(line))
                reason = "page number" if numbered else "page footer" if last else "page header"
                out.drop(reason, f"page {sheet.number}", line.text)
        out.drop("slanted text (watermark)", f"page {sheet.number}", sheet.page.slanted)


def _furniture(sheets: Sequence[Sheet]) -> set[tuple[bool, int, str]]:
    """The lines that come again at one height, where most lines do so; a body's first line that is repeated stays."""
    lines = [(sheet, line) for sheet in sheets for last in (False, True) for line in _edge_lines(sheet, last)]
    heights = Counter(_place(sheet, line)[:2] for sheet, line in lines)
    seen = Counter(_place(sheet, line) for sheet, line in lines)
    repeated = {
        place: n for place, n in seen.items() if n >= _MIN_REPEATS or _PAGE_NUMBER.fullmatch(place[2]) is not None
    }
    share: Counter[tuple[bool, int]] = Counter()
    for place, n in repeated.items():
        share[place[:2]] += n
    return {place for place in repeated if share[place[:2]] >= _FURNITURE_SHARE * heights[place[:2]]}


def _edge_lines(sheet: Sheet, last: bool) -> list[Line]:
    """The lines at the upper or the lower edge, from the outside in."""
    if last:
        lower = [line for line in sheet.lines if line.baseline >= (1 - _EDGE) * sheet.page.height]
        return lower[: -_N_EDGE_LINES - 1 : -1]
    return [line for line in sheet.lines if line.baseline <= _EDGE * sheet.page.height][:_N_EDGE_LINES]


def _words(line: Line) -> str:
    """What a header or footer says on every page: its words with # for numbers."""
    return _NUMBER.sub("#", _squeezed(line.text))


def _place(sheet: Sheet, line: Line) -> tuple[bool, int, str]:
    """The edge that a line stands at, its height to a few points, its words."""
    return line.baseline > sheet.page.height / 2, round(line.baseline / _SAME_HEIGHT), _words(line)


# --- columns ---


def split_columns(sheet: Sheet) -> list[Sheet]:
    """A page set in two columns, as gazettes are, as its stretches in reading order; any other page as it is.

    Between lines that run across both columns the left one is read first. Columns are 1 and 2, lines across are 0.
    """
    gutter = _gutter(sheet.lines)
    if gutter is None:
        return [sheet]
    stretches: list[tuple[int, list[Line]]] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in sheet.lines:
        sides = [glyph for glyph in line.glyphs if glyph.x0 < gutter], [g for g in line.glyphs if g.x0 >= gutter]
        if any(glyph.x1 > gutter for glyph in sides[0] if not glyph.char.isspace()) or _is_close(*sides):
            stretches += [(1, left), (2, right), (0, [line])]
            left, right = [], []
        else:
            left += _line_of(sides[0])
            right += _line_of(sides[1])
    stretches += [(1, left), (2, right)]
    split = [
        Sheet(sheet.number, sheet.page, lines, [], column=at, begins_page=False) for at, lines in stretches if lines
    ]
    for table in sheet.tables:
        _home(split, table, gutter).tables.append(table)
    split[0].begins_page = True
    return split


def _is_close(left: Sequence[Glyph], right: Sequence[Glyph]) -> bool:
    """Whether text goes on across the gutter: no gap there."""
    ends = [glyph.x1 for glyph in left if not glyph.char.isspace()]
    starts = [glyph.x0 for glyph in right if not glyph.char.isspace()]
    return bool(ends and starts) and min(starts) - max(ends) < _GUTTER * right[0].size


def _line_of(glyphs: list[Glyph]) -> list[Line]:
    return [Line(glyphs)] if any(not glyph.char.isspace() for glyph in glyphs) else []


def _home(split: Sequence[Sheet], table: Table, gutter: float) -> Sheet:
    """The stretch that a table stands in: of its column, the last one that begins above it."""
    across = table.x0 < gutter < table.x1
    column = 0 if across else 1 if table.x1 <= gutter else 2
    above = [part for part in split if part.lines[0].baseline <= table.top and (across or part.column == column)]
    return above[-1] if above else split[0]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the columns of a page part: the middle of a gap that most lines have, between two sides of like width."""
    if len(lines) < _MIN_COLUMN_LINES:
        return None
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    gaps = []
    for line in lines:
        inked = [glyph for glyph in line.glyphs if not glyph.char.isspace()]
        for glyph, after in itertools.pairwise(inked):
            start, end = max(glyph.x1, glyph.x0 + glyph.size * 0.5), after.x0
            middle = (start + end) / 2
            wide = min(start - line.x0, line.x1 - end) >= _COLUMN * (right - left)
            if end - start >= _GUTTER * line.size and abs(middle - (left + right) / 2) < 0.1 * (right - left) and wide:
                gaps.append(middle)
    return median(gaps) if len(gaps) >= max(_MIN_COLUMN_LINES, 0.5 * len(lines)) else None


# --- paragraphs ---


def set_margins(sheets: Sequence[Sheet]) -> None:
    """Give every sheet the margins of its text: those of all pages of its size and side, as books have two sides."""
    groups: dict[tuple[int, int, int, int], list[Sheet]] = {}
    for sheet in sheets:
        size = round(sheet.page.width), round(sheet.page.height)
        groups.setdefault((*size, sheet.number % 2, sheet.column), []).append(sheet)
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
    indented: bool = False
    parts: str = ""
    last: Line | None = None
    last_left: float = 0.0
    last_right: float = 0.0
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
        self.last_left, self.last_right = self.left, self.right

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
        ended = _ENDS.search(line.text) is not None
        if ended and _ORDINAL.match(following.text):
            return False
        full = self.last_right - line.x1 <= _RAGGED * size + _unbreakable(following)
        if following.x0 <= self.left + _INDENT * size:
            # Where paragraphs are indented a sentence that is not at its end goes on, however ragged the margin.
            long = line.x1 - self.last_left >= _LONG_LINE * (self.last_right - self.last_left)
            return full or (self.indented and long and not ended)
        hanging = abs(following.x0 - self.left - (line.x0 - self.last_left)) <= _INDENT * size
        return full and hanging and not ended and not self.indented


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


def _paragraphs_are_indented(sheets: Sequence[Sheet]) -> bool:
    """Whether most lines after one that ends a sentence short of the margin begin with an indent."""
    indents = [
        following.x0 > sheet.left + _INDENT * following.size
        for sheet in sheets
        for line, following in itertools.pairwise(sheet.lines)
        if _ENDS.search(line.text) and sheet.right - line.x1 > _RAGGED * line.size
    ]
    return len(indents) >= _MIN_REPEATS and sum(indents) > 0.5 * len(indents)


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
    sheets = [part for sheet in sheets for part in split_columns(sheet)]
    set_margins(sheets)
    gaps = [after.baseline - line.baseline for sheet in sheets for line, after in itertools.pairwise(sheet.lines)]
    indented = _paragraphs_are_indented(sheets)
    levels = {(mark.page + 1, _squeezed(mark.title)): mark.level for mark in marks}
    setter = _Typesetter(out, leading=median(gaps) if gaps else 0.0, indented=indented, levels=levels)
    for sheet in sheets:
        _lay_out_sheet(sheet, setter)
    setter.end()
    text_length = max(out.length - 1, 0)
    out.pages = [min(start, text_length) for start in out.pages]
    return out.done()


def _lay_out_sheet(sheet: Sheet, setter: _Typesetter) -> None:
    setter.left, setter.right, setter.new_page = sheet.left, sheet.right, True
    if sheet.column == 0 and not sheet.begins_page:
        setter.end()  # a title across the columns
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
    if sheet.begins_page:
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
