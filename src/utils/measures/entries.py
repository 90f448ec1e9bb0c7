"""Terms in units over many resamples at once: the arrays behind a grid of choices.

Counts come as arrays of shape (n_resamples, n_entries), an entry being a term in a unit; entries are ordered by unit,
then by term. A term that a resample of a unit does not hold has count 0 and no weight (NaN).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from src.utils.measures.sentence_terms import Floats, Ints
from src.utils.measures.weightings import MEASURES, Cells, formula

FREQUENCY: Final = "frequency"
WEIGHTINGS: Final = (*MEASURES, FREQUENCY)
"""The measures of weightings.py, and the count itself."""


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

    def cells(self, n: Floats) -> Cells:
        """The cells of weightings.py, resample after resample: the entries with a count above 0, in order."""
        held = n > 0
        resample, entry = np.nonzero(held)
        unit = self.unit[entry]
        size = self.unit_sums(n)
        return Cells(
            n=n[held],
            size=size[resample, unit],
            df=self.over_units(held.astype(np.float64))[held],
            total=self.over_units(n)[held],
            size_all=size.sum(axis=1)[resample],
            n_units=self.n_units,
            row=resample * self.n_units + unit,
            column=self.term[entry],
            n_rows=len(n) * self.n_units,
        )


def weigh(n: Floats, layout: Layout, weighting: str) -> Floats:
    """Weigh counts by a measure of WEIGHTINGS; NaN where a term is not held.

    The sizes that a measure asks for are of the terms counted. A measure that compares a unit with others has 0 where
    there are none. Raises ValueError for an unknown weighting.
    """
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting: there is no {weighting!r}; there are {', '.join(WEIGHTINGS)}")
    weights = np.full(n.shape, np.nan)
    if weighting == FREQUENCY or not n.shape[1]:
        return np.where(n > 0, n, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = formula(weighting)(layout.cells(n))
    weights[n > 0] = np.where(np.isfinite(found), found, 0.0)
    return weights
