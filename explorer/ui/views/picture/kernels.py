"""Kernels: the weights of every convolution, and how each moved since step 0."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from torch import nn

from explorer.figures.health import movement
from explorer.figures.kernels import LEAST, NARROW, kernel_pictures
from explorer.figures.maps import map_grid
from explorer.inspection import kernel_change, kernels
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import KERNEL, KERNEL_LAYER, KERNEL_PAGE
from explorer.ui.cache import kept
from explorer.ui.chart import chart
from explorer.ui.subject.layers import convolutions_of
from explorer.ui.subject.picture import PictureSubject, RunSubject
from explorer.ui.widgets import page, pick, slide

SIDE_BY_SIDE = 3  # input channels whose kernels are all shown at once
COLOURS = 3  # input channels that are red, green and blue
PAGE = 128  # kernels


def unavailable(subject: PictureSubject) -> str:
    """The reason why there are no kernels."""
    return "" if convolutions_of(subject) else "This network has no convolution, and so no kernels."


def draw(subject: PictureSubject) -> None:
    """Draw the kernels of one convolution at this step, and their movement during training."""
    with subject.model() as model:
        names = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
        layer = pick(KERNEL_LAYER, "Convolution", names)
        convolution = model.get_submodule(layer)
        assert isinstance(convolution, nn.Conv2d)
        weight = kernels(model, [layer])[layer].numpy()  # (output channel, input channel, row, column)
        first, groups = names[0] == layer, convolution.groups
    few = weight.shape[1] <= SIDE_BY_SIDE
    shown = page(KERNEL_PAGE, weight.shape[0], PAGE, "kernel") if few else range(0)
    left, right = st.columns([3, 2])
    with left:
        if not few:
            _by_output(weight, layer)
        elif first and weight.shape[1] == COLOURS and min(weight.shape[2:]) > 1:
            _as_pictures(weight, layer, shown)
        elif weight.shape[1] == 1:
            _by_input(weight, layer, shown)
        if groups > 1:
            st.caption(
                f"{groups} groups: each output channel reads {weight.shape[1]} of {groups * weight.shape[1]} inputs."
            )
    with right:
        if isinstance(subject, RunSubject):
            _movement(subject, layer)
        else:
            st.caption("This network comes without its training run, so the movement of its kernels is unknown.")
    if few and weight.shape[1] > 1:  # beside each other they need the whole width
        _by_input(weight, layer, shown)


def _movement(subject: RunSubject, layer: str) -> None:
    changes = _changes(subject.run, layer, subject.steps)
    figure = movement(changes, subject.steps, "How far each kernel moved since step 0", subject.step)
    chart(figure, f"moved-{layer}", "kernel-movement")


def _as_pictures(weight: np.ndarray, layer: str, shown: range) -> None:
    outputs, _, height, width = weight.shape
    title = f"{outputs} kernels of {height}x{width}, as red, green and blue"
    chart(kernel_pictures(weight[shown.start : shown.stop], title, shown), f"kernel-pictures-{layer}", "colour-kernels")


def _by_input(weight: np.ndarray, layer: str, shown: range) -> None:
    outputs, inputs, height, width = weight.shape
    chosen = weight[shown.start : shown.stop]
    limit = float(np.abs(chosen).max())  # one scale for all input channels
    for channel, place in enumerate(st.columns(inputs)):
        of = f", input channel {channel}" if inputs > 1 else ""
        with place:
            title = f"{outputs} kernels of {height}x{width}{of}"
            _grid(chosen[:, channel], title, shown, f"{layer}-{channel}", "output", limit)


def _by_output(weight: np.ndarray, layer: str) -> None:
    outputs, inputs, height, width = weight.shape
    output = slide(KERNEL, "Output channel", outputs)
    shown = page(KERNEL_PAGE, inputs, PAGE, "slice")
    _grid(
        weight[output, shown.start : shown.stop],
        f"Output channel {output}: {inputs} slices of {height}x{width}, one per input channel",
        shown,
        layer,
        "input",
    )


def _grid(
    kernels: np.ndarray, title: str, numbers: Sequence[int], key: str, side: str, limit: float | None = None
) -> None:
    drawn = map_grid(
        kernels,
        title,
        noun=f"{side} channel",
        numbers=numbers,
        quantity="weight",
        least=LEAST,
        limit=limit,
        width=NARROW,
        max_height=640,
    )
    chart(drawn, f"kernels-{key}", "kernels")


@kept(24)
def _changes(run: ReadableRun, layer: str, steps: list[int]) -> np.ndarray:
    """Relative distance from step 0, (output channel, snapshot)."""
    name = f"{layer}.weight"
    first = run.weights(steps[0])[name]
    by_step = [run.weights(step).get(name, first) for step in steps]  # what is frozen may be kept once
    return np.stack([kernel_change(first, kernel).channels.numpy() for kernel in by_step], axis=1)
