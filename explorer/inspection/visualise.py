"""Feature visualisation: an image optimised to maximally activate a channel.

Olah, Mordvintsev and Schubert 2017, "Feature Visualization", doi:10.23915/distill.00007.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection.activations import known_modules, undisturbed
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import named_layers

RECTIFIERS = (nn.ReLU, nn.ReLU6, nn.Hardtanh, nn.Hardswish, nn.Hardsigmoid, nn.Threshold)  # flat for some inputs
LEAK = 0.1  # the share of the gradient that passes where they are
DARKEST = 1e-3


@dataclass(frozen=True)
class Ascent:
    """The settings of the optimisation. Penalty weights refer to the mean over all pixels, which go from 0 to 1."""

    objective: Literal["channel", "unit"] = "channel"  # the mean over the whole map, or the unit at its centre
    iterations: int = 128
    learning_rate: float = 0.05
    total_variation: float = 0.0  # weight of the mean absolute difference between neighbours: fewer speckles
    l2: float = 0.0  # weight of the mean squared distance from grey: less contrast
    jitter: int = 1  # maximum random shift in pixels, drawn in each iteration
    rotation: float = 0.0  # maximum random rotation in degrees
    scaling: float = 0.0  # maximum random relative change of size
    fourier: bool = False  # optimise frequencies, weighted by 1/f as in natural images: large shapes come first
    seed: int = 0


@dataclass(frozen=True)
class Frame:
    """The image after some iterations."""

    iteration: int
    inputs: Tensor  # (1, channel, row, column), normalised as the network reads it
    activation: float  # the objective for this image, without random transformations


def visualise(
    model: nn.Module,
    layer: str,
    channel: int,
    input_shape: Sequence[int],
    mean: Tensor,
    std: Tensor,
    ascent: Ascent | None = None,
    every: int = 8,
    start: Tensor | None = None,
) -> Iterator[Frame]:
    """Optimise an image to activate a channel; the same seed and start give the same images.

    Every pixel stays within 0…1 through a sigmoid. The model runs in eval mode and is left unchanged, also between two
    frames: its parameters are not part of the gradient's graph. While the channel is not active, the gradient also
    passes through rectifiers (ReLU) whose input is negative, so that the ascent follows the pre-activation.

    Args:
        model: any module that reads pictures.
        layer: a module's name; of several calls the last is used.
        channel: the channel to activate.
        input_shape: (channel, row, column).
        mean: (channel,) of the pixels, as in ``input = (pixel − mean) / std``.
        std: their standard deviation (channel,).
        ascent: the settings.
        every: iterations from one frame to the next.
        start: the first image (1, channel, row, column), normalised; None is grey noise.

    Yields:
        The start, every ``every``-th image, and the last.

    Raises:
        ExplorerError: for a layer or channel that does not exist, or a layer without a tensor.
    """
    chosen = ascent or Ascent()
    weight = next(model.parameters(), torch.zeros(()))
    exact = weight.new_zeros((), dtype=torch.promote_types(weight.dtype, torch.float32))  # half precision has no steps
    mean, std = (values.to(exact).view(-1, 1, 1) for values in (mean, std))
    random = torch.Generator().manual_seed(chosen.seed)
    shape = (1, *input_shape)
    axis = channel_axis(model, layer, torch.empty(shape))
    noise = _start(shape, chosen.fourier, random)
    raw = (noise if start is None else _raw(start.cpu() * std.cpu() + mean.cpu(), chosen.fourier)).to(exact)
    raw.requires_grad_()
    optimiser = torch.optim.Adam([raw], lr=chosen.learning_rate)
    for iteration in range(chosen.iterations + 1):
        if iteration % every == 0 or iteration == chosen.iterations:
            with torch.no_grad():
                inputs = ((_pixels(raw, shape, chosen.fourier) - mean) / std).to(weight.dtype)
                activation = objective_values(model, layer, axis, channel, inputs, chosen.objective)
            yield Frame(iteration, inputs, float(activation))
        if iteration < chosen.iterations:
            with torch.enable_grad():
                pixels = _pixels(raw, shape, chosen.fourier)
                seen = ((_moved(pixels, chosen, random) - mean) / std).to(weight.dtype)
                aim = objective_values(model, layer, axis, channel, seen, chosen.objective)
                if float(aim.detach()) <= 0:
                    with _leaking(model):
                        aim = objective_values(model, layer, axis, channel, seen, chosen.objective)
                raw.grad = torch.autograd.grad(_penalty(pixels, chosen) - aim[0], raw)[0]
            optimiser.step()


def objective_values(model: nn.Module, layer: str, axis: int, channel: int, inputs: Tensor, objective: str) -> Tensor:
    """What ``Ascent.objective`` maximises, for each input: (batch,).

    Raises:
        ExplorerError: for a channel that does not exist, or a layer without a tensor.
    """
    outputs: list[Tensor] = []

    def keep(_name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.dim() > 1:
            outputs.append(output.clone())  # an in-place ReLU may follow

    weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
    with hooked(known_modules(model, [layer]), after=keep), undisturbed(model):
        functional_call(model, weights, (inputs,))
    if not outputs:
        raise ExplorerError(f"{layer!r} gives no tensor of channels in the forward pass; choose another layer.")
    output = outputs[-1]
    maps = output.movedim(axis if output.dim() > 2 else 1, 1)  # (batch, channel, …)
    if not 0 <= channel < maps.shape[1]:
        raise ExplorerError(f"{layer!r} has {maps.shape[1]} channels, counted from 0: there is no channel {channel}.")
    own = maps[:, channel]
    if objective == "channel":
        return own.flatten(1).mean(1) if own.dim() > 1 else own
    for size in reversed(own.shape[1:]):
        own = own[..., size // 2]
    return own


@contextmanager
def _leaking(model: nn.Module) -> Iterator[None]:
    """Let a share of the gradient pass through rectifiers where they are flat; their values stay the same."""
    entered: dict[str, list[Tensor]] = {}
    rectifiers = {name: module for name, module in named_layers(model).items() if isinstance(module, RECTIFIERS)}

    def enter(name: str, arguments: tuple[Any, ...], _keywords: dict[str, Any]) -> None:
        entered.setdefault(name, []).append(arguments[0].clone())  # the rectifier may work in place

    def leak(name: str, output: Tensor) -> Tensor:
        values = entered[name].pop()
        return output + LEAK * (values - values.detach())

    with hooked(rectifiers, enter, leak):
        yield


def _start(shape: tuple[int, ...], fourier: bool, random: torch.Generator) -> Tensor:
    """The optimised tensor: pixels before the sigmoid, or their frequencies (…, 2) as real and imaginary part."""
    if not fourier:
        return 0.1 * torch.randn(shape, generator=random)
    return 0.1 * torch.randn(*shape[:-1], shape[-1] // 2 + 1, 2, generator=random)


def _raw(pixels: Tensor, fourier: bool) -> Tensor:
    """The optimised tensor whose pixels are these; 0 and 1 are out of a sigmoid's reach."""
    before = pixels.clamp(DARKEST, 1 - DARKEST).logit()
    if not fourier:
        return before
    return torch.view_as_real(torch.fft.rfft2(before, norm="ortho") / _natural_scale(before))


def _natural_scale(like: Tensor) -> Tensor:
    """The weight of each frequency (row, column), 1/f as in natural images.

    Its mean square is 1, so that the learning rate has the same meaning with and without frequencies.
    """
    rows, columns = like.shape[-2:]
    frequency = torch.hypot(torch.fft.fftfreq(rows)[:, None], torch.fft.rfftfreq(columns)[None, :])
    scale = (1 / frequency.clamp(min=1 / max(rows, columns))).to(like)
    return scale / scale.square().mean().sqrt()


def _pixels(raw: Tensor, shape: tuple[int, ...], fourier: bool) -> Tensor:
    """(1, channel, row, column) between 0 and 1."""
    if fourier:
        scale = _natural_scale(raw.new_empty(shape))
        raw = torch.fft.irfft2(torch.view_as_complex(raw) * scale, s=shape[-2:], norm="ortho")
    return raw.sigmoid()


def _moved(pixels: Tensor, ascent: Ascent, random: torch.Generator) -> Tensor:
    """The image randomly shifted, rotated and scaled, so that the optimum does not depend on exact positions."""
    if ascent.jitter:
        rows, columns = torch.randint(-ascent.jitter, ascent.jitter + 1, (2,), generator=random).tolist()
        pixels = pixels.roll((rows, columns), (2, 3))
    if not ascent.rotation and not ascent.scaling:
        return pixels
    turn, stretch = (2 * torch.rand(2, generator=random) - 1).tolist()
    angle, factor = math.radians(turn * ascent.rotation), 1 / (1 + stretch * ascent.scaling)
    cosine, sine = factor * math.cos(angle), factor * math.sin(angle)
    matrix = torch.tensor([[[cosine, -sine, 0.0], [sine, cosine, 0.0]]]).to(pixels)
    options: dict[str, Any] = {"align_corners": False}
    grid = functional.affine_grid(matrix, list(pixels.shape), **options)
    return functional.grid_sample(pixels, grid, padding_mode="reflection", **options)


def _penalty(pixels: Tensor, ascent: Ascent) -> Tensor:
    down, across = pixels.diff(dim=2).abs(), pixels.diff(dim=3).abs()
    variation = (down.sum() + across.sum()) / pixels.numel()
    return ascent.total_variation * variation + ascent.l2 * (pixels - 0.5).square().mean()
