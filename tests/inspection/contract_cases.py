"""Networks that inspection could show wrongly without an error, and the numbers that PyTorch itself gives for them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.inspection.reparametrised_cases import EVERY

PICTURES = torch.randn(3, 1, 6, 6, generator=torch.Generator().manual_seed(5)) * torch.tensor([1.0, 3.0, 0.3]).view(
    3, 1, 1, 1
)
Calls = list[tuple[str, Tensor]]  # a layer's name and its output, in call order


class HalvedConvolution(nn.Conv2d):
    """Computes with half of the weight that it holds."""

    def forward(self, maps: Tensor) -> Tensor:
        found: Tensor = self._conv_forward(maps, self.weight / 2, self.bias)
        return found


class HalvedInside(nn.Conv2d):
    """The same, in the method that PyTorch's forward pass calls."""

    def _conv_forward(self, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        found: Tensor = super()._conv_forward(maps, weight / 2, bias)
        return found


class HalvedOutside(nn.Conv2d):
    """The same, where no hook of PyTorch's looks."""

    def __call__(self, *arguments: Any) -> Any:
        return super().__call__(*arguments) / 2


class HalvedTransposed(nn.ConvTranspose2d):
    """A transposed convolution with half of its weight."""

    def forward(self, maps: Tensor, output_size: list[int] | None = None) -> Tensor:
        return functional.conv_transpose2d(maps, self.weight / 2, self.bias)


class HalvedLinear(nn.Linear):
    """A linear layer with half of its weight."""

    def forward(self, rows: Tensor) -> Tensor:
        return functional.linear(rows, self.weight / 2, self.bias)


class HalvedReLU(nn.ReLU):
    """An activation that gives half of what hooks see."""

    def __call__(self, *arguments: Any) -> Any:
        return super().__call__(*arguments) / 2


class ByFunction(nn.Module):
    """Its activation is a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(1, 2, 3), nn.Linear(32, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        logits: Tensor = self.calls(pictures)[-1][1]
        return logits

    def calls(self, pictures: Tensor) -> Calls:
        """Its layers, and what it does between them."""
        maps = self.first(pictures)
        return [("first", maps), ("head", self.head(functional.relu(maps).flatten(1)))]


class Twice(nn.Module):
    """Calls its convolution and its activation twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act, self.head = nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Linear(36, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        logits: Tensor = self.calls(pictures)[-1][1]
        return logits

    def calls(self, pictures: Tensor) -> Calls:
        """Its layers in call order."""
        maps = self.first(pictures)
        active = self.act(maps)
        again = self.first(active)
        last = self.act(again)
        outputs = [maps, active, again, last, self.head(last.flatten(1))]
        return list(zip(("first", "act", "first", "act", "head"), outputs, strict=True))


def chain(*layers: nn.Module) -> nn.Sequential:
    """A chain: the first layer is "first", the activation "act", and the last "head"."""
    model, names = nn.Sequential(), {0: "first", len(layers) - 1: "head"}
    for place, layer in enumerate(layers):
        model.add_module("act" if isinstance(layer, nn.ReLU) else names.get(place, f"layer{place}"), layer)
    return model


def with_convolution(convolution: Callable[..., nn.Module] = nn.Conv2d, act: type[nn.ReLU] = nn.ReLU) -> nn.Module:
    """A convolution, an activation, and a linear layer."""
    return chain(convolution(1, 2, 3), act(), nn.Flatten(), nn.Linear(32, 3))


def with_norm() -> nn.Module:
    """Its answer for one picture depends on the others in its batch."""
    norm = nn.BatchNorm2d(2, track_running_stats=False)
    return chain(nn.Conv2d(1, 2, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))


def with_norm_of_units() -> nn.Module:
    """It has no answer for one picture alone: a unit has one value."""
    norm = nn.BatchNorm1d(4, track_running_stats=False)
    return chain(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 4), norm, nn.Linear(4, 3))


def computed(kind: str) -> nn.Module:
    """Layers that compute their weights from tensors that were loaded just now."""
    seeds = []
    for seed in (0, 7):
        torch.manual_seed(seed)
        first, head = EVERY[kind](nn.Conv2d(1, 2, 3), "weight"), EVERY[kind](nn.Linear(32, 3), "weight")
        seeds.append(chain(first, nn.ReLU(), nn.Flatten(), head).eval())
    model, other = seeds
    model.load_state_dict(other.state_dict())
    return model


def in_precision(dtype: torch.dtype, make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    return lambda: make().to(dtype)


WRITTEN: dict[str, Callable[[], nn.Module]] = {
    "plain": with_convolution,
    "batch statistics": with_norm,
    "batch statistics of units": with_norm_of_units,
    "halved convolution": lambda: with_convolution(HalvedConvolution),
    "convolution halved inside": lambda: with_convolution(HalvedInside),
    "convolution halved outside": lambda: with_convolution(HalvedOutside),
    "activation halved outside": lambda: with_convolution(act=HalvedReLU),
    "halved transposed convolution": lambda: chain(
        HalvedTransposed(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 3)
    ),
    "halved linear": lambda: chain(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), HalvedLinear(32, 3)),
    "by function": ByFunction,
    "twice": Twice,
    **{kind: partial(computed, kind) for kind in EVERY},
}
IN_HALF = ("plain", "batch statistics", "halved convolution", "twice", "pruning")
NETWORKS = WRITTEN | {
    f"{name} in {dtype}": in_precision(dtype, WRITTEN[name])
    for dtype in (torch.float16, torch.bfloat16)
    for name in IN_HALF
}


def network(name: str) -> nn.Module:
    """One of ``NETWORKS`` in eval mode, the same each time."""
    torch.manual_seed(0)
    return NETWORKS[name]().eval()


def pictures_for(model: nn.Module) -> Tensor:
    """``PICTURES`` in the precision of the network."""
    return PICTURES.to(next(model.parameters()).dtype)


def calls_of(model: Any, pictures: Tensor) -> Calls:
    """What each layer gives, by calling one after the other."""
    if not isinstance(model, nn.Sequential):
        found: Calls = model.calls(pictures)
        return found
    calls = []
    for name, layer in model.named_children():
        pictures = layer(pictures)
        calls.append((name, pictures))
    return calls


def output_of(model: nn.Module, layer: str, pictures: Tensor, call: int = 0) -> Tensor:
    """What a layer gives in one of its calls."""
    return [output for name, output in calls_of(model, pictures) if name == layer][call]


def alone(function: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """The answers for pictures, each in a batch of its own."""
    return torch.cat([function(one) for one in torch.split(pictures, 1)])


def used_kernels(convolution: nn.Module) -> Tensor:
    """The kernels (out channel, 1, 3, 3) that a convolution uses: its answers to unit impulses, less its bias."""
    dtype = next(convolution.parameters()).dtype
    answers = convolution(torch.eye(9, dtype=dtype).reshape(9, 1, 3, 3)) - convolution(
        torch.zeros(1, 1, 3, 3, dtype=dtype)
    )
    rows: Tensor = answers[:, :, answers.shape[2] // 2, answers.shape[3] // 2].T
    return rows.reshape(-1, 1, 3, 3)
