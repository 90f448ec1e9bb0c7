"""Terms that mark a unit: formulas against published values and scikit-learn, intervals, resamples, permutations."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from scipy.special import gammainc
from sklearn.feature_extraction.text import TfidfTransformer

from src.utils import tables
from src.utils.measures import contingency
from src.utils.measures.frequency import count_terms
from src.utils.measures.profiles import (
    MIN_WORDS,
    PROFILES,
    agreement,
    count_interval,
    level_of_shown,
    mark_test,
    profiles,
    rate_ratio,
    ratio_interval,
    resampled_profiles,
    sentences_behind,
)
from src.utils.measures.tfidf import tfidf
from src.utils.measures.unit_texts import design_effects, permuted_units, resampling_weights, text_status, unit_texts
from src.utils.measures.weightings import MEASURES, WITH_INTERVAL, at_counts, cells_of, formula, weighted_log_odds
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table

GUIDE = np.array([[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]])


def texts_of(units, **options):
    """Units given as lists of sentences, each a list of words."""
    tokens, groups, sentence = [], [], 0
    for unit, sentences in units.items():
        for words in sentences:
            tokens += [("p", sentence, at, word) for at, word in enumerate(words)]
            groups.append(("p", sentence, "county", unit))
            sentence += 1
    columns = ["plan", "sentence", "position", "term"]
    return unit_texts(
        pd.DataFrame(tokens, columns=columns),
        pd.DataFrame(groups, columns=["plan", "sentence", "scheme", "unit"]),
        units=list(units),
        **options,
    )


SMALL = {
    "甲": [["铜", "铜", "产业"], ["铜", "园区"], ["产业", "发展"]],
    "乙": [["茶", "产业"], ["茶", "旅游", "发展"], ["园区", "茶"]],
    "丙": [["轴承", "产业"], ["轴承", "轴承", "园区"], ["发展", "产业"]],
}


@pytest.fixture(scope="module")
def counties(profile):
    tokens = token_table(profile.sentences, segmenter_for(profile.settings))
    groups = profile.units[(profile.units["scheme"] == "county") & (profile.units["evidence"] == "heading")]
    names = profile.settings.unit_names()["county"]
    return unit_texts(content_tokens(tokens), groups, names, size_tokens=tokens)


def value_of(measure, counts=GUIDE):
    cells = cells_of(csr_matrix(counts), len(counts))
    table = np.zeros(counts.shape)
    table[cells.row, cells.column] = formula(measure)(cells)
    return table


# --- the formulas


@pytest.mark.parametrize(
    ("measure", "first_row"),
    [
        ("tfidf_raw_smooth", [0.85151335, 0, 0.52433293]),
        ("tfidf_raw_raw", [0.81940995, 0, 0.57320793]),
    ],
)
def test_oracle_12_the_example_of_scikit_learns_user_guide(measure, first_row):
    assert value_of(measure)[0].tolist() == pytest.approx(first_row, abs=5e-9)


@pytest.mark.parametrize("idf", ["smooth", "raw"])
@pytest.mark.parametrize("tf", ["raw", "sublinear"])
def test_scikit_learn_computes_the_same(tf, idf):
    theirs = TfidfTransformer(smooth_idf=idf == "smooth", sublinear_tf=tf == "sublinear").fit_transform(GUIDE)
    assert value_of(f"tfidf_{tf}_{idf}") == pytest.approx(theirs.toarray())


def test_the_variants_written_out():
    # Document 5 of the guide: counts 3 and 2; df 6 and 1 of 6.
    probabilistic = value_of("tfidf_raw_probabilistic")[4]
    assert probabilistic.tolist() == pytest.approx([0, 1, 0])  # ln(max(0, 6 - 6) …) is 0: the row is the second term
    normalised = [0.4 + 0.6 * 3 / 3, 0.4 + 0.6 * 2 / 3]
    weights = np.array([normalised[0] * 1, normalised[1] * (math.log(6 / 1) + 1)])
    assert value_of("tfidf_normalised_raw")[4, :2] == pytest.approx(weights / np.linalg.norm(weights))


def test_class_based_tfidf_keeps_the_average_size_whole():
    # Sizes 4 2 3 4 5 5: A = 23 / 6 = 3.83, which BERTopic would cut to 3. Term 0 stands 18 times.
    assert value_of("ctfidf")[0, 0] == pytest.approx(3 / 4 * math.log(1 + 23 / 6 / 18))


def test_bm25_written_out():
    # Term 2 in document 6: n 2, size 5, df 2 of 6.
    idf = math.log(1 + (6 - 2 + 0.5) / (2 + 0.5))
    assert value_of("bm25")[5, 2] == pytest.approx(idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 5 / (23 / 6))))


def test_oracle_11_weighted_log_odds():
    """Monroe, Colaresi and Quinn (2008), as in the README of fightin_words: uniform prior 0.05 a word."""
    one = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "pig"]
    other = ["the", "lazy", "purple", "pig", "jumps", "over", "the", "lazier", "donkey"]
    words = sorted({*one, *other})
    y, m = (np.array([text.count(word) for word in words], dtype=float) for text in (one, other))
    size = np.full(len(words), 9.0)
    z = dict(zip(words, weighted_log_odds(y, size, m, size, prior=0.05, prior_size=0.05 * len(words)), strict=True))
    for word in ("brown", "fox", "quick"):
        assert z[word] == pytest.approx(0.6894227886807968, abs=1e-15)
    for word in ("donkey", "lazier", "purple"):
        assert z[word] == pytest.approx(-0.6894227886807968, abs=1e-15)
    assert all(z[word] == 0 for word in ("the", "jumps", "over", "lazy", "pig"))


def test_keyness_computes_the_same_log_odds():
    a, b, prior = np.array([3.0, 0.0, 7.0]), np.array([1.0, 5.0, 2.0]), np.array([0.5, 0.2, 1.1])
    _, theirs = contingency.weighted_log_odds(a, b, prior, 60, 90, n_prior=8.0)
    ours = weighted_log_odds(a, np.full(3, 60.0), b, np.full(3, 90.0), prior=prior, prior_size=8.0)
    assert ours == pytest.approx(theirs)


def test_the_informative_prior_is_the_wholes_mix_as_large_as_an_average_unit():
    y, size, f, whole = 2, 5, 3, 23
    prior, prior_size = f / 6, whole / 6
    expected = math.log((y + prior) / (size + prior_size - y - prior)) - math.log(
        (f - y + prior) / (whole - size + prior_size - (f - y) - prior)
    )
    expected /= math.sqrt(1 / (y + prior) + 1 / (f - y + prior))
    assert value_of("log_odds")[5, 2] == pytest.approx(expected)


def test_likelihood_ratio_of_twice_the_others_rate():
    # Poisson log-likelihoods of n = 2 at 2 E and at E, E the others' rate with half an occurrence more.
    e = (3 - 2 + 0.5) * 5 / (23 - 5)
    log_poisson = [2 * math.log(mean) - mean for mean in (2 * e, e)]
    assert value_of("likelihood_ratio")[5, 2] == pytest.approx(log_poisson[0] - log_poisson[1])


def test_many_sets_at_once_are_scored_as_each_alone():
    two = np.vstack([GUIDE, GUIDE[::-1] + 1])
    for measure in MEASURES:
        cells = cells_of(csr_matrix(two), 6)
        table = np.zeros(two.shape)
        table[cells.row, cells.column] = formula(measure)(cells)
        assert table[:6] == pytest.approx(value_of(measure)), measure
        assert table[6:] == pytest.approx(value_of(measure, GUIDE[::-1] + 1)), measure


def test_an_unknown_measure_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="no measure 'tf-idf': there are tfidf_raw_raw"):
        formula("tf-idf")


# --- units as sentences


def test_unit_texts_count_what_count_terms_counts(profile, counties):
    tokens = token_table(profile.sentences, segmenter_for(profile.settings))
    groups = profile.units[(profile.units["scheme"] == "county") & (profile.units["evidence"] == "heading")]
    names = profile.settings.unit_names()["county"]
    counts = count_terms(content_tokens(tokens), groups)
    kept = counts[[term not in names[unit] for unit, term in zip(counts["unit"], counts["term"], strict=True)]]
    table = profiles(counties, ["tfidf_raw_smooth"], min_words=0)
    both = kept.merge(table, on=["unit", "term"], suffixes=("_counted", ""))
    assert len(both) == len(kept) == len(table)
    assert (both["n"] == both["n_counted"]).all()
    assert table["value"].to_numpy() == pytest.approx(tfidf(counts, names)["value"].to_numpy())


def test_a_units_own_names_are_left_out_of_it_and_of_no_other():
    texts = texts_of({"甲": [["甲县", "铜"], ["铜"]], "乙": [["甲县", "茶"], ["茶"]]}, own_names={"甲": ["甲县"]})
    found = profiles(texts, ["ctfidf"], min_words=0)
    assert set(found.loc[found["unit"] == "甲", "term"]) == {"铜"}
    assert set(found.loc[found["unit"] == "乙", "term"]) == {"甲县", "茶"}


def test_status_says_why_a_unit_is_not_compared():
    texts = texts_of(
        {
            "足": [["铜"] * 5, ["茶"] * 5],
            "同": [["铜"] * 5, ["茶"] * 5],
            "少": [["铜"], ["茶"]],
            "单": [["铜"] * 12],
            "名": [["名县"] * 6, ["名县"] * 6],
            "空": [],
        },
        own_names={"名": ["名县"]},
    )
    same = texts_of({"一": [["铜"]], "二": [["铜"]]})
    status = text_status(texts, min_words=10).set_index("unit")
    assert status["status"].to_dict() == {
        "足": "enough",
        "同": "enough",  # the same words, but other sentences
        "少": "too_little",
        "单": "one_sentence",
        "名": "no_terms",
        "空": "empty",
    }
    assert status.loc["少", "says"] == "2 words, fewer than 10: too little text to say"
    assert set(text_status(same, 0)["status"]) == {"one_sentence"}


def test_two_units_of_the_same_sentences_are_named():
    tokens = pd.DataFrame(
        [("p", s, 0, word) for s, word in enumerate(["铜", "茶"])], columns=["plan", "sentence", "position", "term"]
    )
    groups = pd.DataFrame(
        [("p", s, "county", u) for u in "甲乙" for s in (0, 1)], columns=["plan", "sentence", "scheme", "unit"]
    )
    texts = unit_texts(tokens, groups)
    status = text_status(texts, 0).set_index("unit")
    assert status.loc["乙", ["status", "says"]].tolist() == ["same_text", "the same sentences as 甲"]
    assert profiles(texts, ["likelihood_ratio"], min_words=0)["value"].notna().all()


def test_a_unit_without_enough_text_has_a_row_that_says_so_and_marks_nothing():
    texts = texts_of({**SMALL, "丁": [["铜"]], "戊": []})
    found = profiles(texts, ["ctfidf", "tfidf_raw_raw"], min_words=5)
    left = found[found["value"].isna()]
    assert left[["unit", "term", "status"]].drop_duplicates().to_numpy().tolist() == [
        ["丁", "", "too_little"],
        ["戊", "", "empty"],
    ]
    told = found[found["value"].notna()].reset_index(drop=True)
    pd.testing.assert_frame_equal(told, profiles(texts_of(SMALL), ["ctfidf", "tfidf_raw_raw"], min_words=5))


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ({"甲": [["铜"], ["茶"]]}, "of 1 units only 甲 has 0 words or more"),
        ({"甲": [], "乙": []}, "of 2 units none has"),
        ({"甲": [["铜"], ["铜"]], "乙": [["铜"], ["铜"]]}, "one term in all units"),
    ],
)
def test_what_cannot_be_compared_is_said(units, message):
    with pytest.raises(ValueError, match=message):
        profiles(texts_of(units), ["ctfidf"], min_words=0)


def test_several_schemes_and_no_units_are_refused():
    tokens = pd.DataFrame([("p", 0, 0, "铜")], columns=["plan", "sentence", "position", "term"])
    groups = pd.DataFrame(
        [("p", 0, "county", "甲"), ("p", 0, "industry", "铜业")], columns=["plan", "sentence", "scheme", "unit"]
    )
    with pytest.raises(ValueError, match="several schemes"):
        unit_texts(tokens, groups)
    with pytest.raises(ValueError, match="no units"):
        unit_texts(tokens, groups.iloc[:0])


# --- the profile table


def test_the_table_is_long_and_ordered(counties):
    found = profiles(counties)
    assert list(found.columns) == PROFILES
    assert PROFILES[: len(tables.SCORES)] == tables.SCORES
    assert list(dict.fromkeys(found["measure"])) == list(MEASURES)
    one = found[found["measure"] == "ctfidf"]
    assert list(dict.fromkeys(one["unit"])) == list(counties.units)
    rows = one[(one["unit"] == "广丰区")]
    assert rows["value"].is_monotonic_decreasing
    assert rows["term"].iloc[0] == "黑滑石"
    assert rows["rank"].iloc[0] == 1


def test_equal_scores_share_the_better_rank():
    texts = texts_of({"甲": [["铜", "锡"], ["铜", "锡", "铅"]], "乙": [["茶"], ["茶"]]})
    rows = profiles(texts, ["tfidf_raw_raw"], min_words=0).set_index(["unit", "term"])["rank"]
    assert rows["甲"].to_dict() == {"铜": 1, "锡": 1, "铅": 3}


def test_agreement_is_whole_with_itself_and_symmetric(counties):
    table = agreement(profiles(counties))
    square = table.pivot_table(index="measure", columns="other", values="overlap")
    assert np.diag(square) == pytest.approx(1)
    assert square.to_numpy() == pytest.approx(square.to_numpy().T)
    correlation = table.pivot_table(index="measure", columns="other", values="rank_correlation")
    assert np.diag(correlation) == pytest.approx(1)
    assert correlation.loc["tfidf_raw_raw", "tfidf_raw_smooth"] > 0.9
    assert set(table["n_units"]) == {int((text_status(counties, MIN_WORDS)["status"] == "enough").sum())}


def test_agreement_written_out():
    rows = [
        ("甲", t, m, v)
        for m, values in (("a", (3, 2, 1)), ("b", (1, 2, 3)), ("c", (1, 1, 1)))
        for t, v in zip("xyz", values, strict=True)
    ]
    table = agreement(pd.DataFrame(rows, columns=["unit", "term", "measure", "value"]), top=2).set_index(
        ["measure", "other"]
    )
    assert table.loc[("a", "b"), "rank_correlation"] == pytest.approx(-1)
    assert table.loc[("a", "b"), "overlap"] == 0.5  # x y against z y
    assert table.loc[("a", "c"), "rank_correlation"] == 0  # no order at all


# --- intervals


def test_the_count_interval_is_jeffreyss_and_widens_with_clusters():
    n = np.array([0.0, 4.0])
    low, high = count_interval(n, np.ones(2))
    assert low[0] == 0
    assert gammainc(4.5, low[1]) == pytest.approx(0.025)
    assert gammainc(4.5, high[1]) == pytest.approx(0.975)
    wide_low, wide_high = count_interval(n, np.full(2, 3.0))
    assert wide_low[1] < low[1] < high[1] < wide_high[1]


def test_the_ratio_interval_covers_binomial_draws():
    """Poisson counts with rates 3 to 1 and sizes 100 to 1100: about 95 % of the intervals hold 3."""
    rng = np.random.default_rng(0)
    n, others = rng.poisson(6, 20_000).astype(float), rng.poisson(22, 20_000).astype(float)
    low, high = ratio_interval(
        n, np.full(20_000, 100.0), others, np.full(20_000, 1100.0), design_effect=np.ones(20_000)
    )
    assert ((low <= 3) & (high >= 3)).mean() == pytest.approx(0.95, abs=0.01)


def test_a_term_that_the_others_lack_has_no_upper_end():
    one = np.ones(1)
    low, high = ratio_interval(3 * one, 100 * one, 0 * one, 1000 * one, design_effect=one)
    assert low[0] > 1
    assert np.isinf(high[0])
    assert rate_ratio(3 * one, 100 * one, 0 * one, 1000 * one)[0] == pytest.approx(3.5 / 100 / (0.5 / 1000))
    low, high = ratio_interval(0 * one, 100 * one, 3 * one, 1000 * one, design_effect=one)
    assert low[0] == 0
    assert 1 < high[0] < np.inf  # none in 100 words does not say that it is rarer than three in a thousand


def test_shown_terms_get_wider_intervals():
    assert level_of_shown(0.95, None, 500) == 0.95
    assert level_of_shown(0.95, 5, 500) == pytest.approx(0.9995)
    assert level_of_shown(0.95, 5, 3) == 0.95
    texts = texts_of(SMALL)
    shown = profiles(texts, WITH_INTERVAL, shown=1, min_words=0)
    alone = profiles(texts, WITH_INTERVAL, shown=None, min_words=0)
    assert (shown["low"] <= alone["low"]).all()
    assert (shown["high"] >= alone["high"]).all()
    assert (shown["ratio_low"] < alone["ratio_low"]).all()


def test_scores_lie_in_their_intervals_and_tfidf_below_1(counties):
    found = profiles(counties)
    held = found[found["measure"].isin(WITH_INTERVAL) & found["value"].notna()]
    assert (held["low"] <= held["value"]).all()
    assert (held["value"] <= held["high"]).all()
    assert (held.loc[held["measure"].str.startswith("tfidf"), "high"] <= 1).all()
    assert found.loc[~found["measure"].isin(WITH_INTERVAL), ["low", "high"]].isna().all(axis=None)
    compared = found[found["value"].notna()]
    assert (compared["ratio_low"] <= compared["ratio"]).all()


def test_at_counts_moves_one_term_and_leaves_the_rest():
    cells = cells_of(csr_matrix(GUIDE), 6)
    at = int(np.flatnonzero((cells.row == 5) & (cells.column == 2))[0])
    more = cells.n.copy()
    more[at] = 4
    changed = GUIDE.copy()
    changed[5, 2] = 4
    for measure in WITH_INTERVAL:
        assert at_counts(cells, measure, more)[at] == pytest.approx(value_of(measure, changed)[5, 2]), measure


def test_design_effects_tell_clusters_from_spread_words():
    together = [["铜"] * 4 + ["a", "b", "c", "d"]] + [["a", "b", "c", "d", "e", "f", "g", "h"]] * 19
    spread = [["铜", "b", "c", "d", "e", "f", "g", "h"]] * 4 + [["a", "b", "c", "d", "e", "f", "g", "h"]] * 16
    of = {
        name: dict(zip(texts.terms, design_effects(texts), strict=True))["铜"]
        for name, texts in (("together", texts_of({"甲": together})), ("spread", texts_of({"甲": spread})))
    }
    # Together: Σ (c - rL)² / Σ c is nearly 16 / 4 = 4, spread 4 / 4 = 1; both are drawn to the mean by ten occurrences.
    assert of["together"] > 1.5 * of["spread"]


# --- resamples and permutations


def test_each_resample_draws_as_many_sentences_as_the_unit_has():
    texts = texts_of(SMALL)
    weights = resampling_weights(texts, 50, seed=3)
    for unit in range(3):
        assert (weights[:, texts.unit_of == unit].sum(axis=1) == 3).all()


def test_a_units_draws_do_not_depend_on_the_others():
    whole, part = texts_of(SMALL), texts_of({unit: SMALL[unit] for unit in ("丙", "乙")})
    assert (
        resampling_weights(whole, 20, 1)[:, whole.unit_of == 2] == resampling_weights(part, 20, 1)[:, part.unit_of == 0]
    ).all()


def test_a_term_of_every_sentence_keeps_its_rank_and_one_of_a_single_sentence_does_not():
    units = {
        "甲": [["铜", "业"], ["铜", "业"], ["铜", "业"], ["铜", "业"]],
        "乙": [["茶", "锡", "锡", "锡"], ["茶", "业"], ["茶", "业"], ["茶", "业"]],
    }
    found = resampled_profiles(texts_of(units), "tfidf_raw_smooth", top=1, min_words=0).set_index(["unit", "term"])
    assert found.loc[("甲", "铜"), ["rank_low", "rank_high", "share_in_top"]].tolist() == [1, 1, 1]
    tin = found.loc[("乙", "锡")]
    assert (tin["rank_low"], tin["rank_high"]) == (1, 3)
    # 锡 leads where its sentence is drawn twice or more (3, 6 … against 茶's 4): 1 - (3/4)^4 - (3/4)^3 = 0.262.
    assert tin["share_in_top"] == pytest.approx(0.262, abs=0.03)


def test_the_same_seed_gives_the_same_table(counties):
    first, again = (resampled_profiles(counties, "ctfidf", n_resamples=50, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    one, two = (mark_test(counties, "ctfidf", n_permutations=49, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert list(first.columns) == list(one.columns) == PROFILES


def test_permutations_keep_the_number_of_sentences():
    texts = texts_of({**SMALL, "丁": [["铜", "业"]]})
    dealt = permuted_units(texts, 30, seed=0)
    assert (np.sort(dealt, axis=1) == np.sort(texts.unit_of)).all()
    assert len(np.unique(dealt, axis=0)) > 20


def test_a_term_of_one_unit_alone_is_a_mark_and_common_ones_are_none():
    common = [["发展", "产业", word] for word in ("园区", "企业", "项目", "投资", "规划", "建设")]
    units = {"甲": [["铜", *words] for words in common], "乙": common, "丙": common}
    found = mark_test(texts_of(units), "likelihood_ratio", min_words=0, n_permutations=999).set_index(["unit", "term"])
    # All six of 18 sentences in one unit: 1 in C(18, 6) = 18,564 deals, so no permutation but the observed one.
    assert found.loc[("甲", "铜"), ["p", "q"]].tolist() == pytest.approx([0.001, 0.001], abs=0.0011)
    assert found.loc[("乙", "产业"), "q"] > 0.5
    assert (found["q"] >= found["p"] - 1e-12).all()


def test_names_of_units_are_no_marks():
    units = {"甲": [["甲县", "业", "铜"], ["甲县", "业"]] * 3, "乙": [["甲县", "业"], ["业", "茶"]] * 3}
    found = mark_test(texts_of(units, own_names={"甲": ["甲县"]}), "ctfidf", min_words=0, n_permutations=19)
    of_name = found[found["term"] == "甲县"]
    assert of_name["unit"].tolist() == ["乙"]
    assert of_name[["p", "q"]].isna().all(axis=None)


def test_sentences_behind_a_mark(profile, counties):
    found = sentences_behind(profiles(counties, ["ctfidf", "tfidf_raw_smooth"]), counties, profile.sentences, top=1)
    rows = found[(found["unit"] == "广丰区") & (found["term"] == "黑滑石")]
    assert len(rows) >= 2
    assert rows["text"].str.contains("黑滑石").all()
    assert not found.duplicated(["unit", "term", "sentence"]).any()
