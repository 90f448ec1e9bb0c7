"""How often a term, or several in a row, stand in a plan and in its parts."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.utils import tables
from src.utils.measures.sentence_terms import SENTENCE, UNIT, punctuation_mask
from src.utils.words.stopwords import stop_layer

END_LAYERS: Final = ("numbers", "general", "official", "single")
"""Layers of stop words that no n-gram begins or ends with: 发展 的 重点 is one, 的 重点 is none."""


def whole_plan(tokens: pd.DataFrame) -> pd.DataFrame:
    """Group each sentence under its plan: the grouping with scheme "plan" and the plan's id as unit.

    Columns plan, sentence, scheme, unit.
    """
    sentences = tokens[SENTENCE].drop_duplicates()
    return sentences.assign(scheme="plan", unit=sentences["plan"])


def _grouping(tokens: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Pair sentences and their units, each pair once: a sentence may speak of a county by heading and by mention."""
    if groups is None:
        return whole_plan(tokens)
    return groups[[*SENTENCE, *UNIT]].drop_duplicates(ignore_index=True)


def word_totals(tokens: pd.DataFrame, groups: pd.DataFrame | None = None) -> pd.DataFrame:
    """Measure every unit: columns scheme, unit, n_words, n_sentences; units in the order they first stand in groups.

    n_words counts all words, stop words and numbers among them, punctuation not. n_sentences counts the sentences of
    the unit that have a token. A sentence that belongs to several units counts in each. groups: a table with plan,
    sentence, scheme, unit (the units table); None for the whole plan.
    """
    grouping = _grouping(tokens, groups)
    sizes = (
        tokens.assign(n_words=~punctuation_mask(tokens["term"]))
        .groupby(SENTENCE, as_index=False, sort=False)["n_words"]
        .sum()
    )
    in_units = grouping.merge(sizes, on=SENTENCE, how="left")
    return (
        in_units.assign(n_sentences=in_units["n_words"].notna(), n_words=in_units["n_words"].fillna(0))
        .groupby(UNIT, as_index=False, sort=False)[["n_words", "n_sentences"]]
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
    words = tokens.loc[~punctuation_mask(tokens["term"]), [*SENTENCE, "term"]]
    totals = word_totals(tokens if size_tokens is None else size_tokens, groups)
    in_sentences = words.groupby([*SENTENCE, "term"], as_index=False, sort=False).size()
    counts = (
        _grouping(tokens, groups)
        .merge(in_sentences, on=SENTENCE)
        .groupby([*UNIT, "term"], as_index=False, sort=False)
        .agg(n=("size", "sum"), n_sentences=("size", "count"))
        .merge(totals[[*UNIT, "n_words"]].assign(place=range(len(totals))), on=UNIT, how="left")
    )
    empty = counts.loc[~(counts["n_words"] > 0), "unit"].unique()
    if len(empty):
        raise ValueError(f"no words in size_tokens for {', '.join(map(str, empty))}: give the tokens of the same plan")
    return (
        counts.assign(per_10k=counts["n"] / counts["n_words"] * 10_000)
        .sort_values(["place", "n", "term"], ascending=[True, False, True], ignore_index=True)
        .astype({"n": "int64", "n_sentences": "int64"})[tables.COUNTS]
    )


def document_frequency(counts: pd.DataFrame) -> pd.DataFrame:
    """Count the units each term stands in: columns scheme, term, n_units, n_all, share; n_all is the number of units.

    counts: rows of count_terms with n > 0; every unit must have a row to be counted. share = n_units / n_all.
    Rows by scheme, falling n_units, ties in code-point order of the term.
    """
    present = counts[counts["n"] > 0]
    n_all = present.groupby("scheme")["unit"].nunique()
    table = present.groupby(["scheme", "term"], as_index=False).agg(n_units=("unit", "nunique"))
    table = table.assign(n_all=table["scheme"].map(n_all), share=table["n_units"] / table["scheme"].map(n_all))
    return table.sort_values(["scheme", "n_units", "term"], ascending=[True, False, True], ignore_index=True)


def ngrams(
    tokens: pd.DataFrame, n: int, *, end_layers: Collection[str] = END_LAYERS, separator: str = ""
) -> pd.DataFrame:
    """Make every run of n words that follow each other in a sentence a token: a table shaped like tokens.

    All that counts tokens counts these; give the tokens themselves as size_tokens. A run stands within one sentence and
    never reaches over punctuation, a space, or a token that is not in the table (positions must follow each other).
    end_layers: layers of stop words (stopwords.LAYERS but for punctuation) that neither the first nor the last word of
    a run may belong to; words of any layer may stand inside. With () every run is taken.

    tokens: columns plan, sentence, position, term, further ones of tables.TOKENS where known. term becomes the words
    joined by the separator (without one it is the text from start to end, so that two cuts of the same string count
    as one), tag their tags joined by +, position that of the first word. Rows in the order of the tokens, attrs kept.
    Raises ValueError for n below 1.
    """
    if n < 1:
        raise ValueError(f"n-grams of {n} words: give 1 or more")
    ordered = tokens.assign(_sentence=tokens.groupby(SENTENCE, sort=False).ngroup())
    words = ordered.sort_values(["_sentence", "position"], kind="stable", ignore_index=True)
    first = np.arange(max(len(words) - n + 1, 0))
    marks = punctuation_mask(words["term"]).to_numpy(dtype=bool)
    sentence = words["_sentence"].to_numpy()
    position = words["position"].to_numpy()
    good = sentence[first] == sentence[first + n - 1]
    good &= position[first + n - 1] - position[first] == n - 1
    for step in range(n):
        good &= ~marks[first + step]
    if end_layers:
        stopped = stop_layer(words["term"], end_layers).notna().to_numpy()
        good &= ~stopped[first] & ~stopped[first + n - 1]
    first = first[good]
    columns = {"term": _joined(words["term"], first, n, separator)}
    if "tag" in words:
        columns["tag"] = _joined(words["tag"], first, n, "+")
    if "end" in words:
        columns["end"] = words["end"].to_numpy()[first + n - 1]
    runs: pd.DataFrame = words.iloc[first].reset_index(drop=True).assign(**columns)[list(tokens.columns)]
    runs.attrs = dict(tokens.attrs)
    return runs


def _joined(words: pd.Series, first: NDArray[np.int64], n: int, separator: str) -> list[str]:
    values = words.tolist()
    return [separator.join(values[at : at + n]) for at in first.tolist()]
