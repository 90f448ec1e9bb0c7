"""One document in four formats, made as they come from offices and sites: for tests of reading.

The PDF is set as official documents are (GB/T 9704): 28 characters a line, 22 lines a page, the page number between
dashes at the outer edge, a running header, and every line broken by hand.
"""

import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import docx
import pylopdf_fonts_zh_cn
from fontTools import subset, ttLib
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HEADER = "上饶市“十四五”制造业高质量发展规划"
_HEADING = re.compile(r"第[一二三四五六七八九十]+[章节] |（[一二三四五六七八九十]+）\S{1,18}$")
_NOT_FIRST = "，。、；：？！）》”’％%"
_SIZE, _LEADING, _PER_LINE, _PER_PAGE = 16, 28.9, 28, 22
_LEFT, _TOP = 79, 105


@dataclass
class Document:
    """Paragraphs, and tables as lists of rows, in reading order."""

    items: list[str | list[list[str]]]

    @property
    def text(self) -> str:
        """As it is in a .txt file: a paragraph or a row a line."""
        lines = (item if isinstance(item, str) else "\n".join(" | ".join(row) for row in item) for item in self.items)
        return "\n".join(lines) + "\n"


def is_heading(item: str) -> bool:
    """Whether a paragraph is set as a heading."""
    return _HEADING.match(item) is not None


# --- HTML ---


def as_html(document: Document) -> bytes:
    """As a site's page, with its bars, its side column and its foot."""
    links = "".join(f'<li><a href="/{at}.html">关于印发《上饶市第{at}号规划》的通知</a></li>' for at in range(9))
    body = "\n".join(map(_item_as_html, document.items))
    page = f"""<!DOCTYPE html><html><head><meta charset="gb2312"><title>规划_上饶市人民政府</title>
<script>var x = "上饶市人民政府欢迎您。";</script></head><body>
<div class="top"><a href="/">首页</a> <a href="/zw">政务公开</a> <a href="/fw">办事服务</a> <a href="/hd">互动交流</a></div>
<div>您现在的位置：<a href="/">首页</a> &gt; <a href="/x">规划计划</a></div>
<div class="wrap"><div class="left"><div class="content" id="zoom">{body}</div></div>
<div class="right"><h3>相关稿件</h3><ul>{links}</ul></div></div>
<div class="foot">主办单位：上饶市人民政府办公室　网站标识码：3611000001　赣ICP备05004294号</div>
</body></html>"""
    return page.encode("gb18030")


def _item_as_html(item: str | list[list[str]]) -> str:
    if isinstance(item, str):
        tag = "h2" if is_heading(item) else "p"
        return f"<{tag}>　　{html.escape(item)}</{tag}>"
    rows = "".join("<tr>" + "".join(f"<td><p>{html.escape(cell)}</p></td>" for cell in row) + "</tr>" for row in item)
    return f"<table border='1'>{rows}</table>"


# --- DOCX ---


def as_docx(document: Document) -> bytes:
    """As Word saves it, with heading styles, a header and a page number."""
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = HEADER
    made.sections[0].footer.paragraphs[0].text = "— 1 —"
    for item in document.items:
        if isinstance(item, str):
            made.add_paragraph(item, style="Heading 1" if is_heading(item) else "Normal")
        else:
            table = made.add_table(rows=len(item), cols=len(item[0]))
            for row, cells in zip(table.rows, item, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


# --- PDF ---


def chinese_font(text: str) -> TTFont:
    """The packaged font's glyphs for a text, as TrueType: what reportlab can embed."""
    font = ttLib.TTFont(pylopdf_fonts_zh_cn.serif_path())
    options = subset.Options(layout_features=[], notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text + "— ")
    subsetter.subset(font)
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    outlines = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        outlines[name] = pen.glyph()
    font["loca"] = ttLib.newTable("loca")
    font["glyf"] = glyf = ttLib.newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, outlines
    font["maxp"].tableVersion = 0x00010000
    for name in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"):
        setattr(font["maxp"], name, 0)
    for name in ("maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):
        setattr(font["maxp"], name, 0)
    font["post"].formatType = 3.0
    for name in ("CFF ", "VORG"):
        if name in font:
            del font[name]
    font.sfntVersion = "\x00\x01\x00\x00"
    content = io.BytesIO()
    font.save(content)
    return TTFont("Chinese", io.BytesIO(content.getvalue()))


def break_lines(paragraph: str, indent: int) -> list[str]:
    """A paragraph's lines of 28 full-width characters; numbers and words stay whole, marks do not begin a line."""
    units = re.findall(r"[0-9A-Za-z.%+—-]+|.", paragraph)
    lines, line, room = [], "", float(_PER_LINE - indent)
    for unit in units:
        width = sum(0.55 if char.isascii() else 1.0 for char in unit)
        if width > room and unit not in _NOT_FIRST:
            lines.append(line)
            line, room = "", float(_PER_LINE)
        line, room = line + unit, room - width
    return [*lines, line]


@dataclass
class Pdf:
    """A PDF in the making: `starts` are the pages that the paragraphs begin on, in order."""

    font: TTFont
    header: str = HEADER
    options: dict[str, object] = field(default_factory=dict)
    decorate: Callable[[Canvas, int], None] | None = None
    starts: list[int] = field(default_factory=list)

    def make(self, document: Document) -> bytes:
        """Set a document page by page."""
        pdfmetrics.registerFont(self.font)
        content = io.BytesIO()
        self.canvas = Canvas(content, pagesize=A4, invariant=1, **self.options)
        self.page = self.line = 0
        self._new_page()
        for item in document.items:
            if isinstance(item, str):
                self._paragraph(item)
            else:
                self._table(item)
        self._end_page()
        self.canvas.save()
        return content.getvalue()

    def _paragraph(self, text: str) -> None:
        centred = re.match(r"第[一二三四五六七八九十]+章 ", text)
        indent = 0 if centred else 2
        for at, line in enumerate(break_lines(text, indent)):
            if self.line == _PER_PAGE:
                self._end_page()
                self._new_page()
            if at == 0:
                self.starts.append(self.page)
            x = _LEFT + (indent * _SIZE if at == 0 else 0)
            if centred:
                x = (A4[0] - pdfmetrics.stringWidth(line, "Chinese", _SIZE)) / 2
            self.canvas.drawString(x, self._y(), line)
            self.line += 1

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        if self.line + len(rows) > _PER_PAGE:
            self._end_page()
            self._new_page()
        width = _PER_LINE * _SIZE / len(rows[0])
        top = self._y() + _LEADING * 0.75
        self.canvas.setFont("Chinese", 10)
        for row in rows:
            for at, cell in enumerate(row):
                self.canvas.drawString(_LEFT + at * width + 4, self._y(), cell)
            self.line += 1
        self.canvas.setFont("Chinese", _SIZE)
        self.canvas.grid(
            [_LEFT + at * width for at in range(len(rows[0]) + 1)],
            [top - at * _LEADING for at in range(len(rows) + 1)],
        )

    def _y(self) -> float:
        return A4[1] - _TOP - self.line * _LEADING

    def _new_page(self) -> None:
        self.page, self.line = self.page + 1, 0
        if self.decorate is not None:
            self.decorate(self.canvas, self.page)
        self.canvas.setFont("Chinese", 10)
        self.canvas.drawCentredString(A4[0] / 2, A4[1] - 50, self.header)
        self.canvas.setFont("Chinese", _SIZE)

    def _end_page(self) -> None:
        self.canvas.setFont("Chinese", 14)
        number = f"— {self.page} —"
        if self.page % 2:
            self.canvas.drawRightString(_LEFT + _PER_LINE * _SIZE, 60, number)
        else:
            self.canvas.drawString(_LEFT, 60, number)
        self.canvas.showPage()


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path
