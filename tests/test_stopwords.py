"""Stop words: what each layer takes, what none may take, and that each can be switched off."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.lexicons import load_lexicon
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import (
    DEFAULT_LAYERS,
    LAYERS,
    content_tokens,
    is_number,
    removed_by_layer,
    stop_layer,
)
from src.utils.words.token_tables import token_table


def tokens_of(*terms: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"plan": "p", "sentence": 1, "position": range(len(terms)), "term": terms}, index=range(5, 5 + len(terms))
    )


NUMBERS = """
9.1% 548.1 2021 2016-2019 1,596.6 ２０２５ 66.7％ 第19 十九 二〇二一 两 三分之一 亿元 家 个百分点 2021年 三家 六大 24GW
第一 20余家 百亿 一季度 100MW 三千
"""
NO_NUMBERS = "十四五 第一方阵 第二产业 “5020”项目 2+4+N 5G 4K 万年 一县一业 三百一重 一体化 百年 XR 上万"


@pytest.mark.parametrize("term", NUMBERS.split())
def test_numbers_dates_and_units(term):
    assert is_number(term)
    assert stop_layer([term]).tolist() == ["numbers"]


@pytest.mark.parametrize("term", NO_NUMBERS.split())
def test_what_only_looks_like_a_number(term):
    assert not is_number(term)


def test_the_layer_that_removes_a_term_is_named():
    terms = ["，", "9.1%", "的", "推进", "县", "铜", "企业", "“5020”项目", "本地"]
    expected = ["punctuation", "numbers", "general", "official", "single", np.nan, np.nan, np.nan, np.nan]
    pd.testing.assert_series_equal(stop_layer(terms), pd.Series(expected, name="layer", dtype=object))


def test_characters_that_mean_something_stay():
    characters = list(load_lexicon("single_characters")["term"])
    assert set("铜锂铅锌钨茶") <= set(characters)
    assert stop_layer(characters).isna().all()


def test_words_of_other_lists_that_are_content_here_stay():
    assert stop_layer(["主要", "实现", "加强", "扩大", "完成", "开展", "本地", "替代", "光"]).isna().all()


def test_no_term_of_the_dictionaries_and_no_english_name_is_a_stop_word():
    names = ("policy_terms", "industries", "places", "english_names")
    terms = pd.Series([term for name in names for term in load_lexicon(name)["term"]])
    assert list(terms[stop_layer(terms).notna()]) == []


@pytest.mark.parametrize("layer", DEFAULT_LAYERS)
def test_each_layer_can_be_switched_off(layer):
    term = {"punctuation": "，", "numbers": "9.1%", "general": "我们", "official": "推进", "single": "县"}[layer]
    assert stop_layer([term]).tolist() == [layer]
    assert stop_layer([term], [name for name in DEFAULT_LAYERS if name != layer]).isna().all()


def test_places_are_removed_only_when_asked_and_named():
    terms = ["信州区", "光伏"]
    assert stop_layer(terms).isna().all()
    assert stop_layer(terms, LAYERS, places=["信州区", "信州"]).tolist() == ["places", np.nan]
    with pytest.raises(ValueError, match="'places' needs the names"):
        stop_layer(terms, LAYERS)


def test_an_unknown_layer_is_refused():
    with pytest.raises(ValueError, match="no such layer of stop words: offical; there are punctuation, numbers"):
        stop_layer(["铜"], ["offical"])


def test_the_result_has_the_index_of_the_terms():
    terms = pd.Series(["的", "铜", "的"], index=[9, 4, 4])
    assert stop_layer(terms).to_dict() == {9: "general", 4: "general"}
    assert list(stop_layer(terms).index) == [9, 4, 4]
    assert stop_layer([]).empty


def test_content_tokens_keep_their_rows_as_they_are():
    tokens = tokens_of("上饶市", "的", "铜", "，", "产业")
    before = tokens.copy()
    kept = content_tokens(tokens)
    pd.testing.assert_frame_equal(kept, tokens.loc[[5, 7, 9]])
    pd.testing.assert_frame_equal(tokens, before)


def test_what_each_layer_removed():
    tokens = tokens_of("的", "和", "的", "，", "2021", "铜", "推进", "和", "了")
    assert removed_by_layer(tokens).to_dict("records") == [
        {"layer": "punctuation", "n": 1, "n_terms": 1, "examples": "，"},
        {"layer": "numbers", "n": 1, "n_terms": 1, "examples": "2021"},
        {"layer": "general", "n": 5, "n_terms": 3, "examples": "和 的 了"},
        {"layer": "official", "n": 1, "n_terms": 1, "examples": "推进"},
        {"layer": "single", "n": 0, "n_terms": 0, "examples": ""},
    ]
    assert removed_by_layer(tokens, ["general"])["n"].tolist() == [5]


@given(st.lists(st.sampled_from(["的", "，", "铜", "9.1%", "推进", "企业", "县", "上饶"]), max_size=30))
def test_removed_and_kept_add_up(terms):
    tokens = tokens_of(*terms)
    assert removed_by_layer(tokens)["n"].sum() + len(content_tokens(tokens)) == len(tokens)


def test_the_words_of_the_plan_that_stay_and_that_go(shangrao):
    tokens = token_table(shangrao.sentences, segmenter_for(shangrao.settings))
    kept = set(content_tokens(tokens)["term"])
    assert {"规上企业", "高质量发展", "“5020”项目", "数字经济", "企业上云", "培育", "全省"} <= kept
    gone = set(tokens["term"]) - kept
    assert {"的", "推进", "加快", "，", "9.1%", "亿元", "2020年", "第一"} <= gone
