"""Measures of units as points with their intervals, beside what chance alone would give."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LEAST_ROW_PT,
    ROOM_INCHES,
    ROW_PT,
    Rows,
    fit_rows,
    require_columns,
    value_axis,
    wrapped_rows,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import BAR, BELOW, LEADING, MAIN, PAPER, SMALL_PT, TEXT_PT, wrap

ALPHA = 0.05
POINT = 4.2
LABEL_SHARE = 0.3
GROUP_GAP = 0.7  # rows left free between groups of units


def against_chance(
    figure: Figure,
    table: pd.DataFrame,
    *,
    panels: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """One panel a measure, one row a unit: a point with its interval, and a bar where chance would put it.

    A point is filled where its p-value is ALPHA at most, else hollow. table: one row a unit and measure, columns scheme
    (units of one scheme stand together), unit, measure, value, low, high, expected (what units of this size show by
    chance), p. Schemes and units stand as they first appear; a unit lacks a measure where it has no row. panels:
    measure to axis label, with the unit, in order. names: units to English names. figure: empty, from new_figure; its
    height is set.

    Returns scheme, unit, unit_label, measure, value, low, high, expected, p in the order drawn, panel by panel. Raises
    FigureError for missing columns, no rows of a panel's measure, and a unit given twice.
    """
    needed = ["scheme", "unit", "measure", "value", "low", "high", "expected", "p"]
    require_columns(table, needed, "against_chance")
    lacking = [measure for measure in panels if measure not in set(table["measure"])]
    if lacking or not panels:
        raise FigureError(f"against_chance: no rows of the measure {', '.join(lacking) or '(panels is empty)'}")
    kept = table[table["measure"].isin(list(panels))]
    if kept.duplicated(["scheme", "unit", "measure"]).any():
        raise FigureError("against_chance: a unit has several values of one measure")
    rows = kept[["scheme", "unit"]].drop_duplicates()
    ranks = {scheme: place for place, scheme in enumerate(dict.fromkeys(rows["scheme"]))}
    rows = rows.sort_values("scheme", key=lambda found: found.map(ranks), kind="stable", ignore_index=True)
    labels = glosses(rows["unit"], names or {}, language)
    gaps = np.where(rows["scheme"].ne(rows["scheme"].shift(fill_value=rows["scheme"].iloc[0])), GROUP_GAP, 0.0)
    figure.set_figheight(ROOM_INCHES)
    cells = list(figure.subplots(1, len(panels), squeeze=False).flat)
    places = wrapped_rows(cells[0], [labels[unit] for unit in rows["unit"]], share=LABEL_SHARE, gaps=list(gaps))
    room = figure.get_figwidth() * 72 * (1 - LABEL_SHARE) / len(panels)
    at = dict(zip(rows.itertuples(index=False, name=None), places, strict=True))
    parts = []
    for ax, (measure, label) in zip(cells, panels.items(), strict=True):
        found = kept[kept["measure"] == measure]
        down = [at[key] for key in found[["scheme", "unit"]].itertuples(index=False, name=None)]
        ax.set_ylim(cells[0].get_ylim())
        if ax is not cells[0]:
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
        _points(ax, found, np.array(down))
        value_axis(ax, wrap(label, room, TEXT_PT), n_ticks=4)
        parts.append(found.assign(unit_label=found["unit"].map(labels), at=down).sort_values("at", kind="stable"))
    _legend(figure, language)
    ends = [(place + 1.0) * ROW_PT for place in places]
    fit_rows(cells[0], Rows(ends, "units", both=language == "both"), closest=LEAST_ROW_PT / ROW_PT)
    return pd.concat(parts, ignore_index=True)[
        ["scheme", "unit", "unit_label", "measure", "value", "low", "high", "expected", "p"]
    ]


def _points(ax: Axes, found: pd.DataFrame, down: npt.NDArray[np.float64]) -> None:
    sure = (found["p"] <= ALPHA).to_numpy()
    ax.hlines(down, found["low"], found["high"], color=BAR, linewidth=1.8)
    ax.vlines(found["expected"], down - 0.3, down + 0.3, color=BELOW, linewidth=1.4)
    for kind, face in ((sure, MAIN), (~sure, PAPER)):
        ax.plot(found["value"][kind], down[kind], **_look(face), clip_on=False, zorder=3)
    ax.set_xlim(0, float(np.nanmax(found[["value", "high", "expected"]].to_numpy(dtype=float))) * 1.03)


def _look(face: str) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": "o",
        "markersize": POINT,
        "markerfacecolor": face,
        "markeredgecolor": MAIN,
        "markeredgewidth": 0.9,
    }


def _legend(figure: Figure, language: Language) -> None:
    """Above the panels: the two kinds of point, the interval and chance, one below the other in both languages."""
    kinds = {
        f"p ≤ {ALPHA}": Line2D([], [], **_look(MAIN)),
        f"p > {ALPHA}": Line2D([], [], **_look(PAPER)),
        text(zh="95% 区间", en="95% interval", language=language): Line2D([], [], color=BAR, linewidth=1.8),
        text(zh="随机期望", en="by chance", language=language): Line2D(
            [], [], color=BELOW, linestyle="none", marker="|", markersize=7, markeredgewidth=1.4
        ),
    }
    narrow = figure.get_figwidth() < 4 and language == "both"
    figure.legend(
        list(kinds.values()),
        list(kinds),
        loc="outside upper left",
        ncols=2 if narrow else 4,
        fontsize=SMALL_PT,
        borderaxespad=0.4,
        labelspacing=LEADING - 1,
    )
