"""Word clouds, of one text or of several side by side: terms at a glance, set as outlines so that they stay sharp."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from wordcloud.wordcloud import IntegralOccupancyMap

from src.utils.errors import FigureError
from src.utils.figures.drawing import figure_of, require_columns
from src.utils.figures.language import Language, glosses
from src.utils.figures.style import (
    FACES,
    GROUP_INKS,
    RULE,
    SEQUENCE,
    SMALL_PT,
    TEXT_PT,
    Face,
    face_in_use,
    require_glyphs,
    text_width,
    weight_of,
)

CANVAS = 800
SEED = 20210801
TRIES = 16  # places drawn for each word, of which the nearest to the middle is taken
GRAIN = 2  # the grid on which blocks are placed, in canvas pixels
MARGIN = 9  # around a block's ink
MOST_SIZES = (0.36, 0.3, 0.25, 0.21, 0.175, 0.145, 0.12, 0.1, 0.085)  # of a field's shorter side, for the largest value
ENOUGH = 0.9
LOW = 0.95  # of the height that a cloud's shape asks for; below, it takes another shape
NARROW_MM = 110  # below this, fields for groups of terms stand in two columns at most
FIELD_GAP = 16  # between fields, in canvas pixels
HEAD_PT = TEXT_PT * 1.7
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
    """The max_terms terms of the highest value, all level, the largest in the middle, the same on each run.

    The height of the letters goes by the square root of the value, so that the area of equally long words goes by the
    value; it is never below 7 points at the figure's width. Terms that find no room at that size are left out and
    reported.

    counts: filtered (no stop words), one row a term, columns term and value (above zero). shape: height over width.

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
        require_glyphs(label, FACES[face_in_use()])
    wanted = wanted.assign(rank=wanted.index + 1, label=wanted["term"].map(labels))
    height = round(CANVAS * _shape(ax, shape))
    least = math.ceil(SMALL_PT * CANVAS / (figure_of(ax).get_figwidth() * 72))
    field = _Field(dict(zip(wanted["label"], wanted[value].astype(float), strict=True)), 0, 0, CANVAS, height)
    placed = _placed([field], least, "word_cloud")[["label", "left", "top", "size"]]
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


def comparison_cloud(
    ax: Axes,
    terms: pd.DataFrame,
    *,
    units: Sequence[str] | None = None,
    value: str = "value",
    max_terms: int = 30,
    shape: float = 0.6,
    n_columns: int | None = None,
    names: Mapping[str, str] | None = None,
    unit_names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The terms that mark two to six groups, each group in a field of its own under its name, placed as in word_cloud.

    Sizes are on one scale over all groups, as in word_cloud. The field tells the group; the colour repeats it.

    terms: one row a group and term, columns unit, term, value (above zero: what sets the term apart in that group),
    optional n. units: the groups in reading order; as they first appear, if None. max_terms: of each group. shape:
    height over width. n_columns: of fields; if None, at most two where the figure is narrower than 110 mm, else at most
    three. names, unit_names: to English names. Terms that find no room at 7 points are left out and reported.

    Returns unit, unit_label, rank (within the group), term, label, the value, n (if given), placed, and for those
    placed left, top and size as in word_cloud. Raises FigureError for missing columns, an empty table, fewer than two
    groups or more than six, a group without a value above zero, a term given twice in a group, or if no term has room.
    """
    require_columns(terms, ["unit", "term", value], "comparison_cloud")
    order = list(dict.fromkeys(terms["unit"] if units is None else units))
    wanted = _wanted_groups(terms, order, value, max_terms)
    labels = glosses(wanted["term"], names or {}, language)
    unit_labels = glosses(order, unit_names or {}, language)
    for label in labels.values():
        require_glyphs(label, FACES[face_in_use()])
    wanted = wanted.assign(label=wanted["term"].map(labels), unit_label=wanted["unit"].map(unit_labels))
    figure = figure_of(ax)
    pixels_per_pt = CANVAS / (figure.get_figwidth() * 72)
    height = round(CANVAS * _shape(ax, shape))
    if n_columns is None:
        n_columns = _field_columns(len(order), figure.get_figwidth() * 25.4)
    fields = _fields(wanted, order, value, height=height, n_columns=n_columns, head=round(HEAD_PT * pixels_per_pt))
    placed = _placed(fields, math.ceil(SMALL_PT * pixels_per_pt), "comparison_cloud")
    placed = placed.assign(unit=placed["field"].map(dict(enumerate(order))))
    drawn = wanted.merge(placed.drop(columns="field"), on=["unit", "label"], how="left")
    drawn = drawn.assign(placed=drawn["size"].notna())
    for place, (unit, field) in enumerate(zip(order, fields, strict=True)):
        seen = drawn[drawn["placed"] & (drawn["unit"] == unit)]
        for label, left, top, size in zip(seen["label"], seen["left"], seen["top"], seen["size"], strict=True):
            _outline(ax, label, (left, top), size, GROUP_INKS[place])
        _field_head(ax, unit_labels[unit], field, GROUP_INKS[place], pixels_per_pt)
    ax.set_xlim(0, CANVAS)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    given = ["n"] if "n" in drawn and value != "n" else []
    return drawn[
        ["unit", "unit_label", "rank", "term", "label", value, *given, "placed", "left", "top", "size"]
    ].reset_index(drop=True)


def _wanted_groups(terms: pd.DataFrame, order: list[str], value: str, max_terms: int) -> pd.DataFrame:
    """The leading terms of each group, group by group, with their rank in it."""
    if not 2 <= len(order) <= len(GROUP_INKS):
        raise FigureError(
            f"comparison_cloud: {len(order)} groups; it shows 2 to {len(GROUP_INKS)}. Use word_cloud for one, "
            "term_panels for more"
        )
    if terms.duplicated(["unit", "term"]).any():
        raise FigureError("comparison_cloud: a term has several rows in one group; choose one measure first")
    places = {unit: place for place, unit in enumerate(order)}
    marking = terms[terms["unit"].isin(places) & (terms[value] > 0)]
    bare = [unit for unit in order if unit not in set(marking["unit"])]
    if bare:
        raise FigureError(
            f"comparison_cloud: no term of {', '.join(bare)} has {value} above zero; leave it out of units"
        )
    ordered = marking.assign(place=marking["unit"].map(places)).sort_values(
        ["place", value, "term"], ascending=[True, False, True]
    )
    leading = ordered.groupby("place", sort=False).head(max_terms)
    return leading.assign(rank=leading.groupby("place", sort=False).cumcount() + 1).reset_index(drop=True)


def _field_columns(n_fields: int, width_mm: float) -> int:
    if width_mm < NARROW_MM:
        return 1 if n_fields == 3 else 2
    return 2 if n_fields in (2, 4) else 3


def _shape(ax: Axes, shape: float) -> float:
    """Height over width: that asked for, or the figure's where that is clearly lower, as on a slide.

    A figure that is clearly higher is made as high as its cloud, if it holds nothing else.
    """
    figure = figure_of(ax)
    wide, high = figure.get_size_inches()
    if LOW * high > shape * wide and figure.axes == [ax]:
        figure.set_figheight(shape * wide)
    return min(shape, LOW * high / wide) if high < LOW * shape * wide else shape


class _Field(NamedTuple):
    """Where a group's terms go, in canvas pixels, and their values by label."""

    sizes: Mapping[str, float]
    left: int
    top: int
    width: int
    height: int


def _fields(
    wanted: pd.DataFrame, order: list[str], value: str, *, height: int, n_columns: int, head: int
) -> list[_Field]:
    """Equal fields in rows, each below a line for its heading."""
    n_rows = math.ceil(len(order) / n_columns)
    width = (CANVAS - FIELD_GAP * (n_columns - 1)) // n_columns
    tall = (height - FIELD_GAP * (n_rows - 1)) // n_rows
    fields = []
    for place, unit in enumerate(order):
        row, column = divmod(place, n_columns)
        held = wanted[wanted["unit"] == unit]
        left, top = column * (width + FIELD_GAP), row * (tall + FIELD_GAP) + head
        sizes = dict(zip(held["label"], held[value].astype(float), strict=True))
        fields.append(_Field(sizes, left, top, width, tall - head))
    return fields


def _elided(label: str, width_pt: float) -> str:
    """The label cut to a width, with … where it was cut; the table behind the figure has it whole."""
    weight = weight_of([label, "…"])
    if text_width(label, TEXT_PT, weight) <= width_pt:
        return label
    kept = next((n for n in range(len(label), 0, -1) if text_width(label[:n] + "…", TEXT_PT, weight) <= width_pt), 0)
    if not kept:
        raise FigureError(f"comparison_cloud: a field is too narrow for its heading {label!r}; show fewer columns")
    return label[:kept].rstrip() + "…"


def _field_head(ax: Axes, label: str, field: _Field, colour: str, pixels_per_pt: float) -> None:
    """The group's name at the upper left of its field, on a line as wide as the field."""
    label = _elided(label, field.width / pixels_per_pt)
    rule = field.top - 2 * pixels_per_pt
    look: dict[str, Any] = {"fontweight": weight_of([label, "…"]), "color": colour, "va": "baseline"}
    ax.text(field.left, rule - 2 * pixels_per_pt, label, fontsize=TEXT_PT, **look)
    ax.plot([field.left, field.left + field.width], [rule, rule], color=RULE, linewidth=0.6)


def _placed(fields: Sequence[_Field], least: int, chart: str) -> pd.DataFrame:
    """A place for each label: field, label, left and top of its ink and its em, in canvas pixels.

    At the largest of MOST_SIZES at which all find room; where there is none, at the largest that places ENOUGH of what
    the best of them places: a few words more are not worth letters that all have one size.
    """
    most_value = max(max(field.sizes.values()) for field in fields)
    shortest = min(min(field.height, field.width) for field in fields)
    tried: list[list[dict[str, str | int]]] = []
    for share in MOST_SIZES:
        em_of_one = shortest * share / math.sqrt(most_value)
        tried.append(
            [
                {"field": place, **spot}
                for place, field in enumerate(fields)
                for spot in _packed(field, least, em_of_one)
            ]
        )
        if len(tried[-1]) == sum(len(field.sizes) for field in fields):
            return pd.DataFrame(tried[-1])
    most = max(len(spots) for spots in tried)
    if not most:
        raise FigureError(f"{chart}: not one term has room; make the figure larger")
    return pd.DataFrame(next(spots for spots in tried if len(spots) >= ENOUGH * most))


def _packed(field: _Field, least: int, em_of_one: float) -> list[dict[str, str | int]]:
    """Each label, largest first, as the block it fills, where wordcloud's map of what is taken has room for it.

    Blocks, not strokes: else small words land between the strokes of large characters, where nobody can read them. The
    largest stands in the middle; of the places free for each other one wordcloud draws TRIES, the nearest to the middle
    is taken. (WordCloud itself would stop at the first word without room and size words by rank.)
    """
    n_down, n_across = field.height // GRAIN, field.width // GRAIN
    taken = np.zeros((n_down, n_across), dtype=np.uint8)
    room = IntegralOccupancyMap(n_down, n_across, None)
    draw = Random(SEED)
    spots: list[dict[str, str | int]] = []
    for label, value in field.sizes.items():
        em = max(least, round(em_of_one * math.sqrt(value)))
        width, height = (round(side * em) + MARGIN for side in _ink(label, face_in_use()))
        down, across = -(-height // GRAIN), -(-width // GRAIN)
        at = _nearest_to_middle(room, taken, down, across, draw)
        if at is not None:
            taken[at[0] : at[0] + down, at[1] : at[1] + across] = 255
            room.update(taken, 0, 0)
            left, top = (field.left + at[1] * GRAIN, field.top + at[0] * GRAIN)
            spots.append({"label": label, "left": left + MARGIN // 2, "top": top + MARGIN // 2, "size": em})
    return spots


def _nearest_to_middle(
    room: IntegralOccupancyMap, taken: npt.NDArray[np.uint8], down: int, across: int, draw: Random
) -> tuple[int, int] | None:
    """Row and column of a free block: the middle for the first, for others the nearest to it of TRIES that are free."""
    n_down, n_across = taken.shape
    if down > n_down or across > n_across:
        return None
    middle = ((n_down - down) // 2, (n_across - across) // 2)
    if not taken.any():
        return middle
    found = {room.sample_position(down, across, draw) for _ in range(TRIES)} - {None}
    far = {at: ((at[0] - middle[0]) * n_across) ** 2 + ((at[1] - middle[1]) * n_down) ** 2 for at in found}
    return min(far, key=lambda at: (far[at], at)) if far else None


@cache
def _ink(label: str, face: Face) -> tuple[float, float]:
    """Width and height of a label's ink in ems."""
    box = TextPath((0, 0), label, size=100, prop=FontProperties(fname=str(FACES[face]))).get_extents()
    return float(box.width) / 100, float(box.height) / 100


def _outline(ax: Axes, label: str, at: tuple[float, float], size: float, colour: str) -> None:
    """Letters as filled paths, the upper left corner of their ink where wordcloud put it."""
    letters = TextPath((0, 0), label, size=size, prop=FontProperties(fname=str(FACES[face_in_use()])))
    ink = letters.get_extents()
    place = Affine2D().translate(-ink.x0, -ink.y1).scale(1, -1).translate(*at)
    ax.add_patch(PathPatch(place.transform_path(letters), facecolor=colour, edgecolor="none", linewidth=0))
