"""A network drawn from top to bottom: boxes for layers and blocks, lanes for skips, frames around open blocks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures.diagram import INK
from explorer.figures.layered import BOX, Places, place
from explorer.figures.layers import Edge
from explorer.figures.style import MARK, NEUTRAL, TEST, Layout, figure

HEIGHT, GAP = 44.0, 24.0  # pixels: of a box, and between two
LABEL, END = 20.0, 8.0  # pixels: for the name of a frame above its boxes, and below them
FILLED = 0.92  # of its room, a box
NARROWEST, CHARACTER = 340.0, 6.0  # pixels: a phone's chart, a character of the text
LEAST_WIDTH = 2.2  # boxes side by side: fewer would be drawn too wide
FILLS = {"input": "#dfe4ea", "layer": "#cfdcea", "weights": "#f4cf73", "operation": "#f3b3c4", "block": "#bfe0cf"}
CURVE = np.linspace(0, 1, 9)
CLICKABLE = (-0.4, -0.2, 0.0, 0.2, 0.4)  # across a box

Point = tuple[float, float]


class Box(NamedTuple):
    """One node as it is drawn."""

    id: str
    name: str  # in full
    kind: str
    shape: str
    role: str  # a name of ``FILLS``
    blocks: tuple[str, ...] = ()  # the open blocks around it, the outermost first
    note: str = ""  # more on hover


class Target(NamedTuple):
    """A place that can be clicked, and whose it is."""

    x: float
    y: float
    id: str


class Drawn(NamedTuple):
    """The figure, and what a click on it means."""

    figure: go.Figure
    targets: list[Target]
    width: int  # pixels at which it looks best; it can be narrower


def network_graph(boxes: Sequence[Box], edges: Sequence[Edge], title: str, selected: str | None = None) -> Drawn:
    """The graph, its first node on top; hovering says what a box is in full.

    Args:
        boxes: the nodes, in the order in which the data reach them.
        edges: (from, to) by id, without a cycle.
        title: what is seen.
        selected: a box to frame.
    """
    places = place({box.id: box.blocks for box in boxes}, edges)
    tops = _tops(boxes, places)
    bottom = float(tops[-1] + HEIGHT + _frames_ending(boxes, places) * END)
    half = max(places.right - places.left + 0.06, LEAST_WIDTH) / 2
    middle = (places.left + places.right) / 2
    letters = int(NARROWEST / (2 * half) * FILLED / CHARACTER)
    frames = _frames(boxes, places, tops)
    targets = _targets(boxes, places, tops, frames)
    skips = sum(places.layers[end] > places.layers[start] + 1 for start, end in edges)
    field: Layout = {"visible": False, "fixedrange": True}
    drawn = figure(
        _lines(edges, places, tops),
        _arrows(edges, places, tops),
        _texts(boxes, places, tops, letters),
        _hover(boxes, targets, frames),
        height=int(bottom) + 47,
        title=title,
        description=f"{title}: {len(boxes)} boxes and {len(edges)} connections, {skips} of which skip boxes",
        margin={"l": 0, "r": 0, "t": 34, "b": 10},
        showlegend=False,
        hovermode="closest",
        hoverdistance=30,
        shapes=[*_frame_shapes(frames), *_box_shapes(boxes, places, tops), *_selection(selected, places, tops)],
        annotations=[_frame_label(frame, letters) for frame in frames],
        xaxis=field | {"range": [middle - half, middle + half]},
        yaxis=field | {"range": [bottom + 3, 0]},
    )
    drawn.layout.title.update(y=1, pad={"t": 8})  # the house's place is a share of the height, and this may be high
    return Drawn(drawn, targets, int(np.clip(2 * half * 160, 380, 1200)))


def target_at(targets: Sequence[Target], x: float, y: float) -> str | None:
    """Whose place a click was on: the nearest one's."""
    if not targets:
        return None
    return min(targets, key=lambda target: ((target.x - x) * 160) ** 2 + (target.y - y) ** 2).id


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class Frame(NamedTuple):
    """An open block's outline."""

    block: str
    around: str  # what its name shares with the frame around it
    depth: int
    left: float
    right: float
    top: float
    bottom: float


def _tops(boxes: Sequence[Box], places: Places) -> np.ndarray:
    """The upper edge of each layer in pixels from the top; layers in which frames begin or end get room for them."""
    starts, ends = _frame_layers(boxes, places)
    count = max(places.layers.values(), default=0) + 1
    room = np.zeros(count + 1)
    for layer in range(count):
        here = [box for box in boxes if places.layers[box.id] == layer]
        room[layer] += LABEL * max((sum(starts[block] == layer for block in box.blocks) for box in here), default=0)
        room[layer + 1] += END * max((sum(ends[block] == layer for block in box.blocks) for box in here), default=0)
    return np.asarray(np.arange(count) * (HEIGHT + GAP) + np.cumsum(room[:-1]) + 2)


def _frame_layers(boxes: Sequence[Box], places: Places) -> tuple[dict[str, int], dict[str, int]]:
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    for box in boxes:
        layer = places.layers[box.id]
        for block in box.blocks:
            starts[block] = min(starts.get(block, layer), layer)
            ends[block] = max(ends.get(block, layer), layer)
    return starts, ends


def _frames_ending(boxes: Sequence[Box], places: Places) -> int:
    last = max(places.layers.values())
    return max((len(box.blocks) for box in boxes if places.layers[box.id] == last), default=0)


def _frames(boxes: Sequence[Box], places: Places, tops: np.ndarray) -> list[Frame]:
    starts, ends = _frame_layers(boxes, places)
    paths = {block: box.blocks[:depth] for box in boxes for depth, block in enumerate(box.blocks)}
    frames = [
        Frame(
            block,
            f"{path[-1].partition('#')[0]}." if path else "",
            len(path),
            *places.frames[block],
            top=float(tops[starts[block]]) - LABEL * _sharing(boxes, block, starts) - 2,
            bottom=float(tops[ends[block]]) + HEIGHT + END * _sharing(boxes, block, ends),
        )
        for block, path in paths.items()
    ]
    return sorted(frames, key=lambda frame: frame.depth)


def _sharing(boxes: Sequence[Box], block: str, edge: dict[str, int]) -> int:
    """How many frames, this one and those inside it, share its first (or last) layer."""
    return max(
        sum(edge[inner] == edge[block] for inner in box.blocks[box.blocks.index(block) :])
        for box in boxes
        if block in box.blocks
    )


def _targets(boxes: Sequence[Box], places: Places, tops: np.ndarray, frames: Sequence[Frame]) -> list[Target]:
    found = [
        Target(places.across[box.id] + share * BOX, float(tops[places.layers[box.id]]) + HEIGHT / 2, box.id)
        for box in boxes
        for share in CLICKABLE
    ]
    return found + [Target(frame.left + 0.15, frame.top + LABEL / 2, frame.block) for frame in frames]


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _lines(edges: Sequence[Edge], places: Places, tops: np.ndarray) -> go.Scatter:
    segments: dict[tuple[Point, Point], None] = {}
    for start, end in edges:
        way: list[Point] = [(places.across[start], tops[places.layers[start]] + HEIGHT)]
        for layer in range(places.layers[start] + 1, places.layers[end]):
            x = places.lanes[start, layer]
            way += [(x, tops[layer]), (x, tops[layer] + HEIGHT)]
        way.append((places.across[end], tops[places.layers[end]] - 4))
        segments.update(dict.fromkeys(pairwise(way)))
    drawn = np.hstack([np.zeros((2, 0)), *(_curve(one, other) for one, other in segments)]).astype(np.float32)
    line = {"color": NEUTRAL, "width": 1.6, "simplify": False}
    return go.Scatter(x=drawn[0], y=drawn[1], mode="lines", line=line, hoverinfo="skip")


def _curve(one: Point, other: Point) -> np.ndarray:
    """From point to point, leaving and arriving straight down; a gap behind it. (2, point)"""
    if abs(one[0] - other[0]) < 1e-3:
        return np.array([[one[0], other[0], np.nan], [one[1], other[1], np.nan]])
    share = CURVE**2 * (3 - 2 * CURVE)
    across = one[0] + (other[0] - one[0]) * share
    down = one[1] + (other[1] - one[1]) * CURVE
    return np.array([[*across, np.nan], [*down, np.nan]])


def _arrows(edges: Sequence[Edge], places: Places, tops: np.ndarray) -> go.Scatter:
    ends = list(dict.fromkeys(end for _, end in edges))
    return go.Scatter(
        x=np.array([places.across[end] for end in ends], np.float32),
        y=np.array([tops[places.layers[end]] - 4 for end in ends], np.float32),
        mode="markers",
        marker={"symbol": "triangle-down", "size": 8, "color": NEUTRAL, "line": {"width": 0}, "opacity": 1},
        hoverinfo="skip",
    )


def _texts(boxes: Sequence[Box], places: Places, tops: np.ndarray, letters: int) -> go.Scatter:
    return go.Scatter(
        x=np.array([places.across[box.id] for box in boxes], np.float32),
        y=np.array([tops[places.layers[box.id]] + HEIGHT / 2 for box in boxes], np.float32),
        text=[_text(box, letters) for box in boxes],
        mode="text",
        textfont={"size": 10.5, "color": INK},
        hoverinfo="skip",
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
    words = {frame.block: f"<b>{frame.block}</b>, open: click here to close it" for frame in frames}
    for box in boxes:
        facts = [f"<b>{box.name}</b>", f"{box.kind} → {box.shape}", box.note]
        words[box.id] = "<br>".join(fact for fact in facts if fact)
    return go.Scatter(
        x=np.array([target.x for target in targets], np.float32),
        y=np.array([target.y for target in targets], np.float32),
        mode="markers",
        marker={"size": 30, "opacity": 0, "symbol": "square"},
        hovertext=[words[target.id] for target in targets],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _box_shapes(boxes: Sequence[Box], places: Places, tops: np.ndarray) -> list[Layout]:
    """All boxes of one colour are one path: a shape each would be slow for hundreds of layers."""
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
        "font": {"size": 10.5},
        "captureevents": False,
    }
