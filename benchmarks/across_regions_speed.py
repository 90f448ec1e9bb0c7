"""Time notebook 08 from the DOCX files, and again: the tables alone, then the whole command.

    python benchmarks/across_regions_speed.py

The project is copied with the corpus, without figures, store and caches. There the notebook's cells are run one after
the other in a new process, imports included, twice with the charts left out. Then, the caches cleared, the command
itself, from its start to its end, pages included: once, again, and again with --again, which executes the notebook
though nothing has changed. `--here` makes run.py look up every package first, which takes longer than its own .venv.
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
    if source.startswith(("import", "from")):
        drawn = [name for name, thing in names.items() if "utils.figures." in (getattr(thing, "__module__", "") or "")]
        names.update({{name: MagicMock() for name in drawn if name not in {kept}}})
        if "new_axes" in names:
            names["new_axes"] = lambda *size: (MagicMock(), MagicMock())
"""
TABLES: Final = ["-c", RUN.format(notebook=NOTEBOOK, kept=KEPT)]


def seconds(tree: Path, arguments: list[str]) -> tuple[float, float]:
    """Start Python with these arguments in the copied tree, on one thread as notebooks are.

    Returns seconds by the clock and of processor time, the latter 0 on Windows.
    """
    began, used = time.monotonic(), sum(os.times()[2:4])
    environment = {**os.environ, **FIXED, "PYTHONPATH": str(tree), "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began, sum(os.times()[2:4]) - used


def main() -> None:
    """Measure and print."""
    load_collection(COLLECTION)  # says how to fetch it where it is not here
    with tempfile.TemporaryDirectory(prefix="guihua-speed-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder).resolve()
        copy_project(tree)
        copy_collections(tree, COLLECTION)
        shutil.copyfile(ROOT / "run.py", tree / "run.py")
        command = ["run.py", "--here", "--plan", COLLECTION]
        runs = {
            "tables": [[*TABLES, "from the DOCX files"], [*TABLES, "again"]],
            "command": [[*command, "from the DOCX files"], [*command, "again"], [*command, "--again", "with --again"]],
        }
        for what, timed in runs.items():
            for name in (tree / ".cache" / "measures", tree / ".cache" / "robustness", tree / "data" / "processed"):
                shutil.rmtree(name, ignore_errors=True)
            for *arguments, said in timed:
                clock, processor = seconds(tree, arguments)
                print(f"{what}, {said}: {clock:.1f} s, {processor:.1f} s of processor time", flush=True)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    print(f"load of the machine: {load} on {os.cpu_count()} cores")


if __name__ == "__main__":
    try:
        main()
    except GuihuaError as error:
        sys.exit(str(error))
