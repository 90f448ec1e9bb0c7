"""Dispersion: published values of every measure, their laws, and tables made from tokens."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import csc_matrix, csr_matrix

from src.utils.measures.dispersion import DISPERSION, MEASURES, dispersion, spread

# Oracles 1 and 2: the corpus of Gries (2008), five parts of single letters.
CORPUS = "b a m n i b e u p / b a s a t b e w q n / b c a g a b e s t a / b a g h a b e a a t / b a h a a b e a x a t"
PARTS = [part.split() for part in CORPUS.split(" / ")]


def tokens_of(*parts: list[str]) -> pd.DataFrame:
    rows = [("p", at, position, term) for at, part in enumerate(parts) for position, term in enumerate(part)]
    return pd.DataFrame(rows, columns=["plan", "sentence", "position", "term"])


def each_its_own(*parts: list[str]) -> pd.DataFrame:
    """Every sentence a part."""
    return pd.DataFrame(
        {"plan": "p", "sentence": range(len(parts)), "scheme": "part", "unit": [f"第{at}" for at in range(len(parts))]}
    )


@pytest.fixture(scope="module")
def gries():
    return dispersion(tokens_of(*PARTS), each_its_own(*PARTS)).set_index("term")


@pytest.mark.parametrize(
    ("measure", "decimals", "values"),
    [
        ("juilland_d", 3, [0.968, 0, 0, 0]),
        ("rosengren_s", 3, [0.999, 0.18, 0.2, 0.22]),
        ("dp", 2, [0.02, 0.82, 0.8, 0.78]),
        ("dp_norm", 3, [0.024, 1, 0.976, 0.951]),
        ("kld", 3, [0.003, 2.474, 2.322, 2.184]),
    ],
)
def test_oracle_1_terms_b_i_q_x(gries, measure, decimals, values):
    assert gries.loc[list("biqx"), measure].tolist() == pytest.approx(values, abs=0.5 * 10**-decimals)


def test_oracle_2_term_a(gries):
    found = gries.loc["a"]
    assert found[["n", "range", "n_parts"]].tolist() == [15, 5, 5]
    expected = {"juilland_d": 0.7852, "carroll_d2": 0.9379, "rosengren_s": 0.9498, "dp_norm": 0.2195, "kld": 0.1370}
    assert found[list(expected)].to_dict() == pytest.approx(expected, abs=0.00005)
    assert found["dp"] == pytest.approx(0.18)


def test_oracle_3_equal_parts():
    first = spread([0, 4, 3, 2, 1], [1] * 5).iloc[0]
    assert first["juilland_d"] == pytest.approx(0.6464, abs=0.00005)
    assert first["juilland_u"] == pytest.approx(6.46, abs=0.005)
    second = spread([2, 1, 1, 1, 0], [1] * 5).iloc[0]
    assert second["carroll_d2"] == pytest.approx(0.8277, abs=0.00005)
    assert second["carroll_um"] == pytest.approx(4.31, abs=0.005)
    assert spread([2, 1, 0], [1] * 3).loc[0, "dp_norm"] == pytest.approx(0.5)


def test_oracle_4_unequal_parts():
    sizes = [8143, 8058, 8271, 8125, 7959, 7941, 8146, 8001, 8003, 7930]
    found = spread([2, 0, 1, 1, 3, 0, 3, 0, 0, 0], sizes).iloc[0]
    assert found["relative_range"] == 0.5
    assert found["juilland_d"] == pytest.approx(0.6038797, abs=5e-8)
    assert found["carroll_d2"] == pytest.approx(0.6521444, abs=5e-8)


def by_definition(counts, sizes):
    """The formulas at the head of the module, part by part, for one term."""
    k, f, words = len(counts), sum(counts), sum(sizes)
    v, s = [n / f for n in counts], [n / words for n in sizes]
    r = [n / size for n, size in zip(counts, sizes, strict=True)]
    mean = sum(r) / k
    sd = math.sqrt(sum((rate - mean) ** 2 for rate in r) / k)
    q = [rate / sum(r) for rate in r]
    d = 1 - sd / mean / math.sqrt(k - 1)
    d2 = -sum(share * math.log(share) for share in q if share) / math.log(k)
    dp = sum(abs(x - y) for x, y in zip(v, s, strict=True)) / 2
    present = sum(n > 0 for n in counts)
    return {
        "n_parts": k,
        "range": present,
        "relative_range": present / k,
        "dp": dp,
        "dp_norm": dp / (1 - min(s)),
        "kld": sum(x * math.log2(x / y) for x, y in zip(v, s, strict=True) if x),
        "juilland_d": d,
        "juilland_u": f * d,
        "carroll_d2": d2,
        "carroll_um": f * d2 + (1 - d2) * sum(x * y for x, y in zip(s, counts, strict=True)),
        "rosengren_s": sum(math.sqrt(x * y) for x, y in zip(s, counts, strict=True)) ** 2 / f,
    }


cases = st.integers(2, 6).flatmap(
    lambda k: st.tuples(
        st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k).filter(any), min_size=1, max_size=5),
        st.lists(st.integers(9, 60), min_size=k, max_size=k),
    )
)


@given(cases)
@settings(deadline=None)
def test_all_terms_at_once_are_each_term_by_definition(case):
    terms, sizes = case
    counts = np.array(terms).T
    found = spread(counts, sizes)
    for at, term in enumerate(terms):
        assert found.loc[at, MEASURES[:-1]].to_dict() == pytest.approx(by_definition(term, sizes), abs=1e-9)
        shares = np.array(sizes) / sum(sizes)
        n = np.arange(sum(term) + 1)
        mean = sum((abs(n / sum(term) - share) * stats.binom.pmf(n, sum(term), share)).sum() for share in shares)
        assert found.loc[at, "dp_chance"] == pytest.approx(mean / 2)
    for sparse in (csc_matrix(counts), csr_matrix(counts)):
        pd.testing.assert_frame_equal(spread(sparse, sizes), found)


@given(cases)
@settings(deadline=None)
def test_bounds(case):
    terms, sizes = case
    found = spread(np.array(terms).T, sizes)
    least = min(sizes) / sum(sizes)
    assert found["dp"].between(0, 1 - least + 1e-12).all()
    for measure in ("dp_norm", "juilland_d", "carroll_d2", "rosengren_s", "relative_range"):
        assert found[measure].between(0, 1).all()
    assert (found["kld"] <= -math.log2(least) + 1e-9).all()
    assert (found["rosengren_s"] >= least - 1e-12).all()
    assert (found["range"] <= found["n"]).all()


@given(st.lists(st.integers(1, 50), min_size=2, max_size=6), st.integers(1, 5))
@settings(deadline=None)
def test_a_term_in_proportion_to_the_parts_is_even(sizes, times):
    found = spread([times * size for size in sizes], [10 * size for size in sizes]).iloc[0]
    expected = {"dp": 0, "dp_norm": 0, "kld": 0, "juilland_d": 1, "carroll_d2": 1, "rosengren_s": 1}
    assert found[list(expected)].to_dict() == pytest.approx(expected, abs=1e-7)


def test_a_term_in_the_smallest_part_alone_is_as_clumped_as_can_be():
    found = spread([0, 3, 0], [50, 10, 40]).iloc[0]
    expected = {"dp": 0.9, "dp_norm": 1, "kld": math.log2(10), "juilland_d": 0, "carroll_d2": 0, "rosengren_s": 0.1}
    assert found[list(expected)].to_dict() == pytest.approx(expected)


def test_the_table_of_a_text():
    tokens = tokens_of(["铜", "的", "铜", "。"], ["茶", "的", "。"], ["铜", "和", "的", "。"])
    found = dispersion(tokens, each_its_own(*"123"))
    assert list(found.columns) == DISPERSION
    assert found["term"].tolist() == ["的", "铜", "和", "茶"]  # falling n, then code points; 。 is no term
    assert found["scheme"].tolist() == ["part"] * 4
    # 铜: v = 2/3, 0, 1/3 against s = 3/8, 2/8, 3/8.
    assert found.set_index("term").loc["铜", "dp"] == pytest.approx((2 / 3 - 3 / 8 + 2 / 8 + 3 / 8 - 1 / 3) / 2)
    content = tokens[tokens["term"] != "的"]
    sized = dispersion(content, each_its_own(*"123"), size_tokens=tokens).set_index("term")
    assert sized.loc["铜", "dp"] == pytest.approx(found.set_index("term").loc["铜", "dp"])
    assert "的" not in sized.index


def test_a_term_that_stands_once_is_no_more_clumped_than_chance_and_one_in_a_bunch_is():
    tokens = tokens_of(*[["甲", "他"]] * 10, ["乙", *["丙"] * 5], *[["甲", "他"]] * 10)
    found = dispersion(tokens, n_parts=5).set_index("term")
    # Once: dp is 1 - s of its part, on average over the parts Σ s (1 - s), whatever the spread of the others.
    assert found.loc["乙", "dp"] == pytest.approx(found.loc["乙", "dp_chance"], abs=0.1)
    assert found.loc["丙", "dp"] > 1.5 * found.loc["丙", "dp_chance"]
    assert found.loc["甲", "dp"] < found.loc["甲", "dp_chance"]


def test_without_parts_the_text_is_cut_into_equal_ones():
    tokens = tokens_of(*[["甲", "乙"]] * 10, *[["甲", "丙"]] * 10)
    found = dispersion(tokens, n_parts=4).set_index("term")
    assert set(found["n_parts"]) == {4}
    assert found.loc[["甲", "乙"], "dp"].tolist() == pytest.approx([0, 0.5])
    assert found.loc["丙", "range"] == 2


def test_a_sentence_in_no_part_is_left_out_and_one_in_two_counts_twice():
    tokens = tokens_of(["甲"], ["甲", "乙"], ["丙"])
    parts = each_its_own(*"12")
    parts = pd.concat([parts, parts.assign(sentence=[1, 0])])  # both sentences in both parts
    found = dispersion(tokens, parts).set_index("term")
    assert found["n"].to_dict() == {"甲": 4, "乙": 2}
    assert found["dp"].tolist() == pytest.approx([0, 0])


def test_what_has_no_spread_is_said():
    tokens = tokens_of(["甲"], ["乙"])
    assert dispersion(tokens.iloc[:0]).empty
    assert list(dispersion(tokens.iloc[:0]).columns) == DISPERSION
    with pytest.raises(ValueError, match="1 part: a spread needs at least two"):
        dispersion(tokens, each_its_own("1"))
    with pytest.raises(ValueError, match="no words in 第2"):
        dispersion(tokens, each_its_own(*"123"))
    with pytest.raises(ValueError, match=r"several schemes \(part, chapter\)"):
        dispersion(tokens, each_its_own(*"12").assign(scheme=["part", "chapter"]))
    with pytest.raises(ValueError, match="1 terms stand in no part"):
        spread([[0, 1], [0, 1]], [5, 5])
    with pytest.raises(ValueError, match="2 parts have counts and 3 have sizes"):
        spread([1, 1], [5, 5, 5])
