"""What a notebook depended on and what it wrote, by hash: where all of it is as it was, there is nothing to execute.

A record lies under .cache/runs. It holds the state of every file that the notebook's processes opened, listed or wrote
(watching), of the code that its imports lead to, and of the notebook before and after; further the Python and the
packages beneath. It is held against the files themselves each time, by their bytes and never by their time stamps. What
is kept by keys of its own (.cache, data/processed) is not part of it.
"""

import hashlib
import json
import platform
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.util import source_from_cache
from pathlib import Path
from typing import Final

from src.utils import paths
from src.utils.figures.sources import every_module, modules_behind, read_cells
from src.utils.files import PART, hash_file, seal_of, write_whole
from src.utils.paths import shown
from src.utils.plans.settings import SETTINGS_FILE
from src.utils.running.jobs import Execution
from src.utils.running.watching import Touched

FORMAT: Final = 1
_EXECUTES: Final = ("src/utils/running/executing.py", "src/utils/running/watching.py")
_NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Record:
    """states: of each path (relative to the project where it lies within; a folder ends with /), its hash or "nothing".

    when: the end of the run, by this machine's clock. beneath: Python and packages (beneath()).
    """

    when: str
    beneath: str
    states: Mapping[str, str]
    format: int = FORMAT


def name_of(job: Execution) -> str:
    """What the record of a job is called: by the notebook, where it goes, and the plan."""
    return f"{job.source.stem} {shown(job.source)} {shown(job.target)} {job.plan or ''}"


def name_of_pages(words: Sequence[str]) -> str:
    """What the record of a run's pages is called: by the words that ask for the run."""
    return f"pages {' '.join(words)}"


def read_record(name: str) -> Record | None:
    """The record of that name; None where there is none, or it is damaged."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        said = json.loads(_path(name).read_text(encoding="utf-8"))
        if said.pop("sha256") == seal_of(said) and said["format"] == FORMAT:
            return Record(**said)
    return None


def write_record(name: str, states: Mapping[str, str]) -> None:
    """Keep the states of what was done just now under a name."""
    said = asdict(Record(datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"), beneath(), states))
    text = json.dumps({**said, "sha256": seal_of(said)}, indent=0)  # ASCII: a path may be no Unicode
    write_whole(_path(name), text + "\n")


def forget(name: str) -> None:
    """Remove the record of that name."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return paths.CACHE / "runs" / f"{name.split(maxsplit=1)[0]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


def changes(record: Record) -> list[str]:
    """What is no longer as the record has it: paths, and "Python or its packages"; nothing where all is."""
    now = states_of(record.states)
    found = [path for path, state in record.states.items() if now[path] != state]
    return (["Python or its packages"] if record.beneath != beneath() else []) + found


def states_of(names: Iterable[str]) -> dict[str, str]:
    """The state of each path now: the SHA-256 of a file's bytes, or of the names in a folder; "nothing"."""
    return {name: _state(name) for name in sorted(set(names))}


def _state(name: str) -> str:
    path = paths.ROOT / name
    try:
        if not name.endswith("/"):
            return hash_file(path)
        inside = sorted(entry.name for entry in path.iterdir() if not _passing(entry))
        return hashlib.sha256("\0".join(inside).encode("utf-8", "surrogateescape")).hexdigest()
    except OSError:
        return _NOTHING


@cache
def beneath() -> str:
    """Python, the system and the packages that can be imported, by name and release."""
    endings = (".dist-info", ".egg-info")
    folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
    packages = {entry.name for folder in folders for entry in folder.iterdir() if entry.name.endswith(endings)}
    told = [sys.version, platform.system(), platform.machine(), *sorted(packages)]
    return hashlib.sha256("\n".join(told).encode("utf-8")).hexdigest()


# --- what a notebook, or a page, rests on ---


def rests_on(job: Execution, seen: Touched) -> dict[str, str]:
    """The states of all that a job depended on and wrote.

    Of a plan's folder every file counts, for one that was not there may be looked for the next time.
    """
    files = {job.source, job.target, *code_of(job.source)} | _within(seen.read | seen.written)
    plans = {path.parent for path in files if path.name == SETTINGS_FILE}
    files |= {path for folder in plans for path in folder.iterdir() if path.is_file() and not _passing(path)}
    return _states(files, {paths.CORPORA, *plans, *filter(_is_input, _within(seen.listed))})


def pages_rest_on(seen: Touched) -> dict[str, str]:
    """The states of all that pages of figures depended on, and of the pages: all figures, by name and bytes."""
    files = {paths.ROOT / name for name in every_module()} | _within(seen.read | seen.written)
    listed = {path for path in _within(seen.listed) if _is_input(path) or path.is_relative_to(paths.FIGURES)}
    return _states(files, listed)


def _states(files: Iterable[Path], folders: Iterable[Path]) -> dict[str, str]:
    return states_of([*map(shown, files), *(f"{shown(folder)}/" for folder in folders)])


def code_of(notebook: Path) -> set[Path]:
    """The files of src/utils that a notebook's imports lead to, and those that execute it."""
    sources = [cell.source for cell in read_cells(notebook) if cell.number]
    return {paths.ROOT / name for name in (*modules_behind(sources), *_EXECUTES)}


def changed_since(began: float, read: Iterable[Path]) -> list[Path]:
    """What was read and changed after that time (seconds since 1970): nobody knows which of the two was read."""
    found = []
    for path in sorted(_within(read)):
        with suppress(OSError):
            status = path.stat()
            if max(status.st_mtime, status.st_ctime) >= began:
                found.append(path)
    return found


def _within(touched: Iterable[Path]) -> set[Path]:
    """The paths that count: a compiled module as its source; not what is kept by keys of its own, nor the packages."""
    found = set()
    elsewhere = _elsewhere()
    for path in touched:
        source = path
        if path.suffix == ".pyc":
            with suppress(ValueError, NotImplementedError):
                source = Path(source_from_cache(path))
        if not _passing(source) and not any(source.is_relative_to(folder) for folder in elsewhere):
            found.add(source)
    return {path for path in found if not _temporary(path)}


def _passing(path: Path) -> bool:
    """Whether a file is there for a moment, or made from another by Python."""
    return path.name.endswith(PART) or "__pycache__" in path.parts


def _temporary(path: Path) -> bool:
    """Whether a path lay in the system's folder for temporary files and is gone; or is that folder, full of others'."""
    folder = Path(tempfile.gettempdir())
    return not path.is_relative_to(paths.ROOT) and path.is_relative_to(folder) and (path == folder or not path.exists())


def _elsewhere() -> list[Path]:
    """Folders whose files are known by other keys (beneath, those of the caches), or differ each time."""
    kept = [paths.CACHE, paths.PROCESSED, paths.ROOT / ".git", paths.ROOT / ".venv"]
    said = [Path(folder) for folder in (*sys.path, sys.prefix, sys.base_prefix) if folder]
    python = [*said, *(folder.resolve() for folder in said)]
    system = [Path("/proc"), Path("/sys"), Path("/dev")]
    return [*kept, *(folder for folder in (*python, *system) if not paths.ROOT.is_relative_to(folder))]


def _is_input(folder: Path) -> bool:
    """Whether the names in a folder are an input: not where Python looks for modules, nor what notebooks write.

    Notebooks are executed side by side, so none may depend on which files of another are there already.
    """
    if not folder.is_relative_to(paths.ROOT):
        return True
    return folder.is_relative_to(paths.DATA)
