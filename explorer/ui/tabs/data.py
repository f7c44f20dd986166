"""Data: what the network learns from."""

import numpy as np
import streamlit as st

from explorer.figures.predictions import class_counts
from explorer.ui.chart import chart
from explorer.ui.look import Look
from explorer.ui.probe import enlarged

A_CLASS = 10


def draw(look: Look) -> None:
    """Examples by class, class counts and the sizes of the splits."""
    counts = look.splits.describe()
    left, right = st.columns(2)
    with left:
        chart(
            class_counts({str(split): counts[split].to_numpy() for split in counts}, look.splits.class_names),
            key="class-counts",
        )
    with right:
        total = int(counts.to_numpy().sum())
        sizes = " · ".join(f"{split} **{int(counts[split].sum()):,}**" for split in counts)
        channels, height, width = look.splits.input_shape
        st.markdown(
            f"**{total:,} examples** of {height}x{width} pixels, {channels} "
            f"channel{'s' if channels > 1 else ''}, {len(look.splits.class_names)} classes\n\n{sizes}"
        )
        st.caption(
            "The network learns from the training split alone. The validation split is watched while it trains; "
            "the test split is asked once, at the end."
        )
        st.dataframe(counts, height=210)
    st.markdown("**Training examples by class**")
    st.image(examples_by_class(look), width="stretch")
    st.caption("One row a class: " + ", ".join(look.splits.class_names))


def examples_by_class(look: Look) -> np.ndarray:
    """The first training examples of each class as one picture, a row a class; gaps are grey."""
    train = look.splits.train
    rows = []
    for label in range(len(look.splits.class_names)):
        chosen = (train.targets == label).nonzero().flatten()[:A_CLASS]
        pictures = [enlarged(picture, 48) for picture in look.splits.pictures(train.inputs[chosen])]
        blank = np.full_like(pictures[0], 128)
        rows.append(
            np.hstack([np.pad(picture, _gap(picture), constant_values=128) for picture in _filled(pictures, blank)])
        )
    return np.vstack(rows)


def _filled(pictures: list[np.ndarray], blank: np.ndarray) -> list[np.ndarray]:
    return pictures + [blank] * (A_CLASS - len(pictures))


def _gap(picture: np.ndarray) -> list[tuple[int, int]]:
    return [(2, 2), (2, 2), (0, 0)][: picture.ndim]
