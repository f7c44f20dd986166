from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.datasets.splits import Pair, Splits
from explorer.errors import ExplorerError
from explorer.training.run import ReadableRun, Run
from explorer.ui.cache import pictures_of
from explorer.ui.subject.own_picture import LONGEST_SIDE, fitted, read
from explorer.ui.subject.published import as_read
from tests.app.pages import SHIPPED_CNN


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


def strokes(rows: slice, columns: slice, side: int = 56) -> torch.Tensor:
    """A drawing as the canvas gives it: white, (4, row, column), the fourth channel being its opacity."""
    drawing = torch.ones(4, side, side)
    drawing[3] = 0.0
    drawing[3, rows, columns] = 1.0
    return drawing


def test_a_drawing_on_colours_is_white_on_the_mean_colour() -> None:
    data = splits(3)
    drawn = fitted(strokes(slice(0, 28), slice(0, 56)), data, inverted=False)  # the upper half
    assert torch.allclose(drawn[0, :, :3], torch.tensor(1.5), atol=0.02)  # (1 − 0.25) / 0.5
    assert torch.allclose(drawn[0, :, 5:], torch.tensor(0.0), atol=0.02)  # the mean


def test_a_drawing_on_grey_pictures_without_an_even_ground_is_white_on_their_mean() -> None:
    drawn = fitted(strokes(slice(0, 28), slice(0, 56)), splits(1), inverted=False)
    assert torch.allclose(drawn[0, :, :3], torch.tensor(1.5), atol=0.02)
    assert torch.allclose(drawn[0, :, 5:], torch.tensor(0.0), atol=0.02)


LIGHT = torch.zeros(3, 100, 80)
LIGHT[:, 15:85, 36:45] = 1.0


@pytest.mark.parametrize(
    "pixels",
    [strokes(slice(4, 52), slice(25, 32)), LIGHT, 1 - LIGHT, 0.9 - 0.6 * LIGHT],
    ids=["drawn", "light on dark", "dark on light", "pencil on grey paper"],
)
@pytest.mark.parametrize("inverted", [False, True])
def test_the_shipped_network_reads_a_vertical_line_as_a_one(pixels: torch.Tensor, inverted: bool) -> None:
    run = Run.open(SHIPPED_CNN)
    assert isinstance(run, ReadableRun)
    read_by_network = fitted(pixels, pictures_of(run.config.dataset), inverted=inverted)
    assert read_by_network.shape == (1, 1, 8, 8)
    with torch.no_grad():
        probabilities = run.model(run.steps[-1])(read_by_network).softmax(dim=1)
    assert int(probabilities.argmax()) == 1
    assert float(probabilities.max()) > 0.9


def test_a_picture_of_the_data_set_itself_stays_as_it_is() -> None:
    run = Run.open(SHIPPED_CNN)
    assert isinstance(run, ReadableRun)
    data = pictures_of(run.config.dataset)
    for inputs in data.test.inputs[:20]:
        pixels = (inputs * data.std.view(-1, 1, 1) + data.mean.view(-1, 1, 1)).expand(3, -1, -1)
        torch.testing.assert_close(fitted(pixels, data, inverted=False)[0], inputs, atol=1e-3, rtol=0)
        torch.testing.assert_close(fitted(1 - pixels, data, inverted=False)[0], inputs, atol=1e-3, rtol=0)


def test_a_published_network_reads_a_drawing_on_the_mean_colour_of_its_weights() -> None:
    blank = strokes(slice(0, 0), slice(0, 0))
    torch.testing.assert_close(as_read(blank, "shapes_resnet", "default"), torch.zeros(1, 3, 32, 32), atol=1e-5, rtol=0)
