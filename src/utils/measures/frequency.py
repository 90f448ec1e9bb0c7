"""How often a term stands in a plan and in its parts."""

import pandas as pd

from src.utils import tables
from src.utils.words.segmenting import is_punctuation

_SENTENCE = ["plan", "sentence"]
_UNIT = ["scheme", "unit"]


def whole_plan(tokens: pd.DataFrame) -> pd.DataFrame:
    """Group each sentence under its plan: the grouping with scheme "plan" and the plan's id as unit.

    Columns plan, sentence, scheme, unit.
    """
    sentences = tokens[_SENTENCE].drop_duplicates()
    return sentences.assign(scheme="plan", unit=sentences["plan"])


def _grouping(tokens: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Pair sentences and their units, each pair once: a sentence may speak of a county by heading and by mention."""
    if groups is None:
        return whole_plan(tokens)
    return groups[[*_SENTENCE, *_UNIT]].drop_duplicates(ignore_index=True)


def word_totals(tokens: pd.DataFrame, groups: pd.DataFrame | None = None) -> pd.DataFrame:
    """Measure every unit: columns scheme, unit, n_words, n_sentences; units in the order they first stand in groups.

    n_words counts all words, stop words and numbers among them, punctuation not. n_sentences counts the sentences of
    the unit that have a token. A sentence that belongs to several units counts in each. groups: a table with plan,
    sentence, scheme, unit (the units table); None for the whole plan.
    """
    grouping = _grouping(tokens, groups)
    sizes = (
        tokens.assign(n_words=~_is_punctuation(tokens["term"]))
        .groupby(_SENTENCE, as_index=False, sort=False)["n_words"]
        .sum()
    )
    in_units = grouping.merge(sizes, on=_SENTENCE, how="left")
    return (
        in_units.assign(n_sentences=in_units["n_words"].notna(), n_words=in_units["n_words"].fillna(0))
        .groupby(_UNIT, as_index=False, sort=False)[["n_words", "n_sentences"]]
        .sum()
        .astype({"n_words": "int64", "n_sentences": "int64"})
    )


def count_terms(
    tokens: pd.DataFrame, groups: pd.DataFrame | None = None, size_tokens: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Count every term in every unit: columns scheme, unit, term, n, per_10k, n_sentences.

    tokens: what is counted, commonly without stop words; punctuation among them is not counted. groups: the units
    table, in which a sentence may belong to several units (it counts in each) and counts once in a unit however many
    kinds of evidence there are; None for the whole plan. size_tokens: the tokens that make up the unit's size, commonly
    all of them; the tokens themselves where not given.

    n: occurrences. per_10k: n per 10,000 words of the unit in size_tokens, where all words count, stop words and
    numbers too, and punctuation does not. n_sentences: sentences of the unit with the term. Rows come by unit in the
    order of groups, then falling n, ties in code-point order. Raises ValueError where a unit has terms in tokens but no
    words in size_tokens.
    """
    words = tokens.loc[~_is_punctuation(tokens["term"]), [*_SENTENCE, "term"]]
    totals = word_totals(tokens if size_tokens is None else size_tokens, groups)
    in_sentences = words.groupby([*_SENTENCE, "term"], as_index=False, sort=False).size()
    counts = (
        _grouping(tokens, groups)
        .merge(in_sentences, on=_SENTENCE)
        .groupby([*_UNIT, "term"], as_index=False, sort=False)
        .agg(n=("size", "sum"), n_sentences=("size", "count"))
        .merge(totals[[*_UNIT, "n_words"]].assign(place=range(len(totals))), on=_UNIT, how="left")
    )
    empty = counts.loc[~(counts["n_words"] > 0), "unit"].unique()
    if len(empty):
        raise ValueError(f"no words in size_tokens for {', '.join(map(str, empty))}: give the tokens of the same plan")
    return (
        counts.assign(per_10k=counts["n"] / counts["n_words"] * 10_000)
        .sort_values(["place", "n", "term"], ascending=[True, False, True], ignore_index=True)
        .astype({"n": "int64", "n_sentences": "int64"})[tables.COUNTS]
    )


def _is_punctuation(terms: pd.Series) -> pd.Series:
    """Mark the tokens that hold neither letter nor digit; each different one is asked once."""
    marks = {term for term in terms.unique() if is_punctuation(term)}
    return terms.isin(marks)
