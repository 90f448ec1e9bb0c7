"""The scorer of segmentation, on examples small enough to be counted by hand."""

import sys

import pytest

from src.utils import paths

sys.path.insert(0, str(paths.ROOT / "benchmarks"))

from segmentation_accuracy import Score, gold_spans, interval, outcome, parse, read_gold, score, spans


def scored(segmented, tokens, reading):
    text, units = parse(segmented)
    assert text == "".join(tokens)
    own = spans(tokens)
    return score(gold_spans(units, reading, own), own)


def outcomes(segmented, tokens):
    return [outcome(unit, spans(tokens)) for unit in parse(segmented)[1] if unit.is_term]


def test_words_alone():
    # gold 加大 数据 汇聚, system 加 大数据 汇聚: one of three on either side
    assert scored("加大 数据 汇聚", ["加", "大数据", "汇聚"], "coarse") == Score(1, 3, 3)
    # gold 推进 工作 。, system 推进工作 。: one right, two given, three due: P 1/2, R 1/3, F1 2/5
    found = scored("推进 工作 。", ["推进工作", "。"], "fine")
    assert found == Score(1, 2, 3)
    assert (found.precision, found.recall, found.f1) == pytest.approx((1 / 2, 1 / 3, 2 / 5))


@pytest.mark.parametrize(
    ("tokens", "coarse", "fine", "lenient", "term"),
    [
        # gold 发展 [规上·工业·增加值] 。: 3 words coarse, 5 fine
        (["发展", "规上工业增加值", "。"], (3, 3, 3), (2, 3, 5), (3, 3, 3), "whole"),
        (["发展", "规上", "工业", "增加值", "。"], (2, 5, 3), (5, 5, 5), (5, 5, 5), "parts"),
        (["发展", "规上工业", "增加值", "。"], (2, 4, 3), (3, 4, 5), (4, 4, 4), "parts"),
        (["发展", "规", "上", "工业增加值", "。"], (2, 5, 3), (2, 5, 5), (2, 5, 5), "parts"),
        (["发展规上", "工业", "增加值", "。"], (1, 4, 3), (3, 4, 5), (3, 4, 5), "crossed"),
        (["发展", "规上", "工业", "增加值。"], (1, 4, 3), (3, 4, 5), (3, 4, 5), "crossed"),
    ],
)
def test_a_term_in_the_three_readings(tokens, coarse, fine, lenient, term):
    gold = "发展 [规上·工业·增加值] 。"
    assert [tuple(scored(gold, tokens, reading)) for reading in ("coarse", "fine", "lenient")] == [
        coarse,
        fine,
        lenient,
    ]
    assert outcomes(gold, tokens) == [term]


def test_marks_that_enclose_a_word_are_words_of_their_own_on_both_sides():
    # “ 十四五 ” 期间 is four words, whether the marks were cut off or not
    for tokens in (["“十四五”", "期间"], ["“", "十四五", "”", "期间"]):
        for reading in ("coarse", "fine", "lenient"):
            assert scored("[“十四五”] 期间", tokens, reading) == Score(4, 4, 4)
        assert outcomes("[“十四五”] 期间", tokens) == ["whole"]
    assert outcomes("[“十四五”] 期间", ["“", "十四", "五", "”", "期间"]) == ["parts"]


def test_marks_inside_a_term_part_its_words():
    gold = "[“5020”·项目] 落地"
    assert scored(gold, ["“5020”项目", "落地"], "coarse") == Score(2, 2, 2)
    assert scored(gold, ["“", "5020", "”", "项目", "落地"], "fine") == Score(5, 5, 5)
    assert scored(gold, ["“5020”", "项目", "落地"], "fine") == Score(5, 5, 5)
    assert scored(gold, ["“", "5020", "”", "项目", "落地"], "coarse") == Score(1, 5, 2)


def test_gold_lines_are_read_with_their_part_and_source():
    lines = [
        "# id, part, source, sentence\n",
        "S1\ttuned\tseed/x.txt\t[“a・b”·项目] New␣Energy\n",
        "S2\taside\tfacts/y.csv\t铜\n",
    ]
    one, two = read_gold(lines)
    assert (one.id, one.part, one.source, one.text) == ("S1", "tuned", "seed/x.txt", "“a·b”项目New Energy")
    assert (two.part, two.text, [unit.is_term for unit in two.units]) == ("aside", "铜", [False])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("S1\ttuned\t铜", "line 1: 3 columns"),
        ("S1\ttuned\tx\t铜·锌", "line 1: '铜·锌' is neither"),
        ("S1\ttuned\tx\t铜  锌", "line 1: '' is neither"),
        ("S1\ttuned\tx\t[铜··锌]", "has an empty part"),
        ("S1\ttuned\tx\t[铜", "is neither a word nor"),
    ],
)
def test_a_gold_line_that_cannot_be_read_is_named(line, message):
    with pytest.raises(ValueError, match=message):
        read_gold([line])


def test_the_interval_of_equal_sentences_is_their_value():
    assert interval([Score(1, 2, 2)] * 10) == (0.5, 0.5)
    low, high = interval([Score(2, 2, 2), Score(0, 2, 2)] * 20)
    assert 0.3 < low < 0.5 < high < 0.7
