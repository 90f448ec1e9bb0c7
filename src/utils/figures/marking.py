"""Terms that mark one text against another: how many times as frequent, with intervals, in both directions."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    AXIS_PT,
    LEAST_ROW_PT,
    ROW_PT,
    axes_width,
    figure_of,
    number,
    require_columns,
    rows_left_out,
    rows_with_room,
    side_columns,
    wrapped_rows,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import BAR, LEADING, MAIN, PAPER, QUIET, or_larger, text_width

LABEL_SHARE = 0.36  # of the figure's width, before a label is wrapped
BEYOND = 1000  # times: an end of an interval above this is off the chart
GROUP_GAP = 0.6  # rows, between the two directions
HEAD_PT = 26.0  # what the heads of the columns and the legend take above the rows
TICK_GAP_PT = 5.0
_POINT: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 4,
    "markeredgewidth": 0.9,
    "color": MAIN,
    "clip_on": False,
}
_POINTS: dict[str, dict[str, Any]] = {
    "sure": {**_POINT, "markerfacecolor": MAIN},
    "unsure": {**_POINT, "markerfacecolor": PAPER},
    "unknown": {**_POINT, "marker": "x"},
}
HEADS: Mapping[str, tuple[str, str]] = {
    "n": ("频次", "n"),
    "n_reference": ("对照", "n ref."),
    "q": ("q 值", "q"),
    "dp_norm": ("DP", "DP"),
}


def leading_marks(
    profiles: pd.DataFrame, names: Mapping[str, str], *, top_n: int = 2, short: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The first top_n terms of each unit as rows for marking_terms, and the English names of these rows.

    profiles: all terms of all units compared, best first in each, columns unit, term, n, ratio, ratio_low, ratio_high
    (as measures.profiles gives them). names: terms and units to English. short: units to shorter names.

    A row is called 词（县）, since two units may share a term. value, low, high: binary logarithms of the ratios; an
    upper end above BEYOND is infinite, which the chart draws as an arrow. n_reference: occurrences in the other units.
    """
    require_columns(profiles, ["unit", "term", "n", "ratio", "ratio_low", "ratio_high"], "leading_marks")
    first = profiles.groupby("unit", sort=False).head(top_n).reset_index(drop=True)
    upper = first["ratio_high"].where(first["ratio_high"] <= BEYOND, np.inf)
    with np.errstate(divide="ignore"):  # an interval that begins at 0
        ends = {"value": np.log2(first["ratio"]), "low": np.log2(first["ratio_low"]), "high": np.log2(upper)}
    rest = first["term"].map(profiles.groupby("term")["n"].sum()) - first["n"]
    called = first["unit"].replace(dict(short or {}))
    rows = first.assign(term=first["term"] + "（" + called + "）", n_reference=rest, **ends)
    english = [
        f"{names.get(term, term)} ({names.get(unit, unit)})"
        for term, unit in zip(first["term"], first["unit"], strict=True)
    ]
    return rows, dict(zip(rows["term"], english, strict=True))


def marking_terms(
    ax: Axes,
    keyness: pd.DataFrame,
    *,
    value: str = "value",
    top_n: int = 10,
    beside: Sequence[str] | None = None,
    value_label: str | None = None,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The terms furthest from equal frequency, as points with intervals on an axis in powers of two.

    Terms more frequent in the text stand above, those more frequent in the reference below, each group furthest first
    from the outside in. A term whose interval includes equal frequency is drawn hollow.

    keyness: one row a term, columns term, value (log ratio to base 2, 0 where both are equally frequent), low, high
    (its interval; infinite ends are drawn as arrows, NaN as no interval, the point a cross), n, n_reference
    (occurrences), optional q, dp_norm (dispersion, 0 even to 1 uneven). value: the column that holds the log ratio.
    top_n: terms of each direction. beside: which of n, n_reference, q, dp_norm stand right of the rows; n, n_reference
    and dp_norm, as far as given, if None. value_label: the axis label, with the reference's name. names: term to
    English name. For a height of rows_height(number of terms, 4.4, 20); the figure grows where labels are wrapped.

    Returns rank (within the direction), term, label, value, low, high, ratio (2 to the value), includes_zero and the
    columns beside, in the order drawn, top first, and placed where the page has no room for all, of which a last row
    then says how many there are. Raises FigureError for missing columns, an empty table, a term given
    twice, values that are not finite, or nothing but zeros.
    """
    require_columns(keyness, ["term", value, "low", "high", "n", "n_reference"], "marking_terms")
    drawn = _two_directions(keyness.assign(value=keyness[value].astype(float)), top_n)
    labels = glosses(drawn["term"], names or {}, language)
    listed, drawn = drawn, _with_room(ax, drawn, labels)
    n_out = len(listed) - len(drawn)
    wanted = list(beside) if beside is not None else [c for c in ("n", "n_reference", "dp_norm") if c in drawn]
    require_columns(drawn, wanted, "marking_terms")
    unknown = [column for column in wanted if column not in HEADS]
    if unknown:
        raise FigureError(f"marking_terms: beside has {', '.join(unknown)}; there are {', '.join(HEADS)}")
    drawn = drawn.assign(label=drawn["term"].map(labels), ratio=2.0 ** drawn["value"])
    turns = (drawn["value"] < 0) & (drawn["value"].shift(fill_value=-1.0) > 0)
    gaps = np.where(turns, GROUP_GAP, 0.0).tolist()
    more = [rows_left_out(n_out, language)] if n_out else []
    places = wrapped_rows(
        ax, [*drawn["label"], *more], share=LABEL_SHARE, gaps=[*gaps, *([GROUP_GAP] if more else [])]
    )[: len(drawn)]
    _intervals(ax, drawn, places)
    heads = {_head(column, language): _texts(drawn, column) for column in wanted}
    side_columns(ax, places, heads)
    if value_label is None:
        value_label = text(
            zh="相对频率之比（对照文本为 1）", en="Relative frequency, times the reference", language=language, sep="\n"
        )
    ax.set_xlabel(value_label, loc="right", linespacing=LEADING)
    _legend(ax, drawn, language)
    _power_axis(ax)
    table = listed.assign(label=listed["term"].map(labels), ratio=2.0 ** listed["value"])
    table = table.assign(placed=table["term"].isin(drawn["term"])) if n_out else table
    columns = ["rank", "term", "label", "value", "low", "high", "ratio", "includes_zero", *wanted]
    return table[[*columns, *(["placed"] if n_out else [])]]


def _with_room(ax: Axes, drawn: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """As many of each direction as the page has room for; all where it has."""
    rest_pt = AXIS_PT + HEAD_PT + GROUP_GAP * ROW_PT
    for n_each in range(int(drawn["rank"].max()), 0, -1):
        kept = drawn[drawn["rank"] <= n_each].reset_index(drop=True)
        spare_pt = LEAST_ROW_PT + GROUP_GAP * ROW_PT if len(kept) < len(drawn) else 0.0  # for what says how many more
        found = [labels[term] for term in kept["term"]]
        if rows_with_room(ax, found, share=LABEL_SHARE, rest_pt=rest_pt + spare_pt) == len(kept):
            return kept
    larger = or_larger(figure_of(ax))
    raise FigureError(
        f"marking_terms: the page has no room for a row of each direction; set it in one language{larger}"
    )


def _two_directions(keyness: pd.DataFrame, top_n: int) -> pd.DataFrame:
    """The rows drawn, top first: largest value down to the smallest above zero, then below zero down to the least."""
    if keyness["term"].duplicated().any():
        raise FigureError("marking_terms: a term has several rows; choose one unit and one measure first")
    if not np.isfinite(keyness["value"]).all():
        raise FigureError(
            "marking_terms: a log ratio is not finite (a term that one text lacks); add a constant to both counts first"
        )
    above = keyness[keyness["value"] > 0].sort_values(["value", "term"], ascending=[False, True]).head(top_n)
    below = keyness[keyness["value"] < 0].sort_values(["value", "term"], ascending=[True, True]).head(top_n)
    if above.empty and below.empty:
        raise FigureError("marking_terms: every log ratio is zero; print a sentence instead of a figure")
    both = pd.concat(
        [above.assign(rank=range(1, len(above) + 1)), below.assign(rank=range(1, len(below) + 1)).iloc[::-1]],
        ignore_index=True,
    )
    return both.assign(includes_zero=(both["low"] <= 0) & (both["high"] >= 0))


def _intervals(ax: Axes, drawn: pd.DataFrame, places: Sequence[float]) -> None:
    ends = drawn[["low", "high", "value"]].to_numpy(dtype=float)
    known = ends[np.isfinite(ends)]
    least, most = min(0.0, float(known.min())), max(0.0, float(known.max()))
    edge = 0.06 * (most - least)
    left, right = least - edge, most + edge
    ax.axvline(0, color=QUIET, linewidth=0.6, zorder=1)
    low, high = drawn["low"].fillna(drawn["value"]), drawn["high"].fillna(drawn["value"])
    ax.hlines(places, low.clip(lower=left), high.clip(upper=right), color=BAR, linewidth=1.8, zorder=2)
    for marker, at, beyond in (("<", left, np.isneginf(drawn["low"])), (">", right, np.isposinf(drawn["high"]))):
        rows = [place for place, endless in zip(places, beyond, strict=True) if endless]
        if rows:
            ax.plot([at] * len(rows), rows, linestyle="none", marker=marker, markersize=3, color=BAR, clip_on=False)
    for kind, group in drawn.assign(place=places).groupby(_kinds(drawn)):
        ax.plot(group["value"], group["place"], zorder=3, **_POINTS[str(kind)])
    ax.set_xlim(left, right)


def _power_axis(ax: Axes) -> None:
    """Ticks at whole powers of two, as many as have room, written as how many times as frequent."""
    left, right = ax.get_xlim()
    unit_pt = axes_width(ax) / (right - left)
    widest = max(text_width(times(power)) for power in (math.floor(left), math.ceil(right)))
    step = max(1, math.ceil((widest + TICK_GAP_PT) / unit_pt))
    first = math.ceil(left / step) * step
    ax.xaxis.set_major_locator(FixedLocator(list(range(first, math.floor(right) + 1, step))))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda power, _: times(power)))
    ax.grid(axis="x")


def times(power: float) -> str:
    """A power of two as times: ×4 for 2, 1 for 0, ÷4 for -2."""
    if not power:
        return "1"
    return f"{'×' if power > 0 else '÷'}{number(2.0 ** abs(power))}"


def _head(column: str, language: Language) -> str:
    zh, en = HEADS[column]
    return zh if zh == en else text(zh=zh, en=en, language=language, sep="\n")


def _texts(drawn: pd.DataFrame, column: str) -> list[str]:
    if column == "q":
        return ["" if pd.isna(q) else "<0.001" if q < 0.001 else f"{q:.3f}" for q in drawn["q"]]
    if column == "dp_norm":
        return ["" if pd.isna(dp) else f"{dp:.2f}" for dp in drawn["dp_norm"]]
    return ["" if pd.isna(n) else number(n) for n in drawn[column]]


def _kinds(drawn: pd.DataFrame) -> "pd.Series[str]":
    """How sure each term's direction is: by whether its interval includes zero, or unknown where it has none."""
    sure = pd.Series(np.where(drawn["includes_zero"], "unsure", "sure"), index=drawn.index)
    return sure.mask(drawn["low"].isna() | drawn["high"].isna(), "unknown")


def _legend(ax: Axes, drawn: pd.DataFrame, language: Language) -> None:
    """What points other than filled ones mean, above the rows; only where there are any."""
    meanings = {
        "unsure": text(zh="区间含 1", en="interval includes 1", language=language),
        "unknown": text(zh="无区间", en="no interval", language=language),
    }
    found = [kind for kind in meanings if (_kinds(drawn) == kind).any()]
    if found:
        handles = [Line2D([], [], **_POINTS[kind]) for kind in found]
        place: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1)}
        ax.legend(handles, [meanings[kind] for kind in found], borderpad=0, handlelength=0.8, **place)
