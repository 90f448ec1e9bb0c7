"""Texts to a matrix of how often each term stands in each: what TF-IDF, similarity and topics are computed from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from src.utils.words.segmenting import Segmenter
from src.utils.words.token_cache import cut_and_number


class TermMatrix(NamedTuple):
    """Counts of terms in texts.

    counts: shape (n_texts, n_terms), rows in the order of the texts, columns in that of terms. terms: all tokens there
    are, in code-point order, punctuation among them.
    """

    counts: csr_matrix
    terms: list[str]


def term_matrix(texts: Sequence[str], segmenter: Segmenter) -> TermMatrix:
    """Cut every text and count its terms; nothing is kept in the cache of tokens."""
    vocabulary, ids, sizes = cut_and_number(texts, segmenter.cut)
    order = sorted(range(len(vocabulary)), key=vocabulary.__getitem__)
    column = np.empty(len(order), dtype=np.int32)
    column[order] = np.arange(len(order), dtype=np.int32)
    ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    counts = csr_matrix((np.ones(len(ids), dtype=np.int64), column[ids], ends), shape=(len(sizes), len(order)))
    counts.sum_duplicates()
    return TermMatrix(counts, [vocabulary[at] for at in order])
