"""Work that might not end, in a process of its own: stopped at a limit of time or memory, a crash becomes an error.

For PDF, whose libraries are compiled code that meets broken files from anywhere.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from src.utils.errors import PlanError
from src.utils.paths import ROOT

MAX_SECONDS = 25.0
MAX_MEMORY = 1_200_000_000
_PAUSE = 0.02


def run_bounded(module: str, path: Path, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run a module's main on a file and return the JSON object that it prints.

    Raises PlanError naming the file where it takes more than MAX_SECONDS or MAX_MEMORY, or dies.
    """
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {module} import main; main(sys.argv[1:])"
    command = [sys.executable, "-X", "utf8", "-c", start, str(path.resolve()), *arguments]
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=complaints)
        try:
            _watch(process, path)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        printed.seek(0)
        try:
            found: dict[str, Any] = json.load(printed)
        except ValueError as error:
            complaints.seek(0)
            last = complaints.read().decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
            why = last or f"exit code {process.returncode}"
            raise PlanError(
                f"{path}: the file cannot be read: it is damaged ({why}). Open it in a viewer and print it to a new "
                "PDF, or take another copy."
            ) from error
        return found


def _watch(process: "subprocess.Popen[bytes]", path: Path) -> None:
    """Wait for the end of a process; stop it at the limits."""
    began, pause = time.monotonic(), _PAUSE
    while True:
        try:
            process.wait(pause)
            return
        except subprocess.TimeoutExpired:
            pause = 0.1
        try:
            memory = psutil.Process(process.pid).memory_info().rss
        except psutil.Error:
            continue
        too_much = None
        if time.monotonic() - began > MAX_SECONDS:
            too_much = f"takes more than {MAX_SECONDS:.0f} seconds"
        elif memory > MAX_MEMORY:
            too_much = f"takes more than {MAX_MEMORY / 1e9:.1f} GB of memory"
        if too_much:
            raise PlanError(
                f"{path}: reading it {too_much}. Split it into smaller files and name them in source.files, or print "
                "it to a new PDF."
            )
