"""Convolution, step by step: one output value from patch, kernel and bias, and the layers after it."""

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import nn

from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.figures.convolution import product_maps
from explorer.figures.maps import picture, single_map
from explorer.inspection import PixelSum, explain_pixel, geometric_window, layer_call, rounded_to_add_up, sliding_sum
from explorer.inspection.downstream import follow
from explorer.ui.address.settings import COLUMN, CONVOLUTION_CHANNEL, CONVOLUTION_LAYER, ROW
from explorer.ui.chart import Click, chart
from explorer.ui.subject.layers import convolutions_of, graph_of
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.picture import played_sum
from explorer.ui.widgets import pick, slide

DECIMALS = 4
MOST_TERMS_IN_LINE = 9
MOST_CHANNELS = 64  # input channels whose products are drawn


def unavailable(subject: PictureSubject) -> str:
    """The reason why there is no sum over a patch."""
    return "" if convolutions_of(subject) else "This network has no convolution, and so no sum over a patch."


def draw(subject: PictureSubject) -> None:
    """Draw the sum behind one output value of a convolution, and the layers that follow."""
    graph = graph_of(subject)
    layer = pick(CONVOLUTION_LAYER, "Convolution", convolutions_of(subject))
    with subject.model() as model:
        entering, result = layer_call(model, subject.inputs, layer)
        output = result.numpy()  # (channel, row, column)
        channel, row, column = _choose_place(output)
        module = model.get_submodule(graph.node(layer).name)
        pixel = explain_pixel(module, entering, channel, row, column)
        sliding = sliding_sum(module, entering, channel)
        field, refusal = _window(model, subject, layer, row, column)
        steps_after = follow(model, graph, subject.inputs, layer, (channel, row, column))
    left, right = st.columns(2)
    with left:
        chart(
            picture(subject.picture, "The input, and the receptive field of this value", frame=field, height=300),
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
    reads_the_input = entering.shape == subject.inputs.shape[1:] and torch.equal(entering, subject.inputs[0])
    _arithmetic(pixel, row, column, _normalisation(subject.splits) if reads_the_input else "")
    played_sum.draw(sliding, row, column, layer, channel, decimals_for(np.append(pixel.products, pixel.bias)))
    st.markdown("\n".join(["**And then**", "", *(f"- {sentence}" for sentence in steps_after)]))


def _window(
    model: nn.Module, subject: PictureSubject, layer: str, row: int, column: int
) -> tuple[tuple[int, int, int, int] | None, str]:
    """The receptive field of a value in the picture, or the reason why it is unknown."""
    try:
        return geometric_window(model, subject.inputs, layer, row, column), ""
    except ExplorerError as error:
        return None, str(error)


def _choose_place(output: np.ndarray) -> tuple[int, int, int]:
    channels, rows, columns = output.shape
    left, middle, right = st.columns(3)
    with left:
        channel = slide(CONVOLUTION_CHANNEL, "Output channel", channels)
    with middle:
        row = slide(ROW, "Row", rows, default=rows // 2)
    with right:
        column = slide(COLUMN, "Column", columns, default=columns // 2)
    return channel, row, column


def _jump(click: Click) -> None:
    ROW.set(round(float(click.y)))
    COLUMN.set(round(float(click.x)))


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
            f"Of {len(channels):,} input channels, the {len(shown)} with the largest contributions are drawn; the sum "
            "below covers all of them."
        )
    names = [*(f"input channel {number}" for number in channels), "bias"]
    if len(terms) <= MOST_TERMS_IN_LINE:
        sum_of = " + ".join(f"({term:.{decimals}f})" if term < 0 else f"{term:.{decimals}f}" for term in terms)
        st.markdown(
            f"Sum of the products of each input channel and the bias: {sum_of} = **{terms.sum():.{decimals}f}**"
        )
    else:
        st.markdown(f"Sum of all products and the bias: **{terms.sum():.{decimals}f}**")
        with st.expander("The sum, channel by channel"):
            values = [f"{value:.{decimals}f}" for value in (*terms, terms.sum())]
            st.dataframe(pd.DataFrame({"term": [*names, "sum"], "value": values}), hide_index=True)
    st.markdown(
        f"PyTorch's own value at row {row}, column {column}: **{pixel.value:.7g}**. "
        f"The difference to the sum is {abs(pixel.difference):.1e}, from floating-point rounding."
    )
    st.caption(
        "All values are computed at full precision and displayed rounded, so that the displayed products add up to the "
        "displayed sum. " + normalisation
    )


def strongest(products: np.ndarray) -> np.ndarray:
    """The input channels that are drawn: all, or those with the largest sums of products (input channel, …)."""
    if len(products) <= MOST_CHANNELS:
        return np.arange(len(products))
    sums = np.abs(products.reshape(len(products), -1).sum(axis=1))
    return np.sort(np.argsort(-sums, kind="stable")[:MOST_CHANNELS])


def decimals_for(values: np.ndarray) -> int:
    """Decimals that show four significant digits of the largest value, and at least four decimals."""
    largest = float(np.abs(values).max())
    return DECIMALS if largest == 0 else int(np.clip(3 - np.floor(np.log10(largest)), DECIMALS, 40))


def shown_terms(products: np.ndarray, bias: float, total: float, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum of each input channel's products and the bias, and every product, as displayed.

    They are rounded so that the displayed terms add up to the displayed total, and the displayed products of a channel
    add up to its term.

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
    """The normalisation of the pixels before the first convolution."""
    means = ", ".join(f"{value:.4f}" for value in splits.mean.tolist())
    deviations = ", ".join(f"{value:.4f}" for value in splits.std.tolist())
    return (
        f"A pixel p from 0 to 255 is normalised to (p / 255 − {means}) / {deviations}, with the mean and the standard "
        "deviation of the training pixels in each channel."
    )
