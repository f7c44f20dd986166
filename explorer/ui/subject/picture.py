"""The subject of views of pictures: one network and one input, the probe."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from torch import Tensor, nn

from explorer.config import PretrainedModel, RunConfig
from explorer.datasets.splits import Splits
from explorer.inspection import Predictions, capture, predict
from explorer.training.run import ReadableRun
from explorer.ui.cache import Identified, kept, model_at

LARGE = 5_000_000  # parameters


@dataclass(frozen=True, kw_only=True)
class PictureSubject(ABC, Identified):
    """A network and the probe: one example of one split, or an uploaded picture.

    ``splits`` holds the pictures as the network reads them, after preprocessing.
    """

    splits: Splits = field(compare=False)  # follows from the network and its data
    split: str = "test"
    image: int = 0
    own: Tensor | None = None  # (1, channel, row, column), as the network reads it

    @abstractmethod
    def model(self) -> AbstractContextManager[nn.Module]:
        """The network; one visitor at a time, because inspection adds hooks to its layers."""

    @property
    @abstractmethod
    def network_name(self) -> str:
        """The network's name in a sentence: "step 1,200" or "ResNet-18"."""

    @property
    def where(self) -> str:
        """The network as a phrase: "in ResNet-18", or for a run "at step 1,200"."""
        return f"in {self.network_name}"

    @property
    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """The classes that the network distinguishes."""

    @property
    def inputs(self) -> Tensor:
        """The probe as a batch of one: (1, channel, row, column)."""
        return self.splits.split(self.split).inputs[self.image : self.image + 1] if self.own is None else self.own

    def without_probe(self) -> Self:
        """The same network with the first picture, for results that do not depend on the probe."""
        return replace(self, split="test", image=0, own=None)

    @property
    def is_large(self) -> bool:
        """True if one pass takes long enough that work of many passes waits for a button or takes fewer examples."""
        return _is_large(self.without_probe())

    @property
    def untrained(self) -> Self:
        """The same network and probe before training; itself if its training is unknown."""
        return self

    @property
    def knows_classes(self) -> bool:
        """True if the network predicts the classes of this data set; otherwise accuracy is undefined."""
        return self.splits.class_names == self.class_names

    @property
    def target(self) -> int | None:
        """The probe's class among the network's; None if it is unknown."""
        if self.own is not None or not self.knows_classes:
            return None
        return int(self.splits.split(self.split).targets[self.image])

    @property
    def label(self) -> str:
        """The name of the probe's class, or a phrase for an uploaded picture."""
        if self.own is not None:
            return "your picture"
        return self.splits.class_names[int(self.splits.split(self.split).targets[self.image])]

    @property
    def picture(self) -> np.ndarray:
        """The probe as the network sees it: uint8 (row, column, channel)."""
        return np.asarray(self.splits.pictures(self.inputs)[0])

    def activations(self) -> dict[str, np.ndarray]:
        """The output of every layer for the probe, without the batch: (channel, row, column) or (unit,)."""
        with self.model() as model:
            captured = capture(model, self.inputs)
        return {name: output[0].numpy() for name, output in captured.items()}

    def logits(self) -> Tensor:
        """The logits for the probe, (class,)."""
        with self.model() as model:
            return predict(model, self.inputs).logits[0]

    def predictions(self) -> Predictions:
        """The predictions on the whole split of the probe."""
        return _predictions(self.without_probe(), self.split)


@dataclass(frozen=True, kw_only=True)
class RunSubject(PictureSubject):
    """A run at one of its snapshots, and a probe."""

    run: ReadableRun
    step: int
    steps: list[int] = field(compare=False)  # more come while it trains

    @property
    def config(self) -> RunConfig:
        """The configuration of the run."""
        return self.run.config

    def model(self) -> AbstractContextManager[nn.Module]:
        """The network at the chosen step."""
        return model_at(self.run, self.step)

    def at(self, step: int) -> Self:
        """The same subject at another step."""
        return replace(self, step=step)

    @property
    def untrained(self) -> Self:
        """The same run at its first recorded step."""
        return self.at(self.steps[0])

    @property
    def has_frozen_features(self) -> bool:
        """True if only the last layer learns, so that the features are the same at every step."""
        return isinstance(self.config.model, PretrainedModel) and self.config.model.has_frozen_features

    @property
    def network_name(self) -> str:
        """The training step."""
        return f"step {self.step:,}"

    @property
    def where(self) -> str:
        """At the training step."""
        return f"at {self.network_name}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the run's data."""
        return self.splits.class_names


def enlarged(pixels: np.ndarray, side: int = 96) -> np.ndarray:
    """A small picture with every pixel as a square, so that the browser does not blur it."""
    factor = max(1, round(side / pixels.shape[0]))
    large = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    return large[:, :, 0] if large.shape[2] == 1 else large


@kept(64)
def _is_large(subject: PictureSubject) -> bool:
    with subject.model() as model:
        return sum(parameter.numel() for parameter in model.parameters()) > LARGE


@kept(32)
def _predictions(subject: PictureSubject, split: str) -> Predictions:
    with subject.model() as model:
        return predict(model, subject.splits.split(split).inputs)
