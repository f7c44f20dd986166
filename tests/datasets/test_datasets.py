"""What every data set of pictures keeps to; a new entry of DATASETS arrives tested."""

import functools
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from explorer import datasets
from explorer.config import DatasetConfig, ImageDataset, RunConfig, members, names
from explorer.datasets import DATASETS, Splits
from tests.datasets import tiny_files

Loader = Callable[..., Splits]
PARTS: dict[str, Any] = {part.model_fields["name"].default: part for part in members(ImageDataset)}
SMALL: dict[str, dict[str, int]] = {"shapes": {"examples": 300}} | {
    name: {"examples": 500} for name in tiny_files.READERS
}


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    """A data set by name and further settings, each loaded once."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_DATA", str(cache))
        for name in tiny_files.READERS:
            files = tiny_files.files_of(name)
            tiny_files.accept(name, files, "http://127.0.0.1:9", patch)
            tiny_files.put_into_cache(name, files, cache)

        @functools.cache
        def loaded(name: str, split_seed: int = 0, copy: int = 0) -> Splits:
            splits = datasets.load(PARTS[name](**SMALL.get(name, {}), split_seed=split_seed))
            assert isinstance(splits, Splits)
            return splits

        yield loaded


every_one = pytest.mark.parametrize("name", names(ImageDataset))


def test_every_name_that_can_be_configured_is_there_in_the_same_order() -> None:
    assert tuple(DATASETS) == names(DatasetConfig)
    assert len({part.title for part in members(DatasetConfig)} - {""}) == len(DATASETS)


@every_one
def test_inputs_are_float32_pictures_and_targets_are_class_indices(name: str, load: Loader) -> None:
    splits = load(name)
    assert splits.name == name
    for part in ("train", "validation", "test"):
        inputs, targets = splits.split(part)
        assert inputs.shape == (len(targets), *splits.input_shape)
        assert (inputs.dtype, targets.dtype) == (torch.float32, torch.int64)
        assert inputs.is_contiguous()
        assert inputs.isfinite().all()
        assert sorted(set(targets.tolist())) == list(range(len(splits.class_names)))


@every_one
def test_the_training_pixels_have_mean_0_and_deviation_1_in_each_channel(name: str, load: Loader) -> None:
    inputs = load(name).train.inputs.double()
    torch.testing.assert_close(inputs.mean((0, 2, 3)), torch.zeros(inputs.shape[1]).double(), atol=1e-5, rtol=0)
    torch.testing.assert_close(inputs.std((0, 2, 3)), torch.ones(inputs.shape[1]).double(), atol=1e-3, rtol=0)


@every_one
def test_each_class_has_the_same_share_of_every_split(name: str, load: Loader) -> None:
    counts = load(name).describe()
    shares = counts / counts.sum()
    sizes = counts.sum()
    for part in ("validation",) if name in tiny_files.READERS else ("validation", "test"):
        assert ((shares[part] - shares["train"]).abs() * sizes[part]).max() <= 2  # whole examples


@every_one
def test_the_same_seed_gives_the_same_splits_and_another_seed_others(name: str, load: Loader) -> None:
    first, again, other = load(name), load(name, copy=1), load(name, split_seed=1)
    assert first.train.inputs.equal(again.train.inputs)
    assert first.test.targets.equal(again.test.targets)
    assert first.validation.inputs.shape == other.validation.inputs.shape
    assert not first.validation.inputs.equal(other.validation.inputs)


@every_one
def test_loading_leaves_the_process_wide_random_state_alone(name: str, load: Loader) -> None:
    torch_state, numpy_state = torch.get_rng_state(), pickle.dumps(np.random.get_state())
    load(name, copy=2)
    assert torch.get_rng_state().equal(torch_state)
    assert pickle.dumps(np.random.get_state()) == numpy_state


@every_one
def test_pictures_are_bytes_that_can_be_drawn(name: str, load: Loader) -> None:
    splits = load(name)
    drawn = splits.pictures(splits.test.inputs[:4])
    channels, height, width = splits.input_shape
    assert drawn.shape == (4, height, width, channels)
    assert drawn.dtype == np.uint8
    assert drawn.max() > drawn.min()


@pytest.mark.parametrize("part", [PARTS["digits"](), PARTS["image_folder"]()])
def test_a_whole_run_or_its_data_set_alone_can_be_loaded(part: Any) -> None:
    alone, whole = datasets.load(part), datasets.load(RunConfig(dataset=part))
    assert alone.train.inputs.equal(whole.train.inputs)


@pytest.mark.parametrize("name", ["digits", "shapes", "image_folder"])
def test_what_ships_is_never_missing(name: str) -> None:
    assert DATASETS[name].missing(PARTS[name]()) is None
