"""`python run.py verify`: make every figure and table anew in a fresh folder, and compare with figures/.

What the notebooks need is copied and executed there, so that nothing in the project is touched.
"""

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import matplotlib
from matplotlib import ft2font

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.figures.gallery import PAGES
from src.utils.figures.passport import passports_under, read_passport
from src.utils.files import PART
from src.utils.page.every import SUFFIX
from src.utils.paths import shown
from src.utils.plans.collections import Collection, collection_ids, is_collection, load_collection
from src.utils.plans.settings import plan_folder
from src.utils.running import here
from src.utils.running.comparing import TOLERANCE, Comparison, compare

INTERRUPTED: Final = 130  # what the command line returns after Ctrl-C
COPIES: Final = "notebooks"  # in figures/<plan>/: the notebooks that `--plan` executed
MOST_NAMED: Final = 8


def verify(plan: str | None = None, *, as_json: bool = False) -> int:
    """Make the figures anew, compare, and print what drifted and which input changed. Returns 1 on drift, 0 on none.

    plan: an id or folder: its figures alone; where `--plan` made them, it makes them again. Raises GuihuaError where
    there are no figures or they cannot be made anew.
    """
    chosen, given = _chosen(plan)
    with made_anew(given) as fresh:
        found = compare(paths.FIGURES, fresh, _names(paths.FIGURES, fresh, chosen, whole=given is not None))
    if as_json:
        print(json.dumps(as_data(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report(found)))
    return 1 if found.drifts else 0


def _chosen(plan: str | None) -> tuple[str | None, str | None]:
    """The plan (or collection) whose figures are compared, and the one to give to the run: None for all as is."""
    if plan is None:
        if not any(path.is_dir() for path in paths.FIGURES.glob("*")):
            raise GuihuaError(f"{shown(paths.FIGURES)}: there are no figures to verify; `python run.py` makes them.")
        return None, None
    if is_collection(plan):
        return _chosen_collection(load_collection(plan))
    folder = plan_folder(plan).resolve()
    figures = paths.FIGURES / folder.name
    if not figures.is_dir():
        raise GuihuaError(
            f"{shown(figures)}: there are no figures to verify; `python run.py --plan {folder.name}` makes them."
        )
    if not (figures / COPIES).is_dir():
        return folder.name, None
    within = folder.is_relative_to(paths.PLANS.resolve())
    return folder.name, folder.name if within else str(folder)


def _chosen_collection(collection: Collection) -> tuple[str, str]:
    if not (paths.FIGURES / collection.id).is_dir():
        raise GuihuaError(
            f"{shown(paths.FIGURES / collection.id)}: there are no figures to verify; `python run.py --plan "
            f"{collection.id}` makes them."
        )
    inside = collection.path.parent.resolve() == paths.COLLECTIONS.resolve()
    return collection.id, collection.id if inside else str(collection.path.resolve())


@contextlib.contextmanager
def made_anew(plan: str | None) -> Iterator[Path]:
    """Execute the notebooks in a copy of the project; gives its figures/ while this lasts.

    Raises GuihuaError where they cannot be executed: what failed is said on standard error.
    """
    with tempfile.TemporaryDirectory(prefix="guihua-verify-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder).resolve()
        copy_project(copy)
        copy_collections(copy, plan)
        command = [sys.executable, "-P", "-m", "src.utils.running", "--again", *(["--plan", plan] if plan else [])]
        code = _wait_for(command, copy, {**os.environ, "PYTHONPATH": str(copy), "PYTHONUTF8": "1"})
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        if code:
            raise GuihuaError(
                "The figures could not be made anew; what failed stands above. Mend it and verify again; figures/ is "
                "as it was."
            )
        yield copy / paths.FIGURES.name


def _wait_for(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Run a command without its standard output; on Ctrl-C, which it hears too, wait for it to tidy up."""
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as job:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return job.wait()


def copy_project(to: Path) -> None:
    """Copy what the notebooks need: code, data but for fetched corpora, the notebooks, the lock; and the caches."""
    leave = shutil.ignore_patterns("__pycache__", f"*{PART}", ".*", paths.CORPORA.name, paths.PROCESSED.name)
    for folder in (paths.ROOT / "src", paths.DATA, paths.NOTEBOOKS):
        shutil.copytree(folder, to / folder.name, ignore=leave)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copyfile(paths.ROOT / name, to / name)
    for name in ("jieba", "matplotlib"):  # each is checked by what uses it, and takes seconds to build
        if (paths.CACHE / name).is_dir():
            shutil.copytree(paths.CACHE / name, to / paths.CACHE.name / name, ignore=shutil.ignore_patterns(f"*{PART}"))


def copy_collections(to: Path, plan: str | None) -> None:
    """Copy the corpus of the collection that is made anew; the figures of all others, which only the pages show."""
    made = load_collection(plan) if plan is not None and is_collection(plan) else None
    if made is not None and made.settings.collection.corpus:
        corpus = Path(paths.CORPORA.name) / made.settings.collection.corpus
        shutil.copytree(paths.DATA / corpus, to / paths.DATA.name / corpus, ignore=shutil.ignore_patterns(f"*{PART}"))
    for name in {*collection_ids()} - {made.id if made else ""}:
        if (paths.FIGURES / name).is_dir():
            shutil.copytree(paths.FIGURES / name, to / paths.FIGURES.name / name)


def _names(kept: Path, fresh: Path, plan: str | None, *, whole: bool) -> set[str]:
    """The files to compare, by their path under figures/; what a run on another plan wrote has its own verification."""
    new, old = _files(fresh), _files(kept)
    if not whole:
        old -= _of_other_runs(kept, fresh) - new
        new, old = ({name for name in names if name.split("/")[0] not in collection_ids()} for names in (new, old))
    if plan is not None:
        new, old = ({name for name in names if name.startswith(f"{plan}/")} for names in (new, old))
    return new | old


def _files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    names = {path.relative_to(folder).as_posix() for path in found}
    return {name for name in names if name.split("/")[1:2] != [COPIES]}


def _of_other_runs(kept: Path, fresh: Path) -> set[str]:
    """What `--plan` wrote: figures whose notebook had a plan put in, pages of one plan, folders of other plans."""
    names = _files(kept)
    others = {path.name for path in kept.iterdir() if (path / COPIES).is_dir() and not (fresh / path.name).is_dir()}
    told = [path.name for path in kept.iterdir() if (path / COPIES).is_dir()]
    written = {f"{name}/{page}" for name in told for page in (*PAGES, f"{name}{SUFFIX}")}
    for path in passports_under(kept):
        passport = read_passport(path)
        if passport["made_by"]["put_in"]:
            folder = path.parent.relative_to(kept).as_posix()
            written |= {f"{folder}/{name}" for name in [*passport["files"], path.name]}
    return {name for name in names if name in written or name.split("/")[0] in others}


# --- what is said ---


def machine() -> dict[str, str]:
    """The versions at work here: those that the lock does not fix, and those that draw."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "matplotlib": matplotlib.__version__,
        "freetype": str(ft2font.__freetype_version__),
    }


def not_locked() -> list[str]:
    """Packages that are not here in the version of the lock."""
    return here.differences((paths.ROOT / "requirements.lock").read_text(encoding="utf-8"))


def as_data(found: Comparison) -> dict[str, Any]:
    """What was found, for programs."""
    return {
        "drift": bool(found.drifts),
        "n_files": found.n_files,
        "drifted": [drift._asdict() for drift in found.drifts],
        "changed": [{"input": cause, "figures": figures} for cause, figures in found.changed.items()],
        "n_pictures_within_tolerance": found.n_near,
        "tolerance": TOLERANCE,
        "here": machine(),
        "not_as_locked": not_locked(),
    }


def report(found: Comparison) -> list[str]:
    """What was found, for readers."""
    near = f" {found.n_near} pictures differ by at most {TOLERANCE} of 255 in a pixel." if found.n_near else ""
    if not found.drifts:
        return [f"No drift: {found.n_files} files of {shown(paths.FIGURES)}/ were made anew and are the same.{near}"]
    lines = [f"{len(found.drifts)} of {found.n_files} files of {shown(paths.FIGURES)}/ drifted.{near}"]
    lines += [f"  {drift.file} ({drift.kind}): {drift.what}" for drift in found.drifts]
    if found.changed:
        lines += ["What changed since they were made:", *(_change(*entry) for entry in found.changed.items())]
    elif any(drift.kind in ("data", "picture", "vector") for drift in found.drifts):
        lines.append("No input on record changed.")
    told = ", ".join(f"{name} {version}" for name, version in machine().items())
    lines.append(f"Here: {told}." + "".join(f"\n  not as locked: {problem}" for problem in not_locked()))
    lines.append("If the new figures are right, `python run.py` writes them.")
    return lines


def _change(cause: str, figures: list[str]) -> str:
    more = f" and {len(figures) - MOST_NAMED} more" if len(figures) > MOST_NAMED else ""
    return f"  {cause} (for {', '.join(figures[:MOST_NAMED])}{more})"
