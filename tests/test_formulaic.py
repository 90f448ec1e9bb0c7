"""Formulas: shared strings against brute force, what is compared, and real reports."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.utils import paths
from src.utils.measures.formulaic import STRINGS, formulas, local_sentences, shared_share
from src.utils.plans.pipeline import load_file


def sentences_of(*texts: str, plan: str = "p", section: int = 1) -> pd.DataFrame:
    return pd.DataFrame({"plan": plan, "sentence": range(len(texts)), "section": section, "text": list(texts)})


def corpus(*documents: list[str]) -> pd.DataFrame:
    return pd.concat([sentences_of(*texts, plan=f"d{at}") for at, texts in enumerate(documents)], ignore_index=True)


def test_what_two_documents_have_too_is_shared():
    text = sentences_of("我市坚持稳中求进工作总基调，发展铜箔。", "德兴市做强铜箔。")
    reference = corpus(["要坚持稳中求进工作总基调。"], ["坚持稳中求进工作总基调不动摇。"], ["坚持稳中求进，做强茶叶。"])
    found = formulas(text, reference, k=6, m=2)
    assert list(found.strings.columns) == STRINGS
    assert found.strings.to_dict("records") == [
        {
            "string": "坚持稳中求进工作总基调",
            "n_chars": 11,
            "n": 1,
            "n_reference": 2,
            "n_documents": 2,
            "documents": "d0、d1",
            "plan": "p",
            "sentence": 0,
        }
    ]
    assert found.sentences[["n_chars", "n_shared"]].to_numpy().tolist() == [[17, 11], [7, 0]]
    assert found.sentences["share"].tolist() == pytest.approx([11 / 17, 0])
    assert "text" not in found.sentences
    assert (found.k, found.m, found.n_documents) == (6, 2, 3)
    in_three = formulas(text, reference, k=6, m=3)
    assert in_three.strings[["string", "n_reference", "n_documents"]].to_numpy().tolist() == [["坚持稳中求进", 3, 3]]


def test_marks_and_spaces_are_not_compared_and_are_shown_as_written():
    found = formulas(sentences_of("“坚持 稳中求进”，推动发展。"), corpus(["坚持稳中求进、推动发展"]), k=5, m=1)
    assert found.strings["string"].tolist() == ["坚持 稳中求进”，推动发展"]
    assert found.sentences["share"].tolist() == [1]


def test_a_number_is_one_character_and_equal_only_to_itself():
    text = sentences_of("生产总值增长6.5%左右，增长12%。")
    same = formulas(text, corpus(["生产总值增长6.5%左右"]), k=6, m=1)
    assert same.strings[["string", "n_chars"]].to_numpy().tolist() == [["生产总值增长6.5%左右", 9]]
    other = formulas(text, corpus(["生产总值增长5%左右，增长2%"]), k=6, m=1)
    assert other.strings["string"].tolist() == ["生产总值增长"]
    assert other.sentences["n_chars"].tolist() == [12]  # ten Han characters and two numbers


def test_no_string_runs_over_a_sentences_end():
    text = sentences_of("稳中求进。", "推动发展。")
    assert formulas(text, corpus(["稳中求进。推动发展。"]), k=5, m=1).strings.empty
    assert formulas(text, corpus(["稳中求进。", "推动发展。"]), k=5, m=1).strings.empty
    assert formulas(sentences_of("稳中求进推动发展"), corpus(["稳中求进", "推动发展"]), k=5, m=1).strings.empty
    assert len(formulas(text, corpus(["稳中求进。推动发展。"]), k=4, m=1).strings) == 2


def test_a_digit_at_a_sentences_end_does_not_join_the_next():
    found = formulas(sentences_of("目标达到20", "25年完成目标"), corpus(["目标达到20", "25年完成目标"]), k=4, m=1)
    assert found.strings["string"].tolist() == ["25年完成目标", "目标达到20"]


def by_brute_force(texts: list[str], documents: list[list[str]], k: int, m: int):
    """Letters shared in each sentence, and each longest string with its counts, straight from the definition."""

    def stands_in(string: str) -> list[int]:
        return [at for at, document in enumerate(documents) if any(string in text for text in document)]

    def times(string: str, many: list[str]) -> int:
        return sum(len(re.findall(f"(?={string})", text)) for text in many)

    shared, strings = [], {}
    for text in texts:
        spans = []
        for begin in range(len(text)):
            ends = [end for end in range(begin + k, len(text) + 1) if len(stands_in(text[begin:end])) >= m]
            if ends:
                spans.append((begin, max(ends)))
        shared.append(len({at for begin, end in spans for at in range(begin, end)}))
        for begin, end in spans:
            if not any(b <= begin and end <= e and (b, e) != (begin, end) for b, e in spans):
                string = text[begin:end]
                everywhere = [one for document in documents for one in document]
                strings[string] = (times(string, texts), times(string, everywhere), len(stands_in(string)))
    return shared, strings


LETTERS = st.text(alphabet="甲乙丙", min_size=0, max_size=12)
DOCUMENTS = st.lists(st.lists(LETTERS, min_size=1, max_size=3), min_size=1, max_size=4)


@given(st.lists(LETTERS, min_size=1, max_size=4), DOCUMENTS, st.integers(2, 5), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_all_is_as_the_definition_says(texts, documents, k, m):
    m = min(m, len(documents))
    found = formulas(sentences_of(*texts), corpus(*documents), k=k, m=m)
    shared, strings = by_brute_force(texts, documents, k, m)
    assert found.sentences["n_shared"].tolist() == shared
    assert found.sentences["n_chars"].tolist() == [len(text) for text in texts]
    counts = found.strings[["n", "n_reference", "n_documents"]].apply(tuple, axis=1)
    assert dict(zip(found.strings["string"], counts, strict=True)) == strings
    assert not found.strings["string"].duplicated().any()


@given(st.lists(LETTERS, min_size=1, max_size=4), DOCUMENTS, st.integers(2, 4))
@settings(max_examples=100, deadline=None)
def test_longer_strings_and_more_documents_share_less(texts, documents, k):
    text, reference = sentences_of(*texts), corpus(*documents)
    least = formulas(text, reference, k=k, m=1).sentences["n_shared"]
    assert (formulas(text, reference, k=k + 1, m=1).sentences["n_shared"] <= least).all()
    assert (formulas(text, reference, k=k, m=len(documents)).sentences["n_shared"] <= least).all()


def test_places_looked_at_in_blocks_give_the_same(monkeypatch):
    text = sentences_of("甲乙丙甲乙丙丁", "丙甲乙丙")
    reference = corpus(["甲乙丙甲乙"], ["乙丙丁", "丙甲乙丙"])
    whole = formulas(text, reference, k=3, m=1)
    monkeypatch.setattr("src.utils.measures.formulaic._PLACES_AT_ONCE", 2)
    pd.testing.assert_frame_equal(formulas(text, reference, k=3, m=1).strings, whole.strings)


def test_the_order_of_the_documents_changes_no_count():
    text = sentences_of("甲乙丙甲乙丙丁")
    reference = corpus(["甲乙丙甲"], ["丙甲乙丙丁"], ["乙丙甲乙丙"])
    turned = reference.iloc[::-1].reset_index(drop=True)
    one, other = (formulas(text, table, k=3, m=2).strings.drop(columns="documents") for table in (reference, turned))
    pd.testing.assert_frame_equal(one, other)


def test_shares_of_units_and_their_intervals():
    formula, own = "坚持稳中求进工作总基调", "德兴市铜箔产能居全国前列"
    text = sentences_of(*[formula] * 3, *[own] * 3, formula, own)
    found = formulas(text, corpus([formula]), k=8, m=1)
    units = ["甲", "甲", "甲", "乙", "乙", "乙", "丙", "丙"]
    groups = pd.DataFrame({"plan": "p", "sentence": range(8), "scheme": "section", "unit": units})
    shares = shared_share(found, groups).set_index("unit")
    assert shares["share"].tolist() == pytest.approx([1, 0, 11 / 23])
    assert shares.loc["甲", ["low", "high"]].tolist() == pytest.approx([1, 1])
    assert shares.loc["丙", ["low", "high"]].tolist() == pytest.approx([0, 1])
    whole = shared_share(found).iloc[0]
    assert whole[["scheme", "unit", "n_chars", "n_shared"]].tolist() == ["plan", "p", 4 * 23, 44]
    assert whole["low"] < 44 / 92 < whole["high"]
    lone = shared_share(found, groups[groups["sentence"] == 0]).iloc[0]
    assert lone["share"] == 1
    assert lone[["low", "high"]].isna().all()


def test_local_sentences_are_those_that_share_nothing():
    text = sentences_of("坚持稳中求进工作总基调。", "德兴市铜箔产能居全国前列。", "……")
    found = formulas(text, corpus(["坚持稳中求进"]), k=4, m=1)
    local = local_sentences(found, text)
    assert local["sentence"].tolist() == [1]
    assert local["text"].tolist() == ["德兴市铜箔产能居全国前列。"]
    assert local_sentences(found, text, at_most=0.6)["sentence"].tolist() == [0, 1]
    assert found.sentences["share"].tolist() == pytest.approx([6 / 11, 0, 0])  # …… has nothing to compare


def test_nothing_to_compare():
    text, reference = sentences_of("铜箔"), corpus(["茶叶"])
    for one, other in [
        (text, reference),
        (text, corpus([""])),
        (sentences_of("，"), reference),
        (sentences_of(), reference),
    ]:
        found = formulas(one, other, k=2, m=1)
        assert found.strings.empty
        assert list(found.strings.columns) == STRINGS
        assert found.sentences["n_shared"].sum() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"k": 1}, "strings of 1 characters"), ({"m": 0}, "at least 0 documents"), ({"m": 2}, "the reference has 1")],
)
def test_what_cannot_be_asked(arguments, message):
    with pytest.raises(ValueError, match=message):
        formulas(sentences_of("铜"), corpus(["铜"]), **{"m": 1, **arguments})
    with pytest.raises(ValueError, match=r"holds the text itself \(d0\)"):
        formulas(sentences_of("铜", plan="d0"), corpus(["铜"]), m=1)


REPORTS = sorted((paths.CORPORA / "provincial-reports-2025").glob("*.docx"))


@pytest.mark.skipif(len(REPORTS) < 31, reason="provincial-reports-2025 is not here: python run.py fetch")
def test_shared_strings_of_real_reports_stand_in_both():
    sentences = [load_file(path).sentences for path in REPORTS[:6]]
    text, reference = sentences[0], pd.concat(sentences[1:], ignore_index=True)
    found = formulas(text, reference, k=10, m=2)
    assert 0.01 < shared_share(found).loc[0, "share"] < 0.5

    def bare(many: pd.Series) -> list[str]:
        return [re.sub(r"[^\w.%]|(?<!\d)[.%]|_", "", one) for one in many]

    here = bare(text["text"])
    there = {plan: bare(part["text"]) for plan, part in reference.groupby("plan")}
    assert len(found.strings) > 20
    for row in found.strings.itertuples():
        string = bare(pd.Series([row.string]))[0]
        assert sum(one.count(string) for one in here) == row.n, string
        assert sum(any(string in one for one in many) for many in there.values()) == row.n_documents, string
        assert sum(one.count(string) for many in there.values() for one in many) == row.n_reference, string
