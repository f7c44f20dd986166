"""Caches that all visitors share: results, data sets and networks, keyed by the identity of the arguments."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import streamlit as st
from streamlit.runtime.caching.cache_utils import CachedFunc
from torch import Tensor, nn

from explorer import datasets
from explorer.config import DatasetConfig
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.inspection.stand_in import stand_in
from explorer.training.run import ReadableRun, Run

P = ParamSpec("P")
R = TypeVar("R")
MOST_LARGE_NETWORKS = 2  # of hundreds of megabytes each, for all visitors together
HASHES: dict[str | type, Callable[[Any], object]] = {}


class Identified:
    """A frozen dataclass that the caches tell apart by its type and its compared fields.

    A field that follows from the others, or that no result depends on, is declared ``field(compare=False)``.
    """

    def __init_subclass__(cls) -> None:
        HASHES[cls] = identity


def identity(thing: Any) -> Any:
    """A value that is equal for equal things: a run's folder, a tensor's numbers, a dataclass's compared fields."""
    if isinstance(thing, Run):
        return os.fsencode(thing.path)  # a name may hold bytes that are no characters
    if isinstance(thing, Tensor):
        return str(thing.dtype), tuple(thing.shape), thing.detach().cpu().numpy().tobytes()
    if isinstance(thing, Identified):
        compared = (one.name for one in fields(cast("Any", thing)) if one.compare)
        return (type(thing).__qualname__, *(identity(getattr(thing, name)) for name in compared))
    return thing


HASHES |= {Run: identity, ReadableRun: identity, Tensor: identity}


def kept(
    entries: int, *, spinner: str = "", seconds: float | None = None
) -> Callable[[Callable[P, R]], CachedFunc[P, R]]:
    """Keep a function's results for all visitors; every argument is hashed by what it is (``HASHES``).

    Args:
        entries: the most results that are kept.
        spinner: what is said while a result is computed.
        seconds: how long a result is kept; None: until others take its place.
    """
    return st.cache_data(max_entries=entries, ttl=seconds, show_spinner=spinner or False, hash_funcs=HASHES)


def held(entries: int, *, spinner: str = "") -> Callable[[Callable[P, R]], CachedFunc[P, R]]:
    """The same for what is handed out as it is instead of copied: networks, data sets."""
    return st.cache_resource(max_entries=entries, show_spinner=spinner or False, hash_funcs=HASHES)


class Source(Protocol):
    """Something that names a network and can load it."""

    def load(self) -> nn.Module:
        """The network, in eval mode."""


@dataclass(frozen=True)
class Snapshot(Identified):
    """The network of a run at a recorded step."""

    run: ReadableRun
    step: int

    def load(self) -> nn.Module:
        """The network with the weights of this step.

        Raises:
            ExplorerError: where weights, configuration and data do not fit each other.
        """
        self.run.check_data(data_of(self.run.config.dataset))
        return self.run.model(self.step)


@held(3, spinner="Reading the data set …")
def data_of(config: DatasetConfig) -> Splits | Sequences:
    """The data of a configuration, read once for all visitors."""
    return datasets.load(config)


def pictures_of(config: DatasetConfig) -> Splits:
    """The pictures of a configuration.

    Raises:
        ExplorerError: where it describes sequences.
    """
    splits = data_of(config)
    if not isinstance(splits, Splits):
        raise ExplorerError(f"{config.name} holds sequences; this page shows pictures.")
    return splits


def sequences_of(config: DatasetConfig) -> Sequences:
    """The sequences of a configuration.

    Raises:
        ExplorerError: where it describes pictures.
    """
    splits = data_of(config)
    if not isinstance(splits, Sequences):
        raise ExplorerError(f"{config.name} holds pictures; this page shows sequences.")
    return splits


class Copies:
    """A network for visitors who look into it at the same time: each has a copy, since inspection adds hooks.

    Nobody waits for another's long computation. The weights, which inspection never writes to, lie in one memory.
    """

    def __init__(self, network: nn.Module) -> None:
        self._network = network  # nobody's: a copy of a network in use would have its hooks
        self._idle: list[nn.Module] = []

    @contextmanager
    def one(self) -> Iterator[nn.Module]:
        """A copy that nobody else uses meanwhile."""
        try:
            own = self._idle.pop()
        except IndexError:
            own = self._another()
        try:
            yield own
        finally:
            self._idle.append(own)

    def _another(self) -> nn.Module:
        own = stand_in(self._network)
        for parameter, shared in zip(own.parameters(), self._network.parameters(), strict=True):
            parameter.requires_grad_(shared.requires_grad)
        return own


@contextmanager
def model_at(run: ReadableRun, step: int) -> Iterator[nn.Module]:
    """The network at a snapshot: a copy of one's own."""
    with _small_network(Snapshot(run, step)).one() as model:
        yield model


def opens(run: ReadableRun) -> bool:
    """True if a page that compares runs can show this one: its records and the network at its last step can be read."""
    try:
        run.metrics(), run.parameter_steps()
        with model_at(run, run.steps[-1] if run.steps else 0):
            return True
    except ExplorerError:  # its own page says why
        return False


@contextmanager
def large_network(source: Source) -> Iterator[nn.Module]:
    """The same of a large network, loaded unless it is one of the two that were used last."""
    with _large_network(source).one() as model:
        yield model


@held(48)
def _small_network(source: Source) -> Copies:
    return Copies(source.load())


@held(MOST_LARGE_NETWORKS, spinner="Loading the network …")
def _large_network(source: Source) -> Copies:
    return Copies(source.load())
