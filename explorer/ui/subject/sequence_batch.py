"""A batch of sequences of a split: their inputs, their targets, and the states of a layer."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.datasets.sequences import IGNORE_INDEX
from explorer.inspection import Trace, trace
from explorer.ui.address.settings import SPLIT
from explorer.ui.cache import Identified, kept
from explorer.ui.subject.sequence import SequenceSubject, network_at

ENOUGH = 6400  # time steps; more change little and take longer


@dataclass(frozen=True, eq=False)
class SequenceBatch(Identified):
    """Sequences of a split, as the module that the views show reads them."""

    inputs: Tensor  # (sequence, time) tokens or (sequence, time, feature)
    targets: Tensor  # of the task
    valid: Tensor  # (sequence, time): False in the padding
    split: str

    def __str__(self) -> str:
        """The size of the batch, in words."""
        return f"{int(self.valid.sum()):,} time steps of {len(self.inputs):,} sequences of the {self.split} split"


def choose_batch(subject: SequenceSubject) -> SequenceBatch:
    """The first sequences of the chosen split, enough for a fixed number of time steps."""
    name = SPLIT.get()
    pair, lengths, source = subject.splits.split(name), subject.splits.lengths_of(name), subject.splits.source_length
    inputs = pair.inputs[:, source:] if subject.decoder else pair.inputs[:, :source] if source else pair.inputs
    count = max(8, ENOUGH // inputs.shape[1])
    inputs, targets = inputs[:count], pair.targets[:count]
    valid = torch.ones(inputs.shape[:2], dtype=torch.bool)
    if subject.decoder:
        valid = targets != IGNORE_INDEX
    elif lengths is not None:
        valid = torch.arange(inputs.shape[1]) < lengths[:count, None]
    return SequenceBatch(inputs, targets, valid, name)


def trace_batch(subject: SequenceSubject, step: int, chosen: SequenceBatch) -> Trace:
    """Every state and gate of this module for these sequences, at a recorded training step."""
    count = len(chosen.inputs)
    lengths = subject.splits.lengths_of(chosen.split)
    lengths = None if lengths is None else lengths[:count]
    inputs = subject.splits.split(chosen.split).inputs[:count]
    with network_at(subject.run, step) as model, torch.no_grad():
        part = model.part(inputs, lengths=lengths, decoder=subject.decoder)
        return trace(part.module, part.inputs, part.initial, chosen.valid.sum(1) if subject.decoder else lengths)


def values_of(subject: SequenceSubject, quantity: str) -> np.ndarray:
    """A state or gate of the chosen layer over several sequences, without the padding: (time step, unit)."""
    return _values(subject.without_sequence(), choose_batch(subject), quantity)


@kept(8)
def _values(subject: SequenceSubject, batch: SequenceBatch, quantity: str) -> np.ndarray:
    found = trace_batch(subject, subject.step, batch).layers[subject.layer].quantities[quantity]
    return np.asarray(found[batch.valid].numpy())
