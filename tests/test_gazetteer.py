"""The gazetteer: every county by its code, what the packaged list lacks, and the names counties had before."""

import csv

import pytest

from src.utils import paths
from src.utils.errors import LexiconError
from src.utils.plans import gazetteer
from src.utils.plans.gazetteer import (
    DIFFERENCES_FILE,
    RENAMES_FILE,
    divisions,
    divisions_of,
    find_place,
    former_names,
    prefectures_of,
    short_name,
    wider_divisions,
)

AREACODES = paths.DATA / "corpora" / "gazetteer" / "areacodes.csv"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("广丰区", "广丰"),
        ("德兴市", "德兴"),
        ("景宁畲族自治县", "景宁"),
        ("临县", None),
        ("神农架林区", "神农架"),
        ("六枝特区", "六枝"),
        ("浦东新区", "浦东"),
        ("清新区", "清新"),
        ("碑林区", "碑林"),
        ("万柏林区", "万柏林"),
        ("东乡族自治县", "东乡"),
        ("鄂伦春自治旗", "鄂伦春"),
        ("龙胜各族自治县", "龙胜"),
        ("巴里坤哈萨克自治县", "巴里坤"),
        ("塔什库尔干塔吉克自治县", "塔什库尔干"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("乌拉特前旗", None),
        ("伊犁哈萨克自治州", "伊犁"),
        ("恩施土家族苗族自治州", "恩施"),
        ("阿克苏地区", "阿克苏"),
        ("兴安盟", "兴安"),
        ("宁夏回族自治区", "宁夏"),
        ("城区", None),
    ],
)
def test_short_names(name, short):
    assert short_name(name) == short


def test_counties_of_a_prefecture_a_province_and_right_under_a_province():
    assert len(divisions_of("361100")) == 12
    assert len(divisions_of("360000")) == 100  # Jiangxi: 27 districts, 12 cities, 61 counties
    assert "济源市" in {area.name for area in divisions_of("410000")}
    assert "济源市" in {area.name for area in prefectures_of("410000")}
    assert [area.name for area in divisions_of("361103")] == ["广丰区"]
    assert divisions_of("999999") == []
    assert len(prefectures_of("360000")) == 11


def test_a_district_that_was_abolished_is_there_for_plans_that_know_it():
    names = {year: {area.name for area in divisions_of("500000", year)} for year in (2021, 2025, 2026, None)}
    assert {"江北区", "渝北区"} <= names[2021]
    assert "两江新区" not in names[2021]
    assert names[2025] == names[2021]
    assert names[2026] == names[None]
    assert "两江新区" in names[None]
    assert names[None].isdisjoint({"江北区", "渝北区"})


def test_names_that_several_counties_share_are_found_by_code():
    times: dict[str, int] = {}
    for area in divisions().values():
        if area.until is None:
            times[area.name] = times.get(area.name, 0) + 1
    assert sum(number > 1 for number in times.values()) in (28, 29)  # 江北区 is shared until 2025
    assert {area.code for area in find_place("朝阳区")} == {"110105", "220104"}
    assert [area.code for area in find_place("上饶")] == ["361100"]
    assert [area.code for area in find_place("上饶县")] == ["361104"]
    assert [area.code for area in find_place("孟连县")] == ["530827"]
    assert [area.code for area in find_place("江西省")] == ["360000"]
    assert find_place("无此地") == []


def test_former_names_with_their_years():
    assert [(was.name, was.until_year) for was in former_names()["361104"]] == [("上饶县", 2019)]
    assert [(was.name, was.until_year) for was in former_names()["361103"]] == [("广丰县", 2015)]
    assert [(was.name, was.until_year) for was in former_names()["361128"]] == [("波阳县", 2003)]
    assert RENAMES_FILE.stat().st_size < 200_000
    for code, names in former_names().items():
        assert code in divisions()
        assert all(was.from_year < was.until_year <= 2025 and was.name != divisions()[code].name for was in names)


def test_the_table_of_renames_is_sorted_and_true_to_the_gazetteer():
    with RENAMES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["code"], row["from_year"], row["former_name"]) for row in rows]
    assert keys == sorted(set(keys))
    assert all(divisions()[row["code"]].name == row["name"] for row in rows)
    assert {row["source"] for row in rows} == {"areacodes", "differences"}


@pytest.mark.skipif(not AREACODES.is_file(), reason="data/corpora/gazetteer/areacodes.csv is not fetched")
def test_the_packaged_counties_are_those_of_areacodes():
    with AREACODES.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    theirs = {row["代码"]: row["名称"] for row in rows if (row["级别"], row["状态"]) == ("县级", "在用")}
    ours = {code: area.name for code, area in divisions().items() if area.until is None}
    with DIFFERENCES_FILE.open(encoding="utf-8", newline="") as file:
        known = {row["code"] for row in csv.DictReader(file)}
    assert {code for code in theirs.keys() | ours.keys() if theirs.get(code) != ours.get(code)} == known


def test_every_county_lies_in_a_known_prefecture_and_province():
    for area in divisions().values():
        assert area.city in wider_divisions(), area
        assert area.province in wider_divisions(), area


def test_a_damaged_table_is_named(tmp_path, monkeypatch):
    path = tmp_path / "renames.csv"
    path.write_text("code,name\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(gazetteer, "RENAMES_FILE", path)
    gazetteer.former_names.cache_clear()
    with pytest.raises(LexiconError, match="renames.csv, line 2: the columns are code, name"):
        gazetteer.former_names()
    gazetteer.former_names.cache_clear()
