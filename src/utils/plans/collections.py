"""Many documents as plans by one settings file: data/collections/<id>.toml, explained in data/README.md."""

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from src.utils import paths, tables
from src.utils.errors import MissingCorpusError, PlanError, SettingsError
from src.utils.files import hash_text_file
from src.utils.lexicons import load_lexicon
from src.utils.plans.corpora import CorpusManifest, how_to_fetch, read_manifest
from src.utils.plans.formats.kinds import SUFFIXES
from src.utils.plans.gazetteer import (
    Division,
    divisions,
    divisions_of,
    find_place,
    prefectures_of,
    short_name,
    wider_divisions,
    written_names,
)
from src.utils.plans.pipeline import Plan, read_plan
from src.utils.plans.reading import source_hash
from src.utils.plans.settings import (
    Cleaning,
    Industry,
    NonEmpty,
    Place,
    PlaceCode,
    PlanSettings,
    Words,
    load_settings,
    plan_folder,
    problems_of,
    read_toml,
    settings_from,
)
from src.utils.plans.units import UnitRow

REGION: Final = "region"
"""The scheme in which a document as a whole is one unit: the place it is for."""

DOCUMENT: Final = "document"
"""The evidence of a sentence that belongs to a unit because all of its document does."""

Level = Literal["province", "prefecture", "county"]
_FIELDS: Final = {"place", "short", "place_en"}
_ID: Final = r"^[a-z0-9][a-z0-9-]*$"
_MOST_NAMED: Final = 3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Which(_Strict):
    """The collection: its name and where its documents are: a fetched corpus, a folder, or plans under data/plans.

    file: a regular expression for file names whose group `place` is the name of the place. level: of which level that
    place is, where a name stands for several (海南). divisions: which divisions of each place are looked for in its
    text. skip: names of files that are no document of the collection. licence, citation: of a folder; a corpus brings
    its own.
    """

    title: NonEmpty
    title_en: NonEmpty
    corpus: NonEmpty | None = None
    folder: NonEmpty | None = None
    plans: list[NonEmpty] = []
    file: NonEmpty | None = None
    level: Level | None = None
    divisions: Literal["none", "prefecture", "county"] = "none"
    skip: list[NonEmpty] = []
    licence: NonEmpty | None = None
    citation: NonEmpty | None = None

    @field_validator("file")
    @classmethod
    def _a_pattern_with_a_place(cls, pattern: str | None) -> str | None:
        try:
            named = re.compile(pattern).groupindex if pattern else {"place": 1}
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        if "place" not in named:
            raise ValueError(f"{pattern!r} has no group (?P<place>…), which tells the place from a file's name")
        return pattern

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [key for key in ("corpus", "folder", "plans") if getattr(self, key)]
        if len(given) != 1:
            said = f"{' and '.join(given)} are given" if given else "none of them is given"
            raise ValueError(f"corpus, folder and plans say where the documents are: keep one of the three ({said})")
        if self.folder and self.licence is None:
            raise ValueError("licence is missing: say what may be done with the documents of the folder")
        return self


class Document(_Strict):
    """What title, publisher and the rest of `[plan]` are for every document.

    {place}, {short} and {place_en} stand for the place's name, its name without the class, and its English name.
    """

    title: NonEmpty
    title_en: NonEmpty
    kind: Literal["plan", "report"] = "plan"
    period: tuple[int, int] | None = None
    publisher: list[NonEmpty] = []
    publisher_en: list[NonEmpty] = []
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None

    @field_validator("title", "title_en", "publisher", "publisher_en")
    @classmethod
    def _known_fields(cls, value: str | list[str]) -> str | list[str]:
        for text in [value] if isinstance(value, str) else value:
            try:
                unknown = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} - _FIELDS
            except ValueError as error:
                raise ValueError(f"{text!r}: {error}; braces stand only around place, short and place_en") from error
            if unknown:
                raise ValueError(f"{text!r}: {{{min(unknown)}}} stands for nothing; there are {sorted(_FIELDS)}")
        return value


class NamedFile(_Strict):
    """A file whose name does not tell the place, or one of several of a place: `id` then tells them apart."""

    name: NonEmpty
    place: PlaceCode
    id: Annotated[str, Field(pattern=_ID)] | None = None
    encoding: str | None = None


class CollectionSettings(_Strict):
    """All of a collection's settings file."""

    collection: Which
    plan: Document | None = None
    english: dict[PlaceCode, NonEmpty] = {}
    file: list[NamedFile] = []
    cleaning: Cleaning = Cleaning()
    words: Words = Words()
    industry: list[Industry] = []
    headings: dict[NonEmpty, NonEmpty] = {}

    @model_validator(mode="after")
    def _files_need_a_document(self) -> Self:
        if not self.collection.plans and self.plan is None:
            raise ValueError("the table [plan] is missing: title and title_en of the documents")
        if self.collection.plans and (self.plan or self.file):
            raise ValueError("[plan] and [[file]] are for files; a plan under data/plans has its own plan.toml")
        names = [file.name for file in self.file]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"[[file]]: {twice[0]!r} stands twice; keep it once")
        return self


@dataclass(frozen=True)
class Member:
    """A document of a collection, not yet read: small, hashable by `id`, and fit to be sent to another process.

    id: of the plan, ASCII: `<collection>.<code of the place>`, and `.<id>` where [[file]] gives one. files: in the
    order of the plan; sha256: of each, in that order, as found when the collection was loaded. `about` is the
    collection's settings; None for a plan under data/plans, which has its own.
    """

    id: str
    place: Place
    files: tuple[Path, ...]
    sha256: tuple[str, ...]
    settings_file: Path
    licence: str
    encoding: str | None = None
    about: CollectionSettings | None = None

    @property
    def settings(self) -> PlanSettings:
        """What a plan.toml of this document alone would say. Raises SettingsError naming the collection's file."""
        about = self.about
        if about is None or about.plan is None:
            return load_settings(self.settings_file.parent)
        divided = about.collection.divisions
        fields = {"place": self.place.name, "short": self.place.short, "place_en": self.place.name_en}
        content = {
            "plan": {**_filled(about.plan.model_dump(), fields), "licence": self.licence},
            "source": {"file": self.files[0].name, "sha256": self.sha256[0], "encoding": self.encoding},
            "place": {**self.place.model_dump(), "units": "county" if divided == "none" else divided},
            "cleaning": about.cleaning,
            "words": about.words,
            "industry": about.industry,
            "headings": about.headings,
        }
        if divided == "none":
            content["county"] = []
        return settings_from(content, self.id, self.settings_file.parent, self.settings_file)

    def read(self) -> Plan:
        """Read the document: a plan like any other, whose units have the place as a whole too (scheme "region").

        Raises PlanError naming the file and the remedy.
        """
        plan = read_plan(self.settings, self.files[0].parent)
        rows = self.with_region(
            plan.units[tables.UNITS[1:]].itertuples(index=False, name=None), plan.sentences["sentence"]
        )
        return replace(plan, units=pd.DataFrame([(plan.id, *row) for row in rows], columns=tables.UNITS))

    def with_region(self, rows: Iterable[UnitRow], sentences: Iterable[int]) -> list[UnitRow]:
        """The rows of a table of units with the place as a whole, of which every sentence speaks, in order."""
        return sorted([*rows, *((sentence, REGION, self.place.name, DOCUMENT) for sentence in sentences)])


@dataclass(frozen=True)
class Collection:
    """Documents that are read, stored and compared together, by the id of the first file's name; members by their id.

    settings_sha256: of the settings file, line ends as LF.
    """

    id: str
    settings: CollectionSettings
    members: tuple[Member, ...]
    path: Path
    settings_sha256: str
    citation: str

    @property
    def province(self) -> str | None:
        """The code of the province in which all places lie; None where there are several."""
        found = {member.place.code[:2] for member in self.members}
        return f"{found.pop()}0000" if len(found) == 1 and not self._of_provinces() else None

    def _of_provinces(self) -> bool:
        return all(member.place.code.endswith("0000") for member in self.members)

    def own_names(self) -> dict[str, list[str]]:
        """For each place (unit of the scheme "region") its names and those of all divisions in it: 江西省, 江西, 南昌.

        They mark it by definition.
        """
        return {member.place.name: list(_names_within(member.place.code)) for member in self.members}

    def english_names(self) -> dict[str, str]:
        """English names of the places and industries, by every Chinese name they have."""
        names = {
            name: member.place.name_en
            for member in self.members
            if member.place.name_en != member.place.name
            for name in (member.place.name, member.place.short)
        }
        return names | {industry.name: industry.name_en for industry in self.settings.industry}


def collection_ids() -> list[str]:
    """Ids of the collections under data/collections, sorted."""
    return sorted(path.stem for path in paths.COLLECTIONS.glob("*.toml"))


def is_collection(name: str) -> bool:
    """Tell whether a name is that of a collection under data/collections, or the path of a settings file."""
    return name in collection_ids() or (name.endswith(".toml") and Path(name).is_file())


def load_collection(name: str | Path) -> Collection:
    """Load a collection by its id under data/collections or the path of its settings file; no document is read yet.

    Every file is hashed, so that nothing made from another one is taken for this one's. Raises SettingsError or
    PlanError, naming file, key and remedy; MissingCorpusError where its corpus has not been fetched.
    """
    path = _settings_path(name)
    content = read_toml(path)
    try:
        settings = CollectionSettings(**content)
    except ValidationError as error:
        raise SettingsError(f"{path}: {problems_of(error)}") from error
    which = settings.collection
    if which.plans:
        members, citation = [_member_of_plan(plan) for plan in which.plans], which.citation or ""
    elif which.corpus:
        corpus = _corpus(which.corpus)
        citation = corpus.citation
        members = _members_of(corpus.folder, _unchanged(corpus), settings, path, corpus.licence)
    else:
        folder = (path.parent / str(which.folder)).resolve()
        citation = which.citation or ""
        members = _members_of(folder, _found_in(folder, path), settings, path, str(which.licence))
    if twice := _twice([member.id for member in members]):
        raise SettingsError(f"{path}: collection.plans: {twice} stands twice; keep it once")
    _ = members[0].settings  # what is wrong in it for one is wrong for all: said now, not when the first is read
    return Collection(
        path.stem,
        settings,
        tuple(sorted(members, key=lambda member: member.id)),
        path,
        hash_text_file(path),
        citation,
    )


def _settings_path(name: str | Path) -> Path:
    """The settings file of a collection. Raises PlanError, listing those there are."""
    named = paths.COLLECTIONS / f"{name}.toml"
    path = named if isinstance(name, str) and Path(name).name == name and named.is_file() else Path(name)
    if path.suffix != ".toml" or not path.is_file():
        raise PlanError(
            f"{name}: there is no such collection. Under data/collections there are: "
            f"{', '.join(collection_ids()) or 'none'}. The path of another settings file serves too."
        )
    if not re.fullmatch(_ID, path.stem):
        raise SettingsError(f"{path}: a collection's id is its file's name: write it in a to z, 0 to 9 and hyphens.")
    return path


def _member_of_plan(plan: str) -> Member:
    folder = plan_folder(plan)
    settings = load_settings(folder)
    parts = settings.source.parts
    return Member(
        settings.id,
        settings.place,
        tuple(folder / part.file for part in parts),
        tuple(source_hash(folder / part.file) for part in parts),
        folder / "plan.toml",
        settings.plan.licence,
    )


def _corpus(name: str) -> CorpusManifest:
    """A fetched corpus. Raises MissingCorpusError where it is not here."""
    found = read_manifest(name)
    if found is None:
        raise MissingCorpusError(f"The corpus {name} is not here. {how_to_fetch(name)}")
    return found


def _unchanged(corpus: CorpusManifest) -> dict[Path, str]:
    """The files of a corpus with their hashes, which are those of its manifest."""
    for path, sha256 in corpus.files.items():
        if not path.is_file() or source_hash(path) != sha256:
            said = "has changed since it was fetched" if path.is_file() else "is missing"
            raise PlanError(f"{path}: {said}. Delete the folder; {how_to_fetch(corpus.folder.name)}")
    return dict(corpus.files)


def _found_in(folder: Path, path: Path) -> dict[Path, str]:
    """The documents of a folder with their hashes; hidden files and those that Word has open are passed over."""
    if not folder.is_dir():
        raise SettingsError(f"{path}: collection.folder: there is no folder {folder}. Correct the path.")
    found = [entry for entry in sorted(folder.iterdir()) if entry.is_file() and entry.suffix.lower() in SUFFIXES]
    found = [entry for entry in found if not entry.name.startswith((".", "~$"))]
    if not found:
        raise PlanError(f"{folder}: there is no document in it ({', '.join(SUFFIXES)}). Put the plans there.")
    return {entry: source_hash(entry) for entry in found}


def _members_of(
    folder: Path, files: Mapping[Path, str], settings: CollectionSettings, path: Path, licence: str
) -> list[Member]:
    """A member for each file; refuses files without a place and two of one id."""
    named = {file.name: file for file in settings.file}
    shown = {file.relative_to(folder).as_posix(): file for file in files}
    for key, names in (("[[file]]", named), ("collection.skip", settings.collection.skip)):
        if absent := [name for name in names if name not in shown]:
            raise SettingsError(f"{path}: {key}: there is no file {absent[0]!r} in {folder}. Correct the name.")
    places = _places(path, [name for name in shown if name not in settings.collection.skip], settings)
    by_id: dict[str, list[str]] = defaultdict(list)
    members = []
    for name, place in places.items():
        own = named.get(name)
        plan_id = ".".join([path.stem, place.code, *([own.id] if own and own.id else [])])
        by_id[plan_id].append(name)
        members.append(
            Member(
                plan_id,
                place,
                (shown[name],),
                (files[shown[name]],),
                path,
                settings.collection.licence or licence,
                own.encoding if own else None,
                settings,
            )
        )
    for plan_id, several in by_id.items():
        if len(several) > 1:
            raise SettingsError(
                f"{path}: {' and '.join(several[:_MOST_NAMED])} are of one place and would both be {plan_id}. Give "
                "each a [[file]] with name, place and an id of its own, or name one of them in collection.skip."
            )
    return members


def _places(path: Path, names: Sequence[str], settings: CollectionSettings) -> dict[str, Place]:
    """The place of each file, by [[file]] or by its name."""
    given = {file.name: file.place for file in settings.file}
    pattern = re.compile(settings.collection.file) if settings.collection.file else None
    found, without = {}, []
    for name in names:
        matched = pattern.search(Path(name).name) if pattern else None
        if name in given:
            found[name] = _division(given[name], f"{path}: [[file]] {name}")
        elif matched:
            found[name] = _named(matched["place"], settings.collection.level, f"{path}: collection.file: {name}")
        else:
            without.append(name)
    if without:
        more = f" and {len(without) - _MOST_NAMED} more" if len(without) > _MOST_NAMED else ""
        raise SettingsError(
            f"{path}: collection.file does not tell the place of {', '.join(without[:_MOST_NAMED])}{more}. Widen the "
            "pattern, give each a [[file]] with its place, or name it in collection.skip."
        )
    return {
        name: Place(code=area.code, name=area.name, name_en=settings.english.get(area.code, area.name))
        for name, area in found.items()
    }


def _named(name: str, level: Level | None, where: str) -> Division:
    """The one division of this name and level."""
    found = [area for area in find_place(name) if level is None or level_of(area.code) == level]
    if len(found) == 1:
        return found[0]
    if not found:
        of_level = f" of the level {level}" if level else ""
        raise SettingsError(f"{where}: the gazetteer knows no place {name!r}{of_level}. Give its code in a [[file]].")
    candidates = ", ".join(f"{area.code} {area.name}" for area in found[:_MOST_NAMED])
    raise SettingsError(
        f"{where}: {name!r} stands for {len(found)} places ({candidates}). Set collection.level, or give the "
        "file's place in a [[file]]."
    )


def _division(code: str, where: str) -> Division:
    if code in divisions():
        return divisions()[code]
    if code in wider_divisions():
        return Division(code, wider_divisions()[code], code, f"{code[:2]}0000")
    raise SettingsError(f"{where}: the gazetteer knows no place with the code {code}. Correct it.")


def level_of(code: str) -> Level:
    """The level of a place by its six-digit code."""
    if code.endswith("0000"):
        return "province"
    return "county" if code in divisions() else "prefecture"


@cache
def _names_within(code: str) -> tuple[str, ...]:
    """The names of a place and of all divisions in it, in full, as else written, and short.

    Of its divisions' names those that are ordinary words too (城区, 振兴 of 振兴区) are left out.
    """
    own = _division(code, code).name
    within = [*(prefectures_of(code) if level_of(code) == "province" else []), *divisions_of(code)]
    names = [own, *(area.name for area in within)]
    ambiguous = load_lexicon("ambiguous_places")
    read = zip(ambiguous["term"], ambiguous["reading"], strict=True)
    words = {term for term, reading in read if reading in ("word", "verb")} - {own, short_name(own)}
    each = (name for full in names for name in (*written_names(full), short_name(full)) if name and name not in words)
    return tuple(dict.fromkeys(each))


def _filled(values: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """The same with the fields of every text filled in."""
    filled: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, str):
            filled[key] = value.format(**fields)
        else:
            filled[key] = [text.format(**fields) for text in value] if isinstance(value, list) else value
    return filled


def _twice(names: Sequence[str]) -> str | None:
    return next((name for name in sorted(set(names)) if names.count(name) > 1), None)
