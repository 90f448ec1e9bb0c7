"""The pages of all figures: what they show and link to, that nothing in a caption is code, and a browser's view."""

import html.parser
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from src.utils import paths
from src.utils.figures import gallery
from src.utils.figures.passport import Provenance
from src.utils.figures.save import save_figure
from tests import passport_cases as cases
from tests.test_browser import FLAGS, browser_path  # noqa: F401

HOSTILE = ("<script>alert(1)</script> | *粗* [链](http://a.example) $x$ `码`", "a & b < c | _d_ 'e' \"f\" @g #1")
VOID = {"meta", "link", "img", "br", "input"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> Path:
    """Figures of one plan in two folders, one with a hostile caption, and both pages; not to be changed."""
    folder = tmp_path_factory.mktemp("figures")
    cases.save(folder / "demo")
    figure, table = cases.drawn()
    save_figure(figure, "four", table, cases.origin(), caption=HOSTILE, folder=folder / "demo" / "journal")
    written = gallery.write_gallery(folder)
    assert [path.name for path in written] == ["README.md", "index.html"]
    return folder


class Page(html.parser.HTMLParser):
    """The elements of a page, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(figures) -> Page:
    """The web page, parsed."""
    return Page((figures / "index.html").read_text(encoding="utf-8"))


def test_the_web_page_is_closed_and_asks_nothing_of_the_network(figures, page):
    assert page.open == []
    assert not page.all("script")
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    addresses = [value for _, found in page.elements for key, value in found.items() if key in ("src", "href")]
    assert all(not re.match(r"(?i)(\w+:|//)", address) or address == "data:," for address in addresses)
    style = (figures / "index.html").read_text(encoding="utf-8").partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style
    policy = next(found["content"] for found in page.all("meta") if found.get("http-equiv"))
    assert policy.startswith("default-src 'none';")


def test_every_link_of_the_web_page_leads_to_a_file_or_a_place_in_it(figures, page):
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(set(ids)) == len(ids)
    for link in page.all("a"):
        address = link["href"]
        if address.startswith("#"):
            assert address[1:] in ids
        else:
            assert (figures / unquote(address)).is_file(), address
    endings = {Path(link["href"]).suffix for link in page.all("a")}
    assert endings >= {".png", ".svg", ".pdf", ".csv", ".json"}


def test_pictures_have_their_size_and_words_in_their_place(page):
    pictures = page.all("img")
    assert len(pictures) == 2
    for picture in pictures:
        assert picture["alt"].endswith("N = 6 words; occurrences")
        assert (picture["width"], picture["height"]) == ("1003", "455")


def test_captions_are_text_and_in_their_language(page, figures):
    assert HOSTILE[0] in page.texts and HOSTILE[1] in page.texts
    assert "<script>" not in (figures / "index.html").read_text(encoding="utf-8")
    languages = [found.get("lang") for found in page.all("p")]
    assert languages.count("zh-CN") >= 2 and languages.count("en") >= 2


def test_the_passport_can_be_read_on_the_page(page):
    told = "\n".join(page.texts)
    for words in ("TOP_N = 3", "policy_terms", "matplotlib 3.11.2", "85 × ", "6 words", "1 files"):
        assert words in told


def test_the_code_hosts_page_has_a_row_for_each_figure(figures):
    text = (figures / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| <a ")]
    assert len(rows) == 2
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 3  # two cells: nothing in a caption ends one
        links = re.findall(r"\]\(([^)]+)\)|(?:href|src)=\"([^\"]+)\"", row)
        addresses = [one or other for one, other in links]
        assert {Path(address).suffix for address in addresses} == {".png", ".svg", ".pdf", ".csv", ".json"}
        assert all((figures / unquote(address)).is_file() for address in addresses)
        assert "600dpi" not in row  # not in git, so not on the code host
    assert "三个词的频次（节选）。<br>Three terms by occurrences." in rows[0] + rows[1]


def test_markdown_shows_text_as_it_is():
    marked = gallery.mark(HOSTILE[0])
    assert not re.search(r"[<>|*`\[\]$]", marked)
    assert re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), marked) == HOSTILE[0]
    assert gallery.mark("1. x") == "1&#46; x"
    assert gallery.mark("a\nb") == "a b"
    assert gallery.mark("2021年 3.5%") == "2021年 3.5%"


def test_the_pages_have_the_same_bytes_each_time(figures, tmp_path):
    copy = Path(shutil.copytree(figures, tmp_path / "copy"))
    gallery.write_gallery(copy)
    for name in gallery.PAGES:
        assert (copy / name).read_bytes() == (figures / name).read_bytes()


def test_figures_without_their_picture_and_of_other_runs_are_left_out(figures, tmp_path):
    copy = Path(shutil.copytree(figures, tmp_path / "copy"))
    other = Provenance("demo", cases.COMMON, put_in=("PLAN",), _code={"x.py": "0" * 64})
    cases.save(copy / "demo", "put_in", about=other)
    (copy / "demo" / "three_zh.png").unlink()
    assert [shown.name for shown in gallery.gather(copy, own=True)] == ["four"]
    assert [shown.name for shown in gallery.gather(copy)] == ["put_in", "four"]


def test_nothing_is_written_where_there_are_no_figures(tmp_path):
    assert gallery.write_gallery(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_one_plans_page_lies_beside_its_pictures(figures, tmp_path):
    copy = Path(shutil.copytree(figures / "demo", tmp_path / "demo"))
    gallery.write_gallery(copy)
    sources = [found["src"] for found in Page((copy / "index.html").read_text(encoding="utf-8")).all("img")]
    assert sorted(sources) == ["journal/four.svg", "three_zh.svg"]


@pytest.mark.slow
def test_in_a_browser_it_opens_from_the_disk_with_keys_alone_wide_and_narrow(figures, browser_path):  # noqa: F811
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        for width in (1280, 360):
            view = browser.new_page(viewport={"width": width, "height": 800})
            asked, said = [], []
            view.on("request", lambda request, asked=asked: asked.append(request.url))
            view.on("console", lambda message, said=said: said.append(message.text))
            view.goto((figures / "index.html").as_uri())
            view.locator("article").last.scroll_into_view_if_needed()
            view.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
            assert all(address.startswith(("file:", "data:,")) for address in asked)
            assert said == []
            assert view.evaluate("document.documentElement.scrollWidth") <= width
            view.evaluate("window.scrollTo(0, 0)")
            view.keyboard.press("Tab")
            assert view.evaluate("document.activeElement.className") == "skip"
            view.locator("summary").first.focus()
            view.keyboard.press("Enter")
            assert view.locator("details").first.get_attribute("open") is not None
            assert view.locator("dd").first.is_visible()
            assert view.evaluate("document.documentElement.scrollWidth") <= width
            assert view.get_by_text("<script>alert(1)</script>").first.is_visible()
        browser.close()


def test_a_run_writes_the_page_of_all_figures_and_one_on_a_plan_its_own(figures, tmp_path, monkeypatch):
    copy = Path(shutil.copytree(figures, tmp_path / "figures"))
    monkeypatch.setattr(paths, "FIGURES", copy)
    assert gallery.galleries() == [copy / "README.md", copy / "index.html"]
    assert gallery.galleries("demo") == [copy / "demo" / "README.md", copy / "demo" / "index.html"]
    assert gallery.galleries() == [copy / "README.md", copy / "index.html"]
    assert (copy / "index.html").read_bytes() == (figures / "index.html").read_bytes()  # the plan's own changed nothing
