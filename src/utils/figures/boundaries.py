"""Where parts of a text begin: light lines over an axis along the text, with labels above that keep off each other."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from src.utils.errors import FigureError
from src.utils.figures.drawing import LABEL_GAP_PT, axes_width, figure_of
from src.utils.figures.style import QUIET, RULE, SMALL_PT, keep_to_page, text_width

MOST_TIERS = 4
TIER_PT = SMALL_PT * 1.5
STEM = {"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
UPRIGHT_PT = SMALL_PT * 1.12
STEM_PT = 3.0
UPRIGHT_STEM_PT = 12.0


def mark_boundaries(ax: Axes, at: npt.NDArray[np.float64], labels: list[str], length: float) -> None:
    """Light lines where parts begin, their labels above: in tiers if MOST_TIERS are enough, else upright.

    The figure grows by the height of the labels, so that the rows keep theirs as long as its page is high enough.
    """
    for position in at:
        ax.axvline(position, color=RULE, linewidth=0.6, zorder=0)
    widths = np.array([text_width(label) for label in labels])
    figure = figure_of(ax)
    across_pt = axes_width(ax)
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
    keep_to_page(figure)


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
            f"{len(wanted)} boundaries have no room side by side; pass fewer (a higher level of headings) "
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
