"""Frames that a browser sends, which may be anything, and the GIF that joins them, read back with Pillow."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.ui.film.camera import FRAME, LAST_FRAME, animated, frames_of

SENT = "data:image/png;base64," + base64.b64encode(b"picture").decode()


def test_the_frames_are_decoded_in_their_order() -> None:
    other = "data:image/png;base64," + base64.b64encode(b"other").decode()
    assert frames_of({"frames": [SENT, other]}, 2) == [b"picture", b"other"]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "0 frames for 2 steps"),
        ({"frames": "x"}, "0 frames for 2 steps"),
        ({"frames": [SENT]}, "1 frames for 2 steps"),
        ({"frames": [SENT, 3]}, "no PNG"),
        ({"frames": [SENT, "data:text/html;base64,QQ=="]}, "no PNG"),
        ({"frames": [SENT, SENT + "!"]}, "damaged frame"),
    ],
)
def test_anything_else_is_refused_with_the_reason(sent: object, reason: str) -> None:
    with pytest.raises(ExplorerError, match=reason):
        frames_of(sent, 2)


# ── the GIF ───────────────────────────────────────────────────────────────────────────────────────────────────────────
MARK = (184, 71, 143)


def png(colour: tuple[int, int, int], size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    file = BytesIO()
    picture = Image.new("RGB", size, (255, 255, 255))
    picture.paste(colour, (0, 0, 20, 10))
    picture.save(file, kind)
    return file.getvalue()


def read_back(gif: bytes) -> tuple[list[np.ndarray], list[int]]:
    with Image.open(BytesIO(gif)) as file:
        frames, durations = [], []
        for number in range(getattr(file, "n_frames", 1)):
            file.seek(number)
            frames.append(np.asarray(file.convert("RGB")))
            durations.append(file.info["duration"])
    return frames, durations


def test_every_picture_is_a_frame_in_its_colours_and_the_last_one_stays_longer() -> None:
    colours = [(255, 0, 0), (0, 160, 0), (0, 0, 255)]
    frames, durations = read_back(animated([png(colour) for colour in colours]))
    assert [tuple(frame[5, 5]) for frame in frames] == colours
    assert all(tuple(frame[25, 35]) == (255, 255, 255) for frame in frames)
    assert durations == [FRAME, FRAME, LAST_FRAME]


def test_it_is_shown_again_and_again() -> None:
    with Image.open(BytesIO(animated([png((255, 0, 0)), png((0, 0, 255))]))) as file:
        assert file.info["loop"] == 0


def test_a_thin_mark_keeps_its_colour_beside_large_areas_of_many_others() -> None:
    ramp = np.linspace(0, 255, 160).astype(np.uint8)
    scale = np.stack([ramp, 255 - abs(ramp.astype(int) - 128), 255 - ramp], axis=-1).astype(np.uint8)
    picture = np.repeat(scale[None], 120, axis=0)
    picture[:, 3] = MARK
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    frames, _ = read_back(animated([file.getvalue(), file.getvalue()]))
    assert np.abs(frames[0][:, 3].astype(int) - MARK).max() < 8
    assert np.abs(frames[0].astype(int) - picture).max() < 16


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(ExplorerError, match="2 frames have 2 sizes"):
        animated([png((0, 0, 0)), png((0, 0, 0), (50, 30))])


@pytest.mark.parametrize("frame", [b"", b"nothing", png((0, 0, 0))[:60]])
def test_what_is_no_picture_is_refused_with_its_number(frame: bytes) -> None:
    with pytest.raises(ExplorerError, match="Frame 1 is no picture"):
        animated([png((0, 0, 0)), frame])


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read() -> None:
    with pytest.raises(ExplorerError, match=r"5000 x 4000 pixels; at most 16,000,000"):
        animated([png((0, 0, 0), (5000, 4000))])
