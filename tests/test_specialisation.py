"""Counties by industries: attention, location quotients, concentration, the second reading, pages beside them."""

import numpy as np
import pandas as pd
import pytest

from src.utils.measures.specialisation import (
    ATTENTION,
    CONCENTRATION,
    INDICES,
    QUOTIENTS,
    READINGS,
    agreement_of_readings,
    attention,
    attention_table,
    beside_pages,
    compare_readings,
    concentration,
    herfindahl,
    krugman,
    location_quotient,
    location_quotients,
    text_similarity,
)
from src.utils.plans.coverage import unit_pages
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table


def plan_of(sentences):
    """Sentences as (words, counties by heading, counties by mention, industries by mention)."""
    tokens, units = [], []
    for at, (words, under, named, industries) in enumerate(sentences):
        tokens += [("p", at, position, word) for position, word in enumerate(words.split())]
        units += [("p", at, "county", unit, "heading") for unit in under]
        units += [("p", at, "county", unit, "mention") for unit in named]
        units += [("p", at, "industry", unit, "mention") for unit in industries]
    return (
        pd.DataFrame(tokens, columns=["plan", "sentence", "position", "term"]),
        pd.DataFrame(units, columns=["plan", "sentence", "scheme", "unit", "evidence"]),
    )


SENTENCES = [
    ("铜 冶炼 扩能", "甲", "", ["有色"]),
    ("铜 铝 加工 园区 建设", "甲", "甲", ["有色"]),
    ("铜 茶 并举", "甲", "", ["有色", "食品"]),
    ("景区 旅游 道路", "甲", "", []),
    ("茶 油 加工", "乙", "", ["食品"]),
    ("茶 园 面积", "乙", "乙", ["食品"]),
    ("铜 供 乙", "", "乙", ["有色"]),
    ("景区 旅游 古村", "乙", "", []),
    ("茶 全市", "", "", ["食品"]),
    ("冶炼 道路 旅游", "", "", ["有色"]),
]
TOKENS, UNITS = plan_of(SENTENCES)


def found(**options):
    return attention(TOKENS, UNITS, ["甲", "乙"], ["有色", "食品"], **options)


# --- attention


def test_attention_counts_sentences_and_words_once_for_each_industry():
    table = attention_table(found()).set_index(["county", "industry"])
    assert list(table.reset_index().columns) == ATTENTION
    assert table["n_sentences"].to_dict() == {
        ("甲", "有色"): 3,
        ("甲", "食品"): 1,
        ("乙", "有色"): 1,
        ("乙", "食品"): 2,
    }
    assert table.loc[("甲", "有色"), "n_words"] == 3 + 5 + 3
    assert table.loc[("乙", "食品"), "n_words"] == 3 + 3


def test_evidence_is_chosen_for_counties_and_industries():
    assert found(county_evidence=("heading",)).matrix().tolist() == [[3, 1], [0, 2]]
    assert found(county_evidence=("mention",)).matrix().tolist() == [[1, 0], [1, 1]]
    assert found(industry_evidence=("heading",)).matrix().sum() == 0
    with pytest.raises(ValueError, match="evidence title: give one of heading, mention, document"):
        found(county_evidence=("title",))
    with pytest.raises(ValueError, match="evidence of no kind"):
        found(industry_evidence=())


def test_counties_and_industries_without_a_sentence_have_their_rows():
    table = attention_table(attention(TOKENS, UNITS, ["乙", "丙", "甲"], ["食品", "汽车", "有色"]))
    assert len(table) == 9
    assert table.loc[table["county"] == "丙", "n_sentences"].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="no counties or no industries: name them in plan.toml"):
        attention(TOKENS, UNITS, [], ["食品"])


# --- location quotients


def test_oracle_16_location_quotients():
    """The example in the documentation of EconGeo."""
    counts = np.array(
        [[100, 0, 0, 0, 0], [0, 15, 5, 70, 10], [0, 20, 10, 20, 50], [0, 25, 30, 5, 40], [0, 40, 55, 5, 0]]
    )
    quotients = location_quotient(counts)
    assert quotients[0].tolist() == [5, 0, 0, 0, 0]
    assert quotients[1].tolist() == [0, 0.75, 0.25, 3.5, 0.5]


def test_quotients_with_their_intervals():
    table = location_quotients(found()).set_index(["county", "industry"])
    assert list(table.reset_index().columns) == QUOTIENTS
    # 甲: 3 of its 4 in 有色, which has 4 of all 7.
    assert table.loc[("甲", "有色"), "value"] == pytest.approx(3 / 4 / (4 / 7))
    assert table.loc[("甲", "有色"), "expected"] == pytest.approx(4 * 4 / 7)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert (table["status"] == "counted").all()


def test_a_zero_has_an_upper_end_and_silence_is_named():
    heading = {"county_evidence": ("heading",)}
    several = attention(TOKENS, UNITS, ["甲", "乙", "丙"], ["有色", "食品", "汽车"], **heading)
    table = location_quotients(several).set_index(["county", "industry"])
    zero = table.loc[("乙", "有色")]
    assert (zero["value"], zero["low"], zero["status"]) == (0, 0, "zero")
    assert 0 < zero["high"] < np.inf
    assert table.loc[("丙", "有色"), "status"] == "county_silent"
    assert table.loc[("甲", "汽车"), "status"] == "industry_silent"
    silent = table["status"].str.endswith("silent")
    assert table.loc[silent, ["value", "low", "high"]].isna().all(axis=None)
    assert table.loc[~silent, ["value", "low", "high"]].notna().all(axis=None)


def test_one_county_alone_and_a_lexicon_that_matches_nothing_are_said():
    with pytest.raises(ValueError, match="only 甲 has a sentence that speaks of an industry: nothing to compare"):
        location_quotients(attention(TOKENS, UNITS, ["甲"], ["有色", "食品"]))
    with pytest.raises(ValueError, match="no county has a sentence that speaks of an industry"):
        concentration(attention(TOKENS, UNITS, ["甲", "乙"], ["汽车"]))


def test_words_widen_quotients_as_clusters_do():
    """Counted in words, a sentence's words come together: the interval is about as wide as with sentences."""
    by_sentence, by_word = (location_quotients(found(), by=by) for by in ("sentences", "words"))
    widths = [(table["high"] - table["low"]).mean() for table in (by_sentence, by_word)]
    assert widths[1] == pytest.approx(widths[0], rel=0.35)


# --- concentration


def test_krugman_and_herfindahl_written_out():
    counts = np.array([[3, 1, 0], [1, 3, 0], [0, 0, 5]])
    # Row 1: shares 3/4 1/4 0; the others' 1/9 3/9 5/9.
    assert krugman(counts)[0] == pytest.approx(abs(3 / 4 - 1 / 9) + abs(1 / 4 - 3 / 9) + 5 / 9)
    assert krugman(counts)[2] == pytest.approx(2)
    assert herfindahl(counts).tolist() == pytest.approx([10 / 16, 10 / 16, 1])
    assert krugman(np.array([[2, 2], [1, 1]])).tolist() == [0, 0]
    assert np.isnan(herfindahl(np.array([[0, 0], [1, 1]]))[0])


def test_concentration_of_counties_and_industries():
    table = concentration(found(), n_resamples=200, n_permutations=99, seed=1)
    assert list(table.columns) == CONCENTRATION
    assert len(table) == (2 + 2) * len(INDICES)
    one = table.set_index(["scheme", "unit", "measure"]).loc[("county", "甲", "krugman")]
    assert one["value"] == pytest.approx(abs(3 / 4 - 1 / 3) + abs(1 / 4 - 2 / 3))
    assert one["n"] == 4
    assert (table["low"] <= table["high"]).all()
    assert table["low"].ge(0).all()
    assert table.loc[table["measure"] != "krugman", "high"].le(1).all()
    assert table["p"].between(0.01, 1).all()
    again = concentration(found(), n_resamples=200, n_permutations=99, seed=1)
    pd.testing.assert_frame_equal(table, again)


def test_a_silent_unit_has_no_index_and_says_so():
    table = concentration(
        attention(TOKENS, UNITS, ["甲", "乙", "丙"], ["有色", "食品", "汽车"]), n_resamples=50, n_permutations=19
    )
    silent = table[table["status"] == "silent"]
    assert set(silent["unit"]) == {"丙", "汽车"}
    assert silent[["value", "low", "high", "expected", "p"]].isna().all(axis=None)
    assert table.loc[table["status"] == "counted", ["value", "low", "high", "expected", "p"]].notna().all(axis=None)


def test_counties_that_share_nothing_are_specialised_beyond_chance():
    rows = [("铜 业", "甲", "", ["有色"])] * 8 + [("茶 业", "乙", "", ["食品"])] * 8
    table = concentration(
        attention(*plan_of(rows), ["甲", "乙"], ["有色", "食品"]), n_resamples=200, n_permutations=499
    )
    k = table[table["measure"] == "krugman"]
    assert k["value"].tolist() == [2, 2, 2, 2]
    assert (k["p"] < 0.01).all()  # 2 of C(16, 8) = 12,870 deals are as uneven
    assert (k["expected"] < 1).all()


# --- the second reading


def test_similarity_leaves_out_every_sentence_that_attention_counts():
    table = text_similarity(TOKENS, UNITS, ["甲", "乙"], ["有色", "食品"], min_words=1).set_index(
        ["county", "industry"]
    )
    # Left: 甲 景区 旅游 道路; 乙 景区 旅游 古村; 有色 冶炼 道路 旅游; 食品 茶 全市.
    assert table["n_county"].tolist() == [3, 3, 3, 3]
    assert table["n_industry"].tolist() == [3, 2, 3, 2]
    assert table.loc[("甲", "食品"), "value"] == 0
    df = {"景区": 2, "旅游": 3, "道路": 2, "古村": 1, "冶炼": 2}  # of the 4 whole texts: 甲 乙 有色 食品
    idf = {word: np.log(5 / (1 + n)) + 1 for word, n in df.items()}
    lengths = [
        np.sqrt(sum(idf[word] ** 2 for word in words)) for words in (("景区", "旅游", "道路"), ("冶炼", "道路", "旅游"))
    ]
    shared = idf["旅游"] ** 2 + idf["道路"] ** 2
    assert table.loc[("甲", "有色"), "value"] == pytest.approx(shared / lengths[0] / lengths[1])


def test_too_little_left_to_compare_is_said():
    table = text_similarity(TOKENS, UNITS, ["甲", "乙"], ["有色", "食品"], min_words=3)
    assert table.set_index(["county", "industry"])["status"].to_dict() == {
        ("甲", "有色"): "compared",
        ("甲", "食品"): "too_little",
        ("乙", "有色"): "compared",
        ("乙", "食品"): "too_little",
    }
    assert table["value"].isna().tolist() == [False, True, False, True]
    silent = text_similarity(TOKENS, UNITS, ["丙"], ["汽车"])
    assert silent["status"].tolist() == ["too_little"]


def test_own_names_are_left_out_of_the_second_reading():
    tokens, units = plan_of([("甲县 旅游", "甲", "", []), ("甲县 有色", "", "", ["有色"]), ("茶", "乙", "", ["食品"])])
    plain = text_similarity(tokens, units, ["甲"], ["有色"], min_words=1)
    without = text_similarity(tokens, units, ["甲"], ["有色"], min_words=1, own_names={"甲": ["甲县"]})
    assert plain["value"].iloc[0] > 0
    assert without["value"].iloc[0] == 0


def test_where_the_readings_disagree_comes_first():
    quotients = pd.DataFrame(
        [
            ("甲", "a", 5, 2.0, 3.0, 1.5, 4.0, "counted"),
            ("甲", "b", 1, 2.0, 0.5, 0.1, 2.0, "counted"),
            ("甲", "c", 1, 2.0, 0.6, 0.1, 2.0, "counted"),
        ]
        + [("乙", name, 2, 2.0, 1.0, 0.5, 2.0, "counted") for name in "abc"],
        columns=QUOTIENTS,
    )
    values = {"甲": (0.1, 0.6, 0.2), "乙": (0.2, 0.2, 0.2)}
    similarity = pd.DataFrame(
        [
            (county, name, value, 50, 50, "compared")
            for county, row in values.items()
            for name, value in zip("abc", row, strict=True)
        ],
        columns=["county", "industry", "value", "n_county", "n_industry", "status"],
    )
    table = compare_readings(quotients, similarity)
    assert list(table.columns) == READINGS
    first = table.iloc[:2].set_index("industry")
    assert first.loc["a", ["rank_attention", "rank_similarity", "difference", "reading"]].tolist() == [
        1,
        3,
        2,
        "spoken_of_only",
    ]
    assert first.loc["b", ["rank_attention", "rank_similarity", "difference", "reading"]].tolist() == [
        3,
        1,
        -2,
        "alike_only",
    ]
    # r 甲a = 0.1, its county's mean 0.3, its industry's 0.15, the whole's 0.25.
    assert first.loc["a", "similarity_quotient"] == pytest.approx(0.1 * 0.25 / (0.3 * 0.15))
    agreement = agreement_of_readings(table).set_index("county")
    assert agreement.loc["甲", "rank_correlation"] == pytest.approx(-1)
    assert agreement.loc["乙", "rank_correlation"] == 0  # attention does not tell the industries apart


def test_pairs_that_cannot_be_compared_come_last_without_ranks():
    quotients = location_quotients(attention(TOKENS, UNITS, ["甲", "乙", "丙"], ["有色", "食品"]))
    similarity = text_similarity(TOKENS, UNITS, ["甲", "乙", "丙"], ["有色", "食品"], min_words=1)
    table = compare_readings(quotients, similarity)
    assert set(table.tail(2)["county"]) == {"丙"}
    assert table.tail(2)[["rank_attention", "rank_similarity", "difference"]].isna().all(axis=None)
    assert (table.tail(2)["reading"] == "").all()
    assert agreement_of_readings(table)["rank_correlation"].isna().all()  # two industries have no order to compare


# --- the plans that ship


@pytest.fixture(scope="module")
def digest(profile):
    names = profile.settings.unit_names()
    tokens = token_table(profile.sentences, segmenter_for(profile.settings))
    return profile, names, tokens


def test_the_digest_ties_guangfeng_to_non_metallic_materials(digest):
    plan, names, tokens = digest
    held = attention(tokens, plan.units, list(names["county"]), list(names["industry"]), county_evidence=("heading",))
    table = location_quotients(held).set_index(["county", "industry"])
    assert table.loc[("广丰区", "非金属材料"), "low"] > 1
    assert table["value"].notna().all()
    second = text_similarity(
        content_tokens(tokens), plan.units, list(names["county"]), list(names["industry"]), county_evidence=("heading",)
    )
    assert set(second["status"]) <= {"compared", "too_little"}
    assert compare_readings(table.reset_index(), second)["similarity"].notna().sum() > 60


def test_the_plan_itself_has_pages_and_no_text_to_compare(shangrao):
    names = shangrao.settings.unit_names()
    tokens = token_table(shangrao.sentences, segmenter_for(shangrao.settings))
    held = attention(tokens, shangrao.units, list(names["county"]), list(names["industry"]))
    pages = unit_pages(shangrao.contents, shangrao.settings)
    table = beside_pages(attention_table(held), pages)
    given = pages[pages["first"]].set_index(["scheme", "unit"])["pages"]
    row = table[(table["county"] == "广丰区") & (table["industry"] == "汽车")].iloc[0]
    assert row["county_pages"] == given["county", "广丰区"]
    assert row["industry_pages"] == given["industry", "汽车"]
    with pytest.raises(ValueError, match="no county has a sentence that speaks of an industry"):
        location_quotients(held)


def test_pages_beside_indices_and_without_a_contents_list():
    table = concentration(found(), n_resamples=20, n_permutations=9)
    pages = pd.DataFrame(
        [("county", "甲", 3, True), ("county", "甲", 9, False), ("industry", "食品", None, True)],
        columns=["scheme", "unit", "pages", "first"],
    ).astype({"pages": "Int64"})
    by_unit = beside_pages(table, pages).drop_duplicates("unit").set_index("unit")["pages"]
    assert by_unit["甲"] == 3
    assert by_unit[["乙", "食品", "有色"]].isna().all()
    none = beside_pages(attention_table(found()), pages.iloc[:0])
    assert none[["county_pages", "industry_pages"]].isna().all(axis=None)
