"""How alike the texts of units are, how sure one can be of it, and whether two texts differ at all.

Of two units with shares p and q of the terms, m = (p + q)/2, and rows v and w of TF-IDF:

    cosine           v·w                               1 for the same profile, 0 without a common term
    js_divergence    H(m) - (H(p) + H(q))/2            0 for the same shares, 1 without a common term
    js_distance      √ js_divergence                   a metric

H is Shannon's entropy in bits, Σ p log2(1/p), so that js_distance is scipy's jensenshannon(p, q, base=2). TF-IDF is
that of measures.tfidf (tf the raw count, idf = ln((1 + N)/(1 + df)) + 1, or ln(N/df) + 1; rows of length 1), so that
cosine is scikit-learn's cosine_similarity of its TfidfTransformer. Lin (1991); Endres and Schindelin (2003) for the
metric.

What a short text hides. Two texts of ten sentences by the same hand share few words: they lie far apart because they
are short, and more text would bring them nearer. So a value says how far apart texts *of this size* are, and that is
what its interval is for: the mean value of other texts with as many sentences from the same two sources. Values of
pairs with very different amounts of text are not to be set side by side; `shuffled` is what texts of these sizes show
where they do not differ.

Resampling with replacement repeats some sentences and drops a third, so that resampled texts lie farther apart than
the texts themselves (`bias`), and the percentiles of resamples miss the truth. The interval here is centred on the
value and takes only its width from the resamples, on a scale that knows of the bounds 0 and 1:

    a = arcsin √x, x the cosine or the divergence;    a ± t(n + n' - 2) · sd of the resampled a;    back by x = sin² a

Measured on units of n sentences from eight provincial reports, nominal 95 % (benchmarks/comparison_coverage.py, 200
trials of 28 pairs), cosine and js_distance:

    n                        6            10           20           40
    the interval holds      .96   .98    .95   .96    .95   .95    .95   .95
    percentiles hold        .75   .69    .70   .60    .46   .34    .12   .10
    p ≤ .05, one source     .05   .05    .04   .04    .05   .05    .05   .05
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.special import entr
from scipy.stats import false_discovery_control
from scipy.stats import t as student_t

from src.utils.measures.sentence_terms import Floats, Ints
from src.utils.measures.unit_texts import UnitTexts, generator_of, resampling_weights

MEASURES: Final = ("cosine", "js_distance", "js_divergence")

SIMILARITIES: Final = [
    "unit",
    "other",
    "measure",
    "value",
    "low",
    "high",
    "p",
    "q",
    "n",
    "n_other",
    "shuffled",
    "bias",
    "status",
    "says",
]

DIFFERENCE: Final = ["scheme", "measure", "value", "shuffled", "p", "n_units", "n", "status", "says"]

N_RESAMPLES: Final = 2000
N_SHUFFLES: Final = 1999
LEVEL: Final = 0.95

MIN_SENTENCES: Final = 5
"""Fewer get neither interval nor test: 3 and 3 sentences can be dealt out in 10 ways, so p is never below 0.1."""

_FOUND: Final = ["value", "low", "high", "p", "q", "shuffled", "bias"]
_CELLS_AT_ONCE: Final = 2_000_000
_DEALT_AT_ONCE: Final = 200_000  # entries of sentences: what the caches of a processor hold
_ROUNDING: Final = 1e-12


class Weighting(NamedTuple):
    """How counts become what is compared.

    smoothing: occurrences added to every term of all units' vocabulary in every unit before Jensen-Shannon takes its
    shares. 0, the shares as they stand, for Jensen-Shannon needs none; what is added draws short texts together more
    than long ones. smooth_idf: the form of idf for the cosine, as in measures.tfidf.tfidf.
    """

    smoothing: float = 0.0
    smooth_idf: bool = True


PLAIN: Final = Weighting()


def pairwise(counts: Floats, measure: str, weighting: Weighting = PLAIN) -> Floats:
    """Compare all units with each other: shape (..., n_units, n_units).

    counts: occurrences, shape (..., n_units, n_terms), every unit with one term at least. measure: one of MEASURES.
    Raises ValueError for another measure and for a unit without terms.
    """
    _check_measures([measure])
    sizes = counts.sum(axis=-1, keepdims=True)
    if (sizes <= 0).any():
        raise ValueError("a unit without terms cannot be compared: leave it out")
    if measure == "cosine":
        rows = _tfidf_rows(counts, _document_frequency(counts), counts.shape[-2], weighting)
        alike = np.clip(rows @ np.swapaxes(rows, -1, -2), 0.0, 1.0)
        return _with_diagonal(alike, 1.0)
    divergence = _with_diagonal(_divergences(counts, weighting.smoothing), 0.0)
    return np.sqrt(divergence) if measure == "js_distance" else divergence


def distance_table(
    texts: UnitTexts,
    measure: str = "js_distance",
    weighting: Weighting = PLAIN,
) -> pd.DataFrame:
    """The similarity or distance of all units with text, as a square: index and columns are the units, in their order.

    Names of any unit are left out of all (see `similarities`).
    """
    text = comparable(texts)
    values = pairwise(text.unit_counts().toarray().astype(np.float64), measure, weighting)
    return pd.DataFrame(values, index=list(text.units), columns=list(text.units))


def similarities(
    texts: UnitTexts,
    measures: Sequence[str] = ("cosine", "js_distance"),
    *,
    weighting: Weighting = PLAIN,
    n_resamples: int = N_RESAMPLES,
    n_shuffles: int = N_SHUFFLES,
    level: float = LEVEL,
    min_sentences: int = MIN_SENTENCES,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare every two units: columns SIMILARITIES, one row a pair and measure, pairs in the order of the units.

    The names of every unit (unit_texts' own_names) are left out of all units: they mark a unit by definition, and a
    sentence dealt to another unit would take its old one's name along. Sentences without a counted term are left out.

    value: the measure. low, high: interval at `level` (head of this file), from `n_resamples` resamples of the
    sentences within each unit, all units at once, so that document frequencies vary too; a sentence of two units is
    drawn for each by itself. p: of the test that the sentences of both units are dealt out at random: (1 + shuffles at
    least as far apart as the units) / (1 + n_shuffles); a sentence of both is one sentence there, which changes places
    like any other. q: Benjamini-Hochberg over the pairs of a measure. n, n_other: sentences of each. shuffled: mean
    value over the shuffles. bias: mean of the resamples minus the value. status: "enough"; "same_text" for two units of
    the same sentences (distance 0, p = 1); "too_little" below `min_sentences` in one (no interval, no test); "no_terms"
    (no value). says: the status as a clause. The same seed gives the same numbers, whatever the order of the units.

    A chart can draw `value` with `low` and `high` and `shuffled` by pair, or the square of `distance_table`. Raises
    ValueError for fewer than two units and unknown measures.
    """
    _check_measures(measures)
    _check_units(texts)
    text = comparable(texts)
    table = _pair_statuses(texts, text, min_sentences)
    valued = (table["status"] != "no_terms").to_numpy()
    tested = table["status"].isin(["enough", "same_text"]).to_numpy()
    place = pd.Index(text.units)
    pairs = np.column_stack([place.get_indexer(pd.Index(table[side])) for side in ("unit", "other")])
    degrees = (table["n"] + table["n_other"] - 2).to_numpy()[tested]
    counts = text.unit_counts().toarray().astype(np.float64)
    drawn: Mapping[str, Floats] = {}
    dealt: Mapping[str, Floats] = {}
    if tested.any():
        drawn = _drawn(text, pairs[tested], measures, weighting, n_resamples=n_resamples, seed=seed)
        dealt = _dealt(text, pairs[tested], measures, weighting, n_shuffles=n_shuffles, seed=seed)
    rows = []
    for order, measure in enumerate(measures):
        found = np.full((len(table), len(_FOUND)), np.nan)
        if valued.any():
            found[valued, 0] = pairwise(counts, measure, weighting)[pairs[valued, 0], pairs[valued, 1]]
        if tested.any():
            value, draws = found[tested, 0], drawn[measure]
            low, high = _interval(value, draws, degrees, measure, level)
            shuffled, p = dealt[measure].T
            bias = draws.mean(axis=0) - value
            found[tested, 1:] = np.column_stack([low, high, p, false_discovery_control(p), shuffled, bias])
        values = dict(zip(_FOUND, found.T, strict=True))
        rows.append(table.assign(measure=measure, **values, pair=range(len(table)), order=order))
    return pd.concat(rows).sort_values(["pair", "order"], ignore_index=True)[SIMILARITIES]


def difference(
    texts: UnitTexts,
    measures: Sequence[str] = ("cosine", "js_distance"),
    *,
    weighting: Weighting = PLAIN,
    n_shuffles: int = N_SHUFFLES,
    min_sentences: int = MIN_SENTENCES,
    seed: int = 0,
) -> pd.DataFrame:
    """Test whether the units differ at all: columns DIFFERENCE, one row a measure.

    All sentences are dealt out anew to the places the units have (a sentence of several units keeps several places).
    value: for cosine the mean over all pairs; for js_divergence that of all units, (H(mean of the shares) - mean of
    H) / log2(units), from 0 to 1 and with two units that of the pair (Lin 1991, eq. 5.1, equal weights), for
    js_distance its root. shuffled: the mean of the value over the shuffles. p, names, seed: as in `similarities`. n:
    distinct sentences. status: "enough", or "too_little" where fewer than two units have `min_sentences`; says: the
    units left out for having fewer.
    """
    _check_measures(measures)
    _check_units(texts)
    text = comparable(texts)
    sizes = np.bincount(text.unit_of, minlength=len(text.units))
    kept = [unit for unit, n in zip(text.units, sizes, strict=True) if n >= min_sentences]
    left_out = [unit for unit in texts.units if unit not in kept]
    says = f"left out, fewer than {min_sentences} sentences with a term: {'、'.join(left_out)}" if left_out else ""
    if len(kept) < 2:
        rows = [(texts.scheme, name, np.nan, np.nan, np.nan, len(kept), 0, "too_little", says) for name in measures]
        return pd.DataFrame(rows, columns=DIFFERENCE)
    pool = sentence_pool(text.chosen(kept), range(len(kept)))
    observed = _spread(pool.as_it_is(), measures, weighting)
    rng = generator_of(seed, "shuffle", texts.scheme)
    parts = [_spread(counts, measures, weighting) for counts in pool.shuffled(rng, n_shuffles)]
    rows = []
    for name in measures:
        draws = np.concatenate([part[name] for part in parts])
        value = float(observed[name][0])
        p = _p_value(value, draws, name)
        rows.append((texts.scheme, name, value, draws.mean(), p, len(kept), pool.sentences.shape[0], "enough", says))
    return pd.DataFrame(rows, columns=DIFFERENCE)


def comparable(texts: UnitTexts) -> UnitTexts:
    """What is compared: no unit's name in any unit, no sentence and no unit without a counted term."""
    bare = texts.without_any_own_names()
    held = np.flatnonzero(bare.counts.getnnz(axis=1))
    text = replace(
        bare,
        counts=bare.counts[held],
        unit_of=bare.unit_of[held],
        n_words=bare.n_words[held],
        sentences=bare.sentences.iloc[held].reset_index(drop=True),
    )
    present = np.bincount(text.unit_of, minlength=len(text.units)) > 0
    return text.chosen(text.units[present].tolist())


def resampled_unit_counts(
    text: UnitTexts, n_resamples: int, seed: int, *, cells: int = _CELLS_AT_ONCE
) -> Iterator[Floats]:
    """The units' counts in resamples of their sentences: arrays (n_of_these, n_units, n_terms), some at a time.

    text: as `comparable` gives it. The draws of a unit depend on the seed and its name alone.
    """
    draws = resampling_weights(text, n_resamples, seed)
    rows = [np.flatnonzero(text.unit_of == at) for at in range(len(text.units))]
    parts = [text.counts[members].T.tocsr().astype(np.float64) for members in rows]
    step = max(1, cells // max(len(rows) * len(text.terms), 1))
    for begin in range(0, n_resamples, step):
        taken = draws[begin : begin + step].astype(np.float64)
        yield np.stack([(part @ taken[:, members].T).T for part, members in zip(parts, rows, strict=True)], axis=1)


@dataclass(frozen=True)
class SentencePool:
    """The distinct sentences of some units, and the places the units have for them.

    sentences: counts, shape (n_sentences, n_columns). columns: the term of each. unit_of, place_of: the unit and the
    sentence of each place; a sentence of several units has several places.
    """

    sentences: csr_matrix
    columns: Ints
    n_units: int
    unit_of: Ints
    place_of: Ints

    def counts_of(self, orders: Ints) -> Floats:
        """The units' counts with the sentences in these orders, shape (n_orders, n_units, n_columns)."""
        n_columns = self.sentences.shape[1]
        counts = np.empty((len(orders), self.n_units * n_columns))
        step = max(1, _DEALT_AT_ONCE // max(self.sentences.nnz, 1))
        for begin in range(0, len(orders), step):
            some = orders[begin : begin + step]
            dealt = self.sentences[some[:, self.place_of].ravel()]  # a row for each place in each order
            unit = (np.arange(len(some))[:, None] * self.n_units + self.unit_of).ravel()
            cell = np.repeat(unit * n_columns, np.diff(dealt.indptr)) + dealt.indices
            found = np.bincount(cell, dealt.data, minlength=len(some) * self.n_units * n_columns)
            counts[begin : begin + step] = found.reshape(len(some), -1)
        return counts.reshape(len(orders), self.n_units, n_columns)

    def as_it_is(self) -> Floats:
        """The units' counts: shape (1, n_units, n_columns)."""
        return self.counts_of(np.arange(self.sentences.shape[0])[None])

    def shuffled(self, rng: np.random.Generator, n_shuffles: int) -> Iterator[Floats]:
        """The units' counts with the sentences dealt out at random: (n, n_units, n_columns), some at a time."""
        n_sentences = self.sentences.shape[0]
        step = max(1, _CELLS_AT_ONCE // max(self.n_units * len(self.columns), n_sentences, 1))
        for begin in range(0, n_shuffles, step):
            count = min(step, n_shuffles - begin)
            yield self.counts_of(rng.permuted(np.tile(np.arange(n_sentences), (count, 1)), axis=1))


def sentence_pool(text: UnitTexts, units: Sequence[int], *, all_terms: bool = False) -> SentencePool:
    """Gather the sentences of these units in the order of plan and sentence; terms they lack only with all_terms."""
    rows = np.flatnonzero(np.isin(text.unit_of, units))
    _, first, codes = np.unique(text.sentence_codes[rows], return_index=True, return_inverse=True)
    sentences = text.counts[rows[first]].astype(np.float64)
    columns = np.arange(len(text.terms)) if all_terms else np.unique(sentences.indices).astype(np.int64)
    unit_of = np.searchsorted(units, text.unit_of[rows])
    return SentencePool(csr_matrix(sentences[:, columns]), columns, len(units), unit_of, codes.astype(np.int64))


def _check_measures(measures: Sequence[str]) -> None:
    unknown = [measure for measure in measures if measure not in MEASURES]
    if unknown:
        raise ValueError(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}")


def _check_units(texts: UnitTexts) -> None:
    if len(texts.units) < 2:
        raise ValueError(f"one unit only ({texts.units[0]}): there is nothing to compare it with")


def _pair_statuses(texts: UnitTexts, text: UnitTexts, min_sentences: int) -> pd.DataFrame:
    """Every pair with its numbers of sentences and what can be said of it."""
    sizes = dict(zip(text.units, np.bincount(text.unit_of, minlength=len(text.units)).tolist(), strict=True))
    keys = pd.MultiIndex.from_frame(text.sentences)
    held = {unit: frozenset(keys[text.unit_of == at]) for at, unit in enumerate(text.units)}
    rows = []
    for at, unit in enumerate(texts.units):
        for other in texts.units[at + 1 :]:
            n, n_other = sizes.get(unit, 0), sizes.get(other, 0)
            status, says = "enough", ""
            few = [f"{name} has {sizes.get(name, 0)}" for name in (unit, other) if sizes.get(name, 0) < min_sentences]
            bare = [name for name in (unit, other) if not sizes.get(name, 0)]
            if bare:
                status, says = "no_terms", f"no sentence with a counted term: {'、'.join(bare)}"
            elif held[unit] == held[other]:
                status, says = "same_text", f"{unit} and {other} are the same sentences"
            if few and not bare:
                status, says = "too_little", f"fewer than {min_sentences} sentences: {', '.join(few)}"
            rows.append((unit, other, n, n_other, status, says))
    return pd.DataFrame(rows, columns=["unit", "other", "n", "n_other", "status", "says"])


def _drawn(
    text: UnitTexts, pairs: Ints, measures: Sequence[str], weighting: Weighting, *, n_resamples: int, seed: int
) -> Mapping[str, Floats]:
    """The measures of the pairs in each resample, shape (n_resamples, n_pairs)."""
    parts: dict[str, list[Floats]] = {measure: [] for measure in measures}
    for counts in resampled_unit_counts(text, n_resamples, seed):
        for measure in measures:
            parts[measure].append(pairwise(counts, measure, weighting)[:, pairs[:, 0], pairs[:, 1]])
    return {measure: np.concatenate(found) for measure, found in parts.items()}


def _interval(value: Floats, draws: Floats, degrees: Floats, measure: str, level: float) -> tuple[Floats, Floats]:
    """The interval of the head of this file, for each column of draws."""

    def angle(values: Floats) -> Floats:
        shares = values**2 if measure == "js_distance" else values
        return np.arcsin(np.sqrt(np.clip(shares, 0.0, 1.0)))

    def back(angles: Floats) -> Floats:
        sine = np.sin(np.clip(angles, 0.0, np.pi / 2))
        return sine if measure == "js_distance" else sine**2

    half = student_t.ppf((1 + level) / 2, degrees) * angle(draws).std(axis=0, ddof=1)
    return back(angle(value) - half), back(angle(value) + half)


def _dealt(
    text: UnitTexts, pairs: Ints, measures: Sequence[str], weighting: Weighting, *, n_shuffles: int, seed: int
) -> Mapping[str, Floats]:
    """For each measure the mean over the shuffles and p of each pair: shape (n_pairs, 2)."""
    held = text.unit_counts().toarray() > 0
    found = {measure: np.empty((len(pairs), 2)) for measure in measures}
    for at, pair in enumerate(pairs):
        pool = sentence_pool(text, sorted(pair.tolist()), all_terms=weighting.smoothing > 0)
        elsewhere = np.delete(held, pair, axis=0)[:, pool.columns].sum(axis=0)
        rng = generator_of(seed, "shuffle", text.scheme, *sorted(map(str, text.units[pair])))
        observed = _of_pair(pool.as_it_is(), elsewhere, len(held), measures, weighting)
        parts = [_of_pair(c, elsewhere, len(held), measures, weighting) for c in pool.shuffled(rng, n_shuffles)]
        for measure in measures:
            draws = np.concatenate([part[measure] for part in parts])
            found[measure][at] = draws.mean(), _p_value(float(observed[measure][0]), draws, measure)
    return found


def _of_pair(
    counts: Floats, elsewhere: Ints, n_units: int, measures: Sequence[str], weighting: Weighting
) -> Mapping[str, Floats]:
    """The measures of two units, shape (n,); counts: (n, 2, n_terms); elsewhere: other units that hold each term."""
    found: dict[str, Floats] = {}
    divergence = None
    for measure in measures:
        if measure == "cosine":
            rows = _tfidf_rows(counts, _document_frequency(counts) + elsewhere, n_units, weighting)
            found[measure] = np.clip((rows[:, 0] * rows[:, 1]).sum(axis=-1), 0.0, 1.0)
            continue
        if divergence is None:
            divergence = _divergences(counts, weighting.smoothing)[:, 0, 1]
        found[measure] = np.sqrt(divergence) if measure == "js_distance" else divergence
    return found


def _spread(counts: Floats, measures: Sequence[str], weighting: Weighting) -> Mapping[str, Floats]:
    """How far all units lie apart, shape (n,); counts: (n, n_units, n_terms)."""
    found: dict[str, Floats] = {}
    for measure in measures:
        if measure == "cosine":
            alike = pairwise(counts, "cosine", weighting)
            above = np.triu_indices(counts.shape[1], 1)
            found[measure] = alike[:, above[0], above[1]].mean(axis=-1)
            continue
        shares = _shares(counts, weighting.smoothing)
        apart = _bits(shares.mean(axis=1)) - _bits(shares).mean(axis=1)
        divergence = np.clip(apart / np.log2(counts.shape[1]), 0.0, 1.0)
        found[measure] = np.sqrt(divergence) if measure == "js_distance" else divergence
    return found


def _p_value(observed: float, draws: Floats, measure: str) -> float:
    """Share of the draws at least as far apart as the observed, with one more of each: Davison and Hinkley (1997), 4.2.

    A difference in the last bits is none.
    """
    apart = draws <= observed + _ROUNDING if measure == "cosine" else draws >= observed - _ROUNDING
    return float(1 + apart.sum()) / (1 + len(draws))


def _shares(counts: Floats, smoothing: float) -> Floats:
    added = counts + smoothing
    shares: Floats = added / added.sum(axis=-1, keepdims=True)
    return shares


def _bits(shares: Floats) -> Floats:
    """Shannon entropy over the last axis, in bits."""
    bits: Floats = entr(shares).sum(axis=-1) / np.log(2)
    return bits


def _divergences(counts: Floats, smoothing: float) -> Floats:
    """Jensen-Shannon divergence of all pairs, in bits, the diagonal 0; counts: shape (..., n_units, n_terms)."""
    shares = _shares(counts, smoothing)
    entropy = _bits(shares)
    n_units = counts.shape[-2]
    found = np.zeros((*counts.shape[:-1], n_units))
    used = np.asarray((shares > 0).any(axis=tuple(range(shares.ndim - 2))))
    for one in range(n_units):
        for two in range(one + 1, n_units):
            columns = np.flatnonzero(used[one] | used[two])
            mixed = _bits((shares[..., one, columns] + shares[..., two, columns]) / 2)
            apart = np.clip(mixed - (entropy[..., one] + entropy[..., two]) / 2, 0.0, 1.0)
            found[..., one, two] = found[..., two, one] = apart
    return found


def _document_frequency(counts: Floats) -> Ints:
    """Units with each term, shape (..., n_terms)."""
    n_units: Ints = (counts > 0).sum(axis=-2)
    return n_units


def _tfidf_rows(counts: Floats, n_with_term: Ints, n_units: int, weighting: Weighting) -> Floats:
    """TF-IDF rows of length 1, shape as counts."""
    extra = 1 if weighting.smooth_idf else 0
    idf = np.log((n_units + extra) / np.maximum(np.arange(n_units + 1) + extra, 1)) + 1  # by the units with the term
    rows = counts * idf[n_with_term][..., None, :]
    unit_rows: Floats = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit_rows


def _with_diagonal(square: Floats, value: float) -> Floats:
    """The matrices with this value on their diagonal: a unit and itself, free of rounding."""
    at = np.arange(square.shape[-1])
    square[..., at, at] = value
    return square
