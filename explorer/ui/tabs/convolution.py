"""Convolution, step by step: one output value from patch, kernel and bias, and what becomes of it."""

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import nn

from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.figures.convolution import product_maps
from explorer.figures.maps import picture, single_map
from explorer.inspection import PixelSum, explain_pixel, geometric_window, layer_call, rounded_to_add_up
from explorer.inspection.downstream import follow
from explorer.ui.chart import Click, chart
from explorer.ui.layers import choose_name, graph_of
from explorer.ui.look import Look

DECIMALS = 4
MOST_TERMS_IN_LINE = 9
MOST_CHANNELS = 64  # input channels whose products are drawn


def draw(look: Look) -> None:
    """Choose a convolution, a channel and a place; see the sum, and the layers that follow."""
    graph = graph_of(look)
    names = [node.id for node in graph.nodes if node.role == "layer" and node.kind.startswith("Conv2d ")]
    if not names:
        raise ExplorerError("This network has no convolution, and so no sum over a patch to take apart.")
    layer = choose_name("Convolution", names, "convolution_layer")
    with look.model() as model:
        entering, result = layer_call(model, look.inputs, layer)
        output = result.numpy()  # (channel, row, column)
        channel, row, column = _choose_place(layer, output)
        pixel = explain_pixel(model.get_submodule(graph.node(layer).name), entering, channel, row, column)
        field, refusal = _window(model, look, layer, row, column)
        steps_after = follow(model, graph, look.inputs, layer, (channel, row, column))
    left, right = st.columns(2)
    with left:
        chart(
            picture(look.picture, "The input, and what this value can see of it", frame=field, height=300),
            "convolution-input",
            "convolution-input",
        )
    with right:
        chart(
            single_map(output[channel], f"{layer}, output channel {channel}: click a value", mark=(row, column)),
            "convolution-output",
            "convolution-output",
            on_click=_jump,
        )
    if refusal:
        st.caption(refusal)
    reads_the_input = entering.shape == look.inputs.shape[1:] and torch.equal(entering, look.inputs[0])
    _arithmetic(pixel, row, column, _normalisation(look.splits) if reads_the_input else "")
    st.markdown("\n".join(["**And then**", "", *(f"- {sentence}" for sentence in steps_after)]))


def _window(
    model: nn.Module, look: Look, layer: str, row: int, column: int
) -> tuple[tuple[int, int, int, int] | None, str]:
    """The part of the picture that a value can depend on; or the reason why that is not known."""
    try:
        return geometric_window(model, look.inputs, layer, row, column), ""
    except ExplorerError as error:
        return None, str(error)


def _choose_place(layer: str, output: np.ndarray) -> tuple[int, int, int]:
    sizes = dict(zip(("convolution_channel", "row", "column"), output.shape, strict=True))
    labels = {"convolution_channel": "Output channel", "row": "Row", "column": "Column"}
    chosen = []
    for key, column in zip(sizes, st.columns(3), strict=True):
        largest = sizes[key] - 1
        if int(st.session_state.get(key, 0)) > largest:  # another layer is smaller
            st.session_state[key] = largest
        with column:
            if largest == 0:
                st.caption(f"{labels[key]}: only 0")
                chosen.append(0)
            else:
                middle = 0 if key == "convolution_channel" else sizes[key] // 2
                chosen.append(st.slider(labels[key], 0, largest, value=middle, key=key, bind="query-params"))
    return chosen[0], chosen[1], chosen[2]


def _jump(click: Click) -> None:
    st.session_state["row"], st.session_state["column"] = round(float(click.y)), round(float(click.x))


def _arithmetic(pixel: PixelSum, row: int, column: int, normalisation: str) -> None:
    patch, kernel, products = (np.asarray(part) for part in (pixel.patch, pixel.kernel, pixel.products))
    channels = list(pixel.input_channels)
    decimals = decimals_for(np.append(products.ravel(), pixel.bias))
    terms, cells = shown_terms(products, pixel.bias, pixel.total, decimals)
    shown = strongest(products)
    numbers = [channels[place] for place in shown]
    factors = {
        "patch": product_maps(patch[shown], "The patch of the input", numbers, decimals_for(patch)),
        "patch-kernel": product_maps(kernel[shown], "× the kernel", numbers, decimals_for(kernel)),
        "patch-products": product_maps(products[shown], "= the products", numbers, decimals, cells[shown]),
    }
    for place, (name, figure) in zip(st.columns(3), factors.items(), strict=True):
        with place:
            chart(figure, name, name)
    if len(shown) < len(channels):
        st.caption(
            f"Of its {len(channels):,} input channels these {len(shown)} contribute most, up or down; the sum below is "
            "over all of them."
        )
    names = [*(f"input channel {number}" for number in channels), "bias"]
    if len(terms) <= MOST_TERMS_IN_LINE:
        sum_of = " + ".join(f"({term:.{decimals}f})" if term < 0 else f"{term:.{decimals}f}" for term in terms)
        st.markdown(
            f"Sum of the products of each input channel, and the bias: {sum_of} = **{terms.sum():.{decimals}f}**"
        )
    else:
        st.markdown(f"Sum of all products and the bias: **{terms.sum():.{decimals}f}**")
        with st.expander("The sum, channel by channel"):
            values = [f"{value:.{decimals}f}" for value in (*terms, terms.sum())]
            st.dataframe(pd.DataFrame({"term": [*names, "sum"], "value": values}), hide_index=True)
    st.markdown(
        f"PyTorch's own value at row {row}, column {column}: **{pixel.value:.7g}**. "
        f"It differs from the sum by {abs(pixel.difference):.1e}: floating-point rounding."
    )
    st.caption(
        "All is computed with every digit; what is written is rounded, the products so that they add up to the sum as "
        "they stand there. " + normalisation
    )


def strongest(products: np.ndarray) -> np.ndarray:
    """The places of the input channels that are drawn: all, or those whose products (input channel, …) sum to most."""
    if len(products) <= MOST_CHANNELS:
        return np.arange(len(products))
    sums = np.abs(products.reshape(len(products), -1).sum(axis=1))
    return np.sort(np.argsort(-sums, kind="stable")[:MOST_CHANNELS])


def decimals_for(values: np.ndarray) -> int:
    """Digits behind the point that show four of the largest value's, and at least four."""
    largest = float(np.abs(values).max())
    return DECIMALS if largest == 0 else int(np.clip(3 - np.floor(np.log10(largest)), DECIMALS, 40))


def shown_terms(products: np.ndarray, bias: float, total: float, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum of each input channel's products and the bias, and every single product, as they are written.

    Rounded so that the written terms add up to the written total, and the written products of a channel to its term.

    Returns:
        terms (input channel + 1,) and products (input channel, row, column).
    """
    sums = products.reshape(len(products), -1).sum(axis=1)
    terms = rounded_to_add_up(np.append(sums, bias), round(total, decimals), decimals)
    cells = [
        rounded_to_add_up(channel.ravel(), term, decimals).reshape(channel.shape)
        for channel, term in zip(products, terms[:-1], strict=True)
    ]
    return terms, np.stack(cells)


def _normalisation(splits: Splits) -> str:
    """What was done to the pixels before the first convolution."""
    means = ", ".join(f"{value:.4f}" for value in splits.mean.tolist())
    deviations = ", ".join(f"{value:.4f}" for value in splits.deviation.tolist())
    return (
        f"A pixel p of 0 to 255 enters as (p / 255 − {means}) / {deviations}: "
        "the mean and the deviation of the training pixels, one a channel."
    )
