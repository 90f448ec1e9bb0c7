"""Words that carry no content here, in layers that can be switched off one by one."""

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from stopwordsiso import stopwords

from src.utils.lexicons import load_lexicon
from src.utils.words.segmenting import is_punctuation

LAYERS: Final = ("punctuation", "numbers", "general", "official", "single", "places")
"""All layers, in the order in which they are asked: a term is laid to the first that removes it.

punctuation: no letter or digit. numbers: numerals, percentages, dates, ordinals and units of measure. general:
stopwordsiso's Chinese list but for stop_keep.csv. official: stop_official.csv. single: one character, but for
single_characters.csv. places: the names the caller gives.
"""

DEFAULT_LAYERS: Final = LAYERS[:-1]
"""Every layer but places: in a plan, where something is done is content."""

N_EXAMPLES: Final = 8

_HAN_DIGITS: Final = "〇零○一二两三四五六七八九十百千万亿"
_DIGITS: Final = "0-9０-９"
_NUMBER: Final = re.compile(
    rf"第?(?=[.．]?[{_DIGITS}{_HAN_DIGITS}])[{_DIGITS}{_HAN_DIGITS}.．,，]+[%％‰]?"  # 9.1%, 1,596.6, 第一, 二〇二一
    rf"(?:[-－–—~～至][{_DIGITS}.]+[%％]?)*"  # 2016-2019
    rf"[余多来几]?(?:年代|年度|年|月份|月|日|号|时|分|秒)?"  # 2021年
)


@lru_cache(maxsize=1)
def _units_of_measure() -> frozenset[str]:
    return frozenset(load_lexicon("units_of_measure")["term"])


@lru_cache(maxsize=1)
def _general() -> frozenset[str]:
    return frozenset(stopwords("zh")) - frozenset(load_lexicon("stop_keep")["term"])


@lru_cache(maxsize=1)
def _official() -> frozenset[str]:
    return frozenset(load_lexicon("stop_official")["term"])


@lru_cache(maxsize=1)
def _meaningful_characters() -> frozenset[str]:
    return frozenset(load_lexicon("single_characters")["term"])


@lru_cache(maxsize=1)
def _fixed_terms() -> frozenset[str]:
    return frozenset(load_lexicon("policy_terms")["term"])


def is_number(term: str) -> bool:
    """Tell whether a token is a numeral (Arabic or Chinese), a percentage, a date, an ordinal or a unit of measure.

    十四五 and other policy terms that look like numerals are not; nor is a word with a Latin letter, units apart.
    """
    if term in _fixed_terms():
        return False
    return term in _units_of_measure() or _NUMBER.fullmatch(term) is not None


def _is_single(term: str) -> bool:
    return len(term) == 1 and term not in _meaningful_characters()


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
    removed = tokens.assign(layer=stop_layer(tokens["term"], layers, places)).dropna(subset="layer")
    ranked = (
        removed.groupby(["layer", "term"], as_index=False)
        .size()
        .sort_values(["size", "term"], ascending=[False, True])
        .groupby("layer")
    )
    used = [layer for layer in LAYERS if layer in layers]
    table = pd.DataFrame(
        {
            "n": ranked["size"].sum(),
            "n_terms": ranked["size"].count(),
            "examples": ranked["term"].agg(lambda terms: " ".join(terms.head(N_EXAMPLES))),
        }
    ).reindex(used)
    return (
        table.assign(n=table["n"].fillna(0).astype("int64"), n_terms=table["n_terms"].fillna(0).astype("int64"))
        .fillna({"examples": ""})
        .rename_axis("layer")
        .reset_index()
    )
