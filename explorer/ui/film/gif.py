"""Pictures joined to an animated GIF."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from explorer.errors import ExplorerError

FRAME, LAST_FRAME = 400, 2000  # milliseconds that a frame is shown
MOST_PIXELS = 16_000_000  # of one frame: it comes from a browser, and anybody may send one
COLOURS = 256  # the most that a GIF holds
SAMPLE = 160  # pixels that a frame is wide where the colours are chosen
ALIKE = 0xF8F8F8  # the upper five bits of red, green and blue


def animated(frames: Sequence[bytes]) -> bytes:
    """A GIF that shows pictures one after the other, for ever; the last one longer.

    All frames share one palette, so that a colour stays what it was.

    Args:
        frames: pictures of equal size, as PNG.

    Raises:
        ExplorerError: where one is no PNG, too large, or of another size than the first.
    """
    pictures = [_picture(frame, number) for number, frame in enumerate(frames)]
    sizes = {picture.size for picture in pictures}
    if len(sizes) != 1:
        raise ExplorerError(
            f"The {len(frames)} frames have {len(sizes)} sizes, and a GIF has one; make the film again."
        )
    palette = _palette(pictures)
    first, *rest = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    file = BytesIO()
    shown = [FRAME] * len(rest) + [LAST_FRAME]
    first.save(file, "GIF", save_all=True, append_images=rest, duration=shown, loop=0)
    return file.getvalue()


def _picture(frame: bytes, number: int) -> Image.Image:
    try:
        with Image.open(BytesIO(frame), formats=["PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ExplorerError(
                    f"Frame {number} has {opened.width} x {opened.height} pixels; at most {MOST_PIXELS:,} are read. "
                    "Choose a view with fewer charts, or make the HTML file."
                )
            return opened.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ExplorerError(f"Frame {number} is no picture in PNG: {error}. Make the film again.") from error


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """The colours of all pictures together, each counted once: a thin mark keeps its own, however few pixels it has."""
    width, height = pictures[0].size
    side = min(width, SAMPLE), max(1, round(height * min(width, SAMPLE) / width))
    samples = [np.asarray(picture.resize(side, Image.Resampling.NEAREST), np.uint32) for picture in pictures]
    colours, counts = np.unique(np.stack(samples) @ np.array([1 << 16, 1 << 8, 1], np.uint32), return_counts=True)
    frequent = colours[np.argsort(-counts, kind="stable")]
    _, first = np.unique(frequent & ALIKE, return_index=True)  # of colours that look alike the most frequent one
    chosen = frequent[first][None, :, None] >> np.array([16, 8, 0], np.uint32) & 0xFF
    return Image.fromarray(chosen.astype(np.uint8)).quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
