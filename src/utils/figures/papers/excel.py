"""A three-line table as an Excel workbook: numbers stay numbers, text never becomes a formula."""

import io
import math
import re
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from src.utils.figures.papers.packing import repacked
from src.utils.figures.papers.sheet import TABLE_PT, Sheet, set_width

SONG: Final = "宋体"
ROMAN: Final = "Times New Roman"
_FORMULA: Final = re.compile(r"\s*[=+\-@]")  # what a spreadsheet takes for the beginning of a formula
_THICK, _THIN = Side(style="medium"), Side(style="thin")
_CHARACTER_PT: Final = 5.25  # a column's width of 1
_LINE_PT: Final = 12.5
_NO_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what the format cannot hold


def excel_bytes(sheet: Sheet) -> bytes:
    """The workbook: caption, table and note on one sheet, the header kept in sight, widths as in Word."""
    book = Workbook()
    book.properties.creator = ""
    page: Worksheet = book.active
    page.title = "table"
    captions = sheet.caption.split("\n")
    for row, line in enumerate(captions, start=1):
        _put(page.cell(row, 1), line, bold=True)
    top = len(captions) + 1
    for at, (header, is_number, width) in enumerate(
        zip(sheet.headers, sheet.numeric, sheet.widths, strict=True), start=1
    ):
        cell = page.cell(top, at)
        _put(cell, header)
        cell.alignment = Alignment(
            horizontal="right" if is_number else "left", vertical="center", wrap_text=True, indent=0 if is_number else 1
        )
        cell.border = Border(top=_THICK, bottom=_THIN)
        page.column_dimensions[get_column_letter(at)].width = round(width / _CHARACTER_PT, 2)
    for row, values in enumerate(sheet.values, start=top + 1):
        for at, (value, is_number, decimals) in enumerate(
            zip(values, sheet.numeric, sheet.decimals, strict=True), start=1
        ):
            cell = page.cell(row, at)
            _put(cell, value)
            cell.alignment = Alignment(
                horizontal="right" if is_number else "left",
                vertical="top",
                wrap_text=True,
                indent=0 if is_number else 1,
            )
            if is_number:
                cell.number_format = "#,##0" + ("." + "0" * decimals if decimals else "")
            if row == top + len(sheet.values):
                cell.border = Border(bottom=_THICK)
    for row, cells in enumerate([sheet.headers, *sheet.cells], start=top):
        page.row_dimensions[row].height = _LINE_PT * max(map(_n_lines, cells, sheet.widths)) + 2
    for row, line in enumerate(sheet.note.split("\n") if sheet.note else [], start=top + len(sheet.values) + 1):
        _put(page.cell(row, 1), line)
    page.freeze_panes = page.cell(top + 1, 1)
    page.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    buffer = io.BytesIO()
    book.save(buffer)
    return repacked(buffer.getvalue())


def _n_lines(content: str, width: float) -> int:
    """The lines a cell breaks into: spreadsheets do not find out how high a row must be until it is edited."""
    return sum(max(1, math.ceil(set_width(line) / width - 0.01)) for line in content.split("\n"))


def _put(cell: Cell, value: Any, *, bold: bool = False) -> None:
    """Write a value; text is marked as text, so that =1+1 in a plan stays what it says."""
    if isinstance(value, str):
        cell.value = _NO_CONTROL.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = bool(_FORMULA.match(value))
    else:
        cell.value = value
    chinese = isinstance(value, str) and not value.isascii()
    cell.font = Font(name=SONG if chinese else ROMAN, size=TABLE_PT, bold=bold)
