"""The outcome of a network on a sequence with clamped gates or units: states, answer and loss."""

from collections.abc import Sequence as List
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from explorer.datasets.sequences import IGNORE_INDEX
from explorer.inspection import Clamp, Trace, clamped_trace
from explorer.models.part import State, last_real
from explorer.ui.subject.sequence import Sequence, SequenceSubject, network_at

NAMES = ("original", "changed")  # of the two runs over a sequence


@dataclass(frozen=True, eq=False)
class Outcome:
    """One run of the network over one sequence."""

    states: dict[str, np.ndarray]  # "hidden" and of an LSTM "cell": (time, unit) of the selected layer
    answer: np.ndarray  # (k,) or (time, k): logits or numbers
    target: np.ndarray | None  # (), (k,), (time,) with -100 where there is no target, or (time, k); None if unknown
    loss: float | None
    running: np.ndarray | None  # (time, k): an answer given once, read out after each step; one direction only

    def losses(self) -> np.ndarray:
        """The loss of each step in nats, (time,), for a class at every step; NaN where there is no target."""
        assert self.target is not None
        each = functional.cross_entropy(
            torch.from_numpy(self.answer), torch.from_numpy(self.target), ignore_index=IGNORE_INDEX, reduction="none"
        )
        return np.where(self.target == IGNORE_INDEX, np.nan, each.numpy())


def outcome(subject: SequenceSubject, sequence: Sequence, clamps: List[Clamp]) -> Outcome:
    """Run the network over a sequence.

    In an encoder-decoder the decoder follows, even if the views show the encoder; it reads the target so far.

    Args:
        subject: the network and the selected layer.
        sequence: its input.
        clamps: what is clamped in the module that the views show.
    """
    with network_at(subject.run, subject.step) as model, torch.no_grad():
        part = model.part(sequence.inputs, sequence.steps, decoder=subject.decoder)
        found = clamped_trace(part.module, part.inputs, clamps, part.initial)
        answer = part.decode(last_state(found)) if part.decode else part.answer(found.output)
        once = part.answers_once and not part.module.bidirectional
        running = part.readout(found.output)[0].numpy() if once else None
    quantities = found.layers[subject.layer].quantities
    target = sequence.target
    if target is not None and subject.splits.objective.per_step:
        target = target[:, : answer.shape[1]]
    return Outcome(
        {name: quantities[name][0].numpy() for name in ("hidden", "cell") if name in quantities},
        answer[0].numpy(),
        None if target is None else target[0].numpy(),
        None if target is None else float(subject.loss_of_answer(answer, sequence)),
        running,
    )


def last_state(found: Trace) -> State:
    """The state after each example's last real step, (layer, batch, unit), as a module of one direction hands it on."""
    states = [
        torch.stack([last_real(layer.quantities[name], found.lengths) for layer in found.layers])
        for name in ("hidden", "cell")
        if name in found.layers[0].quantities
    ]
    return states[0] if len(states) == 1 else (states[0], states[1])
