"""Terms that mark one text against another."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts
from src.utils.figures.marking import BEYOND, leading_marks, marking_terms, times
from tests import chart_cases

KEYNESS = pd.DataFrame(
    {
        "term": ["铜", "茶", "光伏", "汽车", "发展"],
        "value": [3.0, -2.0, 1.0, -0.5, 0.0],
        "low": [2.0, -3.0, -0.5, -np.inf, -1.0],
        "high": [4.0, -1.0, 2.5, 0.5, 1.0],
        "n": [16, 1, 1234, 7, 5],
        "n_reference": [2, 4, 5, 10, 5],
        "q": [0.0002, 0.012, 0.4, np.nan, 1.0],
        "dp_norm": [0.5, 0.25, np.nan, 0.125, 0.0],
    }
)


def drawn(**options):
    figure, ax = style.new_axes("two", 60)
    return figure, ax, marking_terms(ax, KEYNESS, **options)


def test_both_directions_from_the_outside_in():
    _, ax, table = drawn()
    assert table[["rank", "term"]].to_numpy().tolist() == [[1, "铜"], [2, "光伏"], [2, "汽车"], [1, "茶"]]
    assert table["ratio"].tolist() == [8, 2, 2**-0.5, 0.25]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["铜", "光伏", "汽车", "茶"]
    assert ax.yaxis.get_inverted()
    steps = np.diff(ax.get_yticks())
    assert steps == pytest.approx([1, 1.6, 1])  # a gap where the direction turns


def test_hollow_where_the_interval_includes_equal_frequency():
    _, ax, table = drawn()
    assert table["includes_zero"].tolist() == [False, True, True, False]
    faces = {
        value: mpl.colors.to_hex(line.get_markerfacecolor()).upper()
        for line in ax.lines
        if line.get_marker() == "o"
        for value in line.get_xdata()
    }
    assert faces == {3: style.MAIN, 1: style.PAPER, -0.5: style.PAPER, -2: style.MAIN}
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["区间含 1"]
    _, ax = style.new_axes("two", 60)
    marking_terms(ax, KEYNESS.head(2))
    assert ax.get_legend() is None


def test_a_term_without_interval_is_a_cross():
    _, ax = style.new_axes("two", 60)
    table = marking_terms(ax, KEYNESS.assign(low=np.nan, high=np.nan).rename(columns={"value": "lr"}), value="lr")
    assert {line.get_marker() for line in ax.lines if len(line.get_xdata()) == 4} == {"x"}
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["无区间"]
    assert table["value"].tolist() == [3, 1, -0.5, -2]


def test_intervals_end_where_the_table_says_or_at_an_arrow():
    _, ax, _ = drawn()
    segments = next(found for found in ax.collections if isinstance(found, LineCollection)).get_segments()
    left = ax.get_xlim()[0]
    assert [segment[:, 0].tolist() for segment in segments] == [[2, 4], [-0.5, 2.5], [left, 0.5], [-3, -1]]
    arrows = [line for line in ax.lines if line.get_marker() == "<"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in arrows] == [(left, ax.get_yticks()[2])]
    assert not [line for line in ax.lines if line.get_marker() == ">"]


def test_the_axis_counts_in_powers_of_two():
    figure, ax, _ = drawn(language="en")
    figure.draw_without_rendering()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["÷8", "÷4", "÷2", "1", "×2", "×4", "×8", "×16"]
    assert [times(power) for power in (-10, 0, 1)] == ["÷1,024", "1", "×2"]


def test_numbers_stand_beside_their_rows():
    figure, ax, table = drawn(beside=["n", "n_reference", "q", "dp_norm"], language="en")
    assert list(table.columns)[-4:] == ["n", "n_reference", "q", "dp_norm"]
    rows = {}
    for note in ax.texts:
        rows.setdefault(round(note.xy[1], 3), []).append(note.get_text())
    assert list(rows.values()) == [
        ["n", "n ref.", "q", "DP"],
        ["16", "2", "<0.001", "0.50"],
        ["1,234", "5", "0.400", ""],
        ["7", "10", "", "0.12"],
        ["1", "4", "0.012", "0.25"],
    ]
    assert list(rows)[1:] == [round(place, 3) for place in ax.get_yticks()]
    right = ax.get_window_extent().x1
    shown = {note.text: note.corners for note in drawn_texts(figure)}
    assert shown["1,234"][:, 0].min() > right
    assert shown["1,234"][:, 0].max() == pytest.approx(shown["16"][:, 0].max(), abs=0.6)  # flush right


def test_long_labels_are_wrapped_and_their_rows_higher():
    figure, ax = style.new_axes("one", 60)
    marking_terms(ax, KEYNESS, names={"光伏": "industrial enterprises above designated size"}, language="en")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[1].replace("\n", " ") == "industrial enterprises above designated size"
    assert "\n" in labels[1]
    assert figure.get_figheight() * 25.4 > 60
    steps = np.diff(ax.get_yticks())
    assert steps[0] > steps[2]


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (KEYNESS.drop(columns="low"), {}, "no column low"),
        (pd.concat([KEYNESS, KEYNESS]), {}, "several rows"),
        (KEYNESS.assign(value=np.inf), {}, "not finite"),
        (KEYNESS.tail(1), {}, "every log ratio is zero"),
        (KEYNESS, {"beside": ["p"]}, "no column p"),
        (KEYNESS, {"beside": ["low"]}, "there are n, n_reference, q, dp_norm"),
        (KEYNESS.drop(columns="q"), {"beside": ["q"]}, "no column q"),
    ],
)
def test_marking_terms_refuses(table, options, message):
    _, ax = style.new_axes("two", 60)
    with pytest.raises(FigureError, match=message):
        marking_terms(ax, table, **options)


def test_leading_marks_are_the_first_of_each_unit_with_their_ratios_as_powers_of_two():
    profiles = pd.DataFrame(
        {
            "unit": ["甲县", "甲县", "甲县", "乙县", "乙县"],
            "term": ["铜", "茶", "光伏", "茶", "铜"],
            "n": [6, 3, 1, 5, 2],
            "ratio": [8.0, 2.0, 1.0, 4.0, 0.25],
            "ratio_low": [2.0, 0.5, 0.0, 1.0, 0.125],
            "ratio_high": [BEYOND * 2.0, 16.0, 4.0, np.inf, 1.0],
        }
    )
    rows, english = leading_marks(profiles, {"铜": "copper", "甲县": "County A"}, top_n=2)
    assert rows["term"].tolist() == ["铜（甲县）", "茶（甲县）", "茶（乙县）", "铜（乙县）"]
    assert english["铜（甲县）"] == "copper (County A)"
    assert english["茶（乙县）"] == "茶 (乙县)"
    assert rows["value"].tolist() == [3, 1, 2, -2]
    assert rows["low"].tolist() == [1, -1, 0, -3]
    assert rows["high"].tolist() == [np.inf, 4, np.inf, 0]  # off the chart
    assert rows["n_reference"].tolist() == [2, 5, 3, 6]  # in the other county
    assert leading_marks(profiles, {}, top_n=1, short={"甲县": "甲"})[0]["term"].tolist() == ["铜（甲）", "茶（乙县）"]


def test_the_argument_is_left_alone():
    before = chart_cases.keyness()
    table = before.copy()
    _, ax = style.new_axes("two", 90)
    marking_terms(ax, table)
    pd.testing.assert_frame_equal(table, before)
