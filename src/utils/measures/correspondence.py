"""Correspondence analysis: units and their terms, or counties and industries, as points on one map.

Of a table of counts with shares P, row masses r and column masses c,

    S = D_r^-½ (P - r cᵀ) D_c^-½ = U Σ Vᵀ           inertia of axis k: σ_k²;  sum: χ² / n
    standard coordinates    D_r^-½ U,  D_c^-½ V      variance 1 on each axis
    principal coordinates   the same times Σ         distances between rows (columns) are χ² distances of their profiles
    contribution            mass · principal² / σ_k²     share of the axis' inertia that a point makes
    cos2                    principal² / distance²       share of the point's distance from the centre on the axis

A supplementary point, which has no part in the axes, stands where its profile does: profile times the standard
coordinates of the other side. Greenacre (1984; 2017, ch. 8 to 12). An axis has no direction of its own: here the row
that contributes most lies on its positive side (of equal ones the first by name), so that the same counts give the
same picture whatever the order of rows and columns. Distances between a row and a column mean nothing by themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t as student_t

from src.utils.measures.sentence_terms import SENTENCE, Floats
from src.utils.measures.similarity import (
    LEVEL,
    MIN_SENTENCES,
    N_RESAMPLES,
    comparable,
    resampled_unit_counts,
    sentence_pool,
)
from src.utils.measures.unit_texts import UnitTexts, generator_of, unit_texts

AXES: Final = ["axis", "inertia", "share", "cumulative", "tied"]
POINTS: Final = [
    "side",
    "name",
    "supplementary",
    "axis",
    "coordinate",
    "standard",
    "contribution",
    "cos2",
    "mass",
    "inertia",
    "distance",
]
LEFT_OUT: Final = ["side", "name", "says"]
AXIS_TESTS: Final = [*AXES, "shuffled", "p", "congruence"]
REGIONS: Final = [
    "side",
    "name",
    "axis_x",
    "axis_y",
    "x",
    "y",
    "major",
    "minor",
    "angle",
    "low_x",
    "high_x",
    "low_y",
    "high_y",
    "n",
    "status",
    "says",
]

N_SHUFFLES: Final = 999

MIN_UNITS: Final = 2
"""A term of one unit only says that the unit is itself; such terms, the most of short texts, would make the axes."""

_REGION: Final = ["major", "minor", "angle", "low_x", "high_x", "low_y", "high_y"]
_SAME: Final = 1e-9


@dataclass(frozen=True)
class Correspondence:
    """A correspondence analysis.

    axes: columns AXES; inertia of each axis, its share of the total, the shares up to it, and whether it is tied with a
    neighbour (then the two can be turned freely, and only their plane has a meaning). points: columns POINTS, a row for
    each point and axis. side: "row" or "column". coordinate: principal; standard: standard coordinate. mass, inertia
    (share of the total that the point makes) and contribution are 0 for supplementary points. distance: χ² distance
    from the centre; cos2 is 0 for a point at the centre. left_out: rows and columns without a count, columns LEFT_OUT.
    """

    axes: pd.DataFrame
    points: pd.DataFrame
    left_out: pd.DataFrame
    n: float
    total_inertia: float

    def plane(self, x: int = 1, y: int = 2) -> pd.DataFrame:
        """The points of two axes: side, name, supplementary, mass, x, y, cos2 and contribution (of both axes together).

        What a chart draws. The contribution is the share of the two axes' inertia. Raises ValueError for an axis that
        there is not.
        """
        inertia = self.axes.set_index("axis")["inertia"]
        missing = [axis for axis in (x, y) if axis not in inertia.index]
        if missing or x == y:
            raise ValueError(
                f"no plane of axes {x} and {y}: there are axes 1 to {len(inertia)}; two need three rows and columns"
            )
        keys = ["side", "name", "supplementary", "mass"]
        one, two = (self.points[self.points["axis"] == axis].reset_index(drop=True) for axis in (x, y))
        share = one["contribution"] * inertia[x] + two["contribution"] * inertia[y]
        return one[keys].assign(
            x=one["coordinate"],
            y=two["coordinate"],
            cos2=one["cos2"] + two["cos2"],
            contribution=share / (inertia[x] + inertia[y]),
        )


@dataclass(frozen=True)
class UnitMap:
    """A map of units with what resampling says of it.

    map: the correspondence analysis. axes: columns AXIS_TESTS. regions: columns REGIONS. left_out: units that are not
    in it, columns LEFT_OUT.
    """

    map: Correspondence
    axes: pd.DataFrame
    regions: pd.DataFrame
    left_out: pd.DataFrame


def correspondence(
    table: pd.DataFrame,
    *,
    supplementary_rows: pd.DataFrame | None = None,
    supplementary_columns: pd.DataFrame | None = None,
) -> Correspondence:
    """Analyse a table of counts: rows and columns are the points.

    supplementary_rows: further rows with the table's columns (those they lack count 0, others are not looked at).
    supplementary_columns: further columns, likewise by rows. Rows and columns without a count are left out and listed.
    Axes of no inertia are not given. Raises ValueError for counts below 0 or missing, names that stand twice, fewer
    than two rows or columns with counts, rows that all have the same profile, and supplementary points without a count.
    """
    _check_counts(table, "table")
    kept = table.loc[table.sum(axis=1) > 0, table.sum(axis=0) > 0]
    if min(kept.shape) < 2:
        raise ValueError(f"{kept.shape[0]} rows and {kept.shape[1]} columns with counts: a map needs two of each")
    counts = kept.to_numpy(dtype=np.float64)
    solution = _solve(counts)
    inertia = solution.singular**2
    n_axes = int((inertia > _SAME**2 * max(counts.shape)).sum())
    n_axes = min(n_axes, min(counts.shape) - 1)
    if not n_axes or inertia.sum() < _SAME:
        raise ValueError("all rows have the same profile: there is nothing to map")
    rows, columns = solution.rows[:, :n_axes], solution.columns[:, :n_axes]
    singular, row_mass, column_mass = solution.singular[:n_axes], solution.row_mass, solution.column_mass
    sign = _signs(row_mass[:, None] * rows**2, rows, [str(name) for name in kept.index])
    rows, columns = rows * sign, columns * sign
    away = _distances(counts, column_mass), _distances(counts.T, row_mass)
    parts = [
        _points("row", kept.index, rows, singular, mass=row_mass, distance=away[0]),
        _points("column", kept.columns, columns, singular, mass=column_mass, distance=away[1]),
    ]
    if supplementary_rows is not None:
        _check_counts(supplementary_rows, "supplementary rows")
        more = supplementary_rows.reindex(columns=kept.columns, fill_value=0)
        parts.append(_supplementary("row", more, columns, singular, column_mass))
    if supplementary_columns is not None:
        _check_counts(supplementary_columns, "supplementary columns")
        more = supplementary_columns.reindex(index=kept.index, fill_value=0).T
        parts.append(_supplementary("column", more, rows, singular, row_mass))
    total = float(inertia[:n_axes].sum())
    points = pd.concat(parts, ignore_index=True)
    points = points.assign(inertia=points["mass"] * points["distance"] ** 2 / total)
    left_out = [
        (side, name, "no count")
        for side, names, present in (("row", table.index, kept.index), ("column", table.columns, kept.columns))
        for name in names.difference(present, sort=False)
    ]
    return Correspondence(
        axes=_axes(singular**2),
        points=points[POINTS],
        left_out=pd.DataFrame(left_out, columns=LEFT_OUT),
        n=float(counts.sum()),
        total_inertia=total,
    )


def unit_table(texts: UnitTexts, *, min_units: int = MIN_UNITS, min_n: int = 1) -> pd.DataFrame:
    """Counts of the terms in the units, no unit's name among them: rows units with text, columns terms.

    Terms in fewer than `min_units` units or with fewer than `min_n` occurrences are left out, and units that then have
    no term.
    """
    text = _counted(texts, min_units, min_n)
    counts = text.unit_counts().toarray()
    return pd.DataFrame(counts, index=list(text.units), columns=list(text.terms))


def cross_texts(rows: pd.DataFrame, columns: pd.DataFrame, *, units: Sequence[str] | None = None) -> UnitTexts:
    """Sentences of the units of one grouping, with the units of another as what is counted in them.

    rows, columns: groups (plan, sentence, scheme, unit) of one scheme each: counties by their sections, industries by
    mention. Each sentence of a row's unit counts once for every column's unit it belongs to, so that
    `unit_table(cross_texts(counties, industries), min_units=1)` is a table of sentences, and `map_units` draws it.
    units: the rows wanted and their order. Raises ValueError for columns of several schemes.
    """
    schemes = columns["scheme"].unique()
    if len(schemes) > 1:
        raise ValueError(f"columns of several schemes ({', '.join(map(str, schemes))}): give one")
    counted = columns[[*SENTENCE, "unit"]].drop_duplicates().rename(columns={"unit": "term"})
    return unit_texts(counted, rows, units=units)


def map_units(
    texts: UnitTexts,
    *,
    x: int = 1,
    y: int = 2,
    min_units: int = MIN_UNITS,
    min_n: int = 1,
    supplementary_rows: pd.DataFrame | None = None,
    supplementary_columns: pd.DataFrame | None = None,
    n_resamples: int = N_RESAMPLES,
    n_shuffles: int = N_SHUFFLES,
    level: float = LEVEL,
    min_sentences: int = MIN_SENTENCES,
    seed: int = 0,
) -> UnitMap:
    """Map the units of `texts` by their terms, with what resampling their sentences says of axes and points.

    min_units, min_n: as in unit_table; min_units=1 for a table of counties by industries (cross_texts).

    axes: beside inertia, share and cumulative share, shuffled is the mean inertia of the axis of that rank where the
    sentences are dealt out to the units at random, and p the share of such deals with as much or more (one more of
    each): an axis whose inertia chance gives as well shows nothing. congruence: mean over the resamples of Tucker's |φ|
    between the rows' coordinates on this axis and on the resample's axis of the same rank; near 1 the axis is firm,
    below about .85 it is another axis in many resamples (Lorenzo-Seva and ten Berge 2006).

    regions: for each row and column the region at `level` in the plane of axes x and y: an ellipse around the point
    (semi-axes major and minor, angle in degrees from the x axis, against the clock), and intervals along each axis.
    Each resample of the sentences within units is analysed anew and turned onto the map, up to axis max(x, y), by the
    orthogonal rotation and the scale that bring its rows nearest (Procrustes, weighted by mass; scaled since resampled
    texts lie farther apart). The ellipse is Hotelling's, 2 (n - 1)/(n - 2) F(2, n - 2), with n the unit's sentences, or
    those that hold the term. It is for where the point lies on average in maps of such texts of the same size: in
    simulated units of 10, 20 and 40 sentences with two real axes it held that in 95 to 98 of 100 cases, and in 94 to 98
    where the axes were weak (benchmarks/comparison_coverage.py). status "enough", or "too_little" below
    `min_sentences`, where no region is given. Supplementary points have none.

    A chart draws map.plane(x, y) with the ellipses. Two points whose regions do not meet differ on this plane; one
    whose region holds the centre cannot be told from the average. The same seed gives the same numbers. Raises
    ValueError as correspondence does, and for an axis that there is not.
    """
    text = _counted(texts, min_units, min_n)
    table = pd.DataFrame(text.unit_counts().toarray(), index=list(text.units), columns=list(text.terms))
    found = correspondence(table, supplementary_rows=supplementary_rows, supplementary_columns=supplementary_columns)
    plane = found.plane(x, y)
    drawn, congruence = _drawn_maps(found, resampled_unit_counts(text, n_resamples, seed), x, y)
    chance = _by_chance(text, found.axes["inertia"].to_numpy(), n_shuffles, seed)
    n_of = {
        "row": np.bincount(text.unit_of, minlength=len(text.units)),
        "column": np.asarray((text.counts > 0).sum(axis=0)).ravel(),
    }
    regions = []
    for side in ("row", "column"):
        points = plane[(plane["side"] == side) & ~plane["supplementary"]].assign(axis_x=x, axis_y=y, n=n_of[side])
        regions.append(_regions(points, drawn[side], level=level, min_sentences=min_sentences))
    gone = [unit for unit in texts.units if unit not in set(text.units)]
    says = f"no term that {min_units} units have" if min_units > 1 else "no term"
    return UnitMap(
        map=found,
        axes=found.axes.assign(**chance, congruence=congruence)[AXIS_TESTS],
        regions=pd.concat(regions, ignore_index=True),
        left_out=pd.DataFrame([("row", unit, says) for unit in gone], columns=LEFT_OUT),
    )


@dataclass(frozen=True)
class _Solution:
    """Masses of both sides, (n_points,), their standard coordinates, (n_points, n_axes), and the singular values.

    The standard coordinates of a column without a count are NaN.
    """

    row_mass: Floats
    column_mass: Floats
    rows: Floats
    columns: Floats
    singular: Floats


def _solve(counts: Floats) -> _Solution:
    shares = counts / counts.sum()
    row_mass, column_mass = shares.sum(axis=1), shares.sum(axis=0)
    left, singular, right = np.linalg.svd(_residuals(counts), full_matrices=False)
    there = np.where(column_mass > 0, column_mass, np.nan)
    return _Solution(
        row_mass, column_mass, left / np.sqrt(row_mass)[:, None], right.T / np.sqrt(there)[:, None], singular
    )


def _residuals(counts: Floats) -> Floats:
    """S of the head of this file, shape as counts (..., n_rows, n_columns); 0 in a column without a count."""
    shares = counts / counts.sum(axis=(-1, -2), keepdims=True)
    expected = shares.sum(axis=-1, keepdims=True) * shares.sum(axis=-2, keepdims=True)
    residuals: Floats = (shares - expected) / np.sqrt(np.where(expected > 0, expected, 1.0))
    return residuals


def _distances(counts: Floats, mass: Floats) -> Floats:
    """χ² distance of each row's profile from the centre, shape (n_rows,)."""
    profiles = counts / counts.sum(axis=1, keepdims=True)
    distances: Floats = np.sqrt(((profiles - mass) ** 2 / mass).sum(axis=1))
    return distances


def _signs(contributions: Floats, coordinates: Floats, names: list[str]) -> Floats:
    """1 or -1 for each axis: the sign of the row that contributes most, of equal ones the first by name."""
    by_name = np.argsort(np.array(names, dtype=object))
    most = contributions.max(axis=0)
    first = by_name[np.argmax(contributions[by_name] >= most * (1 - _SAME), axis=0)]
    signs: Floats = np.where(coordinates[first, np.arange(coordinates.shape[1])] < 0, -1.0, 1.0)
    return signs


def _points(
    side: str, names: pd.Index, standard: Floats, singular: Floats, *, mass: Floats, distance: Floats
) -> pd.DataFrame:
    n_points, n_axes = standard.shape
    principal = standard * singular
    away = np.where(distance > _SAME, distance, np.inf)[:, None]
    return pd.DataFrame(
        {
            "side": side,
            "name": np.repeat(names.to_numpy(dtype=object), n_axes),
            "supplementary": False,
            "axis": np.tile(np.arange(1, n_axes + 1), n_points),
            "coordinate": principal.ravel(),
            "standard": standard.ravel(),
            "contribution": (mass[:, None] * standard**2).ravel(),
            "cos2": ((principal / away) ** 2).ravel(),
            "mass": np.repeat(mass, n_axes),
            "distance": np.repeat(distance, n_axes),
        }
    )


def _supplementary(
    side: str, table: pd.DataFrame, others: Floats, singular: Floats, other_mass: Floats
) -> pd.DataFrame:
    """Points placed by the standard coordinates of the other side, shape (n_others, n_axes)."""
    counts = table.to_numpy(dtype=np.float64)
    empty = [str(name) for name in table.index[counts.sum(axis=1) <= 0]]
    if empty:
        raise ValueError(f"supplementary {side}s without a count in the table: {'、'.join(empty)}; leave them out")
    standard = counts / counts.sum(axis=1, keepdims=True) @ others / singular
    away = _distances(counts, other_mass)
    points = _points(side, table.index, standard, singular, mass=np.zeros(len(table)), distance=away)
    return points.assign(supplementary=True)


def _axes(inertia: Floats) -> pd.DataFrame:
    share = inertia / inertia.sum()
    near = np.abs(np.diff(share)) <= _SAME
    tied = np.r_[near, False] | np.r_[False, near]
    number = np.arange(1, len(inertia) + 1)
    columns = {"axis": number, "inertia": inertia, "share": share, "cumulative": np.cumsum(share), "tied": tied}
    return pd.DataFrame(columns, columns=AXES)


def _check_counts(table: pd.DataFrame, what: str) -> None:
    values = table.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"{what}: a count is missing or below 0")
    for side, names in (("row", table.index), ("column", table.columns)):
        twice = names[names.duplicated()].unique()
        if len(twice):
            raise ValueError(f"{what}: {side}s that stand twice ({'、'.join(map(str, twice))}): sum their counts first")


def _counted(texts: UnitTexts, min_units: int, min_n: int) -> UnitTexts:
    """The texts with the terms that enough units have, and sentences with such a term."""
    text = comparable(texts)
    counts = text.unit_counts()
    enough = (counts.getnnz(axis=0) >= min_units) & (np.asarray(counts.sum(axis=0)).ravel() >= min_n)
    columns = np.flatnonzero(enough)
    no_names = tuple(np.empty(0, dtype=np.int64) for _ in text.units)
    return comparable(replace(text, counts=text.counts[:, columns], terms=text.terms[columns], own=no_names))


def _wide(found: Correspondence, side: str) -> Floats:
    """Principal coordinates of the active points of a side, shape (n_points, n_axes)."""
    points = found.points[(found.points["side"] == side) & ~found.points["supplementary"]]
    return points["coordinate"].to_numpy().reshape(-1, len(found.axes))


def _congruence(ours: Floats, theirs: Floats, mass: Floats) -> Floats:
    """Tucker's coefficient of each axis, without its sign, weighted by mass; 0 where an axis has vanished."""
    both = np.abs((mass[:, None] * ours * theirs).sum(axis=0))
    sizes = np.sqrt((mass[:, None] * ours**2).sum(axis=0) * (mass[:, None] * theirs**2).sum(axis=0))
    coefficients: Floats = np.where(sizes > 0, both / np.where(sizes > 0, sizes, 1.0), 0.0)
    return coefficients


def _procrustes(theirs: Floats, ours: Floats, mass: Floats) -> Floats:
    """The turn and scale of theirs that bring them nearest to ours, weighted by mass: Gower (1975); shape (n, n)."""
    left, singular, right = np.linalg.svd((mass[:, None] * theirs).T @ ours)
    size = (mass[:, None] * theirs**2).sum()
    turn: Floats = left @ right * (singular.sum() / size if size > 0 else 0.0)
    return turn


def _drawn_maps(found: Correspondence, resamples: Iterator[Floats], x: int, y: int) -> tuple[dict[str, Floats], Floats]:
    """Coordinates on axes x and y of all resamples turned onto the map, by side, and the mean congruence of each axis.

    Shapes (n_resamples, n_points, 2), NaN where a resample lacks a column, and (n_axes,).
    """
    ours = _wide(found, "row")
    n_axes, turned = ours.shape[1], max(x, y)
    drawn: dict[str, list[Floats]] = {"row": [], "column": []}
    congruence = []
    for counts in resamples:
        for one in counts:
            solution = _solve(one)
            theirs = (solution.rows * solution.singular)[:, :n_axes]
            congruence.append(_congruence(ours, theirs, solution.row_mass))
            turn = _procrustes(theirs[:, :turned], ours[:, :turned], solution.row_mass)[:, [x - 1, y - 1]]
            drawn["row"].append(theirs[:, :turned] @ turn)
            drawn["column"].append((solution.columns * solution.singular)[:, :turned] @ turn)
    return {side: np.stack(maps) for side, maps in drawn.items()}, np.mean(congruence, axis=0)


def _by_chance(text: UnitTexts, observed: Floats, n_shuffles: int, seed: int) -> dict[str, Floats]:
    """Mean inertia and p of each axis where the sentences are dealt out at random; observed: inertia of each axis."""
    pool = sentence_pool(text, range(len(text.units)))
    total, as_much = np.zeros(len(observed)), np.ones(len(observed))
    for counts in pool.shuffled(generator_of(seed, "shuffle", text.scheme), n_shuffles):
        drawn = _inertias(counts)[:, : len(observed)]
        total += drawn.sum(axis=0)
        as_much += (drawn >= observed * (1 - _SAME)).sum(axis=0)
    return {"shuffled": total / n_shuffles, "p": as_much / (1 + n_shuffles)}


def _inertias(counts: Floats) -> Floats:
    """Inertias of the axes, the largest first: shape (..., min(n_rows, n_columns))."""
    residuals = _residuals(counts)
    if residuals.shape[-2] > residuals.shape[-1]:
        residuals = np.swapaxes(residuals, -1, -2)
    ascending: Floats = np.linalg.eigvalsh(residuals @ np.swapaxes(residuals, -1, -2)).astype(np.float64)
    return ascending[..., ::-1]


def _regions(points: pd.DataFrame, drawn: Floats, *, level: float, min_sentences: int) -> pd.DataFrame:
    """Regions of the points of one side; drawn: shape (n_resamples, n_points, 2), NaN where a resample has no point."""
    least = max(min_sentences, 3)
    rows = []
    for at, (x, y, n) in enumerate(points[["x", "y", "n"]].itertuples(index=False)):
        if n < least:
            rows.append([*np.full(7, np.nan), "too_little", f"{n} sentences, fewer than {least}"])
            continue
        there = drawn[~np.isnan(drawn[:, at, 0]), at]
        rows.append([*_ellipse(np.array([x, y]), np.cov(there.T), int(n), level), "enough", ""])
    found = pd.DataFrame(rows, columns=[*_REGION, "status", "says"], index=points.index)
    return points.join(found)[REGIONS]


def _ellipse(centre: Floats, covariance: Floats, n: int, level: float) -> Floats:
    """Semi-axes, angle and the intervals along both axes, of a region that covers the centre's truth at `level`."""
    values, vectors = np.linalg.eigh(covariance)
    radius = np.sqrt(2 * (n - 1) / (n - 2) * f_distribution.ppf(level, 2, n - 2))
    minor, major = (radius * np.sqrt(np.clip(values, 0.0, None))).tolist()
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    upright = 90 - (90 - angle) % 180  # above -90 and up to 90 degrees
    half = student_t.ppf((1 + level) / 2, n - 1) * np.sqrt(np.diag(covariance))
    (low_x, low_y), (high_x, high_y) = centre - half, centre + half
    return np.array([major, minor, upright, low_x, high_x, low_y, high_y])
