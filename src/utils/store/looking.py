"""What the store has of the plans that are wanted: fresh, stale and why, missing, damaged."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from src.utils.errors import GuihuaError
from src.utils.store import layout
from src.utils.store.building import Task, Words
from src.utils.store.inputs import TABLES, Part, differing, forget_what_changed, inputs_of
from src.utils.store.layout import Stored
from src.utils.store.members import Group, StoredPlan

_AT_A_TIME: Final = 32  # plans handed to a thread: enough that handing them over costs nothing

# The first plans tell whether threads are of use: they are where a disk is waited for, or where large files are hashed.
# Else they only hand Python's lock to and fro, and two take twice as long as one.
_WAITING: Final = 2.0  # times the work
_LARGE: Final = 500_000  # bytes of a plan's source

State = Literal["fresh", "stale", "missing", "damaged", "refused"]


@dataclass(frozen=True)
class Look:
    """What the store has of a plan, and why it is not fresh.

    why: the inputs that changed since (stale), what is wrong with the files (damaged) or with the plan's own (refused).
    """

    plan: str
    state: State
    why: tuple[str, ...] = ()
    stored: Stored | None = None
    task: Task | None = field(default=None, repr=False)


def look(group: Group, root: Path, *, whole: bool = True) -> list[Look]:
    """Look up each plan of a group, in their order. whole: whether the files' bytes are hashed."""
    forget_what_changed()
    words = Words.of(group)
    parts = [group.plans[at : at + _AT_A_TIME] for at in range(0, len(group.plans), _AT_A_TIME)]

    def looked(plans: Sequence[StoredPlan]) -> list[Look]:
        return [_looked(plan, root, words, whole=whole) for plan in plans]

    began, worked = time.perf_counter(), time.thread_time()
    found = [looked(plans) for plans in parts[:1]]
    waited = time.perf_counter() - began > _WAITING * (time.thread_time() - worked)
    if waited or any(_mean_size(each) > _LARGE for each in found):
        with ThreadPoolExecutor(layout.THREADS) as pool:
            found += pool.map(looked, parts[1:])
    else:
        found += map(looked, parts[1:])
    return [each for part in found for each in part]


def _mean_size(looks: Sequence[Look]) -> float:
    return sum(each.task.n_bytes for each in looks if each.task is not None) / len(looks)


def _looked(plan: StoredPlan, root: Path, words: Words, *, whole: bool) -> Look:
    each = _look(plan, root, words)
    if each.state != "fresh" or each.stored is None:
        return each
    problem = layout.damage(each.stored, whole=whole)
    return Look(each.plan, "damaged", (problem,), each.stored, each.task) if problem else each


def _look(plan: StoredPlan, root: Path, words: Words) -> Look:
    try:
        inputs = inputs_of(plan, words.name, words.hashes)
    except GuihuaError as error:
        return Look(plan.id, "refused", (str(error),))
    keys = inputs.keys
    size = sum(path.stat().st_size for path in plan.files)
    versions = layout.stored_versions(root, plan.id)
    reuse = _reusable(versions, keys)
    task = Task(plan, inputs, reuse, size)
    wanted = layout.folder_of(root, plan.id, words.name, keys)
    current = next((stored for stored in versions if stored.folder == wanted), None)
    if current is not None:
        return Look(plan.id, "fresh", stored=current, task=task)
    if wanted.is_dir():
        return Look(plan.id, "damaged", (f"{wanted / layout.MANIFEST}: missing or damaged",), task=task)
    before = next((stored for stored in versions if stored.manifest.words == words.name), None)
    if before is None:
        return Look(plan.id, "missing", task=task)
    changed = [
        name
        for part, now in inputs.parts.items()
        for name in differing(now, before.manifest.inputs.get(part, {}))
        if name != "text"
    ]
    return Look(plan.id, "stale", tuple(dict.fromkeys(changed)), before, task)


def _reusable(versions: Sequence[Stored], keys: Mapping[Part, str]) -> dict[Part, Path]:
    """For each part the folder of a plan that has it already."""
    found: dict[Part, Path] = {}
    for part in TABLES:
        for stored in versions:
            if stored.manifest.keys.get(part) == keys[part]:
                found.setdefault(part, stored.folder)
    return found
