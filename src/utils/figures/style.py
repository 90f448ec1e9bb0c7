"""One look for every figure: the packaged Chinese faces, printed sizes, palettes and settings that repeat.

Only the faces of pylopdf-fonts-zh-cn (Noto Sans SC and Noto Serif SC, OFL) and their bold ones in data/fonts are used,
under names no system font has, so that a figure is the same on each machine.
"""

import dataclasses
import math
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import TextToPath
from pylopdf_fonts_zh_cn import sans_path, serif_path

from src.utils import paths
from src.utils.errors import FigureError

Face = Literal["sans", "serif"]
SizeName = Literal["one", "one_half", "two", "screen", "slide"]

FACES: Final[dict[str, Path]] = {"sans": sans_path().resolve(), "serif": serif_path().resolve()}
BOLD: Final[dict[str, Path]] = {  # benchmarks/bold_face.py makes them
    "sans": (paths.DATA / "fonts" / "GuihuaSans-Bold.otf").resolve(),
    "serif": (paths.DATA / "fonts" / "GuihuaSerif-Bold.otf").resolve(),
}
PACKAGED: Final = frozenset({*FACES.values(), *BOLD.values()})
FAMILIES: Final[dict[str, str]] = {"sans": "Guihua Sans", "serif": "Guihua Serif"}


class Size(NamedTuple):
    """What a page leaves for a figure, in millimetres, as it is drawn; its files are `enlarged` times as large."""

    width_mm: float
    most_height_mm: float
    enlarged: float = 1.0


# Columns of the usual A4 journal page; `screen` fills a notebook's output at SCREEN_DPI. The height is the page's type
# area, which a figure for print should stay within; the screen scrolls. `slide` is half of the 16:9 slide that
# presentation programs open with, 338.7 mm by 190.5, and is written at its full size, where the smallest letters have
# 14 points: all that is measured in points stays as it is. A slide has no room below it, so that the footer counts.
SIZES: Final[dict[str, Size]] = {
    "one": Size(85, 235),
    "one_half": Size(129, 235),
    "two": Size(174, 235),
    "screen": Size(200, 1000),
    "slide": Size(508 / 3, 95.25, enlarged=2.0),
}

# Points at the printed size. Journals ask for 7 at least; both stay there because no figure is scaled to fit a column.
TEXT_PT: Final = 8.0
SMALL_PT: Final = 7.0
PRINT_DPI: Final = 300
SCREEN_DPI: Final = 144
PT_PER_MM: Final = 72 / 25.4
LEADING: Final = 1.3
EDGE_PT: Final = 3.0
FOOTER_MM: Final = 20.0  # below the type area of a printed page

INK: Final = "#1A1A1A"
QUIET: Final = "#5A5A5A"
RULE: Final = "#D9D9D9"
PAPER: Final = "#FFFFFF"

# Four kinds at most. Hues apart for every common colour blindness (blue against orange, never red against green) and
# lightness apart for print in grey: L* 23, 46, 65 and 83.
CATEGORICAL: Final = ("#12385C", "#B5480F", "#6BA3CC", "#F5C75B")
MAIN: Final = CATEGORICAL[0]
# The same hues and two more, all dark enough for small letters on white (L* below 56).
GROUP_INKS: Final = ("#12385C", "#B5480F", "#2E7CB8", "#6B4A00", "#0B6E69", "#8A2E6B")
BELOW: Final = CATEGORICAL[1]  # what lies below a mean, where MAIN lies above
BAR: Final = "#5995C3"
PALE: Final = "#C2D6E6"
# Whether a heading's text is there: from full to empty, dark to light.
STATUS: Final = {"complete": "#12385C", "partial": "#E39A2D", "missing": "#CBD0D5"}
# From little to much: one blue, its lightness falling in equal steps from L* 97 to 22.
SEQUENCE: Final = ("#F3F7FB", "#C2D6E6", "#8EB5D5", "#5995C3", "#3074A7", "#1D5481", "#123756")

OUTPUT: Final[dict[Any, Any]] = {
    "svg.hashsalt": "guihua",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,  # equal to pdf.fonttype: matplotlib 3.11 fails where they differ
    "savefig.facecolor": PAPER,
    "savefig.bbox": None,
    "savefig.transparent": False,
}

LOOK: Final[dict[Any, Any]] = {
    "figure.dpi": SCREEN_DPI,
    "figure.facecolor": PAPER,
    "figure.constrained_layout.h_pad": EDGE_PT / 72,
    "figure.constrained_layout.w_pad": EDGE_PT / 72,
    "font.size": TEXT_PT,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a term is a dollar sign
    "text.hinting": "no_hinting",  # widths are the same at each resolution
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT_PT,
    "axes.titlesize": TEXT_PT,
    "axes.titleweight": "normal",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.prop_cycle": cycler(color=list(CATEGORICAL)),
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": TEXT_PT,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.color": RULE,
    "grid.linewidth": 0.4,
    "legend.fontsize": SMALL_PT,
    "legend.frameon": False,
    "legend.handlelength": 1.2,
    "legend.handleheight": 0.8,
    "legend.borderaxespad": 0.2,
    "legend.columnspacing": 1.2,
}


@cache
def register_fonts() -> None:
    """Make the packaged faces known to matplotlib under names of their own."""
    for weight, faces in ((400, FACES), (700, BOLD)):
        for face, path in faces.items():
            fontManager.addfont(path)
            entry = next(found for found in reversed(fontManager.ttflist) if Path(found.fname).resolve() == path)
            fontManager.ttflist.append(dataclasses.replace(entry, name=FAMILIES[face], weight=weight))


def use_style(face: Face = "sans") -> None:
    """Set matplotlib to this look, from its own defaults and not from a user's matplotlibrc."""
    register_fonts()
    mpl.rcdefaults()
    mpl.rcParams.update({**LOOK, **OUTPUT, "font.family": [FAMILIES[face]]})


def new_figure(size: SizeName = "one", height_mm: float = 60.0, *, face: Face = "sans") -> Figure:
    """An empty figure in this look, as wide as `size` and height_mm high; a footer adds its own lines below.

    Text keeps its printed points at each size. A figure is never higher than its page: the charts then set their rows
    closer, show fewer and say so, or refuse. Raises FigureError for a size that SIZES does not have.
    """
    if size not in SIZES:
        raise FigureError(f"size {size!r}: there are {', '.join(SIZES)}")
    use_style(face)
    figure = Figure(figsize=(SIZES[size].width_mm / 25.4, height_mm / 25.4), layout="constrained")
    FigureCanvasAgg(figure)
    _size_of[figure], _face_of[figure] = size, face
    keep_to_page(figure)
    return figure


_size_of: WeakKeyDictionary[Figure, SizeName] = WeakKeyDictionary()
_face_of: WeakKeyDictionary[Figure, Face] = WeakKeyDictionary()


def bold_of(figure: Figure) -> Path:
    """The file of the bold face that a figure may use: whether it has a character decides how headings are set."""
    return BOLD[_face_of.get(figure, "sans")]


def enlargement(figure: Figure) -> float:
    """How many times as large as it is drawn a figure is written."""
    return SIZES[_size_of.get(figure, "screen")].enlarged


def most_height_pt(figure: Figure) -> float:
    """The height in points that a figure's page leaves it, without a footer of four lines where that counts."""
    size = _size_of.get(figure, "screen")
    return SIZES[size].most_height_mm * PT_PER_MM - (4 * SMALL_PT * LEADING + 2 * EDGE_PT if size == "slide" else 0.0)


def keep_to_page(figure: Figure) -> None:
    """Make a figure that is higher than its page as high as that."""
    if figure.get_figheight() * 72 > most_height_pt(figure):
        figure.set_figheight(most_height_pt(figure) / 72)


def page_height_pt(figure: Figure) -> float:
    """The height in points that a figure may have with its footer: on paper this stands below the type area."""
    size = _size_of.get(figure, "screen")
    return (SIZES[size].most_height_mm + (0.0 if size == "slide" else FOOTER_MM)) * PT_PER_MM


def written_mm(figure: Figure, points: float) -> float:
    """Points of a figure as they are drawn, in millimetres as they are written: a slide is enlarged."""
    return points / PT_PER_MM * enlargement(figure)


def or_larger(figure: Figure) -> str:
    """How a refusal ends that a higher page would spare: the size to use instead; nothing where there is no higher."""
    larger = {"slide": "two", "screen": ""}.get(_size_of.get(figure, "screen"), "screen")
    return f", or use size {larger!r}" if larger else ""


def require_on_page(figure: Figure) -> None:
    """Raise FigureError where a figure, its footer included, is higher than its page or slide."""
    most, high = page_height_pt(figure), figure.get_figheight() * 72
    if high > most + 0.15:
        size = _size_of.get(figure, "screen")
        raise FigureError(
            f"{written_mm(figure, high):.0f} mm high with its footer: size {size!r} has "
            f"{written_mm(figure, most):.0f}. Show fewer rows, or in one language{or_larger(figure)}."
        )


def new_axes(size: SizeName = "one", height_mm: float = 60.0, *, face: Face = "sans") -> tuple[Figure, Axes]:
    """A figure as from new_figure, with one Axes that fills it."""
    figure = new_figure(size, height_mm, face=face)
    return figure, figure.add_subplot()


def rows_height(n_rows: int, row_mm: float = 4.4, extra_mm: float = 13.0) -> float:
    """Millimetres for n_rows of labelled rows and an axis below them."""
    return n_rows * row_mm + extra_mm


@cache
def covered(path: Path) -> frozenset[int]:
    """The code points a font file has glyphs for."""
    return frozenset(FT2Font(str(path)).get_charmap())


def missing_glyphs(text: str, path: Path = FACES["sans"]) -> list[str]:
    """The characters of text, line ends aside, that the font would draw as boxes, in order, each once."""
    return [char for char in dict.fromkeys(text) if char != "\n" and ord(char) not in covered(path)]


def require_glyphs(text: str, path: Path = FACES["sans"]) -> None:
    """Raise FigureError naming the first character of text that the font cannot draw."""
    missing = missing_glyphs(text, path)
    if missing:
        char = missing[0]
        raise FigureError(
            f"{text!r}: the packaged font has no glyph for {char!r} (U+{ord(char):04X}); take it out of the label or "
            "write it in words."
        )


def face_in_use() -> Face:
    """The face of the figure that was made last, in which a chart's letters are measured and drawn."""
    return "serif" if mpl.rcParams["font.family"][0] == FAMILIES["serif"] else "sans"


def weight_of(texts: Iterable[str]) -> Literal["bold", "normal"]:
    """The weight in which headings of one figure can be set: bold where the bold face has all their characters."""
    return "normal" if missing_glyphs("".join(texts), BOLD[face_in_use()]) else "bold"


def text_width(text: str, points: float = SMALL_PT, weight: Literal["bold", "normal"] = "normal") -> float:
    """Width in points of the widest line of text, in the face now in use."""
    face = face_in_use()
    return max((_line_width(line, points, face, weight) for line in text.split("\n")), default=0.0)


@cache
def _line_width(line: str, points: float, face: Face, weight: Literal["bold", "normal"]) -> float:
    require_glyphs(line, (BOLD if weight == "bold" else FACES)[face])
    prop = FontProperties(family=FAMILIES[face], size=points, weight=weight)
    width, _, _ = TextToPath().get_text_width_height_descent(line, prop, ismath=False)
    return float(width)


_CLOSING = "，。；：、）》」』”’！？…％%,.;:)!?"
_OPENING = "（《「『“‘("
# What may not be parted: a Latin word or number with the marks that touch it, or one character; its closing marks after
# it and its opening marks before.
_PIECE = re.compile(
    rf"\s+|[{re.escape(_OPENING)}]*(?:[^\W\u2E80-\u9FFF\uF900-\uFAFF\uFF00-\uFFEF][^\s\u2E80-\u9FFF\uFF00-\uFFEF]*|\S)"
    rf"[{re.escape(_CLOSING)}]*"
)


def wrap(text: str, width_pt: float, points: float = SMALL_PT, weight: Literal["bold", "normal"] = "normal") -> str:
    """Break text into lines of at most width_pt points: at spaces, and between Chinese characters.

    No line begins with closing punctuation or ends with opening punctuation. Line ends already there stay. A piece
    wider than a line keeps a line to itself.
    """
    return "\n".join(_wrap_line(line, width_pt, points, weight) for line in text.split("\n"))


def _wrap_line(text: str, width_pt: float, points: float, weight: Literal["bold", "normal"]) -> str:
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), points, weight) > width_pt:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return "\n".join(line.rstrip() for line in lines)


def lines_height(text: str, points: float = SMALL_PT) -> float:
    """Height in points of the lines of text at this look's leading."""
    return (text.count("\n") + 1) * points * LEADING


def lightness(colour: str) -> float:
    """CIE L* of a colour, 0 (black) to 100 (white): what is left of it in a grey print."""
    channels = mpl.colors.to_rgb(colour)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * math.cbrt(luminance) - 16 if luminance > 216 / 24389 else luminance * 24389 / 27


def ink_on(colour: str) -> str:
    """The text colour that reads on this background: dark on light, white on dark."""
    return INK if lightness(colour) > 58 else PAPER


def sequential() -> LinearSegmentedColormap:
    """The colour map for heat maps, from little (light) to much (dark)."""
    return LinearSegmentedColormap.from_list("guihua", list(SEQUENCE))
