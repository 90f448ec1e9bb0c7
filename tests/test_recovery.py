"""Planted markers: what is planted is what is true; what measures find, how often they err, how often intervals hold."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from src.utils.measures.interval_coverage import (
    COVERAGE,
    rank_coverage,
    ratio_coverage,
    score_coverage,
    specialisation_coverage,
)
from src.utils.measures.planting import SentencePool, plant, sentence_pool
from src.utils.measures.recovery import (
    BEST_POSSIBLE,
    FALSE_POSITIVES,
    RECOVERY,
    amount_needed,
    false_positives,
    least_amount,
    recovery_rates,
)
from src.utils.measures.specialisation import attention
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table

ALL_RATES = (0.0, 10_000.0)


@pytest.fixture(scope="module")
def tokens(profile):
    return token_table(profile.sentences, segmenter_for(profile.settings))


@pytest.fixture(scope="module")
def pool(tokens):
    return sentence_pool(content_tokens(tokens), tokens)


def small_pool():
    """Thirty sentences of four words: term 0 in every second one, twice; term 1 in every third, once."""
    counts = np.zeros((30, 6), dtype=np.int64)
    counts[::2, 0] = 2
    counts[::3, 1] = 1
    counts[:, 2:] = np.random.default_rng(0).integers(0, 2, (30, 4))
    return SentencePool(csr_matrix(counts), counts.sum(axis=1) + 3, 10 * np.ones(30, dtype=np.int64))


# --- the generator


def test_a_pool_holds_the_sentences_of_the_corpus(tokens, pool):
    content = content_tokens(tokens)
    assert pool.counts.sum() == len(content)
    assert pool.counts.shape[0] == content["sentence"].nunique()
    with pytest.raises(ValueError, match="3 sentences with a counted term: too few"):
        sentence_pool(content[content["sentence"] < 3])


def test_markers_have_their_effect_and_nothing_else_has():
    pool = small_pool()
    planted = plant(
        pool, [20, 20, 40], effect=2.5, n_markers=1, marker_rates=ALL_RATES, n_simulations=3000, seed=1, fixed=True
    )
    counts = planted.unit_counts().toarray().reshape(3000, 3, 6)
    expected = planted.true_counts(0, np.arange(6))
    assert expected[0, planted.markers[0, 0, 0]] == pytest.approx(
        2.5 * 20 * pool.per_sentence[planted.markers[0, 0, 0]]
    )
    assert counts.mean(axis=0) == pytest.approx(expected, rel=0.03)
    assert counts.sum(axis=2).mean(axis=0) == pytest.approx(planted.true_sizes(0), rel=0.01)


def test_planted_occurrences_come_in_the_clusters_of_the_pool():
    """Term 0 comes twice in a sentence or not at all, so as a marker it always stands an even number of times."""
    planted = plant(small_pool(), [10] * 6, effect=3, n_markers=1, marker_rates=ALL_RATES, n_simulations=50, seed=2)
    counts = planted.unit_counts().toarray().reshape(50, 6, 6)
    assert (planted.markers == 0).any()
    assert (counts[:, :, 0] % 2 == 0).all()


def test_no_term_marks_two_units_as_long_as_there_are_enough():
    planted = plant(small_pool(), [5] * 3, n_markers=2, marker_rates=ALL_RATES, n_simulations=20)
    assert all(len(set(markers.ravel())) == 6 for markers in planted.markers)
    crowded = plant(small_pool(), [5] * 4, n_markers=2, marker_rates=ALL_RATES, n_simulations=20)
    assert all(len(set(unit)) == 2 for markers in crowded.markers for unit in markers)


def test_without_effect_nothing_is_added():
    planted = plant(small_pool(), [5, 5], effect=1, n_markers=1, marker_rates=ALL_RATES, n_simulations=4)
    assert planted.added.nnz == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"effect": 0.5}, "an effect of 0.5"),
        (
            {"marker_rates": (9000.0, 9999.0)},
            "0 terms have 9000 to 9999 occurrences per 10,000 words, fewer than the 5",
        ),
    ],
)
def test_what_cannot_be_planted_is_said(options, message):
    with pytest.raises(ValueError, match=message):
        plant(small_pool(), [5, 5], n_simulations=2, **options)


def test_the_texts_of_a_simulation_are_its_counts(pool):
    planted = plant(pool, [4, 6], n_simulations=3, seed=5)
    texts = planted.texts(2)
    dense = np.zeros((2, pool.counts.shape[1]))
    dense[:, texts.terms.astype(int)] = texts.unit_counts().toarray()
    assert (dense == planted.unit_counts().toarray()[4:6]).all()


# --- recovery


def test_recovery_grows_with_the_effect_and_nothing_beats_the_best_possible(pool):
    table = recovery_rates(
        pool, [10] * 12, effects=(1.0, 3.0, 20.0), measures=("ctfidf", "tfidf_raw_smooth"), n_simulations=60
    )
    assert list(table.columns) == RECOVERY
    recall = table.pivot_table(index="measure", columns="effect", values="recall")
    assert (recall[3.0] > recall[1.0]).all()
    assert (recall[20.0] > 0.9).all()
    assert (recall.loc[BEST_POSSIBLE] >= recall.max() - 0.02).all()
    assert ((table["recall_low"] <= table["recall"]) & (table["recall"] <= table["recall_high"])).all()


def test_the_threefold_effect_cannot_be_found_in_500_characters(pool):
    """What the documentation says: of markers three times as frequent, no rule finds more than about half."""
    table = recovery_rates(pool, [10] * 12, effects=(3.0,), n_simulations=60).set_index("measure")
    assert table["n_chars"].iloc[0] == pytest.approx(500, rel=0.05)
    assert table.loc[BEST_POSSIBLE, "recall_high"] < 0.5
    assert table["recall"].drop(BEST_POSSIBLE).max() < 0.3


def test_with_no_effect_markers_are_found_as_often_as_any_term():
    """Six terms that are alike, the first two shown: a third is found."""
    counts = np.random.default_rng(3).integers(0, 2, (200, 6))
    pool = SentencePool(csr_matrix(counts), counts.sum(axis=1), counts.sum(axis=1))
    table = recovery_rates(
        pool,
        [10] * 3,
        effects=(1.0,),
        measures=("likelihood_ratio",),
        n_markers=1,
        top=2,
        marker_rates=ALL_RATES,
        n_simulations=1500,
    )
    assert table.set_index("measure").loc["likelihood_ratio", "recall"] == pytest.approx(1 / 3, abs=0.03)


def test_the_same_seed_gives_the_same_bytes(pool):
    tables = [
        recovery_rates(pool, [8] * 4, effects=(3.0,), measures=("ctfidf",), n_simulations=5, seed=seed).to_csv()
        for seed in (7, 7, 8)
    ]
    assert tables[0] == tables[1] != tables[2]


def test_the_least_amount_is_where_all_larger_ones_reach_the_target():
    curve = [(10, 0.5), (20, 0.91), (40, 0.89), (80, 0.93), (160, 0.97)]
    table = pd.DataFrame(
        [
            (size, 10 * size, 30 * size, effect, "m", recall if effect == 3 else 0.2)
            for effect in (3, 2)
            for size, recall in curve
        ],
        columns=["n_sentences", "n_words", "n_chars", "effect", "measure", "recall"],
    )
    least = least_amount(table, 0.9).set_index("effect")
    assert least.loc[3, ["n_sentences", "n_words", "n_chars", "says"]].tolist() == [80, 800, 2400, "0.93 at 800 words"]
    assert np.isnan(least.loc[2, "n_words"])
    assert least.loc[2, "says"] == "not reached: 0.20 at 1,600 words"


def test_more_text_finds_more(pool):
    table = amount_needed(pool, n_units=4, sizes=(5, 40), effects=(5.0,), measures=("ctfidf",), n_simulations=15)
    recall = table[table["measure"] == "ctfidf"].set_index("n_sentences")["recall"]
    assert recall[40] > recall[5] + 0.2


# --- errors


def test_noise_is_taken_for_a_mark_as_often_as_stated(pool):
    """80 simulations of 12 units: the standard error of the rate is about 0.7 %."""
    table = false_positives(pool, [10] * 12, n_simulations=80, n_permutations=99).set_index("test")
    assert list(table.reset_index().columns) == FALSE_POSITIVES
    assert table.loc["unit", "rate"] == pytest.approx(0.05, abs=0.02)
    assert table.loc["term", "rate"] <= 0.06


def test_intervals_of_the_ratio_hold_what_they_say(pool):
    table = ratio_coverage(pool, [10] * 12, n_simulations=40, n_resamples=100).set_index(["interval", "terms"])
    assert list(table.reset_index()[COVERAGE].columns) == COVERAGE
    assert 0.93 <= table.loc[("beta", "planted"), "coverage"] <= 0.985
    assert table.loc[("beta", "shown_adjusted"), "coverage"] >= 0.95
    assert table.loc[("beta", "shown"), "coverage"] < 0.6  # picked because they are high
    assert table.loc[("percentile", "planted"), "coverage"] < 0.92
    assert (table["coverage"] + table["below"] + table["above"]).tolist() == pytest.approx([1] * len(table))


def test_intervals_of_scores_hold_what_they_say(pool):
    table = score_coverage(pool, [10] * 12, measures=("tfidf_raw_smooth", "bm25"), n_simulations=50, n_resamples=60)
    coverage = table.set_index(["quantity", "interval"])["coverage"]
    assert 0.93 <= coverage["tfidf_raw_smooth", "count"] <= 0.985
    assert coverage["tfidf_raw_smooth", "percentile"] < 0.9
    assert coverage["bm25", "percentile"] < 0.9
    assert ("bm25", "count") not in coverage.index


def test_rank_intervals_hold_for_what_is_shown_and_miss_markers_that_stand_too_seldom(pool):
    table = rank_coverage(pool, [10] * 12, n_simulations=12, n_for_truth=200, n_resamples=150).set_index("terms")
    assert table.loc["shown", "coverage"] > 0.93
    assert table.loc["standing", "coverage"] > 0.9
    assert table.loc["planted", "above"] > 0.3  # the interval lies at larger numbers, worse ranks, than the true one
    assert table.loc["planted", "below"] < 0.02


def test_intervals_of_specialisation_hold_what_they_say(profile, tokens):
    names = profile.settings.unit_names()
    found = attention(
        tokens, profile.units, list(names["county"]), list(names["industry"]), county_evidence=("heading",)
    )
    table = specialisation_coverage(found, n_simulations=20, n_resamples=200).set_index(
        ["quantity", "interval", "terms"]
    )
    assert table.loc[("location_quotient", "reported", "truth above 0"), "coverage"] == pytest.approx(0.96, abs=0.025)
    for quantity in ("krugman", "herfindahl"):
        assert table.loc[(quantity, "reported", "county"), "coverage"] > 0.9
        assert table.loc[(quantity, "percentile", "county"), "coverage"] < 0.75


@pytest.mark.slow(seconds=10)
def test_the_numbers_that_the_documentation_states(pool):
    """All of them, with the simulations that are stated, by benchmarks/marker_recovery.py; here with fewer."""
    fewer = {"n_simulations": 200}
    shown = ("ctfidf",)
    rates = recovery_rates(pool, [10] * 12, effects=(3.0,), measures=shown, **fewer).set_index("measure")["recall"]
    assert rates[BEST_POSSIBLE] == pytest.approx(0.41, abs=0.03)
    assert rates["ctfidf"] == pytest.approx(0.22, abs=0.03)
    found = false_positives(pool, [10] * 12, **fewer).set_index("test")
    assert 0.04 <= found.loc["unit", "rate"] <= 0.06
    for effect in (1.0, 3.0):
        table = ratio_coverage(pool, [10] * 12, effect=effect, **fewer).set_index(["interval", "terms"])["coverage"]
        assert 0.93 <= table["beta", "planted"] <= 0.975
        assert table["beta", "shown_adjusted"] >= 0.95
    scores = score_coverage(pool, [10] * 12, **fewer)
    assert scores["coverage"].between(0.93, 0.97).all()
