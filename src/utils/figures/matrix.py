"""A table as a picture: counties by industries, each cell with its number."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from src.utils.errors import FigureError
from src.utils.figures.drawing import LINE_SPACING, decimals_for, label_rows, number
from src.utils.figures.language import Language, glosses
from src.utils.figures.style import LEADING, PAPER, QUIET, SMALL_PT, ink_on, sequential, text_width, wrap

EMPTY = "–"
SLANT_PT = 13.0  # columns narrower than this have upright labels
COLUMN_GAP_PT = 3.0


def unit_matrix(
    ax: Axes,
    matrix: pd.DataFrame,
    *,
    value_label: str,
    row_names: Mapping[str, str] | None = None,
    column_names: Mapping[str, str] | None = None,
    short: Mapping[str, str] | None = None,
    decimals: int | None = None,
    turn: float = 45.0,
    language: Language = "zh",
) -> pd.DataFrame:
    """A heat map with the number in each cell and a dash for zero or nothing.

    matrix: one row a unit, one column a unit of the other scheme, numbers from 0. value_label: what the numbers are,
    with the unit, at the colour bar. row_names, column_names: to English names; short: to shorter Chinese ones, line
    ends allowed. turn: degrees by which column labels are turned; 0 for labels that fit their columns. decimals: as
    many as suit the largest number, if None.

    Returns row, row_label, column, column_label, value, one row a cell, row by row from the top. Raises FigureError for
    an empty matrix, negative numbers, or nothing but zeros.
    """
    values = matrix.to_numpy(dtype=float)
    if not values.size or not np.nanmax(values, initial=0) > 0:
        raise FigureError("unit_matrix: there is no number above zero; print a table or a sentence instead of a figure")
    if np.nanmin(values) < 0:
        raise FigureError("unit_matrix: negative numbers need a diverging colour map, which this chart does not have")
    rows = unit_labels(matrix.index, row_names, short, language)
    columns = unit_labels(matrix.columns, column_names, short, language)
    shades = sequential()
    mesh = ax.pcolormesh(
        np.ma.masked_where(~(values > 0), values),
        cmap=shades,
        vmin=0,
        vmax=np.nanmax(values),
        edgecolors=PAPER,
        linewidth=1.0,
    )
    _numbers(ax, values, decimals_for(pd.Series(values.ravel())) if decimals is None else decimals)
    label_rows(ax, rows, points=SMALL_PT)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    ax.set_ylim(len(rows), 0)
    column_labels(ax, columns, turn)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    bar = ax.figure.colorbar(mesh, ax=ax, aspect=30, pad=0.02, fraction=0.06)
    bar.set_label(value_label, linespacing=LEADING)
    if not (values % 1).any():
        bar.locator = MaxNLocator(nbins=6, integer=True)  # there are no half sentences
        bar.update_ticks()
    bar.ax.tick_params(labelsize=SMALL_PT)
    bar.outline.set_visible(False)
    return pd.DataFrame(
        {
            "row": np.repeat(matrix.index.astype(str), len(columns)),
            "row_label": np.repeat(rows, len(columns)),
            "column": np.tile(matrix.columns.astype(str), len(rows)),
            "column_label": np.tile([label.replace("\n", " ") for label in columns], len(rows)),
            "value": values.ravel(),
        }
    )


def unit_labels(
    units: "pd.Index[str]", names: Mapping[str, str] | None, short: Mapping[str, str] | None, language: Language
) -> list[str]:
    """Labels in order; the shorter Chinese name stands where the Chinese would."""
    brief = {unit: (short or {}).get(unit, unit) for unit in units}
    english = {brief[unit]: name for unit, name in (names or {}).items() if unit in brief}
    labels = glosses(brief.values(), english, language)
    return [labels[brief[unit]] for unit in units]


def _numbers(ax: Axes, values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", decimals: int) -> None:
    shades, most = sequential(), np.nanmax(values)
    for (row, column), value in np.ndenumerate(values):
        some = value > 0
        ax.text(
            column + 0.5,
            row + 0.5,
            number(value, decimals) if some else EMPTY,
            ha="center",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=ink_on(to_hex(shades(value / most))) if some else QUIET,
        )


def column_labels(ax: Axes, labels: list[str], turn: float) -> None:
    """Name the columns below a matrix, whose cells are one unit wide, turned by `turn` degrees."""
    for label in labels:
        text_width(label)
    ax.set_xticks(
        np.arange(len(labels)) + 0.5,
        labels,
        fontsize=SMALL_PT,
        rotation=turn,
        ha="right" if turn % 90 else "center",
        va="top",
        rotation_mode="anchor" if turn % 90 else "default",
    )
    ax.tick_params(axis="x", length=0, pad=4)


def fitted_column_labels(ax: Axes, labels: list[str], pitch: float) -> None:
    """Name the columns: level and wrapped where columns of `pitch` points allow it, else slanted, else upright."""
    wrapped = [wrap(label, pitch - COLUMN_GAP_PT) for label in labels]
    if all(text_width(label) <= pitch - COLUMN_GAP_PT for label in wrapped):
        column_labels(ax, wrapped, 0.0)
        for label in ax.get_xticklabels():
            label.set_linespacing(LINE_SPACING)
    else:
        column_labels(ax, labels, 45.0 if pitch >= SLANT_PT else 90.0)
