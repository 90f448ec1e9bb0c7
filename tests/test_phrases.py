"""Phrases that the dictionaries lack: cohesion and entropy worked by hand, nested ones resolved, real text."""

from math import log2

import pandas as pd
import pytest

from src.utils.words.dictionaries import dictionaries_for
from src.utils.words.phrases import PHRASES, dictionary_lines, find_phrases
from src.utils.words.segmenting import Segmenter
from src.utils.words.user_dictionary import read_user_dictionaries


def sentences(*texts):
    return pd.DataFrame({"sentence": range(10, 10 + len(texts)), "text": texts})


def find(*texts, **options):
    return find_phrases(sentences(*texts), **({"min_count": 2, "min_cohesion": 0.0, "min_entropy": 0.0} | options))


def test_cohesion_and_entropies_of_a_worked_example():
    """Twelve characters: 甲乙 three times, after 丙, 丁 and 丙, before 戊, 戊 and an end; 甲 and 乙 thrice each.

    Cohesion log2((3/12) / (3/12 · 3/12)) = 2. Left: 丙 twice, 丁 once: log2 3 - 2/3. Right: 戊 twice, one end: the same.
    """
    found = find("丙甲乙戊", "丁甲乙戊，", "丙甲乙，己", min_count=3).set_index("term")
    assert sum(map(len, ["丙甲乙戊", "丁甲乙戊", "丙甲乙", "己"])) == 12
    row = found.loc["甲乙"]
    assert (row["n"], row["n_sentences"]) == (3, 3)
    assert row["cohesion"] == pytest.approx(log2((3 / 12) / (3 / 12 * 3 / 12)))
    assert row["left_entropy"] == pytest.approx(log2(3) - 2 / 3)
    assert row["right_entropy"] == pytest.approx(log2(3) - 2 / 3)
    assert row["score"] == pytest.approx(log2(3) * 2 * (log2(3) - 2 / 3))


def test_the_weakest_seam_counts():
    """甲乙丙 parts least surprisingly as 甲乙|丙 or 甲|乙丙, whichever has the lower mutual information."""
    texts = ["甲乙丙", "甲乙丙", "甲乙丁", "甲乙戊", "己丙", "庚丙"]
    total = sum(map(len, texts))
    row = find(*texts).set_index("term").loc["甲乙丙"]
    first = log2((2 / total) / (4 / total * 4 / total))  # 甲乙 four times, 丙 four times
    second = log2((2 / total) / (4 / total * 2 / total))  # 甲 four times, 乙丙 twice
    assert row["cohesion"] == pytest.approx(min(first, second))


def test_an_end_of_a_stretch_is_a_neighbour_of_its_own_kind():
    row = find("甲乙", "“甲乙”", "，甲乙5", "戊，甲乙").set_index("term").loc["甲乙"]
    assert row["left_entropy"] == row["right_entropy"] == pytest.approx(2.0)  # four different neighbours


def test_a_part_of_a_longer_phrase_is_dropped_unless_it_stands_alone_too():
    found = find("推天地玄黄", "建天地玄黄", "说天地玄黄", "推天地", "建天地", min_count=3)
    assert set(found["term"]) == {"天地玄黄", "天地"}
    row = found.set_index("term").loc["天地"]
    assert (row["n"], row["n_alone"]) == (5, 2)


def test_what_begins_or_ends_with_a_word_of_grammar_is_none():
    found = find("甲乙的", "甲乙的", "甲乙的", "在甲乙", "在甲乙")
    assert set(found["term"]) == {"甲乙"}


def test_units_of_numbers_begin_no_phrase():
    found = find("2021年甲乙", "2022年甲乙", "2023年甲乙")
    assert set(found["term"]) == {"甲乙"}


def test_known_terms_and_whole_words_are_left_out():
    texts = ["推进映山红行动方案", "实施映山红行动计划", "开展映山红行动工作", "启动映山红行动", "加大映山红行动力度"]
    assert "映山红行动" in set(find(*texts, segmenter=Segmenter())["term"])
    assert "映山红行动" not in set(find(*texts, known={"映山红行动"})["term"])
    assert "映山红行动" not in set(find(*texts, segmenter=Segmenter({"映山红行动": "nz"}))["term"])
    assert "映山红" not in set(find(*[text.replace("行动", "") for text in texts], segmenter=Segmenter())["term"])


def test_the_cut_and_the_sentence_are_of_the_first_occurrence():
    found = find("好。", "推进映山红行动方案", "实施映山红行动计划", "开展映山红行动工作", segmenter=Segmenter())
    row = found.set_index("term").loc["映山红行动"]
    assert row["cut"] == "映山红/行动"
    assert (row["sentence"], row["text"]) == (11, "推进映山红行动方案")


def test_a_reference_lends_counts_but_no_candidates():
    texts = ["推甲乙", "建甲乙"]
    alone = find(*texts).set_index("term").loc["甲乙"]
    found = find(*texts, reference=["丙丁丙丁", "丙丁", "看甲乙", "看甲乙"]).set_index("term")
    assert "丙丁" not in found.index
    assert sum(map(len, [*texts, "丙丁丙丁", "丙丁", "看甲乙", "看甲乙"])) == 18
    assert found.loc["甲乙", "n"] == alone["n"] == 2
    assert found.loc["甲乙", "cohesion"] == pytest.approx(log2((4 / 18) / (4 / 18 * 4 / 18)))


@pytest.mark.parametrize("texts", [[], [""], ["5G，AI"], ["一二三"], ["\ud800甲"]])
def test_text_without_phrases_gives_an_empty_table(texts):
    found = find(*texts, segmenter=Segmenter() if "\ud800甲" not in texts else None)
    assert list(found.columns) == PHRASES
    assert found.empty


def test_the_same_text_gives_the_same_table_by_falling_score(profile):
    one, other = (find_phrases(profile.sentences, Segmenter(), min_count=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert len(one) > 20
    assert one["score"].is_monotonic_decreasing
    text = "\n".join(profile.sentences["text"])
    assert [text.count(term) for term in one["term"]] == one["n"].tolist()
    by_number = profile.sentences.set_index("sentence")["text"]
    assert all(term in by_number[number] for term, number in zip(one["term"], one["sentence"], strict=True))


def test_on_the_digest_plain_jieba_lacks_what_the_dictionaries_have(profile):
    """Without dictionaries, discovery brings up terms that the project's own lexicons list."""
    lexicon = set(dictionaries_for(profile.settings, ["policy", "industries", "organisations", "places"]).terms)
    found = find_phrases(profile.sentences, Segmenter(), min_count=3)
    assert len(lexicon & set(found["term"].head(40))) >= 5


def test_phrases_are_written_as_lines_of_a_dictionary(tmp_path):
    found = find("推进映山红行动方案", "实施映山红行动计划", "开展映山红行动工作", segmenter=Segmenter())
    lines = dictionary_lines(found, top=1)
    assert lines.startswith("映山红行动 n  # 3 times, cohesion ")
    assert lines.endswith("; cut 映山红/行动\n")
    (tmp_path / "dictionary.txt").write_text(lines, encoding="utf-8")
    read = read_user_dictionaries([tmp_path / "dictionary.txt"])
    assert [(entry.term, entry.tag) for entry in read.entries] == [("映山红行动", "n")]
    assert read.problems == []
