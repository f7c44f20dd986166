"""Updates replayed as a CUDA graph learn what plain ones learn."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from explorer import datasets, models
from explorer.config import parse
from explorer.training import Trainer, loop
from explorer.training.captured import rates_on_the_device, worth_capturing

CONFIGS: dict[str, dict[str, Any]] = {
    "the default CNN": {},
    "dropout, AdamW and a schedule": {
        "model": {"name": "cnn", "dropout": 0.3},
        "training": {"optimizer": "adamw", "schedule": "cosine", "warmup_steps": 3},
    },
    "momentum and clipping": {"training": {"optimizer": "sgd", "momentum": 0.9, "gradient_clip": 0.5}},
    "without momentum": {"training": {"optimizer": "sgd", "momentum": 0.0}},
    "an LSTM": {"dataset": {"name": "adding", "examples": 500, "length": 10}, "model": {"name": "lstm"}},
    "text": {"dataset": {"name": "bracket_depth", "examples": 500, "length": 10}, "model": {"name": "gru"}},
    "padded sequences": {"dataset": {"name": "parity", "examples": 500, "length": 10}, "model": {"name": "rnn"}},
    "frozen features": {
        "dataset": {"name": "shapes", "examples": 300},
        "model": {"name": "pretrained", "strategy": "frozen"},
    },
}
UPDATES = 50  # two epochs and more, with batches of two sizes

on_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")


@pytest.fixture
def exact() -> Iterator[None]:
    """No TF32, and the same kernels each time: what differs then is the recording."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = False, True
    yield
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = before


def trainer(values: dict[str, Any]) -> Trainer:
    training = {"device": "cuda", "batch_size": 32, **values.get("training", {})}
    config = parse({**values, "training": training})
    splits = datasets.load(config)
    return Trainer(models.build(config.model, splits), splits, config.training)


def plain(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Trainer:
    with monkeypatch.context() as patched:
        patched.setattr(loop, "worth_capturing", lambda *_: False)
        return trainer(values)


def weights(one: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in one.model.state_dict().items()}


def test_updates_are_recorded_on_cuda_where_no_sequence_is_padded() -> None:
    lengths = torch.tensor([3, 5])
    assert worth_capturing(torch.device("cuda"), None)
    assert not worth_capturing(torch.device("cuda"), lengths)
    assert not worth_capturing(torch.device("cpu"), None)
    assert not worth_capturing(torch.device("mps"), None)


def test_rates_become_tensors_beside_the_weights() -> None:
    optimizer = torch.optim.AdamW(nn.Linear(2, 2).parameters(), 0.25)
    rates_on_the_device(optimizer)
    assert optimizer.param_groups[0]["lr"].item() == 0.25
    rates_on_the_device(optimizer)  # again after a state was loaded
    assert optimizer.param_groups[0]["lr"].item() == 0.25


@on_cuda
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.usefixtures("exact")
def test_replayed_updates_are_the_plain_ones(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replayed, stepped = trainer(CONFIGS[name]), plain(CONFIGS[name], monkeypatch)
    for step in range(1, min(UPDATES, replayed.total) + 1):
        ours, theirs = replayed.step(watch=step % 7 == 0), stepped.step(watch=step % 7 == 0)
        assert ours.loss == pytest.approx(theirs.loss, rel=2e-3, abs=1e-5), step
        assert ours.gradient_norm == pytest.approx(theirs.gradient_norm, rel=2e-2, abs=1e-5), step
        if theirs.parameters is not None and ours.parameters is not None:
            for parameter, measured in theirs.parameters.items():
                assert ours.parameters[parameter] == pytest.approx(measured, rel=5e-2, abs=1e-5), (step, parameter)
    assert bool(replayed._captured) == (name != "padded sequences")


@on_cuda
def test_recording_changes_neither_weights_nor_the_process_wide_random_state() -> None:
    one = trainer(CONFIGS["dropout, AdamW and a schedule"])
    before, random_state = weights(one), torch.cuda.get_rng_state()
    one.manual_rate = 0.0
    one.step()
    after = weights(one)
    learnt = [name for name, parameter in one.model.named_parameters()]
    assert all(torch.equal(before[name], after[name]) for name in learnt)
    assert torch.equal(random_state, torch.cuda.get_rng_state())


@on_cuda
def test_a_rate_that_is_changed_between_two_replays_counts() -> None:
    one = trainer({"training": {"optimizer": "sgd", "momentum": 0.0, "weight_decay": 0.0}})
    sizes = []
    for rate in (0.1, 0.1, 0.01, 0.0):
        before = weights(one)
        one.manual_rate = rate
        record = one.step()
        moved = sum(
            float((weights(one)[name] - before[name]).square().sum()) for name, _ in one.model.named_parameters()
        )
        sizes.append(moved**0.5 / record.gradient_norm)
    assert sizes == pytest.approx([0.1, 0.1, 0.01, 0.0], rel=1e-3)


@on_cuda
@pytest.mark.usefixtures("exact")
def test_a_run_goes_on_from_its_state_as_if_it_had_not_stopped() -> None:
    values = CONFIGS["dropout, AdamW and a schedule"]
    whole, first, second = trainer(values), trainer(values), trainer(values)
    for _ in range(30):
        whole.step()
    for _ in range(12):
        first.step()
    second.step()  # something is recorded, and moves
    second.load_state(first.state())
    for _ in range(18):
        second.step()
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(second)[name], value, rtol=1e-3, atol=1e-5)
