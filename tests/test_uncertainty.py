"""Intervals: sentences are resampled within their sections, so clustered words are less certain than spread ones."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.sparse import csr_matrix

from src.utils.measures.frequency import count_terms
from src.utils.measures.keyness import aligned
from src.utils.measures.sentence_terms import sentence_terms
from src.utils.measures.uncertainty import (
    Counts,
    Resamples,
    percentile_interval,
    resampled_counts,
    resampled_log_ratio,
    resampled_ratio,
    strata_of,
)


def table(sentences):
    rows = [("p", at, word) for at, words in enumerate(sentences) for word in words]
    return pd.DataFrame(rows, columns=["plan", "sentence", "term"])


def in_sections(*sections, plan="p"):
    return pd.DataFrame({"plan": plan, "sentence": range(len(sections)), "section": sections})


def counted(tokens):
    return tokens.groupby("term", as_index=False).size().rename(columns={"size": "n"})


def test_a_word_in_every_sentence_is_certain_and_a_clustered_one_is_not():
    tokens = table([["甲"], ["甲"], ["甲"], ["甲", "乙", "乙", "乙", "乙"]])
    found = resampled_counts(tokens, counted(tokens)).set_index("term")
    assert found.loc["甲", ["n", "low", "high"]].tolist() == pytest.approx([4, 4, 4])
    # 乙 stands in one of four sentences: a resample misses it with probability (3/4)^3 = 0.42.
    assert found.loc["乙", "low"] == 0
    assert found.loc["乙", "high"] > 4


def test_the_interval_is_that_of_the_binomial_for_a_word_that_stands_once_in_some_sentences():
    # 20 of 100 sentences hold the word: resampled counts are binomial(100, 0.2), 2.5 % and 97.5 % points 12 and 28.
    tokens = table([["词", "他"]] * 20 + [["他"]] * 80)
    found = resampled_counts(tokens, counted(tokens), n_resamples=20_000).set_index("term")
    assert found.loc["词", ["low", "high"]].tolist() == pytest.approx([12, 28], abs=1)


def test_ranks_and_seed():
    tokens = table([["甲", "甲", "乙"], ["甲", "丙"], ["甲"]])
    first, again, other = (resampled_counts(tokens, counted(tokens), seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert first.set_index("term").loc["甲", ["rank_low", "rank_high"]].tolist() == [1, 1]
    assert (first["low"] <= first["n"]).all()
    assert (first["n"] <= first["high"]).all()
    assert np.isfinite(other[["low", "high", "per_10k_low", "per_10k_high"]]).all(axis=None)


def test_ties_share_the_better_rank():
    tokens = table([["甲", "乙", "丙"]] * 5)
    found = resampled_counts(tokens, counted(tokens))
    assert found[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1]] * 3


def test_a_word_that_fills_its_section_is_certain_when_sections_keep_their_weight():
    # 甲 stands once in every sentence of one section and never in the other: only between sections does it vary.
    tokens = table([["甲", "他"]] * 10 + [["乙", "他"]] * 10)
    sentences = in_sections(*[0] * 10, *[1] * 10)
    within = resampled_counts(tokens, counted(tokens), sentences=sentences).set_index("term")
    across = resampled_counts(tokens, counted(tokens)).set_index("term")
    assert within.loc["甲", ["low", "high"]].tolist() == pytest.approx([10, 10])
    assert across.loc["甲", "low"] < 8 < 12 < across.loc["甲", "high"]


@pytest.mark.parametrize("n_sentences", [2, 3, 7])
def test_the_spread_is_that_of_the_unbiased_variance_even_in_small_sections(n_sentences):
    """Variance of a stratified total: the sum over strata of n · s² (Cochran 1977, 5.3), s² with n - 1."""
    random = np.random.default_rng(11)
    strata = np.repeat(np.arange(30), n_sentences)
    values = random.poisson(2, len(strata))
    draws = Resamples(strata, 20_000, seed=4).sums(values)
    expected = sum(n_sentences * np.var(values[strata == stratum], ddof=1) for stratum in range(30))
    assert draws.mean() == pytest.approx(values.sum(), rel=0.01)
    assert draws.var() == pytest.approx(expected, rel=0.04)


def test_every_stratum_keeps_its_weight_in_every_draw():
    strata = np.array([1, 0, 1, 0, 0, 2, 2])
    resamples = Resamples(strata, 300, seed=9)
    for stratum, size in enumerate([3, 2, 2]):
        assert resamples.sums(strata == stratum).tolist() == pytest.approx([size] * 300)
    assert resamples.times_drawn.sum(axis=1).tolist() == [4] * 300  # one less than each stratum has


def test_sums_of_a_sparse_matrix_are_those_of_its_columns_in_any_blocks(monkeypatch):
    random = np.random.default_rng(2)
    values = random.integers(0, 3, (12, 7))
    resamples = Resamples(np.repeat([0, 1, 2], 4), 40, seed=1)
    dense = resamples.sums(values)
    assert np.allclose(resamples.sums(csr_matrix(values)), dense)
    monkeypatch.setattr("src.utils.measures.uncertainty._COLUMNS_AT_ONCE", 3)
    blocks = dict((block.start, sums) for block, sums in resamples.column_blocks(csr_matrix(values)))
    assert sorted(blocks) == [0, 3, 6]
    assert np.allclose(np.hstack([blocks[at] for at in sorted(blocks)]), dense)


def test_the_same_seed_gives_the_same_bytes():
    strata = np.repeat([0, 1], 6)
    one, two, other = (Resamples(strata, 600, seed=seed).times_drawn for seed in (7, 7, 8))
    assert one.tobytes() == two.tobytes() != other.tobytes()
    shorter = Resamples(strata, 250, seed=7).times_drawn
    assert (one[:250] == shorter).all()


def test_a_section_of_one_sentence_joins_its_neighbour_and_is_named():
    strata = strata_of(in_sections(3, 5, 5, 6, 7, 8, 8))
    assert strata.codes.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert strata.merged == (("p", 3), ("p", 6), ("p", 7))
    assert strata_of(in_sections(1, 2)).codes.tolist() == [0, 0]
    tokens = table([["甲"], ["乙", "乙"], ["乙"]])
    found = resampled_counts(tokens, counted(tokens), sentences=in_sections(0, 1, 1))
    assert found.attrs["merged_sections"] == (("p", 0),)
    assert found.set_index("term").loc["甲", "low"] == 0  # by itself it would be in every resample


def test_sections_of_two_plans_are_not_one():
    two = pd.concat([in_sections(1, 1), in_sections(1, 1, 2, plan="q")])
    assert strata_of(two).codes.tolist() == [0, 0, 1, 1, 1]
    lone = pd.concat([in_sections(1, 1), in_sections(1, plan="q")])
    assert strata_of(lone).codes.tolist() == [0, 0, 0]


def test_sentences_without_a_counted_token_are_drawn_too():
    tokens = table([["甲"], ["甲"]])
    sentences = in_sections(*[0] * 10)
    found = resampled_counts(tokens, counted(tokens), sentences=sentences).set_index("term")
    assert found.loc["甲", "low"] == 0
    with pytest.raises(ValueError, match="sentence 1 of p has tokens and is not in sentences"):
        resampled_counts(tokens, counted(tokens), sentences=in_sections(0))


def test_rates_are_of_the_words_of_the_same_resample():
    # One word in each sentence is 甲, but sentences differ in length: the count is sure, the rate is not.
    tokens = table([["甲", *["他"] * length] for length in (1, 3, 9, 30)])
    found = resampled_counts(tokens, counted(tokens)).set_index("term")
    assert found.loc["甲", ["low", "high"]].tolist() == pytest.approx([4, 4])
    assert found.loc["甲", "per_10k_low"] < 4 / 47 * 10_000 < found.loc["甲", "per_10k_high"] <= 5000


def test_each_unit_is_resampled_by_itself():
    tokens = table([["甲", "乙"], ["甲"], ["甲", "丙", "丙"], ["丙"], ["丁"]])
    groups = pd.DataFrame(
        {"plan": "p", "sentence": [0, 1, 2, 2, 3, 4], "scheme": "s", "unit": ["x", "x", "x", "y", "y", "z"]}
    )
    counts = count_terms(tokens, groups)
    found = resampled_counts(tokens, counts, groups=groups, seed=3)
    assert list(found["term"]) == list(counts["term"])
    part = tokens[tokens["sentence"].isin([2, 3])]
    alone = resampled_counts(part, count_terms(part), seed=3).set_index("term")
    of_y = found[found["unit"] == "y"].set_index("term")
    for name in ("low", "high", "per_10k_low", "per_10k_high", "rank_low", "rank_high"):
        assert of_y[name].to_dict() == pytest.approx(alone[name].to_dict())
    with pytest.raises(ValueError, match="several units: give the groups"):
        resampled_counts(tokens, counts)
    lone = found[found["unit"] == "z"]  # one sentence: nothing can be said
    assert lone[["low", "high", "per_10k_low", "per_10k_high"]].isna().all(axis=None)
    assert lone[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1]]


def test_a_term_that_is_in_no_token_stays_at_0():
    tokens = table([["甲"], ["乙"], ["甲"]])
    counts = pd.DataFrame({"term": ["无", "甲"], "n": [0, 2]})
    found = resampled_counts(tokens, counts).set_index("term")
    assert found.loc["无", ["low", "high"]].tolist() == [0, 0]


def test_what_cannot_be_resampled_is_said():
    with pytest.raises(ValueError, match="no tokens"):
        resampled_counts(table([]), pd.DataFrame({"term": [], "n": []}))
    with pytest.raises(ValueError, match="no sentences"):
        Resamples(np.array([], dtype=np.int64))
    with pytest.raises(ValueError, match="a stratum of one sentence"):
        Resamples(np.array([0, 0, 1]))
    with pytest.raises(ValueError, match="0 resamples"):
        Resamples(np.array([0, 0]), 0)
    with pytest.raises(ValueError, match="level 95"):
        percentile_interval(np.zeros(3), 95)


def test_the_interval_of_a_share_is_that_of_the_ratio_estimator():
    """By the delta method the variance of a share r = Σx / Σw is Σ over strata of n s²(x - r w) / (Σw)²."""
    random = np.random.default_rng(6)
    strata = np.repeat(np.arange(20), 10)
    words = random.integers(10, 40, 200)
    some = random.binomial(words, 0.3)
    low, high = resampled_ratio(some, words, strata, n_resamples=5000)
    share = some.sum() / words.sum()
    residual = some - share * words
    variance = sum(10 * np.var(residual[strata == stratum], ddof=1) for stratum in range(20)) / words.sum() ** 2
    z = stats.norm.ppf(0.975)
    assert [float(low), float(high)] == pytest.approx([share - z * variance**0.5, share + z * variance**0.5], rel=0.02)


def test_a_share_of_nothing_has_no_interval():
    assert np.isnan(resampled_ratio(np.array([0, 0]), np.array([0, 0]), np.array([0, 0]))).all()
    assert np.isnan(resampled_ratio(np.array([1]), np.array([2]), np.array([0]))).all()
    low, high = resampled_ratio(np.array([1, 2, 3]), np.array([0, 0, 9]), np.array([0, 0, 0]))  # draws without the 9
    assert np.isfinite([low, high]).all()


def text(*sentences):
    return sentence_terms(table([words.split() for words in sentences]))


def test_the_interval_of_a_log_ratio():
    # Every target sentence has 甲 twice in four words, every reference sentence once: the ratio is 2 in every resample.
    target = text("甲 甲 乙 他", "甲 甲 他 他", "甲 甲 他 他")
    reference = text(*["甲 乙 他 他"] * 4)
    low, high = resampled_log_ratio(target, reference)  # terms in code-point order: 乙 他 甲
    assert list(target.terms) == list(reference.terms) == ["乙", "他", "甲"]
    assert [low[2], high[2]] == pytest.approx([1, 1])
    assert low[0] < np.log2(1 / 3) < high[0]
    # Held fast at the same counts, the reference adds nothing to the spread; without 乙 it is half an occurrence in 12.
    fixed_low, fixed_high = resampled_log_ratio(target, Counts(pd.Series({"甲": 4, "乙": 4}), 16))
    assert [fixed_low[2], fixed_high[2]] == pytest.approx([1, 1])
    assert fixed_low[0] == pytest.approx(np.log2((0.5 / 12) / (4 / 16)))


def test_a_term_that_one_text_lacks_has_an_open_interval():
    """Of a Poisson count of 0 the upper 97.5 % limit is 3.69, by the quantile of χ² with two degrees of freedom."""
    unseen = stats.chi2.ppf(0.975, 2) / 2
    target, reference = text(*["甲 甲 他 他"] * 5), text(*["乙 他 他 他"] * 5)
    here, there = aligned(target, reference)
    low, high = resampled_log_ratio(here, there)
    found = dict(zip(here.terms, zip(low, high, strict=True), strict=True))
    assert found["甲"] == pytest.approx((np.log2((10 / 20) / (unseen / 20)), np.inf))
    assert found["乙"] == pytest.approx((-np.inf, np.log2((unseen / 20) / (5 / 20))))


def test_a_log_ratio_of_one_sentence_has_no_interval():
    one = text("甲 乙 他")
    assert np.isnan(resampled_log_ratio(one, Counts(pd.Series({"甲": 4}), 40))).all()
    assert np.isnan(resampled_log_ratio(text(*["甲 乙 他"] * 3), one)).all()


def test_a_log_ratio_of_different_terms_is_refused():
    with pytest.raises(ValueError, match="different terms"):
        resampled_log_ratio(text("甲", "甲"), text("甲 乙", "甲"))
