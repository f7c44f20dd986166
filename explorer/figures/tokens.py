"""The probabilities of the next token."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.answers import uncertainty
from explorer.figures.style import MARK, TRAINING, figure, named_ticks
from explorer.figures.time_axis import readable

MOST_TOKENS = 12


def token_probabilities(tokens: Sequence[str], probabilities: np.ndarray, truth: str | None, title: str) -> go.Figure:
    """The most probable tokens as bars, the most probable at the top; the true token is marked and always included.

    Args:
        tokens: (token,) the vocabulary.
        probabilities: (token,) from 0 to 1.
        truth: the next token in the data, if it is known.
        title: of the chart.
    """
    order = [int(index) for index in np.argsort(-probabilities, kind="stable")[:MOST_TOKENS]]
    if truth is not None and truth in tokens and list(tokens).index(truth) not in order:
        order[-1] = list(tokens).index(truth)
    shown = probabilities[order].astype(np.float32)
    names = [readable(tokens[index]) + (" ✓" if tokens[index] == truth else "") for index in order]
    places = np.arange(len(order), dtype=np.int32)
    return figure(
        marks.bars(
            shown,
            places,
            across=True,
            hover="%{hovertext}: %{customdata:.4%}",
            marker={"color": [MARK if tokens[index] == truth else TRAINING for index in order]},
            text=[f"{value:.1%}" for value in shown],
            textposition="outside",
            cliponaxis=False,
            hovertext=names,
            customdata=shown,
        ),
        height=22 * len(order) + 50,
        title=title,
        reading=uncertainty(probabilities, [readable(token) for token in tokens]),
        description=f"{title}: " + ", ".join(f"{name} {value:.1%}" for name, value in zip(names, shown, strict=True)),
        margin={"l": 44, "r": 44, "t": 34, "b": 8},
        bargap=0.25,
        xaxis={"visible": False, "range": [0, max(float(shown.max(initial=0)), 1e-6) * 1.12]},
        yaxis={
            **named_ticks(places, names),
            "tickfont": {"family": "monospace", "size": 12},
            "range": [len(order) - 0.4, -0.6],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
    )
