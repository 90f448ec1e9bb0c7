"""A new city from its file: what is drafted, where it comes from, and that nothing half-done is left."""

import hashlib
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import docx
import pytest

from src.utils import paths
from src.utils.errors import GuihuaError, PlanError
from src.utils.plans.pipeline import load_plan
from src.utils.plans.settings import load_settings
from src.utils.running import cli, drafting, new
from src.utils.running.romanising import english_name, folder_name
from tests.small_notebooks import copy_tree, environment, run

SHANGRAO = paths.ROOT / "data" / "plans" / "shangrao" / "source.txt"
COUNTIES = {
    "361102": "Xinzhou District",
    "361103": "Guangfeng District",
    "361104": "Guangxin District",
    "361123": "Yushan County",
    "361124": "Yanshan County",
    "361125": "Hengfeng County",
    "361126": "Yiyang County",
    "361127": "Yugan County",
    "361128": "Poyang County",
    "361129": "Wannian County",
    "361130": "Wuyuan County",
    "361181": "Dexing City",
}
REPORT = """2025年江西省政府工作报告
来源：江西省人民政府
2025年1月17日在江西省第十四届人民代表大会第三次会议上省长叶建春作政府工作报告。
各位代表：
现在，我代表江西省人民政府，向大会报告工作，请予审议。
一、2024年工作回顾
南昌、赣州、九江汽车产业提质增效，新能源汽车产量增长，汽车零部件企业增多，赣州有色金属集群壮大。
二、2025年工作安排
支持上饶打造光伏新能源产业基地。
"""


@pytest.fixture
def plans(tmp_path, monkeypatch) -> Path:
    """An empty folder of plans."""
    folder = tmp_path / "plans"
    folder.mkdir()
    monkeypatch.setattr(paths, "PLANS", folder)
    return folder


@pytest.fixture
def write(tmp_path):
    """Write a text file and give its path."""

    def written(text: str, name: str = "规划.txt") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def plan_toml(folder: Path) -> dict:
    return tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))


def why(folder: Path, key: str) -> str:
    """What the draft says of a key's origin, at its first occurrence."""
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    return re.search(rf"(?m)^{key} = .* # drafted: (.*)$", text)[1]


# --- the shipped text as if it were new ---


@pytest.fixture(scope="module")
def shangrao_folder(tmp_path_factory) -> Path:
    """The published text of Shangrao, drafted as if nobody had set it up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "PLANS", tmp_path_factory.mktemp("plans"))
        return new.new_plan("上饶市", [SHANGRAO])[0]


def test_the_source_is_copied_byte_for_byte(shangrao_folder):
    assert shangrao_folder.name == "shangrao"
    assert (shangrao_folder / "source.txt").read_bytes() == SHANGRAO.read_bytes()
    found = plan_toml(shangrao_folder)["source"]["sha256"]
    assert found == hashlib.sha256(SHANGRAO.read_bytes()).hexdigest()
    assert sorted(path.name for path in shangrao_folder.parent.iterdir()) == ["shangrao"]


def test_title_publisher_date_and_period_are_found_with_their_lines(shangrao_folder):
    by_hand = plan_toml(SHANGRAO.parent)["plan"]
    drafted = plan_toml(shangrao_folder)["plan"]
    assert {key: drafted[key] for key in ("title", "publisher", "date", "period", "kind", "address")} == {
        key: by_hand[key] for key in ("title", "publisher", "date", "period", "kind", "address")
    }
    lines = SHANGRAO.read_text(encoding="utf-8").splitlines()
    assert why(shangrao_folder, "title") == f"line {lines.index(by_hand['title']) + 1}"
    assert why(shangrao_folder, "date") == f"line {lines.index('二〇二一年八月') + 1}"
    assert lines[int(why(shangrao_folder, "period").removeprefix("line ")) - 1].startswith("本规划文本起止年限")
    numbers = re.findall(r"\d+", why(shangrao_folder, "publisher"))
    assert [lines[int(number) - 1] for number in numbers] == by_hand["publisher"]


def test_the_twelve_counties_have_codes_and_english_names(shangrao_folder):
    drafted = plan_toml(shangrao_folder)
    assert {county["code"]: county["name_en"] for county in drafted["county"]} == COUNTIES
    assert drafted["place"] == {"code": "361100", "name": "上饶市", "name_en": "Shangrao"}


def test_the_nine_industries_are_those_of_the_outline(shangrao_folder):
    by_hand = [industry["name"] for industry in plan_toml(SHANGRAO.parent)["industry"]]
    drafted = plan_toml(shangrao_folder)["industry"]
    assert [industry["name"] for industry in drafted] == by_hand
    assert drafted[2] == plan_toml(SHANGRAO.parent)["industry"][2]  # 电子信息（含光学、物联网）, its short form too
    text = (shangrao_folder / "plan.toml").read_text(encoding="utf-8")
    lines = SHANGRAO.read_text(encoding="utf-8").splitlines()
    for name, line in re.findall(r'\[\[industry\]\]\nname = "(.+)" # drafted: line (\d+)', text):
        assert name in lines[int(line) - 1]


def test_every_key_is_marked_as_drafted(shangrao_folder):
    lines = (shangrao_folder / "plan.toml").read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if " = " in line and not line.startswith("#")]
    assert len(keys) > 60
    assert [line for line in keys if not re.search(r" # drafted: .+$", line)] == []


def test_the_draft_reads_as_the_one_made_by_hand(shangrao_folder, shangrao):
    plan = load_plan(shangrao_folder)
    assert plan.sections[["level", "title", "kind"]].equals(shangrao.sections[["level", "title", "kind"]])
    assert plan.sentences["text"].tolist() == shangrao.sentences["text"].tolist()


def test_the_reading_report_lies_beside_and_says_what_to_check(shangrao_folder):
    report = (shangrao_folder / "reading_report.txt").read_text(encoding="utf-8")
    assert report.startswith("shangrao: source.txt, UTF-8 text, 3963 characters\n")
    checks = report.split("To check by hand in plan.toml\n")[1]
    assert "plan.licence, plan.address" in checks
    assert "county: 12 from the gazetteer; the text speaks of" in checks
    assert "industry: 绿色食品 (line 40)" in checks
    assert "headings of the contents list have none" in checks
    assert str(paths.ROOT) not in report


# --- a report ---


def test_a_provincial_report_is_drafted_with_its_prefectures(plans, write):
    folder, report = new.new_plan("江西", [write(REPORT)])
    settings = load_settings(folder)
    assert folder.name == "jiangxi"
    assert (settings.plan.kind, settings.plan.period, settings.plan.date) == ("report", (2025, 2025), "2025-01-17")
    assert settings.plan.publisher == ["江西省人民政府"]
    assert settings.plan.title_en == "Jiangxi Government Work Report 2025"
    assert settings.place.code == "360000"
    assert len(settings.county) == 11
    assert {county.code: county.name_en for county in settings.county}["360700"] == "Ganzhou"
    assert any("the text speaks of 4, never of" in line for line in report)


def test_without_headings_industries_come_from_the_lexicon_with_their_counts(plans, write):
    folder, _ = new.new_plan("江西省", [write(REPORT)])
    assert [industry["name"] for industry in plan_toml(folder)["industry"]] == ["汽车"]
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    assert 'name = "汽车" # drafted: 3 mentions of its terms, the first in line 7' in text


def test_what_is_not_found_is_said_and_left_out(plans, write):
    folder, report = new.new_plan("宜春市", [write("加快发展。\n继续努力。\n", "无题.txt")])
    assert plan_toml(folder)["plan"]["title"] == "无题"
    assert "# date was not found in the text" in (folder / "plan.toml").read_text(encoding="utf-8")
    said = "\n".join(report)
    assert "plan.date: was not found" in said
    assert "the text never says 宜春市 or 宜春" in said
    assert "industry: none was found" in said


def test_a_docx_is_drafted_as_text_is(plans, tmp_path):
    document = docx.Document()
    for line in REPORT.splitlines():
        document.add_paragraph(line)
    document.save(tmp_path / "报告.docx")
    folder, _ = new.new_plan("江西省", [tmp_path / "报告.docx"])
    assert (folder / "source.docx").read_bytes() == (tmp_path / "报告.docx").read_bytes()
    drafted = plan_toml(folder)
    assert (drafted["plan"]["title"], drafted["plan"]["date"]) == ("2025年江西省政府工作报告", "2025-01-17")
    assert (why(folder, "title"), why(folder, "date")) == ("line 1", "line 3")


# --- what the text says of itself ---


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ("宜春市国民经济和社会发展第十四个五年规划\n和二〇三五年远景目标纲要", "宜春市国民经济和社会发展第十四个五年规划和二〇三五年远景目标纲要"),
        ("宜春市\n“十四五”工业发展规划", "宜春市“十四五”工业发展规划"),
        ("宜春市人民政府关于印发《宜春市“十四五”工业发展规划》的通知", "宜春市“十四五”工业发展规划"),
        ("宜春市“十四五”工业发展规划（征求意见稿）", "宜春市“十四五”工业发展规划（征求意见稿）"),
        ("宜春市加快工业发展。", "规划"),
    ],
)  # fmt: skip
def test_titles(plans, write, lines, title):
    folder, _ = new.new_plan("宜春市", [write(f"{lines}\n\n一、总体要求\n加快发展工业，推进转型。\n")])
    assert plan_toml(folder)["plan"]["title"] == title


@pytest.mark.parametrize(
    ("title", "text", "period"),
    [
        ("宜春市“十四五”工业发展规划", "加快发展。", [2021, 2025]),
        ("宜春市工业发展“十三五”规划", "加快发展。", [2016, 2020]),
        ("宜春市第十五个五年规划纲要", "加快发展。", [2026, 2030]),
        ("宜春市工业发展规划（2023—2027年）", "加快发展。", [2023, 2027]),
        ("宜春市“十四五”工业发展规划", "规划期限为2021年至2025年，展望到2035年。", [2021, 2025]),
        ("宜春市工业发展规划", "本规划期限为2022-2030年。", [2022, 2030]),
        ("宜春市2022年工作要点", "加快发展。", [2022, 2022]),
        ("宜春市工业发展规划", "“十三五”期间加快发展。", None),
        ("宜春市支持工业二十五条措施", "加快发展。", None),
    ],
)
def test_periods(plans, write, title, text, period):
    folder, _ = new.new_plan("宜春市", [write(f"{title}\n\n一、总体要求\n{text}\n")])
    assert plan_toml(folder)["plan"].get("period") == period


@pytest.mark.parametrize(
    ("front", "end", "date"),
    [
        ("二〇二一年八月", "", "2021-08"),
        ("二○二一年十二月三十一日", "", "2021-12-31"),
        ("（2021年8月15日）", "", "2021-08-15"),
        ("——2025年1月15日在宜春市第五届人民代表大会第五次会议上", "", "2025-01-15"),
        ("发布日期：2021-08-15", "", "2021-08-15"),
        ("", "2021年8月15日", "2021-08-15"),
        ("", "到2025年1月完成。", None),
    ],
)
def test_dates(plans, write, front, end, date):
    text = f"宜春市工业发展规划\n{front}\n\n一、总体要求\n加快发展。\n{end}\n"
    folder, _ = new.new_plan("宜春市", [write(text)])
    assert plan_toml(folder)["plan"].get("date") == date


@pytest.mark.parametrize(
    ("front", "end", "publisher"),
    [
        ("宜春市工业和信息化局", "", ["宜春市工业和信息化局"]),
        ("宜春市发展和改革委员会 宜春市工业和信息化局", "", ["宜春市发展和改革委员会", "宜春市工业和信息化局"]),
        ("发布机构：宜春市人民政府办公室", "", ["宜春市人民政府办公室"]),
        ("", "宜春市人民政府办公室", ["宜春市人民政府办公室"]),
        ("", "二、建设人民满意政府", None),
        ("来源：宜春日报", "", None),
    ],
)
def test_publishers(plans, write, front, end, publisher):
    text = f"宜春市工业发展规划\n{front}\n\n一、总体要求\n加快发展。\n{end}\n"
    folder, _ = new.new_plan("宜春市", [write(text)])
    assert plan_toml(folder)["plan"].get("publisher") == publisher


@pytest.mark.parametrize(
    ("heading", "industry"),
    [
        ("有色金属", "有色金属"),
        ("做优做强新能源汽车产业", "新能源汽车"),
        ("锂电新能源产业集群", "锂电新能源"),
        ("生物医药产业高质量发展", "生物医药"),
        ("实施产业技术创新工程", None),
        ("优化营商环境", None),
        ("信州区", None),
        ("打造“一核”高端引擎", None),
        ("重点产业对接长三角区域企业名录", None),
    ],
)
def test_headings_that_name_an_industry(heading, industry):
    assert drafting._industry_in(heading) == industry


def test_an_industry_keeps_its_heading_as_its_name(plans, write):
    text = "宜春市工业发展规划\n\n一、重点产业\n（一）做优做强新能源汽车产业\n加快发展。\n（二）袁州区\n加快发展。\n"
    folder, _ = new.new_plan("宜春市", [write(text)])
    [industry] = plan_toml(folder)["industry"]
    assert (industry["name"], industry["short"]) == ("做优做强新能源汽车产业", "新能源汽车")


# --- places ---


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("宜春市", "", "360900"),
        ("宜春", "", "360900"),
        ("江西省宜春市", "", "360900"),
        ("360900", "", "360900"),
        ("南京市鼓楼区", "", "320106"),
        ("江苏省南京市鼓楼区", "", "320106"),
        ("鼓楼区", "南京市鼓楼区高质量发展", "320106"),
        ("内蒙古", "", "150000"),
        ("上饶县", "", "361104"),
        ("重庆市", "", "500000"),
        ("阿坝州", "", "513200"),
        ("四川省阿坝州", "", "513200"),
    ],
)
def test_a_place_is_found(name, text, code):
    assert new.choose_place(name, None, text).code == code


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("鼓楼区", "", "鼓楼区: stands for 4 places. Add --code: 320106 江苏省南京市鼓楼区, 320302 江苏省徐州市鼓楼区"),
        ("鼓楼区", "学习南京、徐州经验", "stands for 4 places"),
        ("吉林", "", "220000 吉林省, 220200 吉林省吉林市"),
        ("火星市", "", "the gazetteer knows no such place"),
        ("999999", "", "the gazetteer knows no such place"),
        ("", "", "the gazetteer knows no such place"),
        ("--code", "", "the gazetteer knows no such place"),
    ],
)
def test_a_place_that_is_not_clear_is_refused(name, text, message):
    with pytest.raises(PlanError, match=re.escape(message)):
        new.choose_place(name, None, text)


def test_a_code_says_which_of_several_and_must_be_one_of_them():
    assert new.choose_place("鼓楼区", "320302", "").code == "320302"
    with pytest.raises(PlanError, match="--code 360900: is not 鼓楼区. It may be 320106"):
        new.choose_place("鼓楼区", "360900", "")


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("信州区", "Xinzhou District"),
        ("铅山县", "Yanshan County"),
        ("六安市", "Lu'an City"),
        ("陕西省", "Shaanxi"),
        ("吕梁市", "Lüliang City"),
        ("广西壮族自治区", "Guangxi"),
        ("孟连傣族拉祜族佤族自治县", "Menglian Dai, Lahu and Wa Autonomous County"),
        ("浦东新区", "Pudong New Area"),
        ("朝阳区", "Chaoyang District"),
        ("丰都县", "Fengdu County"),
    ],
)
def test_english_names(name, english):
    assert english_name(name) == english


def test_the_two_provinces_of_one_reading_have_two_folders():
    assert (folder_name("陕西省"), folder_name("山西省")) == ("shaanxi", "shanxi")


def test_folder_names_are_ascii_for_every_place_there_is():
    names = [area.name for area in new.divisions().values()] + list(new.wider_divisions().values())
    assert len(names) > 3000
    assert [name for name in names if not re.fullmatch("[a-z]+", folder_name(name))] == []


# --- the folder ---


def test_nothing_is_overwritten(plans, write):
    folder, _ = new.new_plan("宜春市", [write(REPORT)])
    (folder / "plan.toml").write_bytes((folder / "plan.toml").read_bytes() + b"# mine\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(PlanError, match="yichun: is there already"):
        new.new_plan("宜春市", [write(REPORT)])
    with pytest.raises(PlanError, match="yichun: is there already"):
        new.new_plan("伊春市", [write(REPORT)], plan_id="yichun")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_two_places_of_one_name_in_pinyin_both_have_a_folder(plans, write):
    assert new.new_plan("宜春市", [write(REPORT)])[0].name == "yichun"
    assert new.new_plan("伊春市", [write(REPORT)])[0].name == "yichun-230700"
    with pytest.raises(PlanError, match="yichun-230700: is there already"):
        new.new_plan("伊春市", [write(REPORT)])


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "-x", "a b", "CON", "x" * 65, "a\n"])
def test_a_name_that_cannot_be_a_folder_everywhere_is_refused(plans, write, name):
    with pytest.raises(PlanError, match="--id"):
        new.new_plan("宜春市", [write(REPORT)], plan_id=name)
    assert list(plans.iterdir()) == []


@pytest.mark.parametrize("name", ["规 划 (终稿).TXT", "--id.txt", "a'b\"c.txt", "新\u3000建.txt", "x" * 80 + ".txt"])
def test_odd_file_names_are_copied_as_source(plans, write, name):
    folder, _ = new.new_plan("宜春市", [write(REPORT, name)])
    assert (folder / "source.txt").read_text(encoding="utf-8") == REPORT
    assert name in (folder / "plan.toml").read_text(encoding="utf-8")
    assert load_plan(folder).settings.place.name == "宜春市"


def test_several_files_make_one_plan_in_the_order_given(plans, write):
    first = write("宜春市工业发展规划\n\n一、重点产业\n（一）锂电新能源\n加快发展。\n", "正文.txt")
    second = write("二、重点产业布局\n（一）生物医药\n支持樟树做大做强。\n2021年8月\n", "附件.md")
    folder, _ = new.new_plan("宜春市", [first, second])
    assert plan_toml(folder)["source"] == {
        "files": [
            {"file": f"source.{number}{path.suffix}", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for number, path in enumerate((first, second), start=1)
        ]
    }
    assert (folder / "source.2.md").read_bytes() == second.read_bytes()
    assert load_plan(folder).sentences["text"].tolist()[:2] == ["加快发展。", "支持樟树做大做强。"]
    assert why(folder, "title") == "line 1 of source.1.txt"
    assert why(folder, "date") == "line 4 of source.2.md"
    industries = re.findall(r'name = "(.+)" # drafted: (line .+)', (folder / "plan.toml").read_text(encoding="utf-8"))
    assert industries == [("锂电新能源", "line 4 of source.1.txt"), ("生物医药", "line 2 of source.2.md")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_file_name_with_a_line_end_cannot_write_settings(plans, write):
    folder, _ = new.new_plan("宜春市", [write("加快发展。\n", 'x"\n[evil]\nk = 1.txt')])
    assert set(plan_toml(folder)) == {"plan", "source", "place", "county"}
    assert plan_toml(folder)["plan"]["title"] == 'x"\n[evil]\nk = 1'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "规划.txt: the file is empty"),
        (b"plain English only", "规划.txt: there is no Chinese character"),
        (None, "规划.txt: there is no such file"),
        ("第一章 总则\n第二章 目标\n".encode(), "规划.txt: there is no running text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_own_name_and_leaves_nothing(plans, tmp_path, content, message):
    path = tmp_path / "规划.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GuihuaError, match=message) as caught:
        new.new_plan("宜春市", [path])
    assert str(path) in str(caught.value)
    assert ".new." not in str(caught.value)
    assert list(plans.iterdir()) == []


def test_a_full_disk_leaves_nothing(plans, write, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(PlanError, match="cannot be written"):
        new.new_plan("宜春市", [write(REPORT)])
    assert list(plans.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_killed_in_the_middle_there_is_no_plan_and_the_next_run_clears_up(tmp_path):
    tree = copy_tree(tmp_path / "tree", without=("tests/", "figures/", "notebooks/"))
    source = tmp_path / "规划.txt"
    source.write_text(REPORT, encoding="utf-8")
    plans = tree / "data" / "plans"
    before = sorted(path.name for path in plans.iterdir())
    halts = (
        "import sys, time; from pathlib import Path; from src.utils.running import new;"
        "new.reading_report = lambda plan: time.sleep(60); new.new_plan('宜春市', [Path(sys.argv[1])])"
    )
    with subprocess.Popen([sys.executable, "-P", "-c", halts, str(source)], cwd=tree, env=environment(tree)) as job:
        until = time.monotonic() + 30
        while "[[industry]]" not in "".join(path.read_text("utf-8") for path in plans.glob(".new.*/*/plan.toml")):
            assert job.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        job.send_signal(signal.SIGKILL)
    [left] = [path.name for path in plans.iterdir() if path.name not in before]
    assert re.fullmatch(r"\.new\.\d+\.part", left)
    assert "there are: shangrao, shangrao-profile." in run(tree, "read", "none").stderr  # what was being built is none
    done = run(tree, "new", "宜春市", str(source))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in plans.iterdir()) == sorted([*before, "yichun"])


@pytest.mark.parametrize(
    "value", ["", 'a "b" \\ c', "tab\tline\nend\r", "\x00\x1f\x7f", "😀𠀀", "# no comment", "'''", '"""']
)
def test_any_text_comes_back_from_toml_as_it_was(value):
    assert tomllib.loads(f"key = {new.toml_value([value, 2021])} # drafted: x\n") == {"key": [value, 2021]}


# --- the command ---


def test_the_command_prints_the_report_and_what_comes_next(plans, write, capsys):
    assert cli.main(["new", "江西省", str(write(REPORT)), "--id", "try"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("try: source.txt, UTF-8")
    assert "/try/ (plan.toml, reading_report.txt, source.txt)" in said
    assert "`python run.py --plan try` runs all notebooks" in said


def test_the_command_says_in_one_line_what_is_wrong(plans, write, capsys):
    assert cli.main(["new", "鼓楼区", str(write("加快发展。\n"))]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "--code: 320106" in said.err
    with pytest.raises(SystemExit):
        cli.main(["new", "宜春市"])
    assert "FILE" in capsys.readouterr().err
