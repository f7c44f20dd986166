import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from explorer import datasets, models
from explorer.config import DigitsData, ImageSplit, RunConfig, TrainingConfig
from explorer.datasets.images import divide, normalise
from explorer.errors import ExplorerError
from explorer.training import evaluate, train


def test_digits_are_scikit_learns_with_pixels_from_0_to_16() -> None:
    splits = datasets.load(DigitsData())
    source = load_digits()
    official = {
        (image / 16 * 255).round().astype(np.uint8).tobytes(): label
        for image, label in zip(source.images, source.target, strict=True)
    }
    drawn = []
    for part in ("train", "validation", "test"):
        pair = splits.split(part)
        for picture, target in zip(splits.pictures(pair.inputs), pair.targets.tolist(), strict=True):
            drawn.append(picture.tobytes())
            assert official[drawn[-1]] == target
    assert len(drawn) == len(source.images) == 1797
    assert set(drawn) == set(official)


def test_digits_are_divided_by_percent() -> None:
    splits = datasets.load(DigitsData(validation_percent=10, test_percent=20))
    sizes = [len(splits.split(part).targets) for part in ("train", "validation", "test")]
    assert sizes == [1797 - 180 - 359, 180, 359]


def test_a_channel_without_contrast_is_left_at_0() -> None:
    pixels = np.zeros((60, 2, 4, 4), dtype=np.float32)
    pixels[:, 0] = 0.25
    pixels[:, 1] = np.random.default_rng(0).random((60, 4, 4))
    splits = divide("made", pixels, np.arange(60) % 2, ("a", "b"), ImageSplit())
    assert splits.deviation[0] == 1
    assert splits.train.inputs[:, 0].abs().max() == 0
    assert splits.train.inputs[:, 1].std() == pytest.approx(1, abs=0.01)


def test_every_split_is_normalised_with_the_training_pixels_alone() -> None:
    low, high = np.zeros((2, 1, 1, 2), dtype=np.uint8), np.full((2, 1, 1, 2), 255, dtype=np.uint8)
    low[..., 1] = 51  # training pixels 0 and 0.2: mean 0.1, deviation 0.1
    labels = np.array([0, 1])
    splits = normalise("made", [(low, labels), (high, labels), (high, labels)], ("a", "b"))
    torch.testing.assert_close(splits.train.inputs[0].flatten(), torch.tensor([-1.0, 1.0]))
    torch.testing.assert_close(splits.test.inputs[0].flatten(), torch.tensor([9.0, 9.0]))


def test_the_pixels_that_are_divided_are_not_changed() -> None:
    pixels = np.random.default_rng(0).random((60, 1, 4, 4), dtype=np.float32)
    before = pixels.copy()
    divide("made", pixels, np.arange(60) % 2, ("a", "b"), ImageSplit())
    np.testing.assert_array_equal(pixels, before)


@settings(deadline=None, max_examples=150)
@given(
    counts=st.lists(st.integers(1, 60), min_size=2, max_size=8),
    validation=st.integers(5, 40),
    test=st.integers(5, 40),
)
def test_every_class_is_in_every_split_or_the_smallest_is_named_and_the_advice_works(
    counts: list[int], validation: int, test: int
) -> None:
    config = ImageSplit(validation_percent=validation, test_percent=test)
    names = tuple(f"class {index}" for index in range(len(counts)))

    def divided(sizes: list[int]) -> None:
        labels = np.repeat(np.arange(len(sizes)), sizes)
        splits = divide("made", np.zeros((len(labels), 1, 2, 2), dtype=np.uint8), labels, names, config)
        assert splits.describe().to_numpy().min() >= 1
        assert splits.describe().sum(axis=1).tolist() == sizes

    message = ""
    try:
        divided(counts)
    except ExplorerError as error:
        message = str(error)
    if message:
        smallest = counts.index(min(counts))
        assert f"Class 'class {smallest}' has {min(counts)} of {sum(counts)} pictures" in message
        enough = int(message.split("at least ")[1].split()[0])
        divided([max(count, enough) for count in counts])


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_the_default_run_reads_digits_it_never_saw_with_at_most_1_5_percent_errors() -> None:
    config = RunConfig(training=TrainingConfig(device="cpu"))
    splits = datasets.load(config)
    model = models.build(config, splits)
    for _ in train(model, splits, config.training, watched_steps=()):
        pass
    assert evaluate(model, splits.test).accuracy >= 0.985
