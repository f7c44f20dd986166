"""The one door for pictures: whatever a person hands over becomes upright pixels of 8 bits, or a sentence.

Pillow decodes them: torchvision's own decoders end the process on a damaged file.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from explorer.bounded_files import check_regular
from explorer.errors import MEGABYTE, ExplorerError

FORMATS = {  # Pillow's name -> the endings of its files
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
}
ENDINGS = tuple(ending for endings in FORMATS.values() for ending in endings)
LARGEST = 100 * MEGABYTE  # bytes of a file
READABLE = f"{', '.join(list(FORMATS)[:-1])} and {list(FORMATS)[-1]}"
EXIF = "exif"  # where Pillow keeps what the camera wrote
# Of 16 bits a colour Pillow keeps the upper byte: to be told the other order of bytes makes it keep the lower one.
OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
LOW_BYTES = {
    **{f"{mode};16{order}": f"{mode};16{other}" for mode in ("RGB", "RGBA") for order, other in OTHER_ORDER.items()},
    "LA;16B": "RGBA",
}


class Levels(NamedTuple):
    """The values of a deep picture that become black (0) and white (255)."""

    black: float
    white: float

    def with_others(self, other: "Levels | None") -> "Levels":
        """The range that holds both, so that pictures of one set stay comparable."""
        return self if other is None else Levels(min(self.black, other.black), max(self.white, other.white))


def open_picture(source: Path | bytes, name: str, levels: Levels | None = None, near: int = 0) -> Image.Image:
    """A picture in colour with 8 bits a colour, upright; of an animation the first frame.

    What is transparent becomes white.

    Args:
        source: the file, or its content.
        name: what messages call it.
        levels: of a picture with more than 8 bits a value; its own (:func:`levels_of`) unless given.
        near: the side in pixels that is needed; a much larger JPEG is decoded at a fraction of its size. 0: all.

    Raises:
        ExplorerError: where it is not a picture in one of ``FORMATS``, is damaged, or has too many pixels.
    """
    with _opened(source, name) as opened:
        deep = _deep_values(opened, source)
        if deep is not None:
            return _opaque(ImageOps.exif_transpose(_shallow(deep, levels or _levels(deep), opened)))
        if near:
            opened.draft("RGB", (near, near))
        return _opaque(ImageOps.exif_transpose(opened))


def levels_of(source: Path | bytes, name: str) -> Levels | None:
    """The range of values of a picture with more than 8 bits a value, or None; others are not decoded.

    Black is 0, or the lowest value where some are negative. White is the largest number of as many bits as the highest
    value has, and 8 at least: 12-bit values in a 16-bit file fill the whole range. For fractions within 0…1 it is 1.

    Raises:
        ExplorerError: as :func:`open_picture`.
    """
    with _opened(source, name) as opened:
        deep = _deep_values(opened, source)
        return None if deep is None else _levels(deep)


@contextmanager
def _opened(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    try:
        with _file(source) as opened:
            yield opened
    except ExplorerError:
        raise
    except UnidentifiedImageError as error:
        raise ExplorerError(f"{name} is not a readable image; choose one of {READABLE}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ExplorerError(f"{name} is too large: {error}. Choose a picture with fewer pixels.") from error
    except Exception as error:  # Pillow's decoders raise a dozen kinds for a damaged file, and each means just that
        said = str(error.args[0]) if error.args else ""
        reason = shorten(said, 200, placeholder=" …") or type(error).__name__
        raise ExplorerError(f"{name} is not a readable image ({reason}); replace it, or leave it out.") from error


def _file(source: Path | bytes) -> Image.Image:
    if isinstance(source, Path):
        check_regular(source, LARGEST)
    return Image.open(BytesIO(source) if isinstance(source, bytes) else source, formats=list(FORMATS))


# ── more than 8 bits a value ─────────────────────────────────────────────────────────────────────────────────────────
def _deep_values(opened: Image.Image, source: Path | bytes) -> NDArray[Any] | None:
    """The values (row, column) or (row, column, channel) of a picture with more than 8 bits a value, else None."""
    if opened.mode in ("I", "F") or opened.mode.startswith("I;16"):
        values: NDArray[Any] = np.asarray(opened)
        if not np.isfinite(values).all():
            raise ValueError("some of its values are no finite numbers")
        return values
    layout = _layout(opened)
    if layout not in LOW_BYTES:
        return None
    high: NDArray[np.uint16] = np.asarray(opened).astype(np.uint16)
    with _file(source) as again:
        tiles: Any = again
        tiles.tile = [tile._replace(args=_with_layout(tile.args, LOW_BYTES[layout])) for tile in tiles.tile]
        low: NDArray[np.uint8] = np.asarray(again)
    if layout == "LA;16B":  # upper and lower byte of the brightness, then of the opacity
        low = low[..., [1, 1, 1, 3]]
    return high * 256 + low


def _layout(opened: Image.Image) -> str:
    """How the bytes of a pixel lie in the file, in Pillow's words."""
    tiles: list[Any] = getattr(opened, "tile", [])
    arguments = tiles[0].args if tiles else ""
    return str(arguments if isinstance(arguments, str) else arguments[0])


def _with_layout(arguments: Any, layout: str) -> Any:
    return layout if isinstance(arguments, str) else (layout, *arguments[1:])


def _levels(values: NDArray[Any]) -> Levels:
    colours = values if values.ndim == 2 else values[..., :3]  # without the opacity
    lowest, highest = float(colours.min()), float(colours.max())
    fractions = values.dtype.kind == "f" and highest <= 1
    white = 1.0 if fractions else 2.0 ** max(8, int(highest).bit_length()) - 1
    return Levels(min(0.0, lowest), max(white, highest))


def _shallow(values: NDArray[Any], levels: Levels, opened: Image.Image) -> Image.Image:
    """The same picture with 8 bits a value, and with what its camera wrote."""
    scaled = (values.astype(np.float64) - levels.black) * (255 / (levels.white - levels.black))
    if values.ndim == 3 and values.shape[2] == 4:
        scaled[..., 3] = values[..., 3] / 257  # 65535 is opaque whatever the colours are
    picture = Image.fromarray(np.clip(scaled.round(), 0, 255).astype(np.uint8))
    if EXIF in opened.info:
        picture.info[EXIF] = opened.info[EXIF]
    return picture


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
