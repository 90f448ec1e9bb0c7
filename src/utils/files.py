"""Writing files whole or not at all, and the hashes by which they are known."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from src.utils.errors import GuihuaError

PART = ".part"


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write content to path through a temporary file beside it; text as UTF-8 with LF line ends.

    A reader sees the old file or the new one, never half of one. A file that already holds these bytes is left alone,
    its time stamp too. Raises GuihuaError naming the path where the folder cannot be written.
    """
    write_together({path: content})
    return path


def write_together(contents: Mapping[Path, bytes | str]) -> list[Path]:
    """Write several files that belong together: all are complete beside their places before the first takes its own.

    So a full disk or a folder without permission leaves every old file whole and none newer than another; and what
    stops it while they take their places (Ctrl-C, a file that another program holds) puts the old ones back. Otherwise
    as write_whole. Returns the paths, in order.
    """
    parts: dict[Path, Path] = {}
    kept: dict[Path, Path | None] = {}
    path = Path()
    try:
        for path, content in contents.items():
            part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
            _write_part(path, part, content, parts)
        for path, part in parts.items():
            kept[path] = _keep(path)
            part.replace(path)
    except BaseException as error:
        _put_back(kept)
        if not isinstance(error, OSError):
            raise
        raise GuihuaError(
            f"{path}: cannot be written ({error.strerror}). Check that the folder exists, may be written to, and that "
            "the disk has room."
        ) from error
    finally:
        for part in (*parts.values(), *filter(None, kept.values())):
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return list(contents)


def _keep(path: Path) -> Path | None:
    """A second name for a file that is about to be replaced; a copy where the disk has no such names."""
    if not path.exists():
        return None
    kept = path.with_name(f".{path.name}.old.{os.getpid()}{PART}")
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)
    except OSError:
        shutil.copy2(path, kept)
    return kept


def _put_back(kept: Mapping[Path, Path | None]) -> None:
    """Give files their old content again, and remove those that were not there."""
    for path, old in kept.items():
        with contextlib.suppress(OSError):
            if old is None:
                path.unlink(missing_ok=True)
            else:
                old.replace(path)


def _write_part(path: Path, part: Path, content: bytes | str, parts: dict[Path, Path]) -> None:
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    parts[path] = part
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sweep_parts(folders: Iterable[Path]) -> int:
    """Remove the temporary files that killed runs left behind; returns how many.

    The writer's process id stands in the name: a file whose writer is alive stays.
    """
    parts = [part for folder in folders if folder.is_dir() for part in folder.rglob(f".*{PART}")]
    stale = [part for part in parts if not writer_alive(part)]
    for part in stale:
        part.unlink(missing_ok=True)
    return len(stale)


def writer_alive(part: Path) -> bool:
    """Tell whether the process that writes a temporary file still runs."""
    pid = part.name.removesuffix(PART).rpartition(".")[2]
    return pid.isdigit() and psutil.pid_exists(int(pid))


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_text_file(path: Path) -> str:
    """SHA-256 of a text file, whatever line ends the copy of the project has."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def hash_json(value: Any) -> str:
    """SHA-256 of what JSON can say, in its canonical form: keys sorted, no spaces."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seal_of(told: Mapping[str, Any], name: str = "sha256") -> str:
    """The hash that a document in JSON carries of itself under this name: of all the rest of it (hash_json)."""
    return hash_json({key: value for key, value in told.items() if key != name})
