"""`python run.py new PLACE FILE…`: draft data/plans/<id>/ from a plan's file, whole or not at all.

The file is copied byte for byte, plan.toml is drafted from the gazetteer and from what the text says of itself, and the
reading report is written beside it. Each drafted key says in a comment where its value comes from.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from src.utils import paths
from src.utils.errors import GuihuaError, PlanError
from src.utils.files import PART, write_whole, writer_alive
from src.utils.paths import shown
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
from src.utils.plans.pipeline import Plan, load_plan
from src.utils.plans.report import reading_report
from src.utils.plans.settings import SETTINGS_FILE
from src.utils.running.drafting import Drafted, Found, read_draft
from src.utils.running.romanising import english_name, folder_name

_NOWHERE = Division("000000", "-", "000000", "000000")
REPORT_FILE = "reading_report.txt"
_ID = re.compile(r"[^\W_][\w-]{0,63}")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")
_LICENCE = (
    "A government document; Chinese copyright law (art. 5) does not protect documents of an administrative nature."
)


@dataclass(frozen=True)
class Source:
    """A file that was given, and its copy."""

    given: Path
    copy: str
    sha256: str


def run_new(place: str, files: Sequence[str], *, plan_id: str | None, code: str | None) -> int:
    """Draft a plan's folder and print the reading report and what to check. Returns the exit code."""
    folder, report = new_plan(place, [Path(file) for file in files], plan_id=plan_id, code=code)
    print("\n".join(report))
    print(f"\nWritten: {shown(folder)}/ ({', '.join(sorted(path.name for path in folder.iterdir()))})")
    print(f"Next: mend {SETTINGS_FILE} there, then `python run.py --plan {folder.name}` runs all notebooks on it.")
    return 0


def new_plan(
    place: str,
    files: Sequence[Path],
    *,
    plan_id: str | None = None,
    code: str | None = None,
    under: Path | None = None,
) -> tuple[Path, list[str]]:
    """Make data/plans/<id>/ from a plan's files, in the plan's order; returns the folder and the report's lines.

    place: a division's name or six-digit code. plan_id: the folder's name; without it the place's name in pinyin, with
    the code where another place has that name already. code: which place, where the name stands for several. under:
    the folder to make it in, instead of data/plans.
    Raises GuihuaError, one line with the remedy; then nothing is left behind.
    """
    plans = under or paths.PLANS
    with _building(plans) as building:
        sources = _copy(files, building)
        with _in_the_users_terms(building, sources):
            write_whole(building / SETTINGS_FILE, _toml(_NOWHERE, sources, None, []))
            read = load_plan(building)  # under the least settings, to find the others in it
        area = choose_place(place, code, read.source.text)
        folder = plans / choose_id(plan_id, area, plans)
        found, counties = _draft(read, area)
        write_whole(building / SETTINGS_FILE, _toml(area, sources, found, counties))
        with _in_the_users_terms(building, sources):
            plan = replace(load_plan(building), id=folder.name)
        report = [*reading_report(plan), "", f"To check by hand in {SETTINGS_FILE}"]
        report += [f"  - {line}" for line in to_check(plan, area, found)]
        write_whole(building / REPORT_FILE, "\n".join(report) + "\n")
        try:
            building.rename(folder)
        except OSError as error:
            raise _taken(folder) from error
    return folder, report


@contextlib.contextmanager
def _building(plans: Path) -> Iterator[Path]:
    """A folder to build in, gone afterwards; those of killed runs go too.

    It lies two levels below `plans`, where no list of plans looks.
    """
    building = plans / f".new.{os.getpid()}{PART}"
    for left in plans.glob(f".new.*{PART}"):
        if left == building or not writer_alive(left):
            shutil.rmtree(left, ignore_errors=True)
    try:
        (building / "draft").mkdir(parents=True)
    except OSError as error:
        raise PlanError(
            f"{shown(plans)}: cannot be written ({error.strerror}). Get the right to write there."
        ) from error
    try:
        yield building / "draft"
    except OSError as error:
        raise PlanError(f"{shown(plans)}: cannot be written ({error.strerror}). Is the disk full?") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _copy(files: Sequence[Path], folder: Path) -> list[Source]:
    """Copy the files as source.txt, or source.1.txt, source.2.docx … where there are several."""
    sources = []
    for number, path in enumerate(files, start=1):
        if not path.is_file():
            raise PlanError(
                f"{path}: there is no such file. Correct the path; put it between quotes if it holds spaces."
            )
        ending = path.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", path.suffix) else ".txt"
        name = f"source{ending}" if len(files) == 1 else f"source.{number}{ending}"
        shutil.copyfile(path, folder / name)
        sources.append(Source(path, name, hashlib.sha256((folder / name).read_bytes()).hexdigest()))
    return sources


def _draft(read: Plan, area: Division) -> tuple[Found, list[Division]]:
    """What the text says of itself, and the divisions of the place in the year it is of."""
    below = [part.name for part in (area, *divisions_of(area.code), *units_below(area, None))]
    found = read_draft(read, area.name, [*below, *(short_name(name) or name for name in below)])
    return found, units_below(area, _year(found))


def _year(found: Found) -> int | None:
    """The year whose divisions hold: that of the date, else the first of the period."""
    if found.date:
        return int(found.date.value[:4])
    return int(found.period.value[0]) if found.period else None


@contextlib.contextmanager
def _in_the_users_terms(folder: Path, sources: Sequence[Source]) -> Iterator[None]:
    """Say an error about a copy of the file that was given."""
    try:
        yield
    except GuihuaError as error:
        message = str(error).replace(str(folder / SETTINGS_FILE), f"the draft of {SETTINGS_FILE}")
        for source in sources:
            message = message.replace(str(folder / source.copy), str(source.given))
        raise PlanError(message) from error


# --- the place and the folder's name ---


def _division(code: str) -> Division | None:
    """The division of a six-digit code, of whatever level."""
    name = wider_divisions().get(code)
    return divisions().get(code) or (Division(code, name, code, f"{code[:2]}0000") if name else None)


def is_county(area: Division) -> bool:
    """Whether a division is of county level."""
    return area.code in divisions()


def units_below(area: Division, year: int | None) -> list[Division]:
    """What a plan compares: a prefecture's counties in that year, a province's prefectures, of a county itself."""
    if area.code == area.province and any(below.city != area.code for below in divisions_of(area.code)):
        return prefectures_of(area.code)
    return divisions_of(area.code, year)


def choose_place(name: str, code: str | None, text: str) -> Division:
    """The division that a name or code stands for; of several, the one whose city or province the text names.

    A name may have its city or province before it (南京市鼓楼区). Raises PlanError listing those it may stand for.
    """
    candidates = [area] if (area := _division(name)) else _candidates(name.strip())
    if not candidates:
        raise PlanError(
            f"{name}: the gazetteer knows no such place. Write its full name (宜春市) or its six-digit code."
        )
    if code is not None:
        candidates = [area for area in candidates if area.code == code] or candidates
        if candidates[0].code != code:
            raise PlanError(f"--code {code}: is not {name}. It may be {_listed(candidates)}.")
    if len(candidates) > 1:
        named = [area for area in candidates if _named_above(area, text)]
        candidates = named if len(named) == 1 else candidates
    if len(candidates) > 1:
        raise PlanError(f"{name}: stands for {len(candidates)} places. Add --code: {_listed(candidates)}.")
    return candidates[0]


def _candidates(name: str) -> list[Division]:
    """Those of the name; where there are none, those of its end that lie in what stands before (江苏省南京市鼓楼区)."""
    found = find_place(name)
    if not found:  # 阿坝州, as autonomous prefectures are called for short
        codes = [code for code, full in wider_divisions().items() if name in written_names(full)]
        found = [area for code in codes if (area := _division(code))]
    for at in range(len(name) - 1, 1, -1) if not found else ():
        above = {area.code for area in find_place(name[:at])}
        found = [area for area in _candidates(name[at:]) if above & {area.city, area.province}] if above else []
        if found:
            break
    return found


def _named_above(area: Division, text: str) -> bool:
    """Whether the text names the city that the division lies in, or, right under a province, the province."""
    above = _division(area.city if area.city != area.code else area.province)
    return above is not None and above != area and (short_name(above.name) or above.name.rstrip("省")) in text


def _listed(areas: Sequence[Division]) -> str:
    shown = []
    for area in areas[:12]:
        above = [_division(code) for code in dict.fromkeys((area.province, area.city)) if code != area.code]
        shown.append(f"{area.code} {''.join(wider.name for wider in above if wider)}{area.name}")
    return ", ".join(shown) + (", …" if len(areas) > 12 else "")


def choose_id(wanted: str | None, area: Division, plans: Path) -> str:
    """The folder's name: as wanted, else the place's in pinyin, with its code where another place has that already.

    Raises PlanError for a name that cannot be a folder's on every system, or that is taken.
    """
    if wanted is not None:
        if not _ID.fullmatch(wanted) or _RESERVED.fullmatch(wanted):
            raise PlanError(f"--id {wanted!r}: take letters, digits, - and _, a letter or digit first, at most 64.")
        return _free(wanted, plans)
    name = folder_name(area.name)
    if name and not (plans / name).exists():
        return name
    if name and _code_of(plans / name) not in (area.code, None):
        return _free(f"{name}-{area.code}", plans)
    return _free(name or area.code, plans)


def _free(name: str, plans: Path) -> str:
    if (plans / name).exists():
        raise _taken(plans / name)
    return name


def _taken(folder: Path) -> PlanError:
    return PlanError(f"{shown(folder)}: is there already and stays as it is. Choose another name with --id.")


def _code_of(folder: Path) -> str | None:
    """The place's code in a plan folder's settings; None where they cannot be read."""
    try:
        content = tomllib.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8-sig"))
        return str(content["place"]["code"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


# --- plan.toml ---


def _toml(area: Division, sources: Sequence[Source], found: Found | None, counties: Sequence[Division]) -> str:
    """A plan.toml; without what was found, the least that a plan can be read with."""
    names = ", ".join(source.given.name for source in sources)
    lines = [
        f"# Drafted by `python run.py new` from {_comment(names)}. Behind each key stands where its value comes from;",
        "# check it and take the comment away. Every key is explained in data/README.md.",
        "",
        "[plan]",
        *(_plan_lines(area, sources, found) if found else ['title = "-"', 'title_en = "-"', 'licence = "-"']),
        "",
        *_source_lines(sources),
        "[place]",
        _key("code", area.code, "gazetteer"),
        _key("name", area.name, "gazetteer"),
        _key("name_en", english_name(area.name, with_class=is_county(area)), "transliterated"),
    ]
    for county in counties:
        lines += ["", "[[county]]", _key("code", county.code, "gazetteer"), _key("name", county.name, "gazetteer")]
        lines += [_key("name_en", english_name(county.name, with_class=is_county(county)), "transliterated")]
    for industry in found.industries if found else []:
        lines += ["", "[[industry]]", _key("name", industry.name, industry.why)]
        why = "data/lexicons" if industry.name_en else "not known: translate it"
        lines += [_key("name_en", industry.name_en or industry.name, why)]
        lines += [_key("short", industry.short, industry.why)] if industry.short else []
    return "\n".join(lines) + "\n"


def _plan_lines(area: Division, sources: Sequence[Source], found: Found) -> list[str]:
    title = found.title or Drafted(sources[0].given.stem, "the file's name: no title was found")
    lines = [_key("title", title.value, title.why), _key("title_en", english_title(area, found), "not translated")]
    for key, drafted in (
        ("kind", found.kind),
        ("period", found.period),
        ("publisher", found.publisher),
        ("date", found.date),
        ("address", found.address),
    ):
        lines.append(_key(key, drafted.value, drafted.why) if drafted else f"# {key} was not found in the text")
    return [*lines, _key("licence", _LICENCE, "what holds of most plans; say where the text was found")]


def _source_lines(sources: Sequence[Source]) -> list[str]:
    """The table [source], or one [[source.files]] for each of several files."""
    lines: list[str] = []
    for source in sources:
        lines += ["[source]" if len(sources) == 1 else "[[source.files]]"]
        lines += [_key("file", source.copy, f"copied from {source.given.name}")]
        lines += [_key("sha256", source.sha256, "of that file"), ""]
    return lines


def english_title(area: Division, found: Found) -> str:
    """A working title in English: the place, the five-year plan or the year, the kind."""
    place = english_name(area.name, with_class=is_county(area))
    period = found.period.value if found.period else None
    if found.kind.value == "report":
        return f"{place} Government Work Report" + (f" {period[0]}" if period else "")
    if period and period[1] - period[0] == 4 and period[0] % 5 == 1:
        return f"{place} {(period[0] - 1981) // 5 + 6}th Five-Year Plan"
    years = "-".join(map(str, dict.fromkeys(period or ())))
    return f"{place} Plan {years}".strip()


def _key(key: str, value: str | Sequence[str | int], why: str) -> str:
    return f"{key} = {toml_value(value)} # drafted: {_comment(why)}"


def toml_value(value: str | int | Sequence[str | int]) -> str:
    r"""A value as TOML: strings between quotes with what they may not hold escaped.

    >>> print(toml_value(['a "b"', 2021]), toml_value("tab\t"))
    ["a \"b\"", 2021] "tab\u0009"
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'
    return f"[{', '.join(map(toml_value, value))}]"


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "?", text)


# --- what to check ---


def to_check(plan: Plan, area: Division, found: Found) -> list[str]:
    """What a person should look at, in the order of plan.toml."""
    settings = plan.settings
    assert settings is not None
    lines = [
        f"{key}: was not found; write it, or leave it out"
        for key, drafted in (("plan.title", found.title), ("plan.period", found.period), ("plan.date", found.date))
        if drafted is None
    ]
    if found.title:
        lines.append(f"plan.title: {found.title.value!r} ({found.title.why})")
    lines.append("plan.title_en, county.name_en: drafts; put the published English names there")
    who = ", ".join(found.publisher.value) + f" ({found.publisher.why})" if found.publisher else "was not found"
    lines.append(f"plan.publisher: {who}")
    lines.append("plan.licence, plan.address: say where the text was found and what may be done with it")
    names = [area.name, short_name(area.name) or area.name]
    if not any(name in plan.clean.text for name in names):
        lines.append(f"place: the text never says {' or '.join(dict.fromkeys(names))}. Is it the right file?")
    lines += _county_checks(plan)
    lines += [
        f"industry: {industry.name} ({industry.why}); no English name is known"
        if not industry.name_en
        else f"industry: {industry.name} ({industry.why})"
        for industry in found.industries
    ]
    if not found.industries:
        lines.append(
            "industry: none was found; list them from the plan's headings, or notebook 04 has nothing to compare"
        )
    return lines + _reading_checks(plan)


def _county_checks(plan: Plan) -> list[str]:
    assert plan.settings is not None
    spoken_of = set(plan.units.loc[plan.units["scheme"] == "county", "unit"])
    silent = [county.name for county in plan.settings.county if county.name not in spoken_of]
    n = len(plan.settings.county)
    if not n:
        return ["county: the gazetteer has none below this place"]
    return [
        f"county: {n} from the gazetteer; the text speaks of {n - len(silent)}"
        + (f", never of {'、'.join(silent[:20])}{'…' if len(silent) > 20 else ''}" if silent else "")
    ]


def _reading_checks(plan: Plan) -> list[str]:
    """What the reader itself is unsure of."""
    lines = []
    summary = plan.summary()
    if summary.n_missing or summary.n_partial:
        lines.append(
            f"text: {summary.n_missing} headings of the contents list have none, {summary.n_partial} only part of it"
        )
    unsure = int((~plan.contents["sure"].astype(bool)).sum()) if len(plan.contents) else 0
    if unsure:
        lines.append(f"contents list: {unsure} page numbers are in doubt")
    return lines
