"""Run everything that guards the project."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from src.utils.paths import ROOT
from src.utils.running import cores

NO_TESTS = 5  # pytest's exit code where no test was selected
AT_A_TIME = ["-n", "2"] if cores() > 1 else []  # on two cores a third less than one after the other
STEPS = {
    "style": ["ruff", "check"],
    "layout": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "tests": ["pytest", "-m", "not slow", *AT_A_TIME],
    "slow tests": ["pytest", "-m", "slow", *AT_A_TIME],
}


def run_checks(arguments: Sequence[str]) -> int:
    """Run linters, type checker, fast tests, slow tests, all of them even where one fails. Returns the exit code.

    With arguments, runs pytest alone, with these.
    """
    steps = {"tests": ["pytest", *arguments]} if arguments else STEPS
    results = {}
    for name, command in steps.items():
        print(f"\n--- {name}: {' '.join(command)}", flush=True)
        began = time.monotonic()
        code = launch(command)
        results[name] = (code, time.monotonic() - began)
    print()
    for name, (code, seconds) in results.items():
        verdict = "passed" if code == 0 else "no test selected" if code == NO_TESTS else "FAILED"
        print(f"  {name}: {verdict} ({seconds:.0f} s)")
    return 0 if all(code == 0 for code, _ in results.values()) else 1


def launch(command: Sequence[str]) -> int:
    """Run a module of this Python in the project's folder and return its exit code."""
    return subprocess.call([sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
