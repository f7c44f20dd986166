"""Transfer learning: accuracy against the number of training examples, and the distance each part moved."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.transfer import by_examples, moved_most
from explorer.figures.style import ACCURACY_AXIS, SEQUENCE, figure, line_axes

STRATEGIES = {  # their names in the legend
    "frozen": "frozen features",
    "last_blocks": "last blocks fine-tuned",
    "all": "all fine-tuned",
    "scratch": "from scratch",
}
COLOURS = {"frozen": SEQUENCE[0], "last_blocks": SEQUENCE[2], "all": SEQUENCE[4], "scratch": SEQUENCE[1]}


def accuracy_by_examples(own: pd.DataFrame, shipped: pd.DataFrame, chance: float, title: str) -> go.Figure:
    """The test accuracy against the number of training examples per class, one line per strategy.

    Args:
        own: one row per run with the columns strategy, examples and accuracy (0 to 1); repeated runs are averaged.
        shipped: the same columns, measured in advance; drawn with dashes and hollow markers.
        chance: the accuracy of guessing, drawn as a dotted line.
        title: of the chart.
    """
    traces = []
    for frame, name, dash, symbol in ((shipped, " (shipped)", "dash", "circle-open"), (own, "", "solid", "circle")):
        for strategy, label in STRATEGIES.items():
            points = frame[frame["strategy"] == strategy].groupby("examples")["accuracy"].mean()
            if len(points):
                traces.append(_line(points, label + name, COLOURS[strategy], dash, symbol))
    counts = sorted({*own["examples"], *shipped["examples"]}) or [1]
    traces.append(marks.level(chance, (counts[0], counts[-1]), "guessing", f"guessing: {chance:.1%}"))
    return figure(
        *traces,
        height=340,
        title=title,
        description=f"{title}: one line for each way to use a pretrained network",
        reading=by_examples(own, shipped, STRATEGIES),
        toolbar=True,
        showlegend=True,
        **line_axes(
            "training examples per class",
            "test accuracy",
            {"type": "log", "tickvals": counts, "ticktext": [str(count) for count in counts]},
            ACCURACY_AXIS,
        ),
    )


def _line(points: pd.Series, name: str, colour: str, dash: str, symbol: str) -> go.Scatter:
    return marks.line(
        points.index.to_numpy(np.int32),
        points.to_numpy(),
        name,
        colour,
        marker={"size": 8, "symbol": symbol},
        dash=dash,
        hover=f"{name}<br>%{{x}} per class: %{{y:.1%}}",
    )


def distances(parts: Sequence[str], moved: Mapping[str, Mapping[str, float]], title: str) -> go.Figure:
    """The distance of the weights of each part of a network from their initial values, relative to their initial norm.

    Args:
        parts: of the network, first to last.
        moved: by strategy, the distances by part; a missing part has no bar.
        title: of the chart.
    """
    return figure(
        *(
            marks.bars(
                np.array([distance.get(part, np.nan) for part in parts]),
                list(parts),
                hover=f"{STRATEGIES[strategy]}<br>%{{x}}: %{{y:.3g}}",
                name=STRATEGIES[strategy],
                marker_color=COLOURS[strategy],
            )
            for strategy, distance in moved.items()
        ),
        height=320,
        title=title,
        description=f"{title}, for {', '.join(STRATEGIES[strategy] for strategy in moved)}",
        reading=moved_most(moved, STRATEGIES),
        barmode="group",
        showlegend=True,
        **line_axes("part of the network, first to last", "distance / initial norm", {"type": "category"}),
    )
