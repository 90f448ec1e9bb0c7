"""Rows of bars: the pages a contents list gives, and ranked terms."""

from collections.abc import Hashable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    AXIS_PT,
    decimals_for,
    number,
    require_columns,
    rows_left_out,
    rows_with_room,
    value_axis,
    value_labels,
    wrapped_rows,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import BAR, LEADING, MAIN, PALE, TEXT_PT

LABEL_SHARE = 0.5  # of the figure's width, before a label is wrapped

VALUE_LABELS: Mapping[str, tuple[str, str]] = {
    "n": ("频次（次）", "Occurrences"),
    "per_10k": ("每万词频次", "Occurrences per 10,000 words"),
}


def page_bars(
    ax: Axes,
    contents: pd.DataFrame,
    *,
    order: Literal["plan", "size"] = "plan",
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """Pages the contents list gives each heading: bar and point, with the interval that whole page numbers leave.

    contents: one row a heading, columns title, pages (difference between the page it starts on and the page the next
    heading of its rank or above starts on; NaN where no later heading ends it), optional page, low, high. Without low
    and high the interval is one page either way, not below zero: two headings may share the page on which one ends.
    order: "plan" as given, "size" most pages first (ties as in the plan). names: title to English name.

    Returns title, label, page (if given), pages, low, high in the order drawn, top first, and placed where the page has
    no room for all. Raises FigureError for missing columns, an empty table, or when no pages are known.
    """
    require_columns(contents, ["title", "pages"], "page_bars")
    if contents["pages"].isna().all():
        raise FigureError("page_bars: no heading has a known number of pages")
    drawn = contents.reset_index(drop=True)
    if order == "size":
        drawn = drawn.sort_values("pages", ascending=False, kind="stable", na_position="last", ignore_index=True)
    pages = drawn["pages"].astype(float)
    labels = glosses(drawn["title"], names or {}, language)
    drawn = drawn.assign(
        label=drawn["title"].map(labels),
        pages=pages,
        low=drawn["low"] if "low" in drawn else (pages - 1).clip(lower=0),
        high=drawn["high"] if "high" in drawn else pages + 1,
    )
    axis_label = text(zh="目录所列页数（页）", en="Pages by the contents list", language=language, sep="\n")
    drawn, seen = _named_rows(ax, drawn, axis_label, language)
    known = seen.dropna(subset=["pages"])
    ax.barh(known["at"], known["pages"], height=0.62, color=PALE)
    _points(ax, known, "pages")
    unknown = text(zh="止页不详", en="end not given", language=language)
    texts = [number(found) if np.isfinite(found) else unknown for found in seen["pages"]]
    value_labels(ax, seen["high"].fillna(0.0), texts, places=list(seen["at"]))
    ax.set_xlim(0, float(seen["high"].max()) * 1.02)
    value_axis(ax, axis_label, whole=True)
    return drawn[[column for column in ("title", "label", "page", "pages", "low", "high", "placed") if column in drawn]]


def _named_rows(
    ax: Axes, drawn: pd.DataFrame, axis_label: str, language: Language
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Name the rows that have room: all rows, with placed where some have none, and those named with their places."""
    rest_pt = AXIS_PT + axis_label.count("\n") * TEXT_PT * LEADING
    labels = list(drawn["label"])
    n_seen = rows_with_room(ax, labels, share=LABEL_SHARE, rest_pt=rest_pt)
    seen = drawn.head(n_seen)
    if n_seen < len(drawn):
        drawn = drawn.assign(placed=drawn.index < n_seen)
        labels = [*labels[:n_seen], rows_left_out(len(drawn) - n_seen, language)]
    places = wrapped_rows(ax, labels, share=LABEL_SHARE)
    return drawn, seen.assign(at=places[:n_seen])


def ranked_terms(
    ax: Axes,
    counts: pd.DataFrame,
    *,
    top_n: int = 20,
    value: str = "n",
    value_label: str | None = None,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The top_n terms by a value: bars, or points with intervals where the table has low and high.

    counts: one row a term, columns term, the value (n, per_10k or any other number), optional low and high in the same
    unit. value_label: the axis label with its unit, needed unless value is n or per_10k. names: term to English name.

    Returns rank, term, label, the value, low and high (if given) in the order drawn, top first; equal values by term;
    and placed where the page has no room for all, of which a last row then says how many there are.
    Raises FigureError for missing columns, an empty table, a term given twice, or a value without label.
    """
    require_columns(counts, ["term", value], "ranked_terms")
    if counts["term"].duplicated().any():
        raise FigureError("ranked_terms: a term has several rows; choose one unit, or sum over units first")
    if value_label is None:
        if value not in VALUE_LABELS:
            raise FigureError(f"ranked_terms: give value_label with the unit of {value!r}")
        zh, en = VALUE_LABELS[value]
        value_label = text(zh=zh, en=en, language=language, sep="\n")
    drawn = counts.sort_values([value, "term"], ascending=[False, True], ignore_index=True).head(top_n)
    labels = glosses(drawn["term"], names or {}, language)
    drawn = drawn.assign(rank=drawn.index + 1, label=drawn["term"].map(labels))
    with_interval = {"low", "high"} <= set(drawn.columns) and drawn[["low", "high"]].notna().any(axis=None)
    drawn, seen = _named_rows(ax, drawn, value_label, language)
    if with_interval:
        _points(ax, seen, value)
        ends = seen["high"].fillna(seen[value])
    else:
        ax.barh(seen["at"], seen[value], height=0.62, color=BAR)
        ends = seen[value]
    decimals = decimals_for(seen[value])
    texts = [_value_text(row, value, decimals) for row in seen.to_dict("records")]
    value_labels(ax, ends, texts, places=list(seen["at"]))
    ax.set_xlim(0, float(ends.max()) * 1.02)
    value_axis(ax, value_label, whole=decimals == 0)
    columns = ["rank", "term", "label", value, *(["low", "high"] if with_interval else [])]
    return drawn[[*columns, *(["placed"] if "placed" in drawn else [])]]


def _value_text(row: Mapping[Hashable, float], value: str, decimals: int) -> str:
    """The value, and its interval behind it where there is one: a number right of a line's end is no end."""
    if pd.isna(row.get("low")) or pd.isna(row.get("high")):
        return number(row[value], decimals)
    return f"{number(row[value], decimals)} ({number(row['low'], decimals)}–{number(row['high'], decimals)})"


def _points(ax: Axes, drawn: pd.DataFrame, value: str) -> None:
    ax.hlines(drawn["at"], drawn["low"], drawn["high"], color=BAR, linewidth=1.8)
    ax.plot(drawn[value], drawn["at"], linestyle="none", marker="o", markersize=3.8, color=MAIN, clip_on=False)
