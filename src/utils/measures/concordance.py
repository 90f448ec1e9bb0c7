"""The sentences behind a number: every occurrence of a term with its context (key word in context)."""

import pandas as pd

CONCORDANCE = ["sentence", "section", "source_line", "left", "keyword", "right"]


def concordance(tokens: pd.DataFrame, sentences: pd.DataFrame, term: str, *, width: int = 20) -> pd.DataFrame:
    """Every occurrence of a term as a token, with `width` characters of its sentence on either side.

    tokens, sentences: tables of one plan. Returns columns CONCORDANCE in the order of the text, no rows where the term
    is not a token; `source_line` is the line of the untouched file on which the sentence begins.
    """
    found = tokens[tokens["term"] == term].merge(
        sentences[["plan", "sentence", "section", "source_line", "text", "start"]],
        on=["plan", "sentence"],
        suffixes=("", "_of_sentence"),
    )
    at = found["start"] - found["start_of_sentence"]
    lefts = [text[max(begin - width, 0) : begin] for text, begin in zip(found["text"], at, strict=True)]
    after = at + len(term)
    rights = [text[end : end + width] for text, end in zip(found["text"], after, strict=True)]
    return found.assign(left=lefts, keyword=term, right=rights)[CONCORDANCE]
