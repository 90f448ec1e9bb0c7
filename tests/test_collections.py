"""Many documents by one settings file: their places, ids and settings; every way in which the file can be wrong."""

import hashlib
import json
import pickle

import pytest

from src.utils import paths
from src.utils.errors import MissingCorpusError, PlanError, SettingsError
from src.utils.plans.collections import collection_ids, is_collection, level_of, load_collection
from src.utils.plans.pipeline import load_plan
from src.utils.plans.settings import plan_ids
from src.utils.words.dictionaries import dictionaries_of

TEXT = "{place}工业发展规划\n第一章 发展基础\n{place}光伏产业发展很快。南昌县、丰城市的铜产业增长。\n"
HEAD = """
[collection]
title = "江西各市规划"
title_en = "Plans of the cities of Jiangxi"
folder = "files"
file = '^(?P<place>.+?)规划'
licence = "government documents"
"""
DOCUMENT = """
[plan]
title = "{place}工业发展规划"
title_en = "Industrial plan of {place_en}"
publisher = ["{short}市人民政府"]
"""
REPORTS = "provincial-reports-2025"


@pytest.fixture
def make(tmp_path):
    """Write a settings file and the files it names; returns its path."""

    def written(head=HEAD, rest=DOCUMENT, names=("南昌市规划.txt", "宜春市规划.txt")):
        folder = tmp_path / "files"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_text(TEXT.format(place=name[:3]), encoding="utf-8")
        path = tmp_path / "jiangxi-cities.toml"
        path.write_text(head + rest, encoding="utf-8")
        return path

    return written


def test_a_folder_of_plans_is_a_collection_by_one_file(make):
    collection = load_collection(make(rest=DOCUMENT + '[english]\n"360100" = "Nanchang"\n'))
    assert [member.id for member in collection.members] == ["jiangxi-cities.360100", "jiangxi-cities.360900"]
    first, second = (member.settings for member in collection.members)
    assert first.plan.title == "南昌市工业发展规划"
    assert first.plan.title_en == "Industrial plan of Nanchang"
    assert second.plan.publisher == ["宜春市人民政府"]
    assert second.plan.licence == "government documents"
    assert collection.province == "360000"
    assert collection.english_names()["南昌"] == "Nanchang"
    content = (collection.members[0].files[0]).read_bytes()
    assert collection.members[0].sha256 == (hashlib.sha256(content).hexdigest(),)


def test_a_member_reads_as_a_plan_and_is_one_unit_as_a_whole(make):
    rest = DOCUMENT + '[[industry]]\nname = "光伏新能源"\nname_en = "New energy"\n'
    member = load_collection(make(head=HEAD + 'divisions = "county"\n', rest=rest)).members[0]
    again = pickle.loads(pickle.dumps(member))
    plan = again.read()
    assert plan.id == member.id
    assert list(plan.sentences["plan"].unique()) == [member.id]
    found = plan.units.set_index("scheme")["unit"].groupby("scheme").agg(lambda units: sorted(set(units))).to_dict()
    # 丰城市 lies in 宜春市, not in 南昌市: no unit of this plan.
    assert found == {"county": ["南昌县"], "industry": ["光伏新能源"], "region": ["南昌市"]}
    whole = plan.units[plan.units["scheme"] == "region"]
    assert whole["sentence"].tolist() == plan.sentences["sentence"].tolist()
    assert set(whole["evidence"]) == {"document"}


def test_documents_of_every_format_that_is_read_are_found(make):
    path = make(names=("南昌市规划.wps", "宜春市规划.markdown", "九江市规划.TEXT", "~$九江市规划.docx", "说明.xlsx"))
    found = [member.files[0].name for member in load_collection(path).members]
    assert found == ["南昌市规划.wps", "九江市规划.TEXT", "宜春市规划.markdown"]


def test_plans_under_data_plans_are_a_collection_too(make):
    head = '[collection]\ntitle = "两份"\ntitle_en = "Two"\nplans = ["shangrao", "shangrao-profile"]\n'
    collection = load_collection(make(head=head, rest=""))
    assert [member.id for member in collection.members] == ["shangrao", "shangrao-profile"]
    own = load_plan("shangrao")
    read = collection.members[0].read()
    assert read.settings.plan == own.settings.plan
    assert read.sentences.equals(own.sentences)
    assert read.units[read.units["scheme"] != "region"].reset_index(drop=True).equals(own.units)


def test_the_names_of_a_place_are_those_of_all_divisions_in_it(make):
    names = load_collection(make()).own_names()
    assert {"南昌市", "南昌", "进贤县", "进贤"} <= set(names["南昌市"])
    assert "丰城市" in names["宜春市"]
    assert "丰城市" not in names["南昌市"]


def test_a_name_that_is_an_ordinary_word_too_is_not_left_out(make):
    head = HEAD.replace("(?P<place>.+?)规划", "(?P<place>.+?省)规划")
    names = load_collection(make(head=head, names=("陕西省规划.txt", "辽宁省规划.txt"))).own_names()
    assert "西安" in names["陕西省"]  # a district elsewhere, and a city here
    assert not {"振兴", "城区"} & set(names["辽宁省"])  # 振兴区 of 丹东市


def test_all_documents_are_cut_with_one_dictionary(make):
    rest = DOCUMENT + '[[industry]]\nname = "低空物流"\nname_en = "Low-altitude logistics"\n[words]\n'
    path = make(rest=rest + 'dictionary = ["own.txt"]\n')
    (path.parent / "own.txt").write_text("吃得苦霸得蛮 n # 口号\n", encoding="utf-8")
    found = dictionaries_of(load_collection(path))
    by_term = found.entries.drop_duplicates("term").set_index("term")["layer"]
    assert by_term[["吃得苦霸得蛮", "低空物流", "宜春", "丰城"]].tolist() == [
        "user",
        "industries",
        "counties",
        "counties",
    ]
    assert found.entries.set_index("term").loc["低空物流", "source"].endswith("jiangxi-cities.toml, industry 低空物流")
    assert "plan" not in set(found.entries["layer"])


def test_a_file_whose_name_does_not_tell_is_named_with_its_place(make):
    rest = DOCUMENT + '[[file]]\nname = "附件2.txt"\nplace = "360400"\n'
    head = HEAD + 'skip = ["目录.txt"]\n'
    collection = load_collection(make(head=head, rest=rest, names=("南昌市规划.txt", "附件2.txt", "目录.txt")))
    assert [member.place.name for member in collection.members] == ["南昌市", "九江市"]


def test_two_documents_of_a_place_are_told_apart_by_an_id(make):
    names = ("南昌市规划.txt", "南昌市规划二.txt")
    with pytest.raises(SettingsError, match=r"南昌市规划二\.txt are of one place.*Give each a \[\[file\]\]"):
        load_collection(make(names=names))
    rest = DOCUMENT + '[[file]]\nname = "南昌市规划二.txt"\nplace = "360100"\nid = "digital"\n'
    collection = load_collection(make(rest=rest, names=names))
    assert [member.id for member in collection.members] == ["jiangxi-cities.360100", "jiangxi-cities.360100.digital"]


WRONG = {
    "an unknown key": (HEAD + "colour = 1\n", DOCUMENT, r"unknown key collection\.colour"),
    "no place in the pattern": (HEAD.replace("?P<place>", ""), DOCUMENT, r"has no group \(\?P<place>"),
    "a pattern that is none": (HEAD.replace("(?P", "((?P"), DOCUMENT, r"is not a regular expression"),
    "two sources": (HEAD + 'corpus = "x"\n', DOCUMENT, r"keep one of the three \(corpus and folder are given\)"),
    "no source": (HEAD.replace('folder = "files"', ""), DOCUMENT, r"none of them is given"),
    "no licence": (HEAD.replace("licence", "citation"), DOCUMENT, r"licence is missing"),
    "no title": (HEAD, "", r"the table \[plan\] is missing"),
    "an unknown field": (HEAD, DOCUMENT.replace("{short}", "{city}"), r"\{city\} stands for nothing"),
    "a lone brace": (HEAD, DOCUMENT.replace("{short}", "{short"), r"braces stand only around"),
    "no such folder": (HEAD.replace('"files"', '"fils"'), DOCUMENT, r"collection\.folder: there is no folder"),
    "a name that tells nothing": (
        HEAD.replace("规划'", "计划'"),
        DOCUMENT,
        r"does not tell the place of 南昌市规划\.txt",
    ),
    "an unknown place": (HEAD.replace("^(?P", "^.(?P"), DOCUMENT, r"knows no place '昌市'"),
    "no place of the level": (HEAD + 'level = "county"\n', DOCUMENT, r"knows no place '南昌市' of the level county"),
    "a file that is not there": (HEAD, DOCUMENT + '[[file]]\nname = "x"\nplace = "360100"\n', r"there is no file 'x'"),
    "an unknown code": (HEAD, DOCUMENT + '[[file]]\nname = "南昌市规划.txt"\nplace = "999999"\n', r"code 999999"),
    "a wrong industry": (HEAD, DOCUMENT + '[[industry]]\nname = "铜"\n', r"industry\.1\.name_en is missing"),
    "a plan without a place": (HEAD, DOCUMENT + "[[file]]\nname = '南昌市规划.txt'\n", r"file\.1\.place is missing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_key(make, case):
    head, rest, said = WRONG[case]
    with pytest.raises(SettingsError, match=said) as raised:
        load_collection(make(head=head, rest=rest))
    assert "jiangxi-cities.toml" in str(raised.value)


def test_an_empty_folder_and_an_unknown_collection_are_named(make, tmp_path):
    path = make(names=())
    with pytest.raises(PlanError, match=r"files: there is no document in it"):
        load_collection(path)
    with pytest.raises(PlanError, match=rf"no-such: there is no such collection.*{REPORTS}"):
        load_collection("no-such")
    assert is_collection(REPORTS)
    assert not is_collection("shangrao")


def test_a_name_of_several_places_needs_a_level(make):
    head = HEAD.replace("(?P<place>.+?)规划", "(?P<place>.+?)省?规划")
    with pytest.raises(SettingsError, match=r"'海南' stands for 3 places .* Set collection\.level"):
        load_collection(make(head=head, names=("海南省规划.txt",)))
    found = load_collection(make(head=head + 'level = "province"\n', names=("海南省规划.txt",)))
    assert found.members[0].place.code == "460000"


def test_a_corpus_that_is_not_here_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CORPORA", tmp_path)
    with pytest.raises(MissingCorpusError, match=rf"python run\.py fetch {REPORTS}"):
        load_collection(REPORTS)


def test_a_file_of_a_corpus_that_changed_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CORPORA", tmp_path)
    folder = tmp_path / REPORTS
    folder.mkdir()
    name = "2025年江西省政府工作报告.docx"
    (folder / name).write_bytes(b"other bytes")
    about = {"licence": "free", "citation": "31", "files": {name: {"sha256": hashlib.sha256(b"its bytes").hexdigest()}}}
    (folder / "corpus.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(PlanError, match=r"江西省政府工作报告\.docx: has changed since it was fetched"):
        load_collection(REPORTS)


def test_levels_of_codes():
    assert [level_of(code) for code in ("360000", "361100", "361104", "419001")] == [
        "province",
        "prefecture",
        "county",
        "county",
    ]


def test_every_collection_that_ships_is_whole_where_its_corpus_is_here():
    assert REPORTS in collection_ids()
    assert not set(collection_ids()) & set(plan_ids())  # a figure's folder is one or the other
    if not (paths.CORPORA / REPORTS / "corpus.json").is_file():
        pytest.skip(f"{REPORTS} has not been fetched")
    collection = load_collection(REPORTS)
    codes = [member.place.code for member in collection.members]
    assert len(set(codes)) == 31
    assert all(code.endswith("0000") for code in codes)
    assert collection.province is None
    assert set(collection.settings.english) == set(codes)
    english = list(collection.settings.english.values())
    assert len(set(english)) == 31
    jiangxi = next(member for member in collection.members if member.place.code == "360000").read()
    assert jiangxi.settings.plan.title == "江西省2025年政府工作报告"
    assert "江西" in jiangxi.text
    assert len(jiangxi.text) > 15_000
