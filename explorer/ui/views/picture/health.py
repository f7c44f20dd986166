"""Health: dead and saturated units, distributions over training, gradients, and the size of the updates."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.figures.gradients import lines_by_layer
from explorer.figures.health import distribution_over_training
from explorer.figures.readings.parameters import gradient_norms, update_ratios
from explorer.inspection import LayerHealth, activation, functional_activations, health
from explorer.inspection.health import BLOCKING, in_words
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import HEALTH_LAYER, HEALTH_WEIGHT
from explorer.ui.cache import kept
from explorer.ui.chart import chart
from explorer.ui.subject.layers import graph_of
from explorer.ui.subject.picture import RunSubject
from explorer.ui.widgets import pick_from_list

EXAMPLES = 128
MOST_BINS = 60


def draw(subject: RunSubject) -> None:
    """Draw a table of the units at this step, and charts over training."""
    inputs = subject.splits.validation.inputs[:EXAMPLES]
    with subject.model() as model:
        layers = health(model, inputs)
    functions = functional_activations(graph_of(subject))
    if layers:
        _units(layers, f"**Units at step {subject.step:,}**, over {len(inputs)} validation examples")
    elif not functions:
        st.caption("This network has no activation layers, and so no dead or saturated units.")
    if functions:
        named = ", ".join(functions[:3]) + (f" and {len(functions) - 3} more" if len(functions) > 3 else "")
        st.caption(
            f"This network calls {len(functions)} activations as functions: {named}. Only layers can be observed; "
            "write an activation as a layer, such as nn.ReLU, to see its units here."
        )
    _gradients(subject)
    _distributions(subject, [layer.name for layer in layers])


def _units(layers: list[LayerHealth], title: str) -> None:
    st.markdown(title)
    table = pd.DataFrame(
        {
            "layer": [layer.name for layer in layers],
            "kind": [layer.kind for layer in layers],
            "units": [layer.units for layer in layers],
            "dead": [f"{layer.dead:.1%}" if layer.kind in BLOCKING else "–" for layer in layers],
            "never above 0": [
                "–" if layer.is_bounded or layer.kind in BLOCKING else f"{layer.dead:.1%}" for layer in layers
            ],
            "saturated": [f"{layer.saturated:.1%}" if layer.is_bounded else "–" for layer in layers],
            "mean": [f"{layer.mean:.4g}" for layer in layers],
            "standard deviation": [f"{layer.std:.4g}" for layer in layers],
        }
    )
    st.dataframe(table.loc[:, (table != "–").any()], hide_index=True)
    st.caption(in_words(layers))


def _gradients(subject: RunSubject) -> None:
    steps = subject.run.parameter_steps()
    with subject.model() as model:
        matrices = [name for name, value in model.named_parameters() if value.ndim > 1]
    weights = steps[steps["parameter"].isin(matrices)]
    ratios = weights.assign(ratio=weights["update"] / weights["weight"].where(weights["weight"] > 0))
    left, right = st.columns(2)
    with left:
        chart(
            lines_by_layer(weights, "gradient", "Gradient norm", "norm", chosen_step=subject.step),
            "gradient-norms",
            "gradient-norm",
            reading=gradient_norms(weights, "gradient", subject.step),
        )
    with right:
        chart(
            lines_by_layer(ratios, "ratio", "Update / weight", "ratio", guide=1e-3, chosen_step=subject.step),
            "update-ratios",
            "update-ratio",
            reading=update_ratios(ratios, "ratio", subject.step),
        )


def _distributions(subject: RunSubject, activations: list[str]) -> None:
    with subject.model() as model:
        weights = [name for name, value in model.named_parameters() if value.ndim > 1]
    left, right = st.columns(2)
    with left:
        if activations:
            _activations(subject, pick_from_list(HEALTH_LAYER, "Activations of", activations))
    with right:
        name = pick_from_list(HEALTH_WEIGHT, "Weights of", weights)
        counts, edges = _weights_over_training(subject.run, name, subject.steps)
        chart(
            distribution_over_training(counts, edges, subject.steps, f"Weights of {name}", "weight", subject.step),
            "weight-distribution",
            "weights-over-training",
        )


def _activations(subject: RunSubject, layer: str) -> None:
    counts, edges = _activations_over_training(subject.without_probe().untrained, layer, subject.steps)
    title = f"Activations of {layer}"
    figure = distribution_over_training(counts, edges, subject.steps, title, "activation", subject.step)
    chart(figure, "activation-distribution", "activations-over-training")


@kept(16)
def _activations_over_training(subject: RunSubject, layer: str, steps: list[int]) -> tuple[np.ndarray, np.ndarray]:
    inputs = subject.splits.validation.inputs[:EXAMPLES]
    values = []
    for step in steps:
        with subject.at(step).model() as model:
            values.append(activation(model, inputs, layer).numpy().ravel())
    return _histograms(values)


@kept(16)
def _weights_over_training(run: ReadableRun, name: str, steps: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return _histograms([run.weights(step)[name].numpy().ravel() for step in steps])


def _histograms(values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Counts (snapshot, bin) and common bin edges; few values get few bins."""
    bins = int(np.clip(2 * np.sqrt(len(values[0])), 16, MOST_BINS))
    edges = np.linspace(min(v.min() for v in values), max(v.max() for v in values) + 1e-9, bins + 1)
    return np.stack([np.histogram(v, edges)[0] for v in values]), edges
