"""Location quotients as circles: what is filled, hollow, nought or missing."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.specialisation import LARGEST_PT, specialisation_matrix

CELLS = pd.DataFrame(
    [
        ("甲县", "汽车", 4.0, 2.0, 7.0),
        ("甲县", "铜", 0.25, 0.1, 0.6),
        ("甲县", "茶", 0.0, 0.0, 3.0),
        ("乙县", "汽车", 1.0, 0.3, 2.0),
        ("乙县", "铜", 0.0, 0.0, 0.7),
        ("乙县", "茶", np.nan, np.nan, np.nan),
    ],
    columns=["row", "column", "value", "low", "high"],
)


def draw(size="one", **options):
    figure, ax = style.new_axes(size, 60)
    return figure, ax, specialisation_matrix(ax, CELLS, value_label="区位商", **options)


def test_each_cell_shows_what_its_interval_allows():
    _, ax, table = draw()
    assert table["shown"].tolist() == ["above", "below", "unsure zero", "unsure", "zero", "no text"]
    circles = ax.collections[-1]
    faces = [mpl.colors.to_hex(colour).upper() for colour in circles.get_facecolors()]
    edges = [mpl.colors.to_hex(colour).upper() for colour in circles.get_edgecolors()]
    assert faces == [style.MAIN, style.BELOW, style.PAPER]  # the interval of 乙县 and 汽车 includes 1
    assert edges == [style.MAIN, style.BELOW, style.BELOW]
    marks = {(note.get_position()[1], note.get_text()): note.get_color() for note in ax.texts}
    assert marks[0.5, "0"] == style.QUIET  # not there, but that may be chance
    assert marks[1.5, "0"] == style.INK
    assert marks[1.5, "×"] == style.QUIET


def test_areas_go_by_the_value():
    _, ax, _ = draw()
    outer = np.sqrt(ax.collections[-1].get_sizes()) + 0.9  # the edge is half inside, half outside
    assert outer == pytest.approx(np.array([1, 0.25, 0.5]) * LARGEST_PT)


def test_circles_stand_in_their_cells_with_the_value_where_it_fits():
    _, ax, _ = draw("two")
    places = ax.collections[-1].get_offsets().tolist()
    assert [(int(x), y) for x, y in places] == [(0, 0.5), (1, 0.5), (0, 1.5)]
    shown = {note.get_text(): note.get_position() for note in ax.texts}
    assert {"4.0", "0.2", "1.0"} <= set(shown)
    assert shown["4.0"][1] == 0.5 and places[0][0] < shown["4.0"][0] < 1
    narrow = pd.concat([CELLS.assign(column=CELLS["column"] + str(k)) for k in range(5)])
    _, ax = style.new_axes("one", 60)
    specialisation_matrix(ax, narrow, value_label="区位商")
    assert {note.get_text() for note in ax.texts} == {"0", "×"}


def test_rows_and_columns_stand_as_they_first_appear():
    _, ax, table = draw(row_names={"甲县": "County A"}, column_names={"铜": "Copper"}, language="en")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["County A", "乙县"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["汽车", "Copper", "茶"]
    assert ax.yaxis.get_inverted()
    assert table[["row_label", "column_label"]].iloc[1].tolist() == ["County A", "Copper"]


def test_the_legend_explains_what_is_there_and_no_more():
    _, ax, _ = draw(language="en")
    assert [label.get_text() for label in ax.get_legend().get_texts()] == [
        "0.5",
        "1",
        "4",
        "interval includes 1",
        "no text",
    ]
    assert ax.get_legend().get_title().get_text() == "区位商"
    _, ax = style.new_axes("one", 60)
    specialisation_matrix(ax, CELLS.head(1), value_label="LQ")
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["1", "4"]


def test_rows_are_as_high_whatever_the_labels():
    heights = []
    for names in ({}, {"铜": "Copper and copper alloys of high precision"}):
        figure, ax, _ = draw(column_names=names, language="en")
        figure.draw_without_rendering()
        heights.append(ax.get_window_extent().height * 72 / figure.dpi)
    assert heights == pytest.approx([2 * 5 * style.PT_PER_MM] * 2, abs=0.5)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (CELLS.head(5), "each pair of row and column once"),
        (pd.concat([CELLS, CELLS]), "each pair"),
        (CELLS.assign(value=-1.0), "negative or infinite"),
        (CELLS.assign(value=np.inf), "negative or infinite"),
        (CELLS.assign(low=np.nan), "no interval"),
        (CELLS.assign(value=np.nan), "no value above zero"),
        (CELLS.drop(columns="high"), "no column high"),
    ],
)
def test_specialisation_matrix_refuses(cells, message):
    _, ax = style.new_axes()
    with pytest.raises(FigureError, match=message):
        specialisation_matrix(ax, cells, value_label="LQ")
