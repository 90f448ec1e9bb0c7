"""Each rule on real damage, on text that only looks damaged, and the laws that all of them keep."""

import doctest
import re
import sys
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from src.utils import paths
from src.utils.errors import PlanError, SettingsError
from src.utils.plans import cleaning
from src.utils.plans.cleaning import RULES, choose_rules, clean
from src.utils.plans.damage import warnings_of
from src.utils.plans.editing import Characters, apply, lines_in, surroundings
from src.utils.plans.furniture import _BEGINS_PAGE_NUMBER, _BEGINS_WEB, _LONE_NUMBER, _PAGE_MARK, _WEB
from src.utils.plans.headings import _ANNEX, _BOX, _FIRST_OF_BOX, _FIRST_OF_ORDINAL, ORDINAL
from tests.conftest import load_cases

CASES = load_cases("cleaning")
BY_NAME = {rule.name: rule for rule in RULES}
SEED = (paths.PLANS / "shangrao" / "source.txt").read_text(encoding="utf-8")

# Text made of what real damage is made of, so that rules meet in every order.
pieces = list("上饶市规划第一章节（一）()，。；;:,“”“%％0123２０ＧDP . \t\n\r\f\u3000\u200b\ufeff—、·…")
pieces += [
    "第一章",
    "（一）",
    "  ",
    "— 1 —\n",
    "\n\f",
    "1，000亿元",
    "(guo)(guo)",
    "……",
    "发展基础",
    "打印本页\n",
    "\n首页>规划\n",
]
pieces += ["坚持以习近平新时代中国特色社会主义思想为指导", "全面贯彻党的二十大精神"]
damaged = st.lists(st.sampled_from(pieces), max_size=60).map("".join)
WILD = [(name, *pair) for name, kinds in CASES.items() for pair in kinds["wild"]]
NEGATIVE = [(name, text) for name, kinds in CASES.items() for text in kinds["negative"]]


KNOWN = [(name, *pair) for name, kinds in CASES.items() for pair in kinds.get("known_failures", [])]


def test_every_rule_has_cases():
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize(("rule", "before", "after"), WILD)
def test_wild_text_is_mended(rule, before, after):
    assert BY_NAME[rule](before) == after


@pytest.mark.xfail(strict=True, reason="the rule cannot do it yet")
@pytest.mark.parametrize(("rule", "before", "after"), KNOWN)
def test_known_failures(rule, before, after):
    assert BY_NAME[rule](before) == after


@pytest.mark.parametrize(
    ("rule", "text"), [(name, text) for name, kinds in CASES.items() for text in kinds["negative"]]
)
def test_text_that_only_looks_damaged_stays(rule, text):
    assert BY_NAME[rule](text) == text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_examples_in_docstrings_hold(rule):
    examples = doctest.DocTestParser().get_doctest(rule.__doc__, vars(cleaning), rule.name, None, None)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


@given(damaged)
def test_cleaning_twice_is_cleaning_once(text):
    once = clean(text).text
    assert clean(once).text == once


def han(string):
    return [char for char in string if "\u4e00" <= char <= "\u9fff"]


@given(damaged)
def test_no_han_character_is_lost_or_invented_but_what_the_log_names(text):
    cleaned = clean(text)
    assert sorted(han(cleaned.text) + han("".join(cleaned.dropped["text"]))) == sorted(han(text))


@given(damaged)
def test_every_character_knows_where_it_came_from(text):
    cleaned = clean(text)
    assert len(cleaned.origin) == len(cleaned.text)
    assert (cleaned.origin[1:] >= cleaned.origin[:-1]).all()
    for at, char in enumerate(cleaned.text):
        if "\u4e00" <= char <= "\u9fff" or char in "。、”":
            assert text[cleaned.origin[at]] == char


# Clean text of the plan that ships: headings with the paragraphs under them.
PARAGRAPHS = [line for line in clean(SEED).text.split("\n") if len(line) > 60 and "。" in line]
HEADINGS = ["第一章 发展基础", "第一节 发展成效", "（一）信州区", "二、主要目标", "第二章 总体要求"]
clean_texts = st.lists(
    st.tuples(st.sampled_from(HEADINGS), st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=3, unique=True)),
    min_size=1,
    max_size=4,
    unique_by=lambda part: part[0],
).map(lambda parts: "\n".join(line for heading, lines in parts for line in [heading, *lines]))


def _each(pattern, text, replacement, choose):
    return re.sub(pattern, lambda match: replacement(match) if choose() else match[0], text)


def _cut_lines(text, width):
    """Each paragraph over several lines, as a page of this width sets it, its first line indented."""
    cut = []
    for line in text.split("\n"):
        if line in HEADINGS:
            cut.append(line)
        else:
            piece, size = "　　", 2.0
            for char in line:
                if size > width - 1:
                    cut.append(piece)
                    piece, size = "", 0.0
                piece, size = piece + char, size + (0.5 if char.isascii() else 1)
            cut.append(piece)
    return "\n".join(cut)


def _with_pages(text, choose):
    """Page ends, with the page's number above and its header below, at some lines' ends."""
    pages, number = [], 0
    for line in text.split("\n"):
        pages.append(line)
        if choose():
            number += 1
            pages += [f"— {number} —", "\f" + "上饶市规划文本"]
    return "\n".join(pages) if number >= 3 else text


FULL_WIDTH = str.maketrans("0123456789%", "０１２３４５６７８９％")
LOOK_ALIKES = str.maketrans("大力高用一工日生自行民长车门", "⼤⼒⾼⽤⼀⼯⽇⽣⾃⾏⺠⻓⻋⻔")
DAMAGE = {
    "restore_characters": lambda text, choose: _each(
        "[大力高用一工日生自行民长车门]", text, lambda m: m[0].translate(LOOK_ALIKES), choose
    ),
    "unify_line_ends": lambda text, choose: _each("[家市业]", text, lambda m: m[0] + "\u200b", choose).replace(
        "\n", "\r\n"
    ),
    "trim_lines": lambda text, choose: _each("\n", text, lambda m: " \n\n　　", choose),
    "narrow_full_width_letters": lambda text, choose: _each(
        "[0-9]+%?", text, lambda m: m[0].translate(FULL_WIDTH), choose
    ),
    "widen_punctuation": lambda text, choose: _each("(?<=[^\n])；", text, lambda m: ";", choose),
    "widen_brackets": lambda text, choose: _each("（([^（）]*[一-龥][^（）]*)）", text, lambda m: f"({m[1]})", choose),
    "close_up_spaces_between_han": lambda text, choose: _each(
        "(?<=[发推建制])(?=[展进设造][^\n]*[，。])(?<!章 发)", text, lambda m: " ", choose
    ),
    "remove_pinyin": lambda text, choose: _each("国", text, lambda m: m[0] + "(guo)(guo)", choose),
    "join_across_form_feeds": lambda text, choose: _each(
        "(?<=[一-龥]{20})(?=[一-龥]{3}，[一-龥]{12})", text, lambda m: "\f", choose
    ),
    "drop_page_furniture": _with_pages,
    "drop_web_furniture": lambda text, choose: (
        "首页>政府信息公开>发展规划\n字体：【大 中 小】 打印本页\n" + text + "\n扫一扫在手机打开当前页"
    ),
    "drop_database_headers": lambda text, choose: (
        "    【法宝引证码】 CLI.12.4792728\n原文链接：https://www.pkulaw.com/lar/f0.html\n" + text
    ),
    "join_broken_lines": lambda text, choose: _cut_lines(text, 38),
    "part_headings_run_together": lambda text, choose: _each("(?<=[础效区标求])\n", text, lambda m: "     ", choose),
}


@pytest.mark.parametrize("defect", DAMAGE)
@settings(deadline=None)
@given(text=clean_texts, data=st.data())
def test_what_a_defect_did_to_a_clean_text_is_mended(defect, text, data):
    assume(len(text) > 240)  # lines cut at one place only are not told from a short heading and its text
    assert clean(text).text == text
    hurt = DAMAGE[defect](text, lambda: data.draw(st.booleans()))
    assert clean(hurt).text == text


def test_most_characters_with_pinyin_are_refused_with_the_remedy():
    with pytest.raises(PlanError, match="60 of 60 characters carry their pinyin.*without readings"):
        clean("国(guo)务(wu)院(yuan)" * 20)


def test_rules_are_chosen_by_name_and_unknown_names_refused():
    chosen = choose_rules(skip=["drop_web_furniture"])
    assert [rule.name for rule in RULES if rule not in chosen] == ["drop_web_furniture"]
    assert clean("打印本页\n正文", rules=chosen).text == "打印本页\n正文"
    with pytest.raises(SettingsError, match="cleaning.skip: there is no rule 'drop_all'.*drop_web_furniture"):
        choose_rules(skip=["drop_all"])


def test_traditional_characters_stay_unless_asked_for(monkeypatch):
    assert clean("國務院").text == "國務院"
    monkeypatch.setitem(sys.modules, "opencc", None)
    with pytest.raises(SettingsError, match="cleaning.simplify in plan.toml needs OpenCC.*pip install opencc"):
        choose_rules(simplify=True)


def test_traditional_characters_become_simplified_and_are_logged():
    pytest.importorskip("opencc", reason="OpenCC is not installed")
    cleaned = clean("國務院關於製造業", rules=choose_rules(simplify=True))
    assert cleaned.text == "国务院关于制造业"
    assert cleaned.log.iloc[-1][["rule", "n_places"]].tolist() == ["simplify", 6]


def test_all_that_is_dropped_stands_in_the_log_with_its_line():
    cleaned = clean("前文\n打印本页\n中文。\n— 12 —\n后文")
    assert cleaned.dropped.to_numpy().tolist() == [
        ["drop_page_furniture", 4, "— 12 —"],
        ["drop_web_furniture", 2, "打印本页"],
    ]


def test_what_cannot_be_mended_is_named_by_line_with_its_share():
    text = "安\ufffd?h(平都鎮发展\n信州区**县重点\n前文…省略912字…后文\n发展kTN县情资料网。\n" + "".join(
        f"第{n}段。\n县情资料网\n" for n in "一二三四"
    )
    found = warnings_of(text)
    assert found[["line", "kind"]].to_numpy().tolist() == [
        [1, "mojibake"],
        [2, "masked"],
        [3, "left out"],
        [4, "foreign run"],
        [6, "repeated line"],
    ]
    assert found["share"].tolist()[1] == pytest.approx(2 / 8)
    assert clean(text).text.count("\ufffd") == 1


def test_every_radical_stands_for_the_character_its_name_says():
    """Unicode names a simplified radical after its traditional form, as C-SIMPLIFIED or J-SIMPLIFIED."""
    names = {
        "⻓": "LONG",
        "⻔": "GATE",
        "⻋": "CART",
        "⻢": "HORSE",
        "⻥": "FISH",
        "⻦": "BIRD",
        "⻰": "DRAGON",
        "⻛": "WIND",
    }
    named = {
        "LONG": "长",
        "GATE": "门",
        "CART": "车",
        "HORSE": "马",
        "FISH": "鱼",
        "BIRD": "鸟",
        "DRAGON": "龙",
        "WIND": "风",
    }
    for radical, name in names.items():
        assert unicodedata.name(radical) == f"CJK RADICAL C-SIMPLIFIED {name}"
        assert clean(radical).text == named[name]


def test_the_seed_has_nothing_that_cannot_be_mended():
    assert warnings_of(SEED).empty


def test_the_seed_is_mended_in_five_places_and_the_log_names_their_lines():
    # Seen in the file: 前 言 (line 14), 目 录 (line 19), a half-width ; (line 83), an empty line (13).
    log = clean(SEED).log.set_index("rule")
    lines = {name: [example["source_line"] for example in row] for name, row in log["examples"].items() if row}
    assert lines == {"close_up_spaced_lines": [14, 19], "widen_punctuation": [83], "trim_lines": [12]}
    assert SEED.splitlines()[82].count(";") == 1


def test_the_log_accounts_for_every_character():
    cleaned = clean(SEED)
    assert len(SEED) - cleaned.log["n_removed"].sum() + cleaned.log["n_added"].sum() == len(cleaned.text)


def test_a_plans_own_patterns_are_dropped_first_and_logged():
    cleaned = clean("广信区kTN县情资料网发展光伏。[F001,F002]", drop=[r"kTN县情资料网", r"\[F\d{3}(?:,F\d{3})*\]"])
    assert cleaned.text == "广信区发展光伏。"
    assert cleaned.log.loc[0, ["rule", "n_places"]].tolist() == ["drop_marked", 2]
    assert cleaned.source_span(0, 5) == (0, 3 + len("kTN县情资料网") + 2)


@given(damaged)
def test_a_rule_finds_nothing_in_text_without_the_characters_it_needs(text):
    sets = Characters.sets_in(text)
    for rule in RULES:
        if rule.needs is not None and not rule.needs.may_be_in(sets):
            assert rule.edits(text) == []


@given(damaged, st.sampled_from(RULES))
def test_no_character_comes_into_a_text_but_where_an_edit_put_it(text, rule):
    edits = rule.edits(text)
    new = apply(text, edits)
    may_be_in = Characters.sets_in(text) | Characters.sets_in("".join(surroundings(new, edits)))
    assert not Characters.sets_in(new) & ~may_be_in


@given(st.text("上a\r\n\f \u2028"))
def test_lines_are_those_that_re_finds(text):
    for ends in ("\r\n\f", "\n"):
        found = [(match.start(), match[0]) for match in re.finditer(f"[^{ends}]+", text)]
        lines = lines_in(text, ends)
        assert list(zip(lines.starts, lines.texts, strict=True)) == found


@pytest.mark.parametrize(
    ("pattern", "may_match"),
    [
        (_WEB, lambda line: line.strip()[:1] in _BEGINS_WEB or "ICP备" in line or line != line.strip()),
        (_PAGE_MARK, _BEGINS_PAGE_NUMBER.match),
        (_LONE_NUMBER, _BEGINS_PAGE_NUMBER.match),
        (ORDINAL, lambda line: line[0] in _FIRST_OF_ORDINAL),
        (_BOX, lambda line: line.startswith(_FIRST_OF_BOX)),
        (_ANNEX, lambda line: line.startswith(_FIRST_OF_BOX)),
    ],
    ids=["web", "page mark", "lone number", "ordinal", "box", "annex"],
)
def test_what_a_pattern_matches_begins_as_is_looked_for_first(pattern, may_match):
    @given(st.from_regex(pattern, fullmatch=True))
    def holds(line):
        assert may_match(line)

    holds()


@pytest.mark.parametrize("name", sorted(name for name, rule in BY_NAME.items() if rule.needs is not None))
def test_all_that_a_rule_mends_holds_a_character_it_needs(name):
    rule = BY_NAME[name]
    for before, _ in CASES[name]["wild"]:
        assert rule.needs.may_be_in(Characters.sets_in(before))
