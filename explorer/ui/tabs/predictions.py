"""Predictions: from logits to probabilities for the probe, and where the network is wrong over the whole split."""

import numpy as np
import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.figures.predictions import confusion_matrix, probability_bars
from explorer.inspection import confusion, mistakes, rounded_to_add_up, softmax_steps
from explorer.ui.chart import chart
from explorer.ui.look import Look
from explorer.ui.probe import thumbnails

MOST_MISTAKES = 12


def draw(look: Look) -> None:
    """The answer for the probe with its arithmetic, then the confusion matrix and the most confident mistakes."""
    predictions = look.predictions()
    names = look.splits.class_names
    logits = predictions.logits[look.image]
    left, right = st.columns(2)
    with left:
        chart(probability_bars(softmax_steps(logits).probabilities.numpy(), names, look.target), key="probabilities")
    with right:
        st.markdown("**Softmax, step by step**")
        st.dataframe(softmax_table(logits, names), height=260, hide_index=True)
        st.caption(
            "The largest logit is taken off first, so that no exponential overflows. "
            "The probabilities shown add up to 1 as they are written."
        )
    targets = look.splits.split(look.split).targets.numpy()
    wrong = mistakes(predictions, look.splits.split(look.split).targets)
    right_share = 1 - len(wrong) / len(targets)
    st.markdown(
        f"**The {look.split} split at step {look.step:,}:** {len(targets) - len(wrong):,} of {len(targets):,} "
        f"right ({right_share:.2%})."
    )
    left, right = st.columns(2)
    with left:
        counts = confusion(look.splits.split(look.split).targets, predictions.labels, len(names))
        chart(confusion_matrix(counts, names), key="confusion")
    with right:
        st.markdown("**The most confident mistakes**")
        if len(wrong) == 0:
            st.success("There is none: every example of this split is answered right at this step.")
        else:
            thumbnails(look, [int(index) for index in wrong[:MOST_MISTAKES]], "mistakes", predictions)


def softmax_table(logits: Tensor, names: tuple[str, ...]) -> pd.DataFrame:
    """A row a class: logit, logit − largest, its exponential, and the probability; the decimals add up as shown."""
    steps = softmax_steps(logits)
    exponentials = rounded_to_add_up(np.asarray(steps.exponentials), round(float(steps.total), 4), 4)
    probabilities = rounded_to_add_up(np.asarray(steps.probabilities), 1.0, 4)
    return pd.DataFrame(
        {
            "class": [*names, "sum"],
            "logit z": [*(f"{value:.4f}" for value in steps.logits), ""],
            "z − max": [*(f"{value:.4f}" for value in steps.shifted), ""],
            "exp(z − max)": [*(f"{value:.4f}" for value in exponentials), f"{exponentials.sum():.4f}"],
            "probability": [*(f"{value:.4f}" for value in probabilities), "1.0000"],
        }
    )
