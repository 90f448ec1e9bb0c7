"""How evenly a term is spread over the parts of a text: the measures of Juilland, Carroll, Rosengren and Gries.

Of a term, with n_i occurrences in part i of N_i words, k parts, f = Σ n_i, and

    v_i = n_i / f     its occurrences as shares        s_i = N_i / Σ N     the parts' sizes as shares
    r_i = n_i / N_i   its relative frequencies         q_i = r_i / Σ r

    range           parts with the term                     relative_range     range / k
    dp              ½ Σ |v_i - s_i|                         dp_norm            dp / (1 - min s)
    kld             Σ v_i log2(v_i / s_i)
    juilland_d      1 - sd(r) / mean(r) / sqrt(k - 1)       juilland_u         f · juilland_d
    carroll_d2      -Σ q_i ln q_i / ln k                    carroll_um         f · D2 + (1 - D2) Σ s_i n_i
    rosengren_s     (Σ sqrt(s_i n_i))² / f
    dp_chance       the mean dp of f occurrences thrown at the text at random, each by itself

sd is the population standard deviation. dp, dp_norm and kld are 0 for an even spread and rise with clumping (dp_norm to
1); juilland_d, carroll_d2 and rosengren_s are 1 for an even spread and fall (the first two to 0). A term that stands
once can be in one part only, so none of these measures tells a rare term from a clumped one: dp_chance does, for a
clumped term has a dp above it.

Gries (2008); Lijffijt and Gries (2012) for dp_norm; Juilland and others (1970); Carroll (1970); Rosengren (1971);
Kullback-Leibler divergence as in Gries (2020); dp_chance by De Moivre's mean absolute deviation of the binomial
(Diaconis and Zabell 1991).
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csc_matrix, csr_matrix
from scipy.special import gammaln

from src.utils.measures.grouping import equal_parts
from src.utils.measures.sentence_terms import UNIT, Floats, Ints, sentence_terms

N_PARTS: Final = 10

MEASURES: Final = [
    "n_parts",
    "range",
    "relative_range",
    "dp",
    "dp_norm",
    "kld",
    "juilland_d",
    "juilland_u",
    "carroll_d2",
    "carroll_um",
    "rosengren_s",
    "dp_chance",
]

DISPERSION: Final = ["scheme", "term", "n", *MEASURES]


def dispersion(
    tokens: pd.DataFrame,
    parts: pd.DataFrame | None = None,
    *,
    size_tokens: pd.DataFrame | None = None,
    n_parts: int = N_PARTS,
) -> pd.DataFrame:
    """Measure every term's spread over the parts of a text: columns DISPERSION.

    tokens: what is measured. parts: a grouping (columns plan, sentence, scheme, unit) of one scheme; sentences in none
    of its units are left out, and one in several counts in each, so that n can be above the term's occurrences in the
    text. Without it, `n_parts` parts of about equal numbers of words (grouping.equal_parts of size_tokens).
    size_tokens: the tokens that make up the parts' sizes, commonly all of them; the tokens themselves where not given.

    scheme: that of the parts. n: occurrences over all parts. n_parts: k. The others as at the head of this file. Rows
    by falling n, ties in code-point order; a term in no part has no row, and no tokens give no rows. Raises ValueError
    for parts of several schemes, fewer than two parts, and a part without words.
    """
    sized = tokens if size_tokens is None else size_tokens
    if sized.empty:
        return pd.DataFrame(columns=DISPERSION)
    grouping = equal_parts(sized, n_parts) if parts is None else parts
    units = grouping[UNIT].drop_duplicates(ignore_index=True)
    schemes = units["scheme"].unique()
    if len(schemes) > 1:
        raise ValueError(f"parts of several schemes ({', '.join(map(str, schemes))}): give those of one")
    text = sentence_terms(tokens, size_tokens)
    membership = text.membership(grouping, units)
    sizes = pd.Series(membership @ text.n_words, index=units["unit"])
    counts = csc_matrix(membership @ text.counts)
    present = np.flatnonzero(np.diff(counts.indptr))
    table = spread(counts[:, present], sizes)
    table = table.assign(scheme=schemes[0], term=text.terms[present])
    return table.sort_values(["n", "term"], ascending=[False, True], ignore_index=True)[DISPERSION]


def spread(counts: csc_matrix | csr_matrix | ArrayLike, sizes: pd.Series | ArrayLike) -> pd.DataFrame:
    """The measures for counts of terms in parts: a row for each term, columns n and MEASURES.

    counts: shape (n_parts, n_terms), sparse or dense, or (n_parts,) for one term. sizes: words of each part, shape
    (n_parts,); a Series names the parts in messages. Raises ValueError for fewer than two parts, a part without words,
    and a term in no part.
    """
    named = sizes if isinstance(sizes, pd.Series) else pd.Series(np.asarray(sizes))
    n_words = named.to_numpy(dtype=np.float64)
    matrix = _columns(counts)
    k, n_terms = matrix.shape
    _check(k, named)
    part, value = matrix.indices, matrix.data.astype(np.float64)
    term = np.repeat(np.arange(n_terms), np.diff(matrix.indptr))

    def total(values: Floats) -> Floats:
        return np.bincount(term, weights=values, minlength=n_terms).astype(np.float64)

    f = total(value)
    if (f <= 0).any():
        raise ValueError(f"{int((f <= 0).sum())} terms stand in no part: leave them out, their spread is not defined")
    size_share = n_words / n_words.sum()
    s, v = size_share[part], value / f[term]
    dp = np.clip((1 + total(np.abs(v - s) - s)) / 2, 0, None)  # a part without the term adds its s
    rate = value / n_words[part]
    mean = total(rate) / k
    variance = (total((rate - mean[term]) ** 2) + (k - _filled(matrix)) * mean**2) / k
    q = rate / (mean * k)[term]
    juilland_d = np.clip(1 - np.sqrt(variance) / mean / np.sqrt(k - 1), 0, 1)
    carroll_d2 = np.clip(total(-q * np.log(q)) / np.log(k), 0, 1)
    filled = _filled(matrix)
    return pd.DataFrame(
        {
            "n": f.astype(np.int64),
            "n_parts": k,
            "range": filled,
            "relative_range": filled / k,
            "dp": dp,
            "dp_norm": np.minimum(dp / (1 - size_share.min()), 1),
            "kld": np.maximum(total(v * np.log2(v / s)), 0),
            "juilland_d": juilland_d,
            "juilland_u": f * juilland_d,
            "carroll_d2": carroll_d2,
            "carroll_um": f * carroll_d2 + (1 - carroll_d2) * total(s * value),
            "rosengren_s": np.minimum(total(np.sqrt(s * value)) ** 2 / f, 1),
            "dp_chance": _dp_chance(f, size_share),
        }
    )


def _columns(counts: csc_matrix | csr_matrix | ArrayLike) -> csc_matrix:
    """Counts by column, zeros left out."""
    if isinstance(counts, (csc_matrix, csr_matrix)):
        matrix = csc_matrix(counts, copy=True)
    else:
        dense = np.asarray(counts)
        matrix = csc_matrix(dense.reshape(len(dense), -1))
    matrix.eliminate_zeros()
    return matrix


def _filled(matrix: csc_matrix) -> Ints:
    """Number of parts with the term."""
    filled: Ints = np.diff(matrix.indptr).astype(np.int64)
    return filled


def _dp_chance(f: Floats, size_share: Floats) -> Floats:
    """Mean dp of f occurrences that fall into the parts as multinomial counts; each different f is worked out once.

    The mean of |X - f s| for a binomial X is 2 (m + 1) C(f, m + 1) s^(m + 1) (1 - s)^(f - m), with m = floor(f s).
    """
    different, inverse = np.unique(f, return_inverse=True)
    n, s = different[:, None], size_share[None, :]
    m = np.minimum(np.floor(n * s), n - 1)
    log_ways = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m)  # of (m + 1) C(n, m + 1)
    deviation = 2 * np.exp(log_ways + (m + 1) * np.log(s) + (n - m) * np.log1p(-s))
    chance: Floats = deviation.sum(axis=1) / (2 * different)
    return chance[inverse]


def _check(k: int, sizes: pd.Series) -> None:
    if len(sizes) != k:
        raise ValueError(f"{k} parts have counts and {len(sizes)} have sizes")
    if k < 2:
        raise ValueError(f"{k} part: a spread needs at least two; group by a finer scheme or give n_parts")
    empty = sizes.index[~(sizes > 0)]
    if len(empty):
        raise ValueError(f"no words in {', '.join(map(str, empty))}: leave out parts without words")
