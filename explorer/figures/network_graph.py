"""A network as a graph from top to bottom: boxes for layers and blocks, lanes for skips, frames for expanded blocks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.diagram import INK
from explorer.figures.graph_frames import HEIGHT, LABEL, Frame, bottom_of, frames_of, layer_tops
from explorer.figures.graph_items import BOX
from explorer.figures.layered import Places, place
from explorer.figures.layers import Edge
from explorer.figures.readings.pictures import shape_of_graph
from explorer.figures.style import HIDDEN_AXIS, MARK, NEUTRAL, TEST, Layout, figure

FILLED = 0.92  # the width of a box as a fraction of its slot
NARROWEST, CHARACTER = 340.0, 6.9  # pixels: a chart on a phone, a character of the text
TEXT = 12  # pixels
LEAST_WIDTH = 2.2  # in boxes: a narrower graph would have too wide boxes
FILLS = {"input": "#dfe4ea", "layer": "#cfdcea", "weights": "#f4cf73", "operation": "#f3b3c4", "block": "#bfe0cf"}
CURVE = np.linspace(0, 1, 9)
CLICKABLE = (-0.4, -0.2, 0.0, 0.2, 0.4)  # positions of the click targets across a box

Point = tuple[float, float]


class Box(NamedTuple):
    """A node of the graph."""

    id: str
    name: str  # in full
    kind: str
    shape: str
    role: str  # a key of ``FILLS``
    blocks: tuple[str, ...] = ()  # the expanded blocks around it, the outermost first
    note: str = ""  # further text on hover


class Target(NamedTuple):
    """A clickable place and the box or block it belongs to."""

    x: float
    y: float
    id: str


class Drawn(NamedTuple):
    """The figure and its click targets."""

    figure: go.Figure
    targets: list[Target]
    width: int  # preferred width in pixels; it can be narrower


def network_graph(boxes: Sequence[Box], edges: Sequence[Edge], title: str, selected: str | None = None) -> Drawn:
    """The graph with its first node at the top; hovering shows the full name of a box.

    Args:
        boxes: the nodes in the order of the forward pass.
        edges: (from, to) by id, without a cycle.
        title: of the chart.
        selected: a box to frame.
    """
    blocks = {box.id: box.blocks for box in boxes}
    places = place(blocks, edges)
    tops = layer_tops(blocks, places)
    bottom = bottom_of(blocks, places, tops)
    half = max(places.right - places.left + 0.06, LEAST_WIDTH) / 2
    middle = (places.left + places.right) / 2
    letters = int(NARROWEST / (2 * half) * FILLED / CHARACTER)
    frames = frames_of(blocks, places, tops)
    targets = _targets(boxes, places, tops, frames)
    skips = sum(places.layers[end] > places.layers[start] + 1 for start, end in edges)
    drawn = figure(
        _lines(edges, places, tops),
        _arrows(edges, places, tops),
        _texts(boxes, places, tops, letters),
        _hover(boxes, targets, frames),
        height=int(bottom) + 47,
        title=title,
        description=f"{title}: {len(boxes)} boxes and {len(edges)} connections, {skips} of which skip boxes",
        reading=f"{shape_of_graph(len(boxes), len(edges), skips)} Drag to move the graph; zoom with its buttons.",
        margin={"l": 0, "r": 0, "t": 34, "b": 10},
        showlegend=False,
        hovermode="closest",
        hoverdistance=30,
        shapes=[*_frame_shapes(frames), *_box_shapes(boxes, places, tops), *_selection(selected, places, tops)],
        annotations=[_frame_label(frame, letters) for frame in frames],
        toolbar=True,
        dragmode="pan",
        uirevision=f"{len(boxes)} boxes, {bottom} pixels",  # another drawing begins in full
        xaxis=HIDDEN_AXIS | {"range": [middle - half, middle + half], "fixedrange": False},
        yaxis=HIDDEN_AXIS | {"range": [bottom + 3, 0], "fixedrange": False},
    )
    # the usual position of the title is a fraction of the height, and this chart may be high
    drawn.layout.title.update(y=1, pad={"t": 8})
    return Drawn(drawn, targets, int(np.clip(2 * half * 160, 380, 1200)))


def target_at(targets: Sequence[Target], x: float, y: float) -> str | None:
    """The box or block nearest to a click."""
    if not targets:
        return None
    return min(targets, key=lambda target: ((target.x - x) * 160) ** 2 + (target.y - y) ** 2).id


def _targets(boxes: Sequence[Box], places: Places, tops: np.ndarray, frames: Sequence[Frame]) -> list[Target]:
    found = [
        Target(places.across[box.id] + share * BOX, float(tops[places.layers[box.id]]) + HEIGHT / 2, box.id)
        for box in boxes
        for share in CLICKABLE
    ]
    return found + [Target(frame.left + 0.15, frame.top + LABEL / 2, frame.block) for frame in frames]


def _lines(edges: Sequence[Edge], places: Places, tops: np.ndarray) -> go.Scatter:
    segments: dict[tuple[Point, Point], None] = {}
    for start, end in edges:
        path: list[Point] = [(places.across[start], tops[places.layers[start]] + HEIGHT)]
        for layer in range(places.layers[start] + 1, places.layers[end]):
            x = places.lanes[start, layer]
            path += [(x, tops[layer]), (x, tops[layer] + HEIGHT)]
        path.append((places.across[end], tops[places.layers[end]] - 4))
        segments.update(dict.fromkeys(pairwise(path)))
    drawn = np.hstack([np.zeros((2, 0)), *(_curve(one, other) for one, other in segments)]).astype(np.float32)
    line = {"color": NEUTRAL, "width": 1.6, "simplify": False}
    return go.Scatter(x=drawn[0], y=drawn[1], mode="lines", line=line, hoverinfo="skip")


def _curve(one: Point, other: Point) -> np.ndarray:
    """A curve from point to point that is vertical at both ends, followed by a gap: (2, point)."""
    if abs(one[0] - other[0]) < 1e-3:
        return np.array([[one[0], other[0], np.nan], [one[1], other[1], np.nan]])
    share = CURVE**2 * (3 - 2 * CURVE)
    across = one[0] + (other[0] - one[0]) * share
    down = one[1] + (other[1] - one[1]) * CURVE
    return np.array([[*across, np.nan], [*down, np.nan]])


def _arrows(edges: Sequence[Edge], places: Places, tops: np.ndarray) -> go.Scatter:
    ends = list(dict.fromkeys(end for _, end in edges))
    return marks.points(
        [places.across[end] for end in ends],
        [tops[places.layers[end]] - 4 for end in ends],
        marker={"symbol": "triangle-down", "size": 8, "color": NEUTRAL, "line": {"width": 0}, "opacity": 1},
    )


def _texts(boxes: Sequence[Box], places: Places, tops: np.ndarray, letters: int) -> go.Scatter:
    return marks.texts(
        [places.across[box.id] for box in boxes],
        [tops[places.layers[box.id]] + HEIGHT / 2 for box in boxes],
        [_text(box, letters) for box in boxes],
        TEXT,
        textfont={"size": TEXT, "color": INK},
    )


def _text(box: Box, letters: int) -> str:
    name = box.id.removeprefix(f"{box.blocks[-1].partition('#')[0]}.") if box.blocks else box.id
    lines = [f"<b>{_short(name, letters)}</b>"]
    if box.kind != name.partition("#")[0]:
        lines.append(_short(box.kind, letters))
    return "<br>".join([*lines, _short(box.shape, letters)])


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: max(1, letters - 1)]}…"


def _hover(boxes: Sequence[Box], targets: Sequence[Target], frames: Sequence[Frame]) -> go.Scatter:
    words = {frame.block: f"<b>{frame.block}</b>, expanded: click here to collapse it" for frame in frames}
    for box in boxes:
        facts = [f"<b>{box.name}</b>", f"{box.kind} → {box.shape}", box.note]
        words[box.id] = "<br>".join(fact for fact in facts if fact)
    return marks.points(
        [target.x for target in targets],
        [target.y for target in targets],
        hover="%{hovertext}",
        marker={"size": 30, "opacity": 0, "symbol": "square"},
        hovertext=[words[target.id] for target in targets],
    )


def _box_shapes(boxes: Sequence[Box], places: Places, tops: np.ndarray) -> list[Layout]:
    """One path for all boxes of one colour, because one shape per box would be slow for hundreds of layers."""
    paths: dict[str, list[str]] = {}
    for box in boxes:
        paths.setdefault(box.role, []).append(_outline(places.across[box.id], float(tops[places.layers[box.id]])))
    return [
        {
            "type": "path",
            "path": " ".join(parts),
            "fillcolor": FILLS[role],
            "line": {"color": NEUTRAL, "width": 1},
            "layer": "below",
        }
        for role, parts in paths.items()
    ]


def _selection(selected: str | None, places: Places, tops: np.ndarray) -> list[Layout]:
    if selected not in places.across:
        return []
    path = _outline(places.across[selected], float(tops[places.layers[selected]]))
    return [{"type": "path", "path": path, "line": {"color": MARK, "width": 3}, "layer": "below"}]


def _outline(middle: float, top: float) -> str:
    left, right = middle - BOX * FILLED / 2, middle + BOX * FILLED / 2
    return f"M{left:.3f},{top:.1f}L{right:.3f},{top:.1f}L{right:.3f},{top + HEIGHT:.1f}L{left:.3f},{top + HEIGHT:.1f}Z"


def _frame_shapes(frames: Sequence[Frame]) -> list[Layout]:
    return [
        {
            "type": "rect",
            "x0": frame.left,
            "x1": frame.right,
            "y0": frame.top,
            "y1": frame.bottom,
            "fillcolor": "rgba(58, 154, 117, 0.07)",
            "line": {"color": TEST, "width": 1.2},
            "layer": "below",
        }
        for frame in frames
    ]


def _frame_label(frame: Frame, letters: int) -> Layout:
    room = int((frame.right - frame.left) / FILLED * letters)
    return {
        "text": f"▾ {_short(frame.block[len(frame.around) :], room)}",
        "x": frame.left,
        "y": frame.top,
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": TEXT},
        "captureevents": False,
    }
