"""What every data set is turned into: three pairs of tensors that are ready to index."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

import numpy as np
import pandas as pd
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

Architecture = Literal[
    "one-to-one", "one-to-many", "many-to-one", "many-to-many in step", "many-to-many encoder-decoder"
]
Objective = Literal["class", "value", "classes", "values"]  # one answer an example, or one at every time step


class Pair(NamedTuple):
    """Examples and what they should give."""

    inputs: Tensor  # of pictures: (example, channel, row, column), float32, normalised
    targets: Tensor  # of pictures: (example,), int64 class indices


class ShapeFacts(BaseModel):
    """What a network has to know of its data; a run keeps it as ``data.json``."""

    model_config = ConfigDict(frozen=True)

    input_shape: tuple[int, ...]  # of one input, without the batch
    class_names: tuple[str, ...]  # or what the numbers of an answer are called
    architecture: Architecture = "one-to-one"
    objective: Objective = "class"
    vocabulary_size: int = 0  # 0: the inputs are numbers
    source_length: int = 0  # of an encoder-decoder
    autoregressive: bool = False  # the inputs hold earlier answers
    mean: tuple[float, ...] = ()  # of pictures: of the training pixels in 0…1, one value a channel
    deviation: tuple[float, ...] = ()

    def shape_facts(self) -> "ShapeFacts":
        """Itself: a network is built from a data set or from what was kept of it."""
        return self


class Shaped(Protocol):
    """Whatever can tell a network what it has to know."""

    def shape_facts(self) -> ShapeFacts:
        """What a network has to know of the data."""


@dataclass(frozen=True)
class Splits:
    """Training, validation and test examples of one data set, with what is needed to read and to draw them.

    ``mean`` and ``deviation`` (one value a channel) are those of the training pixels in 0…1: an input is
    ``(pixel - mean) / deviation``.
    """

    name: str
    train: Pair
    validation: Pair
    test: Pair
    class_names: tuple[str, ...]
    mean: Tensor  # (channel,)
    deviation: Tensor  # (channel,)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch: (channel, row, column)."""
        return tuple(self.train.inputs.shape[1:])

    @property
    def objective(self) -> Objective:
        """What is asked for: one class an example."""
        return "class"

    def lengths_of(self, name: str) -> None:
        """Pictures have no padding."""

    def shape_facts(self) -> ShapeFacts:
        """What a network has to know of this data."""
        return ShapeFacts(
            input_shape=self.input_shape,
            class_names=self.class_names,
            mean=tuple(self.mean.tolist()),
            deviation=tuple(self.deviation.tolist()),
        )

    def split(self, name: str) -> Pair:
        """The pair called "train", "validation" or "test"."""
        pairs: dict[str, Pair] = {"train": self.train, "validation": self.validation, "test": self.test}
        return pairs[name]

    def pictures(self, inputs: Tensor) -> np.ndarray:
        """Inputs (example, channel, row, column) as the pictures they are: uint8 (example, row, column, channel)."""
        pixels = inputs.detach().cpu() * self.deviation.view(-1, 1, 1) + self.mean.view(-1, 1, 1)
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
