"""Transfer learning: accuracy against the number of examples, and how far each part of a network moved."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.style import NEUTRAL, SEQUENCE, figure, line_axes

STRATEGIES = {  # as the screen says them, always in the same colour
    "frozen": "frozen features",
    "last_blocks": "last blocks fine-tuned",
    "all": "all fine-tuned",
    "scratch": "from scratch",
}
COLOURS = dict(zip(STRATEGIES, (SEQUENCE[0], SEQUENCE[2], SEQUENCE[4], SEQUENCE[1]), strict=True))


def accuracy_by_examples(own: pd.DataFrame, shipped: pd.DataFrame, chance: float, title: str) -> go.Figure:
    """The share right on the test split against training examples a class, one line a strategy.

    Args:
        own: a row a run: strategy, examples, accuracy (a share); several runs of one point are averaged.
        shipped: the same columns, measured beforehand: drawn with dashes and hollow marks.
        chance: the share that guessing reaches, a dotted line.
        title: what is seen.
    """
    traces = []
    for frame, name, dash, symbol in ((shipped, " (shipped)", "dash", "circle-open"), (own, "", "solid", "circle")):
        for strategy, label in STRATEGIES.items():
            points = frame[frame["strategy"] == strategy].groupby("examples")["accuracy"].mean()
            if len(points):
                traces.append(_line(points, label + name, COLOURS[strategy], dash, symbol))
    counts = sorted({*own["examples"], *shipped["examples"]}) or [1]
    traces.append(
        go.Scatter(
            x=np.array([counts[0], counts[-1]], np.int32),
            y=np.full(2, chance, np.float32),
            name="guessing",
            mode="lines",
            line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
            hovertemplate=f"guessing: {chance:.1%}<extra></extra>",
        )
    )
    return figure(
        *traces,
        height=340,
        title=title,
        description=f"{title}: one line for each way to use a pretrained network",
        toolbar=True,
        showlegend=True,
        **line_axes(
            "training examples a class",
            "right on the test split",
            {"type": "log", "tickvals": counts, "ticktext": [str(count) for count in counts]},
            {"tickformat": ".0%", "range": [0, 1.02]},
        ),
    )


def _line(points: pd.Series, name: str, colour: str, dash: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=points.index.to_numpy(np.int32),
        y=points.to_numpy(np.float32),
        name=name,
        mode="lines+markers",
        marker={"size": 8, "symbol": symbol},
        line={"color": colour, "width": 2, "dash": dash},
        hovertemplate=f"{name}<br>%{{x}} a class: %{{y:.1%}}<extra></extra>",
    )


def distances(parts: Sequence[str], moved: Mapping[str, Mapping[str, float]], title: str) -> go.Figure:
    """How far each part of a network is from where it began, relative to its first length.

    Args:
        parts: the parts, first to last.
        moved: a strategy's distances by part; a part that is missing there has no bar.
        title: what is seen.
    """
    return figure(
        *(
            go.Bar(
                x=list(parts),
                y=np.array([of.get(part, np.nan) for part in parts], np.float32),
                name=STRATEGIES[strategy],
                marker_color=COLOURS[strategy],
                hovertemplate=f"{STRATEGIES[strategy]}<br>%{{x}}: %{{y:.3g}}<extra></extra>",
            )
            for strategy, of in moved.items()
        ),
        height=320,
        title=title,
        description=f"{title}, for {', '.join(STRATEGIES[strategy] for strategy in moved)}",
        barmode="group",
        showlegend=True,
        **line_axes("part of the network, first to last", "distance / first length", {"type": "category"}),
    )
