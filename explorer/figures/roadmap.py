"""The map of a roadmap: topics as boxes, one band per stage, and lines from each prerequisite to its dependants.

Known, next and later topics differ in the fill of their boxes, not only in colour, in both themes.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.roadmap_shapes import BELOW, BOX, HALF, HEAD, PITCH, SIDE, SLOTS, band, band_name, box
from explorer.figures.routes import route
from explorer.figures.style import HIDDEN_AXIS, MARK, VALIDATION, Layout, figure
from explorer.figures.wrapping import wrapped

State = Literal["known", "next", "later"]
Kind = Literal["plain", "before", "after", "path"]

TOP = 62  # pixels for the title and the legend
TYPE = 12  # pixels
NARROW = 92  # pixels for the text in a box on a narrow phone
GROUND = "var(--st-background-color)"  # the chart component resolves it
KNOWN, NEXT = "#1f5f9e", "#2f7cc0"  # contrast of white on the first: 6.6 : 1
FILLS = {"known": KNOWN, "next": "rgba(47, 124, 192, 0.17)", "later": GROUND}
BORDERS = {"known": (KNOWN, 1.0), "next": (NEXT, 1.6), "later": ("rgba(125, 138, 154, 0.75)", 1.0)}
LINES: dict[Kind, Layout] = {
    "plain": {"color": "rgba(125, 138, 154, 0.65)", "width": 1.2},
    "after": {"color": MARK, "width": 1.8, "dash": "dot"},
    "before": {"color": MARK, "width": 2.2},
    "path": {"color": VALIDATION, "width": 3.0},
}
STATES = {"known": "Known", "next": "Ready to learn", "later": "Later"}


class Node(NamedTuple):
    """A topic on the map."""

    label: str
    row: int
    slot: int
    state: State
    chosen: bool = False
    number: int | None = None  # its position on the requested path, from 1


class Line(NamedTuple):
    """A line from one node to another, by their ids."""

    start: str
    end: str
    kind: Kind = "plain"


def roadmap_map(
    nodes: Mapping[str, Node], lines: Sequence[Line], bands: Mapping[str, tuple[int, int]], title: str, description: str
) -> go.Figure:
    """The whole map.

    Args:
        nodes: the topics by id.
        lines: from prerequisites to dependants; the more important kinds are drawn above the others.
        bands: the first and last row of each stage, by its name, from the top.
        title: of the chart.
        description: alternative text for screen readers.
    """
    heights = row_heights(bands)
    bottom = max(heights.values()) + BOX / 2 + BELOW
    on_path = any(node.number for node in nodes.values())
    boxes = [_box(node, heights[node.row]) for node in nodes.values()]
    rings = [_ring(node, heights[node.row]) for node in nodes.values() if node.chosen]
    return figure(
        _hit_areas(nodes, heights),
        *(_lines(kind, nodes, lines, heights) for kind in LINES),
        _labels([node for node in nodes.values() if node.state == "known"], heights, "#ffffff"),
        _labels([node for node in nodes.values() if node.state != "known"], heights, None),
        _badges(nodes, heights),
        *(_legend(name) for name in STATES),
        *([_legend_of_path()] if on_path else []),
        height=int(bottom) + TOP + 8,
        title=title,
        description=description,
        margin={"l": 0, "r": 0, "t": TOP, "b": 8},
        hovermode="closest",
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
            "font": {"size": 11},
            "tracegroupgap": 4,
        },
        shapes=[*(band(heights[first], heights[last]) for first, last in bands.values()), *boxes, *rings],
        annotations=[band_name(name, heights[first]) for name, (first, _) in bands.items()],
        xaxis=HIDDEN_AXIS | {"range": [-SIDE, SLOTS - 1 + SIDE]},
        yaxis=HIDDEN_AXIS | {"range": [bottom, 0]},
    )


def row_heights(bands: Mapping[str, tuple[int, int]]) -> dict[int, float]:
    """The middle of each row, in pixels from the top of the map."""
    heights: dict[int, float] = {}
    y = 0.0
    for first, last in bands.values():
        y += HEAD
        for row in range(first, last + 1):
            heights[row] = y + BOX / 2
            y += PITCH
        y += BELOW - (PITCH - BOX) + 10
    return heights


def node_at(nodes: Mapping[str, Node], bands: Mapping[str, tuple[int, int]], x: float, y: float) -> str | None:
    """The node whose box contains a clicked place; None between the boxes."""
    heights = row_heights(bands)
    for name, node in nodes.items():
        if abs(x - node.slot) <= HALF and abs(y - heights[node.row]) <= BOX / 2:
            return name
    return None


def _hit_areas(nodes: Mapping[str, Node], heights: Mapping[int, float]) -> go.Heatmap:
    """Invisible cells under the boxes: only a heatmap reports clicks anywhere within a cell."""
    rows = sorted(heights)
    columns = np.array([edge for slot in range(SLOTS) for edge in (slot - HALF, slot + HALF)], np.float32)
    edges = np.array([edge for row in rows for edge in (heights[row] - BOX / 2, heights[row] + BOX / 2)], np.float32)
    field = np.full((2 * len(rows) - 1, 2 * SLOTS - 1), np.nan, np.float32)
    words = np.full(field.shape, "", object)
    for node in nodes.values():
        place = 2 * rows.index(node.row), 2 * node.slot
        field[place] = 1
        words[place] = f"{node.label}<br>{STATES[node.state].lower()}"
    return marks.heatmap(
        field,
        hover="%{customdata}",
        x=columns,
        y=edges,
        customdata=words.tolist(),
        hoverongaps=False,
        colorscale=[[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
        showscale=False,
        showlegend=False,
    )


def _lines(
    kind: Kind, nodes: Mapping[str, Node], lines: Sequence[Line], heights: Mapping[int, float]
) -> go.Scatter:  # fmt: skip
    places = {name: (node.slot, node.row) for name, node in nodes.items()}
    routes = [
        route(line.start, line.end, [(other.start, other.end) for other in lines], places, heights, BOX, HALF)
        for line in lines
        if line.kind == kind
    ]
    gap = np.full((1, 2), np.nan)
    path = np.concatenate([part for points in routes for part in (points, gap)] or [gap]).astype(np.float32)
    sizes = np.zeros(len(path), np.float32)
    sizes[np.cumsum([len(points) + 1 for points in routes], dtype=int) - 2] = 6 + 1.5 * LINES[kind]["width"]
    return marks.arrows(path[:, 0], path[:, 1], LINES[kind] | {"simplify": False}, sizes, showlegend=False)


def _labels(nodes: Sequence[Node], heights: Mapping[int, float], colour: str | None) -> go.Scatter:
    return marks.texts(
        [node.slot for node in nodes],
        [heights[node.row] for node in nodes],
        ["<br>".join(wrapped(node.label, NARROW, TYPE)) for node in nodes],
        TYPE,
        textposition="middle center",
        textfont={"size": TYPE} if colour is None else {"size": TYPE, "color": colour},
        showlegend=False,
    )


def _badges(nodes: Mapping[str, Node], heights: Mapping[int, float]) -> go.Scatter:
    """A tick on known topics, and the number of each topic on the path."""
    marked = [node for node in nodes.values() if node.state == "known" or node.number]
    return marks.points(
        [node.slot - HALF + 0.03 for node in marked],
        [heights[node.row] - BOX / 2 + 3 for node in marked],
        text=[str(node.number or "✓") for node in marked],
        mode="markers+text",
        textposition="middle center",
        textfont={"size": 10, "color": "#ffffff"},
        marker={
            "size": 17,
            "opacity": 1,
            "color": ["#a8500b" if node.number else KNOWN for node in marked],
            "line": {"width": 1, "color": "#ffffff"},
        },
        showlegend=False,
        cliponaxis=False,
    )


def _legend(state: str) -> go.Scatter:
    colour, width = BORDERS[state]
    fill = "rgba(0, 0, 0, 0)" if state == "later" else FILLS[state]
    marker = {"symbol": "square", "size": 13, "color": fill, "line": {"color": colour, "width": width}}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=STATES[state], showlegend=True)


def _legend_of_path() -> go.Scatter:
    return go.Scatter(x=[None], y=[None], mode="lines", line=LINES["path"], name="Your path", showlegend=True)


def _box(node: Node, y: float) -> Layout:
    colour, width = BORDERS[node.state]
    if node.number:
        colour, width = VALIDATION, 2.5
    return box(node.slot, y, FILLS[node.state], {"color": colour, "width": width})


def _ring(node: Node, y: float) -> Layout:
    return box(node.slot, y, "rgba(0, 0, 0, 0)", {"color": MARK, "width": 2.5}, grown=3.5)
