"""A picture as pixels, and pixels as PNG: known by the hash of what is seen, whatever library compressed the file."""

import hashlib
import io
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PASSPORT_KEY: Final = "guihua-passport"
"""Under this name a picture holds its passport's id: a PNG as text of that key, SVG and PDF as `guihua-passport:<id>`,
the SVG in its metadata's dc:identifier, the PDF in its Keywords."""

STRIP: Final = 512
"""Rows of pixels handled at a time."""


class Pixels(NamedTuple):
    """A picture not yet compressed: red, green and blue of each pixel, shape (height, width, 3), and its resolution."""

    array: npt.NDArray[np.uint8]
    dpi: int

    def sha256(self) -> str:
        """Hash of the pixels, row by row, three bytes each: the same whatever compressed the file."""
        return hashlib.sha256(np.ascontiguousarray(self.array).data).hexdigest()


def png_bytes(pixels: Pixels, passport: str = "", *, level: int = 6) -> bytes:
    """The pixels as PNG: with a palette where they have at most 256 colours, as many charts do, for half the size.

    level: how hard to compress, 1 to 9; the pixels are the same.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels.array))
    counted = image.getcolors(256)  # None where there are more
    if counted is not None:
        image = _with_palette(pixels.array, [colour for _, colour in counted])
    notes = PngInfo()
    if passport:
        notes.add_text(PASSPORT_KEY, passport)
    buffer = io.BytesIO()
    image.save(buffer, format="png", dpi=(pixels.dpi, pixels.dpi), pnginfo=notes, compress_level=level)
    return buffer.getvalue()


def _with_palette(array: npt.NDArray[np.uint8], found: Sequence[object]) -> Image.Image:
    """The picture with its colours in a table, in ascending order. found: its colours, at most 256."""
    colours = np.sort(_packed(np.array(found, dtype=np.uint8)[None])[0])
    strips = np.array_split(array, array.shape[0] // STRIP + 1)  # a whole page at 600 dpi would take half a gigabyte
    place = np.zeros(1 << 24, dtype=np.uint8)
    place[colours] = np.arange(len(colours))
    image = Image.fromarray(np.concatenate([place[_packed(strip)] for strip in strips]))
    table = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)
    image.putpalette(table.astype(np.uint8).tobytes())
    return image


def _packed(array: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Red, green and blue in one number."""
    red, green, blue = (array[:, :, channel].astype(np.uint32) for channel in range(3))
    packed: npt.NDArray[np.uint32] = red << np.uint32(16) | green << np.uint32(8) | blue
    return packed


def read_pixels(data: bytes) -> Pixels:
    """The pixels of a PNG file. Raises OSError where it is none."""
    with Image.open(io.BytesIO(data)) as image:
        dpi = round(image.info.get("dpi", (0, 0))[0])
        return Pixels(np.asarray(image.convert("RGB")), dpi)
