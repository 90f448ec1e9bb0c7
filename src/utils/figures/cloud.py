"""A word cloud: the terms at a glance, set as outlines so that it is sharp at each size."""

import math
from collections.abc import Mapping
from unittest.mock import patch

import pandas as pd
import wordcloud
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from PIL import Image, ImageDraw, ImageFont
from wordcloud import WordCloud

from src.utils.errors import FigureError
from src.utils.figures.drawing import figure_of, require_columns
from src.utils.figures.language import Language, glosses
from src.utils.figures.style import FACES, SEQUENCE, SMALL_PT, require_glyphs

CANVAS = 800
SEED = 20210801
MOST_SIZES = (0.3, 0.22, 0.17, 0.13, 0.1)  # of the height, for the most frequent term
# Dark enough to read on white in grey; darker is more frequent.
INKS = SEQUENCE[:3:-1]


def word_cloud(
    ax: Axes,
    counts: pd.DataFrame,
    *,
    value: str = "n",
    max_terms: int = 80,
    shape: float = 0.6,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The max_terms terms of the highest value, their size by value, all level, the same on each run.

    counts: filtered (no stop words), one row a term, columns term and value. shape: height over width. Letters are
    never below 7 points at the figure's width: terms that find no room at that size are left out and reported.

    Returns rank, term, label, the value, placed, and for those placed left and top (of the letters' ink, from the upper
    left corner) and size (of the em) in 800ths of the width. Raises FigureError for missing columns, an empty table, a
    term given twice, or if no term has room.
    """
    require_columns(counts, ["term", value], "word_cloud")
    if counts["term"].duplicated().any():
        raise FigureError("word_cloud: a term has several rows; choose one unit, or sum over units first")
    wanted = counts.sort_values([value, "term"], ascending=[False, True], ignore_index=True).head(max_terms)
    labels = glosses(wanted["term"], names or {}, language)
    for label in labels.values():
        require_glyphs(label)
    wanted = wanted.assign(rank=wanted.index + 1, label=wanted["term"].map(labels))
    height = round(CANVAS * shape)
    least = math.ceil(SMALL_PT * CANVAS / (figure_of(ax).get_figwidth() * 72))
    placed = _placed(dict(zip(wanted["label"], wanted[value].astype(float), strict=True)), height, least)
    drawn = wanted.merge(placed, on="label", how="left").assign(placed=lambda table: table["size"].notna())
    seen = drawn[drawn["placed"]]
    for label, left, top, size, rank in zip(
        seen["label"], seen["left"], seen["top"], seen["size"], seen["rank"], strict=True
    ):
        _outline(ax, label, (left, top), size, INKS[(rank - 1) * len(INKS) // len(drawn)])
    ax.set_xlim(0, CANVAS)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return drawn[["rank", "term", "label", value, "placed", "left", "top", "size"]]


def _placed(sizes: Mapping[str, float], height: int, least: int) -> pd.DataFrame:
    """Where wordcloud puts each label: left and top of its ink and its em, in canvas pixels.

    The largest of MOST_SIZES at which all find room, or else the one at which most do.
    """
    best = pd.DataFrame(columns=["label", "left", "top", "size"])
    for share in MOST_SIZES:
        found = _cloud(sizes, height, least, max(least, round(height * share)))
        if len(found) > len(best):
            best = found
        if len(best) == len(sizes):
            break
    if best.empty:
        raise FigureError("word_cloud: not one term has room; make the figure larger")
    return best


def _cloud(sizes: Mapping[str, float], height: int, least: int, most: int) -> pd.DataFrame:
    cloud = WordCloud(
        font_path=str(FACES["sans"]),
        width=CANVAS,
        height=height,
        min_font_size=least,
        max_font_size=most,
        max_words=len(sizes),
        prefer_horizontal=1.0,
        relative_scaling=0.5,
        margin=6,
        random_state=SEED,
    )
    try:
        with patch.object(wordcloud.wordcloud, "ImageDraw", _Blocks):
            cloud.generate_from_frequencies(dict(sizes))
    except ValueError:  # no room for the first
        return pd.DataFrame()
    return pd.DataFrame(
        [
            {"label": label, "left": int(left), "top": int(top), "size": size}
            for (label, _), size, (top, left), _, _ in cloud.layout_
        ]
    )


class _Blocks:
    """What wordcloud draws with, to know where there is room: each word as the block it fills, not its strokes.

    Otherwise small words land between the strokes of large characters (three of them inside 三), where nobody can read
    them. wordcloud has no setting for it.
    """

    @staticmethod
    def Draw(image: Image.Image) -> ImageDraw.ImageDraw:  # noqa: N802  (the name that wordcloud calls)
        draw = ImageDraw.Draw(image)

        def block(at: tuple[int, int], word: str, *, fill: str, font: ImageFont.TransposedFont) -> None:
            _, _, width, height = draw.textbbox((0, 0), word, font=font, anchor="lt")
            draw.rectangle((at[0], at[1], at[0] + width, at[1] + height), fill=fill)

        draw.text = block  # type: ignore[method-assign, assignment]
        return draw


def _outline(ax: Axes, label: str, at: tuple[float, float], size: float, colour: str) -> None:
    """Letters as filled paths, the upper left corner of their ink where wordcloud put it."""
    letters = TextPath((0, 0), label, size=size, prop=FontProperties(fname=str(FACES["sans"])))
    ink = letters.get_extents()
    place = Affine2D().translate(-ink.x0, -ink.y1).scale(1, -1).translate(*at)
    ax.add_patch(PathPatch(place.transform_path(letters), facecolor=colour, edgecolor="none", linewidth=0))
