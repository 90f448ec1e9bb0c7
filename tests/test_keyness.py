"""Keyness: published numbers through the whole table, what is said of sentences, and the edges."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import csr_matrix

from src.utils import tables
from src.utils.measures.grouping import groups_of
from src.utils.measures.keyness import (
    KEYNESS,
    UNSIGNED,
    aligned,
    keyness,
    permuted_p,
    sentence_p,
    to_scores,
)
from src.utils.measures.sentence_terms import SentenceTerms, sentence_terms
from src.utils.measures.uncertainty import Counts
from src.utils.words.segmenting import Segmenter
from src.utils.words.token_tables import token_table


def tokens_of(*sentences: str, plan: str = "p") -> pd.DataFrame:
    rows = [
        (plan, number, position, term)
        for number, sentence in enumerate(sentences)
        for position, term in enumerate(sentence.split())
    ]
    return pd.DataFrame(rows, columns=["plan", "sentence", "position", "term"])


def text(*sentences: str, plan: str = "p") -> SentenceTerms:
    return sentence_terms(tokens_of(*sentences, plan=plan))


def counts(n_words: int | None = None, **n: int) -> Counts:
    return Counts(pd.Series(n), sum(n.values()) if n_words is None else n_words)


def test_oracle_8_through_the_table():
    found = keyness(counts(b=7, a=3), counts(a=7, b=2)).set_index("term")
    expected = {
        "chi2_yates": 2.632438,
        "chi2": 4.337160,
        "g2": 4.534939,
        "g2_williams": 4.200833,
        "p": 0.0697785,  # Fisher's, for two cells expect fewer than 5
    }
    assert found.loc["b", list(expected)].to_dict() == pytest.approx(expected, abs=1e-6)
    assert found.loc["b", "p_by"] == "fisher"
    assert found["direction"].to_dict() == {"b": 1, "a": -1}
    assert found.index.tolist() == ["b", "a"]  # the target's own term first, though both differ as much


def test_oracle_6_7_and_9_through_the_table():
    rayson = keyness(counts(1_000_000, x=392, y=348, z=15), counts(1_000_000, x=170, y=99, z=14)).set_index("term")
    assert rayson.loc[["x", "y", "z"], "g2_2term"].tolist() == pytest.approx([90.13, 146.95, 0.03], abs=0.005)
    assert set(rayson["p_by"]) == {"g2"}
    assert rayson.loc["x", "p"] == pytest.approx(stats.chi2.sf(rayson.loc["x", "g2"], 1))
    quanteda = keyness(counts(100, x=10), counts(200, x=5)).iloc[0]
    assert quanteda[["g2", "g2_2term"]].tolist() == pytest.approx([7.329812, 6.931472], abs=5e-7)
    difference = keyness(counts(959641, x=206523), counts(1562358, x=178174)).iloc[0]
    assert difference["percent_diff"] == pytest.approx(88.7, abs=0.05)
    odds = keyness(counts(2796938, x=16217), counts(2087946, x=735)).iloc[0]
    assert odds["odds_ratio"] == pytest.approx(16.6, abs=0.05)


def test_oracle_11_through_the_table():
    """A uniform prior of .05 on eleven words: each is 1/11 of a prior of .55 words."""
    first = "the quick brown fox jumps over the lazy pig"
    second = "the lazy purple pig jumps over the lazier donkey"
    words = sorted({*first.split(), *second.split()})
    even = counts(11, **dict.fromkeys(words, 1))
    found = keyness(text(first), text(second), prior=even, prior_words=0.55, sort_by="z")
    expected = dict.fromkeys(words, 0.0) | dict.fromkeys(["brown", "fox", "quick"], 0.6894227886807968)
    expected |= dict.fromkeys(["donkey", "lazier", "purple"], -0.6894227886807968)
    assert dict(zip(found["term"], found["z"], strict=True)) == pytest.approx(expected, abs=1e-12)
    assert found["term"].tolist()[:3] == ["brown", "fox", "quick"]
    assert found["term"].tolist()[-3:] == ["donkey", "lazier", "purple"]


def test_the_prior_of_both_texts_together():
    """By hand: 甲 stands 3 and 1 times in 10 and 30 words; a prior of 10 words gives it 10 · 4 / 40 = 1."""
    found = keyness(counts(10, 甲=3), counts(30, 甲=1)).iloc[0]
    delta = math.log(4 / (20 - 4)) - math.log(2 / (40 - 2))
    assert found["log_odds"] == pytest.approx(delta)
    assert found["z"] == pytest.approx(delta / math.sqrt(1 / 4 + 1 / 2))
    # A term that the prior corpus lacks weighs half an occurrence of it.
    other = keyness(counts(10, 甲=3), counts(30, 甲=1), prior=counts(100, 乙=50), prior_words=20).iloc[0]
    assert other["log_odds"] == pytest.approx(math.log(3.1 / (30 - 3.1)) - math.log(1.1 / (50 - 1.1)))


TARGET = text("铜 的 铜 ， 铜", "铜 和 茶", "的 矿")
REFERENCE = text("茶 的 茶", "茶 和 菊", "的 铜", "茶 茶 的 菊", plan="q")


def test_every_column_is_there_and_documented():
    found = keyness(TARGET, REFERENCE, unit="德兴市", scheme="county")
    assert list(found.columns) == list(KEYNESS)
    assert all(meaning for meaning in KEYNESS.values())
    assert set(found["unit"]) == {"德兴市"}
    assert set(found["scheme"]) == {"county"}
    by_term = found.set_index("term")
    assert by_term.loc["铜", ["n", "n_reference", "n_sentences"]].tolist() == [4, 1, 2]
    assert by_term.loc["铜", "per_10k"] == pytest.approx(4 / 9 * 10_000)  # 。and ， are no words
    assert by_term.loc["铜", "log_ratio"] == pytest.approx(math.log2((4 / 9) / (1 / 12)))
    assert by_term.loc["菊", ["n", "n_sentences"]].tolist() == [0, 0]
    assert np.isnan(by_term.loc["菊", "dp_norm"])  # it is not in the target
    assert found["term"].iloc[0] == "铜"
    assert found["term"].iloc[-1] == "茶"


def test_no_number_is_nan_where_none_is_announced():
    found = keyness(TARGET, REFERENCE)
    assert found.drop(columns="dp_norm").notna().all(axis=None)
    assert (found["dp_norm"].isna() == (found["n"] == 0)).all()
    assert (np.isinf(found["high"]) == (found["n_reference"] == 0)).all()
    assert (np.isinf(found["low"]) == (found["n"] == 0)).all()
    assert (found["low"] <= found["log_ratio"]).all()
    assert (found["log_ratio"] <= found["high"]).all()


def test_counts_alone_say_nothing_of_sentences():
    found = keyness(counts(50, 甲=3), counts(90, 甲=1, 乙=2))
    silent = ["dp_norm", "low", "high", "p_sentences", "q_sentences", "p_permuted", "q_permuted"]
    assert found[silent].isna().all(axis=None)
    assert found["n_sentences"].tolist() == [0, 0]
    held = keyness(TARGET, counts(120, 铜=10, 茶=4))
    assert held[["p_permuted", "p_sentences"]].isna().all(axis=None)
    assert held["low"].notna().all()
    assert held["dp_norm"].notna().any()


def test_the_order_is_by_the_rule():
    for column in ("g2", "log_ratio", "z", "n", "p", "chi2_yates"):
        found = keyness(TARGET, REFERENCE, sort_by=column, n_permutations=0, n_resamples=0)
        sign = found["direction"] if column in UNSIGNED else 1
        keys = list(zip(-(found[column] * sign), -found["log_ratio"], found["term"], strict=True))
        assert keys == sorted(keys)
    with pytest.raises(ValueError, match="no column 'bayes' to sort by"):
        keyness(TARGET, REFERENCE, sort_by="bayes")
    with pytest.raises(ValueError, match="no column 'term' to sort by"):
        keyness(TARGET, REFERENCE, sort_by="term")


def test_rare_terms_can_be_left_out_before_q_is_made():
    found = keyness(TARGET, REFERENCE, min_n=4)
    assert sorted(found["term"]) == sorted(["铜", "的", "茶"])
    q = stats.false_discovery_control(found["p"])
    assert found["q"].tolist() == pytest.approx(q.tolist())


def test_one_sentence_full_of_a_word_does_not_make_it_the_texts():
    """铜 stands nine times, all in one sentence of twenty: tokens say sure, sentences say chance."""
    others = ["的 和 与 在"] * 19
    found = keyness(text("铜 " * 9 + "的", *others), text(*["的 和 与 在"] * 40, plan="q")).set_index("term")
    assert found.loc["铜", "p"] < 1e-4
    assert found.loc["铜", "p_sentences"] == pytest.approx(1 / 3)  # the sentence falls to the target in 20 of 60 deals
    assert found.loc["铜", "p_permuted"] == pytest.approx(1 / 3, abs=0.05)
    assert found.loc["铜", "low"] < 0 < found.loc["铜", "log_ratio"]
    assert found.loc["铜", "dp_norm"] == pytest.approx(1, abs=0.2)


def clumped_text(random: np.random.Generator, n_sentences: int, plan: str) -> SentenceTerms:
    """Forty terms, each in 8 % of the sentences and there four times on average; sections of nine sentences."""
    held = random.random((n_sentences, 40)) < 0.08
    n = np.where(held, 1 + random.poisson(3, held.shape), 0)
    at = np.arange(n_sentences)
    sentences = pd.DataFrame({"plan": plan, "sentence": at, "section": at // 9})
    terms = np.array([f"词{term:02}" for term in range(40)], dtype=object)
    return SentenceTerms(sentences, terms, csr_matrix(n), random.integers(8, 40, n_sentences) + n.sum(axis=1))


def test_sentences_keep_the_level_where_tokens_do_not():
    """Texts from one source: a p-value should be below .05 for one term in twenty, an interval hold 0 for nineteen."""
    random = np.random.default_rng(1)
    pairs = [(clumped_text(random, 60, "p"), clumped_text(random, 300, "q")) for _ in range(10)]
    found = pd.concat([keyness(*pair, n_resamples=300, n_permutations=300) for pair in pairs])
    assert (found["p"] < 0.05).mean() > 0.2
    for column in ("p_sentences", "p_permuted"):
        assert (found[column] < 0.05).mean() < 0.08
    assert ((found["low"] <= 0) & (found["high"] >= 0)).mean() > 0.88


def all_deals(target: list[str], reference: list[str], term: str) -> float:
    """P by every way to deal the sentences out, not by chance."""
    sentences = [sentence.split() for sentence in [*target, *reference]]

    def difference(chosen: tuple[int, ...]) -> float:
        sides = [[], []]
        for at, sentence in enumerate(sentences):
            sides[at not in chosen].extend(sentence)
        return abs(sides[0].count(term) / len(sides[0]) - sides[1].count(term) / len(sides[1]))

    seen = difference(tuple(range(len(target))))
    deals = [difference(chosen) for chosen in itertools.combinations(range(len(sentences)), len(target))]
    return sum(deal >= seen - 1e-12 for deal in deals) / len(deals)


def test_permuted_p_is_that_of_all_deals():
    target = ["铜 铜 的", "铜 和", "矿 的 在"]
    reference = ["茶 的", "铜 的 和 在", "茶 菊", "的 的 和", "在 茶 茶 茶"]
    here, there = aligned(text(*target), text(*reference, plan="q"))
    p = dict(zip(here.terms, permuted_p(here, there, n_permutations=5000, seed=2), strict=True))
    for term in ("铜", "茶", "的"):
        assert p[term] == pytest.approx(all_deals(target, reference, term), abs=0.03)
    swapped = dict(zip(here.terms, permuted_p(there, here, n_permutations=5000, seed=2), strict=True))
    assert swapped == pytest.approx(p, abs=0.03)


def test_sentence_p_is_fishers_on_sentences():
    here, there = aligned(TARGET, REFERENCE)
    p = dict(zip(here.terms, sentence_p(here, there), strict=True))
    assert p["铜"] == pytest.approx(stats.fisher_exact([[2, 1], [1, 3]]).pvalue)


def test_the_same_seed_gives_the_same_table_in_any_blocks(monkeypatch):
    first = keyness(TARGET, REFERENCE, seed=5)
    pd.testing.assert_frame_equal(first, keyness(TARGET, REFERENCE, seed=5))
    monkeypatch.setattr("src.utils.measures.keyness._CELLS_AT_ONCE", 60)
    pd.testing.assert_frame_equal(first, keyness(TARGET, REFERENCE, seed=5))
    assert not first["low"].equals(keyness(TARGET, REFERENCE, seed=6)["low"])


def test_identical_texts_do_not_differ():
    found = keyness(TARGET, text("铜 的 铜 ， 铜", "铜 和 茶", "的 矿", plan="q"))
    for column, value in {
        "g2": 0,
        "chi2": 0,
        "log_ratio": 0,
        "percent_diff": 0,
        "odds_ratio": 1,
        "z": 0,
        "p": 1,
    }.items():
        assert found[column].tolist() == pytest.approx([value] * len(found), abs=1e-9), column
    assert (found["direction"] == 0).all()
    assert found["p_permuted"].tolist() == pytest.approx([1] * len(found))


GROUPS = pd.DataFrame(
    {
        "plan": "p",
        "sentence": [0, 1, 1, 2, 3],
        "scheme": "county",
        "unit": ["德兴市", "德兴市", "婺源县", "婺源县", "万年县"],
    }
)


def test_the_rest_of_a_unit_holds_none_of_its_sentences():
    whole = text("甲", "乙", "丙", "丁", "戊")  # the last sentence is no county's
    target, rest = whole.split(GROUPS, "德兴市")
    assert target.sentences["sentence"].tolist() == [0, 1]
    assert rest.sentences["sentence"].tolist() == [2, 3]
    assert whole.split(GROUPS, "德兴市", rest="all")[1].sentences["sentence"].tolist() == [2, 3, 4]
    with pytest.raises(ValueError, match="no sentence of 信州区 here; the grouping has 德兴市, 婺源县, 万年县"):
        whole.split(GROUPS, "信州区")
    with pytest.raises(ValueError, match="several schemes"):
        whole.split(pd.concat([GROUPS, GROUPS.assign(scheme="industry")]), "德兴市")
    with pytest.raises(ValueError, match="no rest 'none'"):
        whole.split(GROUPS, "德兴市", rest="none")


def test_a_unit_that_is_all_there_is_has_no_rest():
    whole = text("甲", "乙", "丙")
    alone = GROUPS[GROUPS["sentence"] < 2]
    with pytest.raises(ValueError, match="no sentence but those of 德兴市: give rest='all'"):
        whole.split(alone, "德兴市")
    assert whole.split(alone, "德兴市", rest="all")[1].sentences["sentence"].tolist() == [2]


def test_texts_cut_with_different_dictionaries_are_refused():
    ours, theirs = tokens_of("高质量发展 铜"), tokens_of("高质量 发展 铜", plan="q")
    ours.attrs["dictionary_hash"], theirs.attrs["dictionary_hash"] = "a", "b"
    with pytest.raises(ValueError, match="different dictionaries: cut both with one segmenter"):
        keyness(sentence_terms(ours), sentence_terms(theirs))
    theirs.attrs["dictionary_hash"] = "a"
    content = theirs[theirs["term"] != "铜"]  # what pandas filters keeps its hash
    assert sentence_terms(content).dictionary_hash == "a"
    assert len(keyness(sentence_terms(ours), sentence_terms(content))) == 4


def test_dispersion_in_the_target_is_over_the_parts_given():
    target = text(*["铜 的"] * 4, *["茶 的"] * 4)
    parts = pd.DataFrame({"plan": "p", "sentence": range(8), "scheme": "chapter", "unit": list("ababcdcd")})
    found = keyness(target, REFERENCE, parts=parts).set_index("term")
    # 铜 has half the parts (½ of the words), in proportion: DP = ½, and 1 - min s = ¾.
    assert found.loc[["铜", "的"], "dp_norm"].tolist() == pytest.approx([2 / 3, 0])
    one_sentence = keyness(text("铜 的"), REFERENCE)
    assert one_sentence["dp_norm"].isna().all()
    assert one_sentence[["low", "high"]].isna().all(axis=None)
    assert one_sentence["p_permuted"].notna().all()


def test_sizes_come_from_all_tokens():
    tokens = tokens_of("铜 的 铜", "的 茶")
    content = tokens[tokens["term"] != "的"]
    found = keyness(sentence_terms(content, tokens), counts(1000, 铜=1)).set_index("term")
    assert found.loc["铜", "per_10k"] == pytest.approx(2 / 5 * 10_000)


def test_edges():
    assert keyness(counts(10), counts(10)).empty
    assert list(keyness(counts(10), counts(10)).columns) == list(KEYNESS)
    for target, reference in [(counts(0), counts(5, 甲=1)), (text("，"), text("甲")), (text(), text("甲"))]:
        with pytest.raises(ValueError, match="a text without words"):
            keyness(target, reference)
    with pytest.raises(ValueError, match="more often than its text has words"):
        keyness(counts(2, 甲=3), counts(5, 甲=1))
    with pytest.raises(ValueError, match="a prior of 0 words"):
        keyness(counts(5, 甲=3), counts(5, 甲=1), prior_words=0)


def test_scores():
    found = keyness(TARGET, REFERENCE, unit="德兴市")
    scores = to_scores(found, "log_ratio")
    assert list(scores.columns) == tables.SCORES
    assert scores["value"].tolist() == found["log_ratio"].tolist()
    assert scores[["low", "high", "p", "q", "n"]].equals(found[["low", "high", "p", "q", "n"]])
    signed = to_scores(found, "g2")
    assert (np.sign(signed["value"]) == found["direction"]).all()
    assert signed[["low", "high"]].isna().all(axis=None)


WORDS = st.lists(st.sampled_from(["铜", "茶", "的", "，"]), min_size=1, max_size=6).map(" ".join)


@given(st.lists(WORDS, min_size=2, max_size=6), st.lists(WORDS, min_size=2, max_size=6), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_laws(first, second, seed):
    texts = [text(*first, "的 和"), text(*second, "的 与", plan="q")]
    found, other = (
        keyness(*pair, n_resamples=20, n_permutations=20, seed=seed).set_index("term").sort_index()
        for pair in (texts, texts[::-1])
    )
    assert found["n"].sum() == texts[0].n_words.sum()
    assert found["per_10k"].sum() == pytest.approx(10_000)
    for column in ("p", "q", "p_permuted", "p_sentences", "q_sentences"):
        assert found[column].between(0, 1 + 1e-12).all()
    assert (found["q"] >= found["p"] - 1e-12).all()
    for column in ("direction", "log_ratio"):
        assert found[column].tolist() == pytest.approx((-other[column]).tolist())
    assert found["g2"].tolist() == pytest.approx(other["g2"].tolist(), abs=1e-9)
    assert (1 + found["percent_diff"] / 100).tolist() == pytest.approx(np.exp2(found["log_ratio"]).tolist())


def test_counties_of_the_digest(profile):
    tokens = token_table(profile.sentences, Segmenter({"马家柚": "n", "缝纫线": "n"}))
    whole = sentence_terms(tokens, sentences=profile.sentences)
    groups = groups_of(profile, "county", evidence="heading")
    for unit, term in [("广丰区", "马家柚"), ("玉山县", "缝纫线")]:
        found = keyness(*whole.split(groups, unit), unit=unit, n_resamples=200, n_permutations=200)
        row = found[found["term"] == term].iloc[0]
        assert row["direction"] == 1
        assert row["log_ratio"] > 2
        assert row["n"] + row["n_reference"] == tokens.merge(groups, on=["plan", "sentence"])["term"].eq(term).sum()
