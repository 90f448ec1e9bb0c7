"""Parts of a long computation kept on disk: each written whole or not at all, found again only by what made it.

A part lies under a name made from the hash of everything it depends on, so that a changed input looks for another name
and never meets an old part; a damaged file does not pass its own hash and counts as missing.
"""

import contextlib
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from src.utils import paths
from src.utils.code import code_hash
from src.utils.errors import GuihuaError
from src.utils.files import sweep_parts, write_whole

Arrays = dict[str, NDArray[Any]]

_HEAD: Final = b"guihua-part-1\n"
_ROOMS: Final = ("plans", "words", "measures")
_PACKAGES: Final = ("jieba", "numpy", "pandas", "scikit-learn", "scipy", "stopwordsiso")
_KEPT_RUNS: Final = 4


def canonical(value: Any) -> Any:
    """Turn choices into what JSON writes in one way only: tuples become lists, sets sorted lists, keys strings.

    Raises ValueError for anything else, as its text could be the same for two different things.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, range):
        return ["range", value.start, value.stop, value.step]
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((canonical(item) for item in value), key=lambda item: json.dumps(item, ensure_ascii=False))
    raise ValueError(f"{value!r} cannot be an option: give a text, a number, True, False or None, or a tuple of these")


def digest(*values: Any) -> str:
    """Hash values (see canonical) to 64 hexadecimal digits; bytes are hashed as they are."""
    total = hashlib.sha256()
    for value in values:
        data = value if isinstance(value, bytes) else json.dumps(canonical(value), ensure_ascii=False).encode("utf-8")
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()


@lru_cache(maxsize=1)
def code_version() -> str:
    """Hash the code that results come from, the lexicons, and the versions of the packages beneath."""
    lexicons = [part for file in sorted(paths.LEXICONS.glob("*.csv")) for part in (file.name, file.read_bytes())]
    packages = [version(package) for package in _PACKAGES]
    return digest(list(sys.version_info[:2]), packages, code_hash(*_ROOMS), *lexicons)


@dataclass(frozen=True)
class Checkpoints:
    """Parts of one run under `folder`; what the run depends on stands in the folder's name."""

    folder: Path

    def get(self, key: str) -> Arrays | None:
        """Read a part; None where it is missing or damaged."""
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        head, payload = data[: len(_HEAD) + 32], data[len(_HEAD) + 32 :]
        if head != _HEAD + hashlib.sha256(payload).digest():
            return None
        file = io.BytesIO(zlib.decompress(payload))
        names = json.loads(str(np.load(file, allow_pickle=False)))
        return {name: np.load(file, allow_pickle=False) for name in names}

    def put(self, key: str, arrays: Arrays) -> None:
        """Write a part, whole or not at all. Raises GuihuaError where the folder cannot be written."""
        file = io.BytesIO()
        np.save(file, np.array(json.dumps(list(arrays))), allow_pickle=False)
        for array in arrays.values():
            np.save(file, array, allow_pickle=False)
        payload = zlib.compress(file.getvalue(), 1)
        write_whole(self._path(key), _HEAD + hashlib.sha256(payload).digest() + payload)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key[:32]}.bin"


def checkpoints(kind: str, name: str, key: str, cache: Path | None = None) -> Checkpoints:
    """Open the folder of a run under .cache/<kind>, and clear what is of no more use beside it.

    name: what the run is called, in a file name. key: hash of what it depends on. Of the runs of one name the last few
    stay, older ones go; so do the halves of files that killed processes left.
    """
    room = (paths.CACHE if cache is None else cache) / kind
    folder = room / f"{digest(name)[:12]}-{key[:32]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.touch()
    except OSError as error:
        raise GuihuaError(
            f"{folder}: cannot be written ({error.strerror}). Give another folder, or cache=False to keep nothing."
        ) from error
    sweep_parts([folder])
    runs = sorted(room.glob(f"{digest(name)[:12]}-*"), key=lambda run: (run.stat().st_mtime_ns, run.name))
    for old in runs[:-_KEPT_RUNS]:
        if old != folder:
            with contextlib.suppress(OSError):  # another process may be writing there: it is cleared the next time
                for file in old.iterdir():
                    file.unlink(missing_ok=True)
                old.rmdir()
    return Checkpoints(folder)
