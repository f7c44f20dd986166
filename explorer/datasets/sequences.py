"""Sequences: training, validation and test sequences as tensors, and the kind of answer they have."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from explorer.datasets.splits import Architecture, Objective, Pair, ShapeFacts

IGNORE_INDEX = -100  # a class target that loss and accuracy ignore; PyTorch's default


class Lengths(NamedTuple):
    """The real time steps of each example, (example,) int64; the rest is padding at the end."""

    train: Tensor
    validation: Tensor
    test: Tensor


@dataclass(frozen=True)
class Sequences:
    """Training, validation and test sequences of one data set.

    Inputs are tokens, (example, time) int64 indices of ``vocabulary``, or numbers, (example, time, feature) float32,
    each feature named in ``feature_names``. What the targets are depends on ``objective``:

    - "class": one class an example, targets (example,) int64;
    - "value": numbers for an example, targets (example, k) float32;
    - "classes": a class at every step, targets (example, time) int64;
    - "values": numbers at every step, targets (example, time, k) float32.

    A class target of -100 is ignored. ``class_names`` are the classes, or the names of the k numbers.

    For the encoder-decoder, inputs are the tokens of the source, ``source_length`` of them, then a start symbol and
    the target without its last token (teacher forcing); targets are the target's tokens, and ``lengths`` count the
    real tokens of the source, whose padding stands at its own end.

    ``autoregressive`` says whether the inputs hold earlier answers, so that reading ahead would give the next away.
    ``baseline`` is the loss of the simple prediction ``baseline_name``, in ``unit``.

    Of a series: one of its values is ``input · std + mean`` of the first feature, and ``time_labels`` name its rows.
    ``other_scales`` are the standard deviation and the mean of each further feature.
    ``notes`` are sentences about what was changed or left out when a person's own file was read.
    """

    name: str
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
    std: float = 1.0
    time_labels: tuple[str, ...] = ()
    other_scales: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of the loss: nats of the cross-entropy, or the squared error."""
        return self.objective.loss_unit

    @property
    def is_encoder_decoder(self) -> bool:
        """True if the network reads a source before it writes a target."""
        return self.source_length > 0

    @property
    def is_series(self) -> bool:
        """True if the values are those of a time series."""
        return bool(self.time_labels)

    def in_unit(self, values: np.ndarray) -> np.ndarray:
        """Normalised values in the unit of the series; unchanged for other data."""
        return values * self.std + self.mean if self.is_series else values

    def scale_of(self, feature: int) -> tuple[float, float]:
        """The standard deviation and the mean that a feature was normalised with; 1 and 0 for other data."""
        return ((self.std, self.mean), *self.other_scales)[feature] if self.is_series else (1.0, 0.0)

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
        """The facts that a network needs about this data."""
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
        """The answers in each split (columns ``train``, ``validation``, ``test``).

        For classes, how often each is the answer (rows); for numbers, the examples and the answers' mean and deviation.
        """
        splits = ("train", "validation", "test")
        if self.objective.is_classification:
            counts = {name: _counts(self.split(name).targets, len(self.class_names)) for name in splits}
            return pd.DataFrame(counts, index=pd.Index(self.class_names, name="class"))
        facts = {name: _facts(self.split(name).targets) for name in splits}
        return pd.DataFrame(facts, index=pd.Index(["examples", "mean", "standard deviation"], name="answers"))

    def to(self, device: torch.device | str) -> "Sequences":
        """The same sequences with the examples on a device; the lengths stay on the CPU, where packing wants them."""
        train, validation, test = (
            Pair(pair.inputs.to(device), pair.targets.to(device)) for pair in (self.train, self.validation, self.test)
        )
        return replace(self, train=train, validation=validation, test=test)


def _counts(targets: Tensor, classes: int) -> list[int]:
    asked = targets[targets != IGNORE_INDEX].cpu()
    return [int(count) for count in torch.bincount(asked, minlength=classes)]


def _facts(targets: Tensor) -> list[float]:
    return [float(len(targets)), targets.mean().item(), targets.std().item()]
