"""The networks and weights that can be loaded, from their cards alone; nothing is built or read.

Weights are named as torchvision names them ("IMAGENET1K_V1"); "default" is the best of them, "none" an untrained
network, and a path a file of the user.
"""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pandas as pd
import torch

from explorer.bounded_files import is_regular
from explorer.errors import ExplorerError, shortened
from explorer.models.fetch import fetch
from explorer.models.own_files import find
from explorer.models.residual import SHAPES_RESNET
from explorer.models.weights import SUFFIXES

SHIPPED = "shapes_resnet"
UNTRAINED = "none"


@dataclass(frozen=True)
class Entry:
    """One file of weights of one network."""

    network: str
    weights: str
    title: str
    family: str
    path: Path  # where the file is, or belongs
    url: str  # "" for the one that ships
    parameters: int
    size_mb: float
    gflops: float  # multiply-adds of one picture, in 10⁹
    accuracy_1: float  # percent of the test pictures whose class is the likeliest answer
    accuracy_5: float  # or among the five likeliest
    class_names: tuple[str, ...]
    min_size: int  # the least height and width of a picture it can read, in pixels
    transforms: Callable[[], Any]  # makes torchvision's preset, an ImageClassification
    source: str  # how the weights were made


def networks() -> tuple[str, ...]:
    """Every network: the one that ships, then torchvision's classifiers by name."""
    from torchvision import models  # a second to import: only where it is needed

    return (SHIPPED, *models.list_models(module=models))


def weights_entries(network: str) -> tuple[str, ...]:
    """The names of a network's weights, the default first.

    Raises:
        ExplorerError: where there is no such network.
    """
    return tuple(entry.weights for entry in entries(network))


def entries(network: str) -> list[Entry]:
    """A network's files of weights, the default first.

    Raises:
        ExplorerError: where there is no such network.
    """
    if network not in networks():
        near = difflib.get_close_matches(network, networks(), n=3) or networks()[:3]
        raise ExplorerError(f"There is no network {network!r}; choose {SHIPPED} or another, such as {', '.join(near)}.")
    if network == SHIPPED:
        return [_shipped()]
    from torchvision import models

    items = models.get_model_weights(network)
    return [_of_torchvision(network, item) for item in sorted(items, key=lambda item: item is not items.DEFAULT)]


def entry_of(network: str, weights: str) -> Entry:
    """The entry that tells a network's architecture and transforms: the named one, else the default.

    Raises:
        ExplorerError: where there is no such network or weights.
    """
    known = entries(network)
    if weights in ("default", UNTRAINED) or is_path(weights):
        return known[0]
    for entry in known:
        if entry.weights == weights:
            return entry
    names = [entry.weights for entry in known]
    near = difflib.get_close_matches(weights.upper(), names, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise ExplorerError(
        f"{network} has no weights {weights!r}.{guess} Choose default, {', '.join(names)}, none, or the path of a "
        f"file that ends in {', '.join(SUFFIXES)}."
    )


def is_path(weights: str) -> bool:
    """True if the weights are a file of the user."""
    return Path(weights).suffix.lower() in SUFFIXES


def weights_file(network: str, weights: str = "default") -> Path | None:
    """The path of the weights' file, present or not; None for an untrained network.

    Raises:
        ExplorerError: where there is no such network or weights.
    """
    entry = entry_of(network, weights)
    if weights == UNTRAINED:
        return None
    return find(weights) if is_path(weights) else entry.path


def missing(network: str, weights: str = "default") -> str:
    """The reason why a network cannot be loaded without a download, or ""; looks at the disk only.

    Raises:
        ExplorerError: where there is no such network or weights.
    """
    path = weights_file(network, weights)
    if path is None or is_regular(path):
        return ""
    entry = entry_of(network, weights)
    if is_path(weights) or not entry.url:
        return f"There is no weights file {shortened(str(path))}."
    return (
        f"The weights {entry.weights} of {network} are not on this machine: download {path.name} "
        f"({entry.size_mb:.0f} MB), or put it into {path.parent}, or choose weights none for the untrained network."
    )


def download(network: str, weights: str, progress: Callable[[float], None]) -> None:
    """Fetch a network's weights into torch's cache, where torchvision finds them; nothing to do if they are there.

    Args:
        network: one of :func:`networks`.
        weights: "default" or one of :func:`weights_entries`.
        progress: is told the share that has come, 0…1.

    Raises:
        ExplorerError: where they cannot be had, with the file and the directory it belongs in.
    """
    fault = missing(network, weights)
    entry = entry_of(network, weights)
    if fault and (is_path(weights) or not entry.url):
        raise ExplorerError(fault)
    if fault:
        fetch(entry.url, entry.path, round(entry.size_mb * 1e6), progress)
    else:
        progress(1.0)


def catalogue() -> pd.DataFrame:
    """Every network with every file of weights, a row each.

    Returns:
        Columns network, weights, title, parameters, size_mb, gflops (multiply-adds of one picture, in 10⁹), accuracy@1
        and accuracy@5 (percent, on the test pictures of the classes it has learnt), classes, min_size (pixels), family,
        source (where it is told how they were made) and cached (whether the file is on this machine).
    """
    rows = [
        {
            "network": entry.network,
            "weights": entry.weights,
            "title": entry.title,
            "parameters": entry.parameters,
            "size_mb": entry.size_mb,
            "gflops": entry.gflops,
            "accuracy@1": entry.accuracy_1,
            "accuracy@5": entry.accuracy_5,
            "classes": len(entry.class_names),
            "min_size": entry.min_size,
            "family": entry.family,
            "source": entry.source,
            "cached": is_regular(entry.path),
        }
        for network in networks()
        for entry in entries(network)
    ]
    return pd.DataFrame(rows)


def _of_torchvision(network: str, item: Any) -> Entry:
    from torchvision import models

    card = item.meta
    accuracy = next(iter(card["_metrics"].values()))
    categories = card["categories"] or [f"class {number}" for number in range(1000)]  # one has features alone
    return Entry(
        network=network,
        weights=item.name,
        title=type(item).__name__.removesuffix("_Weights").replace("_", " "),
        family=models.get_model_builder(network).__module__.rsplit(".", 1)[-1],
        path=Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(item.url).path).name,
        url=item.url,
        parameters=card["num_params"],
        size_mb=card["_file_size"],
        gflops=card["_ops"],
        accuracy_1=accuracy["acc@1"],
        accuracy_5=accuracy["acc@5"],
        class_names=tuple(categories),
        min_size=max(card["min_size"]),
        transforms=item.transforms,
        source=card["recipe"],
    )


def _shipped() -> Entry:
    path = SHAPES_RESNET.with_suffix(".json")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExplorerError(f"The file {path}, which belongs to this package, cannot be read: {error}.") from error

    def transforms() -> Any:
        from torchvision.transforms._presets import ImageClassification

        size = card["size"]
        return ImageClassification(crop_size=size, resize_size=size, mean=card["mean"], std=card["deviation"])

    return Entry(
        network=SHIPPED,
        weights="SHAPES",
        title="Shapes ResNet",
        family="resnet",
        path=SHAPES_RESNET,
        url="",
        parameters=card["parameters"],
        size_mb=SHAPES_RESNET.stat().st_size / 1e6 if SHAPES_RESNET.is_file() else nan,
        gflops=card["gflops"],
        accuracy_1=card["accuracy@1"],
        accuracy_5=card["accuracy@5"],
        class_names=tuple(card["class_names"]),
        min_size=1,
        transforms=transforms,
        source="sample_data/pretrained/README.md",
    )
