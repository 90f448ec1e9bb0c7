"""plan.toml: what ships is right, and what is wrong is named by file, key and remedy."""

import re
import time

import pytest

from src.utils import paths
from src.utils.errors import PlanError, SettingsError
from src.utils.plans.pipeline import load_plan
from src.utils.plans.settings import load_settings, plan_folder, plan_ids
from tests.conftest import SHANGRAO_COUNTIES


def edit(folder, old, new):
    path = folder / "plan.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(folder):
    with pytest.raises(SettingsError) as caught:
        load_settings(folder)
    message = str(caught.value)
    assert "plan.toml" in message
    assert "\n" not in message
    return message


def test_shangrao_has_its_counties_and_industries():
    settings = load_settings(paths.PLANS / "shangrao")
    assert (settings.id, settings.place.code, settings.plan.period) == ("shangrao", "361100", (2021, 2025))
    assert [county.name for county in settings.county] == SHANGRAO_COUNTIES
    assert len(settings.industry) == 9
    assert all(re.fullmatch(r"[A-Z][A-Za-z ()-]+", unit.name_en) for unit in [*settings.county, *settings.industry])


def test_the_digest_has_the_counties_and_industries_of_the_plan_it_follows():
    plan, digest = (load_settings(paths.PLANS / name) for name in ("shangrao", "shangrao-profile"))
    assert digest.plan.digest_of == "shangrao"
    assert (digest.county, digest.industry) == (plan.county, plan.industry)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title_en =", "titel_en =", "unknown key plan.titel_en"),
        ("title_en =", "titel_en =", "plan.title_en is missing"),
        ("[place]", "[palace]\n[place]", "unknown key palace"),
        ("period = [2021, 2025]", 'period = "2021-2025"', "plan.period"),
        ("period = [2021, 2025]", "period = [2021, 2025", "not TOML"),
        ('name = "信州区"', 'name = "信洲区"', "the gazetteer knows 361102 as '信州区'; write that name"),
        ('code = "361102"', 'code = "361199"', "knows no county-level code 361199; '信州区' has the code 361102"),
        ('code = "361102"\nname = "信州区"', 'code = "330102"\nname = "上城区"', "does not lie in 上饶市 (361100)"),
        ('code = "361102"', 'code = "36110"', "county.1.code"),
        ('former = ["上饶县"]', 'former = ["广丰县"]', "'广丰县' stands for two units"),
        ('encoding = "utf-8"', 'drop = ["("]', "not a regular expression"),
        ('encoding = "utf-8"', 'drop = ["x*"]', "matches the empty string"),
        ('kind = "plan"', 'kind = "digest"', "plan.digest_of is missing"),
    ],
)
def test_wrong_settings_are_named_by_key(plan_copy, old, new, said):
    edit(plan_copy, old, new)
    assert said in refusal(plan_copy)


def counties_left_out(folder, extra=""):
    """The plan's settings without its [[county]] entries, and with more lines put before the industries."""
    path = folder / "plan.toml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("[[county]]"), text.index("[[industry]]")
    path.write_text(text[:start] + extra + text[end:], encoding="utf-8")
    return folder


def test_counties_left_out_are_the_gazetteers(plan_copy):
    listed = load_settings(plan_copy).county
    found = load_settings(counties_left_out(plan_copy))
    assert {(county.code, county.name) for county in found.county} == {(county.code, county.name) for county in listed}
    by_code = {county.code: county for county in found.county}
    assert {"广信", "上饶县"} <= set(by_code["361104"].names())
    assert by_code["361104"].name_en == "广信区"  # no English name is known
    assert "广信区" not in found.english_names()
    assert "上饶市" not in by_code["361102"].names()  # once the name of what is now 信州区, today the city's
    for county in listed:
        assert set(county.names()) == set(by_code[county.code].names())


def test_counties_of_a_county_stay_empty(plan_copy):
    edit(counties_left_out(plan_copy), 'code = "361100"\nname = "上饶市"', 'code = "361103"\nname = "广丰区"')
    assert load_settings(plan_copy).county == []


@pytest.mark.parametrize(
    ("units", "n", "there"),
    [("", 100, "广信区"), ('units = "county"\n', 100, "瑞金市"), ('units = "prefecture"\n', 11, "上饶市")],
)
def test_a_province_is_read_by_its_counties_or_its_prefectures(plan_copy, units, n, there):
    edit(counties_left_out(plan_copy), 'code = "361100"\nname = "上饶市"', f'{units}code = "360000"\nname = "江西省"')
    settings = load_settings(plan_copy)
    assert len(settings.county) == n
    assert there in settings.unit_names()["county"]


def test_a_short_name_that_is_an_ordinary_word_is_no_name_to_search_for(plan_copy):
    edit(counties_left_out(plan_copy), 'code = "361100"\nname = "上饶市"', 'code = "450000"\nname = "广西壮族自治区"')
    names = load_settings(plan_copy).unit_names()["county"]
    assert names["资源县"] == ["资源县"]
    assert {"龙胜各族自治县", "龙胜", "龙胜县"} <= set(names["龙胜各族自治县"])


def test_counties_are_those_of_the_documents_year(plan_copy):
    edit(counties_left_out(plan_copy), 'code = "361100"\nname = "上饶市"', 'code = "500000"\nname = "重庆市"')
    assert {"江北区", "渝北区"} <= {county.name for county in load_settings(plan_copy).county}
    edit(plan_copy, 'date = "2021-08"', 'date = "2026"')
    assert "两江新区" in {county.name for county in load_settings(plan_copy).county}


def test_a_prefecture_may_be_listed_as_a_unit_of_its_province_alone(plan_copy):
    unit = '[[county]]\ncode = "360100"\nname = "南昌市"\nname_en = "Nanchang"\n'
    assert "does not lie in 上饶市" in refusal(counties_left_out(plan_copy, unit))
    edit(plan_copy, 'code = "361100"\nname = "上饶市"', 'code = "360000"\nname = "江西省"')
    assert [county.name for county in load_settings(plan_copy).county] == ["南昌市"]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ('[[zone]]\nname = "上饶经开区"\ncounty = "广峰区"\n', "zone 1 (上饶经开区): '广峰区' is none of the plan's"),
        ('[[zone]]\nname = "甲"\n[[zone]]\nname = "甲"\n', "zone: '甲' stands for two units"),
        ('[[zone]]\nname = "甲"\ncity = ""\n', "unknown key zone.1.city"),
        ('[cleaning]\nskip = "all"\n', "cleaning.skip"),
        ('[cleaning]\nsimplify = "often"\n', "cleaning.simplify"),
        ("[cleaning]\nrules = []\n", "unknown key cleaning.rules"),
    ],
)
def test_wrong_zones_and_cleaning_are_named_by_key(plan_copy, extra, said):
    edit(plan_copy, "[[county]]", f"{extra}\n[[county]]")
    assert said in refusal(plan_copy)


def test_zones_and_cleaning_are_read(plan_copy):
    extra = '[cleaning]\nskip = ["x"]\nsimplify = true\n[[zone]]\nname = "上饶经开区"\ncounty = ""\n'
    edit(plan_copy, "[[county]]", f"{extra}\n[[county]]")
    settings = load_settings(plan_copy)
    assert (settings.cleaning.skip, settings.cleaning.simplify) == (["x"], True)
    assert [(zone.name, settings.county_of(zone)) for zone in settings.zone] == [("上饶经开区", None)]


def test_settings_are_loaded_quickly():
    folder = paths.PLANS / "shangrao"
    times = []
    for _ in range(3):
        began = time.perf_counter()
        load_settings(folder)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.05


def test_settings_saved_by_windows_notepad_are_read(plan_copy):
    path = plan_copy / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_settings(plan_copy).place.name == "上饶市"


def test_settings_in_another_encoding_are_refused(plan_copy):
    path = plan_copy / "plan.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert "not UTF-8" in refusal(plan_copy)


def test_an_unknown_plan_lists_those_there_are():
    with pytest.raises(PlanError, match="yichun: there is no such plan.*shangrao, shangrao-profile"):
        plan_folder("yichun")
    assert plan_ids() == ["shangrao", "shangrao-profile"]


@pytest.mark.parametrize("name", ["", ".", "..", "../plans/nothing", "-h"])
def test_odd_names_of_plans_are_refused_or_found_but_never_crash(name):
    with pytest.raises(PlanError):
        plan_folder(name)


def test_a_plan_folder_anywhere_is_read(plan_copy):
    found = load_plan(plan_copy)
    assert found.id == plan_copy.name
    assert len(found.contents) == 59


def test_a_changed_or_missing_source_is_refused(plan_copy):
    source = plan_copy / "source.txt"
    source.write_bytes(source.read_bytes() + "补一句。".encode())
    with pytest.raises(PlanError, match="not the one that plan.toml describes"):
        load_plan(plan_copy)
    source.unlink()
    with pytest.raises(PlanError, match="the source file is missing"):
        load_plan(plan_copy)
