"""Networks side by side, one row each: their accuracy with its confidence interval, and their size."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.networks import Network
from explorer.figures.readings.answers import intervals
from explorer.figures.style import NEUTRAL, Layout, empty, figure, line_axes, log_ends, named_ticks

ROW = 34  # pixels per network


class Accuracy(NamedTuple):
    """The accuracy, from 0 to 1, and the ends of its confidence interval."""

    value: float
    low: float
    high: float


class Size(NamedTuple):
    """The number of trainable parameters, and of all parameters, frozen ones included."""

    trainable: int
    total: int


def accuracies(networks: Mapping[Network, Accuracy], title: str) -> go.Figure:
    """The test accuracy of each network with its confidence interval, the best at the top."""
    ordered = sorted(networks, key=lambda network: networks[network].value)
    found = [networks[network] for network in ordered]
    low = min((one.low for one in found), default=0.9)
    return _rows(
        ordered,
        [one.value for one in found],
        [f"{one.value:.1%}" for one in found],
        title,
        {
            "title": {"text": "test accuracy", "standoff": 6},
            "tickformat": ".0%",
            "range": [low - 0.015, 1.01],
        },
        [f"{one.value:.2%}, between {one.low:.1%} and {one.high:.1%}" for one in found],
        {
            "type": "data",
            "symmetric": False,
            "array": np.array([one.high - one.value for one in found], np.float32),
            "arrayminus": np.array([one.value - one.low for one in found], np.float32),
            "color": NEUTRAL,
            "thickness": 1.5,
            "width": 5,
        },
        intervals({network.name: one for network, one in networks.items()}),
    )


def sizes(networks: Mapping[Network, Size], title: str) -> go.Figure:
    """The trainable parameters of each network, the largest at the top; a line extends to the frozen ones."""
    ordered = sorted(networks, key=lambda network: networks[network].trainable)
    found = [networks[network] for network in ordered]
    drawn = _rows(
        ordered,
        [one.trainable for one in found],
        [f"{one.trainable:,}" for one in found],
        title,
        {
            "title": {"text": "trainable parameters", "standoff": 6},
            "type": "log",
            "dtick": 1,
            "tickformat": ",d",
            "range": log_ends([one.trainable for one in found] + [one.total for one in found]),
        },
        [f"{one.trainable:,} trainable parameters" + _of(one) for one in found],
    )
    frozen = [_frozen(row, one) for row, one in enumerate(found) if one.total > one.trainable]
    return go.Figure({"data": [*frozen, *drawn.data], "layout": drawn.layout})


def _of(size: Size) -> str:
    return "" if size.total == size.trainable else f", of {size.total:,}"


def _frozen(row: int, size: Size) -> go.Scatter:
    return marks.line(
        np.array([size.trainable, size.total], np.float32),
        np.array([row, row]),
        "",
        NEUTRAL,
        marker={"symbol": "line-ns-open", "size": 12, "color": NEUTRAL, "line": {"width": 2}},
        width=1.5,
        dash="dot",
        hover=f"{size.total:,} including the frozen ones",
        showlegend=False,
    )


def _rows(
    networks: Sequence[Network],
    values: Sequence[float],
    texts: Sequence[str],
    title: str,
    x_axis: Layout,
    hover: Sequence[str],
    interval: Layout | None = None,
    reading: str = "",
) -> go.Figure:
    """A symbol per network, each in its own row, the last at the top."""
    if not networks:
        return empty(f"{title}: no trained network yet")
    rows = np.arange(len(networks), dtype=np.float32)
    colours = [network.colour for network in networks]
    described = [f"{network.name}: {text}" for network, text in zip(networks, hover, strict=True)]
    symbols = marks.points(
        values,
        rows,
        hover="%{hovertext}",
        error_x=interval,
        mode="markers+text",
        text=list(texts),
        textposition="top center",
        textfont={"size": 11},
        cliponaxis=False,
        marker={
            "size": 12,
            "symbol": [network.symbol for network in networks],
            "color": colours,
            "line": {"width": 2, "color": colours},
        },
        hovertext=described,
        showlegend=False,
    )
    names = named_ticks(rows, [network.title for network in networks])
    return figure(
        symbols,
        height=ROW * len(networks) + 96,
        title=title,
        description=f"{title}: {'; '.join(described)}",
        reading=reading,
        margin={"l": 104, "r": 24, "t": 34, "b": 44},
        **line_axes(
            "",
            "",
            x_axis | {"showgrid": True},
            names | {"range": [-0.5, len(networks) - 0.3], "showgrid": False},
        ),
    )
