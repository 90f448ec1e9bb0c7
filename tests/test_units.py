"""Sentences to counties and industries: by heading, by mention, and not by words that only look like names."""

import pandas as pd
import pytest

from src.utils import paths, tables
from src.utils.plans.settings import load_settings, short_name
from src.utils.plans.units import assign_units

SETTINGS = load_settings(paths.PLANS / "shangrao")
SECTIONS = pd.DataFrame({"section": [0], "parent": [-1], "title": ["发展成效"]})


def mentions(text, terms=None):
    sentences = pd.DataFrame({"sentence": [0], "section": [0], "text": [text]})
    units = assign_units(sentences, SECTIONS, SETTINGS, terms)
    assert list(units.columns) == tables.UNITS
    assert (units["evidence"] == "mention").all()
    return set(units["unit"])


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("新增50亿元企业广信区金叶大铜、广丰区银泰乐科技2家。", {"广信区", "广丰区"}),
        ("以上饶经开区、广信等地为重点。", {"广信区"}),
        ("信州、广丰、玉山三地协同。", {"信州区", "广丰区", "玉山县"}),
        ("原上饶县、广丰县和波阳县的企业。", {"广信区", "广丰区", "鄱阳县"}),
        ("推动光伏新能源与电子信息融合。", {"光伏新能源", "电子信息（含光学、物联网）"}),
        ("建成万年县高新区。", {"万年县"}),
    ],
)
def test_names_short_names_and_former_names_are_mentions(text, units):
    assert mentions(text) == units


@pytest.mark.parametrize(
    "text",
    ["千秋亿万年的基业。", "上饶市制造业结合实际。", "广信集团签约。"],
)
def test_words_that_only_look_like_names_are_none(text):
    assert mentions(text) == set()


def test_a_county_inside_a_firms_name_is_no_mention():
    sentences = pd.DataFrame({"sentence": [0], "section": [0], "text": ["万年青水泥与万年芯落户，广信投产。"]})
    units = assign_units(sentences, SECTIONS, SETTINGS, other_names=["万年青", "万年芯"])
    assert units["unit"].tolist() == ["广信区"]


def test_terms_of_the_lexicon_speak_of_their_industry():
    assert mentions("提高硅片产能。", {"光伏新能源": ["硅片"]}) == {"光伏新能源"}


def test_a_heading_speaks_for_the_sections_below_it():
    sections = pd.DataFrame({"section": [0, 1, 2], "parent": [-1, 0, -1], "title": ["广丰区", "发展重点", "布局"]})
    sentences = pd.DataFrame({"sentence": [0, 1], "section": [1, 2], "text": ["做强黑滑石。", "做强黑滑石。"]})
    units = assign_units(sentences, sections, SETTINGS)
    assert units[["sentence", "scheme", "unit", "evidence"]].to_numpy().tolist() == [[0, "county", "广丰区", "heading"]]


def test_the_published_text_speaks_of_three_counties(shangrao):
    # Found by reading: line 84 names 玉山, 广信区 and 广丰区; line 86 names 广丰 once more.
    counties = shangrao.units.query("scheme == 'county'").merge(shangrao.sentences, on="sentence")
    assert counties.groupby("unit")["source_line"].agg(list).to_dict() == {
        "广丰区": [84, 86],
        "广信区": [84],
        "玉山县": [84],
    }
    assert set(counties["evidence"]) == {"mention"}


def test_every_section_of_the_digest_is_its_units_own(profile):
    by_heading = profile.units.query("evidence == 'heading'").groupby("scheme")["unit"].agg(set)
    assert by_heading["county"] == {county.name for county in profile.settings.county}
    assert by_heading["industry"] == {industry.name for industry in profile.settings.industry}
    own = profile.units.query("evidence == 'heading'").drop_duplicates("sentence")
    assert len(own) == len(profile.sentences)


def test_short_names():
    assert [short_name(name) for name in ("广丰区", "德兴市", "景宁畲族自治县", "临县", "神农架林区")] == [
        "广丰",
        "德兴",
        "景宁畲族",
        None,
        "神农架",
    ]
    assert SETTINGS.unit_names()["county"]["广信区"] == ["广信区", "广信", "上饶县"]
