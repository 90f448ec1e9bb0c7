"""Similarity of units: scikit-learn's and scipy's own numbers, laws, and tests that reject no more than they should."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import false_discovery_control
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics.pairwise import cosine_similarity

from src.utils.measures.similarity import (
    DIFFERENCE,
    MEASURES,
    SIMILARITIES,
    Weighting,
    comparable,
    difference,
    distance_table,
    pairwise,
    similarities,
)
from src.utils.measures.unit_texts import UnitTexts, unit_texts
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table

FEW = {"n_resamples": 50, "n_shuffles": 99}


def texts_of(units: dict[str, list[str]], names: dict[str, list[str]] | None = None, order: list[str] | None = None):
    """Units from sentences, each a string of one-character terms; a sentence that stands in two units is one sentence."""
    numbers = {text: at for at, text in enumerate(dict.fromkeys(text for texts in units.values() for text in texts))}
    tokens = pd.DataFrame(
        [("p", at, place, term) for text, at in numbers.items() for place, term in enumerate(text)],
        columns=["plan", "sentence", "position", "term"],
    )
    groups = pd.DataFrame(
        [("p", numbers[text], "county", unit) for unit, texts in units.items() for text in texts],
        columns=["plan", "sentence", "scheme", "unit"],
    )
    return unit_texts(tokens, groups, names, units=order or list(units))


COUNTIES = {
    "德兴市": ["铜矿铜业", "铜金矿产", "黄金矿业", "铜业产链", "旅游产业", "矿山修复"],
    "婺源县": ["茶业旅游", "旅游古村", "茶菊产业", "古村徽派", "茶叶产链", "菊花旅游"],
    "铅山县": ["铜业再生", "茶业河红", "旅游古镇", "红茶产业", "再生铜业", "古镇旅游"],
}


def random_texts(rng: np.random.Generator, sizes: tuple[int, ...], n_terms: int = 30) -> UnitTexts:
    """Units whose sentences all come from one source: bursts of terms, some frequent, some rare."""
    weights = 1 / np.arange(1, n_terms + 1)
    rows = []
    for sentence, unit in enumerate(np.repeat(np.arange(len(sizes)), sizes)):
        for term in rng.choice(n_terms, size=rng.integers(3, 7), p=weights / weights.sum()):
            rows.append((sentence, f"u{unit}", f"t{term:02d}"))
    table = pd.DataFrame(rows, columns=["sentence", "unit", "term"]).assign(plan="p", scheme="county")
    return unit_texts(table[["plan", "sentence", "term"]], table[["plan", "sentence", "scheme", "unit"]])


# --- published and other people's numbers


def test_jensen_shannon_distance_of_the_scipy_manual():
    """Oracle 15: jensenshannon([1, 0], [.5, .5]) is 0.46450140 in nats; in bits it is that divided by √ln 2."""
    counts = np.array([[2.0, 0.0], [1.0, 1.0]])
    assert pairwise(counts, "js_distance")[0, 1] * np.sqrt(np.log(2)) == pytest.approx(0.46450140, abs=5e-9)
    assert pairwise(counts, "js_divergence")[0, 1] == pytest.approx(pairwise(counts, "js_distance")[0, 1] ** 2)


counts_arrays = st.lists(st.lists(st.integers(0, 6), min_size=5, max_size=5).filter(any), min_size=2, max_size=5).map(
    lambda rows: np.array(rows, dtype=float)
)


@settings(max_examples=40, deadline=None)
@given(counts_arrays, st.sampled_from([0.0, 0.5]), st.booleans())
def test_the_numbers_of_scipy_and_scikit_learn(counts, smoothing, smooth_idf):
    weighting = Weighting(smoothing, smooth_idf)
    found = pairwise(counts, "js_distance", weighting)
    expected = [[jensenshannon(one + smoothing, two + smoothing, base=2) for two in counts] for one in counts]
    # Where shares are equal, scipy's rounding may leave √1e-16.
    np.testing.assert_allclose(found, np.nan_to_num(expected), atol=1e-7)
    held = counts[:, counts.any(axis=0)]  # scikit-learn divides by zero for a term in no document
    rows = TfidfTransformer(smooth_idf=smooth_idf).fit_transform(held)
    np.testing.assert_allclose(pairwise(counts, "cosine", weighting), cosine_similarity(rows), atol=1e-12)


# --- laws


@settings(max_examples=40, deadline=None)
@given(counts_arrays, st.sampled_from(MEASURES), st.integers(2, 4))
def test_symmetry_bounds_and_the_size_of_a_unit(counts, measure, times):
    found = pairwise(counts, measure)
    np.testing.assert_array_equal(found, found.T)
    assert ((found >= 0) & (found <= 1)).all()
    assert set(np.diag(found)) == {1.0 if measure == "cosine" else 0.0}
    larger = counts.copy()
    larger[0] *= times
    np.testing.assert_allclose(pairwise(larger, measure), found, atol=1e-7)
    order = np.arange(len(counts))[::-1]
    np.testing.assert_allclose(pairwise(counts[order], measure), found[order][:, order], atol=1e-7)
    np.testing.assert_allclose(pairwise(np.stack([counts, counts]), measure)[1], found, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(counts_arrays.filter(lambda counts: len(counts) > 2))
def test_the_distance_keeps_the_triangle(counts):
    distance = pairwise(counts, "js_distance")
    assert distance[0, 2] <= distance[0, 1] + distance[1, 2] + 1e-9


def test_texts_without_a_common_term_are_as_far_apart_as_can_be():
    counts = np.array([[3.0, 1, 0, 0], [0, 0, 2, 5]])
    assert [pairwise(counts, measure)[0, 1] for measure in MEASURES] == pytest.approx([0, 1, 1])


def test_smoothing_draws_texts_together():
    counts = np.array([[3.0, 1, 0, 0], [0, 0, 2, 5]])
    values = [pairwise(counts, "js_distance", Weighting(smoothing=added))[0, 1] for added in (0, 0.1, 1)]
    assert values == sorted(values, reverse=True)


def test_names_of_all_units_are_left_out_of_all():
    names = {"德兴市": ["铜"], "婺源县": ["茶"]}
    text = comparable(texts_of(COUNTIES, names))
    assert not {"铜", "茶"} & set(text.terms)
    table = distance_table(texts_of(COUNTIES, names), "cosine")
    assert list(table.index) == list(table.columns) == list(COUNTIES)
    without = {unit: [text.replace("铜", "").replace("茶", "") for text in texts] for unit, texts in COUNTIES.items()}
    pd.testing.assert_frame_equal(table, distance_table(texts_of(without), "cosine"))


# --- the table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return similarities(texts_of(COUNTIES), MEASURES, **FEW, seed=3)


def test_a_row_for_each_pair_and_measure(table):
    assert list(table.columns) == SIMILARITIES
    assert table[["unit", "other", "measure"]].to_numpy().tolist() == [
        [unit, other, measure]
        for unit, other in (("德兴市", "婺源县"), ("德兴市", "铅山县"), ("婺源县", "铅山县"))
        for measure in MEASURES
    ]
    assert set(table["status"]) == {"enough"}
    assert table[["n", "n_other"]].to_numpy().tolist() == [[6, 6]] * 9
    square = distance_table(texts_of(COUNTIES), "js_distance")
    rows = table[table["measure"] == "js_distance"]
    assert rows["value"].tolist() == [square.loc[row.unit, row.other] for row in rows.itertuples()]


def test_intervals_hold_the_value_and_stay_within_bounds(table):
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert table[["low", "high"]].ge(0).all(axis=None)
    assert table[["low", "high"]].le(1).all(axis=None)
    squares = table[table["measure"] == "js_distance"][["value", "low", "high"]].to_numpy() ** 2
    divergences = table[table["measure"] == "js_divergence"][["value", "low", "high"]].to_numpy()
    np.testing.assert_allclose(squares, divergences)


def test_resamples_lie_farther_apart_than_the_texts(table):
    """Sentences that are drawn twice leave others out: the reason why the interval is centred on the value."""
    assert (table.loc[table["measure"] == "js_distance", "bias"] > 0).all()


def test_p_is_never_below_one_in_all_and_q_is_that_of_benjamini_and_hochberg(table):
    assert table["p"].between(1 / 100, 1).all()
    for _, rows in table.groupby("measure"):
        np.testing.assert_allclose(rows["q"], false_discovery_control(rows["p"].to_numpy()))
    wide = table.pivot_table(index=["unit", "other"], columns="measure", values="p")
    assert (wide["js_distance"] == wide["js_divergence"]).all()


def test_copper_and_tea_differ_more_than_either_from_the_county_with_both(table):
    value = table[table["measure"] == "cosine"].set_index(["unit", "other"])["value"]
    assert value["德兴市", "婺源县"] < min(value["德兴市", "铅山县"], value["婺源县", "铅山县"])
    p = table[table["measure"] == "js_distance"].set_index(["unit", "other"])["p"]
    assert p["德兴市", "婺源县"] <= 0.05


def test_the_order_of_units_and_rows_changes_no_number(table):
    turned = similarities(texts_of(COUNTIES, order=["铅山县", "婺源县", "德兴市"]), MEASURES, **FEW, seed=3)
    numbers = ["value", "low", "high", "p", "q", "shuffled", "bias"]

    def keyed(rows):
        pair = [tuple(sorted(pair)) for pair in zip(rows["unit"], rows["other"], strict=True)]
        return rows.assign(pair=pair).sort_values(["pair", "measure"])[numbers].to_numpy()

    np.testing.assert_allclose(keyed(turned), keyed(table), rtol=0, atol=1e-12)


def test_the_seed_fixes_every_number(table):
    pd.testing.assert_frame_equal(similarities(texts_of(COUNTIES), MEASURES, **FEW, seed=3), table)
    assert not similarities(texts_of(COUNTIES), MEASURES, **FEW, seed=4)["low"].equals(table["low"])


def test_the_permutation_test_is_the_exact_one_where_all_deals_can_be_listed():
    """Five and five sentences, all different: of 252 deals only the observed and its mirror image part the terms."""
    texts = texts_of({"甲": [f"一{mark}" for mark in "ABCDE"], "乙": [f"二{mark}" for mark in "FGHIJ"]})
    p = similarities(texts, ["js_distance"], n_resamples=10, n_shuffles=4999)["p"].item()
    assert p == pytest.approx(2 / 252, abs=4 * np.sqrt(2 / 252 / 5000))


def test_p_is_uniform_where_nothing_differs():
    """300 tests at n = 8: the share at or below .05 is binomial with sd .0126, that at or below .5 with sd .029."""
    rng = np.random.default_rng(11)
    options = {"n_resamples": 2, "n_shuffles": 59, "min_sentences": 2}
    p = np.concatenate(
        [similarities(random_texts(rng, (8, 8, 8)), ["cosine", "js_distance"], **options)["p"] for _ in range(50)]
    )
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.05)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.12)


# --- all units at once


def test_units_that_differ_are_told_from_units_that_do_not():
    found = difference(texts_of(COUNTIES), MEASURES, n_shuffles=199)
    assert list(found.columns) == DIFFERENCE
    assert (found["p"] <= 0.02).all()
    assert found["n"].tolist() == [18, 18, 18]
    rng = np.random.default_rng(5)
    p = [difference(random_texts(rng, (6, 9, 7)), ["js_distance"], n_shuffles=59)["p"].item() for _ in range(60)]
    assert np.mean(np.array(p) <= 0.05) <= 0.15
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.25)


def test_the_divergence_of_two_units_is_that_of_the_pair():
    texts = texts_of({unit: COUNTIES[unit] for unit in ("德兴市", "婺源县")})
    whole = difference(texts, MEASURES, n_shuffles=9)["value"].tolist()
    pair = similarities(texts, MEASURES, n_resamples=2, n_shuffles=9)["value"].tolist()
    assert whole == pytest.approx(pair)


def test_a_sentence_of_two_units_is_one_sentence():
    both = {"甲": ["铜矿", "铜业", "共同"], "乙": ["茶叶", "茶业", "共同"]}
    found = difference(texts_of(both), ["cosine"], n_shuffles=9, min_sentences=2)
    assert found["n"].item() == 5


# --- too little text


def test_too_little_text_is_said():
    units = {"甲": ["铜矿铜业"] + [f"铜{mark}" for mark in "abcde"], "乙": ["茶叶"], "丙": []}
    found = similarities(texts_of(units), ["js_distance"], **FEW).set_index(["unit", "other"])
    assert found["status"].tolist() == ["too_little", "no_terms", "no_terms"]
    assert "乙 has 1" in found.loc[("甲", "乙"), "says"]
    assert "丙" in found.loc[("乙", "丙"), "says"]
    assert found.loc[("甲", "乙"), "value"] == 1
    assert found[["low", "high", "p", "q"]].isna().all(axis=None)
    whole = difference(texts_of(units), ["cosine"]).iloc[0]
    assert whole["status"] == "too_little"
    assert "乙、丙" in whole["says"]


def test_units_of_names_alone_have_no_terms():
    names = {"甲": ["甲"], "乙": ["乙"]}
    found = similarities(texts_of({"甲": ["甲甲"], "乙": ["乙", "甲"]}, names), ["cosine"], **FEW)
    assert found["status"].item() == "no_terms"


def test_the_same_text_is_no_distance_apart():
    found = similarities(texts_of({"甲": COUNTIES["德兴市"], "乙": COUNTIES["德兴市"]}), MEASURES, **FEW)
    assert found["status"].unique().tolist() == ["same_text"]
    assert found["value"].tolist() == pytest.approx([1, 0, 0])
    assert found["p"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("units", "measures", "message"),
    [
        ({"甲": ["铜"]}, ["cosine"], "one unit only \\(甲\\)"),
        (COUNTIES, ["cosine", "jaccard"], "no such measure: jaccard; there are cosine"),
    ],
)
def test_what_cannot_be_compared_is_refused(units, measures, message):
    for function in (similarities, difference):
        with pytest.raises(ValueError, match=message):
            function(texts_of(units), measures)


def test_a_unit_without_terms_is_refused_by_pairwise():
    with pytest.raises(ValueError, match="a unit without terms"):
        pairwise(np.array([[1.0, 2.0], [0.0, 0.0]]), "cosine")


def test_the_counties_of_the_digest(profile):
    """Twelve sections of eight to twelve sentences: they do differ as a whole, and few pairs can be told apart."""
    units = profile.units[(profile.units["scheme"] == "county") & (profile.units["evidence"] == "heading")]
    tokens = content_tokens(token_table(profile.sentences, segmenter_for(profile.settings)))
    texts = unit_texts(tokens, units, profile.settings.unit_names()["county"])
    assert difference(texts, n_shuffles=99)["p"].tolist() == [0.01, 0.01]
    found = similarities(texts, ["js_distance"], **FEW)
    assert len(found) == 66
    assert set(found["status"]) == {"enough"}
    assert found["value"].between(0.8, 1).all()
    assert not set(texts.own[0]) & set(np.flatnonzero(np.isin(texts.terms, comparable(texts).terms)))
