"""A two-dimensional map of a network's features: one dot per example."""

from collections.abc import Sequence
from itertools import cycle
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import MARK, NEUTRAL, SEQUENCE, WRONG, figure, legend_below

SYMBOLS = ("circle", "diamond", "square", "triangle-up")  # the next symbol once all colours are used
Colouring = Literal["class", "mistake"]


def embedding_map(
    placed: np.ndarray,
    targets: np.ndarray,
    predictions: np.ndarray,
    class_names: Sequence[str],
    title: str,
    *,
    colouring: Colouring = "class",
    probe: int | None = None,
) -> go.Figure:
    """The examples as dots, coloured by class with rings around mistakes, or coloured by correctness.

    Args:
        placed: (example, 2) the coordinates.
        targets: (example,) the labels.
        predictions: (example,) the predicted classes.
        class_names: of labels and predictions.
        title: of the chart.
        colouring: by class or by correctness.
        probe: the example to mark.
    """
    wrong = targets != predictions
    words = np.array(
        [
            f"image {number}: {class_names[int(truth)]}, predicted {class_names[int(predicted)]}"
            for number, (truth, predicted) in enumerate(zip(targets, predictions, strict=True))
        ]
    )
    traces = []
    if colouring == "class":
        for number, (colour, symbol) in zip(np.unique(targets), _symbols(), strict=False):
            chosen = np.flatnonzero(targets == number)
            traces.append(_dots(placed[chosen], words[chosen], class_names[int(number)], colour, symbol))
        if wrong.any():
            traces.append(_rings(placed, np.flatnonzero(wrong), WRONG, "misclassified", 12))
    else:
        for name, which, colour in (("correct", ~wrong, NEUTRAL), ("misclassified", wrong, WRONG)):
            chosen = np.flatnonzero(which)
            traces.append(_dots(placed[chosen], words[chosen], name, colour, "circle"))
    if probe is not None:
        traces.append(_rings(placed, np.array([probe]), MARK, "the probe", 18))
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return figure(
        *traces,
        height=560,
        title=title,
        description=f"{title}: {len(placed)} examples, {int(wrong.sum())} of them misclassified",
        toolbar=True,
        legend=legend_below(0) | {"itemsizing": "constant"},
        margin={"l": 4, "r": 4, "t": 34, "b": 60},
        hovermode="closest",
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
    )


def example_at(placed: np.ndarray, x: float, y: float) -> int:
    """The example nearest to a clicked place."""
    return int(np.argmin(((placed - np.array([x, y])) ** 2).sum(axis=1)))


def _symbols() -> "zip[tuple[str, str]]":
    """A colour and a symbol for each class: all colours as circles first, then as diamonds, and so on."""
    return zip(cycle(SEQUENCE), (symbol for symbol in cycle(SYMBOLS) for _ in SEQUENCE), strict=False)


def _dots(placed: np.ndarray, words: np.ndarray, name: str, colour: str, symbol: str) -> go.Scatter:
    return marks.points(
        placed[:, 0],
        placed[:, 1],
        hover="%{customdata}",
        customdata=words.tolist(),
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 7, "opacity": 0.85},
    )


def _rings(placed: np.ndarray, chosen: np.ndarray, colour: str, name: str, size: int) -> go.Scatter:
    marker = {"color": colour, "symbol": "circle-open", "size": size, "line": {"width": 2}}
    return marks.points(placed[chosen, 0], placed[chosen, 1], name=name, marker=marker)
