"""Weights over many resamples at once: published values, and the plain functions on the same counts."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from src.utils.measures.entries import WEIGHTINGS, Layout, weigh
from src.utils.measures.tfidf import tfidf
from src.utils.measures.weightings import MEASURES, cells_of, formula


def entries(matrix):
    """Counts of units by terms as entries."""
    matrix = np.asarray(matrix, dtype=float)
    unit, term = np.nonzero(matrix)
    return matrix[unit, term][None, :], Layout(unit, term)


ORACLE = [[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]]  # oracle 12, scikit-learn's user guide


@pytest.mark.parametrize(
    ("weighting", "first_row"),
    [("tfidf_raw_smooth", [0.85151335, 0.52433293]), ("tfidf_raw_raw", [0.81940995, 0.57320793])],
)
def test_tfidf_of_the_published_example(weighting, first_row):
    n, layout = entries(ORACLE)
    assert weigh(n, layout, weighting)[0, :2] == pytest.approx(first_row, abs=1e-8)


@pytest.fixture
def resampled():
    """Five units of some thirty terms, and four resamples in which every unit has a term still."""
    random = np.random.default_rng(1)
    n, layout = entries(random.poisson(1.0, size=(5, 30)) + np.eye(5, 30))
    many = n * random.integers(0, 3, size=(4, n.shape[1]))
    first = np.searchsorted(layout.unit, np.arange(5))
    many[:, first] = np.maximum(many[:, first], 1)
    return many, layout


@pytest.mark.parametrize(("weighting", "smooth"), [("tfidf_raw_smooth", True), ("tfidf_raw_raw", False)])
def test_each_resample_is_weighed_as_the_plain_function_weighs_its_counts(weighting, smooth, resampled):
    many, layout = resampled
    for counts, weights in zip(many, weigh(many, layout, weighting), strict=True):
        table = pd.DataFrame({"scheme": "s", "unit": layout.unit, "term": layout.term.astype(str), "n": counts})
        plain = tfidf(table[table["n"] > 0], smooth=smooth).set_index(["unit", "term"])["value"]
        held = counts > 0
        assert np.isnan(weights[~held]).all()
        ours = pd.Series(weights[held], index=[layout.unit[held], layout.term[held].astype(str)])
        assert ours.sort_index().to_numpy() == pytest.approx(plain.sort_index().to_numpy())


@pytest.mark.parametrize("measure", MEASURES)
def test_each_resample_is_weighed_as_if_it_stood_alone(measure, resampled):
    many, layout = resampled
    for counts, weights in zip(many, weigh(many, layout, measure), strict=True):
        held = counts > 0
        alone = csr_matrix((counts[held], (layout.unit[held], layout.term[held])), shape=(5, 30))
        assert weights[held] == pytest.approx(formula(measure)(cells_of(alone, 5)))


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_a_unit_that_a_resample_emptied_and_a_unit_alone_have_no_nan_but_absence(weighting):
    n, layout = entries([[2, 1, 0], [0, 1, 2]])
    empty = n * (layout.unit == 0)
    weights = weigh(empty, layout, weighting)[0]
    assert np.isnan(weights).tolist() == (empty[0] == 0).tolist()
    alone, only = entries([[2, 1]])
    assert np.isfinite(weigh(alone, only, weighting)).all()


def test_an_unknown_weighting_is_named():
    with pytest.raises(ValueError, match="'tf'; there are tfidf_raw_raw"):
        weigh(*entries([[1]]), "tf")
