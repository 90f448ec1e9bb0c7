"""Which sentences speak of which county and which industry, by the heading they stand under and by mention.

A sentence may speak of several units, and of one unit both ways: each is a row of its own.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from src.utils import tables
from src.utils.plans.outline import normalise_title
from src.utils.plans.settings import PlanSettings, short_name

SCHEMES = ("county", "industry")
# A short name that is also an ordinary word or part of another name counts only where none of these touches it.
_NOT_A_PLACE = {
    "万年": r"(?<![亿千百十数几两0-9])万年(?!历|青|前|后|来)",
}
# A short name inside a firm's name is the firm, not the place: 德兴铜业有限公司, 广信集团.
_FIRM = r"(?![^，。；、：！？（）“”\s]{0,8}(?:公司|集团|股份))"


def assign_units(
    sentences: pd.DataFrame,
    sections: pd.DataFrame,
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None = None,
    other_names: Collection[str] = (),
) -> pd.DataFrame:
    """The units each sentence speaks of (columns UNITS), ordered by sentence, scheme and unit.

    By heading: the section or one above it has a unit's name as its title. By mention: the sentence holds one of the
    unit's names or terms; of names inside one another the longest counts (上饶经开区 is not a mention of 上饶).
    industry_terms: further words that speak of an industry, by its name in plan.toml (data/lexicons/industries.csv).
    other_names: names of firms and bodies (data/lexicons/organisations.csv); a county's name inside one is no mention.
    """
    names = settings.unit_names()
    if industry_terms:
        for unit in names["industry"]:
            names["industry"][unit] = list(dict.fromkeys([*names["industry"][unit], *industry_terms.get(unit, ())]))
    rows = [
        *_by_heading(sentences, sections, names),
        *(
            (sentence, scheme, unit, "mention")
            for scheme, units in names.items()
            for sentence, unit in _by_mention(sentences, units, other_names if scheme == "county" else ())
        ),
    ]
    units = pd.DataFrame(rows, columns=tables.UNITS[1:]).drop_duplicates()
    units.insert(0, "plan", settings.id)
    return units.sort_values(tables.UNITS[1:], ignore_index=True)


def _by_heading(
    sentences: pd.DataFrame, sections: pd.DataFrame, names: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[tuple[int, str, str, str]]:
    parents = dict(zip(sections["section"], sections["parent"], strict=True))
    titles = dict(zip(sections["section"], sections["title"].map(normalise_title), strict=True))
    for scheme, units in names.items():
        by_title = {normalise_title(name): unit for unit, unit_names_ in units.items() for name in unit_names_}
        for sentence, section in zip(sentences["sentence"], sentences["section"], strict=True):
            above = section
            while above >= 0:
                if titles[above] in by_title:
                    yield sentence, scheme, by_title[titles[above]], "heading"
                    break
                above = parents[above]


def _by_mention(
    sentences: pd.DataFrame, units: Mapping[str, Sequence[str]], other_names: Collection[str]
) -> Iterator[tuple[int, str]]:
    unit_of = {name: unit for unit, unit_names_ in units.items() for name in unit_names_}
    if not unit_of:
        return
    found = [*unit_of, *(name for name in other_names if name not in unit_of)]
    pattern = re.compile("|".join(_pattern(name, units) for name in sorted(found, key=lambda name: (-len(name), name))))
    for sentence, text in zip(sentences["sentence"], sentences["text"], strict=True):
        for match in pattern.finditer(text):
            if match[0] in unit_of:
                yield sentence, unit_of[match[0]]


def _pattern(name: str, units: Mapping[str, Sequence[str]]) -> str:
    """What finds a name in a sentence; short names of places are kept apart from firms and ordinary words."""
    if any(short_name(unit) == name for unit in units):
        return _NOT_A_PLACE.get(name, re.escape(name)) + _FIRM
    return re.escape(name)


def unit_overlap(units: pd.DataFrame, own: str, other: str) -> pd.DataFrame:
    """How many sentences of each `own` unit's section mention each `other` unit.

    units: columns sentence, scheme, unit, evidence. own, other: schemes. Returns a table of counts, one row a unit of
    `own` that has a section, one column a unit of `other` that one of these sentences mentions, both sorted.
    """
    of_section = units[(units["scheme"] == own) & (units["evidence"] == "heading")][["sentence", "unit"]]
    mentioned = units[(units["scheme"] == other) & (units["evidence"] == "mention")][["sentence", "unit"]]
    pairs = of_section.merge(mentioned, on="sentence", how="left", suffixes=(f"_{own}", f"_{other}"))
    return pd.crosstab(pairs[f"unit_{own}"], pairs[f"unit_{other}"]).reindex(
        sorted(set(of_section["unit"])), fill_value=0
    )
