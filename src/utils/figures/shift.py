"""A word shift: what each term contributes to the difference between two texts, largest first."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    AXIS_PT,
    LABEL_GAP_PT,
    axes_width,
    require_columns,
    rows_left_out,
    rows_with_room,
    side_columns,
    value_axis,
    wrapped_rows,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import (
    BELOW,
    INK,
    LEADING,
    MAIN,
    PALE,
    PAPER,
    QUIET,
    SMALL_PT,
    TEXT_PT,
    keep_to_page,
    lines_height,
    wrap,
)

FILLS = {MAIN: "#9DBFDB", BELOW: "#EBB08A"}  # light enough for an interval to be seen on them
LABEL_SHARE = 0.34  # of the figure's width, before a label is wrapped
BAR_HEIGHT = 0.62
TOTAL_GAP = 0.5  # rows, between the totals and the terms
NAMES_PT = 24.0  # what the names of the units take above the rows, in one line
HEAD_PT = 6.0  # between the names of the units and what stands below them


def word_shift(
    ax: Axes,
    shifts: pd.DataFrame,
    *,
    units: tuple[str, str],
    value_label: str,
    top_n: int = 20,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """Bars to the left for what speaks for the first unit, to the right for the second, by falling size.

    The first row holds the totals of all terms in the table, in per cent of their sum without signs: it has a scale of
    its own. A bar whose interval includes 0, or that has none, is hollow.

    shifts: one row a term of one measure, columns term, value, optional low and high, optional n and n_other
    (occurrences in each unit, printed beside). Where values have both signs, below 0 is left; where all are 0 or more
    (a divergence), the column side says to which unit each belongs (the unit's name, "" for neither), and the axis
    counts from 0 both ways. units: the two,
    left then right. value_label: the measure with its unit. names: terms and units to English names. For a height of
    rows_height(top_n + 1, 4.4, 20); the figure grows where labels are wrapped.

    Returns part (total, term), term, label, unit (whose side), value (signed as drawn; for a total its share, 0 to 1),
    low, high, n, n_other (if given), hollow, in the order drawn, and placed where the page has no room for all, of
    which a last row then says how many there are. Raises FigureError for missing columns, an empty
    table, a term given twice, a side that is neither unit, values that are not finite, or nothing but zeros.
    """
    require_columns(shifts, ["term", "value"], "word_shift")
    signed = _signed(shifts, units)
    labels = glosses(signed["term"], names or {}, language)
    drawn = signed.assign(size=signed["value"].abs(), label=signed["term"].map(labels), part="term")
    totals = [float(drawn.loc[drawn["unit"] == unit, "size"].sum() / drawn["size"].sum()) for unit in units]
    drawn = drawn.sort_values(["size", "term"], ascending=[False, True]).head(top_n)
    drawn = drawn[drawn["size"] > 0].reset_index(drop=True)
    every = text(zh="所有词合计", en="All terms", language=language)
    rest_pt = AXIS_PT + NAMES_PT + value_label.count("\n") * TEXT_PT * LEADING
    rows = [every, *drawn["label"]]
    n_seen = rows_with_room(ax, rows, share=LABEL_SHARE, rest_pt=rest_pt) - 1
    listed, drawn = drawn, drawn.head(n_seen)
    if n_seen < len(listed):
        rows = [*rows[: n_seen + 1], rows_left_out(len(listed) - n_seen, language)]
        listed = listed.assign(placed=listed.index < n_seen)
    gaps = [0.0, TOTAL_GAP, *[0.0] * (len(rows) - 2)]
    places = wrapped_rows(ax, rows, share=LABEL_SHARE, gaps=gaps)[: n_seen + 1]
    _bars(ax, drawn, places[1:])
    reach = float(np.nanmax(np.abs(drawn[["value", "low", "high"]].to_numpy(dtype=float)))) * 1.05
    ax.set_xlim(-reach, reach)
    _totals(ax, totals, reach)
    ax.axvline(0, color=QUIET, linewidth=0.6, zorder=1)
    if {"n", "n_other"} <= set(drawn):
        heads = (("左", "left"), ("右", "right"))
        columns = {
            text(zh=f"{zh}频次", en=f"n {en}", language=language, sep="\n"): ["", *(f"{n:,.0f}" for n in drawn[column])]
            for (zh, en), column in zip(heads, ("n", "n_other"), strict=True)
        }
        side_columns(ax, places, columns)
    value_axis(ax, value_label, n_ticks=4)
    if _divides(shifts):  # what is 0 or more is so on both sides
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.10g}"))
    unit_labels = glosses(units, names or {}, language)
    _names(ax, [unit_labels[unit] for unit in units])
    parts = pd.DataFrame({"part": "total", "term": "", "label": every, "unit": units, "value": totals, "hollow": False})
    if "placed" in listed:
        parts = parts.assign(placed=True)
    wanted = ["part", "term", "label", "unit", "value", "low", "high", "n", "n_other", "hollow", "placed"]
    table = pd.concat([parts, listed], ignore_index=True)
    return table[[column for column in wanted if column in table]]


def _signed(shifts: pd.DataFrame, units: tuple[str, str]) -> pd.DataFrame:
    """Values below 0 for the first unit and above for the second, with their intervals and whether these include 0."""
    if shifts["term"].duplicated().any():
        raise FigureError("word_shift: a term has several rows; choose one pair of units and one measure first")
    value = shifts["value"].astype(float)
    if not np.isfinite(value).all():
        raise FigureError("word_shift: a contribution is not finite; leave out the measure or smooth the shares")
    if not value.any():
        raise FigureError("word_shift: no term contributes anything; print a sentence instead of a figure")
    ends = [shifts[end].astype(float) if end in shifts else value * np.nan for end in ("low", "high")]
    turned = pd.Series(False, index=shifts.index)
    if _divides(shifts):
        unknown = sorted(set(shifts["side"]) - {*units, ""})
        if unknown:
            raise FigureError(f"word_shift: side {', '.join(unknown)} is neither of the units {' and '.join(units)}")
        turned = shifts["side"] == units[0]
    low, high = ends
    drawn = shifts.assign(
        value=value.where(~turned, -value),
        low=low.where(~turned, -high),
        high=high.where(~turned, -low),
        hollow=~((low > 0) | (high < 0)),
    )
    return drawn.assign(unit=np.where(drawn["value"] < 0, units[0], units[1]))


def _divides(shifts: pd.DataFrame) -> bool:
    """Whether the values are parts of a divergence, none below 0, and a column says which unit each speaks for."""
    return "side" in shifts and not (shifts["value"] < 0).any()


def _bars(ax: Axes, drawn: pd.DataFrame, places: list[float]) -> None:
    edges = [MAIN if value < 0 else BELOW for value in drawn["value"]]
    faces = [PAPER if hollow else FILLS[edge] for hollow, edge in zip(drawn["hollow"], edges, strict=True)]
    ax.barh(places, drawn["value"], height=BAR_HEIGHT, color=faces, edgecolor=edges, linewidth=0.8, zorder=2)
    ax.hlines(places, drawn["low"], drawn["high"], color=INK, linewidth=0.7, zorder=3)


def _totals(ax: Axes, totals: list[float], reach: float) -> None:
    """Both shares from the middle out, all of it as long as one side of the axis, each with its per cent."""
    for share, way in zip(totals, (-1, 1), strict=True):
        ax.barh(0, way * share * reach, height=BAR_HEIGHT, color=PALE, zorder=2)
        ax.annotate(
            f"{share:.0%}",
            (0, 0),
            xytext=(way * LABEL_GAP_PT, 0),
            textcoords="offset points",
            ha="left" if way > 0 else "right",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=INK,
        )


def _names(ax: Axes, labels: list[str]) -> None:
    """The two units above their sides, wrapped to them."""
    room = axes_width(ax) / 2 - 2 * LABEL_GAP_PT
    lines = [wrap(label, room, TEXT_PT) for label in labels]
    for label, way, colour in zip(lines, (-1, 1), (MAIN, BELOW), strict=True):
        ax.annotate(
            label,
            (0.5, 1),
            xycoords="axes fraction",
            xytext=(way * LABEL_GAP_PT * 2, HEAD_PT),
            textcoords="offset points",
            ha="left" if way > 0 else "right",
            va="bottom",
            multialignment="left" if way > 0 else "right",
            color=colour,
        )
    figure = ax.get_figure(root=True)
    if figure is not None:
        figure.set_figheight(figure.get_figheight() + max(lines_height(label, TEXT_PT) for label in lines) / 72)
        keep_to_page(figure)
