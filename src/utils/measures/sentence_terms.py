"""Tokens as a sparse matrix, sentences by terms: what dispersion, keyness and resampling are computed on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from src.utils.words.segmenting import is_punctuation

SENTENCE = ["plan", "sentence"]
UNIT = ["scheme", "unit"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def punctuation_mask(terms: pd.Series) -> pd.Series:
    """Mark the tokens that hold neither letter nor digit; each different one is asked once."""
    marks = {term for term in terms.unique() if is_punctuation(term)}
    return terms.isin(marks)


@dataclass(frozen=True)
class SentenceTerms:
    """How often each term stands in each sentence.

    sentences: columns plan, sentence, and section where known; one row for each row of counts. terms: in code-point
    order, one for each column. counts: occurrences, shape (n_sentences, n_terms). n_words: words of each sentence, stop
    words and numbers too where the sizes were taken from all tokens. dictionary_hash: of the dictionary the tokens were
    cut with, where the tokens carry it; texts of different dictionaries cannot be compared.
    """

    sentences: pd.DataFrame
    terms: NDArray[np.object_]
    counts: csr_matrix
    n_words: Ints
    dictionary_hash: str | None = None

    @property
    def total(self) -> Ints:
        """Occurrences of each term in all sentences, shape (n_terms,)."""
        return np.asarray(self.counts.sum(axis=0)).ravel().astype(np.int64)

    @property
    def n_sentences(self) -> Ints:
        """Sentences with each term, shape (n_terms,)."""
        return np.asarray((self.counts > 0).sum(axis=0)).ravel().astype(np.int64)

    def take(self, rows: Ints) -> "SentenceTerms":
        """These sentences alone, with all terms."""
        sentences = self.sentences.iloc[rows].reset_index(drop=True)
        return replace(self, sentences=sentences, counts=self.counts[rows], n_words=self.n_words[rows])

    def split(
        self, groups: pd.DataFrame, unit: str, *, rest: str = "groups"
    ) -> tuple["SentenceTerms", "SentenceTerms"]:
        """Part a unit's sentences from the rest.

        groups: a grouping of one scheme. rest: "groups" for all sentences of the grouping that are not the unit's,
        "all" for all others here. A sentence of several units is in the target of each and in the rest of none of them.
        Raises ValueError for groups of several schemes, a unit that has no sentence here, and a rest that has none.
        """
        schemes = groups["scheme"].unique()
        if len(schemes) > 1:
            raise ValueError(f"groups of several schemes ({', '.join(map(str, schemes))}): give those of one")
        if rest not in ("groups", "all"):
            raise ValueError(f"no rest {rest!r}: give 'groups' or 'all'")
        of_unit = groups["unit"] == unit
        inside = self._known_rows(groups[of_unit])
        if not len(inside):
            names = ", ".join(map(str, groups["unit"].unique()))
            raise ValueError(f"no sentence of {unit} here; the grouping has {names or 'no units'}")
        outside = np.arange(len(self.sentences)) if rest == "all" else self._known_rows(groups)
        others = np.setdiff1d(outside, inside)
        if not len(others):
            raise ValueError(f"no sentence but those of {unit}: give rest='all', or compare it with a reference")
        return self.take(inside), self.take(others)

    def _known_rows(self, sentences: pd.DataFrame) -> Ints:
        rows = np.unique(self.rows_of(sentences))
        return rows[rows >= 0]

    def rows_of(self, sentences: pd.DataFrame) -> Ints:
        """Rows of these sentences (columns plan, sentence), -1 for one that is not here."""
        here = pd.MultiIndex.from_frame(self.sentences[SENTENCE])
        return here.get_indexer(pd.MultiIndex.from_frame(sentences[SENTENCE])).astype(np.int64)

    def membership(self, groups: pd.DataFrame, units: pd.DataFrame) -> csr_matrix:
        """Matrix of 0 and 1, shape (n_units, n_sentences): whether a sentence belongs to a unit.

        groups: columns plan, sentence, scheme, unit; a pair that stands twice counts once, a sentence that is not here
        not at all. units: columns scheme, unit, one row for each row of the result.
        """
        pairs = groups[[*SENTENCE, *UNIT]].drop_duplicates()
        rows = pd.MultiIndex.from_frame(units[UNIT]).get_indexer(pd.MultiIndex.from_frame(pairs[UNIT]))
        columns = self.rows_of(pairs)
        known = (rows >= 0) & (columns >= 0)
        ones = np.ones(int(known.sum()), dtype=np.int64)
        return csr_matrix((ones, (rows[known], columns[known])), shape=(len(units), len(self.sentences)))


def sentence_terms(
    tokens: pd.DataFrame, size_tokens: pd.DataFrame | None = None, sentences: pd.DataFrame | None = None
) -> SentenceTerms:
    """Count the terms of every sentence; punctuation is no term and no word.

    tokens: what is counted. size_tokens: the tokens that make up the sizes, commonly all of them; the tokens themselves
    where not given. sentences: the rows wanted (columns plan, sentence), where sentences without a token must have
    theirs; else the sentences that have a token in either table, in order of appearance. Raises ValueError where tokens
    hold a sentence that `sentences` lacks.
    """
    sized = tokens if size_tokens is None else size_tokens
    if sentences is None:
        keys = pd.concat([table[SENTENCE] for table in (sized, tokens)]).drop_duplicates(ignore_index=True)
    else:
        kept = [name for name in (*SENTENCE, "section") if name in sentences]
        keys = sentences[kept].drop_duplicates(SENTENCE, ignore_index=True)
    index = pd.MultiIndex.from_frame(keys[SENTENCE])
    words = tokens.loc[~punctuation_mask(tokens["term"]), [*SENTENCE, "term"]]
    terms, columns = _sorted_codes(words["term"])
    rows = _rows(index, words)
    ones = np.ones(len(words), dtype=np.int64)
    counts = csr_matrix((ones, (rows, columns)), shape=(len(keys), len(terms)))
    size_rows = _rows(index, sized.loc[~punctuation_mask(sized["term"]), SENTENCE])
    n_words = np.bincount(size_rows, minlength=len(keys)).astype(np.int64)
    return SentenceTerms(keys, terms, counts, n_words, tokens.attrs.get("dictionary_hash"))


def _rows(index: pd.MultiIndex, words: pd.DataFrame) -> Ints:
    """Row of the sentence of each word."""
    rows = index.get_indexer(pd.MultiIndex.from_frame(words[SENTENCE])).astype(np.int64)
    if (rows < 0).any():
        missing = words[SENTENCE].iloc[int(np.argmax(rows < 0))]
        raise ValueError(f"sentence {missing['sentence']} of {missing['plan']} has tokens and is not in sentences")
    return rows


def _sorted_codes(terms: pd.Series) -> tuple[NDArray[np.object_], Ints]:
    """Different terms in code-point order, and for each term its place among them."""
    codes, different = pd.factorize(terms)
    names: Sequence[str] = list(map(str, different))
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return np.array([names[at] for at in order], dtype=object), place[codes]
