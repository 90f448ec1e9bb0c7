"""The figures of a plan as the page takes them: passports, the tables behind them, and the pictures, compressed."""

import base64
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from src.utils.errors import FigureError
from src.utils.figures.gallery import Shown, gather
from src.utils.figures.passport import RESTS_ON

LANGUAGES: Final = ("zh", "en")


class Version(NamedTuple):
    """A figure in one language, or in both: its passport, its picture (SVG) and its table (CSV) as they lie.

    firm: the table of the numbers in its sentence of robustness, empty where they stand in csv.
    """

    passport: Mapping[str, Any]
    svg: bytes
    csv: bytes
    firm: bytes = b""


@dataclass(frozen=True)
class Picture:
    """A figure on the page: by language where there is one in each, else under "both"."""

    name: str
    folder: str
    versions: Mapping[str, Version]

    @property
    def passport(self) -> Mapping[str, Any]:
        """What both languages say alike: captions, N, measure, robustness."""
        return next(iter(self.versions.values())).passport

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return "-".join(filter(None, ("figure", self.folder, self.name)))


@dataclass(frozen=True)
class Shelf:
    """All pictures of a plan in the order of the notebooks, and the tables behind those of the plan's own folder."""

    pictures: tuple[Picture, ...]
    tables: Mapping[str, pd.DataFrame]

    def picture(self, name: str) -> Picture | None:
        """The picture of this name in the plan's own folder."""
        return next((one for one in self.pictures if one.name == name and not one.folder), None)


def shelf_of(folder: Path, *, own: bool = False) -> Shelf:
    """Read the figures in a plan's folder and below it; those without SVG or CSV are left out.

    own: only figures that the notebooks make as they stand, as in gallery.write_gallery. Raises FigureError for a table
    that is none.
    """
    versions: dict[tuple[str, str], dict[str, Version]] = {}
    shown = gather(folder, own=own)
    known = {(one.folder, one.name) for one in shown}
    for one in shown:
        found = _version(folder, one)
        if found is not None:
            name, language = _language(one, known)
            versions.setdefault((one.folder, name), {})[language] = found
    pictures = tuple(Picture(name, inside, found) for (inside, name), found in versions.items())
    tables = {one.name: _table(one) for one in pictures if not one.folder}
    return Shelf(pictures, tables)


def _version(folder: Path, shown: Shown) -> Version | None:
    files = folder / shown.folder / shown.name
    endings = [".svg", ".csv", *([RESTS_ON] if f"{shown.name}{RESTS_ON}" in shown.passport["files"] else [])]
    try:
        return Version(shown.passport, *(files.with_name(f"{files.name}{ending}").read_bytes() for ending in endings))
    except FileNotFoundError:
        return None


def _language(shown: Shown, known: set[tuple[str, str]]) -> tuple[str, str]:
    """The name without _zh or _en where the other language is there too, and the language."""
    stem, _, language = shown.name.rpartition("_")
    if language in LANGUAGES and all((shown.folder, f"{stem}_{one}") in known for one in LANGUAGES):
        return stem, language
    return shown.name, "both"


def _table(picture: Picture) -> pd.DataFrame:
    csv = next(iter(picture.versions.values())).csv
    try:
        return pd.read_csv(io.BytesIO(csv), encoding="utf-8-sig")
    except ValueError as error:
        raise FigureError(f"{picture.name}.csv: not a table ({error}); run `python run.py` to make it anew.") from error


def packed(content: bytes) -> str:
    """Bytes as the page carries them: zlib's format in base64. unpacked() and a browser's DecompressionStream undo it.

    >>> unpacked(packed("上饶".encode())).decode()
    '上饶'
    """
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def unpacked(text: str) -> bytes:
    """The bytes again."""
    return zlib.decompress(base64.b64decode(text))
