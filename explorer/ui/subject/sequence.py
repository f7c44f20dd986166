"""The subject of views of sequences: one run at one step, one sequence, and the selection in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.config import RunConfig
from explorer.datasets.sequences import IGNORE_INDEX, Sequences
from explorer.datasets.splits import Objective
from explorer.errors import ExplorerError
from explorer.figures.input_strip import InputStrip
from explorer.inspection import Trace, gradients_through_time, trace
from explorer.inspection.cells.fused import DIRECTIONS
from explorer.inspection.gradients import gradient_at_start, gradients_of_last_state
from explorer.models.generation import decode
from explorer.models.part import Part
from explorer.models.recurrent import EncoderDecoder, SequenceNetwork
from explorer.training.objective import loss_of
from explorer.training.run import ReadableRun
from explorer.ui.cache import Identified, kept, model_at, sequences_of

VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}


@dataclass(frozen=True)
class Sequence(Identified):
    """One sequence as a batch of one."""

    inputs: Tensor  # (1, time) tokens or (1, time, feature)
    target: Tensor | None  # None for a typed sequence without a known target
    steps: int  # real time steps; for an encoder-decoder, of the source
    note: str = ""  # on a typed or edited sequence: why its target is unknown, or what the answer is compared with
    split: str = "test"  # the split it comes from, unless it was typed
    example: int = 0


@dataclass(frozen=True)
class SequenceSubject(Identified):
    """A run at one of its snapshots, one sequence, and the selected layer, time step and unit."""

    run: ReadableRun
    step: int
    steps: list[int] = field(compare=False)  # more come while it trains
    splits: Sequences = field(compare=False)  # follow from the run
    sequence: Sequence
    decoder: bool = False  # of an encoder-decoder: whether the views show the decoder
    layer: int = 0  # among layers and directions: layer 0 forward, layer 0 reverse, layer 1 forward …
    time: int = 0
    unit: int = 0

    @property
    def config(self) -> RunConfig:
        """The configuration of the run."""
        return self.run.config

    @property
    def layers(self) -> list[tuple[int, str]]:
        """Each layer and direction of the recurrent module, in PyTorch's order."""
        model: Any = self.config.model  # recurrent: what the pages offer
        directions = DIRECTIONS[: 1 + model.bidirectional]
        return [(layer, direction) for layer in range(model.layers) for direction in directions]

    @property
    def is_encoder(self) -> bool:
        """True if the views show an encoder, which gives no answers."""
        return self.splits.is_encoder_decoder and not self.decoder

    def at(self, step: int) -> "SequenceSubject":
        """The same subject at another step."""
        return replace(self, step=step)

    def written(self) -> list[int]:
        """The tokens that an encoder-decoder writes for this sequence without teacher forcing."""
        return _written(self.run, self.step, self.sequence)

    def without_sequence(self) -> "SequenceSubject":
        """The same network and layer with the first sequence, for results over many sequences."""
        first = Sequence(self.splits.test.inputs[:1], None, 1)
        return replace(self, sequence=first, time=0, unit=0)

    @contextmanager
    def part(self) -> Iterator[Part]:
        """The recurrent module that the views show, with its inputs."""
        with network_at(self.run, self.step) as model:
            yield model.part(self.sequence.inputs, self.sequence.steps, decoder=self.decoder)

    def trace(self) -> Trace:
        """Every state and gate of this module for this sequence."""
        with self.part() as part:
            return trace(part.module, part.inputs, part.initial)

    def answer(self) -> np.ndarray:
        """The network's answer: (k,) or (time, k)."""
        with self.part() as part, torch.no_grad():
            return np.asarray(part.answer(trace(part.module, part.inputs, part.initial).output)[0].numpy())

    @property
    def answering_steps(self) -> list[int]:
        """The time steps of this module at which an answer has a target; of a task that answers once, the last one.

        Empty without a target, and in an encoder, which gives no answers.
        """
        target, count = self.sequence.target, len(self.ticks)
        if target is None or self.is_encoder:
            return []
        if not self.splits.objective.per_step:
            return [count - 1]
        if self.splits.objective is Objective.CLASS_PER_STEP:
            return [step for step, label in enumerate(target[0, :count].tolist()) if label != IGNORE_INDEX]
        return list(range(min(count, target.shape[1])))

    def gradients(self, answering: int) -> dict[str, np.ndarray]:
        """The gradient of the loss of one answer, for the selected layer: (time, unit) by the quantity's name.

        Args:
            answering: one of ``answering_steps``.
        """
        with self.part() as part:
            found = gradients_through_time(
                part.module, part.inputs, lambda output: self.loss_at(part, output, answering), part.initial
            )
        return {name: values[0].numpy() for name, values in found.layers[self.layer].quantities.items()}

    def gradients_in_encoder(self, answering: int) -> dict[str, np.ndarray]:
        """The same in the encoder, for the loss of an answer of the decoder: it arrives through the state handed over.

        Args:
            answering: one of ``answering_steps`` of the decoder.
        """
        with network_at(self.run, self.step) as model:
            decoder = model.part(self.sequence.inputs, self.sequence.steps, decoder=True)
            encoder = model.part(self.sequence.inputs, self.sequence.steps)
            assert decoder.initial is not None
            handed_over = gradient_at_start(
                decoder.module, decoder.inputs, lambda output: self.loss_at(decoder, output, answering), decoder.initial
            )
            found = gradients_of_last_state(encoder.module, encoder.inputs, handed_over)
        return {name: values[0].numpy() for name, values in found[self.layer].quantities.items()}

    def loss_at(self, part: Part, output: Tensor, answering: int) -> Tensor:
        """The loss of the answer at one step, for an output of this module.

        Raises:
            ExplorerError: if the sequence has no target there.
        """
        if answering not in self.answering_steps:
            raise ExplorerError(
                f"No answer is asked for at step {answering} of this sequence, so it has no loss there."
            )
        answer, target = part.answer(output), self.sequence.target
        assert target is not None
        if self.splits.objective.per_step:
            here = slice(answering, answering + 1)
            answer, target = answer[:, here], target[:, here]
        return loss_of(answer, target, self.splits.objective)

    def loss_of_answer(self, answer: Tensor, sequence: Sequence) -> Tensor:
        """The loss of an answer (1, k) or (1, time, k) to a sequence.

        Raises:
            ExplorerError: if the target is unknown.
        """
        if sequence.target is None:
            raise ExplorerError(f"This sequence has no loss. {sequence.note}")
        per_step = self.splits.objective.per_step
        target = sequence.target[:, : answer.shape[1]] if per_step else sequence.target
        return loss_of(answer, target, self.splits.objective)

    @property
    def ticks(self) -> list[str]:
        """The input at each time step: the character, or the step's number."""
        inputs, source = self.sequence.inputs, self.splits.source_length
        read = inputs[0, source:] if self.decoder else inputs[0, : self.sequence.steps]
        if not self.splits.vocabulary:
            return [str(number) for number in range(len(read))]
        return [visible(self.splits.vocabulary[int(token)]) for token in read]

    @property
    def strip(self) -> InputStrip | None:
        """The numbers that are read at each time step, in the unit of a series; None for characters."""
        if self.splits.vocabulary:
            return None
        values = self.sequence.inputs[0].numpy().T
        scales = np.array([self.splits.scale_of(feature) for feature in range(len(values))])  # deviation and mean
        return InputStrip(values * scales[:, :1] + scales[:, 1:], self.splits.feature_names)

    @property
    def answered_ticks(self) -> list[str]:
        """The target class at each time step; empty if the task has none at each step."""
        if self.splits.objective is not Objective.CLASS_PER_STEP or self.sequence.target is None:
            return []
        target = self.sequence.target[0, : len(self.ticks)]
        return ["" if label < 0 else visible(self.splits.class_names[int(label)]) for label in target]


@contextmanager
def network_at(run: ReadableRun, step: int) -> Iterator[SequenceNetwork]:
    """The recurrent network of a run at a recorded step; one visitor at a time."""
    with model_at(run, step) as model:
        if not isinstance(model, SequenceNetwork):
            raise ExplorerError(f"{run.title} has no recurrent network; choose a run of an RNN, an LSTM or a GRU.")
        yield model


@kept(64)
def _written(run: ReadableRun, step: int, sequence: Sequence) -> list[int]:
    splits = sequences_of(run.config.dataset)
    start, length = int(sequence.inputs[0, splits.source_length]), splits.test.targets.shape[1]
    with model_at(run, step) as model:
        assert isinstance(model, EncoderDecoder)
        written: list[int] = decode(model, sequence.inputs[:, : sequence.steps], start, length)[0].tolist()
    return written


def visible(character: str) -> str:
    """A visible form of a character: blanks and line ends have their own signs."""
    return VISIBLE.get(character, character)
