"""What a clamp does to the whole test split: mean loss, accuracy, and the share of answers that change."""

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.datasets.sequences import IGNORE_INDEX
from explorer.datasets.splits import Objective
from explorer.inspection import Clamp, clamped_trace
from explorer.training.objective import accuracy_of, loss_of
from explorer.ui.cache import kept
from explorer.ui.subject.sequence import SequenceSubject, network_at
from explorer.ui.views.sequence.outcome import last_state


@dataclass(frozen=True)
class OverSplit:
    """The test split without and with a clamp."""

    sequences: int
    loss: tuple[float, float]
    accuracy: tuple[float, float]  # NaN for numbers
    changed: float  # the share of asked answers that change; NaN for numbers


def over_the_test_split(subject: SequenceSubject, clamp: Clamp) -> OverSplit:
    """Measure a clamp on every sequence of the test split; kept for all visitors."""
    return _measured(subject.without_sequence(), clamp)


@kept(128, spinner="Clamping over the test split …")
def _measured(subject: SequenceSubject, clamp: Clamp) -> OverSplit:
    splits = subject.splits
    targets = splits.test.targets
    before, after = _answers(subject, []), _answers(subject, [clamp])
    losses = [float(loss_of(answers, targets, splits.objective)) for answers in (before, after)]
    shares = [float(accuracy_of(answers, targets, splits.objective)) for answers in (before, after)]
    changed = float("nan")
    if splits.objective.is_classification:
        moved = before.argmax(-1) != after.argmax(-1)
        asked = targets != IGNORE_INDEX if splits.objective is Objective.CLASS_PER_STEP else torch.ones_like(moved)
        changed = float(moved[asked.bool()].float().mean())
    return OverSplit(len(targets), (losses[0], losses[1]), (shares[0], shares[1]), changed)


@torch.no_grad()
def _answers(subject: SequenceSubject, clamps: list[Clamp]) -> Tensor:
    """The answers to the test split, (sequence, k) or (sequence, time, k)."""
    lengths = subject.splits.lengths_of("test")
    with network_at(subject.run, subject.step) as model:
        part = model.part(subject.splits.test.inputs, lengths=lengths, decoder=subject.decoder)
        own = None if subject.decoder else lengths  # the lengths are those of the source
        found = clamped_trace(part.module, part.inputs, clamps, part.initial, own)
        if part.decode:
            return part.decode(last_state(found))
        return part.answer(found.output, own)
