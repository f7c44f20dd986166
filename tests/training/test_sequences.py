"""Sequences are trained, recorded and resumed like pictures; how well the defaults learn them."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from explorer import datasets, models
from explorer.command import follow
from explorer.config import RunConfig, parse
from explorer.datasets import Sequences
from explorer.models.generation import draw
from explorer.models.recurrent import Recurrent
from explorer.training import Run, Trainer, evaluate_split, train
from explorer.training.state import RunState, take_lease
from explorer.training.worker import work

KINDS: list[dict[str, Any]] = [
    {"dataset": {"name": "adding", "examples": 500, "length": 8}, "model": {"name": "lstm", "hidden_size": 8}},
    {"dataset": {"name": "parity", "examples": 500, "length": 6}, "model": {"name": "gru", "hidden_size": 8}},
    {
        "dataset": {"name": "parity", "examples": 500, "length": 6},
        "model": {"name": "lstm", "hidden_size": 8, "bidirectional": True, "layers": 2, "dropout": 0.4},
    },
    {"dataset": {"name": "bracket_depth", "examples": 500, "length": 8}, "model": {"name": "rnn", "hidden_size": 8}},
    {"dataset": {"name": "digit_drawing"}, "model": {"name": "gru", "hidden_size": 8}},
    {"dataset": {"name": "digits"}, "model": {"name": "mlp", "hidden_size": 8}},
]
IDS = [f"{kind['model']['name']} on {kind['dataset']['name']}" for kind in KINDS]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=IDS)


def config(kind: dict[str, Any], **training: Any) -> RunConfig:
    return parse({**kind, "training": {"epochs": 2, "snapshots": 5, "device": "cpu", **training}})


def trainer(chosen: RunConfig) -> Trainer:
    torch.set_num_threads(1)
    splits = datasets.load(chosen)
    return Trainer(models.build(chosen, splits), splits, chosen.training)


def losses(one: Trainer) -> list[float]:
    found = []
    while not one.done:
        found.append(one.step(watch=one.step_count % 3 == 0).loss)
    return found


@every_kind
def test_training_goes_on_from_a_state_bit_for_bit_and_watching_changes_nothing(kind: dict[str, Any]) -> None:
    chosen = config(kind)
    whole, first = trainer(chosen), trainer(chosen)
    expected = [whole.step().loss for _ in range(whole.total)]
    begun = [first.step().loss for _ in range(first.total // 2)]
    resumed = trainer(chosen)
    resumed.load_state(first.state())
    assert [*begun, *losses(resumed)] == expected
    for name, value in whole.model.state_dict().items():
        assert value.equal(resumed.model.state_dict()[name]), name


@every_kind
def test_a_worker_records_the_run_and_its_network_is_found_again(kind: dict[str, Any], tmp_path: Path) -> None:
    run = Run.create(tmp_path, config(kind))
    work(run.path, take_lease(run.path))
    state, rows = run.state(), run.metrics()
    assert (state.status, state.reason) == ("finished", "")
    assert run.config is not None
    splits = datasets.load(run.config)
    model = run.model(state.total)
    loss, accuracy = evaluate_split(model, splits, "test")
    assert state.test_loss == pytest.approx(loss)
    assert rows["validation_loss"].iloc[-1] == pytest.approx(evaluate_split(model, splits, "validation").loss)
    if math.isnan(accuracy):
        assert state.test_accuracy is None
        assert rows[["accuracy", "validation_accuracy"]].isna().all(axis=None)
        assert "accuracy" not in follow.progress(run, state)
    else:
        assert state.test_accuracy == pytest.approx(accuracy)
        assert "accuracy" in follow.progress(run, state)
    for line in (run.path / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)  # NaN is no JSON
    assert run.data_shape() == splits.shape_facts()


def test_of_numbers_the_validation_loss_is_told(tmp_path: Path) -> None:
    run = Run.create(tmp_path, config(KINDS[0]))
    (run.path / "metrics.jsonl").write_text(
        '{"step":0,"epoch":0,"validation_loss":0.5,"validation_accuracy":null,"seconds":0}\n'
        '{"step":1,"epoch":1,"loss":0.25,"accuracy":null,"seconds":1}\n'
    )
    said = follow.progress(run, RunState(status="running", step=1, total=2))
    assert said == "loss 0.2500, validation 0.5000: █████      1/2, ? left, ? steps/s"


def test_a_run_that_kept_only_shape_and_classes_of_its_data_still_opens(tmp_path: Path) -> None:
    run = Run.create(tmp_path, config(KINDS[-1]))
    (run.path / "data.json").write_text('{"input_shape": [1, 8, 8], "class_names": ["a", "b"]}')
    facts = run.data_shape()
    assert (facts.input_shape, facts.class_names, facts.objective) == ((1, 8, 8), ("a", "b"), "class")


def test_the_lengths_go_with_their_examples() -> None:
    class Checked(nn.Module):
        """Answers "odd" surely where the bits up to the length are odd in number."""

        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(10.0))

        def forward(self, bits: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
            real = torch.arange(bits.shape[1]) < lengths[:, None]
            assert not (bits * ~real).any()
            odd = (bits * real).sum(1) % 2
            return self.scale * nn.functional.one_hot(odd, 2)

    chosen = config(KINDS[1])
    splits = datasets.load(chosen)
    assert [record.accuracy for record in train(Checked(), splits, chosen.training)] == [1.0] * 16


# ── what the defaults learn ──────────────────────────────────────────────────────────────────────────────────────────
def trained(dataset: dict[str, Any], model: str, **training: Any) -> tuple[Any, Sequences]:
    torch.set_num_threads(1)
    chosen = parse({"dataset": dataset, "model": {"name": model}, "training": {"device": "cpu", **training}})
    sequences = datasets.load(chosen)
    assert isinstance(sequences, Sequences)
    network = models.build(chosen, sequences)
    for _ in train(network, sequences, chosen.training, watched_steps=()):
        pass
    return network, sequences


@pytest.mark.slow
def test_an_lstm_solves_the_adding_problem_that_a_plain_network_does_not() -> None:
    losses = {}
    for model, examples in (("lstm", 160000), ("rnn", 64000)):
        network, sequences = trained({"name": "adding", "length": 50, "examples": examples}, model)
        losses[model] = evaluate_split(network, sequences, "test").loss
    assert losses["lstm"] < 1e-2  # 6.7e-4 was reached elsewhere
    assert losses["rnn"] > 0.1  # 0.166 stood elsewhere; always answering 1 costs 0.1667


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "model", "epochs", "accuracy"),
    [
        ({"name": "parity"}, "lstm", 4, 0.99),
        ({"name": "parity", "every_step": True}, "gru", 2, 0.99),
        ({"name": "digit_rows"}, "lstm", 30, 0.9),
    ],
)
def test_the_defaults_answer_rightly(dataset: dict[str, Any], model: str, epochs: int, accuracy: float) -> None:
    network, sequences = trained(dataset, model, epochs=epochs)  # at most the default
    assert evaluate_split(network, sequences, "test").accuracy > accuracy


@pytest.mark.slow
def test_a_flip_flop_is_held_with_a_twentieth_of_the_baselines_error() -> None:
    network, sequences = trained({"name": "flip_flop"}, "lstm", epochs=3)
    assert evaluate_split(network, sequences, "test").loss < 0.05 * sequences.baseline


@pytest.mark.slow
def test_digits_drawn_row_by_row_are_nearest_to_the_mean_picture_of_their_own_class() -> None:
    network, sequences = trained({"name": "digit_drawing"}, "lstm")
    assert evaluate_split(network, sequences, "test").loss < 0.5 * sequences.baseline
    assert isinstance(network, Recurrent)
    drawn = draw(network.eval(), torch.arange(10), 10, 8)
    pictures, classes = sequences.train.targets, sequences.train.inputs[:, 0, :10].argmax(1)
    means = torch.stack([pictures[classes == digit].mean(0) for digit in range(10)])
    distances = (drawn[:, None] - means[None]).square().sum((2, 3))
    assert (distances.argmin(1) == torch.arange(10)).sum() >= 9
