"""TF-IDF: the published example, the formula written out by hand, and what happens to a unit's own names."""

import math

import numpy as np
import pandas as pd
import pytest

from src.utils import tables
from src.utils.measures.tfidf import tfidf


def counts_of(rows: dict[str, dict[str, int]], scheme: str = "county") -> pd.DataFrame:
    table = pd.DataFrame([(scheme, unit, term, n) for unit, terms in rows.items() for term, n in terms.items()])
    return table.set_axis(["scheme", "unit", "term", "n"], axis=1).assign(per_10k=0.0, n_sentences=1)


# Oracle 12: the example of the scikit-learn user guide, "Tf-idf term weighting": six documents, three terms.
GUIDE = [[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]]
GUIDE_COUNTS = counts_of(
    {f"d{row}": {f"t{term}": n for term, n in enumerate(counts) if n} for row, counts in enumerate(GUIDE)}
)


@pytest.mark.parametrize(
    ("smooth", "first_row"),
    [(True, [0.85151335, 0, 0.52433293]), (False, [0.81940995, 0, 0.57320793])],
)
def test_the_published_values(smooth, first_row):
    scores = tfidf(GUIDE_COUNTS, smooth=smooth)
    value = scores.pivot_table(index="unit", columns="term", values="value", fill_value=0.0)
    assert value.loc["d0"].tolist() == pytest.approx(first_row, abs=5e-9)


@pytest.mark.parametrize(
    ("smooth", "idf"),
    [(True, {"t0": 1, "t1": 2.25276297, "t2": 1.84729786}), (False, {"t0": 1, "t1": 2.79175947, "t2": 2.09861229})],
)
def test_the_published_inverse_document_frequencies(smooth, idf):
    """From two values of one row their idf follows: value_t / value_0 = (tf_t idf_t) / (tf_0 idf_0), idf of t0 being 1."""
    value = tfidf(GUIDE_COUNTS, smooth=smooth).set_index(["unit", "term"])["value"]
    assert value["d4", "t1"] / value["d4", "t0"] * 3 / 2 == pytest.approx(idf["t1"], abs=5e-9)
    assert value["d0", "t2"] / value["d0", "t0"] * 3 / 1 == pytest.approx(idf["t2"], abs=5e-9)


COUNTIES = counts_of(
    {
        "信州区": {"信州区": 4, "数字": 3, "产业": 2},
        "德兴市": {"铜": 5, "信州区": 1, "产业": 1, "德兴": 2},
        "婺源县": {"茶": 2, "产业": 3, "菊": 2},
    }
)
OWN = {"信州区": ["信州区", "信州"], "德兴市": ["德兴市", "德兴"], "婺源县": ["婺源县", "婺源"]}


def test_own_names_are_left_out_before_frequencies_and_lengths_are_taken():
    scores = tfidf(COUNTIES, OWN)
    assert list(scores.columns) == tables.SCORES
    of = {unit: dict(zip(rows["term"], rows["value"], strict=True)) for unit, rows in scores.groupby("unit")}
    assert set(of["信州区"]) == {"数字", "产业"}
    assert set(of["德兴市"]) == {"铜", "信州区", "产业"}  # another county's name stays

    rare, everywhere = math.log((1 + 3) / (1 + 1)) + 1, math.log((1 + 3) / (1 + 3)) + 1
    length = math.hypot(3 * rare, 2 * everywhere)
    assert of["信州区"] == pytest.approx({"数字": 3 * rare / length, "产业": 2 * everywhere / length})
    length = math.hypot(5 * rare, 1 * rare, 1 * everywhere)  # 信州区 stands in one profile of three, not in two
    assert of["德兴市"]["信州区"] == pytest.approx(rare / length)


def test_without_own_names_all_terms_stay():
    assert len(tfidf(COUNTIES)) == len(COUNTIES)


def test_each_row_has_length_1_and_unknown_columns_hold_nan():
    scores = tfidf(COUNTIES, OWN)
    assert (scores["value"] ** 2).groupby(scores["unit"]).sum().tolist() == pytest.approx([1, 1, 1])
    assert set(scores["measure"]) == {"tfidf"}
    assert scores[["low", "high", "p", "q"]].isna().all(axis=None)
    assert scores.set_index(["unit", "term"]).loc[("德兴市", "铜"), "n"] == 5


def test_the_size_of_a_unit_does_not_matter():
    doubled = COUNTIES.assign(n=np.where(COUNTIES["unit"] == "德兴市", 2 * COUNTIES["n"], COUNTIES["n"]))
    pd.testing.assert_frame_equal(tfidf(doubled, OWN).drop(columns="n"), tfidf(COUNTIES, OWN).drop(columns="n"))


def test_rows_come_by_unit_then_value_with_ties_in_code_point_order():
    scores = tfidf(COUNTIES, OWN)
    assert list(dict.fromkeys(scores["unit"])) == ["信州区", "德兴市", "婺源县"]
    wuyuan = scores[scores["unit"] == "婺源县"]
    # 产业 stands three times with idf 1, 茶 and 菊 twice each with idf ln 2 + 1: 3 < 3.39; 茶 is U+8336 and 菊 U+83CA.
    assert wuyuan["term"].tolist() == ["茶", "菊", "产业"]
    assert wuyuan["value"].iloc[0] == wuyuan["value"].iloc[1] > wuyuan["value"].iloc[2]


def test_the_order_of_the_counts_changes_no_value():
    shuffled = COUNTIES.sample(frac=1, random_state=1)
    one = tfidf(COUNTIES, OWN).sort_values(["unit", "term"], ignore_index=True)
    other = tfidf(shuffled, OWN).sort_values(["unit", "term"], ignore_index=True)
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("counts", "own", "message"),
    [
        (COUNTIES.iloc[:0], {}, "no counts"),
        (pd.concat([COUNTIES, COUNTIES.assign(scheme="industry")]), {}, "several schemes"),
        (pd.concat([COUNTIES, COUNTIES]), {}, "stands twice in a unit"),
        (COUNTIES.assign(n=0), {}, "a count below 1"),
        (COUNTIES, {"信州区": ["信州区", "数字", "产业"]}, "no terms but its own names in 信州区"),
    ],
)
def test_what_cannot_be_compared_is_refused(counts, own, message):
    with pytest.raises(ValueError, match=message):
        tfidf(counts, own)
