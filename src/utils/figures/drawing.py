"""What several charts do alike: columns checked, numbers written, rows and value axes set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Stroke
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import IdentityTransform

from src.utils.errors import FigureError
from src.utils.figures.language import Language, text
from src.utils.figures.style import (
    LEADING,
    PT_PER_MM,
    QUIET,
    SMALL_PT,
    TEXT_PT,
    keep_to_page,
    most_height_pt,
    or_larger,
    text_width,
    wrap,
    written_mm,
)

LABEL_GAP_PT = 3.0
ROW_PT = 4.4 * PT_PER_MM  # the row that rows_height gives
LEAST_ROW_PT = 10.0  # what a row of one line can do with
LEAST_SMALL_ROW_PT = 8.4  # the same in small letters
AXIS_PT = 36.0  # what an axis of values with a label of one line takes below the rows
LINE_SPACING = 1.1
HALO_PT = 2.4  # twice what it reaches beyond the letters
ROOM_INCHES = 8.0  # a height that any labels leave room in, for charts that set their own


def require_columns(table: pd.DataFrame, columns: Sequence[str], chart: str) -> None:
    """Raise FigureError where the table lacks a column the chart needs, or has no rows."""
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise FigureError(f"{chart}: the table has no column {', '.join(lacking)}; it has {', '.join(table.columns)}")
    if table.empty:
        raise FigureError(f"{chart}: the table has no rows; print a table or a sentence instead of a figure")


def number(value: float, decimals: int | None = None) -> str:
    """A number as figures print it: thousands parted by commas, a true minus; whole numbers without decimals.

    decimals: how many to keep; if None, none for whole numbers, else one from 10 on, two from 0.1 on, three below.
    """
    if decimals is None:
        size = abs(value)
        decimals = 0 if float(value).is_integer() else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def decimals_for(values: "pd.Series[float]") -> int:
    """The decimals that suit a whole column: none if all are whole, else those its largest value would get."""
    finite = values[np.isfinite(values)]
    if finite.empty or (finite % 1 == 0).all():
        return 0
    largest = float(finite.abs().max())
    return 1 if largest >= 10 else 2 if largest >= 1 else 3


def figure_of(ax: Axes) -> Figure:
    """The whole figure that an Axes belongs to. Raises FigureError where it belongs to none."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise FigureError("the Axes belongs to no figure; take one from new_axes()")
    return figure


def lay_out(figure: Figure) -> None:
    """Put the axes where the labels leave room for them, as drawing would."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)


def axes_width(ax: Axes) -> float:
    """The width in points that the labels at the sides leave the axes; known only once the figure is laid out."""
    figure = figure_of(ax)
    lay_out(figure)
    return float(ax.get_window_extent().width * 72 / figure.dpi)


def equal_units(ax: Axes, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], edge: float) -> None:
    """Limits that hold the rectangle from low to high (x, y) with a margin, one unit as long across as up.

    edge: the margin, as a share of the longer side. The axes keep the whole room that the labels leave: the limits are
    widened to its proportions, and only the rounding that is left over narrows the axes.
    """
    figure = figure_of(ax)
    middle = (low + high) / 2
    needed = high - low + 2 * edge * max(float((high - low).max()), 1e-9)
    ax.set_aspect("auto")
    for _ in range(3):  # other limits have other tick labels, which leave other room
        box = ax.get_window_extent()
        room = np.array([box.width, box.height])
        half = room * float((needed / room).max()) / 2
        ax.set_xlim(middle[0] - half[0], middle[0] + half[0])
        ax.set_ylim(middle[1] - half[1], middle[1] + half[1])
        lay_out(figure)
    ax.set_aspect("equal", adjustable="box")
    lay_out(figure)
    ax.apply_aspect()


def fit_height(ax: Axes, height_pt: float, *, share: float = 1.0) -> None:
    """Make the figure as high as it takes for the axes to be height_pt high, with all labels that are there by now.

    share: how much of the figure's growth goes to these axes where others stand above or below them.
    """
    figure = figure_of(ax)
    for _ in range(2):  # a first layout in a figure far too low is not exact
        lay_out(figure)
        now_pt = ax.get_window_extent().height * 72 / figure.dpi
        figure.set_figheight(figure.get_figheight() + (height_pt - now_pt) / share / 72)


class Rows(NamedTuple):
    """What a chart stacks: how far down each of the things that may be left out reaches, in points, and what they are.

    both: whether they are labelled in both languages. panels: True where what stands above or below these axes has the
    same rows, False where it keeps its height.
    """

    ends_pt: Sequence[float]
    what: str = "rows"
    both: bool = False
    panels: bool = False


def fit_rows(ax: Axes, rows: Rows, *, closest: float, share: float = 1.0) -> None:
    """The same for rows, which are set closer where the page is not high enough, down to `closest` times their height.

    Raises FigureError where the page does not have even that, with how many it has room for.
    """
    height_pt = rows.ends_pt[-1]
    fit_height(ax, height_pt, share=share)
    figure = figure_of(ax)
    over_pt = figure.get_figheight() * 72 - most_height_pt(figure)
    if over_pt <= 0:
        return
    room_pt = height_pt - over_pt * share
    if room_pt < height_pt * closest:
        kept_pt = 0.0 if rows.panels else height_pt * (1 / share - 1)  # what others keep, however few these rows are
        most_pt = ((height_pt + kept_pt) - over_pt * (share if rows.panels else 1.0)) / closest - kept_pt
        n_most = int((np.asarray(rows.ends_pt) <= most_pt).sum())
        raise _no_room(figure, rows, height_pt * closest, room_pt, n_most)
    fit_height(ax, room_pt, share=share)


def require_rows(ax: Axes, rows: Rows, *, rest_pt: float = AXIS_PT) -> None:
    """Raise FigureError, with how many it has room for, where the page has none for all rows set as close as can be.

    For charts that leave the height of the figure to the caller. rest_pt: what stands above and below the rows.
    """
    figure = figure_of(ax)
    room_pt = most_height_pt(figure) - rest_pt
    if rows.ends_pt[-1] > room_pt:
        raise _no_room(figure, rows, rows.ends_pt[-1], room_pt, int((np.asarray(rows.ends_pt) <= room_pt).sum()))


def _no_room(figure: Figure, rows: Rows, needed_pt: float, room_pt: float, n_most: int) -> FigureError:
    fewer = f"Show {n_most} at most" if n_most else "Show a table instead"
    return FigureError(
        f"the {len(rows.ends_pt)} {rows.what} take {written_mm(figure, needed_pt):.0f} mm set as close as can be read, "
        f"and beside labels, legend and footer the page leaves them {written_mm(figure, max(room_pt, 0)):.0f} mm. "
        f"{fewer}{or_larger(figure)}.{' One language takes less room than two.' if rows.both else ''}"
    )


def even_rows(n_rows: int, height_pt: float) -> list[float]:
    """How far down rows of one height reach."""
    return [height_pt * (place + 1) for place in range(n_rows)]


def rows_with_room(ax: Axes, labels: Sequence[str], *, share: float, rest_pt: float) -> int:
    """How many rows, from the top, the figure's page has room for; where not for all, with a last one that says so.

    share: of the figure's width, to which labels are wrapped. rest_pt: what the page needs above and below the rows.
    """
    figure = figure_of(ax)
    lines = [wrap(label, figure.get_figwidth() * 72 * share, TEXT_PT) for label in labels]
    ends = np.cumsum([LEAST_ROW_PT + label.count("\n") * TEXT_PT * LINE_SPACING for label in lines])
    room_pt = most_height_pt(figure) - rest_pt
    if ends[-1] <= room_pt:
        return len(labels)
    found = int((ends + LEAST_ROW_PT <= room_pt).sum())
    if not found:
        raise FigureError(f"the page has no room for a single row; set it in one language{or_larger(figure)}")
    return found


def rows_left_out(n_rows: int, language: Language) -> str:
    """The label of the last row, where n_rows more had no room."""
    return text(zh=f"……另有 {n_rows} 项，见数据表", en=f"… {n_rows} more in the table", language=language)


class Halo(Annotation):
    """The ground of a label in one colour, a little wider than its letters: lines behind it stop short of them.

    It is drawn as an outline, and the label above it as text, which an effect on the label itself would turn into
    outlines in PDF. The checks of labels leave it out.
    """


def with_halo(ax: Axes, content: str, at: tuple[float, float], *, halo: str, zorder: float, **look: Any) -> Annotation:
    """A label at a place of the data that lines and borders do not run through.

    halo: the colour of the ground behind it. zorder: of the ground; the label is at 4, above all marks. look: as in
    Axes.annotate; a line to the label's point is drawn with the label.
    """
    ground = {key: value for key, value in look.items() if key != "arrowprops"} | {"color": halo}
    outline = [Stroke(linewidth=HALO_PT, foreground=halo, joinstyle="round")]
    notes = (
        Halo(content, at, annotation_clip=False, zorder=zorder, path_effects=outline, **ground),
        Annotation(content, at, annotation_clip=False, zorder=4, **look),
    )
    for note in notes:
        note.set_transform(IdentityTransform())
        note.set_in_layout(False)  # it has its place inside the axes, which must not move for it
        ax.add_artist(note)
    return notes[1]


def label_rows(ax: Axes, labels: Sequence[str], *, points: float = TEXT_PT) -> None:
    """Name the rows 0, 1, … from the top down, without ticks or a spine.

    Raises FigureError where the page has no room for them, one line each.
    """
    require_rows(ax, Rows(even_rows(len(labels), LEAST_ROW_PT if points > SMALL_PT else LEAST_SMALL_ROW_PT)))
    for label in labels:
        text_width(label, points)  # raises for a character without a glyph, before matplotlib draws a box for it
    ax.set_yticks(range(len(labels)), labels, fontsize=points)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)


def wrapped_rows(ax: Axes, labels: Sequence[str], *, share: float, gaps: Sequence[float] = ()) -> list[float]:
    """Name rows from the top down, labels wrapped to a share of the figure's width, and say where each row is.

    A row of one line is one unit of the axis high, each further line adds to its row, and the figure grows by that, up
    to its page.
    gaps: units left free before each row, for groups. Returns the rows' middles, from 0 for a first row of one line.
    """
    figure = figure_of(ax)
    lines = [wrap(label, figure.get_figwidth() * 72 * share, TEXT_PT) for label in labels]
    heights = [1 + label.count("\n") * TEXT_PT * LINE_SPACING / ROW_PT for label in lines]
    before = list(gaps) or [0.0] * len(lines)
    ends = np.cumsum(heights) + np.cumsum(before) - 0.5
    places = [float(end - height / 2) for end, height in zip(ends, heights, strict=True)]
    for label in lines:
        text_width(label, TEXT_PT)  # raises for a character without a glyph, before matplotlib draws a box for it
    ax.set_yticks(places, lines, fontsize=TEXT_PT, va="center_baseline", linespacing=LINE_SPACING)
    for tick, label in zip(ax.get_yticklabels(), lines, strict=True):
        if "\n" in label:
            tick.set_verticalalignment("center")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(float(ends[-1]) + 0.1, -0.6)
    ax.spines["left"].set_visible(False)
    figure.set_figheight(figure.get_figheight() + (float(ends[-1]) + 0.5 - len(lines)) * ROW_PT / 72)
    keep_to_page(figure)
    return places


def side_columns(
    ax: Axes, places: Sequence[float], columns: Mapping[str, Sequence[str]], *, gap_pt: float = 7.0
) -> None:
    """Columns of numbers right of the axes, each below its heading, numbers flush right.

    columns: heading (line ends allowed) to one text a row, "" for none.
    """
    right = 0.0
    for heading, texts in columns.items():
        right += gap_pt + max(text_width(content) for content in (heading, *texts))
        for place, content in [(places[0] - 0.6, heading), *zip(places, texts, strict=True)]:
            ax.annotate(
                content,
                (1, place),
                xycoords=ax.get_yaxis_transform(),
                xytext=(right, LABEL_GAP_PT if content is heading else 0),
                textcoords="offset points",
                ha="right",
                va="baseline" if content is heading else "center_baseline",
                multialignment="right",
                fontsize=SMALL_PT,
                linespacing=LINE_SPACING,
                color=QUIET,
                annotation_clip=False,
            )


def value_axis(ax: Axes, label: str, *, n_ticks: int = 5, whole: bool = False, grid: bool = True) -> None:
    """A quiet value axis below the rows: few ticks, light grid lines, the label with its unit.

    The label ends where the axis ends: a long one has the room under the row labels.
    """
    ax.set_xlabel(label, loc="right", linespacing=LEADING)
    ax.xaxis.set_major_locator(MaxNLocator(n_ticks, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")))
    ax.grid(grid, axis="x")


def value_labels(
    ax: Axes, ends: Iterable[float], texts: Sequence[str], *, places: Sequence[float] | None = None
) -> None:
    """Write each row's value right of where its bar or interval ends, in points from there.

    places: where the rows are; at 0, 1, … if None.
    """
    rows = range(len(texts)) if places is None else places
    for row, end, content in zip(rows, ends, texts, strict=True):
        ax.annotate(
            content,
            (end, row),
            xytext=(LABEL_GAP_PT, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=QUIET,
            annotation_clip=False,
        )
