"""Backpropagation through time: the gradient of a loss at every state and gate of every step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from explorer.in_html import Columns, table
from explorer.inspection.activations import keep_freed_memory, undisturbed
from explorer.inspection.cells import RecurrentLayer
from explorer.inspection.cells.through_time import last_step
from explorer.inspection.handed_on import checked_loss, gradients_handed_back
from explorer.inspection.layers import original
from explorer.inspection.readings import Inputs, only_reading
from explorer.inspection.recurrent import Pass, as_layer, forward_passes, state_before
from explorer.inspection.sequences import Sequences, State, read_sequences


@dataclass(frozen=True, eq=False)
class GradientTrace:
    """The gradient of a loss at every time step; 0 in the padding."""

    loss: float
    layers: tuple[RecurrentLayer, ...]  # layer 0 forward, layer 0 reverse, layer 1 forward, …
    lengths: Tensor | None = None  # (batch); None if no example is padded

    def _repr_html_(self) -> str:
        return table(map(_columns, self.layers), f"Loss {self.loss:.4g}; norms of its gradient at the hidden states")


def gradients_through_time(
    model: nn.Module,
    inputs: Inputs,
    loss: Callable[[Tensor], Tensor],
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
    module: str | None = None,
) -> GradientTrace:
    """The gradient of a loss with respect to every hidden state, cell state and gate pre-activation, as in eval mode.

    The gradients are total: dL/dh_t includes the effect of h_t at step t and through every later step. Autograd gives
    the loss's gradient at the module's output; from there backpropagation through time runs over the traced gates, not
    over PyTorch's recorded graph: the fused kernels hide it, it costs far more, and cuDNN has none in eval mode. No
    parameter's ``grad`` is touched.

    Args:
        model: an nn.RNN, nn.LSTM or nn.GRU, of any number of layers and directions, or a network around some.
        inputs: of the model; see ``trace``.
        loss: a function of the model's output that returns one number. Of a recurrent layer that is the output tensor,
            in the layer's layout; that of a packed sequence is padded.
        initial: the initial state of a recurrent layer, as it takes it; None is 0.
        lengths: the time steps of each example of a padded batch.
        module: of a network with several recurrent layers, the name of one.

    Raises:
        ExplorerError: as ``trace`` does, and for a loss that is not one number or does not depend on the output, and
            a network that calls its recurrent layer step by step.
    """
    keep_freed_memory()
    model = original(model)
    reading = only_reading(model, inputs, initial, lengths, module)
    recurrent = reading.module
    last: tuple[Tensor, ...] = ()
    with undisturbed(recurrent), torch.no_grad():
        sequences = read_sequences(recurrent, reading.inputs, reading.initial, reading.lengths)
        if recurrent is not model:
            value, gradient, last = gradients_handed_back(model, inputs, lengths, recurrent, sequences, loss)
        with torch.inference_mode():  # no version counters: a step costs more to start than to compute
            by_layer = forward_passes(recurrent, sequences)
            if recurrent is model:
                output = torch.cat([one.found["hidden"] for one in by_layer[-1]], -1)
                value, gradient = _loss_and_gradient(loss, sequences, output)
            totals = _totals(sequences, by_layer, gradient, last)
        layers = [_handed_out(sequences, one, total) for one, total in totals]
    return GradientTrace(value, tuple(layers), sequences.lengths)


def _columns(one: RecurrentLayer) -> Columns:
    norms = one.hidden.flatten(2).norm(dim=2).mean(0)  # (time), the mean over the batch
    ends = {"first time step": float(norms[0]), "last time step": float(norms[-1])}
    return {"layer": one.layer, "direction": one.direction, **ends}


def _loss_and_gradient(loss: Callable[[Tensor], Tensor], sequences: Sequences, output: Tensor) -> tuple[float, Tensor]:
    """The loss for an output (time, batch, direction·unit), and its gradient with respect to it."""
    with torch.inference_mode(False), torch.enable_grad():
        output = output.clone().requires_grad_()
        value = checked_loss(loss(sequences.as_output(output).clone()))  # a loss may write into its argument
        (gradient,) = torch.autograd.grad(value.sum(), output, allow_unused=True, materialize_grads=True)
    return float(value.detach()), gradient


def gradients_of_last_state(
    recurrent_module: nn.RNNBase, inputs: Tensor, gradient: State, initial: State | None = None
) -> tuple[RecurrentLayer, ...]:
    """The gradient of a loss that depends on the module's last state alone, as an encoder's does.

    Args:
        recurrent_module: as of :func:`gradients_through_time`.
        inputs: of the module, without padding.
        gradient: of the loss with respect to the last state, in its layout: (layer·direction, batch, unit).
        initial: the initial state; None is 0.

    Returns:
        Layer 0 forward, layer 0 reverse, layer 1 forward, …

    Raises:
        ExplorerError: as ``trace`` does.
    """
    recurrent_module = original(recurrent_module)
    keep_freed_memory()
    with undisturbed(recurrent_module), torch.no_grad():
        sequences = read_sequences(recurrent_module, inputs, initial, None)
        with torch.inference_mode():
            by_layer = forward_passes(recurrent_module, sequences)
            nothing = torch.cat([torch.zeros_like(one.found["hidden"]) for one in by_layer[-1]], -1)
            totals = _totals(sequences, by_layer, nothing, gradient if isinstance(gradient, tuple) else (gradient,))
        return tuple(_handed_out(sequences, one, total) for one, total in totals)


def gradient_at_start(
    recurrent_module: nn.RNNBase, inputs: Tensor, loss: Callable[[Tensor], Tensor], initial: State
) -> State:
    """The gradient of a loss with respect to the module's initial state, in its layout, as in eval mode.

    Args:
        recurrent_module: as of :func:`gradients_through_time`.
        inputs: of the module.
        loss: a function of the module's output that returns one number.
        initial: the initial state.
    """
    given = (initial,) if isinstance(initial, Tensor) else initial
    starts = tuple(state.detach().clone().requires_grad_() for state in given)
    with undisturbed(recurrent_module), torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        output = recurrent_module(inputs, starts[0] if len(starts) == 1 else starts)[0]
        found = torch.autograd.grad(loss(output), starts, allow_unused=True, materialize_grads=True)
    return found[0] if len(found) == 1 else (found[0], found[1])


def _totals(
    sequences: Sequences, by_layer: list[list[Pass]], gradient: Tensor, last: tuple[Tensor, ...] = ()
) -> list[tuple[Pass, dict[str, Tensor]]]:
    """Every layer and direction with its total gradients, the first layer first.

    Args:
        sequences: the inputs.
        by_layer: the forward passes.
        gradient: with respect to the output, (time, batch, direction·unit).
        last: with respect to the last state, (layer·direction, batch, unit) each; () for none.
    """
    found: list[tuple[Pass, dict[str, Tensor]]] = []
    for passes in reversed(by_layer):
        parts = sequences.without_padding(gradient).chunk(len(passes), -1)
        rows = range(passes[0].layer * len(passes), (passes[0].layer + 1) * len(passes))
        totals = [
            _backward(sequences, one, part, tuple(state[row] for state in last))
            for one, part, row in zip(passes, parts, rows, strict=True)
        ]
        found[:0] = zip(passes, totals, strict=True)
        if passes[0].layer > 0:
            gradient = torch.stack([_at_inputs(one, total) for one, total in zip(passes, totals, strict=True)]).sum(0)
    return found


def _backward(sequences: Sequences, one: Pass, direct: Tensor, last: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """The total gradients of a layer and direction, from those through its output and through its last state."""
    before = partial(state_before, sequences, one)
    hidden, *cell = (_at_last_step(sequences, one, gradient) for gradient in last or (None,))
    direct = direct if hidden is None else direct + hidden
    return one.cell.backward(one.found, before, one.weights, direct, one.direction, *cell)


def _at_last_step(sequences: Sequences, one: Pass, gradient: Tensor | None) -> Tensor | None:
    """A gradient (batch, unit) at the step that runs last in each example, as (time, batch, unit), 0 elsewhere."""
    if gradient is None:
        return None
    steps = len(sequences.inputs)
    placed = gradient.new_zeros(steps, *gradient.shape)
    if one.direction == "reverse" or sequences.lengths is None:
        placed[last_step(one.direction)] = gradient
    else:
        placed[sequences.lengths - 1, torch.arange(len(gradient))] = gradient
    return placed


def _at_inputs(one: Pass, total: dict[str, Tensor]) -> Tensor:
    return torch.cat([total[gate.name] for gate in one.cell.gates], -1) @ one.weights.input  # (time, batch, feature)


def _handed_out(sequences: Sequences, one: Pass, total: dict[str, Tensor]) -> RecurrentLayer:
    """Copies made outside inference mode, which may be modified and used with autograd."""
    copies = {name: sequences.without_padding(values.clone()) for name, values in total.items()}
    return as_layer(one.cell, one.layer, one.direction, copies)
