"""How much a term marks a unit among other units: the formulas, on counts of one set of units or of many at once.

Every formula is computed for the terms that stand in a unit, from the count itself and from what the set of units says
of the term. Logarithms are natural. N: units of the set; df: units the term stands in; f: its occurrences in all units;
n: in this one; s: words counted in this unit; S: in all.

    tf   raw n · sublinear 1 + ln n · normalised 0.4 + 0.6 n / (highest n of the unit)
    idf  raw ln(N / df) + 1 · smooth ln((1 + N) / (1 + df)) + 1 · probabilistic max(0, ln((N - df) / df))
    tfidf_<tf>_<idf>  tf · idf, each unit's row brought to length 1 (L2)
    ctfidf            n / s · ln(1 + (S / N) / f)
    bm25              ln(1 + (N - df + 0.5) / (df + 0.5)) · n (k + 1) / (n + k (1 - b + b s N / S)), k = 1.2, b = 0.75
    log_odds          z of the log-odds ratio of the unit against the others, prior S / N words of the whole's mix
    likelihood_ratio  n ln 2 - E, E = (f - n + ½) s / (S - s): twice the others' rate against that rate

Raw tf with raw or smooth idf is scikit-learn's TfidfTransformer; sublinear is its sublinear_tf. Dividing tf by the
unit's size would change no row of length 1, so "normalised" is by the highest count (Manning, Raghavan and Schütze
2008, section 6.4.2); scikit-learn has neither that nor the probabilistic idf (ibid., section 6.4.3). c-TF-IDF is
Grootendorst's (2022) with the average size S / N as it is; BERTopic cuts it to a whole number. BM25: Robertson and
Zaragoza (2009), with 1 added under the logarithm so that no term counts against its unit. Weighted log-odds: Monroe,
Colaresi and Quinn (2008, eqs. 16, 19, 20, 22). The likelihood ratio is that of two Poisson rates, Neyman and Pearson's
rule for one stated effect; the half occurrence keeps the others' rate of a term they lack above zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from src.utils.measures.sentence_terms import Floats, Ints

TF: Final = ("raw", "sublinear", "normalised")
IDF: Final = ("raw", "smooth", "probabilistic")
EFFECT: Final = 2.0
"""The effect that the likelihood ratio weighs: twice the others' rate. In recovery.py it finds markers of 2 to 5 times
the rate better than a ratio of 3 or 5 does, since the larger asks too much of frequent terms."""

_K, _B = 1.2, 0.75
_LEAST_SHARE: Final = 0.4


@dataclass(frozen=True)
class Cells:
    """Terms in units, one entry for each, of one or many sets of units.

    n, size, df, total, size_all: as n, s, df, f and S above, shape (n_cells,).
    n_units: N, the same in all sets. row: the unit's row of each cell, column: the term's; n_rows: sets times units.
    """

    n: Floats
    size: Floats
    df: Floats
    total: Floats
    size_all: Floats
    n_units: int
    row: Ints
    column: Ints
    n_rows: int

    def highest(self) -> Floats:
        """The highest n of each cell's unit."""
        highest = np.zeros(self.n_rows)
        np.maximum.at(highest, self.row, self.n)
        return highest[self.row]

    def with_counts(self, n: Floats) -> "Cells":
        """Each cell by itself as if its term stood n times in its unit, the unit's other terms and df as they are."""
        more = n - self.n
        return replace(self, n=n, size=self.size + more, total=self.total + more, size_all=self.size_all + more)


def cells_of(counts: csr_matrix, n_units: int) -> Cells:
    """Lay out the counts of one or many sets of units, one after the other, for the formulas.

    counts: occurrences, shape (n_sets * n_units, n_terms); without stored zeros.
    """
    n_rows, n_terms = counts.shape
    row = np.repeat(np.arange(n_rows), np.diff(counts.indptr))
    column = counts.indices.astype(np.int64)
    n = counts.data.astype(np.float64)
    n_sets = n_rows // n_units
    key = row // n_units * n_terms + column
    size = np.bincount(row, n, minlength=n_rows)
    return Cells(
        n=n,
        size=size[row],
        df=np.bincount(key, minlength=n_sets * n_terms)[key].astype(np.float64),
        total=np.bincount(key, n, minlength=n_sets * n_terms)[key],
        size_all=size.reshape(n_sets, n_units).sum(axis=1)[row // n_units],
        n_units=n_units,
        row=row,
        column=column,
        n_rows=n_rows,
    )


def _raw(cells: Cells) -> Floats:
    return cells.n


def _sublinear(cells: Cells) -> Floats:
    return 1 + np.log(cells.n)


def _normalised(cells: Cells) -> Floats:
    return _LEAST_SHARE + (1 - _LEAST_SHARE) * cells.n / cells.highest()


def _idf_raw(cells: Cells) -> Floats:
    return np.log(cells.n_units / cells.df) + 1


def _idf_smooth(cells: Cells) -> Floats:
    return np.log((1 + cells.n_units) / (1 + cells.df)) + 1


def _idf_probabilistic(cells: Cells) -> Floats:
    """No logarithm below zero, and none of zero: a term of all units has weight 0."""
    return np.log(np.maximum(cells.n_units - cells.df, cells.df) / cells.df)


_TF: Final[Mapping[str, Callable[[Cells], Floats]]] = {"raw": _raw, "sublinear": _sublinear, "normalised": _normalised}
_IDF: Final[Mapping[str, Callable[[Cells], Floats]]] = {
    "raw": _idf_raw,
    "smooth": _idf_smooth,
    "probabilistic": _idf_probabilistic,
}


def _tfidf(cells: Cells, tf: str, idf: str) -> Floats:
    weight = _TF[tf](cells) * _IDF[idf](cells)
    length = np.sqrt(np.bincount(cells.row, weight**2, minlength=cells.n_rows))
    value: Floats = weight / np.where(length > 0, length, 1)[cells.row]
    return value


def _ctfidf(cells: Cells) -> Floats:
    return cells.n / cells.size * np.log1p(cells.size_all / cells.n_units / cells.total)


def _bm25(cells: Cells) -> Floats:
    idf = np.log1p((cells.n_units - cells.df + 0.5) / (cells.df + 0.5))
    relative_size = cells.size * cells.n_units / cells.size_all
    value: Floats = idf * cells.n * (_K + 1) / (cells.n + _K * (1 - _B + _B * relative_size))
    return value


def weighted_log_odds(
    n: Floats, size: Floats, others: Floats, others_size: Floats, *, prior: Floats | float, prior_size: Floats | float
) -> Floats:
    """The z-score of the log-odds ratio of a term in one text against another, with a Dirichlet prior.

    n, others: occurrences in the two; size, others_size: their words; prior: the prior's occurrences of the term, added
    to both; prior_size: the prior's words. δ = ln((n + a) / (s + a₀ - n - a)) - the same of the other text;
    σ² = 1 / (n + a) + 1 / (m + a); z = δ / σ. Monroe, Colaresi and Quinn (2008), eqs. 16, 19, 20, 22.
    """
    own, other = n + prior, others + prior
    odds = np.log(own / (size + prior_size - own)) - np.log(other / (others_size + prior_size - other))
    z: Floats = odds / np.sqrt(1 / own + 1 / other)
    return z


def _log_odds(cells: Cells) -> Floats:
    prior_size = cells.size_all / cells.n_units
    prior = cells.total / cells.n_units
    others, others_size = cells.total - cells.n, cells.size_all - cells.size
    return weighted_log_odds(cells.n, cells.size, others, others_size, prior=prior, prior_size=prior_size)


def _likelihood_ratio(cells: Cells) -> Floats:
    expected = (cells.total - cells.n + 0.5) * cells.size / (cells.size_all - cells.size)
    value: Floats = cells.n * np.log(EFFECT) - (EFFECT - 1) * expected
    return value


FORMULAS: Final[Mapping[str, Callable[[Cells], Floats]]] = MappingProxyType(
    {f"tfidf_{tf}_{idf}": partial(_tfidf, tf=tf, idf=idf) for tf in TF for idf in IDF}
    | {"ctfidf": _ctfidf, "bm25": _bm25, "log_odds": _log_odds, "likelihood_ratio": _likelihood_ratio}
)
"""The measures by name, each a function of cells; the order is that of all tables."""

MEASURES: Final = tuple(FORMULAS)


def formula(measure: str) -> Callable[[Cells], Floats]:
    """Look a measure up by name. Raises ValueError that lists the names for one that is unknown."""
    if measure not in FORMULAS:
        raise ValueError(f"no measure {measure!r}: there are {', '.join(MEASURES)}")
    return FORMULAS[measure]


WITH_INTERVAL: Final = ("tfidf_raw_raw", "tfidf_raw_smooth", "ctfidf", "log_odds", "likelihood_ratio")
"""Measures that are steady enough in the count for an interval of the count to become one of the score.

At twelve units of 500 characters it holds the score to be expected of a marker of one, three or five times the others'
rate in 94 to 97 % of texts; that of the likelihood ratio of a term that marks nothing in 90 %. The other measures jump
with df or with the first occurrence: no interval was found that holds for them (resampled sentences do in 70 to 78 %),
so they have none. interval_coverage.score_coverage measures both.
"""


def at_counts(cells: Cells, measure: str, n: Floats) -> Floats:
    """Score each cell by itself as if its term stood n times (above 0) in its unit, df and all other terms as they are.

    For measures of WITH_INTERVAL.
    """
    if measure in ("tfidf_raw_raw", "tfidf_raw_smooth"):
        value, times = formula(measure)(cells), n / cells.n
        scaled: Floats = (
            value * times / np.sqrt(1 - value**2 + (value * times) ** 2)
        )  # the row's length changes with it
        return scaled
    return formula(measure)(cells.with_counts(n))


def score_interval(cells: Cells, measure: str, n_low: Floats, n_high: Floats) -> tuple[Floats, Floats]:
    """Lowest and highest of a score and what it would be at two counts (above 0); for measures of WITH_INTERVAL.

    The ends are commonly the scores at the ends; only where a term makes up much of all text can more of it score less.
    """
    scores = np.stack([formula(measure)(cells), at_counts(cells, measure, n_low), at_counts(cells, measure, n_high)])
    return scores.min(axis=0), scores.max(axis=0)
