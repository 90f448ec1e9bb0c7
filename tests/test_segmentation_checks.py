"""The checks made before counting: each finds what was put there to be found, and says nothing where all is well."""

import pandas as pd
import pytest

from src.utils.plans.pipeline import load_plan
from src.utils.words.dictionaries import ENTRIES, LAYERS, PROBLEMS, Dictionaries, dictionaries_for
from src.utils.words.phrases import find_phrases
from src.utils.words.segmentation_checks import CHANGES, MOVED, NEVER, SPLIT, UNKNOWN, check_segmentation
from src.utils.words.segmenting import Segmenter


def dictionaries(**layers):
    rows = [
        (term, "ns" if layer == "places" else "n", layer, "for the test", f"{layer}.txt, line {at}")
        for layer, terms in layers.items()
        for at, term in enumerate(terms, 1)
    ]
    return Dictionaries(pd.DataFrame(rows, columns=ENTRIES, dtype=object), pd.DataFrame(columns=PROBLEMS))


def check(texts, words=None, **options):
    sentences = pd.DataFrame({"sentence": range(10, 10 + len(texts)), "text": texts})
    return check_segmentation(sentences, words or dictionaries(policy=["数字经济"]), **options)


def rows(table, *columns):
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_terms_that_were_split_are_named_with_their_cut_and_sentence():
    words = dictionaries(policy=["规上工业", "大数据"])
    found = check(["规上工业增长。", "规上工业，大数据", "加大数据汇聚"], words, segmenter=Segmenter())
    assert list(found.split.columns) == SPLIT
    assert rows(found.split, "term", "kind", "cut", "n", "n_whole") == [
        ("规上工业", "split", "规上/工业", 2, 0),
        ("大数据", "split", "大/数据", 1, 0),
        ("大数据", "across", "加大/数据", 1, 0),
    ]
    assert rows(found.split.head(1), "layer", "sentence", "text") == [("policy", 10, "规上工业增长。")]


def test_what_another_term_takes_is_an_overlap_and_what_lies_inside_a_word_is_whole():
    words = dictionaries(policy=["工业增加值", "规上工业", "产业"])
    found = check(["规上工业增加值", "产业链"], words)
    assert rows(found.split, "term", "kind") in ([("工业增加值", "overlap")], [("规上工业", "overlap")])


def test_nothing_is_said_where_terms_are_whole():
    found = check(["数字经济核心产业。", "发展数字经济。"])
    assert found.split.empty
    assert found.moved.empty
    assert found.never.empty
    assert "Terms that were split: none." in found.report()


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("增长10％", "cleaning writes it '增长10%'"),
        ("稳增长。", "a sentence ends at '。'"),
        ("加油！干", "a sentence ends at '！'"),
    ],
)
def test_entries_that_can_never_match_say_why(entry, why):
    found = check(["数字经济"], dictionaries(policy=["数字经济", "“5020”项目", "New Energy"], user=[entry]))
    assert list(found.never.columns) == NEVER
    ((term, layer, said, source),) = rows(found.never, *NEVER)
    assert (term, layer, source) == (entry, "user", "user.txt, line 1")
    assert why in said


def test_an_entry_that_the_segmenter_cuts_everywhere_can_never_match():
    words = dictionaries(policy=["数字经济", "规上工业"])
    found = check(["规上工业"], words, segmenter=Segmenter({"数字经济": "n"}))
    assert rows(found.never, "term", "why") == [("规上工业", "cut 以规上/工业")]


def test_entries_that_move_the_words_beside_them_are_shown_without_and_with():
    words = dictionaries(places=["上饶"], policy=["数字经济"])
    found = check(["以上饶为主。", "发展数字经济。", "上饶，仍以上饶为先。"], words)
    assert list(found.moved.columns) == MOVED
    assert rows(found.moved, "term", "layer", "without", "with", "n", "sentence") == [
        ("上饶", "places", "以上/饶", "以/上饶", 2, 10)
    ]
    assert "  以上/饶 → 以/上饶 (2)" in found.report()


def test_a_term_that_only_joins_its_own_parts_moves_nothing():
    found = check(["全市规上工业增长。", "推动数字经济发展。"], dictionaries(policy=["规上工业", "数字经济"]))
    assert found.moved.empty


def test_entries_of_one_sentence_are_judged_each_for_itself():
    """Entries that share a sentence are never left out together: each is shown against all the others."""
    texts = ["以上饶为主，隔信江相望，规上工业增长", "规上工业，数字经济"]
    together = check(texts, dictionaries(places=["上饶", "信江"], policy=["规上工业", "数字经济"])).moved
    assert set(rows(together, "term", "without", "with")) == {
        ("上饶", "以上/饶", "以/上饶"),
        ("信江", "隔信/江相望", "隔/信江/相望"),
    }


def test_unknown_strings_are_words_no_dictionary_has_and_runs_of_single_characters():
    segmenter = Segmenter()
    assert segmenter.cut("建设汐苒电子") == ["建设", "汐苒", "电子"]
    found = check(["建设汐苒电子", "汐苒电子投产", "推进企业发展"], segmenter=segmenter).unknown
    assert list(found.columns) == UNKNOWN
    assert rows(found, "string", "kind", "n", "sentence") == [("汐苒", "unknown word", 2, 10)]
    runs = check(["甲乙丙，甲乙丙"], segmenter=Segmenter()).unknown
    assert set(runs["string"]) <= {"甲乙", "乙丙", "甲乙丙"}


def test_each_layer_says_what_it_changes():
    words = dictionaries(places=["上饶经开区", "粤港澳大湾区"], policy=["规上工业", "营商环境"])
    found = check(["上饶经开区规上工业增长。", "规上工业向好。", "优化服务。"], words).layers
    assert list(found.columns) == CHANGES
    assert rows(found, "layer", "n_terms", "n_found", "n_before", "n_after", "n_sentences") == [
        ("places", 2, 1, 2, 1, 1),
        ("policy", 2, 1, 4, 2, 2),
        ("all", 4, 2, 6, 3, 2),
    ]
    assert found["examples"].tolist()[1] == "规上/工业 → 规上工业"


def test_the_phrases_that_lack_are_those_of_discovery(shangrao):
    words = dictionaries(policy=["数字经济"])
    found = check_segmentation(shangrao.sentences, words, min_count=3).phrases
    expected = find_phrases(shangrao.sentences, words.segmenter(), min_count=3)
    assert len(found) > 3
    pd.testing.assert_frame_equal(found, expected)


def test_the_report_of_a_plan_is_short_and_holds_its_findings(plan_copy):
    (plan_copy / "dictionary.txt").write_text("云端制造 n\na b c d\n", encoding="utf-8")
    plan = load_plan(plan_copy)
    found = check_segmentation(plan.sentences, dictionaries_for(plan=plan))
    lines = found.report(top=3)
    assert len(lines) < 40
    assert all("\n" not in line for line in lines)
    assert lines[0].startswith(f"{len(plan.sentences):,} sentences, ")
    assert "Wrong lines of the user's dictionary: 1." in lines
    assert any("dictionary.txt, line 2: a b c d: 4 columns" in line for line in lines)
    layers = found.layers["layer"].tolist()
    assert layers == [*[layer for layer in LAYERS if layer in layers], "all"]


def test_the_names_and_terms_of_the_plans_that_ship_are_never_split(profile):
    found = check_segmentation(profile.sentences, dictionaries_for(plan=profile))
    assert found.split[found.split["kind"] == "split"].empty
    assert found.never.empty


def test_no_sentence_is_no_error():
    found = check([])
    assert found.n_tokens == 0
    assert found.report()[0].startswith("0 sentences, 0 tokens")
