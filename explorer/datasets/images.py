"""From pixels and labels to three normalised splits, and the digits that ship with scikit-learn."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import DigitsData, ImageSplit
from explorer.datasets.splits import Pair, Splits
from explorer.errors import ExplorerError

Pixels = NDArray[np.float32] | NDArray[np.uint8]  # (example, channel, row, column); float32 in 0…1 or uint8 in 0…255
Labels = NDArray[np.int64]  # (example,) class indices


def load_digits(config: DigitsData) -> Splits:
    """The 1,797 digits of scikit-learn, whose pixels run from 0 to 16, as (example, 1, 8, 8)."""
    from sklearn import datasets  # slow to import: only where it is needed

    digits = datasets.load_digits()
    pixels = (digits.images[:, None] / 16).astype(np.float32)
    return divide(config.name, pixels, digits.target.astype(np.int64), tuple("0123456789"), config)


def divide(name: str, pixels: Pixels, labels: Labels, class_names: tuple[str, ...], config: ImageSplit) -> Splits:
    """Three splits with the same share of every class, normalised by what the training split measures.

    Raises:
        ExplorerError: where a class is too small to be in every split.
    """
    everything = np.arange(len(labels))
    tested = round(len(labels) * config.test_percent / 100)
    validated = round(len(labels) * config.validation_percent / 100)
    counts = np.bincount(labels, minlength=len(class_names))
    # what scikit-learn asks of a stratified division
    if counts.min() < 2 or min(tested, validated, len(labels) - tested - validated) < len(class_names):
        raise _too_few(counts, class_names, config)
    rest, test = hold_out(everything, labels, tested, config.split_seed)
    if np.bincount(labels[rest], minlength=len(class_names)).min() < 2:
        raise _too_few(counts, class_names, config)
    train, validation = hold_out(rest, labels, validated, config.split_seed)
    for members in (train, validation, test):
        if len(np.unique(labels[members])) < len(class_names):
            raise _too_few(counts, class_names, config)
    parts = [(pixels[members], labels[members]) for members in (train, validation, test)]
    return trim(normalise(name, parts, class_names), config.examples_per_class, config.split_seed)


def trim(splits: Splits, per_class: int, seed: int) -> Splits:
    """Splits that keep ``per_class`` training examples of each class; the fewer are always among the more.

    Only the training examples become fewer: validation and test stay, and all are still normalised by what the whole
    training split measures, so that results with more and with fewer examples can be compared.

    Args:
        splits: what is trimmed.
        per_class: how many to keep; 0 keeps all.
        seed: which ones are kept.

    Raises:
        ExplorerError: where a class has fewer.
    """
    if not per_class:
        return splits
    targets = splits.train.targets.numpy()
    counts = np.bincount(targets, minlength=len(splits.class_names))
    fewest = int(counts.argmin())
    if counts[fewest] < per_class:
        raise ExplorerError(
            f"Class {splits.class_names[fewest]!r} has {counts[fewest]} training pictures, fewer than the {per_class} "
            f"examples a class that were asked for; choose {counts[fewest]} or less, or 0 for all."
        )
    kept = [
        np.random.default_rng((seed, label)).permutation(np.flatnonzero(targets == label))[:per_class]
        for label in range(len(counts))
    ]
    chosen = torch.from_numpy(np.sort(np.concatenate(kept)))
    return replace(splits, train=Pair(splits.train.inputs[chosen], splits.train.targets[chosen]))


def hold_out(members: Labels, labels: Labels, count: int, seed: int) -> tuple[Labels, Labels]:
    """Divide indices into those that stay and ``count`` others, with the same share of every class in both."""
    from sklearn.model_selection import train_test_split  # slow to import

    stay, held = train_test_split(members, test_size=count, stratify=labels[members], random_state=seed)
    return stay, held


def normalise(name: str, parts: Sequence[tuple[Pixels, Labels]], class_names: tuple[str, ...]) -> Splits:
    """Splits whose inputs are ``(pixel - mean) / deviation`` with the training pixels' own values, a channel each.

    Args:
        name: the data set's.
        parts: pixels and labels of the training, validation and test examples, in this order.
        class_names: in the order of the labels.
    """
    inputs = [_unit_tensor(pixels) for pixels, _ in parts]
    variance, mean = torch.var_mean(inputs[0].double(), dim=(0, 2, 3), correction=0)
    mean, deviation = mean.float(), variance.sqrt().float()
    deviation[deviation == 0] = 1.0  # a channel without any contrast stays as it is
    for tensor in inputs:
        tensor.sub_(mean.view(-1, 1, 1)).div_(deviation.view(-1, 1, 1))
    train, validation, test = (
        Pair(tensor, torch.from_numpy(labels).long()) for tensor, (_, labels) in zip(inputs, parts, strict=True)
    )
    return Splits(name, train, validation, test, class_names, mean, deviation)


def _unit_tensor(pixels: Pixels) -> Tensor:
    """A new float32 tensor of pixels in 0…1."""
    tensor = torch.from_numpy(np.array(pixels, dtype=np.float32, order="C"))
    return tensor.div_(255) if pixels.dtype == np.uint8 else tensor


def _too_few(counts: NDArray[np.int64], class_names: tuple[str, ...], config: ImageSplit) -> ExplorerError:
    smallest = int(counts.argmin())
    training_percent = 100 - config.validation_percent - config.test_percent
    enough = math.ceil(200 / min(config.validation_percent, config.test_percent, training_percent))
    return ExplorerError(
        f"Class {class_names[smallest]!r} has {counts[smallest]} of {counts.sum()} pictures: too few for every class "
        f"to appear in the training ({training_percent}%), validation ({config.validation_percent}%) and test "
        f"({config.test_percent}%) splits; give every class at least {enough} pictures, or leave the class out."
    )
