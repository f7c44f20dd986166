"""Splits: training, validation and test examples as tensors that are ready to index."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, Protocol

import numpy as np
import pandas as pd
import torch
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from torch import Tensor

Architecture = Literal[
    "one-to-one", "one-to-many", "many-to-one", "many-to-many in step", "many-to-many encoder-decoder"
]

MOST_NAMES = 100_000

Size = Annotated[int, Field(ge=1, le=MOST_NAMES)]
Pixel = Annotated[float, Field(allow_inf_nan=False)]


class Objective(StrEnum):
    """The kind of answer: a class or numbers, one for an example or one at every time step."""

    CLASS = "class"
    NUMBERS = "value"
    CLASS_PER_STEP = "classes"
    NUMBERS_PER_STEP = "values"

    @property
    def is_classification(self) -> bool:
        """True if targets are classes, so that accuracy is defined."""
        return self in (Objective.CLASS, Objective.CLASS_PER_STEP)

    @property
    def per_step(self) -> bool:
        """True if there is a target at every time step."""
        return self in (Objective.CLASS_PER_STEP, Objective.NUMBERS_PER_STEP)

    @property
    def loss_unit(self) -> str:
        """The unit of the loss: nats of the cross-entropy, or the squared error."""
        return "nats" if self.is_classification else "squared error"


class Pair(NamedTuple):
    """Examples and their targets."""

    inputs: Tensor  # of pictures: (example, channel, row, column), float32, normalised
    targets: Tensor  # of pictures: (example,), int64 class indices


class ShapeFacts(BaseModel):
    """The facts that a network needs about its data; a run stores them as ``data.json``."""

    model_config = ConfigDict(frozen=True)

    input_shape: tuple[Size, ...] = Field(min_length=1, max_length=4)  # of one input, without the batch
    class_names: tuple[str, ...] = Field(min_length=1, max_length=MOST_NAMES)  # or of an answer's numbers
    architecture: Architecture = "one-to-one"
    objective: Objective = Objective.CLASS
    vocabulary_size: int = Field(default=0, ge=0, le=MOST_NAMES)  # 0: the inputs are numbers
    source_length: int = Field(default=0, ge=0, le=MOST_NAMES)  # of an encoder-decoder
    autoregressive: bool = False  # the inputs hold earlier answers
    mean: tuple[Pixel, ...] = ()  # of pictures: of the training pixels in 0…1, one value a channel
    std: tuple[Pixel, ...] = Field(default=(), validation_alias=AliasChoices("std", "deviation"))  # stored runs

    def shape_facts(self) -> "ShapeFacts":
        """These facts: a network is built from a data set or from its stored facts."""
        return self

    def unlike(self, other: "ShapeFacts") -> list[str]:
        """The facts a network depends on that differ from another data set's, by name; names of classes may differ."""
        depends = ("input_shape", "architecture", "objective", "vocabulary_size", "source_length", "autoregressive")
        differing = [name for name in depends if getattr(self, name) != getattr(other, name)]
        return differing + ["class_names"] * (len(self.class_names) != len(other.class_names))


class Shaped(Protocol):
    """Anything that has shape facts."""

    def shape_facts(self) -> ShapeFacts:
        """The facts that a network needs about the data."""


@dataclass(frozen=True)
class Splits:
    """Training, validation and test pictures of one data set, with the facts needed to read and to draw them.

    ``mean`` and ``std`` (one value per channel) are the mean and the standard deviation of the training pixels in 0…1:
    an input is ``(pixel - mean) / std``.
    """

    name: str
    train: Pair
    validation: Pair
    test: Pair
    class_names: tuple[str, ...]
    mean: Tensor  # (channel,)
    std: Tensor  # (channel,)
    left_out: tuple[tuple[str, str], ...] = ()  # the files of a person that could not be used, each with the reason
    notes: tuple[str, ...] = ()  # on how a person's folders were read

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch: (channel, row, column)."""
        return tuple(self.train.inputs.shape[1:])

    @property
    def objective(self) -> Objective:
        """One class per example."""
        return Objective.CLASS

    def lengths_of(self, name: str) -> None:
        """Pictures have no padding."""

    def shape_facts(self) -> ShapeFacts:
        """The facts that a network needs about this data."""
        return ShapeFacts(
            input_shape=self.input_shape,
            class_names=self.class_names,
            mean=tuple(self.mean.tolist()),
            std=tuple(self.std.tolist()),
        )

    def split(self, name: str) -> Pair:
        """The pair called "train", "validation" or "test"."""
        pairs: dict[str, Pair] = {"train": self.train, "validation": self.validation, "test": self.test}
        return pairs[name]

    def pictures(self, inputs: Tensor) -> np.ndarray:
        """Inputs (example, channel, row, column) as pictures: uint8 (example, row, column, channel)."""
        pixels = inputs.detach().cpu() * self.std.view(-1, 1, 1) + self.mean.view(-1, 1, 1)
        return (pixels.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()

    def describe(self) -> pd.DataFrame:
        """Examples of each class (rows) in each split (columns ``train``, ``validation``, ``test``)."""
        classes = len(self.class_names)
        counts = {
            name: torch.bincount(self.split(name).targets.cpu(), minlength=classes).numpy()
            for name in ("train", "validation", "test")
        }
        return pd.DataFrame(counts, index=pd.Index(self.class_names, name="class"))

    def to(self, device: torch.device | str) -> "Splits":
        """The same splits with the examples on a device."""
        train, validation, test = (
            Pair(pair.inputs.to(device), pair.targets.to(device)) for pair in (self.train, self.validation, self.test)
        )
        return replace(self, train=train, validation=validation, test=test)
