"""Data sets by name: ``DATASETS[name]`` holds the loader, ``load(config)`` returns the splits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

from explorer.config import DatasetConfig, ImageDataset, RunConfig, SequenceData
from explorer.datasets import downloaded, image_folder, images, measurements, series, shapes, strings, tasks, text
from explorer.datasets.sequences import Lengths, Sequences
from explorer.datasets.splits import Pair, ShapeFacts, Splits

__all__ = ["DATASETS", "DatasetSpec", "Lengths", "Pair", "Sequences", "ShapeFacts", "Splits", "load"]


def _never(config: Any) -> None:
    """Nothing is missing for an included data set."""


@dataclass(frozen=True)
class DatasetSpec:
    """The function that loads a data set, and one that says what is missing on this machine.

    ``missing`` only looks at the disk: a sentence if the data set needs a download, else None.
    """

    load: Callable[[Any], Splits | Sequences]
    missing: Callable[[Any], str | None] = _never


DATASETS: dict[str, DatasetSpec] = {
    "digits": DatasetSpec(images.load_digits),
    "shapes": DatasetSpec(shapes.load),
    "mnist": DatasetSpec(downloaded.load, downloaded.missing),
    "fashion_mnist": DatasetSpec(downloaded.load, downloaded.missing),
    "kmnist": DatasetSpec(downloaded.load, downloaded.missing),
    "cifar10": DatasetSpec(downloaded.load, downloaded.missing),
    "svhn": DatasetSpec(downloaded.load, downloaded.missing),
    "image_folder": DatasetSpec(image_folder.load, image_folder.missing),
    "adding": DatasetSpec(tasks.load_adding),
    "copy_memory": DatasetSpec(tasks.load_copy_memory),
    "parity": DatasetSpec(tasks.load_parity),
    "flip_flop": DatasetSpec(tasks.load_flip_flop),
    "bracket_depth": DatasetSpec(tasks.load_bracket_depth),
    "digit_rows": DatasetSpec(tasks.load_digit_rows),
    "digit_drawing": DatasetSpec(tasks.load_digit_drawing),
    "reverse": DatasetSpec(strings.load_reverse),
    "addition": DatasetSpec(strings.load_addition),
    "dates": DatasetSpec(strings.load_dates),
    "sunspots": DatasetSpec(series.load, measurements.missing),
    "passengers": DatasetSpec(series.load, measurements.missing),
    "series": DatasetSpec(series.load, measurements.missing),
    "python_source": DatasetSpec(text.load_python_source, text.python_source_missing),
    "text": DatasetSpec(text.load_text, text.text_missing),
}


@overload
def load(config: ImageDataset) -> Splits: ...
@overload
def load(config: SequenceData) -> Sequences: ...
@overload
def load(config: RunConfig | DatasetConfig) -> Splits | Sequences: ...
def load(config: RunConfig | DatasetConfig | SequenceData) -> Splits | Sequences:
    """The splits that a run's configuration, or its data set's part alone, describes.

    Raises:
        ExplorerError: where the data set cannot be loaded; the message says what to do instead.
    """
    dataset: Any = config.dataset if isinstance(config, RunConfig) else config
    return DATASETS[dataset.name].load(dataset)
