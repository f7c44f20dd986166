"""The subjects of the Pretrained CNN page: a published network, or a run that began with one."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from explorer.config import DatasetConfig
from explorer.datasets.drawings import on_ground
from explorer.datasets.splits import Pair, ShapeFacts, Splits
from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.entries import SHIPPED, UNTRAINED, entry_of, is_path
from explorer.models.pretrained import Preprocess, Pretrained
from explorer.training.run import ReadableRun
from explorer.ui.cache import Identified, Snapshot, held, large_network, model_at, pictures_of
from explorer.ui.subject.picture import PictureSubject, RunSubject

MOST_BYTES = 64e6  # of one split's preprocessed pictures: a hundred of 224x224, all of 32x32


@dataclass(frozen=True)
class Published(Identified):
    """A published network with its weights."""

    network: str
    weights: str

    def load(self) -> nn.Module:
        """The network with its own classifier."""
        return zoo.load(self.network, self.weights).module


@dataclass(frozen=True, kw_only=True)
class PublishedSubject(PictureSubject):
    """A network as it was published, and a picture."""

    published: Published
    pictures: DatasetConfig
    names: tuple[str, ...] = field(compare=False)  # of the classes; they follow from the weights

    def model(self) -> AbstractContextManager[nn.Module]:
        """The network with its own classifier."""
        return large_network(self.published)

    @property
    def network_name(self) -> str:
        """The network's name, and whether it is untrained or a person's own."""
        weights = self.published.weights
        if is_path(weights):
            return f"{self.published.network} of {Path(weights).name}"
        return self.published.network + (", untrained" if weights == UNTRAINED else "")

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that the weights know."""
        return self.names


@dataclass(frozen=True, kw_only=True)
class TransferSubject(RunSubject):
    """A run that began with a published network; its pictures are preprocessed."""

    @contextmanager
    def model(self) -> Iterator[nn.Module]:
        """Backbone and head, which read preprocessed pictures."""
        with transferred(self.run, self.step) as model:
            yield nn.Sequential(OrderedDict(backbone=model.backbone, head=model.head)).eval()


@contextmanager
def transferred(run: ReadableRun, step: int) -> Iterator[Pretrained]:
    """The whole network of a run at a step.

    Raises:
        ExplorerError: where the run began with random weights.
    """
    small = getattr(run.config.model, "network", "") == SHIPPED
    held_network = model_at(run, step) if small else large_network(Snapshot(run, step))
    with held_network as model:
        if not isinstance(model, Pretrained):
            raise ExplorerError(f"{run.title} began with random weights; choose a run of a pretrained network.")
        yield model


def as_read(pixels: Tensor, network: str, weights: str) -> Tensor:
    """A person's picture, preprocessed for a network: (1, 3, size, size).

    Args:
        pixels: (3, row, column) in 0…1, or of a drawing (4, row, column) with its opacity: it is read on the mean
            colour of the pictures that the weights were trained on.
        network: the network's name.
        weights: the weights' name or file.
    """
    shape = (3, *pixels.shape[1:])
    facts = ShapeFacts(input_shape=shape, class_names=("", ""), mean=(0.0,) * 3, std=(1.0,) * 3)
    preprocess = Preprocess(facts, entry_of(network, weights).transforms())
    shown = on_ground(pixels, preprocess.mean.flatten()) if len(pixels) == 4 else pixels
    with torch.no_grad():
        read: Tensor = preprocess(shown[None])
    return read


@held(3, spinner="Preparing the pictures for the network …")
def splits_as_read(config: DatasetConfig, network: str, weights: str) -> Splits:
    """The pictures of a data set as a network reads them."""
    splits = pictures_of(config)
    preprocess = Preprocess(splits.shape_facts(), entry_of(network, weights).transforms())
    train, validation, test = (_read(splits.split(name), preprocess) for name in ("train", "validation", "test"))
    return replace(
        splits,
        train=train,
        validation=validation,
        test=test,
        mean=preprocess.mean.flatten().clone(),
        std=preprocess.std.flatten().clone(),
    )


@torch.no_grad()
def _read(pair: Pair, preprocess: Preprocess) -> Pair:
    """Preprocessed examples, as many as memory allows."""
    size = preprocess(pair.inputs[:1]).nbytes
    count = max(1, min(len(pair.targets), int(MOST_BYTES // size)))
    return Pair(torch.cat([preprocess(batch) for batch in torch.split(pair.inputs[:count], 64)]), pair.targets[:count])
