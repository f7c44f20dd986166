"""What every data set of sequences is turned into: three pairs of tensors, and what kind of answer they ask for."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor

from explorer.datasets.splits import Architecture, Objective, Pair, ShapeFacts

NOT_ASKED = -100  # a class target that loss and accuracy leave out; PyTorch's own default


class Lengths(NamedTuple):
    """The real time steps of each example, (example,) int64; the rest is padding at the end."""

    train: Tensor
    validation: Tensor
    test: Tensor


class SplitLosses(NamedTuple):
    """A loss on each split."""

    train: float
    validation: float
    test: float


@dataclass(frozen=True)
class Sequences:
    """Training, validation and test sequences of one data set.

    Inputs are tokens, (example, time) int64 indices of ``vocabulary``, or numbers, (example, time, feature) float32,
    each feature named in ``feature_names``. What is asked for depends on ``objective``:

    - "class": one class an example, targets (example,) int64;
    - "value": numbers for an example, targets (example, k) float32;
    - "classes": a class at every step, targets (example, time) int64;
    - "values": numbers at every step, targets (example, time, k) float32.

    A class target of -100 is not asked for. ``class_names`` are the classes, or what the k numbers are called.

    For the encoder-decoder, inputs are the tokens of the source, ``source_length`` of them, then a start symbol and
    the target without its last token (teacher forcing); targets are the target's tokens, and ``lengths`` count the
    real tokens of the source, whose padding stands at its own end.

    ``autoregressive`` says whether the inputs hold earlier answers, so that reading ahead would give the next away.
    ``baseline`` is the loss of the simple guess ``baseline_name``, in ``unit``.

    Of a series: one of its values is ``input · deviation + mean``, ``time_labels`` name its rows, and ``persistence``
    is the loss of saying the last value again.
    """

    name: str
    task: str
    architecture: Architecture
    objective: Objective
    train: Pair
    validation: Pair
    test: Pair
    class_names: tuple[str, ...]
    baseline: float
    baseline_name: str
    vocabulary: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    lengths: Lengths | None = None
    source_length: int = 0
    autoregressive: bool = False
    mean: float = 0.0
    deviation: float = 1.0
    time_labels: tuple[str, ...] = ()
    horizon: int = 0
    persistence: SplitLosses | None = None

    @property
    def unit(self) -> str:
        """What the loss is counted in: the cross-entropy's nats, or the squared error."""
        return "nats" if self.objective in ("class", "classes") else "squared error"

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch: (time,) of tokens or (time, feature)."""
        return tuple(self.train.inputs.shape[1:])

    def split(self, name: str) -> Pair:
        """The pair called "train", "validation" or "test"."""
        pairs: dict[str, Pair] = {"train": self.train, "validation": self.validation, "test": self.test}
        return pairs[name]

    def lengths_of(self, name: str) -> Tensor | None:
        """The real time steps of each example of a split; None where no example is padded."""
        return None if self.lengths is None else self.lengths._asdict()[name]

    def shape_facts(self) -> ShapeFacts:
        """What a network has to know of this data."""
        return ShapeFacts(
            input_shape=self.input_shape,
            class_names=self.class_names,
            architecture=self.architecture,
            objective=self.objective,
            vocabulary_size=len(self.vocabulary),
            source_length=self.source_length,
            autoregressive=self.autoregressive,
        )

    def describe(self) -> pd.DataFrame:
        """What is asked for in each split (columns ``train``, ``validation``, ``test``).

        For classes, how often each is the answer (rows); for numbers, the examples and the answers' mean and deviation.
        """
        splits = ("train", "validation", "test")
        if self.unit == "nats":
            counts = {name: _counts(self.split(name).targets, len(self.class_names)) for name in splits}
            return pd.DataFrame(counts, index=pd.Index(self.class_names, name="class"))
        facts = {name: _facts(self.split(name).targets) for name in splits}
        return pd.DataFrame(facts, index=pd.Index(["examples", "mean", "deviation"], name="answers"))

    def to(self, device: torch.device | str) -> "Sequences":
        """The same sequences with the examples on a device; the lengths stay on the CPU, where packing wants them."""
        train, validation, test = (
            Pair(pair.inputs.to(device), pair.targets.to(device)) for pair in (self.train, self.validation, self.test)
        )
        return replace(self, train=train, validation=validation, test=test)


def _counts(targets: Tensor, classes: int) -> list[int]:
    asked = targets[targets != NOT_ASKED].cpu()
    return [int(count) for count in torch.bincount(asked, minlength=classes)]


def _facts(targets: Tensor) -> list[float]:
    return [float(len(targets)), targets.mean().item(), targets.std().item()]
