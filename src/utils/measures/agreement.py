"""How far two rankings, or two ways of grouping, agree; and where a term ranks over many rankings.

Ties. A ranking is a Series of scores (term -> score, the greatest first) or a sequence of terms. Terms of equal score
stand at one rank, the best of the group (1, 2, 2, 4), as in uncertainty.resampled_counts; they are never put in order
by chance or by the alphabet, which would make two rankings agree on an order that neither holds. So "the first ten" are
all terms of rank 10 or better, and can be more than ten; `tied` in compare_rankings says how many of them share a rank.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ranking = pd.Series | Sequence[str]

P: Final = 0.9
"""Persistence of rank-biased overlap: at 0.9 the first ten ranks carry 86 % of the weight (Webber et al. 2010)."""

DEPTH: Final = 50
"""Ranks to which rankings are compared: what lies below carries 0.5 % of the weight at P, and is extrapolated."""

ABSENT: Final = 2**31 - 1
"""The rank of a term that a ranking does not have."""

DECIMALS: Final = 12
"""Scores are rounded to this before they are ranked: what differs less differs by the order of additions."""

COMPARED: Final = ["rbo", "jaccard", "kendall", "spearman", "n_common", "tied_first", "tied_second", "status"]
DISTRIBUTION: Final = ["term", "n", "present", "in_top", "best", "low", "median", "high", "worst"]
MIN_COMMON: Final = 3


class Correlations(NamedTuple):
    """Kendall's tau-b and Spearman's rho on what two rankings have in common; NaN where status is not "ok"."""

    kendall: float
    spearman: float
    n_common: int
    status: str


def ranks(ranking: Ranking) -> pd.Series:
    """Rank of every term from 1, equal scores sharing the best rank of their group; integers, index term.

    Raises ValueError for a term that stands twice and for a score that is not a number.
    """
    if not isinstance(ranking, pd.Series):
        terms = list(ranking)
        ranking = pd.Series(np.arange(len(terms), 0, -1, dtype=float), index=terms, dtype=float)
    if ranking.index.has_duplicates:
        twice = ranking.index[ranking.index.duplicated()][0]
        raise ValueError(f"{twice} stands twice in a ranking: give each term one score")
    scores = ranking.to_numpy(dtype=np.float64)
    if np.isnan(scores).any():
        raise ValueError(f"{ranking.index[int(np.isnan(scores).argmax())]} has no score: leave it out of the ranking")
    return pd.Series(ranks_of(scores[None, :])[0], index=ranking.index, dtype=np.int64)


def ranks_of(scores: Floats) -> Ints:
    """Rank the scores of each row, the greatest 1, equal ones sharing the best; NaN (no such term) gets ABSENT.

    scores: shape (n_rankings, n_terms); so is the result.
    """
    rows, n_terms = scores.shape
    if not n_terms:
        return np.empty((rows, 0), dtype=np.int64)
    falling = -np.round(scores, DECIMALS)  # NaN sorts last
    order = np.argsort(falling, axis=1)
    ordered = np.take_along_axis(falling, order, axis=1)
    place = np.arange(n_terms)
    first = np.concatenate([np.ones((rows, 1), dtype=bool), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    shared = np.maximum.accumulate(np.where(first, place, 0), axis=1) + 1
    shared[np.isnan(ordered)] = ABSENT
    found = np.empty((rows, n_terms), dtype=np.int64)
    np.put_along_axis(found, order, shared, axis=1)
    return found


def rank_biased_overlap(first: Ranking, second: Ranking, *, p: float = P, depth: int | None = None) -> float:
    """Rank-biased overlap of two rankings, extrapolated; 0 (nothing shared) to 1 (the same).

        RBO = (1 - p)/p · Σ_{d=1..l} A_d p^d + A_l p^l
        A_d = 2 X_d / (|S_d| + |L_d|)                                  d ≤ s
        A_d = 2 (X_d + A_s (d - s)) / (d + |L_d|)                      s < d ≤ l

    S, L: the shorter and the longer ranking; s, l: their lengths, or `depth` where that is less. S_d: the terms of rank
    d or better, more than d where a tie reaches over d. X_d: terms in both. Without ties this is equation 32 of Webber,
    Moffat and Zobel (2010), A similarity measure for indefinite rankings, ACM TOIS 28(4); the division by the mean size
    is their treatment of ties, by which a ranking with ties agrees fully with itself. Raises ValueError where a ranking
    is empty, as there is nothing to extrapolate, and for p outside 0 to 1.
    """
    one, other = ranks(first), ranks(second)
    if one.empty or other.empty:
        raise ValueError("a ranking without terms: there is nothing to compare")
    at = depth or max(len(one), len(other))
    terms = one.index.union(other.index)
    left, right = (side.reindex(terms, fill_value=ABSENT).to_numpy(dtype=np.int64) for side in (one, other))
    unit = np.zeros(len(terms), dtype=np.int64)
    return float(overlaps(left[None, :], right, unit, 1, p=p, depth=at)[0, 0])


def overlaps(found: Ints, headline: Ints, unit: Ints, n_units: int, *, p: float = P, depth: int = DEPTH) -> Floats:
    """Rank-biased overlap of many rankings with one, for several units at once: shape (n_rankings, n_units).

    found: ranks, shape (n_rankings, n_entries), headline: ranks, shape (n_entries,), both as from ranks_of. unit: the
    unit of each entry, which is a term in a unit. 0 where one of the two has no term; 1 where neither has. See
    rank_biased_overlap.
    """
    if not 0 < p < 1:
        raise ValueError(f"p = {p}: give a number between 0 and 1, such as {P}")
    joint = np.maximum(found, headline[None, :])
    shared = _cumulated(joint, unit, n_units, depth)
    sizes, own = _cumulated(found, unit, n_units, depth), _cumulated(headline[None, :], unit, n_units, depth)
    d = np.arange(1, depth + 1, dtype=np.float64)
    length, own_length = (
        np.minimum(_lengths(found, unit, n_units), depth),
        np.minimum(_lengths(headline[None, :], unit, n_units), depth),
    )
    short, long = np.minimum(length, own_length)[..., None], np.maximum(length, own_length)[..., None]
    own = np.broadcast_to(own, sizes.shape)
    longer = np.where((length >= own_length)[..., None], sizes, own)
    with np.errstate(invalid="ignore"):
        agreement = np.where(sizes + own > 0, 2 * shared / (sizes + own), 0.0)
        at_short = np.take_along_axis(agreement, np.maximum(short - 1, 0), axis=2)
        at_short = np.where(short > 0, at_short, 0.0)
        beyond = 2 * (shared + at_short * (d - short)) / (d + longer)
    agreement = np.where(d > short, beyond, agreement)
    weights = (1 - p) / p * p**d
    last = np.take_along_axis(agreement, np.maximum(long - 1, 0), axis=2)[..., 0]
    total = np.where(d <= long, agreement * weights, 0.0).sum(axis=2) + last * p ** long[..., 0]
    neither = (long == 0)[..., 0]
    return np.where(neither, 1.0, np.where((short == 0)[..., 0], 0.0, np.clip(total, 0.0, 1.0)))


def _cumulated(found: Ints, unit: Ints, n_units: int, depth: int) -> Ints:
    """Count the entries of rank d or better, d = 1 … depth: shape (n_rankings, n_units, depth)."""
    n_rankings = len(found)
    clipped = np.minimum(found, depth + 1) - 1
    flat = (np.arange(n_rankings)[:, None] * n_units + unit[None, :]) * (depth + 1) + clipped
    counted = np.bincount(flat.ravel(), minlength=n_rankings * n_units * (depth + 1))
    return counted.reshape(n_rankings, n_units, depth + 1)[..., :depth].cumsum(axis=2)


def _lengths(found: Ints, unit: Ints, n_units: int) -> Ints:
    """How many terms each ranking has: shape (n_rankings, n_units)."""
    n_rankings = len(found)
    flat = np.arange(n_rankings)[:, None] * n_units + unit[None, :]
    return np.bincount(flat[found < ABSENT], minlength=n_rankings * n_units).reshape(n_rankings, n_units)


def jaccard(first: Ranking, second: Ranking, top: int) -> float:
    """Share of the terms at rank `top` or better in either ranking that are so in both; ties at the border are in.

    1 where neither has a term. Raises ValueError for top below 1.
    """
    if top < 1:
        raise ValueError(f"top = {top}: give 1 or more")
    one, other = ({*found.index[found <= top]} for found in (ranks(first), ranks(second)))
    return len(one & other) / len(one | other) if one | other else 1.0


def jaccards(found: Ints, headline: Ints, unit: Ints, n_units: int, top: int) -> Floats:
    """Jaccard of the first `top` of many rankings and of one, for several units: shape (n_rankings, n_units).

    Arguments as in overlaps.
    """
    n_rankings = len(found)
    flat = np.arange(n_rankings)[:, None] * n_units + unit[None, :]
    in_found, in_headline = found <= top, (headline <= top)[None, :]
    both, either = (
        np.bincount(flat[held], minlength=n_rankings * n_units).reshape(n_rankings, n_units)
        for held in (in_found & in_headline, in_found | in_headline)
    )
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def rank_correlations(first: pd.Series, second: pd.Series) -> Correlations:
    """Kendall's tau-b and Spearman's rho of two rankings on the terms they share.

    Ties are handled by both (tau-b; mean ranks): scipy computes them. Terms of one ranking alone do not enter, so read
    them beside rank_biased_overlap. With fewer than MIN_COMMON common terms, or where one ranking gives them all one
    score, there is no correlation: the status says so.
    """
    common = first.index.intersection(second.index)
    left, right = (np.round(side.loc[common].to_numpy(dtype=np.float64), DECIMALS) for side in (first, second))
    if len(common) < MIN_COMMON:
        return Correlations(np.nan, np.nan, len(common), f"fewer than {MIN_COMMON} terms in common")
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return Correlations(np.nan, np.nan, len(common), "all common terms tied")
    return Correlations(
        float(kendalltau(left, right).statistic), float(spearmanr(left, right).statistic), len(common), "ok"
    )


def compare_rankings(first: pd.Series, second: pd.Series, *, top: int = 10, p: float = P) -> dict[str, Any]:
    """All measures of how two rankings agree, a row with the keys COMPARED.

    first, second: scores by term. tied_first, tied_second: how many of the terms at rank `top` or better share their
    rank with another term. status: "ok", or why a measure is NaN.
    """
    if first.empty or second.empty:
        measures: dict[str, Any] = dict.fromkeys(COMPARED[:4], np.nan)
        return measures | {"n_common": 0, "tied_first": 0, "tied_second": 0, "status": "a ranking without terms"}
    found = rank_correlations(first, second)
    return {
        "rbo": rank_biased_overlap(first, second, p=p),
        "jaccard": jaccard(first, second, top),
        "kendall": found.kendall,
        "spearman": found.spearman,
        "n_common": found.n_common,
        "tied_first": n_tied(first, top),
        "tied_second": n_tied(second, top),
        "status": found.status,
    }


def n_tied(ranking: pd.Series, top: int) -> int:
    """How many of the terms at rank `top` or better share their rank with another."""
    found = ranks(ranking)
    return int((found.duplicated(keep=False) & (found <= top)).sum())


def adjusted_rand(first: Mapping[str, Any] | pd.Series, second: Mapping[str, Any] | pd.Series) -> float:
    """Adjusted Rand index of two groupings of the same units: 1 the same, about 0 no more alike than by chance.

    first, second: unit -> label; what the labels are called does not matter. Hubert and Arabie (1985), as
    scikit-learn's adjusted_rand_score. Raises ValueError where they do not hold the same units.
    """
    one, other = pd.Series(dict(first)), pd.Series(dict(second))
    if {*one.index} != {*other.index} or one.empty:
        raise ValueError("two groupings of different units: compare those of the units that both have")
    codes, base = pd.factorize(one)[0], pd.factorize(other.loc[one.index])[0]
    return float(adjusted_rands(codes[None, :].astype(np.int64), base.astype(np.int64))[0])


def adjusted_rands(found: Ints, headline: Ints) -> Floats:
    """Adjusted Rand index of many groupings with one: shape (n_groupings,).

    found: labels from 0, shape (n_groupings, n_units). headline: labels from 0, shape (n_units,). See adjusted_rand.
    """
    n_groupings, n_units = found.shape
    wide, high = int(found.max(initial=0)) + 1, int(headline.max(initial=0)) + 1
    cell = (np.arange(n_groupings)[:, None] * wide + found) * high + headline[None, :]
    table = np.bincount(cell.ravel(), minlength=n_groupings * wide * high).reshape(n_groupings, wide, high)
    pairs = (table**2).sum(axis=(1, 2)) - n_units  # ordered pairs that are together in both, and so on
    rows = (table.sum(axis=2) ** 2).sum(axis=1) - n_units
    columns = (table.sum(axis=1) ** 2).sum(axis=1) - n_units
    every = n_units * (n_units - 1)
    expected = rows * columns / max(every, 1)
    highest = (rows + columns) / 2
    differ = highest - expected
    return np.where(differ == 0, 1.0, (pairs - expected) / np.where(differ == 0, 1.0, differ))


def rank_distribution(rankings: Sequence[Ranking], *, top: int = 10, level: float = 0.95) -> pd.DataFrame:
    """Where each term ranks over many rankings: columns DISTRIBUTION, the surest of the first `top` first.

    n: rankings. present: share of them that have the term. in_top: share in which it ranks `top` or better. best, low,
    median, high, worst: its rank, low to high the middle `level` of the rankings that have it (nearest ranks that were
    seen). Rows by falling in_top, then median, then term. Raises ValueError where there is no ranking.
    """
    if not rankings:
        raise ValueError("no rankings: there is no distribution")
    seen: dict[str, list[int]] = {}
    for ranking in rankings:
        for term, rank in ranks(ranking).items():
            seen.setdefault(str(term), []).append(int(rank))
    tail = (1 - level) / 2
    rows = []
    for term, found in seen.items():
        inner = np.quantile(found, [tail, 0.5, 1 - tail], method="closest_observation").astype(int).tolist()
        in_top = sum(rank <= top for rank in found) / len(rankings)
        rows.append((term, len(rankings), len(found) / len(rankings), in_top, min(found), *inner, max(found)))
    table = pd.DataFrame(rows, columns=DISTRIBUTION)
    return table.sort_values(["in_top", "median", "term"], ascending=[False, True, True], ignore_index=True)
