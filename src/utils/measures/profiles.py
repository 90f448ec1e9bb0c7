"""The terms that mark each unit among the others, by several measures, and how sure each mark is.

Counts come from sentences and sentences are what is resampled: a plan is one document, and its words come in clusters.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import betaincinv, gammaincinv
from scipy.stats import rankdata, spearmanr

from src.utils import tables
from src.utils.measures.sentence_terms import SENTENCE, Floats, Ints
from src.utils.measures.unit_texts import (
    UnitTexts,
    design_effects,
    in_parts,
    permuted_units,
    resampling_weights,
    text_status,
)
from src.utils.measures.weightings import MEASURES, WITH_INTERVAL, Cells, cells_of, formula, score_interval

PROFILES: Final = [
    *tables.SCORES,
    "rank",
    "rank_low",
    "rank_high",
    "share_in_top",
    "ratio",
    "ratio_low",
    "ratio_high",
    "status",
]
AGREEMENT: Final = ["measure", "other", "rank_correlation", "overlap", "n_units"]

TOP: Final = 5
MIN_WORDS: Final = 127
"""Below this many words a unit is not compared. From here on nine of ten markers twenty times as frequent as elsewhere
are among the first five by c-TF-IDF (recovery.amount_needed on the sentences of shangrao-profile, 500 simulations: 0.88
at 111 words, 0.91 at 127, 0.93 at 142; notebook 03 shows it). Words are those of the dictionaries that ship: another
segmentation has other words, and another number."""

LEVEL: Final = 0.95
N_RESAMPLES: Final = 2000
N_PERMUTATIONS: Final = 999
COMPARED: Final = ("enough", "same_text")
"""Statuses of text_status with which a unit is compared."""

_JEFFREYS: Final = 0.5
_DECIMALS: Final = 9  # scores that are equal to so many places are equal


def profiles(
    texts: UnitTexts,
    measures: Sequence[str] = MEASURES,
    *,
    shown: int | None = TOP,
    min_words: int = MIN_WORDS,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Score every term of every unit by every measure: columns PROFILES, long; the formulas are in weightings.

    value: the score; n: occurrences in the unit; rank: 1 for the highest in the unit, equal scores sharing the better.
    low, high: where the score would lie at the ends of the interval of the term's expected count (count_interval); NaN
    for measures outside weightings.WITH_INTERVAL, for which no interval holds. ratio: the term's rate in the unit over
    its rate in the others, both counts with half an occurrence more; ratio_low, ratio_high: its interval
    (ratio_interval). rank_low, rank_high, share_in_top, p and q are NaN: resampled_profiles and mark_test fill them.

    shown: so many terms of each unit are going to be shown. They are shown because they came out high, so that of their
    intervals at 95 % most miss the truth (interval_coverage); intervals are therefore made at 1 - (1 - level) · shown /
    (terms of all units), with which at most 1 - level of the intervals shown miss (false coverage rate, Benjamini and
    Yekutieli 2005). None: intervals at `level`, for a term chosen before its count was seen.

    A unit without enough text (text_status other than COMPARED) is left out of all comparisons and has one row a
    measure, without term or value, its status saying why. Rows by measure in the order given, unit in that of texts,
    falling value, ties in code-point order. A bar chart takes unit, term, value, low and high of rank <= 5; a dot chart
    of how strong the marks are ratio, ratio_low and ratio_high. Raises ValueError where fewer than two units have
    enough text and for an unknown measure.
    """
    compared, status = _compared(texts, min_words)
    cells = cells_of(compared.unit_counts(), len(compared.units))
    effects = design_effects(compared)[cells.column]
    held = level_of_shown(level, shown, len(compared.terms))
    n_low, n_high = count_interval(cells.n, effects, held)
    sides = (cells.n, cells.size, cells.total - cells.n, cells.size_all - cells.size)
    ratio_low, ratio_high = ratio_interval(*sides, design_effect=effects, level=held)
    parts = []
    for measure in measures:
        value = formula(measure)(cells)
        low, high = np.full_like(value, np.nan), np.full_like(value, np.nan)
        if measure in WITH_INTERVAL:
            low, high = score_interval(cells, measure, n_low, n_high)
        table = pd.DataFrame(
            {
                "unit": compared.units[cells.row],
                "term": compared.terms[cells.column],
                "measure": measure,
                "value": value,
                "low": low,
                "high": high,
                "p": np.nan,
                "q": np.nan,
                "n": cells.n.astype(np.int64),
                "rank": _ranks_in_rows(value, cells.row),
                "rank_low": np.nan,
                "rank_high": np.nan,
                "share_in_top": np.nan,
                "ratio": rate_ratio(*sides),
                "ratio_low": ratio_low,
                "ratio_high": ratio_high,
                "status": status["status"].reindex(compared.units[cells.row]).to_numpy(),
            }
        )
        parts.append(pd.concat([table, _not_compared(status, measure)], ignore_index=True))
    table = _in_order(pd.concat(parts, ignore_index=True), texts.units, measures)[PROFILES]
    return table.astype(dict.fromkeys(("unit", "term", "measure", "status"), "str"))


def level_of_shown(level: float, shown: int | None, n_terms: int) -> float:
    """The level at which intervals of the first `shown` of n_terms terms are made, so that `level` of them hold."""
    return level if shown is None else 1 - (1 - level) * min(shown / n_terms, 1)


def _compared(texts: UnitTexts, min_words: int) -> tuple[UnitTexts, pd.DataFrame]:
    """The units with enough text, and the status of all by unit."""
    status = text_status(texts, min_words).set_index("unit")
    enough = [unit for unit in texts.units if status.loc[unit, "status"] in COMPARED]
    if len(enough) < 2:
        have = f"only {enough[0]} has" if enough else "none has"
        raise ValueError(
            f"of {len(texts.units)} units {have} {min_words} words or more in at least two sentences: nothing to "
            "compare; give more text, other units, or a smaller min_words"
        )
    compared = texts.chosen(enough)
    if len(compared.terms) < 2:
        raise ValueError("one term in all units: nothing can mark one of them; keep more layers of words")
    return compared, status


def _not_compared(status: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A row for each unit that is not compared."""
    left = status[~status["status"].isin(COMPARED)]
    return pd.DataFrame(
        {"unit": left.index, "term": "", "measure": measure, "n": 0, "status": left["status"].to_numpy()}
    )


def _in_order(table: pd.DataFrame, units: NDArray[np.object_], measures: Sequence[str]) -> pd.DataFrame:
    """Rows by measure, unit, falling value, term."""
    place = table.assign(
        by_measure=pd.Index(list(measures)).get_indexer(pd.Index(table["measure"])),
        by_unit=pd.Index(units).get_indexer(pd.Index(table["unit"])),
    )
    ordered = place.sort_values(
        ["by_measure", "by_unit", "value", "term"], ascending=[True, True, False, True], ignore_index=True
    )
    return ordered.reindex(columns=table.columns)


def _ranks_in_rows(value: Floats, row: Ints) -> Floats:
    """Rank of each cell in its row, 1 for the highest, equal ones sharing the better."""
    rounded = np.round(value, _DECIMALS)
    order = np.lexsort((-rounded, row))
    ranks = np.empty(len(value))
    ordered_row, ordered = row[order], rounded[order]
    first_of_row = np.searchsorted(ordered_row, ordered_row)
    new = np.r_[True, (ordered[1:] != ordered[:-1]) | (ordered_row[1:] != ordered_row[:-1])] if len(order) else []
    ranks[order] = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0)) - first_of_row + 1
    return ranks


def count_interval(n: Floats, design_effect: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Interval of the expected count behind an observed one, of words that come in clusters: Jeffreys's for a Poisson.

        D · Gamma(n / D + ½) quantiles at (1 ± level) / 2

    n: occurrences; design_effect: D of unit_texts.design_effects; n / D is the number of independent occurrences that
    would tell as much. low is 0 where n is 0. Brown, Cai and DasGupta (2003) for D = 1.
    """
    tail = (1 - level) / 2
    effective = n / design_effect + _JEFFREYS
    low = np.where(n > 0, design_effect * gammaincinv(effective, tail), 0.0)
    return low, design_effect * gammaincinv(effective, 1 - tail)


def rate_ratio(n: Floats, size: Floats, others: Floats, others_size: Floats) -> Floats:
    """Rate of a term in a text over its rate in others: (n + ½) / size over (others + ½) / others_size."""
    ratio: Floats = (n + _JEFFREYS) / size / ((others + _JEFFREYS) / others_size)
    return ratio


def ratio_interval(
    n: Floats, size: Floats, others: Floats, others_size: Floats, *, design_effect: Floats, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Interval of a term's rate in a text over its rate in others, of words that come in clusters.

        x / (1 - x) · others_size / size,   x the quantiles of Beta(n / D + ½, others / D + ½) at (1 ± level) / 2

    n, others: occurrences in the two; size, others_size: their words. It is Jeffreys's interval for the share of the
    term's occurrences that fall into the text, with counts divided by the design effect D. low is 0 where n is 0; high
    is infinite where the others lack the term, for they do not say how rare it is there. In texts of 500 characters
    this covers the true ratio of a marker in 95 to 97 % where resampled sentences do in 80 to 90 % (percentiles; basic
    and bias-corrected intervals no better): recovery.ratio_coverage.
    """
    tail = (1 - level) / 2
    a, b = n / design_effect + _JEFFREYS, others / design_effect + _JEFFREYS
    low, high = betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)
    sizes = others_size / size
    with np.errstate(divide="ignore"):  # a share that is 1 to machine precision is an infinite ratio
        upper = np.where(others > 0, high / (1 - high) * sizes, np.inf)
    return np.where(n > 0, low / (1 - low) * sizes, 0.0), upper


def agreement(scores: pd.DataFrame, top: int = TOP) -> pd.DataFrame:
    """How far the measures of a profiles table agree, for every pair of them, each pair both ways: columns AGREEMENT.

    rank_correlation: Spearman's of the scores of a unit's terms, the mean over units (1 where both orders are the same,
    one without differences counting as no agreement, 0). overlap: share of the first `top` terms that both have, ties
    at the edge broken in code-point order, the mean over units. n_units: units compared. The table pivots to a square
    heat map (index measure, columns other).
    """
    compared = scores[scores["value"].notna()]
    measures = list(dict.fromkeys(compared["measure"]))
    units = list(dict.fromkeys(compared["unit"]))
    wide = {
        unit: rows.pivot_table(index="term", columns="measure", values="value", sort=True)
        for unit, rows in compared.groupby("unit", sort=False)
    }
    firsts = {
        key: set(rows["term"].head(top))
        for key, rows in compared.sort_values(["value", "term"], ascending=[False, True]).groupby(["measure", "unit"])
    }
    rows = []
    for one in measures:
        for other in measures:
            correlations = [_rank_correlation(wide[unit][one], wide[unit][other]) for unit in units]
            shared = [len(firsts[one, unit] & firsts[other, unit]) / min(top, len(wide[unit])) for unit in units]
            rows.append((one, other, float(np.mean(correlations)), float(np.mean(shared)), len(units)))
    return pd.DataFrame(rows, columns=AGREEMENT)


def _rank_correlation(one: pd.Series, other: pd.Series) -> float:
    a, b = np.round(one.to_numpy(dtype=float), _DECIMALS), np.round(other.to_numpy(dtype=float), _DECIMALS)
    if (a == b).all() or len(a) < 2:
        return 1.0
    if (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    return float(spearmanr(a, b).statistic)


def resampled_profiles(
    texts: UnitTexts,
    measure: str,
    *,
    top: int = TOP,
    shown: int | None = TOP,
    min_words: int = MIN_WORDS,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """The profile by one measure with the ranks that the terms take when sentences are resampled: columns PROFILES.

    Each resample draws, in every unit, as many sentences as it has, with replacement, and scores all units anew, with
    its own df. rank_low, rank_high: the best and the worst rank at `level` (percentiles, whole ranks; a term that a
    resample lacks takes the last rank of the unit's terms). share_in_top: share of the resamples in which the term is
    among the first `top`, ranks shared by equal scores counting as the better one. value, low, high and the ratio as in
    profiles; a rank chart takes unit, term, rank, rank_low and rank_high. The same seed gives the same table, and a
    unit's draws do not depend on the others'. Efron and Tibshirani (1993), ch. 13.

    At twelve units of 500 characters the rank interval holds the true rank of 97 to 98 % of the first five terms and of
    93 to 94 % of all that stand in a unit, but of only half of the markers three times as frequent as elsewhere: these
    often stand there too seldom to be seen (interval_coverage.rank_coverage). A low rank does not say "no mark".
    """
    scores = profiles(texts, [measure], shown=shown, min_words=min_words, level=level)
    compared, _ = _compared(texts, min_words)
    cells = cells_of(compared.unit_counts(), len(compared.units))
    ranks = resampled_ranks(compared, cells, measure, n_resamples, seed)
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
    found = pd.DataFrame(
        {
            "unit": compared.units[cells.row],
            "term": compared.terms[cells.column],
            "rank_low": low,
            "rank_high": high,
            "share_in_top": (ranks <= top).mean(axis=0),
        }
    )
    without = scores.drop(columns=["rank_low", "rank_high", "share_in_top"])
    return without.merge(found, on=["unit", "term"], how="left", validate="one_to_one")[PROFILES]


def resampled_ranks(texts: UnitTexts, cells: Cells, measure: str, n_resamples: int, seed: int) -> NDArray[np.float64]:
    """Rank of each observed cell among its unit's terms in each resample, shape (n_resamples, n_cells)."""
    weights = resampling_weights(texts, n_resamples, seed)
    ranks = np.empty((n_resamples, len(cells.n)))
    bounds = np.searchsorted(cells.row, np.arange(len(texts.units) + 1))
    for part in in_parts(n_resamples, max(len(texts.terms), len(cells.n))):
        values, _ = scored(texts.sets_of(weights[part]), measure, cells)
        for first, last in pairwise(bounds.tolist()):
            block = np.round(values[:, first:last], _DECIMALS)
            ranks[part, first:last] = np.where(np.isneginf(block), last - first, rankdata(-block, method="min", axis=1))
    return ranks


def scored(counts: csr_matrix, measure: str, cells: Cells) -> tuple[Floats, Floats]:
    """Score many sets of units: the cells given, and the highest score of each unit, in each set.

    counts: shape (n_sets * n_units, n_terms). cells: of one set, commonly the observed one. Returns shapes (n_sets,
    n_cells) and (n_sets, n_units), minus infinity where a set's unit lacks the term, or has none.
    """
    n_units, n_terms = cells.n_units, counts.shape[1]
    n_sets = counts.shape[0] // n_units
    drawn = cells_of(counts, n_units)
    value = formula(measure)(drawn)
    place = np.full(n_units * n_terms, len(cells.n), dtype=np.int64)
    place[cells.row * n_terms + cells.column] = np.arange(len(cells.n))
    values = np.full((n_sets, len(cells.n) + 1), -np.inf)  # the last column takes what stands in no cell
    values[drawn.row // n_units, place[drawn.row % n_units * n_terms + drawn.column]] = value
    highest = np.full(n_sets * n_units, -np.inf)
    np.maximum.at(highest, drawn.row, value)
    return values[:, :-1], highest.reshape(n_sets, n_units)


def mark_test(
    texts: UnitTexts,
    measure: str,
    *,
    shown: int | None = TOP,
    min_words: int = MIN_WORDS,
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> pd.DataFrame:
    """The profile by one measure with p and q by dealing the sentences out anew: columns PROFILES.

    Under no difference between the units a sentence could stand in any of them. Each permutation deals all sentences
    out, every unit keeping its number of them, and scores all units anew. p: share of the permutations, the observed
    deal among them, in which the term's score in the unit is at least the observed; it speaks of a term chosen before
    the text was read, for of the terms that happen to stand in a unit more than their share have a small p. q: share in
    which the highest score of any term in the unit is at least the observed one (Westfall and Young's max-T): a term
    with q <= 0.05 marks its unit, and a unit that differs in nothing has such a term in at most 5 % of texts. The names
    of all units are left out everywhere, since they would tell where a sentence came from; p and q of such a term are
    NaN. Neither can be below 1 / (n_permutations + 1). Phipson and Smyth (2010).
    """
    scores = profiles(texts, [measure], shown=shown, min_words=min_words)
    compared, _ = _compared(texts, min_words)
    bare = compared.without_any_own_names()
    cells, p, q = permutation_p(bare, measure, n_permutations, seed)
    table = pd.DataFrame({"unit": bare.units[cells.row], "term": bare.terms[cells.column], "p": p, "q": q})
    return scores.drop(columns=["p", "q"]).merge(table, on=["unit", "term"], how="left", validate="one_to_one")[
        PROFILES
    ]


def permutation_p(texts: UnitTexts, measure: str, n_permutations: int, seed: int) -> tuple[Cells, Floats, Floats]:
    """The cells of the units, and p and q of each as in mark_test; all units must have text."""
    cells = cells_of(texts.unit_counts(), len(texts.units))
    observed = np.round(formula(measure)(cells), _DECIMALS)
    dealt = permuted_units(texts, n_permutations, seed)
    at_least, highest_at_least = np.ones(len(observed)), np.ones(len(observed))
    for part in in_parts(n_permutations, max(len(texts.terms), len(cells.n))):
        counts = texts.sets_of(np.ones_like(dealt[part]), dealt[part])
        values, highest = scored(counts, measure, cells)
        at_least += (np.round(values, _DECIMALS) >= observed).sum(axis=0)
        highest_at_least += (np.round(highest, _DECIMALS)[:, cells.row] >= observed).sum(axis=0)
    return cells, at_least / (n_permutations + 1), highest_at_least / (n_permutations + 1)


def sentences_behind(
    scores: pd.DataFrame, texts: UnitTexts, sentences: pd.DataFrame, top: int | None = TOP
) -> pd.DataFrame:
    """The sentences of each unit that hold each of its terms: a row for each, so that a mark can be read.

    scores: rows of profiles, of which those with rank <= top are taken; all of them with None. sentences: the
    plan's. Columns unit, term, rank, plan, sentence, source_line, text, in the order of scores, then of the text. A
    term that several measures rank is listed once, at its best rank.
    """
    chosen = scores[scores["value"].notna()]
    if top is not None:
        chosen = chosen[chosen["rank"] <= top]
    wanted = chosen.groupby(["unit", "term"], sort=False, as_index=False)["rank"].min()
    cells = texts.counts.tocoo()
    held = pd.DataFrame(
        {"unit": texts.units[texts.unit_of[cells.row]], "term": texts.terms[cells.col], "row": cells.row}
    )
    held = held.join(texts.sentences, on="row")
    found = wanted.assign(place=range(len(wanted))).merge(held, on=["unit", "term"])
    lines = found.merge(sentences[[*SENTENCE, "source_line", "text"]], on=SENTENCE)
    ordered: pd.DataFrame = lines.sort_values(["place", *SENTENCE], ignore_index=True)
    return ordered[["unit", "term", "rank", *SENTENCE, "source_line", "text"]]
