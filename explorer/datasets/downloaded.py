"""Data sets that torchvision downloads once: MNIST, Fashion-MNIST, KMNIST, CIFAR-10 and SVHN."""

import os
import pickle
import socket
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config import Cifar10Data, FashionMnistData, KmnistData, MnistData, SvhnData
from explorer.datasets.images import Labels, Pixels, hold_out, normalise, trim
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.places import cache_root

DownloadedData = MnistData | FashionMnistData | KmnistData | Cifar10Data | SvhnData

LARGEST_TEST_SPLIT = 10_000
DIGITS = tuple("0123456789")
OFFLINE = "the data sets digits, shapes and image_folder work offline"
# what torchvision raises for a host out of reach, a full disk, or a damaged file
FAILURES = (
    OSError,
    RuntimeError,
    HTTPException,
    AssertionError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    pickle.UnpicklingError,
    tarfile.TarError,
    zlib.error,
)


@dataclass(frozen=True)
class Source:
    """A torchvision class that reads a data set, and the files it expects below the cache directory."""

    reader: str
    folder: str
    files: tuple[str, ...]
    archives: tuple[str, ...] = ()  # from which torchvision unpacks the files
    class_names: tuple[str, ...] | None = None  # where torchvision's own are no good


IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
IDX_GZ = tuple(f"{name}.gz" for name in IDX)
BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")

SOURCES: dict[str, Source] = {
    "mnist": Source("MNIST", "MNIST/raw", IDX, IDX_GZ, DIGITS),
    "fashion_mnist": Source("FashionMNIST", "FashionMNIST/raw", IDX, IDX_GZ),
    "kmnist": Source("KMNIST", "KMNIST/raw", IDX, IDX_GZ),
    "cifar10": Source("CIFAR10", "cifar-10-batches-py", BATCHES, ("../cifar-10-python.tar.gz",)),
    "svhn": Source("SVHN", "", ("train_32x32.mat", "test_32x32.mat"), (), DIGITS),
}


def missing(config: DownloadedData) -> str | None:
    """The reason why the data set cannot be loaded without a download, or None; does not open the files."""
    source = SOURCES[config.name]
    absent = _absent(source, source.files)
    if not absent or (source.archives and not _absent(source, source.archives)):
        return None
    return (
        f"{source.reader} is not on this machine: {_folder(source)} lacks {', '.join(absent)}; "
        f"training with it downloads them, which needs the internet, while {OFFLINE}."
    )


def load(config: DownloadedData) -> Splits:
    """A stratified sample of the official training file, divided in two, and the official test file.

    The files are downloaded where they are not in the cache directory.

    Raises:
        ExplorerError: where they are neither there nor can be downloaded, or are damaged.
    """
    source, seed = SOURCES[config.name], config.split_seed
    (pixels, labels, names), (test_pixels, test_labels, _) = _read(source)
    members = sample(labels, config.examples, seed)
    tested = sample(test_labels, LARGEST_TEST_SPLIT, seed)
    train, validation = hold_out(members, labels, round(len(members) * config.validation_percent / 100), seed)
    splits = normalise(
        config.name,
        [
            (pixels[train], labels[train]),
            (pixels[validation], labels[validation]),
            (test_pixels[tested], test_labels[tested]),
        ],
        names,
    )
    return trim(splits, config.examples_per_class, seed)


def sample(labels: Labels, wanted: int, seed: int) -> Labels:
    """Indices of at most ``wanted`` examples, with the same share of every class; all where there are no more."""
    everything = np.arange(len(labels))
    spare = len(labels) - wanted
    if spare <= 0:
        return everything
    if spare < len(np.unique(labels)):  # fewer than one of each class to leave out: chance decides which
        return np.sort(np.random.default_rng(seed).permutation(everything)[:wanted])
    return hold_out(everything, labels, wanted, seed)[1]


def _read(source: Source) -> list[tuple[Pixels, Labels, tuple[str, ...]]]:
    """Pixels, labels and class names of the training file and of the test file."""
    from torchvision import datasets

    reader = getattr(datasets, source.reader)
    chosen: tuple[dict[str, Any], ...] = ({"train": True}, {"train": False})
    if source.reader == "SVHN":
        chosen = ({"split": "train"}, {"split": "test"})
    try:
        with _impatient_sockets(seconds=30):
            found = [reader(cache_root(), download=True, **split) for split in chosen]
    except FAILURES as error:
        raise _unreadable(source, error) from error
    return [_arrays(dataset, source) for dataset in found]


def _arrays(dataset: Any, source: Source) -> tuple[Pixels, Labels, tuple[str, ...]]:
    pixels = np.asarray(
        dataset.data
    )  # (example, row, column), CIFAR-10's with a last, SVHN's with a second channel axis
    if pixels.ndim == 3:
        pixels = pixels[:, None]
    elif source.reader == "CIFAR10":
        pixels = pixels.transpose(0, 3, 1, 2)
    labels = np.asarray(dataset.labels if source.reader == "SVHN" else dataset.targets, dtype=np.int64)
    return pixels, labels, source.class_names or tuple(dataset.classes)


def _unreadable(source: Source, error: BaseException) -> ExplorerError:
    absent = _absent(source, source.files)
    reason = " ".join(str(error).split()) or type(error).__name__
    if not absent:
        return ExplorerError(
            f"{source.reader} cannot be read: {reason}; delete {', '.join(source.files)} in {_folder(source)} so that "
            f"they are downloaded again, or choose another: {OFFLINE}."
        )
    return ExplorerError(
        f"{source.reader} is not on this machine and could not be downloaded ({reason}): {_folder(source)} lacks "
        f"{', '.join(absent)}; put them there or connect to the internet, while {OFFLINE}."
    )


def _folder(source: Source) -> Path:
    return cache_root() / source.folder


def _absent(source: Source, files: tuple[str, ...]) -> list[str]:
    # normalised as text: an archive lies beside a folder that may not be there yet
    return [name for name in files if not Path(os.path.normpath(_folder(source) / name)).is_file()]


@contextmanager
def _impatient_sockets(seconds: float) -> Iterator[None]:
    """New connections give up after a while: torchvision itself would wait for a silent host for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
