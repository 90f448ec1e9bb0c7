"""Show which notebooks are at work, and at which cell: bars on a terminal, plain lines elsewhere. On standard error."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Reporter(Protocol):
    """What the runner tells while it works; called from several threads."""

    def started(self, name: str, n_cells: int) -> None:
        """Tell that a notebook begins."""

    def at_cell(self, name: str, number: int, heading: str) -> None:
        """Tell that a notebook has come to a cell."""

    def finished(self, name: str, outcome: str) -> None:
        """Tell how a notebook ended."""


class Lines:
    """One line when a notebook begins and one when it ends."""

    def started(self, name: str, n_cells: int) -> None:
        """Print that a notebook begins."""
        sys.stderr.write(f"{name}: {n_cells} cells\n")  # in one piece: several threads tell

    def at_cell(self, name: str, number: int, heading: str) -> None:
        """Print nothing: logs stay short."""

    def finished(self, name: str, outcome: str) -> None:
        """Print how a notebook ended."""
        sys.stderr.write(f"{name}: {outcome}\n")


class Bars:
    """A bar for each notebook with the heading of the section at work."""

    def __init__(self, progress: Progress) -> None:
        """progress: rich's, already on the screen."""
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def started(self, name: str, n_cells: int) -> None:
        """Add the notebook's bar."""
        self.tasks[name] = self.progress.add_task(name, total=n_cells, at="starting the kernel")

    def at_cell(self, name: str, number: int, heading: str) -> None:
        """Move the bar to the cell; the heading says where that is."""
        self.progress.update(self.tasks[name], completed=number - 1, at=heading)

    def finished(self, name: str, outcome: str) -> None:
        """Fill the bar, or leave it where the notebook failed."""
        task = self.tasks[name]
        if outcome != "failed":
            self.progress.update(task, completed=self.progress.tasks[task].total)
        self.progress.update(task, at=outcome)
        self.progress.stop_task(task)


@contextlib.contextmanager
def reporter() -> Iterator[Reporter]:
    """Give bars where standard error is a terminal that can draw them, lines elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bars(progress)
