"""Simulated units that differ in nothing but planted markers: what is true of them is known exactly.

Units are made of real sentences drawn at random, so that they have real words in real clusters and do not differ; then
some terms of each are made several times as frequent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csc_matrix, csr_matrix

from src.utils.measures.sentence_terms import SENTENCE, Floats, Ints, sentence_terms
from src.utils.measures.unit_texts import UnitTexts, generator_of

MARKER_RATES: Final = (30.0, 1000.0)
"""Markers are planted among terms of so many per 10,000 words counted: from a third of a word in 100 on."""

N_MARKERS: Final = 5
N_SIMULATIONS: Final = 500


@dataclass(frozen=True)
class SentencePool:
    """Real sentences that units are drawn from.

    counts: occurrences, shape (n_sentences, n_terms). n_words, n_chars: of each sentence, all words, punctuation in the
    characters.
    """

    counts: csr_matrix
    n_words: Ints
    n_chars: Ints

    @cached_property
    def per_sentence(self) -> Floats:
        """Mean occurrences of each term in a sentence."""
        mean: Floats = np.asarray(self.counts.mean(axis=0), dtype=np.float64).ravel()
        return mean

    def markers_between(self, rates: tuple[float, float]) -> Ints:
        """Columns of the terms whose rate per 10,000 words counted lies in the range, the upper end not included."""
        per_10k = self.per_sentence / self.per_sentence.sum() * 10_000
        return np.flatnonzero((per_10k >= rates[0]) & (per_10k < rates[1])).astype(np.int64)


def sentence_pool(tokens: pd.DataFrame, size_tokens: pd.DataFrame | None = None) -> SentencePool:
    """Gather the sentences of a corpus that hold a counted term.

    tokens: what is counted, commonly without stop words; size_tokens: all tokens, for the words and characters of a
    sentence. Columns come in code-point order of the terms. Raises ValueError for fewer than 20 sentences.
    """
    counted = sentence_terms(tokens, size_tokens)
    held = counted.counts.getnnz(axis=1) > 0
    if held.sum() < 20:
        raise ValueError(f"{held.sum()} sentences with a counted term: too few to make units of; give a larger corpus")
    sized = tokens if size_tokens is None else size_tokens
    rows = counted.rows_of(sized[SENTENCE])
    n_chars = np.bincount(rows, sized["term"].str.len().to_numpy(dtype=np.float64), minlength=len(held))
    return SentencePool(counted.counts[held], counted.n_words[held], n_chars[held].astype(np.int64))


@dataclass(frozen=True)
class Planted:
    """Simulated units: sentences drawn from a pool, and occurrences of markers put into them.

    sizes: sentences of each unit. drawn: the pool's rows, shape (n_simulations, sum of sizes), units one after the
    other. markers: their columns, shape (n_simulations, n_units, n_markers). added: further occurrences, shape
    (n_simulations * sum of sizes, n_terms). effect: how many times the pool's rate a marker has in its unit.
    """

    pool: SentencePool
    sizes: Ints
    drawn: Ints
    markers: Ints
    added: csr_matrix
    effect: float

    @property
    def n_simulations(self) -> int:
        """How many sets of units there are."""
        return len(self.drawn)

    @property
    def n_units(self) -> int:
        """Units of one simulation."""
        return len(self.sizes)

    @cached_property
    def sentence_counts(self) -> csr_matrix:
        """Occurrences in every sentence, shape (n_simulations * sum of sizes, n_terms)."""
        return csr_matrix(self.pool.counts[self.drawn.ravel()] + self.added)

    @cached_property
    def sum_by_unit(self) -> csr_matrix:
        """Matrix of ones that adds sentences up to units: a row for each unit, a column for each sentence drawn."""
        n_rows = self.drawn.size
        ends = np.cumsum(np.tile(self.sizes, self.n_simulations))
        parts = (np.ones(n_rows, dtype=np.int64), np.arange(n_rows), np.r_[0, ends])
        return csr_matrix(parts, shape=(len(ends), n_rows))

    def unit_counts(self) -> csr_matrix:
        """Occurrences in every unit, shape (n_simulations * n_units, n_terms), columns sorted."""
        counts = csr_matrix(self.sum_by_unit @ self.sentence_counts)
        counts.sort_indices()
        return counts

    def texts(self, simulation: int) -> UnitTexts:
        """One simulation as the functions of profiles take it; only the terms that stand in it."""
        n_rows = self.drawn.shape[1]
        counts = self.sentence_counts[simulation * n_rows : (simulation + 1) * n_rows]
        stands = np.flatnonzero(counts.getnnz(axis=0))
        return UnitTexts(
            scheme="simulated",
            units=np.arange(self.n_units).astype(object),
            terms=stands.astype(object),
            counts=counts[:, stands],
            unit_of=np.repeat(np.arange(self.n_units), self.sizes),
            n_words=self.pool.n_words[self.drawn[simulation]],
            sentences=pd.DataFrame({"plan": "simulated", "sentence": np.arange(n_rows)}),
            own=(np.empty(0, dtype=np.int64),) * self.n_units,
        )

    def true_counts(self, simulation: int, columns: Ints) -> Floats:
        """Expected occurrences of these terms in each unit, shape (n_units, n_columns)."""
        expected = np.outer(self.sizes, self.pool.per_sentence[columns])
        for unit, markers in enumerate(self.markers[simulation]):
            expected[unit, np.isin(columns, markers)] *= self.effect
        return expected

    def true_sizes(self, simulation: int) -> Floats:
        """Expected counted words of each unit."""
        mean = self.pool.per_sentence
        more = (self.effect - 1) * mean[self.markers[simulation]].sum(axis=1)
        sizes: Floats = self.sizes * (mean.sum() + more)
        return sizes


def plant(
    pool: SentencePool,
    sizes: Sequence[int],
    *,
    effect: float = 3.0,
    n_markers: int = N_MARKERS,
    marker_rates: tuple[float, float] = MARKER_RATES,
    n_simulations: int = N_SIMULATIONS,
    seed: int = 0,
    fixed: bool = False,
) -> Planted:
    """Make sets of units that differ in nothing but their planted markers.

    sizes: sentences of each unit, as many entries as units. Every sentence is drawn from the pool with replacement.
    Each unit has n_markers markers, drawn among the terms of marker_rates (per 10,000 words counted of the pool), no
    term in two units as long as there are enough. To a marker's count in each of its unit's sentences are added its
    counts in effect - 1 further sentences drawn from the pool (of a part of 1, in as many sentences): its rate is then
    `effect` times the pool's and its occurrences come in clusters as they do there. fixed: the same markers in all
    simulations. Raises ValueError for an effect below 1 and where fewer terms than n_markers have such rates.
    """
    if effect < 1:
        raise ValueError(
            f"an effect of {effect}: a marker is at least as frequent in its unit as elsewhere, give 1 or more"
        )
    among = pool.markers_between(marker_rates)
    if len(among) < n_markers:
        raise ValueError(
            f"{len(among)} terms have {marker_rates[0]:g} to {marker_rates[1]:g} occurrences per 10,000 words, fewer "
            f"than the {n_markers} markers of a unit: widen marker_rates or give a larger pool"
        )
    units = np.array(sizes, dtype=np.int64)
    rng = generator_of(seed, "plant", *sizes, effect, n_markers, *marker_rates, n_simulations, fixed)
    drawn = rng.integers(pool.counts.shape[0], size=(n_simulations, int(units.sum())))
    markers = _draw_markers(rng, among, 1 if fixed else n_simulations, len(units), n_markers)
    markers = np.broadcast_to(markers, (n_simulations, len(units), n_markers))
    return Planted(pool, units, drawn, markers, _added(rng, pool, units, markers, effect), effect)


def _draw_markers(rng: np.random.Generator, among: Ints, n_simulations: int, n_units: int, n_markers: int) -> Ints:
    if len(among) >= n_units * n_markers:
        order = rng.permuted(np.tile(among, (n_simulations, 1)), axis=1)
        return order[:, : n_units * n_markers].reshape(n_simulations, n_units, n_markers)
    order = rng.permuted(np.tile(among, (n_simulations * n_units, 1)), axis=1)
    return order[:, :n_markers].reshape(n_simulations, n_units, n_markers)


def _added(rng: np.random.Generator, pool: SentencePool, sizes: Ints, markers: Ints, effect: float) -> csr_matrix:
    """Further occurrences of every marker in the sentences of its unit."""
    n_simulations, n_units, n_markers = markers.shape
    n_rows = int(sizes.sum())
    row = np.repeat(np.arange(n_simulations * n_rows), n_markers)
    unit_of_row = np.repeat(np.arange(n_units), sizes)
    column = markers[:, unit_of_row].ravel()
    shape = (n_simulations * n_rows, pool.counts.shape[1])
    by_column = pool.counts.tocsc()
    rows, columns, numbers = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    more = effect - 1
    while more > 1e-12:
        takes = slice(None) if more >= 1 else rng.random(len(row)) < more
        found = _counts_in_random_sentences(rng, by_column, column[takes])
        held = found > 0
        rows.append(row[takes][held])
        columns.append(column[takes][held])
        numbers.append(found[held])
        more -= 1
    entries = (np.concatenate(rows), np.concatenate(columns))
    return csr_matrix((np.concatenate(numbers), entries), shape=shape, dtype=np.int64)


def _counts_in_random_sentences(rng: np.random.Generator, by_column: csc_matrix, column: Ints) -> Ints:
    """For each entry the count of its term in a sentence drawn for it alone.

    A draw among the sentences falls on the k-th that holds the term where it is below their number.
    """
    at = rng.integers(by_column.shape[0], size=len(column))
    first, n_held = by_column.indptr[column], np.diff(by_column.indptr)[column]
    counts = np.zeros(len(column), dtype=np.int64)
    held = at < n_held
    counts[held] = by_column.data[first[held] + at[held]]
    return counts
