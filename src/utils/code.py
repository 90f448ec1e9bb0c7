"""The hash of the project's own code, for results that are kept: other code may give other results."""

import hashlib
from functools import cache
from pathlib import Path

from src.utils import paths

_ROOT = Path(__file__).parent
_SHARED = ("lexicons.py", "tables.py")


@cache
def code_hash(*names: str) -> str:
    """Hash rooms of src/utils (plans) or single modules (store/arrow.py), with what all rooms share.

    32 hexadecimal digits, whatever the line ends. Taken once a process: what runs is what was there when it began.
    """
    found = hashlib.sha256()
    for path in sorted({file for name in (*names, *_SHARED) for file in _files(_ROOT / name)}):
        found.update(f"{path.relative_to(paths.ROOT).as_posix()}\n".encode())
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:32]


def _files(path: Path) -> list[Path]:
    return [path] if path.suffix == ".py" else list(path.rglob("*.py"))
