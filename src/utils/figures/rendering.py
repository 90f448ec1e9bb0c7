"""A figure as bytes: PNG, SVG and PDF, the same on each run, without dates, program names or versions.

Nothing here depends on the compression library of the machine: a PDF is left uncompressed, and a PNG is known by the
hash of its pixels.
"""

import io
import re
from typing import Any, Final, Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from src.utils.errors import FigureError
from src.utils.figures.embedding import enlarged_pages, truetype_subsets
from src.utils.figures.pixels import PASSPORT_KEY, Pixels, png_bytes
from src.utils.figures.style import OUTPUT, PRINT_DPI, enlargement

Format = Literal["png", "svg", "pdf"]

_UNCOMPRESSED: Final[dict[Any, Any]] = {"pdf.compression": 0}


def rasterise(figure: Figure, dpi: int) -> Pixels:
    """Draw the figure in pixels; its background is opaque, so that nothing is lost with the transparency."""
    catcher = _Catcher()
    with mpl.rc_context(OUTPUT):
        figure.savefig(catcher, format="rgba", dpi=dpi * enlargement(figure))
    return Pixels(catcher.drawn, dpi)


class _Catcher(io.BytesIO):
    """A file to which matplotlib writes its pixels, that keeps them without the transparency."""

    drawn: npt.NDArray[np.uint8]

    def write(self, pixels: Any) -> int:
        """pixels: the renderer's own memory, shape (height, width, 4), so copied here and nowhere else."""
        self.drawn = np.ascontiguousarray(np.asarray(pixels)[:, :, :3])
        return int(np.asarray(pixels).size)


def render(figure: Figure, kind: Format, *, dpi: int = PRINT_DPI, title: str = "", passport: str = "") -> bytes:
    """The picture's bytes. title: for those who do not see it, as is the footer, its description; passport: its id.

    dpi: of PNG, and of what SVG and PDF hold as pixels, as a colour bar.

    Raises FigureError for another format.
    """
    if kind == "png":
        return png_bytes(rasterise(figure, dpi), passport)
    named = f"{PASSPORT_KEY}:{passport}" if passport else None
    about = str(figure.get_label())
    if kind == "svg":
        drawn = _save(figure, kind, dpi, Date=None, Creator=None, Title=title, Description=about, Identifier=named)
        return _enlarged_svg(drawn, enlargement(figure))
    if kind == "pdf":
        empty = {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None}
        with truetype_subsets(), enlarged_pages(enlargement(figure)):
            return _save(figure, kind, dpi, **empty, Title=title, Subject=about, Keywords=named)
    raise FigureError(f"format {kind!r}: there are png, svg and pdf")


def _enlarged_svg(svg: bytes, factor: float) -> bytes:
    """The SVG shown `factor` times as large: its own coordinates stay."""
    if factor == 1:
        return svg

    def side(found: re.Match[bytes]) -> bytes:
        return b'%s="%.10gpt"' % (found[1], float(found[2]) * factor)

    head, mark, rest = svg.partition(b"viewBox=")
    return re.sub(rb'(width|height)="([0-9.]+)pt"', side, head) + mark + rest


def _save(figure: Figure, kind: str, dpi: int, **metadata: str | None) -> bytes:
    told = {key: value for key, value in metadata.items() if value is not None or key in _BLANKED}
    buffer = io.BytesIO()
    with mpl.rc_context({**OUTPUT, **_UNCOMPRESSED}):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=told)
    return buffer.getvalue()


_BLANKED: Final = ("Date", "Creator", "CreationDate", "ModDate", "Producer")  # None keeps matplotlib's own out
