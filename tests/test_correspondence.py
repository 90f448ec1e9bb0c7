"""Correspondence analysis: two published analyses digit by digit, laws, and what resampling says of a map."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from threadpoolctl import threadpool_limits

from src.utils.figures.save import table_bytes
from src.utils.measures.correspondence import (
    AXES,
    AXIS_TESTS,
    LEFT_OUT,
    POINTS,
    REGIONS,
    correspondence,
    cross_texts,
    map_units,
    unit_table,
)
from src.utils.measures.unit_texts import unit_texts
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table
from tests.test_similarity import COUNTIES, random_texts, texts_of

# Greenacre (1984), p. 55: smoking habits of the staff of a firm. The numbers are those that R's package ca (Nenadić and
# Greenacre 2007, Journal of Statistical Software 20(3)) prints for it: ca(smoke) and summary(ca(smoke)).
SMOKE = pd.DataFrame(
    [[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]],
    index=["SM", "JM", "SE", "JE", "SC"],
    columns=["none", "light", "medium", "heavy"],
)
STANDARD = {
    "SM": [-0.2405388, -1.9357079, 3.4903231],
    "JM": [0.9471047, -2.4309584, -1.6573725],
    "SE": [-1.3919733, -0.1065076, -0.2535221],
    "JE": [0.8519895, 0.5769437, 0.1625337],
    "SC": [-0.7354557, 0.7884353, -0.3973677],
    "none": [-1.4384714, -0.30465911, -0.04378737],
    "light": [0.3637463, 1.40943267, 1.08170100],
    "medium": [0.7180168, 0.07352795, -1.26172451],
    "heavy": [1.0744451, -1.97595989, 1.28885615],
}
# mass, quality of the plane, inertia; then for axes 1 and 2 principal coordinate, cos2 and contribution: all by 1000.
SUMMARY = {
    "SM": [57, 893, 31, -66, 92, 3, -194, 800, 214],
    "JM": [93, 991, 139, 259, 526, 84, -243, 465, 551],
    "SE": [264, 1000, 450, -381, 999, 512, -11, 1, 3],
    "JE": [456, 1000, 308, 233, 942, 331, 58, 58, 152],
    "SC": [130, 999, 71, -201, 865, 70, 79, 133, 81],
    "none": [316, 1000, 577, -393, 994, 654, -30, 6, 29],
    "light": [233, 984, 83, 99, 327, 31, 141, 657, 463],
    "medium": [321, 983, 148, 196, 982, 166, 7, 1, 2],
    "heavy": [130, 995, 192, 294, 684, 150, -198, 310, 506],
}
DISTANCE = [0.2165590, 0.3569210, 0.3807790, 0.2400247, 0.2161692, 0.3944897, 0.1739958, 0.1981274, 0.3551093]


def wide(found, column):
    return found.points.pivot_table(index="name", columns="axis", values=column, sort=False)


def towards(ours, theirs):
    """Ours with each axis turned to the side of theirs: all points of an axis turn together, or the test fails."""
    return ours * np.sign((ours * theirs).sum(axis=0))


@pytest.fixture(scope="module")
def smoke():
    return correspondence(SMOKE)


def test_principal_inertias_of_the_smokers(smoke):
    assert list(smoke.axes.columns) == AXES
    assert smoke.axes["inertia"].tolist() == pytest.approx([0.074759, 0.010017, 0.000414], abs=5e-7)
    assert np.sqrt(smoke.axes["inertia"]).tolist() == pytest.approx([0.27342111, 0.10008587, 0.02033652], abs=5e-9)
    assert smoke.axes["share"].tolist() == pytest.approx([0.877558731, 0.117586535, 0.004854734], abs=5e-10)
    assert smoke.axes["cumulative"].tolist() == pytest.approx([0.878, 0.995, 1], abs=5e-4)
    assert smoke.total_inertia == pytest.approx(0.08518986, abs=5e-9)
    assert smoke.n == 193
    assert not smoke.axes["tied"].any()


def test_standard_coordinates_of_the_smokers(smoke):
    published = np.array(list(STANDARD.values()))
    ours = wide(smoke, "standard")
    assert ours.index.tolist() == list(STANDARD)
    np.testing.assert_allclose(towards(ours.to_numpy(), published), published, atol=5e-7)


def test_the_summary_of_the_smokers(smoke):
    published = np.array(list(SUMMARY.values()), dtype=float)
    points = smoke.points[smoke.points["axis"] == 1].set_index("name")
    assert list(smoke.points.columns) == POINTS
    coordinate = towards(wide(smoke, "coordinate")[[1, 2]].to_numpy(), published[:, [3, 6]])
    cos2, contribution = wide(smoke, "cos2"), wide(smoke, "contribution")
    columns = [points["mass"], cos2[1] + cos2[2], points["inertia"], coordinate[:, 0], cos2[1], contribution[1]]
    columns += [coordinate[:, 1], cos2[2], contribution[2]]
    np.testing.assert_allclose(np.column_stack(columns) * 1000, published, atol=0.5)
    assert points["distance"].tolist() == pytest.approx(DISTANCE, abs=5e-8)


# The example of FactoMineR's CA (data children): 14 worries by schooling, with four worries and three ages as
# supplementary points; the coordinates are those of its manual and of sthda.com, "CA - Correspondence Analysis in R".
SCHOOLING = ["unqualified", "cep", "bepc", "high_school_diploma", "university"]
CHILDREN = pd.DataFrame(
    [
        [51, 64, 32, 29, 17, 59, 66, 70],
        [53, 90, 78, 75, 22, 115, 117, 86],
        [71, 111, 50, 40, 11, 79, 88, 177],
        [1, 7, 5, 5, 4, 9, 8, 5],
        [7, 11, 4, 3, 2, 2, 17, 18],
        [7, 13, 12, 11, 11, 18, 19, 17],
        [21, 37, 14, 26, 9, 14, 34, 61],
        [12, 35, 19, 6, 7, 21, 30, 28],
        [10, 7, 7, 3, 1, 8, 12, 8],
        [4, 7, 7, 6, 2, 7, 6, 13],
        [8, 22, 7, 10, 5, 10, 27, 17],
        [25, 45, 38, 38, 13, 48, 59, 52],
        [18, 27, 20, 19, 9, 13, 29, 53],
        [35, 61, 29, 14, 12, 30, 63, 58],
    ],
    index=[
        "money",
        "future",
        "unemployment",
        "circumstances",
        "hard",
        "economic",
        "egoism",
        "employment",
        "finances",
        "war",
        "housing",
        "fear",
        "health",
        "work",
    ],
    columns=[*SCHOOLING, "thirty", "fifty", "more_fifty"],
)
MORE_WORRIES = pd.DataFrame(
    [[2, 4, 3, 1, 4], [2, 8, 2, 5, 2], [1, 5, 4, 6, 3], [3, 3, 1, 3, 4]],
    index=["comfort", "disagreement", "world", "to_live"],
    columns=SCHOOLING,
)


def test_supplementary_points_of_the_children():
    found = correspondence(
        CHILDREN[SCHOOLING], supplementary_rows=MORE_WORRIES, supplementary_columns=CHILDREN.drop(columns=SCHOOLING)
    )
    assert found.axes["inertia"].tolist() == pytest.approx([0.035, 0.013, 0.007, 0.006], abs=5e-4)
    more = found.points[found.points["supplementary"]]
    coordinate = more.pivot_table(index="name", columns="axis", values="coordinate", sort=False)
    published = {
        "comfort": [0.2096705, 0.7031677, 0.07111168, 0.3071354],
        "disagreement": [0.1462777, 0.1190106, 0.17108916, -0.3132169],
        "world": [0.5233045, 0.1429707, 0.08399269, -0.1063597],
        "to_live": [0.3083067, 0.5020193, 0.52093397, 0.2557357],
        "thirty": [0.10541339, -0.05969594, -0.10322613, 0.06977996],
        "fifty": [-0.01706444, 0.04907657, -0.01568923, -0.01306117],
        "more_fifty": [-0.17706810, -0.04813788, 0.10077299, -0.08517528],
    }
    assert coordinate.index.tolist() == list(published)
    expected = np.array(list(published.values()))
    np.testing.assert_allclose(towards(coordinate.to_numpy(), expected), expected, atol=5e-8)
    cos2 = more.pivot_table(index="name", columns="axis", values="cos2", sort=False).loc[["comfort", "thirty"]]
    published_cos2 = [[0.06892759, 0.7752401, 0.007928672, 0.1479035], [0.13755951, 0.04411543, 0.13190986, 0.06027878]]
    np.testing.assert_allclose(cos2.to_numpy(), published_cos2, atol=5e-5)
    assert more[["mass", "contribution", "inertia"]].eq(0).all(axis=None)


# --- laws

tables = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=3, max_size=6).map(
    lambda rows: pd.DataFrame(rows, index=[f"行{at}" for at in range(len(rows))], columns=list("甲乙丙丁"))
)
mappable = tables.filter(
    lambda table: (
        table.to_numpy().any(axis=0).all() and table.to_numpy().any(axis=1).all() and chi2_contingency(table)[0] > 1e-6
    )
)


@settings(max_examples=50, deadline=None)
@given(mappable)
def test_inertia_is_that_of_pearson_and_shares_add_up(table):
    found = correspondence(table)
    assert found.total_inertia == pytest.approx(chi2_contingency(table, correction=False)[0] / table.to_numpy().sum())
    sums = found.points.groupby(["side", "axis"])["contribution"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    away = found.points[found.points["distance"] > 1e-6]
    assert away.groupby(["side", "name"])["cos2"].sum().to_numpy() == pytest.approx(1)
    assert found.points[found.points["axis"] == 1].groupby("side")["inertia"].sum().to_numpy() == pytest.approx(1)
    centre = (
        (found.points["mass"] * found.points["coordinate"]).groupby([found.points["side"], found.points["axis"]]).sum()
    )
    assert centre.to_numpy() == pytest.approx(0, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(mappable, st.randoms())
def test_the_order_of_rows_and_columns_changes_no_point(table, random):
    found = correspondence(table)
    share = found.axes["share"]
    alone = (share.diff().abs().fillna(1) > 1e-6) & (share.diff(-1).abs().fillna(1) > 1e-6)
    firm = found.axes.loc[alone, "axis"]  # axes of equal inertia can be turned freely
    rows, columns = random.sample(list(table.index), len(table)), random.sample(list(table.columns), 4)
    turned = correspondence(table.loc[rows, columns])
    keys = ["side", "name", "axis"]
    one, other = (
        result.points[result.points["axis"].isin(firm)].set_index(keys)["coordinate"].sort_index()
        for result in (found, turned)
    )
    np.testing.assert_allclose(one.to_numpy(), other.to_numpy(), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(mappable)
def test_a_supplementary_point_stands_where_its_active_twin_does(table):
    twins = table.rename(index=lambda name: f"{name}′") * 3
    more = table.rename(columns=lambda name: f"{name}′")
    found = correspondence(table, supplementary_rows=twins, supplementary_columns=more)
    for side in ("row", "column"):
        points = found.points[found.points["side"] == side]
        active, passive = points[~points["supplementary"]], points[points["supplementary"]]
        for column in ("coordinate", "cos2", "distance"):
            np.testing.assert_allclose(passive[column].to_numpy(), active[column].to_numpy(), atol=1e-7)


def test_the_row_that_contributes_most_is_on_the_positive_side(smoke):
    rows = smoke.points[smoke.points["side"] == "row"]
    most = rows.sort_values("contribution", ascending=False).groupby("axis").head(1)
    assert (most["coordinate"] > 0).all()
    mirrored = correspondence(pd.DataFrame([[5, 1], [1, 5]], index=["乙", "甲"], columns=["x", "y"]))
    first = mirrored.points.query("side == 'row' and name == '乙'")["coordinate"].item()
    assert first > 0  # both contribute a half: 乙 is U+4E59, 甲 U+7532


def test_the_plane_a_chart_draws(smoke):
    plane = smoke.plane().set_index("name")
    np.testing.assert_allclose(plane["cos2"] * 1000, [row[1] for row in SUMMARY.values()], atol=0.5)
    assert plane.groupby("side")["contribution"].sum().tolist() == pytest.approx([1, 1])
    assert smoke.plane(2, 3)["x"].tolist() == plane["y"].tolist()


def test_rows_and_columns_without_a_count_are_left_out_and_listed():
    table = SMOKE.assign(pipe=0)
    table.loc["board"] = 0
    found = correspondence(table)
    assert found.left_out.to_numpy().tolist() == [["row", "board", "no count"], ["column", "pipe", "no count"]]
    assert found.axes["inertia"].tolist() == pytest.approx(correspondence(SMOKE).axes["inertia"].tolist())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: correspondence(SMOKE.iloc[:1]), "1 rows and 4 columns with counts: a map needs two of each"),
        (lambda: correspondence(pd.DataFrame([[1, 2], [2, 4]])), "all rows have the same profile"),
        (lambda: correspondence(SMOKE - 3), "a count is missing or below 0"),
        (lambda: correspondence(SMOKE.rename(index={"SM": "JM"})), r"rows that stand twice \(JM\)"),
        (lambda: correspondence(SMOKE, supplementary_rows=SMOKE * 0), "supplementary rows without a count"),
        (lambda: correspondence(SMOKE).plane(1, 4), "no plane of axes 1 and 4: there are axes 1 to 3"),
        (lambda: map_units(texts_of({"甲": ["铜"], "乙": ["茶"]})), "0 rows and 0 columns"),
        (lambda: map_units(texts_of({"甲": ["铜铜茶"], "乙": ["茶茶铜"]})), "axes 1 to 1; two need three rows"),
    ],
)
def test_what_cannot_be_mapped_is_refused(function, message):
    with pytest.raises(ValueError, match=message):
        function()


# --- units

FEW = {"n_resamples": 60, "n_shuffles": 99, "seed": 1}


@pytest.fixture(scope="module")
def counties():
    more = {**COUNTIES, "信州区": ["数字产业", "数字旅游", "数据产链", "商旅数字", "产业数据", "商贸产业"]}
    return texts_of(more)


def test_the_map_of_units_is_that_of_their_table(counties):
    table = unit_table(counties)
    assert table.gt(0).sum().min() >= 2  # no term of one unit only
    found = map_units(counties, **FEW)
    pd.testing.assert_frame_equal(found.map.points, correspondence(table).points)
    assert list(found.axes.columns) == AXIS_TESTS
    assert found.axes["p"].between(0.01, 1).all()
    assert found.axes["congruence"].between(0, 1).all()
    assert list(found.regions.columns) == REGIONS
    assert found.left_out.empty
    assert list(found.left_out.columns) == LEFT_OUT


def test_regions_lie_around_their_points(counties):
    regions = map_units(counties, **FEW).regions
    rows = regions[regions["side"] == "row"]
    assert set(rows["status"]) == {"enough"}
    assert rows["n"].tolist() == [5, 6, 6, 6]  # of 矿山修复 no other county has a word
    assert (rows["major"] >= rows["minor"]).all()
    assert rows["angle"].between(-90, 90, inclusive="right").all()
    np.testing.assert_allclose((rows["low_x"] + rows["high_x"]) / 2, rows["x"])
    np.testing.assert_allclose((rows["low_y"] + rows["high_y"]) / 2, rows["y"])
    columns = regions[regions["side"] == "column"]
    scanty = columns[columns["status"] == "too_little"]
    assert (scanty["n"] < 5).all()
    assert scanty["says"].str.contains("fewer than 5").all()
    assert scanty["major"].isna().all()


def test_the_seed_fixes_every_number_whatever_the_order_of_the_units(counties):
    found, again = map_units(counties, **FEW), map_units(counties, **FEW)
    pd.testing.assert_frame_equal(found.regions, again.regions)
    pd.testing.assert_frame_equal(found.axes, again.axes)
    more = {**COUNTIES, "信州区": ["数字产业", "数字旅游", "数据产链", "商旅数字", "产业数据", "商贸产业"]}
    turned = map_units(texts_of(more, order=list(more)[::-1]), **FEW)
    keys = ["side", "name"]
    one, other = (
        result.regions.set_index(keys)[["x", "y", "major", "minor"]].sort_index() for result in (found, turned)
    )
    np.testing.assert_allclose(one.to_numpy(), other.to_numpy(), atol=1e-9)


def test_the_map_of_the_digest_is_the_same_to_the_byte_on_one_thread_and_on_four(profile):
    """Sums in another order end in other last digits; the tables that are written hold six figures."""
    tokens = token_table(profile.sentences, segmenter_for(profile.settings, plan=profile))
    groups = profile.units[profile.units["scheme"] == "county"]
    texts = unit_texts(content_tokens(tokens, ("punctuation", "numbers", "general")), groups, size_tokens=tokens)
    written = []
    for threads in (1, 4):
        with threadpool_limits(threads):
            found = map_units(texts, n_resamples=50, n_shuffles=20, seed=1)
        written.append([table_bytes(table) for table in (found.map.points, found.regions, found.axes)])
    assert written[0] == written[1]


def test_an_axis_that_chance_gives_as_well_is_told_from_a_planted_one():
    rng = np.random.default_rng(4)
    noise = map_units(random_texts(rng, (8,) * 5), n_resamples=20, n_shuffles=99)
    assert noise.axes["p"].iloc[0] > 0.05
    mining, tea = ["铜矿产业", "铜业产链", "矿产铜业"], ["茶叶产业", "茶业产链", "旅游茶叶"]
    repeats = {"甲": (mining, 3, 3, 3), "乙": (tea, 3, 3, 3), "丙": (mining, 4, 3, 2), "丁": (tea, 2, 3, 4)}
    units = {
        unit: [f"{text}{unit}{at}" for text, times in zip(kinds, numbers, strict=True) for at in range(times)]
        for unit, (kinds, *numbers) in repeats.items()
    }
    planted = map_units(texts_of(units), n_resamples=20, n_shuffles=99)
    first = planted.axes.iloc[0]
    assert first["p"] == 0.01
    assert first["inertia"] > 2 * first["shuffled"]
    assert first["congruence"] > 0.98


def test_counties_by_industries_are_counted_in_sentences():
    counties = pd.DataFrame(
        {"plan": "p", "sentence": range(6), "scheme": "county", "unit": ["甲", "甲", "甲", "乙", "乙", "丙"]}
    )
    industries = pd.DataFrame(
        [(0, "铜业"), (0, "铜业"), (1, "铜业"), (1, "茶业"), (3, "茶业"), (4, "旅游"), (9, "旅游")],
        columns=["sentence", "unit"],
    ).assign(plan="p", scheme="industry")
    texts = cross_texts(counties, industries)
    table = unit_table(texts, min_units=1)
    assert table.loc["甲"].to_dict() == {"旅游": 0, "茶业": 1, "铜业": 2}
    assert table.loc["乙"].to_dict() == {"旅游": 1, "茶业": 1, "铜业": 0}
    assert table.index.tolist() == ["甲", "乙"]  # no sentence of 丙 speaks of an industry
    with pytest.raises(ValueError, match="columns of several schemes"):
        cross_texts(counties, pd.concat([industries, counties]))
