"""How far a count could have gone otherwise: a plan is one document, so its sentences are resampled, not its tokens."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

N_RESAMPLES = 2000
LEVEL = 0.95


def resampled_counts(
    tokens: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """Add to each term's count the percentile interval over resamples of the plan's sentences.

    tokens: what was counted, of one plan. counts: one row a term (columns term, n) of these tokens. Each resample
    draws as many sentences as there are, with replacement, so that words which come in clusters get wide intervals.
    Returns counts with columns `low` and `high` (occurrences, at `level`), `rank_low` and `rank_high` (best and worst
    rank among the terms, 1 for the most frequent, ties sharing the better). The same seed gives the same numbers.
    Raises ValueError for no tokens. Efron and Tibshirani (1993), ch. 13.
    """
    if tokens.empty:
        raise ValueError("no tokens to resample")
    terms = pd.Index(counts["term"])
    rows, sentences = pd.factorize(tokens["sentence"])
    columns = terms.get_indexer(tokens["term"])
    counted = columns >= 0
    n_sentences = len(sentences)
    occurrences = csr_matrix(
        (np.ones(counted.sum()), (rows[counted], columns[counted])), shape=(n_sentences, len(terms))
    )
    weights = np.random.default_rng(seed).multinomial(
        n_sentences, np.full(n_sentences, 1 / n_sentences), size=n_resamples
    )
    draws = weights @ occurrences
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    ranks = pd.DataFrame(-draws).rank(axis=1, method="min").to_numpy()
    rank_low, rank_high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
    return counts.assign(low=low, high=high, rank_low=rank_low.astype(int), rank_high=rank_high.astype(int))
