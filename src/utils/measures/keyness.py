"""What sets one text's words apart from another's: a part of a plan against the rest, or against a reference corpus.

One table holds the evidence (G², χ², Fisher's p, q), the size of the effect (log ratio and its interval, %DIFF, odds
ratio, weighted log-odds), and what warns of a term that is one sentence's or one section's (n_sentences, dp_norm): a
large G² says that a difference is there, not that it is large, and a large log ratio may rest on two occurrences.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix, vstack

from src.utils import tables
from src.utils.measures import contingency
from src.utils.measures.dispersion import N_PARTS, spread
from src.utils.measures.grouping import part_numbers
from src.utils.measures.sentence_terms import UNIT, Floats, Ints, SentenceTerms
from src.utils.measures.uncertainty import LEVEL, Counts, resampled_log_ratio

N_RESAMPLES: Final = 1000
N_PERMUTATIONS: Final = 999

LEAST_EXPECTED: Final = 5
"""Below this expected count in any cell the χ² approximation is not trusted, and p is Fisher's (Cochran 1954)."""

_CELLS_AT_ONCE: Final = 4_000_000

KEYNESS: Final = {
    "scheme": "scheme of the grouping",
    "unit": "the target",
    "term": "the term",
    "n": "occurrences in the target",
    "n_reference": "occurrences in the reference",
    "per_10k": "per 10,000 words of the target",
    "per_10k_reference": "per 10,000 words of the reference",
    "direction": "1 more frequent in the target, -1 in the reference, 0 equally, by share of the words",
    "n_sentences": "sentences of the target with the term",
    "dp_norm": "how clumped it is in the target: Gries' DPnorm over the target's parts, 0 even, 1 in one part; NaN "
    "where the term is not in the target or the target has fewer than two parts",
    "g2": "log-likelihood ratio G², four cells",
    "g2_2term": "G² of the term's two cells alone",
    "g2_williams": "g2 with Williams' correction",
    "chi2": "Pearson's χ²",
    "chi2_yates": "χ² with Yates' correction",
    "log_ratio": "binary logarithm of the ratio of shares; a count of 0 taken as ½",
    "low": "lower end of the interval of log_ratio over resamples of sentences within sections",
    "high": "its upper end; inf where the reference lacks the term, low -inf where the target does; both NaN without "
    "sentences to resample",
    "percent_diff": "%DIFF, the same ratio in per cent",
    "odds_ratio": "odds ratio; cells of 0 taken as ½",
    "log_odds": "log-odds ratio δ with an informative Dirichlet prior (natural logarithm)",
    "z": "z-score of log_odds",
    "p": "two-sided p were tokens independent: of g2, or Fisher's exact where a cell expects fewer than 5",
    "p_by": "which of the two: g2 or fisher",
    "q": "p corrected over the rows of the table (Benjamini and Hochberg)",
    "p_sentences": "two-sided p of the number of sentences with the term, Fisher's exact; NaN without sentences",
    "q_sentences": "p_sentences corrected over the rows of the table",
    "p_permuted": "two-sided p of the share of words when sentences are dealt out anew; NaN without sentences",
    "q_permuted": "p_permuted corrected over the rows of the table",
}
"""The columns of a keyness table and what they hold."""

_OF_SENTENCES: Final = ("dp_norm", "low", "high", "p_sentences", "q_sentences", "p_permuted", "q_permuted")

UNSIGNED: Final = ("g2", "g2_2term", "g2_williams", "chi2", "chi2_yates")
"""Columns that say how strong a difference is and not which way; `direction` does."""


def keyness(
    target: SentenceTerms | Counts,
    reference: SentenceTerms | Counts,
    *,
    unit: str = "target",
    scheme: str = "",
    prior: SentenceTerms | Counts | None = None,
    prior_words: float | None = None,
    parts: pd.DataFrame | None = None,
    min_n: int = 1,
    sort_by: str = "g2",
    n_resamples: int = N_RESAMPLES,
    n_permutations: int = N_PERMUTATIONS,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare a text with another: columns KEYNESS, a row for each term that stands in either.

    target, reference: sentence_terms of tokens, a unit and its rest from SentenceTerms.split, or Counts where there are
    no sentences. unit, scheme: what the target is called in the table. prior: the corpus that informs the prior of the
    weighted log-odds, target and reference together where not given; a term that it lacks is taken as half an
    occurrence. prior_words: how many words the prior weighs, as many as the target has where not given. parts: a
    grouping of one scheme by which dp_norm is measured within the target, N_PARTS about equal parts where not given.
    min_n: terms with fewer occurrences in both together are left out before q is made.

    sort_by: a column of KEYNESS with numbers. Rows come by its falling value, those of UNSIGNED with the sign of
    `direction`, so that the target's own terms stand first and the reference's last; NaN after all; ties by falling log
    ratio, then in code-point order.

    What the numbers assume: `p` and `q` take every token for an independent draw, which the words of a document are
    not: they come in clusters, and p is then too small. Use it to rank, not to conclude. `low` and `high` resample
    sentences within sections (resampled_log_ratio), target and reference each by itself; Counts are held fast.
    `p_permuted` deals all sentences out anew, as many to the target as it has, and asks how often the share of the term
    then differs as much: it takes sentences, not tokens, as exchangeable. It cannot fall below
    1 / (n_permutations + 1), so that with many terms q_permuted needs many permutations. `p_sentences` is the same test
    of how many sentences have the term, which needs no draws and has no floor; it takes no account of how long
    sentences are. Neighbouring sentences speak of the same thing, so that both are rather too small than too large.
    The same seed gives the same numbers; n_resamples or n_permutations of 0 leaves their columns NaN.

    No terms give no rows. Raises ValueError for texts whose tokens were cut with different dictionaries (a term that
    one dictionary has and the other has not would seem to be missing there), for a text without words, for sizes that
    do not hold the counts (Counts with too few words), and for a column to sort by that is not there.
    """
    if sort_by not in KEYNESS or sort_by in ("scheme", "unit", "term", "p_by"):
        raise ValueError(f"no column {sort_by!r} to sort by: give one of numbers, such as g2, log_ratio or z")
    _check_dictionaries(target, reference)
    here, there = aligned(target, reference, min_n=min_n)
    a, b, n_target, n_reference = _n(here), _n(there), _n_words(here), _n_words(there)
    n = {"n": a, "n_reference": b}
    table = pd.DataFrame({"scheme": scheme, "unit": unit, "term": _terms(here), **n, "n_sentences": 0})
    table = table.assign(per_10k=a / n_target * 10_000, per_10k_reference=b / n_reference * 10_000)
    table = table.assign(**_statistics(a, b, n_target, n_reference))
    weight = n_target if prior_words is None else prior_words
    alpha = _prior(table, prior, weight, n_target + n_reference)
    log_odds, z = contingency.weighted_log_odds(a, b, alpha, n_target, n_reference, n_prior=weight)
    table = table.assign(log_odds=log_odds, z=z, **dict.fromkeys(_OF_SENTENCES, np.nan))
    if isinstance(here, SentenceTerms):
        table = table.assign(n_sentences=here.n_sentences, dp_norm=_clumping(here, parts))
        if n_resamples:
            low, high = resampled_log_ratio(here, there, n_resamples=n_resamples, level=level, seed=seed)
            table = table.assign(low=low, high=high)
        if isinstance(there, SentenceTerms):
            p = sentence_p(here, there)
            table = table.assign(p_sentences=p, q_sentences=contingency.bh_q(p))
            if n_permutations:
                p = permuted_p(here, there, n_permutations=n_permutations, seed=seed)
                table = table.assign(p_permuted=p, q_permuted=contingency.bh_q(p))
    return _sorted(table, sort_by)


def to_scores(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One measure of a keyness table as scores (tables.SCORES), rows as they are.

    measure: a column of KEYNESS with numbers, those of UNSIGNED with the sign of direction. low and high go with
    log_ratio and are NaN with the others; p and q are those of tokens.
    """
    with_interval = measure == "log_ratio"
    low, high = (table[name] if with_interval else np.nan for name in ("low", "high"))
    return table.assign(measure=measure, value=_signed(table, measure), low=low, high=high)[tables.SCORES]


def _signed(table: pd.DataFrame, column: str) -> pd.Series:
    values: pd.Series = table[column] * table["direction"] if column in UNSIGNED else table[column]
    return values


def _sorted(table: pd.DataFrame, column: str) -> pd.DataFrame:
    keys = table.assign(_by=_signed(table, column))
    order = keys.sort_values(["_by", "log_ratio", "term"], ascending=[False, False, True], kind="stable").index
    return table.loc[order, list(KEYNESS)].reset_index(drop=True)


def _statistics(a: Ints, b: Ints, n_target: int, n_reference: int) -> dict[str, Floats | Ints | NDArray[np.str_]]:
    """Everything that follows from the four counts of each term."""
    table = contingency.cells(a, b, n_target, n_reference)
    g2 = contingency.g2_4cell(table)
    p, p_by = _p(table, g2)
    return {
        "direction": contingency.direction(table),
        "g2": g2,
        "g2_2term": contingency.g2_2term(table),
        "g2_williams": g2 / contingency.williams_factor(table),
        "chi2": contingency.chi2(table),
        "chi2_yates": contingency.chi2(table, yates=True),
        "log_ratio": contingency.log_ratio(a, b, n_target, n_reference),
        "percent_diff": contingency.percent_diff(a, b, n_target, n_reference),
        "odds_ratio": contingency.odds_ratio(table),
        "p": p,
        "p_by": p_by,
        "q": contingency.bh_q(p),
    }


def _p(table: contingency.Cells, g2: Floats) -> tuple[Floats, NDArray[np.str_]]:
    """P of G², or Fisher's where a cell is expected to hold fewer than LEAST_EXPECTED."""
    small = np.min(table.expected(), axis=0) < LEAST_EXPECTED
    p = contingency.chi2_p(g2)
    p[small] = contingency.fisher_p(contingency.Cells(*(cell[small] for cell in table)))
    return p, np.where(small, "fisher", "g2")


def _prior(table: pd.DataFrame, prior: SentenceTerms | Counts | None, weight: float, n_words: int) -> Floats:
    """Pseudo-counts α of the terms: their share of the prior corpus times the weight in words."""
    if weight <= 0:
        raise ValueError(f"a prior of {weight} words: give more than 0")
    if prior is None:
        return ((table["n"] + table["n_reference"]) / n_words * weight).to_numpy(dtype=np.float64)
    known = pd.Series(_n(prior), index=_terms(prior)).reindex(table["term"], fill_value=0).to_numpy(dtype=np.float64)
    known = np.where(known == 0, contingency.HALF, known)
    alpha: Floats = known / max(_n_words(prior), known.sum()) * weight
    return alpha


def aligned(
    target: SentenceTerms | Counts, reference: SentenceTerms | Counts, *, min_n: int = 1
) -> tuple[SentenceTerms | Counts, SentenceTerms | Counts]:
    """Give both texts the same terms, in code-point order: those with at least min_n occurrences in both together."""
    n = [pd.Series(_n(text), index=_terms(text)) for text in (target, reference)]
    both = n[0].add(n[1], fill_value=0)
    terms = sorted(both.index[both >= max(min_n, 1)])
    return _with_terms(target, terms), _with_terms(reference, terms)


def _check_dictionaries(target: SentenceTerms | Counts, reference: SentenceTerms | Counts) -> None:
    hashes = [text.dictionary_hash for text in (target, reference) if isinstance(text, SentenceTerms)]
    known = [one for one in hashes if one is not None]
    if len(set(known)) > 1:
        raise ValueError("target and reference were cut with different dictionaries: cut both with one segmenter")


def _with_terms(text: SentenceTerms | Counts, terms: list[str]) -> SentenceTerms | Counts:
    if not isinstance(text, SentenceTerms):
        return Counts(text.n.reindex(terms, fill_value=0), text.n_words)
    place = pd.Index(terms).get_indexer(pd.Index(text.terms))
    counts = text.counts.tocoo()
    kept = place[counts.col] >= 0
    columns = place[counts.col[kept]]
    matrix = csr_matrix((counts.data[kept], (counts.row[kept], columns)), shape=(counts.shape[0], len(terms)))
    return replace(text, terms=np.array(terms, dtype=object), counts=matrix)


def _terms(text: SentenceTerms | Counts) -> list[str]:
    return list(text.terms) if isinstance(text, SentenceTerms) else list(text.n.index)


def _n(text: SentenceTerms | Counts) -> Ints:
    return text.total if isinstance(text, SentenceTerms) else text.n.to_numpy(dtype=np.int64)


def _n_words(text: SentenceTerms | Counts) -> int:
    words = int(text.n_words.sum()) if isinstance(text, SentenceTerms) else int(text.n_words)
    if words <= 0:
        raise ValueError("a text without words cannot be compared: target and reference need at least one each")
    return words


def _clumping(text: SentenceTerms, parts: pd.DataFrame | None) -> Floats:
    """DPnorm of each term over the parts of the text; NaN for a term that is not in it, or for fewer than two parts."""
    with_words = np.flatnonzero(text.n_words > 0)
    if parts is None:
        number = part_numbers(text.n_words[with_words], N_PARTS) - 1
        ones = np.ones(len(with_words), dtype=np.int64)
        shape = (int(number.max(initial=-1)) + 1, len(text.n_words))
        membership = csr_matrix((ones, (number, with_words)), shape=shape)
    else:
        membership = text.membership(parts, parts[UNIT].drop_duplicates(ignore_index=True))
    sizes = membership @ text.n_words
    counts = csc_matrix((membership @ text.counts)[sizes > 0])
    result = np.full(len(text.terms), np.nan)
    present = np.flatnonzero(np.diff(counts.indptr))
    if (sizes > 0).sum() > 1 and len(present):
        result[present] = spread(counts[:, present], sizes[sizes > 0])["dp_norm"]
    return result


def sentence_p(target: SentenceTerms, reference: SentenceTerms) -> Floats:
    """Two-sided p of each term by Fisher's exact test on sentences with and without it; texts of the same terms.

    Exact where sentences are exchangeable: the number of the target's sentences that have the term is then
    hypergeometric.
    """
    n1, n2 = len(target.sentences), len(reference.sentences)
    if not n1 or not n2:
        raise ValueError("a text without sentences cannot be compared")
    return contingency.fisher_p(contingency.cells(target.n_sentences, reference.n_sentences, n1, n2))


def permuted_p(
    target: SentenceTerms, reference: SentenceTerms, *, n_permutations: int = N_PERMUTATIONS, seed: int = 0
) -> Floats:
    """Two-sided p of each term when sentences, not tokens, are dealt out between two texts of the same terms.

    Each permutation gives the target as many sentences, drawn at random from both texts without replacement, as it has;
    p = (1 + permutations in which the shares of the term differ at least as much as they do) / (1 + n_permutations).
    What is held to be exchangeable, under the hypothesis that there is no difference, are sentences with all their
    words. Phipson and Smyth (2010) for the 1 added.
    """
    pooled = csr_matrix(vstack([target.counts, reference.counts]))
    words = np.concatenate([target.n_words, reference.n_words])
    f, n = np.asarray(pooled.sum(axis=0)).ravel(), int(words.sum())
    seen = np.abs(_difference(target.total, np.array(target.n_words.sum()), f, n)) * (1 - 1e-9)
    n_drawn = min(len(target.n_words), len(reference.n_words))
    random = np.random.default_rng(seed)
    as_much = np.zeros(len(f), dtype=np.int64)
    for size in _block_sizes(n_permutations, len(f)):
        keys = random.random((size, len(words)))
        drawn = np.argpartition(keys, n_drawn - 1, axis=1)[:, :n_drawn] if n_drawn else np.empty((size, 0), dtype=int)
        rows = np.repeat(np.arange(size), n_drawn)
        chosen = csr_matrix((np.ones(drawn.size), (rows, drawn.ravel())), shape=(size, len(words)))
        sums = (chosen @ pooled).toarray()
        as_much += (np.abs(_difference(sums, (chosen @ words)[:, None], f, n)) >= seen).sum(axis=0)
    p: Floats = (1 + as_much) / (1 + n_permutations)
    return p


def _difference(n_here: Floats | Ints, words_here: Floats | Ints, f: Ints, n: int) -> Floats:
    """Share of the words of one side less that of the other."""
    difference: Floats = n_here / np.maximum(words_here, 1) - (f - n_here) / np.maximum(n - words_here, 1)
    return difference


def _block_sizes(n_permutations: int, n_terms: int) -> list[int]:
    """How many permutations to hold in memory at once."""
    at_once = max(1, min(200, _CELLS_AT_ONCE // max(n_terms, 1)))
    full, left = divmod(n_permutations, at_once)
    return [at_once] * full + [left] * (left > 0)
