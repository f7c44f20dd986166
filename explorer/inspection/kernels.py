"""The kernels of convolutions, as each layer uses them, and how far they moved."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection.activations import known_modules, undisturbed
from explorer.inspection.arithmetic import TF32, rounding_of
from explorer.inspection.computed_weights import refresh
from explorer.inspection.layers import has_own_way, named_layers

COMPARED = 64  # numbers of the layer's answer, at least


def kernels(model: nn.Module, layers: Iterable[str] | None = None) -> dict[str, Tensor]:
    """Copies of the kernels (out channel, in channel of the group, row, column) of convolutions, by module name.

    Kernels that the layer computes (weight norm, spectral norm, pruning) are those of its next call in eval mode.

    Args:
        model: any module.
        layers: names of ``nn.Conv2d`` modules; None takes all of them.

    Raises:
        ExplorerError: for another layer, and for one that does not use the kernels it holds: a class derived from
            ``nn.Conv2d``, a hook.
    """
    modules = named_layers(model) if layers is None else known_modules(model, layers)
    convolutions = {name: module for name, module in modules.items() if isinstance(module, nn.Conv2d)}
    others = modules.keys() - convolutions.keys()
    if layers is not None and others:
        raise ExplorerError(f"Kernels are shown of Conv2d layers, and {', '.join(sorted(others))} is none.")
    with torch.no_grad(), undisturbed(model):
        return {name: _kernels_of(name, module) for name, module in convolutions.items()}


def _kernels_of(name: str, conv: nn.Conv2d) -> Tensor:
    weight = next(conv.parameters(), torch.empty(0))
    refresh(conv, weight.new_zeros(1, conv.in_channels, *conv.kernel_size))
    kernel = conv.weight.detach().clone()
    if has_own_way(conv):
        check_used(conv, kernel, name or "this layer")
    return kernel


def check_used(conv: nn.Conv2d, kernel: Tensor, name: str = "this layer") -> None:
    """Refuse kernels if the layer's own answer to random numbers is not that of these kernels at any place.

    Only the centre of the answer is compared: a layer may pad its input in a way of its own. Of random numbers the
    rounding errors are random too, and grow with the root of the number of terms.

    Args:
        conv: in eval mode, inside ``undisturbed``, without gradients.
        kernel: (out channel, in channel of the group, row, column).
        name: of the layer, for the message.

    Raises:
        ExplorerError: with the gap; and if the layer cannot be called with pictures alone.
    """
    which = f"{name} ({type(conv).__name__})"
    extents = [gap * (size - 1) + 1 for gap, size in zip(conv.dilation, conv.kernel_size, strict=True)]
    sides = [3 * extent + stride for extent, stride in zip(extents, conv.stride, strict=True)]
    shape = (math.ceil(COMPARED / len(kernel)), conv.in_channels, *sides)
    numbers = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(kernel)
    try:
        answer = conv(numbers)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise ExplorerError(
            f"The forward pass of {which} is its own, and cannot be run alone to see whether it uses the kernels that "
            f"it holds ({error}); choose a plain nn.Conv2d."
        ) from error
    if not isinstance(answer, Tensor) or answer.dim() != 4 or answer.shape[1] != len(kernel) or not answer.numel():
        given = tuple(answer.shape) if isinstance(answer, Tensor) else type(answer).__name__
        raise ExplorerError(
            f"The forward pass of {which} is its own, and gives {given}, not a map for each of its kernels. Choose a "
            "plain nn.Conv2d."
        )
    own = answer[:, :, answer.shape[2] // 2, answer.shape[3] // 2].double()[:, :, None, None]
    gaps, size = (own - _at_every_place(conv, numbers, kernel)).abs(), _at_every_place(conv, numbers, kernel, power=2)
    step = rounding_of(answer)
    step = step if step >= TF32 else 100 * step  # fast algorithms (Winograd's) round more often
    limit = 2 * step * (math.sqrt(kernel[0].numel() + 8) * size.sqrt() + own.abs())
    if not bool((gaps <= limit).all(0).all(0).any()):
        raise ExplorerError(
            f"The kernels that {which} holds are not those that it computes with: its answer to random numbers differs "
            f"from theirs by {float(gaps.amax((0, 1)).min()):.2g} or more. It has a forward pass or a hook of its own; "
            "choose a plain nn.Conv2d."
        )


def _at_every_place(conv: nn.Conv2d, numbers: Tensor, kernel: Tensor, power: int = 1) -> Tensor:
    """The sum of the terms, each to a power, at every place that needs no padding: (picture, channel, row, column)."""
    bias = None if conv.bias is None else conv.bias.detach().double() ** power
    values, weights = numbers.double() ** power, kernel.double() ** power
    return functional.conv2d(values, weights, bias, 1, 0, conv.dilation, conv.groups)


class KernelChange(NamedTuple):
    """The distance that kernels moved: Euclidean, relative to their norm before (float64)."""

    channels: Tensor  # (out channel,)
    kernels: Tensor  # (out channel, in channel of the group)


def kernel_change(before: Tensor, after: Tensor) -> KernelChange:
    """The distance that each output channel's kernels, and each single kernel, moved between two snapshots.

    Args:
        before: (out channel, in channel of the group, row, column).
        after: the same shape. A kernel that was all 0 and moved has changed by infinity, one that did not move by 0.

    Raises:
        ExplorerError: if the shapes differ.
    """
    if before.shape != after.shape or before.dim() != 4:
        raise ExplorerError(
            f"Kernels of shapes {tuple(before.shape)} and {tuple(after.shape)} cannot be compared; "
            "give the (out, in, row, column) kernels of one layer at two steps."
        )
    moved, size = (after.double() - before.double()).detach(), before.double().detach()
    return KernelChange(_relative(moved.flatten(1), size.flatten(1)), _relative(moved.flatten(2), size.flatten(2)))


def _relative(moved: Tensor, size: Tensor) -> Tensor:
    distance = moved.norm(dim=-1)
    return torch.where(distance == 0, 0.0, distance / size.norm(dim=-1))
