"""Data sets by name: ``DATASETS[name]`` tells what one is, ``load(config)`` returns its splits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

from explorer.config import DatasetConfig, ImageDataset, RunConfig, SequenceData
from explorer.datasets import downloaded, image_folder, images, series, shapes, strings, tasks, text
from explorer.datasets.sequences import Lengths, Sequences
from explorer.datasets.splits import Pair, ShapeFacts, Splits

__all__ = ["DATASETS", "DatasetSpec", "Lengths", "Pair", "Sequences", "ShapeFacts", "Splits", "load"]


def _never(config: Any) -> None:
    """Nothing is ever missing of a data set that comes with the program."""


@dataclass(frozen=True)
class DatasetSpec:
    """What a data set is called on the screen, the function that loads it, and one that says why it cannot.

    ``missing`` looks at the disk alone: a sentence where the data set cannot be loaded without a download, else None.
    """

    title: str
    load: Callable[[Any], Splits | Sequences]
    missing: Callable[[Any], str | None] = _never


DATASETS: dict[str, DatasetSpec] = {
    "digits": DatasetSpec("Handwritten digits, 8x8", images.load_digits),
    "shapes": DatasetSpec("Drawn shapes", shapes.load),
    "mnist": DatasetSpec("MNIST", downloaded.load, downloaded.missing),
    "fashion_mnist": DatasetSpec("Fashion-MNIST", downloaded.load, downloaded.missing),
    "kmnist": DatasetSpec("Kuzushiji-MNIST", downloaded.load, downloaded.missing),
    "cifar10": DatasetSpec("CIFAR-10", downloaded.load, downloaded.missing),
    "svhn": DatasetSpec("Street View House Numbers", downloaded.load, downloaded.missing),
    "image_folder": DatasetSpec("Folder of pictures", image_folder.load, image_folder.missing),
    "adding": DatasetSpec("Adding problem", tasks.load_adding),
    "copy_memory": DatasetSpec("Copy memory", tasks.load_copy_memory),
    "parity": DatasetSpec("Parity", tasks.load_parity),
    "flip_flop": DatasetSpec("Flip-flop", tasks.load_flip_flop),
    "bracket_depth": DatasetSpec("Bracket depth", tasks.load_bracket_depth),
    "digit_rows": DatasetSpec("Digits, read by rows", tasks.load_digit_rows),
    "digit_drawing": DatasetSpec("Digits, drawn by rows", tasks.load_digit_drawing),
    "reverse": DatasetSpec("Reverse a string", strings.load_reverse),
    "addition": DatasetSpec("Addition", strings.load_addition),
    "dates": DatasetSpec("Dates", strings.load_dates),
    "sunspots": DatasetSpec("Sunspots", series.load, series.missing),
    "passengers": DatasetSpec("Airline passengers", series.load, series.missing),
    "series": DatasetSpec("Your series", series.load, series.missing),
    "python_source": DatasetSpec("Python source", text.load_python_source, text.python_source_missing),
    "text": DatasetSpec("Your text", text.load_text, text.text_missing),
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
