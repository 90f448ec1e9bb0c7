"""From plans and choices to counts, similarities and clusters: the same as the plain functions on the same choices."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import jensenshannon, squareform
from sklearn.metrics.pairwise import cosine_similarity

from src.utils.errors import PlanError
from src.utils.measures.checkpoints import canonical, digest
from src.utils.measures.frequency import count_terms
from src.utils.measures.plan_choices import CHOICES, CLUSTERS, SIMILARITIES, TERMS, plan_text
from src.utils.measures.results import table_of
from src.utils.measures.robustness import robustness
from src.utils.measures.tfidf import tfidf
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table


@pytest.fixture(scope="module")
def counties(profile):
    return plan_text(profile, "county")


@pytest.fixture(scope="module")
def tokens(profile):
    return token_table(profile.sentences, segmenter_for(profile.settings, plan=profile))


def held(profile, evidence, scheme="county"):
    return profile.units[(profile.units["scheme"] == scheme) & profile.units["evidence"].isin(evidence)]


def test_all_dictionary_layers_together_cut_as_the_plans_segmenter(profile, counties, tokens):
    cut = counties.cut({})
    assert cut.terms[cut.term].tolist() == tokens["term"].tolist()
    assert len(counties.cut({"dictionaries": ("counties",)}).term) > len(cut.term)


@pytest.mark.parametrize(
    ("choices", "layers", "evidence", "smooth"),
    [
        ({}, ("punctuation", "numbers", "general", "official", "single"), ("heading",), True),
        (
            {
                "stop_words": ("general",),
                "single_characters": True,
                "weighting": "tfidf_raw_raw",
                "evidence": ("heading", "mention"),
            },
            ("punctuation", "numbers", "general"),
            ("heading", "mention"),
            False,
        ),
    ],
)
def test_scores_are_those_of_the_plain_functions(profile, counties, tokens, choices, layers, evidence, smooth):
    counts = count_terms(content_tokens(tokens, layers), held(profile, evidence), size_tokens=tokens)
    plain = tfidf(counts, profile.settings.unit_names()["county"], smooth=smooth)
    ours = table_of(counties.term_scores(choices, [0]), "ranking")
    plain, ours = (table.set_index(["unit", "term"])["value"].sort_index() for table in (plain, ours))
    pd.testing.assert_series_equal(ours, plain, check_names=False, rtol=1e-9)


def test_min_df_pairs_and_places(counties):
    terms = {term for _, term in counties.term_scores({}, [0]).keys}
    pairs = {term for _, term in counties.term_scores({"ngrams": 2}, [0]).keys}
    assert terms < pairs
    assert all(" " in term for term in pairs - terms)
    common = counties.unit_terms({"min_df": 3})
    assert (np.bincount(common.layout.term) > 0).all()
    assert {term for _, term in counties.term_scores({"min_df": 3}, [0]).keys} < terms
    without = {term for _, term in counties.term_scores({"stop_words": ("general", "places")}, [0]).keys}
    assert "上饶" in terms - without


def test_own_names_are_left_out_of_pairs_too(counties, profile):
    own = profile.settings.unit_names()["county"]
    for unit, term in counties.term_scores({"ngrams": 2, "stop_words": ()}, [0]).keys:
        assert {*own[unit]}.isdisjoint(term.split(" "))


def test_discovered_terms_are_kept_whole_where_chosen(profile):
    text = plan_text(profile, discovered=["产业集群发展"])
    assert "discovered" in text.grid()
    assert "discovered" not in plan_text(profile, discovered=()).grid()
    found = plan_text(profile).discovered
    assert found
    assert found.keys().isdisjoint(text.cut({}).terms)
    assert "产业集群发展" not in text.cut({}).terms
    assert text.key != plan_text(profile).key


def test_resamples_draw_sentences_within_units_and_are_shared_by_specifications(counties):
    terms = counties.unit_terms({})
    draws = terms.counts(range(6), "county", seed=3)
    assert np.array_equal(draws, terms.counts(range(6), "county", seed=3))
    assert not np.array_equal(draws[1:], terms.counts(range(6), "county", seed=4)[1:])
    assert np.array_equal(draws[[0, 5]], terms.counts([0, 5], "county", seed=3))
    whole = np.concatenate([np.asarray(sentences.sum(axis=1)).ravel() for sentences in terms.sentences])
    assert np.array_equal(draws[0], whole)
    few, many = counties.term_scores({"min_df": 2}, [4]), counties.term_scores({"min_df": 1}, [4])
    assert {*few.keys} < {*many.keys}


def matrix_of(text, choices):
    table = table_of(text.term_scores(choices, [0]), "ranking")
    return table.pivot_table(index="unit", columns="term", values="value", fill_value=0.0)


def test_similarities_are_scikit_learns_and_scipys(counties):
    weights = matrix_of(counties, {})
    ours = counties.similarity_scores({}, [0])
    expected = pd.DataFrame(cosine_similarity(weights), index=weights.index, columns=weights.index)
    assert ours.numbers[0] == pytest.approx(np.array([expected.loc[key] for key in ours.keys]))
    counts = matrix_of(counties, {"weighting": "frequency"})
    ours = counties.similarity_scores({"similarity": "jensen-shannon"}, [0])
    expected = [1 - jensenshannon(counts.loc[one], counts.loc[other], base=2) for one, other in ours.keys]
    assert ours.numbers[0] == pytest.approx(np.array(expected))


def test_clusters_are_scipys(counties):
    pairs = counties.similarity_scores({}, [0])
    labels = counties.cluster_labels({"n_clusters": 3, "linkage": "complete"}, [0])
    units = [key[0] for key in labels.keys]
    square = pd.DataFrame(0.0, index=units, columns=units)
    for (one, other), value in zip(pairs.keys, pairs.numbers[0], strict=True):
        square.loc[one, other] = square.loc[other, one] = 1 - value
    expected = fcluster(linkage(squareform(square.to_numpy()), "complete"), 3, "maxclust")
    assert pd.crosstab(labels.numbers[0], expected).gt(0).sum(axis=1).tolist() == [1, 1, 1]


def test_every_option_of_the_grid_can_be_made(counties):
    for name in CLUSTERS:
        for option in CHOICES[name]:
            found = counties.cluster_labels({name: option}, [0, 1])
            assert np.isfinite(found.numbers).all(), (name, option)


def test_how_much_there_is_of_each_unit(shangrao, profile):
    sizes = plan_text(profile).sizes()
    assert len(sizes) == 12
    assert (sizes["status"] == "ok").all()
    scarce = plan_text(shangrao)
    assert {*scarce.sizes()["status"]} == {"no text"}
    mentioned = scarce.sizes({"evidence": ("heading", "mention")}).set_index("unit")
    assert "one sentence" in {*mentioned["status"]}
    with pytest.raises(Exception, match="the headline has 0 terms"):
        robustness(scarce.terms(), scarce.grid(n_resamples=2, evidence=(("heading",),)), cache=False)


def test_a_sentence_of_two_units_is_one_of_those_compared(profile, counties):
    for evidence in (("heading",), ("heading", "mention")):
        found = held(profile, evidence)
        assert counties.n_sentences({"evidence": evidence}) == found["sentence"].nunique()
    assert found["sentence"].duplicated().any()  # some sentences name two counties
    assert counties.n_sentences() == counties.n_sentences({"evidence": ("heading",)})
    assert plan_text(profile, "plan").n_sentences() == len(profile.sentences)


def test_the_whole_plan_and_one_unit_alone(shangrao, profile):
    text = plan_text(shangrao, "plan")
    grid = text.grid(TERMS, 3, weighting=("frequency",), dictionaries=CHOICES["dictionaries"][:1])
    assert "evidence" not in grid
    found = robustness(text.terms(), grid, cache=False, n_specifications=4)
    assert found.units["unit"].tolist() == ["shangrao"]
    alone = plan_text(profile, units=["信州区"])
    assert np.isfinite(alone.term_scores({"weighting": "log_odds"}, [0]).numbers).all()
    with pytest.raises(Exception, match="0 pairs of units with text"):
        robustness(alone.similarities(), alone.grid(SIMILARITIES, 1), cache=False)


def test_wrong_names_are_told(profile, counties, shangrao):
    with pytest.raises(ValueError, match="city: no such choice|scheme 'city'"):
        plan_text(profile, "city")
    with pytest.raises(ValueError, match="甲县 is no unit of the scheme county"):
        plan_text(profile, units=["甲县"])
    with pytest.raises(ValueError, match="colour: no such choice"):
        counties.grid(colour=(1,))
    with pytest.raises(ValueError, match="no layer 'names'"):
        counties.cut({"dictionaries": ("names",)})
    with pytest.raises(ValueError, match="ngrams: 3"):
        counties.counted({"ngrams": 3})
    with pytest.raises(ValueError, match="there is no 'euclid'"):
        counties.similarity_scores({"similarity": "euclid"}, [0])
    unit = shangrao.settings.county[0].name
    bare = replace(shangrao, units=shangrao.units[shangrao.units["unit"] == "nowhere"])
    with pytest.raises(PlanError, match="no sentence speaks of a county"):
        plan_text(bare, units=[unit])


def test_a_plan_re_made_gives_the_same_and_another_text_another_key(counties, profile):
    grid = counties.grid(TERMS, 2, dictionaries=CHOICES["dictionaries"][:1])
    one, other = (
        robustness(plan_text(profile).terms(), grid, cache=False, n_specifications=6, seed=2) for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.specifications, other.specifications, check_exact=True)
    pd.testing.assert_frame_equal(one.details, other.details, check_exact=True)
    changed = profile.sentences.assign(text=profile.sentences["text"].replace(profile.sentences["text"].iloc[0], "改"))
    assert plan_text(replace(profile, sentences=changed)).key != counties.key


def test_options_are_hashed_by_what_they_are():
    assert digest((1, "1")) != digest(("1", 1))
    assert digest(("a", "b")) != digest(("ab",))
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert canonical({"x": {3, 1}, "y": range(3), "z": np.int64(4)}) == {"x": [1, 3], "y": ["range", 0, 3, 1], "z": 4}
