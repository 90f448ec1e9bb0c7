"""What a reader would see wrong in a figure: boxes for characters, labels over labels, text cut off.

Overlap and cuts are measured on what is drawn: the figure is drawn once and each text the renderer is handed is kept.
"""

import itertools
import math
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.text import Text

from src.utils.errors import FigureError
from src.utils.figures.drawing import Halo
from src.utils.figures.style import PACKAGED, require_glyphs, require_on_page

TOLERANCE_PT = 0.6


class DrawnText(NamedTuple):
    """A text and its box in pixels: corners in order, shape (4, 2), turned as the text is."""

    artist: Text
    corners: npt.NDArray[np.float64]

    @property
    def text(self) -> str:
        """The text in one line."""
        return str(self.artist.get_text()).replace("\n", " ")


class _Recorder(RendererAgg):
    """Keeps the group ids of the texts it is asked to draw, and draws no letters."""

    def __init__(self, figure: Figure) -> None:
        width, height = figure.bbox.size
        super().__init__(width, height, figure.dpi)  # type: ignore[no-untyped-call]
        self.drawn: list[str] = []

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Every Text opens a group with its id before it draws, whether it has one line or several."""
        if s == "text" and gid is not None:
            self.drawn.append(gid)

    def draw_text(self, *args: Any, **kwargs: Any) -> None:
        """The boxes are measured, the letters not needed."""


def drawn_texts(figure: Figure) -> list[DrawnText]:
    """Every text the figure draws, in drawing order, with its box.

    Raises FigureError where the labels leave the axes no room at all.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="constrained_layout not applied", category=UserWarning)
        try:
            engine = figure.get_layout_engine()
            if engine is None:
                figure.draw_without_rendering()  # ticks and their labels exist only from here on
            else:
                for _ in range(2):  # the room that the first leaves may have other ticks
                    engine.execute(figure)
        except UserWarning as error:
            raise FigureError("the labels leave no room to draw in; make the figure larger or them shorter") from error
    recorder = _Recorder(figure)
    texts = {f"text-{place}": artist for place, artist in enumerate(figure.findobj(Text))}
    ids = {key: artist.get_gid() for key, artist in texts.items()}
    try:
        for key, artist in texts.items():
            artist.set_gid(key)
        figure.set_layout_engine(None)  # it is laid out: drawing would do it again
        figure.draw(recorder)
    finally:
        figure.set_layout_engine(engine)
        for key, artist in texts.items():
            artist.set_gid(ids[key])
    drawn = [texts[key] for key in recorder.drawn]
    return [DrawnText(artist, _corners(artist, recorder)) for artist in drawn if not isinstance(artist, Halo)]


def _corners(artist: Text, renderer: RendererAgg) -> npt.NDArray[np.float64]:
    """The text's own rectangle, without an annotation's arrow: its size unturned, about the centre it has turned."""
    upright = Text.get_window_extent(artist, renderer)
    centre = np.array([(upright.x0 + upright.x1) / 2, (upright.y0 + upright.y1) / 2])
    angle = artist.get_rotation()
    if angle % 90:
        artist.set_rotation(0)
        flat = Text.get_window_extent(artist, renderer)
        artist.set_rotation(angle)
        turn = math.radians(angle)
    else:
        flat, turn = upright, 0.0
    half = np.array([flat.width, flat.height]) / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return np.asarray(centre + (signs * half) @ rotation, dtype=np.float64)


def _overlap_depth(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> float:
    """Pixels by which two rectangles share ground along the direction in which they share least; 0 or less if apart."""
    depth = math.inf
    for box in (one, two):
        for edge in (box[1] - box[0], box[2] - box[1]):
            length = float(np.hypot(*edge))
            if length == 0:
                continue
            along_one, along_two = one @ edge / length, two @ edge / length
            depth = min(depth, min(along_one.max(), along_two.max()) - max(along_one.min(), along_two.min()))
    return depth


def overlapping_labels(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts whose drawn boxes overlap by more than TOLERANCE_PT points."""
    return _overlaps(drawn_texts(figure), figure.dpi)


def _overlaps(texts: list[DrawnText], dpi: float) -> list[tuple[str, str]]:
    allowed = TOLERANCE_PT * dpi / 72
    low = np.array([drawn.corners.min(axis=0) for drawn in texts]).reshape(-1, 2)
    high = np.array([drawn.corners.max(axis=0) for drawn in texts]).reshape(-1, 2)
    near = np.logical_and.reduce((low[:, None] < high[None]) & (low[None] < high[:, None]), axis=2)
    return [
        (texts[i].text, texts[j].text)
        for i, j in itertools.combinations(range(len(texts)), 2)
        if near[i, j] and _overlap_depth(texts[i].corners, texts[j].corners) > allowed
    ]


def clipped_text(figure: Figure) -> list[str]:
    """Texts that reach over the figure's edge, or out of the box they are clipped to."""
    return _clipped(drawn_texts(figure), figure)


def _clipped(texts: list[DrawnText], figure: Figure) -> list[str]:
    allowed = TOLERANCE_PT * figure.dpi / 72
    cut = []
    for drawn in texts:
        boxes = [figure.bbox]
        clip = drawn.artist.get_clip_box()
        if drawn.artist.get_clip_on() and clip is not None:
            boxes.append(clip)
        low, high = drawn.corners.min(axis=0) + allowed, drawn.corners.max(axis=0) - allowed
        if any((low < box.min).any() or (high > box.max).any() for box in boxes):
            cut.append(drawn.text)
    return cut


def require_packaged_glyphs(figure: Figure) -> None:
    """Raise FigureError for a text in another font than the packaged ones, or with a character they do not have."""
    for artist in figure.findobj(Text):
        content = str(artist.get_text())
        path = Path(findfont(artist.get_fontproperties())).resolve()
        if content and path not in PACKAGED:
            raise FigureError(
                f"{content!r} is set in {path.name}, which differs between machines; make the figure with "
                "new_figure() and leave the font alone."
            )
        require_glyphs(content, path)


def require_readable(figure: Figure, *, allow_overlap: bool = False) -> list[DrawnText]:
    """The texts drawn; FigureError, naming them, for missing glyphs, cut text or overlaps that are not allowed."""
    require_on_page(figure)
    require_packaged_glyphs(figure)  # before drawing: matplotlib only warns, and draws a box
    texts = drawn_texts(figure)
    cut = _clipped(texts, figure)
    if cut:
        raise FigureError(f"cut off at the edge: {_some(cut)}. Make the figure larger or the label shorter.")
    over = [] if allow_overlap else [f"{one} / {two}" for one, two in _overlaps(texts, figure.dpi)]
    if over:
        raise FigureError(
            f"labels lie over each other: {_some(over)}. Make the figure larger, show fewer rows, or pass "
            "allow_overlap=True."
        )
    return texts


def _some(labels: list[str]) -> str:
    shown = "; ".join(labels[:5])
    return shown if len(labels) <= 5 else f"{shown}; and {len(labels) - 5} more"
