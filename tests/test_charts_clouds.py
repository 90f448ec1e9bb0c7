"""Clouds of terms, of one text and of groups: sizes, fields, room."""

import itertools
import math

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import PathPatch

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import require_readable
from src.utils.figures.cloud import comparison_cloud, word_cloud
from src.utils.figures.save import footer, render, settle
from tests import figure_cases as cases


def groups(units=("有色金属", "汽车"), n_terms=12):
    """Terms of each group, the k-th of value 40/k; no two groups share one."""
    terms = list(cases.TERMS)
    return pd.DataFrame(
        [
            {"unit": unit, "term": terms[(place * n_terms + k) % len(terms)], "value": 40 / (k + 1), "n": 30 - k}
            for place, unit in enumerate(units)
            for k in range(n_terms)
        ]
    )


def shapes(ax):
    return [patch for patch in ax.patches if isinstance(patch, PathPatch)]


def ink(patch):
    return mpl.colors.to_hex(patch.get_facecolor()).upper()


def test_letters_go_by_the_square_root_of_the_value():
    counts = pd.DataFrame({"term": ["光伏", "铜", "汽车", "茶"], "n": [100, 25, 25, 4]})
    _, ax = style.new_axes("two", 104)
    sizes = word_cloud(ax, counts).set_index("term")["size"]
    assert sizes["铜"] == sizes["汽车"] == pytest.approx(sizes["光伏"] / 2, abs=1)
    assert sizes["茶"] == pytest.approx(sizes["光伏"] / 5, abs=1)


def test_the_largest_stands_in_the_middle():
    figure, ax = style.new_axes("two", 104)
    table = word_cloud(ax, cases.counts())
    box = shapes(ax)[0].get_path().get_extents()
    assert ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) == pytest.approx((400, 240), abs=4)
    assert table["term"].iloc[0] == cases.counts()["term"].iloc[0]
    settle(figure)
    again, other = style.new_axes("two", 104)
    word_cloud(other, cases.counts())
    settle(again)
    assert render(figure, "svg") == render(again, "svg")


def test_each_group_keeps_to_its_field_under_its_name():
    figure, ax = style.new_axes("two", 104)
    units = {"有色金属": "Non-ferrous metals", "汽车": "Motor vehicles"}
    table = comparison_cloud(ax, groups(tuple(units)), names=cases.TERMS, unit_names=units, language="en")
    assert [note.get_text() for note in ax.texts] == ["Non-ferrous metals", "Motor vehicles"]
    assert table["placed"].all()
    by_ink = {colour: list(found) for colour, found in itertools.groupby(shapes(ax), key=ink)}
    assert list(by_ink) == list(style.GROUP_INKS[:2])
    assert [mpl.colors.to_hex(note.get_color()).upper() for note in ax.texts] == list(style.GROUP_INKS[:2])
    left, right = ([patch.get_path().get_extents() for patch in found] for found in by_ink.values())
    rules = [line.get_xdata() for line in ax.lines]
    heads = [line.get_ydata()[0] for line in ax.lines]
    assert len(left) == len(right) == 12
    assert max(box.x1 for box in left) <= rules[0][1] < rules[1][0] <= min(box.x0 for box in right)
    assert min(box.y0 for box in left + right) > heads[0] == heads[1]
    for boxes in (left, right):
        assert all(one.x1 <= two.x0 or two.x1 <= one.x0 or one.y1 <= two.y0 or two.y1 <= one.y0
                   for one, two in itertools.combinations(boxes, 2))  # fmt: skip
    footer(figure, cases.note("en"))
    require_readable(figure)


def test_sizes_are_on_one_scale_over_the_groups():
    terms = pd.DataFrame(
        {"unit": ["甲", "甲", "乙", "乙"], "term": ["光伏", "铜", "汽车", "茶"], "value": [36.0, 9.0, 9.0, 9.0]}
    )
    _, ax = style.new_axes("two", 104)
    table = comparison_cloud(ax, terms, units=["乙", "甲"]).set_index("term")
    assert list(table["unit"]) == ["乙", "乙", "甲", "甲"]  # in the order asked for
    assert table.loc["铜", "size"] == table.loc["汽车", "size"] == table.loc["茶", "size"]
    assert table.loc["光伏", "size"] == pytest.approx(2 * table.loc["茶", "size"], abs=1)


@pytest.mark.parametrize(
    ("size", "n_units", "columns"), [("one", 2, 2), ("one", 3, 1), ("one", 4, 2), ("two", 4, 2), ("two", 6, 3)]
)
def test_fields_stand_in_rows(size, n_units, columns):
    units = list(cases.INDUSTRIES)[:n_units]
    _, ax = style.new_axes(size, style.SIZES[size].width_mm * 0.8)
    comparison_cloud(ax, groups(units, 4), shape=0.8, max_terms=4)
    starts = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines]
    assert len({across for across, _ in starts}) == columns
    assert len({down for _, down in starts}) == math.ceil(n_units / columns)


def test_a_heading_wider_than_its_field_is_cut():
    units = {"甲": "电子信息（含光学、物联网）及其上下游配套产业集群", "乙": "汽车"}
    _, ax = style.new_axes("one", 60)
    table = comparison_cloud(ax, groups(tuple(units)), unit_names=units, language="en")
    shown = [note.get_text() for note in ax.texts]
    assert shown[0].endswith("…") and units["甲"].startswith(shown[0][:-1])
    assert style.text_width(shown[0], style.TEXT_PT) < style.SIZES["one"].width_mm * style.PT_PER_MM / 2
    assert table["unit_label"].iloc[0] == units["甲"]


def test_a_term_without_room_is_reported():
    many = groups(("甲", "乙"), 2).assign(term=["规模以上工业企业增加值增速" * 3, "铜", "茶", "钨"])
    _, ax = style.new_axes("one", 51)
    table = comparison_cloud(ax, many)
    assert table["placed"].tolist() == [False, True, True, True]
    assert np.isnan(table["size"].iloc[0])


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (groups(("甲",)), "1 groups; it shows 2 to 6"),
        (groups(tuple("甲乙丙丁戊己庚"), 2), "7 groups"),
        (pd.concat([groups(), groups()]), "several rows in one group"),
        (groups().assign(value=lambda table: table["value"].where(table["unit"] != "汽车", 0)), "no term of 汽车"),
        (groups().drop(columns="value"), "no column value"),
    ],
)
def test_comparison_cloud_refuses(terms, message):
    _, ax = style.new_axes("two", 100)
    with pytest.raises(FigureError, match=message):
        comparison_cloud(ax, terms)


def test_group_inks_read_on_paper_and_differ_for_the_colour_blind():
    assert all(style.lightness(colour) < 56 for colour in style.GROUP_INKS)
    assert len(set(style.GROUP_INKS)) == 6
