"""Diagrams of cells in the lecture's notation: layers as boxes, pointwise operations as circles, vectors as arrows.

After Christopher Olah, "Understanding LSTM Networks" (2015), https://colah.github.io/posts/2015-08-Understanding-LSTMs/.
Positions are in units of the diagram; boxes, circles and text keep their size in pixels on every screen.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import HIDDEN_AXIS, NEUTRAL, TEST, Layout, figure

WIDTH, TOP, BOTTOM = 10.0, 7.3, -2.0  # of the diagram; the legend lies below zero
INK = "#1b2430"  # on the light fills of boxes and circles, in both themes
LAYER_FILL = "#f4cf73"
POINTWISE_FILL = "#f3b3c4"
BODY_FILL = "rgba(58, 154, 117, 0.13)"
PIXELS_A_UNIT = 50  # upwards
LINE_WIDTH = 2.5

Point = tuple[float, float]


class Wire(NamedTuple):
    """The path of a vector from corner to corner, with rounded corners and an arrow at the end."""

    points: Sequence[Point]
    colour: str = NEUTRAL
    arrow: bool = True
    standoff: float = 0  # pixels between the arrow's tip and the last point: half the size of the box there


class Box(NamedTuple):
    """A layer (a box) or a pointwise operation (a circle, or an ellipse around a word)."""

    place: Point
    text: str
    name: str  # on hover
    pointwise: bool = False


class Value(NamedTuple):
    """A number on a wire: a dot with its symbol and value."""

    place: Point
    symbol: str
    name: str  # on hover
    value: float | None  # None: only the symbol is drawn
    colour: str = NEUTRAL
    side: str = "middle right"  # Plotly's textposition
    lines: int = 2  # 1: the symbol and the number on one line


class Diagram(NamedTuple):
    """All parts of one cell."""

    wires: Sequence[Wire]
    boxes: Sequence[Box]
    values: Sequence[Value]


def draw(diagram: Diagram, title: str, description: str, body: tuple[float, float, float, float]) -> go.Figure:
    """The diagram with its legend; ``body`` holds the left, bottom, right and top edge of the cell."""
    legend = _legend()
    boxes = [*diagram.boxes, *legend.boxes]
    return figure(
        *(_wire(wire) for wire in (*diagram.wires, *legend.wires)),
        _values(diagram.values),
        _box_hover(diagram.boxes),
        height=int((TOP - BOTTOM) * PIXELS_A_UNIT) + 36,
        title=title,
        description=description,
        margin={"l": 2, "r": 2, "t": 30, "b": 6},
        showlegend=False,
        hovermode="closest",
        shapes=[_body(*body), *(_outline(box) for box in boxes)],
        annotations=[*(_inscription(box) for box in boxes), *_legend_words()],
        xaxis=HIDDEN_AXIS | {"range": [0, WIDTH]},
        yaxis=HIDDEN_AXIS | {"range": [BOTTOM, TOP]},
    )


def number(value: float) -> str:
    """A value in about six characters, with a true minus sign."""
    size = abs(value)
    text = f"{size:.3f}" if size < 10 else f"{size:.2f}" if size < 100 else f"{size:.3g}"
    return f"−{text}" if value < 0 else text


def rounded(points: Sequence[Point], radius: float = 0.28) -> np.ndarray:
    """The path from corner to corner with rounded corners: (point, 2)."""
    corners = np.asarray(points, np.float64)
    path = [corners[0]]
    share = np.linspace(0, 1, 7)[:, None]
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
        start = corner + _towards(corner, before, radius)
        end = corner + _towards(corner, after, radius)
        path.extend((1 - share) ** 2 * start + 2 * share * (1 - share) * corner + share**2 * end)
    return np.array([*path, corners[-1]])


def _towards(corner: np.ndarray, other: np.ndarray, radius: float) -> np.ndarray:
    distance = float(np.linalg.norm(other - corner))
    return np.asarray((other - corner) * min(radius, distance / 2) / distance)


def _wire(wire: Wire) -> go.Scatter:
    path = rounded(wire.points).astype(np.float32)
    sizes = np.zeros(len(path), np.float32)
    sizes[-1] = 10 if wire.arrow else 0
    line = {"color": wire.colour, "width": LINE_WIDTH, "simplify": False}
    standoff = np.where(sizes > 0, np.float32(wire.standoff), np.float32(0))
    return marks.arrows(path[:, 0], path[:, 1], line, sizes, standoff)


def _values(values: Sequence[Value]) -> go.Scatter:
    texts = [
        value.symbol
        if value.value is None
        else f"{value.symbol}{'<br>' if value.lines == 2 else ' '}<b>{number(value.value)}</b>"
        for value in values
    ]
    return marks.points(
        [value.place[0] for value in values],
        [value.place[1] for value in values],
        hover="%{hovertext}",
        text=texts,
        textposition=[value.side for value in values],
        textfont={"size": 11},
        mode="markers+text",
        marker={"size": 7, "color": [value.colour for value in values]},
        hovertext=[value.name if value.value is None else f"{value.name}: {value.value:.6g}" for value in values],
        cliponaxis=False,
    )


def _box_hover(boxes: Sequence[Box]) -> go.Scatter:
    return marks.points(
        [box.place[0] for box in boxes],
        [box.place[1] for box in boxes],
        hover="%{hovertext}",
        marker={"size": 20, "opacity": 0},
        hovertext=[box.name for box in boxes],
    )


def _outline(box: Box) -> Layout:
    wide = 17 if not box.pointwise or len(box.text) > 2 else 10
    high = 10 if box.pointwise else 12
    return {
        "type": "circle" if box.pointwise else "rect",
        "xsizemode": "pixel",
        "ysizemode": "pixel",
        "xanchor": box.place[0],
        "yanchor": box.place[1],
        "x0": -wide,
        "x1": wide,
        "y0": -high,
        "y1": high,
        "fillcolor": POINTWISE_FILL if box.pointwise else LAYER_FILL,
        "line": {"color": INK, "width": 1.2},
        "layer": "above",
    }


def _inscription(box: Box) -> Layout:
    size = 15 if box.pointwise and len(box.text) == 1 else 11 if box.pointwise else 13
    return {
        "text": box.text,
        "x": box.place[0],
        "y": box.place[1],
        "showarrow": False,
        "font": {"size": size, "color": INK},
        "captureevents": False,
    }


def _body(left: float, bottom: float, right: float, top: float) -> Layout:
    x, y = 0.3, 0.3  # of the rounded corners
    return {
        "type": "path",
        "path": f"M {left + x},{bottom} L {right - x},{bottom} Q {right},{bottom} {right},{bottom + y} "
        f"L {right},{top - y} Q {right},{top} {right - x},{top} L {left + x},{top} Q {left},{top} {left},{top - y} "
        f"L {left},{bottom + y} Q {left},{bottom} {left + x},{bottom} Z",
        "fillcolor": BODY_FILL,
        "line": {"color": TEST, "width": 1.5},
        "layer": "below",
    }


LEGEND = ("Neural<br>network<br>layer", "Pointwise<br>operation", "Vector<br>transfer", "Concatenate", "Copy")
LEGEND_PLACES = (1.0, 3.0, 5.0, 7.0, 9.0)


def _legend() -> Diagram:
    layer, pointwise, transfer, joined, copied = LEGEND_PLACES
    y = -0.75
    wires = [
        Wire([(transfer - 0.6, y), (transfer + 0.6, y)]),
        Wire([(joined - 0.7, y + 0.25), (joined - 0.25, y + 0.25), (joined, y), (joined + 0.65, y)]),
        Wire([(joined - 0.7, y - 0.25), (joined - 0.25, y - 0.25), (joined, y), (joined + 0.2, y)], arrow=False),
        Wire([(copied - 0.65, y), (copied, y), (copied + 0.25, y + 0.25), (copied + 0.65, y + 0.25)]),
        Wire([(copied - 0.2, y), (copied, y), (copied + 0.25, y - 0.25), (copied + 0.65, y - 0.25)]),
    ]
    return Diagram(wires, [Box((layer, y), "σ", ""), Box((pointwise, y), "×", "", pointwise=True)], [])


def _legend_words() -> list[dict[str, Any]]:
    return [
        {"text": words, "x": x, "y": -1.1, "yanchor": "top", "showarrow": False, "font": {"size": 10}}
        for words, x in zip(LEGEND, LEGEND_PLACES, strict=True)
    ]
