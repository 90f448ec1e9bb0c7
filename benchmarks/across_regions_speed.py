"""Time notebook 08 from the DOCX files, and again: the tables alone, then with the figures.

    python benchmarks/across_regions_speed.py

The project is copied with the corpus, without store and caches. There the notebook's cells are run one after the other
in a new process, imports included: twice with the charts left out, and, the caches cleared, once and again as they are.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils.errors import GuihuaError  # noqa: E402
from src.utils.plans.collections import load_collection  # noqa: E402
from src.utils.running.executing import FIXED  # noqa: E402
from src.utils.running.verify import copy_collections, copy_project  # noqa: E402

NOTEBOOK: Final = "08_across_regions"
COLLECTION: Final = "provincial-reports-2025"
KEPT: Final = ("corpus_names", "provenance", "gloss", "text")
RUN: Final = """
import json, sys
from unittest.mock import MagicMock
cells = json.load(open("notebooks/{notebook}.ipynb", encoding="utf-8"))["cells"]
sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
names = {{"__name__": "__main__"}}
for source in sources:
    exec(source, names)
    if {tables} and source.startswith(("import", "from")):
        drawn = [name for name, thing in names.items() if "utils.figures." in (getattr(thing, "__module__", "") or "")]
        names.update({{name: MagicMock() for name in drawn if name not in {kept}}})
        if "new_axes" in names:
            names["new_axes"] = lambda *size: (MagicMock(), MagicMock())
"""


def seconds(tree: Path, *, tables: bool) -> tuple[float, float]:
    """Run the notebook's cells in the copied tree, on one thread as notebooks are; tables: without drawing.

    Returns seconds by the clock and of processor time, the latter 0 on Windows.
    """
    began, used = time.monotonic(), sum(os.times()[2:4])
    script = RUN.format(notebook=NOTEBOOK, tables=tables, kept=KEPT)
    environment = {**os.environ, **FIXED, "PYTHONPATH": str(tree), "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, "-c", script], cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began, sum(os.times()[2:4]) - used


def main() -> None:
    """Measure and print."""
    load_collection(COLLECTION)  # says how to fetch it where it is not here
    with tempfile.TemporaryDirectory(prefix="guihua-speed-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder).resolve()
        copy_project(tree)
        copy_collections(tree, COLLECTION)
        for tables in (True, False):
            for name in (tree / ".cache" / "measures", tree / ".cache" / "robustness", tree / "data" / "processed"):
                shutil.rmtree(name, ignore_errors=True)
            what = "tables" if tables else "tables and figures"
            for run in ("from the DOCX files", "again"):
                clock, processor = seconds(tree, tables=tables)
                print(f"{what}, {run}: {clock:.1f} s, {processor:.1f} s of processor time", flush=True)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    print(f"load of the machine: {load} on {os.cpu_count()} cores")


if __name__ == "__main__":
    try:
        main()
    except GuihuaError as error:
        sys.exit(str(error))
