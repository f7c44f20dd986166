"""The visitor's browser as the camera, so that no server needs one: it draws the frames, and here they become a GIF."""

import base64
import binascii
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image

from explorer.datasets.picture_files import open_picture
from explorer.errors import ExplorerError
from explorer.ui.address.visit import CAMERA
from explorer.ui.chart.mount import mounted_beside
from explorer.ui.film.reel import Film

PNG = "data:image/png;base64,"
FRAME, LAST_FRAME = 400, 2000  # milliseconds that a frame is shown
MOST_PIXELS = 16_000_000  # of one frame: it comes from a browser, and anybody may send one
COLOURS = 256  # the most that a GIF holds
SAMPLE = 160  # pixels that a frame is wide where the colours are chosen
ALIKE = 0xF8F8F8  # the upper five bits of red, green and blue


_component = mounted_beside("explorer_camera", __file__)


def record(film: Film, taken: Callable[[list[bytes]], None], failed: Callable[[str], None]) -> None:
    """Have the browser draw every frame, with its progress where this is called.

    Args:
        film: what is drawn.
        taken: called with the frames, each a PNG, before the page is drawn again.
        failed: called with the reason where there are none.
    """
    _component(
        data=film.to_json().encode(),
        key=CAMERA.key,
        on_taken_change=partial(_taken, len(film.steps), taken, failed),
        on_failed_change=partial(_failed, failed),
    )


def _taken(count: int, taken: Callable[[list[bytes]], None], failed: Callable[[str], None]) -> None:
    try:
        taken(frames_of((CAMERA.get() or {}).get("taken"), count))
    except ExplorerError as error:
        failed(str(error))


def _failed(failed: Callable[[str], None]) -> None:
    reason = (CAMERA.get() or {}).get("failed")
    if reason:
        failed(f"The browser could not draw the film: {str(reason)[:300]}")


def frames_of(sent: object, count: int) -> list[bytes]:
    """The frames that a browser sent.

    Raises:
        ExplorerError: where there are not as many as steps, or one is no PNG in base64.
    """
    frames = sent.get("frames") if isinstance(sent, dict) else None
    if not isinstance(frames, list) or len(frames) != count:
        found = len(frames) if isinstance(frames, list) else 0
        raise ExplorerError(f"The browser sent {found} frames for {count} steps; make the film again.")
    return [_decoded(frame) for frame in frames]


def _decoded(frame: object) -> bytes:
    if not isinstance(frame, str) or not frame.startswith(PNG):
        raise ExplorerError("The browser sent a frame that is no PNG; make the film again.")
    try:
        return base64.b64decode(frame.removeprefix(PNG), validate=True)
    except binascii.Error as error:
        raise ExplorerError(f"The browser sent a damaged frame: {error}. Make the film again.") from error


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
        opened = open_picture(frame, f"Frame {number}")
    except ExplorerError as error:
        raise ExplorerError(f"Frame {number} is no picture that can be read. Make the film again.") from error
    if opened.width * opened.height > MOST_PIXELS:
        raise ExplorerError(
            f"Frame {number} has {opened.width} x {opened.height} pixels; at most {MOST_PIXELS:,} are read. "
            "Choose a view with fewer charts, or make the HTML file."
        )
    return opened


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
