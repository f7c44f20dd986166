"""The health of activation layers: dead and saturated channels, mean, standard deviation, histogram."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import Columns, Rows
from explorer.inspection.activations import known_modules, numbered, record_calls
from explorer.inspection.graph import Graph
from explorer.inspection.layers import layer_type, named_layers

ACTIVATION_TYPES: tuple[type[nn.Module], ...] = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.GELU, nn.SiLU, nn.Mish, nn.ELU, nn.CELU, nn.SELU),
    *(nn.Softplus, nn.Hardswish, nn.Tanh, nn.Sigmoid, nn.Hardtanh, nn.Hardsigmoid, nn.Softsign),
)
BOUNDED: dict[type[nn.Module], tuple[float, float]] = {
    nn.Tanh: (-1.0, 1.0),
    nn.Softsign: (-1.0, 1.0),
    nn.Sigmoid: (0.0, 1.0),
    nn.Hardsigmoid: (0.0, 1.0),
}
BLOCKING = frozenset({"ReLU", "ReLU6"})  # their slope is 0 wherever their output is not above 0
STEPPED = frozenset({"Hardtanh", "Hardsigmoid"})  # they keep their slope up to the ends of their range

# the functions of torch and torch.nn.functional that do the same, by the names of a graph's operations
ACTIVATION_FUNCTIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "prelu", "rrelu", "gelu", "silu", "mish", "elu", "celu", "selu", "softplus"}
    | {"hardswish", "tanh", "sigmoid", "hardtanh", "hardsigmoid", "softsign"}
)


class Histogram(NamedTuple):
    """The number of values between each pair of edges."""

    counts: np.ndarray  # (bin,)
    edges: np.ndarray  # (bin + 1,)


@dataclass(frozen=True)
class LayerHealth:
    """Statistics of an activation layer's output for a batch.

    ``dead`` is the share of channels that are never above 0, for any example at any position; 0 for a bounded
    activation (tanh, sigmoid). ``saturated`` is the share of values close to an end of a bounded activation's range; 0
    for an unbounded one.
    """

    name: str
    kind: str
    units: int  # channels of feature maps, or units of a flat layer
    dead: float
    dead_channels: tuple[int, ...]
    saturated: float
    mean: float
    std: float
    histogram: Histogram

    @property
    def is_bounded(self) -> bool:
        """True for an activation with a range that has two ends, which saturates and never dies."""
        return self.kind in {kind.__name__ for kind in (*BOUNDED, nn.Hardtanh)}


def health(model: nn.Module, inputs: Tensor, saturation: float = 0.95) -> Rows[LayerHealth]:
    """The health of every activation module that is called, in call order.

    A module that is called more than once has one entry for each call: "relu#1", "relu#2", ….

    Args:
        model: any module.
        inputs: one batch, on the model's device; channels are the second axis of each output.
        saturation: the threshold of a saturated value: 0.95 means ``abs(tanh) >= 0.95``, and a sigmoid of 0.95
            or more or 0.05 or less.
    """
    layers = {name: module for name, module in named_layers(model).items() if isinstance(module, ACTIVATION_TYPES)}
    calls = record_calls(model, inputs, layers)
    found = (
        _layer_health(shown, layers[name], values, saturation)
        for (name, values), (shown, _) in zip(calls, numbered(calls), strict=True)
    )
    return Rows(found, _columns)


def _columns(layer: LayerHealth) -> Columns:
    return {
        "layer": layer.name,
        "type": layer.kind,
        "units": layer.units,
        "dead": f"{layer.dead:.1%}",
        "saturated": f"{layer.saturated:.1%}",
        "mean": layer.mean,
        "standard deviation": layer.std,
    }


def in_words(layers: Sequence[LayerHealth]) -> str:
    """Sentences on dead and saturated units: how many there are, and what that does to the gradient.

    A unit that is never above 0 is only dead behind an activation without a slope there: a leaky ReLU, ELU, GELU, SiLU
    and their kin have one.
    """
    blocking = [layer for layer in layers if layer.kind in BLOCKING]
    bounded = [layer for layer in layers if layer.is_bounded]
    sloped = [layer for layer in layers if layer not in blocking and layer not in bounded]
    said = []
    if blocking:
        said.append(
            f"{_never_positive(blocking)} dead: at or below 0 on all of these examples, where the activation has "
            "slope 0, so that no gradient reaches their weights."
        )
    if sloped:
        said.append(
            f"{_never_positive(sloped)} never above 0 on these examples; the activation has a slope there as well, "
            "so that a gradient can still reach their weights."
        )
    smooth = [layer for layer in bounded if layer.kind not in STEPPED]
    stepped = [layer for layer in bounded if layer.kind in STEPPED]
    for kinds, slope in (
        (smooth, "the slope is at most a fifth of the steepest"),
        (stepped, "the slope stays the same up to the end, and is 0 there"),
    ):
        if kinds:
            share = sum(layer.saturated for layer in kinds) / len(kinds)
            said.append(
                f"{share:.1%} of the values of {_kinds(kinds)} are saturated: within 5 % of an end of the range, where "
                f"{slope}."
            )
    return " ".join(said)


def _never_positive(layers: Sequence[LayerHealth]) -> str:
    count, units = sum(len(layer.dead_channels) for layer in layers), sum(layer.units for layer in layers)
    which, verb = (f"{count:,}" if count else "None"), ("is" if count == 1 else "are")
    return f"{which} of the {units:,} units of {_kinds(layers)} {verb}"


def _kinds(layers: Sequence[LayerHealth]) -> str:
    return " and ".join(dict.fromkeys(layer.kind for layer in layers))


def activation(model: nn.Module, inputs: Tensor, name: str) -> Tensor:
    """The output of one activation module, by the name that ``health`` gives it: "relu", or "relu#2" for a second call.

    Args:
        model: any module.
        inputs: one batch, on the model's device.
        name: of a ``LayerHealth``.

    Raises:
        ExplorerError: for a module that does not exist, or is not called that often.
    """
    module = name.partition("#")[0]
    calls = dict(numbered(record_calls(model, inputs, known_modules(model, [module]))))
    if name not in calls:
        raise ExplorerError(
            f"There is no activation {name!r}; choose one of {', '.join(calls) or 'the called layers'}."
        )
    return calls[name]


def functional_activations(graph: Graph) -> list[str]:
    """The activations that are functions, not modules, by their names in the graph: no hook reaches them."""
    return [node.id for node in graph.nodes if node.role == "operation" and node.kind in ACTIVATION_FUNCTIONS]


def histogram(values: Tensor | np.ndarray, bins: int = 50) -> Histogram:
    """A histogram of the finite values, over their full range."""
    numbers = torch.as_tensor(values).detach().double().cpu().numpy().ravel()  # NumPy has no bfloat16
    counts, edges = np.histogram(numbers[np.isfinite(numbers)], bins=bins)
    return Histogram(counts, edges)


def _layer_health(name: str, module: nn.Module, values: Tensor, saturation: float) -> LayerHealth:
    channels = values.movedim(1, 0).flatten(1) if values.dim() > 1 else values[:, None]  # (channel, rest)
    ends = (module.min_val, module.max_val) if type(module) is nn.Hardtanh else BOUNDED.get(type(module))
    dead = (channels <= 0).all(dim=1) if ends is None else torch.zeros(len(channels), dtype=torch.bool)
    exact = values.double()
    return LayerHealth(
        name=name,
        kind=layer_type(module).__name__,
        units=len(channels),
        dead=dead.double().mean().item(),
        dead_channels=tuple(dead.nonzero().flatten().tolist()),
        saturated=0.0 if ends is None else _saturated(exact, ends, saturation),
        mean=exact.mean().item(),
        std=exact.std(correction=0).item(),
        histogram=histogram(values),
    )


def _saturated(values: Tensor, ends: tuple[float, float], saturation: float) -> float:
    low, high = ends
    margin = 1 - saturation
    return ((values <= low + margin) | (values >= high - margin)).double().mean().item()
