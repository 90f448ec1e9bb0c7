"""A three-line table as it is printed: headers, cells, widths; word.py, tex.py and excel.py set it, each in its way."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from src.utils.errors import FigureError
from src.utils.figures.drawing import number
from src.utils.figures.language import Language, glosses, text

TABLE_PT: Final = 9.0
PORTRAIT_PT: Final = 160 / 25.4 * 72  # the width of A4 less margins of 25 mm
LANDSCAPE_PT: Final = 247 / 25.4 * 72
GAP_PT: Final = 10.8  # what a cell keeps free at its sides
SLACK_PT: Final = 3.0  # capitals are wider than half an em, and a word processor rounds
UNKNOWN: Final = "—"
_LEAST_PT: Final = 45.0  # of a column of text that may break into lines


@dataclass(frozen=True)
class Column:
    """A column as a paper shows it: header in Chinese and English, with the unit, and how its cells are printed.

    key: the column's name in the table. decimals: of numbers, the same in the whole column. english: whether cells are
    terms or places that carry their English names.
    """

    key: str
    zh: str
    en: str
    decimals: int = 0
    english: bool = False


MEASURED: Final[dict[str, Column]] = {
    column.key: column
    for column in (
        Column("unit", "单元", "Unit", english=True),
        Column("county", "县（市、区）", "County", english=True),
        Column("industry", "产业", "Industry", english=True),
        Column("term", "词", "Term", english=True),
        Column("n", "频次（次）", "Occurrences"),
        Column("n_sentences", "句数", "Sentences"),
        Column("per_10k", "每万词频次", "Per 10,000 words", decimals=1),
        Column("value", "指标值", "Value", decimals=2),
        Column("low", "区间下限", "Interval, low", decimals=2),
        Column("high", "区间上限", "Interval, high", decimals=2),
        Column("rank", "名次", "Rank"),
        Column("rank_low", "名次下限", "Rank, low"),
        Column("rank_high", "名次上限", "Rank, high"),
        Column("p", "p 值", "p", decimals=3),
        Column("q", "q 值", "q", decimals=3),
    )
}
"""The columns that the tables of measures have, as papers show them."""


def columns_of(*keys: str, decimals: Mapping[str, int] | None = None, **headers: tuple[str, str]) -> list[Column]:
    """The columns of a table of measures, in order, with other headers (Chinese, English) or decimals where given.

    Raises FigureError for a column that MEASURED does not have and no header is given for.
    """
    unknown = [key for key in keys if key not in MEASURED and key not in headers]
    if unknown:
        raise FigureError(f"column {unknown[0]!r}: give its header as {unknown[0]}=(Chinese, English)")
    found = []
    for key in keys:
        column = MEASURED.get(key, Column(key, "", ""))
        zh, en = headers.get(key, (column.zh, column.en))
        found.append(replace(column, zh=zh, en=en, decimals=(decimals or {}).get(key, column.decimals)))
    return found


@dataclass(frozen=True)
class Caption:
    """What stands above a table and, as its note, below, in Chinese and English."""

    zh: str
    en: str
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table ready to be set: by column its header, whether it holds numbers, its decimals and its width in points.

    cells: the rows as printed. values: the rows as Excel gets them, numbers as numbers, None where one is missing.
    landscape: whether the page has to be turned for it.
    """

    headers: tuple[str, ...]
    numeric: tuple[bool, ...]
    decimals: tuple[int, ...]
    widths: tuple[float, ...]
    cells: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Any, ...], ...]
    caption: str
    note: str
    landscape: bool


def make_sheet(
    table: pd.DataFrame,
    columns: Sequence[Column],
    caption: Caption,
    *,
    names: Mapping[str, str],
    language: Language,
    where: str,
) -> Sheet:
    """Print a table's columns in one language or both; where: how errors name the table.

    Raises FigureError for no columns, columns the table lacks, more than fit a page, and a table without rows.
    """
    lacking = [column.key for column in columns if column.key not in table.columns]
    if lacking or not columns:
        there = ", ".join(map(str, table.columns))
        raise FigureError(f"{where}: no column {', '.join(lacking) or 'is asked for'}; the table has {there}")
    if table.empty:
        raise FigureError(f"{where} has no rows; print a sentence instead")
    series = [table[column.key] for column in columns]
    numeric = tuple(pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells) for cells in series)
    printed = [
        _numbers(cells, column.decimals) if is_number else _words(cells, column, names, language)
        for cells, column, is_number in zip(series, columns, numeric, strict=True)
    ]
    values = [
        [None if pd.isna(value) else float(value) for value in cells] if is_number else words
        for cells, words, is_number in zip(series, printed, numeric, strict=True)
    ]
    headers = tuple(text(zh=column.zh, en=column.en, language=language, sep="\n") for column in columns)
    widths, landscape = _widths(headers, printed, numeric)
    if sum(widths) > LANDSCAPE_PT + 0.01:
        raise FigureError(f"{where}: its {len(columns)} columns do not fit a page; leave some out or part the table")
    return Sheet(
        headers=headers,
        numeric=numeric,
        decimals=tuple(column.decimals for column in columns),
        widths=widths,
        cells=tuple(zip(*printed, strict=True)),
        values=tuple(zip(*values, strict=True)),
        caption=text(zh=caption.zh, en=caption.en, language=language, sep="\n"),
        note=text(zh=caption.note_zh, en=caption.note_en, language=language, sep="\n").strip(),
        landscape=landscape,
    )


def _numbers(cells: "pd.Series[Any]", decimals: int) -> list[str]:
    return [UNKNOWN if pd.isna(value) else number(float(value), decimals) for value in cells]


def _words(cells: "pd.Series[Any]", column: Column, names: Mapping[str, str], language: Language) -> list[str]:
    labels = glosses(map(str, cells.dropna()), names, language) if column.english else {}
    return [UNKNOWN if pd.isna(value) else labels.get(str(value), str(value)) for value in cells]


def set_width(content: str, points: float = TABLE_PT) -> float:
    """Width in points of the widest line in 宋体 and Times New Roman: Chinese characters an em, all else half.

    >>> set_width("光伏 PV", 10.0)
    35.0
    """
    ems = [
        sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in line)
        for line in content.split("\n")
    ]
    return max(ems) * points


def _widths(
    headers: Sequence[str], printed: Sequence[Sequence[str]], numeric: Sequence[bool]
) -> tuple[tuple[float, ...], bool]:
    """Widths of the columns, and whether only a turned page has room.

    Where all have room, each is as wide as its widest line. Where not, the widest are narrowed first, for their text
    and headers can break into lines; a column of numbers stays as wide as its numbers.
    """
    sides = GAP_PT + SLACK_PT
    wanted = [max(map(set_width, [header, *cells])) + sides for header, cells in zip(headers, printed, strict=True)]
    least = [
        max(_longest_word(header), max(map(set_width, cells)) if is_number else min(_LEAST_PT, width)) + sides
        for header, cells, is_number, width in zip(headers, printed, numeric, wanted, strict=True)
    ]
    landscape = sum(least) > PORTRAIT_PT
    room = LANDSCAPE_PT if landscape else PORTRAIT_PT
    return tuple(_narrowed(wanted, least, room)), landscape


def _narrowed(wanted: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """The widest columns cut to one common width, none below its least, so that all fit the room if that can be."""
    low, high = 0.0, max(wanted)
    for _ in range(50):  # halves the doubt each time
        common = (low + high) / 2
        fits = sum(map(max, least, [min(width, common) for width in wanted])) <= room
        low, high = (common, high) if fits else (low, common)
    if sum(wanted) <= room:
        return list(wanted)
    return [max(floor, min(width, low)) for floor, width in zip(least, wanted, strict=True)]


def _longest_word(header: str) -> float:
    """The width of what cannot be broken in a header: a Latin word, or two Chinese characters."""
    return max(
        (min(set_width(word), 4 * TABLE_PT) if not word.isascii() else set_width(word) for word in header.split()),
        default=0.0,
    )
