"""A heat map whose rows, and columns, stand in the order of a tree drawn beside them, branches with their stability."""

import math
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LEAST_SMALL_ROW_PT,
    LINE_SPACING,
    ROOM_INCHES,
    ROW_PT,
    Rows,
    axes_width,
    even_rows,
    fit_rows,
    number,
    require_columns,
)
from src.utils.figures.language import Language, text
from src.utils.figures.matrix import EMPTY, SLANT_PT, column_labels, unit_labels
from src.utils.figures.placing import along, axes_box, in_points, place
from src.utils.figures.style import (
    INK,
    LEADING,
    PAPER,
    QUIET,
    RULE,
    SMALL_PT,
    TEXT_PT,
    ink_on,
    or_larger,
    sequential,
    text_width,
    wrap,
    written_mm,
)

Floats = npt.NDArray[np.float64]

TREE_SHARE = 0.24  # of the figure's width
LABEL_SHARE = 0.3  # of it, before a row's label is wrapped
TOP_TREE_PT = 60.0
BAR_PT = 5.0
DIGIT_PT = SMALL_PT * 1.05  # what a line of digits takes, with the room above and below
LEAST_PT = 8.6  # and narrower than this none
FIRM = 0.5  # branches below this stability are drawn light


class Merge(NamedTuple):
    """Two branches joined: their places along the leaves, their heights, where they join and how stable that is."""

    places: tuple[float, float]
    heights: tuple[float, float]
    height: float
    stability: float
    members: tuple[str, ...]


def with_intervals(drawn: pd.DataFrame, pairs: pd.DataFrame, measure: str = "cosine") -> pd.DataFrame:
    """The table of a clustered heat map of one set of units, with what is known of each pair: low, high, shuffled.

    drawn: as clustered_heat_map returns it. pairs: as measures.similarity.similarities gives them, each pair once.
    Cells on the diagonal and branches have NaN there. Raises FigureError for missing columns.
    """
    require_columns(pairs, ["unit", "other", "measure", "low", "high", "shuffled"], "with_intervals")
    known = pairs.loc[pairs["measure"] == measure, ["unit", "other", "low", "high", "shuffled"]]
    turned = known.rename(columns={"unit": "column", "other": "row"})
    both = pd.concat([known.rename(columns={"unit": "row", "other": "column"}), turned])
    return drawn.merge(both, on=["row", "column"], how="left")


def clustered_heat_map(
    figure: Figure,
    matrix: pd.DataFrame,
    merges: pd.DataFrame,
    *,
    value_label: str,
    column_merges: pd.DataFrame | None = None,
    row_names: Mapping[str, str] | None = None,
    column_names: Mapping[str, str] | None = None,
    short: Mapping[str, str] | None = None,
    distance_label: str | None = None,
    decimals: int = 2,
    least: float = 0.0,
    language: Language = "zh",
) -> pd.DataFrame:
    """A heat map of similarities, or of units by terms, in the order of the tree at its right (and of one above it).

    matrix: numbers from 0, one row a unit; where rows and columns are the same units (similarities, both halves given)
    the columns follow the rows' tree and the diagonal is left grey, out of the scale. merges: the rows' tree as scipy's
    linkage has it, one row a merge from the first to the root, columns left, right (0 to n-1 the matrix's rows in
    order, n for the first merge, …), height, optional stability (0 to 1; NaN where unknown, printed in per cent; below
    0.5 the branch is light). column_merges: the same for columns. value_label: what the numbers are, at the colour bar.
    distance_label: what the heights are. row_names, column_names: to English names; short: to shorter Chinese ones.
    least: the number at which the colours begin, where all are far from 0; what is below has the lightest. Numbers are
    printed in the cells where they fit. figure: empty, from new_figure; its height is set.

    Returns one row a cell and one a merge: part (cell, row branch, column branch), row, row_label, column,
    column_label, value, members (joined by "、"), height, stability. Raises FigureError for a matrix that is empty,
    negative or not finite, trees that are not of these rows or columns, or more columns than have room.
    """
    values = matrix.to_numpy(dtype=float)
    if not values.size or not np.isfinite(values).all() or values.min() < 0:
        raise FigureError("clustered_heat_map: give a matrix of finite numbers from 0, without gaps")
    symmetric = list(matrix.index) == list(matrix.columns)
    leaves, tree = _tree(merges, [str(unit) for unit in matrix.index], "merges")
    if column_merges is not None and not symmetric:
        across, column_tree = _tree(column_merges, [str(unit) for unit in matrix.columns], "column_merges")
    else:
        across, column_tree = (leaves if symmetric else list(range(len(matrix.columns)))), []
    ordered = matrix.iloc[leaves, across]
    rows = unit_labels(ordered.index, row_names, short, language)
    columns = unit_labels(ordered.columns, row_names if symmetric else column_names, short, language)
    main, beside, above, scale = _panels(figure, len(rows), with_top=bool(column_tree))
    _cells(main, scale, ordered, symmetric=symmetric, value_label=value_label, least=least)
    lines = [wrap(label, figure.get_figwidth() * 72 * LABEL_SHARE) for label in rows]
    more_pt = max(label.count("\n") for label in lines) * SMALL_PT * LINE_SPACING
    main.set_yticks(np.arange(len(rows)) + 0.5, lines, fontsize=SMALL_PT, linespacing=LINE_SPACING)
    main.tick_params(axis="y", length=0)
    main.set_ylim(len(rows), 0)
    _draw_tree(beside, tree)
    if above is not None:
        _draw_tree_above(above, column_tree)
    _tree_label(beside, tree + column_tree, distance_label, language)
    pitch = axes_width(main) / len(columns)
    if pitch < LEAST_PT:
        raise FigureError(
            f"clustered_heat_map: {len(columns)} columns have {written_mm(figure, pitch):.1f} mm each, and need "
            f"{written_mm(figure, LEAST_PT):.1f} mm. Show {int(pitch * len(columns) / LEAST_PT)} at most"
            f"{or_larger(figure)}."
        )
    turn = 45.0 if pitch >= SLANT_PT else 90.0
    column_labels(main, columns, turn)
    row_pt = max(ROW_PT, LEAST_SMALL_ROW_PT + more_pt)
    fit_rows(
        main,
        Rows(even_rows(len(rows), row_pt), both=language == "both"),
        closest=(LEAST_SMALL_ROW_PT + more_pt) / row_pt,
    )
    _print_values(main, ordered, decimals, symmetric=symmetric, least=least)
    _print_stability(beside, tree, upright=False)
    if above is not None:
        _print_stability(above, column_tree, upright=True)
    return _table(ordered, rows, columns, {"row branch": tree, "column branch": column_tree})


def _tree(merges: pd.DataFrame, units: list[str], name: str) -> tuple[list[int], list[Merge]]:
    """The leaves in drawing order, and the merges with their places along them."""
    require_columns(merges, ["left", "right", "height"], f"clustered_heat_map {name}")
    joined = merges[["left", "right"]].astype(int).to_numpy().tolist()
    n = len(units)
    if len(joined) != n - 1 or sorted(child for pair in joined for child in pair) != list(range(2 * n - 2)):
        raise FigureError(
            f"clustered_heat_map: {name} is no tree of {n} leaves; it needs {n - 1} merges in which each leaf and each "
            "merge but the last stands once"
        )
    members: dict[int, list[int]] = {leaf: [leaf] for leaf in range(n)}
    for step, (left, right) in enumerate(joined):
        members[n + step] = members[left] + members[right]
    leaves = members[2 * n - 2]
    place = {leaf: at + 0.5 for at, leaf in enumerate(leaves)}
    height = dict.fromkeys(range(n), 0.0)
    stability = merges["stability"] if "stability" in merges else pd.Series(math.nan, index=merges.index)
    tree = []
    for step, ((left, right), top, firm) in enumerate(zip(joined, merges["height"], stability, strict=True)):
        node = n + step
        held = tuple(units[leaf] for leaf in members[node])
        tree.append(Merge((place[left], place[right]), (height[left], height[right]), float(top), float(firm), held))
        place[node], height[node] = (place[left] + place[right]) / 2, float(top)
    return leaves, tree


def _panels(figure: Figure, n_rows: int, *, with_top: bool) -> tuple[Axes, Axes, Axes | None, Axes]:
    """The heat map, the tree at its right, the tree above it, and above all the colour bar."""
    top_pt = TOP_TREE_PT if with_top else 0.0
    body_pt = n_rows * ROW_PT
    figure.set_figheight(ROOM_INCHES)
    heights = [BAR_PT, top_pt, body_pt] if with_top else [BAR_PT, body_pt]
    grid = figure.add_gridspec(
        len(heights), 2, height_ratios=heights, width_ratios=[1 - TREE_SHARE, TREE_SHARE], wspace=0.0, hspace=0.02
    )
    main = figure.add_subplot(grid[-1, 0])
    beside = figure.add_subplot(grid[-1, 1], sharey=main)
    above = figure.add_subplot(grid[1, 0], sharex=main) if with_top else None
    return main, beside, above, figure.add_subplot(grid[0, 0])


def _scale_top(values: Floats, *, symmetric: bool) -> float:
    shown = values[~np.eye(len(values), dtype=bool)] if symmetric else values
    top = float(shown.max(initial=0.0))
    if not top > 0:
        raise FigureError("clustered_heat_map: there is no number above zero; print a sentence instead of a figure")
    return top


def _cells(ax: Axes, scale: Axes, ordered: pd.DataFrame, *, symmetric: bool, value_label: str, least: float) -> None:
    values = ordered.to_numpy(dtype=float)
    masked = np.ma.masked_where(np.eye(len(values), dtype=bool), values) if symmetric else values
    ax.set_facecolor(RULE)
    mesh = ax.pcolormesh(
        masked,
        cmap=sequential(),
        vmin=least,
        vmax=_scale_top(values, symmetric=symmetric),
        edgecolors=PAPER,
        linewidth=0.8,
    )
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    bar = ax.figure.colorbar(mesh, cax=scale, orientation="horizontal")
    bar.outline.set_visible(False)
    scale.xaxis.set_ticks_position("top")
    scale.xaxis.set_label_position("top")
    bar.locator = MaxNLocator(4)
    bar.update_ticks()
    scale.tick_params(labelsize=SMALL_PT)
    bar.set_label(value_label, linespacing=LEADING, loc="left")


def _first_height(tree: list[Merge]) -> float:
    """Where the axis of heights begins: at 0, or just below the first merge where all are far from it."""
    first, top = min(merge.height for merge in tree), max(merge.height for merge in tree)
    return 0.0 if first < 0.4 * top or first == top else first - 0.25 * (top - first)


def _draw_tree(ax: Axes, tree: list[Merge]) -> None:
    """Leaves at the left in their rows, the root at the right."""
    for merge in tree:
        (one, two), (near, far) = merge.places, merge.heights
        ax.plot([near, merge.height, merge.height, far], [one, one, two, two], **_line(merge))
    first, top = _first_height(tree), max(merge.height for merge in tree)
    ax.set_xlim(first, top + 0.1 * (top - first))
    ax.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(side == "bottom")
    ax.tick_params(axis="y", length=0, labelleft=False)


def _draw_tree_above(ax: Axes, tree: list[Merge]) -> None:
    """Leaves at the bottom over their columns, the root at the top."""
    for merge in tree:
        (one, two), (near, far) = merge.places, merge.heights
        ax.plot([one, one, two, two], [near, merge.height, merge.height, far], **_line(merge))
    first, top = _first_height(tree), max(merge.height for merge in tree)
    ax.set_ylim(first, top + 0.1 * (top - first))
    ax.set_axis_off()


def _tree_label(ax: Axes, tree: list[Merge], distance_label: str | None, language: Language) -> None:
    """Say below the tree what its heights and numbers are, wrapped to its width."""
    if distance_label is None:
        distance_label = text(zh="距离", en="Distance", language=language, sep="\n")
    lines = [distance_label]
    if not all(math.isnan(merge.stability) for merge in tree):
        lines.append(text(zh="数字：稳定度（%）", en="Numbers: stability (%)", language=language, sep="\n"))
    ax.set_xlabel(wrap("\n".join(lines), axes_width(ax), TEXT_PT), loc="left", linespacing=LEADING)


def _line(merge: Merge) -> dict[str, Any]:
    light = merge.stability < FIRM
    return {"color": QUIET if light else INK, "linewidth": 0.5 if light else 0.9, "solid_capstyle": "butt"}


def _print_values(ax: Axes, ordered: pd.DataFrame, decimals: int, *, symmetric: bool, least: float) -> None:
    """The numbers in the cells, if the widest has room."""
    values = ordered.to_numpy(dtype=float)
    texts = [[number(value, decimals) if value else EMPTY for value in row] for row in values]
    cell = axes_width(ax) / values.shape[1]
    if max(text_width(content) for row in texts for content in row) + 2 > cell:
        return
    shades, top = sequential(), _scale_top(values, symmetric=symmetric)
    for (row, column), value in np.ndenumerate(values):
        if symmetric and row == column:
            continue
        ax.text(
            column + 0.5,
            row + 0.5,
            texts[row][column],
            ha="center",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=ink_on(to_hex(shades((value - least) / (top - least)))),
        )


def _print_stability(ax: Axes, tree: list[Merge], *, upright: bool) -> None:
    """Each known stability in per cent at its branch, clear of lines and of the others; the root's is no finding."""
    known = [merge for merge in tree[:-1] if not math.isnan(merge.stability)]
    if not known:
        return
    axes_width(ax)  # lays the figure out
    lines = [
        in_points(ax, *((ys, xs) if upright else (xs, ys)))
        for merge in tree
        for (one, two), (near, far) in [(merge.places, merge.heights)]
        for xs, ys in [([near, merge.height, merge.height, far], [one, one, two, two])]
    ]
    segments = np.vstack([np.column_stack([line[:-1], line[1:]]) for line in lines])
    texts = [f"{merge.stability * 100:.0f}" for merge in known]
    nodes = [
        (middle, merge.height) if upright else (merge.height, middle)
        for merge in known
        for middle in [sum(merge.places) / 2]
    ]
    boxes = [_around(text_width(content), upright=upright) for content in texts]
    candidates = [offsets + np.tile(in_points(ax, *node)[0], 2) for node, offsets in zip(nodes, boxes, strict=True)]
    costs = [np.arange(len(offsets), dtype=float) for offsets in boxes]
    chosen = place(candidates, costs, points=along(segments), within=axes_box(ax))
    for content, node, offsets, at in zip(texts, nodes, boxes, chosen, strict=True):
        left, bottom, right, top = offsets[at]
        ax.annotate(
            content,
            node,
            xytext=((left + right) / 2, (bottom + top) / 2),
            textcoords="offset points",
            ha="center",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=QUIET,
        )


def _around(width: float, *, upright: bool) -> Floats:
    """Boxes for a number, as offsets from where two branches join: in the fork, then along the branch to the root."""
    gap, tall = 1.2, DIGIT_PT
    boxes = []
    for ahead in (-gap - (tall if upright else width), gap, gap + 6, gap + 12, gap + 18, gap + 24):
        for aside in (0.0, 0.5, -0.5) if ahead < 0 else (0.5, -0.5):
            if upright:
                centre = aside * (width + 2 * gap)
                boxes.append([centre - width / 2, ahead, centre + width / 2, ahead + tall])
            else:
                centre = aside * (tall + 2 * gap)
                boxes.append([ahead, centre - tall / 2, ahead + width, centre + tall / 2])
    return np.array(boxes)


def _table(
    ordered: pd.DataFrame, rows: list[str], columns: list[str], trees: Mapping[str, list[Merge]]
) -> pd.DataFrame:
    cells = pd.DataFrame(
        {
            "part": "cell",
            "row": np.repeat(ordered.index.astype(str), len(columns)),
            "row_label": np.repeat([label.replace("\n", " ") for label in rows], len(columns)),
            "column": np.tile(ordered.columns.astype(str), len(rows)),
            "column_label": np.tile([label.replace("\n", " ") for label in columns], len(rows)),
            "value": ordered.to_numpy(dtype=float).ravel(),
        }
    )
    branches: list[dict[Hashable, object]] = [
        {"part": part, "members": "、".join(merge.members), "height": merge.height, "stability": merge.stability}
        for part, tree in trees.items()
        for merge in tree
    ]
    return pd.concat([cells, pd.DataFrame(branches)], ignore_index=True)
