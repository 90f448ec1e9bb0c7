"""Clustering of units: a worked example, ties, planted groups found, noise without a suggestion."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet, dendrogram, fcluster
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score, silhouette_score

from src.utils.measures.clusters import (
    BRANCHES,
    CUTS,
    METHODS,
    adjusted_rand,
    cluster_units,
    groups_at,
    tree_of,
)
from src.utils.measures.similarity import distance_table
from tests.test_similarity import COUNTIES, random_texts, texts_of

# The worked example of UPGMA on ribosomal RNA of five bacteria (Wikipedia, "UPGMA"): a and b join at 17, e at 22, c and
# d at 28, all at 33.
BACTERIA = pd.DataFrame(
    [[0, 17, 21, 31, 23], [17, 0, 30, 34, 21], [21, 30, 0, 28, 39], [31, 34, 28, 0, 43], [23, 21, 39, 43, 0]],
    index=list("abcde"),
    columns=list("abcde"),
    dtype=float,
)


def sets_of(tree) -> dict[frozenset[str], float]:
    """Every branch as a set of units, with its height."""
    found = {}
    members = [frozenset([unit]) for unit in tree.units]
    for left, right, height, _ in tree.linkage:
        members.append(members[int(left)] | members[int(right)])
        found[members[-1]] = float(height)
    return found


def test_the_worked_example_of_average_linkage():
    assert sets_of(tree_of(BACTERIA)) == {
        frozenset("ab"): 17.0,
        frozenset("abe"): 22.0,
        frozenset("cd"): 28.0,
        frozenset("abcde"): 33.0,
    }
    assert tree_of(BACTERIA).order == ("a", "b", "e", "c", "d")


@pytest.mark.parametrize("method", METHODS)
def test_the_first_unit_of_the_plan_stands_first_and_scipy_draws_the_order(method):
    plan_order = list("cdaeb")
    tree = tree_of(BACTERIA.loc[plan_order, plan_order], method)
    assert tree.order[0] == "c"
    assert dendrogram(tree.linkage, labels=tree.units, no_plot=True)["ivl"] == list(tree.order)
    expected = cophenet(tree.linkage, squareform(BACTERIA.to_numpy()))[0]
    assert tree.cophenetic == pytest.approx(expected)


squares = st.lists(st.integers(1, 4), min_size=15, max_size=15).map(
    lambda values: pd.DataFrame(
        squareform(np.array(values, dtype=float)), index=list("甲乙丙丁戊己"), columns=list("甲乙丙丁戊己")
    )
)


@settings(max_examples=60, deadline=None)
@given(squares, st.permutations(list("甲乙丙丁戊己")), st.sampled_from(METHODS))
def test_ties_are_broken_by_name_whatever_the_order_of_the_units(square, order, method):
    """Distances from 1 to 4 tie all the time."""
    assert sets_of(tree_of(square, method)) == sets_of(tree_of(square.loc[order, order], method))


@settings(max_examples=40, deadline=None)
@given(squares, st.integers(1, 6))
def test_a_cut_gives_as_many_groups_as_asked_and_they_nest(square, n_groups):
    tree = tree_of(square)
    groups = groups_at(tree, n_groups)
    assert groups["unit"].tolist() == list(tree.order)
    assert groups["group"].is_monotonic_increasing  # a group stands together in the drawing
    assert groups["group"].nunique() == n_groups
    if n_groups > 1:
        coarser = groups.merge(groups_at(tree, n_groups - 1), on="unit").groupby("group_x")["group_y"].nunique()
        assert (coarser == 1).all()


def test_a_cut_is_that_of_scipy():
    tree = tree_of(BACTERIA)
    for n_groups in range(1, 6):
        ours = groups_at(tree, n_groups).set_index("unit")["group"]
        theirs = fcluster(tree.linkage, n_groups, "maxclust")
        assert adjusted_rand_score(theirs, ours[list(tree.units)]) == 1


def one_hot(labels):
    return np.asarray(labels)[:, None] == np.unique(labels)[None]


def test_the_adjusted_rand_index_of_the_scikit_learn_manual():
    """Oracle 15: .57 for [0, 0, 1, 2] and [0, 0, 1, 1]."""
    assert adjusted_rand(one_hot([0, 0, 1, 2]), one_hot([0, 0, 1, 1])) == pytest.approx(0.57, abs=0.005)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=9))
def test_the_adjusted_rand_index_is_that_of_scikit_learn(labels):
    one, other = zip(*labels, strict=True)
    assert adjusted_rand(one_hot(one), one_hot(other)) == pytest.approx(adjusted_rand_score(one, other))


# --- texts

MINING = ["铜矿铜业", "铜金矿产", "黄金矿业", "铜业产链", "矿山修复", "铜矿修复", "金矿铜矿", "矿产铜金"]
TEA = ["茶业旅游", "旅游古村", "茶菊产茶", "古村茶叶", "茶叶古村", "菊花旅游", "茶旅古村", "旅游茶菊"]
PLANTED = {
    "甲": MINING,
    "乙": [f"{text}甲" for text in TEA],
    "丙": [f"{text}丁" for text in MINING],
    "丁": [f"{text}戊" for text in TEA],
    "戊": [f"{text}乙" for text in MINING],
    "己": [f"{text}丙" for text in TEA],
}


@pytest.fixture(scope="module")
def planted():
    return cluster_units(texts_of(PLANTED), n_resamples=200, seed=1)


def test_planted_groups_are_found_and_hold(planted):
    branches = planted.branches.set_index("units")
    assert list(planted.branches.columns) == BRANCHES
    assert branches.loc[["甲、丙、戊", "乙、丁、己"], "stability"].tolist() == [1, 1]
    assert branches["stability"].between(0, 1).all()
    assert (branches["stability"] <= branches["jaccard"]).all()
    assert branches["stability"].iloc[-1] == 1  # all units together
    assert branches["parent"].iloc[-1] == -1
    assert planted.tree.order[0] == "甲"
    cuts = planted.cuts
    assert list(cuts.columns) == CUTS
    assert cuts["n_groups"].tolist() == [2, 3, 4, 5]
    assert cuts.loc[cuts["suggested"], "n_groups"].tolist() == [2]
    two = cuts.iloc[0]
    assert [two["stability"], two["low"], two["high"], two["weakest"]] == [1, 1, 1, 1]
    assert two["height_low"] < two["height_high"]
    labels = groups_at(planted.tree, 2).set_index("unit")["group"]
    square = distance_table(texts_of(PLANTED))
    expected = silhouette_score(square, labels[list(square.index)], metric="precomputed")
    assert two["silhouette"] == pytest.approx(expected)


def test_the_order_of_the_units_changes_no_stability(planted):
    turned = cluster_units(texts_of(PLANTED, order=list("己戊丁丙乙甲")), n_resamples=200, seed=1)

    def by_set(branches):
        return {frozenset(row.units.split("、")): (row.stability, row.jaccard) for row in branches.itertuples()}

    assert by_set(turned.branches) == by_set(planted.branches)
    assert turned.tree.order[0] == "己"


def test_the_seed_fixes_every_number(planted):
    again = cluster_units(texts_of(PLANTED), n_resamples=200, seed=1)
    pd.testing.assert_frame_equal(again.branches, planted.branches)
    pd.testing.assert_frame_equal(again.cuts, planted.cuts)


def test_no_cut_is_suggested_in_noise():
    rng = np.random.default_rng(2)
    noise = cluster_units(random_texts(rng, (8,) * 8), n_resamples=100)
    assert not noise.cuts["suggested"].any()
    assert noise.branches["stability"].iloc[:-1].max() < 0.9


@pytest.mark.parametrize(("distance", "method"), [("cosine", "average"), ("cosine", "ward"), ("js_distance", "ward")])
def test_other_distances_and_linkages(distance, method):
    found = cluster_units(texts_of(PLANTED), distance, method, n_resamples=50)
    assert found.cuts.loc[found.cuts["suggested"], "n_groups"].tolist() == [2]
    assert (np.diff(found.tree.linkage[:, 2]) >= 0).all()


def test_little_text_is_said():
    few = texts_of({**COUNTIES, "信州区": ["数字产业"], "横峰县": []})
    found = cluster_units(few, n_resamples=20)
    assert found.left_out == ("横峰县",)
    with_few = found.branches["units"].str.contains("信州区")
    assert set(found.branches.loc[with_few, "status"]) == {"too_little"}
    assert found.branches.loc[with_few, "says"].str.contains("信州区").all()
    assert set(found.branches.loc[~with_few, "status"]) == {"enough"}


def test_two_units_and_the_same_text():
    two = cluster_units(texts_of({unit: COUNTIES[unit] for unit in ("德兴市", "婺源县")}), n_resamples=10)
    assert two.cuts.empty
    assert two.branches["units"].tolist() == ["德兴市、婺源县"]
    assert two.tree.cophenetic == 1
    same = cluster_units(texts_of({"甲": MINING, "乙": MINING, "丙": TEA}), n_resamples=10)
    assert same.branches["height"].iloc[0] == 0
    assert same.branches["units"].iloc[0] == "甲、乙"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: cluster_units(texts_of({"甲": MINING, "乙": []})), "1 of 2 units have text .*counted term: 乙"),
        (lambda: cluster_units(texts_of(PLANTED), "euclid"), "no such distance: euclid; there are js_distance, cosine"),
        (lambda: cluster_units(texts_of(PLANTED), method="median"), "no such linkage: median"),
        (lambda: tree_of(BACTERIA, "median"), "no such linkage: median"),
        (lambda: tree_of(BACTERIA.iloc[:1, :1]), "1 units"),
        (lambda: tree_of(BACTERIA.rename(index={"a": "b"})), "the same units, each once"),
        (lambda: tree_of(1 - BACTERIA), "not a square of distances"),
        (lambda: groups_at(tree_of(BACTERIA), 6), "6 groups of 5 units"),
    ],
)
def test_what_cannot_be_clustered_is_refused(function, message):
    with pytest.raises(ValueError, match=message):
        function()
