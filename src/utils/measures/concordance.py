"""The sentences behind a number: every occurrence of a term with its context (key word in context)."""

from collections.abc import Callable, Collection
from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from src.utils.measures.sentence_terms import SENTENCE

CONCORDANCE: Final = [
    "plan",
    "sentence",
    "section",
    "heading",
    "page",
    "source_line",
    "left",
    "keyword",
    "right",
]

SORTS: Final = ("text", "left", "right")
COLLATIONS: Final = ("code point", "pinyin")
_HEADING_JOINT: Final = " "


def concordance(
    tokens: pd.DataFrame,
    sentences: pd.DataFrame,
    terms: str | Collection[str],
    *,
    width: int = 20,
    by: str = "token",
    sections: pd.DataFrame | None = None,
    sort: str = "text",
    collation: str = "code point",
    limit: int | None = None,
) -> pd.DataFrame:
    """Every occurrence of one term or several, with `width` characters of its sentence on either side.

    tokens, sentences: of the same plans. by: "token" where the term is a token of its own, so that 铜 is not found in
    铜矿; "string" wherever its characters stand, in a token, over several or in none (tokens are then not looked at;
    occurrences of one term do not overlap, those of several terms may). sections: gives each occurrence the heading it
    stands under, ordinal and title; "" without it.

    sort: "text" for the order of the text; "right" by the characters after the keyword; "left" by those before it, read
    outward from the keyword. Only the characters shown are compared, marks and spaces among them; ties by the other
    side, then in the order of the text. collation: "code point", or "pinyin", where Han characters come after all
    others, by their most usual reading with its tone.
    limit: as many rows are kept, the first after sorting; attrs["n_found"] says how many there were (and found_text
    says it in words).

    Returns columns CONCORDANCE: heading and page are those of the sentence's section and beginning, source_line the
    line of the untouched file on which the sentence begins. No rows where a term is not found. Raises ValueError for an
    unknown by, sort or collation, a negative width or limit, and an empty term.
    """
    wanted = list(dict.fromkeys([terms] if isinstance(terms, str) else terms))
    _check(wanted, {"by": by, "sort": sort, "collation": collation}, width, limit)
    found = _as_tokens(tokens, sentences, wanted) if by == "token" else _as_strings(sentences, wanted)
    at = found["at"].to_numpy(dtype=np.int64)
    after = at + found["keyword"].str.len().to_numpy(dtype=np.int64)
    texts = found["text"].tolist()
    lefts = [text[max(begin - width, 0) : begin] for text, begin in zip(texts, at.tolist(), strict=True)]
    rights = [text[end : end + width] for text, end in zip(texts, after.tolist(), strict=True)]
    lines = found.assign(left=lefts, right=rights, heading=_headings(found, sections))
    if "page" not in lines:
        lines = lines.assign(page=pd.array([pd.NA] * len(lines), dtype="Int64"))
    if sort != "text":
        lines = _sorted(lines, sort, _key_of(collation))
    kept = lines[CONCORDANCE].head(len(lines) if limit is None else limit).reset_index(drop=True)
    kept.attrs["n_found"] = len(lines)
    return kept


def found_text(lines: pd.DataFrame) -> str:
    """Say how much of what was found a concordance shows: "20 of 58 occurrences shown, 38 left out"."""
    n_found = int(lines.attrs.get("n_found", len(lines)))
    left_out = n_found - len(lines)
    return f"{len(lines)} of {n_found} occurrences shown, {left_out} left out" if left_out else f"{n_found} occurrences"


def _check(wanted: list[str], choices: dict[str, str], width: int, limit: int | None) -> None:
    known = {"by": ("token", "string"), "sort": SORTS, "collation": COLLATIONS}
    for name, choice in choices.items():
        if choice not in known[name]:
            raise ValueError(f"no {name} {choice!r}: give one of {', '.join(known[name])}")
    if width < 0 or (limit is not None and limit < 0):
        raise ValueError(f"width {width} and limit {limit}: give 0 or more")
    if not all(wanted):
        raise ValueError("an empty term stands everywhere: give at least one character")


def _as_tokens(tokens: pd.DataFrame, sentences: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Occurrences as tokens: the sentences' columns, keyword, and where in the sentence it begins."""
    hits = tokens.loc[tokens["term"].isin(wanted), [*SENTENCE, "term", "start"]]
    hits = hits.rename(columns={"term": "keyword", "start": "begins"})
    found = sentences.assign(place=range(len(sentences))).merge(hits, on=SENTENCE)
    found = found.assign(at=found["begins"] - found["start"])
    return found.sort_values(["place", "at"], kind="stable", ignore_index=True)


def _as_strings(sentences: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Occurrences as strings, in the same shape."""
    rows = [
        (place, at, term)
        for place, text in enumerate(sentences["text"].tolist())
        for at, term in sorted((at, term) for term in wanted for at in _places(text, term))
    ]
    hits = pd.DataFrame(rows, columns=["place", "at", "keyword"]).astype({"place": "int64", "at": "int64"})
    return sentences.assign(place=range(len(sentences))).merge(hits, on="place").astype({"keyword": object})


def _places(text: str, term: str) -> list[int]:
    """Where a term begins in a text, without overlaps, from the left."""
    places = []
    at = text.find(term)
    while at >= 0:
        places.append(at)
        at = text.find(term, at + len(term))
    return places


def _headings(found: pd.DataFrame, sections: pd.DataFrame | None) -> list[str]:
    if sections is None:
        return [""] * len(found)
    titles = sections["ordinal"].fillna("").str.cat(sections["title"].fillna(""), sep=_HEADING_JOINT).str.strip()
    heading = dict(zip(zip(sections["plan"], sections["section"], strict=True), titles, strict=True))
    return [heading.get(key, "") for key in zip(found["plan"], found["section"], strict=True)]


_Key = Callable[[str], tuple[object, ...]]


def _sorted(lines: pd.DataFrame, sort: str, key: _Key) -> pd.DataFrame:
    before = [key(text[::-1]) for text in lines["left"].tolist()]
    after = [key(text) for text in lines["right"].tolist()]
    first, second = (before, after) if sort == "left" else (after, before)
    return lines.iloc[sorted(range(len(lines)), key=lambda row: (first[row], second[row]))]


def _key_of(collation: str) -> _Key:
    """What texts are compared by."""
    return tuple if collation == "code point" else lambda text: tuple(map(_reading, text))


@cache
def _reading(character: str) -> tuple[bool, str, str]:
    """A character's place by pinyin: others first, then by reading with its tone, then by code point."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415  (a fifth of a second that few need)

    reading = lazy_pinyin(character, style=Style.TONE3, neutral_tone_with_five=True)[0]
    return reading != character, reading, character
