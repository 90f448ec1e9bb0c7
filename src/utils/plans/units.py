"""Which sentences speak of which county and which industry, by the heading they stand under and by mention.

A sentence may speak of several units, and of one unit both ways: each is a row of its own. Every mention says by which
rule it counts (`mentions`), and every name that looks like a unit's and does not count says why not (`considered`).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Final

import pandas as pd

from src.utils import tables
from src.utils.lexicons import load_lexicon
from src.utils.plans.gazetteer import (
    Division,
    divisions,
    divisions_of,
    prefectures_of,
    short_name,
    wider_divisions,
    written_names,
)
from src.utils.plans.name_search import Beginnings, by_text
from src.utils.plans.outline import normalise_title
from src.utils.plans.place_rules import (
    Found,
    Names,
    Reading,
    across_words,
    judge,
    lengths_of,
    longer_name,
    ordinary_word,
    part_of_word,
    two_places,
)
from src.utils.plans.settings import County, PlanSettings
from src.utils.plans.word_boundaries import Boundaries

SCHEMES = ("county", "industry")


@dataclass(frozen=True)
class Mention:
    """A stretch of a text that names a unit: `form` the name as written, `rule` why it counts or does not."""

    start: int
    end: int
    unit: str
    form: str
    rule: str
    scheme: str = "county"
    counts: bool = True


def mentions(
    text: str,
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None = None,
    other_names: Collection[str] = (),
) -> list[Mention]:
    """The stretches of a text that name a county or an industry of the plan, in the order of the text.

    Arguments as in assign_units. What only looks like a name is in `considered`.
    """
    return [mention for mention in considered(text, settings, industry_terms, other_names) if mention.counts]


def considered(
    text: str,
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None = None,
    other_names: Collection[str] = (),
) -> list[Mention]:
    """Every stretch that is written as a unit's name is, whether it counts, and by which rule."""
    found = [
        *_counties_in(text, county_names(settings, other_names)),
        *_industries_in(text, industry_names(settings, industry_terms)),
    ]
    return sorted(found, key=lambda mention: (mention.start, mention.end, mention.scheme, mention.unit))


def county_names(settings: PlanSettings, other_names: Collection[str] = ()) -> Names:
    """The names by which the counties of a plan may be called, and the longer names that hold them."""
    readings: dict[str, list[Reading]] = defaultdict(list)
    for county in settings.county:
        for name, reading in _readings_of(county, settings):
            if reading not in readings[name]:
                readings[name].append(reading)
    for place_zone in settings.zone:
        county_of = settings.county_of(place_zone)
        readings[place_zone.name] = [Reading(county_of.name if county_of else "", "zone")]
    ambiguous = load_lexicon("ambiguous_places")
    too = dict(zip(ambiguous["term"], ambiguous["reading"], strict=True))
    longer = [*other_names, *(name for name, reading in too.items() if reading == "longer"), *_wider_names(settings)]
    for name in longer:
        if len(name) > 1 and name not in readings:
            readings[name] = [Reading("", "longer")]
    return Names(
        readings={name: tuple(known) for name, known in readings.items()},
        wider=frozenset(filter(None, map(short_name, _wider_names(settings)))) - _own_prefectures(settings),
        cities=_city_names(settings),
        readings_too=too,
        boundaries=Boundaries(name for name, known in readings.items() if known[0].kind != "longer"),
    )


def _readings_of(county: County, settings: PlanSettings) -> Iterator[tuple[str, Reading]]:
    """Every name of a county, or, of a prefecture, of it and its counties."""
    area = divisions().get(county.code)
    if area is None:
        area = Division(county.code, county.name, county.code, settings.place.code)
        parts = [part for part in divisions_of(county.code) if part.city == county.code]
    else:
        parts = []
    full = [*written_names(area.name), *county.former, *(was.name for was in county.known_former_names())]
    for name in [county.name, *full, *(name for part in parts for name in written_names(part.name))]:
        yield name, Reading(county.name, "full", area.city)
    for name in [*filter(None, map(short_name, [area.name, *(part.name for part in parts)])), *county.short]:
        yield name, Reading(county.name, "short", area.city)
    for was in county.known_former_names():
        short = short_name(was.name)
        if was.kind == "renamed" and short and short not in _short_names_of_today():
            yield short, Reading(county.name, "former_short", area.city)


@cache
def _short_names_of_today() -> frozenset[str]:
    """Short names that places have now: 上饶 of the former 上饶县 is the city's today."""
    names = [*wider_divisions().values(), *(area.name for area in divisions().values())]
    return frozenset(filter(None, map(short_name, names)))


def _wider_names(settings: PlanSettings) -> list[str]:
    """Full names of the prefectures of the plan's province."""
    return [area.name for area in prefectures_of(f"{settings.place.code[:2]}0000") if area.code not in divisions()]


def _own_prefectures(settings: PlanSettings) -> frozenset[str]:
    """Short names of prefectures that are units themselves."""
    return frozenset(filter(None, (short_name(unit.name) for unit in settings.county if unit.code not in divisions())))


def _city_names(settings: PlanSettings) -> dict[str, tuple[str, ...]]:
    codes = {divisions()[county.code].city for county in settings.county if county.code in divisions()}
    names = {code: wider_divisions().get(code) for code in codes}
    return {code: tuple(filter(None, (name, short_name(name)))) for code, name in names.items() if name}


def _counties_in(text: str, names: Names, starts: Iterable[int] | None = None) -> list[Mention]:
    """starts: where a name may begin, rising; everywhere where it is not given."""
    candidates = [*_candidates(text, names, range(len(text) - 1) if starts is None else starts)]
    if not candidates:
        return []
    judged = [(found, *judge(found)) for found in candidates]
    judged = _without_overlaps(judged)
    judged = _with_lists(judged)
    judged = [_settled(item, judged) for item in judged]
    return [
        Mention(found.start, found.end, unit, found.form, rule, "county", counts and bool(unit))
        for found, rule, counts in judged
        for unit in (found.readings[0].unit,)
    ]


def _candidates(text: str, names: Names, starts: Iterable[int]) -> Iterator[Found]:
    """Every name at each of these places of the text, the longest first."""
    lengths, readings = names.lengths, names.readings
    for start in starts:
        for size in lengths.get(text[start : start + 2], ()):
            known = readings.get(text[start : start + size])
            if known is not None and start + size <= len(text):
                yield Found(text, start, start + size, known, names)


_Judged = tuple[Found, str, bool]


def _without_overlaps(judged: list[_Judged]) -> list[_Judged]:
    """Of names that overlap keep the one that counts or is a longer name; of several such, the first and longest.

    The others count by no rule of their own; a name inside a longer name of the same county is left out.
    """
    taken: list[_Judged] = []
    rest: list[_Judged] = []
    for item in sorted(judged, key=lambda item: (item[0].start, -item[0].end)):
        found, _, counts = item
        free = not taken or found.start >= taken[-1][0].end
        (taken if (counts or found.kind in ("longer", "zone")) and free else rest).append(item)
    kept = list(taken)
    for found, rule, counts in rest:
        over = [other for other, _, _ in taken if other.start < found.end and found.start < other.end]
        if over and found.readings != over[0].readings and not _same_unit(found, over[0]):
            kept.append((found, longer_name.__name__, False))
        elif not over:
            kept.append((found, rule, counts))
    return sorted((item for item in kept if item[0].kind != "longer"), key=lambda item: item[0].start)


def _same_unit(one: Found, other: Found) -> bool:
    return {reading.unit for reading in one.readings} & {reading.unit for reading in other.readings} != set()


_JOINT = re.compile(r"[、—－]|[和与及]")


def _with_lists(judged: list[_Judged]) -> list[_Judged]:
    """Ordinary words that stand beside a name that counts, joined by 、 or 和, count too: 琼海、文昌、东方等."""
    now = list(judged)
    for order in (range(1, len(now)), range(len(now) - 2, -1, -1)):
        step = -1 if order.step == 1 else 1
        for at in order:
            found, rule, _ = now[at]
            other, other_rule, other_counts = now[at + step]
            first, second = (other, found) if step == -1 else (found, other)
            joined = _JOINT.fullmatch(found.text[first.end : second.start])
            if rule == ordinary_word.__name__ and joined and (other_counts or other_rule == "prefecture_namesake"):
                now[at] = (found, "list_of_places", True)
    return now


def _settled(item: _Judged, judged: list[_Judged]) -> _Judged:
    """Of several counties of one name, the one whose city is named before it, or alone in the sentence."""
    found, rule, counts = item
    if not counts or not two_places(found):
        return item
    cities = {reading.city for reading in found.readings}
    named = [
        (at, city)
        for city in cities
        for name in found.names.cities.get(city, ())
        if (at := found.text.rfind(name, 0, found.start)) >= 0
    ]
    named = named or [
        (-1, city) for city in cities if any(name in found.text for name in found.names.cities.get(city, ()))
    ]
    chosen = max(named)[1] if named and (len({city for _, city in named}) == 1 or max(named)[0] >= 0) else None
    units = [reading for reading in found.readings if reading.city == chosen]
    if len({reading.unit for reading in units}) != 1:
        return found, two_places.__name__, False
    return replace(found, readings=(units[0],)), rule, counts


@dataclass(frozen=True)
class Terms:
    """The names and terms that speak of industries, and what tells them from parts of other words."""

    unit_of: Mapping[str, str]
    lengths: Mapping[str, tuple[int, ...]]
    boundaries: Boundaries
    beginnings: Beginnings


def industry_terms_of(
    settings: PlanSettings, industry_terms: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """For each industry what speaks of it: the plan's own names, then the lexicon's terms, then the classification's.

    The names of GB/T 4754-2017 (data/lexicons/gbt4754.csv) serve where the plan gives their codes, and for an industry
    that the lexicon does not have and whose name is, or ends in, one of theirs (特色食品 -> 食品, C14).
    """
    names = {industry.name: industry.names() for industry in settings.industry}
    if industry_terms is None:
        return names
    found = {}
    for industry in settings.industry:
        further = list(industry_terms.get(industry.name, ()))
        if industry.gbt4754 or not further:
            further += _classified(industry.gbt4754 or _codes_named(names[industry.name]))
        found[industry.name] = list(dict.fromkeys([*names[industry.name], *further]))
    return found


def _classified(codes: Collection[str]) -> list[str]:
    """All names and words of classes, their groups among them."""
    rows = load_lexicon("gbt4754")
    wanted = tuple(code if code.startswith("C") else f"C{code}" for code in codes)
    return [term for term, code in zip(rows["term"], rows["code"], strict=True) if wanted and code.startswith(wanted)]


def _codes_named(names: Sequence[str]) -> set[str]:
    """The classes that an industry's names are, or end in, names of."""
    rows = load_lexicon("gbt4754")
    bare = [re.sub(r"(?:制造|加工)?(?:产业|行业|业)$", "", name) for name in names]
    return {
        code
        for term, code in zip(rows["term"], rows["code"], strict=True)
        if any(name.endswith(term) for name in (*names, *bare))
    }


def industry_names(settings: PlanSettings, industry_terms: Mapping[str, Sequence[str]] | None = None) -> Terms:
    """The names and terms of a plan's industries, ready to be looked for; a term of two industries is the later's."""
    unit_of = {name: unit for unit, names in industry_terms_of(settings, industry_terms).items() for name in names}
    return Terms(unit_of, lengths_of(unit_of), Boundaries(unit_of), Beginnings(unit_of))


_OF_THE_TRADE: Final = re.compile(r"$|[厂业城品件材器机制工产加设零原部药]")
"""What may follow a term inside one word: 食品厂; not 有色眼镜, 汽车站, 机械化. Before it anything may stand."""


def _industries_in(text: str, terms: Terms, starts: Iterable[int] | None = None) -> Iterator[Mention]:
    """The terms that stand in a text as words, the longest at each place, none inside another.

    starts: where a term may begin, rising; everywhere where it is not given.
    """
    taken = 0
    for start in range(len(text)) if starts is None else starts:
        if start < taken:
            continue
        for size in (*terms.lengths.get(text[start : start + 2], ()), *terms.lengths.get(text[start], ())):
            name = text[start : start + size]
            if name in terms.unit_of and start + size <= len(text):
                word = terms.boundaries.word_around(text, start, start + size)
                counts = word is not None and bool(_OF_THE_TRADE.match(word[word.index(name) + size :]))
                rule = "term" if counts else (part_of_word if word else across_words).__name__
                yield Mention(start, start + size, terms.unit_of[name], name, rule, "industry", counts)
                if counts:
                    taken = start + size
                    break


def assign_units(
    sentences: pd.DataFrame,
    sections: pd.DataFrame,
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None = None,
    other_names: Collection[str] = (),
) -> pd.DataFrame:
    """The units each sentence speaks of (columns UNITS), ordered by sentence, scheme and unit.

    By heading: the section or one above it has a unit's name as its title. By mention: the sentence holds one of the
    unit's names or terms, and a rule says that the unit is meant (RULES).
    industry_terms: further words that speak of an industry, by its name in plan.toml (data/lexicons/industries.csv);
    without them, the plan's own names alone. other_names: names of firms and bodies (data/lexicons/organisations.csv);
    a county's name inside one is no mention.
    """
    spoken = list(sentences[["sentence", "section", "text"]].itertuples(index=False, name=None))
    headed = list(sections[["section", "parent", "title"]].itertuples(index=False, name=None))
    rows = unit_rows(spoken, headed, settings, industry_terms, other_names)
    return pd.DataFrame([(settings.id, *row) for row in rows], columns=tables.UNITS).astype({"plan": "str"})


UnitRow = tuple[int, str, str, str]
"""Sentence, scheme, unit, evidence: a row of the table of units without its plan."""


def unit_rows(
    sentences: Sequence[tuple[int, int, str]],
    sections: Sequence[tuple[int, int, str]],
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None = None,
    other_names: Collection[str] = (),
) -> list[UnitRow]:
    """As assign_units, for sentences as (sentence, section, text) and sections as (section, parent, title)."""
    names, terms, headed = _names_of(_Asked.of(settings, industry_terms, other_names))
    found = set(_by_heading(sentences, sections, headed))
    texts = [text for _, _, text in sentences]
    in_counties, in_industries = by_text(texts, [names.beginnings, terms.beginnings])
    mentioned = [
        *((at, mention) for at, starts in in_counties for mention in _counties_in(texts[at], names, starts)),
        *((at, mention) for at, starts in in_industries for mention in _industries_in(texts[at], terms, starts)),
    ]
    found |= {(sentences[at][0], said.scheme, said.unit, "mention") for at, said in mentioned if said.counts}
    return sorted(found)


@dataclass(frozen=True)
class _Asked:
    """What the names of a plan's units are made from; equal where that is equal, whatever else the settings say."""

    key: str
    settings: PlanSettings = field(compare=False)
    industry_terms: Mapping[str, Sequence[str]] | None = field(compare=False)
    other_names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        settings: PlanSettings,
        industry_terms: Mapping[str, Sequence[str]] | None,
        other_names: Collection[str],
    ) -> "_Asked":
        said = settings.model_dump_json(include={"place", "county", "zone", "industry"})
        lexicons = [load_lexicon(name) for name in ("ambiguous_places", "gbt4754")]
        return cls(repr((said, industry_terms, lexicons)), settings, industry_terms, tuple(other_names))


@lru_cache(maxsize=32)
def _names_of(asked: _Asked) -> tuple[Names, Terms, dict[str, dict[str, str]]]:
    """Names of counties, terms of industries, and for each scheme the unit that a heading of that name is of.

    They are the same for all documents of a collection and take longer to gather than to look for.
    """
    settings, industry_terms = asked.settings, asked.industry_terms
    by_scheme = {"county": settings.unit_names()["county"], "industry": industry_terms_of(settings, industry_terms)}
    return (
        county_names(settings, asked.other_names),
        industry_names(settings, industry_terms),
        {scheme: _one_unit_a_name(units) for scheme, units in by_scheme.items()},
    )


def _by_heading(
    sentences: Sequence[tuple[int, int, str]],
    sections: Sequence[tuple[int, int, str]],
    headed: Mapping[str, Mapping[str, str]],
) -> Iterator[UnitRow]:
    """Sentences under a heading that is a unit's name, or below one; headed: by scheme, the unit of each such name."""
    for scheme, by_title in headed.items():
        unit_of: dict[int, str | None] = {-1: None}
        for section, parent, title in sections:  # a section stands behind the one it lies in
            name = normalise_title(title)
            unit_of[section] = by_title.get(name) or by_title.get(_bare(name)) or unit_of[parent]
        for sentence, section, _ in sentences:
            unit = unit_of[section]
            if unit:
                yield sentence, scheme, unit, "heading"


_ENCOURAGED: Final = re.compile(
    r"^(?:(?:加快|大力|积极|重点|着力|持续)?(?:做[强大优精特]|发展|培育|壮大|提升|推进|打造|支持|优化))+"
)
_OF_A_UNIT: Final = re.compile(
    r"(?:(?:特色|优势|主导|重点)?产业(?:集群|链|发展|布局)?|板块|片区|发展(?:重点|方向|定位))$"
)


def _bare(title: str) -> str:
    """A heading without what plans put around a unit's name: 做优做强有色金属产业, 信州区发展重点."""
    return _OF_A_UNIT.sub("", _ENCOURAGED.sub("", title))


def _one_unit_a_name(units: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each heading's unit; a name that several units share (伊宁, of a city and a county) heads none of them."""
    found: dict[str, set[str]] = defaultdict(set)
    for unit, names in units.items():
        for name in names:
            found[normalise_title(name)].add(unit)
    return {title: min(owners) for title, owners in found.items() if len(owners) == 1}


def units_report(units: pd.DataFrame, sentences: pd.DataFrame) -> pd.DataFrame:
    """How many sentences speak of each unit: columns scheme, unit, heading, mention, either, share of all sentences.

    units: as from assign_units. Ordered by scheme, then by `either`, most first.
    """
    counted = units.groupby(["scheme", "unit"])["sentence"].nunique().rename("either")
    kinds = units.pivot_table(
        index=["scheme", "unit"], columns="evidence", values="sentence", aggfunc="nunique", fill_value=0
    ).reindex(columns=["heading", "mention"], fill_value=0)
    report = kinds.join(counted).astype("int64").reset_index()
    report.columns.name = None
    report["share"] = report["either"] / max(len(sentences), 1)
    return report.sort_values(["scheme", "either", "unit"], ascending=[True, False, True], ignore_index=True)


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
