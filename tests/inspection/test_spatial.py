"""Grad-CAM on layers whose output has another layout than (batch, channel, row, column)."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import attribute, default_layer
from tests.inspection.attribution_cases import tiny_vision_transformer

PICTURES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def output_and_gradient(model: nn.Module, layer: str, images: Tensor, target: int) -> tuple[Tensor, Tensor]:
    """A layer's output and the gradient of a logit with respect to it, kept inside the hook."""
    kept: list[Tensor] = []
    gradients: list[Tensor] = []

    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        kept.append(output.detach().clone())
        output.register_hook(gradients.append)  # type: ignore[no-untyped-call]

    handle = model.get_submodule(layer).register_forward_hook(hook)
    model.eval()(images)[:, target].sum().backward()
    handle.remove()
    return kept[0], gradients[0]


def weighted(maps: Tensor, gradients: Tensor) -> Tensor:
    """Selvaraju et al. 2017, equations 1 and 2 without the ReLU, on (batch, channel, row, column)."""
    return (gradients.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True)


def test_vision_transformer_patches_form_their_grid_without_the_class_token() -> None:
    model = tiny_vision_transformer()
    layer = "encoder.layers.encoder_layer_1.ln_1"
    tokens, gradients = output_and_gradient(model, layer, PICTURES, 3)
    maps, slopes = (
        torch.stack([part[:, 1 + 4 * row : 5 + 4 * row] for row in range(4)], dim=1).permute(0, 3, 1, 2)
        for part in (tokens, gradients)
    )
    assert default_layer(model, PICTURES) == layer
    found = attribute(model, PICTURES, 3, "grad_cam").layer_values
    torch.testing.assert_close(found, weighted(maps, slopes))


@pytest.mark.parametrize("layer", ["encoder.ln", "encoder.layers.encoder_layer_1", "encoder", "heads.head"])
def test_layers_after_which_only_the_class_token_counts_are_refused(layer: str) -> None:
    with pytest.raises(ExplorerError, match=r"class token alone.*Choose encoder\.layers\.encoder_layer_1\.ln_1"):
        attribute(tiny_vision_transformer(), PICTURES, 0, "grad_cam", layer=layer)


def test_attention_that_gives_several_tensors_is_refused() -> None:
    with pytest.raises(ExplorerError, match="several tensors"):
        attribute(
            tiny_vision_transformer(), PICTURES, 0, "grad_cam", layer="encoder.layers.encoder_layer_0.self_attention"
        )


def test_a_layer_that_is_not_called_is_refused() -> None:
    model = tiny_vision_transformer()
    with pytest.raises(ExplorerError, match="not called"):
        attribute(model, PICTURES, 0, "grad_cam", layer="encoder.layers.encoder_layer_0.self_attention.out_proj")


def test_a_swin_transformers_channels_are_last() -> None:
    torch.manual_seed(0)
    model = torchvision.models.SwinTransformer([2, 2], 8, [2, 2], [2, 2], [4, 4], num_classes=4)
    images = torch.randn(1, 3, 32, 40)  # rows and columns differ: 4 x 5 at the end
    maps, gradients = output_and_gradient(model, "features", images, 1)
    assert default_layer(model, images) == "features"
    found = attribute(model, images, 1, "grad_cam").layer_values
    torch.testing.assert_close(found, weighted(maps.permute(0, 3, 1, 2), gradients.permute(0, 3, 1, 2)))


def test_channels_are_tracked_through_a_network_that_permutes_them() -> None:
    model = torchvision.models.convnext_tiny()
    images = torch.randn(1, 3, 64, 96)
    layer = "features.5.0.block.3"  # a linear layer inside a block: (batch, row, column, channel)
    maps, gradients = output_and_gradient(model, layer, images, 2)
    found = attribute(model, images, 2, "grad_cam", layer=layer).layer_values
    torch.testing.assert_close(found, weighted(maps.permute(0, 3, 1, 2), gradients.permute(0, 3, 1, 2)))
    assert default_layer(model, images) == "features"


def test_an_output_that_is_later_overwritten_in_place_is_explained_unchanged() -> None:
    model = torchvision.models.resnet18()
    layer = "layer4.1.bn2"  # the block adds its input to this in place
    maps, gradients = output_and_gradient(model, layer, PICTURES, 7)
    found = attribute(model, PICTURES, 7, "grad_cam", layer=layer).layer_values
    torch.testing.assert_close(found, weighted(maps, gradients))


@pytest.mark.parametrize(
    ("name", "layer"),
    [("resnet18", "layer4"), ("alexnet", "features.11"), ("googlenet", "inception5b"), ("densenet121", "features")],
)
def test_the_default_layer_is_the_last_with_maps_of_the_last_convolutions_size(name: str, layer: str) -> None:
    quick = {"init_weights": False} if name == "googlenet" else {}
    model = torchvision.models.get_model(name, weights=None, **quick).eval()
    assert default_layer(model, torch.randn(1, 3, 96, 96)) == layer


@pytest.mark.slow
def test_windows_of_a_maxvit_are_refused_but_its_blocks_are_not() -> None:
    model = torchvision.models.maxvit_t()
    images = torch.randn(1, 3, 224, 224)
    block = "blocks.3.layers.1.layers.window_attention"
    with pytest.raises(ExplorerError, match=f"choose {block}"):
        attribute(model, images, 0, "grad_cam", layer=f"{block}.attn_layer.0")
    found = attribute(model, images, 0, "grad_cam")
    assert found.layer == "blocks.3"
    assert found.layer_values is not None
    assert found.layer_values.shape == (1, 1, 7, 7)
