"""The cost of a layer: the multiply-adds of one call, from its shapes."""

from collections.abc import Callable
from math import prod

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from explorer.inspection.layers import computes_as_pytorch

Shape = tuple[int, ...]
Cost = Callable[[nn.Module, Shape, Shape], int]  # the layer, and the shapes of its first input and output, with batch


def multiply_adds(layer: nn.Module, input_shape: Shape, output_shape: Shape) -> int | None:
    """The multiplications of weights, or of tensors with each other, that one call of a layer makes.

    Counted are convolutions, transposed convolutions, linear, bilinear, recurrent and attention layers, without their
    biases. Normalisation, scaling by one number a channel, looking a row up in a table (embeddings) and every layer
    without weights count 0, as is the custom (https://github.com/facebookresearch/fvcore, flop counting).

    Args:
        layer: a module.
        input_shape: of its first input, with the batch.
        output_shape: of its first output, with the batch.

    Returns:
        None for a layer that has weights and a forward pass of its own: its cost is not known.
    """
    if isinstance(layer, FREE):
        return 0
    for kind, cost in COSTS.items():
        if isinstance(layer, kind) and computes_as_pytorch(layer):
            return cost(layer, input_shape, output_shape)
    return 0 if next(layer.parameters(), None) is None else None


def _convolution(layer: nn.Module, _input_shape: Shape, output_shape: Shape) -> int:
    """Each output is a sum over the kernel and the input channels of its group."""
    assert isinstance(layer, _ConvNd)
    return prod(output_shape) * layer.in_channels // layer.groups * prod(layer.kernel_size)


def _transposed_convolution(layer: nn.Module, input_shape: Shape, _output_shape: Shape) -> int:
    """Each input is multiplied by the kernel for each output channel of its group."""
    assert isinstance(layer, _ConvTransposeNd)
    return prod(input_shape) * layer.out_channels // layer.groups * prod(layer.kernel_size)


def _linear(layer: nn.Module, _input_shape: Shape, output_shape: Shape) -> int:
    assert isinstance(layer, nn.Linear)
    return prod(output_shape) * layer.in_features


def _bilinear(layer: nn.Module, _input_shape: Shape, output_shape: Shape) -> int:
    """x₁ᵀ A for each output, then times x₂."""
    assert isinstance(layer, nn.Bilinear)
    return prod(output_shape) * (layer.in1_features + 1) * layer.in2_features


def _recurrent(layer: nn.Module, input_shape: Shape, _output_shape: Shape) -> int:
    """Every matrix of weights is used once at each time step of each sequence."""
    steps = prod(input_shape[:-1])
    return steps * sum(weight.numel() for weight in layer.parameters() if weight.dim() == 2)


def _attention(layer: nn.Module, input_shape: Shape, _output_shape: Shape) -> int:
    """Self-attention: four projections, the scores of all pairs of positions, and their weighted sum."""
    assert isinstance(layer, nn.MultiheadAttention)
    batched = len(input_shape) == 3
    length = input_shape[1 if batched and layer.batch_first else 0]
    examples = input_shape[0 if layer.batch_first else 1] if batched else 1
    width = layer.embed_dim
    projections = length * width * (2 * width + layer.kdim + layer.vdim)
    return int(examples * (projections + 2 * length * length * width))


COSTS: dict[type[nn.Module], Cost] = {
    _ConvTransposeNd: _transposed_convolution,
    _ConvNd: _convolution,
    nn.Linear: _linear,
    nn.Bilinear: _bilinear,
    nn.RNNBase: _recurrent,
    nn.RNNCellBase: _recurrent,
    nn.MultiheadAttention: _attention,
}
FREE = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.PReLU, nn.Embedding, nn.EmbeddingBag)
