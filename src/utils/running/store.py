"""The store from the command line: what is fresh, stale and why, missing or damaged; building with time left."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from src.utils.errors import GuihuaError
from src.utils.plans.collections import collection_ids
from src.utils.plans.settings import plan_ids
from src.utils.store import layout, running
from src.utils.store.building import Outcome
from src.utils.store.looking import Look, look
from src.utils.store.members import group_of
from src.utils.store.reading import build_stale


def status(name: str | None, *, as_json: bool, folder: Path | None = None) -> int:
    """Print what the store has of a collection or plan, or of all there are; returns 0 where all is fresh, else 1."""
    root = layout.store_folder(folder)
    names = [name] if name is not None else [*collection_ids(), *plan_ids()]
    found = {each: _looked(each, root, strict=name is not None) for each in names}
    if as_json:
        data = {each: [_as_data(one) for one in looks] for each, looks in found.items()}
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        print("\n".join(line for each, looks in found.items() for line in _report(each, looks)))
    return 0 if all(one.state == "fresh" for looks in found.values() for one in looks) else 1


def _looked(name: str, root: Path, *, strict: bool) -> list[Look]:
    """What the store has of the plans of a name; among all names one that cannot be read is a line like others."""
    try:
        group = group_of(name)
    except GuihuaError as error:
        if strict:
            raise
        return [Look(name, "refused", (str(error),))]
    return [*look(group, root), *(Look(plan, "refused", (problem,)) for plan, problem in group.failures)]


def _as_data(one: Look) -> dict[str, object]:
    key = one.stored.manifest.key if one.stored is not None and one.state == "fresh" else None
    return {"plan": one.plan, "state": one.state, "why": list(one.why), "key": key}


def _report(name: str, looks: list[Look]) -> Iterator[str]:
    """One line of counts, and one for each plan that is not fresh."""
    states = [one.state for one in looks]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
    yield f"{name}: {counts}"
    for one in looks:
        if one.state != "fresh":
            yield f"  {one.plan}: {one.state}" + (f": {', '.join(one.why)}" if one.why else "")


def build(
    name: str,
    *,
    memory_mb: int = running.MEMORY_MB,
    n_jobs: int | None = None,
    scheduler: str | None = None,
    folder: Path | None = None,
) -> int:
    """Build what is not fresh of a collection or plan; returns 1 where a plan failed, after listing all that did."""
    root = layout.store_folder(folder)
    group = group_of(name)
    looks = look(group, root)
    with _progress() as progress:
        failures = build_stale(
            group, looks, root, scheduler=scheduler, memory_mb=memory_mb, n_jobs=n_jobs, progress=progress
        )
    failures = sorted([*group.failures, *failures])
    n_fresh = sum(one.state == "fresh" for one in looks)
    n_built = len(looks) + len(group.failures) - n_fresh - len(failures)
    print(f"{name}: {n_built} built, {n_fresh} fresh already, {len(failures)} failed")
    for plan, problem in failures:
        print(f"  {plan}: {problem}", file=sys.stderr)
    return 1 if failures else 0


class _Lines:
    """A line when building begins; failures are listed at the end."""

    def begin(self, n_plans: int, n_bytes: int) -> None:
        """Tell how much there is to build."""
        sys.stderr.write(f"building {n_plans} plans from {n_bytes / 1e6:,.1f} MB\n")

    def done(self, outcome: Outcome) -> None:
        """Tell nothing: logs stay short."""


class _Bar:
    """A bar by bytes of source, with the plans done and the time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bytes = progress.add_task("building", total=None)
        self._n = self._of = self._failed = 0

    def begin(self, n_plans: int, n_bytes: int) -> None:
        """Tell how much there is to build."""
        self._of = n_plans
        self._progress.update(self._bytes, total=n_bytes)

    def done(self, outcome: Outcome) -> None:
        """Move the bar on."""
        self._n += 1
        self._failed += bool(outcome.problem)
        said = f"{self._n} of {self._of} plans" + (f", {self._failed} failed" if self._failed else "")
        self._progress.update(self._bytes, advance=outcome.n_bytes, description=said)


@contextlib.contextmanager
def _progress() -> Iterator[_Lines | _Bar]:
    """A bar where standard error is a terminal that can draw it, a line elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TaskProgressColumn(), TimeElapsedColumn())
    left = TimeRemainingColumn()
    with Progress(*columns, TextColumn("left"), left, console=Console(stderr=True)) as progress:
        yield _Bar(progress)
