"""Statistics of 2×2 tables, many at once: what keyness and collocation have in common.

A term stands a times among n_target words and b times among n_reference words; the four cells are

                target           reference
    the term    a                b
    others      n_target - a     n_reference - b

All functions take arrays of one shape (or plain numbers) and return an array of that shape; no result is NaN. A table
with an empty margin (the term in neither text, or no other word in either) shows no difference: its test statistics are
0 and its p is 1.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, gammaln, xlogy
from scipy.stats import false_discovery_control

from src.utils.measures.sentence_terms import Floats, Ints

HALF: Final = 0.5
"""Stands for a count of zero in effect sizes, which would else be infinite (Hardie 2014)."""

_TIED: Final = 1 + 1e-7  # tables as likely as the one seen, but for rounding, are as extreme (as in R's fisher.test)


class Cells(NamedTuple):
    """Observed counts: rows the term and the others, columns target and reference (or node and elsewhere)."""

    o11: Floats
    o12: Floats
    o21: Floats
    o22: Floats

    @property
    def total(self) -> Floats:
        """All words."""
        return self.o11 + self.o12 + self.o21 + self.o22

    def margins(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Sums of the first and second row, of the first and second column."""
        return self.o11 + self.o12, self.o21 + self.o22, self.o11 + self.o21, self.o12 + self.o22

    def expected(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Counts expected were rows and columns independent: row sum times column sum by total."""
        row1, row2, column1, column2 = self.margins()
        total = np.maximum(self.total, 1)
        return row1 * column1 / total, row1 * column2 / total, row2 * column1 / total, row2 * column2 / total


def cells(a: ArrayLike, b: ArrayLike, n_target: ArrayLike, n_reference: ArrayLike) -> Cells:
    """Lay out the four cells of each term.

    Raises ValueError where a count is negative or above the number of words, and where a text has no words.
    """
    o11, o12, n1, n2 = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (a, b, n_target, n_reference))
    )
    if (n1 <= 0).any() or (n2 <= 0).any():
        raise ValueError("a text without words cannot be compared: target and reference need at least one each")
    if (o11 < 0).any() or (o12 < 0).any() or (o11 > n1).any() or (o12 > n2).any():
        raise ValueError("a term counts less than 0 or more often than its text has words: give the sizes of all words")
    return Cells(o11, o12, n1 - o11, n2 - o12)


def direction(table: Cells) -> Ints:
    """1 where the term is relatively more frequent in the target, -1 in the reference, 0 where the shares are equal."""
    return np.sign(table.o11 * table.o22 - table.o12 * table.o21).astype(np.int64)


def g2_4cell(table: Cells) -> Floats:
    """Log-likelihood ratio over all four cells: G² = 2 Σ O ln(O / E). Dunning (1993); 0 where the shares are equal."""
    parts = [_o_ln_o_by_e(o, e) for o, e in zip(table, table.expected(), strict=True)]
    total: Floats = np.sum(parts, axis=0)
    return np.maximum(2 * total, 0.0)


def g2_2term(table: Cells) -> Floats:
    """Log-likelihood ratio over the term's two cells alone: 2 (a ln(a / E1) + b ln(b / E2)).

    The form of corpus tools (Rayson 2002); below the four-cell form by what the other words add.
    """
    e11, e12, _, _ = table.expected()
    return np.maximum(2 * (_o_ln_o_by_e(table.o11, e11) + _o_ln_o_by_e(table.o12, e12)), 0.0)


def _o_ln_o_by_e(observed: Floats, expected: Floats) -> Floats:
    ratio = np.divide(observed, expected, out=np.ones_like(observed), where=expected > 0)
    result: Floats = xlogy(observed, ratio)
    return result


def williams_factor(table: Cells) -> Floats:
    """Williams' correction: what G² is divided by, so that it follows χ² better in small tables; 1 for an empty margin.

    q = 1 + (N/R1 + N/R2 - 1) (N/C1 + N/C2 - 1) / (6 N). Williams (1976); Sokal and Rohlf (1995), 17.3.
    """
    row1, row2, column1, column2 = table.margins()
    full = (row1 > 0) & (row2 > 0) & (column1 > 0) & (column2 > 0)
    n = np.where(full, table.total, 1.0)
    rows = n / np.where(full, row1, 1.0) + n / np.where(full, row2, 1.0) - 1
    columns = n / np.where(full, column1, 1.0) + n / np.where(full, column2, 1.0) - 1
    return np.where(full, 1 + rows * columns / (6 * n), 1.0)


def chi2(table: Cells, *, yates: bool = False) -> Floats:
    """Pearson's χ² = N (o11 o22 - o12 o21)² / (R1 R2 C1 C2); with Yates' correction |…| - N/2, not below 0, instead."""
    row1, row2, column1, column2 = table.margins()
    difference = np.abs(table.o11 * table.o22 - table.o12 * table.o21)
    if yates:
        difference = np.maximum(difference - table.total / 2, 0.0)
    margins = row1 * row2 * column1 * column2
    result: Floats = np.divide(table.total * difference**2, margins, out=np.zeros_like(margins), where=margins > 0)
    return result


def phi2(table: Cells) -> Floats:
    """χ² / N, from 0 to 1: the squared correlation of the two events. Church and Gale (1991)."""
    shares: Floats = chi2(table) / np.maximum(table.total, 1)
    return shares


def chi2_p(statistic: ArrayLike) -> Floats:
    """Probability of at least this χ² or G² by chance, one degree of freedom."""
    result: Floats = chdtrc(1, np.asarray(statistic, dtype=np.float64))
    return result


def fisher_p(table: Cells) -> Floats:
    """Fisher's exact test, two-sided: the probability of all tables with these margins no likelier than the one seen.

    Cells must be whole numbers. Each different margin is worked out once, so that the rare terms of a vocabulary, which
    share theirs, cost little: time and memory grow with the sum of the different row sums R1.
    """
    o11, row1, column1, total = (
        np.atleast_1d(value).astype(np.int64)
        for value in np.broadcast_arrays(table.o11, table.o11 + table.o12, table.o11 + table.o21, table.total)
    )
    margins, inverse = np.unique(np.stack([row1, column1, total]), axis=1, return_inverse=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    bounds = np.searchsorted(inverse.ravel()[order], np.arange(margins.shape[1] + 1))
    p = np.ones(len(o11))
    for at, (row, column, n) in enumerate(margins.T.tolist()):
        members = order[bounds[at] : bounds[at + 1]]
        p[members] = _fisher_of_margin(o11[members], row, column, n)
    return p.reshape(np.shape(table.o11))


def _fisher_of_margin(o11: Ints, row: int, column: int, n: int) -> Floats:
    """P-values of tables of one margin: o11 is hypergeometric."""
    least = max(0, row + column - n)
    k = np.arange(least, min(row, column) + 1)
    log_ways = gammaln(column + 1) - gammaln(k + 1) - gammaln(column - k + 1)
    log_ways += gammaln(n - column + 1) - gammaln(row - k + 1) - gammaln(n - column - row + k + 1)
    ways = np.exp(log_ways - log_ways.max())
    ordered = np.sort(ways)
    up_to = np.cumsum(ordered)
    last = np.searchsorted(ordered, ways[o11 - least] * _TIED, side="right") - 1
    p: Floats = up_to[last] / up_to[-1]
    return np.minimum(p, 1.0)


def _without_zeros(table: Cells) -> Cells:
    return Cells(*(np.where(cell == 0, HALF, cell) for cell in table))


def log_ratio(a: ArrayLike, b: ArrayLike, n_target: ArrayLike, n_reference: ArrayLike) -> Floats:
    """Binary logarithm of the ratio of the relative frequencies: 1 is twice as frequent in the target, -1 half.

    A count of zero is taken as HALF. Hardie (2014).
    """
    counts = (np.asarray(value, dtype=np.float64) for value in (a, b))
    first, second = (np.where(value == 0, HALF, value) for value in counts)
    result: Floats = np.log2(first / np.asarray(n_target)) - np.log2(second / np.asarray(n_reference))
    return result


def percent_diff(a: ArrayLike, b: ArrayLike, n_target: ArrayLike, n_reference: ArrayLike) -> Floats:
    """%DIFF: by how many per cent the relative frequency in the target is above that in the reference.

    A count of zero is taken as HALF, as in log_ratio (Gabrielatos and Marchi, 2011, take 10⁻¹⁸ for a zero in the
    reference, which gives a number without meaning): always 100 (2^log_ratio - 1).
    """
    ratio: Floats = np.exp2(log_ratio(a, b, n_target, n_reference))
    return (ratio - 1) * 100


def odds_ratio(table: Cells) -> Floats:
    """(o11 / o21) / (o12 / o22): odds of the term in the target by its odds in the reference; cells of zero as HALF."""
    o11, o12, o21, o22 = _without_zeros(table)
    return (o11 / o21) / (o12 / o22)


def weighted_log_odds(
    a: ArrayLike,
    b: ArrayLike,
    prior: ArrayLike,
    n_target: float,
    n_reference: float,
    *,
    n_prior: float | None = None,
) -> tuple[Floats, Floats]:
    """Log-odds-ratio with an informative Dirichlet prior: its value δ (natural logarithm) and its z-score.

        δ = ln((a + α) / (n1 + α0 - a - α)) - ln((b + α) / (n2 + α0 - b - α)),   z = δ / sqrt(1/(a + α) + 1/(b + α))

    prior: α, pseudo-counts of each term, all above 0; n_prior: α0, the sum of α over the whole vocabulary, the sum of
    prior where not given. Rare terms are drawn towards no difference, as the prior has it. Monroe, Colaresi and Quinn
    (2008), eqs. 15, 16, 20 and 22. Raises ValueError for a prior that is not above 0 or larger than its sum.
    """
    alpha = np.asarray(prior, dtype=np.float64)
    sum_alpha = float(alpha.sum()) if n_prior is None else n_prior
    first, second = np.asarray(a, dtype=np.float64) + alpha, np.asarray(b, dtype=np.float64) + alpha
    if (alpha <= 0).any():
        raise ValueError("a prior of 0 or below: give every term a pseudo-count above 0")
    if (first >= n_target + sum_alpha).any() or (second >= n_reference + sum_alpha).any():
        raise ValueError("a term is all there is in its text and prior: give the sizes of all words")
    delta = np.log(first / (n_target + sum_alpha - first)) - np.log(second / (n_reference + sum_alpha - second))
    return delta, delta / np.sqrt(1 / first + 1 / second)


def bh_q(p: ArrayLike) -> Floats:
    """Benjamini and Hochberg's (1995) q: the least false discovery rate at which each would be called different."""
    values = np.asarray(p, dtype=np.float64)
    result: Floats = false_discovery_control(values, method="bh") if values.size else values
    return result
