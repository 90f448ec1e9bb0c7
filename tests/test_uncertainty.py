"""Intervals of counts: sentences are resampled, so clustered words are less certain than spread ones."""

import numpy as np
import pandas as pd
import pytest

from src.utils.measures.concordance import concordance
from src.utils.measures.uncertainty import resampled_counts


def table(sentences):
    rows = [("p", at, word) for at, words in enumerate(sentences) for word in words]
    return pd.DataFrame(rows, columns=["plan", "sentence", "term"])


def counted(tokens):
    return tokens.groupby("term", as_index=False).size().rename(columns={"size": "n"})


def test_a_word_in_every_sentence_is_certain_and_a_clustered_one_is_not():
    tokens = table([["甲"], ["甲"], ["甲"], ["甲", "乙", "乙", "乙", "乙"]])
    found = resampled_counts(tokens, counted(tokens)).set_index("term")
    assert found.loc["甲", ["n", "low", "high"]].tolist() == [4, 4, 4]
    # 乙 stands in one of four sentences: a resample misses it with probability (3/4)^4 = 0.32.
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
    assert np.isfinite(other[["low", "high"]]).all(axis=None)


def test_nothing_to_resample_is_said():
    with pytest.raises(ValueError, match="no tokens"):
        resampled_counts(table([]), pd.DataFrame({"term": [], "n": []}))


def test_concordance_leads_back_to_the_text():
    sentences = pd.DataFrame(
        {
            "plan": ["p"],
            "sentence": [3],
            "section": [1],
            "source_line": [84],
            "start": [100],
            "text": ["增幅全省第一，全省第三。"],
        }
    )
    tokens = pd.DataFrame(
        [("p", 3, "增幅", 100), ("p", 3, "全省", 102), ("p", 3, "全省", 107)],
        columns=["plan", "sentence", "term", "start"],
    )
    found = concordance(tokens, sentences, "全省", width=3)
    assert found[["source_line", "left", "keyword", "right"]].to_numpy().tolist() == [
        [84, "增幅", "全省", "第一，"],
        [84, "第一，", "全省", "第三。"],
    ]
    assert concordance(tokens, sentences, "没有").empty
