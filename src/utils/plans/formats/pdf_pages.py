"""The glyphs and ruled lines of a PDF's pages, by pdfium or, where that finds too little, by pdfminer (pdfplumber).

Both give the same: glyphs with their places in points, the page's upper left corner being (0, 0) as it is shown.
"""

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

MAX_GLYPHS = 50_000  # of one page; a dense one has 2,000
UNKNOWN = "\ufffd"  # a glyph whose font does not say which character it is
# Fonts that share a glyph between 一 and the radical ⼀ say the radical: the same to the eye, another to a count.
_RADICALS = str.maketrans(
    "⺁⺟⺠⺴⻁⻄⻅⻆⻉⻋⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
    "厂母民罒虎西见角贝车镸长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
)
_MAX_SEGMENTS = 20_000
_STRAIGHT = 1.0
_SLANTED = math.radians(5)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character on a page: where it begins, where its ink ends, its baseline and its font's size, in points."""

    char: str
    x0: float
    x1: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line from (x0, top) to (x1, bottom), level or upright."""

    x0: float
    top: float
    x1: float
    bottom: float


@dataclass
class Page:
    """What stands on one page. slanted: text set at an angle, as watermarks are."""

    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    slanted: str = ""


@dataclass(frozen=True)
class Bookmark:
    """An entry of the PDF's own outline: page from 0, level from 1."""

    page: int
    level: int
    title: str


def whole(char: str) -> str:
    """The character that is meant by a radical or a compatibility form of it; all others stay.

    >>> whole("⼤"), whole("⻓"), whole("，")
    ('大', '长', '，')
    """
    if "\u2e80" <= char <= "\u2fdf" or "\uf900" <= char <= "\ufaff":
        return unicodedata.normalize("NFKC", char.translate(_RADICALS))
    return char


def pages_by_pdfium(path: Path) -> Iterator[Page]:
    """Every page as pdfium sees it. Raises pypdfium2.PdfiumError where it cannot open the file."""
    document = pypdfium2.PdfDocument(path)
    try:
        for at in range(len(document)):
            page = document[at]
            yield _pdfium_page(page)
            page.close()
    finally:
        document.close()


def bookmarks(path: Path) -> list[Bookmark]:
    """The PDF's own outline, which Word and WPS make from heading styles."""
    document = pypdfium2.PdfDocument(path)
    try:
        found = []
        for entry in document.get_toc():
            target = entry.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                found.append(Bookmark(index, entry.level + 1, entry.get_title()))
        return found
    except pypdfium2.PdfiumError:
        return []
    finally:
        document.close()


@dataclass(frozen=True)
class _Turned:
    """The way from a page's own coordinates to those of the page as shown, its corner cut and turned."""

    left: float
    bottom: float
    width: float
    height: float
    turn: int

    def shown(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.left, y - self.bottom
        match self.turn:
            case 90:
                return y, x
            case 180:
                return self.width - x, y
            case 270:
                return self.height - y, self.width - x
            case _:
                return x, self.height - y


def _pdfium_page(page: pypdfium2.PdfPage) -> Page:
    left, bottom, right, top = page.get_bbox()
    turned = _Turned(left, bottom, right - left, top - bottom, page.get_rotation())
    width, height = page.get_size()
    found = Page(width, height)
    text = page.get_textpage()
    _read_glyphs(text, turned, found)
    text.close()
    found.rules = list(_pdfium_rules(page, turned))
    return found


def _read_glyphs(text: pypdfium2.PdfTextPage, turned: _Turned, into: Page) -> None:
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    slanted: list[str] = []
    high = ""
    for at in range(min(text.count_chars(), MAX_GLYPHS)):
        char = chr(pdfium.FPDFText_GetUnicode(text, at))
        if "\ud800" <= char <= "\udbff":
            high = char
            continue
        if high:
            char = (high + char).encode("utf-16", "surrogatepass").decode("utf-16", "replace")[0]
            high = ""
        if char in "\r\n\x02\ufffe" or pdfium.FPDFText_IsGenerated(text, at) == 1:
            continue
        char = UNKNOWN if char == "\0" else char
        if not pdfium.FPDFText_GetLooseCharBox(text, at, box) or not pdfium.FPDFText_GetCharOrigin(text, at, x, y):
            continue
        angle = pdfium.FPDFText_GetCharAngle(text, at) - math.radians(turned.turn)
        if abs(math.remainder(angle, 2 * math.pi)) > _SLANTED:
            slanted.append(char)
            continue
        corners = turned.shown(box.left, box.bottom), turned.shown(box.right, box.top)
        origin = turned.shown(x.value, y.value)
        size = abs(corners[0][1] - corners[1][1])
        if pdfium.FPDFText_GetMatrix(text, at, matrix):
            size = pdfium.FPDFText_GetFontSize(text, at) * math.hypot(matrix.c, matrix.d) or size
        into.glyphs.append(Glyph(whole(char), origin[0], max(corners[0][0], corners[1][0]), origin[1], size))
    into.slanted = "".join(slanted)


def _pdfium_rules(page: pypdfium2.PdfPage, turned: _Turned) -> Iterator[Rule]:
    """The straight segments of every path drawn on the page."""
    seen = 0
    px, py = ctypes.c_float(), ctypes.c_float()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        matrix = item.get_matrix()
        above = item.container
        while above is not None:
            matrix = matrix.multiply(above.get_matrix())
            above = above.container
        first = last = None
        for at in range(pdfium.FPDFPath_CountSegments(item)):
            seen += 1
            if seen > _MAX_SEGMENTS:
                return
            segment = pdfium.FPDFPath_GetPathSegment(item, at)
            pdfium.FPDFPathSegment_GetPoint(segment, px, py)
            here = turned.shown(*matrix.on_point(px.value, py.value))
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                first = here
            elif kind == pdfium.FPDF_SEGMENT_LINETO and last is not None:
                yield from _rule(last, here)
            if pdfium.FPDFPathSegment_GetClose(segment) and first is not None:
                yield from _rule(here, first)
            last = here


def _rule(start: tuple[float, float], end: tuple[float, float]) -> Iterator[Rule]:
    (ax, ay), (bx, by) = start, end
    if (abs(ax - bx) <= _STRAIGHT) != (abs(ay - by) <= _STRAIGHT):
        yield Rule(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def pages_by_pdfminer(path: Path) -> Iterator[Page]:
    """Every page as pdfminer sees it, through pdfplumber: slower, and at times better with odd fonts."""
    import pdfplumber  # noqa: PLC0415 - 0.5 s, for the few files that pdfium cannot read

    with pdfplumber.open(path) as document:
        for page in document.pages:
            found = Page(float(page.width), float(page.height))
            found.slanted = "".join(char["text"] for char in page.chars if not char["upright"])
            for char in page.chars[:MAX_GLYPHS]:
                if char["upright"]:
                    shown = UNKNOWN if char["text"].startswith("(cid:") else char["text"]
                    baseline = float(page.height) - char["matrix"][5]
                    found.glyphs.append(Glyph(whole(shown), char["x0"], char["x1"], baseline, char["size"]))
            found.rules = [Rule(edge["x0"], edge["top"], edge["x1"], edge["bottom"]) for edge in page.edges]
            yield found
            page.close()
