"""The dictionaries under data/lexicons: whole, sorted, truthful; and the messages for files that are not."""

import csv
import re
from itertools import pairwise

import pandas as pd
import pytest

from src.utils import lexicons, paths
from src.utils.errors import LexiconError
from src.utils.lexicons import COLUMNS, english_names, industry_terms, load_lexicon, read_lexicon
from src.utils.words.segmenting import Segmenter

INDUSTRIES = [
    "有色金属",
    "光伏新能源",
    "电子信息（含光学、物联网）",
    "非金属材料",
    "汽车",
    "机械制造",
    "生物医药",
    "纺织服装",
    "绿色食品",
]
WITH_CUTS = ["policy_terms", "industries", "places", "organisations"]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_file_is_utf8_with_lf_ends_sorted_and_without_duplicates(name):
    data = (paths.LEXICONS / f"{name}.csv").read_bytes()
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert not data.startswith(b"\xef\xbb\xbf")
    table = pd.DataFrame(load_lexicon(name))
    key = table["term"]
    if name == "industries":
        assert [industry for industry, _ in table.groupby("industry", sort=False)] == INDUSTRIES
        key = table["industry"].map(INDUSTRIES.index).map("{:02}".format) + table["term"]
    assert all(one < next_one for one, next_one in pairwise(key))


def test_every_file_in_the_folder_is_known():
    assert {path.stem for path in paths.LEXICONS.glob("*.csv")} == set(COLUMNS)


def test_policy_terms_of_the_plan_are_there():
    terms = set(load_lexicon("policy_terms")["term"])
    assert {"规上工业", "规模以上工业增加值", "营业收入", "高质量发展", "新发展理念", "供给侧结构性改革"} <= terms
    assert {"双循环", "数字经济", "工业互联网", "企业上云", "两化融合", "智能制造", "先进制造业集群"} <= terms
    assert {"单项冠军", "专精特新", "“5020”项目", "三百一重", "招大引强", "营商环境", "链长制"} <= terms


def test_a_term_has_one_english_name_and_an_english_name_one_term():
    tables = [load_lexicon(name) for name, columns in COLUMNS.items() if "english" in columns]
    by_term: dict[str, set[str]] = {}
    for table in tables:
        for term, english in zip(table["term"], table["english"], strict=True):
            by_term.setdefault(term, set()).add(english)
    assert {term: names for term, names in by_term.items() if len(names) > 1} == {}
    names = [english.lower() for english in english_names().values()]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []  # two bars of a chart with one label


def test_english_names_are_plain_latin_text():
    odd = {t: e for t, e in english_names().items() if not re.fullmatch(r"[A-Za-z0-9 ,.'\"&+()–-]+", e)}
    assert odd == {}


def test_english_names_of_the_words_in_charts():
    names = english_names()
    assert names["铜"] == "copper"
    assert names["企业"] == "enterprises"
    assert names["产业集群"] == "industrial cluster"
    assert names["粤港澳大湾区"] == "Guangdong–Hong Kong–Macao Greater Bay Area"
    assert names["规上工业"] == "industry above designated size"


@pytest.mark.parametrize("name", WITH_CUTS)
def test_what_a_reason_says_of_jieba_is_so(name):
    """Every reason ends with what plain jieba does to the term; a term it keeps must be in its dictionary if it says so."""
    plain = Segmenter(numbers=False)
    lexicon = load_lexicon(name)
    for term, reason in zip(lexicon["term"], lexicon["reason"], strict=True):
        tokens = plain.cut(term)
        if len(tokens) > 1:
            assert reason.endswith(f"; jieba cuts {'/'.join(tokens)}"), term
        else:
            assert reason.endswith(("; whole in jieba too", "; jieba only guesses it whole")), term


def test_industry_terms_belong_to_one_industry_unless_named():
    table = pd.DataFrame(load_lexicon("industries"))
    both = set(table.loc[table["term"].duplicated(), "term"])
    assert both == {"机电汽配"}  # electromechanical and car parts: one branch at the border of two industries
    sizes = {industry: len(terms) for industry, terms in industry_terms().items()}
    assert list(sizes) == INDUSTRIES
    assert all(12 <= size <= 30 for size in sizes.values()), sizes
    assert table.groupby("industry")["name_en"].nunique().eq(1).all()


def test_the_english_names_of_the_industries_are_those_of_the_plan(shangrao):
    lexicon = load_lexicon("industries")
    named = dict(zip(lexicon["industry"], lexicon["name_en"], strict=True))
    assert named == {industry.name: industry.name_en for industry in shangrao.settings.industry}


def test_industry_terms_name_their_industry_in_the_facts():
    """A fact filed under an industry never speaks, by the terms, of other industries alone."""
    facts = read_facts()
    of_term: dict[str, set[str]] = {}
    for industry, terms in industry_terms().items():
        for term in terms:
            of_term.setdefault(term, set()).add(industry)
    segmenter = Segmenter({term: "n" for term in of_term})
    strays = set()
    for industry, fact in facts:
        spoken = set().union(*(of_term.get(token, set()) for token in segmenter.cut(fact)))
        if spoken and industry not in spoken:
            strays.add(fact)
    # A maker of mining machinery: what its machines are used for is not what it makes.
    assert strays == {"耐普产品用于有色黑色矿山"}


def read_facts() -> list[tuple[str, str]]:
    path = paths.PLANS / "shangrao-profile" / "facts.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["unit"], row["fact"]) for row in csv.DictReader(file) if row["unit_type"] == "industry"]


def test_a_stop_word_is_not_kept_and_removed():
    official = set(load_lexicon("stop_official")["term"])
    kept = set(load_lexicon("stop_keep")["term"])
    assert official & kept == set()
    assert official & set(english_names()) == set()
    assert {"主要", "实现", "加强", "扩大", "完成", "开展"} <= kept


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("term;reason\n铜;metal\n", "line 1: the header is 'term;reason'; write 'term,reason'"),
        ("", "line 1: the header is ''"),
        ("term,reason\n铜,metal,red\n", "line 2: 3 cells where 2 are due"),
        ("term,reason\n铜\n", "line 2: 1 cells where 2 are due"),
        ("term,reason\n铜,metal\n\n锌,metal\n", "line 3: an empty line"),
        ("term,reason\n,metal\n", "line 2: term is empty"),
        ("term,reason\n　,metal\n", "line 2: term is empty"),
        ("term,reason\n铜 ,metal\n", "line 2: spaces around '铜' in term"),
        ("term,reason\n铜,metal\n锌,metal\n铜,red metal\n", "line 4: 铜 stands in line 2 already"),
        ('term,reason\n铜,"metal"x\n', "line 2: not a CSV row"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_remedy(tmp_path, content, message):
    path = tmp_path / "user.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LexiconError, match=re.escape(message)) as caught:
        read_lexicon(path, ["term", "reason"])
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "user.csv"
    path.write_bytes(b"term,reason\n" + "金,metal\n".encode("gb18030"))
    with pytest.raises(LexiconError, match=r"user\.csv, line 2: not UTF-8; save the file as UTF-8"):
        read_lexicon(path, ["term", "reason"])


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    path = tmp_path / "user.csv"
    path.write_text("term,reason\n铜,metal\n", encoding="utf-8-sig")
    assert read_lexicon(path, ["term", "reason"]) == {"term": ["铜"], "reason": ["metal"]}


def test_a_missing_file_and_an_unknown_name_are_refused(tmp_path):
    with pytest.raises(LexiconError, match="cannot be read"):
        read_lexicon(tmp_path / "none.csv", ["term"])
    with pytest.raises(LexiconError, match="no such dictionary; there are policy_terms"):
        load_lexicon("policy")


def test_a_changed_file_is_read_again_and_the_hash_changes(tmp_path, monkeypatch):
    for path in paths.LEXICONS.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = lexicons.lexicons_hash()
    monkeypatch.setattr(paths, "LEXICONS", tmp_path)
    assert lexicons.lexicons_hash() == before
    file = tmp_path / "single_characters.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert lexicons.lexicons_hash() == before  # line ends are not content
    file.write_text(file.read_text(encoding="utf-8").replace("copper", "Copper"), encoding="utf-8")
    assert english_names()["铜"] == "Copper"
    assert lexicons.lexicons_hash() != before


def test_a_loaded_table_is_the_callers_own():
    table = load_lexicon("places")
    table["english"][:] = ["nowhere"] * len(table["english"])
    assert "nowhere" not in set(load_lexicon("places")["english"])
