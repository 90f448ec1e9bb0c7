"""A heat map in the order of its tree, and the placing of labels."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts, require_readable
from src.utils.figures.clusters import clustered_heat_map, with_intervals
from src.utils.figures.placing import along, place
from src.utils.figures.save import footer
from tests import figure_cases as cases

UNITS = ["甲县", "乙县", "丙县", "丁县"]
SIMILAR = pd.DataFrame(
    [[1, 0.1, 0.8, 0.2], [0.1, 1, 0.3, 0.6], [0.8, 0.3, 1, 0.0], [0.2, 0.6, 0.0, 1]], index=UNITS, columns=UNITS
)
# 甲 and 丙 join at 0.2, 乙 and 丁 at 0.4, both at 0.85.
TREE = pd.DataFrame(
    {"left": [0, 1, 4], "right": [2, 3, 5], "height": [0.2, 0.4, 0.85], "stability": [0.93, 0.31, np.nan]}
)


def draw(size="two", **options):
    figure = style.new_figure(size)
    table = clustered_heat_map(figure, SIMILAR, TREE, value_label="余弦相似度", **options)
    return figure, table


def test_rows_and_columns_stand_in_the_order_of_the_tree():
    figure, table = draw()
    main, beside, scale = figure.axes
    order = ["甲县", "丙县", "乙县", "丁县"]
    assert [label.get_text() for label in main.get_yticklabels()] == order
    assert [label.get_text() for label in main.get_xticklabels()] == order
    assert main.yaxis.get_inverted()
    drawn = main.collections[0].get_array()
    assert np.diag(drawn.mask).all() and drawn.mask.sum() == 4  # the diagonal is left out
    assert drawn[0].tolist() == [None, 0.8, 0.1, 0.2]
    assert main.collections[0].norm.vmax == 0.8  # and out of the scale
    cells = table[table["part"] == "cell"].set_index(["row", "column"])["value"]
    assert cells.to_dict() == {(one, two): SIMILAR.loc[one, two] for one in UNITS for two in UNITS}
    assert scale.get_xlabel() == "余弦相似度"
    assert beside.get_ylim() == main.get_ylim()


def test_the_tree_joins_at_its_heights_with_unstable_branches_light():
    figure, table = draw()
    beside = figure.axes[1]
    forks = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in beside.lines]
    assert forks == [
        ([0, 0.2, 0.2, 0], [0.5, 0.5, 1.5, 1.5]),
        ([0, 0.4, 0.4, 0], [2.5, 2.5, 3.5, 3.5]),
        ([0.2, 0.85, 0.85, 0.4], [1.0, 1.0, 3.0, 3.0]),
    ]
    assert [line.get_color() for line in beside.lines] == [style.INK, style.QUIET, style.INK]
    branches = table[table["part"] == "row branch"]
    assert branches["members"].tolist() == ["甲县、丙县", "乙县、丁县", "甲县、丙县、乙县、丁县"]
    assert branches["height"].tolist() == [0.2, 0.4, 0.85]
    assert [(note.get_text(), note.xy) for note in beside.texts] == [("93", (0.2, 1.0)), ("31", (0.4, 3.0))]
    assert "稳定度" in beside.get_xlabel()


def test_cells_have_the_interval_of_their_pair_on_both_sides():
    pairs = pd.DataFrame({"unit": ["甲县", "乙县"], "other": ["丙县", "丁县"], "measure": ["cosine", "js_distance"]})
    pairs = pairs.assign(low=[0.7, 0.1], high=[0.9, 0.2], shuffled=[0.75, 0.15])
    _, table = draw()
    found = with_intervals(table, pairs)
    assert found[table.columns].equals(table)
    known = found.dropna(subset="low").set_index(["row", "column"])[["low", "high", "shuffled"]]
    assert known.loc[("甲县", "丙县")].tolist() == known.loc[("丙县", "甲县")].tolist() == [0.7, 0.9, 0.75]
    assert len(known) == 2  # the other pair is of another measure
    with pytest.raises(FigureError, match="with_intervals: .*shuffled"):
        with_intervals(table, pairs.drop(columns="shuffled"))


def test_trees_without_stability_say_nothing_of_it():
    figure = style.new_figure("two")
    clustered_heat_map(figure, SIMILAR, TREE.drop(columns="stability"), value_label="相似度", distance_label="1 − 余弦")
    assert not figure.axes[1].texts
    assert figure.axes[1].get_xlabel() == "1 − 余弦"


def test_numbers_are_printed_only_where_they_fit():
    wide, _ = draw()
    printed = [note.get_text() for note in wide.axes[0].texts]
    assert printed[:3] == ["0.80", "0.10", "0.20"]
    assert "–" in printed and len(printed) == 12  # 丙 and 丁 share nothing; the diagonal is bare
    units = [f"单元{place:02}" for place in range(20)]
    chain = pd.DataFrame({"left": [0, *range(20, 38)], "right": range(1, 20), "height": np.linspace(0.1, 0.9, 19)})
    figure = style.new_figure("one")
    clustered_heat_map(
        figure,
        pd.DataFrame(0.25, index=units, columns=[f"词{k}" for k in range(10)]),
        chain,
        value_label="x",
        decimals=3,
    )
    assert not figure.axes[0].texts


def test_colours_may_begin_where_the_numbers_do():
    figure, _ = draw()
    paler, _ = draw(least=0.1)
    first, second = (each.axes[0].collections[0] for each in (figure, paler))
    assert first.get_clim()[0] == 0
    assert second.get_clim() == (0.1, first.get_clim()[1])


def test_units_by_terms_have_two_trees():
    matrix = pd.DataFrame([[3, 0, 1], [0, 2, 1], [4, 0, 0], [0, 1, 2]], index=UNITS, columns=["铜", "茶", "光伏"])
    columns = pd.DataFrame({"left": [1, 0], "right": [2, 3], "height": [0.3, 0.9], "stability": [0.5, np.nan]})
    figure = style.new_figure("two")
    table = clustered_heat_map(
        figure,
        matrix,
        TREE,
        column_merges=columns,
        value_label="次",
        decimals=0,
        row_names={},
        column_names=cases.TERMS,
    )
    main, _, above, _ = figure.axes
    assert [label.get_text() for label in main.get_xticklabels()] == ["铜", "茶", "光伏"]
    assert [label.get_text() for label in main.get_yticklabels()] == ["甲县", "丙县", "乙县", "丁县"]
    assert [note.get_text() for note in main.texts][:6] == ["3", "–", "1", "4", "–", "–"]
    assert [line.get_ydata().tolist() for line in above.lines] == [[0, 0.3, 0.3, 0], [0, 0.9, 0.9, 0.3]]
    assert [note.get_text() for note in above.texts] == ["50"]
    assert table[table["part"] == "column branch"]["members"].tolist() == ["茶、光伏", "铜、茶、光伏"]
    footer(figure, cases.note("zh"))
    require_readable(figure)


def test_numbers_at_branches_lie_on_no_line_and_stay_when_a_footer_is_added():
    figure, _ = draw("one")
    footer(figure, cases.note("en"))
    beside = figure.axes[1]
    boxes = [found.corners for found in drawn_texts(figure) if found.artist in beside.texts]
    for line in beside.lines:
        path = beside.transData.transform(np.column_stack(line.get_data()))
        points = along(np.column_stack([path[:-1], path[1:]]))
        for box in boxes:
            ink = box.min(axis=0) + (box.max(axis=0) - box.min(axis=0)) * 0.25, box.max(axis=0)
            middle = (box.min(axis=0) + box.max(axis=0)) / 2
            half = (ink[1] - middle) * np.array([0.9, 0.35])  # digits fill about a third of a line's height
            assert not (np.abs(points - middle) < half).all(axis=1).any()


@pytest.mark.parametrize(
    ("matrix", "merges", "message"),
    [
        (SIMILAR - 0.5, TREE, "finite numbers from 0"),
        (SIMILAR.replace(0.6, np.nan), TREE, "finite numbers from 0"),
        (SIMILAR, TREE.head(2), "no tree of 4 leaves"),
        (SIMILAR, TREE.assign(left=[0, 0, 4]), "no tree of 4 leaves"),
        (SIMILAR, TREE.drop(columns="height"), "no column height"),
        (SIMILAR * 0, TREE, "no number above zero"),
    ],
)
def test_clustered_heat_map_refuses(matrix, merges, message):
    with pytest.raises(FigureError, match=message):
        clustered_heat_map(style.new_figure("two"), matrix, merges, value_label="x")


def test_more_columns_than_have_room_are_refused():
    matrix = pd.DataFrame(1.0, index=UNITS, columns=[f"词{k}" for k in range(80)])
    with pytest.raises(FigureError, match="80 columns have"):
        clustered_heat_map(style.new_figure("one"), matrix, TREE, value_label="x")


# Placing


def boxes_round(x, y, width=20.0, height=8.0):
    spots = [(x + 3, y - 4), (x - 3 - width, y - 4), (x - width / 2, y + 3), (x - width / 2, y - 11)]
    return np.array([[left, bottom, left + width, bottom + height] for left, bottom in spots])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=8, unique=True))
def test_labels_with_room_keep_apart(cells):
    # Points 60 apart: every label has room, whatever the others choose.
    candidates = [boxes_round(60.0 * x, 60.0 * y) for x, y in cells]
    chosen = place(candidates, [np.arange(4.0)] * len(cells))
    assert chosen == [0] * len(cells)  # each where it likes best


def test_a_label_gives_way():
    candidates = [boxes_round(0.0, 0.0), boxes_round(22.0, 0.0)]
    costs = [np.arange(4.0)] * 2
    chosen = place(candidates, costs, points=np.array([[0.0, 0.0], [22.0, 0.0]]))
    one, two = candidates[0][chosen[0]], candidates[1][chosen[1]]
    assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
    for box in (one, two):
        assert not any(box[0] < x < box[2] and box[1] < 0 < box[3] for x in (0, 22))


def test_labels_stay_within_and_off_what_is_taken():
    spots = boxes_round(5.0, 50.0)
    assert place([spots], [np.array([5.0, 0, 0, 0])], within=np.array([0.0, 0, 100, 100])) == [0]  # all others leave it
    taken = np.array([[8.0, 46, 28, 54]])
    spots = boxes_round(50.0, 50.0)
    assert place([spots], [np.arange(4.0)], taken=np.array([spots[0]]), within=np.array([0.0, 0, 100, 100])) == [1]
    assert place([spots], [np.arange(4.0)], taken=taken) == [0]


def test_lines_are_points_close_enough_to_stop_a_label():
    points = along(np.array([[0.0, 0, 30, 0], [5, 5, 5, 5]]))
    assert np.diff(points[points[:, 1] == 0][:, 0]).max() <= 1.5
    assert math.isclose(points[:, 0].max(), 30)
