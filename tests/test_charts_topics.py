"""Topics in units: dots and intervals in panels."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.topics import topic_prevalence

PREVALENCE = pd.DataFrame(
    [
        (1, "光伏、铜", "甲县", 0.7, 0.5, 0.8, 12),
        (2, "茶、农业", "甲县", 0.3, 0.2, 0.5, 12),
        (1, "光伏、铜", "乙县", 0.4, np.nan, np.nan, 1),
        (2, "茶、农业", "乙县", 0.6, np.nan, np.nan, 1),
        (1, "光伏、铜", "丙县", 0.0, np.nan, np.nan, 0),
        (2, "茶、农业", "丙县", 0.0, np.nan, np.nan, 0),
    ],
    columns=["topic", "term", "unit", "value", "low", "high", "n"],
)
NAMES = {"光伏": "photovoltaics", "铜": "copper", "茶": "tea"}


def dots(ax):
    return {
        (x, y): mpl.colors.to_hex(line.get_markerfacecolor()).upper()
        for line in ax.lines
        for x, y in zip(*line.get_data(), strict=True)
    }


def test_a_panel_a_topic_with_a_dot_a_unit():
    figure = style.new_figure("two")
    table = topic_prevalence(figure, PREVALENCE)
    one, two = figure.axes
    assert dots(one) == {(0.7, 0): style.MAIN, (0.4, 1): style.PAPER}  # no interval: hollow
    assert dots(two) == {(0.3, 0): style.MAIN, (0.6, 1): style.PAPER}
    lines = next(found for found in one.collections if isinstance(found, LineCollection)).get_segments()
    assert [segment[:, 0].tolist() for segment in lines if len(segment)] == [[0.5, 0.8]]
    assert [label.get_text() for label in one.get_yticklabels()] == ["甲县", "乙县", "丙县"]
    assert one.yaxis.get_inverted()
    assert one.get_xlim() == two.get_xlim()
    assert [(note.get_text(), note.xy) for note in one.texts] == [("—", (0, 2))]  # 丙县 has no text
    assert table["value"].isna().tolist() == [False, False, True] * 2


def test_topics_are_called_by_their_terms():
    figure = style.new_figure("two")
    table = topic_prevalence(figure, PREVALENCE, names=NAMES, unit_names={"甲县": "County A"}, language="en")
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes]
    assert titles == ["Topic 1: photovoltaics, copper", "Topic 2: tea, 农业"]
    assert table["unit_label"].tolist()[:3] == ["County A", "乙县", "丙县"]
    assert figure.axes[1].get_xlabel() == "Share of the unit's text"
    figure = style.new_figure("two")
    assert topic_prevalence(figure, PREVALENCE)["label"].iloc[0] == "主题1：光伏、铜"


def test_units_stand_in_the_order_asked_for_and_rows_keep_their_height():
    figure = style.new_figure("one")
    table = topic_prevalence(figure, PREVALENCE, units=["乙县", "甲县"], n_columns=1)
    assert table["unit"].tolist() == ["乙县", "甲县"] * 2
    figure.draw_without_rendering()
    for ax in figure.axes:
        assert {label.get_fontsize() for label in ax.get_yticklabels()} == {style.SMALL_PT}
        assert ax.get_window_extent().height * 72 / figure.dpi == pytest.approx(2 * 3.5 * style.PT_PER_MM, abs=1)


def test_an_empty_place_in_the_grid_is_bare():
    three = pd.concat([PREVALENCE, PREVALENCE[PREVALENCE["topic"] == 1].assign(topic=3)])
    figure = style.new_figure("one")
    topic_prevalence(figure, three, n_columns=2)
    assert [ax.axison for ax in figure.axes] == [True, True, True, False]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (PREVALENCE.head(5), "each topic and unit once"),
        (pd.concat([PREVALENCE, PREVALENCE]), "each topic and unit once"),
        (PREVALENCE.assign(value=50.0), "from 0 to 1"),
        (PREVALENCE.assign(n=0), "at least one of them known"),
        (PREVALENCE.drop(columns="term"), "no column term"),
    ],
)
def test_topic_prevalence_refuses(table, message):
    with pytest.raises(FigureError, match=message):
        topic_prevalence(style.new_figure("two"), table)
