"""The hash of a value by all it holds: of two values with one hash, no computation can tell which it was given.

Tables and arrays are hashed as the bytes they lie in, texts as one text with their lengths, so that a table of a
million words takes a tenth of a second. What is of no kind known here is hashed by joblib, from its pickle.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import joblib
import numpy as np
import pandas as pd
from scipy import sparse


def content_hash(*values: Any) -> str:
    """SHA-256 of values, 64 hexadecimal digits. Their kinds, names, types, order and shapes count as their cells do."""
    found = _Hash()
    found.add(values)
    return found.total.hexdigest()


class _Hash:
    """Every value is told by its kind, its size and its parts, so that no two of them run into each other."""

    def __init__(self) -> None:
        self.total = hashlib.sha256()

    def add(self, value: Any) -> None:
        """Take a value in."""
        if value is None or isinstance(value, bool | int | float | str | bytes | np.generic):
            self._say(type(value).__name__, repr(value))
        elif isinstance(value, tuple | list):
            self._several(type(value).__qualname__, value)
        elif isinstance(value, Mapping):
            self._several("mapping", [part for pair in value.items() for part in pair])
        elif isinstance(value, set | frozenset):
            self._several("set", sorted(content_hash(item) for item in value))
        elif isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, pd.DataFrame | pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
            self._table(value)
        elif sparse.issparse(value) and value.format in ("csr", "csc"):
            self._several(f"sparse {value.format}", [value.shape, value.data, value.indices, value.indptr])
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
            self._several(f"{type(value).__module__}.{type(value).__qualname__}", fields)
        else:
            self._say("other", str(joblib.hash(value, hash_name="sha1")))

    def _say(self, *words: str) -> None:
        for word in words:
            data = word.encode("utf-8", "surrogatepass")
            self.total.update(len(data).to_bytes(8, "little") + data)

    def _several(self, kind: str, parts: Iterable[Any]) -> None:
        parts = list(parts)
        self._say(kind, str(len(parts)))
        for part in parts:
            self.add(part)

    def _array(self, array: np.ndarray[Any, Any]) -> None:
        self._say("array", array.dtype.str, str(array.shape))
        if array.dtype != object:
            self.total.update(np.ascontiguousarray(array).tobytes())
        elif all(type(item) is str for item in array.flat):
            self._say("texts")
            self.total.update(np.fromiter(map(len, array.flat), np.int64, array.size).tobytes())
            self._say("".join(array.flat))
        else:
            self._several("items", array.flat)

    def _table(self, table: Any) -> None:
        if isinstance(table, pd.DataFrame):
            columns = [table.iloc[:, at].array for at in range(table.shape[1])]
            self._several("frame", [table.attrs, table.columns, table.index, *columns])
        elif isinstance(table, pd.Series):
            self._several("series", [table.attrs, table.name, table.index, table.array])
        elif isinstance(table, pd.RangeIndex):
            self._several("range", [table.name, table.start, table.stop, table.step])
        elif isinstance(table, pd.MultiIndex):
            self._several("levels", [list(table.names), *(table.get_level_values(at) for at in range(table.nlevels))])
        elif isinstance(table, pd.Index):
            self._several("index", [table.name, table.array])
        else:
            self._column(table)

    def _column(self, column: Any) -> None:
        """One column's cells; where some are missing, which, and the others."""
        self._say("column", str(column.dtype))
        if isinstance(column, pd.Categorical):
            self._several("categories", [column.codes, column.categories, column.ordered])
        elif isinstance(column.dtype, pd.StringDtype):
            missing = np.asarray(column.isna())
            cells = column.to_numpy(dtype=object, na_value="")
            self._several("texts", [missing, cells])
        elif hasattr(column.dtype, "numpy_dtype") and column.isna().any():
            missing = np.asarray(column.isna())
            self._several("masked", [missing, np.asarray(column[~missing].to_numpy())])
        else:
            self.add(np.asarray(column.to_numpy()))
