"""Which notebooks a run executes, on which plan, and where the results go. Nothing heavy is imported."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.figures.sources import parameters_of, read_cells
from src.utils.paths import shown

ABOUT_COLLECTIONS: Final = "08_*.ipynb"


@dataclass
class Execution:
    """One notebook to execute: where it lies, where the result goes, and the plan to put in (None: its own).

    log: the file to which its processes write what they touch (watching), None where nobody asks. began, ended: when it
    was executed, in seconds since 1970; ended is 0 where it was not, or failed.
    """

    source: Path
    target: Path
    plan: str | None = None
    on_cell: Callable[[int, str], None] = lambda number, heading: None
    client: Any = field(default=None, repr=False)
    log: Path | None = field(default=None, repr=False)
    began: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True)
class Run:
    """Notebooks that are executed together, the folders written to, and what writes the pages of their figures.

    words: what follows `python run.py` to ask for it.
    """

    jobs: list[Execution]
    folders: list[Path]
    write_pages: Callable[[], list[Path]]
    words: tuple[str, ...] = ()


def all_jobs() -> Run:
    """The notebooks of notebooks/, in place."""
    return Run([Execution(path, path) for path in notebooks()], [paths.NOTEBOOKS, paths.FIGURES], every_page)


def plan_jobs(plan: str, plan_folder: Path) -> Run:
    """Copies of the notebooks on a plan, into figures/<plan>/notebooks; the committed ones stay as they are.

    plan: its id. plan_folder: where its plan.toml lies.
    """
    folder = paths.FIGURES / plan / "notebooks"
    named = as_parameter(plan, plan_folder)
    jobs = [Execution(path, folder / path.name, named) for path in notebooks()]
    return Run(jobs, [paths.FIGURES, folder], partial(pages_of, plan, plan_folder), ("--plan", named))


def collection_jobs(collection: str, parameter: str) -> Run:
    """The notebooks about collections: in place on their own, else copies into figures/<collection>/notebooks.

    collection: its id. parameter: the id again, or the path of its settings file.
    """
    folder = paths.FIGURES / collection / "notebooks"
    jobs = []
    for path in sorted(paths.NOTEBOOKS.glob(ABOUT_COLLECTIONS)):
        own = parameters_of(read_cells(path)).get("PLAN") == parameter
        jobs.append(Execution(path, path) if own else Execution(path, folder / path.name, parameter))
    if not jobs:
        raise GuihuaError(f"{shown(paths.NOTEBOOKS)}: there is no notebook about collections. Put 08 back.")
    of = None if all(job.plan is None for job in jobs) else collection
    folders = [paths.FIGURES, *sorted({job.target.parent for job in jobs})]
    return Run(jobs, folders, partial(figure_pages, of), ("--plan", parameter))


def every_page() -> list[Path]:
    """Write the page of each plan, then those of all figures, which link to it.

    Not before all notebooks have ended: they run side by side, and a page shows the figures of all of them.
    """
    from src.utils.page.every import write_pages  # noqa: PLC0415  (pandas: half a second)

    return [*write_pages(), *figure_pages()]


def pages_of(plan: str, plan_folder: Path) -> list[Path]:
    """Write one plan's page and those of its figures."""
    from src.utils.page.every import write_page_of  # noqa: PLC0415

    return [*write_page_of(plan, plan_folder), *figure_pages(plan)]


def figure_pages(plan: str | None = None) -> list[Path]:
    """Write the pages of all figures, or of one plan's."""
    from src.utils.figures.gallery import galleries  # noqa: PLC0415

    return galleries(plan)


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
