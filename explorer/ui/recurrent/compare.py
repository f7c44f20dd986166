"""Standard RNN against LSTM and GRU: same data, side by side."""

import pandas as pd
import streamlit as st

from explorer.figures.curves import compare_runs
from explorer.ui.chart import chart
from explorer.ui.look import model_at
from explorer.ui.recurrent.gradients import name_of, offer_missing, same_data
from explorer.ui.recurrent.look import SequenceLook


def draw(look: SequenceLook) -> None:
    """A row for each kind of cell, and their validation losses on one axis."""
    compared = same_data(look)
    rows = []
    for run in compared:
        state = run.state()
        with model_at(run, run.steps[-1]) as model:
            parameters = sum(parameter.numel() for parameter in model.parameters())
        metrics = run.metrics().dropna(subset=["validation_loss"])
        rows.append(
            {
                "cell": name_of(run),
                "parameters": f"{parameters:,}",
                "updates": f"{state.step:,}",
                "seconds": f"{state.seconds:.1f}",
                f"best validation loss, {look.splits.unit}": f"{metrics['validation_loss'].min():.4g}",
                f"test loss, {look.splits.unit}": "" if state.test_loss is None else f"{state.test_loss:.4g}",
                "test accuracy": "" if state.test_accuracy is None else f"{state.test_accuracy:.2%}",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(f"The baseline, {look.splits.baseline_name}, costs {look.splits.baseline:.4g} {look.splits.unit}.")
    curves = {name_of(run): run.metrics() for run in compared}
    chart(
        compare_runs(curves, "validation_loss", "Validation loss", look.splits.unit, look.splits.baseline),
        key="compared",
    )
    offer_missing(look, compared)
