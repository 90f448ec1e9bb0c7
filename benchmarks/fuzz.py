"""Read two thousand broken and hostile files and say how each ended.

    python benchmarks/fuzz.py [--cases 2000] [--first 0] [--processes 2]

Each is read through to its sentences, in processes that read one file after another. Writes
benchmarks/results/fuzz.csv: for each kind of file how many were read and refused, the longest time in seconds and the
most memory in MB (of the reading process and of what it starts, together). Exits with 1 where one crashed, took more
than 30 seconds or 2 GB, or was refused in more than one line. The files are made by number, the same on every machine.
"""

import argparse
import csv
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fuzz_cases import Outcome, Reader, case, fault  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "fuzz.csv"


def main() -> int:
    """Read the files and write the table; returns 1 where one was at fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (default 0)")
    parser.add_argument("--processes", type=int, default=2, help="how many read at a time (default 2)")
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.cases)
    with tempfile.TemporaryDirectory(prefix="guihua-") as folder, ThreadPoolExecutor(options.processes) as pool:
        shares = [numbers[at :: options.processes] for at in range(options.processes)]
        homes = [Path(folder) / str(at) for at in range(options.processes)]
        found = [row for rows in pool.map(read_share, homes, shares) for row in rows]
    write(found)
    faults = [(number, kind, fault(outcome)) for number, kind, outcome in found if fault(outcome)]
    for number, kind, said in sorted(faults):
        print(f"{number} ({kind}): {said}", file=sys.stderr)
    return 1 if faults else 0


def read_share(folder: Path, numbers: range) -> list[tuple[int, str, Outcome]]:
    """Read the files of these numbers, one after another."""
    reader = Reader(folder)
    found = []
    for number in numbers:
        made = case(number)
        found.append((number, made.kind, reader.read(made)))
    reader.close()
    return found


def write(found: list[tuple[int, str, Outcome]]) -> None:
    """Write the table, one row a kind, and print it."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["kind", "cases", "read", "refused", "at_fault", "longest_s", "memory_mb"])
        for kind in [*sorted({kind for _, kind, _ in found}), "all"]:
            outcomes = [outcome for _, other, outcome in found if kind in (other, "all")]
            ended = [outcome.ended for outcome in outcomes]
            table.writerow(
                [
                    kind,
                    len(outcomes),
                    ended.count("read"),
                    ended.count("refused"),
                    sum(bool(fault(outcome)) for outcome in outcomes),
                    f"{max(outcome.seconds for outcome in outcomes):.1f}",
                    f"{max(outcome.memory for outcome in outcomes) / 1e6:.0f}",
                ]
            )
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
