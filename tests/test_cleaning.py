"""Each rule on real damage, on text that only looks damaged, and the laws that all of them keep."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils import paths
from src.utils.plans import cleaning
from src.utils.plans.cleaning import RULES, clean
from tests.conftest import load_cases

CASES = load_cases("cleaning")
BY_NAME = {rule.name: rule for rule in RULES}
SEED = (paths.PLANS / "shangrao" / "source.txt").read_text(encoding="utf-8")

# Text made of what real damage is made of, so that rules meet in every order.
pieces = "上饶市规划第一章节（一）()，。；;:,“”“%％0123２０ＧDP . \t\n\r\f\u3000\u200b\ufeff—、·"
damaged = st.text(alphabet=st.sampled_from(list(pieces)), max_size=60)
WILD = [(name, *pair) for name, kinds in CASES.items() for pair in kinds["wild"]]
NEGATIVE = [(name, text) for name, kinds in CASES.items() for text in kinds["negative"]]


def test_every_rule_has_cases():
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize(("rule", "before", "after"), WILD)
def test_wild_text_is_mended(rule, before, after):
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


@given(damaged)
def test_no_han_character_is_lost_or_invented(text):
    def han(string):
        return [char for char in string if "\u4e00" <= char <= "\u9fff"]

    assert han(clean(text).text) == han(text)


@given(damaged)
def test_every_character_knows_where_it_came_from(text):
    cleaned = clean(text)
    assert len(cleaned.origin) == len(cleaned.text)
    assert (cleaned.origin[1:] >= cleaned.origin[:-1]).all()
    for at, char in enumerate(cleaned.text):
        if "\u4e00" <= char <= "\u9fff" or char in "。、”":
            assert text[cleaned.origin[at]] == char


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
