import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import LayerRow, layer_table


def test_a_small_network_by_hand() -> None:
    model = nn.Sequential(
        nn.Conv2d(4, 6, (3, 5), padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10)
    )
    assert layer_table(model, (4, 8, 8)) == [
        LayerRow("0", "Conv2d 3x5", (6, 8, 6), 6 * 2 * 15 + 6, 6 * 8 * 6 * 2 * 15, (3, 5)),
        LayerRow("1", "ReLU", (6, 8, 6), 0, 0, (3, 5)),
        LayerRow("2", "MaxPool2d 2x2", (6, 4, 3), 0, 0, (4, 6)),
        LayerRow("3", "Flatten", (72,), 0, 0, 8),
        LayerRow("4", "Linear", (10,), 730, 720, 8),
    ]


@pytest.mark.parametrize(
    ("name", "giga"), [("resnet18", 1.814), ("alexnet", 0.714), ("vgg11", 7.609), ("vit_b_16", 17.564)]
)
def test_torchvisions_networks_cost_what_torchvision_publishes(name: str, giga: float) -> None:
    with torch.device("meta"):  # no number of the weights is asked for
        model = torchvision.models.get_model(name, weights=None)
    rows = layer_table(model, (3, 224, 224))
    assert sum(row.multiply_adds or 0 for row in rows) / 1e9 == pytest.approx(giga, abs=6e-4)
    assert sum(row.parameters for row in rows) == sum(parameter.numel() for parameter in model.parameters())


def test_a_table_of_a_huge_input_needs_no_memory() -> None:
    (row,) = layer_table(nn.Sequential(nn.Conv2d(3, 1000, 3, padding=1)), (3, 100_000, 100_000))
    assert row.output_shape == (1000, 100_000, 100_000)


def test_layers_after_an_unknown_operation_only_lack_a_receptive_field() -> None:
    class Flipping(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.after = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3)

        def forward(self, images: Tensor) -> Tensor:
            return self.after(self.before(images).cumprod(2))  # type: ignore[no-any-return]

    rows = layer_table(Flipping(), (1, 9, 9))
    assert [(row.output_shape, row.receptive_field) for row in rows] == [((1, 7, 7), 3), ((1, 5, 5), None)]


def test_chosen_layers_may_have_children() -> None:
    rows = layer_table(torchvision.models.resnet18(), (3, 64, 64), ["layer1", "layer2.0"])
    assert [(row.name, row.output_shape, row.parameters) for row in rows] == [
        ("layer1", (64, 16, 16), 147_968),
        ("layer2.0", (128, 8, 8), 230_144),
    ]


class Keeping(nn.Module):
    """Keeps a mask, a size and a scale as plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 3)
        self.mask, self.sides, self.scale = torch.ones(4, 4) > 0, torch.tensor([4, 4]), torch.tensor(2.0)

    def forward(self, images: Tensor) -> Tensor:
        rows, columns = self.sides.tolist()
        maps: Tensor = self.convolution(images)[..., :rows, :columns]
        return maps.masked_fill(self.mask, 0.0) * self.scale * float(self.scale)


def test_a_network_with_tensors_that_are_no_buffers_is_tabulated() -> None:
    assert layer_table(Keeping(), (1, 6, 6)) == [LayerRow("convolution", "Conv2d 3x3", (2, 4, 4), 20, 288, 3)]


def test_float64_and_bfloat16_models_are_tabulated() -> None:
    for dtype in (torch.float64, torch.bfloat16):
        assert len(layer_table(torchvision.models.squeezenet1_0().to(dtype), (3, 64, 64))) == 57


@pytest.mark.parametrize("shape", [(8, 8), (3, 2, 8, 8, 8), (0, 8, 8), (2, 8, 8), (1, 2, 2)])
def test_a_shape_the_model_cannot_read_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ExplorerError, match="shape"):
        layer_table(nn.Sequential(nn.Conv2d(1, 1, 3)), shape)
