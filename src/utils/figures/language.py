"""Chinese, English or both on a figure, by one switch.

Three forms of a term, and why:

- "zh": the term as the plan has it.
- "en": its English name alone, because at one column (85 mm) a label with both scripts leaves the bars less than half
  the width. Where two terms on the figure share an English name (产业, 工业: industry) each carries its Chinese term in
  brackets, and a term without an English name stays Chinese: nothing is dropped, nothing is ambiguous, and the CSV
  beside the figure has every pair.
- "both": the Chinese term, then the English name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import pandas as pd

from src.utils.errors import FigureError

Language = Literal["zh", "en", "both"]

HAN: Final = "[\u3400-\u9fff]"
LABELLED: Final = (
    ("term", "label"),
    ("name", "label"),
    ("title", "label"),
    ("unit", "unit_label"),
    ("row", "row_label"),
    ("column", "column_label"),
)
"""Columns of names and of the labels printed for them, in the tables that charts return."""


def text(*, zh: str, en: str, language: Language, sep: str = " ") -> str:
    """The label in the language asked for; both are joined by sep."""
    match language:
        case "zh":
            return zh
        case "en":
            return en
        case "both":
            return f"{zh}{sep}{en}"
        case _:
            raise FigureError(f"language {language!r}: there are zh, en and both")


def gloss(term: str, names: Mapping[str, str], language: Language, *, sep: str = " ") -> str:
    """One term as a label; names maps Chinese terms to English ones. Chinese alone where there is no English name."""
    english = names.get(term, "")
    return text(zh=term, en=english, language=language, sep=sep) if english else term


def glosses(terms: Iterable[str], names: Mapping[str, str], language: Language, *, sep: str = " ") -> dict[str, str]:
    """Labels for the terms of one figure, in order, all different: shared English names carry the term in brackets."""
    unique = list(dict.fromkeys(terms))
    labels = {term: gloss(term, names, language, sep=sep) for term in unique}
    uses = Counter(labels.values())
    return {term: label if uses[label] == 1 else f"{label} ({term})" for term, label in labels.items()}


def untranslated(terms: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """The terms that have no English name, sorted: what an English figure leaves in Chinese."""
    return sorted({term for term in terms if not names.get(term)})


def left_in_chinese(drawn: pd.DataFrame, language: Language) -> list[str]:
    """The terms and units that a figure in English or both shows by their Chinese name alone, sorted.

    drawn: the table that a chart returns; LABELLED says which columns are names and which the labels printed for them.
    What the chart found no room for is left out, and so are, in both languages, names that the figure gives in Chinese
    throughout, as word clouds do by choice.
    """
    if language == "zh":
        return []
    shown = drawn
    for kept in ("labelled", "placed"):
        shown = shown[shown[kept].astype(bool)] if kept in shown else shown
    found: set[str] = set()
    for name, label in LABELLED:
        if name in shown and label in shown:
            pairs = shown.loc[shown[name].notna() & shown[label].notna(), [name, label]].astype(str)
            pairs = pairs[pairs[name].str.contains(HAN)]
            alone = pairs[label].str.contains(HAN) & (
                (pairs[name] == pairs[label]) | ~pairs[label].str.contains("[A-Za-z]")
            )
            if language == "en" or not alone.all():
                found |= set(pairs.loc[alone, name])
    return sorted(found)
