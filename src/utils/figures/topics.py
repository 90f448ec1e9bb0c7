"""How much of each unit each topic is: one panel a topic, a dot and its interval for each unit."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LEAST_SMALL_ROW_PT,
    ROOM_INCHES,
    Rows,
    axes_width,
    even_rows,
    fit_rows,
    require_columns,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import BAR, INK, LEADING, MAIN, PAPER, PT_PER_MM, QUIET, RULE, SMALL_PT, TEXT_PT, wrap

JOINT = "、"  # between the terms of a topic's label
TITLE_PT = 4.0
NO_TEXT = "—"
TOPIC_ROW_PT = 3.5 * PT_PER_MM  # small letters, and many panels above each other


def topic_prevalence(
    figure: Figure,
    prevalence: pd.DataFrame,
    *,
    units: Sequence[str] | None = None,
    n_columns: int = 2,
    names: Mapping[str, str] | None = None,
    unit_names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The share of each topic in each unit with its interval, one panel a topic under its terms, all on one scale.

    prevalence: one row a topic and unit, columns topic (number), term (the topic's label, terms joined by 、), unit,
    value (share, 0 to 1; NaN, or n = 0, where the unit has no text: a dash), low, high (NaN for none: a hollow dot),
    optional n. units: top to bottom; as they first appear, if None. n_columns: of panels. names: terms to English
    names; unit_names: units to theirs. figure: empty, from new_figure; its height is set.

    Returns topic, label, unit, unit_label, value, low, high, n (if given), in the order drawn. Raises FigureError for
    missing columns, an empty table, a pair given twice or missing, or shares outside 0 to 1.
    """
    require_columns(prevalence, ["topic", "term", "unit", "value", "low", "high"], "topic_prevalence")
    order = list(dict.fromkeys(prevalence["unit"] if units is None else units))
    topics = sorted(set(prevalence["topic"]))
    drawn = _ordered(prevalence, topics, order)
    unit_labels = glosses(order, unit_names or {}, language)
    terms_of = drawn.drop_duplicates("topic").set_index("topic")["term"]
    drawn = drawn.assign(
        label=drawn["topic"].map({topic: _label(topic, terms_of[topic], names or {}, language) for topic in topics}),
        unit_label=drawn["unit"].map(unit_labels),
    )
    n_columns = min(n_columns, len(topics))
    n_rows = math.ceil(len(topics) / n_columns)
    figure.set_figheight(ROOM_INCHES * max(1, n_rows / 2))
    cells = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    top = float(np.nanmax(drawn[["value", "high"]].to_numpy(dtype=float)))
    panels = list(cells.flat)
    for place, (ax, topic) in enumerate(zip(panels, topics, strict=False)):
        _panel(ax, drawn[drawn["topic"] == topic].reset_index(drop=True))
        lowest = place + n_columns >= len(topics)
        ax.tick_params(axis="x", labelbottom=lowest, length=2.5 if lowest else 0)
        ax.spines["bottom"].set_color(QUIET if lowest else RULE)
    first = panels[0]
    first.set_yticks(range(len(order)), [unit_labels[unit] for unit in order], fontsize=SMALL_PT)
    first.set_ylim(len(order) - 0.4, -0.6)
    first.set_xlim(0, top * 1.04 if top else 1)
    first.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    first.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.4g}" if top > 1 else f"{share:.0%}"))
    for ax in panels[len(topics) :]:
        ax.set_axis_off()
    share = text(zh="占该单元文字的份额", en="Share of the unit's text", language=language, sep="\n")
    last = panels[len(topics) - 1]
    last.set_xlabel(share, loc="right", linespacing=LEADING)
    room = axes_width(first)
    for ax, topic in zip(panels, topics, strict=False):
        label = str(drawn.loc[drawn["topic"] == topic, "label"].iloc[0])
        ax.set_title(wrap(label, room, TEXT_PT), pad=TITLE_PT, linespacing=1.15)
    rows = Rows(even_rows(len(order), TOPIC_ROW_PT), "units", both=language == "both", panels=True)
    fit_rows(first, rows, closest=LEAST_SMALL_ROW_PT / TOPIC_ROW_PT, share=1 / n_rows)
    columns = ["topic", "label", "unit", "unit_label", "value", "low", "high", "n"]
    return drawn[[column for column in columns if column in drawn]]


def _ordered(prevalence: pd.DataFrame, topics: list[int], order: list[str]) -> pd.DataFrame:
    places = {unit: place for place, unit in enumerate(order)}
    kept = prevalence[prevalence["unit"].isin(places)]
    if kept.duplicated(["topic", "unit"]).any() or len(kept) != len(topics) * len(order):
        raise FigureError("topic_prevalence: give each topic and unit once; NaN where the unit has no text")
    if "n" in kept:
        kept = kept.assign(value=kept["value"].where(kept["n"] > 0))
    known = kept["value"].dropna()
    if known.empty or (known < 0).any() or (known > 1).any():
        raise FigureError("topic_prevalence: give shares from 0 to 1, at least one of them known")
    return kept.assign(place=kept["unit"].map(places)).sort_values(["topic", "place"], ignore_index=True)


def _label(topic: int, terms: str, names: Mapping[str, str], language: Language) -> str:
    """The topic's number and its terms, each with its English name where asked for."""
    pieces = terms.split(JOINT)
    labels = glosses(pieces, names, language)
    joint = JOINT if language == "zh" else ", "
    number = text(zh=f"主题{topic}", en=f"Topic {topic}", language=language)
    return f"{number}{'：' if language == 'zh' else ': '}{joint.join(labels[piece] for piece in pieces)}"


def _panel(ax: Axes, rows: pd.DataFrame) -> None:
    """A dot a unit, filled where it has an interval; a dash where the unit has no text."""
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0, labelsize=SMALL_PT)
    ax.hlines(rows.index, rows["low"], rows["high"], color=BAR, linewidth=1.8)
    with_interval = rows["low"].notna() & rows["high"].notna()
    for kind, face in ((with_interval, MAIN), (~with_interval, PAPER)):
        dots = rows[kind & rows["value"].notna()]
        if len(dots):
            ax.plot(
                dots["value"],
                dots.index,
                linestyle="none",
                marker="o",
                markersize=3.8,
                color=MAIN,
                markerfacecolor=face,
                clip_on=False,
            )
    dash: dict[str, Any] = {"textcoords": "offset points", "va": "center_baseline", "fontsize": SMALL_PT, "color": INK}
    for row in rows.index[rows["value"].isna()]:
        ax.annotate(NO_TEXT, (0, row), xytext=(2, 0), **dash)
