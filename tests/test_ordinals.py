"""Ordinals and names of parts in English figures."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.figures import ordinals
from src.utils.figures.language import HAN
from src.utils.figures.ordinals import PARTS, ordinal_label, part_label
from src.utils.plans.headings import _PARTS, ORDINAL


@pytest.mark.parametrize(
    ("ordinal", "english"),
    [
        ("第一篇", "Part 1"),
        ("第十二章", "Chapter 12"),
        ("第3节", "Section 3"),
        ("第一百零五条", "Article 105"),
        ("二是", "2."),
        ("十", "10"),
        ("(四)", "(4)"),
        ("附件", "Annex"),
        ("附件1", "Annex 1"),
        ("专栏三", "Box 3"),
        ("专栏3-1", "Box 3-1"),
        ("（二）重大项目建设", "（二）重大项目建设"),
        ("附件1 名单", "附件1 名单"),
        ("第一章 发展基础", "第一章 发展基础"),
        ("附表2", "Annex table 2"),
        ("③", "③"),
        ("7.", "7."),
        ("", ""),
    ],
)
def test_an_english_figure_has_english_ordinals(ordinal, english):
    assert ordinal_label(ordinal, "en") == english
    assert ordinal_label(ordinal, "zh") == ordinal_label(ordinal, "both") == ordinal


@given(st.from_regex(ORDINAL, fullmatch=True))
def test_no_ordinal_of_a_heading_stays_chinese(ordinal):
    english = ordinal_label(ordinal, "en")
    assert english and not [char for char in english if HAN[1] <= char <= HAN[3]]


def test_every_part_without_an_ordinal_has_an_english_name():
    assert set(PARTS) == set(_PARTS)
    assert part_label("前言", {}, "en") == "Foreword"
    assert part_label("前言", {}, "both") == "前言"
    assert part_label("发展基础", {"发展基础": "Foundations"}, "en") == "Foundations"
    assert part_label("发展基础", {}, "en") == "发展基础"


def test_examples():
    assert doctest.testmod(ordinals).failed == 0
