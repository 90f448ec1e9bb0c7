"""Note every file that a Python process reads, writes or lists, so that a run knows what it depended on.

What a notebook opens is seen, not declared: a table of the user's own counts as much as a plan. The hook works in every
Python that finds the name of a log in its environment and sitecustomize.py (STARTUP) on its path: in a notebook's
kernel and in the processes that it starts. Only the standard library is imported, as each of them waits for it.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

LOG: Final = "GUIHUA_TOUCHED"
STARTUP: Final = "from src.utils.running.watching import begin\n\nbegin()\n"
"""What sitecustomize.py must say."""

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_Found = Iterator[tuple[str, Any]]


class Touched(NamedTuple):
    """The paths that were opened to read; those written, renamed or removed; and the folders listed."""

    read: frozenset[Path]
    written: frozenset[Path]
    listed: frozenset[Path]


def begin() -> None:
    """Write what this process touches from now on to the log that the environment names; without one, do nothing."""
    log = os.environ.get(LOG)
    if log:
        with suppress(OSError):  # a process that outlives the run has no log to write to
            descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
            sys.addaudithook(_hook(lambda line: os.write(descriptor, line)))


@contextmanager
def watched() -> Iterator[bytearray]:
    """Give the log of what this process touches while this lasts."""
    log = bytearray()
    at_work = True
    sys.addaudithook(_hook(log.extend, lambda: at_work))  # a hook stays for ever
    try:
        yield log
    finally:
        at_work = False


def touched(log: bytes) -> Touched:
    """What a log says."""
    found: dict[str, set[Path]] = {"r": set(), "w": set(), "l": set()}
    for line in log.split(b"\0")[:-1]:
        found[chr(line[0])].add(Path(os.fsdecode(line[1:])))
    return Touched(*(frozenset(paths) for paths in found.values()))


def _hook(write: Callable[[bytes], object], at_work: Callable[[], bool] = lambda: True) -> Callable[..., None]:
    """An audit hook that writes each path once; it never raises, for that would forbid what it sees."""
    seen: set[bytes] = set()

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EVENTS and at_work():
            with suppress(OSError, ValueError, TypeError):
                for kind, path in _EVENTS[event](arguments):
                    line = kind.encode() + os.fsencode(os.path.abspath(os.fsdecode(path))) + b"\0"  # noqa: PTH100
                    if line not in seen:
                        seen.add(line)
                        write(line)

    return note


def _opened(arguments: tuple[Any, ...]) -> _Found:
    path, _, flags = arguments
    if not isinstance(path, int):
        yield "w" if flags & _WRITING else "r", path


def _listed(arguments: tuple[Any, ...]) -> _Found:
    if not isinstance(arguments[0], int):
        yield "l", "." if arguments[0] is None else arguments[0]


_EVENTS: Final[dict[str, Callable[[tuple[Any, ...]], _Found]]] = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "os.remove": lambda arguments: iter([("w", arguments[0])]),
    "os.rename": lambda arguments: iter([("w", arguments[0]), ("w", arguments[1])]),
}
"""Python's audit events that name a file, and the paths in their arguments."""
