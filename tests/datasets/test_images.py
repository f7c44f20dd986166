import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from explorer import datasets, models
from explorer.config import DigitsData, ImageSplit, RunConfig, TrainingConfig, parse
from explorer.datasets.images import divide, normalise, trim
from explorer.datasets.splits import Splits
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
    assert splits.std[0] == 1
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


@pytest.mark.slow
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


def rows(inputs: torch.Tensor) -> list[bytes]:
    return [row.numpy().tobytes() for row in inputs]


@settings(deadline=None, max_examples=25)
@given(
    counts=st.lists(st.integers(30, 60), min_size=2, max_size=5),
    wanted=st.lists(st.integers(1, 12), min_size=2, max_size=2, unique=True).map(sorted),
    seed=st.integers(0, 9999),
)
def test_a_trimmed_training_split_holds_as_many_of_each_class_as_asked_for_and_the_fewer_are_among_the_more(
    counts: list[int], wanted: list[int], seed: int
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    pixels = np.random.default_rng(seed).random((len(labels), 1, 2, 2), dtype=np.float32)
    names = tuple(f"class {index}" for index in range(len(counts)))
    everything, fewer, more = (
        divide("made", pixels, labels, names, ImageSplit(split_seed=seed, examples_per_class=count))
        for count in (0, *wanted)
    )
    for splits, count in ((fewer, wanted[0]), (more, wanted[1])):
        assert splits.describe()["train"].tolist() == [count] * len(counts)
        for part in ("validation", "test"):
            torch.testing.assert_close(splits.split(part), everything.split(part), rtol=0, atol=0)
    assert set(rows(fewer.train.inputs)) < set(rows(more.train.inputs)) < set(rows(everything.train.inputs))
    labelled = dict(zip(rows(everything.train.inputs), everything.train.targets.tolist(), strict=True))
    assert [labelled[row] for row in rows(more.train.inputs)] == more.train.targets.tolist()


def test_another_split_seed_keeps_other_examples() -> None:
    labels = np.arange(200) % 2
    pixels = np.random.default_rng(0).random((200, 1, 2, 2), dtype=np.float32)
    splits = divide("made", pixels, labels, ("a", "b"), ImageSplit())
    assert set(rows(trim(splits, 5, 0).train.inputs)) != set(rows(trim(splits, 5, 1).train.inputs))


def test_more_examples_than_a_class_has_are_refused_with_how_many_there_are() -> None:
    labels = np.repeat([0, 1], [100, 40])
    pixels = np.zeros((140, 1, 2, 2), dtype=np.uint8)
    with pytest.raises(ExplorerError, match=r"Class 'b' has 28 training pictures.* 29 .*choose 28 or less, or 0"):
        divide("made", pixels, labels, ("a", "b"), ImageSplit(examples_per_class=29))
    kept = divide("made", pixels, labels, ("a", "b"), ImageSplit(examples_per_class=28))
    assert kept.describe()["train"].tolist() == [28, 28]


@pytest.mark.parametrize("name", ["digits", "shapes", "image_folder"])
def test_every_data_set_of_images_can_be_trimmed(name: str) -> None:
    config = parse({"dataset": {"name": name, "examples_per_class": 3}}).dataset
    splits = datasets.load(config)
    assert isinstance(splits, Splits)
    assert splits.describe()["train"].tolist() == [3] * len(splits.class_names)


@pytest.mark.slow
def test_the_default_run_reads_digits_it_never_saw_with_at_most_1_5_percent_errors() -> None:
    config = RunConfig(training=TrainingConfig(device="cpu"))
    splits = datasets.load(config)
    model = models.build(config, splits)
    for _ in train(model, splits, config.training, watched_steps=()):
        pass
    assert evaluate(model, splits.test).accuracy >= 0.985
