"""Small notebooks for tests, a copy of the project's tree to run them in, and all real ones executed once."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from run import claim
from src.utils.plans.collections import collection_ids
from tests.every_size import watch

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


@dataclass(frozen=True)
class Executed:
    """A run from nothing: the copied tree, the exit code, what it printed, and what git then found changed."""

    tree: Path
    returncode: int
    stdout: str
    stderr: str
    changed: list[str]


def execute_all(folder: Path) -> Executed:
    """Copy the project to folder/tree without its figures, run it, and say how it ended; the first to ask does it.

    Every figure is drawn again at all sizes meanwhile (every_size). The longest notebooks begin, the last one among
    them: none can read what another wrote, for there is nothing. The hash seed and the time zone of the process that
    writes the pages are not those of the tests.
    """
    folder.mkdir(exist_ok=True)
    told = folder / "told.json"
    with (folder / "lock").open("a+b") as lock:
        while not claim(lock.fileno()):  # another process of the tests is at it
            time.sleep(0.2)
        if not told.is_file():
            tree = copy_tree(folder / "tree", without=("tests/",))
            git(tree, "init", "--quiet")
            git(tree, "add", "--all")
            git(tree, "commit", "--quiet", "-m", "as committed")
            for path in (tree / "figures").iterdir():
                if path.name not in collection_ids():  # made of corpora that are not part of the project
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            watch(tree)
            done = subprocess.run(
                command(),
                cwd=tree,
                env=environment(tree) | {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            changed = git(tree, "status", "--porcelain", "--untracked-files=all").splitlines()
            found = Executed(tree, done.returncode, done.stdout, done.stderr, changed)
            told.write_text(json.dumps(asdict(found), default=str), encoding="utf-8")
    found = json.loads(told.read_text(encoding="utf-8"))
    return Executed(**found | {"tree": Path(found["tree"])})


def git(tree: Path, *arguments: str) -> str:
    """Run git in a copied tree, as nobody in particular."""
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "core.autocrlf=false"]
    return subprocess.run(["git", *who, *arguments], cwd=tree, capture_output=True, check=True, text=True).stdout
