"""Files of weights: tensors alone, and only those that fit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.weights import fill, read_weights


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(first[name].equal(second[name]) for name in first)


WRAPPINGS: dict[str, Any] = {
    "a state dict": lambda state: state,
    "a checkpoint": lambda state: {"state_dict": state, "epoch": 3, "loss": 0.5},
    "torchvision's own checkpoint": lambda state: {"model": state, "epoch": 3},
    "of a network in parallel": lambda state: {f"module.{name}": value for name, value in state.items()},
    "of a network within another": lambda state: {f"module.model.{name}": value for name, value in state.items()},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_tensors_are_read_out_of_what_they_are_wrapped_in(tmp_path: Path, wrapping: str) -> None:
    state = network().state_dict()
    torch.save(WRAPPINGS[wrapping](state), tmp_path / "own.pth")
    assert same(read_weights(tmp_path / "own.pth"), state)


def test_the_old_format_of_torch_is_read_too(tmp_path: Path) -> None:
    state = network().state_dict()
    torch.save(state, tmp_path / "own.pth", _use_new_zipfile_serialization=False)
    assert same(read_weights(tmp_path / "own.pth"), state)


def test_safetensors_are_read(tmp_path: Path) -> None:
    state = {f"module.{name}": value for name, value in network().state_dict().items()}
    save_file(state, tmp_path / "own.safetensors")
    assert same(read_weights(tmp_path / "own.safetensors"), network_state(state))


def network_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix("module."): value for name, value in state.items()}


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


def test_a_file_that_is_not_there_or_holds_numbers_beside_tensors_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match=r"no weights file .*absent\.pth"):
        read_weights(tmp_path / "absent.pth")
    torch.save({**network().state_dict(), "epoch": 3}, tmp_path / "own.pth")
    with pytest.raises(ExplorerError, match="holds epoch beside its tensors"):
        read_weights(tmp_path / "own.pth")
    torch.save([torch.zeros(2)], tmp_path / "list.pth")
    with pytest.raises(ExplorerError, match="no weights by name"):
        read_weights(tmp_path / "list.pth")


def test_a_network_is_filled_with_what_fits() -> None:
    first, second = network(), network()
    fill(second, first.state_dict(), "own.pth")
    assert same(first.state_dict(), second.state_dict())


def test_what_does_not_fit_is_counted_and_named() -> None:
    state = network().state_dict()
    state["3.weight"] = torch.zeros(5, 8)
    state["fc.weight"] = state.pop("0.bias")
    with pytest.raises(ExplorerError) as caught:
        fill(network(), state, "own.pth")
    said = str(caught.value)
    assert "own.pth does not fit" in said
    assert "1 of its 9 tensors are missing (0.bias)" in said
    assert "1 tensors in the file are not in the network (fc.weight)" in said
    assert "1 tensors have another shape (3.weight: 5x8 in the file, 3x8 in the network)" in said
