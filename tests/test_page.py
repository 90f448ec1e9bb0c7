"""A plan's page, parsed: what it holds, that no text in it is code, and that its numbers are those of the tables."""

import base64
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import html

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.figures import gallery
from src.utils.figures.passport import RESTS_ON, Provenance, passports_under, read_passport
from src.utils.page import every
from src.utils.page.findings import findings
from src.utils.page.material import Material
from src.utils.page.shelf import packed, shelf_of, unpacked
from src.utils.page.texts import section_of, text_data
from src.utils.page.writing import page, write_page
from src.utils.plans.pipeline import Plan, load_file, load_plan
from src.utils.running import comparing
from src.utils.running.together import kind_of
from tests import passport_cases as cases

PLANS = ("shangrao", "shangrao-profile")
HOSTILE = "</script><script>alert(1)</script><!-- \"'&<b> ]]> 🌾𠮷𪚥"


class Parsed:
    """A page as text, as a tree, and its data."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = html.document_fromstring(text)
        self.data = self.json("data")
        self.pictures = self.json("pictures")

    def json(self, name: str):
        return json.loads(self.tree.get_element_by_id(name).text)

    def told(self, language: str) -> list[str]:
        """The sentences of the findings."""
        return [item.text_content() for item in self.tree.xpath(f'//p[@class="said"]/span[@class="{language}"]')]


@pytest.fixture(scope="module")
def pages(shangrao, profile) -> dict[str, Parsed]:
    """The pages of both plans, from the figures as they are committed."""
    plans = {"shangrao": shangrao, "shangrao-profile": profile}
    return {name: Parsed(page(plan, shelf_of(paths.FIGURES / name, own=True))) for name, plan in plans.items()}


@pytest.fixture(params=PLANS)
def made(request, pages) -> tuple[str, Parsed]:
    """Each plan's page in turn."""
    return request.param, pages[request.param]


@pytest.fixture
def hostile(tmp_path) -> Plan:
    """A plan with code, quotes and rare characters in its title, an industry's name, a heading and its sentences."""
    folder = Path(shutil.copytree(paths.PLANS / "shangrao", tmp_path / "hostile"))
    source = f"{HOSTILE}规划\n第一章 总则{HOSTILE}\n信州区{HOSTILE}的铜业。广丰区发展𠮷業，𠮷業壮大。\n第二章 保障\n强化光伏。\n"
    (folder / "source.txt").write_text(source, encoding="utf-8")
    settings = (folder / "plan.toml").read_text(encoding="utf-8")
    settings = re.sub(r'(?m)^sha256 = ".*"', f'sha256 = "{sha256(source.encode()).hexdigest()}"', settings)
    settings = re.sub(r'(?m)^title = ".*"', f"title = '''{HOSTILE}规划'''", settings)
    settings = re.sub(r'(?m)^title_en = ".*"', f"title_en = '''{HOSTILE} plan'''", settings)
    settings = re.sub(r'(?m)^licence = ".*"', f"licence = '''{HOSTILE}'''", settings)
    settings += f"\n[[industry]]\nname = '''𠮷業{HOSTILE}'''\nname_en = '''Rare {HOSTILE}'''\nterms = ['𠮷業']\n"
    (folder / "plan.toml").write_text(settings, encoding="utf-8")
    return load_plan(folder)


# --- what it holds ---


def test_every_figure_of_the_plan_is_there_whole(made):
    name, parsed = made
    places = parsed.tree.xpath("//figure/@id")
    assert places == list(parsed.pictures)
    carried = {
        told["name"]: (unpacked(told["svg"]), unpacked(told["csv"]))
        for versions in parsed.pictures.values()
        for told in versions.values()
    }
    passports = [path for path in passports_under(paths.FIGURES / name) if not read_passport(path)["made_by"]["put_in"]]
    assert {path.stem for path in passports} == set(carried)
    for path in passports:
        assert carried[path.stem] == (path.with_suffix(".svg").read_bytes(), path.with_suffix(".csv").read_bytes())
        passport = read_passport(path)
        assert f"<code>{passport['id'][:12]}</code>" in parsed.text
        for language in ("zh", "en"):
            assert passport["caption"][language] in parsed.tree.text_content()


def test_figures_of_two_languages_are_one_and_have_words_in_their_place(pages):
    figure = pages["shangrao"].tree.get_element_by_id("figure-journal-fig4_top_terms")
    assert [image.get("data-language") for image in figure.iter("img")] == ["en", "zh"]
    for parsed in pages.values():
        assert all(image.get("alt") and int(image.get("width")) for image in parsed.tree.iter("img"))


def test_the_whole_text_is_searched_with_its_lines_and_sections(shangrao, pages):
    data = pages["shangrao"].data
    assert data["text"] == shangrao.clean.text
    source = shangrao.source.text.split("\n")
    lines = data["text"].split("\n")
    assert len(lines) == len(data["lines"])
    for line, (number, section) in zip(lines, data["lines"], strict=True):
        if line:
            assert line[0] in source[number - 1]
            assert line[-5:-1].replace(" ", "") in source[number - 1].replace(" ", "").replace(";", "；")
        assert 0 <= section < len(data["sections"])
    at = next(number for number, line in enumerate(lines) if "规上工业增加值" in line)
    assert data["sections"][data["lines"][at][1]][0].startswith("（一） 工业经济保持稳中向好")
    kinds = {section[4]: section[3] for section in data["sections"]}
    assert kinds["contents"] == kinds["preface"] == 0
    assert kinds["body"] == 1


def test_the_table_of_counties_and_industries_is_that_of_the_figures(profile, pages):
    ties = pages["shangrao-profile"].data["ties"]
    counties = [unit[0] for unit in ties["units"]["county"]]
    industries = [unit[0] for unit in ties["units"]["industry"]]
    base = ties["bases"]["heading"]
    for figure, column in (("county_industry", None), ("county_industry_quotients", ("value", "low", "high"))):
        for row in rows_of("shangrao-profile", figure):
            county, industry = counties.index(row["row"]), industries.index(row["column"])
            if column is None:
                assert base["n"][county][industry] == int(row["value"])
            else:
                found = base["quotients"][county * len(industries) + industry]
                assert found == pytest.approx([float(row[name]) for name in column], abs=1e-4)


def test_the_sentences_behind_a_cell_are_of_the_county_and_speak_of_the_industry(profile, pages):
    ties = pages["shangrao-profile"].data["ties"]
    units, text = profile.units, profile.clean.text
    evidence = {"heading": ["heading"], "mention": ["mention"], "either": ["heading", "mention"]}
    for name, base in ties["bases"].items():
        held = units[(units["scheme"] == "county") & units["evidence"].isin(evidence[name])]
        assert base["n_sentences"] == held["sentence"].nunique()
        for pair, behind in base["behind"].items():
            county, industry = (
                ties["units"][scheme][int(at)][0]
                for scheme, at in zip(("county", "industry"), pair.split(","), strict=True)
            )
            assert base["n"][int(pair.split(",")[0])][int(pair.split(",")[1])] == len(behind) == len(set(behind))
            for at in behind:
                start, end, _, line = ties["sentences"][at]
                row = profile.sentences[profile.sentences["start"] == start].iloc[0]  # no wide characters here
                assert (row["end"], row["source_line"], row["text"]) == (end, line, text[start:end])
                own = units[units["sentence"] == row["sentence"]]
                assert county in set(own[own["evidence"].isin(evidence[name])]["unit"])
                assert industry in set(own["unit"])


def test_a_plan_without_text_of_its_counties_shows_their_pages_and_says_what_is_missing(pages):
    part = pages["shangrao"].tree.get_element_by_id("ties")
    assert pages["shangrao"].data["ties"] is None
    listed = {row[0].text_content(): row[2].text_content() for row in part.xpath(".//tbody/tr")}
    expected = {row["title"]: row["pages"] for row in rows_of("shangrao", "pages_counties")}
    assert expected.items() <= {re.sub("[A-Z].*", "", name): pages for name, pages in listed.items()}.items()
    assert "12 个县（市、区）中，0 个有自己的正文章节" in part.text_content()
    assert not part.xpath('.//*[@id="ties-table"]')


def test_the_head_says_what_the_document_is(pages):
    digest, plan = (pages[name].tree.xpath("//header")[0].text_content() for name in ("shangrao-profile", "shangrao"))
    assert "不是规划原文" in digest
    assert "not the plan" in digest
    assert "59 个标题中，57 个没有正文" in plan
    assert "Chinese copyright law" in plan
    for name in PLANS:
        assert load_plan(name).source.sha256 in pages[name].text


# --- that nothing in it is code, and nothing is asked for ---


def check_shape(parsed: Parsed) -> None:
    """What holds of every page."""
    tree = parsed.tree
    ids = tree.xpath("//@id")
    assert len(set(ids)) == len(ids)
    for link in tree.xpath("//a/@href"):
        assert link.startswith("#")
        assert "=" in link or link[1:] in ids
    assert tree.xpath("//link/@href") == ["data:,"]
    assert not tree.xpath("//@src | //@srcset | //@action | //@style | //iframe | //object | //form/@target")
    assert not [name for element in tree.iter("*") for name in element.attrib if name.startswith("on")]
    scripts = tree.xpath("//script")
    assert [script.get("type") for script in scripts] == [None, "application/json", "application/json"]
    policy = tree.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')[0]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "worker-src blob:;" in policy
    for element in (scripts[0], tree.xpath("//style")[0]):
        assert f"'sha256-{base64.b64encode(sha256(element.text.encode()).digest()).decode()}'" in policy
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", scripts[0].text)
    assert not re.search(r"url\(|@import", tree.xpath("//style")[0].text)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|localStorage|sessionStorage|cookie|https?:", scripts[0].text)
    for label in tree.xpath("//label[@for]/@for"):
        assert label in ids
    for named in tree.xpath("//@aria-labelledby"):
        assert named in ids


def test_nothing_is_asked_for_and_every_place_is_there_once(made):
    check_shape(made[1])


def test_text_that_looks_like_code_stays_text(hostile, tmp_path):
    written = write_page(hostile, folder=tmp_path / "page")
    assert written == tmp_path / "page" / "hostile.html"
    parsed = Parsed(written.read_text(encoding="utf-8"))
    check_shape(parsed)
    assert parsed.tree.xpath("//title")[0].text == f"{HOSTILE}规划"
    assert parsed.tree.xpath("//h1/span")[1].text == f"{HOSTILE} plan"
    assert HOSTILE in parsed.data["text"]
    assert parsed.data["text"] == hostile.clean.text
    assert parsed.data["ties"]["units"]["industry"][-1][0] == f"𠮷業{HOSTILE}"
    assert not parsed.tree.xpath("//b")
    assert parsed.tree.xpath("//main")  # a comment that was never closed would have swallowed it


def test_offsets_are_those_of_a_browser_where_characters_are_wide(hostile):
    parsed = Parsed(page(hostile, shelf_of(hostile.source.path.parent)))
    units = parsed.data["text"].encode("utf-16-le")
    sentences = {row.text for row in hostile.sentences.itertuples()}
    cut = {units[2 * start : 2 * end].decode("utf-16-le") for start, end, _, _ in parsed.data["ties"]["sentences"]}
    assert cut
    assert cut <= sentences
    assert any("𠮷業" in sentence for sentence in cut)


def test_a_bare_file_has_its_text_and_says_what_it_lacks(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("一、工作回顾\n发展光伏。\n发展铜业。\n", encoding="utf-8")
    parsed = Parsed(write_page(load_file(path), folder=tmp_path / "out").read_text(encoding="utf-8"))
    check_shape(parsed)
    assert parsed.data["ties"] is None
    assert parsed.data["text"].strip().endswith("发展铜业。")
    assert parsed.told("zh")[0] == "文件没有目录可对照；可计数的正文有 2 句。"
    states = [state.text_content() for state in parsed.tree.xpath('//span[@class="state"]/strong[@class="zh"]')]
    assert states == ["未作"] * (len(parsed.told("zh")) - 1)  # nothing was drawn: that says nothing of the text
    terms = [
        item.xpath(".//dt/span[@class='zh']/text()") for item in parsed.tree.xpath("//li[starts-with(@id, 'finding-')]")
    ]
    assert terms == [["区间", "样本量 N", "稳健性"]] + [["样本量 N"]] * len(
        states
    )  # nothing more to say of what is not made
    assert "没有设置列出县（市、区）和产业" in parsed.tree.get_element_by_id("ties").text_content()
    assert not parsed.tree.xpath("//figure")


def test_a_plan_without_industries_has_no_table_and_keeps_the_rest(plan_copy, tmp_path):
    settings = (plan_copy / "plan.toml").read_text(encoding="utf-8")
    kept = re.sub(r"(?ms)^\[\[industry\]\].*?(?=^\[|\Z)", "", settings)
    assert kept != settings
    (plan_copy / "plan.toml").write_text(kept, encoding="utf-8")
    parsed = Parsed(write_page(load_plan(plan_copy), folder=tmp_path / "out").read_text(encoding="utf-8"))
    check_shape(parsed)
    assert parsed.data["ties"] is None
    assert "设置中没有列出产业，无从比较。" in parsed.told("zh")
    assert "The settings name no industries: there is nothing to compare." in parsed.told("en")


# --- the findings ---


def rows_of(plan: str, figure: str) -> list[dict[str, str]]:
    """The table behind a figure, read without the code that made the findings."""
    text = (paths.FIGURES / plan / f"{figure}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def numbers(text: str) -> list[str]:
    """The numbers of a sentence as they are printed."""
    return re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?%?", re.sub(r"笔记本 \d+|notebook \d+", "", text))


def printed(rows: list[dict[str, str]]) -> set[str]:
    """Every way in which a cell of a table may be printed, and how many rows there are of each kind."""
    found = {str(len(rows))}
    for row in rows:
        for value in row.values():
            for number in re.findall(r"-?\d+(?:\.\d+)?", value):
                for shown in (float(number), 2 ** float(number) if abs(float(number)) < 20 else 0):
                    found |= {f"{shown:.{digits}f}" for digits in range(3)} | {f"{shown:.0%}", f"{shown:g}"}
    return found


FIGURES_OF = {
    "pages-chapter": ("pages_chapters",),
    "pages-county": ("pages_counties",),
    "pages-industry": ("pages_industries", "industry_pages"),
    "words": ("top_terms", "rank_distribution"),
    "marks-county": ("county_marks",),
    "marks-industry": ("industry_marks",),
    "ties": ("county_industry_quotients",),
    "groups-county": ("county_similarity",),
    "groups-industry": ("industry_similarity",),
    "topics": ("topic_recovery",),
    "firmness": ("robustness_of_results",),
}


def rests_of(plan: str, *figures: str) -> list[dict[str, str]]:
    """The tables of the numbers in sentences of robustness."""
    kept = [paths.FIGURES / plan / f"{figure}{RESTS_ON}" for figure in figures]
    return [row for path in kept if path.is_file() for row in rows_of(plan, path.stem)]


SPECIFICATIONS = ("specifications_plan", "specifications_counties", "specifications_similarities")


@pytest.mark.parametrize("plan", PLANS)
def test_every_number_of_a_finding_is_in_the_table_behind_its_figure(plan):
    counted = {"0.05", "95%", "1,000"}  # the levels, and where the chart of marks ends
    checked = 0
    for finding in findings(Material(load_plan(plan), shelf_of(paths.FIGURES / plan, own=True), {})):
        names = [name for name in FIGURES_OF.get(finding.key, ()) if (paths.FIGURES / plan / f"{name}.csv").is_file()]
        if not names or finding.figure is None:
            continue
        rows = rows_of(plan, names[0])
        known = printed(rows) | counted | {str(count) for count in range(len(rows) + 1)}  # rows of some kind
        firm = rests_of(plan, *names, *SPECIFICATIONS)
        if finding.key == "topics":
            firm += rows_of(plan, "topic_stability")
        if plan == "shangrao-profile":
            firm += rows_of(plan, "robustness_of_results")
        beside = known | printed(firm) | {str(told) for told in finding.figure.passport["settings"].values()}
        texts = [(text, known) for text in (*finding.said, *finding.interval)]
        for text, founded in texts + [(text, beside) for text in finding.robustness]:
            unfounded = [number for number in numbers(text) if {number, number.replace(",", "")}.isdisjoint(founded)]
            assert unfounded == [], (finding.key, text)
            checked += len(numbers(text))
    assert checked > 30


def test_counts_in_findings_are_those_of_the_tables(pages):
    said = "\n".join(pages["shangrao-profile"].told("zh"))
    quotients = rows_of("shangrao-profile", "county_industry_quotients")
    above = [row for row in quotients if float(row["low"]) > 1]
    below = [row for row in quotients if float(row["high"]) < 1]
    assert f"共 {len(quotients)} 对，文本区位商的区间全在 1 以上的有 {len(above)} 对" in said
    assert f"全在 1 以下的有 {len(below)} 对" in said
    for row in above:
        assert f"{row['row']}·{row['column']} {float(row['value']):.1f}" in said
    sure = [row for row in rows_of("shangrao-profile", "county_marks") if float(row["q"]) <= 0.05]
    assert f"检验后仍成立的有 {len(sure)} 个（q ≤ 0.05）" in said
    for row in sure:
        term, unit = row["term"].rstrip("）").split("（")
        assert f"{unit}“{term}”（{row['n']} 次，{float(row['ratio']):.1f} 倍）" in said
    first, *rest = rows_of("shangrao", "top_terms")
    overlap = [row for row in rest if float(row["high"]) >= float(first["low"])]
    said = "\n".join(pages["shangrao"].told("zh"))
    assert f"“{first['term']}”，{first['n']} 次；其后 {len(rest)} 个词中有 {len(overlap)} 个的区间与它重叠" in said


def test_the_likest_pair_is_told_beside_chance_and_with_its_interval(profile):
    shelf = shelf_of(paths.FIGURES / "shangrao-profile", own=True)
    table = shelf.tables["county_similarity"].assign(low=0.111, high=0.333, shuffled=0.222)
    plain = table.drop(columns=["low", "high", "shuffled"])
    told = {}
    for name, given in (("whole", table), ("plain", plain)):
        changed = replace(shelf, tables={**shelf.tables, "county_similarity": given})
        told[name] = {one.key: one for one in findings(Material(profile, changed, {}))}["groups-county"]
    assert "，句子随机分配时为 0.22）" in told["whole"].said[0]
    assert told["whole"].interval[0].startswith("余弦 0.11 至 0.33（95%，按句重抽样）；聚类树")
    assert "随机" not in told["plain"].said[0]  # a figure of one's own without them
    assert told["plain"].interval[0].startswith("聚类树")


def test_findings_follow_their_tables(shangrao):
    shelf = shelf_of(paths.FIGURES / "shangrao", own=True)
    table = shelf.tables["top_terms"].assign(n=lambda rows: rows["n"] + 1000)
    changed = replace(shelf, tables={**shelf.tables, "top_terms": table})
    told = {one.key: one.said[0] for one in findings(Material(shangrao, changed, {}))}
    assert f"{rows_of('shangrao', 'top_terms')[0]['term']}”，10" in told["words"]


def test_too_little_text_is_a_finding_with_its_amount(shangrao, profile):
    def little(plan: Plan) -> dict[str, str]:
        found = findings(Material(plan, shelf_of(paths.FIGURES / plan.id, own=True), {}))
        return {one.key: one.said[0] for one in found if one.state == "little"}

    short = little(shangrao)
    assert set(short) == {"marks-county", "marks-industry", "ties"}
    assert "12 个县（市、区）中，0 个有自己的正文章节" in short["marks-county"]
    noted = [row["unit"] for row in rows_of("shangrao-profile", "county_terms") if row["note"]]
    assert (
        f"12 个县（市、区）中有 {len(noted)} 个文字过少，不作比较：{'、'.join(noted)}。"
        == little(profile)["short-county"]
    )


def test_every_finding_leads_to_its_figure_and_its_words(profile, pages):
    parsed = pages["shangrao-profile"]
    for item in parsed.tree.xpath("//li[starts-with(@id, 'finding-')]"):
        for link in item.xpath(".//a/@href"):
            assert "=" in link or parsed.tree.get_element_by_id(link[1:]).tag == "figure"
        assert item.xpath(".//dt/span[@class='zh']/text()") == ["区间", "样本量 N", "稳健性"]
    county = next(row.unit for row in profile.units.itertuples() if row.scheme == "county")
    section = text_data(profile)["sections"][section_of(profile, county)]
    assert section[0].endswith(county)
    assert section_of(profile, "无此县") is None


def test_a_table_without_a_column_that_is_read_is_told(shangrao):
    shelf = shelf_of(paths.FIGURES / "shangrao", own=True)
    changed = replace(shelf, tables={"top_terms": shelf.tables["top_terms"].drop(columns="high")})
    with pytest.raises(FigureError, match=r"top_terms\.csv: no column 'high', .* under another name"):
        findings(Material(shangrao, changed, {}))


def test_a_table_that_is_none_is_told(tmp_path):
    cases.save(tmp_path)
    (tmp_path / "three_zh.csv").write_text('a\n"', encoding="utf-8")
    with pytest.raises(FigureError, match=r"three_zh\.csv: not a table .* run `python run\.py`"):
        shelf_of(tmp_path)


# --- the file ---


def test_the_page_is_small_and_the_same_each_time(made, shangrao, profile):
    name, parsed = made
    again = page({"shangrao": shangrao, "shangrao-profile": profile}[name], shelf_of(paths.FIGURES / name, own=True))
    assert again == parsed.text
    assert len(parsed.text.encode()) < 2_500_000


@pytest.mark.slow
def test_other_processes_write_the_same_bytes(made):
    name, parsed = made
    code = (
        "import hashlib, sys; from src.utils import paths; from src.utils.page.shelf import shelf_of; "
        "from src.utils.page.writing import page; from src.utils.plans.pipeline import load_plan; name = sys.argv[1]; "
        "told = page(load_plan(name), shelf_of(paths.FIGURES / name, own=True)); "
        "print(hashlib.sha256(told.encode()).hexdigest())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, name],
        cwd=paths.ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == sha256(parsed.text.encode()).hexdigest()


def test_packing_is_undone():
    for content in (b"", "上饶".encode() * 1000, bytes(range(256))):
        assert unpacked(packed(content)) == content


def test_pages_are_written_for_plans_with_figures_of_the_notebooks_own(tmp_path, monkeypatch):
    figures = tmp_path / "figures"
    cases.save(figures / "shangrao")
    cases.save(
        figures / "shangrao-profile", about=Provenance("demo", cases.COMMON, put_in=("PLAN",), _code={"x.py": "0" * 64})
    )
    cases.save(figures / "elsewhere")
    monkeypatch.setattr(paths, "FIGURES", figures)
    assert every.write_pages() == [figures / "shangrao" / "shangrao.html"]
    assert every.write_page_of("none", paths.PLANS / "shangrao") == []
    found = every.write_page_of("shangrao-profile", paths.PLANS / "shangrao-profile")
    assert found == [figures / "shangrao-profile" / "shangrao-profile.html"]
    assert kind_of(found[0]) == "pages"
    assert kind_of(figures / "index.html") == ""


def test_the_page_of_all_figures_leads_to_a_plans_page(tmp_path):
    cases.save(tmp_path / "demo")
    (tmp_path / "demo" / "demo.html").write_text("<!DOCTYPE html>", encoding="utf-8")
    for folder, address in ((tmp_path, "demo/demo.html"), (tmp_path / "demo", "demo.html")):
        gallery.write_gallery(folder)
        assert f'<a href="{address}">' in (folder / "index.html").read_text(encoding="utf-8")
        assert f"]({address}): findings" in (folder / "README.md").read_text(encoding="utf-8")


def test_verify_compares_pages_with_their_figures_unpacked(tmp_path, pages):
    text = pages["shangrao"].text
    for folder in ("kept", "fresh"):
        (tmp_path / folder).mkdir()
    kept, fresh = tmp_path / "kept" / "a.html", tmp_path / "fresh" / "a.html"
    kept.write_text(text, encoding="utf-8")

    def drift(changed: str) -> list[tuple[str, str]]:
        fresh.write_text(changed, encoding="utf-8")
        return [(one.kind, one.what) for one in comparing.compare(kept.parent, fresh.parent, ["a.html"]).drifts]

    told = next(iter(pages["shangrao"].pictures["figure-top_terms"].values()))
    other = base64.b64encode(zlib.compress(unpacked(told["svg"]), 1)).decode()
    assert drift(text) == []
    assert drift(text.replace(told["svg"], other)) == []  # compressed otherwise
    assert drift(text.replace(told["svg"], packed(b"<svg/>"))) == [
        ("page", "holds other figures: figure-top_terms (both)")
    ]
    assert drift(text.replace("59 个标题", "60 个标题"))[0][0] == "page"
    assert drift(text.replace(told["svg"], "!"))[0][0] == "page"
