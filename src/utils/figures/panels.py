"""Small multiples: the leading terms of each county or industry, on one scale."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from src.utils.errors import FigureError
from src.utils.figures.drawing import LABEL_GAP_PT, decimals_for, lay_out, number, require_columns, value_axis
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import (
    BAR,
    INK,
    LEADING,
    PT_PER_MM,
    QUIET,
    RULE,
    SMALL_PT,
    TEXT_PT,
    most_height_pt,
    or_larger,
    text_width,
    weight_of,
    wrap,
)

LINE_PT = SMALL_PT * 1.25
ASCENT_PT = SMALL_PT * 0.9
BAR_PT = 2.2
GAP_PT = 4.0
TITLE_GAP_PT = 4.0
HEAD_PT = 18.0
AXIS_PT = 28.0
MOST_COLUMNS = 6


class _Layout(NamedTuple):
    """How the panels stand: terms in each, columns and rows of panels, terms and headings in lines, points high."""

    top_n: int
    n_columns: int
    n_rows: int
    column_pt: float
    lines: Mapping[str, list[str]]
    titles: Mapping[str, str]
    panel_pt: float
    height_pt: float


def term_panels(
    figure: Figure,
    scores: pd.DataFrame,
    *,
    units: Sequence[str],
    value_label: str,
    top_n: int = 5,
    n_columns: int = 3,
    too_little: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    unit_names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The top_n terms of each unit by score, one panel a unit, all on one scale from zero.

    Each term stands above its bar, so that a long English name has the panel's whole width, with the value at the
    right. scores: one row a unit and term of one measure, columns unit, term, value. units: the panels, in reading
    order. value_label: the measure and its unit. too_little: units with too little text to compare and their words;
    their panels say so in a sentence. A unit without scores that is not among them says that it has no term.
    names, unit_names: term and unit to English name. figure: empty, from new_figure; its height is set to what the rows
    take, names too long for a line being wrapped. Where a word is too long for n_columns, or the page not high enough,
    there are fewer or more columns, then fewer terms; the axis says how many.

    Returns unit, unit_label, rank, term, label, value, note in the order drawn (rank 0, an empty term and the sentence
    as note for a unit without bars), and placed where not all top_n terms have room. Raises FigureError for missing
    columns, no units, nothing to draw in any panel, or a page without room for one term in each.
    """
    require_columns(scores, ["unit", "term", "value"], "term_panels")
    if scores.duplicated(["unit", "term"]).any():
        raise FigureError("term_panels: a term has several rows in one unit; choose one measure first")
    drawn = _leading(scores, list(units), top_n, too_little or {}, language)
    labels = glosses(drawn.loc[drawn["rank"] > 0, "term"], names or {}, language)
    drawn = drawn.assign(
        unit_label=drawn["unit"].map(glosses(units, unit_names or {}, language)),
        label=drawn["term"].map(lambda term: labels.get(term, "")),
    )
    top = drawn["value"].max()
    if not top > 0:
        raise FigureError("term_panels: no unit has a term to draw; print a table or a sentence instead of a figure")
    decimals = decimals_for(drawn["value"])
    laid = _layout(figure, drawn, n_columns, decimals, top_n)
    listed, drawn = drawn, drawn[drawn["rank"] <= laid.top_n]
    if len(drawn) < len(listed):
        listed = listed.assign(placed=listed["rank"] <= laid.top_n)
    n_columns, n_rows, panel_pt = laid.n_columns, laid.n_rows, laid.panel_pt
    weight = weight_of(dict.fromkeys(drawn["unit_label"]))
    figure.set_figheight(laid.height_pt / 72)
    cells = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for position, (ax, unit) in enumerate(zip(cells, units, strict=False)):
        rows = drawn[drawn["unit"] == unit]
        ax.set_title(laid.titles[unit], pad=TITLE_GAP_PT, fontweight=weight)
        ax.spines["left"].set_visible(False)
        ax.set(xlim=(0, float(top) * 1.02), ylim=(panel_pt, 0), yticks=[])
        if rows["note"].iloc[0]:
            _silent_panel(ax, wrap(rows["note"].iloc[0], laid.column_pt))
            continue
        lowest = position + n_columns >= len(units)
        _panel(ax, laid.lines[unit], list(rows["value"]), decimals)
        told = f"{value_label}\n{_first_terms(laid.top_n, language)}" if len(drawn) < len(listed) else value_label
        value_axis(ax, wrap(told, laid.column_pt, TEXT_PT) if lowest else "", n_ticks=4, grid=False)
        if not lowest:
            ax.tick_params(axis="x", labelbottom=False, length=0)
            ax.spines["bottom"].set_color(RULE)
    for ax in cells[len(units) :]:
        ax.set_axis_off()
    if len(units) % n_columns:  # an axis' label between the last rows takes room from all panels
        lay_out(figure)
        now_pt = cells[0].get_window_extent().height * 72 / figure.dpi
        figure.set_figheight(figure.get_figheight() + max(0.0, panel_pt - now_pt) * n_rows / 72)
    columns = ["unit", "unit_label", "rank", "term", "label", "value", "note", "placed"]
    return listed[[column for column in columns if column in listed]]


def _first_terms(n_terms: int, language: Language) -> str:
    """What the axis says where a page has room for the first terms only."""
    return text(zh=f"前 {n_terms} 词，余见数据表", en=f"first {n_terms}, others in the table", language=language)


def _layout(figure: Figure, drawn: pd.DataFrame, n_columns: int, decimals: int, top_n: int) -> _Layout:
    """As many terms as the page has room for, in n_columns or as near to them as words and page allow."""
    n_units = drawn["unit"].nunique()
    most = max(n_columns, min(n_units, MOST_COLUMNS))
    for n_terms in range(top_n, 0, -1):
        for columns in (*range(n_columns, 0, -1), *range(n_columns + 1, most + 1)):
            laid = _laid(figure, drawn[drawn["rank"] <= n_terms], n_terms, columns, decimals, cut=n_terms < top_n)
            if laid is not None:
                return laid
    raise FigureError(
        f"term_panels: the page has no room for one term of each of {n_units} units; show fewer units, or in one "
        f"language{or_larger(figure)}"
    )


def _laid(
    figure: Figure, drawn: pd.DataFrame, n_terms: int, n_columns: int, decimals: int, *, cut: bool
) -> _Layout | None:
    """The panels in so many columns; None where a word is too long for them, or the page not high enough."""
    column_pt = figure.get_figwidth() * 72 / n_columns - 5 * PT_PER_MM
    room = column_pt - max(text_width(number(value, decimals)) for value in drawn["value"].dropna()) - 2 * LABEL_GAP_PT
    by_unit = drawn.groupby("unit", sort=False)["label"]
    lines = {str(unit): [wrap(label, room) for label in labels] for unit, labels in by_unit}
    unit_labels = drawn.drop_duplicates("unit").set_index("unit")["unit_label"]
    weight = weight_of(unit_labels)
    titles = {str(unit): wrap(label, column_pt, TEXT_PT, weight) for unit, label in unit_labels.items()}
    if any(text_width(label) > room for found in lines.values() for label in found):
        return None
    if any(text_width(title, TEXT_PT, weight) > column_pt for title in titles.values()):
        return None
    n_rows = math.ceil(len(unit_labels) / n_columns)
    panel_pt = max(sum(_row_pt(label) for label in found) for found in lines.values())
    head_pt = HEAD_PT + max(title.count("\n") for title in titles.values()) * TEXT_PT * LEADING
    axis_pt = AXIS_PT + (TEXT_PT * LEADING if cut else 0.0)
    height_pt = n_rows * (panel_pt + head_pt) + axis_pt
    between_pt = axis_pt if len(unit_labels) % n_columns else 0.0  # an axis above an empty place in the last row
    if height_pt + between_pt > most_height_pt(figure):
        return None
    return _Layout(n_terms, n_columns, n_rows, column_pt, lines, titles, panel_pt, height_pt)


def _leading(
    scores: pd.DataFrame, units: list[str], top_n: int, too_little: Mapping[str, int], language: Language
) -> pd.DataFrame:
    """The rows drawn, unit by unit; one row of rank 0 with a note for a unit that has no bars."""
    if not units:
        raise FigureError("term_panels: units is empty")
    enough = scores[scores["unit"].isin(set(units) - set(too_little)) & (scores["value"] > 0)]
    ordered = enough.sort_values(["unit", "value", "term"], ascending=[True, False, True])
    leading = ordered.groupby("unit", sort=False).head(top_n)
    leading = leading.assign(rank=leading.groupby("unit", sort=False).cumcount() + 1, note="")
    silent = [unit for unit in units if unit not in set(leading["unit"])]
    notes = pd.DataFrame(
        {
            "unit": silent,
            "term": "",
            "value": math.nan,
            "rank": 0,
            "note": [_note(too_little.get(unit), language) for unit in silent],
        }
    )
    rows = [leading[["unit", "term", "value", "rank", "note"]]] + ([notes] if silent else [])
    both = pd.concat(rows, ignore_index=True)
    places = {unit: place for place, unit in enumerate(units)}
    return both.assign(place=both["unit"].map(places)).sort_values(["place", "rank"], ignore_index=True)


def _note(n_words: int | None, language: Language) -> str:
    if n_words is None:
        return text(zh="没有得分为正的词。", en="No term scores above zero.", language=language, sep="\n")
    return text(
        zh=f"文字过少（{n_words:,} 词），不作比较。",
        en=f"Too little text to say ({n_words:,} words).",
        language=language,
        sep="\n",
    )


def _row_pt(label: str) -> float:
    """Points that a term takes: its lines and its bar."""
    return (label.count("\n") + 1) * LINE_PT + BAR_PT + GAP_PT


def _panel(ax: Axes, labels: list[str], values: list[float], decimals: int) -> None:
    """Rows from the top, in points: the term's lines, the value right of the first, the bar below the last."""
    top = 0.0
    for label, value in zip(labels, values, strict=True):
        for line, content in enumerate(label.split("\n")):
            _words(ax, 0, top + line * LINE_PT, content, ha="left", color=INK)
        _words(ax, 1, top, number(value, decimals), ha="right", color=QUIET)
        bar_top = top + _row_pt(label) - GAP_PT - BAR_PT
        ax.barh(bar_top, value, height=BAR_PT, align="edge", color=BAR)
        top += _row_pt(label)


def _words(ax: Axes, across: float, top: float, content: str, *, ha: Literal["left", "right"], color: str) -> None:
    """One line whose baseline is set from its top, so that lines stand level whatever letters they hold."""
    ax.text(across, top + ASCENT_PT, content, transform=ax.get_yaxis_transform(), ha=ha, fontsize=SMALL_PT, color=color)


def _silent_panel(ax: Axes, note: str) -> None:
    """The sentence instead of bars, and no axis that would promise them."""
    for line, content in enumerate(note.split("\n")):
        _words(ax, 0, line * LINE_PT, content, ha="left", color=QUIET)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
