import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.effective_field import effective_field, geometric_window, pixels_holding


def ones(channels: int) -> nn.Conv2d:
    convolution = nn.Conv2d(channels, 1, 3, padding=1, bias=False)
    nn.init.ones_(convolution.weight)
    return convolution


def test_two_convolutions_of_ones_by_hand() -> None:
    model = nn.Sequential(ones(2), ones(1))
    line = torch.tensor([1.0, 2.0, 3.0, 2.0, 1.0])  # (1, 1, 1) convolved with itself
    expected = torch.zeros(9, 9)
    expected[2:7, 2:7] = 2 * torch.outer(line, line)  # two input channels
    assert torch.equal(effective_field(model, torch.randn(1, 2, 9, 9), "1", 0, 4, 4), expected)
    assert geometric_window(model, torch.zeros(1, 2, 9, 9), "1", 4, 4) == (2, 6, 2, 6)


@given(st.integers(0, 999), st.sampled_from(["0", "1", "2", "3"]))
def test_it_is_what_torchs_jacobian_says_and_lies_within_the_window(seed: int, layer: str) -> None:
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3, padding=1), nn.MaxPool2d(2)
    )
    model.double().eval()
    images = torch.randn(1, 3, 12, 12, dtype=torch.float64)
    until = nn.Sequential(*list(model)[: int(layer) + 1])
    side = until(images).shape[-1]
    channel, row, column = seed % 4, seed % side, seed // 7 % side

    def unit(image: Tensor) -> Tensor:
        value: Tensor = until(image)[0, channel, row, column]
        return value

    jacobian = torch.autograd.functional.jacobian(unit, images)  # type: ignore[no-untyped-call]
    found = effective_field(model, images, layer, channel, row, column)
    assert torch.allclose(found, jacobian[0].abs().sum(0), rtol=1e-9)
    first_row, last_row, first_column, last_column = geometric_window(model, images, layer, row, column)
    outside = found.clone()
    outside[first_row : last_row + 1, first_column : last_column + 1] = 0
    assert not outside.any()


def test_each_call_of_a_reused_layer_has_its_own_field() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = ones(1)

        def forward(self, images: Tensor) -> Tensor:
            output: Tensor = self.convolution(self.convolution(images))
            return output

    images = torch.randn(1, 1, 9, 9)
    for layer, side in (("convolution", 3), ("convolution#1", 3), ("convolution#2", 5)):
        assert int((effective_field(Twice(), images, layer, 0, 4, 4) > 0).sum()) == side**2
        window = geometric_window(Twice(), images, layer, 4, 4)
        assert window[1] - window[0] + 1 == side


def test_behind_attention_a_token_sees_the_whole_picture() -> None:
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(32, 8, 1, 2, 16, 32).eval()
    images = torch.randn(1, 3, 32, 32)
    layer = "encoder.layers.encoder_layer_0.mlp"
    assert (effective_field(model, images, layer, 0, 1, 2) > 0).all()
    assert geometric_window(model, images, layer, 1, 2) == (0, 31, 0, 31)
    assert geometric_window(model, images, "conv_proj", 1, 2) == (8, 15, 16, 23)


def test_frozen_weights_and_modes_do_not_matter_and_gradients_stay_as_they_were() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2)).train().requires_grad_(False)
    effective_field(model, torch.randn(1, 3, 6, 6), "1", 0, 1, 1)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_what_cannot_be_looked_at_is_refused_with_numbers() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 3))
    with pytest.raises(ExplorerError, match="no channel 2: the output has 2"):
        effective_field(model, torch.zeros(1, 3, 6, 6), "0", 2)
    with pytest.raises(ExplorerError, match="is called 1 times"):
        effective_field(model, torch.zeros(1, 3, 6, 6), "0#2", 0)
    with pytest.raises(ExplorerError, match="must be"):
        effective_field(model, torch.zeros(3, 6, 6), "0", 0)


def test_pixels_that_hold_a_share_are_counted_from_the_strongest() -> None:
    gradient = torch.tensor([[4.0, 3.0], [2.0, 1.0]])
    assert [pixels_holding(gradient, share) for share in (0.4, 0.5, 0.7, 0.95, 1.0)] == [1, 2, 2, 4, 4]
    assert pixels_holding(torch.zeros(2, 2), 0.5) == 0
