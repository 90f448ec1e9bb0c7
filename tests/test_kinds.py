"""Numbers, dates and quantities are one token of their kind, and nothing that only looks like one is."""

import re

import pandas as pd
import pytest

from src.utils.lexicons import load_lexicon
from src.utils.plans import gazetteer
from src.utils.words import kinds
from src.utils.words.dictionaries import segmenter_for, terms_for
from src.utils.words.kinds import KINDS, LABELS, is_number, kind_of, with_kinds
from src.utils.words.segmenting import Segmenter
from src.utils.words.token_tables import dictionary_hash_of, token_table
from tests.conftest import load_cases

CASES = load_cases("kinds")


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return segmenter_for()


@pytest.mark.parametrize("case", CASES["wild"], ids=lambda case: f"{case['text']}: {case['token']}")
def test_numbers_in_real_sentences_are_one_token_of_their_kind(case, segmenter):
    assert case["token"] in segmenter.cut(case["text"])
    assert kind_of(case["token"]) == case["kind"]
    assert is_number(case["token"])


@pytest.mark.parametrize("case", CASES["negative"], ids=lambda case: f"{case['text']}: {case['token']}")
def test_what_only_looks_like_a_number_stays_a_word(case, segmenter):
    assert case["token"] in segmenter.cut(case["text"])
    assert kind_of(case["token"]) in (None, "period")
    assert is_number(case["token"]) == (case["token"] in set(load_lexicon("units_of_measure")["term"]))


def test_both_engines_find_the_same_numbers():
    fast, jieba = Segmenter(terms_for(), "fast"), Segmenter(terms_for(), "jieba")
    texts = [case["text"] for group in CASES.values() for case in group]
    assert [fast.engine, jieba.engine] == ["fast", "jieba"]
    assert [fast.cut(text) for text in texts] == [jieba.cut(text) for text in texts]


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        ("number", "3632 548.1 1,596 2016-2019 十九 二〇二一 三分之一 三千 两 1.2万亿 零"),
        (
            "quantity",
            "3632亿元 5年 三家 六大 24GW 20余家 3万多户 28.5微克/立方米 十二个 数百家 两百多万人 750千伏 一批",
        ),
        ("percent", "9.1% 66.7％ 3‰ 50.3个百分点 5%-8% 百分之七十五 百分之50 六成"),
        (
            "date",
            "2025年 2016-2019年 2025年底 1月19日 2025年1月19日 3月 20世纪90年代 一季度 下半年 二〇三五年 十二月 2024-12-31",
        ),
        ("period", "十四五 “十四五” 十五五"),
        ("ordinal", "第一 第19 第三次 第十四届 二十届 第一方阵 第1位 第20"),
    ],
)
def test_each_kind_by_its_form(kind, terms):
    assert {term: kind_of(term) for term in terms.split()} == dict.fromkeys(terms.split(), kind)


def test_words_with_numerals_are_of_no_kind():
    words = "一定 一直 统一 一流 十分 三明 四川 十堰 百度 万年 九江 二十大 三级 一部 几 数字 一带一路 三一重工 五五 第二产业 第三方 5G 4K A4 近年 当年 千亿级"
    assert {word: kind_of(word) for word in words.split()} == dict.fromkeys(words.split())
    assert kind_of("") is None


def test_bare_units_and_tokens_with_a_kind_are_numbers_but_policy_terms_and_periods_are_not():
    units = load_lexicon("units_of_measure")["term"]
    assert all(map(is_number, units))
    assert not any(map(is_number, load_lexicon("policy_terms")["term"]))
    assert not is_number("十六五")
    assert kind_of("第一方阵") == "ordinal"


def names_of_places() -> set[str]:
    names = set(gazetteer.wider_divisions().values())
    for area in gazetteer.divisions().values():
        names.update(gazetteer.written_names(area.name))
    for former in gazetteer.former_names().values():
        names.update(was.name for was in former)
    return names | {short for name in names if (short := gazetteer.short_name(name))}


def test_no_place_of_the_gazetteer_is_a_number_or_has_one_taken_out_of_it():
    names = names_of_places()
    assert len(names) > 5000
    assert [name for name in sorted(names) if is_number(name)] == []
    assert names >= kinds.PLACES
    number = re.compile(f"[{kinds.FIRST}]{kinds.pattern()}", re.DOTALL)
    assert [name for name in sorted(names) if number.search(name)] == []


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("200项", ("200", "项")),
        ("12万人", ("12", "万人")),
        ("2025年初", ("2025年", "初")),
        ("3年", ("3年", "")),
        ("5月底", ("5月", "底")),
        ("5月", ("5月", "")),
        ("1月19日", ("1月19日", "")),
        ("19日", ("19", "日")),
        ("3至5个", ("3至5", "个")),
        ("第3名", ("第3", "名")),
        ("十二个", ("", "十二个")),
    ],
)
def test_a_unit_that_may_belong_to_the_next_word_is_left_to_the_cut(number, parts):
    assert kinds.without_unit(number) == parts


def test_a_unit_the_cut_finds_behind_a_number_is_joined_to_it(segmenter):
    """体育 keeps 体, and 个 comes back; a term takes none."""
    assert segmenter.cut("新建8个体育公园")[1] == "8个"
    assert segmenter.cut("引进1.2万人才")[-2:] == ["1.2万", "人才"]
    assert Segmenter({"中国制造2025": "nz"}).cut("中国制造2025年会") == ["中国制造2025", "年会"]


def tokens_of(*pairs: tuple[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["term", "tag"], index=range(3, 3 + len(pairs)))
    table.attrs["dictionary_hash"] = "f" * 64
    return table.assign(start=range(len(pairs)))


TOKENS = tokens_of(("增长", "v"), ("9.1%", "m"), ("三台", "ns"), ("十二个", "m"), ("十四五", "nz"), ("六成", "ns"))


def test_tokens_of_a_kind_are_kept_dropped_or_replaced():
    assert with_kinds(TOKENS, "keep").equals(TOKENS)
    assert with_kinds(TOKENS, "drop")["term"].to_dict() == {3: "增长", 5: "三台", 8: "六成"}
    replaced = with_kinds(TOKENS, "replace")
    assert replaced["term"].tolist() == ["增长", "〈百分比〉", "三台", "〈数量〉", "〈时期〉", "六成"]
    assert replaced["start"].tolist() == list(range(6))
    assert replaced.index.equals(TOKENS.index)
    assert TOKENS["term"].tolist()[1] == "9.1%"
    assert [dictionary_hash_of(with_kinds(TOKENS, how)) for how in ("keep", "drop", "replace")] == ["f" * 64] * 3


def test_only_the_kinds_asked_for_are_touched():
    assert with_kinds(TOKENS, "drop", ["percent", "number"])["term"].tolist() == [
        "增长",
        "三台",
        "十二个",
        "十四五",
        "六成",
    ]
    assert with_kinds(TOKENS, "drop", []).equals(TOKENS)
    assert with_kinds(TOKENS.drop(columns="tag"), "drop", ["percent"])["term"].tolist() == [
        "增长",
        "三台",
        "十二个",
        "十四五",
    ]


def test_unknown_ways_and_kinds_are_refused():
    with pytest.raises(ValueError, match="no such way: 'remove'; there are 'keep', 'drop' and 'replace'"):
        with_kinds(TOKENS, "remove")
    with pytest.raises(ValueError, match="no such kind: year; there are number, quantity"):
        with_kinds(TOKENS, "drop", ["year"])


def test_labels_are_words_of_no_kind():
    assert tuple(LABELS) == KINDS
    assert len(set(LABELS.values())) == len(KINDS)
    assert [kind_of(label) for label in LABELS.values()] == [None] * len(KINDS)


def test_numbers_of_a_plan_drop_out_and_lead_back_to_the_text(shangrao, segmenter):
    tokens = token_table(shangrao.sentences, segmenter)
    numbers = tokens[~tokens.index.isin(with_kinds(tokens, "drop").index)]
    assert len(numbers) > 50
    text = shangrao.clean.text
    assert [text[start:end] for start, end in zip(numbers["start"], numbers["end"], strict=True)] == list(
        numbers["term"]
    )
    assert not re.search(r"(?<![A-Za-z“+])\d+(?:\.\d+)?%", "".join(with_kinds(tokens, "drop")["term"]))
