"""Weights of terms in units over many resamples at once: the arrays behind a grid of choices.

Counts come as arrays of shape (n_resamples, n_entries), an entry being a term in a unit; entries are ordered by unit,
then by term. A term that a resample of a unit does not hold has count 0 and no weight (NaN).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR: Final = 0.05
"""Pseudo-count of every term in the log-odds: the uniform Dirichlet prior of Monroe, Colaresi and Quinn (2008)."""

K1: Final = 1.2
B: Final = 0.75


@dataclass(frozen=True)
class Layout:
    """Which entry is which: unit and term of each, numbered from 0; every unit and every term has an entry."""

    unit: Ints
    term: Ints

    @cached_property
    def n_units(self) -> int:
        """Units."""
        return int(self.unit.max(initial=-1)) + 1

    @cached_property
    def _starts(self) -> Ints:
        return np.searchsorted(self.unit, np.arange(self.n_units))

    @cached_property
    def _by_term(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.term, kind="stable")
        return order, np.searchsorted(self.term[order], np.arange(int(self.term.max(initial=-1)) + 1))

    def unit_sums(self, values: Floats) -> Floats:
        """Sum over each unit's entries: shape (n_resamples, n_units)."""
        return np.add.reduceat(values, self._starts, axis=1)

    def over_units(self, values: Floats) -> Floats:
        """Sum over all units, given to each of the term's entries: shape (n_resamples, n_entries)."""
        order, starts = self._by_term
        return np.add.reduceat(values[:, order], starts, axis=1)[:, self.term]


def _idf_parts(n: Floats, layout: Layout) -> tuple[Floats, Floats]:
    """Document frequency of each entry's term, and the number of units that have a term: (n_resamples, 1)."""
    held = (n > 0).astype(np.float64)
    return layout.over_units(held), (layout.unit_sums(held) > 0).sum(axis=1, keepdims=True).astype(np.float64)


def _unit_length(weights: Floats, layout: Layout) -> Floats:
    """Bring each unit's vector to length 1."""
    lengths = np.sqrt(layout.unit_sums(weights**2))[:, layout.unit]
    return np.where(lengths > 0, weights / np.where(lengths > 0, lengths, 1.0), 0.0)


def frequency(n: Floats, layout: Layout) -> Floats:
    """The count itself."""
    return n


def tfidf(n: Floats, layout: Layout) -> Floats:
    """TF-IDF n · (ln((1 + N)/(1 + df)) + 1), rows of length 1: as measures.tfidf.tfidf and scikit-learn's default."""
    df, n_units = _idf_parts(n, layout)
    return _unit_length(n * (np.log((1 + n_units) / (1 + df)) + 1), layout)


def tfidf_raw(n: Floats, layout: Layout) -> Floats:
    """TF-IDF n · (ln(N/df) + 1), rows of length 1: as measures.tfidf.tfidf(smooth=False)."""
    df, n_units = _idf_parts(n, layout)
    return _unit_length(n * (np.log(n_units / np.maximum(df, 1)) + 1), layout)


def tfidf_sublinear(n: Floats, layout: Layout) -> Floats:
    """TF-IDF (1 + ln n) · (ln((1 + N)/(1 + df)) + 1), rows of length 1: scikit-learn's sublinear_tf."""
    df, n_units = _idf_parts(n, layout)
    tf = np.where(n > 0, 1 + np.log(np.maximum(n, 1)), 0.0)
    return _unit_length(tf * (np.log((1 + n_units) / (1 + df)) + 1), layout)


def c_tfidf(n: Floats, layout: Layout) -> Floats:
    """n/(terms of the unit) · ln(1 + A/f), A the mean number of terms of a unit, f the term's count in all of them.

    Grootendorst (2022), BERTopic, eq. 2; A is not rounded.
    """
    sizes = layout.unit_sums(n)
    mean = sizes.sum(axis=1, keepdims=True) / np.maximum((sizes > 0).sum(axis=1, keepdims=True), 1)
    share = n / np.maximum(sizes, 1)[:, layout.unit]
    return np.asarray(share * np.log(1 + mean / np.maximum(layout.over_units(n), 1)))


def bm25(n: Floats, layout: Layout) -> Floats:
    """ln(1 + (N - df + ½)/(df + ½)) · n (k1 + 1)/(n + k1 (1 - b + b · size/mean size)), k1 = K1, b = B.

    Robertson and Zaragoza (2009), eq. 3.15, with the idf that cannot fall below 0 (Lucene's).
    """
    df, n_units = _idf_parts(n, layout)
    sizes = layout.unit_sums(n)
    mean = sizes.sum(axis=1, keepdims=True) / np.maximum(n_units, 1)
    relative = (sizes / np.maximum(mean, 1))[:, layout.unit]
    idf = np.log(1 + (n_units - df + 0.5) / (df + 0.5))
    return np.asarray(idf * n * (K1 + 1) / (n + K1 * (1 - B + B * relative)))


def log_odds(n: Floats, layout: Layout) -> Floats:
    """z-score of the log-odds of the term in the unit against all other units, with PRIOR for each term.

    δ = ln((y + α)/(n + α₀ - y - α)) of the unit less the same of the others; z = δ/√(1/(y + α) + 1/(y' + α)). Monroe,
    Colaresi and Quinn (2008), eqs. 15, 20 and 22; terms that no unit of the resample holds do not enter α₀.
    """
    rest = layout.over_units(n) - n
    sizes = layout.unit_sums(n)
    own_size = sizes[:, layout.unit]
    rest_size = sizes.sum(axis=1, keepdims=True) - own_size
    df = np.maximum(layout.over_units((n > 0).astype(np.float64)), 1)
    n_terms = np.where(n > 0, 1 / df, 0.0).sum(axis=1, keepdims=True)
    prior = PRIOR * np.round(n_terms)
    own_odds = (n + PRIOR) / (own_size + prior - n - PRIOR)
    rest_odds = (rest + PRIOR) / (rest_size + prior - rest - PRIOR)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.log(own_odds / rest_odds) / np.sqrt(1 / (n + PRIOR) + 1 / (rest + PRIOR))
    return np.where(np.isfinite(z), z, 0.0)  # a unit alone, or of one term only, is compared with nothing


Weighting = Callable[[Floats, Layout], Floats]

WEIGHTINGS: Final[Mapping[str, Weighting]] = {
    "tfidf": tfidf,
    "tfidf-raw": tfidf_raw,
    "tfidf-sublinear": tfidf_sublinear,
    "c-tfidf": c_tfidf,
    "bm25": bm25,
    "log-odds": log_odds,
    "frequency": frequency,
}


def weigh(n: Floats, layout: Layout, weighting: str) -> Floats:
    """Weigh counts; NaN where a term is not held. Raises ValueError for an unknown weighting."""
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting: there is no {weighting!r}; there are {', '.join(WEIGHTINGS)}")
    if not n.shape[1]:
        return n
    return np.where(n > 0, WEIGHTINGS[weighting](n, layout), np.nan)
