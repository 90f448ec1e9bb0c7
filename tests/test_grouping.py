"""Groupings: no sentence is lost, no two headings are one, and text outside the headings says so."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.utils import tables
from src.utils.measures.frequency import count_terms, word_totals
from src.utils.measures.grouping import (
    GROUPS,
    OUTSIDE,
    by_heading,
    by_level,
    by_paragraph,
    by_unit,
    equal_parts,
    groups_of,
)
from src.utils.words.segmenting import Segmenter
from src.utils.words.token_tables import token_table


def sections_of(*rows: tuple[int, str, str, int]) -> pd.DataFrame:
    """Sections from level, ordinal, title, parent."""
    table = pd.DataFrame(rows, columns=["level", "ordinal", "title", "parent"])
    return table.assign(plan="p", section=range(len(table)), kind="body", start=0, end=0, page=None, n_chars=1)[
        tables.SECTIONS
    ]


def sentences_in(*sections: int) -> pd.DataFrame:
    return pd.DataFrame({"plan": "p", "sentence": range(len(sections)), "section": sections})


SECTIONS = sections_of(
    (0, "", "某市规划", -1),
    (1, "", "", -1),  # an opening without a heading
    (1, "第一章", "基础", -1),
    (2, "第一节", "成效", 2),
    (3, "（一）", "工业", 3),
    (2, "第二节", "问题", 2),
    (1, "第二章", "重点", -1),
    (2, "第一节", "成效", 6),
    (3, "", "", 7),  # a table, which is no heading
    (3, "（一）", "工业", 6),  # a level left out
)
SENTENCES = sentences_in(1, 2, 3, 4, 4, 5, 6, 7, 8, 9)


def test_a_chapter_has_all_that_stands_below_it():
    groups = by_level(SECTIONS, SENTENCES, 1)
    assert list(groups.columns) == [*GROUPS, "under_heading"]
    assert set(groups["scheme"]) == {"chapter"}
    assert groups["unit"].tolist() == [OUTSIDE, *["第一章 基础"] * 5, *["第二章 重点"] * 4]
    assert groups["under_heading"].tolist() == [False, *[True] * 9]


def test_headings_that_read_the_same_stay_apart_and_text_outside_them_says_so():
    groups = by_level(SECTIONS, SENTENCES, 2)
    assert groups["unit"].tolist() == [
        OUTSIDE,
        "第一章 基础" + OUTSIDE,
        *["第一章 第一节 成效"] * 3,
        "第二节 问题",
        "第二章 重点" + OUTSIDE,
        *["第二章 第一节 成效"] * 2,
        "第二章 重点" + OUTSIDE,
    ]
    assert groups["under_heading"].tolist() == [False, False, True, True, True, True, False, True, True, False]
    third = by_level(SECTIONS, SENTENCES, 3)
    assert set(third["scheme"]) == {"level 3"}
    assert third.loc[[3, 4, 9], "unit"].tolist() == [*["第一章 第一节 （一） 工业"] * 2, "第二章 （一） 工业"]


def test_the_nearest_heading_holds_the_tables_below_it():
    groups = by_heading(SECTIONS, SENTENCES)
    assert groups["unit"].tolist()[-3:] == ["第二章 第一节 成效", "第二章 第一节 成效", "第二章 （一） 工业"]
    assert groups["unit"].nunique() == 8
    assert groups["under_heading"].sum() == 9


def test_headings_alike_to_the_top_are_told_apart_by_their_numbers():
    sections = sections_of((1, "", "附则", -1), (1, "", "附则", -1))
    assert by_level(sections, sentences_in(0, 1), 1)["unit"].tolist() == ["附则（#0）", "附则（#1）"]


def test_wider_headings_that_read_the_same_stay_apart_where_text_is_outside():
    sections = sections_of((1, "", "基础", -1), (2, "", "基础", 0), (3, "", "工业", 1))
    groups = by_level(sections, sentences_in(0, 1, 2), 3)
    assert groups["unit"].nunique() == 3


@pytest.mark.parametrize("scheme", ["plan", "chapter", "section", 3, "heading", "paragraph"])
def test_every_sentence_of_the_plan_is_in_one_unit(shangrao, profile, scheme):
    for plan in (shangrao, profile):
        groups = groups_of(plan, scheme)
        assert groups["sentence"].tolist() == plan.sentences["sentence"].tolist()
        assert groups[GROUPS].notna().all(axis=None)
        assert len(set(groups["scheme"])) == 1


def test_the_chapters_of_the_published_plan(shangrao):
    assert groups_of(shangrao, "chapter")["unit"].value_counts().to_dict() == {"前言": 8, "第一章 发展基础": 17}
    assert "第一章 发展基础" + OUTSIDE in set(groups_of(shangrao, "section")["unit"])


def test_the_counties_are_those_of_the_units_table(profile):
    groups = groups_of(profile, "county")
    assert list(groups.columns) == GROUPS
    assert not groups.duplicated().any()
    assert len(groups_of(profile, "county", evidence="heading")) < len(groups)
    headed = groups_of(profile, "county", evidence="heading")
    sections = groups_of(profile, 3).merge(headed, on=["plan", "sentence"], suffixes=("_heading", ""))
    assert (sections["unit_heading"].str.split(" ").str[1] == sections["unit"]).all()
    with pytest.raises(ValueError, match="no evidence 'mentions'"):
        by_unit(profile.units, "county", evidence="mentions")


def test_a_paragraph_is_a_line_of_the_text():
    text = "甲。乙。\n\n丙。\n丁。"
    starts = [0, 2, 6, 9]
    sentences = pd.DataFrame({"plan": "p", "sentence": range(4), "start": starts})
    assert [text[start] for start in starts] == list("甲乙丙丁")
    assert by_paragraph(sentences, text)["unit"].tolist() == ["1", "1", "2", "3"]


def test_what_is_no_grouping_is_refused(shangrao):
    with pytest.raises(ValueError, match="no grouping 'page': give one of plan, chapter"):
        groups_of(shangrao, "page")
    with pytest.raises(ValueError, match="levels from 1"):
        groups_of(shangrao, 0)


def test_groupings_of_the_plan_add_up_to_it(profile):
    tokens = token_table(profile.sentences, Segmenter())
    whole = count_terms(tokens).set_index("term")["n"].sort_index()
    for scheme in ("chapter", "section", "heading", "paragraph"):
        groups = groups_of(profile, scheme)
        parts = count_terms(tokens, groups).groupby("term")["n"].sum()
        pd.testing.assert_series_equal(whole, parts)
        assert word_totals(tokens, groups)["n_words"].sum() == whole.sum()


def tokens_of_lengths(*lengths: int) -> pd.DataFrame:
    rows = [("p", number, at, "词") for number, length in enumerate(lengths) for at in range(length)]
    return pd.DataFrame(rows, columns=["plan", "sentence", "position", "term"])


def test_equal_parts():
    assert equal_parts(tokens_of_lengths(5, 5, 5, 5), 2)["unit"].tolist() == ["1", "1", "2", "2"]
    assert equal_parts(tokens_of_lengths(1, 1, 8), 2)["unit"].tolist() == ["1", "1", "2"]
    assert equal_parts(tokens_of_lengths(3, 3), 5)["unit"].tolist() == ["1", "2"]  # no more parts than sentences
    assert equal_parts(tokens_of_lengths(), 3).empty
    with pytest.raises(ValueError, match="0 parts"):
        equal_parts(tokens_of_lengths(2), 0)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=30), n_parts=st.integers(1, 6))
@settings(deadline=None)
def test_equal_parts_are_in_order_whole_and_nearly_equal(lengths, n_parts):
    groups = equal_parts(tokens_of_lengths(*lengths), n_parts)
    parts = groups["unit"].astype(int)
    assert groups["sentence"].tolist() == list(range(len(lengths)))
    assert parts.is_monotonic_increasing
    assert sorted(set(parts)) == list(range(1, parts.max() + 1))
    sizes = pd.Series(lengths).groupby(parts).sum()
    assert (sizes <= sum(lengths) / n_parts + max(lengths)).all()
