"""Where in the text each term falls."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from src.utils.errors import FigureError
from src.utils.figures.drawing import LABEL_GAP_PT, figure_of, label_rows, number, require_columns, value_axis
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.style import MAIN, QUIET, RULE, SMALL_PT, text_width

MOST_TIERS = 4
TIER_PT = SMALL_PT * 1.5
STEM = {"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
UPRIGHT_PT = SMALL_PT * 1.12
STEM_PT = 3.0
UPRIGHT_STEM_PT = 12.0


def dispersion(
    ax: Axes,
    tokens: pd.DataFrame,
    *,
    terms: Sequence[str],
    boundaries: pd.DataFrame | None = None,
    unit: Literal["tokens", "characters"] = "tokens",
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """A tick for each occurrence of each term along the text, with the term's count at the right.

    tokens: the whole tokens table in text order, columns term, start. terms: the rows, top first; a term that never
    occurs keeps an empty row with n = 0. unit: the axis counts "tokens" (0 for the first) or "characters" (start less
    that of the first token). boundaries: where parts of the text begin, columns start (offset as in tokens), label (as
    it shall read); light lines with labels above, in tiers where they are close, upright where tiers
    do not do; the figure grows by their height.
    names: term to English name.

    Returns term, label, position, start: one row a tick. Raises FigureError for missing columns, an empty table, no
    terms, none of them in the text, or more boundaries than have room.
    """
    require_columns(tokens, ["term", "start"], "dispersion")
    if not terms:
        raise FigureError("dispersion: terms is empty")
    text_start, starts = int(tokens["start"].iloc[0]), tokens["start"].to_numpy()
    positions = np.arange(len(tokens)) if unit == "tokens" else starts - text_start
    length = len(tokens) if unit == "tokens" else int(starts[-1]) - text_start + len(str(tokens["term"].iloc[-1]))
    labels = glosses(terms, names or {}, language)
    rows = {term: row for row, term in enumerate(labels)}
    drawn = pd.DataFrame({"term": tokens["term"].to_numpy(), "position": positions, "start": starts})
    drawn = drawn[drawn["term"].isin(rows)]
    if drawn.empty:
        raise FigureError(f"dispersion: none of {', '.join(terms)} is in the text")
    row_of = drawn["term"].map(rows).to_numpy(dtype=float)
    ax.vlines(drawn["position"], row_of - 0.32, row_of + 0.32, color=MAIN, linewidth=0.7)
    label_rows(ax, list(labels.values()))
    ax.set_xlim(0, length)
    _counts(ax, drawn["term"].value_counts(), rows)
    value_axis(ax, _axis_label(unit, language))
    ax.grid(visible=False)
    if boundaries is not None and not boundaries.empty:
        require_columns(boundaries, ["start", "label"], "dispersion boundaries")
        at = np.searchsorted(starts, boundaries["start"]) if unit == "tokens" else boundaries["start"] - text_start
        _boundaries(ax, np.asarray(at, dtype=float), [str(label) for label in boundaries["label"]], length)
    drawn = drawn.assign(label=drawn["term"].map(labels), row=row_of)
    return drawn.sort_values(["row", "position"], ignore_index=True)[["term", "label", "position", "start"]]


def _axis_label(unit: str, language: Language) -> str:
    if unit == "tokens":
        return text(zh="在正文中的位置（第几词）", en="Position in the text (tokens)", language=language, sep="\n")
    return text(zh="在正文中的位置（第几字）", en="Position in the text (characters)", language=language, sep="\n")


def _counts(ax: Axes, counts: "pd.Series[int]", rows: Mapping[str, int]) -> None:
    for term, row in rows.items():
        ax.annotate(
            f"n = {number(int(counts.get(term, 0)))}",
            (1, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(LABEL_GAP_PT, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=QUIET,
        )


def _boundaries(ax: Axes, at: npt.NDArray[np.float64], labels: list[str], length: float) -> None:
    """Light lines where parts begin, their labels above: in tiers if MOST_TIERS are enough, else upright.

    The figure grows by the height of the labels, so that the rows keep theirs.
    """
    for position in at:
        ax.axvline(position, color=RULE, linewidth=0.6, zorder=0)
    widths = np.array([text_width(label) for label in labels])
    figure = figure_of(ax)
    figure.draw_without_rendering()  # only now is the width known that the labels at the sides leave
    across_pt = ax.get_window_extent().width * 72 / figure.dpi
    wanted = at / length * across_pt
    leftward = wanted + widths + LABEL_GAP_PT > across_pt
    tiers = _tiers(wanted, np.where(leftward, -widths, widths))
    if tiers is not None and max(tiers) < MOST_TIERS:
        for position, tier, label, left in zip(at, tiers, labels, leftward, strict=True):
            _tier_label(ax, position, tier, label, leftward=bool(left))
        added = STEM_PT + (max(tiers) + 1) * TIER_PT
    else:
        for position, middle, label in zip(at, _spread(wanted, across_pt), labels, strict=True):
            _upright_label(ax, position, middle - position / length * across_pt, label)
        added = UPRIGHT_STEM_PT + float(widths.max())
    figure.set_figheight(figure.get_figheight() + added / 72)


def _tiers(stems: npt.NDArray[np.float64], reach: npt.NDArray[np.float64]) -> list[int] | None:
    """A tier for each label, 0 next to the axis, such that no label lies on another or on another's stem.

    stems: where the lines are; reach: how far each label runs from its line, to the right, or to the left if negative.
    A label that lies over another's line must be above it. None where two would each have to be above the other.
    """
    far = stems + reach + np.sign(reach) * LABEL_GAP_PT
    begin, end = np.minimum(stems, far), np.maximum(stems, far)
    tiers: dict[int, int] = {}
    over = {
        one: [two for two in range(len(stems)) if two != one and begin[one] < stems[two] < end[one]]
        for one in range(len(stems))
    }
    while len(tiers) < len(stems):
        free = [one for one in over if one not in tiers and all(two in tiers for two in over[one])]
        if not free:
            return None
        one = free[-1]
        taken = {tiers[two] for two in tiers if begin[two] < end[one] and begin[one] < end[two]}
        lowest = max((tiers[two] + 1 for two in over[one]), default=0)
        tiers[one] = next(tier for tier in range(lowest, lowest + len(stems) + 1) if tier not in taken)
    return [tiers[one] for one in range(len(stems))]


def _spread(wanted: npt.NDArray[np.float64], across_pt: float) -> npt.NDArray[np.float64]:
    """Centres a line apart at least, in order, within the axis and near to where they are wanted."""
    steps = np.arange(len(wanted)) * UPRIGHT_PT
    if steps[-1] > across_pt:
        raise FigureError(
            f"dispersion: {len(wanted)} boundaries have no room side by side; pass fewer (a higher level of headings) "
            "or make the figure wider"
        )
    pushed_right = np.maximum.accumulate(wanted - steps)
    return np.asarray(np.minimum(pushed_right, across_pt - steps[-1]) + steps)


def _tier_label(ax: Axes, position: float, tier: int, label: str, *, leftward: bool) -> None:
    """The label beside a stem that continues the line to its tier."""
    ax.annotate(
        label,
        (position, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(LABEL_GAP_PT / 2 * (-1 if leftward else 1), STEM_PT + tier * TIER_PT),
        textcoords="offset points",
        ha="right" if leftward else "left",
        va="bottom",
        fontsize=SMALL_PT,
        color=QUIET,
    )
    ax.annotate(
        "",
        (position, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0, STEM_PT + (tier + 1) * TIER_PT - LABEL_GAP_PT / 2),
        textcoords="offset points",
        arrowprops=STEM,
    )


def _upright_label(ax: Axes, position: float, shift_pt: float, label: str) -> None:
    """The label upright over its line, or beside it with a slanted stem."""
    ax.annotate(
        label,
        (position, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(shift_pt, UPRIGHT_STEM_PT),
        textcoords="offset points",
        ha="center",
        va="bottom",
        rotation=90,
        fontsize=SMALL_PT,
        color=QUIET,
        arrowprops={**STEM, "relpos": (0.5, 0)},
    )
