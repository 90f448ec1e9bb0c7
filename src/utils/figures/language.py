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
from typing import Literal

from src.utils.errors import FigureError

Language = Literal["zh", "en", "both"]


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
