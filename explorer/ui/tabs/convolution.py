"""Convolution, step by step: one output value from patch, kernel and bias, and what becomes of it."""

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import nn

from explorer.datasets.splits import Splits
from explorer.figures.convolution import product_maps
from explorer.figures.maps import picture, single_map
from explorer.inspection import PixelSum, capture, explain_pixel, pooling_window, receptive_field, rounded_to_add_up
from explorer.ui.chart import Click, chart
from explorer.ui.look import Look

DECIMALS = 4
MOST_TERMS_IN_LINE = 9


def draw(look: Look) -> None:
    """Choose a convolution, a channel and a place; see the sum, and the layers that follow."""
    with look.model() as model:
        convolutions = {name: module for name, module in model.named_modules() if isinstance(module, nn.Conv2d)}
        captured = capture(model, look.inputs)
        layer = _choose_layer(list(convolutions))
        convolution = convolutions[layer]
        output = captured[layer][0].numpy()  # (channel, row, column)
        channel, row, column = _choose_place(layer, output)
        entering = _input_of(layer, captured, look.inputs)
        pixel = explain_pixel(convolution, entering[0], channel, row, column)
        field = receptive_field(model, layer, look.splits.input_shape).window(row, column)
        steps_after = _follow(model, captured, layer, channel, row, column)
    left, right = st.columns(2)
    with left:
        chart(
            picture(look.picture, "The input, and what this value can see of it", frame=field, height=300),
            key="convolution-input",
        )
    with right:
        chart(
            single_map(output[channel], f"{layer}, output channel {channel}: click a value", mark=(row, column)),
            key="convolution-output",
            on_click=_jump,
        )
    first = next(iter(convolutions)) == layer
    _arithmetic(pixel, row, column, _normalisation(look.splits) if first else "")
    st.markdown("\n".join(["**And then**", "", *(f"- {sentence}" for sentence in steps_after)]))


def _choose_layer(names: list[str]) -> str:
    if st.session_state.get("convolution_layer") not in names:
        st.session_state.pop("convolution_layer", None)
    chosen: str = st.segmented_control(
        "Convolution", names, default=names[0], required=True, key="convolution_layer", bind="query-params"
    )
    return chosen


def _choose_place(layer: str, output: np.ndarray) -> tuple[int, int, int]:
    sizes = dict(zip(("convolution_channel", "row", "column"), output.shape, strict=True))
    labels = {"convolution_channel": "Output channel", "row": "Row", "column": "Column"}
    chosen = []
    for key, column in zip(sizes, st.columns(3), strict=True):
        largest = sizes[key] - 1
        if key in st.session_state:
            st.session_state[key] = min(int(st.session_state[key]), largest)
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


def _input_of(layer: str, captured: dict[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """What reaches a layer: the output of the layer called just before it."""
    names = list(captured)
    place = names.index(layer)
    return captured[names[place - 1]] if place else inputs


def _arithmetic(pixel: PixelSum, row: int, column: int, normalisation: str) -> None:
    patch, kernel, products = (np.asarray(part) for part in (pixel.patch, pixel.kernel, pixel.products))
    first = pixel.input_channels.start
    decimals = decimals_for(np.append(products.ravel(), pixel.bias))
    terms, cells = shown_terms(products, pixel.bias, pixel.total, decimals)
    figures = (
        product_maps(patch, "The patch of the input", first, decimals_for(patch)),
        product_maps(kernel, "× the kernel", first, decimals_for(kernel)),
        product_maps(products, "= the products", first, decimals, cells),
    )
    for number, (place, figure) in enumerate(zip(st.columns(3), figures, strict=True)):
        with place:
            chart(figure, key=f"product-{number}")
    names = [*(f"input channel {first + number}" for number in range(len(products))), "bias"]
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


def _follow(
    model: nn.Module, captured: dict[str, torch.Tensor], layer: str, channel: int, row: int, column: int
) -> list[str]:
    """A sentence for each layer of the block that the value passes, until pooling, with the network's own numbers."""
    modules = dict(model.named_modules())
    block = layer.rsplit(".", 1)[0]
    names = [name for name in captured if name.startswith(f"{block}.")]
    names = names[names.index(layer) + 1 :]
    before = captured[layer]
    sentences = []
    for name in names:
        module, after = modules[name], captured[name]
        value = float(before[0, channel, row, column])
        if isinstance(module, nn.BatchNorm2d):
            sentences.append(_batch_norm_sentence(module, channel, value, float(after[0, channel, row, column])))
        elif isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
            sentences.append(_pooling_sentence(module, before[0], channel, row, column))
            break
        elif not isinstance(module, nn.Dropout):
            reached = float(after[0, channel, row, column])
            sentences.append(f"**{name}** ({type(module).__name__}): {value:.6g} becomes **{reached:.6g}**.")
        before = after
    return sentences or ["Nothing: this value leaves the block as it is."]


def _batch_norm_sentence(norm: nn.BatchNorm2d, channel: int, value: float, after: float) -> str:
    if norm.running_mean is None or norm.running_var is None:
        return f"**Batch norm**: {value:.6g} becomes **{after:.6g}**."
    mean, variance = float(norm.running_mean[channel]), float(norm.running_var[channel])
    gain, shift = norm.weight[channel].item(), norm.bias[channel].item()
    return (
        f"**Batch norm**: ({_term(value)} − {_term(mean)}) / √({variance:.6g} + {norm.eps:g}) · {_term(gain)} + "
        f"{_term(shift)} = **{after:.6g}**, with the running mean and variance of this channel."
    )


def _pooling_sentence(
    pool: nn.MaxPool2d | nn.AvgPool2d, entering: torch.Tensor, channel: int, row: int, column: int
) -> str:
    height, width = entering.shape[1:]
    place_row, place_column = row // 2, column // 2
    if place_row >= height // 2 or place_column >= width // 2:
        return (
            f"**Pooling** leaves this value out: its 2x2 windows end before the last row or column of {height}x{width}."
        )
    window = pooling_window(pool, entering, channel, place_row, place_column)
    numbers = ", ".join(f"{value:.6g}" for value in np.asarray(window.values).ravel())
    kind = "the largest" if isinstance(pool, nn.MaxPool2d) else "the mean"
    return f"**Pooling** takes {kind} of its 2x2 window {numbers}: **{window.value:.6g}**."


def _term(value: float) -> str:
    """A number inside a formula: negative ones in brackets."""
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"


def _normalisation(splits: Splits) -> str:
    """What was done to the pixels before the first convolution."""
    means = ", ".join(f"{value:.4f}" for value in splits.mean.tolist())
    deviations = ", ".join(f"{value:.4f}" for value in splits.deviation.tolist())
    return (
        f"A pixel p of 0 to 255 enters as (p / 255 − {means}) / {deviations}: "
        "the mean and the deviation of the training pixels, one a channel."
    )
