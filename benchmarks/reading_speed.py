"""Time the reading of real documents: DOCX to text, beside python-docx doing the same.

    python benchmarks/reading_speed.py FOLDER-OR-ZIP [--rounds 5]

FOLDER-OR-ZIP holds the 31 provincial reports of 2025 (data/registry.toml says where they are fetched from), or other
.docx files. Each round reads all of them with each reader in turn, so that both meet the same weather. Writes
benchmarks/results/reading_speed.csv: files, characters, and for each reader the seconds as minimum, median and maximum
over the rounds, and the median of the rounds' ratios to python-docx.
"""

import argparse
import csv
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import docx
import docx.table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils.plans.reading import read_source  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "reading_speed.csv"


def main() -> int:
    """Time the readers and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a folder, or a zip archive, of .docx files")
    parser.add_argument("--rounds", type=int, default=5, help="how often all are read (default 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guihua-") as folder:
        files = documents(options.source, Path(folder))
        if not files:
            print(f"{options.source}: there is no .docx file in it.", file=sys.stderr)
            return 2
        readers = {"python-docx": by_python_docx, "read_source": by_read_source}
        seconds: dict[str, list[float]] = {name: [] for name in readers}
        n_chars = {name: sum(map(read, files)) for name, read in readers.items()}
        for _ in range(options.rounds):
            for name, read in readers.items():
                began = time.perf_counter()
                for file in files:
                    read(file)
                seconds[name].append(time.perf_counter() - began)
    write(len(files), n_chars, seconds)
    return 0


def documents(source: Path, folder: Path) -> list[Path]:
    """The .docx files of a folder or an archive; those of an archive are numbered, whatever their names are."""
    if source.is_dir():
        return sorted(source.glob("*.docx"))
    with zipfile.ZipFile(source) as archive:
        for at, info in enumerate(archive.infolist()):
            if info.filename.endswith(".docx"):
                (folder / f"{at:03}.docx").write_bytes(archive.read(info))
    return sorted(folder.glob("*.docx"))


def by_python_docx(file: Path) -> int:
    """Characters of the paragraphs, and of the cells of tables, by python-docx."""
    n_chars = 0
    for item in docx.Document(str(file)).iter_inner_content():
        if isinstance(item, docx.table.Table):
            n_chars += sum(len(cell.text) for row in item.rows for cell in row.cells)
        else:
            n_chars += len(item.text)
    return n_chars


def by_read_source(file: Path) -> int:
    """Characters of the text, by this project."""
    return len(read_source(file).text)


def write(n_files: int, n_chars: dict[str, int], seconds: dict[str, list[float]]) -> None:
    """Write the table, one row a reader, and print it."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(
            ["reader", "files", "characters", "rounds", "min_s", "median_s", "max_s", "ratio_to_python_docx"]
        )
        for name, took in seconds.items():
            ratio = statistics.median(own / other for own, other in zip(took, seconds["python-docx"], strict=True))
            numbers = [f"{value:.3f}" for value in (min(took), statistics.median(took), max(took))]
            table.writerow([name, n_files, n_chars[name], len(took), *numbers, f"{ratio:.2f}"])
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
