"""A figure to files: the picture as PNG and SVG and the table behind it as CSV, together or not at all."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.figures.checks import require_readable
from src.utils.figures.language import Language, text
from src.utils.figures.style import EDGE_PT, OUTPUT, PRINT_DPI, QUIET, SCREEN_DPI, SMALL_PT, lines_height, wrap
from src.utils.files import write_together

Format = Literal["png", "svg"]

FOOTER: Final = "footer"
FOOTER_GAP_PT: Final = 3.0
NAME: Final = re.compile(r"[a-z0-9_]+")
SIGNIFICANT: Final = "%.6g"  # the last bits of a float differ between machines; six figures do not


class SavedFigure(NamedTuple):
    """What save_figure wrote; in a notebook it shows the picture at screen resolution."""

    paths: tuple[Path, ...]
    preview: bytes

    def __repr__(self) -> str:
        return ", ".join(path.name for path in self.paths)

    def _repr_png_(self) -> bytes:
        return self.preview


def footer_text(
    *, corpus_zh: str, corpus_en: str, n: str | int, measure_zh: str, measure_en: str, language: Language
) -> str:
    """The three things a footer must say: the corpus, N (a number with its unit, or a count) and the measure."""
    count = f"{n:,}" if isinstance(n, int) else n
    return text(
        zh=f"数据：{corpus_zh}，N = {count}；指标：{measure_zh}",
        en=f"Data: {corpus_en}, N = {count}. Measure: {measure_en}",
        language=language,
        sep="\n",
    )


def footer(figure: Figure, content: str) -> Text:
    """Put the footer under the picture, wrapped to its width; the figure grows by the footer's height.

    Call it after the chart, which may set the height itself.

    content: names the corpus, N (as "N = …") and the measure. Raises FigureError if one is there already, or N is not.
    """
    if _footers(figure):
        raise FigureError("the figure has a footer already; make the figure anew to change it")
    if not re.search(r"N\s*=\s*\S", content):
        raise FigureError(f"footer {content!r}: give the corpus, its size as 'N = …' and the measure")
    width_pt, old_height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    lines = wrap(content, width_pt - 2 * EDGE_PT, SMALL_PT)
    added = lines_height(lines, SMALL_PT) + FOOTER_GAP_PT + EDGE_PT
    height_pt = old_height + added
    figure.set_figheight(height_pt / 72)
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise FigureError("the figure does not lay itself out; make it with new_figure()")
    engine.set(rect=(0, added / height_pt, 1, old_height / height_pt))
    note = figure.text(
        EDGE_PT / width_pt,
        EDGE_PT / height_pt,
        lines,
        fontsize=SMALL_PT,
        color=QUIET,
        ha="left",
        va="bottom",
        linespacing=1.2,
        gid=FOOTER,
    )
    note.set_in_layout(False)
    figure.set_label(content)  # unbroken, for the SVG's description
    return note


def _footers(figure: Figure) -> list[Text]:
    return [note for note in figure.texts if note.get_gid() == FOOTER]


def save_figure(
    figure: Figure,
    name: str,
    data: pd.DataFrame,
    plan: str,
    *,
    title: str = "",
    folder: Path | None = None,
    formats: Sequence[Format] = ("png", "svg"),
    dpi: int = PRINT_DPI,
    allow_overlap: bool = False,
) -> SavedFigure:
    """Write <name>.png, <name>.svg and <name>.csv to figures/<plan>/, all or none, the same bytes on each run.

    data: what is drawn, as the charts return it; written with its columns in order and without its index, floats to six
    significant figures, UTF-8 with a byte order mark (Excel reads Chinese only with one) and LF line ends.
    name: [a-z0-9_]+, by custom ending in _zh or _en. title: what the picture shows, for readers of the SVG who do not
    see it; the footer is its description. folder: instead of figures/<plan>.

    Raises FigureError for another kind of name, a figure without footer or with nothing drawn in it, an empty table, a
    character the packaged font lacks, text cut off and labels over labels (naming them); GuihuaError where the folder
    cannot be written.
    """
    _require_complete(figure, name, data)
    require_readable(figure, allow_overlap=allow_overlap)
    settle(figure)
    target = paths.FIGURES / plan if folder is None else folder
    contents: dict[Path, bytes | str] = {
        target / f"{name}.{kind}": render(figure, kind, dpi=dpi, title=title or name) for kind in formats
    }
    contents[target / f"{name}.csv"] = table_bytes(data)
    preview = render(figure, "png", dpi=SCREEN_DPI, title=title or name)
    return SavedFigure(tuple(write_together(contents)), preview)


def settle(figure: Figure) -> None:
    """Fix the axes where the layout has put them, so that what was checked is what is saved, each time to the byte.

    The layout's solver works in an order that follows memory addresses: its last bits differ between runs, and with
    them names inside an SVG that matplotlib makes from positions. A millionth of the figure is less than any pixel.
    """
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(edge, 6) for edge in axes.get_position(original=True).bounds)
        axes.set_position((left, bottom, width, height))


def _require_complete(figure: Figure, name: str, data: pd.DataFrame) -> None:
    if not NAME.fullmatch(name):
        raise FigureError(f"figure name {name!r}: only a to z, 0 to 9 and _ (it becomes a file name)")
    if not _footers(figure):
        raise FigureError(f"figure {name!r} has no footer; add footer(fig, …) with the corpus, N and the measure")
    if data.empty:
        raise FigureError(f"figure {name!r}: the table behind it is empty; print a table or a sentence instead")
    drawn = [axes for axes in figure.axes if axes.axison]
    if not any(axes.has_data() or axes.patches for axes in figure.axes) or not all(
        axes.has_data() or axes.texts for axes in drawn
    ):
        raise FigureError(f"figure {name!r} has axes with nothing drawn in them")


def render(figure: Figure, kind: Format, *, dpi: int = PRINT_DPI, title: str = "") -> bytes:
    """The picture's bytes, without dates, program names or versions."""
    if kind not in ("png", "svg"):
        raise FigureError(f"format {kind!r}: there are png and svg")
    metadata: dict[str, Any] = {"Software": None}
    if kind == "svg":
        metadata = {"Date": None, "Creator": None, "Title": title, "Description": str(figure.get_label())}
    buffer = io.BytesIO()
    with mpl.rc_context(OUTPUT):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def table_bytes(data: pd.DataFrame) -> bytes:
    """A table as CSV bytes, in the form save_figure describes."""
    return data.to_csv(index=False, float_format=SIGNIFICANT, lineterminator="\n").encode("utf-8-sig")
