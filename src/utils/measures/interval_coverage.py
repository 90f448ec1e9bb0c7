"""How often the intervals of profiles hold the truth, measured in simulated units where the truth is known."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from src.utils.measures.planting import MARKER_RATES, N_SIMULATIONS, Planted, SentencePool, plant
from src.utils.measures.profiles import (
    LEVEL,
    TOP,
    count_interval,
    level_of_shown,
    rate_ratio,
    ratio_interval,
    resampled_ranks,
    scored,
)
from src.utils.measures.sentence_terms import Floats, Ints
from src.utils.measures.specialisation import (
    INDICES,
    Attention,
    concentration,
    concentration_indices,
    location_quotient,
    location_quotients,
)
from src.utils.measures.unit_texts import UnitTexts, design_effects, generator_of, resampling_weights
from src.utils.measures.weightings import WITH_INTERVAL, Cells, cells_of, formula, score_interval

COVERAGE: Final = ["quantity", "interval", "terms", "effect", "coverage", "below", "above", "n", "n_simulations"]

_ALMOST_NONE: Final = 1e-9
Ends = tuple[Floats, Floats]
Sides = tuple[Floats, Floats, Floats, Floats]


def ratio_coverage(
    pool: SentencePool,
    sizes: Sequence[int],
    *,
    effect: float = 3.0,
    measure: str = "likelihood_ratio",
    marker_rates: tuple[float, float] = MARKER_RATES,
    level: float = LEVEL,
    n_simulations: int = N_SIMULATIONS,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """How often an interval of the ratio of rates holds the true ratio: columns COVERAGE.

    interval: "beta" (profiles.ratio_interval), and of resampled sentences, for comparison, "percentile", "basic" and
    "bias-corrected". terms: "planted", the markers in their units, standing there or not; "unplanted", the other terms
    of marker_rates in each unit; "shown", the first five terms of each unit by `measure`: they are shown because they
    came out high, so that most of these intervals lie above the truth; "shown_adjusted", the same with intervals as
    profiles makes them for shown terms. below, above: share of the intervals that lie wholly below, wholly above the
    truth. A dot chart takes coverage by interval and terms.
    """
    planted = plant(pool, sizes, effect=effect, marker_rates=marker_rates, n_simulations=n_simulations, seed=seed)
    tally = _Tally()
    for simulation in range(n_simulations):
        view = _View(planted, simulation, pool.markers_between(marker_rates))
        low, high = view.beta_interval(level)
        for terms, at in view.cells(measure).items():
            tally.add("beta", terms, (low[at], high[at]), view.truth[at])
        shown = view.cells(measure)["shown"]
        low, high = view.beta_interval(level_of_shown(level, TOP, len(view.texts.terms)))
        tally.add("beta", "shown_adjusted", (low[shown], high[shown]), view.truth[shown])
        markers = view.cells(measure)["planted"]
        weights = resampling_weights(view.texts, n_resamples, seed + simulation)
        for interval, ends in view.resampled_intervals(markers, weights, level).items():
            tally.add(interval, "planted", ends, np.log(view.truth[markers]))
    return tally.table("ratio", effect, n_simulations)


class _Tally:
    """Intervals by kind and terms: how many lie below the truth, above it, and how many there are."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Ints] = {}

    def add(self, interval: str, terms: str, ends: Ends, truth: Floats) -> None:
        low, high = ends
        slack = 1e-9 * np.maximum(np.abs(truth), 1e-3)
        new = np.array([(high < truth - slack).sum(), (low > truth + slack).sum(), truth.size], dtype=np.int64)
        self._counts[interval, terms] = self._counts.get((interval, terms), np.zeros(3, dtype=np.int64)) + new

    def table(self, quantity: str, effect: float, n_simulations: int) -> pd.DataFrame:
        rows = [
            (quantity, interval, terms, effect, 1 - (below + above) / n, below / n, above / n, int(n), n_simulations)
            for (interval, terms), (below, above, n) in self._counts.items()
        ]
        return pd.DataFrame(rows, columns=COVERAGE)


class _View:
    """One simulation with its truth, over the columns that can be markers or stand in it."""

    def __init__(self, planted: Planted, simulation: int, among: Ints) -> None:
        self.texts = planted.texts(simulation)
        self.markers = planted.markers[simulation]
        self.among = among
        terms = self.texts.terms.astype(np.int64)
        self.columns = np.union1d(among, terms)
        place = np.searchsorted(self.columns, terms)
        self.by_sentence = np.zeros((len(self.texts.unit_of), len(self.columns)))
        self.by_sentence[:, place] = self.texts.counts.toarray()
        self.design_effect = np.ones(len(self.columns))  # 1 for a term that stands nowhere: its counts are 0
        self.design_effect[place] = design_effects(self.texts)
        self.bounds = np.searchsorted(self.texts.unit_of, np.arange(planted.n_units + 1)).tolist()
        expected = planted.true_counts(simulation, self.columns)
        n, size, others, others_size = _sides(expected[None], planted.true_sizes(simulation)[None])
        self.truth: Floats = (n / size / (others / others_size))[0]

    def beta_interval(self, level: float) -> Ends:
        sides = self._sides_drawn(np.ones((1, len(self.by_sentence))), slice(None))
        low, high = ratio_interval(*sides, design_effect=self.design_effect, level=level)
        return low[0], high[0]

    def cells(self, measure: str) -> dict[str, tuple[Ints, Ints]]:
        """Unit and column of the terms told apart in ratio_coverage."""
        units = np.repeat(np.arange(len(self.markers)), self.markers.shape[1])
        planted = (units, np.searchsorted(self.columns, self.markers.ravel()))
        others = np.zeros(self.truth.shape, dtype=bool)
        others[:, np.searchsorted(self.columns, self.among)] = True
        others[planted] = False
        unit, column = np.nonzero(others)
        return {"planted": planted, "unplanted": (unit, column), "shown": self._shown(measure)}

    def _shown(self, measure: str) -> tuple[Ints, Ints]:
        cells = cells_of(self.texts.unit_counts(), len(self.texts.units))
        first = _first_in_row(cells, formula(measure)(cells), TOP)
        terms = self.texts.terms.astype(np.int64)
        return cells.row[first], np.searchsorted(self.columns, terms[cells.column[first]])

    def resampled_intervals(self, at: tuple[Ints, Ints], weights: NDArray[np.int64], level: float) -> dict[str, Ends]:
        """Intervals of the log ratio of these cells."""
        wanted, place = np.unique(at[1], return_inverse=True)
        cells = (slice(None), at[0], place)
        estimate = np.log(rate_ratio(*self._sides_drawn(np.ones((1, len(self.by_sentence))), wanted)))[cells][0]
        draws = np.log(rate_ratio(*self._sides_drawn(weights.astype(np.float64), wanted)))[cells]
        tail = (1 - level) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
        return {
            "percentile": (low, high),
            "basic": (2 * estimate - high, 2 * estimate - low),
            "bias-corrected": _bias_corrected(draws, estimate, tail),
        }

    def _sides_drawn(self, weights: Floats, columns: Ints | slice) -> Sides:
        """The sides of a ratio with every sentence taken so many times."""
        chosen, lengths = self.by_sentence[:, columns], self.by_sentence.sum(axis=1)
        spans = [slice(first, last) for first, last in pairwise(self.bounds)]
        counts = np.stack([weights[:, span] @ chosen[span] for span in spans], axis=1)
        sizes = np.stack([weights[:, span] @ lengths[span] for span in spans], axis=1)
        return _sides(counts, sizes)


def _sides(counts: Floats, sizes: Floats) -> Sides:
    """n, size, others and others_size; counts: shape (n_sets, n_units, n_terms), sizes: (n_sets, n_units)."""
    size = sizes[:, :, None]
    return counts, size, counts.sum(axis=1, keepdims=True) - counts, size.sum(axis=1, keepdims=True) - size


def _bias_corrected(draws: Floats, estimate: Floats, tail: float) -> Ends:
    """Efron's BC interval: percentiles moved by how far the estimate lies from the middle of the resamples."""
    share = ((draws < estimate).mean(axis=0) + (draws <= estimate).mean(axis=0)) / 2
    shift = 2 * ndtri(np.clip(share, 1 / len(draws), 1 - 1 / len(draws)))
    ordered = np.sort(draws, axis=0)
    places = [np.round(ndtr(shift + ndtri(q)) * (len(draws) - 1)).astype(np.int64) for q in (tail, 1 - tail)]
    low, high = (np.take_along_axis(ordered, place[None], axis=0)[0] for place in places)
    return low, high


def score_coverage(
    pool: SentencePool,
    sizes: Sequence[int],
    *,
    effect: float = 3.0,
    measures: Sequence[str] = WITH_INTERVAL,
    marker_rates: tuple[float, float] = MARKER_RATES,
    level: float = LEVEL,
    n_simulations: int = N_SIMULATIONS,
    n_resamples: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """How often an interval of a marker's score holds the score to be expected of texts of this size: columns COVERAGE.

    The same markers are planted in all simulations; the truth is the mean of the score over these, where a unit that
    lacks the term counts with the score of a count of 0. interval: "count" (weightings.score_interval of
    profiles.count_interval) for measures of WITH_INTERVAL; "percentile" of n_resamples resamples of the sentences, for
    all measures, where n_resamples is not 0. terms: "planted", standing in their units or not.
    """
    planted = plant(
        pool, sizes, effect=effect, marker_rates=marker_rates, n_simulations=n_simulations, seed=seed, fixed=True
    )
    parts = []
    for measure in measures:
        tally = _Tally()
        found = [_marker_scores(planted, simulation, measure, level) for simulation in range(n_simulations)]
        truth = np.mean([value for value, *_ in found], axis=0)
        if measure in WITH_INTERVAL:
            for _, low, high in found:
                tally.add("count", "planted", (low, high), truth)
        for simulation in range(n_simulations if n_resamples else 0):
            ends = _percentiles(planted, simulation, measure, n_resamples, level=level, seed=seed)
            tally.add("percentile", "planted", ends, truth)
        parts.append(tally.table(measure, effect, n_simulations))
    return pd.concat(parts, ignore_index=True)


def _marker_scores(planted: Planted, simulation: int, measure: str, level: float) -> tuple[Floats, Floats, Floats]:
    """Score, low and high of every marker in its unit; low and high are the score for other measures."""
    texts = planted.texts(simulation)
    cells, at = _with_markers(texts, planted.markers[simulation])
    value = formula(measure)(cells)
    value = np.where(cells.n > _ALMOST_NONE, value, 0.0 if measure not in _BELOW_ZERO else value)
    if measure not in WITH_INTERVAL:
        return value[at], value[at], value[at]
    effects = np.append(design_effects(texts), 1.0)[np.minimum(cells.column, len(texts.terms))]
    n_low, n_high = count_interval(np.round(cells.n), effects, level)
    low, high = score_interval(cells, measure, np.maximum(n_low, _ALMOST_NONE), n_high)
    return value[at], low[at], high[at]


_BELOW_ZERO: Final = ("log_odds", "likelihood_ratio")


def _with_markers(texts: UnitTexts, markers: Ints) -> tuple[Cells, Ints]:
    """The cells, one more for each marker that its unit lacks, and the place of every marker among them."""
    cells = cells_of(texts.unit_counts(), len(texts.units))
    n_terms = len(texts.terms)
    known = dict(zip(texts.terms.tolist(), range(n_terms), strict=True))
    key = {pair: at for at, pair in enumerate(zip(cells.row.tolist(), cells.column.tolist(), strict=True))}
    units = np.repeat(np.arange(len(markers)), markers.shape[1]).tolist()
    # a marker that stands nowhere gets a column of its own
    columns = [known.get(marker, n_terms) for marker in markers.ravel().tolist()]
    absent = [pair for pair in zip(units, columns, strict=True) if pair not in key]
    first = {unit: at for at, unit in reversed(list(enumerate(cells.row.tolist())))}
    of_unit = np.array([first[unit] for unit, _ in absent], dtype=np.int64)
    column = np.array([term for _, term in absent], dtype=np.int64)
    standing = np.append(np.bincount(cells.column, minlength=n_terms), 0)
    total = np.append(np.bincount(cells.column, cells.n, minlength=n_terms), 0.0)
    more = replace(
        cells,
        n=np.append(cells.n, np.full(len(absent), _ALMOST_NONE)),
        size=np.append(cells.size, cells.size[of_unit]),
        df=np.append(cells.df, standing[column] + 1.0),
        total=np.append(cells.total, total[column] + _ALMOST_NONE),
        size_all=np.append(cells.size_all, cells.size_all[of_unit]),
        row=np.append(cells.row, cells.row[of_unit]),
        column=np.append(cells.column, column),
    )
    for at, pair in enumerate(absent, start=len(cells.n)):
        key.setdefault(pair, at)
    return more, np.array([key[pair] for pair in zip(units, columns, strict=True)], dtype=np.int64)


def _percentiles(planted: Planted, simulation: int, measure: str, n_resamples: int, *, level: float, seed: int) -> Ends:
    """Percentiles of every marker's score in its unit over resamples, 0 where a resample lacks it."""
    texts = planted.texts(simulation)
    _, at = _with_markers(texts, planted.markers[simulation])
    weights = resampling_weights(texts, n_resamples, seed + simulation)
    observed = cells_of(texts.unit_counts(), len(texts.units))
    values, _ = scored(texts.sets_of(weights), measure, observed)
    standing = at < len(observed.n)
    drawn = np.where(standing, values[:, np.where(standing, at, 0)], -np.inf)
    tail = (1 - level) / 2
    low, high = np.quantile(np.where(np.isneginf(drawn), 0.0, drawn), [tail, 1 - tail], axis=0)
    return low, high


def rank_coverage(
    pool: SentencePool,
    sizes: Sequence[int],
    *,
    effect: float = 3.0,
    measure: str = "ctfidf",
    marker_rates: tuple[float, float] = MARKER_RATES,
    level: float = LEVEL,
    n_simulations: int = 40,
    n_for_truth: int = 400,
    n_resamples: int = 300,
    seed: int = 0,
) -> pd.DataFrame:
    """How often the rank interval of profiles.resampled_profiles holds the true rank: columns COVERAGE.

    The true rank is that of the mean score over n_for_truth simulations with the same markers, among all terms, and at
    most the number of terms that stand in the unit. measure: one whose score is 0 for a term that a unit lacks (TF-IDF,
    c-TF-IDF, BM25). terms: "standing", all that stand in a unit; "shown", the first five of each unit; "planted", the
    markers that stand there. interval: "percentile".
    """
    planted = plant(
        pool, sizes, effect=effect, marker_rates=marker_rates, n_simulations=n_for_truth, seed=seed, fixed=True
    )
    n_units, n_terms = planted.n_units, pool.counts.shape[1]
    cells = cells_of(planted.unit_counts(), n_units)
    mean = np.bincount(
        cells.row % n_units * n_terms + cells.column, formula(measure)(cells), minlength=n_units * n_terms
    ).reshape(n_units, n_terms)
    true_rank = (-mean).argsort(axis=1, kind="stable").argsort(axis=1) + 1.0
    tally = _Tally()
    for simulation in range(n_simulations):
        texts = planted.texts(simulation)
        found = cells_of(texts.unit_counts(), n_units)
        ranks = resampled_ranks(texts, found, measure, n_resamples, seed + simulation)
        tail = (1 - level) / 2
        low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
        column = texts.terms.astype(np.int64)[found.column]
        truth = np.minimum(true_rank[found.row, column], np.bincount(found.row)[found.row])
        chosen = {
            "standing": np.ones(len(truth), dtype=bool),
            "shown": _first_in_row(found, formula(measure)(found), TOP),
            "planted": (planted.markers[simulation][found.row] == column[:, None]).any(axis=1),
        }
        for terms, which in chosen.items():
            tally.add("percentile", terms, (low[which], high[which]), truth[which])
    return tally.table(f"rank by {measure}", effect, n_simulations)


def _first_in_row(cells: Cells, value: Floats, top: int) -> NDArray[np.bool_]:
    """Mark the first `top` cells of each row, ties in the order of the columns."""
    order = np.lexsort((cells.column, -np.round(value, 9), cells.row))
    row = cells.row[order]
    first = np.zeros(len(order), dtype=bool)
    first[order[np.arange(len(order)) - np.searchsorted(row, row) < top]] = True
    return first


def specialisation_coverage(
    found: Attention,
    *,
    difference: Literal["own", "none"] = "own",
    level: float = LEVEL,
    n_simulations: int = 200,
    n_resamples: int = 400,
    seed: int = 0,
) -> pd.DataFrame:
    """How often the intervals of location quotients and of concentration hold the truth: columns COVERAGE.

    Texts of the counties' own sizes are drawn with replacement: difference "own" from each county's own sentences,
    whose shares then are the truth; "none" from those of all counties together. quantity: "location_quotient" and the
    indices of specialisation.INDICES. terms: of quotients "truth above 0" and "truth 0" (which cannot be missed), of an
    index the scheme of its units. interval: "reported", what the functions of specialisation return, and for the
    indices "percentile" of resampled sentences. effect is NaN. What is silent in a simulated text is left out.
    """
    texts = found.texts
    n_sentences = np.bincount(texts.unit_of, minlength=len(texts.units))
    true = found.matrix().astype(np.float64)
    if difference == "none":
        true = np.outer(n_sentences, np.asarray(texts.counts.mean(axis=0)).ravel())
    tallies = {name: _Tally() for name in ("location_quotient", *INDICES)}
    own = resampling_weights(texts, n_simulations, seed)
    rng = generator_of(seed, "specialisation_coverage", difference)
    for simulation in range(n_simulations):
        drawn = np.repeat(np.arange(len(texts.unit_of)), own[simulation])
        if difference == "none":
            drawn = rng.integers(len(texts.unit_of), size=len(texts.unit_of))
        simulated = Attention(replace(texts, counts=texts.counts[drawn], n_words=texts.n_words[drawn]))
        _tally_specialisation(tallies, simulated, true, level, n_resamples=n_resamples, seed=seed + simulation)
    tables_ = [tally.table(name, np.nan, n_simulations) for name, tally in tallies.items()]
    return pd.concat(tables_, ignore_index=True)


def _tally_specialisation(
    tallies: dict[str, _Tally], simulated: Attention, true: Floats, level: float, *, n_resamples: int, seed: int
) -> None:
    quotients = location_quotients(simulated, level=level)
    truth = location_quotient(true).ravel()
    low, high = quotients["low"].to_numpy(), quotients["high"].to_numpy()
    told = quotients["value"].notna().to_numpy()
    for terms, known in (("truth above 0", told & (truth > 0)), ("truth 0", told & (truth == 0))):
        if known.any():
            tallies["location_quotient"].add("reported", terms, (low[known], high[known]), truth[known])
    found = concentration(simulated, level=level, n_resamples=n_resamples, n_permutations=1, seed=seed)
    weights = resampling_weights(simulated.texts, n_resamples, seed)
    drawn = simulated.texts.sets_of(weights).toarray().reshape(n_resamples, *true.shape)
    tail = (1 - level) / 2
    for scheme, x, resampled in (("county", true, drawn), ("industry", true.T, drawn.transpose(0, 2, 1))):
        truths, draws = concentration_indices(x), concentration_indices(resampled)
        for at, name in enumerate(INDICES):
            rows = found[(found["scheme"] == scheme) & (found["measure"] == name)]
            known = rows["value"].notna().to_numpy() & ~np.isnan(truths[:, at])
            tallies[name].add(
                "reported", scheme, (rows["low"].to_numpy()[known], rows["high"].to_numpy()[known]), truths[known, at]
            )
            low, high = np.nanquantile(draws[:, known, at], [tail, 1 - tail], axis=0)
            tallies[name].add("percentile", scheme, (low, high), truths[known, at])
