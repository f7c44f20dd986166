"""A path that a person gives: whatever lies there, they are told in a sentence, at once and in bounded memory."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer import datasets
from explorer.config import ImageFolderData, SeriesData, TextData, bounds
from explorer.datasets import grids, measurements
from explorer.datasets.tables import parse_table
from explorer.errors import ExplorerError
from explorer.models.weights import read_weights

LOADS: dict[str, Callable[[str], Any]] = {
    "text": lambda path: datasets.load(TextData(path=path)),
    "series": lambda path: datasets.load(SeriesData(path=path)),
    "image_folder": lambda path: datasets.load(ImageFolderData(path=path)),
    "weights": lambda path: read_weights(Path(path)),
    "weights as safetensors": lambda path: read_weights(Path(f"{path}.safetensors")),
    "columns": lambda path: measurements.columns(path) or measurements.read(SeriesData(path=path)),
}
PATHS = {
    "nothing": "",
    "5,000 characters": "x" * 5000,
    "5,000 folders": "x/" * 5000,
    "a NUL": "a\0b",
    "/proc": "/proc",
    "a process": "/proc/1",
    "memory": "/proc/self/mem",
    "the kernel's messages": "/proc/kmsg",
    "no end of zeros": "/dev/zero",
    "a terminal": "/dev/tty",
    "inside a file": "/etc/hostname/inside",
    "nobody's home": "~nobody-of-this-name/file",
}


@pytest.mark.sample(4)
@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_path_without_what_is_asked_for_is_told_in_a_sentence(load: Callable[[str], Any], path: str) -> None:
    with pytest.raises(ExplorerError) as told:
        load(path)
    assert len(str(told.value)) < 1000
    assert str(told.value).endswith(".")


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_a_pipe_that_nobody_writes_to_holds_nobody_up(load: Callable[[str], Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(ExplorerError):
        load(str(tmp_path / "pipe"))


def test_a_sparse_table_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.write(b"day,value\n1,2\n")
        file.truncate(50_000_000_000)
    with pytest.raises(ExplorerError, match="it has 50,000 MB, and 100 MB is the limit"):
        datasets.load(SeriesData(path=str(path)))


def test_of_a_text_of_gigabytes_only_the_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    with path.open("wb") as file:
        file.write(b"to be or not to be " * 40_000)
        file.truncate(50_000_000_000)
    _, most = bounds(TextData.model_fields["characters"].metadata)
    assert most is not None
    splits = datasets.load(TextData(path=str(path), characters=100_000))
    assert splits.train.inputs.numel() < 100_000


def test_a_table_is_read_up_to_a_bound_of_rows_and_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "MOST_ROWS", 4)
    monkeypatch.setattr(grids, "MOST_CELLS", 12)
    assert len(parse_table(b"a,b\n1,2\n3,4\n5,6\n", "small.csv").rows) == 3
    for content in (b"a\n1\n2\n3\n4\n5\n", b"a,b,c,d\n1,2,3,4\n1,2,3,4\n1,2,3,4\n"):
        with pytest.raises(ExplorerError, match=r"large\.csv has more than 4 rows or 12 cells; choose a part of it"):
            parse_table(content, "large.csv")
