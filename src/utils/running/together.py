"""Execute notebooks, several at a time, and write the pages of their figures."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.figures.gallery import PAGES
from src.utils.files import PART, sweep_parts, write_whole
from src.utils.page.every import SUFFIX
from src.utils.paths import shown
from src.utils.running import cores, records
from src.utils.running.executing import NotebookError, execute, private_jupyter, read_notebook
from src.utils.running.jobs import Execution, Run
from src.utils.running.notebooks import unchanged
from src.utils.running.progress import Reporter, reporter
from src.utils.running.records import Record
from src.utils.running.watching import touched, watched

AT_MOST = 4  # kernels at a time; each holds some 400 MB
PICTURES = (".png", ".svg", ".pdf")
TABLES = (".csv", ".tex", ".docx", ".xlsx")


def execute_run(asked: Run, fresh: Mapping[str, Record], why: Sequence[str]) -> int:
    """Execute the jobs of which `fresh` has no record, write the pages and print what changed. Returns the exit code.

    why: for each job that was executed before, what has changed since. Raises GuihuaError where a folder cannot be
    written.
    """
    began = time.monotonic()
    sweep_parts([paths.NOTEBOOKS, paths.FIGURES, paths.CACHE])
    for folder in [*asked.folders, *subfolders(paths.FIGURES)]:
        ensure_writable(folder)
    before = snapshot(asked.jobs)
    jobs = [job for job in asked.jobs if records.name_of(job) not in fresh]
    for name in (*map(records.name_of, jobs), records.name_of_pages(asked.words)):
        records.forget(name)  # until it is done: a run that is killed leaves nothing that is taken for whole
    print("".join(f"{line}\n" for line in why), end="", file=sys.stderr)
    with watching_each(jobs):
        failures = execute_all(jobs) if jobs else []
        pages = [] if failures else write_pages(asked)
        for job in jobs:
            keep_record(job)
    for failure in dict.fromkeys(str(failure) for failure in failures):
        print(f"\n{failure}", file=sys.stderr)
    print("\n".join(summary(asked.jobs, before, snapshot(asked.jobs), time.monotonic() - began)))
    print(
        "".join(f"{unchanged(job, fresh[name])}\n" for job in asked.jobs if (name := records.name_of(job)) in fresh),
        end="",
    )
    if not failures:
        where = shown(pages[-1]) if pages else f"{shown(paths.FIGURES)}/"
        print(f"Open the notebooks with `python run.py lab`, or the pictures in {where}.")
        return 0
    return 2 if all(isinstance(failure, GuihuaError) for failure in failures) else 1


@contextmanager
def watching_each(jobs: Sequence[Execution]) -> Iterator[None]:
    """Give each job a log for what its processes touch, while this lasts."""
    with tempfile.TemporaryDirectory(prefix="guihua-", ignore_cleanup_errors=True) as folder:
        for number, job in enumerate(jobs):
            job.log = Path(folder) / f"{number}.log"
            job.log.touch()
        yield


def write_pages(asked: Run) -> list[Path]:
    """Write the pages of a run's figures, and keep what they rest on."""
    at = time.time()
    with watched() as log:
        pages = asked.write_pages()
    seen = touched(bytes(log))
    states = records.pages_rest_on(seen)
    if not records.changed_since(at, seen.read - seen.written):
        records.write_record(records.name_of_pages(asked.words), states)
    return pages


def keep_record(job: Execution) -> None:
    """Keep what a job that is done rests on; not where another hand has changed something meanwhile."""
    if job.log is None or not job.ended:
        return
    seen = touched(job.log.read_bytes())
    states = records.rests_on(job, seen)
    changed = records.changed_since(job.began, seen.read - seen.written - {job.target})
    changed += records.changed_since(job.ended, seen.written | {job.target})
    if changed:
        print(f"{job.source.stem}: changed while it was executed: {shown(changed[0])}. The next run executes it again.")
    else:
        records.write_record(records.name_of(job), states)


def execute_all(jobs: Sequence[Execution]) -> list[Exception]:
    """Execute the jobs side by side; returns what failed, in order."""
    with private_jupyter() as environment, reporter() as report:
        warm_up(environment)
        return execute_together(jobs, environment, report)


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
        job.began = time.time()
        write_whole(job.target, execute(job, environment))
        job.ended = time.time()
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
    n = sum(job.ended > 0 for job in jobs)
    executed = f" ({n} executed)" if n < len(jobs) else ""
    return [f"\n{len(jobs)} notebooks{executed}, {seconds:.0f} s", *lines]


def kind_of(path: Path) -> str:
    """Return what a file under figures/ counts as; "" for captions, passports and what else lies there."""
    if path.suffix == SUFFIX and path.name not in PAGES:
        return "pages"
    return "pictures" if path.suffix in PICTURES else "tables" if path.suffix in TABLES else ""
