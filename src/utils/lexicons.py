"""The small dictionaries under data/lexicons: read, checked, merged.

Each is a CSV file in UTF-8 with a header; data/README.md explains the columns. Every reader refuses a file with a
LexiconError that names the file, the line and the remedy. Nothing here loads pandas: the words are cut without it.
"""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from src.utils import paths
from src.utils.errors import LexiconError

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "policy_terms": ("term", "tag", "english", "reason"),
    "industries": ("industry", "name_en", "term", "english", "reason"),
    "places": ("term", "english", "kind", "reason"),
    "organisations": ("term", "english", "kind", "reason"),
    "single_characters": ("term", "english", "reason"),
    "english_names": ("term", "english"),
    "stop_official": ("term", "reason"),
    "stop_keep": ("term", "reason"),
    "units_of_measure": ("term", "kind", "reason"),
    "ambiguous_places": ("term", "reading", "reason"),
    "gbt4754": ("term", "code", "name", "name_en", "reason"),
}
"""The columns of each file, in order. The English names are merged in this order too."""


Lexicon = dict[str, list[str]]
"""A dictionary file: its cells by column, in the order of the file. pandas.DataFrame(lexicon) is the table."""


class Entry(NamedTuple):
    """A term to keep whole: its part of speech (jieba's tag set), why it is there, and the file and line or code."""

    term: str
    tag: str
    reason: str
    source: str


_KEYS: Final[dict[str, tuple[str, ...]]] = {"industries": ("industry", "term")}  # elsewhere the term alone


def read_lexicon(path: Path, columns: Sequence[str], key: Sequence[str] = ("term",)) -> Lexicon:
    """Read one dictionary file, rows in the order of the file.

    columns: the header the file must have, in this order. key: the columns that no two rows may share.
    Raises LexiconError (file, line, remedy) for a missing file, bytes that are not UTF-8, another header, a row with
    more or fewer cells, an empty line or cell, spaces around a cell, and a second row with the same key.
    """
    rows: list[dict[str, str]] = []
    first_line: dict[tuple[str, ...], int] = {}
    reader = csv.reader(io.StringIO(_text_of(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        if header != list(columns):
            raise LexiconError(f"{path}, line 1: the header is {','.join(header)!r}; write {','.join(columns)!r}.")
        for cells in reader:
            row = _checked_row(cells, columns, where=f"{path}, line {reader.line_num}")
            identity = tuple(row[column] for column in key)
            if identity in first_line:
                raise LexiconError(
                    f"{path}, line {reader.line_num}: {' '.join(identity)} stands in line {first_line[identity]} "
                    "already; delete one of the two."
                )
            first_line[identity] = reader.line_num
            rows.append(row)
    except csv.Error as error:
        raise LexiconError(
            f"{path}, line {reader.line_num}: not a CSV row ({error}); put a cell that holds a comma or a quote "
            'between " and double the quotes inside it.'
        ) from error
    return {column: [row[column] for row in rows] for column in columns}


def _text_of(path: Path) -> str:
    """Read the file's text, a byte order mark taken off."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LexiconError(f"{path}: cannot be read ({error.strerror}); put the file back from the project.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LexiconError(f"{path}, line {line}: not UTF-8; save the file as UTF-8.") from error


def _checked_row(cells: list[str], columns: Sequence[str], where: str) -> dict[str, str]:
    """Put the cells under their columns, or raise a LexiconError beginning with `where`."""
    if not any(cells):
        raise LexiconError(f"{where}: an empty line; delete it.")
    if len(cells) != len(columns):
        raise LexiconError(
            f"{where}: {len(cells)} cells where {len(columns)} are due ({', '.join(columns)}); "
            'add what is missing, or put a cell that holds a comma between ".'
        )
    row = dict(zip(columns, cells, strict=True))
    for column, cell in row.items():
        if not cell.strip():
            raise LexiconError(f"{where}: {column} is empty; fill it or delete the line.")
        if cell != cell.strip():
            raise LexiconError(f"{where}: spaces around {cell.strip()!r} in {column}; delete them.")
    return row


@lru_cache(maxsize=32)
def _rows(path: Path, name: str, _stamp: tuple[int, int]) -> Lexicon:
    return read_lexicon(path, COLUMNS[name], _KEYS.get(name, ("term",)))


def load_lexicon(name: str) -> Lexicon:
    """Load the dictionary data/lexicons/<name>.csv with the columns of COLUMNS[name]; a fresh copy.

    A file is read once, and again only when it has changed. Raises LexiconError as read_lexicon, and for an unknown
    name.
    """
    if name not in COLUMNS:
        raise LexiconError(f"{name}: no such dictionary; there are {', '.join(COLUMNS)}.")
    path = paths.LEXICONS / f"{name}.csv"
    try:
        status = path.stat()
    except OSError as error:
        raise LexiconError(f"{path}: cannot be read ({error.strerror}); put the file back from the project.") from error
    rows = _rows(path, name, (status.st_mtime_ns, status.st_size))
    return {column: list(cells) for column, cells in rows.items()}


def rows_of(lexicon: Lexicon) -> list[list[str]]:
    """The same by rows: the cells of each, in the order of the columns."""
    return [list(cells) for cells in zip(*lexicon.values(), strict=True)]


def english_names() -> dict[str, str]:
    """Collect the English name of every term that has one.

    Where a term stands in more than one file, the file earlier in COLUMNS wins: a policy term before a place, and the
    list of frequent words last.
    """
    names: dict[str, str] = {}
    for name, columns in COLUMNS.items():
        if "english" in columns:
            table = load_lexicon(name)
            for term, english in zip(table["term"], table["english"], strict=True):
                names.setdefault(term, english)
    return names


def industry_terms() -> dict[str, list[str]]:
    """Collect the words that tell a sentence speaks of an industry: industry -> terms, in the order of the file."""
    lexicon = load_lexicon("industries")
    found: dict[str, list[str]] = {}
    for industry, term in zip(lexicon["industry"], lexicon["term"], strict=True):
        found.setdefault(industry, []).append(term)
    return found


def lexicons_hash() -> str:
    """Hash what all dictionaries say (SHA-256, 64 hexadecimal digits): columns and cells, whatever the line ends."""
    content = {name: rows_of(load_lexicon(name)) for name in COLUMNS}
    return hashlib.sha256(json.dumps([COLUMNS, content], ensure_ascii=False).encode("utf-8")).hexdigest()
