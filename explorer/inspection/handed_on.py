"""What a recurrent layer hands on to the rest of its network, and the gradients that come back for it."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from explorer.errors import ExplorerError
from explorer.inspection.activations import undisturbed
from explorer.inspection.hooks import hooked
from explorer.inspection.readings import Inputs, call
from explorer.inspection.sequences import Sequences


def checked_loss(value: Any) -> Tensor:
    """A loss as it must be.

    Raises:
        ExplorerError: where it is not one number, or not computed from the output.
    """
    if isinstance(value, Tensor) and value.numel() == 1 and value.requires_grad:
        return value
    found = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
    raise ExplorerError(f"The loss must be a tensor with one number, computed from the output, not {found}.")


def gradients_handed_back(
    model: nn.Module,
    inputs: Inputs,
    lengths: Sequence[int] | Tensor | None,
    layer: nn.RNNBase,
    sequences: Sequences,
    loss: Callable[[Any], Tensor],
) -> tuple[float, Tensor, tuple[Tensor, ...]]:
    """The loss of a network's answer, and its gradients with respect to what one recurrent layer hands on.

    Args:
        model: the network; it runs once, in eval mode.
        inputs: of the network.
        lengths: of a padded batch, for the network's argument of this name.
        layer: the recurrent layer, which the network calls once.
        sequences: what the layer reads.
        loss: a function of the network's answer that gives one number.

    Returns:
        The loss; the gradient of the layer's output, (time, batch, direction·unit), 0 in the padding; and those of its
        last states, (layer·direction, batch, unit) each.

    Raises:
        ExplorerError: for a loss that is not one number, and a layer that is called several times.
    """
    handed: list[tuple[Tensor, ...]] = []  # the output or the data of a packed one, and the last states
    packed: list[PackedSequence] = []

    def after(_name: str, output: Any) -> Any:
        if handed:
            raise ExplorerError(
                "This network calls its recurrent layer step by step; give gradients_through_time the layer itself, "
                "with all that it reads."
            )
        values, state = output
        if isinstance(values, PackedSequence):
            packed.append(values)
            values = values.data
        several = isinstance(state, tuple)
        leaves = [part.detach().clone().requires_grad_() for part in (values, *(state if several else (state,)))]
        handed.append(tuple(leaves))
        own, *states = (leaf.clone() for leaf in leaves)  # the network may write into them
        return (PackedSequence(own, *packed[0][1:]) if packed else own), (tuple(states) if several else states[0])

    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.backends.cudnn.flags(enabled=False),  # it has no backward pass in eval mode
        hooked({"": layer}, after=after),
        undisturbed(model),
    ):
        value = checked_loss(loss(call(model, inputs, lengths)))
        found = torch.autograd.grad(value.sum(), handed[0], allow_unused=True, materialize_grads=True)
    output, *states = found
    if packed:
        output = pad_packed_sequence(PackedSequence(output, *packed[0][1:]))[0]
    elif sequences.batched and layer.batch_first:
        output = output.transpose(0, 1)
    batched = sequences.batched or bool(packed)
    if not batched:
        output, states = output.unsqueeze(1), [state.unsqueeze(1) for state in states]
    return float(value.detach()), output, tuple(states)
