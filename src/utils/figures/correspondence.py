"""A map of correspondence analysis: units and terms in two dimensions, with labels that keep off each other."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Polygon

from src.utils.errors import FigureError
from src.utils.figures.drawing import LINE_SPACING, equal_units, require_columns, with_halo
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.placing import MARK_PT, Floats, axes_box, in_points, nearest_on, needs_leader, place
from src.utils.figures.style import BELOW, INK, LEADING, MAIN, PALE, PAPER, QUIET, RULE, SMALL_PT, text_width, wrap

KINDS: Mapping[str, tuple[str, str]] = {
    "row": ("行", "Rows"),
    "column": ("列", "Columns"),
    "supplementary": ("补充点", "Supplementary"),
}
_MARKS: Mapping[str, dict[str, Any]] = {
    "row": {"marker": "o", "markersize": 4.5, "color": MAIN},
    "column": {"marker": "^", "markersize": 3.8, "color": BELOW},
    "supplementary": {"marker": "s", "markersize": 4, "color": QUIET, "markerfacecolor": PAPER, "markeredgewidth": 0.9},
}
_UNSURE: Mapping[str, Any] = {"markerfacecolor": PAPER, "markeredgewidth": 0.9}
_FAINT: Mapping[str, Any] = {"facecolor": "none", "edgecolor": RULE, "linewidth": 0.4, "zorder": 0.5}
_INKS: Mapping[str, str] = {"row": MAIN, "column": BELOW, "supplementary": INK}
_KEYS = ["side", "name"]
_ELLIPSE = ["major", "minor", "angle"]
UNLABELLED_PT = 1.8
UNLABELLED = "#DDA889"  # BELOW, half way to the paper: labels may lie on these
TALL_PT = SMALL_PT * 1.08
LABEL_SHARE = 0.45  # of the width of the axes, before a label is wrapped
EDGE = 0.12  # of the extent, left free around the points
NEARLY_PT = 1.5
DOUBT = 4.0  # what a label that may be taken for another point's costs, in the units of _around
DISTANCES = (3.0, 6.0, 11.0, 18.0, 27.0, 38.0, 52.0)


def correspondence_map(
    ax: Axes,
    points: pd.DataFrame,
    *,
    inertia: tuple[float, float],
    ellipses: pd.DataFrame | None = None,
    regions: pd.DataFrame | None = None,
    kinds: Mapping[str, str] | None = None,
    most_columns: int = 25,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """Row, column and supplementary points on one scale in both directions, with the share of inertia on each axis.

    points: columns side (row, column), name, x, y, optional supplementary (true or false) and contribution (to these
    two axes together). inertia: shares of the first and second axis, 0 to 1. ellipses: where points may lie, columns
    side, name, major, minor (half its length and width), angle (degrees against the clock), around the point; NaN for
    none. One that holds the origin is faint and its point hollow: it cannot be told from the average. regions: the same
    as polygons, columns side, name, x, y, one row a corner in order. most_columns: column points that are named, those
    of the highest contribution, or furthest from the origin where the table has none; the others are dots. kinds: what
    row, column and supplementary points are called in the legend. names: to English names. Labels that find no room at
    their point stand further off, with a line; so do those that are as near to another point. A square figure suits it.

    Returns kind (row, column, supplementary), side, name, label, x, y, contribution (if given), labelled, major, minor,
    angle, holds_origin (if given), inertia_x, inertia_y, in the order of points. Raises FigureError for missing
    columns, no points, a side or a share that does not exist, a name twice on a side, an ellipse or region of no point,
    or coordinates that are not finite.
    """
    require_columns(points, ["side", "name", "x", "y"], "correspondence_map")
    _require_sound(points, inertia)
    labels = glosses(points["name"], names or {}, language)
    drawn = points.reset_index(drop=True).assign(label=lambda table: table["name"].map(labels))
    extra = drawn["supplementary"].astype(bool) if "supplementary" in drawn else pd.Series(False, index=drawn.index)
    drawn = drawn.assign(kind=drawn["side"].mask(extra, "supplementary"))
    drawn = drawn.assign(labelled=_labelled(drawn, most_columns))
    if ellipses is not None:
        require_columns(ellipses, [*_KEYS, *_ELLIPSE], "correspondence_map ellipses")
        _require_known(ellipses, drawn)
        drawn = drawn.merge(ellipses[[*_KEYS, *_ELLIPSE]], on=_KEYS, how="left")
        drawn = drawn.assign(holds_origin=_holds_origin(drawn))
    if regions is not None:
        require_columns(regions, [*_KEYS, "x", "y"], "correspondence_map regions")
        _require_known(regions, drawn)
    _grounds(ax, drawn, regions)
    for kind, mark in _MARKS.items():
        for labelled, group in drawn[drawn["kind"] == kind].groupby("labelled"):
            small = {} if labelled else {"markersize": UNLABELLED_PT, "color": UNLABELLED}
            for unsure, points_of in group.groupby(group.get("holds_origin", pd.Series(False, index=group.index))):
                look = {**mark, **small, **(_UNSURE if unsure else {})}
                ax.plot(points_of["x"], points_of["y"], linestyle="none", zorder=3 if labelled else 2, **look)
    for axis, share, ordinal in ((ax.xaxis, inertia[0], 1), (ax.yaxis, inertia[1], 2)):
        zh, en = f"第 {ordinal} 维（惯量的 {share:.1%}）", f"Dimension {ordinal} ({share:.1%} of inertia)"
        axis.set_label_text(text(zh=zh, en=en, language=language, sep="\n"), linespacing=LEADING)
    _legend(ax, drawn, kinds or {}, language)
    ax.axhline(0, color=RULE, linewidth=0.6, zorder=0)
    ax.axvline(0, color=RULE, linewidth=0.6, zorder=0)
    _extent(ax, drawn, regions)
    _name_points(ax, drawn[drawn["labelled"]])
    drawn = drawn.assign(inertia_x=inertia[0], inertia_y=inertia[1])
    wanted = ["kind", *_KEYS, "label", "x", "y", "contribution", "labelled", *_ELLIPSE, "holds_origin"]
    wanted += ["inertia_x", "inertia_y"]
    return drawn[[column for column in wanted if column in drawn]]


def _require_sound(points: pd.DataFrame, inertia: tuple[float, float]) -> None:
    unknown = sorted(set(points["side"]) - {"row", "column"})
    if unknown:
        raise FigureError(f"correspondence_map: no side {', '.join(unknown)}; there are row and column")
    if points.duplicated(_KEYS).any():
        raise FigureError("correspondence_map: a name is twice on one side")
    if not np.isfinite(points[["x", "y"]].to_numpy(dtype=float)).all():
        raise FigureError("correspondence_map: a point has no place; leave out units and terms without text")
    if not all(0 <= share <= 1 for share in inertia):
        raise FigureError(f"correspondence_map: inertia {inertia}: give two shares from 0 to 1, not per cent")


def _require_known(grounds: pd.DataFrame, points: pd.DataFrame) -> None:
    known = set(points[_KEYS].itertuples(index=False, name=None))
    stray = [name for side, name in grounds[_KEYS].itertuples(index=False, name=None) if (side, name) not in known]
    if stray:
        raise FigureError(f"correspondence_map: an ellipse or region is of no point: {', '.join(stray)}")


def _labelled(drawn: pd.DataFrame, most_columns: int) -> "pd.Series[bool]":
    """All points but the columns of little weight."""
    weight = drawn["contribution"] if "contribution" in drawn else drawn["x"] ** 2 + drawn["y"] ** 2
    columns = drawn.assign(weight=weight)[drawn["kind"] == "column"]
    heavy = columns.sort_values(["weight", "name"], ascending=[False, True]).head(most_columns).index
    return (drawn["kind"] != "column") | drawn.index.isin(heavy)


def _holds_origin(drawn: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the origin lies within a point's ellipse; False where it has none."""
    turn = np.radians(drawn["angle"])
    along = drawn["x"] * np.cos(turn) + drawn["y"] * np.sin(turn)
    across = drawn["y"] * np.cos(turn) - drawn["x"] * np.sin(turn)
    inside: pd.Series[bool] = (along / drawn["major"]) ** 2 + (across / drawn["minor"]) ** 2 <= 1
    return inside


def _extent(ax: Axes, drawn: pd.DataFrame, regions: pd.DataFrame | None) -> None:
    """Limits that hold all points and grounds, the same unit in both directions."""
    corners = [drawn[["x", "y"]].to_numpy(dtype=float), np.zeros((1, 2))]
    corners += [] if regions is None else [regions[["x", "y"]].to_numpy(dtype=float)]
    ellipses = [patch for patch in ax.patches if isinstance(patch, Ellipse)]
    corners += [np.asarray(one.get_patch_transform().transform(one.get_path().vertices)) for one in ellipses]
    every = np.vstack(corners)
    equal_units(ax, every.min(axis=0), every.max(axis=0), EDGE)


def _grounds(ax: Axes, drawn: pd.DataFrame, regions: pd.DataFrame | None) -> None:
    """Ellipses and polygons below the points, their edges in their points' colour."""
    look: dict[str, Any] = {"facecolor": (*to_rgb(PALE), 0.15), "linewidth": 0.6, "zorder": 1}
    if "major" in drawn:
        for row in drawn.dropna(subset=_ELLIPSE).to_dict("records"):
            size = (2 * row["major"], 2 * row["minor"])
            edge = {"edgecolor": _INKS[row["kind"]], **look} if not row["holds_origin"] else _FAINT
            ax.add_patch(Ellipse((row["x"], row["y"]), *size, angle=row["angle"], **edge))
    if regions is not None:
        kinds = drawn.set_index(_KEYS)["kind"].to_dict()
        for key, corners in regions.groupby(_KEYS, sort=False):
            outline = corners[["x", "y"]].to_numpy(dtype=float)
            ax.add_patch(Polygon(outline, closed=True, edgecolor=_INKS[kinds[key]], **look))


def _legend(ax: Axes, drawn: pd.DataFrame, kinds: Mapping[str, str], language: Language) -> None:
    found = [kind for kind in KINDS if (drawn["kind"] == kind).any()]
    handles = [Line2D([], [], linestyle="none", **_MARKS[kind]) for kind in found]
    labels = [kinds.get(kind) or text(zh=KINDS[kind][0], en=KINDS[kind][1], language=language) for kind in found]
    if "holds_origin" in drawn and drawn["holds_origin"].any():
        kind = str(drawn.loc[drawn["holds_origin"], "kind"].iloc[0])
        handles.append(Line2D([], [], linestyle="none", **{**_MARKS[kind], **_UNSURE}))
        labels.append(text(zh="区域含原点", en="region holds the origin", language=language))
    ax.legend(
        handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(labels), borderpad=0, handletextpad=0.3
    )


def _name_points(ax: Axes, named: pd.DataFrame) -> None:
    """Labels as near to their points as there is room, joined by a line where that is not near."""
    anchors = in_points(ax, named["x"], named["y"])
    frame = axes_box(ax)
    named = named.assign(label=[wrap(label, LABEL_SHARE * (frame[2] - frame[0])) for label in named["label"]])
    marks = np.vstack([anchors + np.array(step) for step in product((-MARK_PT, 0.0, MARK_PT), repeat=2)])
    offsets = [_around(text_width(label), TALL_PT * (1 + label.count("\n"))) for label in named["label"]]
    candidates = [boxes + np.tile(anchor, 2) for (boxes, _), anchor in zip(offsets, anchors, strict=True)]
    doubts = [_doubtful(boxes, anchors, at) for at, boxes in enumerate(candidates)]
    costs = [cost + DOUBT * doubt for (_, cost), doubt in zip(offsets, doubts, strict=True)]
    chosen = place(candidates, costs, anchors=anchors, points=marks, within=frame)
    for row, anchor, (boxes, _), doubt, at in zip(
        named.to_dict("records"), anchors, offsets, doubts, chosen, strict=True
    ):
        leader = bool(doubt[at]) or needs_leader(boxes[at] + np.tile(anchor, 2), anchor)
        _name(ax, row, boxes[at], leader=leader)


def _doubtful(boxes: Floats, anchors: Floats, own: int) -> npt.NDArray[np.bool_]:
    """Whether another point lies as near to a label as its own, or nearly so; shape (n_boxes,)."""
    away = np.array([np.hypot(*(nearest_on(boxes, anchor) - anchor).T) for anchor in anchors])
    others = np.delete(away, own, axis=0)
    return np.asarray((others < away[own] + NEARLY_PT).any(axis=0), dtype=np.bool_)


def _around(width: float, tall: float) -> tuple[Floats, Floats]:
    """Boxes around a point, as offsets, and how little each is liked: right first, then near before far."""
    boxes, costs = [], []
    for distance in DISTANCES:
        n_directions = 8 if distance < 5 else 16
        for step in range(n_directions):
            angle = 2 * np.pi * step / n_directions
            across, up = np.cos(angle), np.sin(angle)
            # The box touches the circle of this radius from outside, at its side or corner.
            left = distance * across + (0 if across > 0.3 else -width if across < -0.3 else -width / 2)
            bottom = distance * up + (0 if up > 0.3 else -tall if up < -0.3 else -tall / 2)
            boxes.append([left, bottom, left + width, bottom + tall])
            costs.append(distance / 2.5 + 0.4 * (1 - across) + 0.2 * abs(up))
    return np.array(boxes), np.array(costs)


def _name(ax: Axes, row: Mapping[Any, Any], box: Floats, *, leader: bool) -> None:
    left, bottom, right, top = box
    line: dict[str, Any] = {}
    if leader:
        end = nearest_on(box[None], np.zeros(2))[0]
        relative = ((end[0] - left) / (right - left), (end[1] - bottom) / (top - bottom))
        arrow = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 2, "relpos": relative}
        line = {"arrowprops": arrow}
    with_halo(
        ax,
        row["label"],
        (row["x"], row["y"]),
        halo=PAPER,
        zorder=1.5,
        xytext=((left + right) / 2, (bottom + top) / 2),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=SMALL_PT,
        linespacing=LINE_SPACING,
        color=_INKS[row["kind"]],
        **line,
    )
