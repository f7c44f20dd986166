"""A layer's output as feature maps: its row and column axes, and the positions of its tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import known_modules, undisturbed
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import named_layers
from explorer.inspection.tracking import run_on_meta

if TYPE_CHECKING:
    from torchvision.models.vision_transformer import VisionTransformer

CHANNEL_FIRST = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)


@dataclass(frozen=True)
class MapView:
    """A layer's output as feature maps (batch, channel, row, column), and back."""

    axes: int  # of the output
    to_maps: Callable[[Tensor], Tensor]
    # maps and the output they came from -> an output of the same kind, in memory of its own
    from_maps: Callable[[Tensor, Tensor], Tensor]


PLAIN = MapView(4, lambda output: output, lambda maps, _output: maps.clone())
CHANNEL_LAST = MapView(
    4, lambda output: output.permute(0, 3, 1, 2), lambda maps, _output: maps.permute(0, 2, 3, 1).clone()
)


@dataclass(frozen=True)
class _Kinds:
    """Torchvision's classes with other layouts of feature maps."""

    vision_transformer: type[Any]
    swin: type[nn.Module]
    partition: type[nn.Module]
    permute: type[nn.Module]


@cache
def _torchvision_kinds() -> _Kinds:
    # importing torchvision takes seconds: only when a network is inspected
    from torchvision.models.maxvit import PartitionAttentionLayer
    from torchvision.models.swin_transformer import SwinTransformer
    from torchvision.models.vision_transformer import VisionTransformer
    from torchvision.ops.misc import Permute

    return _Kinds(VisionTransformer, SwinTransformer, PartitionAttentionLayer, Permute)


def tokens(side: int) -> MapView:
    """Tokens (batch, 1 + side · side, channel), the class token first, as the grid of their patches."""
    return MapView(
        3,
        lambda output: output[:, 1:].transpose(1, 2).reshape(len(output), -1, side, side),
        lambda maps, output: torch.cat((output[:, :1], maps.flatten(2).transpose(1, 2)), dim=1),
    )


def map_view(model: nn.Module, layer: str, inputs: Tensor) -> MapView:
    """The layout of a layer's output as feature maps.

    Args:
        model: a network that reads pictures.
        layer: the name of one of its modules.
        inputs: (batch, channel, row, column).

    Raises:
        ExplorerError: if the output has no rows and columns, or in an unknown layout.
    """
    module = known_modules(model, [layer])[layer]
    kinds = _torchvision_kinds()
    for name, owner in _owners(model, layer):
        inner = layer.removeprefix(name).lstrip(".")
        if isinstance(owner, kinds.partition) and inner:
            raise ExplorerError(
                f"{layer} holds windows cut from the feature maps, not the maps themselves; choose {name}."
            )
        if isinstance(owner, kinds.vision_transformer):
            return _view_of_vision_transformer(owner, name, inner)
        if isinstance(owner, kinds.swin):
            plain = isinstance(module, CHANNEL_FIRST) or inner == "permute"
            return PLAIN if plain else CHANNEL_LAST
    modules = list(named_layers(model).values())
    # a network with these may keep its channels on another axis; MaxViT puts them back after each of its parts
    rearranging = any(isinstance(other, (nn.LayerNorm, nn.MultiheadAttention, kinds.permute)) for other in modules)
    maxvit = any(isinstance(other, kinds.partition) for other in modules)
    if maxvit or isinstance(module, CHANNEL_FIRST) or not rearranging:
        return PLAIN
    return _tracked_view(model, layer, module, inputs)


def default_layer(model: nn.Module, inputs: Tensor) -> str:
    """The usual layer for Grad-CAM: the last one with feature maps of the last convolution's size.

    In a vision transformer the last layer after which the patches still matter; in a Swin transformer its features.

    Raises:
        ExplorerError: for a network without feature maps.
    """
    kinds = _torchvision_kinds()
    for name, module in named_layers(model).items():
        prefix = f"{name}." if name else ""
        if isinstance(module, kinds.vision_transformer):
            return f"{prefix}encoder.layers.{_last_block(module)}.ln_1"
        if isinstance(module, kinds.swin):
            return f"{prefix}features"
    finished = _finished_maps(model, inputs)
    convolutions = [shape for _, module, shape in finished if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))]
    size = next((shape for shape in reversed(convolutions) if shape[0] * shape[1] > 1), None)
    names = [name for name, _, shape in finished if shape == size] or [name for name, _, _ in finished]
    if not names:
        raise ExplorerError("Grad-CAM needs feature maps, and no layer of this network has any; choose another method.")
    once = [name for name in names if sum(name == other for other, _, _ in finished) == 1]
    return (once or names)[-1]


def _finished_maps(model: nn.Module, inputs: Tensor) -> list[tuple[str, nn.Module, tuple[int, int]]]:
    """(name, module, (rows, columns)) of every layer with four axes, in the order in which they returned."""
    finished: list[tuple[str, nn.Module, tuple[int, int]]] = []

    layers = {name: module for name, module in named_layers(model).items() if name}

    def note(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.dim() == 4:
            finished.append((name, layers[name], (output.shape[2], output.shape[3])))

    with hooked(layers, after=note), torch.no_grad(), undisturbed(model):
        model(inputs[:1])
    return finished


def _owners(model: nn.Module, layer: str) -> list[tuple[str, nn.Module]]:
    """The modules that contain a layer, outermost first, and the layer itself."""
    names = ["", *(".".join(layer.split(".")[: depth + 1]) for depth in range(layer.count(".") + 1))]
    layers = named_layers(model, remove_duplicate=False)
    return [(name, layers[name]) for name in dict.fromkeys(names)]


def _last_block(transformer: "VisionTransformer") -> str:
    return str(next(reversed(transformer.encoder.layers._modules)))


def _view_of_vision_transformer(transformer: "VisionTransformer", name: str, inner: str) -> MapView:
    if inner.startswith("conv_proj"):
        return PLAIN
    prefix = f"{name}." if name else ""
    last = f"encoder.layers.{_last_block(transformer)}"
    if not inner.startswith("encoder.layers."):
        after = True
    else:
        after = inner == last or (inner.startswith(f"{last}.") and inner != f"{last}.ln_1")
    if after:
        raise ExplorerError(
            f"After {prefix}{inner or 'the network'} the answer depends on the class token alone, and the patches' "
            f"gradient is 0. Choose {prefix}{last}.ln_1 or an earlier layer."
        )
    return tokens(transformer.image_size // transformer.patch_size)


def _tracked_view(model: nn.Module, layer: str, module: nn.Module, inputs: Tensor) -> MapView:
    calls = run_on_meta(model, inputs.shape[-3:], {layer: module})
    field = calls[0].field if calls else "a layer that is not called"
    axes = None if isinstance(field, str) else (field[0].axis, field[1].axis)
    if axes == (2, 3):
        return PLAIN
    if axes == (1, 2):
        return CHANNEL_LAST
    raise ExplorerError(
        f"Grad-CAM needs feature maps with rows and columns; the output of {layer} ({type(module).__name__}) has lost "
        "them, and how its tokens lie in the picture is not known for this network. Choose a convolution."
    )
