"""Units' measures beside chance: places, what is filled, what is refused."""

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.intervals import against_chance

TABLE = pd.DataFrame(
    [
        ("county", "甲县", "krugman", 1.3, 0.6, 1.6, 0.7, 0.05),
        ("county", "乙县", "krugman", 0.8, 0.1, 1.2, 0.9, 0.051),
        ("industry", "铜业", "krugman", 1.1, 0.5, 1.3, 0.6, 0.001),
        ("county", "乙县", "herfindahl", 0.2, 0.1, 0.4, 0.2, 0.6),
        ("industry", "铜业", "herfindahl", 0.3, 0.2, 0.5, 0.1, 0.01),
    ],
    columns=["scheme", "unit", "measure", "value", "low", "high", "expected", "p"],
)
PANELS = {"krugman": "克鲁格曼指数", "herfindahl": "赫芬达尔指数"}


def draw(table=TABLE, **options):
    figure = style.new_figure("one")
    return figure, against_chance(figure, table, panels=PANELS, **options)


def points(ax, face):
    return [
        tuple(point)
        for line in ax.lines
        if mpl.colors.to_hex(line.get_markerfacecolor()).upper() == face
        for point in line.get_xydata().round(3).tolist()
    ]


def test_points_intervals_and_chance_stand_in_the_row_of_their_unit():
    figure, table = draw()
    first, second = figure.axes
    rows = dict(zip([label.get_text() for label in first.get_yticklabels()], first.get_yticks(), strict=True))
    assert list(rows) == ["甲县", "乙县", "铜业"]
    assert rows["铜业"] - rows["乙县"] > rows["乙县"] - rows["甲县"]  # industries stand apart from counties
    assert points(first, style.MAIN) == [(1.3, rows["甲县"]), (1.1, rows["铜业"])]  # p ≤ 0.05
    assert points(first, style.PAPER) == [(0.8, rows["乙县"])]
    assert points(second, style.PAPER) == [(0.2, rows["乙县"])]  # 甲县 has no such index
    lines = [found.get_segments() for found in second.collections if isinstance(found, LineCollection)]
    assert [segment[:, 0].tolist() for segment in lines[0]] == [[0.1, 0.4], [0.2, 0.5]]
    assert [segment[0, 0] for segment in lines[1]] == [0.2, 0.1]  # by chance
    assert table[["unit", "measure", "value", "expected"]].to_numpy().tolist()[:2] == [
        ["甲县", "krugman", 1.3, 0.7],
        ["乙县", "krugman", 0.8, 0.9],
    ]


def test_names_of_units():
    _, table = draw(names={"甲县": "Jia County"}, language="en")
    assert table["unit_label"].tolist() == ["Jia County", "乙县", "铜业", "乙县", "铜业"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.drop(columns="expected"), "no column expected"),
        (TABLE[TABLE["measure"] == "krugman"], "no rows of the measure herfindahl"),
        (pd.concat([TABLE, TABLE.head(1)]), "several values of one measure"),
    ],
)
def test_refuses(table, message):
    with pytest.raises(FigureError, match=message):
        draw(table)
