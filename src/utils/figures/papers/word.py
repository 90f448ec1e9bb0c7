"""A three-line table as a Word document: 宋体 and Times New Roman, the header again on each page, its note below."""

import io
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from src.utils.figures.papers.packing import repacked
from src.utils.figures.papers.sheet import TABLE_PT, Sheet

SONG: Final = "宋体"
HEI: Final = "黑体"
ROMAN: Final = "Times New Roman"
CAPTION_PT: Final = 10.5
NOTE_PT: Final = 7.5
_MARGIN: Final = Mm(25)
_SHORT, _LONG = Mm(210), Mm(297)
THICK, THIN = 12, 6  # of a line, in eighths of a point


def word_bytes(sheet: Sheet) -> bytes:
    """The document: caption, table and note on an A4 page, turned where the table needs it."""
    document = Document()
    document.core_properties.author = ""
    document.core_properties.title = sheet.caption.split("\n")[0]
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE if sheet.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (_LONG, _SHORT) if sheet.landscape else (_SHORT, _LONG)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    for line in sheet.caption.split("\n"):
        _write(document.add_paragraph(), line, CAPTION_PT, HEI, WD_ALIGN_PARAGRAPH.CENTER, keep=True)
    _fill(document.add_table(rows=1 + len(sheet.cells), cols=len(sheet.headers)), sheet)
    for line in sheet.note.split("\n") if sheet.note else ():
        _write(document.add_paragraph(), line, NOTE_PT, SONG, WD_ALIGN_PARAGRAPH.LEFT)
    buffer = io.BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


def _fill(table: Table, sheet: Sheet) -> None:
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for row, cells in zip(table.rows, [sheet.headers, *sheet.cells], strict=True):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        for cell, content, width, is_number in zip(row.cells, cells, sheet.widths, sheet.numeric, strict=True):
            cell.width = Pt(width)
            align = WD_ALIGN_PARAGRAPH.RIGHT if is_number else WD_ALIGN_PARAGRAPH.LEFT
            _write(cell.paragraphs[0], content, TABLE_PT, SONG, align)
    for column, width in zip(table.columns, sheet.widths, strict=True):
        column.width = Pt(width)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in table.rows[0].cells:
        _rule(cell, top=THICK, bottom=THIN)
    for cell in table.rows[-1].cells:
        _rule(cell, bottom=THICK)


def _write(
    paragraph: Paragraph, content: str, points: float, face: str, align: WD_ALIGN_PARAGRAPH, *, keep: bool = False
) -> None:
    """Put text into a paragraph: Chinese in `face`, Latin letters and digits in ROMAN."""
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(1.5)
    layout.line_spacing = 1.0
    layout.keep_with_next = keep
    run = paragraph.add_run(content)
    run.font.size = Pt(points)
    run.font.name = ROMAN
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _rule(cell: _Cell, **edges: int) -> None:
    """Draw lines at a cell's edges, in eighths of a point; the other edges have none."""
    properties: Any = cell._tc.get_or_add_tcPr()
    borders = OxmlElement("w:tcBorders")
    for edge, eighths in edges.items():
        line = OxmlElement(f"w:{edge}")
        for key, value in (("val", "single"), ("sz", str(eighths)), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    properties.append(borders)
