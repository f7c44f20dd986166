"""Kernels: the weights of every convolution, and how each moved since step 0."""

import numpy as np
import streamlit as st

from explorer.figures.health import movement
from explorer.figures.maps import map_grid
from explorer.inspection import kernel_change, kernels
from explorer.training.run import Run
from explorer.ui.chart import chart
from explorer.ui.look import Look, RunLook

SIDE_BY_SIDE = 3  # input channels whose kernels are all shown at once


def draw(look: Look) -> None:
    """Kernels of one convolution at this step, and the way they came."""
    with look.model() as model:
        weights = {name: weight.numpy() for name, weight in kernels(model).items()}
    layer = st.segmented_control(
        "Convolution",
        list(weights),
        default=next(iter(weights)),
        required=True,
        key="kernel_layer",
        bind="query-params",
    )
    weight = weights[layer]  # (output channel, input channel, row, column)
    left, right = st.columns([3, 2])
    with left:
        if weight.shape[1] <= SIDE_BY_SIDE:
            _by_input(weight, layer)
        else:
            _by_output(weight, layer)
    with right:
        if isinstance(look, RunLook):
            _movement(look, layer)
        else:
            st.caption("This network comes without its training: how its kernels moved is not known.")


def _movement(look: RunLook, layer: str) -> None:
    changes = _changes(str(look.run.path), layer, tuple(look.steps), look.run)
    chart(movement(changes, look.steps, "How far each kernel moved since step 0", look.step), key=f"moved-{layer}")
    st.caption(
        "The distance of a kernel from its first values, divided by its first length. "
        "Bright early rows learn at once; a row that stays dark has hardly moved."
    )


def _by_input(weight: np.ndarray, layer: str) -> None:
    outputs, inputs, height, width = weight.shape
    for channel, place in enumerate(st.columns(inputs)):
        of = f", input channel {channel}" if inputs > 1 else ""
        with place:
            chart(
                map_grid(weight[:, channel], f"{outputs} kernels of {height}x{width}{of}", noun="output channel"),
                key=f"kernels-{layer}-{channel}",
            )


def _by_output(weight: np.ndarray, layer: str) -> None:
    outputs, inputs, height, width = weight.shape
    output = st.slider("Output channel", 0, outputs - 1, key=f"kernel-output-{layer}", persist_state="session")
    chart(
        map_grid(
            weight[output],
            f"Output channel {output}: {inputs} slices of {height}x{width}, one an input channel",
            noun="input channel",
        ),
        key=f"kernels-{layer}",
    )


@st.cache_data(max_entries=24, show_spinner=False)
def _changes(path: str, layer: str, steps: tuple[int, ...], _run: Run) -> np.ndarray:
    """(output channel, snapshot): distance from step 0, relative."""
    name = f"{layer}.weight"
    first = _run.weights(steps[0])[name]
    return np.stack([kernel_change(first, _run.weights(step)[name]).channels.numpy() for step in steps], axis=1)
