import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.layer_maps import as_maps, layer_call, layer_maps

IMAGE = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))


class Reused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, stride=2)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.activation(self.second(self.activation(self.first(images))))
        return output


def test_each_call_of_a_reused_in_place_layer_is_its_own() -> None:
    model = Reused().eval()
    with torch.no_grad():
        first = model.first(IMAGE)
        second = model.second(first.relu())
    assert torch.equal(layer_maps(model, IMAGE, "first").maps, first[0])
    assert torch.equal(layer_maps(model, IMAGE, "activation").maps, first[0].relu())
    assert torch.equal(layer_maps(model, IMAGE, "activation#2").maps, second[0].relu())
    entering, output = layer_call(model, IMAGE, "activation#2")
    assert torch.equal(entering, second[0])
    assert torch.equal(output, second[0].relu())
    assert torch.equal(layer_call(model, IMAGE, "second").entering, first[0].relu())


def test_a_call_that_does_not_happen_is_refused() -> None:
    model = Reused()
    for look in (layer_maps, layer_call):
        with pytest.raises(ExplorerError, match="is called 2 times"):
            look(model, IMAGE, "activation#3")
        with pytest.raises(ExplorerError, match="Did you mean 'first'"):
            look(model, IMAGE, "firs")


@pytest.mark.parametrize(
    ("shape", "axis", "expected", "words"),
    [
        ((10,), 1, (10, 1, 1), ""),
        ((6, 4, 5), 1, (6, 4, 5), ""),
        ((4, 5, 6), -1, (6, 4, 5), "last axis"),
        ((16, 7), -1, (7, 4, 4), "grid of 4x4"),
        ((17, 7), -1, (7, 4, 4), "class token, is left out"),
        ((12, 7), -1, (7, 1, 12), "12 tokens stand in a row"),
        ((2, 3, 4, 5), -1, (5, 6, 4), "flattened into one"),
    ],
)
def test_outputs_of_every_kind_become_maps(
    shape: tuple[int, ...], axis: int, expected: tuple[int, ...], words: str
) -> None:
    read = as_maps(torch.zeros(shape), axis)
    assert tuple(read.maps.shape) == expected
    assert words in read.note


def test_a_patch_of_a_vision_transformer_keeps_its_position() -> None:
    tokens = torch.zeros(17, 3)
    tokens[1 + 2 * 4 + 3, 1] = 5.0  # the class token, two rows of four patches, three more
    assert as_maps(tokens, -1).maps.nonzero().tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("name", ["vit", "swin"])
def test_layers_of_transformers_have_a_map_a_feature(name: str) -> None:
    torch.manual_seed(0)
    if name == "vit":
        model: nn.Module = torchvision.models.VisionTransformer(32, 8, 1, 2, 16, 32)
        layer, expected = "encoder.layers.encoder_layer_0.self_attention", (16, 4, 4)
    else:
        model = torchvision.models.SwinTransformer([4, 4], 16, [1, 1], [2, 2], [4, 4])
        layer, expected = "features.1.0.norm2", (16, 8, 8)
    images = torch.randn(1, 3, 32, 32)
    assert tuple(layer_maps(model.eval(), images, layer).maps.shape) == expected
