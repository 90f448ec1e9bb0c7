"""Weights over many resamples at once: published values, and the plain functions on the same counts."""

import numpy as np
import pandas as pd
import pytest

from src.utils.measures.tfidf import tfidf
from src.utils.measures.weighting import WEIGHTINGS, Layout, weigh


def entries(matrix):
    """Counts of units by terms as entries."""
    matrix = np.asarray(matrix, dtype=float)
    unit, term = np.nonzero(matrix)
    return matrix[unit, term][None, :], Layout(unit, term)


ORACLE = [[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]]  # oracle 12, scikit-learn's user guide


@pytest.mark.parametrize(
    ("weighting", "first_row"), [("tfidf", [0.85151335, 0.52433293]), ("tfidf-raw", [0.81940995, 0.57320793])]
)
def test_tfidf_of_the_published_example(weighting, first_row):
    n, layout = entries(ORACLE)
    assert weigh(n, layout, weighting)[0, :2] == pytest.approx(first_row, abs=1e-8)


def test_log_odds_of_the_published_example():
    # oracle 11: the prior .05 for each term, README of fightin_words
    words = ["the quick brown fox jumps over the lazy pig", "the lazy purple pig jumps over the lazier donkey"]
    terms = sorted({*" ".join(words).split()})
    n, layout = entries([[text.split().count(term) for term in terms] for text in words])
    found = {
        terms[term]: z for term, z in zip(layout.term[layout.unit == 0], weigh(n, layout, "log-odds")[0], strict=False)
    }
    marked = {"brown", "fox", "quick"}
    assert [found[term] for term in marked] == [pytest.approx(0.6894227886807968)] * 3
    assert all(z == pytest.approx(0) for term, z in found.items() if term not in marked)


@pytest.mark.parametrize(("weighting", "smooth"), [("tfidf", True), ("tfidf-raw", False)])
def test_each_resample_is_weighed_as_the_plain_function_weighs_its_counts(weighting, smooth):
    random = np.random.default_rng(1)
    n, layout = entries(random.poisson(1.0, size=(5, 30)) + np.eye(5, 30))
    many = n * random.integers(0, 3, size=(4, n.shape[1]))
    many[:, layout.term == 0] = np.maximum(many[:, layout.term == 0], 1)
    for counts, weights in zip(many, weigh(many, layout, weighting), strict=True):
        table = pd.DataFrame({"scheme": "s", "unit": layout.unit, "term": layout.term.astype(str), "n": counts})
        plain = tfidf(table[table["n"] > 0], smooth=smooth).set_index(["unit", "term"])["value"]
        held = counts > 0
        assert np.isnan(weights[~held]).all()
        ours = pd.Series(weights[held], index=[layout.unit[held], layout.term[held].astype(str)])
        assert ours.sort_index().to_numpy() == pytest.approx(plain.sort_index().to_numpy())


def test_c_tfidf_and_bm25_by_hand():
    n, layout = entries([[2, 1, 0], [0, 1, 2]])
    # mean size 3; first term: 2/3 · ln(1 + 3/2); the shared one: 1/3 · ln(1 + 3/2)
    assert weigh(n, layout, "c-tfidf")[0, :2] == pytest.approx([2 / 3 * np.log(2.5), 1 / 3 * np.log(2.5)])
    # N = 2, df 1 and 2: idf ln 2 and ln 1.2; sizes equal, so n · 2.2/(n + 1.2)
    assert weigh(n, layout, "bm25")[0, :2] == pytest.approx([np.log(2) * 4.4 / 3.2, np.log(1.2)])


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_a_unit_that_a_resample_emptied_and_a_unit_alone_have_no_nan_but_absence(weighting):
    n, layout = entries([[2, 1, 0], [0, 1, 2]])
    empty = n * (layout.unit == 0)
    weights = weigh(empty, layout, weighting)[0]
    assert np.isnan(weights).tolist() == (empty[0] == 0).tolist()
    alone, only = entries([[2, 1]])
    assert np.isfinite(weigh(alone, only, weighting)).all()


def test_an_unknown_weighting_is_named():
    with pytest.raises(ValueError, match="'tf'; there are tfidf"):
        weigh(*entries([[1]]), "tf")
