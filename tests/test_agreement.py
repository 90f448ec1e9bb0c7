"""How far rankings and groupings agree: published values, ties, the vectorised forms against the plain ones."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from src.utils.measures.agreement import (
    ABSENT,
    adjusted_rand,
    adjusted_rands,
    compare_rankings,
    jaccard,
    jaccards,
    overlaps,
    rank_biased_overlap,
    rank_correlations,
    rank_distribution,
    ranks,
    ranks_of,
)


def scores(**values):
    return pd.Series(values, dtype=float)


def test_rank_biased_overlap_of_the_published_example():
    # oracle 13, rankmeasures' README
    assert rank_biased_overlap(list("12345"), list("23415"), p=0.9) == pytest.approx(0.828, abs=0.0005)


def test_rank_biased_overlap_of_lists_of_different_length_by_hand():
    # Webber et al. (2010), eq. 32, p = 1/2: S = ab, L = axb; X = 1, 1, 2; s = 2, l = 3.
    # Σ X_d/d p^d = 1/2 + 1/8 + 2/24; the part beyond s: X_s (3 - 2)/(2·3) p^3 = 1/48; last: ((2 - 1)/3 + 1/2)/8.
    by_hand = (1 / 2 + 1 / 8 + 2 / 24 + 1 / 48) + ((2 - 1) / 3 + 1 / 2) / 8
    assert rank_biased_overlap(list("ab"), list("axb"), p=0.5) == pytest.approx(by_hand)
    assert rank_biased_overlap(list("axb"), list("ab"), p=0.5) == pytest.approx(by_hand)


def test_ties_by_hand_and_a_ranking_with_ties_agrees_with_itself():
    tied, plain = scores(a=2, b=1, c=1), scores(a=3, b=2, c=1)
    # depth 1: {a}, {a}; depth 2: {a b c} and {a b}: 2·2/(3 + 2); depth 3: all of both.
    by_hand = (1 - 0.9) / 0.9 * (0.9 + 0.8 * 0.81 + 0.729) + 0.729
    assert rank_biased_overlap(tied, plain) == pytest.approx(by_hand)
    assert rank_biased_overlap(tied, tied) == pytest.approx(1)
    assert rank_biased_overlap(tied, tied[["c", "b", "a"]]) == pytest.approx(1)  # no order among equals


def test_nothing_shared_is_zero_and_nothing_to_compare_is_said():
    assert rank_biased_overlap(["a", "b"], ["c"]) == 0
    with pytest.raises(ValueError, match="without terms"):
        rank_biased_overlap([], ["c"])
    with pytest.raises(ValueError, match="p = 1"):
        rank_biased_overlap(["a"], ["a"], p=1)
    with pytest.raises(ValueError, match="光伏 stands twice"):
        ranks(["光伏", "光伏"])
    with pytest.raises(ValueError, match="锂 has no score"):
        ranks(scores(锂=math.nan))


def plain_overlap(one, other, p, depth):
    """Equation 32 read off the paper, without ties: sets of the first d."""
    short, long = sorted((one[:depth], other[:depth]), key=len)
    s, last = len(short), len(long)
    shared = [len({*short[:d]} & {*long[:d]}) for d in range(last + 1)]
    total = sum(shared[d] / d * p**d for d in range(1, last + 1))
    total += sum(shared[s] * (d - s) / (s * d) * p**d for d in range(s + 1, last + 1))
    return (1 - p) / p * total + ((shared[last] - shared[s]) / last + shared[s] / s) * p**last


LISTS = st.lists(st.sampled_from("甲乙丙丁戊己庚辛"), unique=True, min_size=1)


@given(LISTS, LISTS, st.sampled_from([0.5, 0.9]), st.integers(1, 9))
def test_the_vectorised_overlap_is_the_papers_formula(one, other, p, depth):
    expected = plain_overlap(one, other, p, depth)
    assert rank_biased_overlap(one, other, p=p, depth=depth) == pytest.approx(expected)
    assert 0 <= rank_biased_overlap(one, other, p=p) <= 1


def test_several_units_at_once_and_units_that_one_side_lacks():
    unit = np.array([0, 0, 1, 1, 2])
    found = np.array([[1, 2, 1, 2, ABSENT], [2, 1, ABSENT, ABSENT, ABSENT]])
    headline = np.array([1, 2, 2, 1, ABSENT])
    table = overlaps(found, headline, unit, 3, p=0.9, depth=5)
    swapped = rank_biased_overlap(["x", "y"], ["y", "x"])
    assert table == pytest.approx(np.array([[1, swapped, 1], [swapped, 0, 1]]))
    assert jaccards(found, headline, unit, 3, top=1) == pytest.approx(np.array([[1, 0, 1], [0, 0, 1]]))


def test_ranks_share_the_best_place_and_absent_terms_have_none():
    found = ranks_of(np.array([[0.3, 0.1 + 0.2, 0.5, np.nan], [np.nan, 1, 1, 1]]))
    assert found.tolist() == [[2, 2, 1, ABSENT], [ABSENT, 1, 1, 1]]  # 0.1 + 0.2 is 0.3 here


def test_jaccard_takes_all_that_tie_at_the_border():
    assert jaccard(list("abc"), list("abd"), 3) == pytest.approx(2 / 4)
    assert jaccard(scores(a=2, b=1, c=1), list("abc"), 2) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="top = 0"):
        jaccard(["a"], ["a"], 0)


def test_adjusted_rand_of_the_published_example():
    assert adjusted_rand({"a": 0, "b": 0, "c": 1, "d": 2}, {"a": 0, "b": 0, "c": 1, "d": 1}) == pytest.approx(
        0.57, abs=0.005
    )


def test_adjusted_rand_is_scikit_learns_on_all_groupings_of_four():
    groupings = np.array(list(itertools.product(range(3), repeat=4)))
    for headline in groupings[::7]:
        expected = [adjusted_rand_score(headline, found) for found in groupings]
        assert adjusted_rands(groupings, headline) == pytest.approx(np.array(expected))


def test_adjusted_rand_of_different_units_is_refused():
    with pytest.raises(ValueError, match="different units"):
        adjusted_rand({"a": 0}, {"b": 0})
    assert adjusted_rand({"a": 0}, {"a": 5}) == 1


def test_correlations_on_common_terms_and_why_there_is_none():
    found = rank_correlations(scores(a=3, b=2, c=1, x=9), scores(a=1, b=2, c=3, y=9))
    assert (found.kendall, found.spearman, found.n_common, found.status) == (-1, -1, 3, "ok")
    assert "fewer than 3" in rank_correlations(scores(a=1), scores(a=1)).status
    assert "tied" in rank_correlations(scores(a=1, b=1, c=1), scores(a=1, b=2, c=3)).status


def test_a_row_of_all_measures_says_ties_and_emptiness():
    row = compare_rankings(scores(a=3, b=2, c=2, d=1), scores(a=4, b=3, c=2, d=1), top=3)
    assert (row["tied_first"], row["tied_second"], row["jaccard"], row["status"]) == (2, 0, 1, "ok")
    assert compare_rankings(scores(), scores(a=1))["status"] == "a ranking without terms"


def test_distribution_of_ranks():
    table = rank_distribution([["a", "b"], ["b", "a"], ["a", "c"]], top=1).set_index("term")
    assert table.loc["a", ["n", "present", "in_top", "best", "median", "worst"]].tolist() == [
        3,
        1,
        pytest.approx(2 / 3),
        1,
        1,
        2,
    ]
    assert table.index.tolist() == ["a", "b", "c"]
    assert table.loc["c", ["present", "in_top"]].tolist() == [pytest.approx(1 / 3), 0]
    with pytest.raises(ValueError, match="no rankings"):
        rank_distribution([])
