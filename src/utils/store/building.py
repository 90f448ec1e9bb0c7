"""Plans to files: one batch of plans, wherever it runs.

The same function does the work in this process, in others of this machine and on a cluster. It computes the inputs of
each plan itself and refuses to build where they are not those that were asked for: a source that has changed meanwhile,
or a worker with other code or packages, cannot put a wrong table into the store.
"""

import gc
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from src.utils.errors import GuihuaError, StoreError
from src.utils.plans.outline import COUNTED_KINDS, Row
from src.utils.plans.pipeline import PlanText, plan_of
from src.utils.plans.units import UnitRow
from src.utils.store import layout
from src.utils.store.arrow import COLUMNS, parquet_bytes, read_parquet, rows_to_parquet, tokens_to_arrow
from src.utils.store.inputs import (
    TABLES,
    Inputs,
    Part,
    differing,
    digest,
    forget_what_changed,
    inputs_of,
    seen,
    terms_of,
)
from src.utils.store.layout import MANIFEST, Manifest, StoredFile
from src.utils.store.members import Group, StoredPlan
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.segmenting import Segmenter
from src.utils.words.vocabulary import LARGEST, Vocabulary

_ONE_AT_A_TIME: Final = threading.Lock()  # Dask's workers may run several batches at once, in threads


@dataclass(frozen=True)
class Words:
    """What a batch's words are cut with: `name` as in members.Group, the terms, their hashes; None: each plan's own."""

    name: str
    key: str = ""
    terms: Mapping[str, str] | None = field(default=None, repr=False, compare=False)
    hashes: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, group: Group) -> "Words":
        """The words of a group of plans."""
        found = group.dictionaries
        if found is None:
            return cls(group.words)
        hashes = terms_of(found)
        return cls(group.words, digest(hashes), found.terms, hashes)


@dataclass(frozen=True)
class Task:
    """A plan to build: the inputs it is wanted for, and the folder of the store with its parts that are still good."""

    plan: StoredPlan
    inputs: Inputs = field(repr=False)
    reuse: Mapping[Part, Path] = field(default_factory=dict)
    n_bytes: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a plan: the folder it was put in, or the problem; which parts were made."""

    plan: str
    problem: str = ""
    folder: Path | None = None
    made: tuple[Part, ...] = ()
    n_bytes: int = 0


def build_batch(tasks: Sequence[Task], root: Path, words: Words) -> list[Outcome]:
    """Build the plans of a batch and put them into the store together; a plan that fails stops no other.

    The outcomes come in the order of the tasks. Plans are read one by one, so memory is that of the largest.
    """
    written = layout.Written(root)
    with _ONE_AT_A_TIME, _no_search_for_cycles():
        try:
            forget_what_changed()
            outcomes = [_outcome(task, root, words, written) for task in tasks]
            written.put()
        except OSError as error:
            return [_failed(task, _not_written(root, error)) for task in tasks]
        finally:
            written.clear()
    return outcomes


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Put off the search for objects that hold each other: a batch makes millions of objects and hardly a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _outcome(task: Task, root: Path, words: Words, written: layout.Written) -> Outcome:
    try:
        place, contents, made = _build(task, root, words)
    except GuihuaError as error:
        return _failed(task, str(error))
    except Exception as error:  # one plan's defect must not stop ten thousand others
        return _failed(task, f"{type(error).__name__}: {error}; please report it with the plan's source")
    written.add(place, contents)
    return Outcome(task.plan.id, folder=place, made=made, n_bytes=task.n_bytes)


def _failed(task: Task, problem: str) -> Outcome:
    return Outcome(task.plan.id, problem, n_bytes=task.n_bytes)


def _not_written(root: Path, error: OSError) -> str:
    return (
        f"{root}: cannot be written ({error.strerror}). Check that the disk has room and that the folder may be "
        "written to; what the store had is whole."
    )


def _build(task: Task, root: Path, words: Words) -> tuple[Path, dict[str, bytes], tuple[Part, ...]]:
    """A plan's place in the store, the files to put there, and the parts that were made and not taken over."""
    inputs = inputs_of(task.plan, words.name, words.hashes)
    _same(task, inputs)
    tables = _Tables(task, words)
    for part in TABLES:
        if not tables.take_over(part):
            tables.make(part)
    files = {
        name: StoredFile(hashlib.sha256(data).hexdigest(), len(data), n_rows)
        for name, (data, n_rows) in tables.files.items()
    }
    keys = inputs.keys
    manifest = Manifest(task.plan.id, words.name, keys, inputs.parts, files, tables.dictionary_hash, tables.n_chars())
    contents = {name: data for name, (data, _) in tables.files.items()}
    contents[MANIFEST] = layout.manifest_bytes(manifest)
    return layout.folder_of(root, task.plan.id, words.name, keys), contents, tuple(tables.made)


def _same(task: Task, inputs: Inputs) -> None:
    """Refuse to build from other inputs than those the plan was looked up by."""
    changed = [
        name for part, now in inputs.parts.items() for name in differing(now, task.inputs.parts[part]) if name != "text"
    ]
    if changed:
        raise StoreError(
            f"{task.plan.id}: {', '.join(dict.fromkeys(changed))}: changed while the store was built, or not the same "
            "on the worker that built it. Build again; on a cluster, give all workers the same project and packages."
        )


class _Tables:
    """The files of one plan, each part taken over from a folder of the store or made."""

    def __init__(self, task: Task, words: Words) -> None:
        self.files: dict[str, tuple[bytes, int]] = {}
        self.made: list[Part] = []
        self.dictionary_hash = ""
        self._task = task
        self._words = words
        self._made_rows: dict[str, list[Row]] = {}

    @cached_property
    def _text(self) -> PlanText:
        """The plan, read from the very bytes that its key stands for."""
        text = self._task.plan.read()
        if " ".join(part.sha256 for part in text.source.parts) != self._task.inputs.parts["text"]["source file"]:
            raise StoreError(f"{text.source.path}: the file changed while the store was built. Build again.")
        return text

    def take_over(self, part: Part) -> bool:
        """Take a part's files from the folder that has them; whether they are there and whole."""
        folder = self._task.reuse.get(part)
        if folder is None:
            return False
        try:
            manifest = layout.read_manifest(folder)
            found = {name: (folder / f"{name}.parquet").read_bytes() for name in TABLES[part]}
        except (StoreError, OSError):
            return False
        for name, data in found.items():
            about = manifest.files[f"{name}.parquet"]
            if hashlib.sha256(data).hexdigest() != about.sha256:
                return False
            self.files[f"{name}.parquet"] = data, about.n_rows
        if part == "tokens":
            self.dictionary_hash = manifest.dictionary_hash
        return True

    def make(self, part: Part) -> None:
        """Make a part's tables."""
        self.made.append(part)
        if part == "text":
            self._keep("sections", self._text.section_rows())
            self._keep("sentences", self._text.sentence_rows())
        elif part == "units":
            self._keep("units", [(self._task.plan.id, *row) for row in self._unit_rows()])
        else:
            vocabulary = self._vocabulary()
            self.dictionary_hash = vocabulary.segmenter.dictionary_hash
            numbers, starts, texts = self._columns("sentences", "sentence", "start", "text")
            table = tokens_to_arrow(self._task.plan.id, numbers, starts, texts, vocabulary)
            self.files["tokens.parquet"] = parquet_bytes(table), table.num_rows

    def _keep(self, name: str, rows: list[Row]) -> None:
        self._made_rows[name] = rows
        self.files[f"{name}.parquet"] = rows_to_parquet(name, rows), len(rows)

    def _columns(self, name: str, *columns: str) -> list[list[Any]]:
        """Some columns of a table, from the rows that were made, else from the file taken over."""
        if name in self._made_rows:
            places = [COLUMNS[name].index(column) for column in columns]
            return [[row[at] for row in self._made_rows[name]] for at in places]
        table = read_parquet(self.files[f"{name}.parquet"][0], columns)
        return [table[column].to_pylist() for column in columns]

    def _unit_rows(self) -> list[UnitRow]:
        plan = self._task.plan
        if plan.settings is None:
            return []
        sentences = zip(*self._columns("sentences", "sentence", "section", "text"), strict=True)
        sections = zip(*self._columns("sections", "section", "parent", "title"), strict=True)
        return plan.unit_rows(list(sentences), list(sections))

    def _vocabulary(self) -> Vocabulary:
        if self._words.terms is None:
            return Vocabulary(segmenter_for(self._task.plan.settings, plan=plan_of(self._text)))
        if len(_vocabulary(seen(), self._words)) > LARGEST:
            _vocabulary.cache_clear()
        return _vocabulary(seen(), self._words)

    def n_chars(self) -> int:
        """The characters of the running text that is counted, white space and headings left out."""
        kinds, n_chars = self._columns("sections", "kind", "n_chars")
        return sum(n for kind, n in zip(kinds, n_chars, strict=True) if kind in COUNTED_KINDS)


@lru_cache(maxsize=1)
def _vocabulary(_fingerprint: str, words: Words) -> Vocabulary:
    """The terms of a group of plans, kept by this process from one to the next."""
    return Vocabulary(Segmenter(words.terms or {}))
