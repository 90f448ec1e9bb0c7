"""A concordance as a figure: alignment, cuts, what stands at the edges."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts
from src.utils.figures.concordances import concordance_table, cut

LINES = pd.DataFrame(
    {
        "heading": ["（二）光伏新能源", "第一节 发展成效"],
        "left": ["短", "以玉山、鄱阳为重点，打造世界光伏城并推进全产业链"],
        "keyword": ["光伏", "光伏"],
        "right": ["产业始于2006年，2017年主营收入603亿元，2018年入选国家新型工业化示范基地", "。"],
        "source_line": [9, 1234],
    }
)


def draw(lines=LINES, size="one", **options):
    figure, ax = style.new_axes(size)
    return figure, ax, concordance_table(ax, lines, **options)


def test_the_keyword_stands_under_itself_with_its_context_on_both_sides():
    figure, _, _ = draw()
    boxes = [(found.text, found.corners) for found in drawn_texts(figure)]
    keywords = [box for text, box in boxes if text == "光伏"]
    assert keywords[0][:, 0].mean() == pytest.approx(keywords[1][:, 0].mean())
    assert keywords[0][:, 1].mean() > keywords[1][:, 1].mean()  # the first line on top
    rights = [box for text, box in boxes if text.startswith("产业始于") or text == "。"]
    lefts = [box for text, box in boxes if text == "短" or text.endswith("全产业链")]
    assert rights[0][:, 0].min() == pytest.approx(rights[1][:, 0].min(), abs=0.5)
    assert lefts[0][:, 0].max() == pytest.approx(lefts[1][:, 0].max(), abs=0.5)
    assert lefts[0][:, 0].max() < keywords[0][:, 0].min() and keywords[0][:, 0].max() < rights[0][:, 0].min()


def test_long_contexts_are_cut_at_their_outer_ends_to_the_same_length():
    _, _, table = draw()
    assert table["left_shown"].tolist()[0] == "短" and table["right_shown"].tolist()[1] == "。"
    left, right = table["left_shown"][1], table["right_shown"][0]
    assert left.startswith("…") and left.endswith("推进全产业链")
    assert right.startswith("产业始于2006年") and right.endswith("…")
    assert abs(style.text_width(left) - style.text_width(right)) < 2 * style.SMALL_PT
    _, _, wide = draw(size="two")
    assert wide["left_shown"][1] == LINES["left"][1]  # there it has room
    assert wide["left_context"].tolist() == LINES["left"].tolist()


def test_section_and_line_stand_at_the_edges():
    figure, ax, table = draw(names={"光伏新能源": "Photovoltaics", "光伏": "photovoltaics"}, language="en")
    assert table["heading_shown"].tolist() == ["Photovoltaics", "发展成效"]
    texts = {found.text: found.corners for found in drawn_texts(figure)}
    assert {"section", "line", "光伏 = photovoltaics", "9", "1234"} <= set(texts)
    assert texts["9"][:, 0].max() == pytest.approx(texts["1234"][:, 0].max(), abs=0.5)
    assert texts["Photovoltaics"][:, 0].min() == pytest.approx(ax.get_window_extent().x0, abs=1)
    assert table["line"].tolist() == [1, 2]


def test_headings_keep_their_ordinals_where_all_have_room():
    _, _, table = draw(size="two")
    assert table["heading_shown"].tolist() == ["（二）光伏新能源", "第一节 发展成效"]
    _, _, narrow = draw(LINES.assign(heading=["（二）光伏新能源及其应用", "二、发展成效"]))
    assert narrow["heading_shown"].tolist()[1] == "发展成效"


def test_a_concordance_may_come_without_section_and_line():
    figure, _, table = draw(LINES[["left", "keyword", "right"]])
    assert list(table) == ["line", "left_context", "keyword", "right_context", "left_shown", "right_shown"]
    assert "行" not in {found.text for found in drawn_texts(figure)}


def test_three_rules_and_a_height_by_the_lines():
    heights = []
    for n in (2, 20):
        figure, ax, _ = draw(pd.concat([LINES] * (n // 2)))
        assert [line.get_ydata()[0] for line in ax.lines] == [-1.6, -0.5, n - 0.5]
        heights.append(figure.get_figheight() * 25.4)
    assert heights[1] - heights[0] == pytest.approx(18 * 3.9, abs=0.5)


@given(st.text(alphabet="产业发展GW2023，。 ", max_size=40), st.floats(10, 200), st.sampled_from(["left", "right"]))
def test_a_cut_keeps_to_its_width_and_to_its_side(content, width, side):
    style.use_style()
    shown = cut(content, width, side)
    assert style.text_width(shown) <= width
    kept = shown.strip("…")
    assert content.endswith(kept) if side == "left" else content.startswith(kept)
    assert shown == content or "…" in shown or shown == ""


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (LINES.head(0), "no rows"),
        (LINES.drop(columns="keyword"), "no column keyword"),
        (LINES.assign(keyword="规模以上工业企业增加值增速目标完成情况"), "no room"),
    ],
)
def test_concordance_table_refuses(lines, message):
    with pytest.raises(FigureError, match=message):
        draw(lines)
