"""Word shifts: contributions sum to what they explain; terms that all units share."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, false_discovery_control

from src.utils.measures.shifts import MEASURES, SHARED, SHIFTS, contributions, shared_terms, word_shift
from src.utils.measures.similarity import pairwise
from tests.test_similarity import COUNTIES, random_texts, texts_of

FEW = {"n_resamples": 60, "n_shuffles": 99, "seed": 2}

pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=8).filter(
    lambda rows: any(one for one, _ in rows) and any(two for _, two in rows)
)


@settings(max_examples=80, deadline=None)
@given(pairs)
def test_contributions_sum_to_what_scipy_says_of_the_whole(rows):
    one, two = np.array(rows, dtype=float).T
    found = contributions(one, two)
    assert found["proportion"].sum() == pytest.approx(0, abs=1e-12)
    assert found["entropy"].sum() == pytest.approx(entropy(two, base=2) - entropy(one, base=2))
    whole = np.nan_to_num(jensenshannon(one, two, base=2)) ** 2
    assert found["js_divergence"].sum() == pytest.approx(whole, abs=1e-12)
    assert found["js_divergence"].sum() == pytest.approx(pairwise(np.stack([one, two]), "js_divergence")[0, 1])


@settings(max_examples=80, deadline=None)
@given(pairs)
def test_the_other_way_round_turns_signs(rows):
    one, two = np.array(rows, dtype=float).T
    found, turned = contributions(one, two), contributions(two, one)
    np.testing.assert_allclose(turned["proportion"], -found["proportion"])
    np.testing.assert_allclose(turned["entropy"], -found["entropy"])
    np.testing.assert_allclose(turned["js_divergence"], found["js_divergence"])
    assert (found["js_divergence"] >= 0).all()
    alike = one / one.sum() == two / two.sum()
    for values in found.values():
        assert values[alike] == pytest.approx(0, abs=1e-12)


def test_contributions_written_out_by_hand():
    """Of 甲 and 乙 the texts have 3 and 1, and 0 and 4: shares 3/4, 1/4 and 0, 1; mixed 3/8, 5/8."""
    found = contributions(np.array([3.0, 1.0]), np.array([0.0, 4.0]))
    assert found["proportion"].tolist() == [-0.75, 0.75]
    of_one = [0.75 * math.log2(4 / 3), 0.25 * math.log2(4)]
    assert found["entropy"].tolist() == pytest.approx([-of_one[0], -of_one[1]])
    mixed = [3 / 8 * math.log2(8 / 3), 5 / 8 * math.log2(8 / 5)]
    assert found["js_divergence"].tolist() == pytest.approx([mixed[0] - of_one[0] / 2, mixed[1] - of_one[1] / 2])


# --- the table


@pytest.fixture(scope="module")
def shift():
    return word_shift(texts_of(COUNTIES), "德兴市", "婺源县", **FEW)


def test_a_row_for_each_term_and_measure_by_size(shift):
    assert list(shift.columns) == SHIFTS
    terms = set("".join(COUNTIES["德兴市"] + COUNTIES["婺源县"]))
    for measure in MEASURES:
        rows = shift[shift["measure"] == measure]
        assert set(rows["term"]) == terms
        assert rows["value"].abs().round(12).is_monotonic_decreasing
        assert rows["share"].sum() == pytest.approx(1)
        tied = rows.assign(size=rows["value"].abs().round(12)).groupby("size")["term"].agg(list)
        assert all(names == sorted(names) for names in tied)
    assert list(dict.fromkeys(shift["measure"])) == list(MEASURES)


def test_a_term_of_one_side_pulls_to_it(shift):
    copper, tea = (shift[(shift["measure"] == "proportion") & (shift["term"] == term)].iloc[0] for term in "铜茶")
    assert [copper["side"], tea["side"]] == ["德兴市", "婺源县"]
    assert copper["value"] < 0 < tea["value"]
    assert [copper["n"], copper["n_other"]] == [4, 0]
    assert copper["per_10k"] == pytest.approx(4 / 24 * 10_000)
    assert copper["value"] == pytest.approx(-4 / 24)


def test_intervals_and_tests(shift):
    assert (shift["low"] <= shift["value"] + 1e-12).all()
    assert (shift["value"] <= shift["high"] + 1e-12).all()
    assert (shift.loc[shift["measure"] == "js_divergence", "low"] >= 0).all()
    assert shift["p"].between(0.01, 1).all()
    for _, rows in shift.groupby("measure"):
        np.testing.assert_allclose(rows["q"], false_discovery_control(rows["p"].to_numpy()))
    proportion = shift[shift["measure"] == "proportion"].set_index("term")
    clustered, spread = proportion.loc["修"], proportion.loc["茶"]
    assert clustered["low"] < 0 < clustered["high"]  # in one sentence of six
    assert spread["low"] > -0.02
    assert spread["p"] < clustered["p"]


def test_the_other_way_round_gives_the_same_intervals_and_p(shift):
    turned = word_shift(texts_of(COUNTIES), "婺源县", "德兴市", **FEW).set_index(["measure", "term"]).sort_index()
    straight = shift.set_index(["measure", "term"]).sort_index()
    assert (turned["p"] == straight["p"]).all()
    for measure in ("proportion", "entropy"):
        np.testing.assert_allclose(turned.loc[measure, "low"], -straight.loc[measure, "high"], atol=1e-12)
    np.testing.assert_allclose(turned.loc["js_divergence", "low"], straight.loc["js_divergence", "low"], atol=1e-12)
    assert turned["n"].tolist() == straight["n_other"].tolist()


def test_the_seed_fixes_every_number_and_other_units_change_none(shift):
    pd.testing.assert_frame_equal(word_shift(texts_of(COUNTIES), "德兴市", "婺源县", **FEW), shift)
    two = texts_of({unit: COUNTIES[unit] for unit in ("德兴市", "婺源县")})
    pd.testing.assert_frame_equal(word_shift(two, "德兴市", "婺源县", **FEW), shift)


def test_q_finds_nothing_where_nothing_differs():
    rng = np.random.default_rng(8)
    found = word_shift(random_texts(rng, (10, 10)), "u0", "u1", ["js_divergence"], n_resamples=20, n_shuffles=199)
    assert (found["q"] > 0.05).all()


def test_the_same_text_shifts_nothing():
    same = texts_of({"甲": COUNTIES["德兴市"], "乙": COUNTIES["德兴市"]})
    found = word_shift(same, "甲", "乙", **FEW)
    assert found[["value", "share"]].eq(0).all(axis=None)
    assert set(found["side"]) == {""}
    assert (found["p"] == 1).all()


def test_too_little_text_is_said():
    found = word_shift(texts_of({"甲": COUNTIES["德兴市"], "乙": ["茶叶"]}), "甲", "乙", **FEW)
    assert set(found["status"]) == {"too_little"}
    assert set(found["says"]) == {"fewer than 5 sentences: 乙 has 1"}
    assert found[["low", "high", "p", "q"]].isna().all(axis=None)
    assert found["value"].notna().all()


# --- what all share


def test_terms_that_all_units_share():
    found = shared_terms(texts_of(COUNTIES), n_resamples=200)
    assert list(found.columns) == SHARED
    by_hand = set.intersection(*(set("".join(texts)) for texts in COUNTIES.values()))
    assert set(found["term"]) == by_hand == set("业产旅游")
    travel = found.set_index("term").loc["旅"]
    assert [travel["n"], travel["n_units"], travel["n_all"], travel["least_unit"]] == [6, 3, 3, "德兴市"]
    assert travel["least_per_10k"] == pytest.approx(1 / 24 * 10_000)
    # 旅 stands in one of six sentences of 德兴市, in three and two of the others: (5/6)^6, (1/2)^6 and (2/3)^6 to miss it.
    expected = math.prod(1 - (1 - n / 6) ** 6 for n in (1, 3, 2))
    assert travel["stays"] == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 200))
    shares = np.array([1, 3, 2]) / 6
    assert travel["dp"] == pytest.approx(np.abs(shares - 24 / 72).sum() / 2)


def test_terms_of_most_units_and_of_none():
    some = shared_terms(texts_of(COUNTIES), min_units=2, n_resamples=20)
    assert set(shared_terms(texts_of(COUNTIES), n_resamples=20)["term"]) < set(some["term"])
    assert some["n_units"].min() == 2
    assert (some.loc[some["n_units"] == 2, "least_per_10k"] == 0).all()
    assert some["least_per_10k"].is_monotonic_decreasing
    nothing = shared_terms(texts_of({"甲": ["铜矿"], "乙": ["茶叶"]}))
    assert nothing.empty
    assert list(nothing.columns) == SHARED


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda: word_shift(texts_of(COUNTIES), "德兴市", "上饶县"),
            "no unit 上饶县; there are 德兴市、婺源县、铅山县",
        ),
        (lambda: word_shift(texts_of(COUNTIES), "德兴市", "德兴市"), "德兴市 and itself"),
        (lambda: word_shift(texts_of(COUNTIES), "德兴市", "婺源县", ["sentiment"]), "no such shift: sentiment"),
        (lambda: word_shift(texts_of({"甲": ["铜"], "乙": []}), "甲", "乙"), "no counted term in 乙"),
        (lambda: shared_terms(texts_of({"甲": ["铜"], "乙": []})), "1 of 2 units have text"),
        (lambda: shared_terms(texts_of(COUNTIES), min_units=4), "min_units 4: 3 units have text"),
    ],
)
def test_what_cannot_be_shifted_is_refused(function, message):
    with pytest.raises(ValueError, match=message):
        function()
