"""How far a number could have gone otherwise: a plan is one document, so its sentences are resampled, not its tokens.

Sentences are drawn with replacement within their sections (a stratified bootstrap), so that every resample has the
plan's own make-up: each section keeps its weight. The seed fixes every number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from src.utils.measures.contingency import log_ratio
from src.utils.measures.sentence_terms import UNIT, Floats, Ints, SentenceTerms, sentence_terms

N_RESAMPLES: Final = 2000
LEVEL: Final = 0.95
_DRAWS_AT_ONCE: Final = 250
_COLUMNS_AT_ONCE: Final = 2000
_INTERVALS: Final = ("low", "high", "per_10k_low", "per_10k_high")


@dataclass(frozen=True)
class Strata:
    """The stratum of each sentence, and which sections were too small to be one.

    codes: 0, 1, … in order of appearance, one for each sentence. merged: the (plan, section) pairs of one sentence,
    which joined a neighbour.
    """

    codes: Ints
    merged: tuple[tuple[str, int], ...] = ()


def strata_of(sentences: pd.DataFrame) -> Strata:
    """Make each section a stratum; a section of one sentence joins the section before it in its plan.

    Drawn by itself, a lone sentence would be in every resample and its words would look certain. The first section of a
    plan joins the one after it (collapsed strata: Wolter 2007, 2.5), and the only sentence of a plan the plan beside
    it. sentences: columns plan, sentence, and section; without a column section each plan is one stratum.
    """
    if "section" not in sentences:
        return Strata(pd.factorize(sentences["plan"])[0].astype(np.int64))
    keys = pd.MultiIndex.from_frame(sentences[["plan", "section"]])
    codes, sections = pd.factorize(keys)
    sizes = np.bincount(codes, minlength=len(sections))
    stratum = _joined_with_neighbours(np.arange(len(sections)), sizes, [plan for plan, _ in sections])
    stratum = _joined_with_neighbours(stratum, sizes, [""] * len(sections))  # a plan of one sentence joins another plan
    alone = tuple((str(plan), int(section)) for (plan, section), n in zip(sections, sizes, strict=True) if n == 1)
    return Strata(pd.factorize(stratum[codes])[0].astype(np.int64), alone)


def _joined_with_neighbours(stratum: Ints, sizes: Ints, plans: list[str]) -> Ints:
    """Strata of sections after each of one sentence joined the one before it in its plan, else the one after it."""
    joined = stratum.copy()

    def size(at: int) -> int:
        return int(sizes[joined == joined[at]].sum())

    for at in range(1, len(joined)):
        if size(at) == 1 and plans[at - 1] == plans[at]:
            joined[at] = joined[at - 1]
    for at in range(len(joined) - 1):
        if size(at) == 1 and plans[at] == plans[at + 1]:
            joined[at] = joined[at + 1]
    return joined


@dataclass(frozen=True)
class Resamples:
    """Resamples of sentences, all drawn from one seed.

    Of a stratum of n sentences n - 1 are drawn with replacement, and each counts n / (n - 1) times: the stratum keeps
    its weight, and the spread of a sum is that of the unbiased variance. Drawing n of n would make the variance too
    small by the factor (n - 1) / n, which is a half in sections of two sentences. Sums are therefore not always whole
    numbers.

    strata: the stratum of each sentence, each of at least two. The same strata, n_resamples and seed give the same
    draws, whatever is then summed over them. Rao and Wu (1988); Efron and Tibshirani (1993), ch. 8 and 13. Raises
    ValueError for no sentences, a stratum of one, and fewer than one resample.
    """

    strata: Ints
    n_resamples: int = N_RESAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        sizes = np.bincount(self.strata)
        if not len(sizes):
            raise ValueError("no sentences to resample")
        if (sizes[sizes > 0] < 2).any():
            raise ValueError("a stratum of one sentence cannot be resampled: merge it with another (strata_of)")
        if self.n_resamples < 1:
            raise ValueError(f"{self.n_resamples} resamples: give 1 or more")

    @cached_property
    def times_drawn(self) -> NDArray[np.uint16]:
        """How often each sentence was drawn, shape (n_resamples, n_sentences)."""
        return np.vstack(list(self._draws()))

    @cached_property
    def weight(self) -> Floats:
        """What a draw of each sentence counts: n / (n - 1) in a stratum of n."""
        sizes = np.bincount(self.strata)[self.strata]
        return sizes / (sizes - 1)

    def _draws(self) -> Iterator[NDArray[np.uint16]]:
        order = np.argsort(self.strata, kind="stable")
        sizes = np.bincount(self.strata)
        begins = np.cumsum(sizes) - sizes
        slots = np.repeat(np.arange(len(sizes)), np.maximum(sizes - 1, 0))
        n_sentences = len(order)
        random = np.random.default_rng(self.seed)
        for first in range(0, self.n_resamples, _DRAWS_AT_ONCE):
            n_draws = min(_DRAWS_AT_ONCE, self.n_resamples - first)
            within = np.floor(random.random((n_draws, len(slots))) * sizes[slots]).astype(np.int64)
            drawn = order[begins[slots] + within] + np.arange(n_draws)[:, None] * n_sentences
            counts = np.bincount(drawn.ravel(), minlength=n_draws * n_sentences)
            yield counts.reshape(n_draws, n_sentences).astype(np.uint16)

    def sums(self, values: csr_matrix | Floats | Ints) -> Floats:
        """Sum over each resample, shape (n_resamples, n_columns) or (n_resamples,).

        values: one row for each sentence, shape (n_sentences, n_columns) or (n_sentences,).
        """
        if isinstance(values, csr_matrix):
            weighted = diags_array(self.weight) @ values
        else:
            weighted = (np.asarray(values, dtype=np.float64).T * self.weight).T
        blocks = [
            self.times_drawn[first : first + _DRAWS_AT_ONCE].astype(np.float64) @ weighted
            for first in range(0, self.n_resamples, _DRAWS_AT_ONCE)
        ]
        return np.concatenate([np.asarray(block) for block in blocks])

    def column_blocks(self, values: csr_matrix) -> Iterator[tuple[slice, Floats]]:
        """Sums of a wide matrix, some columns at a time, so that memory stays bounded."""
        columns = values.tocsc()
        for first in range(0, values.shape[1], _COLUMNS_AT_ONCE):
            block = slice(first, min(first + _COLUMNS_AT_ONCE, values.shape[1]))
            yield block, self.sums(csr_matrix(columns[:, block]))


def percentile_interval(draws: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """The middle `level` of the draws (first axis), by linear interpolation: low and high for each column."""
    if not 0 < level < 1:
        raise ValueError(f"level {level}: give a share between 0 and 1, such as 0.95")
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def resampled_counts(
    tokens: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    sentences: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
    size_tokens: pd.DataFrame | None = None,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """Add to each term's count the percentile interval over resamples of sentences within their sections.

    tokens: what was counted. counts: one row a term (columns term, n) of these tokens or, with groups, rows of
    count_terms(tokens, groups); each unit is then resampled by itself, from the same seed. sentences: columns plan,
    sentence, section, of all sentences, those without a counted token too; without it every plan is one stratum of the
    sentences that have a token. size_tokens: as in count_terms, the tokens themselves where not given.

    Each resample draws as many sentences of each section as there are, with replacement, so that words which come in
    clusters get wide intervals. Returns counts with columns `low` and `high` (occurrences, at `level`), `per_10k_low`
    and `per_10k_high` (per 10,000 words of the same resample), `rank_low` and `rank_high` (best and worst rank among
    the unit's terms in counts, 1 for the most frequent, ties sharing the better). A unit of one sentence cannot be
    resampled: its intervals hold NaN and its ranks run from 1 to its number of terms. attrs["merged_sections"] lists
    the sections of one sentence, which were drawn together with their neighbour (strata_of). The same seed gives the
    same numbers. Raises ValueError for no tokens, and for counts of several units without groups.
    """
    if tokens.empty:
        raise ValueError("no tokens to resample")
    if groups is None and "unit" in counts and len(counts[UNIT].drop_duplicates()) > 1:
        raise ValueError("counts of several units: give the groups they were counted by")
    whole = sentence_terms(tokens, size_tokens, sentences)
    unit_of = [(np.arange(len(counts)), np.arange(len(whole.sentences)))]
    if groups is not None:
        unit_of = _units(counts, groups, whole)
    found = {name: np.full(len(counts), np.nan) for name in _INTERVALS}
    ranks = {"rank_low": np.ones(len(counts), dtype=np.int64), "rank_high": np.ones(len(counts), dtype=np.int64)}
    merged: dict[tuple[str, int], None] = {}
    for at, members in unit_of:
        strata = strata_of(whole.sentences.iloc[members])
        merged |= dict.fromkeys(strata.merged)
        ranks["rank_high"][at] = len(at)
        if len(members) < 2 or not len(at):
            continue
        columns = _columns(whole.terms, counts["term"].iloc[at])
        resamples = Resamples(strata.codes, n_resamples, seed)
        draws = _term_sums(resamples, whole.counts[members], columns)
        words = resamples.sums(whole.n_words[members])
        found["low"][at], found["high"][at] = percentile_interval(draws, level)
        rates = draws / np.maximum(words, 1)[:, None] * 10_000
        found["per_10k_low"][at], found["per_10k_high"][at] = percentile_interval(rates, level)
        ranks["rank_low"][at], ranks["rank_high"][at] = _rank_intervals(draws, level)
    result = counts.assign(**found, **ranks)
    result.attrs = {**counts.attrs, "merged_sections": tuple(merged)}
    return result


def _units(counts: pd.DataFrame, groups: pd.DataFrame, whole: SentenceTerms) -> list[tuple[Ints, Ints]]:
    """For each unit its rows of counts and its sentences."""
    units = counts[UNIT].drop_duplicates(ignore_index=True)
    codes = pd.MultiIndex.from_frame(units).get_indexer(pd.MultiIndex.from_frame(counts[UNIT]))
    membership = whole.membership(groups, units)
    return [(np.flatnonzero(codes == at), membership[[at]].indices.astype(np.int64)) for at in range(len(units))]


def _columns(terms: NDArray[np.object_], wanted: pd.Series) -> Ints:
    """Column of each term, -1 for one that is nowhere."""
    return pd.Index(terms).get_indexer(pd.Index(wanted.to_numpy(dtype=object))).astype(np.int64)


def _term_sums(resamples: Resamples, counts: csr_matrix, columns: Ints) -> Floats:
    """Occurrences of the terms in each resample, shape (n_resamples, n_terms); 0 for column -1."""
    draws = np.zeros((resamples.n_resamples, len(columns)))
    here = np.flatnonzero(columns >= 0)
    for block, sums in resamples.column_blocks(csr_matrix(counts[:, columns[here]])):
        draws[:, here[block]] = sums
    return draws


def _rank_intervals(draws: Floats, level: float) -> tuple[Ints, Ints]:
    """Best and worst rank of each column among the others: 1 and the number of columns with a greater sum."""
    ranks = np.empty(draws.shape, dtype=np.int32)
    for row, sums in enumerate(np.round(draws, 6)):  # the same sum may differ in its last bits
        ranks[row] = np.searchsorted(np.sort(-sums), -sums, side="left") + 1
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
    return low.astype(np.int64), high.astype(np.int64)


def resampled_ratio(
    numerators: csr_matrix | Floats | Ints,
    denominators: Floats | Ints,
    strata: Ints,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Percentile interval of a share or rate, sum of numerators by sum of denominators: low and high.

    numerators: one row for each sentence, shape (n_sentences,) or (n_sentences, n_columns), such as its characters in
    formulas or its occurrences of some terms. denominators: shape (n_sentences,), such as its characters or words.
    strata: strata_of(sentences).codes. A resample whose denominators sum to 0 is left out; NaN where none is left, and
    for fewer than two sentences.
    """
    shape = np.shape(numerators)[1:]
    if len(strata) < 2:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    resamples = Resamples(strata, n_resamples, seed)
    below = resamples.sums(denominators)
    if not (below > 0).any():
        return np.full(shape, np.nan), np.full(shape, np.nan)
    above = resamples.sums(numerators)[below > 0]
    return percentile_interval((above.T / below[below > 0]).T, level)


class Counts(NamedTuple):
    """A text of which only the counts are known: occurrences of terms, and all its words."""

    n: pd.Series
    n_words: int


def resampled_log_ratio(
    target: SentenceTerms,
    reference: SentenceTerms | Counts,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Percentile interval of the log ratio of each of the target's terms: low and high, shape (n_terms,).

    Target and reference are resampled each by itself, within sections where their sentences name them. A reference of
    which only the counts are known is held fast, so that the interval says nothing of what another reference would
    give. A count of zero in a resample is taken as half an occurrence (contingency.log_ratio).

    Where a term is not in one of the texts at all, no resample can put it there: the interval is open on that side
    (-inf without it in the target, inf without it in the reference), and its other end takes the count that was not
    seen as -ln((1 - level) / 2), 3.7 for 95 %: the most that a Poisson count of which none was seen may stand for.
    NaN for a term in neither, and for all where the target, or a reference to resample, has fewer than two sentences.
    Raises ValueError for a reference of sentences with other
    terms than the target's.
    """
    n_terms = len(target.terms)
    if isinstance(reference, SentenceTerms) and list(reference.terms) != list(target.terms):
        raise ValueError("target and reference have different terms: align them first (keyness.aligned)")
    texts = [text for text in (target, reference) if isinstance(text, SentenceTerms)]
    low, high = np.full(n_terms, np.nan), np.full(n_terms, np.nan)
    if min(len(text.sentences) for text in texts) < 2:
        return low, high
    drawn = [Resamples(strata_of(text.sentences).codes, n_resamples, seed + at) for at, text in enumerate(texts)]
    words = [np.maximum(one.sums(text.n_words), 1)[:, None] for one, text in zip(drawn, texts, strict=True)]
    unseen, n_here = -np.log((1 - level) / 2), target.total
    whole = reference.total if isinstance(reference, SentenceTerms) else reference.n.reindex(target.terms, fill_value=0)
    fixed = np.asarray(whole, dtype=np.float64)
    for block, sums in drawn[0].column_blocks(target.counts):
        if isinstance(reference, SentenceTerms):
            there, other_words = drawn[1].sums(csr_matrix(reference.counts[:, block])), words[1]
        else:
            there, other_words = fixed[None, block], np.array([[reference.n_words]])
        lacks_here, lacks_there = n_here[block] == 0, fixed[block] == 0
        first, second = np.where(lacks_here, unseen, sums), np.where(lacks_there, unseen, there)
        ratio = log_ratio(first, second, words[0], other_words)
        low[block], high[block] = percentile_interval(ratio, level)
        low[block] = np.where(lacks_here, -np.inf, low[block])
        high[block] = np.where(lacks_there, np.inf, high[block])
    neither = np.isneginf(low) & np.isposinf(high)
    low[neither], high[neither] = np.nan, np.nan
    return low, high
