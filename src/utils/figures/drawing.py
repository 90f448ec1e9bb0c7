"""What several charts do alike: columns checked, numbers written, rows and value axes set."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from src.utils.errors import FigureError
from src.utils.figures.style import LEADING, QUIET, SMALL_PT, TEXT_PT, text_width

LABEL_GAP_PT = 3.0


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


def label_rows(ax: Axes, labels: Sequence[str], *, points: float = TEXT_PT) -> None:
    """Name the rows 0, 1, … from the top down, without ticks or a spine."""
    for label in labels:
        text_width(label, points)  # raises for a character without a glyph, before matplotlib draws a box for it
    ax.set_yticks(range(len(labels)), labels, fontsize=points)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)


def value_axis(ax: Axes, label: str, *, n_ticks: int = 5, whole: bool = False, grid: bool = True) -> None:
    """A quiet value axis below the rows: few ticks, light grid lines, the label with its unit.

    The label ends where the axis ends: a long one has the room under the row labels.
    """
    ax.set_xlabel(label, loc="right", linespacing=LEADING)
    ax.xaxis.set_major_locator(MaxNLocator(n_ticks, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")))
    ax.grid(grid, axis="x")


def value_labels(ax: Axes, ends: Iterable[float], texts: Sequence[str]) -> None:
    """Write each row's value right of where its bar or interval ends, in points from there."""
    for row, (end, content) in enumerate(zip(ends, texts, strict=True)):
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
