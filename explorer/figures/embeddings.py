"""A network's map of its inputs: one dot an example."""

from collections.abc import Sequence
from itertools import cycle
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import MARK, NEUTRAL, SEQUENCE, figure

WRONG = "#c4504a"
SYMBOLS = ("circle", "diamond", "square", "triangle-up")  # more classes than colours: the next shape
Colouring = Literal["class", "mistake"]


def embedding_map(
    placed: np.ndarray,
    targets: np.ndarray,
    answers: np.ndarray,
    class_names: Sequence[str],
    title: str,
    *,
    colouring: Colouring = "class",
    probe: int | None = None,
) -> go.Figure:
    """The examples as dots, coloured by class or by mistake; mistakes wear a ring.

    Args:
        placed: (example, 2).
        targets: (example,) the true classes.
        answers: (example,) the network's; where equal to the targets, it was right.
        class_names: of both.
        title: what is seen.
        colouring: by class, or right against wrong.
        probe: the example to mark.
    """
    wrong = targets != answers
    said = np.array(
        [
            f"image {number} is {class_names[int(truth)]}, said {class_names[int(answer)]}"
            for number, (truth, answer) in enumerate(zip(targets, answers, strict=True))
        ]
    )
    traces = []
    if colouring == "class":
        for number, (colour, symbol) in zip(np.unique(targets), _looks(), strict=False):
            chosen = np.flatnonzero(targets == number)
            traces.append(_dots(placed[chosen], said[chosen], class_names[int(number)], colour, symbol))
        if wrong.any():
            traces.append(_rings(placed, np.flatnonzero(wrong), WRONG, "answered wrongly", 12))
    else:
        for name, which, colour in (("right", ~wrong, NEUTRAL), ("wrong", wrong, WRONG)):
            chosen = np.flatnonzero(which)
            traces.append(_dots(placed[chosen], said[chosen], name, colour, "circle"))
    if probe is not None:
        traces.append(_rings(placed, np.array([probe]), MARK, "the probe", 18))
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return figure(
        *traces,
        height=560,
        title=title,
        description=f"{title}: {len(placed)} examples, {int(wrong.sum())} of them answered wrongly",
        toolbar=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "itemsizing": "constant"},
        margin={"l": 4, "r": 4, "t": 34, "b": 60},
        hovermode="closest",
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
    )


def example_at(placed: np.ndarray, x: float, y: float) -> int:
    """The example whose dot is nearest to a place."""
    return int(np.argmin(((placed - np.array([x, y])) ** 2).sum(axis=1)))


def _looks() -> "zip[tuple[str, str]]":
    """A colour and a shape a class: every colour as a circle first, then as a diamond."""
    return zip(cycle(SEQUENCE), (symbol for symbol in cycle(SYMBOLS) for _ in SEQUENCE), strict=False)


def _dots(placed: np.ndarray, said: np.ndarray, name: str, colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=placed[:, 0].astype(np.float32),
        y=placed[:, 1].astype(np.float32),
        customdata=said.tolist(),
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 7, "opacity": 0.85},
        hovertemplate="%{customdata}<extra></extra>",
    )


def _rings(placed: np.ndarray, chosen: np.ndarray, colour: str, name: str, size: int) -> go.Scatter:
    return go.Scatter(
        x=placed[chosen, 0].astype(np.float32),
        y=placed[chosen, 1].astype(np.float32),
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": "circle-open", "size": size, "line": {"width": 2}},
        hoverinfo="skip",
    )
