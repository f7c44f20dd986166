"""Small files in the formats that torchvision reads, each picture carrying its own number in its first two pixels."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from torchvision import datasets

TRAINING, TESTED = 650, 60
NAMES = ("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
READERS = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST", "cifar10": "CIFAR10", "svhn": "SVHN"}


def label_of(number: int) -> int:
    return number * 7 % 10


def pictures(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """uint8 (picture, channel, row, column) or (picture, row, column)."""
    drawn = np.random.default_rng(count).integers(0, 256, (count, *shape), dtype=np.uint8)
    drawn[..., 0, 0] = (np.arange(count) // 256).reshape(-1, *(1,) * (len(shape) - 2))
    drawn[..., 0, 1] = (np.arange(count) % 256).reshape(-1, *(1,) * (len(shape) - 2))
    return drawn


def numbers_in(drawn: np.ndarray) -> np.ndarray:
    """The numbers that pictures (picture, row, column, channel) carry."""
    numbers: np.ndarray = drawn[:, 0, 0, 0].astype(int) * 256 + drawn[:, 0, 1, 0]
    return numbers


def idx(array: np.ndarray) -> bytes:
    """The format of http://yann.lecun.com/exdb/mnist: magic number, sizes, bytes, big endian."""
    return struct.pack(f">{array.ndim + 1}i", 0x0800 + array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def files_of(name: str) -> dict[str, bytes]:
    """What a data set's host serves: file name -> content."""
    labels = {count: np.array([label_of(n) for n in range(count)]) for count in (TRAINING, TESTED)}
    if name == "svhn":
        return {f"{s}_32x32.mat": _mat(n, labels[n]) for s, n in (("train", TRAINING), ("test", TESTED))}
    if name == "cifar10":
        return {"cifar-10-python.tar.gz": _cifar_archive(labels)}
    return {
        f"{split}-{kind}.gz": gzip.compress(idx(array))
        for split, count in (("train", TRAINING), ("t10k", TESTED))
        for kind, array in (("images-idx3-ubyte", pictures(count, (28, 28))), ("labels-idx1-ubyte", labels[count]))
    }


def accept(name: str, files: dict[str, bytes], address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make torchvision expect these files' checksums, and ask this address alone for them."""
    reader = getattr(datasets, READERS[name])
    sums = {file: hashlib.md5(content).hexdigest() for file, content in files.items()}
    if name == "svhn":
        splits = ("train", "test")
        pairs = dict(zip(splits, sums.items(), strict=True))
        monkeypatch.setattr(reader, "split_list", {s: [f"{address}/{pairs[s][0]}", *pairs[s]] for s in splits})
    elif name == "cifar10":
        (archive, content), (archive_sum,) = next(iter(files.items())), sums.values()
        inside = {member: hashlib.md5(part).hexdigest() for member, part in unpacked(content).items()}
        monkeypatch.setattr(reader, "url", f"{address}/{archive}")
        monkeypatch.setattr(reader, "tgz_md5", archive_sum)
        monkeypatch.setattr(reader, "train_list", [[f"data_batch_{n}", inside[f"data_batch_{n}"]] for n in range(1, 6)])
        monkeypatch.setattr(reader, "test_list", [["test_batch", inside["test_batch"]]])
        monkeypatch.setattr(reader, "meta", {**reader.meta, "md5": inside["batches.meta"]})
    else:
        monkeypatch.setattr(reader, "mirrors", [f"{address}/"])
        monkeypatch.setattr(reader, "resources", list(sums.items()))


def put_into_cache(name: str, files: dict[str, bytes], cache: Path) -> None:
    """Lay unpacked files where torchvision looks for them."""
    if name == "svhn":
        folder, content = cache, files
    elif name == "cifar10":
        folder, content = cache / "cifar-10-batches-py", unpacked(files["cifar-10-python.tar.gz"])
    else:
        folder = cache / READERS[name] / "raw"
        content = {file.removesuffix(".gz"): gzip.decompress(packed) for file, packed in files.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for file, part in content.items():
        (folder / file).write_bytes(part)


def unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [(Path(member.name).name, tar.extractfile(member)) for member in tar.getmembers()]
        return {name: file.read() for name, file in members if file is not None}


def _mat(count: int, labels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    # SVHN: (row, column, channel, picture), and 10 stands for the digit 0
    drawn = pictures(count, (3, 32, 32)).transpose(2, 3, 1, 0)
    scipy.io.savemat(buffer, {"X": drawn, "y": np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]})
    return buffer.getvalue()


def _cifar_archive(labels: dict[int, np.ndarray]) -> bytes:
    def batch(count: int, members: slice) -> bytes:
        rows = pictures(count, (3, 32, 32))[members].reshape(-1, 3072)
        return pickle.dumps({"data": rows, "labels": labels[count][members].tolist()})

    size = TRAINING // 5
    parts = {f"data_batch_{n + 1}": batch(TRAINING, slice(n * size, (n + 1) * size)) for n in range(5)}
    parts |= {"test_batch": batch(TESTED, slice(None)), "batches.meta": pickle.dumps({"label_names": list(NAMES)})}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
