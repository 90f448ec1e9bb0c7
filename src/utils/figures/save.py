"""A figure to files: the picture, the table behind it and its passport, together or not at all."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.figures.checks import require_readable
from src.utils.figures.language import Language, left_in_chinese, text
from src.utils.figures.passport import HIGH_RESOLUTION, RESTS_ON, SUFFIX, Drawn, Pair, Provenance, complete, describe
from src.utils.figures.pixels import png_bytes
from src.utils.figures.rendering import Format, rasterise, render
from src.utils.figures.style import (
    EDGE_PT,
    PRINT_DPI,
    QUIET,
    SCREEN_DPI,
    SIZES,
    SMALL_PT,
    bold_of,
    enlargement,
    lines_height,
    page_height_pt,
    wrap,
)
from src.utils.files import write_together

__all__ = ["FooterText", "SavedFigure", "footer", "footer_text", "render", "save_figure", "settle", "table_bytes"]

FOOTER: Final = "footer"
FOOTER_GAP_PT: Final = 3.0
HIGH_DPI: Final = 600
LEVELS: Final = {HIGH_RESOLUTION: 1}  # a sixth larger than at the usual 6, and written in two thirds of the time
NAME: Final = re.compile(r"[a-z0-9_]{1,80}")
RESERVED: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")  # Windows has no file of that name, whatever follows
SIGNIFICANT: Final = "%.6g"  # the last bits of a float differ between machines; six figures do not


class FooterText(str):
    """A footer that remembers what it was put together from; each pair is Chinese and English."""

    corpus: Pair
    n: Pair
    measure: Pair
    language: Language

    def __new__(cls, content: str, *, corpus: Pair, n: Pair, measure: Pair, language: Language) -> Self:
        """content: the footer as it is printed."""
        made = super().__new__(cls, content)
        made.corpus, made.n, made.measure, made.language = corpus, n, measure, language
        return made


_said: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


@dataclass(frozen=True, repr=False)
class SavedFigure:
    """What save_figure wrote; in a notebook it shows the picture at screen resolution, drawn only then."""

    paths: tuple[Path, ...]
    figure: Figure
    untranslated: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return ", ".join(path.name for path in self.paths)

    def _repr_png_(self) -> bytes:
        return render(self.figure, "png", dpi=SCREEN_DPI)


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
    """Put the footer under the picture, wrapped to its width; the figure grows by the footer's height, up to its page.

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
    height_pt = max(old_height, min(old_height + added, page_height_pt(figure)))  # on a slide the picture makes room
    figure.set_figheight(height_pt / 72)
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise FigureError("the figure does not lay itself out; make it with new_figure()")
    engine.set(rect=(0, added / height_pt, 1, 1 - added / height_pt))
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
    _said[figure] = content
    return note


def _footers(figure: Figure) -> list[Text]:
    return [note for note in figure.texts if note.get_gid() == FOOTER]


def save_figure(
    figure: Figure,
    name: str,
    data: pd.DataFrame,
    plan: str | Provenance,
    *,
    title: str = "",
    caption: Pair | None = None,
    robustness: Pair | None = None,
    rests_on: pd.DataFrame | None = None,
    columns: Mapping[str, Pair] | None = None,
    folder: Path | None = None,
    formats: Sequence[Format] | None = None,
    dpi: int = PRINT_DPI,
    allow_overlap: bool = False,
) -> SavedFigure:
    """Write a figure's files to figures/<plan>/, all or none, the same bytes on each run.

    plan: what provenance() made. Then there are <name>.png at 300 dpi, <name>.svg, <name>.pdf with its text as text,
    <name>.csv and the passport <name>.json, whose id every picture carries; and <name>-600dpi.png of a figure that fits
    a page's two columns. With a plan's id alone there are <name>.png, <name>.svg and <name>.csv, and no passport.

    data: what is drawn, as the charts return it; written with its columns in order and without its index, floats to six
    significant figures, UTF-8 with a byte order mark (Excel reads Chinese only with one) and LF line ends.
    name: [a-z0-9_]+, by custom ending in _zh or _en. title: what the picture shows, for readers of SVG and PDF who do
    not see it; the footer is its description. caption, robustness: in Chinese and English, what stands below the figure
    in a paper, and how far the result moves under other choices. rests_on: the numbers that `robustness` says and data
    does not have; written likewise, to <name>-robustness.csv. columns: meanings of columns that passport.COLUMNS does
    not have, or has otherwise. folder: instead of figures/<plan>. formats: fewer pictures than all.

    Terms and units without an English name in a figure in English or both are printed, and listed in the passport.

    Raises FigureError for another kind of name, a figure without footer or with nothing drawn in it, an empty table, a
    character the packaged font lacks, text cut off, labels over labels (naming them) and a column without meaning;
    GuihuaError where the folder cannot be written.
    """
    _require_complete(figure, name, data)
    require_readable(figure, allow_overlap=allow_overlap)
    settle(figure)
    known = isinstance(plan, Provenance)
    target = folder or paths.FIGURES / (plan.plan if isinstance(plan, Provenance) else plan)
    wanted = formats or (("png", "svg", "pdf") if known else ("png", "svg"))
    rasters = {".png": rasterise(figure, dpi)} if "png" in wanted else {}
    width_mm = figure.get_figwidth() * 25.4 * enlargement(figure)
    if known and "png" in wanted and width_mm < SIZES["two"].width_mm + 1:  # it goes to print
        rasters[HIGH_RESOLUTION] = rasterise(figure, HIGH_DPI)
    said = _said.get(figure)
    untranslated = left_in_chinese(data, said.language) if isinstance(said, FooterText) else []
    shown = title or (caption[1] if caption else name)
    firm = None if rests_on is None else ([str(column) for column in rests_on.columns], table_bytes(rests_on))
    passport: dict[str, Any] = {}
    if isinstance(plan, Provenance):
        width, height = (round(inches * 25.4 * enlargement(figure), 1) for inches in figure.get_size_inches())
        both = caption or (shown, shown)
        table = [str(column) for column in data.columns], len(data), rasters, table_bytes(data)
        told = _told(figure), untranslated, (width, height), columns or {}, *table, bold_of(figure)
        passport = describe(Drawn(name, shown, both, robustness, *told, rests_on=firm), plan)
    identity = passport.get("id", "")
    with ThreadPoolExecutor(max_workers=1) as other_core:  # compressing needs no Python
        packed = {
            f"{name}{ending}": other_core.submit(png_bytes, pixels, identity, level=LEVELS.get(ending, 6))
            for ending, pixels in rasters.items()
        }
        vectors = {
            f"{name}.{kind}": render(figure, kind, dpi=dpi, title=shown, passport=identity)
            for kind in wanted
            if kind != "png"
        }
        contents: dict[str, bytes | str] = {at: picture.result() for at, picture in packed.items()}
    contents |= vectors | {f"{name}.csv": table_bytes(data)}
    if firm:
        contents[f"{name}{RESTS_ON}"] = firm[1]
    if passport:
        contents[f"{name}{SUFFIX}"] = complete(passport, vectors)
    written = tuple(write_together({target / at: content for at, content in contents.items()}))
    if untranslated:
        print(f"{name}: no English name for {', '.join(untranslated)}.")
    return SavedFigure(written, figure, tuple(untranslated))


def _told(figure: Figure) -> dict[str, Any]:
    """What the footer says, in parts where it was put together from parts."""
    said = _said.get(figure, "")
    if isinstance(said, FooterText):
        pairs = {"corpus": said.corpus, "n": said.n, "measure": said.measure}
        return {key: {"zh": zh, "en": en} for key, (zh, en) in pairs.items()} | {"language": said.language}
    return {"corpus": None, "n": None, "measure": None, "language": None, "footer": said}


def settle(figure: Figure) -> None:
    """Fix the axes where the layout has put them, so that what was checked is what is saved, each time to the byte.

    The layout's solver works in an order that follows memory addresses: its last bits differ between runs, and with
    them names inside an SVG that matplotlib makes from positions. A millionth of the figure is less than any pixel.
    """
    figure.set_layout_engine(None)
    for axes in figure.axes:
        left, bottom, width, height = (round(edge, 6) for edge in axes.get_position(original=True).bounds)
        axes.set_position((left, bottom, width, height))


def _require_complete(figure: Figure, name: str, data: pd.DataFrame) -> None:
    if not NAME.fullmatch(name):
        raise FigureError(f"figure name {name!r}: only a to z, 0 to 9 and _, at most 80 (it becomes a file name)")
    if RESERVED.fullmatch(name):
        raise FigureError(f"figure name {name!r}: Windows keeps that name for a device; choose another")
    if not _footers(figure):
        raise FigureError(f"figure {name!r} has no footer; add footer(fig, …) with the corpus, N and the measure")
    if data.empty:
        raise FigureError(f"figure {name!r}: the table behind it is empty; print a table or a sentence instead")
    drawn = [axes for axes in figure.axes if axes.axison]
    if not any(axes.has_data() or axes.patches for axes in figure.axes) or not all(
        axes.has_data() or axes.texts for axes in drawn
    ):
        raise FigureError(f"figure {name!r} has axes with nothing drawn in them")


def table_bytes(data: pd.DataFrame) -> bytes:
    """A table as CSV bytes, in the form save_figure describes."""
    return data.to_csv(index=False, float_format=SIGNIFICANT, lineterminator="\n").encode("utf-8-sig")
