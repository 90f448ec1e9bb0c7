"""Words that carry no content here, in layers that can be switched off one by one."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from stopwordsiso import stopwords

from src.utils.lexicons import load_lexicon
from src.utils.words.kinds import is_number
from src.utils.words.segmenting import is_punctuation

LAYERS: Final = ("punctuation", "numbers", "general", "official", "single", "places")
"""All layers, in the order in which they are asked: a term is laid to the first that removes it.

punctuation: no letter or digit. numbers: kinds.is_number (numerals, percentages, dates, ordinals,
units of measure). general:
stopwordsiso's Chinese list but for stop_keep.csv. official: stop_official.csv. single: one character, but for
single_characters.csv. places: the names the caller gives.
"""

DEFAULT_LAYERS: Final = LAYERS[:-1]
"""Every layer but places: in a plan, where something is done is content."""

N_EXAMPLES: Final = 8


@lru_cache(maxsize=1)
def _official() -> frozenset[str]:
    return frozenset(load_lexicon("stop_official")["term"])


@lru_cache(maxsize=1)
def _meaningful_characters() -> frozenset[str]:
    return frozenset(load_lexicon("single_characters")["term"])


@lru_cache(maxsize=1)
def _general() -> frozenset[str]:
    """Take the words out of the general list; its marks and numerals belong to layers of their own."""
    words = frozenset(word for word in stopwords("zh") if not is_punctuation(word) and not is_number(word))
    return words - frozenset(load_lexicon("stop_keep")["term"])


def _is_single(term: str) -> bool:
    return len(term) == 1 and term.isalnum() and term not in _meaningful_characters()


def _rules(layers: Collection[str], places: Collection[str]) -> dict[str, Callable[[str], bool]]:
    """Choose the layers asked for: layer -> whether it removes a term, in the order of LAYERS."""
    rules: dict[str, Callable[[str], bool]] = {
        "punctuation": is_punctuation,
        "numbers": is_number,
        "general": _general().__contains__,
        "official": _official().__contains__,
        "single": _is_single,
        "places": frozenset(places).__contains__,
    }
    return {layer: rules[layer] for layer in LAYERS if layer in layers}


def stop_layer(
    terms: Iterable[str], layers: Collection[str] = DEFAULT_LAYERS, places: Collection[str] = ()
) -> pd.Series:
    """Name the layer that removes each term, NaN for a term that stays: a Series of the length and index of terms.

    layers: names out of LAYERS; leave one out to switch it off. places: the names that the layer "places" removes.
    Raises ValueError for an unknown layer, and for "places" without names.
    """
    unknown = sorted(set(layers) - set(LAYERS))
    if unknown:
        raise ValueError(f"no such layer of stop words: {', '.join(unknown)}; there are {', '.join(LAYERS)}")
    if "places" in layers and not places:
        raise ValueError("the layer 'places' needs the names to remove: places=…")
    series = terms if isinstance(terms, pd.Series) else pd.Series(list(terms), dtype=object)
    rules = _rules(layers, places)
    layer = {term: next((name for name, removes in rules.items() if removes(term)), np.nan) for term in series.unique()}
    return pd.Series([layer[term] for term in series], index=series.index, name="layer", dtype=object)


def content_tokens(
    tokens: pd.DataFrame, layers: Collection[str] = DEFAULT_LAYERS, places: Collection[str] = ()
) -> pd.DataFrame:
    """Keep the tokens that no layer removes, columns, order and index as they are; arguments as in stop_layer."""
    return tokens[stop_layer(tokens["term"], layers, places).isna()]


def removed_by_layer(
    tokens: pd.DataFrame, layers: Collection[str] = DEFAULT_LAYERS, places: Collection[str] = ()
) -> pd.DataFrame:
    """Tell what each layer removed: a row for each of the layers, in the order of LAYERS.

    Columns: layer; n, tokens removed; n_terms, different terms among them; examples, the most frequent of those,
    separated by spaces (ties in code-point order). Arguments as in stop_layer.
    """
    layer_of = stop_layer(tokens["term"], layers, places)
    rows = []
    for layer in (name for name in LAYERS if name in layers):
        counts = tokens.loc[layer_of == layer, "term"].value_counts().rename_axis("term").reset_index(name="n")
        ranked = counts.sort_values(["n", "term"], ascending=[False, True])
        examples = " ".join(ranked["term"].head(N_EXAMPLES))
        rows.append((layer, int(ranked["n"].sum()), len(ranked), examples))
    return pd.DataFrame(rows, columns=["layer", "n", "n_terms", "examples"])
