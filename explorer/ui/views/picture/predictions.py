"""Predictions: from logits to probabilities for the probe, and the errors on the whole split."""

import numpy as np
import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.figures.predictions import confusion_matrix, probability_bars
from explorer.inspection import confusion, mistakes, rounded_to_add_up, softmax_steps
from explorer.inspection.arithmetic import written
from explorer.inspection.predictions import class_report
from explorer.ui.chart import chart
from explorer.ui.subject.choose_picture import thumbnails
from explorer.ui.subject.picture import PictureSubject

MOST_MISTAKES = 12
MOST_BARS = 12  # of a thousand classes, the most likely are enough


def draw(subject: PictureSubject) -> None:
    """Draw the prediction for the probe with its arithmetic, the confusion matrix and the most confident errors."""
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
            "The largest logit is subtracted first, so that no exponential overflows. "
            "The displayed probabilities add up to 1; those that four decimals would show as 0 are written as powers "
            "of ten."
        )
    if subject.knows_classes:
        _whole_split(subject)
    else:
        st.caption(
            f"This network predicts {len(names):,} classes, and the pictures of {subject.splits.name} have other "
            "classes, so there is no accuracy to compute."
        )


def _whole_split(subject: PictureSubject) -> None:
    predictions = subject.predictions()
    names = subject.class_names
    labels = subject.splits.split(subject.split).targets
    wrong = mistakes(predictions, labels)
    right_share = 1 - len(wrong) / len(labels)
    st.markdown(
        f"**The {subject.split} split {subject.where}:** {len(labels) - len(wrong):,} of {len(labels):,} "
        f"correct ({right_share:.2%})."
    )
    left, right = st.columns(2)
    with left:
        counts = confusion(labels, predictions.labels, len(names))
        report = class_report(counts)
        chart(confusion_matrix(counts, names, report.precision, report.recall), "confusion", "confusion")
    with right:
        st.markdown("**The most confident errors**")
        if len(wrong) == 0:
            st.success("No errors: every example of this split is classified correctly.")
        else:
            thumbnails(subject, [int(index) for index in wrong[:MOST_MISTAKES]], "mistakes", predictions)


def softmax_table(logits: Tensor, names: tuple[str, ...]) -> pd.DataFrame:
    """One row per class: logit, logit − largest, its exponential, and the probability; displayed values add up.

    Values that four decimals would show as 0 are written as powers of ten.

    Of more than ``MOST_BARS`` classes, the most likely come first, and one row sums the others.
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
        parts = np.append(kept, others)
        rounded = rounded_to_add_up(parts, round(total, 4), 4)
        cells = [written(value, 4, near) for value, near in zip(parts.tolist(), rounded.tolist(), strict=True)]
        table[column] = cells[: len(first)]
        ends[column] = [*cells[len(first) :], f"{rounded.sum():.4f}"]
    blank = [""] * len(ends["class"])
    return pd.DataFrame({column: [*cells, *ends.get(column, blank)] for column, cells in table.items()})
