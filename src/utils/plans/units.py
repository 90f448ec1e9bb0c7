"""Which sentences speak of which county and which industry, by the heading they stand under and by mention.

A sentence may speak of several units, and of one unit both ways: each is a row of its own. Every mention says by which
rule it counts (`mentions`), and every name that looks like a unit's and does not count says why not (`considered`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import pandas as pd

from src.utils import tables
from src.utils.lexicons import load_lexicon
from src.utils.plans.gazetteer import (
    Division,
    divisions,
    divisions_of,
    former_names,
    prefectures_of,
    short_name,
    wider_divisions,
    written_names,
)
from src.utils.plans.outline import normalise_title
from src.utils.plans.settings import County, PlanSettings
from src.utils.plans.word_boundaries import Boundaries, common_words

SCHEMES = ("county", "industry")

Kind = Literal["full", "short", "former_short", "zone", "longer"]


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


@dataclass(frozen=True)
class Reading:
    """What a name may stand for: a unit ("" for none of them), the kind of the name, the place's city."""

    unit: str
    kind: Kind
    city: str = ""


@dataclass(frozen=True)
class Found:
    """A name found in a text and all it may stand for."""

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    names: "Names"

    @property
    def form(self) -> str:
        """The name as it is written."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """The twelve characters before it."""
        return self.text[max(0, self.start - 12) : self.start]

    @property
    def after(self) -> str:
        """The twelve characters after it."""
        return self.text[self.end : self.end + 12]

    @property
    def kind(self) -> Kind:
        """The kind of name."""
        return self.readings[0].kind

    @property
    def ambiguous(self) -> str:
        """How data/lexicons/ambiguous_places.csv says it may be read too, or ""."""
        return self.names.readings_too.get(self.form, "")


def _lengths(names: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The lengths of the names that begin with the same two characters, the longest first."""
    lengths = defaultdict(set)
    for name in names:
        lengths[name[:2]].add(len(name))
    return {two: tuple(sorted(sizes, reverse=True)) for two, sizes in lengths.items()}


@dataclass
class Names:
    """The names that may stand in a text of a plan, and what is needed to judge them."""

    readings: dict[str, tuple[Reading, ...]]
    wider: frozenset[str]  # short names of the province's prefectures
    cities: dict[str, tuple[str, ...]]  # names of each city in the place, by code
    readings_too: dict[str, str]
    boundaries: Boundaries
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lengths = _lengths(self.readings)

    def begins_at(self, text: str, at: int) -> bool:
        """Whether a full or a short name of a county begins here."""
        return any(
            (known := self.readings.get(text[at : at + size])) is not None and known[0].kind != "longer"
            for size in self.lengths.get(text[at : at + 2], ())
        )


# The rules, in the order in which they are asked; the first that fits decides. Each says what it fits and gives an
# example; the tuple RULES below says which of them make a name count.


def zone(found: Found) -> bool:
    """A development zone that plan.toml assigns: 上饶经开区, to a county or to none."""
    return found.kind == "zone"


def longer_name(found: Found) -> bool:
    """A longer name that is no county's holds it: 鄱阳 in 鄱阳湖, 江北 in 江北国际机场."""
    return found.kind == "longer"


def across_words(found: Found) -> bool:
    """It is cut wrongly out of other words: 和政 out of 和|政协, 泰山区 out of 环|泰山|区域."""
    word = found.names.boundaries.word_at(found.text, found.start, found.end)
    if word is None:
        return True
    # A longer word of the dictionary that is itself a place's name (崇明岛, 广丰县) belongs to the county.
    return word != found.form and found.kind != "full" and word not in common_words().places


def full_name(found: Found) -> bool:
    """It is written with its class, and that is no common noun (城区): 广丰区, 孟连县, 上饶县."""
    return found.kind == "full" and not found.ambiguous


_NATURE = re.compile(
    r"[东西南北]?(?:湖(?![南北])|江(?![苏西])|河(?![南北道])|山(?![区地水东西核])|岭|湾(?!里)|峡(?!江)|海域|海峡|群岛|半岛)"
    r"|大峡谷|沙漠|沙地|平原|盆地|高原|草原|流域|古道|石窟|国家(?:级)?(?:植物|森林)?公园|[^，。；、]?油气?田"
)


def natural_feature(found: Found) -> bool:
    """A lake, river, mountain, bay or national park is named, not the county: 微山湖, 麦积山石窟, 若尔盖国家公园."""
    return found.kind != "full" and bool(_NATURE.match(found.after)) and not _next_begins(found)


_FIRM = re.compile(r"[^，。；、：！？（）()“”\s]{0,8}?(?:公司|集团|股份)|(?:石化|银行|证券|控股|实业)")


def firm(found: Found) -> bool:
    """A firm's name begins with it: 金川集团, 德兴铜业有限公司, 辽阳石化."""
    return found.kind != "full" and bool(_FIRM.match(found.after))


_INSTITUTION = re.compile(
    r"[^，。；、：！？（）()“”\s]{0,4}?(?:大学(?!城)|学院|专科学校|实验室|研究院|研究所|医院|博物[馆院]|交响乐团)"
)


def institution(found: Found) -> bool:
    """A university, laboratory, hospital or museum is named after it: 石河子大学, 崂山实验室, 宣武医院."""
    return found.kind != "full" and bool(_INSTITUTION.match(found.after))


_TOWNSHIP = re.compile(r"(?:古镇|镇(?![江域])|乡(?![村土镇])|村(?![镇级庄])|街道|驿|社区|站街)")


def township(found: Found) -> bool:
    """A town, village or street of that name, anywhere: 赤坎古镇, 清水驿."""
    return found.kind != "full" and bool(_TOWNSHIP.match(found.after)) and not _next_begins(found)


_LINE = re.compile(r"线(?![索上下路条])|[一二三四五六七八九十0-9]*号线|号(?=[”’》])")


def line_or_vessel(found: Found) -> bool:
    """A railway line, a train or a ship is named after it: 昌平线, “天山号”."""
    return found.kind != "full" and bool(_LINE.match(found.after))


def prefecture_namesake(found: Found) -> bool:
    """The short name is a prefecture's too, and that is meant: 南昌, 长沙, 昌吉州."""
    return found.kind == "short" and found.form in found.names.wider


def two_places(found: Found) -> bool:
    """Two counties of the place share the name and nothing near tells which: 桥西区, 伊宁."""
    return len({reading.unit for reading in found.readings}) > 1


def city_before(found: Found) -> bool:
    """Its own city stands right before it: 宁德古田, 南平市政和."""
    cities = {reading.city for reading in found.readings}
    return any(found.before.endswith(name) for city in cities for name in found.names.cities.get(city, ()))


_ROUTE_AFTER = re.compile(
    r"(?:至|到|经|—|－|-|～)[^，。；、]{2,14}?(?:高速|铁路|公路|高铁|城际|航道|管道|输变?电|千伏|段|线|通车|快速)"
)
_ROUTE_BEFORE = re.compile(r"[\u4e00-\u9fff](?:至|经|—|－)$")
_ROUTE_END = re.compile(r"(?:等|、|段|[^，。；]{0,8}?(?:高速|铁路|公路|高铁|城际|航道|管道|输变?电|千伏))")


def route(found: Found) -> bool:
    """An end of a road, railway or power line: 富裕至加格达奇铁路, 湟源至共和公路."""
    if _ROUTE_AFTER.match(found.after):
        return True
    return bool(_ROUTE_BEFORE.search(found.before) and _ROUTE_END.match(found.after))


_WORKS = re.compile(r"(?:等?机场|抽水蓄能|[核火水]电|灌区|煤矿|铜矿|古城|县城|[东南西北]站)")


def works(found: Found) -> bool:
    """Works that bear a place's name follow: 共和机场, 东方机场; not after a verb (新建机场)."""
    return found.ambiguous != "verb" and bool(_WORKS.match(found.after))


_SCENE = re.compile(r"(?:召开|举行|举办|落地|落户|开工|建成|挂牌|投产|设立|成立|揭牌)")


def scene(found: Found) -> bool:
    """Something happens in it: 在平安举行, 落户东方."""
    return bool(
        re.search(r"(?:落户|位于|入驻|地处|来到)$", found.before)
        or (re.search(r"[在于]$", found.before) and _SCENE.match(found.after))
    )


def ordinary_word(found: Found) -> bool:
    """The name is an ordinary word, a mountain or a region too, and nothing says that the county is meant: 资源, 合作."""
    return bool(found.ambiguous)


def short_name_alone(found: Found) -> bool:
    """None of the above: 广信投产, 以玉山为重点."""
    return found.kind in ("short", "former_short")


Rule = Callable[[Found], bool]
RULES: Final[tuple[tuple[Rule, bool], ...]] = (
    (zone, True),
    (longer_name, False),
    (across_words, False),
    (full_name, True),
    (natural_feature, False),
    (firm, False),
    (institution, False),
    (township, False),
    (line_or_vessel, False),
    (prefecture_namesake, False),
    (city_before, True),
    (route, True),
    (works, True),
    (scene, True),
    (ordinary_word, False),  # unless it stands in a list with a name that counts: rule `list_of_places`
    (short_name_alone, True),
)
"""The rules in order, and whether a name counts by each. Asked after them: `two_places` and the list of places."""


def _next_begins(found: Found) -> bool:
    return found.names.begins_at(found.text, found.end)


def _judge(found: Found) -> tuple[str, bool]:
    for rule, counts in RULES:
        if rule(found):
            return rule.__name__, counts
    raise AssertionError("short_name_alone and full_name leave nothing over")


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
    for was in former_names().get(county.code, ()):
        short = short_name(was.name)
        if was.kind == "renamed" and short and was in county.known_former_names() and not _is_taken(short):
            yield short, Reading(county.name, "former_short", area.city)


def _is_taken(short: str) -> bool:
    """Whether a former short name is now another place's: 上饶 of the former 上饶县 is the city's."""
    taken = {short_name(name) for name in wider_divisions().values()}
    return short in taken or any(short == short_name(area.name) for area in divisions().values())


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


def _counties_in(text: str, names: Names) -> list[Mention]:
    candidates = [*_candidates(text, names)]
    if not candidates:
        return []
    judged = [(found, *_judge(found)) for found in candidates]
    judged = _without_overlaps(judged)
    judged = _with_lists(judged)
    judged = [_settled(item, judged) for item in judged]
    return [
        Mention(found.start, found.end, found.readings[0].unit, found.form, rule, "county", counts)
        for found, rule, counts in judged
        if found.kind != "longer" and (found.readings[0].unit or found.kind == "zone")
    ]


def _candidates(text: str, names: Names) -> Iterator[Found]:
    """Every name at every place of the text, the longest first."""
    lengths, readings = names.lengths, names.readings
    for start in range(len(text) - 1):
        for size in lengths.get(text[start : start + 2], ()):
            known = readings.get(text[start : start + size])
            if known is not None and start + size <= len(text):
                yield Found(text, start, start + size, known, names)


_Judged = tuple[Found, str, bool]


def _without_overlaps(judged: list[_Judged]) -> list[_Judged]:
    """Of names that overlap the one that counts or is a longer name; of several such, the first and longest."""
    kept: list[_Judged] = []
    taken = 0
    decided = sorted(judged, key=lambda item: (item[0].start, -item[0].end))
    firm_ones = []
    for item in decided:
        if (item[2] or item[0].kind in ("longer", "zone")) and item[0].start >= taken:
            firm_ones.append(item)
            taken = item[0].end
    spans = [(found.start, found.end) for found, _, _ in firm_ones]
    for item in decided:
        if item in firm_ones:
            kept.append(item)
        elif any(start < item[0].end and item[0].start < end for start, end in spans):
            if item[0].kind != "longer":
                kept.append((item[0], longer_name.__name__, False))
        elif item[0].kind != "longer":
            kept.append(item)
    return kept


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
        (0, city) for city in cities if any(name in found.text for name in found.names.cities.get(city, ()))
    ]
    chosen = max(named)[1] if named and (len({city for _, city in named}) == 1 or max(named)[0] > 0) else None
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


def industry_terms_of(
    settings: PlanSettings, industry_terms: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """For each industry what speaks of it: the plan's own names, then the lexicon's terms, then the classification's.

    The names of GB/T 4754-2017 (data/lexicons/gbt4754.csv) serve where the plan gives their codes, and for an industry
    that the lexicon does not have and whose name is, or ends in, one of theirs (特色食品 -> 食品, C14).
    """
    names = settings.unit_names()["industry"]
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
    return Terms(unit_of, _lengths(unit_of), Boundaries(unit_of))


def _industries_in(text: str, terms: Terms) -> Iterator[Mention]:
    """The terms that stand in a text as words, the longest at each place, none inside another."""
    taken = 0
    for start in range(len(text)):
        if start < taken:
            continue
        for size in (*terms.lengths.get(text[start : start + 2], ()), *terms.lengths.get(text[start], ())):
            name = text[start : start + size]
            if name in terms.unit_of and start + size <= len(text):
                counts = terms.boundaries.word_at(text, start, start + size) is not None
                rule = "term" if counts else across_words.__name__
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
    rows = [
        *_by_heading(sentences, sections, settings, industry_terms),
        *(
            (sentence, mention.scheme, mention.unit, "mention")
            for sentence, mention in _all_mentions(sentences, settings, industry_terms, other_names)
            if mention.counts and mention.unit
        ),
    ]
    units = pd.DataFrame(rows, columns=tables.UNITS[1:]).drop_duplicates()
    units.insert(0, "plan", settings.id)
    return units.sort_values(tables.UNITS[1:], ignore_index=True)


def _all_mentions(
    sentences: pd.DataFrame,
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None,
    other_names: Collection[str],
) -> Iterator[tuple[int, Mention]]:
    names, terms = county_names(settings, other_names), industry_names(settings, industry_terms)
    for sentence, text in zip(sentences["sentence"], sentences["text"], strict=True):
        for mention in _counties_in(text, names):
            yield sentence, mention
        if terms.unit_of:
            for mention in _industries_in(text, terms):
                yield sentence, mention


def _by_heading(
    sentences: pd.DataFrame,
    sections: pd.DataFrame,
    settings: PlanSettings,
    industry_terms: Mapping[str, Sequence[str]] | None,
) -> Iterator[tuple[int, str, str, str]]:
    parents = dict(zip(sections["section"], sections["parent"], strict=True))
    titles = dict(zip(sections["section"], sections["title"].map(normalise_title), strict=True))
    by_scheme = {
        "county": settings.unit_names()["county"],
        "industry": industry_terms_of(settings, industry_terms),
    }
    for scheme, units in by_scheme.items():
        by_title = _one_unit_a_name(units)
        for sentence, section in zip(sentences["sentence"], sentences["section"], strict=True):
            above = section
            while above >= 0:
                if titles[above] in by_title:
                    yield sentence, scheme, by_title[titles[above]], "heading"
                    break
                above = parents[above]


def _one_unit_a_name(units: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each heading's unit; a name of several counties (伊宁) heads none of them, a term of several industries the last."""
    found: dict[str, str] = {}
    for unit, names in units.items():
        for name in names:
            found[normalise_title(name)] = unit
    return found


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
