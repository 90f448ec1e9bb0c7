"""How much of a text is formula: shares in per cent, and where the stretches shared with others stand."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from src.utils.errors import FigureError
from src.utils.figures.boundaries import mark_boundaries
from src.utils.figures.drawing import (
    AXIS_PT,
    LABEL_GAP_PT,
    LEAST_ROW_PT,
    Rows,
    even_rows,
    number,
    require_columns,
    require_rows,
    side_columns,
    value_axis,
    value_labels,
    wrapped_rows,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import BAR, LEADING, MAIN, PALE, QUIET, SMALL_PT

LABEL_SHARE = 0.4  # of the figure's width, before a label is wrapped
BAR_HEIGHT = 0.62
HEAD_PT = 22.0  # what the heads of the columns take above the rows


def formula_shares(
    ax: Axes,
    shares: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    value_label: str | None = None,
    most: float = 1.0,
    language: Language = "zh",
) -> pd.DataFrame:
    """The share of each part's text that stands in long strings shared with other texts: bars from 0 to 100 %.

    shares: one row a part in the order drawn, columns unit, share (0 to 1; NaN for a part with too little text to say),
    optional low and high (its interval, a line over the bar's end), optional n_chars (its letters and numbers, printed
    at its right). names: unit to English name. value_label: the axis label. most: where the axis ends, if not
    at 100 %. For a height of rows_height(n, 4.4, 20).

    Returns unit, label, share, low, high, n_chars (as far as given). Raises FigureError for missing columns, an empty
    table, a part given twice, shares outside 0 to 1, none known, or more parts than the page has room for.
    """
    require_columns(shares, ["unit", "share"], "formula_shares")
    if shares["unit"].duplicated().any():
        raise FigureError("formula_shares: a unit has several rows; choose one length of string first")
    given = [column for column in ("share", "low", "high") if column in shares]
    known = shares[given].to_numpy(dtype=float)
    if np.isnan(shares["share"].astype(float)).all():
        raise FigureError("formula_shares: no share is known; print a sentence instead of a figure")
    if (known[np.isfinite(known)] < 0).any() or (known[np.isfinite(known)] > 1).any():
        raise FigureError("formula_shares: a share is below 0 or above 1; give shares, not per cent")
    if np.nanmax(known) > most:
        raise FigureError(f"formula_shares: the axis ends at {most:.0%}, and a share or its interval lies beyond")
    labels = glosses(shares["unit"], names or {}, language)
    drawn = shares.reset_index(drop=True).assign(label=lambda table: table["unit"].map(labels))
    require_rows(ax, Rows(even_rows(len(drawn), LEAST_ROW_PT), both=language == "both"), rest_pt=AXIS_PT + HEAD_PT)
    places = wrapped_rows(ax, list(drawn["label"]), share=LABEL_SHARE)
    ax.barh(places, drawn["share"].fillna(0.0), height=BAR_HEIGHT, color=PALE)
    if {"low", "high"} <= set(drawn):
        ax.hlines(places, drawn["low"], drawn["high"], color=BAR, linewidth=1.8)
        ax.plot(drawn["share"], places, linestyle="none", marker="o", markersize=3.8, color=MAIN, clip_on=False)
    _silent_rows(ax, drawn, places, language)
    columns = {
        text(zh="占比", en="share", language=language, sep="\n"): [
            "" if pd.isna(s) else per_cent(s) for s in drawn["share"]
        ]
    }
    if "n_chars" in drawn:
        columns[text(zh="字数", en="chars", language=language, sep="\n")] = [
            "" if pd.isna(n) else number(n) for n in drawn["n_chars"]
        ]
    side_columns(ax, places, columns)
    ax.set_xlim(0, most)
    ax.xaxis.set_major_locator(FixedLocator([most * part for part in (0, 0.25, 0.5, 0.75, 1)]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
    ax.grid(axis="x")
    if value_label is None:
        value_label = text(zh="套语所占字数", en="Share of the text in formulas", language=language, sep="\n")
    ax.set_xlabel(value_label, loc="right", linespacing=LEADING)
    return drawn[[column for column in ("unit", "label", "share", "low", "high", "n_chars") if column in drawn]]


def per_cent(share: float) -> str:
    """A share in per cent: one decimal below 10 %, none from there on; "<0.1%" for less than shows; "" for NaN."""
    if math.isnan(share):
        return ""
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{share:.1%}" if 0 < share < 0.0995 else f"{share:.0%}"


def _silent_rows(ax: Axes, drawn: pd.DataFrame, places: list[float], language: Language) -> None:
    """A word where a part has too little text for a bar."""
    for place, share in zip(places, drawn["share"], strict=True):
        if pd.isna(share):
            note = text(zh="文字过少", en="too short", language=language)
            ax.annotate(
                note,
                (0, place),
                xytext=(LABEL_GAP_PT, 0),
                textcoords="offset points",
                va="center_baseline",
                fontsize=SMALL_PT,
                color=QUIET,
            )


def shared_spans(
    ax: Axes,
    spans: pd.DataFrame,
    parts: pd.DataFrame,
    *,
    boundaries: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The text as strips, one a part and all on one scale, the stretches that other texts share filled in dark.

    spans: start, end (offsets into the text, end excluded), in any order; where they overlap or touch they are drawn
    as one. parts: the strips, top first, columns unit, start, end (offsets; a span is drawn in every part it reaches
    into). boundaries: with one part only, where its own parts begin (start, label), as in dispersion. names: unit to
    English name. For a height of rows_height(n, 4.4, 16).

    Returns unit, label, start, end, from_start, to_start (characters from the part's beginning), share (of the part):
    one row a stretch drawn, and one row with NaN for a part that shares nothing. Raises FigureError for missing
    columns, no parts, a part without text, a span that ends before it begins, or boundaries over several parts.
    """
    require_columns(parts, ["unit", "start", "end"], "shared_spans parts")
    lacking = [column for column in ("start", "end") if column not in spans]
    if lacking:
        raise FigureError(f"shared_spans: the table has no column {', '.join(lacking)}")
    if (spans["end"] <= spans["start"]).any() or (parts["end"] <= parts["start"]).any():
        raise FigureError("shared_spans: a span or a part ends where it begins or before; leave it out")
    if parts["unit"].duplicated().any():
        raise FigureError("shared_spans: a unit is two parts; give each its own name")
    if boundaries is not None and len(parts) > 1:
        raise FigureError("shared_spans: boundaries are for one part; give several parts, or boundaries")
    labels = glosses(parts["unit"], names or {}, language)
    parts = parts.reset_index(drop=True).assign(label=lambda table: table["unit"].map(labels))
    places_of = zip(parts["unit"], parts["label"], parts["start"], parts["end"], strict=True)
    drawn = pd.concat(
        [_within(spans, first, last).assign(unit=unit, label=label) for unit, label, first, last in places_of],
        ignore_index=True,
    )
    length = int((parts["end"] - parts["start"]).max())
    places = wrapped_rows(ax, list(parts["label"]), share=LABEL_SHARE)
    ax.barh(places, parts["end"] - parts["start"], height=BAR_HEIGHT, color=PALE)
    place_of = dict(zip(parts["unit"], places, strict=True))
    seen = drawn.dropna(subset=["start"])
    ax.barh(
        seen["unit"].map(place_of),
        seen["to_start"] - seen["from_start"],
        left=seen["from_start"],
        height=BAR_HEIGHT,
        color=MAIN,
    )
    shares = [per_cent(drawn.loc[drawn["unit"] == unit, "share"].iloc[0]) for unit in parts["unit"]]
    value_labels(ax, parts["end"] - parts["start"], shares, places=places)
    ax.set_xlim(0, length)
    value_axis(
        ax, text(zh="字（深色为套语）", en="Characters (dark: formulas)", language=language, sep="\n"), whole=True
    )
    ax.grid(visible=False)
    if boundaries is not None and not boundaries.empty:
        require_columns(boundaries, ["start", "label"], "shared_spans boundaries")
        at = boundaries["start"].to_numpy(dtype=float) - int(parts["start"].iloc[0])
        mark_boundaries(ax, at, [str(label) for label in boundaries["label"]], length)
    return drawn[["unit", "label", "start", "end", "from_start", "to_start", "share"]]


def _within(spans: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """The stretches of one part, joined where they touch and cut to the part; a row of NaN where there are none."""
    starts, ends = spans["start"].clip(lower=first), spans["end"].clip(upper=last)
    held = pd.DataFrame({"start": starts, "end": ends})[ends > starts].sort_values(["start", "end"])
    apart = held["start"] > held["end"].cummax().shift(fill_value=-1)
    joined = held.groupby(apart.cumsum()).agg(start=("start", "min"), end=("end", "max")).astype(float)
    share = float((joined["end"] - joined["start"]).sum()) / (last - first)
    rows = joined if len(joined) else pd.DataFrame({"start": [math.nan], "end": [math.nan]})
    return rows.assign(from_start=rows["start"] - first, to_start=rows["end"] - first, share=share)
