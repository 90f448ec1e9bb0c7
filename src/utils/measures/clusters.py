"""Which units stand together: hierarchical clustering, and how far each branch holds when sentences are resampled.

Distances are those of measures.similarity: js_distance, or 1 - cosine. Linkage is scipy's: "average" (the distance of
two groups is the mean of their members' distances), "complete" (the largest), "single" (the least), "weighted", or
"ward", which needs distances of points in space: js_distance is one (Fuglede and Topsøe 2004), and for the cosine ward
takes the chord √(2 - 2 cos) of the rows of length 1.

The stability of a branch is the share of resamples in whose own tree exactly that set of units is a branch (Felsenstein
1985; the "bootstrap probability" of Suzuki and Shimodaira 2006). It is not a p-value: it says how often the sentences
at hand, drawn again, give the branch, not how probable it is that the branch is real, and a tree drawn through noise
has branches too. Resampling adds the noise of a second draw to that of the text, so that with ten sentences a unit even
true branches rarely reach 0.95.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import cophenet, leaves_list, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import silhouette_score

from src.utils.measures.sentence_terms import Floats, Ints
from src.utils.measures.similarity import (
    MIN_SENTENCES,
    N_RESAMPLES,
    PLAIN,
    Weighting,
    comparable,
    pairwise,
    resampled_unit_counts,
)
from src.utils.measures.unit_texts import UnitTexts

DISTANCES: Final = ("js_distance", "cosine")
METHODS: Final = ("average", "complete", "single", "weighted", "ward")

BRANCHES: Final = ["branch", "parent", "units", "n_units", "height", "stability", "jaccard", "status", "says"]
CUTS: Final = [
    "n_groups",
    "height_low",
    "height_high",
    "silhouette",
    "stability",
    "low",
    "high",
    "weakest",
    "suggested",
]

STABLE: Final = 0.75
"""Hennig (2007): a group that comes back with a mean Jaccard similarity below .75 is no pattern to rely on."""

_DECIMALS: Final = 12
"""Distances that differ after that only by rounding are ties, and ties go by name."""


@dataclass(frozen=True)
class Tree:
    """A dendrogram.

    units: names by scipy's numbers of the leaves, in code-point order, by which ties are broken. linkage: scipy's
    matrix, shape (n_units - 1, 4), which scipy.cluster.hierarchy.dendrogram(linkage, labels=units) draws; at each
    branch the part with the unit that comes first in the plan stands first. order: the leaves as drawn. cophenetic:
    correlation of the heights at which units meet with their distances, 1 where the tree keeps them all.
    """

    units: tuple[str, ...]
    linkage: Floats
    order: tuple[str, ...]
    distance: str
    method: str
    cophenetic: float


@dataclass(frozen=True)
class Clustering:
    """A tree, its branches (columns BRANCHES), its cuts (columns CUTS) and the units left out for want of text."""

    tree: Tree
    branches: pd.DataFrame
    cuts: pd.DataFrame
    left_out: tuple[str, ...]
    n_resamples: int


def cluster_units(
    texts: UnitTexts,
    distance: str = "js_distance",
    method: str = "average",
    *,
    weighting: Weighting = PLAIN,
    n_resamples: int = N_RESAMPLES,
    level: float = 0.95,
    min_sentences: int = MIN_SENTENCES,
    seed: int = 0,
) -> Clustering:
    """Cluster the units by their texts, with the stability of branches and cuts over resamples of sentences.

    Names of any unit are left out of all, as in similarity.similarities. branches, from the lowest up: branch, scipy's
    number of the node; parent, that of the branch above, -1 for the last; units, joined by 、 in the order drawn;
    height; stability (head of this file); jaccard, the mean over the resamples of the largest Jaccard similarity with
    any of its branches, which tells a branch that loses a unit now and then from one that falls apart. status
    "enough", or "too_little" where a unit has fewer than `min_sentences` with a term: it hardly varies, and stability
    is too high.

    cuts: a row for each number of groups from 2 to n_units - 1. height_low, height_high: between them the tree has that
    many groups. silhouette: Rousseeuw (1987). stability: mean adjusted Rand index with the same cut of the resamples'
    trees; low, high: its percentiles at `level`. weakest: least mean Jaccard similarity of any of its groups with the
    likest group of the resample's cut. suggested: the cut of highest stability among those with `weakest` of STABLE or
    more, positive silhouette and no more than n_units / 2 groups; where there is none, none is to be read off the tree.

    A chart draws tree.linkage with branches.stability at the nodes. Raises ValueError for an unknown distance or method
    and where fewer than two units have text.
    """
    _check(distance, method)
    text = comparable(texts)
    left_out = tuple(str(unit) for unit in texts.units if unit not in set(text.units))
    if len(text.units) < 2:
        raise ValueError(
            f"{len(text.units)} of {len(texts.units)} units have text to cluster: two are the least"
            + (f" (without a counted term: {'、'.join(left_out)})" if left_out else "")
        )
    names = [str(unit) for unit in text.units]
    square = _distances(text.unit_counts().toarray().astype(np.float64), distance, method, weighting)
    tree = _tree(square, names, distance, method)
    by_name = np.argsort(np.array(names, dtype=object))
    resampled = [
        resample[np.ix_(by_name, by_name)]
        for counts in resampled_unit_counts(text, n_resamples, seed)
        for resample in _distances(counts, distance, method, weighting)
    ]
    members = [_members(_linkage(resample, method)) for resample in resampled]
    few = {name for name, n in zip(names, np.bincount(text.unit_of), strict=True) if n < min_sentences}
    branches = _branches(tree, members, few, min_sentences)
    cuts = _cuts(tree, square[np.ix_(by_name, by_name)], members, level)
    return Clustering(tree, branches, cuts, left_out, n_resamples)


def tree_of(distances: pd.DataFrame, method: str = "average", *, distance: str = "given") -> Tree:
    """The tree of any square of distances, index and columns the units in the order of the plan.

    Raises ValueError for an unknown method, fewer than two units, a unit that stands twice, and what is no square of
    distances (not symmetric, negative, missing, or other than 0 on the diagonal).
    """
    if method not in METHODS:
        raise ValueError(f"no such linkage: {method}; there are {', '.join(METHODS)}")
    names = [str(unit) for unit in distances.index]
    square = distances.to_numpy(dtype=np.float64)
    if len(names) < 2:
        raise ValueError(f"{len(names)} units: two are the least that can be clustered")
    if len(set(names)) < len(names) or names != [str(unit) for unit in distances.columns]:
        raise ValueError("index and columns must be the same units, each once")
    if not (np.allclose(square, square.T) and (square >= 0).all() and not np.diag(square).any()):
        raise ValueError("not a square of distances: it must be symmetric, not negative and 0 on the diagonal")
    return _tree(square, names, distance, method)


def groups_at(tree: Tree, n_groups: int) -> pd.DataFrame:
    """Cut the tree into groups: columns unit, group (1, 2, … as drawn from the first leaf on), in the order drawn.

    Raises ValueError for fewer groups than 1 or more than units.
    """
    if not 1 <= n_groups <= len(tree.units):
        raise ValueError(f"{n_groups} groups of {len(tree.units)} units: give a number from 1 to {len(tree.units)}")
    labels = _labels(_members(tree.linkage))[len(tree.units) - n_groups]
    label = dict(zip(tree.units, labels.tolist(), strict=True))
    number = {group: at + 1 for at, group in enumerate(dict.fromkeys(label[unit] for unit in tree.order))}
    return pd.DataFrame({"unit": list(tree.order), "group": [number[label[unit]] for unit in tree.order]})


def adjusted_rand(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Floats:
    """Adjusted Rand index of groupings: Hubert and Arabie (1985); 1 where both put all units the same way.

    one, other: whether a unit is in a group, shape (..., n_units, n_groups); those before the last two are broadcast.
    """
    table = np.swapaxes(one.astype(np.float64), -1, -2) @ other.astype(np.float64)

    def pairs(numbers: Floats) -> Floats:
        return numbers * (numbers - 1) / 2

    both = pairs(table).sum(axis=(-1, -2))
    rows, columns = pairs(table.sum(axis=-1)).sum(axis=-1), pairs(table.sum(axis=-2)).sum(axis=-1)
    expected = rows * columns / pairs(table.sum(axis=(-1, -2)))
    most = (rows + columns) / 2
    possible = np.where(most > expected, most - expected, 1.0)
    index: Floats = np.where(most > expected, (both - expected) / possible, 1.0)
    return index


def _check(distance: str, method: str) -> None:
    if distance not in DISTANCES:
        raise ValueError(f"no such distance: {distance}; there are {', '.join(DISTANCES)}")
    if method not in METHODS:
        raise ValueError(f"no such linkage: {method}; there are {', '.join(METHODS)}")


def _distances(counts: Floats, distance: str, method: str, weighting: Weighting) -> Floats:
    """Distances of all units, shape (..., n_units, n_units)."""
    values = pairwise(counts, distance, weighting)
    if distance == "cosine":
        values = np.sqrt(2 - 2 * values) if method == "ward" else 1 - values
    return values


def _linkage(square: Floats, method: str) -> Floats:
    links: Floats = linkage(np.round(squareform(square, checks=False), _DECIMALS), method)
    return links


def _tree(square: Floats, names: Sequence[str], distance: str, method: str) -> Tree:
    by_name = np.argsort(np.array(names, dtype=object))
    sorted_square = square[np.ix_(by_name, by_name)]
    links = _linkage(sorted_square, method)
    n_units = len(names)
    first = [*by_name.tolist(), *[0] * (n_units - 1)]  # the place in the plan of the first unit of each node
    for row, (left, right) in enumerate(links[:, :2].astype(int).tolist()):
        if first[right] < first[left]:
            links[row, :2] = right, left
        first[n_units + row] = min(first[left], first[right])
    units = tuple(names[at] for at in by_name)
    order = tuple(units[at] for at in leaves_list(links))
    return Tree(units, links, order, distance, method, _cophenetic(links, squareform(sorted_square, checks=False)))


def _cophenetic(links: Floats, distances: Floats) -> float:
    """Correlation of heights and distances; where they do not vary, 1 if they are the same and else 0."""
    heights = cophenet(links)
    if np.ptp(heights) == 0 or np.ptp(distances) == 0:
        return float(np.allclose(heights, distances))
    return float(np.corrcoef(heights, distances)[0, 1])


def _members(links: Floats) -> NDArray[np.bool_]:
    """Whether a unit is in a branch, shape (n_units - 1, n_units)."""
    n_units = len(links) + 1
    held = np.zeros((2 * n_units - 1, n_units), dtype=bool)
    held[np.arange(n_units), np.arange(n_units)] = True
    for row, (left, right) in enumerate(links[:, :2].astype(int).tolist()):
        held[n_units + row] = held[left] | held[right]
    return held[n_units:]


def _labels(members: NDArray[np.bool_]) -> Ints:
    """The group of each unit after each step, from every unit alone on: shape (n_units, n_units).

    Row k is the cut into n_units - k groups; a group goes by the number of its first unit, ties in height by the order
    of the steps.
    """
    n_units = members.shape[1]
    labels = np.tile(np.arange(n_units), (n_units, 1))
    for step, held in enumerate(members):
        labels[step + 1] = labels[step]
        labels[step + 1, held] = int(np.argmax(held))
    return labels


def _branches(tree: Tree, resampled: Sequence[NDArray[np.bool_]], few: set[str], min_sentences: int) -> pd.DataFrame:
    own = _members(tree.linkage)
    likest = np.stack([_jaccard(own, members).max(axis=1) for members in resampled])
    parent = np.full(len(own), -1)
    n_units = len(tree.units)
    for row, children in enumerate(tree.linkage[:, :2].astype(int)):
        parent[children[children >= n_units] - n_units] = n_units + row
    place = {unit: at for at, unit in enumerate(tree.order)}
    rows = []
    for row, held in enumerate(own):
        units = sorted((tree.units[at] for at in np.flatnonzero(held)), key=place.__getitem__)
        scanty = [unit for unit in units if unit in few]
        status = "too_little" if scanty else "enough"
        says = f"fewer than {min_sentences} sentences, so hardly resampled: {'、'.join(scanty)}" if scanty else ""
        stability, jaccard = float((likest[:, row] == 1).mean()), float(likest[:, row].mean())
        height = float(tree.linkage[row, 2])
        rows.append(
            (n_units + row, parent[row], "、".join(units), len(units), height, stability, jaccard, status, says)
        )
    return pd.DataFrame(rows, columns=BRANCHES)


def _jaccard(sets: NDArray[np.bool_], others: NDArray[np.bool_]) -> Floats:
    """Units that two sets share by those of either, shape (..., n_sets, n_others); 0 for an empty one.

    sets: shape (n_sets, n_units). others: shape (..., n_others, n_units).
    """
    both = sets.astype(np.float64) @ np.swapaxes(others.astype(np.float64), -1, -2)
    either = sets.sum(axis=-1)[:, None] + others.sum(axis=-1)[..., None, :] - both
    shares: Floats = both / either
    return shares


def _cuts(tree: Tree, square: Floats, resampled: Sequence[NDArray[np.bool_]], level: float) -> pd.DataFrame:
    n_units = len(tree.units)
    own = _labels(_members(tree.linkage))
    others = np.stack([_labels(members) for members in resampled])
    heights = np.concatenate([[0.0], tree.linkage[:, 2]])
    tail = (1 - level) / 2
    rows = []
    for n_groups in range(2, n_units):
        step = n_units - n_groups
        groups, drawn = _one_hot(own[step]), _one_hot(others[:, step])
        rand = adjusted_rand(groups, drawn)
        low, high = np.quantile(rand, [tail, 1 - tail])
        shares = _jaccard(groups.T[groups.any(axis=0)], np.swapaxes(drawn, -1, -2))
        weakest = float(shares.max(axis=-1).mean(axis=0).min())
        silhouette = float(silhouette_score(square, own[step], metric="precomputed"))
        between = float(heights[step]), float(heights[step + 1])
        rows.append((n_groups, *between, silhouette, float(rand.mean()), low, high, weakest, False))
    return _with_suggestion(pd.DataFrame(rows, columns=CUTS), n_units)


def _one_hot(labels: Ints) -> NDArray[np.bool_]:
    """Whether a unit is in the group of each number: shape (..., n_units, n_units)."""
    hot: NDArray[np.bool_] = labels[..., None] == np.arange(labels.shape[-1])
    return hot


def _with_suggestion(cuts: pd.DataFrame, n_units: int) -> pd.DataFrame:
    good = cuts[(cuts["weakest"] >= STABLE) & (cuts["silhouette"] > 0) & (cuts["n_groups"] <= n_units / 2)]
    best = good.sort_values(["stability", "n_groups"], ascending=[False, True])["n_groups"].head(1)
    return cuts.assign(suggested=cuts["n_groups"].isin(best))
