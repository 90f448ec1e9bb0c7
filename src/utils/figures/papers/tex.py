"""A three-line table for LaTeX: booktabs rules, one row a line; long tables run over pages."""

from typing import Final

from src.utils.figures.papers.sheet import GAP_PT, Sheet, set_width

MOST_ROWS_ON_A_PAGE: Final = 40
_SPECIAL: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "\N{MINUS SIGN}": "$-$",
    }
)


def escaped(content: str) -> str:
    r"""Text as LaTeX prints it.

    >>> escaped("增长5% & “2+6+N”_x")
    '增长5\\% \\& “2+6+N”\\_x'
    """
    return content.translate(_SPECIAL)


def latex(sheet: Sheet, name: str) -> str:
    r"""The table's source: \input it into a document with ctex (or xeCJK) and booktabs, compiled by XeLaTeX.

    Tables of more than MOST_ROWS_ON_A_PAGE rows are longtables, with their header on each page; a table too wide for
    the page is turned with pdflscape. The comment at the head names the packages it needs. name: of the label.
    """
    long = len(sheet.cells) > MOST_ROWS_ON_A_PAGE
    header = " & ".join(map(_header, sheet.headers, sheet.numeric)) + r" \\"
    rows = [" & ".join(map(escaped, row)) + r" \\" for row in sheet.cells]
    form = "".join(map(_column, range(len(sheet.headers)), [sheet] * len(sheet.headers)))
    caption = [rf"\caption{{{escaped(sheet.caption.split(chr(10))[0])}}}\label{{tab:{name}}}"]
    caption += [rf"\caption*{{{escaped(line)}}}" for line in sheet.caption.split("\n")[1:]]
    note = [rf"\par\smallskip\footnotesize\raggedright {escaped(line)}" for line in sheet.note.split("\n") if line]
    packages = [
        "booktabs",
        "array",
        "caption",
        *(["longtable"] if long else []),
        *(["pdflscape"] if sheet.landscape else []),
    ]
    head = [rf"% needs \usepackage{{{','.join(packages)}}} and ctex or xeCJK; compile with XeLaTeX"]
    if long:
        body = [
            r"\begin{small}",
            rf"\begin{{longtable}}{{{form}}}",
            *(line + r" \\" for line in caption),
            rf"\toprule {header} \midrule \endfirsthead",
            rf"\toprule {header} \midrule \endhead",
            r"\bottomrule \endfoot",
            *rows,
            r"\end{longtable}",
            *note,
            r"\end{small}",
        ]
    else:
        body = [
            r"\begin{table}[htbp]",
            r"\centering\small",
            *caption,
            rf"\begin{{tabular}}{{{form}}}",
            r"\toprule",
            header,
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            *note,
            r"\end{table}",
        ]
    turned = [r"\begin{landscape}", *body, r"\end{landscape}"] if sheet.landscape else body
    return "\n".join([*head, *turned]) + "\n"


def _header(header: str, numeric: bool) -> str:
    """A header, its two languages one above the other."""
    lines = [escaped(line) for line in header.split("\n")]
    if len(lines) == 1:
        return lines[0]
    return rf"\shortstack[{'r' if numeric else 'l'}]{{" + r" \\ ".join(lines) + "}"


def _column(at: int, sheet: Sheet) -> str:
    """The kind of a column: r for numbers, l for text, a paragraph where header or text break into lines."""
    widest = max(map(set_width, [sheet.headers[at], *(row[at] for row in sheet.cells)]))
    room = sheet.widths[at] - GAP_PT
    if widest <= room + 0.01:
        return "r" if sheet.numeric[at] else "l"
    side = "left" if sheet.numeric[at] else "right"
    return rf">{{\ragged{side}\arraybackslash}}p{{{room:.0f}pt}}"
