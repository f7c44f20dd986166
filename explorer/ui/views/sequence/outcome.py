"""What a network makes of a sequence while some of its gates or units are held: states, answer and loss."""

from collections.abc import Sequence as List
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer.datasets.sequences import NOT_ASKED
from explorer.inspection import Clamp, Trace, clamped_trace
from explorer.models.recurrent import EncoderDecoder, State
from explorer.ui.cache import model_at
from explorer.ui.subject.sequence import Sequence, SequenceSubject, part_of


@dataclass(frozen=True, eq=False)
class Outcome:
    """One run of the network over one sequence."""

    hidden: np.ndarray  # (time, unit) of the layer that is looked at
    answer: np.ndarray  # (k,) or (time, k): logits or numbers
    target: np.ndarray | None  # (), (k,), (time,) with -100 where nothing is asked, or (time, k); None where not known
    loss: float | None
    running: np.ndarray | None  # (time, k): what is answered once, if it were answered after each step; one direction

    def losses(self) -> np.ndarray:
        """Of classes asked for at every step, each step's own loss in nats, (time,): NaN where nothing is asked."""
        assert self.target is not None
        each = functional.cross_entropy(
            torch.from_numpy(self.answer), torch.from_numpy(self.target), ignore_index=NOT_ASKED, reduction="none"
        )
        return np.where(self.target == NOT_ASKED, np.nan, each.numpy())


def outcome(subject: SequenceSubject, sequence: Sequence, clamps: List[Clamp]) -> Outcome:
    """Run the network over a sequence.

    Of an encoder-decoder the decoder follows, even where the encoder is looked at; it reads the right answer so far.

    Args:
        look: the network, and the layer that is looked at.
        sequence: what it reads.
        clamps: what is held in the module that is looked at.
    """
    with model_at(subject.run, subject.step) as model, torch.no_grad():
        part = part_of(model, subject.splits, sequence, decoder=subject.decoder)
        found = clamped_trace(part.module, part.inputs, clamps, part.initial)
        if isinstance(model, EncoderDecoder) and not subject.decoder:
            told = model.embedding(sequence.inputs[:, subject.splits.source_length :])
            answer: Tensor = model.readout(model.decoder(told, last_state(found))[0])
        else:
            answer = part.answer(found.output)
        once = part.answers_once and not part.module.bidirectional
        running = part.readout(found.output)[0].numpy() if once else None
    target = sequence.target
    if target is not None and subject.splits.objective in ("classes", "values"):
        target = target[:, : answer.shape[1]]
    return Outcome(
        found.layers[subject.layer].hidden[0].numpy(),
        answer[0].numpy(),
        None if target is None else target[0].numpy(),
        None if target is None else float(subject.loss_of_answer(answer, sequence)),
        running,
    )


def last_state(found: Trace) -> State:
    """The state after the last step, (layer, batch, unit), as a module of one direction hands it on."""
    states = [
        torch.stack([layer.quantities[name][:, -1] for layer in found.layers])
        for name in ("hidden", "cell")
        if name in found.layers[0].quantities
    ]
    return states[0] if len(states) == 1 else (states[0], states[1])
