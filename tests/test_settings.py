"""plan.toml: what ships is right, and what is wrong is named by file, key and remedy."""

import re

import pytest

from src.utils import paths
from src.utils.errors import PlanError, SettingsError
from src.utils.plans.pipeline import load_plan
from src.utils.plans.settings import load_settings, plan_folder, plan_ids


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
    assert [county.name for county in settings.county] == (
        [
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
    )
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
