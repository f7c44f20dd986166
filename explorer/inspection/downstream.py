"""The path of one value through later layers: a sentence for each, with the network's own numbers."""

import numpy as np
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import known_modules
from explorer.inspection.arithmetic import is_rounding
from explorer.inspection.graph import Graph, Node
from explorer.inspection.layer_maps import layer_call
from explorer.inspection.layers import layer_type
from explorer.inspection.pooling import pooling_window

Place = tuple[int, int, int]  # channel, row, column
Pool = nn.MaxPool2d | nn.AvgPool2d
MIXING = (nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Softmin, nn.GLU, nn.MultiheadAttention)
MOST_NUMBERS = 9  # values of a pooling window that a sentence lists


def follow(model: nn.Module, graph: Graph, inputs: Tensor, layer: str, place: Place) -> list[str]:
    """Follow one value through batch norm and activation until it is combined with other values.

    The list ends when the value is pooled, added to another, or read by more than one layer.

    Args:
        model: the network.
        graph: its graph for these inputs (``network_graph``).
        inputs: (batch, channel, row, column); the first example is used.
        layer: the node whose output holds the value.
        place: channel, row and column of the value.

    Returns:
        One sentence a layer, in Markdown.
    """
    channel, row, column = place
    sentences: list[str] = []
    node = graph.node(layer)
    while True:
        readers = [graph.node(end) for start, end in graph.edges if start == node.id]
        if len(readers) != 1:
            if len(readers) > 1:
                names = ", ".join(f"**{reader.id}**" for reader in readers[:4])
                sentences.append(f"Several layers read this value: {names}{' …' if len(readers) > 4 else ''}.")
            break
        node = readers[0]
        module = known_modules(model, [node.module])[node.module] if node.module else None
        if module is None:
            sentences.append(_operation_sentence(graph, node))
            break
        if not isinstance(module, (nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d)) and not _is_pointwise(module):
            break
        before, after = layer_call(model, inputs, node.id)
        value = before[channel, row, column].item()
        if isinstance(module, nn.BatchNorm2d):
            sentences.append(_batch_norm_sentence(module, channel, value, after[channel, row, column]))
        elif isinstance(module, (nn.MaxPool2d, nn.AvgPool2d)):
            sentences.append(_pooling_sentence(module, before, tuple(after.shape[1:]), channel, row, column))
            break
        elif not isinstance(module, (nn.Dropout, nn.Dropout2d, nn.Identity)):
            became = after[channel, row, column].item()
            sentences.append(f"**{node.id}** ({layer_type(module).__name__}): {value:.6g} becomes **{became:.6g}**.")
    return sentences or ["The next layer reads this value unchanged."]


def _is_pointwise(module: nn.Module) -> bool:
    activation = layer_type(module).__module__ == "torch.nn.modules.activation" and not isinstance(module, MIXING)
    return activation or isinstance(module, (nn.Dropout, nn.Dropout2d, nn.Identity))


def _operation_sentence(graph: Graph, node: Node) -> str:
    others = [start for start, end in graph.edges if end == node.id]
    if node.kind == "add" and len(others) > 1:
        return f"**{node.id}** adds it to the output of the other branch: its inputs are {' and '.join(others)}."
    return f"**{node.id}** ({node.kind}), an operation in the model's forward method, reads it."


def _batch_norm_sentence(norm: nn.BatchNorm2d, channel: int, value: float, found: Tensor) -> str:
    after = found.item()
    plain = f"**Batch norm**: {value:.6g} becomes **{after:.6g}**."
    if norm.running_mean is None or norm.running_var is None:
        return plain
    mean, variance = float(norm.running_mean[channel]), float(norm.running_var[channel])
    gain, shift = (1.0, 0.0) if not norm.affine else (norm.weight[channel].item(), norm.bias[channel].item())
    scale = gain / (variance + norm.eps) ** 0.5
    if not is_rounding(found, (value - mean) * scale + shift, (abs(value) + abs(mean)) * abs(scale) + abs(shift), 8):
        return plain  # a class of its own, which computes something else
    return (
        f"**Batch norm**: ({_term(value)} − {_term(mean)}) / √({variance:.6g} + {norm.eps:g}) · {_term(gain)} + "
        f"{_term(shift)} = **{after:.6g}**, using this channel's running mean and variance."
    )


def _pooling_sentence(
    pool: Pool, entering: Tensor, outputs: tuple[int, ...], channel: int, row: int, column: int
) -> str:
    height, width = entering.shape[1:]
    sides = _pair(pool.kernel_size)
    stride, padding = _pair(pool.stride), _pair(pool.padding)
    # the last window that starts at or before the value
    place_row = min((row + padding[0]) // stride[0], outputs[0] - 1)
    place_column = min((column + padding[1]) // stride[1], outputs[1] - 1)
    try:
        window = pooling_window(pool, entering, channel, place_row, place_column)
    except ExplorerError as error:  # a class of its own, which computes something else
        return f"**Pooling**: {error}"
    if row not in window.rows or column not in window.columns:
        return f"**Pooling** skips this value: no {sides[0]}x{sides[1]} window covers it in the {height}x{width} input."
    values = np.asarray(window.values).ravel()
    written = [f"{value:.6g}" for value in values if np.isfinite(value)]
    numbers = ", ".join(written) if len(written) <= MOST_NUMBERS else f"{len(written)} values"
    kind = "maximum" if isinstance(pool, nn.MaxPool2d) else "mean"
    return f"**Pooling** takes the {kind} of its {sides[0]}x{sides[1]} window, {numbers}: **{window.value:.6g}**."


def _pair(setting: int | tuple[int, ...]) -> tuple[int, int]:
    return (setting, setting) if isinstance(setting, int) else (setting[0], setting[-1])


def _term(value: float) -> str:
    """A number in a formula, in brackets if it is negative."""
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"
