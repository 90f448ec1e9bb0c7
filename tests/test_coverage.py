"""What of the plan there is: by its own contents list."""

from src.utils.plans.cleaning import clean
from src.utils.plans.coverage import add_pages, match_contents, summarise_coverage, unit_pages
from src.utils.plans.outline import read_outline


def coverage(text):
    outline = read_outline(clean(text), "test")
    rows = match_contents(outline.contents, outline.sections)
    return rows, summarise_coverage(rows, outline.sections)


def test_only_the_foreword_and_part_of_the_first_section_have_text(shangrao):
    summary = shangrao.summary()
    assert summary.outside == ["前言"]
    assert summary.with_text == ["第一章 发展基础", "第一节 发展成效"]
    assert (summary.n_entries, summary.n_complete, summary.n_partial, summary.n_missing) == (59, 0, 2, 57)
    # 第一节 runs from page 1 to page 8, the list from page 1 to page 109.
    assert (summary.n_pages, summary.n_pages_with_text) == (108, 7)
    assert set(shangrao.coverage.query("status != 'missing'")["title"]) == {"发展基础", "发展成效"}


def test_pages_are_given_to_the_sections_that_were_found(shangrao):
    assert shangrao.sections.dropna(subset="page")[["title", "page"]].to_numpy().tolist() == [
        ["发展基础", 1],
        ["发展成效", 1],
    ]


def test_a_whole_document_is_complete():
    rows, summary = coverage("目录\n第一章 总则1\n第二章 布局3\n第一章 总则\n甲为总则。\n第二章 布局\n乙为布局。")
    assert rows["status"].tolist() == ["complete", "complete"]
    assert summary.n_missing == 0


def test_a_heading_without_text_is_missing_and_the_chapter_partial():
    text = "目录\n第一章 总则1\n第一节 甲1\n第二节 乙2\n第二章 布局3\n第一章 总则\n第一节 甲\n文本。\n第二节 乙\n第二章 布局\n文本。"
    rows, _ = coverage(text)
    assert rows["status"].tolist() == ["partial", "complete", "missing", "complete"]


def test_a_title_worded_a_little_differently_is_still_found():
    rows, _ = coverage(
        "目录\n第一章 实施产业提质增效工程1\n第二章 布局3\n第一章 实施产业提质增效行动工程\n文本。\n第二章 布局\n文本。"
    )
    assert rows["status"].tolist() == ["complete", "complete"]


def test_an_entry_is_looked_for_under_the_section_of_the_entry_above_it():
    text = (
        "目录\n第一章 产业1\n第一节 铜1\n第二节 光伏2\n第二章 企业3\n第一节 铜3\n第1章 产业\n文。\n第二节 光伏\n文。\n"
        "第二章 企业\n第一节 铜\n文。"
    )
    rows, _ = coverage(text)
    assert rows["status"].tolist() == ["partial", "missing", "complete", "complete", "complete"]


def test_a_page_of_the_source_stands_before_the_one_of_the_list():
    outline = read_outline(clean("目录\n第一章 总则3\n第二章 布局5\n第一章 总则\n文。\n第二章 布局\n文。"), "test")
    sections = outline.sections.assign(page=[1, 2, None]).astype({"page": "Int64"})
    rows = match_contents(outline.contents, sections)
    assert add_pages(sections, rows)["page"].tolist() == [1, 2, 5]


def test_without_a_contents_list_there_is_nothing_to_hold_against():
    rows, summary = coverage("第一章 总则\n文本。")
    assert rows.empty
    assert (summary.n_entries, summary.n_pages, summary.share_of_pages) == (0, None, None)


def test_pages_given_to_each_unit_in_chapter_three_and_in_the_annex_of_firms(shangrao):
    pages = unit_pages(shangrao.contents, shangrao.settings)
    assert pages["scheme"].value_counts().to_dict() == {"industry": 15, "county": 12}
    counties = pages.query("scheme == 'county'").set_index("unit")["pages"]
    assert counties.to_dict() == dict.fromkeys(counties.index, 1) | {"横峰县": 2, "鄱阳县": 3}
    # Six of the nine industries come again in chapter seven, the annex of firms.
    again = pages[~pages["first"]]
    assert again["under"].unique().tolist() == ["重点产业对接长三角区域企业名录"]
    assert again["pages"].tolist()[:5] == [3, 3, 4, 4, 4]
