"""The pictures that the form shows before a training."""

import numpy as np
import torch

from explorer import datasets
from explorer.config import TrainingConfig, parse
from explorer.datasets.splits import Splits
from explorer.ui.form.preview import versions


def digits() -> Splits:
    splits = datasets.load(parse({}))
    assert isinstance(splits, Splits)
    return splits


def test_each_picture_stands_before_its_versions_and_these_are_what_the_settings_make_of_it() -> None:
    shown = versions(digits(), TrainingConfig(horizontal_flip=True))
    first, mirrored = shown[:, :1], shown[:, :1, :, ::-1]
    same, flipped = ((shown == one).all(axis=(2, 3, 4)) for one in (first, mirrored))
    assert (same | flipped).all()
    assert flipped[:, 1:].any()
    assert same[:, 1:].any()


def test_the_seed_decides_what_is_shown_and_looking_draws_no_random_number_of_the_process() -> None:
    before = torch.get_rng_state()
    shown = [versions(digits(), TrainingConfig(gaussian_noise=0.5, seed=seed)) for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[0], shown[2])
