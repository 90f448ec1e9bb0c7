"""What the command line prints for scripts: results on standard output, messages on standard error, exit codes."""

import json
import shutil
import subprocess
import sys

import pytest

from src.utils import paths
from src.utils.running import commands
from src.utils.running.cli import main

SEED = paths.PLANS / "shangrao" / "source.txt"


def told(capsys, *arguments):
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, *arguments):
    code, out, err = told(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    return err


def test_read_as_json_tells_outline_coverage_and_cleaning(capsys):
    code, out, err = told(capsys, "read", "shangrao", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert len(found["contents"]) == 59
    assert found["contents"][0] == {"level": 1, "ordinal": "第一章", "title": "发展基础", "page": 1}
    assert set(found["sections"][0]) == {"level", "ordinal", "title", "kind", "start", "end"}
    assert found["coverage"]["with_text"] == ["第一章 发展基础", "第一节 发展成效"]
    assert found["coverage"]["text_outside_contents"] == ["前言"]
    assert found["coverage"]["n_pages_with_text_at_most"] == 7
    places = {row["rule"]: row["n_places"] for row in found["cleaning_log"]}
    assert {rule: n for rule, n in places.items() if n} == {
        "trim_lines": 1,
        "close_up_spaced_lines": 2,
        "widen_punctuation": 1,
    }
    assert found["n_sentences"] == 25


def test_read_as_text_prints_the_body_and_nothing_else(capsys):
    _, out, _ = told(capsys, "read", "shangrao", "--text")
    lines = out.splitlines()
    assert lines[0] == "前言"
    assert lines[-1].endswith("应用示范企业。")
    assert "世界光伏城" not in out
    assert "保障措施88" not in out


def test_read_takes_a_bare_file_and_reports_in_words(capsys):
    code, out, _ = told(capsys, "read", str(SEED))
    assert code == 0
    assert "of 59 headings in the contents list 0 have their text, 2 have part of it, 57 have none" in out
    assert "line 83:" in out


def test_words_as_json_and_as_a_table_agree(capsys):
    _, out, _ = told(capsys, "words", "shangrao", "--json")
    words = json.loads(out)
    _, table, _ = told(capsys, "words", "shangrao")
    assert words[0]["term"] == "全省"
    # Counted in the file's body by hand: 全省 fifteen times, in six sentences.
    assert (words[0]["n"], words[0]["n_sentences"]) == (15, 6)
    rows = [line.split("\t") for line in table.splitlines()]
    assert rows[0] == ["term", "n", "per_10k", "n_sentences"]
    assert [row[0] for row in rows[1:]] == [word["term"] for word in words]


def test_segment_gives_one_line_for_each_line(tmp_path, capsys):
    path = tmp_path / "行.txt"
    path.write_bytes("广丰区的规上工业增加值\r\n\r\n“5020”项目 落地".encode("gb18030"))
    _, out, _ = told(capsys, "segment", "--plan", "shangrao", str(path))
    assert out.splitlines() == ["广丰区 的 规上工业增加值", "", "“5020”项目 落地"]
    _, out, _ = told(capsys, "segment", "--json", str(path))
    assert json.loads(out)[2] == ["“5020”项目", "落地"]


def test_segment_reads_standard_input():
    command = [sys.executable, "-m", "src.utils.running", "segment"]
    given = "数字经济核心产业\n高质量发展\n".encode()
    done = subprocess.run(command, input=given, capture_output=True, cwd=paths.ROOT, check=True)
    assert done.stdout.decode().splitlines() == ["数字经济 核心 产业", "高质量发展"]
    assert done.stderr == b""
    done = subprocess.run(command, input=b"\xff\xfe\x00", capture_output=True, cwd=paths.ROOT, check=False)
    assert done.returncode == 2
    assert b"not UTF-8" in done.stderr


@pytest.mark.parametrize("command", [("read", "yichun"), ("words", "yichun"), ("--plan", "yichun")])
def test_an_unknown_plan_lists_those_there_are(capsys, command):
    assert "Under data/plans there are: shangrao, shangrao-profile" in refused(capsys, *command)


def damaged(plan_copy, what):
    source, settings = plan_copy / "source.txt", plan_copy / "plan.toml"
    text = settings.read_text(encoding="utf-8")
    if what == "missing source":
        source.unlink()
    elif what == "changed source":
        source.write_bytes(source.read_bytes().replace("全省".encode(), "全国".encode(), 1))
    elif what == "unknown key":
        settings.write_text(text.replace("[source]", '[source]\ncolour = "red"'), encoding="utf-8")
    elif what == "unknown county":
        settings.write_text(text.replace('"信州区"', '"信洲区"'), encoding="utf-8")
    return plan_copy


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing source", "source.txt: the source file is missing. Put it there"),
        ("changed source", "source.txt: the file is not the one that plan.toml describes"),
        ("unknown key", "plan.toml: unknown key source.colour. Remove it or correct its spelling"),
        ("unknown county", "county 1 (信洲区): the gazetteer knows 361102 as '信州区'; write that name"),
    ],
)
@pytest.mark.parametrize("command", ["read", "words", "--plan"])
def test_a_damaged_plan_is_refused_by_place_and_remedy(capsys, plan_copy, command, what, said):
    assert said in refused(capsys, command, str(damaged(plan_copy, what)))


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02PNG", bytes(range(128, 256)), b"no Chinese here"])
def test_a_bare_file_that_is_no_chinese_text_is_refused(capsys, tmp_path, content):
    path = tmp_path / "空 file.txt"
    path.write_bytes(content)
    assert "空 file.txt: " in refused(capsys, "read", str(path))


def test_a_plan_that_is_only_headings_is_refused(capsys, tmp_path):
    path = tmp_path / "headings.txt"
    path.write_text("第一章 总则\n第二章 布局\n", encoding="utf-8")
    assert "no running text" in refused(capsys, "read", str(path))


def test_a_plan_is_found_by_its_folder_from_anywhere(capsys, tmp_path, monkeypatch):
    shutil.copytree(paths.PLANS / "shangrao", tmp_path / "my plan")
    monkeypatch.chdir(tmp_path)
    code, out, _ = told(capsys, "read", "my plan", "--json")
    assert (code, json.loads(out)["plan"]) == (0, "my plan")


def test_words_can_be_checked_before_they_are_counted(capsys, monkeypatch):
    made = []
    check = commands.check_segmentation  # made once, told twice
    monkeypatch.setattr(commands, "check_segmentation", lambda *of: (made or made.append(check(*of)) or made)[0])
    assert commands.check_words("shangrao", as_json=False) == 0
    printed = capsys.readouterr().out
    assert "Terms that were split: none." in printed
    assert commands.check_words("shangrao", as_json=True) == 0
    tables = json.loads(capsys.readouterr().out)
    assert {"split", "never", "moved", "unknown", "phrases", "layers", "problems"} <= set(tables)
    assert not [row for row in tables["split"] if row["kind"] == "split"]


def test_segment_names_the_wrong_lines_of_the_users_dictionary(plan_copy, tmp_path, capsys):
    (plan_copy / "dictionary.txt").write_text("光伏胶膜 1 2 3\n赣鄱云谷\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("支持赣鄱云谷建设\n", encoding="utf-8")
    assert commands.segment(str(tmp_path / "a.txt"), plan=str(plan_copy), as_json=False) == 0
    said = capsys.readouterr()
    assert said.out == "支持 赣鄱云谷 建设\n"
    assert "line 1: " in said.err
