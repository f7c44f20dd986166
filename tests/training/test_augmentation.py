"""Augmented training pictures: each is torchvision's own for some offset, and none is ever evaluated."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision.transforms import functional

from explorer import datasets, models
from explorer.config import TrainingConfig, parse
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.training import Trainer
from explorer.training import loop as loop_module
from explorer.training.augmentation import augmented, augments, black_of, check_augmentation

BLACK = torch.tensor([-1.5, 7.0]).view(-1, 1, 1)
KINDS: dict[str, dict[str, Any]] = {
    "flip": {"horizontal_flip": True},
    "shift": {"random_shift": 2},
    "crop": {"random_crop": 2},
    "noise": {"gaussian_noise": 0.5},
}
ALL: dict[str, Any] = {name: value for kind in KINDS.values() for name, value in kind.items()}


def changed(pictures: Tensor, seed: int = 0, **settings: Any) -> Tensor:
    torch.manual_seed(seed)
    return augmented(pictures, TrainingConfig(**settings), BLACK)


def picture() -> Tensor:
    """(channel, row, column), every value once, higher than wide."""
    return torch.arange(2 * 6 * 5.0).view(2, 6, 5)


def windows(padded: Tensor) -> list[Tensor]:
    """Every 6x5 window of a picture padded by 2 on each side."""
    return [functional.crop(padded, top, left, 6, 5) for top in range(5) for left in range(5)]


def in_black(pictures: Tensor) -> Tensor:
    """A picture in a border of 2 black pixels, whose inputs differ by channel."""
    grey = [functional.pad(one[None], [2], fill=black)[0] for one, black in zip(pictures, (-1.5, 7.0), strict=True)]
    return torch.stack(grey)


POSSIBLE = {
    "flip": [picture(), functional.hflip(picture())],
    "shift": windows(functional.pad(picture(), [2], padding_mode="edge")),
    "crop": windows(in_black(picture())),
}


@pytest.mark.parametrize("kind", POSSIBLE)
def test_every_picture_is_one_of_torchvisions_own_and_each_of_them_occurs_about_equally_often(kind: str) -> None:
    count, possible = 5000, POSSIBLE[kind]
    found = changed(picture().expand(count, -1, -1, -1), **KINDS[kind])
    occurs = [int((found == one).flatten(1).all(1).sum()) for one in possible]
    assert sum(occurs) == count
    expected = count / len(possible)
    assert all(abs(times - expected) < 5 * math.sqrt(expected) for times in occurs)  # five standard deviations


def test_noise_has_the_standard_deviation_that_is_asked_for_and_no_mean() -> None:
    pictures = picture().expand(2000, -1, -1, -1)
    noise = changed(pictures, gaussian_noise=0.5) - pictures
    assert noise.mean().item() == pytest.approx(0.0, abs=5 * 0.5 / math.sqrt(noise.numel()))
    assert noise.std().item() == pytest.approx(0.5, rel=0.02)


def test_together_they_are_flip_shift_and_crop_in_this_order() -> None:
    edged = [functional.pad(one, [2], padding_mode="edge") for one in POSSIBLE["flip"]]
    shifted = [window for one in edged for window in windows(one)]
    possible = {tuple(window.flatten().tolist()) for one in shifted for window in windows(in_black(one))}
    found = changed(picture().expand(300, -1, -1, -1), **{**ALL, "gaussian_noise": 0.0})
    assert {tuple(one.flatten().tolist()) for one in found} <= possible


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_drawn_anew_for_every_picture_and_from_the_random_state_alone(kind: str) -> None:
    pictures = picture().expand(64, -1, -1, -1)
    first = changed(pictures, **KINDS[kind])
    assert len({tuple(one.flatten().tolist()) for one in first}) > 1
    assert torch.equal(changed(pictures, **KINDS[kind]), first)
    assert not torch.equal(changed(pictures, seed=1, **KINDS[kind]), first)
    assert torch.equal(pictures[0], picture())  # the data set itself stays


def test_without_augmentation_no_picture_and_no_random_state_changes() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    pictures = picture()[None]
    assert torch.equal(augmented(pictures, TrainingConfig(), BLACK), pictures)
    assert torch.equal(torch.get_rng_state(), before)


def test_augmentation_is_off_by_default_and_each_kind_switches_it_on() -> None:
    assert not augments(TrainingConfig())
    for settings in KINDS.values():
        assert augments(TrainingConfig(**settings))


def test_a_black_pixel_is_0_before_the_normalisation() -> None:
    splits = datasets.load(parse({}))
    assert isinstance(splits, Splits)
    assert splits.pictures(black_of(splits).expand(1, 1, 8, 8)).max() == 0
    assert (splits.train.inputs.min() - black_of(splits)).abs().item() < 1e-6  # a digit's ground


# ── in a training ────────────────────────────────────────────────────────────────────────────────────────────────────
def trainer(model: dict[str, Any] | None = None, **training: Any) -> Trainer:
    config = parse(
        {
            "dataset": {"name": "digits", "examples_per_class": 20},
            "model": {"name": "cnn", "blocks": [{"channels": 4}], "head_size": 0, **(model or {})},
            "training": {"epochs": 4, "batch_size": 50, "device": "cpu", **training},
        }
    )
    splits = datasets.load(config)
    return Trainer(models.build(config, splits), splits, config.training)


def losses(training: Trainer) -> list[float]:
    found = []
    while not training.done:
        found.append(training.step().loss)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_learns_from_augmented_pictures_and_the_seed_decides_which(kind: str) -> None:
    plain, first = losses(trainer()), losses(trainer(**KINDS[kind]))
    assert first != plain
    assert losses(trainer(**KINDS[kind])) == first


@pytest.mark.parametrize("model", [{"dropout": 0.0}, {"dropout": 0.3}], ids=["no dropout", "dropout"])
def test_a_training_that_goes_on_from_any_step_ends_with_the_same_weights(model: dict[str, Any]) -> None:
    whole = trainer(model, **ALL)
    states = []
    while not whole.done:
        kept = {name: tensor.clone() for name, tensor in whole.state()["model"].items()}
        copied = torch.utils._pytree.tree_map_only(Tensor, Tensor.clone, {**whole.state(), "model": kept})
        states.append(copied)
        whole.step()
    for state in states:
        torch.manual_seed(len(states))  # what else the process drew is of no account
        resumed = trainer(model, **ALL)
        resumed.load_state(state)
        losses(resumed)
        for name, tensor in whole.model.state_dict().items():
            assert torch.equal(resumed.model.state_dict()[name], tensor), name


def test_looking_at_a_training_changes_nothing_of_what_it_learns() -> None:
    watched = trainer(**ALL)
    found = []
    while not watched.done:
        found.append(watched.step(watch=True).loss)
        torch.rand(3)
    assert found == losses(trainer(**ALL))


def test_only_training_batches_are_augmented(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(pictures: Tensor, *rest: Any) -> Tensor:
        seen.append(len(pictures))
        return augmented(pictures, *rest)

    monkeypatch.setattr(loop_module, "augmented", counted)
    training = trainer(**ALL)
    before = [training.evaluate(split) for split in ("train", "validation", "test")]
    assert seen == []
    assert before == [training.evaluate(split) for split in ("train", "validation", "test")]
    training.step(watch=True)
    assert seen == [50]


def test_frozen_features_are_computed_from_the_augmented_pictures_of_each_update() -> None:
    def built(**training: Any) -> Trainer:
        config = parse(
            {
                "dataset": {"name": "shapes", "examples": 200, "examples_per_class": 2},
                "model": {"name": "pretrained", "strategy": "frozen"},
                "training": {"epochs": 1, "batch_size": 16, "device": "cpu", **training},
            }
        )
        splits = datasets.load(config)
        return Trainer(models.build(config, splits), splits, config.training)

    training, plain = built(horizontal_flip=True), built()
    frozen = {name: p.clone() for name, p in training.model.named_parameters() if not p.requires_grad}
    assert frozen
    first = training.step().loss
    assert math.isfinite(first)
    assert first != plain.step().loss
    for name, parameter in training.model.named_parameters():
        if name in frozen:
            assert torch.equal(parameter, frozen[name])


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("setting", "pixels"), [("random_shift", 5), ("random_crop", 16)])
def test_a_shift_or_a_crop_of_more_than_half_a_picture_is_refused_with_the_largest(setting: str, pixels: int) -> None:
    with pytest.raises(ExplorerError, match=f"{setting} is {pixels} pixels, and the pictures have 8x8.*choose 4 or"):
        trainer(None, **{setting: pixels})
    check_augmentation(parse({"training": {setting: 4}}).training, (1, 8, 8))


@pytest.mark.parametrize("kind", KINDS)
def test_augmentation_of_sequences_is_refused(kind: str) -> None:
    ((setting, _),) = KINDS[kind].items()
    with pytest.raises(ExplorerError, match=f"training.{setting} is .* and adding holds sequences"):
        parse({"dataset": {"name": "adding"}, "training": KINDS[kind]})
    with pytest.raises(ExplorerError, match="Only pictures"):
        check_augmentation(TrainingConfig(**KINDS[kind]), (50, 2))
