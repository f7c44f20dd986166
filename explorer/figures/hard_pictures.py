"""The pictures that networks get wrong, and what each takes them for."""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.comparison import Network, named
from explorer.figures.style import TEST, Layout, empty, figure

WRONG = "#b5520b"  # dark enough for white letters
LARGER = 6  # a browser smooths what it enlarges: each pixel is a square before it gets there


def hard_pictures(
    pictures: np.ndarray, names: Sequence[str], answers: Mapping[Network, Sequence[str]], title: str
) -> go.Figure:
    """Pictures that at least one network gets wrong, and below each what every network takes it for.

    Args:
        pictures: uint8 (picture, row, column, 1).
        names: what each picture is, (picture,).
        answers: what each network says, (picture,).
        title: what is seen.
    """
    if not len(pictures):
        return empty(f"{title}: there are none")
    count, rows, traces = len(pictures), list(answers), list[go.Scatter]()
    for place, network in enumerate(rows, start=1):
        right = [said == truth for said, truth in zip(answers[network], names, strict=True)]
        traces.append(
            go.Scatter(
                x=np.arange(count, dtype=np.float32),
                y=np.full(count, place - 0.4, np.float32),
                mode="markers+text",
                text=["" if good else said for good, said in zip(right, answers[network], strict=True)],
                textfont={"size": 10, "color": "#ffffff"},
                marker={
                    "size": [6 if good else 16 for good in right],
                    "color": [TEST if good else WRONG for good in right],
                    "symbol": ["circle" if good else "square" for good in right],
                    "opacity": 1.0,  # of marks of several sizes it would be 0.7, too pale for white letters
                    "line": {"width": 0},
                },
                hovertext=[
                    f"{named(network)} says {said}: {'right' if good else f'it is {truth}'}"
                    for good, said, truth in zip(right, answers[network], names, strict=True)
                ],
                hovertemplate="%{hovertext}<extra></extra>",
                showlegend=False,
            )
        )
    wrong = {named(network): sum(a != b for a, b in zip(answers[network], names, strict=True)) for network in rows}
    return figure(
        *traces,
        height=30 * len(rows) + 120,
        title=title,
        description=f"{title}. Wrong among these: " + ", ".join(f"{name} {number}" for name, number in wrong.items()),
        margin={"l": 104, "r": 8, "t": 34, "b": 8},
        images=[_image(pixels[..., 0], number) for number, pixels in enumerate(pictures)],
        xaxis={"visible": False, "range": [-0.6, count - 0.4], "fixedrange": True},
        yaxis={
            "tickmode": "array",
            "tickvals": [-0.9, *(place - 0.4 for place in range(1, len(rows) + 1))],
            "ticktext": ["digit", *(network.title for network in rows)],
            "range": [len(rows) + 0.2, -1.75],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    )


def _image(pixels: np.ndarray, number: int) -> Layout:
    """A grey picture in its column, as large as there is room for, and never out of shape."""
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
    """A grey picture, uint8 (row, column), as the address that a browser draws it from (PNG, ISO/IEC 15948)."""
    height, width = pixels.shape
    rows = np.insert(pixels, 0, 0, axis=1).tobytes()  # each begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits, grey, as it is
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
