"""Writing files whole or not at all."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import psutil

from src.utils.errors import GuihuaError

PART = ".part"


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write content to path through a temporary file beside it; text as UTF-8 with LF line ends.

    A reader sees the old file or the new one, never half of one. A file that already holds these bytes is left alone,
    its time stamp too. Raises GuihuaError naming the path where the folder cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return path
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise GuihuaError(
            f"{path}: cannot be written ({error.strerror}). Check that the folder exists, may be written to, and that "
            "the disk has room."
        ) from error
    return path


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
