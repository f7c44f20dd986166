"""The accuracy of several networks on the validation split against their training time."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.networks import Network
from explorer.figures.style import ACCURACY_AXIS, Layout, empty, figure, line_axes

ROW, FEWEST_ROWS = 34, 4  # pixels per network: as high as the charts of one row per network


class AccuracyCurve(NamedTuple):
    """The validation accuracy of one network during training."""

    seconds: np.ndarray  # (check,)
    accuracies: np.ndarray  # (check,) from 0 to 1


def accuracy_curves(networks: Mapping[Network, AccuracyCurve], title: str) -> go.Figure:
    """The validation accuracy against the training time in seconds, on a logarithmic axis."""
    if not networks:
        return empty(f"{title}: no trained network yet")
    return figure(
        *(_curve(network, curve) for network, curve in networks.items()),
        height=ROW * max(len(networks), FEWEST_ROWS) + 96,
        title=title,
        description=f"{title}: {', '.join(network.name for network in networks)}",
        toolbar=True,
        showlegend=False,
        annotations=_names(networks),
        margin={"l": 44, "r": 12, "t": 34, "b": 44},
        **line_axes("training time in seconds", "validation accuracy", {"type": "log", "dtick": 1}, ACCURACY_AXIS),
    )


def _curve(network: Network, curve: AccuracyCurve) -> go.Scatter:
    started = curve.seconds > 0  # a logarithmic axis has no 0
    return marks.line(
        curve.seconds[started].astype(np.float32),
        curve.accuracies[started],
        network.name,
        network.colour,
        dash=network.dash,
        hover=f"{network.name}, after %{{x:.2g}} s: %{{y:.1%}}",
    )


def _names(networks: Mapping[Network, AccuracyCurve]) -> list[Layout]:
    """The names of the lines, listed in the corner that the lines leave free."""
    return [
        {
            "text": f'<span style="color:{network.colour}">■</span> {network.title}',
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
