"""What sets a unit's words apart from the other units': term frequency times inverse document frequency."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from src.utils import tables

MEASURE = "tfidf"


def tfidf(
    counts: pd.DataFrame, own_names: Mapping[str, Collection[str]] | None = None, *, smooth: bool = True
) -> pd.DataFrame:
    """Score every term in every unit by TF-IDF, the units being the documents; scores with measure "tfidf".

        value(t, u) = tf(t, u) · idf(t) / ‖row of u‖₂
        idf(t) = ln((1 + N) / (1 + df(t))) + 1    smooth, as if one more unit held every term once
        idf(t) = ln(N / df(t)) + 1                raw

    tf: n, the raw count of the term in the unit (dividing by the unit's size would change nothing, since each row is
    brought to length 1). N: units. df: units in which the term stands. Natural logarithm. The formulas are those of
    scikit-learn's TfidfTransformer, which computes them; quanteda's takes log10 and does not add 1.

    counts: rows of frequency.count_terms of one scheme. own_names: unit -> its names, which are left out of its own
    profile before document frequencies and lengths are taken; other units keep them. n in the result is the count in
    the unit; low, high, p, q are NaN. Rows by unit in the order of counts, falling value, ties in code-point order.
    Raises ValueError for counts without rows, of more than one scheme, with a term twice in a unit or a count below 1,
    and for units that are left without terms.
    """
    _check(counts)
    own = {(unit, name) for unit, names in (own_names or {}).items() for name in names}
    is_own = pd.Series(
        [pair in own for pair in zip(counts["unit"], counts["term"], strict=True)], index=counts.index, dtype=bool
    )
    kept = counts[~is_own]
    units = counts["unit"].unique()
    bare = [str(unit) for unit in units if unit not in set(kept["unit"])]
    if bare:
        raise ValueError(f"no terms but its own names in {', '.join(bare)}: leave it out or give more text")
    terms = np.sort(kept["term"].unique())
    rows = pd.Index(units).get_indexer(kept["unit"])
    columns = pd.Index(terms).get_indexer(kept["term"])
    matrix = csr_matrix((kept["n"].to_numpy(dtype=np.float64), (rows, columns)), shape=(len(units), len(terms)))
    weighted = TfidfTransformer(norm="l2", use_idf=True, smooth_idf=smooth, sublinear_tf=False).fit_transform(matrix)
    value = np.asarray(weighted[rows, columns]).ravel()
    scores = kept.assign(measure=MEASURE, value=value, low=np.nan, high=np.nan, p=np.nan, q=np.nan, place=rows)
    ranked = scores.sort_values(["place", "value", "term"], ascending=[True, False, True], ignore_index=True)
    return ranked[tables.SCORES]


def _check(counts: pd.DataFrame) -> None:
    """Raise ValueError where TF-IDF has no meaning."""
    if counts.empty:
        raise ValueError("no counts: there is no unit to compare")
    schemes = counts["scheme"].unique()
    if len(schemes) > 1:
        raise ValueError(f"counts of several schemes ({', '.join(map(str, schemes))}): compare units of one")
    if counts.duplicated(["unit", "term"]).any():
        raise ValueError("a term stands twice in a unit: sum its counts first")
    if (counts["n"] < 1).any():
        raise ValueError("a count below 1: leave out the terms that a unit does not have")
