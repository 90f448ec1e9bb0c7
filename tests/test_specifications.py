"""Grids of choices: all of them or a balanced sample, and shares of variance that can be worked out by hand."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from src.utils.measures.specifications import RESAMPLE, headline_choices, specifications, variance_shares

GRID = {"layers": (("general", "official"), ("general",), ()), "single": (False, True)}


def test_a_small_grid_is_made_whole_and_the_headline_comes_first():
    made = specifications(GRID)
    assert made[0] == {"layers": ("general", "official"), "single": False}
    assert len(made) == 6
    assert specifications(GRID, headline={"single": True})[0] == {"layers": ("general", "official"), "single": True}


def test_a_large_grid_is_sampled_in_balance_without_doubles():
    grid = {name: tuple(range(size)) for name, size in zip("abcdefg", (2, 3, 3, 2, 6, 3, 2), strict=True)}
    made = specifications(grid, n_most=200, seed=4)
    assert len({tuple(choices.values()) for choices in made}) == 200
    assert made == specifications(grid, n_most=200, seed=4)
    assert made != specifications(grid, n_most=200, seed=5)
    for name, options in grid.items():
        often = Counter(choices[name] for choices in made)
        assert all(abs(often[option] - 200 / len(options)) < 6 for option in options), name


@pytest.mark.parametrize(
    ("grid", "headline", "message"),
    [
        ({"a": ()}, None, "a: give its options"),
        ({"a": "tfidf"}, None, "a: give its options"),
        ({"a": (1, 2, 1)}, None, "twice"),
        ({"a": (1, 2)}, {"b": 1}, "b: no such choice"),
        ({"a": (1, 2)}, {"a": 3}, "3 is no option"),
    ],
)
def test_a_wrong_grid_is_named(grid, headline, message):
    with pytest.raises(ValueError, match=message):
        headline_choices(grid, headline)


def test_an_option_that_has_no_one_way_of_being_written_is_refused():
    with pytest.raises(ValueError, match="cannot be an option"):
        specifications({"a": (object(), 1)})


def full(*sizes):
    return [dict(zip("abc", row, strict=False)) for row in product(*map(range, sizes))]


def test_main_effects_of_a_full_grid_are_those_of_the_analysis_of_variance():
    made = full(2, 2)
    # a moves the outcome by 2, b by 1, and they do nothing together: variance 1 and 1/4 of 5/4.
    table = variance_shares(made, np.array([[2.0 * c["a"] + c["b"]] for c in made])).set_index("choice")
    assert table["share"].to_dict() == pytest.approx({"a": 0.8, "b": 0.2, "together": 0})


def test_what_choices_do_only_together_is_told_apart():
    made = full(2, 2)
    table = variance_shares(made, np.array([[float(c["a"] != c["b"])] for c in made])).set_index("choice")
    assert table["share"].to_dict() == pytest.approx({"a": 0, "b": 0, "together": 1})


def test_resamples_take_what_is_left_within_specifications():
    made = full(2)
    # between: means 0 and 2, variance 1; within: ±1, variance 1; whole: 2.
    table = variance_shares(made, np.array([[-1.0, 1.0], [1.0, 3.0]])).set_index("choice")
    assert table["share"].to_dict() == pytest.approx({"a": 0.5, "together": 0, RESAMPLE: 0.5})


def test_nothing_moves_and_too_many_choices():
    assert (variance_shares(full(2, 2), np.ones((4, 3)))["share"] == 0).all()
    made = [{f"c{at}": int(row == at) for at in range(15)} for row in range(40)]
    with pytest.raises(ValueError, match="14 at most"):
        variance_shares(made, np.ones((40, 1)))


def test_an_unbalanced_sample_still_adds_up_to_one():
    random = np.random.default_rng(0)
    made = [
        {"a": int(random.integers(3)), "b": int(random.integers(2)), "c": int(random.integers(2))} for _ in range(60)
    ]
    outcome = np.array([[0.5 * c["a"] + c["b"] + random.normal(0, 0.2)] for c in made])
    table = variance_shares(made, outcome).set_index("choice")
    assert table["share"].sum() == pytest.approx(1)
    assert table.loc["c", "share"] < 0.02
    assert (table["by_chance"] < 0.05).all()
