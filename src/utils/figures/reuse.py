"""How long a string must be to be shared by more than chance: strings that texts share, by their length."""

from typing import Final, Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from src.utils.errors import FigureError
from src.utils.figures.drawing import require_columns
from src.utils.figures.language import Language, text
from src.utils.figures.style import BELOW, LEADING, MAIN, SMALL_PT

_Style = Literal["-", "--", ":"]

_LINES: Final[dict[str, tuple[str, str, _Style, str]]] = {
    "observed": ("两份及以上文本共有", "in two texts or more", "-", MAIN),
    "in_two": ("仅两份共有", "in exactly two", "--", MAIN),
    "words_dealt": ("词序打乱后", "words in random order", "-", BELOW),
    "letters_dealt": ("字序打乱后", "characters in random order", ":", BELOW),
}


def string_lengths(
    ax: Axes, lengths: pd.DataFrame, *, least: int | None = None, language: Language = "zh"
) -> pd.DataFrame:
    """The number of different strings of each length that texts share, as written and by chance, on a log axis.

    lengths: as from measures.reuse.lengths_by_chance. A line ends where the last of its strings is. least: the length
    from which on strings are taken for passages, drawn as a vertical line.

    Returns the table as drawn. Raises FigureError for missing columns and where nothing is shared.
    """
    require_columns(lengths, ["n_chars", *_LINES], "string_lengths")
    if not (lengths["observed"] > 0).any():
        raise FigureError("string_lengths: the texts share no string; print a sentence instead of a figure")
    handles = []
    for name, (zh, en, style, colour) in _LINES.items():
        known = lengths[lengths[name] > 0]
        ax.plot(known["n_chars"], known[name], style, marker="o", markersize=3, linewidth=1.1, color=colour)
        label = text(zh=zh, en=en, language=language)
        handles.append(Line2D([], [], linestyle=style, marker="o", markersize=3, color=colour, label=label))
    if least is not None:
        ax.axvline(least, color=MAIN, linewidth=0.6, linestyle=(0, (1, 3)))
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(FixedLocator(lengths["n_chars"].tolist()))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ax.grid(axis="y")
    ax.set_xlabel(text(zh="字串长度（字）", en="Length of the string, in characters", language=language), loc="right")
    ax.set_ylabel(text(zh="不同字串数", en="Different strings", language=language, sep="\n"), linespacing=LEADING)
    ax.legend(handles=handles, loc="upper right", fontsize=SMALL_PT, frameon=False, handlelength=3)
    return lengths.reset_index(drop=True)
