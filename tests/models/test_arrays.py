"""NumPy's arrays in a file of weights: their numbers are read, and nothing else of them is made."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.arrays import NUMBERS
from explorer.models.fitting import fit
from explorer.models.weights import read_weights


def saved(content: Any, path: Path, new_format: bool = True) -> dict[str, Tensor]:
    torch.save(content, path, _use_new_zipfile_serialization=new_format)
    [found] = read_weights(path)
    return dict(found.state)


@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", NUMBERS)
def test_every_kind_of_number_is_read_in_both_byte_orders(
    tmp_path: Path, code: str, order: str, new_format: bool
) -> None:
    values = np.arange(6).reshape(2, 3).astype(f"{order}{code}")
    found = saved({"weight": values}, tmp_path / "own.pth", new_format)["weight"]
    assert found.dtype == torch.from_numpy(values.astype(values.dtype.newbyteorder("="))).dtype
    assert found.tolist() == values.tolist()


@pytest.mark.parametrize(
    "values", [np.array(3.0), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(9.0)[::2]]
)
def test_arrays_of_every_form_are_read(tmp_path: Path, values: np.ndarray) -> None:
    found = saved({"weight": values}, tmp_path / "own.pth")["weight"]
    assert tuple(found.shape) == values.shape
    assert found.tolist() == values.tolist()


def test_a_network_is_filled_with_arrays_as_with_tensors(tmp_path: Path) -> None:
    own, filled = nn.BatchNorm1d(3), nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    layer = nn.Linear(2, 3)
    state = {f"0.{name}": value for name, value in layer.state_dict().items()}
    state |= {f"1.{name}": value for name, value in own.state_dict().items()}
    torch.save({"net": {f"module.{name}": value.numpy() for name, value in state.items()}}, tmp_path / "own.pth")
    assert fit(filled, read_weights(tmp_path / "own.pth"), "own.pth").unused == ()
    assert all(value.equal(state[name]) for name, value in filled.state_dict().items())


@pytest.mark.parametrize(
    "values", [np.array(["cat", "dog"]), np.array([{"a": 1}], object), np.array(["2024-01-01"], "datetime64[D]")]
)
def test_arrays_of_anything_else_are_beside_the_weights(tmp_path: Path, values: np.ndarray) -> None:
    torch.save({"weight": np.ones(2), "names": values}, tmp_path / "own.pth")
    [found] = read_weights(tmp_path / "own.pth")
    assert list(found.state) == ["weight"]
    assert found.beside == ("names",)


class Claims:
    """Pickles as an array of a shape that its bytes do not have."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape

    def __reduce__(self) -> tuple[Any, ...]:
        make, start, state = cast("tuple[Any, ...]", np.zeros(2, np.float32).__reduce__())
        return make, start, (state[0], self.shape, *state[2:])


@pytest.mark.parametrize("shape", [(10**12,), (3,), (-1,), (2.0,), "no shape"])
def test_an_array_whose_bytes_are_not_those_of_its_shape_is_refused(tmp_path: Path, shape: Any) -> None:
    torch.save({"weight": Claims(shape)}, tmp_path / "own.pth")
    with pytest.raises(ExplorerError, match=r"own\.pth"):
        read_weights(tmp_path / "own.pth")
