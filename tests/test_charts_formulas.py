"""Shares of formula, and where the shared stretches stand."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.formulas import formula_shares, per_cent, shared_spans
from src.utils.figures.reuse import string_lengths

SHARES = pd.DataFrame({"unit": ["甲县", "乙县", "丙县"], "share": [0.5, np.nan, 0.042], "n_chars": [1200, 30, 800]})
PARTS = pd.DataFrame({"unit": ["甲县", "乙县"], "start": [100, 200], "end": [200, 250]})


def bars(ax, colour):
    found = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [bar for bar in found if mpl.colors.to_hex(bar.get_facecolor()).upper() == colour]


def test_bars_run_from_nothing_to_all_of_the_text():
    _, ax = style.new_axes("one", 40)
    table = formula_shares(ax, SHARES)
    assert [bar.get_width() for bar in bars(ax, style.PALE)] == [0.5, 0, 0.042]
    assert ax.get_xlim() == (0, 1)
    assert [note.get_text() for note in ax.texts] == [
        "文字过少",
        "占比",
        "50%",
        "",
        "4.2%",
        "字数",
        "1,200",
        "30",
        "800",
    ]
    assert list(table) == ["unit", "label", "share", "n_chars"]
    assert table["share"].iloc[0] == 0.5


def test_intervals_are_drawn_where_given():
    _, ax = style.new_axes("one", 40)
    formula_shares(ax, SHARES.assign(low=[0.4, np.nan, 0.0], high=[0.65, np.nan, 0.1]))
    segments = next(found for found in ax.collections if isinstance(found, LineCollection)).get_segments()
    assert [segment[:, 0].tolist() for segment in segments if len(segment)] == [[0.4, 0.65], [0.0, 0.1]]
    assert ax.lines[0].get_xdata()[[0, 2]].tolist() == [0.5, 0.042]


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, "0%"), (0.0004, "<0.1%"), (0.042, "4.2%"), (0.0994, "9.9%"), (0.0996, "10%"), (1.0, "100%")],
)
def test_per_cent(share, expected):
    assert per_cent(share) == expected


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (SHARES.assign(share=50.0), "not per cent"),
        (SHARES.assign(share=np.nan), "no share is known"),
        (pd.concat([SHARES, SHARES]), "several rows"),
        (SHARES.drop(columns="share"), "no column share"),
        (SHARES.head(0), "no rows"),
    ],
)
def test_formula_shares_refuses(table, message):
    _, ax = style.new_axes("one", 40)
    with pytest.raises(FigureError, match=message):
        formula_shares(ax, table)


def test_stretches_are_joined_and_cut_to_their_parts():
    # 110–130 and 125–140 overlap, 140–145 touches: one stretch of 35; 190–220 lies in both parts.
    spans = pd.DataFrame({"start": [190, 125, 110, 140, 300], "end": [220, 140, 130, 145, 310]})
    _, ax = style.new_axes("one", 40)
    table = shared_spans(ax, spans, PARTS)
    assert table[["unit", "start", "end", "from_start", "to_start"]].to_numpy().tolist() == [
        ["甲县", 110, 145, 10, 45],
        ["甲县", 190, 200, 90, 100],
        ["乙县", 200, 220, 0, 20],
    ]
    assert table["share"].tolist() == [0.45, 0.45, 0.4]
    drawn = [(bar.get_x(), bar.get_width(), round(bar.get_y() + bar.get_height() / 2)) for bar in bars(ax, style.MAIN)]
    assert drawn == [(10, 35, 0), (90, 10, 0), (0, 20, 1)]
    assert [bar.get_width() for bar in bars(ax, style.PALE)] == [100, 50]
    assert [note.get_text() for note in ax.texts] == ["45%", "40%"]


def test_a_part_that_shares_nothing_is_an_empty_strip():
    _, ax = style.new_axes("one", 40)
    table = shared_spans(ax, pd.DataFrame({"start": [110], "end": [160]}), PARTS)
    assert table["share"].tolist() == [0.5, 0.0]
    assert np.isnan(table["start"].iloc[1])
    assert [note.get_text() for note in ax.texts] == ["50%", "0%"]
    _, ax = style.new_axes("one", 40)
    none = shared_spans(ax, pd.DataFrame({"start": [], "end": []}), PARTS)
    assert none["share"].tolist() == [0, 0] and not bars(ax, style.MAIN)


def test_boundaries_stand_over_one_strip():
    boundaries = pd.DataFrame({"start": [100, 150], "label": ["前言", "正文"]})
    _, ax = style.new_axes("one", 40)
    shared_spans(ax, pd.DataFrame({"start": [110], "end": [150]}), PARTS.head(1), boundaries=boundaries)
    assert [line.get_xdata()[0] for line in ax.lines] == [0, 50]
    with pytest.raises(FigureError, match="boundaries are for one part"):
        shared_spans(ax, pd.DataFrame({"start": [110], "end": [150]}), PARTS, boundaries=boundaries)


@pytest.mark.parametrize(
    ("spans", "parts", "message"),
    [
        (pd.DataFrame({"start": [5], "end": [5]}), PARTS, "ends where it begins"),
        (pd.DataFrame({"start": [5]}), PARTS, "no column end"),
        (pd.DataFrame({"start": [5], "end": [6]}), PARTS.head(0), "no rows"),
        (pd.DataFrame({"start": [5], "end": [6]}), PARTS.assign(unit="甲"), "two parts"),
    ],
)
def test_shared_spans_refuses(spans, parts, message):
    _, ax = style.new_axes("one", 40)
    with pytest.raises(FigureError, match=message):
        shared_spans(ax, spans, parts)


def test_the_axis_of_shares_may_end_earlier_but_not_before_what_it_shows():
    shares = pd.DataFrame({"unit": ["甲", "乙"], "share": [0.1, 0.05], "low": [0.05, 0.02], "high": [0.18, 0.09]})
    _, ax = style.new_axes("one", 60)
    formula_shares(ax, shares, most=0.2)
    assert ax.get_xlim() == (0, 0.2)
    with pytest.raises(FigureError, match="the axis ends at 15%"):
        formula_shares(style.new_axes("one", 60)[1], shares, most=0.15)


LENGTHS = pd.DataFrame(
    {
        "n_chars": [4, 8, 20],
        "observed": [900, 200, 10],
        "in_two": [500, 120, 7],
        "letters_dealt": [3.0, 0.0, 0.0],
        "letters_most": [5, 0, 0],
        "words_dealt": [400.0, 20.0, 0.0],
        "words_most": [410, 22, 0],
    }
)


def test_lines_of_shared_strings_end_where_nothing_is_shared():
    _, ax = style.new_axes("two", 60)
    assert string_lengths(ax, LENGTHS, least=20).equals(LENGTHS)
    lines = [list(line.get_xdata()) for line in ax.get_lines()]
    assert lines == [[4, 8, 20], [4, 8, 20], [4, 8], [4], [20, 20]]
    with pytest.raises(FigureError, match="share no string"):
        string_lengths(style.new_axes("two", 60)[1], LENGTHS.assign(observed=0))
