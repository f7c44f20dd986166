import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import capture, top_patches


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 2)
    )


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), batch=st.integers(1, 12), count=st.integers(1, 12))
def test_the_patches_are_those_of_an_exhaustive_search(seed: int, batch: int, count: int) -> None:
    model = network().double()
    images = torch.randn(10, 1, 8, 8, generator=torch.Generator().manual_seed(seed)).double()
    found = top_patches(model, images, "0", count=count, batch_size=batch)
    maps = capture(model, images, ["0"])["0"]
    for channel in range(3):
        best = sorted(range(10), key=lambda example: -maps[example, channel].max().item())[:count]
        assert found.examples[channel].tolist() == best
        for rank, example in enumerate(best):
            row, column = int(found.rows[channel, rank]), int(found.columns[channel, rank])
            assert maps[example, channel, row, column] == maps[example, channel].max()
            torch.testing.assert_close(found.values[channel, rank], maps[example, channel].max())


def test_outside_its_window_nothing_changes_a_units_value() -> None:
    model, images = network(), torch.randn(6, 1, 8, 8)
    found = top_patches(model, images, "2", count=6)
    assert found.exact
    for channel in range(3):
        for rank, example in enumerate(found.examples[channel].tolist()):
            top, bottom, left, right = found.windows[channel, rank].tolist()
            changed = torch.full((1, 1, 8, 8), 100.0)
            changed[0, 0, top : bottom + 1, left : right + 1] = images[example, 0, top : bottom + 1, left : right + 1]
            row, column = found.rows[channel, rank], found.columns[channel, rank]
            value = capture(model, changed, ["2"])["2"][0, channel, row, column]
            torch.testing.assert_close(value, found.values[channel, rank])


def test_windows_are_the_published_receptive_field_clipped_at_the_border() -> None:
    # convolution 3x3, stride 2, padding 1, then a 2x2 pooling: size 5, jump 4, first centre 1
    found = top_patches(network()[:3], torch.randn(9, 1, 11, 11), "2", count=9)
    for channel in range(3):
        for rank in range(9):
            expected = [
                limit
                for place in (int(found.rows[channel, rank]), int(found.columns[channel, rank]))
                for limit in (max(0, 4 * place - 1), min(10, 4 * place + 3))
            ]
            assert found.windows[channel, rank].tolist() == expected


def test_units_see_the_whole_picture() -> None:
    model, images = network(), torch.randn(7, 1, 8, 8)
    found = top_patches(model, images, "4", 1, count=3)
    logits = capture(model, images)["4"][:, 1]
    assert found.channels == (1,)
    assert found.examples[0].tolist() == logits.argsort(descending=True)[:3].tolist()
    assert found.windows.tolist() == [[[0, 7, 0, 7]] * 3]


def test_equal_values_come_in_the_order_of_the_examples() -> None:
    found = top_patches(network(), torch.zeros(5, 1, 8, 8), "1", count=5)
    assert found.examples.tolist() == [[0, 1, 2, 3, 4]] * 3


def test_the_patch_is_the_whole_picture_if_the_receptive_field_is_unknown() -> None:
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(32, 16, 2, 2, 16, 32, num_classes=3).eval()
    found = top_patches(model, torch.randn(2, 3, 32, 32), "encoder.layers.encoder_layer_0", [5], count=2)
    assert found.windows.tolist() == [[[0, 31, 0, 31]] * 2]
    assert found.rows.max() <= 4
    assert found.columns.max() == 0


def test_a_channel_or_examples_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ExplorerError, match="has 3 channels, counted from 0: there is no channel 3"):
        top_patches(network(), torch.zeros(1, 1, 8, 8), "0", 3)
    with pytest.raises(ExplorerError, match="at least one picture"):
        top_patches(network(), torch.zeros(0, 1, 8, 8), "0")
