"""Counties by industries with how sure each quotient is: circles, filled where the interval leaves 1 out."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LABEL_GAP_PT,
    LEAST_SMALL_ROW_PT,
    ROOM_INCHES,
    Rows,
    axes_width,
    even_rows,
    figure_of,
    fit_rows,
    number,
    require_columns,
)
from src.utils.figures.language import Language, text
from src.utils.figures.matrix import COLUMN_GAP_PT, fitted_column_labels, unit_labels
from src.utils.figures.style import BELOW, INK, MAIN, PAPER, PT_PER_MM, QUIET, RULE, SMALL_PT, text_width

NO_TEXT = "×"
LARGEST_PT = 11.0  # across, the marker of the largest value
LEAST_MARKER_PT = 1.6
EDGE_PT = 0.9
ROW_PT = 5 * PT_PER_MM


def specialisation_matrix(
    ax: Axes,
    cells: pd.DataFrame,
    *,
    value_label: str,
    row_names: Mapping[str, str] | None = None,
    column_names: Mapping[str, str] | None = None,
    short: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """Location quotients as circles: area by value, dark above 1 and brown below, hollow where the interval includes 1.

    A value of 0 is the figure 0, light where its interval includes 1; a cell without text to say is a cross. The value
    stands beside the circle where that fits.

    cells: one row a cell, columns row, column, value (from 0; NaN where there is no text), low, high (its interval).
    Rows and columns stand as they first appear; every pair of them must be there once. value_label: what the numbers
    are, above the legend. row_names, column_names: to English names; short: to shorter Chinese ones. The figure's
    height is set.

    Returns row, row_label, column, column_label, value, low, high, shown (above, below, unsure, zero, unsure zero, no
    text), row by row. Raises FigureError for missing columns, an empty table, pairs missing or given twice, negative
    values, a value without interval, or no value at all.
    """
    require_columns(cells, ["row", "column", "value", "low", "high"], "specialisation_matrix")
    rows, columns = (list(dict.fromkeys(cells[side])) for side in ("row", "column"))
    _require_whole(cells, len(rows) * len(columns))
    row_labels = unit_labels(pd.Index(rows), row_names, short, language)
    drawn = cells.assign(
        shown=_shown(cells),
        row_label=cells["row"].map(dict(zip(rows, row_labels, strict=True))),
        at=cells["row"].map({row: place for place, row in enumerate(rows)}),
        across=cells["column"].map({column: place for place, column in enumerate(columns)}),
    ).sort_values(["at", "across"], ignore_index=True)
    figure_of(ax).set_figheight(ROOM_INCHES)
    ax.set_xlim(0, len(columns))
    ax.set_yticks(np.arange(len(rows)) + 0.5, row_labels, fontsize=SMALL_PT)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows), 0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.hlines(np.arange(len(rows) + 1), 0, len(columns), color=RULE, linewidth=0.4, zorder=0)
    column_texts = unit_labels(pd.Index(columns), column_names, short, language)
    pitch = axes_width(ax) / len(columns)
    fitted_column_labels(ax, column_texts, pitch)
    _circles(ax, drawn, pitch)
    _size_legend(ax, drawn, value_label, language)
    fit_rows(ax, Rows(even_rows(len(rows), ROW_PT), both=language == "both"), closest=LEAST_SMALL_ROW_PT / ROW_PT)
    label_of = dict(zip(columns, (label.replace("\n", " ") for label in column_texts), strict=True))
    drawn = drawn.assign(column_label=drawn["column"].map(label_of))
    return drawn[["row", "row_label", "column", "column_label", "value", "low", "high", "shown"]]


def _require_whole(cells: pd.DataFrame, n_cells: int) -> None:
    value, interval = cells["value"], cells[["low", "high"]]
    if cells.duplicated(["row", "column"]).any() or len(cells) != n_cells:
        raise FigureError("specialisation_matrix: give each pair of row and column once; NaN where there is no text")
    if (value < 0).any() or np.isinf(value).any():
        raise FigureError("specialisation_matrix: a quotient is negative or infinite")
    if interval[value.notna()].isna().any(axis=None):
        raise FigureError("specialisation_matrix: a value has no interval; give low and high, or NaN for the value")
    if not (value > 0).any():
        raise FigureError("specialisation_matrix: there is no value above zero; print a sentence instead of a figure")


def _shown(cells: pd.DataFrame) -> "pd.Series[str]":
    """What stands in each cell: as in the chart's docstring."""
    unsure = (cells["low"] <= 1) & (cells["high"] >= 1)
    kinds = [cells["value"].isna(), (cells["value"] == 0) & unsure, cells["value"] == 0, unsure, cells["value"] > 1]
    names = ["no text", "unsure zero", "zero", "unsure", "above"]
    return pd.Series(np.select(kinds, names, "below"), index=cells.index)


def _diameters(values: "pd.Series[float]", largest: float) -> npt.NDArray[np.float64]:
    """Points across, so that areas go by value."""
    across = LARGEST_PT * np.sqrt(values.to_numpy(dtype=float) / largest)
    return np.asarray(np.maximum(across, LEAST_MARKER_PT), dtype=np.float64)


def _circles(ax: Axes, drawn: pd.DataFrame, pitch: float) -> None:
    """Markers in the middle of their cells, or left of it with the value at its right where all have room."""
    texts = [number(value, 1) for value in drawn["value"].fillna(0.0)]
    number_pt = max(text_width(content) for content in texts)
    with_numbers = LARGEST_PT + LABEL_GAP_PT + number_pt + COLUMN_GAP_PT <= pitch
    shift = 0.5 - ((LABEL_GAP_PT + number_pt) / 2 / pitch if with_numbers else 0.0)
    seen = drawn[drawn["shown"].isin(["above", "below", "unsure"])]
    edges = [MAIN if value > 1 else BELOW for value in seen["value"]]
    faces = [PAPER if shown == "unsure" else edge for shown, edge in zip(seen["shown"], edges, strict=True)]
    across = np.maximum(_diameters(seen["value"], float(drawn["value"].max())) - EDGE_PT, 0.4)
    ax.scatter(
        seen["across"] + shift, seen["at"] + 0.5, s=across**2, c=faces, edgecolors=edges, linewidths=EDGE_PT, zorder=3
    )
    for cell, content in zip(drawn.to_dict("records"), texts, strict=True):
        quiet = str(cell["shown"]).startswith(("unsure", "no"))
        mark = {"zero": "0", "unsure zero": "0", "no text": NO_TEXT}.get(str(cell["shown"]))
        if mark is None and not with_numbers:
            continue
        ax.text(
            float(cell["across"]) + shift + (0.0 if mark else (LARGEST_PT / 2 + LABEL_GAP_PT + number_pt) / pitch),
            float(cell["at"]) + 0.5,
            mark or content,
            ha="center" if mark else "right",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=QUIET if quiet else INK,
        )


def _size_legend(ax: Axes, drawn: pd.DataFrame, value_label: str, language: Language) -> None:
    """What circles, their sizes and the marks mean, above the matrix."""
    largest = float(drawn["value"].max())
    powers = [2.0**power for power in range(1, 20) if 2.0**power <= largest]
    sizes = [0.5] * bool((drawn["value"] < 1).any()) + [1.0] + powers[-1:]
    handles: list[Line2D] = []
    labels: list[str] = []
    for size in sizes:
        colour = MAIN if size >= 1 else BELOW
        across = float(_diameters(pd.Series([size]), largest)[0]) - EDGE_PT
        handles.append(_mark("o", across, colour, colour))
        labels.append(f"{size:g}")
    found = set(drawn["shown"])
    meanings = {
        "unsure": (_mark("o", 5, MAIN, PAPER), text(zh="区间含 1", en="interval includes 1", language=language)),
        "no text": (_mark("x", 4, QUIET, QUIET), text(zh="无文字", en="no text", language=language)),
    }
    for kind, (handle, label) in meanings.items():
        if kind in found or f"{kind} zero" in found:
            handles.append(handle)
            labels.append(label)
    legend = ax.legend(
        handles,
        labels,
        title=value_label,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(handles),
        alignment="left",
        borderpad=0,
        columnspacing=0.9,
        handletextpad=0.4,
    )
    legend.get_title().set(fontsize=SMALL_PT, linespacing=1.2)


def _mark(marker: str, size: float, edge: str, face: str) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=size,
        color=edge,
        markerfacecolor=face,
        markeredgewidth=EDGE_PT,
    )
