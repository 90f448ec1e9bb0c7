"""Coherence of topics, worked out by hand on toys from the definitions of Röder, Both and Hinneburg (2015)."""

from math import log, sqrt

import numpy as np
import pytest

from src.utils.measures.coherence import EPSILON, c_npmi, c_v, npmi, window_probabilities


def test_windows_move_one_token_a_step():
    # 茶 铜 锂 茶 in windows of two: {茶 铜} {铜 锂} {锂 茶}; the second document is shorter: one window {茶}.
    found = window_probabilities([["茶", "铜", "锂", "茶"], ["茶"]], ["茶", "铜", "锂"], 2)
    assert found.n_windows == 4
    assert found.single == pytest.approx(np.array([3, 2, 2]) / 4)
    assert found.joint == pytest.approx(np.array([[3, 1, 1], [1, 2, 1], [1, 1, 2]]) / 4)


def test_a_window_counts_a_term_once_and_whole_documents_are_windows_too():
    found = window_probabilities([["茶", "茶", "铜"]], ["茶", "铜"], 3)
    assert (found.single.tolist(), found.n_windows) == ([1, 1], 1)
    whole = window_probabilities([["茶"] * 50 + ["铜"], ["锂"]], ["茶", "铜"], None)
    assert whole.joint == pytest.approx(np.full((2, 2), 0.5))


def test_windows_are_those_that_a_plain_loop_finds():
    random = np.random.default_rng(0)
    documents = [list(random.choice(list("茶铜锂水油"), size=length)) for length in (3, 12, 1, 25)]
    for size in (2, 5, 10):
        windows = [{*tokens[at : at + size]} for tokens in documents for at in range(max(len(tokens) - size + 1, 1))]
        joint = [[sum({a, b} <= window for window in windows) / len(windows) for a in "茶铜锂"] for b in "茶铜锂"]
        assert window_probabilities(documents, list("茶铜锂"), size).joint == pytest.approx(np.array(joint))


TOY = [
    ["茶", "铜"],
    ["茶", "铜"],
    ["锂"],
    ["水"],
]  # each document one window: P(茶) = P(铜) = P(茶, 铜) = 1/2, P(锂) = 1/4


def test_npmi_by_hand():
    values = npmi(window_probabilities(TOY, ["茶", "铜", "锂"], 10))
    assert values[0, 1] == pytest.approx(1)  # ln(½ / ¼) / -ln ½
    never = log(EPSILON / (1 / 8)) / -log(EPSILON)
    assert values[0, 2] == pytest.approx(never)
    assert -1 < never < -0.9
    assert np.diag(values) == pytest.approx(np.ones(3))


def test_c_npmi_by_hand():
    never = log(EPSILON / (1 / 8)) / -log(EPSILON)
    assert c_npmi(TOY, ["茶", "铜"]) == pytest.approx(1)
    assert c_npmi(TOY, ["茶", "铜", "锂"]) == pytest.approx((1 + 2 * never) / 3)


def test_c_v_by_hand():
    x = log(EPSILON / (1 / 8)) / -log(EPSILON)
    # v(茶) = v(铜) = (1, 1, x), v(锂) = (x, x, 1); v(W) = (2 + x, 2 + x, 2 x + 1)
    whole = sqrt(2 * (2 + x) ** 2 + (2 * x + 1) ** 2)
    first = (2 * (2 + x) + x * (2 * x + 1)) / (sqrt(2 + x**2) * whole)
    last = (2 * x * (2 + x) + 2 * x + 1) / (sqrt(2 * x**2 + 1) * whole)
    assert c_v(TOY, ["茶", "铜", "锂"]) == pytest.approx((2 * first + last) / 3)
    assert c_v(TOY, ["茶", "铜"]) == pytest.approx(1)


def test_independent_terms_have_no_npmi():
    documents = [["茶", "铜"], ["茶"], ["铜"], ["水"]]  # P = ½, ½, and ¼ together
    assert npmi(window_probabilities(documents, ["茶", "铜"], None))[0, 1] == pytest.approx(0, abs=1e-9)


def test_terms_in_every_window_or_in_none_have_a_value():
    assert npmi(window_probabilities([["茶", "铜"]], ["茶", "铜", "锂"], 10)).tolist() == [
        [0, 0, -1],
        [0, 0, -1],
        [-1] * 3,
    ]
    assert c_v([["茶", "铜"]], ["茶", "铜"]) == 0


def test_what_cannot_be_computed_is_said():
    with pytest.raises(ValueError, match="no tokens"):
        c_v([[]], ["茶", "铜"])
    with pytest.raises(ValueError, match="1 terms has no pair"):
        c_npmi(TOY, ["茶"])
    with pytest.raises(ValueError, match="window of 1"):
        c_v(TOY, ["茶", "铜"], 1)
    with pytest.raises(ValueError, match="twice"):
        c_v(TOY, ["茶", "茶"])
