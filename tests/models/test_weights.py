"""The one door for files of weights: tensors by name, or a sentence."""

import argparse
import datetime
import io
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.fitting import fit
from explorer.models.weights import METADATA, read_weights


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(first[name].equal(second[name]) for name in first)


def state_of(path: Path) -> dict[str, Tensor]:
    [found] = read_weights(path)
    return found.state


def test_a_state_dict_keeps_its_names_its_tensors_and_its_versions(tmp_path: Path) -> None:
    state = network().state_dict()
    torch.save(state, tmp_path / "own.pth")
    found = state_of(tmp_path / "own.pth")
    assert same(found, state)
    assert getattr(found, METADATA) == getattr(state, METADATA)


def test_every_mapping_with_tensors_is_found_and_what_else_the_file_holds(tmp_path: Path) -> None:
    state = network().state_dict()
    best = torch.tensor(0.9)
    checkpoint = {"epoch": 3, "best": best, "models": {"first": state, "second": state}, "optimizer": {"step": 7}}
    torch.save(checkpoint, tmp_path / "own.pth")
    found = read_weights(tmp_path / "own.pth")
    assert [tensors.way for tensors in found] == [(), ("models", "first"), ("models", "second")]
    assert found[0].beside == ("epoch", "models", "optimizer")
    assert found[1].beside == ("epoch", "best", "optimizer", "models.second")


def test_the_old_format_of_torch_is_read_too(tmp_path: Path) -> None:
    state = network().state_dict()
    torch.save(state, tmp_path / "own.pth", _use_new_zipfile_serialization=False)
    assert same(state_of(tmp_path / "own.pth"), state)


def test_safetensors_are_read(tmp_path: Path) -> None:
    state = network().state_dict()
    save_file(state, tmp_path / "own.safetensors")
    assert same(state_of(tmp_path / "own.safetensors"), state)


@pytest.mark.parametrize("new_format", [True, False])
def test_what_training_scripts_keep_beside_the_weights_is_passed_over(tmp_path: Path, new_format: bool) -> None:
    state = network().state_dict()
    beside = {
        "args": argparse.Namespace(rate=0.1, output=Path("runs")),
        "accuracy": np.float64(0.9),
        "count": np.int32(3),
        "saved": datetime.datetime(2024, 1, 1),
        "folder": Path("runs"),
    }
    torch.save({"model": state, **beside}, tmp_path / "own.pth", _use_new_zipfile_serialization=new_format)
    [found] = read_weights(tmp_path / "own.pth")
    assert same(found.state, state)
    assert found.beside == tuple(beside)


class Program:
    """Runs something when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("new_format", [True, False])
def test_a_file_that_would_run_a_program_is_refused_and_runs_none(tmp_path: Path, new_format: bool) -> None:
    trace = tmp_path / "it-ran"
    content = {**network().state_dict(), "extra": Program(trace)}
    torch.save(content, tmp_path / "own.pth", _use_new_zipfile_serialization=new_format)
    with pytest.raises(ExplorerError, match="objects other than tensors, which are never loaded"):
        read_weights(tmp_path / "own.pth")
    assert not trace.exists()


def test_a_whole_network_that_was_saved_is_refused_with_what_to_save(tmp_path: Path) -> None:
    torch.save(network(), tmp_path / "own.pth")
    with pytest.raises(ExplorerError, match=r"torch\.save\(network\.state_dict\(\), path\)"):
        read_weights(tmp_path / "own.pth")


@pytest.mark.parametrize("name", ["own.pth", "own.safetensors"])
@pytest.mark.parametrize("content", [b"", b"nothing that anybody knows", b"PK\x03\x04 cut off", b"\x80\x02}q\x00."])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExplorerError, match=name):
        read_weights(tmp_path / name)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    torch.save(network().state_dict(), tmp_path / "own.pth")
    whole = (tmp_path / "own.pth").read_bytes()
    for share in (0.3, 0.9):
        (tmp_path / "cut.pth").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ExplorerError, match=r"cut\.pth"):
            read_weights(tmp_path / "cut.pth")


def test_a_file_that_is_not_there_or_holds_no_tensor_by_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match=r"no weights file .*absent\.pth"):
        read_weights(tmp_path / "absent.pth")
    for name, content in (("list.pth", [torch.zeros(2)]), ("none.pth", {"epoch": 3}), ("empty.pth", {})):
        torch.save(content, tmp_path / name)
        with pytest.raises(ExplorerError, match=rf"{name} holds no weights by name"):
            read_weights(tmp_path / name)


def test_mappings_thousands_deep_end_in_a_sentence(tmp_path: Path) -> None:
    content: Any = network().state_dict()
    for _ in range(100):
        content = {"inner": content}
    torch.save(content, tmp_path / "own.pth")
    with pytest.raises(ExplorerError, match="no weights by name"):
        read_weights(tmp_path / "own.pth")
    deep = b"}q\x00" + b"X\x01\x00\x00\x00a}" * 5000 + b"s" * 5000 + b"."  # by hand: pickle itself gives up
    (tmp_path / "deep.pth").write_bytes(b"\x80\x02" + deep)
    with pytest.raises(ExplorerError, match=r"deep\.pth"):
        read_weights(tmp_path / "deep.pth")


@pytest.mark.parametrize("raised", [AssertionError, struct.error, MemoryError, RecursionError, RuntimeError])
def test_whatever_a_reader_raises_becomes_the_sentence(
    raised: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    torch.save(network().state_dict(), tmp_path / "own.pth")
    monkeypatch.setattr(torch, "load", fail)
    with pytest.raises(ExplorerError, match=rf"own\.pth is not a weights file, or it is damaged: {raised.__name__}"):
        read_weights(tmp_path / "own.pth")


def test_weights_are_read_in_one_place_alone() -> None:
    package = Path(__file__).parents[2] / "explorer"
    assert {path.name for path in package.rglob("*.py") if "torch.load(" in path.read_text("utf-8")} == {"weights.py"}


def files() -> dict[str, bytes]:
    """A small file in each format."""
    state = nn.Linear(2, 3).state_dict()
    new, old = io.BytesIO(), io.BytesIO()
    torch.save({"model": state, "epoch": 3}, new)
    torch.save({"model": state, "epoch": 3}, old, _use_new_zipfile_serialization=False)
    return {"new.pth": new.getvalue(), "old.pth": old.getvalue(), "own.safetensors": save(state)}


FILES = files()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", FILES)
@given(seed=st.integers(0, 2**32 - 1), changes=st.integers(1, 12), cut=st.booleans())
def test_a_mutated_file_is_read_or_refused_in_a_sentence(
    name: str, seed: int, changes: int, cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = np.random.default_rng(seed)
    mutated = bytearray(FILES[name])
    for place in chance.integers(0, len(mutated), changes):
        mutated[place] = chance.choice([0, 1, 127, 128, 255, int(chance.integers(256))])
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(mutated[: chance.integers(len(mutated))] if cut else mutated)
    with suppress(ExplorerError):
        fit(nn.Linear(2, 3), read_weights(path), name)
