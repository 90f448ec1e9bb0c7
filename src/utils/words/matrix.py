"""Texts to a matrix of how often each term stands in each: what TF-IDF, similarity and topics are computed from."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from src.utils.words.segmenting import Segmenter
from src.utils.words.token_cache import cut_and_number

_LONG: Final = 1000
"""Tokens per text above which numpy counts them faster than scipy, text by text."""


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
    terms = sorted(vocabulary)
    column = dict(zip(terms, range(len(terms)), strict=True))
    columns = np.fromiter(map(column.__getitem__, vocabulary), dtype=np.int32, count=len(terms))[ids]
    ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    if len(columns) > _LONG * len(sizes):
        rows = [np.unique(columns[start:end], return_counts=True) for start, end in pairwise(ends)]
        columns, ones = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        ends = np.concatenate([[0], np.cumsum([len(found) for found, _ in rows], dtype=np.int64)])
    else:
        ones = np.ones(len(columns), dtype=np.int64)
    counts = csr_matrix((ones, columns, ends), shape=(len(sizes), len(terms)))
    counts.sum_duplicates()
    return TermMatrix(counts, terms)
