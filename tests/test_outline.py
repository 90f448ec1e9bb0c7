"""The outline of the plan that ships, counted by hand, and what headings and page numbers look like elsewhere."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils import paths
from src.utils.plans.cleaning import clean
from src.utils.plans.outline import parse_heading, read_outline, resolve_pages, split_sentences

LIST_LINES = (paths.PLANS / "shangrao" / "source.txt").read_text(encoding="utf-8").splitlines()[19:78]


def outline(text, title=None):
    return read_outline(clean(text), "test", title)


def test_contents_list_has_7_chapters_29_sections_and_23_items(shangrao):
    contents = shangrao.contents
    assert contents["level"].value_counts().to_dict() == {1: 7, 2: 29, 3: 23}
    assert contents["sure"].all()
    assert contents.iloc[0][["ordinal", "title", "page"]].tolist() == ["第一章", "发展基础", 1]
    assert contents.iloc[-1][["ordinal", "title", "page"]].tolist() == ["第六节", "机械制造", 109]
    assert contents["page"].is_monotonic_increasing


def test_each_entry_joins_to_its_line_of_the_file(shangrao):
    rows = shangrao.contents[["ordinal", "title", "page"]].itertuples(index=False, name=None)
    joined = [re.sub(r"\s", "", f"{ordinal}{title}{page}") for ordinal, title, page in rows]
    assert joined == [re.sub(r"\s", "", line) for line in LIST_LINES]


def test_no_page_number_is_left_in_a_title(shangrao):
    assert not shangrao.contents["title"].str.contains(r"\d$").any()


def test_pages_of_counties_and_industries(shangrao):
    # Read off the list: 信州区 48, 广丰区 49 … 横峰县 52, 弋阳县 54 … 鄱阳县 60, chapter four 63.
    pages = shangrao.contents.set_index("title")["pages"]
    counties = [
        "信州区",
        "广丰区",
        "广信区",
        "玉山县",
        "横峰县",
        "弋阳县",
        "铅山县",
        "德兴市",
        "婺源县",
        "万年县",
        "余干县",
        "鄱阳县",
    ]
    assert pages[counties].tolist() == [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 3]
    industries = shangrao.contents.query("level == 3 and 20 <= page < 48").set_index("title")["pages"]
    assert industries.tolist() == [2, 1, 9, 3, 2, 3, 3, 2, 2]


def test_parts_of_the_published_page(shangrao):
    sections = shangrao.sections
    assert sections["kind"].tolist() == ["preface", "title", "body", "contents", "body", "body", "body", "body"]
    assert sections.query("kind == 'body'")["title"].tolist()[:3] == ["前言", "发展基础", "发展成效"]
    # The lead-in speaks of 世界光伏城, the plan's published text does not.
    preface = sections.iloc[0]
    assert "世界光伏城" in shangrao.clean.text[preface["start"] : preface["end"]]
    assert "世界光伏城" not in shangrao.text
    assert not shangrao.sentences["text"].str.contains("世界光伏城|机械制造109|第七章").any()


def test_sections_tile_the_text(shangrao):
    sections = shangrao.sections
    assert sections["start"].iloc[0] == 0
    assert sections["end"].iloc[-1] == len(shangrao.clean.text)
    assert (sections["start"].iloc[1:].to_numpy() == sections["end"].iloc[:-1].to_numpy()).all()


def test_sentences_lie_where_they_say(shangrao):
    lines = shangrao.source.text.splitlines()
    for row in shangrao.sentences.itertuples():
        assert shangrao.clean.text[row.start : row.end] == row.text
        assert row.text[:6] in lines[row.source_line - 1]


def test_running_text_is_all_in_sentences(shangrao):
    inside = sum(len(text) for text in shangrao.sentences["text"])
    body = shangrao.sections[shangrao.sections["kind"] == "body"]
    assert inside == body["n_chars"].sum()


def test_foreword_has_eight_sentences(shangrao):
    # Counted in the file, lines 15 to 18: one, four, two and one.
    assert (shangrao.sentences["section"] == 2).sum() == 8


@pytest.mark.parametrize(
    ("line", "ordinal", "title"),
    [
        ("第一章 发展基础", "第一章", "发展基础"),
        ("第一节“一核一廊”发展布局", "第一节", "“一核一廊”发展布局"),
        ("第十二章　保障措施", "第十二章", "保障措施"),
        ("第3节 电子信息（含光学、物联网）", "第3节", "电子信息（含光学、物联网）"),
        ("一、总体要求", "一、", "总体要求"),
        ("（十二）鄱阳县", "（十二）", "鄱阳县"),
        ("（一）信州区。围绕主城区，做强数字经济。", "（一）", "信州区"),
        ("1.做大做强铜产业", "1.", "做大做强铜产业"),
        ("（1）延伸产业链", "（1）", "延伸产业链"),
        ("专栏3 重点项目", "专栏3", "重点项目"),
        ("附件1：名词解释", "附件1", "名词解释"),
    ],
)
def test_headings(line, ordinal, title):
    heading = parse_heading(line)
    assert (heading.ordinal, heading.title) == (ordinal, title)


@pytest.mark.parametrize(
    "line",
    [
        "第一方阵的企业",
        "一是加强领导。二是落实责任。",
        "第一，坚持创新驱动，第二，坚持绿色发展。",
        "1.5亿元的项目开工",
        "2020年，完成工业固定资产投资同比增长17%，增速列全省第一。",
        "第一章提出的目标，到2025年全部实现。",
        "十四五”期间，全市规模以上工业增加值年均增长9%。",
    ],
)
def test_running_text_is_no_heading(line):
    assert parse_heading(line) is None


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        # A title may end in a number of its own; rising pages decide what is the page.
        (["第一节 基础1", "第二节 展望203512", "第三节 保障15"], [1, 12, 15]),
        (["第一节 实施“5020”项目63", "第二节 4+3+N布局70"], [63, 70]),
        (["第一节 发展成效………………8", "第二节 主要问题 ....... 11"], [8, 11]),
        (["第一节 总体要求\t3", "第二节 发展目标"], [3, None]),
    ],
)
def test_page_numbers_are_split_by_the_rising_page_rule(entries, expected):
    assert [page for _, page, _ in resolve_pages(entries)] == expected


def test_what_a_reader_should_look_at_is_marked_unsure():
    resolved = resolve_pages(["第一节 总体要求3", "第二节 展望203512", "第三节 发展目标", "第四节 保障15"])
    assert [sure for *_, sure in resolved] == [True, False, False, True]
    assert [title for title, *_ in resolved] == ["第一节 总体要求", "第二节 展望2035", "第三节 发展目标", "第四节 保障"]
    assert all(sure for *_, sure in resolve_pages(["第一章 总则", "第二章 布局"]))


@given(st.lists(st.tuples(st.sampled_from(["发展基础", "“5020”项目", "4+3+N布局"]), st.integers(0, 9)), min_size=1))
def test_rising_pages_are_always_found_again(entries):
    page, lines, pages = 1, [], []
    for title, step in entries:
        page += step
        lines.append(f"第一节 {title}{page}")
        pages.append(page)
    assert [found for _, found, _ in resolve_pages(lines)] == pages


def test_a_report_without_chapters_or_contents_list():
    found = outline(
        "上饶市2025年政府工作报告\n各位代表：\n现在，我报告工作，请予审议。\n一、2024年工作回顾\n（一）经济。稳中有进。\n"
    )
    assert found.contents.empty
    assert found.sections[["kind", "level", "title"]].to_numpy().tolist() == [
        ["title", 0, "上饶市2025年政府工作报告"],
        ["body", 1, ""],
        ["body", 1, "2024年工作回顾"],
        ["body", 2, "经济"],
    ]
    assert found.sentences["text"].tolist() == ["现在，我报告工作，请予审议。", "稳中有进。"]


def test_a_contents_list_without_page_numbers_ends_where_the_body_begins():
    found = outline("规划\n目录\n第一章 总则\n第二章 布局\n第一章 总则\n本规划是指南。\n第二章 布局\n优化布局。")
    assert found.contents["title"].tolist() == ["总则", "布局"]
    assert found.contents["page"].isna().all()
    assert found.sections.query("kind == 'body'")["title"].tolist() == ["总则", "布局"]


def test_sentences_end_at_stops_with_their_closing_marks():
    text = "提出“干就干好。”要怎么办？（详见附件。）制造业；服务业\n——\n末句没有句号"
    assert [text[a:b] for a, b in split_sentences(text)] == [
        "提出“干就干好。”",
        "要怎么办？",
        "（详见附件。）",
        "制造业；服务业",
        "末句没有句号",
    ]
