"""Statistics of 2×2 tables: published numbers, scipy's own, and the laws that hold for any counts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from src.utils.measures.contingency import (
    HALF,
    Cells,
    bh_q,
    cells,
    chi2,
    chi2_p,
    direction,
    fisher_p,
    g2_2term,
    g2_4cell,
    log_ratio,
    odds_ratio,
    percent_diff,
    phi2,
    weighted_log_odds,
    williams_factor,
)


def four(*values: float) -> Cells:
    return Cells(*(np.array(float(value)) for value in values))


def test_oracle_5_dunning():
    assert g2_4cell(four(10, 0, 3, 31764)) == pytest.approx(167.23, abs=0.005)
    assert chi2(four(3, 0, 0, 31774)) == pytest.approx(31777)


@pytest.mark.parametrize(("a", "b", "expected"), [(392, 170, 90.13), (348, 99, 146.95), (15, 14, 0.03)])
def test_oracle_6_rayson(a, b, expected):
    assert g2_2term(cells(a, b, 1_000_000, 1_000_000)) == pytest.approx(expected, abs=0.005)


def test_oracle_7_both_forms():
    table = cells(10, 5, 100, 200)
    assert g2_4cell(table) == pytest.approx(7.329812, abs=5e-7)
    assert g2_2term(table) == pytest.approx(6.931472, abs=5e-7)  # 10 ln 2, for the shares are 2/3 and 1/3 of 15


def test_oracle_8_quanteda():
    """b in d1 = b×7 a×3 against d2 = a×7 b×2: cells 7, 2, 3, 7."""
    table = cells(7, 2, 10, 9)
    assert chi2(table, yates=True) == pytest.approx(2.632438, abs=5e-7)
    assert chi2(table) == pytest.approx(4.337160, abs=5e-7)
    assert g2_4cell(table) == pytest.approx(4.534939, abs=5e-7)
    assert chi2_p(g2_4cell(table)) == pytest.approx(0.0332096, abs=5e-8)
    assert g2_4cell(table) / williams_factor(table) == pytest.approx(4.200833, abs=5e-7)
    # Of the 9 b, k stand in d1: the exact sum is 0.06977852, so the last of the published digits is rounded up.
    ways = [math.comb(10, k) * math.comb(9, 9 - k) for k in range(10)]
    assert fisher_p(table) == pytest.approx(sum(way for way in ways if way <= ways[7]) / math.comb(19, 9))
    assert fisher_p(table) == pytest.approx(0.0697786, abs=1e-7)
    assert direction(table) == 1
    assert direction(cells(3, 7, 10, 9)) == -1


def test_oracle_9_effect_sizes():
    assert percent_diff(206523, 178174, 959641, 1562358) == pytest.approx(88.7, abs=0.05)
    assert odds_ratio(cells(16217, 735, 2796938, 2087946)) == pytest.approx(16.6, abs=0.05)


def test_oracle_10_phi_squared():
    assert phi2(four(31950, 12004, 4793, 848330)) == pytest.approx(0.62, abs=0.005)


def test_oracle_11_weighted_log_odds():
    """Uniform prior of .05 on each of the eleven words."""
    texts = ["the quick brown fox jumps over the lazy pig", "the lazy purple pig jumps over the lazier donkey"]
    words = sorted({*" ".join(texts).split()})
    first, second = ([text.split().count(word) for word in words] for text in texts)
    _, z = weighted_log_odds(first, second, np.full(len(words), 0.05), 9, 9)
    found = dict(zip(words, z, strict=True))
    one = 0.6894227886807968
    expected = dict.fromkeys(words, 0.0)
    expected |= dict.fromkeys(["brown", "fox", "quick"], one) | dict.fromkeys(["donkey", "lazier", "purple"], -one)
    assert found == pytest.approx(expected, abs=1e-15)


def test_oracle_14_benjamini_hochberg():
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    q = bh_q(p)
    assert q[:5].tolist() == pytest.approx([0.0015, 0.003, 0.0095, 0.035625, 0.0603])
    assert (q <= 0.05).sum() == 4
    assert bh_q([]).shape == (0,)


counts = st.integers(0, 40)


@given(a=counts, b=counts, others=st.tuples(counts, counts))
@settings(max_examples=300, deadline=None)
def test_tests_agree_with_scipy(a, b, others):
    table = np.array([[a, b], others])
    ours = four(a, b, *others)
    assert fisher_p(ours) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)
    if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
        plain = stats.chi2_contingency(table, correction=False)
        assert chi2(ours) == pytest.approx(plain.statistic, abs=1e-9)
        assert chi2_p(chi2(ours)) == pytest.approx(plain.pvalue, abs=1e-12)
        likelihood = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
        assert g2_4cell(ours) == pytest.approx(likelihood.statistic, abs=1e-9)
    else:
        assert (chi2(ours), chi2(ours, yates=True), g2_4cell(ours), williams_factor(ours)) == (0, 0, 0, 1)


@given(a=st.integers(0, 60), b=st.integers(0, 60), n1=st.integers(60, 90), n2=st.integers(60, 90))
@settings(deadline=None)
def test_laws_of_any_comparison(a, b, n1, n2):
    table = cells(a, b, n1, n2)
    equal = a * n2 == b * n1
    assert (g2_4cell(table) < 1e-9) == equal  # 0 if and only if the shares are equal
    assert (direction(table) == 0) == equal
    assert g2_2term(table) <= g2_4cell(table) + 1e-9
    assert chi2(table, yates=True) <= chi2(table)
    assert williams_factor(table) >= 1
    assert 0 <= phi2(table) <= 1 + 1e-12
    assert 0 < fisher_p(table) <= 1
    swapped = cells(b, a, n2, n1)
    assert g2_4cell(swapped) == pytest.approx(g2_4cell(table), abs=1e-9)
    assert log_ratio(b, a, n2, n1) == pytest.approx(-log_ratio(a, b, n1, n2))
    assert odds_ratio(swapped) == pytest.approx(1 / odds_ratio(table))
    if a and b:
        assert np.sign(np.round(log_ratio(a, b, n1, n2), 12)) == direction(table)


def test_a_zero_is_taken_as_half_in_every_effect_size():
    assert log_ratio(4, 0, 1000, 1000) == pytest.approx(math.log2(4 / HALF)) == pytest.approx(3)
    assert percent_diff(4, 0, 1000, 1000) == pytest.approx(700)
    assert odds_ratio(four(4, 0, 996, 1000)) == pytest.approx((4 / 996) / (0.5 / 1000))
    assert log_ratio([0, 3], [3, 0], 10, 10).tolist() == pytest.approx([-math.log2(6), math.log2(6)])


def test_many_tables_at_once_are_each_table():
    random = np.random.default_rng(5)
    a, b = random.integers(0, 9, 200), random.integers(0, 30, 200)
    at_once = fisher_p(cells(a, b, 500, 3000))
    assert at_once.tolist() == [float(fisher_p(cells(x, y, 500, 3000))) for x, y in zip(a, b, strict=True)]
    assert at_once[:20].tolist() == pytest.approx(
        [stats.fisher_exact([[x, y], [500 - x, 3000 - y]]).pvalue for x, y in zip(a[:20], b[:20], strict=True)],
        rel=1e-6,
    )


def test_a_wide_prior_draws_rare_terms_to_no_difference():
    weak, strong = (abs(float(weighted_log_odds(3, 0, alpha, 1000, 1000, n_prior=100)[0])) for alpha in (0.1, 5))
    assert strong < weak
    # By hand: (3 + 5) / (1100 - 8) against 5 / 1095.
    assert strong == pytest.approx(math.log(8 / 1092) - math.log(5 / 1095))


@pytest.mark.parametrize(
    ("values", "message"),
    [((1, 1, 0, 5), "without words"), ((6, 1, 5, 5), "more often than"), ((-1, 1, 5, 5), "less than 0")],
)
def test_impossible_counts_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        cells(*values)


def test_impossible_priors_are_refused():
    with pytest.raises(ValueError, match="prior of 0"):
        weighted_log_odds([1], [1], [0.0], 5, 5)
    with pytest.raises(ValueError, match="all there is"):
        weighted_log_odds([5], [1], [1.0], 5, 5)
