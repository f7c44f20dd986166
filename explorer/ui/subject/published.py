"""What the views of the Pretrained CNN page look at: a published network, or a run that began with one."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import streamlit as st
import torch
from torch import Tensor, nn

from explorer.config import DatasetConfig, PretrainedModel, RunConfig
from explorer.datasets.splits import Pair, ShapeFacts, Splits
from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.entries import SHIPPED, entry_of
from explorer.models.pretrained import Preprocess, Pretrained
from explorer.training.run import Run
from explorer.ui.cache import large_network, model_at, pictures_of
from explorer.ui.subject.picture import PictureSubject, RunSubject

MOST_BYTES = 64e6  # of one split's pictures as a network reads them: a hundred of 224x224, all of 32x32


@dataclass(frozen=True, kw_only=True)
class PublishedSubject(PictureSubject):
    """A network as it was published."""

    network: str
    weights: str
    pictures: str  # the data set's configuration, as JSON
    names: tuple[str, ...]

    def model(self) -> AbstractContextManager[nn.Module]:
        """The network with its own classifier."""
        return large_network(f"{self.network}/{self.weights}", lambda: zoo.load(self.network, self.weights).module)

    @property
    def key(self) -> str:
        """The network, its weights, and the pictures it looks at."""
        return f"{self.network}/{self.weights}/{self.pictures}"

    @property
    def network_name(self) -> str:
        """The network's name, and whether it is untrained."""
        return self.network + (", untrained" if self.weights == "none" else "")

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that the weights know."""
        return self.names


@dataclass(frozen=True, kw_only=True)
class TransferSubject(RunSubject):
    """A run that began with a published network; its pictures are those behind the preprocessing."""

    @contextmanager
    def model(self) -> Iterator[nn.Module]:
        """Backbone and head, which read what the preprocessing made of a picture."""
        with transferred(self.run, self.step) as model:
            yield nn.Sequential(OrderedDict(backbone=model.backbone, head=model.head)).eval()


@contextmanager
def transferred(run: Run, step: int) -> Iterator[Pretrained]:
    """The whole network of a run at a step."""
    small = run.config is None or getattr(run.config.model, "network", "") == SHIPPED
    held = model_at(run, step) if small else large_network(f"{run.path}@{step}", lambda: run.model(step))
    with held as model:
        if not isinstance(model, Pretrained):
            raise ExplorerError(f"{run.title} began with random weights; choose a run of a pretrained network.")
        yield model


def transfer_splits(run: Run, config: RunConfig, step: int) -> Splits:
    """The pictures of a run as its network reads them."""
    model = config.model
    assert isinstance(model, PretrainedModel)
    with transferred(run, step) as network:
        return _seen(
            f"{config.dataset.model_dump_json()}/{model.network}/{model.weights}", config.dataset, network.preprocess
        )


def published_splits(config: DatasetConfig, network: str, weights: str) -> Splits:
    """The pictures of a data set as a published network reads them."""
    splits = pictures_of(config)
    preprocess = Preprocess(splits.shape_facts(), entry_of(network, weights).transforms())
    return _seen(f"{config.model_dump_json()}/{network}/{weights}", config, preprocess)


def as_read(pixels: Tensor, network: str, weights: str) -> Tensor:
    """A picture of the person's own, (3, row, column) in 0…1, as a network reads it: (1, 3, size, size)."""
    facts = ShapeFacts(input_shape=tuple(pixels.shape), class_names=("", ""), mean=(0.0,) * 3, deviation=(1.0,) * 3)
    with torch.no_grad():
        read: Tensor = Preprocess(facts, entry_of(network, weights).transforms())(pixels[None])
    return read


@st.cache_resource(max_entries=3, show_spinner="Preparing the pictures for the network …")
def _seen(key: str, _config: DatasetConfig, _preprocess: Preprocess) -> Splits:
    splits = pictures_of(_config)
    train, validation, test = (_read(splits.split(name), _preprocess) for name in ("train", "validation", "test"))
    return replace(
        splits,
        train=train,
        validation=validation,
        test=test,
        mean=_preprocess.mean.flatten().clone(),
        deviation=_preprocess.deviation.flatten().clone(),
    )


@torch.no_grad()
def _read(pair: Pair, preprocess: Preprocess) -> Pair:
    """As many examples as memory allows, as the network reads them."""
    size = preprocess(pair.inputs[:1]).nbytes
    count = max(1, min(len(pair.targets), int(MOST_BYTES // size)))
    return Pair(torch.cat([preprocess(batch) for batch in torch.split(pair.inputs[:count], 64)]), pair.targets[:count])
