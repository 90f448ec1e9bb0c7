"""Where a plan's tables lie, what says that they are whole, and what is swept away.

    data/processed/store/<plan>/<words>-<key>/   sections, sentences, units, tokens (.parquet), manifest.json
    data/processed/store/.building/                   folders being written; one that is whole is renamed into its place

A reader looks at folders with a manifest alone, and each manifest names its files with their SHA-256, so a folder is
there whole or not at all, and damage done later is known. Nothing is ever changed in place.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from src.utils import paths
from src.utils.errors import StoreError
from src.utils.files import PART, hash_file, seal_of, writer_alive
from src.utils.store.inputs import FORMAT, Part, digest

MANIFEST: Final = "manifest.json"
_BUILDING: Final = ".building"
_KEPT_BEFORE: Final = 1  # so a reader at work, and a branch gone back to, still find theirs
_ABANDONED: Final = 24 * 3600.0  # seconds; of another machine's folders nobody here can ask whether it lives
THREADS: Final = min(16, (os.cpu_count() or 1) + 1)
"""So many files are read and hashed at a time where threads are of use: one more than there are cores."""


@dataclass(frozen=True)
class StoredFile:
    """A file as the manifest names it."""

    sha256: str
    n_bytes: int
    n_rows: int


@dataclass(frozen=True)
class Manifest:
    """What a plan's folder holds and what it was made from.

    words: what its words were cut with (members.Group); dictionary_hash: of that dictionary. inputs: of each part, by
    name. n_chars: characters of the running text, white space and headings left out.
    """

    plan: str
    words: str
    keys: Mapping[Part, str]
    inputs: Mapping[Part, Mapping[str, str]]
    files: Mapping[str, StoredFile]
    dictionary_hash: str
    n_chars: int
    format: int = FORMAT

    @property
    def key(self) -> str:
        """The key of the whole."""
        return whole_key(self.keys)


@dataclass(frozen=True)
class Stored:
    """A plan's folder in the store and its manifest."""

    folder: Path
    manifest: Manifest = field(repr=False)

    def path(self, table: str) -> Path:
        """The file of a table."""
        return self.folder / f"{table}.parquet"


def whole_key(keys: Mapping[Part, str]) -> str:
    """The key of all the tables of a plan together."""
    return digest(dict(keys))[:16]


def store_folder(folder: Path | None = None) -> Path:
    """The store's folder: the one given, else data/processed/store."""
    return (folder or paths.PROCESSED / "store").absolute()


_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,78}[a-z0-9]")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def plan_folder_name(plan: str) -> str:
    """A plan's id as a folder's name on every system: itself where it is plain, else its letters and its hash.

    >>> plan_folder_name("shangrao"), plan_folder_name("上饶/规划")
    ('shangrao', '上饶_规划-9fdc9ac3fbb9')
    """
    if _PLAIN.fullmatch(plan) and not _RESERVED.match(plan):
        return plan
    return re.sub(r"[^\w-]", "_", plan)[:40] + f"-{hashlib.sha256(plan.encode()).hexdigest()[:12]}"


def folder_of(root: Path, plan: str, words: str, keys: Mapping[Part, str]) -> Path:
    """Where a plan's tables with these keys lie, or would lie."""
    return root / plan_folder_name(plan) / f"{words}-{whole_key(keys)}"


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest. Raises StoreError where it is missing or damaged."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if said.pop("sha256") != seal_of(said):
            raise ValueError("its own hash is another")
        files = {name: StoredFile(**about) for name, about in said.pop("files").items()}
        return Manifest(files=files, **said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{folder / MANIFEST}: missing or damaged ({error}); it is made anew by building.") from error


def manifest_bytes(manifest: Manifest) -> bytes:
    """A manifest as the bytes of its file."""
    said = vars(manifest) | {"files": {name: vars(about) for name, about in manifest.files.items()}}
    return (json.dumps({**said, "sha256": seal_of(said)}, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8")


def stored_versions(root: Path, plan: str) -> list[Stored]:
    """The folders of a plan whose manifest can be read, the youngest first."""
    found = []
    for folder in _subfolders(root / plan_folder_name(plan)):
        with suppress(StoreError, OSError):
            stored = Stored(folder, read_manifest(folder))
            if stored.manifest.plan == plan and stored.manifest.format == FORMAT:
                found.append(((folder / MANIFEST).stat().st_mtime_ns, folder.name, stored))
    return [stored for _, _, stored in sorted(found, key=lambda item: item[:2], reverse=True)]


def _subfolders(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def stored_plans(root: Path) -> Iterator[Path]:
    """The folders of all plans in the store."""
    return _subfolders(root)


_checked: Final[dict[tuple[str, int, int, int], str]] = {}


def damage(stored: Stored, *, whole: bool = True) -> str | None:
    """What is wrong with a plan's files: missing, of another size, of other bytes; None where nothing is.

    whole: whether the bytes are read and hashed, not the sizes alone. A file that this process has hashed and that has
    kept its number, size and time is not read again.
    """
    for name, about in stored.manifest.files.items():
        path = stored.folder / name
        try:
            status = path.stat()
            if status.st_size != about.n_bytes:
                return f"{path}: {status.st_size:,} bytes where {about.n_bytes:,} were written"
            if whole and _hash(path, status) != about.sha256:
                return f"{path}: its bytes are not those that were written (SHA-256)"
        except OSError as error:
            return f"{path}: cannot be read ({error.strerror})"
    return None


def _hash(path: Path, status: os.stat_result) -> str:
    seen = (str(path), status.st_ino, status.st_size, status.st_mtime_ns)
    if seen not in _checked:
        _checked[seen] = hash_file(path)
    return _checked[seen]


class Written:
    """Folders written beside their places and put there together.

    They are not flushed to the disk, which takes longer than making them: a killed process loses nothing that it has
    written, and what a power cut leaves half written is known by its hash when the store is opened, and made anew.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._waiting: list[tuple[Path, Path]] = []

    def add(self, place: Path, contents: Mapping[str, bytes]) -> None:
        """Write the files of a folder that is to come to `place`; the manifest last. Raises OSError."""
        part = self._root / _BUILDING / f"{secrets.token_hex(8)}.{_machine()}.{os.getpid()}{PART}"
        self._waiting.append((part, place))
        part.mkdir(parents=True)
        for name in sorted(contents, key=lambda name: (name == MANIFEST, name)):
            (part / name).write_bytes(contents[name])

    def put(self) -> None:
        """Rename the folders into their places. Raises OSError; nothing is left behind."""
        try:
            for part, place in self._waiting:
                _put(part, place)
        finally:
            self.clear()

    def clear(self) -> None:
        """Remove what was written and not put."""
        for part, _ in self._waiting:
            shutil.rmtree(part, ignore_errors=True)
        self._waiting = []


def _machine() -> str:
    """A short name of this machine: on a shared disk a process number says nothing of another's."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:12]


def _put(part: Path, place: Path) -> None:
    """Rename a whole folder into its place; one that is there already and whole stays, for its bytes are the same."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(3):
        with suppress(OSError):
            part.rename(place)
            return
        with suppress(StoreError):
            if damage(Stored(place, read_manifest(place))) is None:
                return
        aside = part.with_name(f"aside.{part.name}")
        with suppress(OSError):
            place.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    part.rename(place)  # raises what hinders it


def prune(root: Path, plan: str, current: Path) -> int:
    """Remove a plan's older folders cut with the same words, but for the one before the current; returns how many."""
    if len(list(_subfolders(root / plan_folder_name(plan)))) <= 1 + _KEPT_BEFORE:
        return 0
    versions = stored_versions(root, plan)
    kept = next((stored.manifest.words for stored in versions if stored.folder == current), None)
    older = [each for each in versions if each.manifest.words == kept and each.folder != current][_KEPT_BEFORE:]
    for stored in older:
        with suppress(OSError):
            (stored.folder / MANIFEST).unlink()  # from here on nobody begins to read it
        shutil.rmtree(stored.folder, ignore_errors=True)
    return len(older)


def sweep(root: Path) -> int:
    """Remove what killed builds left behind; returns how many folders.

    A folder whose writer lives on this machine stays, and another machine's for a day.
    """
    n = 0
    for part in (root / _BUILDING).glob(f"*{PART}"):
        with suppress(OSError):
            own = part.name.split(".")[-3:-2] == [_machine()]
            stale = not writer_alive(part) if own else time.time() - part.stat().st_mtime > _ABANDONED
            if stale:
                shutil.rmtree(part, ignore_errors=True)
                n += 1
    return n
