"""Predictions: from logits to probabilities for the probe, and where the network is wrong over the whole split."""

import numpy as np
import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.figures.predictions import confusion_matrix, probability_bars
from explorer.inspection import confusion, mistakes, rounded_to_add_up, softmax_steps
from explorer.ui.chart import chart
from explorer.ui.subject.choose_picture import thumbnails
from explorer.ui.subject.picture import PictureSubject

MOST_MISTAKES = 12
MOST_BARS = 12  # of a thousand classes the likeliest tell enough


def draw(subject: PictureSubject) -> None:
    """The answer for the probe with its arithmetic, then the confusion matrix and the most confident mistakes."""
    logits = subject.logits()
    names = subject.class_names
    probabilities = softmax_steps(logits).probabilities.numpy()
    left, right = st.columns(2)
    with left:
        chart(probability_bars(probabilities, names, subject.target, most=MOST_BARS), "probabilities", "probabilities")
    with right:
        st.markdown("**Softmax, step by step**")
        st.dataframe(softmax_table(logits, names), height="content", hide_index=True)
        st.caption(
            "The largest logit is taken off first, so that no exponential overflows. "
            "The probabilities shown add up to 1 as they are written."
        )
    if subject.knows_classes:
        _whole_split(subject)
    else:
        st.caption(
            f"This network tells apart {len(names):,} classes of its own, and the pictures of {subject.splits.name} "
            "have others: there is no right or wrong to count over a split."
        )


def _whole_split(subject: PictureSubject) -> None:
    predictions = subject.predictions()
    names = subject.class_names
    labels = subject.splits.split(subject.split).targets
    wrong = mistakes(predictions, labels)
    right_share = 1 - len(wrong) / len(labels)
    st.markdown(
        f"**The {subject.split} split {subject.where}:** {len(labels) - len(wrong):,} of {len(labels):,} "
        f"right ({right_share:.2%})."
    )
    left, right = st.columns(2)
    with left:
        counts = confusion(labels, predictions.labels, len(names))
        chart(confusion_matrix(counts, names), "confusion", "confusion", reading=_most_confused(counts, names))
    with right:
        st.markdown("**The most confident mistakes**")
        if len(wrong) == 0:
            st.success("There is none: every example of this split is answered right here.")
        else:
            thumbnails(subject, [int(index) for index in wrong[:MOST_MISTAKES]], "mistakes", predictions)


def _most_confused(counts: np.ndarray, names: tuple[str, ...]) -> str:
    """Which pair of classes is mistaken most often; "" where every answer is right."""
    off = counts - np.diag(np.diag(counts))
    if not off.any():
        return ""
    truth, said = np.unravel_index(int(off.argmax()), off.shape)
    times = "once" if off.max() == 1 else f"{off.max()} times"
    return f"On the diagonal answers are right. Most often mistaken: “{names[truth]}” for “{names[said]}”, {times}."


def softmax_table(logits: Tensor, names: tuple[str, ...]) -> pd.DataFrame:
    """A row a class: logit, logit − largest, its exponential, and the probability; the decimals add up as shown.

    Of more than ``MOST_BARS`` classes the likeliest come first, and the others are added up in one row.
    """
    steps = softmax_steps(logits)
    order = np.arange(len(names)) if len(names) <= MOST_BARS else np.argsort(-np.asarray(steps.logits), kind="stable")
    first, rest = order[:MOST_BARS], order[MOST_BARS:]
    exact = {"exp(z − max)": (steps.exponentials, float(steps.total)), "probability": (steps.probabilities, 1.0)}
    table = {
        "class": [names[index] for index in first],
        "logit z": [f"{steps.logits[index]:.4f}" for index in first],
        "z − max": [f"{steps.shifted[index]:.4f}" for index in first],
    }
    ends = {"class": [f"{len(rest):,} others"] * bool(len(rest)) + ["sum"]}
    for column, (values, total) in exact.items():
        kept = np.asarray(values)[first]
        others = [float(np.asarray(values)[rest].sum())] if len(rest) else []
        rounded = rounded_to_add_up(np.append(kept, others), round(total, 4), 4)
        table[column] = [f"{value:.4f}" for value in rounded[: len(first)]]
        ends[column] = [f"{value:.4f}" for value in (*rounded[len(first) :], rounded.sum())]
    blank = [""] * len(ends["class"])
    return pd.DataFrame({column: [*cells, *ends.get(column, blank)] for column, cells in table.items()})
