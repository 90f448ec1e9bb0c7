"""The store as notebooks use it: one way to the tables of one plan or of ten thousand."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from src.utils.errors import StoreError
from src.utils.store import layout, running
from src.utils.store.arrow import COLUMNS, SCHEMAS, read_parquet, to_pandas
from src.utils.store.building import Outcome, Words
from src.utils.store.layout import Stored
from src.utils.store.looking import Look, look
from src.utils.store.members import Group, StoredPlan, group_of
from src.utils.words.token_tables import DICTIONARY_HASH

PLANS = ["plan", "title", "title_en", "place", "code", "kind", "n_chars", "n_tokens", "key"]
FAILURES = ["plan", "problem"]
_THREADS = 4


class Progress(Protocol):
    """What is told while the store is built."""

    def begin(self, n_plans: int, n_bytes: int) -> None:
        """Tell how much there is to build."""

    def done(self, outcome: Outcome) -> None:
        """Tell that a plan is done, or has failed."""


@dataclass(frozen=True)
class Store:
    """The tables of several plans, whole and of today's inputs.

    failures: the plans that could not be read or are not built, and why (columns plan, problem). With `sql`, DuckDB
    answers from the files; it takes as much memory as the answer needs.
    """

    described: Sequence[StoredPlan] = field(repr=False)
    stored: Sequence[Stored] = field(repr=False)
    failures: pd.DataFrame = field(repr=False)

    @cached_property
    def plans(self) -> pd.DataFrame:
        """One row a plan, by id: columns PLANS.

        n_chars: characters of the running text, white space and headings left out. n_tokens: punctuation included.
        key: of the inputs that the tables were made from. Title, place and kind are missing for a bare file.
        """
        settings = {plan.id: plan.settings for plan in self.described}
        rows = []
        for stored in self.stored:
            found = stored.manifest
            about = settings[found.plan]
            named = (
                (about.plan.title, about.plan.title_en, about.place.name, about.place.code, about.plan.kind)
                if about
                else (None,) * 5
            )
            rows.append((found.plan, *named, found.n_chars, found.files["tokens.parquet"].n_rows, found.key))
        return pd.DataFrame(rows, columns=PLANS).astype(dict.fromkeys(PLANS[:6], "str"))

    def table(
        self, name: str, plans: Iterable[str] | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """A table of all plans, or of some: sections, sentences, units, tokens; columns as in tables.py.

        Rows by plan, and in the plan's own order. A table of tokens knows the dictionary that all were cut with, where
        it is one. Raises StoreError for an unknown table, plan or column, and where a file is damaged.
        """
        if name not in COLUMNS:
            raise StoreError(f"{name}: no such table; there are {', '.join(COLUMNS)}.")
        wanted = list(COLUMNS[name] if columns is None else columns)
        unknown = [column for column in wanted if column not in COLUMNS[name]]
        if unknown:
            raise StoreError(f"{name}: no column {', '.join(unknown)}; there are {', '.join(COLUMNS[name])}.")
        chosen = self._chosen(plans)
        frame = to_pandas(_together(name, wanted, chosen))
        hashes = {stored.manifest.dictionary_hash for stored in chosen}
        if name == "tokens" and len(hashes) == 1:
            frame.attrs[DICTIONARY_HASH] = hashes.pop()
        return frame

    def _chosen(self, plans: Iterable[str] | None) -> list[Stored]:
        if plans is None:
            return list(self.stored)
        wanted = [plans] if isinstance(plans, str) else list(plans)
        known = {stored.manifest.plan: stored for stored in self.stored}
        missing = [plan for plan in wanted if plan not in known]
        if missing:
            raise StoreError(f"the store has no plan {', '.join(missing)}; it has {', '.join(known) or 'none'}.")
        return [known[plan] for plan in sorted(set(wanted))]

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """Ask DuckDB: sections, sentences, units, tokens and plans are views. `?` in the query stand for parameters.

        Rows come in the order that the query asks for. Raises StoreError with DuckDB's words where it cannot answer.
        """
        import duckdb  # noqa: PLC0415

        try:
            answer: pd.DataFrame = self._connection.execute(query, list(parameters)).df()
        except duckdb.Error as error:
            raise StoreError(f"store.sql: {error}") from error
        return answer

    @cached_property
    def _connection(self) -> Any:
        import duckdb  # noqa: PLC0415

        connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        for name in COLUMNS:
            files = [str(stored.path(name)) for stored in self.stored]
            if files:
                connection.read_parquet(files).create_view(name)
            else:
                connection.from_arrow(SCHEMAS[name].empty_table()).create(name)
        connection.register("plans", self.plans)
        return connection


def _together(name: str, columns: list[str], chosen: Sequence[Stored]) -> Any:
    """A table of several plans in Arrow."""
    import pyarrow as pa  # noqa: PLC0415

    def read(stored: Stored) -> Any:
        path = stored.path(name)
        try:
            return read_parquet(path.read_bytes(), columns)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{path}: cannot be read ({error}). Open the store again: it is built anew.") from error

    with ThreadPoolExecutor(_THREADS) as pool:
        tables = list(pool.map(read, chosen))
    empty = SCHEMAS[name].empty_table().select(columns)
    return pa.concat_tables([empty, *tables]).unify_dictionaries()


def open_store(
    name: str | Path | Iterable[str | Path],
    *,
    build: bool = True,
    scheduler: str | None = None,
    memory_mb: int = running.MEMORY_MB,
    n_jobs: int | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Store:
    """Open the tables of a collection, a plan, or a list of plans (ids, folders, files), after building what is stale.

    A single plan's words are cut with its own terms, as its notebooks cut them; those of a collection or a list all
    with the same dictionary (dictionaries_of), so that they may be compared.
    build: False takes what is fresh and names the rest in `failures`. scheduler: the address of a Dask scheduler to
    build on, else this machine. memory_mb: what all processes may take together; n_jobs: how many there may be.
    folder: another place for the store.
    Raises GuihuaError where the name is unknown, or where not one plan is left.
    """
    group = group_of(name)
    root = layout.store_folder(folder)
    looks = look(group, root)
    failures = list(group.failures)
    if build and any(each.state != "fresh" for each in looks):
        failures += build_stale(
            group, looks, root, scheduler=scheduler, memory_mb=memory_mb, n_jobs=n_jobs, progress=progress
        )
        built = iter(look(replace(group, plans=_not_yet_fresh(group, looks)), root))
        looks = [each if each.state == "fresh" else next(built) for each in looks]
    failed = {plan for plan, _ in failures}
    failures += [(each.plan, _not_fresh(each)) for each in looks if each.state != "fresh" and each.plan not in failed]
    stored = [each.stored for each in looks if each.state == "fresh" and each.stored is not None]
    if not stored:
        raise StoreError(f"{name}: not one plan can be read. The first: {failures[0][1] if failures else 'none'}")
    return Store(
        group.plans,
        sorted(stored, key=lambda each: each.manifest.plan),
        pd.DataFrame(sorted(failures), columns=FAILURES),
    )


def _not_yet_fresh(group: Group, looks: Sequence[Look]) -> tuple[StoredPlan, ...]:
    return tuple(plan for plan, each in zip(group.plans, looks, strict=True) if each.state != "fresh")


def _not_fresh(each: Look) -> str:
    why = f" ({', '.join(each.why)})" if each.why else ""
    return f"its tables are {each.state}{why}; open the store with build=True"


def build_stale(
    group: Group,
    looks: Sequence[Look],
    root: Path,
    *,
    scheduler: str | None = None,
    memory_mb: int = running.MEMORY_MB,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> list[tuple[str, str]]:
    """Build what is not fresh, then sweep and prune; returns the plans that failed, with their problems."""
    layout.sweep(root)
    failures = [(each.plan, each.why[0]) for each in looks if each.state == "refused"]
    wanted = [each.task for each in looks if each.state != "fresh" and each.task is not None]
    refused = {task.plan.id: why for task in wanted if (why := running.too_large(task, memory_mb)) is not None}
    failures += list(refused.items())
    tasks = [task for task in wanted if task.plan.id not in refused]
    if not tasks:
        return failures
    if progress is not None:
        progress.begin(len(tasks), sum(task.n_bytes for task in tasks))
    words = Words.of(group)
    if scheduler is not None:
        batches = running.run_on_cluster(tasks, root, words, scheduler)
    else:
        batches = running.run(tasks, root, words, running.n_workers(tasks, memory_mb, n_jobs))
    for outcome in _outcomes(batches):
        if progress is not None:
            progress.done(outcome)
        if outcome.problem:
            failures.append((outcome.plan, outcome.problem))
        elif outcome.folder is not None:
            layout.prune(root, outcome.plan, outcome.folder)
    return failures


def _outcomes(batches: Iterable[list[Outcome]]) -> Iterator[Outcome]:
    for batch in batches:
        yield from batch
