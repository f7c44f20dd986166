"""What is left of one answer's gradient at each time step, on its way back.

Of an encoder-decoder the way leads through the decoder, the state that is handed over, and the encoder: on one axis the
encoder's steps come first, then the decoder's.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from explorer.inspection.gradient_shares import gradient_shares
from explorer.training.run import ReadableRun
from explorer.ui.cache import kept
from explorer.ui.subject.sequence import SequenceSubject


class Way(NamedTuple):
    """The way back through the selected layer, on the axis of the chart."""

    begins: int
    direction: str  # of the layer
    join: int = 0  # the encoder's steps, which come first; 0 where there is no encoder


def answering_part(subject: SequenceSubject) -> SequenceSubject:
    """The same with the part of the network that answers: of an encoder-decoder the decoder."""
    if not subject.is_encoder:
        return subject
    decoder = replace(subject, decoder=True)
    return replace(decoder, time=min(subject.time, len(decoder.ticks) - 1))


def encoder_steps(subject: SequenceSubject) -> int:
    """The steps of the encoder on the axis; 0 where there is none."""
    return subject.sequence.steps if subject.splits.is_encoder_decoder else 0


def ticks(subject: SequenceSubject) -> list[str]:
    """The input at each step of the axis."""
    if not subject.splits.is_encoder_decoder:
        return subject.ticks
    return [*replace(subject, decoder=False).ticks, *replace(subject, decoder=True).ticks]


def place(subject: SequenceSubject) -> int:
    """The selected time step on the axis."""
    return encoder_steps(subject) + subject.time if subject.decoder else subject.time


def way(subject: SequenceSubject, answering: int) -> Way:
    """The way back of an answer, for the part of the network that answers."""
    direction = subject.layers[subject.layer][1]
    at_the_start = direction == "reverse" and not subject.splits.objective.per_step
    join = encoder_steps(subject)
    return Way(0 if at_the_start else join + answering, direction, join)


def shares(subject: SequenceSubject, answering: int) -> dict[str, np.ndarray]:
    """What is left of an answer's gradient at each step of the axis, (time,) by the quantity's name.

    Args:
        subject: the part of the network that answers.
        answering: one of its ``answering_steps``.
    """
    return _shares(replace(subject, time=0, unit=0), answering)  # the same for every time step and unit


@kept(256)
def _shares(subject: SequenceSubject, answering: int) -> dict[str, np.ndarray]:
    found = subject.gradients(answering)
    if subject.splits.is_encoder_decoder:
        earlier = subject.gradients_in_encoder(answering)
        found = {name: np.concatenate([earlier[name], values]) for name, values in found.items()}
    begins, direction, _ = way(subject, answering)
    return {name: gradient_shares(values, begins, direction) for name, values in found.items()}


def at_nearest_step(subject: SequenceSubject, run: ReadableRun) -> SequenceSubject:
    """The same sequence and selection in another run, at its recorded step nearest to the chosen one.

    A layer or direction that the other network lacks becomes its nearest lower layer, read forwards.
    """
    step = min(run.steps, key=lambda recorded: abs(recorded - subject.step))
    other = replace(subject, run=run, step=step, steps=run.steps)
    layer, direction = subject.layers[subject.layer]
    ways = [place for place in other.layers if place == (layer, direction)]
    lower = [place for place in other.layers if place[0] <= layer and place[1] == "forward"]
    return replace(other, layer=other.layers.index((ways or lower)[-1]))
