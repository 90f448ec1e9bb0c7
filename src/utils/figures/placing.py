"""Where labels go among points and lines: each has some places it may stand, and takes the best that is free.

Plain search without chance, so that the same figure comes out each time: labels choose in turn, then each may move as
long as that makes things better. Coordinates are points (1/72 inch) from the figure's lower left corner.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from src.utils.figures.drawing import figure_of

Floats = npt.NDArray[np.float64]

MOST_SWEEPS = 40
STEP_PT = 1.5  # between the points that stand for a line
LEADER_PT = 5.0  # a label further than this from its point is joined to it by a line
LEADER_POINTS = 12
MOST_ROUNDS, MOST_WISHES = 3, 12
WORTH_MOVING = 3.0  # above what a label's best place costs
LITTLE = 1e-9
ON_LABEL, ON_POINT, ON_LINE, OUTSIDE = 1000.0, 40.0, 20.0, 5000.0
MARK_PT = 2.6  # half of what a point's mark takes, with room around it


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
    anchors: Floats | None = None,
    points: Floats | None = None,
    taken: Floats | None = None,
    within: Floats | None = None,
) -> list[int]:
    """Choose one of its candidates for each label, so that labels lie on nothing and each stands where it likes best.

    candidates: for each label its boxes (left, bottom, right, top), shape (n_candidates, 4). costs: how little each is
    liked, from 0 up, small against 40. anchors: the point each label speaks of, shape (n_labels, 2); a label further
    off than LEADER_PT has a line to it, which should cross no label. points: what labels should not lie on, shape
    (n, 2). taken: boxes no label may lie on. within: the box they must stay in. Returns the index of the chosen
    candidate of each label; where none is free, the one that lies on least.
    """
    fixed = [cost + _standing(boxes, points, taken, within) for boxes, cost in zip(candidates, costs, strict=True)]
    if anchors is None:
        lines = [np.full((len(boxes), 1, 2), np.nan) for boxes in candidates]
    else:
        lines = [_leaders(boxes, anchor) for boxes, anchor in zip(candidates, anchors, strict=True)]
        for label, line in enumerate(lines):
            marks = np.delete(anchors, label, axis=0)
            over = _crossings(line, np.column_stack([marks - MARK_PT, marks + MARK_PT]))
            fixed[label] = fixed[label] + ON_LINE * (over > 0).sum(axis=1)
    search = _Search(fixed, _pair_costs(candidates, lines))
    chosen: dict[int, int] = {}
    for _ in range(MOST_SWEEPS):
        before = dict(chosen)
        for label in range(len(candidates)):
            search.choose(label, chosen)
        if chosen == before:
            break
    return [spot for _, spot in sorted(search.with_room_made(chosen).items())]


class _Search:
    """What each candidate costs by itself and with each candidate of each other label; and moves among them."""

    def __init__(self, fixed: Sequence[Floats], pairs: Sequence[Mapping[int, Floats]]) -> None:
        self.fixed, self.pairs = fixed, pairs

    def totals(self, label: int, chosen: Mapping[int, int]) -> Floats:
        """What each candidate of a label costs, given where the others are."""
        total = self.fixed[label].copy()
        for other, cost in self.pairs[label].items():
            if other in chosen:
                total += cost[:, chosen[other]]
        return total

    def choose(self, label: int, chosen: dict[int, int]) -> None:
        """Give a label its best spot among the others, if better than the one it has."""
        totals = self.totals(label, chosen)
        best = int(totals.argmin())
        if label not in chosen or totals[best] < totals[chosen[label]] - LITTLE:
            chosen[label] = best

    def cost(self, chosen: Mapping[int, int]) -> float:
        """What all spots cost; two labels in each other's way count for both."""
        return float(sum(self.totals(label, chosen)[spot] for label, spot in chosen.items()))

    def with_room_made(self, chosen: dict[int, int]) -> dict[int, int]:
        """Let each label that stands badly take a spot it likes and those in its way move, where all gain by that."""
        cost = self.cost(chosen)
        for _ in range(MOST_ROUNDS):
            before = cost
            badly = {label: float(self.totals(label, chosen)[spot]) for label, spot in chosen.items()}
            for label in sorted(chosen, key=lambda one: (-badly[one], one)):
                if self.totals(label, chosen)[chosen[label]] - self.fixed[label].min() < WORTH_MOVING:
                    continue
                for wish in np.argsort(self.fixed[label], kind="stable")[:MOST_WISHES]:
                    trial = {**chosen, label: int(wish)}
                    for other, pair in self.pairs[label].items():
                        if pair[wish, trial[other]] > 0:
                            self.choose(other, trial)
                    if self.cost(trial) < cost - LITTLE:
                        chosen, cost = trial, self.cost(trial)
                        break
            if cost > before - LITTLE:
                break
        return chosen


def _pair_costs(candidates: Sequence[Floats], lines: Sequence[Floats]) -> list[dict[int, Floats]]:
    """For each label and each other that may come near it: what candidates cost together, shape (own, others)."""
    low = np.array([boxes[:, :2].min(axis=0) for boxes in candidates]).reshape(-1, 2)
    high = np.array([boxes[:, 2:].max(axis=0) for boxes in candidates]).reshape(-1, 2)
    pairs: list[dict[int, Floats]] = [{} for _ in candidates]
    for one in range(len(candidates)):
        near = (low[one] < high).all(axis=1) & (high[one] > low).all(axis=1)
        for two in (two for two in range(one + 1, len(candidates)) if near[two]):
            cost = ON_LABEL * _shared(candidates[one], candidates[two])
            cost += ON_POINT * _crossings(lines[one], candidates[two])
            cost += ON_POINT * _crossings(lines[two], candidates[one]).T
            cost += ON_LINE * _intersecting(lines[one], lines[two])
            pairs[one][two], pairs[two][one] = cost, cost.T
    return pairs


def nearest_on(boxes: Floats, anchor: Floats) -> Floats:
    """The point of each box that is nearest to the anchor, shape (n, 2)."""
    return np.clip(np.asarray(anchor, dtype=np.float64)[None], boxes[:, :2], boxes[:, 2:])


def needs_leader(box: Floats, anchor: Floats) -> bool:
    """Whether a label is so far from what it speaks of that a line must join them."""
    return float(np.hypot(*(nearest_on(box[None], anchor)[0] - anchor))) > LEADER_PT


def _leaders(boxes: Floats, anchor: Floats) -> Floats:
    """Points along the line from each box to the anchor, NaN where it is near; shape (n_boxes, LEADER_POINTS, 2)."""
    ends = nearest_on(boxes, anchor)
    steps = np.linspace(0, 1, LEADER_POINTS)[None, :, None]
    lines = ends[:, None] + steps * (anchor[None, None] - ends[:, None])
    near = np.hypot(*(ends - anchor).T) <= LEADER_PT
    lines[near] = np.nan
    return np.asarray(lines, dtype=np.float64)


def _covered(boxes: Floats, points: Floats) -> Floats:
    """How many points lie in each box."""
    inside = (points[None] > boxes[:, None, :2]) & (points[None] < boxes[:, None, 2:])
    return np.asarray(inside.all(axis=2).sum(axis=1), dtype=np.float64)


def _crossings(lines: Floats, boxes: Floats) -> Floats:
    """How many points of each line lie in each box, shape (n_lines, n_boxes)."""
    across, up = lines[:, :, None, 0], lines[:, :, None, 1]
    inside = (across > boxes[:, 0]) & (across < boxes[:, 2]) & (up > boxes[:, 1]) & (up < boxes[:, 3])
    return np.asarray(inside.sum(axis=1), dtype=np.float64)


def _intersecting(lines: Floats, others: Floats) -> Floats:
    """Whether lines cross others (each from its first point to its last), 0 or 1, shape (n_lines, n_others)."""
    start, end = lines[:, None, 0], lines[:, None, -1]
    begin, stop = others[None, :, 0], others[None, :, -1]
    with np.errstate(invalid="ignore"):
        apart = _side(start, end, begin) * _side(start, end, stop) < 0
        return np.asarray(apart & (_side(begin, stop, start) * _side(begin, stop, end) < 0), dtype=np.float64)


def _side(start: Floats, end: Floats, point: Floats) -> Floats:
    """On which side of a line a point lies: above 0 left of it, below 0 right, 0 on it; NaN where there is no line."""
    way, to = end - start, point - start
    return np.asarray(way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0], dtype=np.float64)


def _standing(boxes: Floats, points: Floats | None, taken: Floats | None, within: Floats | None) -> Floats:
    """What each box costs for what it lies on that does not move."""
    cost = np.zeros(len(boxes))
    if points is not None and len(points):
        cost += ON_POINT * _covered(boxes, points)
    if taken is not None and len(taken):
        cost += ON_LABEL * _shared(boxes, taken).sum(axis=1)
    if within is not None:
        out = (boxes[:, :2] < within[:2]).any(axis=1) | (boxes[:, 2:] > within[2:]).any(axis=1)
        cost += OUTSIDE * out
    return cost


def _shared(boxes: Floats, others: Floats) -> Floats:
    """How much boxes lie on others, shape (n_boxes, n_others): 0, or 1 and the share of the smaller that is covered."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    area = sides[..., 0] * sides[..., 1]
    least = np.minimum(_areas(boxes)[:, None], _areas(others)[None])
    return np.asarray((area > 0) + area / least, dtype=np.float64)


def _areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), dtype=np.float64)
