"""One table to Word, LaTeX and Excel, with the same numbers in each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.figures.language import Language
from src.utils.figures.papers.excel import excel_bytes
from src.utils.figures.papers.sheet import Caption, Column, make_sheet
from src.utils.figures.papers.tex import latex
from src.utils.figures.papers.word import word_bytes
from src.utils.figures.save import NAME
from src.utils.files import write_together


class SavedTable(NamedTuple):
    """What save_table wrote."""

    paths: tuple[Path, ...]

    def __repr__(self) -> str:
        return ", ".join(path.name for path in self.paths)


def save_table(
    table: pd.DataFrame,
    name: str,
    plan: str,
    *,
    columns: Sequence[Column],
    caption: Caption,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
    folder: Path | None = None,
) -> SavedTable:
    """Write <name>.docx, <name>.tex and <name>.xlsx to figures/<plan>/, all or none, the same bytes on each run.

    table: one row a row of the printed table, in order. columns: which columns, in which order, under which headers.
    names: Chinese to English, for columns with english=True. A missing number is printed as —, and is an empty cell in
    Excel, where numbers are numbers shown with the same decimals, and text that begins with =, +, - or @ stays text.
    Word and LaTeX set the table on A4, turned where its columns would else be narrower than a few words.

    Raises FigureError for a name that cannot be a file's, no rows, and columns the table lacks; GuihuaError where the
    folder cannot be written.
    """
    if not NAME.fullmatch(name):
        raise FigureError(f"table name {name!r}: only a to z, 0 to 9 and _ (it becomes a file name)")
    sheet = make_sheet(table, columns, caption, names=names or {}, language=language, where=f"table {name!r}")
    target = paths.FIGURES / plan if folder is None else folder
    contents: dict[Path, bytes | str] = {
        target / f"{name}.docx": word_bytes(sheet),
        target / f"{name}.tex": latex(sheet, name),
        target / f"{name}.xlsx": excel_bytes(sheet),
    }
    return SavedTable(tuple(write_together(contents)))
