"""Small notebooks for tests, and a copy of the project's tree to run them in."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def cell(kind: str, source: str, name: str, *tags: str) -> dict:
    """A cell as it stands in an .ipynb file."""
    content = {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)} if tags else {}, "source": source}
    return content | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def write_notebook(path: Path, *sources: str, parameters: str = 'PLAN = "shangrao"') -> Path:
    """A notebook with a title, a parameters cell, and these cells; a source that begins with # is markdown."""
    cells = [cell("markdown", f"# {path.stem}", "title"), cell("code", parameters, "parameters", "parameters")]
    cells += [
        cell("markdown" if source.startswith("#") else "code", source, f"cell-{number}")
        for number, source in enumerate(sources)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def copy_tree(to: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Copy the project's files, those that git knows, as they are now; leaves out what lies under `without`."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in sorted(filter(None, listed.decode().split("\0"))):
        if (ROOT / name).is_file() and not name.startswith(without):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)
    return to


def environment(tree: Path) -> dict[str, str]:
    """The environment in which `src` is the copied tree's."""
    return {**os.environ, "PYTHONPATH": str(tree), "PYTHONUTF8": "1"}


def command(*arguments: str) -> list[str]:
    """What run.py starts."""
    return [sys.executable, "-P", "-m", "src.utils.running", *arguments]


def run(tree: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Guihua in the copied tree and keep what it prints."""
    return subprocess.run(
        command(*arguments), cwd=cwd or tree, env=environment(tree), capture_output=True, encoding="utf-8", check=False
    )
