"""A plan's tables as Arrow and Parquet, and back as the same tables in pandas.

Whole numbers take 32 bits; names, terms and tags that come again are written once a file and pointed to.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from src.utils import tables
from src.utils.words.vocabulary import Vocabulary

_NAMES: Final = pa.dictionary(pa.int32(), pa.string())
_NUMBERS: Final = (
    "section",
    "level",
    "parent",
    "start",
    "end",
    "page",
    "n_chars",
    "sentence",
    "source_line",
    "position",
)
_REPEATED: Final = ("plan", "kind", "scheme", "unit", "evidence", "term", "tag")
_RISING: Final = ("section", "start", "end", "sentence", "source_line", "position")

COLUMNS: Final = {
    "sections": tables.SECTIONS,
    "sentences": tables.SENTENCES,
    "units": tables.UNITS,
    "tokens": tables.TOKENS,
}


def _type(column: str) -> Any:
    if column in _NUMBERS:
        return pa.int32()
    return _NAMES if column in _REPEATED else pa.string()


SCHEMAS: Final[dict[str, Any]] = {
    table: pa.schema([pa.field(name, _type(name)) for name in columns]) for table, columns in COLUMNS.items()
}
"""The columns of each table and their types on disk."""


def rows_to_parquet(table: str, rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows of a table, their cells in the order of its columns, as the bytes of a Parquet file."""
    if not rows:
        return _without_rows(table)
    schema = SCHEMAS[table]
    columns = zip(*rows, strict=True)
    return parquet_bytes(pa.table(list(map(_column, columns, schema.names, schema.types)), schema=schema))


@cache
def _without_rows(table: str) -> bytes:
    """A file of a table without rows: the same for every plan, and most bare files have no units."""
    return parquet_bytes(SCHEMAS[table].empty_table())


def _column(cells: Sequence[Any], name: str, kind: Any) -> Any:
    if name == "plan":
        return _one_name(cells[0], len(cells))
    if name in _REPEATED:
        return pa.array(cells, pa.string()).dictionary_encode()
    return pa.array(cells, kind)


def _one_name(name: str, n_rows: int) -> Any:
    """A column that says the same name in all its rows."""
    return pa.DictionaryArray.from_arrays(np.zeros(n_rows, dtype=np.int32), [name])


def tokens_to_arrow(
    plan: str, sentences: Sequence[int], starts: Sequence[int], texts: Sequence[str], vocabulary: Vocabulary
) -> Any:
    """Cut the sentences of a plan into the table of their tokens, as token_tables.token_table does.

    Terms and tags are numbered while they are cut: no string is made twice.
    """
    cut = vocabulary.cut(texts)
    first = np.cumsum(cut.sizes, dtype=np.int32) - cut.sizes
    bounds = np.zeros(len(cut.widths) + 1, dtype=np.int32)  # of the tokens, in the sentences joined end to end
    np.cumsum(cut.widths, out=bounds[1:])
    owner = np.repeat(np.arange(len(texts), dtype=np.int32), cut.sizes)
    ends_in_text = bounds[1:] + (np.array(starts, dtype=np.int32) - bounds.take(first)).take(owner)
    columns = {
        "plan": _one_name(plan, len(owner)),
        "sentence": np.array(sentences, dtype=np.int32).take(owner),
        "position": np.arange(len(owner), dtype=np.int32) - first.take(owner),
        "term": pa.DictionaryArray.from_arrays(cut.term_ids, cut.terms),
        "tag": pa.DictionaryArray.from_arrays(cut.tag_ids, pa.array(cut.tags, pa.string())),
        "start": ends_in_text - cut.widths,
        "end": ends_in_text,
    }
    return pa.table(columns, schema=SCHEMAS["tokens"])


def parquet_bytes(table: Any) -> bytes:
    """An Arrow table as the bytes of a Parquet file; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **_how_to_write(tuple(table.column_names))) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@cache
def _how_to_write(columns: tuple[str, ...]) -> dict[str, Any]:
    return {
        "compression": {name: "zstd" if name == "text" else "snappy" for name in columns},
        "use_dictionary": [name for name in columns if name in _REPEATED],
        "column_encoding": {name: "DELTA_BINARY_PACKED" for name in columns if name in _RISING},
        "write_statistics": ["plan"],
        "write_page_checksum": True,
    }


def read_parquet(content: bytes, columns: Sequence[str] | None = None) -> Any:
    """The Arrow table in the bytes of a Parquet file. Raises pyarrow.ArrowException where they are damaged."""
    return pq.read_table(
        pa.BufferReader(content), columns=columns and list(columns), use_threads=False, page_checksum_verification=True
    )


def to_pandas(table: Any) -> pd.DataFrame:
    """An Arrow table of the store in pandas, with the types that a plan's own tables have."""
    wide = [pa.field(name, pa.int64() if name in _NUMBERS else pa.string()) for name in table.column_names]
    frame: pd.DataFrame = table.cast(pa.schema(wide)).to_pandas(
        types_mapper=lambda kind: pd.StringDtype(na_value=np.nan) if kind == pa.string() else None
    )
    return frame.astype({"page": "Int64"}) if "page" in frame else frame
