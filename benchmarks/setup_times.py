"""Time the two commands as a newcomer meets them: in a fresh clone, with empty package caches.

    python benchmarks/setup_times.py [--rounds 3] [--only run,again,test]

Clones the committed tree (not the work tree) into an empty temporary folder and times, as whole processes:

- run: `python run.py` from nothing, downloads and installation included;
- again: `python run.py` once more, with everything installed;
- test: `python run.py test`, with everything installed.

Writes benchmarks/results/setup_times.csv: one row for each, seconds as minimum, median and maximum over the rounds.
Standard library only.
"""

import argparse
import csv
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "setup_times.csv"
LIMITS = {"run": 180, "again": 60, "test": 180}  # seconds, on two cores
COMMANDS = {"run": [], "again": [], "test": ["test"]}


def main() -> int:
    """Time the commands and write the table; returns 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="fresh clones to time (default 3)")
    parser.add_argument("--only", default=",".join(COMMANDS), help="which of run, again, test (default all)")
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS if name in options.only.split(",")}
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="guihua-", ignore_cleanup_errors=True) as folder:
            if not one_round(Path(folder), seconds, f"round {number + 1} of {options.rounds}"):
                return 1
    write(seconds)
    return 0


def one_round(folder: Path, seconds: dict[str, list[float]], label: str) -> bool:
    """Time every command in a fresh clone; the first run always happens, for the others need what it installs."""
    clone = folder / "guihua"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {**os.environ, "UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}
    for name, arguments in COMMANDS.items():
        if name not in seconds and name != "run":
            continue
        began = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "run.py", *arguments],
            cwd=clone,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        took = time.perf_counter() - began
        print(f"{label}, {name}: {took:.1f} s", flush=True)
        if result.returncode != 0:
            print(f"{result.stdout[-2000:]}\n{result.stderr[-2000:]}\n{name} failed", file=sys.stderr)
            return False
        if name in seconds:
            seconds[name].append(took)
    return True


def write(seconds: dict[str, list[float]]) -> None:
    """Write the table, lines in the order of the commands."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["command", "rounds", "min_s", "median_s", "max_s", "limit_s", "cores", "python"])
        for name, took in seconds.items():
            numbers = [f"{value:.1f}" for value in (min(took), statistics.median(took), max(took))]
            table.writerow([name, len(took), *numbers, LIMITS[name], os.cpu_count(), platform.python_version()])
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
