from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.training.checkpoint import read_checkpoint, read_snapshot, write_checkpoint, write_snapshot
from explorer.training.loop import unchanging


def test_a_checkpoint_returns_every_value_with_its_kind(tmp_path: Path) -> None:
    state = {
        "numbers": {0: torch.arange(3), 7: torch.tensor(1.5)},
        "groups": [{"lr": 1e-3, "betas": [0.9, 0.999], "fused": True, "capturable": None}],
        "noise": torch.arange(5, dtype=torch.uint8),
        "step": 3,
    }
    write_checkpoint(tmp_path / "checkpoint.safetensors", state)
    kept = read_checkpoint(tmp_path / "checkpoint.safetensors")
    assert kept.keys() == state.keys()
    assert kept["groups"] == state["groups"]
    assert kept["step"] == 3
    assert list(kept["numbers"]) == [0, 7]
    assert torch.equal(kept["numbers"][0], torch.arange(3))
    assert kept["numbers"][7].shape == ()
    assert kept["noise"].dtype == torch.uint8


def test_a_random_state_goes_on_where_it_was_kept(tmp_path: Path) -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    write_checkpoint(tmp_path / "kept", {"states": [generator.get_state() for generator in generators]})
    for generator, state in zip(generators, read_checkpoint(tmp_path / "kept")["states"], strict=True):
        again = torch.Generator()
        again.set_state(state)
        assert torch.equal(torch.randperm(50, generator=again), torch.randperm(50, generator=generator))


def test_weights_whose_channels_lie_side_by_side_come_back_in_order(tmp_path: Path) -> None:
    weights = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5).to(memory_format=torch.channels_last)
    write_checkpoint(tmp_path / "kept", {"weights": weights})
    assert torch.equal(read_checkpoint(tmp_path / "kept")["weights"], weights)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(b"no safetensors")
    with pytest.raises(ExplorerError, match=r"checkpoint\.safetensors is damaged"):
        read_checkpoint(path)


def test_tied_weights_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    write_snapshot(tmp_path, 0, model)
    weights = read_snapshot(tmp_path, 0)
    assert torch.equal(weights["0.weight"], weights["1.weight"])


def test_weights_that_do_not_learn_are_kept_once(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    head = nn.Linear(100, 2)
    model = nn.Sequential(nn.Linear(100, 100).requires_grad_(False), head)
    constant = unchanging(model)
    write_snapshot(tmp_path, 0, model, constant)
    nn.init.ones_(head.weight)
    write_snapshot(tmp_path, 5, model, constant)
    first, later = sorted((tmp_path / "snapshots").iterdir())
    assert later.stat().st_size < first.stat().st_size / 10
    weights = read_snapshot(tmp_path, 5)
    assert weights.keys() == model.state_dict().keys()
    assert all(torch.equal(weights[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(("step", "named"), [(3, "2 and 8"), (9, "nearest are at 8"), (-1, "nearest are at 0")])
def test_a_step_that_was_not_kept_names_its_neighbours(tmp_path: Path, step: int, named: str) -> None:
    (tmp_path / "snapshots").mkdir()
    for kept in (0, 2, 8):
        write_snapshot(tmp_path, kept, nn.Linear(1, 1))
    with pytest.raises(ExplorerError, match=named):
        read_snapshot(tmp_path, step)
