"""The pictures that a network learns from: examples, counts and splits."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from explorer.datasets.splits import Splits
from explorer.figures.data import class_counts, class_examples
from explorer.ui.chart import chart

PER_CLASS = 10  # examples


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
