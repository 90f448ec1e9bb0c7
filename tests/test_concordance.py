"""Concordance: what is found, in what context, in what order, and what was left out."""

import pandas as pd
import pytest

from src.utils.measures.concordance import CONCORDANCE, concordance, found_text
from src.utils.words.segmenting import Segmenter
from src.utils.words.token_tables import token_table


def sentences_of(*texts: str, plan: str = "p", section: int = 1) -> pd.DataFrame:
    starts = [100 + sum(len(text) + 2 for text in texts[:at]) for at in range(len(texts))]
    return pd.DataFrame(
        {
            "plan": plan,
            "sentence": [3 + at for at in range(len(texts))],
            "section": section,
            "start": starts,
            "end": [start + len(text) for start, text in zip(starts, texts, strict=True)],
            "source_line": [84 + at for at in range(len(texts))],
            "text": texts,
            "page": pd.array([7] * len(texts), dtype="Int64"),
        }
    )


def cut(sentences: pd.DataFrame, *terms: str) -> pd.DataFrame:
    return token_table(sentences, Segmenter(dict.fromkeys(terms, "n")))


def shown(lines: pd.DataFrame) -> list[list[str]]:
    return lines[["left", "keyword", "right"]].to_numpy().tolist()


def test_a_line_leads_back_to_the_text():
    sentences = sentences_of("增幅全省第一，全省第三。", "全省最多。")
    found = concordance(cut(sentences, "增幅", "全省"), sentences, "全省", width=3)
    assert list(found.columns) == CONCORDANCE
    assert shown(found) == [["增幅", "全省", "第一，"], ["第一，", "全省", "第三。"], ["", "全省", "最多。"]]
    assert found["source_line"].tolist() == [84, 84, 85]
    assert found["sentence"].tolist() == [3, 3, 4]
    assert found["page"].tolist() == [7, 7, 7]
    assert set(found["heading"]) == {""}


def test_sentences_without_pages_have_none():
    sentences = sentences_of("铜。").drop(columns="page")
    assert concordance(cut(sentences), sentences, "铜")["page"].isna().all()


def test_the_heading_is_its_ordinal_and_title():
    sentences = pd.concat([sentences_of("铜。", section=4), sentences_of("铜。", plan="q", section=4)])
    sections = pd.DataFrame(
        {"plan": ["p", "q"], "section": [4, 4], "ordinal": ["（一）", ""], "title": ["有色金属", "前言"]}
    )
    found = concordance(cut(sentences), sentences, "铜", sections=sections)
    assert found[["plan", "heading"]].to_numpy().tolist() == [["p", "（一） 有色金属"], ["q", "前言"]]


def test_a_token_is_not_found_inside_another_and_a_string_is():
    sentences = sentences_of("铜和铜矿。")
    tokens = cut(sentences, "铜矿")
    assert shown(concordance(tokens, sentences, "铜")) == [["", "铜", "和铜矿。"]]
    assert shown(concordance(tokens, sentences, "铜", by="string")) == [["", "铜", "和铜矿。"], ["铜和", "铜", "矿。"]]


def test_a_string_may_run_over_several_tokens():
    sentences = sentences_of("发展数字经济，做强数字经济核心产业。")
    tokens = cut(sentences, "数字经济")
    assert concordance(tokens, sentences, "经济核心").empty
    assert shown(concordance(tokens, sentences, "经济核心", by="string", width=2)) == [["数字", "经济核心", "产业"]]
    assert shown(concordance(tokens, sentences, "，做", by="string", width=1)) == [["济", "，做", "强"]]


def test_several_terms_come_in_the_order_of_the_text():
    sentences = sentences_of("茶和铜。", "铜。")
    tokens = cut(sentences)
    for by in ("token", "string"):
        found = concordance(tokens, sentences, ["铜", "茶", "铜"], by=by)
        assert found[["sentence", "keyword"]].to_numpy().tolist() == [[3, "茶"], [3, "铜"], [4, "铜"]]


def test_one_term_does_not_overlap_itself():
    sentences = sentences_of("人人人人人")
    found = concordance(cut(sentences), sentences, "人人", by="string")
    assert len(found) == "人人人人人".count("人人")


SORTED = sentences_of("乙铜丁。", "甲铜丙。", "甲甲铜丁。", "铜。")


def test_the_left_is_read_outward_from_the_keyword():
    # Code points: 丁 4E01, 丙 4E19, 乙 4E59, 甲 7532, 。 3002. Outward: 乙; 甲; 甲甲; nothing.
    found = concordance(cut(SORTED), SORTED, "铜", by="string", sort="left")
    assert shown(found) == [["", "铜", "。"], ["乙", "铜", "丁。"], ["甲", "铜", "丙。"], ["甲甲", "铜", "丁。"]]


def test_the_right_is_read_onward_and_ties_go_to_the_left():
    found = concordance(cut(SORTED), SORTED, "铜", by="string", sort="right")
    assert shown(found) == [["", "铜", "。"], ["乙", "铜", "丁。"], ["甲甲", "铜", "丁。"], ["甲", "铜", "丙。"]]


def test_by_pinyin():
    # bing3 丙, ding1 丁, jia3 甲, yi3 乙; the mark comes first.
    right = concordance(cut(SORTED), SORTED, "铜", by="string", sort="right", collation="pinyin")
    assert right["right"].tolist() == ["。", "丙。", "丁。", "丁。"]
    left = concordance(cut(SORTED), SORTED, "铜", by="string", sort="left", collation="pinyin")
    assert left["left"].tolist() == ["", "甲", "甲甲", "乙"]
    tones = sentences_of("铜马", "铜妈", "铜骂", "铜麻", "铜A", "铜，")
    found = concordance(cut(tones), tones, "铜", by="string", sort="right", collation="pinyin")
    assert found["right"].tolist() == ["A", "，", "妈", "麻", "马", "骂"]


def test_a_limit_says_what_it_left_out():
    found = concordance(cut(SORTED), SORTED, "铜", by="string", limit=3)
    assert len(found) == 3
    assert found_text(found) == "3 of 4 occurrences shown, 1 left out"
    assert found_text(concordance(cut(SORTED), SORTED, "铜", by="string")) == "4 occurrences"
    assert (
        found_text(concordance(cut(SORTED), SORTED, "铜", by="string", limit=0))
        == "0 of 4 occurrences shown, 4 left out"
    )


@pytest.mark.parametrize("by", ["token", "string"])
def test_what_is_not_there_has_no_rows(by):
    found = concordance(cut(SORTED), SORTED, "没有", by=by, sort="left")
    assert found.empty
    assert list(found.columns) == CONCORDANCE
    assert concordance(cut(SORTED).iloc[:0], SORTED.iloc[:0], "铜", by=by).empty
    assert concordance(cut(SORTED), SORTED, [], by=by).empty


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "lemma"}, "no by 'lemma': give one of token, string"),
        ({"sort": "middle"}, "no sort 'middle'"),
        ({"collation": "stroke"}, "no collation 'stroke'"),
        ({"width": -1}, "give 0 or more"),
        ({"limit": -1}, "give 0 or more"),
    ],
)
def test_unknown_choices_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        concordance(cut(SORTED), SORTED, "铜", **arguments)
    with pytest.raises(ValueError, match="an empty term"):
        concordance(cut(SORTED), SORTED, ["铜", ""])


def test_every_line_of_the_digest_stands_in_its_sentence(profile):
    tokens = token_table(profile.sentences, Segmenter())
    term = tokens.loc[tokens["term"].str.len() > 1, "term"].mode()[0]
    found = concordance(tokens, profile.sentences, term, sections=profile.sections, width=12)
    assert len(found) == (tokens["term"] == term).sum()
    texts = profile.sentences.set_index("sentence")["text"]
    assert all(row.left + row.keyword + row.right in texts[row.sentence] for row in found.itertuples())
    assert found["heading"].str.contains("（").all()
    as_string = concordance(tokens, profile.sentences, term, by="string")
    assert len(as_string) == profile.sentences["text"].str.count(term).sum()
