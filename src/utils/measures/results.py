"""What can be re-made under other choices: rankings of terms by unit, similarities of units, clusters of units."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.utils.measures.specifications import RESAMPLE

Kind = Literal["ranking", "similarity", "clusters"]
Floats = NDArray[np.float64]

COLUMNS: Final[Mapping[Kind, tuple[list[str], str]]] = {
    "ranking": (["unit", "term"], "value"),
    "similarity": (["unit", "other"], "value"),
    "clusters": (["unit"], "cluster"),
}
"""The columns of each kind of table: what names a row, and its value."""


@dataclass(frozen=True)
class Batch:
    """A result on several resamples of the text.

    keys: (unit, term), (unit, other) or (unit,) of each entry, no two alike. numbers: scores, similarities or labels of
    clusters, shape (n_resamples, n_entries); NaN where a resample does not have the entry.
    """

    keys: list[tuple[str, ...]]
    numbers: Floats


class Making(Protocol):
    """Makes a result under some choices: a table with the columns of COLUMNS."""

    def __call__(self, choices: Mapping[str, Any], /) -> pd.DataFrame:
        """Choices hold an option of each choice of the grid, `resample` (0: the text as it is) and `seed`."""
        ...


@dataclass(frozen=True)
class Result:
    """A result that can be re-made.

    name: in one word; it names the kept parts. make: choices -> table. inputs: the choices that it heeds, those of slow
    stages first; a grid may have no others. key: hash of all that it depends on besides its choices and this project's
    code, such as the text; without a key nothing is kept, for it could be found again after a change. make_many: the
    same for many resamples at once, where that is faster. labels: what the verdict calls it, in English and Chinese.
    prepare: does once what every process would do again; it is given all choices.
    """

    name: str
    kind: Kind
    make: Making
    inputs: tuple[str, ...]
    key: str = ""
    make_many: Callable[[Mapping[str, Any], Sequence[int]], Batch] | None = None
    labels: tuple[str, str] = ("", "")
    prepare: Callable[[Sequence[Mapping[str, Any]]], None] | None = None

    def batch(self, choices: Mapping[str, Any], resamples: Sequence[int], seed: int) -> Batch:
        """Make the result on these resamples. Raises ValueError where a table is not as its kind's must be."""
        full = {**choices, "seed": seed}
        if self.make_many is not None:
            return self.make_many(full, resamples)
        tables = [self.make({**full, RESAMPLE: resample}) for resample in resamples]
        return batch_of(tables, self.kind)


def as_result(result: "Result | Making", grid: Mapping[str, Any]) -> Result:
    """Wrap a bare function: its name and, where it has them, its attributes `inputs`, `kind` and `key`.

    Without `kind` the columns of the table it makes decide, so it is called once with the first option of each choice.
    """
    if isinstance(result, Result):
        return result
    name = getattr(result, "__name__", type(result).__name__)
    inputs = tuple(getattr(result, "inputs", grid))
    kind = getattr(result, "kind", None)
    if kind is None:
        chosen = {choice: options[0] for choice, options in grid.items()}
        kind = kind_of(result({**chosen, RESAMPLE: 0, "seed": 0}))
    return Result(name, kind, result, inputs, str(getattr(result, "key", "")))


def kind_of(table: pd.DataFrame) -> Kind:
    """Tell what a table is by its columns. Raises ValueError where they are those of no kind."""
    for kind, (names, value) in COLUMNS.items():
        if {*names, value} <= {*table.columns}:
            return kind
    wanted = "; ".join(f"{kind}: {', '.join([*names, value])}" for kind, (names, value) in COLUMNS.items())
    raise ValueError(f"a table with columns {', '.join(map(str, table.columns))} is no result: give one of {wanted}")


def batch_of(tables: Sequence[pd.DataFrame], kind: Kind) -> Batch:
    """Lay tables of one result side by side, one resample a table. Raises ValueError for a row that stands twice."""
    names, value = COLUMNS[kind]
    place: dict[tuple[str, ...], int] = {}
    found: list[tuple[int, list[int], Any]] = []
    for at, table in enumerate(tables):
        missing = [name for name in (*names, value) if name not in table]
        if missing:
            raise ValueError(f"the result lacks the column {missing[0]}: a {kind} has {', '.join([*names, value])}")
        keys = [_key(row, kind) for row in table[names].itertuples(index=False)]
        if len({*keys}) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"{' and '.join(twice)} stand twice in a result: give one row each")
        rows = [place.setdefault(key, len(place)) for key in keys]
        found.append((at, rows, pd.factorize(table[value])[0] if kind == "clusters" else table[value].to_numpy()))
    values = np.full((len(tables), len(place)), np.nan)
    for at, rows, numbers in found:
        values[at, rows] = numbers
    return Batch(list(place), values)


def _key(row: tuple[Any, ...], kind: Kind) -> tuple[str, ...]:
    key = tuple(map(str, row))
    return tuple(sorted(key)) if kind == "similarity" else key


def table_of(batch: Batch, kind: Kind, at: int = 0) -> pd.DataFrame:
    """Write one resample of a batch as a table; rankings by unit as they come, falling value, then term."""
    names, value = COLUMNS[kind]
    table = pd.DataFrame(batch.keys, columns=names).assign(**{value: batch.numbers[at]})
    table = table[table[value].notna()]
    if kind == "clusters":
        return table.astype({value: "int64"}).reset_index(drop=True)
    if kind == "similarity":
        return table.reset_index(drop=True)
    order = pd.factorize(table["unit"])[0]
    ranked = table.assign(order=order).sort_values(["order", value, "term"], ascending=[True, False, True])
    return ranked[[*names, value]].reset_index(drop=True)
