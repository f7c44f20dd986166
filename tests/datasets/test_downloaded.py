import functools
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision import datasets as torchvision_datasets

from explorer import datasets
from explorer.config import DatasetConfig, TorchvisionData, members
from explorer.datasets import DATASETS, downloaded
from explorer.errors import ExplorerError
from tests.datasets import tiny_files

CONFIGS: dict[str, Any] = {
    c.model_fields["name"].default: c for c in members(DatasetConfig) if issubclass(c, TorchvisionData)
}
every_one = pytest.mark.parametrize("name", CONFIGS)
CLOSED = "http://127.0.0.1:9"  # the discard port: nothing listens


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine: its address and the folder it serves."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


def prepare(name: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    files = tiny_files.files_of(name)
    tiny_files.accept(name, files, CLOSED, monkeypatch)
    tiny_files.put_into_cache(name, files, cache)
    return CONFIGS[name](examples=500, validation_percent=20)


@every_one
def test_files_in_the_cache_directory_are_read_without_a_download(
    name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepare(name, cache, monkeypatch)
    assert DATASETS[name].missing(config) is None
    splits = datasets.load(config)
    assert len(splits.train.targets) == 400
    assert len(splits.validation.targets) == 100
    assert len(splits.test.targets) == tiny_files.TESTED
    assert splits.input_shape == ((1, 28, 28) if "mnist" in name else (3, 32, 32))


@every_one
def test_pictures_and_labels_are_those_of_the_official_files(
    name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = datasets.load(prepare(name, cache, monkeypatch))
    shape = (28, 28) if "mnist" in name else (3, 32, 32)
    seen = []
    for part in ("train", "validation", "test"):
        drawn, pair = splits.pictures(splits.split(part).inputs), splits.split(part)
        numbers = tiny_files.numbers_in(drawn)
        assert pair.targets.tolist() == [tiny_files.label_of(n) for n in numbers]
        official = tiny_files.pictures(tiny_files.TESTED if part == "test" else tiny_files.TRAINING, shape)[numbers]
        expected = official[..., None] if official.ndim == 3 else official.transpose(0, 2, 3, 1)
        np.testing.assert_array_equal(drawn, expected)
        seen.append(set(numbers))
    assert not seen[0] & seen[1]
    assert seen[2] == set(range(tiny_files.TESTED))


@every_one
def test_what_is_not_in_the_cache_directory_is_downloaded_once(
    name: str, cache: Path, host: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = host
    files = tiny_files.files_of(name)
    tiny_files.accept(name, files, address, monkeypatch)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    config = CONFIGS[name](examples=500)
    assert DATASETS[name].missing(config) is not None
    first = datasets.load(config)
    assert DATASETS[name].missing(config) is None
    tiny_files.accept(name, files, CLOSED, monkeypatch)
    again = datasets.load(config)
    assert first.train.inputs.equal(again.train.inputs)


@every_one
def test_archives_that_a_person_put_there_are_unpacked_without_a_download(
    name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tiny_files.files_of(name)
    tiny_files.accept(name, files, CLOSED, monkeypatch)
    folder = cache / tiny_files.READERS[name] / "raw" if "mnist" in name else cache
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    assert DATASETS[name].missing(CONFIGS[name]()) is None
    assert len(datasets.load(CONFIGS[name](examples=500)).test.targets) == tiny_files.TESTED


@every_one
def test_a_failed_download_names_the_data_set_the_folder_the_files_and_what_works_offline(
    name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tiny_files.files_of(name)
    tiny_files.accept(name, files, CLOSED, monkeypatch)
    with pytest.raises(ExplorerError) as caught:
        datasets.load(CONFIGS[name]())
    message = str(caught.value)
    expected = {"cifar10": ["data_batch_1", "test_batch", "batches.meta"], "svhn": ["train_32x32.mat"]}
    for part in (
        tiny_files.READERS[name],
        str(cache),
        *expected.get(name, ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]),
        "digits, shapes and image_folder",
    ):
        assert part in message
    assert "\n" not in message
    assert socket.getdefaulttimeout() is None


@every_one
def test_what_is_missing_is_said_without_touching_the_network(
    name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    message = DATASETS[name].missing(CONFIGS[name]())
    assert message is not None
    for part in (tiny_files.READERS[name], str(cache), "internet", "digits, shapes and image_folder"):
        assert part in message
    assert not cache.exists()


def test_one_absent_file_is_named_alone(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = prepare("mnist", cache, monkeypatch)
    (cache / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").unlink()
    message = DATASETS["mnist"].missing(config)
    assert message is not None
    assert "lacks t10k-labels-idx1-ubyte;" in message


@pytest.mark.parametrize("name", ["mnist", "cifar10", "svhn"])
def test_a_damaged_file_is_an_error_that_says_what_to_delete(
    name: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepare(name, cache, monkeypatch)
    damaged = {
        "mnist": "MNIST/raw/train-images-idx3-ubyte",
        "cifar10": "cifar-10-batches-py/data_batch_2",
        "svhn": "train_32x32.mat",
    }[name]
    path = cache / damaged
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ExplorerError, match="delete .*" + path.name) as caught:
        datasets.load(config)
    assert str(path.parent) in str(caught.value)


def test_the_files_and_class_names_are_torchvisions_own() -> None:
    for source in downloaded.SOURCES.values():
        reader = getattr(torchvision_datasets, source.reader)
        if source.reader == "CIFAR10":
            listed = [file for file, _ in reader.train_list + reader.test_list] + [reader.meta["filename"]]
            assert source.folder == reader.base_folder
            assert source.archives == (f"../{reader.filename}",)
        elif source.reader == "SVHN":
            listed = [reader.split_list[split][1] for split in ("train", "test")]
        else:
            listed = [file.removesuffix(".gz") for file, _ in reader.resources]
            assert source.archives == tuple(file for file, _ in reader.resources)
        assert list(source.files) == listed


def test_a_sample_has_the_share_of_every_class_and_is_fixed_by_its_seed() -> None:
    labels = np.repeat(np.arange(3), [600, 300, 100])
    chosen = downloaded.sample(labels, 100, seed=4)
    assert np.bincount(labels[chosen]).tolist() == [60, 30, 10]
    assert len(set(chosen)) == 100
    np.testing.assert_array_equal(chosen, downloaded.sample(labels, 100, seed=4))
    assert set(chosen) != set(downloaded.sample(labels, 100, seed=5))


@pytest.mark.parametrize("wanted", [995, 999, 1000, 1001, 5000])
def test_a_sample_of_nearly_everything_or_more_has_as_many_as_there_are(wanted: int) -> None:
    labels = np.arange(1000) % 10
    chosen = downloaded.sample(labels, wanted, seed=0)
    assert len(set(chosen)) == len(chosen) == min(wanted, 1000)


def test_more_examples_than_the_file_has_means_all_of_them(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare("kmnist", cache, monkeypatch)
    splits = datasets.load(CONFIGS["kmnist"](examples=60000))
    assert len(splits.train.targets) + len(splits.validation.targets) == tiny_files.TRAINING


def test_the_test_split_has_a_bound(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = prepare("svhn", cache, monkeypatch)
    assert downloaded.LARGEST_TEST_SPLIT == 10_000
    monkeypatch.setattr(downloaded, "LARGEST_TEST_SPLIT", 30)
    assert np.bincount(datasets.load(config).test.targets.numpy()).tolist() == [3] * 10
