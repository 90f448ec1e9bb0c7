"""Collocation: published values, counting by hand and by brute force, and the laws of the measures."""

import math
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from src.utils.measures.collocation import (
    COLLOCATES,
    MEASURES,
    PAIRS,
    adjacent_pairs,
    association,
    collocates,
    cooccurrence,
)

MARKS = "，。"


def tokens_of(*sentences: str) -> pd.DataFrame:
    rows = [
        ("p", number, position, term)
        for number, sentence in enumerate(sentences)
        for position, term in enumerate(sentence.split())
    ]
    return pd.DataFrame(rows, columns=["plan", "sentence", "position", "term"])


def one(o11: int, r1: int, c1: int, n: int) -> pd.Series:
    return association(np.array([o11]), np.array([r1]), np.array([c1]), n).iloc[0]


def test_oracle_10():
    assert one(8, 1105, 44, 15_000_000)["pmi"] == pytest.approx(11.3, abs=0.05)  # honorary doctor
    assert one(8, 15828, 4675, 14_307_668)["t"] == pytest.approx(0.999932, abs=5e-7)  # new companies
    o11, o12, o21, o22 = 31950, 12004, 4793, 848330
    phi2 = one(o11, o11 + o12, o11 + o21, o11 + o12 + o21 + o22)["phi2"]
    assert phi2 == pytest.approx(0.62, abs=0.005)


def test_measures_by_hand():
    """Cells 6, 4, 2, 88."""
    found = one(6, 10, 8, 100)
    assert found["e11"] == pytest.approx(0.8)
    assert found["pmi"] == pytest.approx(math.log2(6 / 0.8))
    assert found["npmi"] == pytest.approx(math.log2(7.5) / math.log2(100 / 6))
    assert found["t"] == pytest.approx((6 - 0.8) / math.sqrt(6))
    assert found["delta_p"] == pytest.approx(6 / 10 - 2 / 90)
    assert found["delta_p_reverse"] == pytest.approx(6 / 8 - 4 / 92)
    table = [[6, 4], [2, 88]]
    assert found["g2"] == pytest.approx(stats.chi2_contingency(table, correction=False, lambda_=0).statistic)
    assert found["direction"] == 1


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 200))
@settings(deadline=None)
def test_laws_of_the_measures(o11, o12, o21, o22):
    r1, c1, n = o11 + o12, o11 + o21, o11 + o12 + o21 + o22
    found = one(o11, r1, c1, n)
    assert found[MEASURES].notna().all()
    assert -1 - 1e-12 <= found["npmi"] <= 1 + 1e-12
    assert -1 <= found["delta_p"] <= 1
    assert (found["npmi"] > 1 - 1e-12) == (o12 == o21 == 0 and o22 > 0)  # neither stands without the other
    independent = o11 * n == r1 * c1
    for measure in ("pmi", "t", "delta_p"):
        assert (abs(found[measure]) < 1e-12) == independent
        assert np.sign(round(found[measure], 9)) in (0, found["direction"])
    swapped = one(o11, c1, r1, n)
    assert swapped["delta_p"] == pytest.approx(found["delta_p_reverse"])
    assert swapped["g2"] == pytest.approx(found["g2"], abs=1e-9)


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="never observed"):
        one(0, 2, 2, 9)
    for margins in [(3, 2, 5, 9), (3, 5, 2, 9), (3, 8, 8, 9)]:
        with pytest.raises(ValueError, match="counts that cannot be"):
            one(*margins)


TEXT = tokens_of("德兴 的 铜 ， 产量 大 。", "铜 和 铜 材 。", "茶 的 产量")


def test_collocates_by_hand():
    found = collocates(TEXT, "铜", left=1, right=2)
    assert list(found.columns) == COLLOCATES
    by_term = found.set_index("term")
    # Windows: 的 before and 产量, 大 after the first (the comma takes no place); 和 and 材 around the other two.
    assert by_term["o11"].to_dict() == {"的": 1, "产量": 1, "大": 1, "和": 1, "材": 1}
    assert set(found["node"]) == {"铜"}
    assert set(found["r1"]) == {5}
    assert set(found["n"]) == {9}  # twelve words, three of them the node
    assert by_term.loc["产量", ["c1", "n_sentences"]].tolist() == [2, 1]
    assert collocates(TEXT, "铜", left=0, right=1)["term"].tolist() == ["和", "材", "产量"]  # 产量 stands twice
    assert collocates(TEXT, "铜", min_n=2).empty


def test_overlapping_windows_count_a_word_once_and_nodes_are_no_collocates():
    found = collocates(tokens_of("甲 铜 乙 铜 丙"), "铜").set_index("term")
    assert found["o11"].to_dict() == {"甲": 1, "乙": 1, "丙": 1}
    both = collocates(tokens_of("甲 铜 乙 锌 丙"), ["锌", "铜"], left=1, right=1)
    assert set(both["node"]) == {"铜 锌"}
    assert both["r1"].tolist() == [3, 3, 3]


def by_brute_force(sentences: list[str], node: str, left: int, right: int) -> Counter:
    found = Counter()
    for sentence in sentences:
        words = [word for word in sentence.split() if word not in MARKS]
        for at, word in enumerate(words):
            around = words[max(at - right, 0) : at] + words[at + 1 : at + 1 + left]
            if word != node and node in around:
                found[word] += 1
    return found


WORDS = st.lists(st.sampled_from(["铜", "茶", "的", "，", "。", "锂"]), min_size=1, max_size=9).map(" ".join)
SENTENCES = st.lists(WORDS, min_size=1, max_size=6)


@given(SENTENCES, st.integers(0, 3), st.integers(1, 3))
@settings(deadline=None)
def test_windows_are_those_of_brute_force(sentences, left, right):
    """A collocate has a node up to `right` words before it or up to `left` words after it."""
    found = collocates(tokens_of(*sentences), "铜", left=left, right=right)
    expected = by_brute_force(sentences, "铜", left, right)
    assert found.set_index("term")["o11"].to_dict() == expected
    words = Counter(word for sentence in sentences for word in sentence.split() if word not in MARKS)
    if len(found):
        assert found["r1"].iloc[0] == sum(expected.values())
        assert found["n"].iloc[0] == words.total() - words["铜"]
        assert found.set_index("term")["c1"].to_dict() == {word: words[word] for word in expected}


def test_the_order_of_the_tokens_does_not_matter():
    shuffled = TEXT.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(collocates(TEXT, "铜"), collocates(shuffled, "铜"))
    pd.testing.assert_frame_equal(adjacent_pairs(TEXT), adjacent_pairs(shuffled))


def test_adjacent_pairs_stay_within_sentences_and_punctuation():
    found = adjacent_pairs(TEXT).set_index(["first", "second"])
    assert list(adjacent_pairs(TEXT).columns) == PAIRS
    assert set(found.index) == {
        *[("德兴", "的"), ("的", "铜"), ("产量", "大"), ("铜", "和"), ("和", "铜"), ("铜", "材")],
        *[("茶", "的"), ("的", "产量")],
    }
    assert set(found["n"]) == {8}
    assert found.loc[("铜", "材"), ["o11", "r1", "c1"]].tolist() == [1, 2, 1]  # 铜 begins two pairs, 材 ends one
    again = adjacent_pairs(tokens_of("数字 经济", "数字 经济", "数字 化"), min_n=2)
    assert again[["first", "second", "o11", "r1", "c1", "n"]].to_numpy().tolist() == [["数字", "经济", 2, 3, 2, 3]]


@given(SENTENCES)
@settings(deadline=None)
def test_pairs_are_those_of_brute_force(sentences):
    pairs = Counter()
    for sentence in sentences:
        words = sentence.split()
        pairs.update(pair for pair in pairwise(words) if not set(pair) & set(MARKS))
    found = adjacent_pairs(tokens_of(*sentences))
    assert dict(zip(zip(found["first"], found["second"], strict=True), found["o11"], strict=True)) == pairs
    assert found["o11"].sum() == pairs.total()


@given(SENTENCES)
@settings(deadline=None)
def test_cooccurrence_is_that_of_brute_force(sentences):
    sets = [set(sentence.split()) - set(MARKS) for sentence in sentences]
    pairs = Counter(pair for words in sets for pair in combinations(sorted(words), 2))
    found = cooccurrence(tokens_of(*sentences), min_n=1)
    assert list(found.columns) == PAIRS
    assert dict(zip(zip(found["first"], found["second"], strict=True), found["o11"], strict=True)) == pairs
    for row in found.itertuples():
        assert row.n == sum(bool(words) for words in sets)
        assert (row.r1, row.c1) == tuple(sum(term in words for words in sets) for term in (row.first, row.second))


def test_cooccurrence_within_other_units_and_of_chosen_terms():
    paragraphs = pd.DataFrame({"plan": "p", "sentence": [0, 1, 2], "scheme": "paragraph", "unit": ["1", "1", "2"]})
    found = cooccurrence(TEXT, paragraphs, min_n=1).set_index(["first", "second"])
    assert found.loc[("材", "铜"), ["o11", "r1", "c1", "n"]].tolist() == [1, 1, 1, 2]
    assert found.loc[("产量", "的"), "o11"] == 2
    assert found.loc[("大", "材"), "o11"] == 1  # in different sentences of one paragraph
    chosen = cooccurrence(TEXT, min_n=1, terms=["铜", "产量", "无"])
    assert chosen[["first", "second", "o11", "n"]].to_numpy().tolist() == [["产量", "铜", 1, 3]]


def test_nothing_gives_empty_tables():
    empty = TEXT.iloc[:0]
    assert list(collocates(empty, "铜").columns) == COLLOCATES
    assert collocates(TEXT, "无").empty
    assert list(adjacent_pairs(empty).columns) == PAIRS
    assert cooccurrence(empty).empty
    assert cooccurrence(TEXT, min_n=9).empty
    assert collocates(tokens_of("铜"), "铜").empty
    with pytest.raises(ValueError, match="a window of 0 words to the left and 0"):
        collocates(TEXT, "铜", left=0, right=0)
