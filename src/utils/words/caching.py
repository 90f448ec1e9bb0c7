"""Files under .cache that only save time: private, whole or not at all, known when damaged, bounded in size.

A file carries the SHA-256 of its content, so that broken bytes never reach marshal. Where a folder cannot be written,
nothing is kept and nothing fails.
"""

import contextlib
import hashlib
import marshal
import sys
from pathlib import Path
from typing import Any, Final

from src.utils.errors import GuihuaError
from src.utils.files import write_whole

_HEAD: Final = b"guihua-cache-2\n"
_DIGEST_SIZE: Final = 32

FORMAT: Final = f"{sys.implementation.cache_tag}-{marshal.version}"
"""Stands in the name of each file: marshal's format belongs to the interpreter."""


def load(path: Path) -> Any:
    """Load what `store` kept; None where the file is missing or damaged."""
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return None
    head, payload = data[: len(_HEAD) + _DIGEST_SIZE], data[len(_HEAD) + _DIGEST_SIZE :]
    if head != _HEAD + hashlib.sha256(payload).digest():
        return None
    return marshal.loads(payload)


def store(path: Path, content: Any, *, limit: int | None = None) -> None:
    """Keep content (what marshal knows: None, str, bytes, numbers, and tuples, lists and dicts of these).

    limit: the bytes that files of this suffix may take in the folder; those unused for longest are removed.
    """
    payload = marshal.dumps(content)
    with contextlib.suppress(OSError, GuihuaError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, _HEAD + hashlib.sha256(payload).digest() + payload)
        if limit is not None:
            _remove_oldest(path.parent, path.suffix, limit)


def mark_used(path: Path) -> None:
    """Move the file to the end of the line for removal."""
    with contextlib.suppress(OSError):
        path.touch()


def _remove_oldest(folder: Path, suffix: str, limit: int) -> None:
    """Remove the files used longest ago until the rest is within the limit; another process may do the same."""
    found = []
    for path in folder.glob(f"*{suffix}"):
        with contextlib.suppress(OSError):
            status = path.stat()
            found.append((status.st_mtime_ns, path, status.st_size))
    total = 0
    for _, path, size in sorted(found, reverse=True):
        total += size
        if total > limit:
            with contextlib.suppress(OSError):
                path.unlink()
