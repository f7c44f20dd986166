"""What all views of a page look at together: one run, one of its steps, one input."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import numpy as np
import streamlit as st
from torch import Tensor, nn

from explorer import datasets
from explorer.config import DatasetConfig, RunConfig
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.inspection import Predictions, capture, predict
from explorer.training.run import Run


@dataclass(frozen=True)
class Look:
    """A run at one of its snapshots, and the probe: one example of one split."""

    run: Run
    config: RunConfig
    step: int
    steps: list[int]
    splits: Splits
    split: str
    image: int

    @property
    def inputs(self) -> Tensor:
        """The probe as a batch of one: (1, channel, row, column)."""
        return self.splits.split(self.split).inputs[self.image : self.image + 1]

    @property
    def target(self) -> int:
        """The probe's class."""
        return int(self.splits.split(self.split).targets[self.image])

    @property
    def picture(self) -> np.ndarray:
        """The probe as it is seen: uint8 (row, column, channel)."""
        return np.asarray(self.splits.pictures(self.inputs)[0])

    def activations(self) -> dict[str, np.ndarray]:
        """Every observable layer's output for the probe, without the batch: (channel, row, column) or (unit,)."""
        with model_at(self.run, self.step) as model:
            captured = capture(model, self.inputs)
        return {name: output[0].numpy() for name, output in captured.items()}

    def predictions(self) -> Predictions:
        """The network's answers on the whole split of the probe."""
        return _predictions(str(self.run.path), self.step, self.split, self.splits, self.run)


def data_of(config: DatasetConfig) -> Splits | Sequences:
    """The data of a configuration, read once for all visitors."""
    return _data(config.model_dump_json(), config)


def pictures_of(config: DatasetConfig) -> Splits:
    """The pictures of a configuration.

    Raises:
        ExplorerError: where it describes sequences.
    """
    splits = data_of(config)
    if not isinstance(splits, Splits):
        raise ExplorerError(f"{config.name} holds sequences; this page shows pictures.")
    return splits


@contextmanager
def model_at(run: Run, step: int) -> Iterator[nn.Module]:
    """The network at a snapshot; one visitor at a time, because looking hangs hooks on its layers."""
    model, lock = _model(str(run.path), step, run)
    with lock:
        yield model


@st.cache_resource(max_entries=3, show_spinner="Reading the data set …")
def _data(key: str, _config: DatasetConfig) -> Splits | Sequences:
    return datasets.load(_config)


@st.cache_resource(max_entries=48, show_spinner=False)
def _model(path: str, step: int, _run: Run) -> tuple[nn.Module, Lock]:
    return _run.model(step), Lock()


@st.cache_data(max_entries=32, show_spinner=False)
def _predictions(path: str, step: int, split: str, _splits: Splits, _run: Run) -> Predictions:
    with model_at(_run, step) as model:
        return predict(model, _splits.split(split).inputs)
