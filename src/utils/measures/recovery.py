"""What the measures of profiles find in texts of a given size, and how often they find something in noise."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from src.utils.measures.planting import MARKER_RATES, N_MARKERS, N_SIMULATIONS, Planted, SentencePool, plant
from src.utils.measures.profiles import TOP, permutation_p
from src.utils.measures.sentence_terms import Floats, Ints
from src.utils.measures.weightings import MEASURES, WITH_INTERVAL, cells_of, formula

RECOVERY: Final = [
    "n_sentences",
    "n_words",
    "n_chars",
    "effect",
    "measure",
    "recall",
    "recall_low",
    "recall_high",
    "expected_n",
    "n_markers",
    "n_simulations",
]
AMOUNTS: Final = ["effect", "measure", "target", "n_sentences", "n_words", "n_chars", "says"]
FALSE_POSITIVES: Final = ["test", "measure", "level", "rate", "rate_low", "rate_high", "n", "n_simulations"]

BEST_POSSIBLE: Final = "best_possible"
"""The rule no measure can beat: it knows the effect, which terms can be markers, and the distribution of each."""

SIZES: Final = (5, 10, 20, 40, 80, 160, 320)
_SENTENCES_AT_ONCE: Final = 400_000
_TINY: Final = 1e-12


def recovery_rates(
    pool: SentencePool,
    sizes: Sequence[int],
    *,
    effects: Sequence[float] = (2.0, 3.0, 5.0),
    measures: Sequence[str] = MEASURES,
    n_markers: int = N_MARKERS,
    top: int = TOP,
    marker_rates: tuple[float, float] = MARKER_RATES,
    n_simulations: int = N_SIMULATIONS,
    seed: int = 0,
) -> pd.DataFrame:
    """How often planted markers are among the first `top` terms of their unit, by measure and effect: columns RECOVERY.

    recall: share of the planted markers found; recall_low, recall_high: 95 % of the simulation's own error. n_words,
    n_chars: of a unit, on average; expected_n: how often a marker is to be expected in its own unit. The row
    BEST_POSSIBLE ranks by the likelihood ratio of the true distributions among the terms that can be markers: what it
    cannot find, nothing can. The rest as in planting.plant. A line chart takes effect, recall and measure.
    """
    mean_size = float(np.mean(sizes))
    step = max(1, _SENTENCES_AT_ONCE // max(sum(sizes), 1))
    parts = []
    for effect in effects:
        shares = []
        for first in range(0, n_simulations, step):
            planted = plant(
                pool,
                sizes,
                effect=effect,
                n_markers=n_markers,
                marker_rates=marker_rates,
                n_simulations=min(step, n_simulations - first),
                seed=seed + first,
            )
            shares.append(_shares_found(planted, measures, marker_rates, top))
        found = pd.concat(shares, ignore_index=True)
        mean, error = found.mean(axis=0), 1.96 * found.std(axis=0, ddof=0) / np.sqrt(n_simulations)
        parts.append(
            pd.DataFrame(
                {
                    "n_sentences": mean_size,
                    "n_words": mean_size * float(pool.n_words.mean()),
                    "n_chars": mean_size * float(pool.n_chars.mean()),
                    "effect": effect,
                    "measure": found.columns,
                    "recall": mean.to_numpy(),
                    "recall_low": (mean - error).clip(lower=0).to_numpy(),
                    "recall_high": (mean + error).clip(upper=1).to_numpy(),
                    "expected_n": effect * mean_size * pool.per_sentence[pool.markers_between(marker_rates)].mean(),
                    "n_markers": n_markers,
                    "n_simulations": n_simulations,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[RECOVERY]


def _shares_found(
    planted: Planted, measures: Sequence[str], marker_rates: tuple[float, float], top: int
) -> pd.DataFrame:
    """Share of the markers found: a row for each simulation, a column for each measure and for the best possible."""
    cells = cells_of(planted.unit_counts(), planted.n_units)
    found = {m: _share_found(planted, cells.row, cells.column, formula(m)(cells), top=top) for m in measures}
    row, column, value = _best_possible(planted, marker_rates)
    found[BEST_POSSIBLE] = _share_found(planted, row, column, value, top=top)
    return pd.DataFrame(found)


def _share_found(planted: Planted, row: Ints, column: Ints, value: Floats, *, top: int) -> Floats:
    """Share of each simulation's markers among the first `top` terms of a row, ties in the order of the columns."""
    order = np.lexsort((column, -np.round(value, 9), row))
    ordered = row[order]
    first = order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < top]
    n_terms, n_markers = planted.pool.counts.shape[1], planted.markers.shape[2]
    units = np.arange(planted.n_simulations * planted.n_units)[:, None]
    keys = units * n_terms + planted.markers.reshape(-1, n_markers)
    found = np.isin(keys, row[first] * n_terms + column[first])
    share: Floats = found.reshape(planted.n_simulations, -1).mean(axis=1)
    return share


def _best_possible(planted: Planted, marker_rates: tuple[float, float]) -> tuple[Ints, Ints, Floats]:
    """Row, column and log-likelihood ratio of every term that can be a marker, in every unit.

    The ratio of the probability of the term's counts in the unit's sentences as a marker to that as none; what else
    stands in the sentences is left aside. By Neyman and Pearson no other rule on these counts finds more.
    """
    among = planted.pool.markers_between(marker_rates)
    ratios = _log_ratios(planted.pool.counts[:, among], planted.effect)
    counts = csr_matrix(planted.sentence_counts[:, among])
    counts.eliminate_zeros()
    column = counts.indices
    gain = ratios[column, np.minimum(counts.data, ratios.shape[1] - 1)] - ratios[column, 0]
    by_sentence = csr_matrix((gain, column, counts.indptr), shape=counts.shape)
    n_units = planted.n_simulations * planted.n_units
    base = np.outer(np.tile(planted.sizes, planted.n_simulations), ratios[:, 0])
    value = np.asarray((planted.sum_by_unit @ by_sentence).todense()) + base
    return np.repeat(np.arange(n_units), len(among)), np.tile(among, n_units), value.ravel()


def _log_ratios(counts: csr_matrix, effect: float) -> Floats:
    """Log-likelihood ratio of a count in a sentence, shape (n_terms, highest count + 1): `effect` draws against one."""
    dense = counts.toarray()
    whole, part = int(effect), effect - int(effect)
    length = int(dense.max()) * (whole + 1) + 1
    ratios = np.zeros((dense.shape[1], length))
    for at, column in enumerate(dense.T):
        once = np.bincount(column, minlength=length) / len(column)
        several = once
        for _ in range(whole - 1):
            several = np.convolve(several, once)[:length]
        several = (1 - part) * several + part * np.convolve(several, once)[:length]
        ratios[at] = np.log(np.maximum(several, _TINY)) - np.log(np.maximum(once, _TINY))
    return ratios


def amount_needed(
    pool: SentencePool,
    *,
    n_units: int = 12,
    sizes: Sequence[int] = SIZES,
    effects: Sequence[float] = (3.0, 5.0, 10.0),
    measures: Sequence[str] = WITH_INTERVAL,
    n_markers: int = N_MARKERS,
    marker_rates: tuple[float, float] = MARKER_RATES,
    n_simulations: int = 50,
    seed: int = 0,
) -> pd.DataFrame:
    """recovery_rates for units of each size in sentences: columns RECOVERY.

    A line chart takes n_words (or n_chars), recall and measure, a panel for each effect.
    """
    parts = [
        recovery_rates(
            pool,
            [size] * n_units,
            effects=effects,
            measures=measures,
            n_markers=n_markers,
            marker_rates=marker_rates,
            n_simulations=n_simulations,
            seed=seed,
        )
        for size in sizes
    ]
    return pd.concat(parts, ignore_index=True)


def least_amount(amounts: pd.DataFrame, target: float = 0.9) -> pd.DataFrame:
    """The smallest size from which on `target` of the markers are found: columns AMOUNTS, by effect and measure.

    amounts: a table of amount_needed. n_sentences, n_words and n_chars are NaN where no size reaches the target; says
    tells it in words.
    """
    rows = []
    for (effect, measure), curve in amounts.groupby(["effect", "measure"], sort=False):
        ordered = curve.sort_values("n_sentences")
        below = (ordered["recall"] < target).to_numpy()
        at = len(below) - int(np.argmax(below[::-1])) if below.any() else 0
        if at == len(ordered):
            says = f"not reached: {ordered['recall'].iloc[-1]:.2f} at {ordered['n_words'].iloc[-1]:,.0f} words"
            rows.append((effect, measure, target, np.nan, np.nan, np.nan, says))
        else:
            first = ordered.iloc[at]
            says = f"{first['recall']:.2f} at {first['n_words']:,.0f} words"
            rows.append((effect, measure, target, first["n_sentences"], first["n_words"], first["n_chars"], says))
    return pd.DataFrame(rows, columns=AMOUNTS)


def false_positives(
    pool: SentencePool,
    sizes: Sequence[int],
    *,
    measure: str = "likelihood_ratio",
    level: float = 0.05,
    n_simulations: int = N_SIMULATIONS,
    n_permutations: int = 199,
    seed: int = 0,
) -> pd.DataFrame:
    """How often profiles.mark_test finds a mark where units do not differ: columns FALSE_POSITIVES.

    Units are sentences drawn at random from the pool. test: "unit", the share of units with a term of q <= level;
    "term", the share of all pairs of a unit and a term of the set, standing in it or not, with p <= level. Both should
    be the level. rate_low, rate_high: 95 % of the simulation's own error.
    """
    planted = plant(pool, sizes, effect=1.0, n_markers=1, n_simulations=n_simulations, seed=seed)
    by_unit, by_term = np.zeros(n_simulations), np.zeros(n_simulations)
    n_terms = 0
    for simulation in range(n_simulations):
        texts = planted.texts(simulation)
        cells, p, q = permutation_p(texts, measure, n_permutations, seed + simulation)
        n_pairs = len(sizes) * len(texts.terms)
        by_unit[simulation] = len(np.unique(cells.row[q <= level])) / len(sizes)
        by_term[simulation] = (p <= level).sum() / n_pairs
        n_terms += n_pairs
    rows = []
    for test, found, n in (("unit", by_unit, n_simulations * len(sizes)), ("term", by_term, n_terms)):
        error = 1.96 * found.std() / np.sqrt(n_simulations)
        rate = float(found.mean())
        rows.append((test, measure, level, rate, max(rate - error, 0.0), rate + error, n, n_simulations))
    return pd.DataFrame(rows, columns=FALSE_POSITIVES)
