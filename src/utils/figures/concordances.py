"""A concordance as a figure: the keyword under itself, its context on both sides, where it stands at the edges."""

import re
from collections.abc import Mapping
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes

from src.utils.errors import FigureError
from src.utils.figures.drawing import LEAST_SMALL_ROW_PT, Rows, axes_width, even_rows, fit_rows, require_columns
from src.utils.figures.language import Language, gloss, text
from src.utils.figures.style import BELOW, INK, PT_PER_MM, QUIET, SMALL_PT, text_width

ROW_PT = 3.9 * PT_PER_MM
GAP_PT = 5.0
HEADING_SHARE = 0.22  # of the width, at most
LEAST_CONTEXT = 4  # characters of seven points on either side
CUT = "…"
_SHOWN = ("left_shown", "right_shown", "heading_shown")
_RETURNED = {"left": "left_context", "right": "right_context"}
HEAD = -1.05  # the row of the column heads
_ORDINAL = re.compile(r"第[^ ]+?[篇章节]\s*|（[^（）]+?）\s*|[一二三四五六七八九十]+、\s*|\d+[.．、]\s*")
HEAVY, LIGHT = 0.9, 0.5
Side = Literal["left", "right"]
Align = Literal["left", "center", "right"]


def concordance_table(
    ax: Axes,
    lines: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """One line an occurrence, as a three-line table: section, left context, keyword, right context, line of the file.

    Contexts have the same room on both sides and are cut at their outer ends, with an ellipsis. The text stays in
    Chinese in every language; its keyword is explained in the heading.

    lines: in the order drawn, columns left, keyword, right, optional heading (of the section, cut where it is too long)
    and source_line, as concordance gives them. names: headings and terms to English names. The figure's height is set.

    Returns line (1 for the first), heading, left_context, keyword, right_context, source_line (as far as given),
    left_shown, right_shown, heading_shown. Raises FigureError for missing columns, no lines, or a figure too narrow for
    any context.
    """
    require_columns(lines, ["left", "keyword", "right"], "concordance_table")
    kept = [column for column in ("heading", "left", "keyword", "right", "source_line") if column in lines]
    drawn = lines[kept].reset_index(drop=True)
    ax.set_axis_off()
    width = axes_width(ax)
    places, drawn = _fitted(drawn, width, names or {}, language)
    columns: list[tuple[str, float, Align, str]] = [
        ("left_shown", places["left"], "right", INK),
        ("keyword", places["keyword"], "center", BELOW),
        ("right_shown", places["right"], "left", INK),
        ("heading_shown", 0.0, "left", QUIET),
        ("source_line", width, "right", QUIET),
    ]
    for column, across, align, ink in columns:
        for row, content in enumerate(drawn.get(column, ())):
            _write(ax, (across, row), str(content), ha=align, ink=ink)
    _write(ax, (places["keyword"], HEAD), _keyword_head(drawn, names or {}, language), ha="center")
    if "heading" in kept:
        _write(ax, (0.0, HEAD), text(zh="标题", en="section", language=language), ha="left")
    if "source_line" in kept:
        _write(ax, (width, HEAD), _line_head(language), ha="right")
    for at, weight in ((-1.6, HEAVY), (-0.5, LIGHT), (len(drawn) - 0.5, HEAVY)):
        ax.plot([0, width], [at, at], color=INK, linewidth=weight, clip_on=False)
    ax.set_xlim(0, width)
    ax.set_ylim(len(drawn) - 0.5, -1.6)
    ends = [end + 1.1 * ROW_PT for end in even_rows(len(drawn), ROW_PT)]  # below the heads of the columns
    fit_rows(ax, Rows(ends, "lines"), closest=LEAST_SMALL_ROW_PT / ROW_PT)
    named = drawn.assign(line=drawn.index + 1).rename(columns=_RETURNED)
    return named[["line", *[_RETURNED.get(column, column) for column in kept], *[c for c in _SHOWN if c in drawn]]]


def _fitted(
    drawn: pd.DataFrame, width: float, names: Mapping[str, str], language: Language
) -> tuple[dict[str, float], pd.DataFrame]:
    """Where the columns stand in points, and the texts cut to them."""
    heading_pt = number_pt = 0.0
    if "heading" in drawn:
        headings = _headings(drawn["heading"], HEADING_SHARE * width, names, language)
        heading_pt = max(text_width(heading) for heading in headings)
        drawn = drawn.assign(heading_shown=headings)
    if "source_line" in drawn:
        number_pt = max(text_width(str(content)) for content in (*drawn["source_line"], _line_head(language)))
    keyword_pt = max(text_width(keyword) for keyword in drawn["keyword"])
    first = heading_pt + (GAP_PT if heading_pt else 0.0)
    last = width - number_pt - (GAP_PT if number_pt else 0.0)
    context_pt = (last - first - keyword_pt - GAP_PT) / 2
    if context_pt < LEAST_CONTEXT * SMALL_PT:
        raise FigureError("concordance_table: the keyword leaves its context no room; use a wider size, or no headings")
    drawn = drawn.assign(
        left_shown=[cut(content, context_pt, "left") for content in drawn["left"]],
        right_shown=[cut(content, context_pt, "right") for content in drawn["right"]],
    )
    middle = first + context_pt + GAP_PT / 2 + keyword_pt / 2
    return {
        "left": middle - keyword_pt / 2 - GAP_PT / 2,
        "keyword": middle,
        "right": middle + keyword_pt / 2 + GAP_PT / 2,
    }, drawn


def _headings(headings: "pd.Series[str]", room_pt: float, names: Mapping[str, str], language: Language) -> list[str]:
    """Ordinals and titles of the sections; titles alone where one is translated or has no room with its ordinal."""
    titles = [_ORDINAL.sub("", heading, count=1) if _ORDINAL.match(heading) else heading for heading in headings]
    labels = [gloss(title, names, language) for title in titles]
    if labels == titles and all(text_width(heading) <= room_pt for heading in headings):
        return list(headings)
    return [cut(label, room_pt, "right") for label in labels]


def cut(content: str, width_pt: float, side: Side) -> str:
    """As much of a text as has room, an ellipsis at the side where some is cut off."""
    if text_width(content) <= width_pt:
        return content
    while content:
        content = content[1:] if side == "left" else content[:-1]
        shown = CUT + content.lstrip() if side == "left" else content.rstrip() + CUT
        if text_width(shown) <= width_pt:
            return shown
    return ""


def _write(ax: Axes, at: tuple[float, float], content: str, *, ha: Align, ink: str = INK) -> None:
    text_width(content)  # raises for a character without a glyph, before matplotlib draws a box for it
    ax.text(*at, content, ha=ha, va="center_baseline", fontsize=SMALL_PT, color=ink)


def _line_head(language: Language) -> str:
    return text(zh="行", en="line", language=language)


def _keyword_head(drawn: pd.DataFrame, names: Mapping[str, str], language: Language) -> str:
    """The keyword with its English name, where there is only one and it has one."""
    keywords = list(dict.fromkeys(drawn["keyword"]))
    if len(keywords) == 1 and language != "zh" and names.get(keywords[0]):
        return f"{keywords[0]} = {names[keywords[0]]}"
    return text(zh="关键词", en="keyword", language=language)
