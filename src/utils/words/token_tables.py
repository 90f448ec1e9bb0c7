"""The table of tokens: every word of every sentence in its place, with its tag and the hash of the dictionary."""

from typing import Any, Final

import numpy as np
import pandas as pd

from src.utils import tables
from src.utils.errors import TokensError
from src.utils.words import token_cache
from src.utils.words.segmenting import Segmenter

DICTIONARY_HASH: Final = "dictionary_hash"
"""The key of the dictionary's hash in the attrs of a table of tokens."""


def token_table(sentences: pd.DataFrame, segmenter: Segmenter) -> pd.DataFrame:
    """Cut every sentence into tokens, punctuation included: plan, sentence, position, term, tag, start, end.

    position counts from 0 in its sentence; start and end are offsets into the cleaned text, as the sentence's own. The
    table's attrs hold the dictionary's hash (see dictionary_hash_of). Sentences that were cut with this dictionary
    before, in this order, are not cut again (see token_cache).
    Raises ValueError where a sentence's text is not as long as its span: the offsets could not be true.
    """
    texts = sentences["text"].tolist()
    spans = (sentences["end"] - sentences["start"]).to_numpy()
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    if (spans != lengths).any():
        wrong = sentences["sentence"].iloc[int(np.flatnonzero(spans != lengths)[0])]
        raise ValueError(f"sentence {wrong}: its text is not as long as its span from start to end")
    cuts = token_cache.cut_all(texts, segmenter.cache_key, segmenter.cut, segmenter.tags)
    n_tokens = len(cuts.ids)
    widths = np.fromiter(map(len, cuts.vocabulary), dtype=np.int64, count=len(cuts.vocabulary))[cuts.ids]
    ends = np.cumsum(widths)  # in the sentences joined end to end
    shift = np.repeat(sentences["start"].to_numpy(dtype=np.int64) - (np.cumsum(lengths) - lengths), cuts.sizes)
    first = np.repeat(np.cumsum(cuts.sizes, dtype=np.int64) - cuts.sizes, cuts.sizes)
    columns: dict[str, Any] = {
        "plan": _repeated(sentences["plan"], np.repeat(np.arange(len(texts)), cuts.sizes)),
        "sentence": np.repeat(sentences["sentence"].to_numpy(dtype=np.int64), cuts.sizes),
        "position": np.arange(n_tokens, dtype=np.int64) - first,
        "term": _repeated(cuts.vocabulary, cuts.ids),
        "tag": _repeated(cuts.tags, cuts.ids),
        "start": ends - widths + shift,
        "end": ends + shift,
    }
    tokens = pd.DataFrame(columns, columns=tables.TOKENS)
    tokens.attrs[DICTIONARY_HASH] = segmenter.dictionary_hash
    return tokens


def _repeated(values: list[str] | pd.Series, at: np.ndarray[Any, Any]) -> Any:
    """The values at these places, in pandas' own type for text: different values are turned into it once."""
    return pd.Series(values, dtype=None if len(values) else object).array.take(at)


def dictionary_hash_of(*tokens: pd.DataFrame) -> str:
    """The hash of the dictionary that tables of tokens were cut with.

    Raises TokensError where a table does not tell (pandas drops it in merging and grouping, and in joining tables that
    differ in it), or where two tables differ.
    """
    found = [table.attrs.get(DICTIONARY_HASH) for table in tokens]
    if None in found or not found:
        raise TokensError(
            "tokens: the table does not say which dictionary cut it, or it was joined from tables cut with different "
            "ones; use the table that token_table returns, or cut all sentences with one segmenter."
        )
    if len(set(found)) > 1:
        raise TokensError("tokens: the tables were cut with different dictionaries; cut all with one segmenter.")
    return str(found[0])
