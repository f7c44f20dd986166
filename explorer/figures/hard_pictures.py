"""Misclassified pictures, with the prediction of each network."""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.networks import Network
from explorer.figures.style import HIDDEN_AXIS, TEST, Layout, empty, figure, named_ticks

WRONG = "#b5520b"  # dark enough for white letters
LARGER = 6  # browsers smooth enlarged pictures, so each pixel is sent as a square of this side


def hard_pictures(
    pictures: np.ndarray, names: Sequence[str], predictions: Mapping[Network, Sequence[str]], title: str
) -> go.Figure:
    """Pictures that at least one network misclassifies, and below each the prediction of every network.

    Args:
        pictures: uint8 (picture, row, column, 1).
        names: (picture,) the true class names.
        predictions: (picture,) the class names predicted by each network.
        title: of the chart.
    """
    if not len(pictures):
        return empty(f"{title}: none")
    count, rows = len(pictures), list(predictions)
    wrong = {network.name: sum(a != b for a, b in zip(predictions[network], names, strict=True)) for network in rows}
    return figure(
        *(_row(network, place, predictions[network], names) for place, network in enumerate(rows, start=1)),
        height=30 * len(rows) + 120,
        title=title,
        description=f"{title}. Misclassified: " + ", ".join(f"{name} {number}" for name, number in wrong.items()),
        margin={"l": 104, "r": 8, "t": 34, "b": 8},
        images=[_image(pixels[..., 0], number) for number, pixels in enumerate(pictures)],
        xaxis=HIDDEN_AXIS | {"range": [-0.6, count - 0.4]},
        yaxis={
            **named_ticks(
                [-0.9, *(place - 0.4 for place in range(1, len(rows) + 1))],
                ["digit", *(network.title for network in rows)],
            ),
            "range": [len(rows) + 0.2, -1.75],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    )


def _row(network: Network, place: int, predicted: Sequence[str], names: Sequence[str]) -> go.Scatter:
    """The predictions of one network: a dot for a correct one, the predicted class for a wrong one."""
    pairs = list(zip(predicted, names, strict=True))
    correct = [guess == truth for guess, truth in pairs]
    return marks.points(
        np.arange(len(pairs), dtype=np.float32),
        np.full(len(pairs), place - 0.4),
        hover="%{hovertext}",
        mode="markers+text",
        text=["" if guess == truth else guess for guess, truth in pairs],
        textfont={"size": 10, "color": "#ffffff"},
        marker={
            "size": [6 if right else 16 for right in correct],
            "color": [TEST if right else WRONG for right in correct],
            "symbol": ["circle" if right else "square" for right in correct],
            "opacity": 1.0,  # Plotly's default for markers of several sizes is 0.7, too pale for white letters
            "line": {"width": 0},
        },
        hovertext=[
            f"{network.name} predicts {guess}: {'correct' if guess == truth else f'the label is {truth}'}"
            for guess, truth in pairs
        ],
        showlegend=False,
    )


def _image(pixels: np.ndarray, number: int) -> Layout:
    """A grey picture in its column, as large as fits without distortion."""
    return {
        "source": grey_png(np.kron(pixels, np.ones((LARGER, LARGER), np.uint8))),
        "x": float(number),
        "y": -0.9,
        "xref": "x",
        "yref": "y",
        "xanchor": "center",
        "yanchor": "middle",
        "sizex": 0.9,
        "sizey": 1.6,
        "sizing": "contain",
    }


def grey_png(pixels: np.ndarray) -> str:
    """A grey picture, uint8 (row, column), as the data URL of a PNG (ISO/IEC 15948)."""
    height, width = pixels.shape
    rows = np.insert(pixels, 0, 0, axis=1).tobytes()  # each row begins with its filter type: none
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits, greyscale, not interlaced
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
