"""Execute the notebooks: in place, or on another plan with the copies beside its figures; those alone that must be.

A notebook is not executed where nothing has changed on which its results depend and all that it wrote is whole
(records). Where that holds for all of them, nothing heavy is imported and no kernel started.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from src.utils.running import records
from src.utils.running.jobs import Execution, Run, all_jobs, collection_jobs, plan_jobs
from src.utils.running.records import Record

MOST_NAMED: Final = 4


def run_all(*, again: bool = False) -> int:
    """Execute the notebooks of notebooks/ in place and print what was written. Returns the exit code.

    again: whether to execute those too for which nothing has changed.
    """
    return run(all_jobs(), again=again)


def run_on_plan(plan: str, plan_folder: Path, *, again: bool = False) -> int:
    """Execute copies of the notebooks on a plan (jobs.plan_jobs); otherwise as run_all."""
    return run(plan_jobs(plan, plan_folder), again=again)


def run_on_collection(collection: str, parameter: str, *, again: bool = False) -> int:
    """Execute the notebooks about collections (jobs.collection_jobs); otherwise as run_all."""
    return run(collection_jobs(collection, parameter), again=again)


def run(asked: Run, *, again: bool = False) -> int:
    """Execute the jobs that must be, write the pages of figures and print what changed. Returns the exit code.

    Raises GuihuaError where one of the folders cannot be written.
    """
    names = {records.name_of(job): job.source.stem for job in asked.jobs}
    pages = records.name_of_pages(asked.words)
    kept = {} if again else {name: found for name in (*names, pages) if (found := records.read_record(name))}
    changes = {name: records.changes(found) for name, found in kept.items()}
    fresh = {name: found for name, found in kept.items() if not changes[name]}
    if len(fresh) == len(names) + 1:
        print("\n".join(nothing_done(asked, names, fresh)))
        return 0
    from src.utils.running.together import execute_run  # noqa: PLC0415  (matplotlib, pandas, Jupyter: two seconds)

    why = [f"{names[name]}: {because(found)}" for name, found in changes.items() if found and name in names]
    return execute_run(asked, fresh, why)


def because(changed: Sequence[str]) -> str:
    """Say what has changed since a notebook was executed."""
    more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return f"changed since its last run: {', '.join(changed[:MOST_NAMED])}{more}"


def unchanged(job: Execution, found: Record) -> str:
    """Say why a notebook is not executed."""
    return (
        f"  {job.source.stem}: not executed; unchanged since {found.when}, it and what it read and wrote "
        f"({len(found.states)} files and folders by their hashes), Python and its packages"
    )


def nothing_done(asked: Run, names: Mapping[str, str], fresh: Mapping[str, Record]) -> list[str]:
    """Say that nothing was executed, why, and how to have it executed all the same."""
    told = [unchanged(job, fresh[records.name_of(job)]) for job in asked.jobs]
    command = " ".join(["python run.py", *asked.words, "--again"])
    return [f"{len(names)} notebooks, none executed: nothing has changed.", *told, f"`{command}` executes them anew."]
