"""Health: dead and saturated units, distributions over training, gradients, and the size of the updates."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.figures.gradients import lines_by_layer
from explorer.figures.health import distribution_over_training
from explorer.inspection import capture, health
from explorer.training.run import Run
from explorer.ui.chart import chart
from explorer.ui.look import RunLook

BOUNDED = ("Tanh", "Sigmoid")  # they saturate; the others can die
EXAMPLES = 128
MOST_BINS = 60


def draw(look: RunLook) -> None:
    """One table for now, and three charts for how it came to be."""
    inputs = look.splits.validation.inputs[:EXAMPLES]
    with look.model() as model:
        layers = health(model, inputs)
    st.markdown(f"**Units at step {look.step:,}**, over {len(inputs)} validation examples")
    st.dataframe(
        pd.DataFrame(
            {
                "layer": [layer.name for layer in layers],
                "kind": [layer.kind for layer in layers],
                "units": [layer.units for layer in layers],
                "dead": ["–" if layer.kind in BOUNDED else f"{layer.dead:.1%}" for layer in layers],
                "saturated": [f"{layer.saturated:.1%}" if layer.kind in BOUNDED else "–" for layer in layers],
                "mean": [f"{layer.mean:.4g}" for layer in layers],
                "deviation": [f"{layer.deviation:.4g}" for layer in layers],
            }
        ),
        hide_index=True,
    )
    st.caption(
        "A dead unit is never above zero on any of these examples: no gradient reaches its weights. "
        "A saturated value of tanh or sigmoid lies within 5% of an end of its range: its gradient is nearly zero."
    )
    _gradients(look)
    _distributions(look)


def _gradients(look: RunLook) -> None:
    steps = look.run.parameter_steps()
    with look.model() as model:
        matrices = [name for name, value in model.named_parameters() if value.ndim > 1]
    weights = steps[steps["parameter"].isin(matrices)]
    ratios = weights.assign(ratio=weights["update"] / weights["weight"].where(weights["weight"] > 0))
    left, right = st.columns(2)
    with left:
        chart(
            lines_by_layer(weights, "gradient", "Gradient norm", "norm", chosen_step=look.step),
            "gradient-norms",
            "gradient-norm",
        )
    with right:
        chart(
            lines_by_layer(ratios, "ratio", "Update / weight", "ratio", guide=1e-3, chosen_step=look.step),
            "update-ratios",
            "update-ratio",
        )


def _distributions(look: RunLook) -> None:
    with look.model() as model:
        activations = [layer.name for layer in health(model, look.splits.validation.inputs[:2])]
        weights = [name for name, value in model.named_parameters() if value.ndim > 1]
    left, right = st.columns(2)
    with left:
        layer = st.selectbox("Activations of", activations, key="health_layer", bind="query-params")
        counts, edges = _activations_over_training(str(look.run.path), layer, tuple(look.steps), look)
        chart(
            distribution_over_training(counts, edges, look.steps, f"Activations of {layer}", "activation", look.step),
            "activation-distribution",
            "activations-over-training",
        )
    with right:
        name = st.selectbox("Weights of", weights, key="health_weight", bind="query-params")
        counts, edges = _weights_over_training(str(look.run.path), name, tuple(look.steps), look.run)
        chart(
            distribution_over_training(counts, edges, look.steps, f"Weights of {name}", "weight", look.step),
            "weight-distribution",
            "weights-over-training",
        )


@st.cache_data(max_entries=16, show_spinner=False)
def _activations_over_training(
    path: str, layer: str, steps: tuple[int, ...], _look: RunLook
) -> tuple[np.ndarray, np.ndarray]:
    inputs = _look.splits.validation.inputs[:EXAMPLES]
    values = []
    for step in steps:
        with _look.at(step).model() as model:
            values.append(capture(model, inputs, [layer])[layer].numpy().ravel())
    return _histograms(values)


@st.cache_data(max_entries=16, show_spinner=False)
def _weights_over_training(path: str, name: str, steps: tuple[int, ...], _run: Run) -> tuple[np.ndarray, np.ndarray]:
    return _histograms([_run.weights(step)[name].numpy().ravel() for step in steps])


def _histograms(values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Counts (snapshot, bin) over edges that hold every snapshot; few values get few bins."""
    bins = int(np.clip(2 * np.sqrt(len(values[0])), 16, MOST_BINS))
    edges = np.linspace(min(v.min() for v in values), max(v.max() for v in values) + 1e-9, bins + 1)
    return np.stack([np.histogram(v, edges)[0] for v in values]), edges
