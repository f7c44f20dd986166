import copy
import dataclasses
import io
import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from explorer import models
from explorer.config import CnnModel, ConvolutionBlock, TrainingConfig
from explorer.datasets.splits import Pair, Splits
from explorer.errors import ExplorerError
from explorer.training import Trainer, evaluate, snapshot_steps, train
from explorer.training.devices import available_devices, choose_device
from explorer.training.schedule import schedule_factor, total_steps

OPTIMIZERS = ("sgd", "adam", "adamw")
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def made_splits(examples: int = 37, classes: int = 3) -> Splits:
    generator = torch.Generator().manual_seed(5)

    def pair(count: int) -> Pair:
        targets = torch.arange(count) % classes
        inputs = torch.randn(count, 1, 6, 6, generator=generator) + targets.view(-1, 1, 1, 1)
        return Pair(inputs, targets)

    names = tuple(map(str, range(classes)))
    return Splits("made", pair(examples), pair(11), pair(13), names, torch.zeros(1), torch.ones(1))


def made_model(splits: Splits, dropout: float = 0.3, batch_norm: bool = True) -> nn.Module:
    blocks = (ConvolutionBlock(channels=4),)
    return models.build(CnnModel(blocks=blocks, head_size=6, dropout=dropout, batch_norm=batch_norm), splits)


def config(**changes: Any) -> TrainingConfig:
    values: dict[str, Any] = {"batch_size": 8, "epochs": 3, "device": "cpu", "learning_rate": 0.01}
    return TrainingConfig(**values | changes)


def trainer(**changes: Any) -> Trainer:
    splits = made_splits()
    return Trainer(made_model(splits), splits, config(**changes))


def losses(one: Trainer, steps: int | None = None, watch: Callable[[int], bool] = lambda step: False) -> list[float]:
    count = one.total - one.step_count if steps is None else steps
    return [one.step(watch=watch(one.step_count + 1)).loss for _ in range(count)]


def weights(model: nn.Module) -> list[Tensor]:
    return [value.detach().clone() for value in model.state_dict().values()]


def equal(first: list[Tensor], second: list[Tensor]) -> bool:
    return all(a.equal(b) for a, b in zip(first, second, strict=True))


# ── looking never changes learning ───────────────────────────────────────────────────────────────────────────────────
@every_optimizer
def test_the_same_seed_gives_the_same_losses_bit_for_bit_and_another_seed_others(optimizer: str) -> None:
    first, again = losses(trainer(optimizer=optimizer)), losses(trainer(optimizer=optimizer))
    assert first == again
    assert first != losses(trainer(optimizer=optimizer, seed=1))


@every_optimizer
def test_watching_changes_nothing_with_batch_norm_and_dropout_on(optimizer: str) -> None:
    alone, watched = trainer(optimizer=optimizer), trainer(optimizer=optimizer)
    assert losses(alone) == losses(watched, watch=lambda step: step % 2 == 0)
    assert equal(weights(alone.model), weights(watched.model))


def test_evaluating_between_steps_changes_nothing() -> None:
    alone, looked_at = trainer(), trainer()
    expected = losses(alone)
    found = []
    while not looked_at.done:
        found.append(looked_at.step().loss)
        evaluate(looked_at.model, looked_at.splits.test)
    assert found == expected


def test_a_process_wide_random_draw_between_steps_changes_nothing() -> None:
    expected = losses(trainer())
    disturbed = trainer()
    found = []
    for step in range(disturbed.total):
        torch.manual_seed(step)
        torch.rand(step)
        found.append(disturbed.step().loss)
    assert found == expected


def test_training_leaves_the_process_wide_random_state_alone() -> None:
    torch.manual_seed(123)
    before = torch.get_rng_state()
    losses(trainer(), watch=lambda step: True)
    assert torch.get_rng_state().equal(before)


def test_dropout_silences_other_units_at_every_step() -> None:
    splits = made_splits(8)
    one = Trainer(made_model(splits), splits, config(learning_rate=1e-6, batch_size=8, weight_decay=0))
    # the weights hardly move and every batch holds all examples: only dropout makes the losses differ
    found = losses(one, 3)
    assert len({round(loss, 3) for loss in found}) == 3


def test_train_yields_every_step_and_measures_only_the_watched_ones() -> None:
    splits = made_splits()
    model = made_model(splits)
    records = list(train(model, splits, config(), watched_steps={2, 15}))
    assert [record.step for record in records] == list(range(1, 16))
    assert [record.epoch for record in records] == [1] * 5 + [2] * 5 + [3] * 5
    assert [record.step for record in records if record.validation] == [2, 15]
    assert [record.step for record in records if record.parameters] == [2, 15]
    assert records[-1].validation == evaluate(model, splits.validation)


def test_train_watches_the_snapshot_steps_unless_told() -> None:
    splits = made_splits()
    settings = config(snapshots=6)
    watched = [r.step for r in train(made_model(splits), splits, settings) if r.validation]
    assert watched == [step for step in snapshot_steps(15, 6) if step]


# ── going on from a state ────────────────────────────────────────────────────────────────────────────────────────────
def through_a_file(state: dict[str, Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    loaded: dict[str, Any] = torch.load(buffer, weights_only=True)
    return loaded


@every_optimizer
@pytest.mark.parametrize("carry", [copy.deepcopy, through_a_file])
@pytest.mark.parametrize("steps", [0, 1, 4, 5, 7, 10, 14])
def test_a_run_goes_on_from_a_state_bit_for_bit(
    optimizer: str, carry: Callable[[dict[str, Any]], dict[str, Any]], steps: int
) -> None:
    one = trainer(optimizer=optimizer, schedule="cosine", warmup_steps=3)
    losses(one, steps)
    state = carry(one.state())
    expected = losses(one)

    torch.rand(7)
    other = trainer(optimizer=optimizer, schedule="cosine", warmup_steps=3)
    losses(other, 2)  # whatever it did before is forgotten
    other.load_state(state)
    assert other.step_count == steps
    assert losses(other) == expected
    assert equal(weights(one.model), weights(other.model))


def test_a_rate_that_a_person_set_is_part_of_the_state() -> None:
    one = trainer()
    one.manual_rate = 0.5
    other = trainer()
    other.load_state(through_a_file(one.state()))
    assert other.step().learning_rate == 0.5


def test_a_changed_learning_rate_takes_effect_at_the_next_step() -> None:
    one = trainer(optimizer="sgd", momentum=0.0, weight_decay=0.0, schedule="constant")
    one.step()
    one.manual_rate = 0.125
    before = {name: p.detach().clone() for name, p in one.model.named_parameters()}
    record = one.step()
    assert record.learning_rate == 0.125
    for name, parameter in one.model.named_parameters():
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.detach(), before[name] - 0.125 * parameter.grad)
    one.manual_rate = None
    assert one.step().learning_rate == 0.01


# ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────────
@settings(max_examples=300, deadline=None)
@given(total=st.integers(1, 200_000), bound=st.integers(2, 200))
def test_snapshots_start_at_0_end_at_the_last_step_and_keep_their_bound(total: int, bound: int) -> None:
    steps = snapshot_steps(total, bound)
    assert steps[0] == 0
    assert steps[-1] == total
    assert list(steps) == sorted(set(steps))
    assert len(steps) <= bound
    # the bound is made use of
    assert len(steps) >= min(total + 1, bound // 2 + 1)


@settings(max_examples=200, deadline=None)
@given(total=st.integers(1, 200_000), bound=st.integers(30, 200))
def test_snapshots_are_dense_early_and_even_later(total: int, bound: int) -> None:
    steps = snapshot_steps(total, bound)
    gaps = [after - before for before, after in itertools.pairwise(steps)]
    widest = max(gaps)
    for step, gap in zip(steps, gaps, strict=False):
        assert gap <= max(1, step)  # at most doubling
    late = [gap for step, gap in zip(steps, gaps, strict=False) if step >= widest]
    assert set(late[:-1]) <= {widest}


@pytest.mark.parametrize(
    ("total", "bound", "steps"),
    [
        (1, 2, (0, 1)),
        (9, 10, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
        (2000, 2, (0, 2000)),
        (2000, 3, (0, 1, 2000)),
        (64, 12, (0, 1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64)),
    ],
)
def test_snapshots_at_hand_computed_steps(total: int, bound: int, steps: tuple[int, ...]) -> None:
    assert snapshot_steps(total, bound) == steps


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@settings(max_examples=40, deadline=None)
@given(examples=st.integers(2, 60), batch_size=st.integers(1, 70), epochs=st.integers(1, 3))
def test_an_epoch_takes_each_example_once_in_batches_that_differ_by_at_most_one(
    examples: int, batch_size: int, epochs: int
) -> None:
    numbered = torch.arange(examples, dtype=torch.float32).view(-1, 1, 1, 1)
    pair = Pair(numbered, torch.zeros(examples, dtype=torch.int64))
    splits = Splits("made", pair, pair, pair, ("a", "b"), torch.zeros(1), torch.ones(1))
    seen: list[Tensor] = []
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
    model.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].flatten()))
    one = Trainer(model, splits, config(batch_size=batch_size, epochs=epochs, learning_rate=1e-6))
    assert one.total == total_steps(one.config, examples) == epochs * math.ceil(examples / batch_size)
    sizes = [one.step().examples for _ in range(one.total)]
    assert one.done
    assert sizes == [len(batch) for batch in seen]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    orders = []
    for epoch in range(epochs):
        of_epoch = seen[epoch * one.steps_per_epoch : (epoch + 1) * one.steps_per_epoch]
        orders.append(torch.cat(of_epoch).int().tolist())
        assert sorted(orders[-1]) == list(range(examples))
    if examples > 20 and epochs > 1:
        assert orders[0] != orders[1]


# ── evaluation ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("batch_size", [1, 4, 13, 100])
def test_an_evaluation_is_the_mean_over_the_whole_split(batch_size: int) -> None:
    one = trainer()
    losses(one, 6)
    pair = one.splits.test
    found = evaluate(one.model, pair, batch_size)
    plain = copy.deepcopy(one.model).eval()
    with torch.no_grad():
        logits = plain(pair.inputs)
    assert found.loss == pytest.approx(nn.CrossEntropyLoss()(logits, pair.targets).item(), rel=1e-5)
    assert found.accuracy == pytest.approx((logits.argmax(1) == pair.targets).float().mean().item())


def test_an_evaluation_restores_every_modules_own_mode_and_leaves_batch_norm_alone() -> None:
    one = trainer()
    losses(one, 2)
    one.model.train()
    frozen = [module for module in one.model.modules() if isinstance(module, nn.BatchNorm2d)]
    for module in frozen:
        module.eval()
    modes = [module.training for module in one.model.modules()]
    before = weights(one.model)
    evaluate(one.model, one.splits.test)
    assert [module.training for module in one.model.modules()] == modes
    assert True in modes
    assert False in modes
    assert equal(before, weights(one.model))


def test_modes_are_restored_even_when_the_model_raises() -> None:
    one = trainer()
    one.model.train()
    with pytest.raises(RuntimeError, match=r"size|shape|channel"):
        evaluate(one.model, Pair(torch.zeros(3, 2, 6, 6), torch.zeros(3, dtype=torch.int64)))
    assert all(module.training for module in one.model.modules())


# ── against a textbook loop ──────────────────────────────────────────────────────────────────────────────────────────
def textbook(
    model: nn.Module, batches: list[Pair], optimizer: torch.optim.Optimizer, clip: float
) -> tuple[list[float], list[float]]:
    found, norms = [], []
    model.train()
    for inputs, targets in batches:
        loss = functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip or math.inf).item())
        optimizer.step()
        found.append(loss.item())
    return found, norms


@every_optimizer
@pytest.mark.parametrize("clip", [0.0, 0.05, 100.0])
def test_weights_are_those_of_a_textbook_loop(optimizer: str, clip: float) -> None:
    splits = in_double(made_splits())  # rounding aside, every number has to agree
    settings = config(optimizer=optimizer, gradient_clip=clip, schedule="constant", momentum=0.8, weight_decay=0.02)
    model = made_model(splits, dropout=0.0).double()
    plain = copy.deepcopy(model)
    kinds: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "sgd": lambda: torch.optim.SGD(plain.parameters(), 0.01, momentum=0.8, weight_decay=0.02),
        "adam": lambda: torch.optim.Adam(plain.parameters(), 0.01, weight_decay=0.02),
        "adamw": lambda: torch.optim.AdamW(plain.parameters(), 0.01, weight_decay=0.02),
    }
    batches: list[Pair] = []
    hook = model.register_forward_pre_hook(lambda module, inputs: batches.append(Pair(inputs[0], torch.empty(0))))
    one = Trainer(model, splits, settings)
    records = [one.step() for _ in range(one.total)]
    hook.remove()
    labelled = [Pair(inputs, labels_of(inputs, splits.train)) for inputs, _ in batches]
    expected, norms = textbook(plain, labelled, kinds[optimizer](), clip)
    assert [record.loss for record in records] == pytest.approx(expected, rel=1e-9)
    assert [record.gradient_norm for record in records] == pytest.approx(norms, rel=1e-9)  # before clipping
    for found, wanted in zip(weights(model), weights(plain), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-8)


def in_double(splits: Splits) -> Splits:
    train, validation, test = (
        Pair(pair.inputs.double(), pair.targets) for pair in (splits.train, splits.validation, splits.test)
    )
    return dataclasses.replace(splits, train=train, validation=validation, test=test)


def labels_of(inputs: Tensor, pair: Pair) -> Tensor:
    """The labels of a batch, looked up by its pictures."""
    same = (inputs[:, None] == pair.inputs[None]).flatten(2).all(2)  # (batch, example)
    return pair.targets[same.int().argmax(1)]


def test_clipping_bounds_the_gradient_and_logs_the_norm_before_it() -> None:
    free, clipped = trainer(), trainer(gradient_clip=0.01)
    first, bounded = free.step(), clipped.step()
    assert first.gradient_norm == bounded.gradient_norm > 0.01
    gradients = [p.grad for p in clipped.model.parameters() if p.grad is not None]
    assert nn.utils.get_total_norm(gradients).item() == pytest.approx(0.01, rel=1e-3)


def test_a_watched_step_measures_what_the_update_did_to_each_parameter() -> None:
    one = trainer()
    before = {name: p.detach().clone() for name, p in one.model.named_parameters()}
    record = one.step(watch=True)
    assert record.parameters is not None
    assert list(record.parameters) == list(before)
    for name, parameter in one.model.named_parameters():
        assert parameter.grad is not None
        after = parameter.detach()
        expected = (parameter.grad.norm().item(), after.norm().item(), (after - before[name]).norm().item())
        assert tuple(record.parameters[name]) == pytest.approx(expected, rel=1e-5)


def test_a_record_holds_the_batchs_loss_and_accuracy_before_the_update() -> None:
    splits = made_splits(6)
    model = made_model(splits, dropout=0.0)
    plain = copy.deepcopy(model).train()
    record = Trainer(model, splits, config(batch_size=6)).step()
    logits = plain(splits.train.inputs)
    assert record.loss == pytest.approx(functional.cross_entropy(logits, splits.train.targets).item(), rel=1e-5)
    assert record.accuracy == pytest.approx((logits.argmax(1) == splits.train.targets).float().mean().item())


# ── learning rate ────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("schedule", "warmup", "step", "factor"),
    [
        ("constant", 0, 1, 1.0),
        ("constant", 0, 100, 1.0),
        ("cosine", 0, 1, 1.0),
        ("cosine", 0, 26, 0.5 + math.sqrt(2) / 4),  # a quarter done: (1 + cos 45°) / 2
        ("cosine", 0, 51, 0.5),
        ("cosine", 0, 76, 0.5 - math.sqrt(2) / 4),
        ("step", 0, 50, 1.0),
        ("step", 0, 51, 0.1),
        ("step", 0, 75, 0.1),
        ("step", 0, 76, 0.01),
        ("constant", 4, 1, 0.2),
        ("constant", 4, 4, 0.8),
        ("constant", 4, 5, 1.0),
        ("cosine", 9, 1, 0.1),
        ("cosine", 9, 51, 0.5),
    ],
)
def test_the_schedule_at_hand_computed_points_of_100_steps(
    schedule: Any, warmup: int, step: int, factor: float
) -> None:
    settings = config(schedule=schedule, warmup_steps=warmup)
    assert schedule_factor(settings, step, 100) == pytest.approx(factor, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    schedule=st.sampled_from(["constant", "cosine", "step"]),
    warmup=st.integers(0, 1000),
    total=st.integers(1, 2000),
    part=st.floats(0, 1),
)
def test_the_rate_is_never_0_nor_above_the_configured_one(schedule: Any, warmup: int, total: int, part: float) -> None:
    step = 1 + int(part * (total - 1))
    assert 0 < schedule_factor(config(schedule=schedule, warmup_steps=warmup), step, total) <= 1


def test_the_optimizer_uses_the_scheduled_rate() -> None:
    one = trainer(optimizer="sgd", momentum=0.0, weight_decay=0.0, schedule="step")
    for step in range(1, 16):
        before = one.model.get_parameter("head.logits.bias").detach().clone()
        record = one.step()
        assert record.learning_rate == pytest.approx(0.01 if step <= 8 else 0.001 if step <= 12 else 0.0001)
        bias = one.model.get_parameter("head.logits.bias")
        assert bias.grad is not None
        torch.testing.assert_close(bias.detach(), before - record.learning_rate * bias.grad)


# ── what cannot be done ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("examples", "batch_size"), [(36, 1), (37, 1), (37, 2), (3, 2)])
def test_batches_of_one_example_with_batch_norm_are_an_error_whose_advice_works(examples: int, batch_size: int) -> None:
    splits = made_splits(examples)
    with pytest.raises(ExplorerError, match=f"{examples} training examples in batches of {batch_size} .*size of 3"):
        Trainer(made_model(splits), splits, config(batch_size=batch_size))
    assert len(losses(Trainer(made_model(splits), splits, config(batch_size=3)))) > 0
    without = Trainer(made_model(splits, batch_norm=False), splits, config(batch_size=batch_size, epochs=1))
    assert len(losses(without)) == math.ceil(examples / batch_size)


@settings(max_examples=60, deadline=None)
@given(examples=st.integers(2, 500), batch_size=st.integers(3, 64))
def test_batches_of_three_or_more_never_leave_one_example_over(examples: int, batch_size: int) -> None:
    parts = torch.arange(examples).tensor_split(math.ceil(examples / batch_size))
    assert min(len(part) for part in parts) >= 2


def test_a_device_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    absent = [name for name in ("cuda", "mps") if name not in available_devices()]
    for name in absent:
        with pytest.raises(ExplorerError, match=f"no {name} device; choose auto or .*cpu"):
            trainer(device=name)
    assert absent  # no machine has both
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type == available_devices()[-1]


def test_a_tiny_network_learns_what_can_be_learnt() -> None:
    splits = made_splits(120)
    model = made_model(splits)
    untrained = evaluate(model, splits.test)
    for _ in train(model, splits, config(epochs=10), watched_steps=()):
        pass
    trained = evaluate(model, splits.test)
    assert trained.loss < untrained.loss / 2
    assert trained.accuracy > 0.9
