"""Execute the notebooks, several at a time: in place, or on another plan with the copies beside its figures."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.figures.gallery import PAGES, galleries
from src.utils.figures.sources import parameters_of, read_cells
from src.utils.files import PART, sweep_parts, write_whole
from src.utils.page.every import SUFFIX, write_page_of, write_pages
from src.utils.paths import shown
from src.utils.running import cores
from src.utils.running.executing import Execution, NotebookError, execute, private_jupyter, read_notebook
from src.utils.running.progress import Reporter, reporter

AT_MOST = 4  # kernels at a time; each holds some 400 MB
ABOUT_COLLECTIONS = "08_*.ipynb"
PICTURES = (".png", ".svg", ".pdf")
TABLES = (".csv", ".tex", ".docx", ".xlsx")


def run_all() -> int:
    """Execute the notebooks of notebooks/ in place and print what was written. Returns the exit code."""
    return run([Execution(path, path) for path in notebooks()], [paths.NOTEBOOKS, paths.FIGURES], every_page)


def every_page() -> list[Path]:
    """Write the page of each plan, then those of all figures, which link to it.

    Not before all notebooks have ended: they run side by side, and a page shows the figures of all of them.
    """
    return [*write_pages(), *galleries()]


def pages_of(plan: str, plan_folder: Path) -> list[Path]:
    """Write one plan's page and those of its figures."""
    return [*write_page_of(plan, plan_folder), *galleries(plan)]


def run_on_plan(plan: str, plan_folder: Path) -> int:
    """Execute copies of the notebooks on a plan into figures/<plan>/notebooks, the committed ones staying as they are.

    plan: its id. plan_folder: where its plan.toml lies. Returns the exit code.
    """
    folder = paths.FIGURES / plan / "notebooks"
    named = as_parameter(plan, plan_folder)
    jobs = [Execution(path, folder / path.name, named) for path in notebooks()]
    return run(jobs, [paths.FIGURES, folder], partial(pages_of, plan, plan_folder))


def run_on_collection(collection: str, parameter: str) -> int:
    """Execute the notebooks about collections: in place on their own, else copies into figures/<collection>/notebooks.

    collection: its id. parameter: the id again, or the path of its settings file. Returns the exit code.
    """
    folder = paths.FIGURES / collection / "notebooks"
    jobs = []
    for path in sorted(paths.NOTEBOOKS.glob(ABOUT_COLLECTIONS)):
        own = parameters_of(read_cells(path)).get("PLAN") == parameter
        jobs.append(Execution(path, path) if own else Execution(path, folder / path.name, parameter))
    if not jobs:
        raise GuihuaError(f"{shown(paths.NOTEBOOKS)}: there is no notebook about collections. Put 08 back.")
    of = None if all(job.plan is None for job in jobs) else collection
    return run(jobs, [paths.FIGURES, *{job.target.parent for job in jobs}], partial(galleries, of))


def notebooks() -> list[Path]:
    """List the notebooks in order; those about collections and the nineties need more than the project holds."""
    found = sorted({*paths.NOTEBOOKS.glob("[0-8]*.ipynb")} - {*paths.NOTEBOOKS.glob(ABOUT_COLLECTIONS)})
    if not found:
        raise GuihuaError(f"{shown(paths.NOTEBOOKS)}: there are no notebooks. Is the copy of the project complete?")
    return found


def as_parameter(plan: str, folder: Path) -> str:
    """Write a plan as notebooks take it: its id, or its folder, relative to the project where it lies within."""
    if folder.resolve() == (paths.PLANS / plan).resolve():
        return plan
    return shown(folder.resolve())


def run(jobs: Sequence[Execution], folders: Sequence[Path], write_pages: Callable[[], list[Path]]) -> int:
    """Execute the jobs, write the pages of figures and print what changed. Returns the exit code.

    Raises GuihuaError where one of the folders cannot be written.
    """
    began = time.monotonic()
    sweep_parts([paths.NOTEBOOKS, paths.FIGURES, paths.CACHE])
    for folder in [*folders, *subfolders(paths.FIGURES)]:
        ensure_writable(folder)
    before = snapshot(jobs)
    with private_jupyter() as environment, reporter() as report:
        warm_up(environment)
        failures = execute_together(jobs, environment, report)
    pages = [] if failures else write_pages()
    for failure in dict.fromkeys(str(failure) for failure in failures):
        print(f"\n{failure}", file=sys.stderr)
    print("\n".join(summary(jobs, before, snapshot(jobs), time.monotonic() - began)))
    if not failures:
        where = shown(pages[-1]) if pages else f"{shown(paths.FIGURES)}/"
        print(f"Open the notebooks with `python run.py lab`, or the pictures in {where}.")
        return 0
    return 2 if all(isinstance(failure, GuihuaError) for failure in failures) else 1


def ensure_writable(folder: Path) -> None:
    """Raise GuihuaError where no file can be made in the folder; makes the folder."""
    probe = folder / f".probe.{os.getpid()}{PART}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise GuihuaError(
            f"{shown(folder)}: cannot be written ({error.strerror}). Give yourself the right to write there, or "
            "copy the project to a folder of yours."
        ) from error


def subfolders(folder: Path) -> list[Path]:
    """List the folders below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_dir())


def warm_up(environment: dict[str, str]) -> None:
    """Build matplotlib's list of fonts once, for two kernels at it together would, and it may warn that it is slow."""
    if not any(Path(environment["MPLCONFIGDIR"]).glob("fontlist-*.json")):
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False)


def execute_together(jobs: Sequence[Execution], environment: dict[str, str], report: Reporter) -> list[Exception]:
    """Execute the jobs, the largest first, as many at a time as there are cores; returns what failed, in order.

    After a failure no further notebook starts; those at work end. On Ctrl-C their kernels are killed.
    """
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # what went wrong is said once, in our words
    stopping = threading.Event()
    with ThreadPoolExecutor(min(len(jobs), cores(), AT_MOST)) as pool:
        # Those with most figures take longest and go first, so that none of them is left to run alone at the end.
        longest_first = sorted(jobs, key=lambda job: (-job.source.stat().st_size, job.source.name))
        submitted = {id(job): pool.submit(complete, job, environment, report, stopping) for job in longest_first}
        futures = [submitted[id(job)] for job in jobs]
        try:
            while wait(futures, timeout=0.5).not_done:  # in pieces, for Windows hears no Ctrl-C within one
                pass
        except BaseException:
            stopping.set()
            while wait(futures, timeout=0.2).not_done:  # again and again: a kernel may just be starting
                for job in jobs:
                    kill_kernel(job)
            raise
    return [failure for future in futures if (failure := future.result()) is not None]


def complete(
    job: Execution, environment: dict[str, str], report: Reporter, stopping: threading.Event
) -> Exception | None:
    """Execute one job and write its result whole; returns what failed. Does nothing when another has failed before."""
    if stopping.is_set():
        return None
    name, began = job.source.stem, time.monotonic()
    try:
        report.started(name, len(read_notebook(job.source).cells))
        job.on_cell = lambda number, heading: report.at_cell(name, number, heading)
        write_whole(job.target, execute(job, environment))
    except (GuihuaError, NotebookError) as failure:
        stopping.set()
        report.finished(name, "failed")
        return failure
    report.finished(name, f"done in {time.monotonic() - began:.0f} s")
    return None


def kill_kernel(job: Execution) -> None:
    """Kill the job's kernel if it has one."""
    manager = job.client.km if job.client else None
    process = getattr(getattr(manager, "provisioner", None), "process", None)
    if process is not None:
        process.kill()


def snapshot(jobs: Sequence[Execution]) -> dict[Path, tuple[int, int]]:
    """Note every file under figures/ and every target by time and size: write_whole leaves equal files alone."""
    files = {path for path in paths.FIGURES.rglob("*") if path.is_file()} | {job.target for job in jobs}
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.exists()}


def summary(
    jobs: Sequence[Execution],
    before: dict[Path, tuple[int, int]],
    after: dict[Path, tuple[int, int]],
    seconds: float,
) -> list[str]:
    """Say how many figures, tables and notebooks are new, changed and unchanged, by plan, and how long it took."""
    targets = {job.target for job in jobs}
    counts: dict[tuple[str, str], Counter[str]] = {}
    for path in sorted(after):
        kind = "notebooks" if path in targets else kind_of(path)
        folder = shown(path.parent if path in targets else paths.FIGURES / path.relative_to(paths.FIGURES).parts[0])
        state = "new" if path not in before else "unchanged" if before[path] == after[path] else "changed"
        if kind:
            counts.setdefault((folder, kind), Counter())[state] += 1
    lines = [
        f"  {folder}: {sum(count.values())} {kind} ("
        + ", ".join(f"{count[state]} {state}" for state in ("new", "changed", "unchanged") if count[state])
        + ")"
        for (folder, kind), count in sorted(counts.items())
    ]
    return [f"\n{len(jobs)} notebooks, {seconds:.0f} s", *lines]


def kind_of(path: Path) -> str:
    """Return what a file under figures/ counts as; "" for captions, passports and what else lies there."""
    if path.suffix == SUFFIX and path.name not in PAGES:
        return "pages"
    return "pictures" if path.suffix in PICTURES else "tables" if path.suffix in TABLES else ""
