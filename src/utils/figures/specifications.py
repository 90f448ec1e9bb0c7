"""A specification chart: a result under every set of choices, and below it the choices."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LABEL_GAP_PT,
    LEAST_SMALL_ROW_PT,
    ROOM_INCHES,
    Rows,
    axes_width,
    fit_rows,
    require_columns,
)
from src.utils.figures.language import Language, text
from src.utils.figures.passport import Pair
from src.utils.figures.style import (
    BAR,
    BELOW,
    INK,
    LEADING,
    MAIN,
    PAPER,
    PT_PER_MM,
    QUIET,
    RULE,
    SMALL_PT,
    text_width,
    wrap,
)
from src.utils.words.dictionaries import LAYERS

UPPER_PT = 34 * PT_PER_MM
OPTION_PT = 3.4 * PT_PER_MM
GROUP_GAP = 0.35  # rows, above each choice
LABEL_SHARE = 0.5  # of the figure's width, at most
INDENT_PT = 6.0
FULL_PT = 2.6  # the widest a specification is drawn
TICK_HEIGHT = 0.72  # of a row


OPTION_NAMES: Final[dict[str, Pair]] = {
    "+".join(LAYERS): ("全部词典", "all layers"),
    "+".join(LAYERS[:-1]): ("不含规划自有词", "no plan terms"),
    "user+counties+industries": ("县与产业", "units only"),
    "general+official": ("通用与公文", "general, official"),
    "general": ("通用", "general"),
    "official": ("公文", "official"),
    "heading": ("标题", "heading"),
    "heading+mention": ("标题与提及", "heading, mention"),
    "frequency": ("频次", "frequency"),
    "cosine": ("余弦", "cosine"),
    "average": ("平均连接", "average"),
    "complete": ("最远连接", "complete"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "none": ("无", "none"),
}
"""What the options of measures.plan_choices.CHOICES are called; a formula's name is the same in both languages."""


def specification_chart(
    figure: Figure,
    specifications: pd.DataFrame,
    choices: pd.DataFrame,
    *,
    value_label: str,
    value: str = "agreement",
    choice_names: Mapping[str, str] | None = None,
    option_names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The value of each specification with its interval above, sorted; below, a mark for each option it chose.

    specifications: one row each, columns specification (0 is the headline, drawn as a diamond with a line to its
    options), the value, optional <value>_low and <value>_high. They are drawn by falling value, ties by number.
    choices: one row a specification and choice, columns specification, choice, option. value_label: the value and its
    unit. choice_names, option_names: how choices and options are called, in the language of the figure, where not as in
    OPTION_NAMES; the options of a choice stand as in option_names, the others after them as they first appear. figure:
    empty, from new_figure; its height is set. Marks are as narrow as room asks: 200 specifications fit one column.

    Returns one row a specification: place (1 for the first), specification, value, low, high (if given), headline, and
    a column for each choice with its option. Raises FigureError for missing columns, an empty table, no headline, a
    specification given twice or without an option for each choice, or values that are not finite.
    """
    require_columns(specifications, ["specification", value], "specification_chart")
    require_columns(choices, ["specification", "choice", "option"], "specification_chart choices")
    drawn = _sorted(specifications, value)
    chosen = _chosen(choices, drawn)
    usual = {option: text(zh=zh, en=en, language=language) for option, (zh, en) in OPTION_NAMES.items()}
    rows = _rows(chosen, dict(choice_names or {}), dict(option_names or {}), usual)
    figure.set_figheight(ROOM_INCHES)
    lower_pt = (float(rows["row"].max()) + 1) * OPTION_PT
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[UPPER_PT, lower_pt])
    lower.set_xlim(0.5, len(drawn) + 0.5)
    _name_rows(lower, rows, figure.get_figwidth() * 72 * LABEL_SHARE)
    lower.set_xlabel(
        text(
            zh=f"{len(drawn)} 种设定，按数值排列",
            en=f"{len(drawn)} specifications, by value",
            language=language,
            sep="\n",
        ),
        loc="right",
        linespacing=LEADING,
    )
    upper.set_ylabel(wrap(value_label, UPPER_PT), linespacing=LEADING)
    pitch = axes_width(lower) / len(drawn)
    _values(upper, drawn, pitch, language)
    _marks(lower, drawn, chosen, rows, pitch)
    share = lower_pt / (lower_pt + UPPER_PT)
    ends = ((rows.groupby("choice", sort=False)["row"].max() + 1) * OPTION_PT).tolist()
    what = "choices (leave others out of the table of choices)"
    fit_rows(lower, Rows(ends, what, both=language == "both"), closest=LEAST_SMALL_ROW_PT / OPTION_PT, share=share)
    return drawn.merge(chosen.reset_index(), on="specification")


def _sorted(specifications: pd.DataFrame, value: str) -> pd.DataFrame:
    if specifications["specification"].duplicated().any():
        raise FigureError("specification_chart: a specification has several rows")
    if not (specifications["specification"] == 0).any():
        raise FigureError("specification_chart: there is no specification 0, the headline")
    if not np.isfinite(specifications[value].astype(float)).all():
        raise FigureError(
            f"specification_chart: {value} is not finite everywhere; leave those specifications out and say so"
        )
    ordered = specifications.sort_values([value, "specification"], ascending=[False, True], ignore_index=True)
    columns = {"place": range(1, len(ordered) + 1), "specification": ordered["specification"], "value": ordered[value]}
    columns |= {end: ordered[f"{value}_{end}"] for end in ("low", "high") if f"{value}_{end}" in ordered}
    return pd.DataFrame({**columns, "headline": ordered["specification"] == 0})


def _chosen(choices: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """The option of each specification (rows) for each choice (columns), as text."""
    kept = choices[choices["specification"].isin(drawn["specification"])]
    order = list(dict.fromkeys(kept["choice"].astype(str)))
    if kept.duplicated(["specification", "choice"]).any():
        raise FigureError("specification_chart: a specification has two options for one choice")
    texts = kept.astype({"choice": str, "option": str})
    table = texts.pivot_table(index="specification", columns="choice", values="option", aggfunc="first")
    table = table.reindex(index=drawn["specification"])[order]
    if table.isna().any(axis=None):
        raise FigureError("specification_chart: a specification has no option for a choice")
    return table.rename_axis(columns=None)


def _rows(
    chosen: pd.DataFrame, choice_names: dict[str, str], option_names: dict[str, str], usual: Mapping[str, str]
) -> pd.DataFrame:
    """The rows of the lower panel: a heading for each choice that varies or not, its options below it."""
    rows, at = [], 0.0
    for choice in chosen.columns:
        found = list(dict.fromkeys(chosen[choice]))
        options = [option for option in option_names if option in found]
        options += [option for option in found if option not in options]
        rows.append({"row": at, "choice": choice, "option": "", "label": choice_names.get(choice, choice)})
        for step, option in enumerate(options, start=1):
            label = option_names.get(option) or usual.get(option, option)
            rows.append({"row": at + step, "choice": choice, "option": option, "label": label})
        at += len(options) + 1 + GROUP_GAP
    return pd.DataFrame(rows)


def _name_rows(ax: Axes, rows: pd.DataFrame, most_pt: float) -> None:
    """Choices flush left in grey, options indented below them; a line for each option."""
    indents = [INDENT_PT if option else 0.0 for option in rows["option"]]
    widths = [indent + text_width(label) for indent, label in zip(indents, rows["label"], strict=True)]
    longest = int(np.argmax(widths))
    if widths[longest] > most_pt:
        raise FigureError(
            f"specification_chart: {rows['label'].iloc[longest]!r} leaves too little room for the marks; give it a "
            "shorter name in option_names or choice_names"
        )
    left = -widths[longest] - 2 * LABEL_GAP_PT
    for label, row, option, indent in zip(rows["label"], rows["row"], rows["option"], indents, strict=True):
        ax.annotate(
            label,
            (0, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(left + indent, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=INK if option else QUIET,
            annotation_clip=False,
        )
        if option:
            ax.axhline(row, color=RULE, linewidth=0.4, zorder=0)
    ax.set_yticks([])
    ax.set_ylim(float(rows["row"].max()) + 0.6, -0.6)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(axis="x", length=0, labelbottom=False)


def _values(ax: Axes, drawn: pd.DataFrame, pitch: float, language: Language) -> None:
    width = min(FULL_PT, 0.75 * pitch)
    if {"low", "high"} <= set(drawn):
        ax.vlines(drawn["place"], drawn["low"], drawn["high"], color=BAR, linewidth=width, zorder=1)
    ax.plot(
        drawn["place"],
        drawn["value"],
        linestyle="none",
        marker="o",
        markersize=min(3.2, 1.2 + pitch / 2),
        color=MAIN,
        zorder=2,
    )
    head = drawn[drawn["headline"]]
    ax.axhline(float(head["value"].iloc[0]), color=BELOW, linewidth=0.5, zorder=0)
    look: dict[str, Any] = {
        "linestyle": "none",
        "marker": "D",
        "markersize": 5,
        "color": BELOW,
        "markerfacecolor": PAPER,
        "markeredgewidth": 1.2,
        "clip_on": False,
    }
    ax.plot(head["place"], head["value"], zorder=4, **look)
    name = text(zh="主结果", en="headline", language=language)
    ax.legend(
        [Line2D([], [], **look)], [name], loc="lower right", bbox_to_anchor=(1, 1), borderpad=0, handletextpad=0.3
    )
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.tick_params(axis="y", labelsize=SMALL_PT)
    ax.grid(axis="y")


def _marks(ax: Axes, drawn: pd.DataFrame, chosen: pd.DataFrame, rows: pd.DataFrame, pitch: float) -> None:
    """A tick in the row of each option chosen; the headline's in its own colour, with a light line down to them."""
    row_of = {
        (choice, option): row for choice, option, row in zip(rows["choice"], rows["option"], rows["row"], strict=True)
    }
    width = min(FULL_PT, 0.75 * pitch)
    head = float(drawn.loc[drawn["headline"], "place"].iloc[0])
    for is_head, colour in ((False, MAIN), (True, BELOW)):
        group = drawn[drawn["headline"] == is_head]
        at = [
            (place, row_of[choice, chosen.loc[specification, choice]])
            for place, specification in zip(group["place"], group["specification"], strict=True)
            for choice in chosen.columns
        ]
        if at:
            across, rows_at = np.array(at, dtype=float).T
            half = TICK_HEIGHT / 2
            wide = max(width, 1.6) if is_head else width
            ax.vlines(across, rows_at - half, rows_at + half, color=colour, linewidth=wide, zorder=2 + is_head)
    ax.axvline(head, color=BELOW, linewidth=0.4, alpha=0.6, zorder=0)
