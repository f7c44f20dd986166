"""One result on a recurrent network in, one figure out, for a notebook: readable on a light and a dark ground."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from explorer.errors import ExplorerError
from explorer.figures import through_time
from explorer.figures.arrays import array, example_of
from explorer.figures.cells import cell_diagram
from explorer.figures.drawable import Step, Timed
from explorer.figures.gates import gate_heatmaps
from explorer.figures.ground import on_any_ground
from explorer.figures.states import state_heatmap

NO_GATES = ("hidden", "cell", "pre_activation")


def gates(trace: Timed, *, layer: int = 0, example: int = 0, tokens: Sequence[str] | None = None) -> go.Figure:
    """Every gate of a layer over time, a heatmap of all units for each.

    Args:
        trace: of a recurrent layer, or of a network with one.
        layer: its place in ``trace.layers``.
        example: of the batch.
        tokens: what is read at each time step, for the axis.

    Raises:
        ExplorerError: for a layer or example that does not exist, an RNN, which has no gates, and a trace of several
            recurrent layers.
    """
    found = {name: values for name, values in _of(trace, layer, example).items() if name not in NO_GATES}
    if not found:
        raise ExplorerError("This is a plain RNN, which has no gates; figures.states draws its states.")
    return on_any_ground(gate_heatmaps(found, _cut(tokens, found)))


def states(
    trace: Timed,
    *,
    state: Literal["hidden", "cell"] = "hidden",
    layer: int = 0,
    example: int = 0,
    tokens: Sequence[str] | None = None,
) -> go.Figure:
    """The hidden or cell state of all units of a layer over time.

    Args:
        trace: of a recurrent layer, or of a network with one.
        state: the cell state is an LSTM's alone.
        layer: its place in ``trace.layers``.
        example: of the batch.
        tokens: what is read at each time step, for the axis.

    Raises:
        ExplorerError: for a layer, example or state that does not exist, and a trace of several recurrent layers.
    """
    found = _of(trace, layer, example)
    if state not in found:
        raise ExplorerError(f"This layer has no {state!r}; choose one of {', '.join(map(repr, found))}.")
    units, steps = found[state].shape
    title = f"{state.capitalize()} state of {units} units over {steps} time steps"
    return on_any_ground(state_heatmap(found[state], title, _cut(tokens, found)))


def gradients_through_time(found: Timed, *, example: int = 0, tokens: Sequence[str] | None = None) -> go.Figure:
    """The norm of the loss's gradient at every hidden state, a line for each layer and direction, logarithmic.

    Args:
        found: what ``gradients_through_time`` gives.
        example: of the batch.
        tokens: what is read at each time step, for the axis.

    Raises:
        ExplorerError: for an example that does not exist.
    """
    hidden = [_of(found, place, example)["hidden"] for place in range(len(found.layers))]
    names = [f"layer {one.layer}, {one.direction}" for one in found.layers]
    lines = {name: np.linalg.norm(values, axis=0) for name, values in zip(names, hidden, strict=True)}
    ticks = _cut(tokens, {"hidden": hidden[0]})
    title = "‖∂L/∂h‖ at every time step"
    return on_any_ground(through_time.gradients_through_time(lines, title, y_title="norm of ∂L/∂h", ticks=ticks))


def cell(step: Step, *, reads: str = "") -> go.Figure:
    """The diagram of a cell as the lecture draws it, with the number on every wire.

    Args:
        step: what ``explorer.inspection.cell_step`` gives for one unit and time step.
        reads: what stands for the input in place of a number, such as the character that is read.
    """
    return on_any_ground(cell_diagram(step.kind, on_wires(step), step.time_step, step.unit, step.activation, reads))


def on_wires(step: Step) -> dict[str, float]:
    """The value on every wire of a cell's diagram; of an input with several numbers its norm."""
    before = {f"{name[0]}_before": value for name, value in step.before.items()}  # h_before, c_before
    read = array(step.inputs)
    return {**step.found, **before, "x": float(np.linalg.norm(read)) if read.size > 1 else float(read.item())}


def _of(trace: Timed, layer: int, example: int) -> dict[str, np.ndarray]:
    """The quantities (unit, time) of a layer for one example, without its padding."""
    modules: Mapping[str, Any] = getattr(trace, "modules", {})
    if len(modules) > 1:
        first = next(iter(modules))
        raise ExplorerError(
            f"This is the trace of {len(modules)} recurrent layers, {', '.join(modules)}; draw one: trace[{first!r}]."
        )
    if not 0 <= layer < len(trace.layers):
        raise ExplorerError(f"There is no layer {layer}: the trace has {len(trace.layers)}, counted from 0.")
    quantities = trace.layers[layer].quantities.items()
    found = {name: example_of(values, example, "this trace") for name, values in quantities}
    steps = None if trace.lengths is None else int(trace.lengths[example])
    return {name: values[:steps].T for name, values in found.items()}


def _cut(tokens: Sequence[str] | None, found: Mapping[str, np.ndarray]) -> list[str] | None:
    """The tokens of the time steps that are drawn."""
    if tokens is None:
        return None
    steps = next(iter(found.values())).shape[1]
    if len(tokens) < steps:
        raise ExplorerError(f"There are {len(tokens)} tokens for {steps} time steps; give one for each.")
    return [str(token) for token in tokens][:steps]
