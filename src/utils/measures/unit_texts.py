"""Units as the sentences they are made of: what profiles are scored on, resampled and compared by chance.

A sentence that belongs to two units is a row in each, and is drawn for each by itself.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from src.utils.measures.sentence_terms import SENTENCE, UNIT, Floats, Ints, SentenceTerms, sentence_terms

STATUS: Final = ["unit", "n_words", "n_sentences", "n_counted", "status", "says"]

SHRINKAGE: Final = 10.0
"""A term's design effect is averaged with that of all terms as if those had ten occurrences more."""

_LEAST_DESIGN_EFFECT: Final = 0.1
_MOST_CELLS: Final = 500_000  # with ten times as many, arrays are too large for the caches: half as fast


@dataclass(frozen=True)
class UnitTexts:
    """The sentences of each unit and the terms counted in them.

    units: names, shape (n_units,). terms: shape (n_terms,), in code-point order. counts: occurrences, shape (n_rows,
    n_terms), a row for each pair of unit and sentence, a unit's own names left out of its rows. unit_of: the unit of
    each row. n_words: words of each row's sentence, stop words too where the sizes were taken from all tokens.
    sentences: plan and sentence of each row. own: for each unit the columns of its own names.
    """

    scheme: str
    units: NDArray[np.object_]
    terms: NDArray[np.object_]
    counts: csr_matrix
    unit_of: Ints
    n_words: Ints
    sentences: pd.DataFrame
    own: tuple[Ints, ...]

    @cached_property
    def sentence_codes(self) -> Ints:
        """A number for the sentence of each row, the same in all units, in the order of plan and sentence."""
        codes, _ = pd.MultiIndex.from_frame(self.sentences).factorize(sort=True)
        return codes.astype(np.int64)

    def unit_counts(self) -> csr_matrix:
        """Occurrences of each term in each unit, shape (n_units, n_terms), columns sorted."""
        counts = self.sets_of(np.ones((1, len(self.unit_of)), dtype=np.int64))
        counts.sort_indices()
        return counts

    def sets_of(self, weights: NDArray[np.int64], unit_of: Ints | None = None) -> csr_matrix:
        """Count the terms of every unit with each row taken so many times: shape (n_sets * n_units, n_terms).

        weights: shape (n_sets, n_rows). unit_of: the unit of each row in each set, shape (n_sets, n_rows), where it is
        not the observed one. Without stored zeros.
        """
        n_sets, n_rows = weights.shape
        units = np.broadcast_to(self.unit_of if unit_of is None else unit_of, weights.shape)
        sets, rows = np.nonzero(weights)
        at = sets * len(self.units) + units[sets, rows]
        taken = csr_matrix((weights[sets, rows], (at, rows)), shape=(n_sets * len(self.units), n_rows))
        counts = csr_matrix(taken @ self.counts)
        counts.eliminate_zeros()
        return counts

    def chosen(self, units: Collection[str]) -> "UnitTexts":
        """The texts of these units alone, in the order they have here; terms that none of them has are left out."""
        keep = np.array([unit in set(units) for unit in self.units], dtype=bool)
        rows = keep[self.unit_of]
        return replace(
            self,
            units=self.units[keep],
            counts=self.counts[rows],
            unit_of=(np.cumsum(keep) - 1)[self.unit_of[rows]].astype(np.int64),
            n_words=self.n_words[rows],
            sentences=self.sentences[rows].reset_index(drop=True),
            own=tuple(own for own, kept in zip(self.own, keep, strict=True) if kept),
        )._with_terms_that_stand()

    def without_any_own_names(self) -> "UnitTexts":
        """Take the names of every unit out of all units: then a sentence can be moved without telling whose it was."""
        names = np.unique(np.concatenate([*self.own, np.empty(0, dtype=np.int64)]))
        kept = np.ones(len(self.terms))
        kept[names] = 0
        counts = csr_matrix(self.counts @ diags_array(kept))
        counts.eliminate_zeros()
        return replace(self, counts=counts)

    def frequent(self, min_n: int) -> "UnitTexts":
        """Take out the terms that stand less often than that in all units together: what is left is quicker to compare.

        Sizes stay: n_words is that of the sentences as they are.
        """
        rare = np.asarray(self.counts.sum(axis=0)).ravel() < min_n
        counts = csr_matrix(self.counts @ diags_array(np.where(rare, 0.0, 1.0)))
        counts.eliminate_zeros()
        return replace(self, counts=counts)._with_terms_that_stand()

    def _with_terms_that_stand(self) -> "UnitTexts":
        stands = np.flatnonzero(self.counts.getnnz(axis=0))
        place = np.full(len(self.terms), -1, dtype=np.int64)
        place[stands] = np.arange(len(stands))
        own = tuple(place[columns][place[columns] >= 0] for columns in self.own)
        return replace(self, terms=self.terms[stands], counts=self.counts[:, stands], own=own)


def unit_texts(
    tokens: pd.DataFrame,
    groups: pd.DataFrame,
    own_names: Mapping[str, Collection[str]] | None = None,
    *,
    size_tokens: pd.DataFrame | None = None,
    units: Sequence[str] | None = None,
) -> UnitTexts:
    """Gather the sentences of every unit of one scheme and the terms counted in them.

    tokens: what is counted, commonly without stop words. groups: plan, sentence, scheme, unit; a pair that stands twice
    (by heading and by mention) counts once. own_names: unit -> its names, left out of its own sentences; other units
    keep them. size_tokens: all tokens, where the words of a unit are to be told with stop words; the tokens themselves
    where not given. units: the units wanted and their order, those without a sentence too; those of groups, in order of
    appearance, where not given. Raises ValueError for groups of several schemes and where there is no unit at all.
    """
    schemes = groups["scheme"].unique().tolist()
    if len(schemes) > 1:
        raise ValueError(f"groups of several schemes ({', '.join(map(str, schemes))}): compare units of one")
    names = np.array(list(units) if units is not None else groups["unit"].unique().tolist(), dtype=object)
    if not len(names):
        raise ValueError("no units: the groups are empty and none was named")
    counted = sentence_terms(tokens, size_tokens)
    pairs = groups.loc[groups["unit"].isin(names), [*SENTENCE, *UNIT]].drop_duplicates(ignore_index=True)
    unit_of = pd.Index(names).get_indexer(pairs["unit"]).astype(np.int64)
    order = np.argsort(unit_of, kind="stable")
    pairs, unit_of = pairs.iloc[order], unit_of[order]
    rows = counted.rows_of(pairs)
    known = rows >= 0  # a sentence without a word is in no unit's text
    own = _own_columns(counted, names, own_names or {})
    counts = _without_own(counted.counts[rows[known]], unit_of[known], own)
    texts = UnitTexts(
        scheme=str(schemes[0]) if schemes else "",
        units=names,
        terms=counted.terms,
        counts=counts,
        unit_of=unit_of[known],
        n_words=counted.n_words[rows[known]],
        sentences=pairs.loc[known, SENTENCE].reset_index(drop=True),
        own=own,
    )
    return texts._with_terms_that_stand()


def _own_columns(
    counted: SentenceTerms, units: NDArray[np.object_], own_names: Mapping[str, Collection[str]]
) -> tuple[Ints, ...]:
    index = pd.Index(counted.terms)
    columns = [index.get_indexer(pd.Index(list(own_names.get(unit, [])), dtype=object)) for unit in units]
    return tuple(found[found >= 0].astype(np.int64) for found in columns)


def _without_own(counts: csr_matrix, unit_of: Ints, own: tuple[Ints, ...]) -> csr_matrix:
    row = np.repeat(unit_of, np.diff(counts.indptr))
    n_terms = counts.shape[1]
    names = [unit * n_terms + int(column) for unit, columns in enumerate(own) for column in columns]
    counts = counts.copy()
    counts.data[np.isin(row * n_terms + counts.indices, np.array(names, dtype=np.int64))] = 0
    counts.eliminate_zeros()
    counts.sort_indices()
    return counts


def text_status(texts: UnitTexts, min_words: int) -> pd.DataFrame:
    """Tell of each unit how much text it has and whether that is enough: columns STATUS, units in their order.

    n_words: words of its sentences; n_counted: those that are counted terms. status: "enough"; "too_little" below
    min_words; "one_sentence", which cannot be resampled; "no_terms" where nothing but stop words and own names stands
    in it; "empty" without a sentence; "same_text" where another unit before it consists of the same sentences. says:
    the status as a clause for a reader.
    """
    n_units = len(texts.units)
    n_words = np.bincount(texts.unit_of, texts.n_words, minlength=n_units).astype(np.int64)
    n_sentences = np.bincount(texts.unit_of, minlength=n_units)
    n_counted = np.asarray(texts.unit_counts().sum(axis=1)).ravel().astype(np.int64)
    first = _first_with_the_same_text(texts)
    rows = []
    for at, unit in enumerate(texts.units):
        words, sentences, counted = int(n_words[at]), int(n_sentences[at]), int(n_counted[at])
        status, says = "enough", ""
        if not sentences:
            status, says = "empty", "no sentence speaks of it"
        elif not counted:
            status, says = "no_terms", "no term in it but stop words and its own names"
        elif words < min_words:
            status, says = "too_little", f"{words} words, fewer than {min_words}: too little text to say"
        elif sentences == 1:
            status, says = "one_sentence", "one sentence: nothing to resample"
        elif first[at] != at:
            status, says = "same_text", f"the same sentences as {texts.units[first[at]]}"
        rows.append((unit, words, sentences, counted, status, says))
    return pd.DataFrame(rows, columns=STATUS)


def _first_with_the_same_text(texts: UnitTexts) -> Ints:
    """For each unit the first one that consists of the same sentences, itself where none before it does."""
    seen: dict[frozenset[tuple[object, ...]], int] = {}
    keys = list(texts.sentences.itertuples(index=False, name=None))
    bounds = np.searchsorted(texts.unit_of, np.arange(len(texts.units) + 1))
    return np.array(
        [seen.setdefault(frozenset(keys[bounds[at] : bounds[at + 1]]), at) for at in range(len(texts.units))],
        dtype=np.int64,
    )


def design_effects(texts: UnitTexts) -> Floats:
    """How many times the variance of a term's count exceeds that of independent words, shape (n_terms,).

        D(t) = Σ (c - r L)² / Σ c     over sentences, r = Σ c / Σ L

    c: the term's count in a sentence; L: the sentence's words that are counted. A word that stands four times in one
    sentence and nowhere else has D near 4; one that comes evenly, below 1. Few sentences hold a term, so D is averaged
    with that of all terms, D₀: (Σ (c - r L)² + 10 D₀) / (Σ c + 10), and never less than 0.1. It is the design effect of
    a ratio under cluster sampling (Kish 1965, ch. 6).
    """
    lengths = np.asarray(texts.counts.sum(axis=1), dtype=np.float64).ravel()
    counts = texts.counts.astype(np.float64)
    total = np.asarray(counts.sum(axis=0)).ravel()
    squares = np.asarray(counts.multiply(counts).sum(axis=0)).ravel()
    rate = total / max(lengths.sum(), 1.0)
    spread = squares - 2 * rate * (counts.T @ lengths) + rate**2 * (lengths**2).sum()
    whole = spread.sum() / max(total.sum(), 1.0)
    effects: Floats = np.maximum((spread + SHRINKAGE * whole) / (total + SHRINKAGE), _LEAST_DESIGN_EFFECT)
    return effects


def resampling_weights(texts: UnitTexts, n_resamples: int, seed: int) -> NDArray[np.int64]:
    """How often each row is drawn in each resample, shape (n_resamples, n_rows): as many rows as the unit has.

    The draws of a unit depend on the seed and its name alone, not on the other units or their order.
    """
    weights = np.zeros((n_resamples, len(texts.unit_of)), dtype=np.int64)
    for at, unit in enumerate(texts.units):
        rows = np.flatnonzero(texts.unit_of == at)
        if len(rows):
            equal = np.full(len(rows), 1 / len(rows))
            weights[:, rows] = generator_of(seed, "resample", texts.scheme, unit).multinomial(
                len(rows), equal, size=n_resamples
            )
    return weights


def permuted_units(texts: UnitTexts, n_permutations: int, seed: int) -> NDArray[np.int64]:
    """The rows dealt out anew, shape (n_permutations, n_rows): each unit keeps its number of sentences."""
    rng = generator_of(seed, "permute", texts.scheme)
    dealt: NDArray[np.int64] = rng.permuted(np.tile(texts.unit_of, (n_permutations, 1)), axis=1)
    return dealt


def generator_of(seed: int, *key: object) -> np.random.Generator:
    """A generator for one task: the same for the same seed and key, whatever else is drawn, and on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode("utf-8")).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], dtype="<u4").tolist()])


def in_parts(n_sets: int, cells_per_set: int) -> Iterator[slice]:
    """Slices of the sets, each small enough to be scored at once; cells_per_set: terms in all units of one set."""
    step = max(1, _MOST_CELLS // max(cells_per_set, 1))
    for first in range(0, n_sets, step):
        yield slice(first, min(first + step, n_sets))
