"""DeepLIFT through captum 0.9: unchanged, and corrected so that the values add up."""

import warnings
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.inspection.hooks import Arguments, hooked
from explorer.inspection.score import Score
from explorer.inspection.validity import DEEP_LIFT_RULES

WARNING_FILTERS = Lock()  # warning filters are global to the process


def deep_lift(score: Score, inputs: Tensor, baseline: Tensor) -> Tensor:
    """DeepLIFT's contributions by the rescale rule, in the shape of the inputs: captum's own values.

    Args:
        score: of a copy whose activations work out of place.
        inputs: (batch, …).
        baseline: in the shape of the inputs.
    """
    from captum.attr import DeepLift

    with WARNING_FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*Setting")  # hooks, on a copy that is thrown away
        values: Tensor = DeepLift(score).attribute(inputs.clone().requires_grad_(), baseline, target=0)
    return values.detach()


def corrected_deep_lift(score: Score, inputs: Tensor, baseline: Tensor) -> Tensor:
    """The same contributions without three bugs of captum 0.9: these add up to the change of the score.

    None of the bugs is visible in the map itself:

    - If activation and pooling follow each other directly, captum reads a gradient before its own rule has changed it
      (issue 1104): a copy of the tensor between them separates their hooks.
    - Its rule for max-pooling uses the first example's gradient for all (issue 1276): examples run one by one.
    - The same rule drops a value that is the maximum of two windows: overlapping windows are laid side by side.

    Args:
        score: of a copy whose activations work out of place; its max-pooling layers are replaced.
        inputs: (batch, …).
        baseline: in the shape of the inputs.
    """
    from captum.attr import DeepLift

    for module in list(score.modules()):
        for name, child in module._modules.items():
            if isinstance(child, nn.MaxPool2d) and overlaps(child):
                module._modules[name] = SideBySide(child)
    ruled = {name: module for name, module in score.named_modules() if type(module) in DEEP_LIFT_RULES}
    attribute = DeepLift(score).attribute
    values = []
    with WARNING_FILTERS, warnings.catch_warnings(), hooked(ruled, before=_with_a_copy):
        warnings.filterwarnings("ignore", message=r"\s*Setting")  # hooks, on a copy that is thrown away
        for one, its_baseline in zip(torch.split(inputs, 1), torch.split(baseline, 1), strict=True):
            values.append(attribute(one.clone().requires_grad_(), its_baseline, target=0).detach())
    return torch.cat(values)


def _with_a_copy(_name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    return (arguments[0].clone(), *arguments[1:]), keywords


def overlaps(pool: nn.MaxPool2d) -> bool:
    """True if an input value is in several windows."""
    sizes, strides, gaps = (_pair(setting) for setting in (pool.kernel_size, pool.stride, pool.dilation))
    return any(size > step or gap > 1 for size, step, gap in zip(sizes, strides, gaps, strict=True))


class SideBySide(nn.Module):
    """The same max-pooling on windows that are first copied side by side, so that none overlap."""

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.original = [pool]  # in a list, so that it is not a submodule and is not hooked
        self.pool = nn.MaxPool2d(pool.kernel_size)

    def forward(self, maps: Tensor) -> Tensor:
        """The maximum of each window of maps (batch, channel, row, column)."""
        (pool,) = self.original
        sizes, steps, gaps, padding = (
            _pair(setting) for setting in (pool.kernel_size, pool.stride, pool.dilation, pool.padding)
        )
        with torch.no_grad():
            rows, columns = pool(maps).shape[2:]
        after = [
            max(before, (count - 1) * step + gap * (size - 1) + 1 - side - before)
            for count, step, gap, size, side, before in zip(
                (rows, columns), steps, gaps, sizes, maps.shape[2:], padding, strict=True
            )
        ]
        least = torch.finfo(maps.dtype).min / 4  # never the maximum; finite, so that differences are finite
        padded = functional.pad(maps, (padding[1], after[1], padding[0], after[0]), value=least)
        windows = functional.unfold(padded, sizes, dilation=gaps, stride=steps)
        # (batch, channel, row, size, column, size)
        apart = windows.reshape(len(maps), -1, *sizes, rows, columns).permute(0, 1, 4, 2, 5, 3)
        largest: Tensor = self.pool(apart.reshape(len(maps), -1, rows * sizes[0], columns * sizes[1]))
        return largest


def _pair(setting: int | tuple[int, ...]) -> tuple[int, int]:
    return (setting, setting) if isinstance(setting, int) else (setting[0], setting[1])
