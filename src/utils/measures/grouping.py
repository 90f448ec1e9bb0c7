"""Which sentence belongs to which part: tables plan, sentence, scheme, unit, by which every measure can group.

A grouping may have further columns; measures read those four. The grouping of the whole plan is frequency.whole_plan.
"""

from typing import Final

import numpy as np
import pandas as pd

from src.utils.measures.frequency import whole_plan
from src.utils.measures.sentence_terms import SENTENCE, Ints, punctuation_mask
from src.utils.plans.pipeline import Plan

GROUPS: Final = [*SENTENCE, "scheme", "unit"]
LEVELS: Final = {"chapter": 1, "section": 2}
"""The names of the two widest kinds of heading; the others are called by their level: "level 3"."""

OUTSIDE: Final = "（标题之外）"
"""Ends the name of a unit that is no heading's: text above the first heading of the level, or under none at all."""


def groups_of(plan: Plan, scheme: str | int, *, evidence: str | None = None) -> pd.DataFrame:
    """Group the sentences of a plan.

    scheme: "plan"; "chapter", "section" or any level of heading (3 for the third); "heading" for the heading each
    sentence stands under, whatever its level; "paragraph"; "county" or "industry". evidence: of counties and
    industries, "heading" or "mention" alone. Raises ValueError for a scheme that is none of these.
    """
    if isinstance(scheme, int):
        return by_level(plan.sections, plan.sentences, scheme)
    if scheme in LEVELS:
        return by_level(plan.sections, plan.sentences, LEVELS[scheme])
    if scheme in ("county", "industry"):
        return by_unit(plan.units, scheme, evidence=evidence)
    if scheme == "plan":
        return whole_plan(plan.sentences).reset_index(drop=True)
    if scheme == "heading":
        return by_heading(plan.sections, plan.sentences)
    if scheme == "paragraph":
        return by_paragraph(plan.sentences, plan.clean.text)
    known = ["plan", *LEVELS, "heading", "paragraph", "county", "industry"]
    raise ValueError(f"no grouping {scheme!r}: give one of {', '.join(known)}, or a level of headings as a number")


def by_level(sections: pd.DataFrame, sentences: pd.DataFrame, level: int) -> pd.DataFrame:
    """Group sentences by the heading of one level they stand under, with all that stands below it.

    Columns GROUPS and `under_heading`. scheme: LEVELS' name or "level 3". unit: the heading's ordinal and title; where
    two headings of the level read the same, the ordinals above them are set before, and then the section's number
    after, so that no two are one. A sentence under no heading of the level is in the unit of the heading above it, with
    OUTSIDE at the end of the name and under_heading False, or in OUTSIDE where there is none above: no sentence is
    lost. sections, sentences: tables of one plan. Raises ValueError for a level below 1.
    """
    if level < 1:
        raise ValueError(f"level {level}: headings have levels from 1, the widest")
    tree = _Tree(sections)
    names = tree.distinct_names([heading for heading in tree.headings if tree.level[heading] == level])
    wider_names = tree.distinct_names([heading for heading in tree.headings if tree.level[heading] < level])
    unit, under = {}, {}
    for section in sections["section"].tolist():
        above = tree.headings_above(section)
        here = [heading for heading in above if tree.level[heading] == level]
        wider = [heading for heading in above if tree.level[heading] < level]
        under[section] = bool(here)
        unit[section] = names[here[0]] if here else wider_names[wider[0]] + OUTSIDE if wider else OUTSIDE
    scheme = next((name for name, number in LEVELS.items() if number == level), f"level {level}")
    return _by_section(sentences, unit, scheme).assign(
        under_heading=sentences["section"].map(under).to_numpy(dtype=bool)
    )


def by_heading(sections: pd.DataFrame, sentences: pd.DataFrame) -> pd.DataFrame:
    """Group sentences by the nearest heading above them, of any level: the finest parts that the plan itself makes.

    Columns GROUPS and `under_heading`, names as in by_level, scheme "heading". What a box or table holds belongs to the
    heading it stands under.
    """
    tree = _Tree(sections)
    names = tree.distinct_names(tree.headings)
    nearest = {section: next(iter(tree.headings_above(section)), None) for section in sections["section"].tolist()}
    unit = {section: OUTSIDE if heading is None else names[heading] for section, heading in nearest.items()}
    under = [nearest[section] is not None for section in sentences["section"].tolist()]
    return _by_section(sentences, unit, "heading").assign(under_heading=np.array(under, dtype=bool))


def by_paragraph(sentences: pd.DataFrame, text: str) -> pd.DataFrame:
    """Group sentences by paragraph: a line of the cleaned text; scheme "paragraph", unit its number from 1 as text.

    sentences: of one plan. text: the cleaned text that their start and end are offsets of (plan.clean.text). Numbers
    count the paragraphs that have sentences, in the order of the text.
    """
    ends = np.array([at for at, character in enumerate(text) if character == "\n"], dtype=np.int64)
    lines = np.searchsorted(ends, sentences["start"].to_numpy(dtype=np.int64))
    numbers = np.unique(lines, return_inverse=True)[1] + 1
    return sentences[SENTENCE].assign(scheme="paragraph", unit=numbers.astype(str)).reset_index(drop=True)


def by_unit(units: pd.DataFrame, scheme: str, *, evidence: str | None = None) -> pd.DataFrame:
    """Group sentences by county or industry, from the units table; a sentence may belong to several units or to none.

    evidence: "heading" or "mention" for sentences that are the unit's in that way; None for either way. Columns GROUPS,
    each pair once, in the order of units. Raises ValueError for an evidence that is neither.
    """
    if evidence not in (None, "heading", "mention"):
        raise ValueError(f"no evidence {evidence!r}: give 'heading', 'mention' or None for both")
    chosen = units[units["scheme"] == scheme]
    if evidence is not None:
        chosen = chosen[chosen["evidence"] == evidence]
    return chosen[GROUPS].drop_duplicates(ignore_index=True)


def equal_parts(tokens: pd.DataFrame, n_parts: int) -> pd.DataFrame:
    """Group sentences into parts of about equal numbers of words, in the order of the text; sentences stay whole.

    A sentence goes to the part in which its middle word would fall. scheme "part", unit the part's number from 1 as
    text. tokens: all of them, in the order of the text; a sentence without words is left out. Fewer parts come back
    where there are fewer sentences than parts, or where long sentences span several. Raises ValueError for n_parts
    below 1.
    """
    if n_parts < 1:
        raise ValueError(f"{n_parts} parts: give 1 or more")
    words = tokens[~punctuation_mask(tokens["term"])]
    sizes = words.groupby(SENTENCE, sort=False, as_index=False).size()
    n_words = sizes["size"].to_numpy(dtype=np.int64)
    part = part_numbers(n_words, n_parts)
    return sizes[SENTENCE].assign(scheme="part", unit=part.astype(str))


def part_numbers(n_words: Ints, n_parts: int) -> Ints:
    """Number of the part of each sentence, from 1 and without gaps; n_words: words of each sentence, in order."""
    middle = np.cumsum(n_words) - n_words / 2
    part = np.floor(middle * n_parts / max(n_words.sum(), 1)).astype(np.int64)
    return (np.unique(part, return_inverse=True)[1] + 1).astype(np.int64)


def _by_section(sentences: pd.DataFrame, unit: dict[int, str], scheme: str) -> pd.DataFrame:
    units = sentences["section"].map(unit).to_numpy(dtype=object)
    return sentences[SENTENCE].reset_index(drop=True).assign(scheme=scheme, unit=units)


class _Tree:
    """The headings of a sections table and what stands above each section."""

    def __init__(self, sections: pd.DataFrame) -> None:
        numbers = sections["section"].tolist()
        self.parent: dict[int, int] = dict(zip(numbers, sections["parent"].tolist(), strict=True))
        self.level: dict[int, int] = dict(zip(numbers, sections["level"].tolist(), strict=True))
        self._ordinal: dict[int, str] = dict(zip(numbers, sections["ordinal"].tolist(), strict=True))
        self._title: dict[int, str] = dict(zip(numbers, sections["title"].tolist(), strict=True))
        self.headings = [number for number in numbers if self._is_heading(number)]

    def _is_heading(self, section: int) -> bool:
        """Tell headings from stretches without one (a table, what goes on after it) and from what is outside the text.

        The outside (lead-in, title page, contents list) has level 0.
        """
        return self.level[section] > 0 and bool(self._ordinal[section] or self._title[section])

    def name(self, section: int) -> str:
        return " ".join(filter(None, (self._ordinal[section], self._title[section])))

    def headings_above(self, section: int) -> list[int]:
        """The section itself where it is a heading, then the headings above it, nearest first."""
        found = []
        while section in self.parent:
            if self._is_heading(section):
                found.append(section)
            section = self.parent[section]
        return found

    def distinct_names(self, sections: list[int]) -> dict[int, str]:
        """Name each section so that no two of these are named alike."""
        names = {section: self.name(section) for section in sections}
        for section in _alike(names):
            above = reversed(self.headings_above(self.parent[section]))
            ordinals = [self._ordinal[heading] or self._title[heading] for heading in above]
            names[section] = " ".join([*ordinals, names[section]])
        for section in _alike(names):
            names[section] = f"{names[section]}（#{section}）"
        return names


def _alike(names: dict[int, str]) -> list[int]:
    """The sections whose name another one has too."""
    sections: dict[str, list[int]] = {}
    for section, name in names.items():
        sections.setdefault(name, []).append(section)
    return [section for same in sections.values() if len(same) > 1 for section in same]
