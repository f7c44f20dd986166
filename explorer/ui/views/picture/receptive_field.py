"""The receptive field of one value: its window by geometry, and its gradient on the picture."""

import streamlit as st
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.figures.maps import picture
from explorer.figures.receptive_field import gradient_on_picture
from explorer.inspection import effective_field, geometric_window, pixels_holding
from explorer.ui.chart import chart
from explorer.ui.subject.picture import PictureSubject

Window = tuple[int, int, int, int]


def draw(subject: PictureSubject, layer: str, channel: int, row: int, column: int) -> None:
    """Draw the picture with the window of the value, and the gradient beside it, both in pixels of the picture."""
    window: Window | None = None
    refusal = ""
    with subject.model() as model:
        try:
            window = geometric_window(model, subject.inputs, layer, row, column)
        except ExplorerError as error:
            refusal = str(error)
        gradient = effective_field(model, subject.inputs, layer, channel, row, column)
    st.markdown(f"**Receptive field** · {layer}, channel {channel}, row {row}, column {column}")
    left, right = st.columns(2)
    with left:
        chart(
            picture(subject.picture, "Window by geometry", frame=window, height=320),
            "field-window",
            "receptive-field",
            reading=refusal or _window_words(subject, window),
        )
    with right:
        chart(
            gradient_on_picture(gradient.numpy(), "Gradient: |∂ value / ∂ pixel|", window, height=320),
            "field-gradient",
            "effective-field",
            reading=_gradient_words(gradient, window),
        )


def _window_words(subject: PictureSubject, window: Window | None) -> str:
    rows, columns = subject.picture.shape[:2]
    if window is None or window[1] < window[0] or window[3] < window[2]:
        return "The value depends only on padding."
    height, width = window[1] - window[0] + 1, window[3] - window[2] + 1
    if (height, width) == (rows, columns):
        return f"By the geometry of the layers, the value can depend on every pixel of the {rows}x{columns} picture."
    return (
        f"By the geometry of the layers, the value can depend only on the framed {height}x{width} pixels, "
        f"{height * width / (rows * columns):.1%} of the picture."
    )


def _gradient_words(gradient: Tensor, window: Window | None) -> str:
    half, most = pixels_holding(gradient, 0.5), pixels_holding(gradient, 0.95)
    if not most:
        return "No gradient reaches the picture: a ReLU on the way outputs 0."
    inside = f", of the {_area(window):,} in its window" if window is not None else ""
    return (
        f"Half of the gradient is on {half:,} pixels and 95% on {most:,}{inside}: the effective receptive field for "
        "this picture and these weights."
    )


def _area(window: Window) -> int:
    return (window[1] - window[0] + 1) * (window[3] - window[2] + 1)
