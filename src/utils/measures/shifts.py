"""Word shifts: which terms make two texts differ, and which terms all texts share.

With p and q a term's shares of the counted words in the first and the second text and m = (p + q)/2, it contributes

    proportion       q - p                                              sum 0
    entropy          q log2(1/q) - p log2(1/p)                          sum H(q) - H(p)
    js_divergence    m log2(1/m) - ½ (p log2(1/p) + q log2(1/q))        sum the Jensen-Shannon divergence; never below 0

in bits, 0 log 0 being 0. Gallagher, Frank, Mitchell, Schwartz, Reagan, Danforth and Dodds (2021), Generalized word
shift graphs, EPJ Data Science 10:4. Their package divides the values by the sum of their sizes: that is `share` here.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import entr
from scipy.stats import false_discovery_control
from scipy.stats import t as student_t

from src.utils.measures.dispersion import spread
from src.utils.measures.sentence_terms import Floats
from src.utils.measures.similarity import (
    LEVEL,
    MIN_SENTENCES,
    N_RESAMPLES,
    N_SHUFFLES,
    comparable,
    resampled_unit_counts,
    sentence_pool,
)
from src.utils.measures.unit_texts import UnitTexts, generator_of

MEASURES: Final = ("proportion", "entropy", "js_divergence")

SHIFTS: Final = [
    "unit",
    "other",
    "term",
    "measure",
    "value",
    "low",
    "high",
    "p",
    "q",
    "share",
    "side",
    "n",
    "n_other",
    "per_10k",
    "per_10k_other",
    "status",
    "says",
]

SHARED: Final = [
    "term",
    "n",
    "n_units",
    "n_all",
    "least_per_10k",
    "least_unit",
    "stays",
    "dp",
    "dp_norm",
    "dp_chance",
]

_ROUNDING: Final = 1e-12


def word_shift(
    texts: UnitTexts,
    unit: str,
    other: str,
    measures: Sequence[str] = MEASURES,
    *,
    n_resamples: int = N_RESAMPLES,
    n_shuffles: int = N_SHUFFLES,
    level: float = LEVEL,
    min_sentences: int = MIN_SENTENCES,
    seed: int = 0,
) -> pd.DataFrame:
    """What each term of two units contributes to their difference: columns SHIFTS.

    value: head of this file, from `unit` to `other`; the values of a measure sum to its total. low, high: value ±
    t(n + n' - 2) · sd over resamples of each unit's sentences (not below 0 for js_divergence), for the mean
    contribution in other texts of this size. Of a term named beforehand they held it in 94 to 99 of 100 cases for
    proportion, 90 to 97 for entropy and 96 to 100 for js_divergence, in units of 10, 20 and 40 sentences of two
    provincial reports (benchmarks/comparison_coverage.py); percentiles would be too narrow for terms that stand once.
    Terms picked for a large value look larger than they are: for those read q. p: share of the deals of all sentences
    to the two units at random that give the term a value as far from 0 (one more of each); q: Benjamini-Hochberg over
    the terms of the measure.

    share: of the sum of all values without their signs. side: the unit in which the term has the larger share, ""
    where it has the same in both. n, n_other, per_10k, per_10k_other: occurrences, and per 10,000 counted words, in
    each. No unit's name is among the terms, nor in the sizes. status: "enough", or "too_little" where a unit has fewer
    than `min_sentences` sentences with a term (no interval, no test); says: the status as a clause. Rows by measure,
    falling value without its sign, ties in code-point order.

    A chart draws `value` with `low` and `high` for the first rows of a measure, coloured by `side`. Raises ValueError
    for an unknown measure, a unit that is not in texts, a unit and itself, and a unit without terms.
    """
    unknown = [measure for measure in measures if measure not in MEASURES]
    if unknown:
        raise ValueError(f"no such shift: {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    text = _two(texts, unit, other)
    counts = _in_order(text, unit, text.unit_counts().toarray().astype(np.float64))
    sizes = np.bincount(text.unit_of, minlength=2)
    few = [f"{name} has {n}" for name, n in zip(text.units, sizes, strict=True) if n < min_sentences]
    status, says = "enough", ""
    if few:
        status, says = "too_little", f"fewer than {min_sentences} sentences: {', '.join(few)}"
    values = contributions(counts[0], counts[1], measures)
    sure = {measure: np.full((4, len(text.terms)), np.nan) for measure in measures}
    if not few:
        sure = _sure(text, unit, values, n_resamples=n_resamples, n_shuffles=n_shuffles, level=level, seed=seed)
    per_10k = counts / counts.sum(axis=1, keepdims=True) * 10_000
    side = np.select([per_10k[0] > per_10k[1], per_10k[0] < per_10k[1]], [unit, other], "")
    tables = []
    for place, measure in enumerate(measures):
        value = values[measure]
        table = pd.DataFrame({"term": text.terms, "value": value, "side": side}).assign(
            **dict(zip(["low", "high", "p", "q"], sure[measure], strict=True)),
            unit=unit,
            other=other,
            measure=measure,
            share=np.abs(value) / max(float(np.abs(value).sum()), np.finfo(float).tiny),
            n=counts[0].astype(np.int64),
            n_other=counts[1].astype(np.int64),
            per_10k=per_10k[0],
            per_10k_other=per_10k[1],
            status=status,
            says=says,
            place=place,
            size=np.round(-np.abs(value), 12),
        )
        tables.append(table)
    return pd.concat(tables).sort_values(["place", "size", "term"], ignore_index=True)[SHIFTS]


def contributions(counts: Floats, others: Floats, measures: Sequence[str] = MEASURES) -> Mapping[str, Floats]:
    """What each term contributes, by measure; counts, others: occurrences in the two texts, shape (..., n_terms)."""
    one, two = counts / counts.sum(axis=-1, keepdims=True), others / others.sum(axis=-1, keepdims=True)
    bits_one, bits_two = _bits(one), _bits(two)
    found = {
        "proportion": two - one,
        "entropy": bits_two - bits_one,
        "js_divergence": np.clip(_bits((one + two) / 2) - (bits_one + bits_two) / 2, 0.0, None),
    }
    return {measure: found[measure] for measure in measures}


def shared_terms(
    texts: UnitTexts, *, min_units: int | None = None, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """The terms that all units have, or at least `min_units` of them: columns SHARED, no rows where there are none.

    n: occurrences in all units. n_units of n_all: units that have the term, of those with text; names of units are not
    counted. least_per_10k: the least of its shares in the units, per 10,000 counted words (0 where a unit lacks it);
    least_unit: where that is (the first by the order of the units). stays: share of the resamples of sentences within
    units in which at least as many units as asked still have it; a term that stands once in a unit goes missing from
    it in a third of them. dp, dp_norm, dp_chance: dispersion over the units (measures.dispersion), 0 for shares alike
    everywhere. Rows by falling least_per_10k, then falling n_units and n, ties in code-point order. Raises ValueError
    for fewer than two units with text and for min_units out of range.
    """
    text = comparable(texts)
    n_all = len(text.units)
    if n_all < 2:
        raise ValueError(f"{n_all} of {len(texts.units)} units have text: shared terms need two")
    needed = n_all if min_units is None else min_units
    if not 1 <= needed <= n_all:
        raise ValueError(f"min_units {needed}: {n_all} units have text, give a number from 1 to {n_all}")
    counts = text.unit_counts()
    held = np.flatnonzero(counts.getnnz(axis=0) >= needed)
    if not len(held):
        return pd.DataFrame(columns=SHARED)
    sizes = np.asarray(counts.sum(axis=1)).ravel()
    rates = counts[:, held].toarray() / sizes[:, None] * 10_000
    stays = np.zeros(len(held))
    for drawn in resampled_unit_counts(text, n_resamples, seed):
        stays += ((drawn[:, :, held] > 0).sum(axis=1) >= needed).sum(axis=0)
    measured = spread(counts[:, held], pd.Series(sizes, index=list(text.units)))
    table = measured[["n", "dp", "dp_norm", "dp_chance"]].assign(
        term=text.terms[held],
        n_units=(rates > 0).sum(axis=0),
        n_all=n_all,
        least_per_10k=rates.min(axis=0),
        least_unit=text.units[rates.argmin(axis=0)],
        stays=stays / n_resamples,
    )
    order = ["least_per_10k", "n_units", "n", "term"]
    return table.sort_values(order, ascending=[False, False, False, True], ignore_index=True)[SHARED]


def _bits(shares: Floats) -> Floats:
    bits: Floats = entr(shares) / np.log(2)
    return bits


def _two(texts: UnitTexts, unit: str, other: str) -> UnitTexts:
    """The texts of the two units, names of all units left out."""
    missing = [name for name in (unit, other) if name not in set(texts.units)]
    if missing:
        raise ValueError(f"no unit {'、'.join(missing)}; there are {'、'.join(map(str, texts.units))}")
    if unit == other:
        raise ValueError(f"{unit} and itself: give two units")
    text = comparable(texts)
    bare = [name for name in (unit, other) if name not in set(text.units)]
    if bare:
        raise ValueError(f"no counted term in {'、'.join(bare)}: it cannot be compared")
    return text.chosen([unit, other])


def _in_order(text: UnitTexts, unit: str, counts: Floats) -> Floats:
    """Counts (..., 2, n_terms) with the unit first."""
    return counts if text.units[0] == unit else counts[..., ::-1, :]


def _sure(
    text: UnitTexts,
    unit: str,
    values: Mapping[str, Floats],
    *,
    n_resamples: int,
    n_shuffles: int,
    level: float,
    seed: int,
) -> dict[str, Floats]:
    """Low, high, p and q of each term, by measure: shape (4, n_terms)."""
    measures = list(values)
    half = student_t.ppf((1 + level) / 2, len(text.unit_of) - 2)
    resamples = (_in_order(text, unit, counts) for counts in resampled_unit_counts(text, n_resamples, seed))
    drawn = [contributions(counts[:, 0], counts[:, 1], measures) for counts in resamples]
    pool = sentence_pool(text, [0, 1], all_terms=True)
    as_far = {measure: np.ones(len(text.terms)) for measure in measures}
    rng = generator_of(seed, "shift", text.scheme, *sorted(map(str, text.units)))
    for counts in pool.shuffled(rng, n_shuffles):
        dealt = contributions(counts[:, 0], counts[:, 1], measures)
        for measure in measures:
            as_far[measure] += (np.abs(dealt[measure]) >= np.abs(values[measure]) - _ROUNDING).sum(axis=0)
    found = {}
    for measure in measures:
        width = half * np.concatenate([part[measure] for part in drawn]).std(axis=0, ddof=1)
        low, high = values[measure] - width, values[measure] + width
        if measure == "js_divergence":
            low = np.clip(low, 0.0, None)
        p = as_far[measure] / (1 + n_shuffles)
        found[measure] = np.stack([low, high, p, false_discovery_control(p)])
    return found
