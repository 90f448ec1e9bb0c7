"""Run everything that guards the project."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from src.utils.paths import ROOT
from src.utils.running import cores

NO_TESTS = 5  # pytest's exit code where no test was selected
# tests/conftest.py deals the tests out for two; whoever has done his takes over from the other.
AT_A_TIME = ["-n", "2", "--dist", "worksteal"] if cores() > 1 else []
STEPS = {
    "style": ["ruff", "check"],
    "layout": ["ruff", "format", "--check"],
    "tests": ["pytest", *AT_A_TIME],
}
BESIDE = {"types": ["mypy"]}  # takes one core for 20 s where it has no cache, and has little to say


class Ended(NamedTuple):
    """How a step ended: its exit code, how long it took."""

    code: int
    seconds: float


def run_checks(arguments: Sequence[str]) -> int:
    """Run linters, type checker, fast tests, slow tests, all of them even where one fails. Returns the exit code.

    The type checker runs beside the others and speaks when it has ended. With arguments, runs pytest alone, with these.
    """
    steps = {"tests": ["pytest", *arguments]} if arguments else STEPS
    with ThreadPoolExecutor() as pool:
        beside = {name: pool.submit(_beside, name, step) for name, step in ({} if arguments else BESIDE).items()}
        results = {name: _step(name, step) for name, step in steps.items()}
        results |= {name: future.result() for name, future in beside.items()}
    print()
    for name, (code, seconds) in results.items():
        verdict = "passed" if code == 0 else "no test selected" if code == NO_TESTS else "FAILED"
        print(f"  {name}: {verdict} ({seconds:.0f} s)")
    return 0 if all(ended.code == 0 for ended in results.values()) else 1


def _step(name: str, command: Sequence[str]) -> Ended:
    """Run one step in sight of the user."""
    print(f"\n--- {name}: {' '.join(command)}", flush=True)
    began = time.monotonic()
    return Ended(launch(command), time.monotonic() - began)


def _beside(name: str, command: Sequence[str]) -> Ended:
    """Run one step while others speak, and show what it said when it has ended."""
    began = time.monotonic()
    done = subprocess.run(
        _of_this_python(command),
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    print(f"\n--- {name}: {' '.join(command)}\n{done.stdout.rstrip()}", flush=True)
    return Ended(done.returncode, time.monotonic() - began)


def launch(command: Sequence[str]) -> int:
    """Run a module of this Python in the project's folder and return its exit code."""
    return subprocess.call(_of_this_python(command), cwd=ROOT, env=_environment())


def _of_this_python(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", *command]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
