"""The pictures that networks get wrong, and what each takes them for."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.comparison import Network, named
from explorer.figures.style import TEST, empty, figure

WRONG = "#b5520b"  # dark enough for white letters


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
    count, height, width, _ = pictures.shape
    sheet = np.full((height, count * (width + 1) - 1), np.nan, np.float32)
    for number, pixels in enumerate(pictures[..., 0]):
        sheet[:, number * (width + 1) : number * (width + 1) + width] = pixels
    step = 1 / (width + 1)
    rows = list(answers)
    traces: list[go.Heatmap | go.Scatter] = [
        go.Heatmap(
            z=sheet,
            x0=-0.5 + step,
            dx=step,
            y0=-1.0 + 1 / (2 * height),
            dy=1 / height * 0.9,
            colorscale=[[0, "#000000"], [1, "#ffffff"]],
            zmin=0,
            zmax=255,
            showscale=False,
            hoverinfo="skip",
        )
    ]
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
        height=30 * len(rows) + 100,
        title=title,
        description=f"{title}. Wrong among these: " + ", ".join(f"{name} {number}" for name, number in wrong.items()),
        margin={"l": 104, "r": 8, "t": 34, "b": 8},
        xaxis={"visible": False, "range": [-0.6, count - 0.4], "fixedrange": True},
        yaxis={
            "tickmode": "array",
            "tickvals": [-0.55, *(place - 0.4 for place in range(1, len(rows) + 1))],
            "ticktext": ["digit", *(network.title for network in rows)],
            "range": [len(rows) + 0.2, -1.1],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    )
