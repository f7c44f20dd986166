"""What is kept in memory for all visitors: data sets, and networks at a step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

import streamlit as st
from torch import nn

from explorer import datasets
from explorer.config import DatasetConfig
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.training.run import Run

MOST_LARGE_NETWORKS = 2  # of hundreds of megabytes each, for all visitors together


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


@contextmanager
def large_network(key: str, load: Callable[[], nn.Module]) -> Iterator[nn.Module]:
    """A network that is called ``key``, loaded where it is not among the two that were used last."""
    model, lock = _large_network(key, load)
    with lock:
        yield model


@st.cache_resource(max_entries=3, show_spinner="Reading the data set …")
def _data(key: str, _config: DatasetConfig) -> Splits | Sequences:
    return datasets.load(_config)


@st.cache_resource(max_entries=48, show_spinner=False)
def _model(path: str, step: int, _run: Run) -> tuple[nn.Module, Lock]:
    return _run.model(step), Lock()


@st.cache_resource(max_entries=MOST_LARGE_NETWORKS, show_spinner="Loading the network …")
def _large_network(key: str, _load: Callable[[], nn.Module]) -> tuple[nn.Module, Lock]:
    return _load(), Lock()
