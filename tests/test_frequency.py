"""Counts: the numbers of a text small enough to count by hand, and the laws that hold for any."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.utils import tables
from src.utils.measures.frequency import count_terms, document_frequency, ngrams, whole_plan, word_totals
from src.utils.plans.units import SCHEMES
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.segmenting import Segmenter, is_punctuation
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table


def tokens_of(*sentences: str) -> pd.DataFrame:
    """Tokens from sentences with spaces between the words, numbered from 0."""
    rows = [
        ("p", number, position, term)
        for number, sentence in enumerate(sentences)
        for position, term in enumerate(sentence.split())
    ]
    return pd.DataFrame(rows, columns=["plan", "sentence", "position", "term"])


def units_of(*rows: tuple[int, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["sentence", "scheme", "unit", "evidence"])
    return table.assign(plan="p")[tables.UNITS]


TEXT = tokens_of("德兴 的 铜 ， 铜 和 金 。", "婺源 的 茶 。", "铜 与 茶 。")
UNITS = units_of(
    (1, "county", "婺源县", "mention"),
    (0, "county", "德兴市", "heading"),
    (0, "county", "德兴市", "mention"),
    (2, "county", "德兴市", "heading"),
    (2, "county", "婺源县", "mention"),
    (0, "industry", "有色金属", "mention"),
)


def test_counts_of_the_whole_plan():
    counts = count_terms(TEXT)
    assert list(counts.columns) == tables.COUNTS
    assert counts[["term", "n", "n_sentences"]].to_numpy().tolist() == [
        ["铜", 3, 2],
        ["的", 2, 2],
        ["茶", 2, 2],
        ["与", 1, 1],
        ["和", 1, 1],
        ["婺源", 1, 1],
        ["德兴", 1, 1],
        ["金", 1, 1],
    ]
    assert set(counts["scheme"]) == {"plan"}
    assert set(counts["unit"]) == {"p"}
    assert counts.loc[0, "per_10k"] == pytest.approx(3 / 12 * 10_000)  # 12 words, punctuation not counted


def test_a_sentence_counts_in_each_of_its_units_and_once_in_each():
    counts = count_terms(TEXT, UNITS).set_index(["scheme", "unit", "term"])
    assert counts.loc[("county", "德兴市", "铜"), ["n", "n_sentences"]].tolist() == [3, 2]
    assert counts.loc[("county", "婺源县", "铜"), ["n", "n_sentences"]].tolist() == [1, 1]
    assert counts.loc[("county", "婺源县", "茶"), ["n", "n_sentences"]].tolist() == [2, 2]
    assert counts.loc[("industry", "有色金属", "铜"), ["n", "n_sentences"]].tolist() == [2, 1]
    assert list(dict.fromkeys(count_terms(TEXT, UNITS)["unit"])) == ["婺源县", "德兴市", "有色金属"]  # as in units


def test_the_size_of_a_unit_counts_all_words_but_no_punctuation():
    assert word_totals(TEXT, UNITS).to_dict("records") == [
        {"scheme": "county", "unit": "婺源县", "n_words": 6, "n_sentences": 2},
        {"scheme": "county", "unit": "德兴市", "n_words": 9, "n_sentences": 2},
        {"scheme": "industry", "unit": "有色金属", "n_words": 6, "n_sentences": 1},
    ]
    content = content_tokens(TEXT)
    counts = count_terms(content, UNITS, size_tokens=TEXT).set_index(["unit", "term"])
    assert counts.loc[("婺源县", "茶"), "per_10k"] == pytest.approx(2 / 6 * 10_000)
    assert "的" not in counts.index.get_level_values("term")
    alone = count_terms(content, UNITS).set_index(["unit", "term"])
    assert alone.loc[("婺源县", "茶"), "per_10k"] == pytest.approx(2 / 4 * 10_000)  # 婺源 茶 铜 茶


def test_a_unit_of_which_no_sentence_has_words_has_size_0_and_no_counts():
    units = pd.concat([UNITS, units_of((9, "county", "信州区", "heading"))])
    assert word_totals(TEXT, units).set_index("unit").loc["信州区", "n_words"] == 0
    assert "信州区" not in set(count_terms(TEXT, units)["unit"])


def test_sizes_of_another_text_are_refused():
    with pytest.raises(ValueError, match="no words in size_tokens for 婺源县"):
        count_terms(TEXT, UNITS, size_tokens=TEXT[TEXT["sentence"] == 0])


def test_no_tokens_give_no_counts():
    assert count_terms(TEXT.iloc[:0]).empty
    assert list(count_terms(TEXT.iloc[:0]).columns) == tables.COUNTS


WORDS = st.lists(st.sampled_from(["铜", "茶", "光伏", "的", "，", "。", "9.1%"]), min_size=1, max_size=8).map(" ".join)


@settings(deadline=None)
@given(
    sentences=st.lists(WORDS, min_size=1, max_size=6),
    units=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["甲", "乙"])), min_size=1, max_size=8),
)
def test_counts_add_up(sentences, units):
    tokens = tokens_of(*sentences)
    counts = count_terms(tokens)
    totals = word_totals(tokens)
    assert counts["n"].sum() == totals["n_words"].sum() == (~tokens["term"].isin(["，", "。"])).sum()
    if len(counts):
        assert counts["per_10k"].sum() == pytest.approx(10_000)
    assert (counts["n_sentences"] <= counts["n"]).all()

    groups = units_of(*[(sentence, "county", unit, "mention") for sentence, unit in units])
    by_unit = count_terms(tokens, groups).groupby("unit")["n"].sum()
    sizes = word_totals(tokens, groups).set_index("unit")["n_words"]
    assert by_unit.to_dict() == sizes[sizes > 0].to_dict()

    # Units that share no sentence and leave none out add up to the plan, term by term.
    parts = units_of(*[(number, "part", "甲" if number % 2 else "乙", "heading") for number in range(len(sentences))])
    whole = counts.set_index("term")[["n", "n_sentences"]].sort_index()
    summed = count_terms(tokens, parts).groupby("term")[["n", "n_sentences"]].sum()
    pd.testing.assert_frame_equal(whole, summed)


def test_the_order_of_the_tokens_does_not_matter():
    shuffled = TEXT.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(count_terms(TEXT, UNITS), count_terms(shuffled, UNITS))
    assert whole_plan(TEXT)["sentence"].tolist() == [0, 1, 2]


def test_arguments_are_left_alone():
    tokens, units = TEXT.copy(), UNITS.copy()
    count_terms(TEXT, UNITS, TEXT)
    pd.testing.assert_frame_equal(TEXT, tokens)
    pd.testing.assert_frame_equal(UNITS, units)


def test_counts_of_the_digest_are_those_of_its_text(profile):
    """Counted again by looking for the word in the sentences, which needs no tokens."""
    tokens = token_table(profile.sentences, segmenter_for(profile.settings))
    counts = count_terms(tokens, profile.units)
    texts = profile.sentences.set_index("sentence")["text"]
    for scheme, unit, term in [
        ("county", "广丰区", "马家柚"),
        ("county", "玉山县", "缝纫线"),
        ("industry", "汽车", "商用车"),
    ]:
        units = profile.units[(profile.units["scheme"] == scheme) & (profile.units["unit"] == unit)]
        spoken = texts[units["sentence"].unique()]
        found = counts[(counts["unit"] == unit) & (counts["term"].str.contains(term))]
        assert found["n"].sum() == spoken.str.count(term).sum() > 0
    assert set(counts["scheme"]) == set(SCHEMES)


def counts_by_hand(rows: dict[str, dict[str, int]], scheme: str = "county") -> pd.DataFrame:
    table = pd.DataFrame([(scheme, unit, term, n) for unit, terms in rows.items() for term, n in terms.items()])
    return table.set_axis(["scheme", "unit", "term", "n"], axis=1)


def test_document_frequency():
    counties = counts_by_hand(
        {
            "信州区": {"信州区": 4, "产业": 2},
            "德兴市": {"铜": 5, "信州区": 1, "产业": 1},
            "婺源县": {"茶": 2, "产业": 3},
        }
    )
    table = document_frequency(counties)
    assert table.head(2)[["scheme", "term", "n_units", "n_all"]].to_numpy().tolist() == [
        ["county", "产业", 3, 3],
        ["county", "信州区", 2, 3],
    ]
    assert table["share"].tolist()[:2] == pytest.approx([1, 2 / 3])
    assert table["term"].tolist()[2:] == sorted(["铜", "茶"])
    several = document_frequency(pd.concat([counties, counties.assign(scheme="industry")]))
    assert several.groupby("scheme")["n_all"].unique().map(list).to_dict() == {"county": [3], "industry": [3]}


def test_document_frequency_of_nothing_is_empty():
    table = document_frequency(count_terms(TEXT.iloc[:0]))
    assert table.empty
    assert list(table.columns) == ["scheme", "term", "n_units", "n_all", "share"]


def test_ngrams_stay_within_a_sentence_and_a_stretch_without_punctuation():
    text = tokens_of("发展 的 重点 ， 数字 经济 。", "数字 经济 发展")
    pairs = ngrams(text, 2, end_layers=())
    assert pairs[["sentence", "position", "term"]].to_numpy().tolist() == [
        [0, 0, "发展的"],
        [0, 1, "的重点"],
        [0, 4, "数字经济"],
        [1, 0, "数字经济"],
        [1, 1, "经济发展"],
    ]
    counts = count_terms(pairs, size_tokens=text).set_index("term")
    assert counts.loc["数字经济", ["n", "n_sentences"]].tolist() == [2, 2]
    assert counts.loc["数字经济", "per_10k"] == pytest.approx(2 / 8 * 10_000)  # eight words stand in the text
    assert ngrams(text, 1, end_layers=())["term"].tolist() == [term for term in text["term"] if term not in "，。"]
    assert ngrams(text, 4, end_layers=()).empty


def test_stop_words_may_stand_inside_an_ngram_and_not_at_its_ends():
    text = tokens_of("发展 的 重点 是 铜 加工")
    assert ngrams(text, 2)["term"].tolist() == ["铜加工"]
    assert "发展的重点" in set(ngrams(text, 3)["term"])
    assert not any(term.startswith("的") or term.endswith("的") for term in ngrams(text, 3)["term"])
    assert ngrams(text, 2, end_layers=(), separator=" ")["term"].tolist()[0] == "发展 的"


def test_ngrams_do_not_bridge_what_was_taken_out():
    text = tokens_of("发展 的 重点 产业")
    without = text[text["term"] != "的"]
    assert ngrams(without, 2, end_layers=())["term"].tolist() == ["重点产业"]


def test_ngrams_of_several_plans_keep_their_plans_apart_and_in_order():
    text = pd.concat([tokens_of("甲县 茶叶").assign(plan="z"), tokens_of("乙县 铜矿").assign(plan="a")])
    pairs = ngrams(text, 2, end_layers=())
    assert pairs[["plan", "term"]].to_numpy().tolist() == [["z", "甲县茶叶"], ["a", "乙县铜矿"]]


def test_ngrams_of_nothing_and_of_nothing_long_enough_are_empty_tables():
    assert list(ngrams(TEXT.iloc[:0], 2).columns) == list(TEXT.columns)
    assert ngrams(tokens_of("铜"), 3).empty
    with pytest.raises(ValueError, match="n-grams of 0 words"):
        ngrams(TEXT, 0)


def test_an_ngram_is_the_text_at_its_offsets(profile):
    tokens = token_table(profile.sentences, Segmenter())
    tokens.attrs["dictionary_hash"] = "abc"
    triples = ngrams(tokens, 3, end_layers=())
    assert list(triples.columns) == tables.TOKENS
    assert triples.attrs == {"dictionary_hash": "abc"}
    text = profile.clean.text
    spans = zip(triples["start"], triples["end"], strict=True)
    assert [text[start:end] for start, end in spans] == triples["term"].tolist()
    assert triples["tag"].str.count(r"\+").eq(2).all()


@given(sentences=st.lists(WORDS, min_size=1, max_size=6), n=st.integers(1, 4))
@settings(deadline=None)
def test_each_stretch_of_words_gives_its_length_less_n_less_1_ngrams(sentences, n):
    stretches = [
        stretch.split()
        for sentence in sentences
        for stretch in sentence.replace("，", "|").replace("。", "|").split("|")
    ]
    expected = [words[at : at + n] for words in stretches for at in range(len(words) - n + 1)]
    found = ngrams(tokens_of(*sentences), n, end_layers=(), separator="/")["term"].tolist()
    assert found == ["/".join(words) for words in expected]
    assert not any(is_punctuation(word) for term in found for word in term.split("/"))
