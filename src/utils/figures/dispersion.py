"""Where in the text each term falls."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from src.utils.errors import FigureError
from src.utils.figures.boundaries import mark_boundaries
from src.utils.figures.drawing import LABEL_GAP_PT, number, require_columns, value_axis, wrapped_rows
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.ordinals import part_label
from src.utils.figures.style import MAIN, QUIET, SMALL_PT
from src.utils.measures.sentence_terms import punctuation_mask

LABEL_SHARE = 0.45  # of the figure's width, before a term is wrapped


def dispersion(
    ax: Axes,
    tokens: pd.DataFrame,
    *,
    terms: Sequence[str],
    boundaries: pd.DataFrame | None = None,
    unit: Literal["words", "characters"] = "words",
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """A tick for each occurrence of each term along the text, with the term's count at the right.

    tokens: the whole tokens table in text order, columns term, start. terms: the rows, top first; a term that never
    occurs keeps an empty row with n = 0. unit: the axis counts "words" (0 for the first; punctuation is none, as in all
    counts) or "characters" (start less that of the first token). boundaries: where parts of the text begin, columns
    start (offset as in tokens), label (as it shall read); light lines with labels above, in tiers where they are close,
    upright where tiers do not do; the figure grows by their height.
    names: term, and part, to English name.

    Returns part, term, title, label, n, position, start: one row a tick (part "occurrence"), one a term that never
    occurs ("term", n = 0, no position), one a boundary ("boundary", its label as given in title and as printed in
    label, no term). Raises FigureError for missing columns, an empty table, no terms, none of them in the text, or more
    boundaries than have room.
    """
    require_columns(tokens, ["term", "start"], "dispersion")
    if not terms:
        raise FigureError("dispersion: terms is empty")
    text_start, starts = int(tokens["start"].iloc[0]), tokens["start"].to_numpy()
    words_until = np.cumsum(~punctuation_mask(tokens["term"]).to_numpy(dtype=bool))
    positions = words_until - 1 if unit == "words" else starts - text_start
    length = int(words_until[-1] if unit == "words" else starts[-1] - text_start + len(str(tokens["term"].iloc[-1])))
    labels = glosses(terms, names or {}, language)
    drawn = pd.DataFrame({"term": tokens["term"].to_numpy(), "position": positions, "start": starts})
    drawn = drawn[drawn["term"].isin(labels)]
    if drawn.empty:
        raise FigureError(f"dispersion: none of {', '.join(terms)} is in the text")
    rows = dict(zip(labels, wrapped_rows(ax, list(labels.values()), share=LABEL_SHARE), strict=True))
    row_of = drawn["term"].map(rows).to_numpy(dtype=float)
    ax.vlines(drawn["position"], row_of - 0.32, row_of + 0.32, color=MAIN, linewidth=0.7)
    ax.set_xlim(0, length)
    _counts(ax, drawn["term"].value_counts(), rows)
    value_axis(ax, _axis_label(unit, language))
    ax.grid(visible=False)
    marked = pd.DataFrame()
    if boundaries is not None and not boundaries.empty:
        require_columns(boundaries, ["start", "label"], "dispersion boundaries")
        words_before = np.append(0, words_until)[np.searchsorted(starts, boundaries["start"])]
        at = words_before if unit == "words" else boundaries["start"] - text_start
        titles = boundaries["label"].astype(str)
        parts = [part_label(title, names or {}, language) for title in titles]
        mark_boundaries(ax, np.asarray(at, dtype=float), parts, length)
        marked = pd.DataFrame({"title": titles, "label": parts, "position": at, "start": boundaries["start"]})
        marked = marked.assign(part="boundary")
    counts = drawn["term"].value_counts()
    drawn = drawn.assign(part="occurrence", label=drawn["term"].map(labels), n=drawn["term"].map(counts), row=row_of)
    never = [{"part": "term", "term": term, "label": labels[term], "n": 0} for term in labels if term not in counts]
    table = pd.concat([drawn.sort_values(["row", "position"]), pd.DataFrame(never), marked], ignore_index=True)
    table = table.reindex(columns=["part", "term", "title", "label", "n", "position", "start"])
    return table.astype({"n": "Int64", "position": "Int64", "start": "Int64"})


def _axis_label(unit: str, language: Language) -> str:
    if unit == "words":
        return text(zh="在正文中的位置（第几词）", en="Position in the text (words)", language=language, sep="\n")
    return text(zh="在正文中的位置（第几字）", en="Position in the text (characters)", language=language, sep="\n")


def _counts(ax: Axes, counts: "pd.Series[int]", rows: Mapping[str, float]) -> None:
    for term, row in rows.items():
        ax.annotate(
            f"n = {number(int(counts.get(term, 0)))}",
            (1, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(LABEL_GAP_PT, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL_PT,
            color=QUIET,
        )
