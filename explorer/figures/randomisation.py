"""The weight-randomisation check of an attribution map: Adebayo and others 2018, arXiv:1810.03292."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import NEUTRAL, SEQUENCE, empty, figure, horizontal_line, line_axes, named_ticks


def randomisation_curve(
    names: Sequence[str], similarity: np.ndarray, signed_similarity: np.ndarray, title: str
) -> go.Figure:
    """The similarity of an attribution map to the original as the layers are randomised from the last to the first.

    Args:
        names: the layer randomised at each stage; the first stage is the trained network.
        similarity: (stage,) rank correlation of the absolute values with those of the original map.
        signed_similarity: (stage,) rank correlation of the signed values.
        title: of the chart.
    """
    if not len(names):
        return empty(f"{title}: appears here stage by stage")
    places = np.arange(len(names), dtype=np.int32)
    traces = [
        marks.line(
            places,
            values,
            name,
            colour,
            marker=6,
            dash=dash,
            text=list(names),
            hover=f"%{{text}}: %{{y:.3f}}<extra>{name}</extra>",
        )
        for name, values, colour, dash in (
            ("absolute values", similarity, SEQUENCE[0], None),
            ("signed values", signed_similarity, SEQUENCE[1], "dot"),
        )
    ]
    every = max(1, math.ceil(len(names) / 14))  # more labels would overlap
    return figure(
        *traces,
        height=330,
        title=title,
        description=f"{title}: rank correlation with the original map at {len(names)} stages",
        toolbar=True,
        margin={"l": 52, "r": 12, "t": 56, "b": 90},
        shapes=horizontal_line(0, {"color": NEUTRAL, "width": 1}),
        **line_axes(
            "layers randomised down to",
            "rank correlation",
            x={
                **named_ticks(places[::every], [_short(name) for name in names[::every]]),
                "tickangle": -35,
                "range": [-0.3, max(1, len(names) - 1) + 0.3],
            },
            y={"range": [-1.05, 1.05]},
        ),
    )


def _short(name: str) -> str:
    return name if len(name) <= 22 else "…" + name[-21:]
