"""The pictures that a network learns from: examples, counts and splits."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.config import RunConfig, TrainingConfig
from explorer.datasets.splits import Pair, Splits
from explorer.figures.data import augmented_examples, class_counts, class_examples
from explorer.training.augmentation import augmented, augments, black_of
from explorer.ui.cache import pictures_of
from explorer.ui.chart import chart

PER_CLASS = 10  # examples
MOST_AUGMENTED, VERSIONS = 4, 8  # training pictures, and augmented versions of each


def overview(splits: Splits, key: str) -> None:
    """Draw examples by class, class counts and the sizes of the splits; ``key`` makes the charts' keys unique."""
    counts = splits.describe()
    left, right = st.columns(2)
    with left:
        chart(
            class_counts({str(split): counts[split].to_numpy() for split in counts}, splits.class_names),
            f"class-counts-{key}",
            "class-counts",
        )
    with right:
        total = int(counts.to_numpy().sum())
        sizes = " · ".join(f"{split} **{int(counts[split].sum()):,}**" for split in counts)
        channels, height, width = splits.input_shape
        st.markdown(
            f"**{total:,} examples** of {height}x{width} pixels, {channels} "
            f"channel{'s' if channels > 1 else ''}, {len(splits.class_names)} classes\n\n{sizes}"
        )
        st.caption(
            "The network learns from the training split only. The validation split is evaluated during training. "
            "Choose settings by the validation split, and use the test split once, at the end."
        )
        st.dataframe(counts, height=210)
        left_out(splits.left_out)
    chart(class_examples(first_examples(splits), splits.class_names), f"class-examples-{key}", "class-examples")


def augmented_pictures(config: RunConfig) -> None:
    """Draw what the network is given of a few training pictures; nothing without augmentation."""
    if not augments(config.training):
        return
    splits = pictures_of(config.dataset)
    shown = versions(splits, config.training)
    names = [str(splits.class_names[int(label)]) for label in _one_of_each_class(splits, len(shown))[1]]
    chart(augmented_examples(shown, names), "augmented-prepared", "augmented-examples")


def versions(splits: Splits, training: TrainingConfig) -> np.ndarray:
    """Training pictures, and versions of each that an update may read: uint8 (example, version, row, column, channel).

    The run's seed draws them; version 0 is the picture itself.
    """
    examples, _ = _one_of_each_class(splits, MOST_AUGMENTED)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(training.seed)
        drawn = [augmented(examples, training, black_of(splits)) for _ in range(VERSIONS)]
    return np.stack([splits.pictures(one) for one in (examples, *drawn)], axis=1)


def _one_of_each_class(splits: Splits, most: int) -> Pair:
    train = splits.train
    first = [int((train.targets == label).nonzero()[0]) for label in sorted(set(train.targets.tolist()))[:most]]
    return Pair(train.inputs[first], train.targets[first])


def left_out(files: Sequence[tuple[str, str]]) -> None:
    """List the files that are not among the pictures, each with the reason; nothing where there is none."""
    if files:
        with st.expander(f"{len(files):,} file{'s' if len(files) > 1 else ''} left out", icon=":material/warning:"):
            st.dataframe(pd.DataFrame(files, columns=["file", "reason"]), hide_index=True)


def first_examples(splits: Splits) -> np.ndarray:
    """The first training examples of each class, uint8 (class, example, row, column, channel)."""
    train = splits.train
    members = [(train.targets == label).nonzero().flatten() for label in range(len(splits.class_names))]
    count = min(PER_CLASS, *(len(indices) for indices in members))
    return np.stack([splits.pictures(train.inputs[indices[:count]]) for indices in members])
