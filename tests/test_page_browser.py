"""A plan's page as a reader opens it from the disk: searched, walked through with keys, on a telephone, in the dark."""

import csv
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from src.utils import paths
from src.utils.page.shelf import shelf_of
from src.utils.page.writing import page
from src.utils.plans.pipeline import load_file, load_plan
from tests.test_browser import FLAGS, browser_path  # noqa: F401

pytestmark = pytest.mark.slow

REPORTS = paths.CORPORA / "provincial-reports-2025"
ALL_HAN = r"[\u4e00-\u9fff]"
TYPE_AND_WAIT = """async (words) => {
    const root = document.documentElement, field = document.getElementById("query");
    delete root.dataset.hits;
    const began = performance.now();
    field.value = words;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    while (root.dataset.hits === undefined) await new Promise(requestAnimationFrame);
    document.getElementById("lines").getBoundingClientRect();
    return [performance.now() - began, Number(root.dataset.hits)];
}"""
CONTRASTS = """() => {
    const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const found = numbers(getComputedStyle(element).backgroundColor);
            if (found.length < 4 || found[3] > 0) return found;
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const poor = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, :disabled, .skip")) continue;
        const pair = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (ratio < 4.5) poor.push([walker.currentNode.data.trim().slice(0, 30), ratio.toFixed(2)]);
    }
    return poor;
}"""


@pytest.fixture(scope="module")
def browser(browser_path):  # noqa: F811
    """One browser for all tests of this file."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """The pages of both plans, written anew."""
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name in ("shangrao", "shangrao-profile"):
        written[name] = folder / f"{name}.html"
        written[name].write_text(page(load_plan(name), shelf_of(paths.FIGURES / name, own=True)), encoding="utf-8")
    return written


@pytest.fixture
def opened(browser, files):
    """Open a page from the disk; at the end nothing was asked of the network and the console is empty."""
    views, asked, said = [], [], []

    def open_page(name: str | Path, place: str = "", *, width: int = 1280, dark: bool = False):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", locale="zh-CN"
        )
        view = context.new_page()
        view.on("request", lambda request: asked.append(request.url))
        view.on("console", lambda message: said.append(message.text))
        view.on("pageerror", lambda error: said.append(str(error)))
        view.goto((files[name] if isinstance(name, str) else name).as_uri() + place)
        view.wait_for_selector("html[data-ready=yes]")
        views.append(context)
        return view

    yield open_page
    for context in views:
        context.close()
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:"))] == []
    assert said == []


def answer(view, words: str) -> str:
    """What is said of a search once it is done."""
    view.evaluate(TYPE_AND_WAIT, words)
    return view.locator("#hits").inner_text()


def focused(view) -> str:
    """What the element with the focus says."""
    return view.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
    )


def test_the_text_is_searched_in_words_and_by_pattern(opened):
    view = opened("shangrao", "#lang=zh")
    text = load_plan("shangrao").clean.text
    view.get_by_role("searchbox", name="检索", exact=True).fill("全省")
    assert view.locator("#hits").inner_text().startswith(f"{text.count('全省')} 处命中")
    assert view.locator("#lines tbody tr").count() == text.count("全省")
    assert set(view.locator("#lines .word button").all_inner_texts()) == {"全省"}
    middles = view.locator("#lines .word button").evaluate_all(
        "all => all.map(one => Math.round(one.getBoundingClientRect().left + one.getBoundingClientRect().width / 2))"
    )
    assert len(set(middles)) == 1  # aligned at the keyword
    view.locator("#query").fill("光伏 规上工业增加值")
    assert view.locator("#hits").inner_text().startswith(f"{text.count('光伏') + text.count('规上工业增加值')} 处")
    assert f"光伏 {text.count('光伏')}" in view.locator("#forms").inner_text()
    view.locator("#query").fill("202[0-5]年")
    assert view.locator("#hits").inner_text() == "没有命中"  # plain: the brackets are characters
    view.get_by_label("正则表达式").check()
    assert answer(view, "202[0-5]年").startswith(f"{len(re.findall('202[0-5]年', text))} 处命中")
    assert answer(view, "202[0-5").startswith("正则表达式有误")
    assert answer(view, "(?=全省)") == "没有命中"


def test_a_pattern_that_never_ends_is_given_up_and_the_page_stays_alive(opened):
    view = opened("shangrao", "#lang=zh&regex=1&q=" + quote("(.+)+$x"))
    view.locator("#hits", has_text="检索中……").wait_for()
    view.get_by_role("button", name="English").click()  # at once: it runs in a worker
    assert view.locator("#hits").inner_text() == "Searching …"
    view.locator("#hits.wrong").wait_for(timeout=10_000)
    assert "did not get through the text in 3 seconds" in view.locator("#hits").inner_text()
    view.get_by_role("button", name="中文").click()
    assert "3 秒内未能检索完" in view.locator("#hits").inner_text()
    assert view.locator("#lines").is_hidden()
    view.locator("#query").fill("((.+)+)+$x")
    view.locator("#query").fill("全.")  # a newer one ends it and is answered
    view.wait_for_selector("#lines tbody tr")
    n = len(re.findall("全.", load_plan("shangrao").clean.text))
    assert view.locator("#hits").inner_text().startswith(f"{n} 处命中")
    view.locator("#query").fill("((.+)+)+$x")
    view.locator("#regex").uncheck()  # plain words do not wait for it
    assert view.locator("#hits").inner_text() == "没有命中"


def test_all_hits_are_saved_as_a_table(opened, tmp_path):
    view = opened("shangrao", "#lang=zh&q=" + quote("增长"))
    with view.expect_download() as waited:
        view.get_by_role("button", name="把全部命中存为 CSV").click()
    assert waited.value.suggested_filename == "shangrao-增长.csv"
    waited.value.save_as(tmp_path / "hits.csv")
    with (tmp_path / "hits.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    plan = load_plan("shangrao")
    assert len(rows) == plan.clean.text.count("增长")
    source = plan.source.text.split("\n")
    for row in rows:
        assert row["检索词"] == "增长"
        assert f"{row['左侧文字']}增长{row['右侧文字']}"[:40] in plan.clean.text
        assert "增长" in source[int(row["源文件行"]) - 1]


def test_no_saved_cell_is_taken_for_a_formula(opened, tmp_path):
    view = opened("shangrao-profile", "#lang=zh&q=" + quote("+N"))
    with view.expect_download() as waited:
        view.get_by_role("button", name="把全部命中存为 CSV").click()
    waited.value.save_as(tmp_path / "hits.csv")
    with (tmp_path / "hits.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["检索词"] for row in rows} == {"'+N"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_hits_are_sorted_narrowed_and_read_whole(opened):
    view = opened("shangrao", "#lang=zh&q=" + quote("增长"))
    rights = [text[:6] for text in view.locator("#lines td.right").all_inner_texts()]
    view.get_by_label("右侧文字").check()
    after = [text[:6] for text in view.locator("#lines td.right").all_inner_texts()]
    assert after == sorted(rights)
    assert after != rights
    view.get_by_label("左侧文字").check()
    lefts = [text[::-1][:6] for text in view.locator("#lines td.left").all_inner_texts()]
    assert lefts == sorted(lefts)
    n = len(lefts)
    view.locator("summary", has_text="各节命中数").click()
    told = view.locator("#by-section tbody tr td:nth-child(2)").all_inner_texts()
    assert sum(map(int, told)) == n
    view.get_by_label("只看可计数的正文").check()
    counted = int(view.locator("#hits").inner_text().split(" ")[0])
    assert 0 < counted < n
    plan = load_plan("shangrao")
    section = plan.sections[plan.sections["title"] == "前言"].iloc[0]
    view.locator("#within").select_option(label="前言")
    assert view.locator("#hits").inner_text() == "没有命中"
    view.locator("#query").fill("制造业")
    found = plan.clean.text[section["start"] : section["end"]].count("制造业")
    assert int(view.locator("#hits").inner_text().split(" ")[0]) == found > 0
    view.locator("#query").fill("增长")
    view.locator("#within").select_option("-1")
    view.locator("#lines .word button").first.press("Enter")
    assert view.locator("#lines tr.whole mark").inner_text() == "增长"
    assert "第一章 发展基础 › 第一节 发展成效" in view.locator("#lines tr.whole").inner_text()
    view.locator("#lines .word button").first.press("Enter")
    assert view.locator("#lines tr.whole").count() == 0


def test_keys_alone_lead_to_a_cell_and_its_sentences(opened):
    view = opened("shangrao-profile", "#lang=zh")
    view.keyboard.press("Tab")
    assert "跳到正文" in focused(view)
    for _ in range(200):
        view.keyboard.press("Tab")
        if view.evaluate("!!document.activeElement.closest('#ties-table')"):
            break
    for _ in range(4):
        view.keyboard.press("ArrowDown")
    for _ in range(5):
        view.keyboard.press("ArrowRight")
    assert focused(view) == "广信区, 非金属材料: 0 句"
    view.keyboard.press("ArrowUp")
    assert focused(view).startswith("广丰区, 非金属材料: ")
    n = int(focused(view).split(": ")[1].split(" ")[0])
    view.keyboard.press("Enter")
    assert view.evaluate("document.activeElement.id") == "behind"
    assert view.locator("#behind li").count() == n > 0
    profile = load_plan("shangrao-profile")
    for item in view.locator("#behind li").all_inner_texts():
        sentence, _, where = item.rpartition(" （")
        assert sentence in profile.clean.text
        assert "广丰区 · 第" in where
    view.keyboard.press("Escape")
    assert focused(view).startswith("广丰区, 非金属材料: ")
    assert view.locator("#behind").is_hidden()
    view.keyboard.press("Home")
    assert focused(view) == "广丰区"
    view.keyboard.press("Tab")
    assert not view.evaluate("!!document.activeElement.closest('#ties-table')")  # one stop for the whole table


def test_the_table_is_sorted_and_switched(opened):
    view = opened("shangrao-profile", "#lang=zh")
    plain = view.locator("#ties-table tbody th").all_inner_texts()
    view.get_by_role("button", name="非金属材料", exact=True).click()
    values = [
        int(text.replace("·", "0"))
        for text in view.locator("#ties-table tbody tr:not(.pages) td:nth-child(6)").all_inner_texts()
    ]
    assert values == sorted(values, reverse=True)
    assert view.locator('#ties-table [aria-sort="descending"]').inner_text() == "非金属材料 ↓"
    for _ in range(2):
        view.get_by_role("button", name="非金属材料").first.click()
    assert view.locator("#ties-table tbody th").all_inner_texts() == plain
    view.get_by_role("button", name="鄱阳县", exact=True).click()
    row = view.locator("#ties-table tbody tr", has_text="鄱阳县 ↓").locator("td").all_inner_texts()[1:]
    values = [int(text.replace("·", "0")) for text in row]
    assert values == sorted(values, reverse=True)
    view.get_by_label("文本区位商").check()
    assert view.locator("#ties-table td.above").count() > 0
    assert "95%" in view.locator("#ties-table td.above button").first.get_attribute("aria-label")
    view.get_by_label("任何提到该县的句子").check()
    assert "提到该县的句子" in view.locator("#ties-said").inner_text()


def test_a_findings_links_lead_to_its_figure_its_words_and_its_pair(opened):
    view = opened("shangrao-profile", "#lang=zh")
    finding = view.locator("#finding-marks-county")
    finding.get_by_role("link", name="玉山县 轴承").click()
    assert view.locator("#query").input_value() == "轴承"
    assert view.locator("#within option:checked").inner_text().strip() == "（四） 玉山县"
    assert int(view.locator("#hits").inner_text().split(" ")[0]) >= 6
    view.locator("#finding-ties").get_by_role("link").nth(1).click()
    assert view.locator("#behind").is_visible()
    assert view.locator("#behind li").count() > 0
    finding.get_by_role("link", name="图与数据").click()
    assert view.evaluate("document.activeElement.id") == "figure-county_marks"
    assert "lang=zh" in view.url
    view.go_back()
    view.locator("#figure-county_marks summary").click()
    view.wait_for_selector("#figure-county_marks .data table")
    cells = view.locator("#figure-county_marks .data tbody tr").first.locator("td").all_inner_texts()
    lines = (paths.FIGURES / "shangrao-profile" / "county_marks.csv").read_text(encoding="utf-8-sig").splitlines()
    assert cells == lines[1].split(",")


def test_the_language_is_switched_and_kept_in_the_address(opened):
    view = opened("shangrao", "#lang=zh&q=" + quote("全省"))
    assert view.locator("h2").first.inner_text() == "发现"
    view.get_by_role("button", name="English").click()
    assert view.locator("h2").first.inner_text() == "Findings"
    assert view.evaluate("document.documentElement.lang") == "en"
    assert "hits in" in view.locator("#hits").inner_text()
    assert view.locator("#query").input_value() == "全省"
    assert view.locator("#figures img.zh").first.is_hidden()
    again = opened("shangrao", "#" + view.url.partition("#")[2])
    assert again.locator("h2").first.inner_text() == "Findings"
    assert again.locator("#query").input_value() == "全省"


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [("shangrao-profile", 1280, False), ("shangrao-profile", 360, True), ("shangrao", 360, False)],
)
def test_all_figures_are_drawn_and_nothing_is_cut_or_faint(opened, tmp_path, name, width, dark):
    for language in ("zh", "en"):
        view = opened(name, f"#lang={language}&view=quotients&q=%E5%85%A8", width=width, dark=dark)
        view.wait_for_selector("html[data-pictures=shown]")
        assert view.evaluate(
            "Promise.all([...document.images].map((one) => one.decode().then(() => one.naturalWidth > 0)))"
        )
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.evaluate(CONTRASTS) == []
        picture = view.screenshot(path=tmp_path / f"{name}-{language}-{width}.png", full_page=True)
        assert len(picture) > 100_000


def test_the_longest_report_is_ready_and_searched_within_a_second(opened, tmp_path, shangrao):
    reports = sorted(REPORTS.glob("*.docx"), key=lambda path: (-path.stat().st_size, path.name))[:3]
    if reports:
        plan = max((load_file(path) for path in reports), key=lambda plan: len(plan.clean.text))
    else:  # the corpus is fetched, not shipped: the plan's text lengthened to a report's 34,000 characters
        lengthened = tmp_path / "long.txt"
        lengthened.write_text(shangrao.clean.text * 9, encoding="utf-8")
        plan = load_file(lengthened)
    path = tmp_path / "longest.html"
    path.write_text(page(plan, shelf_of(paths.FIGURES / "shangrao-profile", own=True)), encoding="utf-8")
    view = opened(path, "#lang=zh")
    ready = view.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    took, n = view.evaluate(TYPE_AND_WAIT, "发展")
    assert n == plan.clean.text.count("发展") > 50
    view.locator("#regex").check()
    long, many = view.evaluate(TYPE_AND_WAIT, ALL_HAN)
    print(
        json.dumps(
            {"characters": len(plan.clean.text), "ready_ms": ready, "first_ms": took, "all_ms": long, "hits": many}
        )
    )
    assert many > 20_000
    assert view.locator("#lines tbody tr").count() == 50
    view.locator('[data-turn="last"]').click()
    assert view.locator("#pager span").inner_text().endswith(f"共 {many:,} 处")
    assert ready < 1000
    assert took < 1000
    assert long < 1000
