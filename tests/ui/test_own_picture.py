from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.datasets.splits import Pair, Splits
from explorer.errors import ExplorerError
from explorer.ui.subject.own_picture import LONGEST_SIDE, fitted, read


def file_of(pixels: np.ndarray, kind: str = "png", **options: object) -> bytes:
    content = BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()


def splits(channels: int, side: int = 8) -> Splits:
    pair = Pair(torch.zeros(2, channels, side, side), torch.zeros(2, dtype=torch.long))
    mean, deviation = torch.full((channels,), 0.25), torch.full((channels,), 0.5)
    return Splits("any", pair, pair, pair, ("a", "b"), mean, deviation)


def test_a_picture_keeps_its_pixels_up_to_the_longest_side() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert np.array_equal(read(file_of(pixels)), pixels)
    large = np.zeros((LONGEST_SIDE * 2, LONGEST_SIDE, 3), np.uint8)
    assert read(file_of(large)).shape == (LONGEST_SIDE, LONGEST_SIDE // 2, 3)


def test_grey_and_deep_pictures_become_three_colours_and_what_is_transparent_white() -> None:
    assert read(file_of(np.full((4, 5), 7, np.uint8))).tolist() == np.full((4, 5, 3), 7).tolist()
    assert read(file_of(np.full((4, 5, 4), (9, 9, 9, 0), np.uint8))).tolist() == np.full((4, 5, 3), 255).tolist()
    assert read(file_of(np.full((4, 5), 4095, np.uint16))).tolist() == np.full((4, 5, 3), 255).tolist()


def test_a_photograph_stands_upright_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert read(file_of(np.zeros((10, 20, 3), np.uint8), "jpeg", exif=exif)).shape == (20, 10, 3)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n half a file"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ExplorerError, match=r"own\.png is not a readable image"):
        read(content, "own.png")


def test_a_file_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ExplorerError, match="too large"):
        read(file_of(np.zeros((50, 50, 3), np.uint8)))


def test_an_even_picture_becomes_its_normalised_value() -> None:
    read_by_network = fitted(torch.full((3, 40, 60), 0.75), splits(3), inverted=False)
    assert read_by_network.shape == (1, 3, 8, 8)
    assert torch.allclose(read_by_network, torch.tensor(1.0), atol=1e-5)  # (0.75 − 0.25) / 0.5
    turned = fitted(torch.full((3, 40, 60), 0.75), splits(3), inverted=True)
    assert torch.allclose(turned, torch.tensor(0.0), atol=1e-5)  # (0.25 − 0.25) / 0.5


def test_the_middle_is_kept_and_colours_become_grey_where_the_network_knows_no_colours() -> None:
    pixels = torch.zeros(3, 8, 24)
    pixels[:, :, 8:16] = 1.0
    only_middle = fitted(pixels, splits(1), inverted=False)
    assert only_middle.shape == (1, 1, 8, 8)
    assert torch.allclose(only_middle, torch.tensor(1.5), atol=1e-3)
