"""A map of rows and columns: places, shapes, equal units, names where they have room."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pypdfium2
import pytest
from matplotlib.patches import Ellipse, Polygon

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts
from src.utils.figures.correspondence import correspondence_map
from src.utils.figures.drawing import Halo
from src.utils.figures.rendering import render
from src.utils.figures.save import footer
from tests import chart_cases, figure_cases

POINTS = pd.DataFrame(
    [
        ("row", "甲县", False, 0.5, 0.2, np.nan),
        ("row", "乙县", False, -0.7, 0.1, np.nan),
        ("column", "铜", False, 0.6, -0.3, 0.4),
        ("column", "茶", False, -0.2, 0.9, 0.1),
        ("column", "光伏", False, -1.4, -0.9, 0.3),
        ("column", "汽车", True, 0.0, -0.6, np.nan),
    ],
    columns=["side", "name", "supplementary", "x", "y", "contribution"],
)
INERTIA = (0.421, 0.178)


def draw(**options):
    figure, ax = style.new_axes("one", 85)
    return figure, ax, correspondence_map(ax, POINTS, inertia=INERTIA, **options)


def marks(ax):
    """Marker, colour and places of each set of points."""
    return {
        (line.get_marker(), mpl.colors.to_hex(line.get_color()).upper()): np.column_stack(line.get_data()).tolist()
        for line in ax.lines
        if line.get_marker() not in ("None", None)
    }


def test_points_stand_at_their_coordinates_in_the_shape_of_their_kind():
    _, ax, _ = draw()
    assert marks(ax) == {
        ("o", style.MAIN): [[0.5, 0.2], [-0.7, 0.1]],
        ("^", style.BELOW): [[0.6, -0.3], [-0.2, 0.9], [-1.4, -0.9]],
        ("s", style.QUIET): [[0.0, -0.6]],
    }
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["行", "列", "补充点"]


def test_axes_say_their_share_of_the_inertia():
    _, ax, _ = draw(language="en", kinds={"row": "Counties"})
    assert ax.get_xlabel() == "Dimension 1 (42.1% of inertia)"
    assert ax.get_ylabel() == "Dimension 2 (17.8% of inertia)"
    assert ax.get_legend().get_texts()[0].get_text() == "Counties"


def test_an_ellipse_has_room():
    wide = pd.DataFrame({"side": ["row"], "name": ["甲县"], "major": [3.0], "minor": [0.1], "angle": [0.0]})
    _, ax, _ = draw(ellipses=wide)
    low, high = ax.get_xlim()
    assert low < -2.5 and high > 3.5 and high - low < 9


@pytest.mark.parametrize("height", [60, 85, 110])
def test_a_unit_is_as_long_across_as_up_even_with_a_footer(height):
    figure, ax = style.new_axes("one", height)
    correspondence_map(ax, POINTS, inertia=INERTIA)
    footer(figure, figure_cases.note("both"))
    figure.draw_without_rendering()
    origin, one = ax.transData.transform([[0, 0], [1, 1]])
    assert one[0] - origin[0] == pytest.approx(one[1] - origin[1])
    assert ax.get_window_extent().width > 0.8 * figure.bbox.width  # not shrunk for it
    low, high = ax.transData.inverted().transform(ax.get_window_extent())
    assert (POINTS[["x", "y"]] > low).all(axis=None) and (POINTS[["x", "y"]] < high).all(axis=None)


def test_each_named_point_has_its_label_near_or_on_a_line():
    figure, ax = style.new_axes("two", 120)
    table = correspondence_map(ax, chart_cases.coordinates(), inertia=INERTIA, most_columns=20)
    footer(figure, figure_cases.note("zh"))
    boxes = {found.text: found for found in drawn_texts(figure) if found.artist in ax.texts}
    named = table[table["labelled"]]
    assert set(boxes) == set(named["label"])  # none so long that it is wrapped
    for row in named.itertuples():
        corners, point = boxes[row.label].corners, ax.transData.transform((row.x, row.y))
        nearest = np.clip(point, corners.min(axis=0), corners.max(axis=0))
        away_pt = np.hypot(*(nearest - point)) * 72 / figure.dpi
        with_line = boxes[row.label].artist.arrow_patch is not None
        assert away_pt > 1.5  # the mark itself is free
        assert away_pt < 8 or with_line


def test_a_label_as_near_to_another_point_has_a_line_to_its_own():
    crowd = pd.DataFrame({"name": [f"第{at}省" for at in range(12)]})
    crowd = crowd.assign(side="row", x=np.cos(np.arange(12)) * 0.05, y=np.sin(np.arange(12)) * 0.05)
    far = pd.DataFrame({"name": ["远县"], "side": ["row"], "x": [1.0], "y": [1.0]})
    figure, ax = style.new_axes("one", 85)
    table = correspondence_map(ax, pd.concat([crowd, far]), inertia=INERTIA)
    footer(figure, figure_cases.note("zh"))
    boxes = {found.text: found for found in drawn_texts(figure) if found.artist in ax.texts}
    places = ax.transData.transform(table[["x", "y"]].to_numpy())
    n_near = 0
    for at, label in enumerate(table["label"]):
        corners = boxes[label].corners
        away = np.hypot(*(np.clip(places, corners.min(axis=0), corners.max(axis=0)) - places).T)
        if np.delete(away, at).min() < away[at]:
            assert boxes[label].artist.arrow_patch is not None
            n_near += 1
    assert n_near  # in such a crowd there are some
    assert boxes["远县"].artist.arrow_patch is None


def test_an_ellipse_that_holds_the_origin_is_faint_and_its_point_hollow():
    ellipses = pd.DataFrame({"side": "row", "name": ["甲县", "乙县"], "minor": [0.1, 0.1]})
    # 甲县 at (0.5, 0.2): turned towards the origin and as long as it is away; 乙县 at (-0.7, 0.1): turned past it
    ellipses = ellipses.assign(major=[0.56, 0.9], angle=[np.degrees(np.arctan2(0.2, 0.5)), 30.0])
    _, ax, table = draw(ellipses=ellipses, language="en")
    assert table["holds_origin"].tolist() == [True, False, False, False, False, False]
    hollow = [line for line in ax.lines if line.get_marker() == "o" and line.get_markerfacecolor() == style.PAPER]
    assert np.column_stack(hollow[0].get_data()).tolist() == [[0.5, 0.2]]
    edges = {tuple(one.center): mpl.colors.to_hex(one.get_edgecolor()).upper() for one in ax.patches}
    assert edges == {(0.5, 0.2): style.RULE, (-0.7, 0.1): style.MAIN}
    assert ax.get_legend().get_texts()[-1].get_text() == "region holds the origin"


def test_lines_stop_short_of_labels_that_stay_text():
    ellipses = pd.DataFrame({"side": ["row"], "name": ["甲县"], "major": [0.2], "minor": [0.1], "angle": [30.0]})
    figure, ax, _ = draw(ellipses=ellipses)
    footer(figure, figure_cases.note("zh"))
    grounds = {note.get_text(): note for note in ax.texts if isinstance(note, Halo)}
    labels = {note.get_text(): note for note in ax.texts if not isinstance(note, Halo)}
    assert set(grounds) == set(labels) and "甲县" in labels
    for content, ground in grounds.items():
        assert ground.get_position() == labels[content].get_position()
        assert max(patch.get_zorder() for patch in ax.patches) < ground.get_zorder() < labels[content].get_zorder()
        assert ground.get_zorder() < min(line.get_zorder() for line in ax.lines if line.get_marker() != "None")
    page = pypdfium2.PdfDocument(render(figure, "pdf"))[0].get_textpage().get_text_range()
    assert page.count("甲县") == 1  # the label as text, its ground as an outline


def test_columns_of_little_weight_are_dots():
    _, ax, table = draw(most_columns=1)
    assert table["labelled"].tolist() == [True, True, True, False, False, True]
    assert "茶" not in {note.get_text() for note in ax.texts}
    _, ax = style.new_axes("one", 85)
    plain = correspondence_map(ax, POINTS.drop(columns="contribution"), inertia=INERTIA, most_columns=1)
    assert plain.loc[plain["kind"] == "column", "labelled"].tolist() == [False, False, True]  # the furthest out


def test_ellipses_and_regions_lie_below_their_points():
    ellipses = pd.DataFrame({"side": ["row"], "name": ["甲县"], "major": [0.2], "minor": [0.1], "angle": [30.0]})
    regions = pd.DataFrame({"side": "column", "name": ["铜"] * 3, "x": [0.4, 0.8, 0.6], "y": [-0.4, -0.4, -2.0]})
    _, ax, table = draw(ellipses=ellipses, regions=regions)
    ellipse = next(patch for patch in ax.patches if isinstance(patch, Ellipse))
    assert (ellipse.center, ellipse.width, ellipse.height, ellipse.angle) == ((0.5, 0.2), 0.4, 0.2, 30)
    polygon = next(patch for patch in ax.patches if isinstance(patch, Polygon))
    assert polygon.get_xy()[:3].tolist() == [[0.4, -0.4], [0.8, -0.4], [0.6, -2.0]]
    assert -3 < ax.get_ylim()[0] < -2  # the region is whole, and no more
    assert table.loc[0, ["major", "minor", "angle"]].tolist() == [0.2, 0.1, 30]
    assert table.loc[1:, "major"].isna().all()


@pytest.mark.parametrize(
    ("points", "inertia", "message"),
    [
        (POINTS.assign(side="unit"), INERTIA, "no side unit; there are row and column"),
        (pd.concat([POINTS, POINTS]), INERTIA, "twice on one side"),
        (POINTS.assign(x=np.nan), INERTIA, "has no place"),
        (POINTS, (42.1, 17.8), "not per cent"),
        (POINTS.drop(columns="y"), INERTIA, "no column y"),
        (POINTS.head(0), INERTIA, "no rows"),
    ],
)
def test_correspondence_map_refuses(points, inertia, message):
    _, ax = style.new_axes("one", 85)
    with pytest.raises(FigureError, match=message):
        correspondence_map(ax, points, inertia=inertia)


def test_an_ellipse_of_no_point_is_refused():
    stray = pd.DataFrame({"side": ["row"], "name": ["丙县"], "major": [1.0], "minor": [1.0], "angle": [0.0]})
    with pytest.raises(FigureError, match="of no point: 丙县"):
        draw(ellipses=stray)
