"""Tokens as a sparse matrix, sentences by terms: what dispersion, keyness and resampling are computed on."""

from collections.abc import Sequence
from dataclasses import dataclass

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

    sentences: columns plan, sentence, one row for each row of counts. terms: in code-point order, one for each column.
    counts: occurrences, shape (n_sentences, n_terms). n_words: words of each sentence, stop words and numbers too where
    the sizes were taken from all tokens.
    """

    sentences: pd.DataFrame
    terms: NDArray[np.object_]
    counts: csr_matrix
    n_words: Ints

    def rows_of(self, sentences: pd.DataFrame) -> Ints:
        """Rows of these sentences (columns plan, sentence), -1 for one that is not here."""
        here = pd.MultiIndex.from_frame(self.sentences)
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
    listed = [sized, tokens] if sentences is None else [sentences]
    keys = pd.concat([table[SENTENCE] for table in listed]).drop_duplicates(ignore_index=True)
    index = pd.MultiIndex.from_frame(keys)
    words = tokens.loc[~punctuation_mask(tokens["term"]), [*SENTENCE, "term"]]
    terms, columns = _sorted_codes(words["term"])
    rows = _rows(index, words)
    ones = np.ones(len(words), dtype=np.int64)
    counts = csr_matrix((ones, (rows, columns)), shape=(len(keys), len(terms)))
    size_rows = _rows(index, sized.loc[~punctuation_mask(sized["term"]), SENTENCE])
    return SentenceTerms(keys, terms, counts, np.bincount(size_rows, minlength=len(keys)).astype(np.int64))


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
