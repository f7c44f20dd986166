"""Networks that come with weights: the small one that ships, and every classifier of torchvision.

Nothing is kept in memory here: whoever loads a network decides for how long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.models.blocks import classifier_of
from explorer.models.entries import (
    SHIPPED,
    UNTRAINED,
    Entry,
    catalogue,
    download,
    entry_of,
    is_path,
    missing,
    networks,
    weights_entries,
    weights_file,
)
from explorer.models.filling import fill
from explorer.models.fitting import fit
from explorer.models.own_files import find
from explorer.models.residual import ShapesResNet
from explorer.models.weights import SUFFIXES, read_weights

__all__ = [
    "SUFFIXES",
    "ZooNetwork",
    "catalogue",
    "download",
    "load",
    "missing",
    "networks",
    "untrained",
    "weights_entries",
    "weights_file",
]

AUXILIARY = {"googlenet": ("aux1", "aux2"), "inception_v3": ("AuxLogits",)}  # further classifiers, for training alone


@dataclass(frozen=True)
class ZooNetwork:
    """A network with its own classifier, and what belongs to its weights.

    ``transforms`` turns pixels in 0…1 (…, 3, row, column) into what the network reads: torchvision's preset.
    """

    name: str
    weights: str  # an entry, a path, or "none"
    module: nn.Module  # in eval mode, on the CPU
    class_names: tuple[str, ...]
    transforms: Any
    min_size: int  # the least height and width it can read, in pixels
    unused: tuple[str, ...] = ()  # what else a file of the user holds
    notes: tuple[str, ...] = ()  # what of it was fitted to the network, in sentences


def load(network: str, weights: str = "default") -> ZooNetwork:
    """A network with its weights; those of torchvision are downloaded where they are not in torch's cache.

    A file of the user may have another number of classes; where it has as many as the default weights, its classes
    are taken to be those.

    Args:
        network: one of :func:`networks`.
        weights: "default", one of :func:`weights_entries`, "none", or a file: its name among the uploads, or its path.

    Raises:
        ExplorerError: where there is no such network or weights, they cannot be downloaded, or do not fit.
    """
    if weights == UNTRAINED:
        return untrained(network)
    if is_path(weights):
        return _with_own_file(network, weights)
    entry = entry_of(network, weights)
    download(network, weights, lambda share: None)
    found = read_weights(entry.path)  # refuses whatever is no tensor, before torchvision opens the file
    if network == SHIPPED:
        shipped = untrained(network)
        fill(shipped.module, found[0].state, entry.path.name)
        return replace(shipped, weights=entry.weights)
    del found
    return _zoo_network(entry, entry.weights, _from_torchvision(entry))


def untrained(network: str, weights: str = "default", seed: int = 0) -> ZooNetwork:
    """The network that belongs to some weights, with random ones of its own; reads no file.

    Args:
        network: one of :func:`networks`.
        weights: as in :func:`load`: an architecture may depend on them (a transformer's on the size of the pictures).
        seed: fixes the weights; the process's random state stays as it was.

    Raises:
        ExplorerError: where there is no such network or weights.
    """
    entry = entry_of(network, weights)
    with seeded(seed):
        if network == SHIPPED:
            return _zoo_network(entry, UNTRAINED, ShapesResNet(len(entry.class_names)))
        from torchvision import models

        return _zoo_network(entry, UNTRAINED, models.get_model(network, weights=None, **_options(entry)))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers of the CPU as a seed fixes them; afterwards the process's own go on as if nothing had been."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def _zoo_network(entry: Entry, weights: str, module: nn.Module) -> ZooNetwork:
    return ZooNetwork(entry.network, weights, module.eval(), entry.class_names, entry.transforms(), entry.min_size)


def _from_torchvision(entry: Entry) -> nn.Module:
    """The state that torchvision loads from a file in its cache, without the classifiers that only training uses."""
    from torchvision import models

    with seeded(0):
        try:
            module: nn.Module = models.get_model(
                entry.network, weights=models.get_model_weights(entry.network)[entry.weights], progress=False
            )
        except (RuntimeError, ValueError) as error:
            raise ExplorerError(
                f"{entry.path} is not torchvision's file; delete it, so that it is downloaded again: "
                f"{shorten(str(error), 300)}"
            ) from error
    for name in AUXILIARY.get(entry.network, ()):
        vars(module)["aux_logits"] = False
        setattr(module, name, None)
    return module


def _options(entry: Entry) -> dict[str, Any]:
    """The arguments of torchvision's builder for the network that an entry's weights fit."""
    options: dict[str, Any] = {"num_classes": len(entry.class_names)}
    if entry.family == "vision_transformer":
        options["image_size"] = entry.min_size
    if entry.network in AUXILIARY:
        options |= {"aux_logits": False, "transform_input": True, "init_weights": True}
    return options


def _with_own_file(network: str, weights: str) -> ZooNetwork:
    path = find(weights)
    found = read_weights(path)
    zoo = untrained(network)
    fitted = fit(zoo.module, found, path.name, [f"{auxiliary}." for auxiliary in AUXILIARY.get(network, ())])
    classes = len(classifier_of(zoo.module)[1].weight)
    numbered = tuple(f"class {number}" for number in range(classes))
    class_names = zoo.class_names if classes == len(zoo.class_names) else numbered
    return replace(
        zoo,
        weights=weights,
        module=zoo.module.eval(),
        class_names=class_names,
        unused=fitted.unused,
        notes=fitted.notes,
    )
