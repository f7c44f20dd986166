"""Networks of different kinds beside each other: how often right, how large, how fast, and how far the gradient goes.

A network has the same colour in every chart; one's own runs are filled marks, those that ship hollow ones.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import (
    NETWORK_SYMBOLS,
    NEUTRAL,
    SPARE_SYMBOL,
    Layout,
    empty,
    figure,
    line_axes,
    network_colour,
)

ROW = 34  # pixels a network


class Network(NamedTuple):
    """A network in these charts."""

    model: str  # which decides its colour
    title: str
    own: bool  # a run of the visitor's, or one that ships


class Accuracy(NamedTuple):
    """How many of the pictures asked about were right, as a share, and the ends of its interval."""

    share: float
    low: float
    high: float


class Size(NamedTuple):
    """How many parameters learnt, and how many there are with those that were kept as they were."""

    learnt: int
    all: int


class Course(NamedTuple):
    """The share right on the validation split while it learnt."""

    seconds: np.ndarray
    shares: np.ndarray


class Reach(NamedTuple):
    """The gradient's norm at the answer and at each place before it."""

    places: Sequence[str]  # the answer's first
    norms: np.ndarray


def accuracies(networks: Mapping[Network, Accuracy], title: str) -> go.Figure:
    """A mark a network, with its interval: the best on top."""
    ordered = sorted(networks, key=lambda network: networks[network].share)
    found = [networks[network] for network in ordered]
    low = min((one.low for one in found), default=0.9)
    return _rows(
        ordered,
        [one.share for one in found],
        [f"{one.share:.1%}" for one in found],
        title,
        {
            "title": {"text": "right on the test split", "standoff": 6},
            "tickformat": ".0%",
            "range": [low - 0.015, 1.01],
        },
        [f"{one.share:.2%}, between {one.low:.1%} and {one.high:.1%}" for one in found],
        {
            "type": "data",
            "symmetric": False,
            "array": np.array([one.high - one.share for one in found], np.float32),
            "arrayminus": np.array([one.share - one.low for one in found], np.float32),
            "color": NEUTRAL,
            "thickness": 1.5,
            "width": 5,
        },
    )


def sizes(networks: Mapping[Network, Size], title: str) -> go.Figure:
    """A mark where as many parameters learn; a line to a tick where there are more that do not. The largest on top."""
    ordered = sorted(networks, key=lambda network: networks[network].learnt)
    found = [networks[network] for network in ordered]
    drawn = _rows(
        ordered,
        [one.learnt for one in found],
        [f"{one.learnt:,}" for one in found],
        title,
        {
            "title": {"text": "parameters that learn", "standoff": 6},
            "type": "log",
            "dtick": 1,
            "tickformat": ",d",
            "range": _decades([one.learnt for one in found] + [one.all for one in found]),
        },
        [f"{one.learnt:,} parameters learn" + _of(one) for one in found],
    )
    kept = [(number, one) for number, one in enumerate(found) if one.all > one.learnt]
    lines = [
        go.Scatter(
            x=np.array([one.learnt, one.all], np.float32),
            y=np.array([number, number], np.float32),
            mode="lines+markers",
            marker={"symbol": "line-ns-open", "size": 12, "color": NEUTRAL, "line": {"width": 2}},
            line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
            hovertemplate=f"{one.all:,} with those that are frozen<extra></extra>",
            showlegend=False,
        )
        for number, one in kept
    ]
    return go.Figure({"data": [*lines, *drawn.data], "layout": drawn.layout})


def _of(size: Size) -> str:
    return "" if size.all == size.learnt else f", of {size.all:,}"


def _rows(
    networks: Sequence[Network],
    values: Sequence[float],
    texts: Sequence[str],
    title: str,
    x_axis: Layout,
    hover: Sequence[str],
    interval: Layout | None = None,
) -> go.Figure:
    """A mark a row, the last on top."""
    if not networks:
        return empty(f"{title}: no network is trained yet")
    places = np.arange(len(networks), dtype=np.float32)
    marks = go.Scatter(
        x=np.array(values, np.float32),
        y=places,
        error_x=interval,
        mode="markers+text",
        text=list(texts),
        textposition="top center",
        textfont={"size": 11},
        cliponaxis=False,
        marker={
            "size": 12,
            "symbol": [symbol(network) for network in networks],
            "color": [network_colour(network.model) for network in networks],
            "line": {"width": 2, "color": [network_colour(network.model) for network in networks]},
        },
        hovertext=[f"{named(network)}: {text}" for network, text in zip(networks, hover, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )
    described = "; ".join(f"{named(network)} {text}" for network, text in zip(networks, hover, strict=True))
    axes = line_axes(
        "",
        "",
        x_axis | {"showgrid": True},
        {
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [network.title for network in networks],
            "range": [-0.5, len(networks) - 0.3],
            "showgrid": False,
        },
    )
    return figure(
        marks,
        height=ROW * len(networks) + 96,
        title=title,
        description=f"{title}: {described}",
        margin={"l": 104, "r": 24, "t": 34, "b": 44},
        **axes,
    )


def courses(networks: Mapping[Network, Course], title: str) -> go.Figure:
    """The share right on the validation split against the seconds of training, on a logarithmic axis."""
    if not networks:
        return empty(f"{title}: no network is trained yet")
    traces = []
    for network, course in networks.items():
        began = course.seconds > 0  # a logarithm has no 0
        traces.append(
            go.Scatter(
                x=course.seconds[began].astype(np.float32),
                y=course.shares[began].astype(np.float32),
                name=named(network),
                mode="lines",
                line={"color": network_colour(network.model), "width": 2, "dash": "solid" if network.own else "dash"},
                hovertemplate=f"{named(network)}, after %{{x:.2g}} s: %{{y:.1%}}<extra></extra>",
            )
        )
    return figure(
        *traces,
        height=ROW * max(len(networks), 4) + 96,
        title=title,
        description=f"{title}: {', '.join(named(network) for network in networks)}",
        toolbar=True,
        showlegend=False,
        annotations=_ends(networks),
        margin={"l": 44, "r": 12, "t": 34, "b": 44},
        **line_axes(
            "seconds of training",
            "right on the validation split",
            {"type": "log", "dtick": 1},
            {"tickformat": ".0%", "range": [0, 1.02]},
        ),
    )


def _ends(networks: Mapping[Network, Course]) -> list[Layout]:
    """The name of each line, one below the other in the corner that the lines leave free."""
    return [
        {
            "text": f'<span style="color:{network_colour(network.model)}">■</span> {network.title}',
            "x": 1,
            "xref": "paper",
            "xanchor": "right",
            "y": 0.05 + 0.1 * number,
            "yref": "paper",
            "yanchor": "bottom",
            "align": "left",
            "showarrow": False,
            "font": {"size": 11},
        }
        for number, network in enumerate(reversed(list(networks)))
    ]


def reaches(networks: Mapping[Network, Reach], title: str, back: str, where: str) -> go.Figure:
    """How much of the gradient is left further from the answer, relative to the answer's end.

    Args:
        networks: the gradient's norms.
        title: what is seen.
        back: the title of the axis, with what is counted: "layers back from the answer".
        where: what a place is called on hover: "layer" or "step".
    """
    if not networks:
        return empty(f"{title}: no network is trained yet", height=300)
    traces, values, longest = [], [1.0], 1
    for network, (places, norms) in networks.items():
        left = norms / norms[0]
        values += [float(value) for value in left if value > 0 and np.isfinite(value)]
        longest = max(longest, len(left) - 1)
        traces.append(
            go.Scatter(
                x=np.arange(len(left), dtype=np.int32),
                y=left.astype(np.float32),
                customdata=norms.astype(np.float32),
                hovertext=list(places),
                name=named(network),
                mode="lines+markers",
                marker={"size": 9, "symbol": symbol(network), "line": {"width": 2}},
                line={"color": network_colour(network.model), "width": 2, "dash": "solid" if network.own else "dash"},
                hovertemplate=f"{named(network)}, {where} %{{hovertext}}<br>"
                "%{y:.3g} times the norm at the answer (%{customdata:.3g})<extra></extra>",
            )
        )
    return figure(
        *traces,
        height=310,
        title=title,
        description=f"{title}: {', '.join(named(network) for network in networks)}",
        toolbar=True,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.24, "yanchor": "top"},
        shapes=[
            {
                "type": "line",
                "x0": 0,
                "x1": 1,
                "xref": "x domain",
                "y0": 1,
                "y1": 1,
                "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5},
            }
        ],
        **line_axes(
            back,
            "times the norm at the answer",
            {"range": [-0.3, longest + 0.3], "dtick": 1},
            _readable_decades(values),
        ),
    )


def named(network: Network) -> str:
    """What a network is called; one that ships says so."""
    return network.title if network.own else f"{network.title} (shipped)"


def symbol(network: Network) -> str:
    """A network's mark: filled for one's own run, hollow for one that ships."""
    return NETWORK_SYMBOLS.get(network.model, SPARE_SYMBOL) + ("" if network.own else "-open")


def _decades(values: Sequence[float]) -> list[float]:
    """The ends of a logarithmic axis with room around these values."""
    logs = np.log10([value for value in values if value > 0] or [1.0])
    room = max(0.15, 0.08 * float(np.ptp(logs)))
    return [float(logs.min()) - room, float(logs.max()) + room]


def _readable_decades(values: Sequence[float]) -> Layout:
    """A logarithmic axis with ticks at 1, 2 and 5 of each power of ten, or at the powers alone where there are many."""
    low, high = _decades(values)
    parts = (1, 2, 5) if high - low < 2.5 else (1,)
    ticks = [part * 10.0**power for power in range(int(np.floor(low)), int(np.ceil(high)) + 1) for part in parts]
    return {
        "type": "log",
        "range": [low, high],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
    }
