"""The outline of a plan along its pages, and how much of each heading's text is there."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LABEL_GAP_PT,
    LEAST_SMALL_ROW_PT,
    figure_of,
    require_columns,
    value_axis,
    value_labels,
)
from src.utils.figures.language import Language, gloss, text
from src.utils.figures.ordinals import ordinal_label
from src.utils.figures.style import PAPER, SMALL_PT, STATUS, most_height_pt, or_larger, text_width, wrap, written_mm

INDENT_PT = 9.0
AXIS_PT = 52.0  # what the legend and the page axis take of the height
TITLES_SHARE, CHAPTERS_SHARE = 0.62, 0.36  # of the figure's width, before a title is wrapped
LINE_SPACING = 1.1
LEAST_PAGES = 0.4  # a heading that starts and ends on one page still shows
OPEN_PAGES = 1.0  # what no later heading ends: to the last page known, which is at least this long
BAR_HEIGHT = 0.62
SPAN_HEIGHT = 0.16  # of a heading whose own headings carry the bars

STATUS_NAMES: Mapping[str, tuple[str, str]] = {
    "complete": ("有正文", "text complete"),
    "partial": ("正文不全", "text in part"),
    "missing": ("无正文", "text missing"),
}


def outline_coverage(
    ax: Axes,
    coverage: pd.DataFrame,
    *,
    detail: Literal["all", "chapters"] = "all",
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """Every heading as a bar from the page it starts on to where the next of its rank or above starts.

    coverage: one row an entry of the contents list in order, columns level, ordinal, title, page, status (complete,
    partial, missing). detail: "all" gives each entry a row, indented by level (59 entries: size "screen",
    rows_height(59)); "chapters" gives each entry of the top level one row in which its lowest headings lie side by side
    (7 chapters: size "one", rows_height(7, 7)). names: title to English name. Long titles are wrapped, and the figure
    grows where their lines need more than its rows give.

    Returns row (0 at the top), row_label (what the row is called), level, ordinal, title, label, status, first_page,
    next_page (NaN for those the list does not end), drawn_from, drawn_to: one row a bar. Raises FigureError for missing
    columns, an empty table, or more headings than a page has room for.
    """
    require_columns(coverage, ["level", "ordinal", "title", "page", "status"], "outline_coverage")
    entries = _spans(coverage.reset_index(drop=True), names or {}, language)
    heads = entries["level"] == entries["level"].min()
    heads.iloc[0] = True  # a list that begins below its top level still has a first row
    if detail == "all":
        places = _titles(ax, entries, share=TITLES_SHARE, indent_pt=INDENT_PT)
        bars = entries.assign(row=entries.index, row_label=entries["label"], place=places)
        _start_pages(ax, bars)
    else:
        places = _titles(ax, entries[heads], share=CHAPTERS_SHARE)
        bars = entries.assign(row=heads.cumsum() - 1)[entries["lowest"]]
        named = list(entries.loc[heads, "label"])
        bars = bars.assign(row_label=[named[row] for row in bars["row"]], place=[places[row] for row in bars["row"]])
    _bars(ax, bars, gap=0.0 if detail == "all" else 0.4)
    _page_axis(ax, bars, language)
    _legend(ax, [status for status in STATUS if (bars["status"] == status).any()], language)
    columns = ["row", "row_label", "level", "ordinal", "title", "label", "status"]
    return bars[[*columns, "first_page", "next_page", "drawn_from", "drawn_to"]].reset_index(drop=True)


def _spans(coverage: pd.DataFrame, names: Mapping[str, str], language: Language) -> pd.DataFrame:
    """The entries with the pages they run over and the label they carry."""
    page = coverage["page"].astype(float)
    level = coverage["level"].to_numpy()
    after = [np.flatnonzero(level[place + 1 :] <= level[place]) for place in range(len(coverage))]
    next_page = pd.Series(
        [page[place + 1 + later[0]] if later.size else np.nan for place, later in enumerate(after)], dtype=float
    )
    return coverage.assign(
        label=[
            _heading(ordinal_label(ordinal, language), gloss(title, names, language))
            for ordinal, title in zip(coverage["ordinal"], coverage["title"], strict=True)
        ],
        first_page=page,
        next_page=next_page,
        drawn_from=page,
        drawn_to=np.maximum(next_page.fillna(page.max() + OPEN_PAGES), page + LEAST_PAGES),
        lowest=np.append(level[1:] <= level[:-1], True),
    )


def _heading(ordinal: str, title: str) -> str:
    """Ordinal and title as the plan sets them: （一）有色金属 close, 第一章 发展基础 apart."""
    return f"{ordinal}{'' if ordinal.endswith('）') else ' '}{title}".strip()


def _titles(ax: Axes, entries: pd.DataFrame, *, share: float, indent_pt: float = 0.0) -> list[float]:
    """Headings down the left side, flush left, each level indented; wrapped to a share of the figure's width.

    Returns where their rows are: equally far apart, or as their lines ask where the page has no room for that.
    """
    figure = figure_of(ax)
    indents = list((entries["level"] - entries["level"].min()) * indent_pt)
    width_pt = figure.get_figwidth() * 72 * share
    labels = [wrap(label, width_pt - indent) for label, indent in zip(entries["label"], indents, strict=True)]
    heights = _row_heights(labels, figure)
    ends = np.cumsum(heights)
    places = [float(end - height / 2 - 0.5) for end, height in zip(ends, heights, strict=True)]
    if "\n" in "".join(labels):
        least_pt = LEAST_SMALL_ROW_PT if max(heights) > 1 else _row_pt(labels)
        figure.set_figheight(max(figure.get_figheight(), (float(ends[-1]) * least_pt + AXIS_PT) / 72))
    side = max(indent + text_width(label) for indent, label in zip(indents, labels, strict=True)) + 2 * LABEL_GAP_PT
    for place, label, indent in zip(places, labels, indents, strict=True):
        ax.annotate(
            label,
            (0, place),
            xycoords=ax.get_yaxis_transform(),
            xytext=(indent - side, 0),
            textcoords="offset points",
            va="center" if "\n" in label else "center_baseline",
            fontsize=SMALL_PT,
            linespacing=LINE_SPACING,
            annotation_clip=False,
        )
    ax.set_yticks([])
    ax.set_ylim(float(ends[-1]) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    return places


def _row_pt(labels: list[str]) -> float:
    """The height in points that rows take of which each has room for the most lines."""
    n_lines = 1 + max(label.count("\n") for label in labels)
    return (n_lines * LINE_SPACING + 0.6) * SMALL_PT if n_lines > 1 else LEAST_SMALL_ROW_PT


def _row_heights(labels: list[str], figure: Figure) -> list[float]:
    """How high rows are: 1 each where the page has room for that, else in rows of one line set close."""
    most_pt = most_height_pt(figure)
    if _row_pt(labels) * len(labels) + AXIS_PT <= most_pt:
        return [1.0] * len(labels)
    heights = [1 + label.count("\n") * LINE_SPACING * SMALL_PT / LEAST_SMALL_ROW_PT for label in labels]
    needed_pt = sum(heights) * LEAST_SMALL_ROW_PT + AXIS_PT
    if needed_pt > most_pt:
        raise FigureError(
            f"outline_coverage: {len(labels)} headings take {written_mm(figure, needed_pt):.0f} mm, and the page has "
            f"{written_mm(figure, most_pt):.0f} mm. Show the chapters alone (detail='chapters'){or_larger(figure)}."
        )
    return heights


def _bars(ax: Axes, bars: pd.DataFrame, *, gap: float) -> None:
    """A full bar for a heading without others below it, a thin one for the span of one that has; gaps in points."""
    ax.barh(
        bars["place"],
        bars["drawn_to"] - bars["drawn_from"],
        left=bars["drawn_from"],
        height=np.where(bars["lowest"], BAR_HEIGHT, SPAN_HEIGHT),
        color=list(bars["status"].map(STATUS)),
        edgecolor=PAPER,
        linewidth=gap,
    )


def _start_pages(ax: Axes, bars: pd.DataFrame) -> None:
    """The page each heading starts on, right of its bar; with a dash where the contents list does not end it."""
    texts = [
        f"{first:.0f}" if np.isfinite(following) else f"{first:.0f}–"
        for first, following in zip(bars["first_page"], bars["next_page"], strict=True)
    ]
    value_labels(ax, bars["drawn_to"], texts, places=list(bars["place"]))


def _page_axis(ax: Axes, bars: pd.DataFrame, language: Language) -> None:
    label = text(zh="目录所列页码", en="Page by the contents list", language=language, sep="\n")
    value_axis(ax, label, n_ticks=8, whole=True)
    ax.set_xlim(float(bars["drawn_from"].min()), float(bars["drawn_to"].max()))


def _legend(ax: Axes, found: list[str], language: Language) -> None:
    handles = [Patch(facecolor=STATUS[status], edgecolor=PAPER) for status in found]
    labels = [text(zh=STATUS_NAMES[status][0], en=STATUS_NAMES[status][1], language=language) for status in found]
    ax.legend(handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(found), borderpad=0)
