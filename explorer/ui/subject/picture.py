"""What all views of a page look at together: one network and one input."""

import hashlib
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import streamlit as st
from torch import Tensor, nn

from explorer.config import RunConfig
from explorer.datasets.splits import Splits
from explorer.inspection import Predictions, capture, predict
from explorer.training.run import Run
from explorer.ui.cache import model_at

MOST_LARGE_NETWORKS = 2  # of hundreds of megabytes each, for all visitors together


@dataclass(frozen=True, kw_only=True)
class PictureSubject(ABC):
    """A network and the probe: one example of one split, or a picture of the person's own.

    ``splits`` holds the pictures as the network reads them, after its own preprocessing.
    """

    splits: Splits
    split: str
    image: int
    own: Tensor | None = None  # (1, channel, row, column), as the network reads it

    @abstractmethod
    def model(self) -> AbstractContextManager[nn.Module]:
        """The network; one visitor at a time, because looking hangs hooks on its layers."""

    @property
    @abstractmethod
    def key(self) -> str:
        """What tells this network from every other, for caches."""

    @property
    @abstractmethod
    def network_name(self) -> str:
        """What the network is called in a sentence: "step 1,200" or "ResNet-18"."""

    @property
    def where(self) -> str:
        """Which network something holds for: "in ResNet-18", and of a run "at step 1,200"."""
        return f"in {self.network_name}"

    @property
    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """The classes that the network tells apart."""

    @property
    def inputs(self) -> Tensor:
        """The probe as a batch of one: (1, channel, row, column)."""
        return self.splits.split(self.split).inputs[self.image : self.image + 1] if self.own is None else self.own

    @property
    def probe_key(self) -> str:
        """What tells this probe from every other of the same data, for caches."""
        if self.own is None:
            return f"{self.split} {self.image}"
        return hashlib.sha256(self.own.numpy().tobytes()).hexdigest()

    @property
    def knows_classes(self) -> bool:
        """Whether the network tells apart the classes of this data set: else there is no right and wrong."""
        return self.splits.class_names == self.class_names

    @property
    def target(self) -> int | None:
        """The probe's class among the network's; None where it is not known."""
        if self.own is not None or not self.knows_classes:
            return None
        return int(self.splits.split(self.split).targets[self.image])

    @property
    def label(self) -> str:
        """What the probe shows, in the data set's words."""
        if self.own is not None:
            return "your own picture"
        return self.splits.class_names[int(self.splits.split(self.split).targets[self.image])]

    @property
    def picture(self) -> np.ndarray:
        """The probe as the network sees it: uint8 (row, column, channel)."""
        return np.asarray(self.splits.pictures(self.inputs)[0])

    def activations(self) -> dict[str, np.ndarray]:
        """Every observable layer's output for the probe, without the batch: (channel, row, column) or (unit,)."""
        with self.model() as model:
            captured = capture(model, self.inputs)
        return {name: output[0].numpy() for name, output in captured.items()}

    def logits(self) -> Tensor:
        """The network's answer to the probe: (class,)."""
        with self.model() as model:
            return predict(model, self.inputs).logits[0]

    def predictions(self) -> Predictions:
        """The network's answers on the whole split of the probe."""
        return _predictions(self.key, self.splits.name, self.split, self)


@dataclass(frozen=True, kw_only=True)
class RunSubject(PictureSubject):
    """A run at one of its snapshots."""

    run: Run
    config: RunConfig
    step: int
    steps: list[int]

    def model(self) -> AbstractContextManager[nn.Module]:
        """The network at the chosen step."""
        return model_at(self.run, self.step)

    def at(self, step: int) -> Self:
        """The same look at another step."""
        return replace(self, step=step)

    @property
    def key(self) -> str:
        """The run and the step."""
        return f"{self.run.path}@{self.step}"

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
        """The classes that the run learnt."""
        return self.splits.class_names


@st.cache_data(max_entries=32, show_spinner=False)
def _predictions(key: str, data: str, split: str, _look: PictureSubject) -> Predictions:
    with _look.model() as model:
        return predict(model, _look.splits.split(split).inputs)
