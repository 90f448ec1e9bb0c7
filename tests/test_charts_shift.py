"""A word shift between two units."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts
from src.utils.figures.shift import FILLS, word_shift

UNITS = ("广丰区", "鄱阳县")
SHIFTS = pd.DataFrame(
    {
        "term": ["黑滑石", "鱼钩", "茶", "铜", "无"],
        "value": [-6.0, 4.0, 1.5, -0.5, 0.0],
        "low": [-9.0, 1.0, -1.0, np.nan, -1.0],
        "high": [-3.0, 7.0, 4.0, np.nan, 1.0],
        "n": [8, 0, 1, 2, 1],
        "n_other": [0, 1234, 3, 1, 1],
    }
)


def draw(shifts=SHIFTS, **options):
    figure, ax = style.new_axes("one", 50)
    return figure, ax, word_shift(ax, shifts, units=UNITS, value_label="百分点", **options)


def bars(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_terms_stand_by_size_on_the_side_of_their_unit():
    figure, ax, table = draw()
    assert table["term"].tolist() == ["", "", "黑滑石", "鱼钩", "茶", "铜"]  # what contributes nothing is not drawn
    assert table["unit"].tolist() == ["广丰区", "鄱阳县", "广丰区", "鄱阳县", "鄱阳县", "广丰区"]
    assert [bar.get_width() for bar in bars(ax)[:4]] == [-6, 4, 1.5, -0.5]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["所有词合计", "黑滑石", "鱼钩", "茶", "铜"]
    figure.draw_without_rendering()
    assert "−5" in {label.get_text() for label in ax.get_xticklabels()}  # a difference is
    low, high = ax.get_xlim()
    assert low == -high and high > 9  # the middle is 0, and the intervals are whole


def test_bars_are_filled_where_the_interval_leaves_nought_out():
    _, ax, table = draw()
    edges = [mpl.colors.to_hex(bar.get_edgecolor()).upper() for bar in bars(ax)[:4]]
    faces = [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in bars(ax)[:4]]
    assert edges == [style.MAIN, style.BELOW, style.BELOW, style.MAIN]
    assert faces == [FILLS[style.MAIN], FILLS[style.BELOW], style.PAPER, style.PAPER]
    assert table["hollow"].tolist() == [False, False, False, False, True, True]
    lines = next(found for found in ax.collections if isinstance(found, LineCollection))
    assert [segment[:, 0].tolist() for segment in lines.get_segments() if len(segment)] == [[-9, -3], [1, 7], [-1, 4]]


def test_the_totals_are_of_all_terms_and_not_only_of_those_drawn():
    _, ax, table = draw(top_n=1)
    # 6.5 of 12 left, 5.5 of 12 right.
    assert table.loc[table["part"] == "total", "value"].tolist() == pytest.approx([6.5 / 12, 5.5 / 12])
    texts = [note.get_text() for note in ax.texts]
    assert {"54%", "46%"} <= set(texts)
    reach = ax.get_xlim()[1]
    assert [bar.get_width() for bar in bars(ax)[1:]] == pytest.approx([-6.5 / 12 * reach, 5.5 / 12 * reach])


def test_the_units_are_named_over_their_sides():
    figure, ax, _ = draw(names={"广丰区": "Guangfeng District", "鄱阳县": "Poyang County"}, language="en")
    middle = ax.transData.transform((0, 0))[0]
    boxes = {found.text: found.corners for found in drawn_texts(figure)}
    assert boxes["Guangfeng District"][:, 0].max() < middle < boxes["Poyang County"][:, 0].min()
    assert boxes["Poyang County"][:, 1].min() > boxes["黑滑石"][:, 1].max()


def test_counts_stand_beside():
    _, ax, _ = draw()
    texts = [note.get_text() for note in ax.texts]
    assert texts[2:14] == ["左频次", "", "8", "0", "1", "2", "右频次", "", "0", "1,234", "3", "1"]


def test_a_divergence_takes_its_side_from_the_table():
    shifts = pd.DataFrame(
        {"term": ["铜", "茶"], "value": [0.3, 0.1], "low": [0.1, 0.0], "high": [0.5, 0.2], "side": list(UNITS)}
    )
    figure, ax, table = draw(shifts)
    figure.draw_without_rendering()
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert ticks == ticks[::-1] and not any("−" in tick for tick in ticks)  # no contribution is below 0
    terms = table[table["part"] == "term"]
    assert terms[["value", "low", "high"]].to_numpy().tolist() == [[-0.3, -0.5, -0.1], [0.1, 0.0, 0.2]]
    assert terms["hollow"].tolist() == [False, True]
    with pytest.raises(FigureError, match="side 婺源县 is neither"):
        draw(shifts.assign(side="婺源县"))


@pytest.mark.parametrize(
    ("shifts", "message"),
    [
        (pd.concat([SHIFTS, SHIFTS]), "several rows"),
        (SHIFTS.assign(value=np.inf), "not finite"),
        (SHIFTS.assign(value=0.0), "no term contributes"),
        (SHIFTS.drop(columns="value"), "no column value"),
    ],
)
def test_word_shift_refuses(shifts, message):
    with pytest.raises(FigureError, match=message):
        draw(shifts)
