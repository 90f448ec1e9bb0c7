"""Topics: planted ones are found, labels and shares add up, short texts are advised against."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfTransformer

from src.utils.errors import GuihuaError
from src.utils.measures import topics
from src.utils.measures.coherence import c_npmi, c_v
from src.utils.measures.topics import (
    MIN_RECOVERY,
    compare_numbers,
    fit_is_advisable,
    fit_topics,
    match_topics,
    overlap_of_topics,
    planted,
    prevalence,
    recovery_by_size,
    seed_stability,
    texts_of,
    topic_stability,
)
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table

THEMES = ["茶叶 茶园 采茶 产业", "铜矿 冶炼 铜箔 产业", "光伏 组件 硅片 产业"]


def tokens_of(sentences, plan="p"):
    rows = [(plan, at, term) for at, sentence in enumerate(sentences) for term in sentence.split()]
    return pd.DataFrame(rows, columns=["plan", "sentence", "term"])


@pytest.fixture(scope="module")
def toy():
    """Thirty sentences, ten of each theme, three of a theme's four terms in each."""
    random = np.random.default_rng(0)
    return texts_of(tokens_of(" ".join(random.permutation(THEMES[at % 3].split())[:3]) for at in range(30)))


@pytest.mark.parametrize(("method", "seed"), [("nmf", None), ("lda", 1)])  # seed 0 of LDA mixes two words up
def test_plain_themes_are_found_named_and_shared_out(toy, method, seed):
    topics = fit_topics(toy, 3, method, seed=seed)
    assert topics.converged
    leading = topics.top_terms(3).groupby("topic")["term"].agg(set)
    of = [[theme for theme in THEMES if held - {"产业"} <= {*theme.split()}] for held in leading]
    assert sorted(of) == sorted([theme] for theme in THEMES)
    assert topics.weights.sum(axis=1) == pytest.approx(np.ones(3))
    assert topics.shares.sum(axis=1) == pytest.approx(np.ones(30))
    theme = np.arange(30) % 3
    assert len({(topic, of) for topic, of in zip(topics.shares.argmax(axis=1), theme, strict=True)}) == 3
    assert all(label.count("、") == 2 for label in topics.labels())


def test_nmf_is_scikit_learns(toy):
    weighted = TfidfTransformer().fit_transform(toy.counts)
    plain = NMF(3, init="nndsvda", random_state=0, max_iter=600, tol=1e-4).fit(weighted).components_
    plain /= plain.sum(axis=1, keepdims=True)
    ours = fit_topics(toy, 3).weights
    assert ours == pytest.approx(plain[match_topics(ours, plain)])


def test_the_same_on_every_run_and_the_seed_moves_only_the_start(toy):
    assert np.array_equal(fit_topics(toy, 3).weights, fit_topics(toy, 3).weights)
    assert np.array_equal(fit_topics(toy, 3, "lda", seed=2).weights, fit_topics(toy, 3, "lda", seed=2).weights)
    assert (seed_stability(fit_topics(toy, 3), 2, top=3) == 1).all()
    assert (seed_stability(fit_topics(toy, 3), 2, seed=20210801, top=3) == 1).all()  # a date as the seed


def test_typical_sentences_are_of_their_topic_and_long(toy):
    rows = fit_topics(toy, 3).typical_sentences(2)
    assert rows.groupby("topic")["sentence"].agg(lambda held: len({at % 3 for at in held})).tolist() == [1, 1, 1]
    assert (rows["share"] > 0.5).all()


def test_matching_is_the_best_of_all_pairings():
    first = np.array([[1.0, 0, 0], [0, 1, 0]])
    second = np.array([[0.0, 0, 1], [0.1, 0.9, 0], [1, 0, 0]])
    assert match_topics(first, second).tolist() == [2, 1]
    assert overlap_of_topics(first, second, top=1).tolist() == [1, 1]
    assert overlap_of_topics(first, second[:2], top=1).tolist() == [0, 1]


def test_stability_over_resamples(toy):
    stable = topic_stability(fit_topics(toy, 3), 4, top=3)
    assert stable.shape == (4, 3)
    assert stable.mean() > 0.8
    random = np.random.default_rng(1)
    noise = texts_of(tokens_of(" ".join(random.choice(list("甲乙丙丁戊己庚辛壬癸子丑寅卯"), 3)) for _ in range(40)))
    assert topic_stability(fit_topics(noise, 4), 4, top=3).mean() < stable.mean()


def test_numbers_of_topics_are_compared_by_coherence_and_stability(toy):
    table = compare_numbers(toy, (2, 3, 5, 99), n_resamples=3, n_seeds=2).set_index("n_topics")
    assert table["chosen"].sum() == 1
    assert table.loc[99, "status"] == "too few sentences or terms"
    assert np.isfinite(table.loc[[2, 3, 5], "c_v"]).all()
    topics = fit_topics(toy, 3)
    leading = [held.tolist() for _, held in topics.top_terms().groupby("topic")["term"]]
    assert table.loc[3, "c_v"] == pytest.approx(np.mean([c_v(toy.tokens, held) for held in leading]))
    assert table.loc[3, "npmi"] == pytest.approx(np.mean([c_npmi(toy.tokens, held) for held in leading]))
    with pytest.raises(GuihuaError, match="no number of topics fits"):
        compare_numbers(toy, (98, 99))


def test_prevalence_of_units_with_intervals_and_what_cannot_have_one(toy):
    topics = fit_topics(toy, 3)
    of_first = [at for at in range(30) if at % 3 == 0]
    groups = pd.DataFrame(
        [("p", at, "甲县") for at in of_first]
        + [("p", at, "乙县") for at in range(30)]
        + [("p", 0, "丙县"), ("q", 0, "丁县"), ("p", 0, "甲县")],
        columns=["plan", "sentence", "unit"],
    )
    table = prevalence(topics, groups, n_resamples=200)
    by_unit = table.groupby("unit", sort=False)
    assert by_unit["value"].sum().tolist() == [pytest.approx(1)] * 3 + [0]
    assert by_unit["status"].first().to_dict() == {
        "甲县": "ok",
        "乙县": "ok",
        "丙县": "one sentence",
        "丁县": "no text",
    }
    assert by_unit["n"].first().to_dict() == {"甲县": 10, "乙县": 30, "丙县": 1, "丁县": 0}
    most = table[table["unit"] == "甲县"].nlargest(1, "value").iloc[0]
    assert most["value"] > 0.8
    assert most["low"] <= most["value"] <= most["high"]
    whole = table[table["unit"] == "乙县"]
    assert (whole["high"] - whole["low"] > 0.1).all()  # a third of thirty sentences: ±2 √(1/3 · 2/3 / 30) = ±0.17
    pd.testing.assert_frame_equal(table, prevalence(topics, groups, n_resamples=200))


def test_planted_texts_are_what_they_say():
    background = 1 / np.arange(1, 201)
    counts, weights = planted([8] * 400, background, 4, np.random.default_rng(0), strength=0.5)
    assert counts.shape == (400, 200)
    assert (counts.sum(axis=1) == 8).all()
    assert weights.sum(axis=1) == pytest.approx(np.ones(4))
    assert ((weights > 0).sum(axis=0) <= 1).all()
    with pytest.raises(ValueError, match="need more terms"):
        planted([8], background, 10, np.random.default_rng(0))


def planted_texts(n_sentences, strength=0.35):
    counts, _ = planted([10] * n_sentences, np.ones(400), 3, np.random.default_rng(3), strength=strength)
    sentences = []
    for row in counts.toarray().astype(int):
        sentences.append(" ".join(f"词{at}" for at in np.flatnonzero(row) for _ in range(row[at])))
    return texts_of(tokens_of(sentences))


def test_recovery_grows_with_the_text():
    table = recovery_by_size(planted_texts(60, strength=0.2), 3, times=(0.25, 1, 8), n_runs=4)
    assert table["recovery"].is_monotonic_increasing
    assert not table["enough"].iloc[0]
    assert table["enough"].iloc[-1]
    assert (table["low"] <= table["recovery"]).all()


def test_a_long_text_with_topics_is_advised_for_and_one_without_against():
    options = {"times": (1,), "n_runs": 2, "n_resamples": 3}
    advice = fit_is_advisable(planted_texts(700), 3, **options)
    assert advice.advisable
    assert advice.en.startswith("Fit topics: 3 topics planted")
    assert advice.zh.startswith("可以拟合主题")
    numbers = advice.for_figure()["rests_on"].iloc[0]
    assert f"({numbers['n_sentences']:,.0f} sentences, {numbers['n_terms']:,.0f} words)" in advice.en
    assert f"to {numbers['recovery']:.2f} of" in advice.en and f"({numbers['recovery_asked']} is asked)" in advice.en
    assert (
        f"to {numbers['stability']:.2f} when" in advice.en and f"({numbers['stability_asked']} is asked)" in advice.en
    )
    without = fit_is_advisable(planted_texts(700, strength=0.0), 3, **options)
    assert not without.advisable
    assert without.recovery >= MIN_RECOVERY  # there is text enough, but its own topics do not come back


def test_the_digest_is_too_short_for_topics(profile):
    tokens = content_tokens(token_table(profile.sentences, segmenter_for(profile.settings)))
    advice = fit_is_advisable(texts_of(tokens), 5, times=(1, 4), n_runs=3, n_resamples=3)
    assert not advice.advisable
    assert advice.en.startswith("Do not fit topics")
    assert advice.zh.startswith("不宜拟合主题")
    assert advice.n_sentences < 250
    ways = {
        (1,): ("for the first the text is too short", "就前一项而言文本太短"),
        (1, 1.05): ("even 1.05 times as many words would not do for the first", "就前一项而言，即使增至 1.05 倍仍不足"),
    }
    for times, (en, zh) in ways.items():
        advice = fit_is_advisable(texts_of(tokens), 8, times=times, n_runs=2, n_resamples=2)
        assert advice.en.endswith(f"; {en}.") and advice.zh.endswith(f"；{zh}。")


def test_what_a_longer_text_would_do_is_said_of_its_size_alone():
    """Stability is not simulated for other sizes: the advice must not promise it."""
    advice = fit_is_advisable(planted_texts(60, strength=0.2), 3, times=(1, 8), n_runs=4, n_resamples=3)
    assert not advice.advisable and advice.needed > advice.n_terms
    assert advice.en.endswith(
        f"; about {advice.needed:,} words would do for the first; whether topics are stable then is not known."
    )
    assert advice.zh.endswith(f"；仅就前一项而言，约需 {advice.needed:,} 个词，届时主题是否稳定尚不可知。")


def test_nothing_to_fit_is_said(toy):
    with pytest.raises(GuihuaError, match="too little text for topics"):
        texts_of(tokens_of(["茶 铜", "锂 水"]))
    with pytest.raises(ValueError, match="1 topics of 30 sentences"):
        fit_topics(toy, 1)
    with pytest.raises(ValueError, match="there are nmf and lda"):
        fit_topics(toy, 3, "lsa")
    assert isinstance(toy.take([0, 0]), csr_matrix)


def test_a_recovery_of_just_what_is_asked_is_enough_however_its_mean_is_rounded(monkeypatch):
    found = iter([0.6, 0.8, 1.0])
    assert np.mean([0.6, 0.8, 1.0]) < 0.8  # by rounding alone
    monkeypatch.setattr(topics, "_recovered", lambda *_: next(found))
    table = recovery_by_size(planted_texts(30, strength=0.2), 3, times=(1,), n_runs=3)
    assert table[["recovery", "enough"]].to_numpy().tolist() == [[0.8, True]]
