"""What figures draw, what they refuse, and what save_figure leaves on disk."""

import hashlib
import io
import json
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from PIL import Image

from src.utils import files, paths
from src.utils.errors import FigureError, GuihuaError
from src.utils.figures import style
from src.utils.figures.bars import page_bars, ranked_terms
from src.utils.figures.boundaries import _tiers
from src.utils.figures.checks import clipped_text, drawn_texts, overlapping_labels, require_readable
from src.utils.figures.cloud import word_cloud
from src.utils.figures.dispersion import dispersion
from src.utils.figures.drawing import number
from src.utils.figures.intervals import against_chance
from src.utils.figures.language import gloss, glosses, left_in_chinese, text, untranslated
from src.utils.figures.matrix import unit_matrix
from src.utils.figures.outline import outline_coverage
from src.utils.figures.panels import term_panels
from src.utils.figures.provenance import units_and_words
from src.utils.figures.rendering import rasterise, render
from src.utils.figures.save import footer, footer_text, save_figure
from src.utils.plans.gazetteer import divisions
from tests import figure_cases as cases
from tests.passport_cases import origin

NOTE = "Data: three terms, N = 6 tokens. Measure: occurrences"
THREE = pd.DataFrame({"term": ["光伏", "铜", "汽车"], "n": [1, 3, 2]})


def three(note=NOTE):
    figure, ax = style.new_axes("one", 30)
    table = ranked_terms(ax, THREE)
    if note:
        footer(figure, note)
    return figure, table


def words(figure):
    return [drawn.text for drawn in drawn_texts(figure)]


def bars(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


# Every chart


@pytest.mark.parametrize(("chart", "size", "language"), cases.every(cases.CHARTS))
def test_no_label_is_cut_or_covered_or_a_box(chart, size, language):
    figure, drawn = cases.draw(chart, size, language)
    cases.assert_readable(figure, drawn, size)


@pytest.mark.parametrize("chart", list(cases.CHARTS))
def test_labels_are_in_the_table(chart):
    figure, drawn = cases.draw(chart, cases.CHARTS[chart][1][-1], "en")
    shown = " ".join(words(figure)).replace(" ", "")
    labels = [column for column in ("label", "unit_label", "row_label", "column_label") if column in drawn]
    if chart == "cloud":  # letters there are outlines
        return
    for column in labels:
        wanted = drawn[column]
        if chart == "outline_chapters":
            wanted = wanted[drawn["level"] == 1]
        assert [label for label in wanted if label.replace(" ", "") not in shown] == []


# Bars


def test_ranked_terms_draws_the_numbers_in_order():
    figure, table = three()
    ax = figure.axes[0]
    assert [bar.get_width() for bar in bars(ax)] == [3, 2, 1]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["铜", "汽车", "光伏"]
    assert ax.yaxis.get_inverted()  # the first row on top
    assert [note.get_text() for note in ax.texts] == ["3", "2", "1"]
    assert table.to_dict("list") == {
        "rank": [1, 2, 3],
        "term": ["铜", "汽车", "光伏"],
        "label": ["铜", "汽车", "光伏"],
        "n": [3, 2, 1],
    }


def test_equal_values_stand_by_term_and_the_argument_is_left_alone():
    counts = pd.DataFrame({"term": ["乙", "丙", "丁"], "n": [2, 2, 2]})
    before = counts.copy()
    _, ax = style.new_axes()
    assert list(ranked_terms(ax, counts, top_n=2)["term"]) == ["丁", "丙"]  # U+4E01, U+4E19, U+4E59
    pd.testing.assert_frame_equal(counts, before)


def test_ranked_terms_draws_intervals():
    counts = pd.DataFrame({"term": ["甲", "乙"], "per_10k": [12.5, 30.0], "low": [10.0, 20.0], "high": [15.0, 45.0]})
    _, ax = style.new_axes()
    table = ranked_terms(ax, counts, value="per_10k", language="en")
    lines = next(found for found in ax.collections if isinstance(found, LineCollection))
    assert [segment[:, 0].tolist() for segment in lines.get_segments()] == [[20, 45], [10, 15]]
    assert ax.lines[0].get_xdata().tolist() == [30, 12.5]
    assert [note.get_text() for note in ax.texts] == ["30.0 (20.0–45.0)", "12.5 (10.0–15.0)"]
    assert [note.xy[0] for note in ax.texts] == [45, 15]  # right of the interval, not on it
    assert ax.get_xlabel() == "Occurrences per 10,000 words"
    assert list(table["high"]) == [45, 15]


@pytest.mark.parametrize(
    ("counts", "value", "message"),
    [
        (THREE.drop(columns="n"), "n", "no column n"),
        (THREE.head(0), "n", "no rows"),
        (pd.concat([THREE, THREE]), "n", "several rows"),
        (THREE.rename(columns={"n": "keyness"}), "keyness", "value_label"),
    ],
)
def test_ranked_terms_refuses(counts, value, message):
    _, ax = style.new_axes()
    with pytest.raises(FigureError, match=message):
        ranked_terms(ax, counts, value=value)


def test_page_bars_on_the_contents_list():
    # Start pages in source.txt: 横峰县 52, 弋阳县 54; 鄱阳县 60 and the next heading, 第四章, 63.
    listed = cases.contents()
    counties = listed[listed["title"].isin(cases.COUNTIES)]
    _, ax = style.new_axes()
    table = page_bars(ax, counties, order="size")
    assert table.head(3)[["title", "pages", "low", "high"]].to_numpy().tolist() == [
        ["鄱阳县", 3, 2, 4],
        ["横峰县", 2, 1, 3],
        ["信州区", 1, 0, 2],
    ]
    assert [bar.get_width() for bar in bars(ax)] == list(table["pages"])
    assert list(table["title"][2:]) == [name for name in cases.COUNTIES if name not in ("鄱阳县", "横峰县")]


def test_page_bars_says_where_the_end_is_not_known():
    _, ax = style.new_axes()
    table = page_bars(ax, pd.DataFrame({"title": ["甲", "乙", "丙"], "pages": [4, 0, np.nan]}), language="en")
    assert [note.get_text() for note in ax.texts] == ["4", "0", "end not given"]
    assert len(bars(ax)) == 2
    assert table["low"].tolist()[:2] == [3, 0]  # never fewer than no pages


# Outline


def test_contents_list_of_the_cases_is_the_plan_s():
    listed = cases.contents()
    assert listed["level"].value_counts().to_dict() == {1: 7, 2: 29, 3: 23}
    assert listed[["title", "page"]].iloc[[0, -1]].to_numpy().tolist() == [["发展基础", 1], ["机械制造", 109]]


def test_outline_draws_each_heading_from_its_page_to_the_next():
    _, ax = style.new_axes("screen", 250)
    table = outline_coverage(ax, cases.coverage())
    drawn = bars(ax)
    assert len(drawn) == len(table) == 59
    # 第三章 starts on 20, 第四章 on 63; its 第四节 on 48, whose last county ends where 第四章 starts.
    third = table[table["label"] == "第三章 发展重点"].iloc[0]
    assert (third["first_page"], third["next_page"]) == (20, 63)
    bar = drawn[third["row"]]
    assert (bar.get_x(), bar.get_width()) == (20, 43)
    fourth = table[table["title"].str.startswith("培优育强")].iloc[0]
    assert (fourth["first_page"], fourth["next_page"]) == (48, 63)
    assert table["next_page"].isna().sum() == 2  # the last chapter and its last section
    colours = [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in drawn]
    assert colours == [style.STATUS[status] for status in table["status"]]
    labels = [note for note in ax.texts if note.get_text() in set(table["label"])]
    indents = [note.xyann[0] for note in labels[:2]]
    assert indents[1] - indents[0] == pytest.approx(9)  # a section stands right of its chapter


def test_outline_by_chapter_tiles_the_pages():
    _, ax = style.new_axes("one", 60)
    table = outline_coverage(ax, cases.coverage(), detail="chapters")
    assert set(table["row"]) == set(range(7))
    assert len(bars(ax)) == len(table) == 47  # 59 entries less 7 chapters and the 5 sections that have items
    assert table["drawn_from"].is_monotonic_increasing
    shown = {note.get_text().replace("\n", "") for note in ax.texts}
    assert {label.replace(" ", "") for label in table["row_label"]} == {label.replace(" ", "") for label in shown}


def test_outline_by_chapter_of_a_list_that_begins_below_its_chapters():
    _, ax = style.new_axes("one", 60)
    table = outline_coverage(ax, cases.coverage().iloc[1:], detail="chapters")
    assert table["row"].tolist()[0] == 0
    assert table["row_label"].iloc[0] == table["label"].iloc[0] == "第一节 发展成效"
    assert table["row_label"].nunique() == 7


# Dispersion


def test_dispersion_puts_each_occurrence_in_its_place():
    tokens = pd.DataFrame({"term": ["铜", "和", "光伏", "，", "铜"], "start": [5, 6, 7, 9, 10]})
    _, ax = style.new_axes()
    table = dispersion(ax, tokens, terms=["铜", "光伏", "锡"])
    assert table.astype(object).where(table.notna(), None).to_dict("list") == {
        "part": ["occurrence", "occurrence", "occurrence", "term"],
        "term": ["铜", "铜", "光伏", "锡"],
        "title": [None] * 4,
        "label": ["铜", "铜", "光伏", "锡"],
        "n": [2, 2, 1, 0],
        "position": [0, 3, 2, None],  # the comma is no word
        "start": [5, 10, 7, None],
    }
    ticks = next(found for found in ax.collections if isinstance(found, LineCollection))
    assert sorted((segment[0, 0], segment[:, 1].mean()) for segment in ticks.get_segments()) == [(0, 0), (2, 1), (3, 0)]
    assert ax.get_xlim() == (0, 4)  # as many words as every count of this text has
    assert [note.get_text() for note in ax.texts] == ["n = 2", "n = 1", "n = 0"]
    _, ax = style.new_axes()
    assert dispersion(ax, tokens, terms=["铜"], unit="characters")["position"].tolist() == [0, 5]
    assert ax.get_xlim() == (0, 6)  # 铜和光伏，铜 is six characters


def test_dispersion_names_the_parts_of_the_text():
    figure, drawn = cases.draw("dispersion", "two", "zh")
    ax = figure.axes[0]
    lines = [line.get_xdata()[0] for line in ax.lines]
    tokens = cases.tokens()
    words_at = tokens.loc[tokens["term"].str.contains(r"\w"), "start"].to_numpy()
    assert lines == [int((words_at < start).sum()) for start in (0, 700, 760, 800, 1900)]
    assert {"前言", "目录", "第一章 发展基础"} <= set(words(figure))
    marked = drawn[drawn["part"] == "boundary"]
    assert marked["position"].tolist() == lines
    assert set(marked["label"]) <= set(words(figure))
    assert (drawn["part"] == "occurrence").sum() == cases.counts().nlargest(10, "n")["n"].sum()


def test_a_part_without_an_english_name_is_listed_with_the_terms():
    tokens = pd.DataFrame({"term": ["铜", "光伏", "铜"], "start": [0, 5, 10]})
    parts = pd.DataFrame({"start": [0, 4, 8], "label": ["前言", "（一）", "重点片区"]})
    named = {"铜": "copper", "光伏": "photovoltaics", "重点片区": "Areas"}
    for names, left in ((named, []), ({**named, "重点片区": ""}, ["重点片区"])):
        _, ax = style.new_axes("two")
        drawn = dispersion(ax, tokens, terms=["铜", "光伏"], boundaries=parts, names=names, language="en")
        marked = drawn[drawn["part"] == "boundary"]
        assert marked["label"].tolist() == ["Foreword", "(1)", names["重点片区"] or "重点片区"]
        assert left_in_chinese(drawn, "en") == left
    _, ax = style.new_axes("two")
    drawn = dispersion(ax, tokens, terms=["铜"], boundaries=parts, names=named, language="both")
    assert left_in_chinese(drawn, "both") == []  # parts stay Chinese throughout where terms are in both languages


LABELS = st.tuples(st.integers(0, 400), st.integers(10, 90), st.booleans())  # stem, width, leftward


@given(st.lists(LABELS, min_size=1, max_size=9, unique_by=lambda label: label[0]))
def test_tiers_keep_labels_off_each_other_and_off_their_stems(labels):
    stems = np.array(sorted(stem for stem, _, _ in labels), dtype=float)
    reach = np.array([-width if leftward else width for _, width, leftward in labels], dtype=float)
    tiers = _tiers(stems, reach)
    if tiers is None:  # only where two labels each lie over the other's line, or several do in a ring
        assert (reach < 0).any() and (reach > 0).any()
        return
    for one, tier in enumerate(tiers):
        box = sorted([stems[one], stems[one] + reach[one]])
        for two, other in enumerate(tiers):
            if one != two and box[0] < stems[two] < box[1]:
                assert tier > other  # the other's stem ends below this label
            if one != two and tier == other:
                far = sorted([stems[two], stems[two] + reach[two]])
                assert box[1] <= far[0] or far[1] <= box[0]


def test_dispersion_refuses_more_boundaries_than_fit():
    boundaries = pd.DataFrame({"start": range(0, 2000, 20), "label": [f"第{place}部分" for place in range(100)]})
    _, ax = style.new_axes("one")
    with pytest.raises(FigureError, match="100 boundaries have no room"):
        dispersion(ax, cases.tokens(), terms=["企业"], boundaries=boundaries)


# Word cloud


@pytest.mark.parametrize("language", ["zh", "en"])
def test_word_cloud_words_keep_apart_and_inside(language):
    figure, ax = style.new_axes("two", 104)
    table = word_cloud(ax, cases.counts(), names=cases.TERMS, language=language)
    shapes = [patch for patch in ax.patches if isinstance(patch, PathPatch)]
    assert len(shapes) == table["placed"].sum() == len(cases.counts())
    boxes = [patch.get_path().get_extents() for patch in shapes]
    for place, one in enumerate(boxes):
        assert one.x0 >= 0 and one.y0 >= 0 and one.x1 <= 800 and one.y1 <= 480
        for two in boxes[place + 1 :]:
            assert not _ink_shared(shapes[place].get_path(), shapes[boxes.index(two)].get_path())
    assert table["size"].iloc[0] == table["size"].max()
    assert table["size"].min() * figure.get_figwidth() * 72 / 800 >= 7  # points at the printed size


def _ink_shared(one, two):
    """Whether letters of both cover a point; a short word may stand in the box of a long one, beside its letters."""
    box, other = one.get_extents(), two.get_extents()
    across = np.arange(max(box.x0, other.x0), min(box.x1, other.x1))
    down = np.arange(max(box.y0, other.y0), min(box.y1, other.y1))
    points = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    return len(points) > 0 and (one.contains_points(points) & two.contains_points(points)).any()


def test_word_cloud_reports_what_found_no_room():
    many = pd.DataFrame({"term": [f"规模以上工业企业增加值之{n}" for n in range(60)], "n": range(60, 0, -1)})
    _, ax = style.new_axes("one", 51)
    table = word_cloud(ax, many, max_terms=60)
    assert len(table) == 60
    assert 0 < table["placed"].sum() < 60
    assert table.loc[~table["placed"], "size"].isna().all()


@pytest.mark.parametrize(("size", "asked"), [("one", 120), ("slide", 120), ("two", 104)])
def test_a_cloud_fills_its_figure_and_keeps_its_smallest_letters(size, asked):
    figure, ax = style.new_axes(size, asked)
    table = word_cloud(ax, cases.counts())
    footer(figure, NOTE)
    figure.draw_without_rendering()
    shown = ax.get_window_extent()
    room = figure.bbox
    assert shown.height > 0.7 * room.height and shown.width > 0.9 * room.width
    least = table["size"].min() * shown.width / 800 * 72 / figure.dpi
    assert least > 0.93 * style.SMALL_PT  # of the figure's width, the edges included


def test_word_cloud_refuses_a_character_without_glyph():
    _, ax = style.new_axes()
    with pytest.raises(FigureError, match="U\\+1F600"):
        word_cloud(ax, pd.DataFrame({"term": ["光伏😀"], "n": [2]}))


# Panels


def test_term_panels_rank_within_each_unit_on_one_scale():
    scores = pd.DataFrame(
        {
            "unit": ["甲县"] * 3 + ["乙县"] * 2,
            "term": ["光伏", "铜", "茶", "铜", "茶"],
            "value": [0.1, 0.4, 0.2, 0.3, 0.0],
        }
    )
    figure = style.new_figure("two")
    table = term_panels(
        figure,
        scores,
        units=["乙县", "甲县", "丙县"],
        value_label="TF-IDF",
        top_n=2,
        too_little={"丙县": 1038},
        language="en",
    )
    assert table[["unit", "rank", "term"]].to_numpy().tolist() == [
        ["乙县", 1, "铜"],
        ["甲县", 1, "铜"],
        ["甲县", 2, "茶"],
        ["丙县", 0, ""],
    ]
    first, second, third = figure.axes
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["乙县", "甲县", "丙县"]
    assert [bar.get_width() for bar in bars(second)] == [0.4, 0.2]
    assert bars(second)[0].get_y() < bars(second)[1].get_y()  # downwards
    assert first.get_xlim() == second.get_xlim()
    assert not bars(third)
    assert [note.get_text() for note in third.texts] == ["Too little text to say (1,038 words)."]
    assert table["note"].iloc[-1] == "Too little text to say (1,038 words)."


def test_term_panels_refuse_to_draw_nothing():
    scores = pd.DataFrame({"unit": ["甲县"], "term": ["茶"], "value": [0.0]})
    with pytest.raises(FigureError, match="print a table"):
        term_panels(style.new_figure("two"), scores, units=["甲县"], value_label="TF-IDF")


# Matrix


def test_unit_matrix_writes_each_number_in_its_cell():
    matrix = pd.DataFrame([[1, 0], [12, 3]], index=["甲县", "乙县"], columns=["汽车", "电子信息（含光学、物联网）"])
    figure, ax = style.new_axes("one", 50)
    table = unit_matrix(ax, matrix, value_label="句", short=cases.SHORT, turn=45)
    cells = {(note.get_position()): note for note in ax.texts}
    assert {place: note.get_text() for place, note in cells.items()} == {
        (0.5, 0.5): "1",
        (1.5, 0.5): "–",
        (0.5, 1.5): "12",
        (1.5, 1.5): "3",
    }
    assert cells[0.5, 1.5].get_color() == style.PAPER  # white on the darkest
    assert cells[0.5, 0.5].get_color() == style.INK
    assert ax.yaxis.get_inverted()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["汽车", "电子信息"]
    assert table[["row", "column", "value"]].to_numpy().tolist() == [
        ["甲县", "汽车", 1],
        ["甲县", "电子信息（含光学、物联网）", 0],
        ["乙县", "汽车", 12],
        ["乙县", "电子信息（含光学、物联网）", 3],
    ]
    assert figure.axes[1].get_ylabel() == "句"


@pytest.mark.parametrize(("cell", "message"), [(0, "no number above zero"), (-1, "above zero"), (np.nan, "above zero")])
def test_unit_matrix_refuses(cell, message):
    _, ax = style.new_axes()
    with pytest.raises(FigureError, match=message):
        unit_matrix(ax, pd.DataFrame([[cell]], index=["甲"], columns=["乙"]), value_label="句")


def test_numbers_in_cells_can_be_read():
    for share in np.linspace(0, 1, 101):
        ground = mpl.colors.to_hex(style.sequential()(share))
        light = sorted([style.lightness(ground), style.lightness(style.ink_on(ground))])
        assert light[1] - light[0] > 38


# Colours


def machado_deuteranopia(colour):
    """Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB."""
    matrix = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]])
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(matrix @ linear, 0, 1)


@pytest.mark.parametrize("palette", [style.CATEGORICAL, tuple(style.STATUS.values())])
def test_palettes_tell_apart_in_grey_and_for_the_colour_blind(palette):
    light = sorted(style.lightness(colour) for colour in palette)
    assert min(np.diff(light)) > 12
    seen = [machado_deuteranopia(colour) for colour in palette]
    assert min(np.abs(one - two).max() for i, one in enumerate(seen) for two in seen[i + 1 :]) > 0.1


def test_sequence_falls_evenly_in_lightness():
    light = [style.lightness(mpl.colors.to_hex(style.sequential()(share))) for share in np.linspace(0, 1, 13)]
    steps = -np.diff(light)
    assert steps.min() > 0.7 * steps.mean() and steps.max() < 1.3 * steps.mean()


@pytest.mark.parametrize(
    ("colour", "expected"), [("#FFFFFF", 100), ("#000000", 0), ("#777777", 50.03), ("#FF0000", 53.24)]
)
def test_lightness_is_cie(colour, expected):  # known values of sRGB in CIE L*
    assert style.lightness(colour) == pytest.approx(expected, abs=0.02)


# Glyphs, lines, languages, numbers


def test_a_missing_glyph_is_named_before_saving(tmp_path):
    figure, table = three(note="")
    figure.axes[0].set_title("光伏 😀")
    footer(figure, NOTE)
    with pytest.raises(FigureError, match=r"'😀' \(U\+1F600\)"):
        save_figure(figure, "three_zh", table, "shangrao", folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_packaged_face_covers_the_sources_of_the_plan():
    assert style.missing_glyphs(cases.SOURCE) == []
    assert style.missing_glyphs(cases.SOURCE, style.FACES["serif"]) == []


def test_another_font_is_refused(tmp_path):
    figure, table = three()
    figure.axes[0].set_title("copper", fontfamily="DejaVu Sans")
    with pytest.raises(FigureError, match="differs between machines"):
        save_figure(figure, "three_en", table, "shangrao", folder=tmp_path)


def test_a_users_matplotlibrc_changes_nothing():
    plain = render(three()[0], "svg")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "figure.autolayout": True}):
        assert render(three()[0], "svg") == plain


def test_wrap_keeps_to_the_width_and_to_the_marks():
    style.use_style()
    note = (
        "数据：上饶市“十四五”制造业高质量发展规划（节选），N = 1,234 词；指标：每万词频次；photovoltaic manufacturing"
    )
    for width in (60, 90, 150, 240):
        lines = style.wrap(note, width).split("\n")
        assert "".join(lines).replace(" ", "") == note.replace(" ", "")
        assert all(style.text_width(line) <= width for line in lines)
        assert not any(line[0] in "，。；：、）”" or line[-1] in "（“" for line in lines)
    assert style.wrap("甲\n乙", 100) == "甲\n乙"


@pytest.mark.parametrize(
    ("language", "expected"), [("zh", "光伏"), ("en", "photovoltaics"), ("both", "光伏 photovoltaics")]
)
def test_gloss(language, expected):
    assert gloss("光伏", {"光伏": "photovoltaics"}, language) == expected
    assert gloss("茶", {"光伏": "photovoltaics"}, language) == "茶"


def test_glosses_are_never_ambiguous():
    names = {"产业": "industry", "工业": "industry", "铜": "copper", "茶": ""}
    assert list(glosses(["产业", "铜", "工业", "茶"], names, "en").values()) == [
        "industry (产业)",
        "copper",
        "industry (工业)",
        "茶",
    ]
    assert untranslated(["茶", "铜", "茶", "锡"], names) == ["茶", "锡"]


def test_what_a_figure_shows_by_its_chinese_name_alone():
    drawn = pd.DataFrame(
        {
            "unit": ["甲县", "甲县", "乙县"],
            "unit_label": ["甲县 Jia", "甲县 Jia", "乙县"],
            "term": ["茶", "工业", "Mini LED"],
            "label": ["茶", "industry (工业)", "Mini LED"],
        }
    )
    assert left_in_chinese(drawn, "en") == left_in_chinese(drawn, "both") == ["乙县", "茶"]
    assert left_in_chinese(drawn, "zh") == []
    assert left_in_chinese(drawn.assign(placed=[False, True, True]), "en") == ["乙县"]  # found no room
    chinese = drawn.assign(label=drawn["term"])  # a word cloud between figures in both languages
    assert left_in_chinese(chinese, "both") == ["乙县"]
    assert left_in_chinese(chinese, "en") == ["乙县", "工业", "茶"]


def test_language_is_checked():
    with pytest.raises(FigureError, match="'de'"):
        text(zh="页", en="pages", language="de")


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(1234, None, "1,234"), (-2.5, 1, "−2.5"), (12.34, None, "12.3"), (0.1234, None, "0.12"), (0.0123, None, "0.012")],
)
def test_number(value, decimals, expected):
    assert number(value, decimals) == expected


# Checks


def test_overlapping_and_clipped_labels_are_found():
    figure, ax = style.new_axes("one", 40)
    ax.plot([0, 1], [0, 1])
    ax.text(0.5, 0.5, "有色金属")
    ax.text(0.52, 0.5, "光伏新能源")
    figure.text(0.97, 0.5, "婺源县")
    assert ("有色金属", "光伏新能源") in overlapping_labels(figure)
    assert clipped_text(figure) == ["婺源县"]


def test_slanted_labels_side_by_side_do_not_overlap():
    figure, ax = style.new_axes("one", 40)
    ax.plot([0, 1], [0, 1])
    for across in (0.4, 0.5):
        ax.text(across, 0.5, "电子信息", rotation=45, rotation_mode="anchor")
    assert overlapping_labels(figure) == []  # their upright boxes would


def test_hidden_text_is_not_judged():
    figure, ax = style.new_axes("one", 40)
    ax.plot([0, 1], [0, 1])
    for _ in range(2):
        ax.text(0.5, 0.5, "汽车").set_visible(False)
    assert overlapping_labels(figure) == []


# Saving


def test_save_writes_picture_and_table_together(tmp_path):
    figure, table = three()
    saved = save_figure(figure, "three_zh", table, "shangrao", folder=tmp_path, title="Three terms")
    assert [path.name for path in saved.paths] == ["three_zh.png", "three_zh.svg", "three_zh.csv"]
    assert (tmp_path / "three_zh.csv").read_bytes() == (
        "\ufeffrank,term,label,n\n1,铜,铜,3\n2,汽车,汽车,2\n3,光伏,光伏,1\n".encode()
    )
    with Image.open(tmp_path / "three_zh.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.width == pytest.approx(85 / 25.4 * 300, abs=1)
        assert set(picture.info) == {"dpi"}  # no program, version or date
    svg = (tmp_path / "three_zh.svg").read_text(encoding="utf-8")
    assert "<title>Three terms</title>" in svg
    assert NOTE in svg
    assert "<dc:date>" not in svg and "Matplotlib v" not in svg
    with Image.open(io.BytesIO(saved._repr_png_())) as preview:
        assert preview.width == pytest.approx(85 / 25.4 * 144, abs=1)


def test_save_goes_to_the_folder_of_the_plan(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "FIGURES", tmp_path / "figures")
    figure, table = three()
    saved = save_figure(figure, "three_zh", table, "shangrao")
    assert {path.parent for path in saved.paths} == {tmp_path / "figures" / "shangrao"}


def test_floats_are_written_to_six_figures(tmp_path):
    figure, _ = three()
    table = pd.DataFrame({"term": ["茶"], "value": [1 / 3], "n": [1234567]})
    save_figure(figure, "six", table, "shangrao", folder=tmp_path, formats=("png",))
    assert (tmp_path / "six.csv").read_text(encoding="utf-8-sig") == "term,value,n\n茶,0.333333,1234567\n"
    assert not (tmp_path / "six.svg").exists()


def test_saving_twice_gives_the_same_bytes(tmp_path):
    figure, table = three()
    first = [path.read_bytes() for path in save_figure(figure, "a", table, "x", folder=tmp_path).paths]
    assert [path.read_bytes() for path in save_figure(figure, "a", table, "x", folder=tmp_path).paths] == first


def test_an_interrupted_save_leaves_the_old_figure_whole(tmp_path, monkeypatch):
    figure, table = three()
    save_figure(figure, "a", table, "x", folder=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other, _ = style.new_axes("one", 40), None
    changed = ranked_terms(other[1], THREE.assign(n=[5, 6, 7]))
    footer(other[0], NOTE)
    synced = []

    def full_disk(descriptor):
        synced.append(descriptor)
        if len(synced) == 3:  # the picture's parts are written, the table's is not
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full_disk)
    with pytest.raises(GuihuaError, match=r"a\.csv: cannot be written \(No space left"):
        save_figure(other[0], "a", changed, "x", folder=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["Three", "three zh", "../three", "三", ""])
def test_names_that_are_no_file_names_are_refused(name, tmp_path):
    figure, table = three()
    with pytest.raises(FigureError, match="figure name"):
        save_figure(figure, name, table, "x", folder=tmp_path)


def test_a_figure_needs_footer_data_and_readable_labels(tmp_path):
    figure, table = three(note="")
    with pytest.raises(FigureError, match="no footer"):
        save_figure(figure, "a", table, "x", folder=tmp_path)
    with pytest.raises(FigureError, match="N = …"):
        footer(figure, "Data: the plan. Measure: occurrences")
    footer(figure, NOTE)
    with pytest.raises(FigureError, match="footer already"):
        footer(figure, NOTE)
    with pytest.raises(FigureError, match="table behind it is empty"):
        save_figure(figure, "a", table.head(0), "x", folder=tmp_path)
    figure.axes[0].text(2, 0, "压在一起")
    figure.axes[0].text(2, 0, "的标签")
    with pytest.raises(FigureError, match="压在一起 / 的标签"):
        save_figure(figure, "a", table, "x", folder=tmp_path)
    assert not list(tmp_path.iterdir())
    save_figure(figure, "a", table, "x", folder=tmp_path, allow_overlap=True)
    empty, _ = style.new_axes()
    footer(empty, NOTE)
    with pytest.raises(FigureError, match="nothing drawn"):
        save_figure(empty, "b", table, "x", folder=tmp_path)


def test_labels_that_leave_no_room_are_an_error(tmp_path):
    figure, ax = style.new_axes("one", 30)
    table = ranked_terms(ax, pd.DataFrame({"term": ["industrial-value-added" * 5], "n": [3]}))
    footer(figure, NOTE)
    with pytest.raises(FigureError, match=r"no room|cut off"):
        save_figure(figure, "a", table, "x", folder=tmp_path)


def test_footer_says_corpus_n_and_measure_and_adds_its_height():
    figure, _ = style.new_axes("one", 40)
    content = footer_text(
        corpus_zh="摘要",
        corpus_en="a digest",
        n=1234,
        measure_zh="每万词频次",
        measure_en="per 10,000 words",
        language="both",
    )
    assert content == "数据：摘要，N = 1,234；指标：每万词频次\nData: a digest, N = 1,234. Measure: per 10,000 words"
    note = footer(figure, content)
    assert isinstance(note, Text)
    assert figure.get_figheight() * 25.4 > 40 + 2 * 7 / 72 * 25.4
    assert note.get_text() == content  # both lines are short enough for a column


def test_new_figure_refuses_a_size_that_is_not_there():
    with pytest.raises(FigureError, match="one_half, two, screen"):
        style.new_figure("three", 50)


# --- what a page has no room for ---


@pytest.mark.parametrize("size", ["one", "two", "slide"])
def test_no_figure_is_higher_than_its_page(size, tmp_path):
    figure, ax = style.new_axes(size, 500)
    table = ranked_terms(ax, cases.counts(), names=cases.TERMS, language="both")
    footer(figure, cases.note("both"))
    save_figure(figure, "a", table, "x", folder=tmp_path, formats=["svg"])
    below = 0 if size == "slide" else style.FOOTER_MM  # paper has room for a footer below its type area
    assert figure.get_figheight() * 25.4 <= style.SIZES[size].most_height_mm + below + 1e-6


@pytest.mark.parametrize(("size", "seen"), [("slide", range(12, 21)), ("one", [30])])
def test_terms_that_have_no_room_are_counted_in_a_last_row_and_stay_in_the_table(size, seen, tmp_path):
    figure, ax = style.new_axes(size, style.rows_height(30))
    counts = pd.DataFrame({"term": [f"第{k:02}词" for k in range(30)], "n": range(30, 0, -1)})
    table = ranked_terms(ax, counts, top_n=30)
    footer(figure, NOTE)
    texts = words(figure)
    assert list(table["term"]) == list(counts["term"])
    placed = table["placed"] if "placed" in table else pd.Series(True, index=table.index)
    assert placed.sum() in seen
    assert [term in texts for term in table["term"]] == list(placed)
    assert (f"……另有 {30 - placed.sum()} 项，见数据表" in texts) == (not placed.all())
    assert len(bars(ax)) == placed.sum()
    require_readable(figure)


def test_panels_show_fewer_terms_on_a_slide_and_say_so():
    figure = style.new_figure("slide")
    table = term_panels(figure, cases.scores(cases.COUNTIES), units=list(cases.COUNTIES), value_label="TF-IDF", top_n=5)
    footer(figure, NOTE)
    require_readable(figure)
    shown = table[table["placed"]].groupby("unit").size()
    assert len(table) == 5 * 12 and list(shown) == [shown.iloc[0]] * 12 and shown.iloc[0] < 5
    told = f"前{shown.iloc[0]}词，余见数据表"
    assert any(told in content.replace(" ", "") for content in words(figure))


def test_a_word_too_long_for_its_panel_takes_fewer_columns():
    figure = style.new_figure("one")
    scores = pd.DataFrame(
        {"unit": list("甲乙丙"), "term": ["electromechanical-engineering"] * 3, "value": [0.1, 0.2, 0.3]}
    )
    term_panels(figure, scores, units=list("甲乙丙"), value_label="TF-IDF", n_columns=3)
    footer(figure, NOTE)
    require_readable(figure)
    assert len({round(ax.get_position().x0, 3) for ax in figure.axes if ax.axison}) < 3


def test_an_outline_that_has_no_room_says_what_it_takes_and_what_would_do():
    _, ax = style.new_axes("slide", 95)
    with pytest.raises(FigureError, match=r"59 headings take \d+ mm, and the page has \d+ mm. Show the chapters"):
        outline_coverage(ax, cases.coverage())


def test_rows_that_cannot_be_set_closer_are_refused():
    figure = style.new_figure("slide")
    units = [f"第{k}县" for k in range(40)]
    cells = pd.DataFrame({"scheme": "县", "unit": units, "measure": "h", "value": 0.2, "low": 0.1, "high": 0.3})
    with pytest.raises(FigureError, match=r"the 40 units take 2\d\d mm set as close as can be read.*Show \d+ at most"):
        against_chance(figure, cells.assign(expected=0.1, p=0.5), panels={"h": "H"})


def test_a_matrix_of_counts_has_a_colour_bar_of_whole_numbers():
    figure, ax = style.new_axes("one", 60)
    unit_matrix(ax, pd.DataFrame([[0, 3], [1, 2]], index=["甲", "乙"], columns=["丙", "丁"]), value_label="句数")
    figure.draw_without_rendering()
    ticks = [tick for tick in figure.axes[1].get_yticks() if 0 <= tick <= 3]
    assert ticks == [0, 1, 2, 3]


# --- slides ---


def test_a_slide_is_written_twice_as_large_as_it_is_drawn(tmp_path):
    figure, table = cases.draw("ranked", "slide", "zh")
    saved = save_figure(figure, "slide", table, origin(), folder=tmp_path, caption=("频次", "counts"))
    assert {path.suffix for path in saved.paths} == {".png", ".svg", ".pdf", ".csv", ".json"}
    assert not (tmp_path / "slide-600dpi.png").exists()  # no print
    width_pt, height_pt = 338.6667 / 25.4 * 72, figure.get_figheight() * 72 * 2
    page = pypdfium2.PdfDocument((tmp_path / "slide.pdf").read_bytes())[0]
    assert (page.get_width(), page.get_height()) == pytest.approx((width_pt, height_pt), abs=0.01)
    words = page.get_textpage()
    left, bottom, right, top = words.get_charbox(words.get_text_range().index("频次"))
    assert 12 < top - bottom < 18  # a letter of 16 points, and it lies on the page
    assert 0 < left < right < width_pt
    svg = (tmp_path / "slide.svg").read_bytes()
    sides = re.search(rb'width="([0-9.]+)pt" height="([0-9.]+)pt" viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    drawn = [float(side) for side in sides.groups()]
    assert drawn == pytest.approx([width_pt, height_pt, width_pt / 2, height_pt / 2], abs=0.01)
    with Image.open(tmp_path / "slide.png") as picture:
        assert picture.width == pytest.approx(338.6667 / 25.4 * 300, abs=1)
    assert json.loads((tmp_path / "slide.json").read_text(encoding="utf-8"))["size_mm"][0] == 338.7


def test_what_is_higher_than_a_slide_is_refused(tmp_path):
    figure, ax = style.new_axes("slide", 80)
    table = ranked_terms(ax, pd.DataFrame({"term": ["铜", "茶"], "n": [2, 1]}))
    footer(figure, NOTE)
    figure.set_figheight(4)
    with pytest.raises(FigureError, match=r"203 mm high with its footer: size 'slide' has 190.*fewer rows"):
        save_figure(figure, "slide", table, "shangrao", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- the bold faces ---


def test_headings_are_bold_and_stay_text_in_pdf():
    figure, _ = cases.draw("county_panels", "two", "both")
    titles = [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]
    assert len(titles) == 12
    bold = {
        found.text
        for found in drawn_texts(figure)
        if Path(findfont(found.artist.get_fontproperties())) == style.BOLD["sans"]
    }
    assert bold == set(titles)
    pdf = render(figure, "pdf")
    assert b"GuihuaSans-Bold" in pdf
    assert "玉山县 Yushan County" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


@pytest.mark.parametrize("weights", [("bold", "normal"), ("normal", "bold")])
def test_fonts_stand_in_a_pdf_as_they_are_first_used_wherever_their_files_lie(weights):
    figure = style.new_figure("one", 20)
    for place, weight in enumerate(weights):
        figure.text(0.1, 0.2 + 0.5 * place, "信州区", fontweight=weight)
    names = re.findall(rb"/FontName /[A-Z]{6}\+(GuihuaSans-Bold|NotoSansSC-Regular)", render(figure, "pdf"))
    assert names == [{"bold": b"GuihuaSans-Bold", "normal": b"NotoSansSC-Regular"}[weight] for weight in weights]


@pytest.mark.parametrize("face", ["sans", "serif"])
def test_a_bold_face_has_the_names_of_all_counties_and_what_it_lacks_stays_regular(face):
    style.use_style(face)
    names = [division.name for division in divisions().values()]
    assert len(names) > 2800 and style.weight_of(names) == "bold"
    assert style.covered(style.BOLD[face]) <= style.covered(style.FACES[face])
    rare = "㐂"
    assert style.missing_glyphs(rare, style.FACES[face]) == [] and style.weight_of(["信州区", rare]) == "normal"
    style.use_style()


@pytest.mark.parametrize("face", ["sans", "serif"])
def test_bold_letters_are_heavier_and_measured_as_such(face):
    style.use_style(face)
    assert style.text_width("Xinzhou District", 8, "bold") > style.text_width("Xinzhou District", 8)
    assert style.text_width("信州区", 8, "bold") == pytest.approx(style.text_width("信州区", 8), rel=0.03)
    inks = []
    for weight in ("normal", "bold"):
        figure = style.new_figure("one", 20, face=face)
        figure.text(0.1, 0.5, "信州区", fontsize=20, fontweight=weight)
        inks.append((255 - rasterise(figure, 100).array.astype(int)).sum())
    assert inks[1] > 1.3 * inks[0]
    style.use_style()


def serif_figure(heading):
    """Two charts in the serif face whose headings are bold where the face has them, and a footer."""
    figure = style.new_figure("one", face="serif")
    rows = [(unit, term, 1.0 / (1 + at)) for unit in (heading, "鄱阳县") for at, term in enumerate(("铜", "茶"))]
    scores = pd.DataFrame(rows, columns=["unit", "term", "value"])
    table = term_panels(figure, scores, units=[heading, "鄱阳县"], value_label="TF-IDF", n_columns=2, top_n=2)
    footer(figure, NOTE)
    return figure, table


def test_headings_of_a_serif_figure_are_bold_serif_and_stay_text_in_pdf(tmp_path):
    figure, table = serif_figure("玉山县")
    faces = {found.text: Path(findfont(found.artist.get_fontproperties())) for found in drawn_texts(figure)}
    assert {name for name, path in faces.items() if path == style.BOLD["serif"]} == {"玉山县", "鄱阳县"}
    assert set(faces.values()) == {style.BOLD["serif"], style.FACES["serif"]}
    saved = save_figure(figure, "serif", table, origin(), folder=tmp_path, caption=("词", "terms"))
    pdf = (tmp_path / "serif.pdf").read_bytes()
    names = set(re.findall(rb"/FontName /[A-Z]{6}\+([A-Za-z-]+)", pdf))
    assert names == {b"GuihuaSerif-Bold", b"NotoSerifSC-Regular"}
    assert "玉山县" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    before = {path: path.read_bytes() for path in saved.paths}
    again, table = serif_figure("玉山县")
    save_figure(again, "serif", table, origin(), folder=tmp_path, caption=("词", "terms"))
    assert {path: path.read_bytes() for path in saved.paths} == before
    style.use_style()


def test_a_heading_that_the_bold_serif_lacks_stays_regular_and_one_without_glyph_is_an_error():
    figure, _ = serif_figure("㐂县")
    faces = {Path(findfont(found.artist.get_fontproperties())) for found in drawn_texts(figure)}
    assert faces == {style.FACES["serif"]}
    figure.axes[0].set_title("㐂", fontweight="bold")
    with pytest.raises(FigureError, match=r"㐂.*U\+3402"):
        require_readable(figure)
    with pytest.raises(FigureError, match="U\\+1F375"):
        serif_figure("🍵县")
    style.use_style()


def test_a_passport_names_the_bold_face_its_figure_may_use(tmp_path):
    for face in ("sans", "serif"):
        figure, ax = style.new_axes("one", 30, face=face)
        table = ranked_terms(ax, pd.DataFrame({"term": ["铜", "茶"], "n": [2, 1]}))
        footer(figure, NOTE)
        save_figure(figure, face, table, origin(), folder=tmp_path, caption=("词", "terms"))
        path = style.BOLD[face]
        told = json.loads((tmp_path / f"{face}.json").read_text(encoding="utf-8"))["fonts"]
        assert told == {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]}
    style.use_style()


def test_a_word_cloud_in_a_serif_figure_is_set_in_the_serif_face():
    areas = {}
    for face in ("sans", "serif"):
        _, ax = style.new_axes("one", 51, face=face)
        word_cloud(ax, pd.DataFrame({"term": ["铜业"], "n": [9]}))
        letters = TextPath((0, 0), "铜业", size=100, prop=FontProperties(fname=str(style.FACES[face])))
        areas[face] = (len(ax.patches[0].get_path().vertices), len(letters.vertices))
    assert areas["sans"][0] == areas["sans"][1] != areas["serif"][0] == areas["serif"][1]
    style.use_style()


@pytest.mark.parametrize("face", ["sans", "serif"])
def test_a_bold_face_carries_its_licence(face):
    path = style.BOLD[face]
    font = TTFont(path)
    told = {number: font["name"].getDebugName(number) for number in (0, 1, 13)}
    assert "Adobe" in told[0] and told[1] == style.FAMILIES[face] and "SIL Open Font License" in told[13]
    licence = (path.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence and path.name in licence
    assert path.stat().st_size < 3_000_000


def test_n_says_how_many_of_the_units_a_figure_compares():
    """横峰县 and 余干县 of the digest have too little text: a footer that counts them claims 251 words too many."""
    words = pd.Series({"信州区": 135, "横峰县": 126, "余干县": 125})
    called = ("县（市、区）", "counties")
    assert units_and_words(words, ["信州区"], called) == (
        "3 个县（市、区）中的 1 个，135 词",
        "1 of 3 counties, 135 words",
    )
    assert units_and_words(words, list(words.index), called) == ("3 个县（市、区） 386 词", "3 counties, 386 words")
