"""What plan.toml says of a plan, checked: unknown keys, impossible values and unknown counties are refused by name."""

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from src.utils import paths
from src.utils.errors import PlanError, SettingsError
from src.utils.lexicons import load_lexicon
from src.utils.plans.gazetteer import (
    Division,
    FormerName,
    divisions,
    divisions_of,
    former_names,
    prefectures_of,
    short_name,
    wider_divisions,
    written_names,
)

SETTINGS_FILE = "plan.toml"
_PLACE_ENDINGS = re.compile(r"(?:[壮回维吾尔族]*自治区|自治州|地区|省|市|州|盟|县|区)$")

NonEmpty = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PlaceCode = Annotated[str, Field(pattern=r"^\d{6}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class About(_Strict):
    """The document: what it is called, who published it, when, where."""

    title: NonEmpty
    title_en: NonEmpty
    kind: Literal["plan", "digest", "report"] = "plan"
    digest_of: str | None = None
    period: tuple[int, int] | None = None
    publisher: list[NonEmpty] = []
    publisher_en: list[NonEmpty] = []
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    address: str | None = None
    licence: NonEmpty

    def year(self) -> int | None:
        """The year the document is of: its date's, else the first it plans for."""
        if self.date:
            return int(self.date[:4])
        return self.period[0] if self.period else None


class SourcePart(_Strict):
    """One of several files of a plan: its name, its hash, its encoding where it is text of an unusual one."""

    file: NonEmpty
    sha256: Sha256
    encoding: str | None = None


class Source(_Strict):
    """The file as found, or several in order: names, hashes, and what the user knows about them."""

    file: NonEmpty | None = None
    sha256: Sha256 | None = None
    encoding: str | None = None
    files: list[SourcePart] = []
    drop: list[str] = []

    @property
    def parts(self) -> list[SourcePart]:
        """The files in the order of the plan, one where `file` names it."""
        if self.file is None or self.sha256 is None:
            return self.files
        return [SourcePart(file=self.file, sha256=self.sha256, encoding=self.encoding)]

    @model_validator(mode="after")
    def _one_way_of_naming_files(self) -> "Source":
        if self.files and (self.file, self.sha256, self.encoding) != (None, None, None):
            raise ValueError("file, sha256 and encoding name one file, files names several; keep one way")
        if not self.files and (self.file is None or self.sha256 is None):
            missing = "file" if self.file is None else "sha256"
            raise ValueError(f"the key {missing} is missing (data/README.md says what it holds)")
        names = [part.file for part in self.files]
        if len(set(names)) < len(names):
            raise ValueError("a file stands twice in files; keep it once")
        return self

    @field_validator("drop")
    @classmethod
    def _patterns_compile(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
            if compiled.match(""):
                raise ValueError(f"{pattern!r} matches the empty string, so it would match everywhere")
        return patterns


class Cleaning(_Strict):
    """How the text is mended: rules of cleaning to skip, by name; whether traditional characters are simplified."""

    skip: list[NonEmpty] = []
    simplify: bool = False


class Words(_Strict):
    """The user's own dictionaries: files in the plan's folder, in jieba's format (words.user_dictionary).

    Without the key, dictionary.txt is read where there is one.
    """

    dictionary: list[NonEmpty] = []


class Place(_Strict):
    """The place the plan is for, by its six-digit administrative code.

    units: of a province, whether its counties or its prefectures are compared where plan.toml lists neither.
    """

    code: PlaceCode
    name: NonEmpty
    name_en: NonEmpty
    units: Literal["county", "prefecture"] = "county"

    @property
    def short(self) -> str:
        """The name without its class: 上饶, 广东; the name itself where one character would be left."""
        short = _PLACE_ENDINGS.sub("", self.name)
        return short if len(short) > 1 else self.name


class County(_Strict):
    """A county-level division (or, of a province, a prefecture): its code, its names, the names it had before.

    `name_en` is the Chinese name where no English one is given.
    """

    code: PlaceCode
    name: NonEmpty
    name_en: NonEmpty = ""
    short: list[NonEmpty] = []
    former: list[NonEmpty] = []

    @model_validator(mode="before")
    @classmethod
    def _chinese_name_without_an_english_one(cls, values: Any) -> Any:
        if isinstance(values, dict) and "name_en" not in values and "name" in values:
            return {**values, "name_en": values["name"]}
        return values

    @property
    def division_name(self) -> str:
        """The name in the gazetteer: 桥西区 where several counties share it and `name` is 石家庄市桥西区."""
        known = divisions().get(self.code)
        return known.name if known else self.name

    def names(self) -> list[str]:
        """The name itself, the name without its class (信州), the short and former names given, then the gazetteer's.

        A former name that is now the name of another place (上饶市, once the county-level city that is 信州区) is left
        out, and so is a short name that is an ordinary word (资源 of 资源县): whether such a word means the county, the
        sentence decides (units.mentions).
        """
        short = short_name(self.division_name)
        if short in _ordinary_words():
            short = None
        written = written_names(self.division_name)
        known = [was.name for was in self.known_former_names()]
        given = [self.name, *([short] if short else []), *self.short, *self.former]
        return list(dict.fromkeys([*given, *written, *known]))

    def known_former_names(self) -> list[FormerName]:
        """The former names that the gazetteer knows and that are no other place's name today."""
        taken = _names_of_today()
        return [was for was in former_names().get(self.code, ()) if was.name not in taken]


class Zone(_Strict):
    """A development zone and the county it counts for, by name or code; "" where it counts for none of them."""

    name: NonEmpty
    county: str = ""


class Industry(_Strict):
    """An industry as the plan divides them: its heading, its English name, words that speak of it.

    gbt4754: codes of GB/T 4754-2017 (C38, C397) whose names speak of it too; without them, an industry that
    data/lexicons/industries.csv does not have is looked up there by its name.
    """

    name: NonEmpty
    name_en: NonEmpty
    short: NonEmpty | None = None
    terms: list[NonEmpty] = []
    gbt4754: list[Annotated[str, Field(pattern=r"^[A-T]?[0-9]{2,3}$")]] = []

    def names(self) -> list[str]:
        """The heading itself, its short form, then the plan's own terms for it."""
        return [self.name, *([self.short] if self.short else []), *self.terms]


@cache
def _ordinary_words() -> frozenset[str]:
    return frozenset(load_lexicon("ambiguous_places")["term"])


def _counties_of(values: dict[str, Any]) -> list[County]:
    """The counties of a prefecture, or the units of a province, where plan.toml lists none; at a county, none."""
    place, about = values.get("place"), values.get("plan")
    if place is None or place.code not in wider_divisions():
        return []
    year = about.year() if about else None
    found = prefectures_of(place.code) if place.units == "prefecture" else divisions_of(place.code, year)
    return [County(code=area.code, name=name) for area, name in zip(found, _distinct_names(found), strict=True)]


def _distinct_names(areas: list[Division]) -> list[str]:
    """Names that stand for one area each: with the city before them where several share a name (石家庄市桥西区)."""
    times = Counter(area.name for area in areas)
    return [area.name if times[area.name] == 1 else wider_divisions()[area.city] + area.name for area in areas]


@cache
def _names_of_today() -> frozenset[str]:
    """Names of all provinces, prefectures and counties in force, and names that are mere classes."""
    classes = ("城区", "郊区", "新区", "矿区", "市区", "东郊区", "西郊区", "南郊区", "北郊区")
    return frozenset((*wider_divisions().values(), *(area.name for area in divisions().values()), *classes))


class PlanSettings(_Strict):
    """All of a plan.toml; `id` is the name of its folder, `headings` the English names of its headings.

    Where no [[county]] is listed and the place is a prefecture or a province, its counties are the gazetteer's.
    """

    id: NonEmpty
    plan: About
    source: Source
    cleaning: Cleaning = Cleaning()
    words: Words = Words()
    place: Place
    county: list[County] = Field(default_factory=_counties_of)
    zone: list[Zone] = []
    industry: list[Industry] = []
    headings: dict[NonEmpty, NonEmpty] = {}
    _folder: Path | None = PrivateAttr(default=None)
    _file: Path | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path:
        """The plan's folder: the one it was read from, else the one of its id under data/plans."""
        return self._folder or paths.PLANS / self.id

    @property
    def file(self) -> Path:
        """The file the settings stand in: the plan's plan.toml, or the settings file of its collection."""
        return self._file or self.folder / SETTINGS_FILE

    @model_validator(mode="after")
    def _units_are_known(self) -> "PlanSettings":
        for at, county in enumerate(self.county, start=1):
            _check_county(county, f"county {at}", self.place)
        for at, zone in enumerate(self.zone, start=1):
            if zone.county and self.county_of(zone) is None:
                raise ValueError(
                    f"zone {at} ({zone.name}): {zone.county!r} is none of the plan's counties; write a county's name "
                    'or code, or "" where the zone counts for none of them'
                )
        for what, names in (
            ("county", [name for county in self.county for name in _given_names(county)]),
            ("zone", [zone.name for zone in self.zone]),
            ("industry", [name for industry in self.industry for name in industry.names()]),
        ):
            for name, times in Counter(names).items():
                if times > 1:
                    raise ValueError(f"{what}: {name!r} stands for two units; keep it in one")
        if self.plan.kind == "digest" and self.plan.digest_of is None:
            raise ValueError("plan.digest_of is missing: a digest names the plan whose headings it follows")
        return self

    def county_of(self, zone: Zone) -> County | None:
        """The county that a zone counts for; None where it counts for none."""
        return next((county for county in self.county if zone.county in (county.name, county.code)), None)

    def english_names(self) -> dict[str, str]:
        """English names of the place, its counties and its industries, by every Chinese name they have.

        A county without an English name is not among them: figures list what they could not translate.
        """
        names = {self.place.name: self.place.name_en, self.place.short: self.place.name_en}
        translated = [county for county in self.county if county.name_en != county.name]
        names |= {name: county.name_en for county in translated for name in county.names()}
        return names | {industry.name: industry.name_en for industry in self.industry}

    def unit_names(self) -> dict[str, dict[str, list[str]]]:
        """For each scheme, each unit's names: what stands in a heading or a sentence when it speaks of the unit."""
        return {
            "county": {county.name: county.names() for county in self.county},
            "industry": {industry.name: industry.names() for industry in self.industry},
        }


def _given_names(county: County) -> list[str]:
    """The names that stand for this county alone: short names of the gazetteer may be shared (伊宁市, 伊宁县)."""
    return list(dict.fromkeys([county.name, *county.short, *county.former]))


def _check_county(county: County, key: str, place: Place) -> None:
    """Refuse a county that the gazetteer does not know by this code and name, or that lies elsewhere."""
    if county.code in wider_divisions() and county.code not in divisions():
        known = Division(county.code, wider_divisions()[county.code], county.code, f"{county.code[:2]}0000")
    elif county.code in divisions():
        known = divisions()[county.code]
    else:
        same_name = [code for code, area in divisions().items() if area.name == county.name]
        hint = f"{county.name!r} has the code {', '.join(same_name)}" if same_name else "check the name and the code"
        raise ValueError(f"{key} ({county.name}): the gazetteer knows no county-level code {county.code}; {hint}")
    if county.name not in (known.name, wider_divisions()[known.city] + known.name):
        raise ValueError(
            f"{key} ({county.name}): the gazetteer knows {county.code} as {known.name!r}; write that name and put an "
            "older one into `former`"
        )
    if place.code not in (known.city, known.province, county.code):
        raise ValueError(f"{key} ({county.name}): {county.code} does not lie in {place.name} ({place.code})")


def plan_ids() -> list[str]:
    """Ids of the plans under data/plans, sorted."""
    return sorted(folder.parent.name for folder in paths.PLANS.glob(f"*/{SETTINGS_FILE}"))


def plan_folder(plan: str | Path) -> Path:
    """The folder of a plan given by its id under data/plans or by a path, from where one stands or from the project.

    Raises PlanError, listing the plans there are, where it is neither.
    """
    named = paths.PLANS / plan
    if isinstance(plan, str) and plan and Path(plan).name == plan and (named / SETTINGS_FILE).is_file():
        return named
    folder = Path(plan)
    for base in (Path(), paths.ROOT):
        if str(plan) and (base / folder / SETTINGS_FILE).is_file():
            return (base / folder).resolve()
    if folder.is_dir() or (str(plan) and named.is_dir()):
        raise PlanError(f"{plan}: the folder has no {SETTINGS_FILE}. Copy one from data/plans/shangrao and edit it.")
    raise PlanError(
        f"{plan}: there is no such plan. Under data/plans there are: {', '.join(plan_ids()) or 'none'}. "
        "A path to another plan folder serves too."
    )


def load_settings(folder: Path) -> PlanSettings:
    """Read and check the plan.toml of a plan folder.

    Raises SettingsError naming the file, the key and the remedy.
    """
    path = folder / SETTINGS_FILE
    content = read_toml(path)
    if "id" in content:
        raise SettingsError(f"{path}: unknown key id. The folder's name is the plan's id; remove the key.")
    return settings_from(content, folder.name, folder, path)


def settings_from(content: dict[str, Any], plan_id: str, folder: Path, path: Path) -> PlanSettings:
    """Check what was written of a plan; folder: where its files lie, path: the file to name in a SettingsError."""
    try:
        settings = PlanSettings(id=plan_id, **content)
    except ValidationError as error:
        raise SettingsError(f"{path}: {problems_of(error)}") from error
    settings._folder, settings._file = folder, path
    return settings


def read_toml(path: Path) -> dict[str, Any]:
    """What a settings file holds. Raises SettingsError, naming the file, the line and the remedy."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}. Mend that line.") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}).") from error


def problems_of(error: ValidationError) -> str:
    """All that pydantic found wrong, in sentences that name the keys."""
    return "; ".join(_problem(item) for item in error.errors())


def _problem(item: Any) -> str:
    """One of pydantic's findings as a sentence with the key as it stands in the file."""
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in item["loc"])
    match item["type"]:
        case "extra_forbidden":
            return f"unknown key {key}. Remove it or correct its spelling (data/README.md lists the keys)"
        case "missing":
            return f"the key {key} is missing (data/README.md says what it holds)"
        case "value_error":
            said = str(item["ctx"]["error"])
            return f"{key}: {said}" if key else said
        case _:
            return f"{key} = {item['input']!r}: {item['msg']}"
