"""Fonts inside a PDF as TrueType, so that every viewer and editor shows and edits the text, and quickly.

The packaged faces hold PostScript outlines (CFF). Matplotlib 3.11 embeds their subset as it is where the PDF says
TrueType: some viewers draw it, Acrobat and printers need not. Here the few glyphs that a figure uses are turned into
TrueType outlines instead, which also takes a tenth of the time, for the face is opened once and not for each figure.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from matplotlib.backends import _backend_pdf_ps
from matplotlib.backends.backend_pdf import Op, PdfFile

MOST_ERROR: Final = 0.5
"""How far a curve may move, in thousandths of the type size: at 8 points, less than two micrometres."""

CODES_A_FONT: Final = 256
"""With matplotlib's 65,536, each font carries a map of up to 131 KB from code points to its glyphs."""


class Subset(NamedTuple):
    """What matplotlib's PDF writer asks for: a font, and its glyph's index for each glyph index of the whole face."""

    font: TTFont
    glyph_index_map: dict[int, int]


@contextmanager
def truetype_subsets() -> Iterator[None]:
    """Let matplotlib's PDF writer embed TrueType subsets while this lasts."""
    ours = {"get_glyphs_subset": _subset, "_FONT_MAX_GLYPH": {**_backend_pdf_ps._FONT_MAX_GLYPH, 42: CODES_A_FONT}}
    theirs = {name: getattr(_backend_pdf_ps, name) for name in ours}
    write_fonts = PdfFile.writeFonts
    try:
        for name, replacement in ours.items():
            setattr(_backend_pdf_ps, name, replacement)
        PdfFile.writeFonts = _write_fonts  # type: ignore[method-assign]
        yield
    finally:
        PdfFile.writeFonts = write_fonts  # type: ignore[method-assign]
        for name, original in theirs.items():
            setattr(_backend_pdf_ps, name, original)


def _write_fonts(file: Any) -> None:
    """Embed the fonts in the order of their first use; matplotlib's is that of their files' whole paths."""
    used = file._character_tracker.used
    fonts = {key: file.embedTTF(path, part, used[path][part]) for (path, part), key in file._fontNames.items()}
    file.writeObject(file.fontObject, fonts)


@contextmanager
def enlarged_pages(factor: float) -> Iterator[None]:
    """Let matplotlib's PDF writer make its pages and all on them `factor` times as large while this lasts."""
    original = PdfFile.newPage

    def new_page(file: Any, width: float, height: float) -> None:
        original(file, width * factor, height * factor)  # type: ignore[no-untyped-call]
        file.width, file.height = width, height  # of what is drawn, by which it is clipped
        file.output(factor, 0, 0, factor, 0, 0, Op.concat_matrix)

    try:
        if factor != 1:
            PdfFile.newPage = new_page  # type: ignore[method-assign]
        yield
    finally:
        PdfFile.newPage = original  # type: ignore[method-assign]


@cache
def _face(path: str) -> tuple[TTFont, Any, list[str]]:
    font = TTFont(io.BytesIO(Path(path).read_bytes()), lazy=True)
    return font, font.getGlyphSet(), font.getGlyphOrder()


@cache
def _outline(path: str, glyph: int) -> Any:
    """One glyph as a TrueType outline; figures of the same plan share most of theirs."""
    font, outlines, names = _face(path)
    pen = TTGlyphPen(None)
    outlines[names[glyph]].draw(Cu2QuPen(pen, MOST_ERROR * font["head"].unitsPerEm / 1000, reverse_direction=True))
    return pen.glyph()


def _subset(fontfile: str, glyphs: Iterable[int]) -> AbstractContextManager[Subset]:
    font, outlines, names = _face(str(fontfile))
    wanted = [0, *sorted(set(glyphs) - {0})]
    new_names = [".notdef", *(f"glyph{place}" for place in range(1, len(wanted)))]
    units: int = font["head"].unitsPerEm
    drawn = {name: _outline(str(fontfile), glyph) for name, glyph in zip(new_names, wanted, strict=True)}
    widths = {name: outlines[names[glyph]].width for name, glyph in zip(new_names, wanted, strict=True)}
    builder = FontBuilder(units, isTTF=True)
    dates = {"created": font["head"].created, "modified": font["head"].modified}  # the face's, not today
    builder.setupHead(unitsPerEm=units, **dates)
    builder.setupGlyphOrder(new_names)
    builder.setupGlyf(drawn)
    edges = {name: getattr(glyph, "xMin", 0) for name, glyph in drawn.items()}  # known from here on; none of a space
    builder.setupHorizontalMetrics({name: (widths[name], edges[name]) for name in new_names})
    builder.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    return nullcontext(Subset(builder.font, {glyph: place for place, glyph in enumerate(wanted)}))
