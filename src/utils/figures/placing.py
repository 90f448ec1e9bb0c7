"""Where labels go among points and lines: each has some places it may stand, and takes the best that is free.

Plain search without chance, so that the same figure comes out each time: labels choose in turn, then each may move as
long as that makes things better. Coordinates are points (1/72 inch) from the figure's lower left corner.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from src.utils.figures.drawing import figure_of

Floats = npt.NDArray[np.float64]

MOST_SWEEPS = 40
STEP_PT = 1.5  # between the points that stand for a line
ON_LABEL, ON_POINT, OUTSIDE = 1000.0, 40.0, 5000.0


def in_points(ax: Axes, across: npt.ArrayLike, down: npt.ArrayLike) -> Floats:
    """Data coordinates of laid-out axes as points of the figure, shape (n, 2)."""
    pixels = ax.transData.transform(np.column_stack([np.ravel(across), np.ravel(down)]))
    return np.asarray(pixels * 72 / figure_of(ax).dpi, dtype=np.float64)


def axes_box(ax: Axes) -> Floats:
    """The axes' own rectangle in points: left, bottom, right, top."""
    box = ax.get_window_extent()
    return np.array([box.x0, box.y0, box.x1, box.y1]) * 72 / figure_of(ax).dpi


def along(segments: Floats) -> Floats:
    """Points along lines, so that a label can be kept off them. segments: x0, y0, x1, y1, shape (n, 4)."""
    points = [np.empty((0, 2))]
    for x0, y0, x1, y1 in segments:
        n = max(2, int(np.hypot(x1 - x0, y1 - y0) / STEP_PT) + 1)
        points.append(np.column_stack([np.linspace(x0, x1, n), np.linspace(y0, y1, n)]))
    return np.vstack(points)


def place(
    candidates: Sequence[Floats],
    costs: Sequence[Floats],
    *,
    points: Floats | None = None,
    taken: Floats | None = None,
    within: Floats | None = None,
) -> list[int]:
    """Choose one of its candidates for each label, so that labels lie on nothing and each stands where it likes best.

    candidates: for each label its boxes (left, bottom, right, top), shape (n_candidates, 4). costs: how little each is
    liked, from 0 up, small against 40. points: what labels should not lie on, shape (n, 2). taken: boxes no label may
    lie on. within: the box they must stay in. Returns the index of the chosen candidate of each label; where none is
    free, the one that lies on least.
    """
    fixed = [cost + _standing(boxes, points, taken, within) for boxes, cost in zip(candidates, costs, strict=True)]
    chosen: list[int] = []
    for boxes, cost in zip(candidates, fixed, strict=True):
        others = np.array([candidates[other][at] for other, at in enumerate(chosen)]).reshape(-1, 4)
        chosen.append(int((cost + ON_LABEL * _shared(boxes, others)).argmin()))
    for _ in range(MOST_SWEEPS):
        moved = False
        for label, (boxes, cost) in enumerate(zip(candidates, fixed, strict=True)):
            others = np.array([candidates[other][at] for other, at in enumerate(chosen) if other != label])
            total = cost + ON_LABEL * _shared(boxes, others.reshape(-1, 4))
            best = int(total.argmin())
            if total[best] < total[chosen[label]] - 1e-9:
                chosen[label], moved = best, True
        if not moved:
            break
    return chosen


def _standing(boxes: Floats, points: Floats | None, taken: Floats | None, within: Floats | None) -> Floats:
    """What each box costs for what it lies on that does not move."""
    cost = np.zeros(len(boxes))
    if points is not None and len(points):
        inside = (points[None] > boxes[:, None, :2]) & (points[None] < boxes[:, None, 2:])
        cost += ON_POINT * inside.all(axis=2).sum(axis=1)
    if taken is not None and len(taken):
        cost += ON_LABEL * _shared(boxes, taken)
    if within is not None:
        out = (boxes[:, :2] < within[:2]).any(axis=1) | (boxes[:, 2:] > within[2:]).any(axis=1)
        cost += OUTSIDE * out
    return cost


def _shared(boxes: Floats, others: Floats) -> Floats:
    """How much each box lies on the others: 1 for each it touches and the share of itself that is covered."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    area = sides[..., 0] * sides[..., 1]
    own = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.asarray(((area > 0) + area / own[:, None]).sum(axis=1), dtype=np.float64)
