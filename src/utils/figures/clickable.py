"""A table of counts in which every number opens the sentences behind it: for notebooks, without a script."""

import html
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from src.utils.errors import FigureError
from src.utils.measures.concordance import concordance

MOST_LINES = 30
_STYLE = (
    "<style>.guihua-behind td,.guihua-behind th{text-align:left;vertical-align:top;padding:2px 10px 2px 0}"
    ".guihua-behind summary{cursor:pointer}.guihua-behind mark{background:#F5C75B}</style>"
)


@dataclass(frozen=True)
class Clickable:
    """What `clickable` returns: a notebook shows the table with rows to open; as text it is the plain table."""

    table: pd.DataFrame
    lines: dict[str, pd.DataFrame]
    left_out: dict[str, int]

    def __repr__(self) -> str:
        return self.table.to_string(index=False)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(str(column))}</th>" for column in self.table.columns)
        rows = "".join(self._row(row) for row in self.table.astype(str).to_dict("records"))
        return f"{_STYLE}<table class='guihua-behind'><tr>{head}</tr>{rows}</table>"

    def _row(self, row: Mapping[Hashable, str]) -> str:
        term = row["term"]
        shown = [_line(line) for line in self.lines[term].to_dict("records")]
        if self.left_out[term]:
            shown.append(f"<li>… {self.left_out[term]} more</li>")
        cells = [
            f"<td><details><summary>{html.escape(value)}</summary><ul>{''.join(shown)}</ul></details></td>"
            if column == "n"
            else f"<td>{html.escape(value)}</td>"
            for column, value in row.items()
        ]
        return f"<tr>{''.join(cells)}</tr>"


def _line(line: Mapping[Hashable, object]) -> str:
    where = " ".join(filter(None, [str(line["heading"]), f"line {line['source_line']}"]))
    left, keyword, right = (html.escape(str(line[key])) for key in ("left", "keyword", "right"))
    return f"<li>{left}<mark>{keyword}</mark>{right} <small>({html.escape(where)})</small></li>"


def clickable(
    table: pd.DataFrame,
    tokens: pd.DataFrame,
    sentences: pd.DataFrame,
    sections: pd.DataFrame | None = None,
    *,
    columns: Sequence[str] | None = None,
    most_lines: int = MOST_LINES,
) -> Clickable:
    """Put behind each row's n the occurrences of its term, with the heading and the line of the source.

    table: columns term and n, further ones as given; columns: those to show, all if None. tokens, sentences, sections:
    of the plans the counts are of. At most most_lines occurrences of a term are kept, in the order of the text; how
    many are left out is said. Raises FigureError for a table without term or n, and for an n that the text does not
    have: the table is then of other tokens.
    """
    shown = table if columns is None else table[list(columns)]
    if not {"term", "n"} <= set(shown.columns):
        raise FigureError(f"clickable: needs the columns term and n; the table has {', '.join(shown.columns)}")
    found = concordance(tokens, sentences, list(shown["term"]), sections=sections)
    lines, left_out = {}, {}
    for term, n in zip(shown["term"], shown["n"], strict=True):
        own = found[found["keyword"] == term]
        if len(own) != n:
            raise FigureError(f"clickable: {term} is counted {n} times, but stands {len(own)} times in these tokens")
        lines[term], left_out[term] = own.head(most_lines), max(0, len(own) - most_lines)
    return Clickable(shown, lines, left_out)
