"""Two folders of figures compared: data and vector files by bytes, pictures by pixels, passports field by field.

Pages for readers are compared by bytes, with the figures they carry unpacked.
"""

import csv
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from src.utils.errors import FigureError
from src.utils.figures.passport import HIGH_RESOLUTION, SUFFIXES, carried_id, is_passport, is_whole, read_passport
from src.utils.figures.pixels import read_pixels
from src.utils.figures.sources import sha256
from src.utils.page.shelf import unpacked

_FOLLOW_FROM_OTHERS: Final = ("id", "passport_sha256", "files")

TOLERANCE: Final = 16
"""How far a colour of a pixel may lie from what it was, of 255: rounding on another processor, not another picture."""


class Drift(NamedTuple):
    """A file that is not what it was: its path under figures/, what it is (data, picture, …) and what differs."""

    file: str
    kind: str
    what: str


class Comparison(NamedTuple):
    """What was found: files compared, drifts, and for each input that changed the figures it changed for."""

    n_files: int
    n_near: int  # pictures that differ within the tolerance
    drifts: list[Drift]
    changed: dict[str, list[str]]

    def merged(self, other: "Comparison") -> "Comparison":
        """Both together."""
        changed = {key: list(found) for key, found in self.changed.items()}
        for key, found in other.changed.items():
            changed.setdefault(key, []).extend(found)
        n_files, n_near = self.n_files + other.n_files, self.n_near + other.n_near
        return Comparison(n_files, n_near, [*self.drifts, *other.drifts], changed)


def compare(kept: Path, fresh: Path, names: Iterable[str]) -> Comparison:
    """Compare files of these names, paths under both folders; one that is in one folder alone is missing or surplus."""
    drifts: list[Drift] = []
    changed: dict[str, list[str]] = {}
    n_near = 0
    listed = sorted(names)
    for name in listed:
        old, new = kept / name, fresh / name
        if not old.is_file():
            drifts += _absent(old, new, name)
        elif not new.is_file():
            drifts.append(Drift(name, "surplus", "is there, and nothing makes it; delete it if it is an old one"))
        elif old.read_bytes() != new.read_bytes():
            found, near = _different(old, new, name)
            drifts += found
            n_near += near
            for cause in causes(old, new) if name.endswith(".json") else ():
                changed.setdefault(cause, []).append(name.removesuffix(".json"))
    return Comparison(len(listed), n_near, drifts, changed)


def _absent(old: Path, new: Path, name: str) -> list[Drift]:
    """A file that is not there is missing, unless it is one that git leaves out and its passport knows its pixels."""
    passport = old.with_name(old.name.removesuffix(HIGH_RESOLUTION) + ".json")
    if name.endswith(HIGH_RESOLUTION) and is_passport(passport):
        told = read_passport(passport)["files"].get(old.name, {})
        same = told.get("pixels_sha256") == read_pixels(new.read_bytes()).sha256()
        return [] if same else [Drift(name, "picture", "is not here, and would not be what its passport says")]
    return [Drift(name, "missing", "is not there; `python run.py` makes it")]


def _different(old: Path, new: Path, name: str) -> tuple[list[Drift], bool]:
    """What differs between two files of different bytes; whether they are pictures that are near enough."""
    kind, tell = _KINDS.get(old.suffix, ("file", _bytes))
    what = tell(old, new)
    edited = edit_of(old)
    if what and edited:
        what = f"{what}; {edited}"
    return ([Drift(name, kind, what)] if what else []), kind == "picture" and not what


def edit_of(path: Path) -> str:
    """Say that a figure's file is not the one its passport describes: it was changed after it was made; else ""."""
    ending = next((ending for ending in sorted(SUFFIXES, key=len, reverse=True) if path.name.endswith(ending)), "")
    passport = path.with_name(path.name.removesuffix(ending) + ".json")
    if not ending or not passport.is_file():
        return ""
    try:
        told = read_passport(passport)
    except FigureError:
        return ""
    if path == passport:
        return "" if is_whole(told) else "the passport was edited after it was made"
    found = told["files"].get(path.name, {})
    content = path.read_bytes()
    try:
        own = read_pixels(content).sha256() if "pixels_sha256" in found else sha256(content)
    except OSError:
        own = ""
    same = own in (found.get("pixels_sha256"), found.get("sha256"))
    return "" if same else "the file was edited after it was made"


# --- by kind ---


_NO_CELLS: Final[list[str]] = []


def _table(old: Path, new: Path) -> str:
    """The first cell that differs, and how many do."""
    rows, others = (_rows(path) for path in (old, new))
    if rows is None or others is None:
        return "is no longer a table"
    if rows[:1] != others[:1]:
        return f"columns: {', '.join(*rows[:1])} → {', '.join(*others[:1])}"
    cells = [
        (number, column, was, now)
        for number, (row, other) in enumerate(zip_longest(rows[1:], others[1:], fillvalue=_NO_CELLS), 1)
        for column, was, now in zip_longest(rows[0], row, other, fillvalue="")
        if was != now
    ]
    if not cells:
        return "the same cells, written otherwise (line ends, quotes or byte order mark)"
    number, column, was, now = cells[0]
    more = f", and {len(cells) - 1} more cells" if len(cells) > 1 else ""
    length = f"; {len(rows) - 1} rows → {len(others) - 1}" if len(rows) != len(others) else ""
    return f"row {number}, {column}: {was or 'nothing'} → {now or 'nothing'}{more}{length}"


def _rows(path: Path) -> list[list[str]] | None:
    try:
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return None


def _picture(old: Path, new: Path) -> str:
    """How many pixels differ by more than the tolerance; "" where none does."""
    try:
        was = read_pixels(old.read_bytes()).array
    except OSError:
        return "is no longer a picture"
    now = read_pixels(new.read_bytes()).array
    if was.shape != now.shape:
        return f"{was.shape[1]} × {was.shape[0]} pixels → {now.shape[1]} × {now.shape[0]}"
    apart = np.maximum(was, now) - np.minimum(was, now)
    far = apart.max(axis=2) > TOLERANCE
    if not far.any():
        return ""
    y, x = (int(place[0]) for place in np.nonzero(far))
    return (
        f"{int(far.sum()):,} of {far.size:,} pixels differ by more than {TOLERANCE} of 255 (by up to "
        f"{int(apart.max())}; the first {x} from the left, {y} from the top)"
    )


def _vector(old: Path, new: Path) -> str:
    """The first line that differs; "" where only the passport's id does."""
    was, now = (_without_id(path.read_bytes()).split(b"\n") for path in (old, new))
    if was == now:
        return ""
    line = next(number for number, pair in enumerate(zip_longest(was, now), 1) if pair[0] != pair[1])
    return f"differs from line {line} on"


def _without_id(content: bytes) -> bytes:
    found = carried_id(content).encode()
    return content.replace(found, b"") if len(found) == 64 else content


def _passport(old: Path, new: Path) -> str:
    """The fields that differ, those that follow from other files left out."""
    try:
        was, now = read_passport(old), read_passport(new)
    except FigureError as error:
        return str(error)
    fields = [field for field, _, _ in _fields(was, now) if field.split(".")[0] not in _FOLLOW_FROM_OTHERS]
    if not fields and is_whole(was):
        return ""
    shown = ", ".join(fields[:6]) + (f" and {len(fields) - 6} more" if len(fields) > 6 else "")
    return shown or "its hashes are not its own"


def _page(old: Path, new: Path) -> str:
    """The first line that differs, or the figure that does; "" where figures are only compressed otherwise."""
    (was, pictures), (now, others) = (_parted(path.read_text(encoding="utf-8")) for path in (old, new))
    if was != now:
        lines = zip_longest(was.split("\n"), now.split("\n"))
        return f"differs from line {next(number for number, pair in enumerate(lines, 1) if pair[0] != pair[1])} on"
    changed = [name for name in sorted({*pictures, *others}) if pictures.get(name) != others.get(name)]
    return f"holds other figures: {', '.join(changed)}" if changed else ""


def _parted(page: str) -> tuple[str, dict[str, dict[str, bytes]]]:
    """A page without the figures it carries, and these by their place."""
    found = re.search(r'<script type="application/json" id="pictures">(.*?)</script>', page, re.DOTALL)
    try:
        carried = json.loads(found[1]) if found else {}
        pictures = {
            f"{place} ({language})": {key: unpacked(told[key]) for key in told if key != "name"}
            for place, versions in carried.items()
            for language, told in versions.items()
        }
    except (ValueError, LookupError, AttributeError, TypeError, zlib.error):
        return page, {}
    return page.replace(found[1], "") if found else page, pictures


def _bytes(old: Path, new: Path) -> str:
    return f"{old.stat().st_size:,} bytes → {new.stat().st_size:,}, or others in the same number"


_KINDS: Final[dict[str, tuple[str, Callable[[Path, Path], str]]]] = {
    ".csv": ("data", _table),
    ".png": ("picture", _picture),
    ".svg": ("vector", _vector),
    ".pdf": ("vector", _vector),
    ".json": ("passport", _passport),
    ".html": ("page", _page),
}


# --- which input changed ---


def causes(old: Path, new: Path) -> list[str]:
    """The inputs in which two passports differ, in words, with what they were and are where that is short."""
    try:
        was, now = read_passport(old), read_passport(new)
    except FigureError:
        return []
    notebook = str(now["made_by"]["notebook"])
    found = [
        _cause(field, f"{_short(before)} → {_short(after)}", notebook) for field, before, after in _fields(was, now)
    ]
    return list(dict.fromkeys(cause for cause in found if cause))


def _cause(field: str, moved: str, notebook: str) -> str:
    """An input in words; "" for a field that follows from others or is said of the figure itself."""
    for pattern, words in _CAUSES:
        match = re.fullmatch(pattern, field)
        if match:
            return words.format(*match.groups(), moved=moved, notebook=notebook)
    return ""


_CAUSES: Final = (
    (r"inputs\.plans\.([^.]+)\.plan_toml_sha256", "plan.toml of {}"),
    (r"inputs\.plans\.([^.]+)\.collection_toml_sha256", "settings file of the collection {}"),
    (r"inputs\.plans\.([^.]+)\.sources\.(.+)", "source file {1} of {0}"),
    (r"inputs\.plans\.([^.]+)", "the plan {}"),
    (r"inputs\.gazetteer\.(.+)", "gazetteer {}"),
    (r"dictionaries\.(.+)", "dictionary {}"),
    (r"segmentation.*", "words kept whole"),
    (r"stop_words(?:\.lists\.(.+)|\.layers)?", "stop words"),
    (r"settings\.(.+)", "setting {}: {moved}"),
    (r"versions\.(.+)", "version of {}: {moved}"),
    (r"fonts\.(.+)", "font {}"),
    (r"code\.files\.(.+)", "code {}"),
    (r"made_by\.code_sha256", "code of notebook {notebook}"),
)
"""The passport's fields, and how the input behind each is called."""


def _short(value: Any) -> str:
    text = (
        "nothing" if value is None else json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    )
    return text if len(text) <= 40 else f"{text[:37]}…"


def _fields(was: Any, now: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The fields in which two passports differ, by their path."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in [*was, *(key for key in now if key not in was)]:
            yield from _fields(was.get(key), now.get(key), f"{at}.{key}" if at else str(key))
    elif was != now:
        yield at, was, now
