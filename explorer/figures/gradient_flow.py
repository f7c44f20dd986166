"""The gradient's norm on its way back from the output through several networks."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.networks import Network
from explorer.figures.style import (
    NEUTRAL,
    Layout,
    empty,
    figure,
    horizontal_line,
    legend_below,
    line_axes,
    log_ends,
    named_ticks,
)


class GradientFlow(NamedTuple):
    """The norm of the gradient at the output and at each place before it."""

    places: Sequence[str]  # the output first
    norms: np.ndarray


def gradient_flow(networks: Mapping[Network, GradientFlow], title: str, back: str, where: str) -> go.Figure:
    """The norm of the gradient relative to its norm at the output, on a logarithmic axis.

    Args:
        networks: with the norms of their gradients.
        title: of the chart.
        back: the title of the horizontal axis, such as "layers back from the output".
        where: the kind of place, for the hover: "layer" or "step".
    """
    if not networks:
        return empty(f"{title}: no trained network yet", height=300)
    lines, values, longest = [], [1.0], 1
    for network, (places, norms) in networks.items():
        relative = norms / norms[0]
        values += [float(value) for value in relative if value > 0 and np.isfinite(value)]
        longest = max(longest, len(relative) - 1)
        lines.append(_line(network, places, norms, relative, where))
    return figure(
        *lines,
        height=310,
        title=title,
        description=f"{title}: {', '.join(network.name for network in networks)}",
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.24),
        shapes=horizontal_line(1, {"color": NEUTRAL, "dash": "dot", "width": 1.5}),
        **line_axes(
            back,
            "norm / norm at the output",
            {"range": [-0.3, longest + 0.3], "dtick": 1},
            _readable_decades(values),
        ),
    )


def _line(
    network: Network, places: Sequence[str], norms: np.ndarray, relative: np.ndarray, where: str
) -> go.Scatter:  # fmt: skip
    return marks.line(
        np.arange(len(relative)),
        relative,
        network.name,
        network.colour,
        marker={"size": 9, "symbol": network.symbol, "line": {"width": 2}},
        dash=network.dash,
        customdata=norms.astype(np.float32),
        hovertext=list(places),
        hover=f"{network.name}, {where} %{{hovertext}}<br>"
        "%{y:.3g} times the norm at the output (%{customdata:.3g})",
    )


def _readable_decades(values: Sequence[float]) -> Layout:
    """A logarithmic axis with ticks at 1, 2 and 5 times each power of ten, or only at the powers if there are many."""
    low, high = log_ends(values)
    parts = (1, 2, 5) if high - low < 2.5 else (1,)
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    ticks = [part * 10.0**power for power in powers for part in parts]
    return {"type": "log", "range": [low, high]} | named_ticks(ticks, [f"{tick:g}" for tick in ticks])
