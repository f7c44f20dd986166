"""The map of a roadmap: topics as boxes in bands, one a stage, joined by lines from what is required to what needs it.

Everything is placed so that three boxes side by side can be read at 360 pixels; on a wider screen boxes only get wider.
Known, next and later differ in how far a box is filled, not in colour alone, and hold in the light and the dark theme.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures.routes import route
from explorer.figures.style import MARK, VALIDATION, Layout, figure
from explorer.figures.wrapping import wrapped

State = Literal["known", "next", "later"]
Kind = Literal["plain", "before", "after", "path"]

SLOTS = 3
HALF = 0.46  # of a box's width, in slots
SIDE = 0.5 + 0.04  # from the middle of the outer slots to the edge of the map
BOX, PITCH, HEAD, BELOW = 48, 64, 30, 6  # pixels: a box, from box to box, above a band's boxes, below them
TOP = 62  # pixels for the title and the legend
TYPE = 12  # pixels
NARROW = 92  # pixels for the words in a box on a narrow phone
GROUND, BAND = "var(--st-background-color)", "var(--st-secondary-background-color)"  # the chart component knows them
KNOWN, NEXT = "#1f5f9e", "#2f7cc0"  # white on the first: 6.6 : 1
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
    """One topic on the map."""

    label: str
    row: int
    slot: int
    state: State
    chosen: bool = False
    number: int | None = None  # its place on the path that was asked for, from 1


class Line(NamedTuple):
    """From one node to another, by their ids."""

    start: str
    end: str
    kind: Kind = "plain"


def roadmap_map(
    nodes: Mapping[str, Node], lines: Sequence[Line], bands: Mapping[str, tuple[int, int]], title: str, description: str
) -> go.Figure:
    """The whole map.

    Args:
        nodes: the topics by id.
        lines: what requires what; the more important kinds are drawn above the others.
        bands: each stage's first and last row, by its name, from the top.
        title: what is seen.
        description: what a screen reader says.
    """
    heights = row_heights(bands)
    bottom = max(heights.values()) + BOX / 2 + BELOW
    on_path = any(node.number for node in nodes.values())
    boxes = [_box(node, heights[node.row]) for node in nodes.values()]
    rings = [_ring(node, heights[node.row]) for node in nodes.values() if node.chosen]
    field: Layout = {"visible": False, "fixedrange": True}
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
        shapes=[*(_band(first, last, heights) for first, last in bands.values()), *boxes, *rings],
        annotations=[_band_name(name, heights[first]) for name, (first, _) in bands.items()],
        xaxis=field | {"range": [-SIDE, SLOTS - 1 + SIDE]},
        yaxis=field | {"range": [bottom, 0]},
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
    """The node whose box holds a clicked place, given as the chart reports it; None between the boxes."""
    heights = row_heights(bands)
    for name, node in nodes.items():
        if abs(x - node.slot) <= HALF and abs(y - heights[node.row]) <= BOX / 2:
            return name
    return None


def _hit_areas(nodes: Mapping[str, Node], heights: Mapping[int, float]) -> go.Heatmap:
    """An invisible field under the boxes: only a heatmap answers to a click anywhere in it."""
    rows = sorted(heights)
    columns = np.array([edge for slot in range(SLOTS) for edge in (slot - HALF, slot + HALF)], np.float32)
    edges = np.array([edge for row in rows for edge in (heights[row] - BOX / 2, heights[row] + BOX / 2)], np.float32)
    field = np.full((2 * len(rows) - 1, 2 * SLOTS - 1), np.nan, np.float32)
    words = np.full(field.shape, "", object)
    for node in nodes.values():
        place = 2 * rows.index(node.row), 2 * node.slot
        field[place] = 1
        words[place] = f"{node.label}<br>{STATES[node.state].lower()}"
    return go.Heatmap(
        x=columns,
        y=edges,
        z=field,
        customdata=words.tolist(),
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=[[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
        showscale=False,
        showlegend=False,
    )


def _lines(
    kind: Kind, nodes: Mapping[str, Node], lines: Sequence[Line], heights: Mapping[int, float]
) -> go.Scatter:  # fmt: skip
    places = {name: (node.slot, node.row) for name, node in nodes.items()}
    ways = [
        route(line.start, line.end, [(other.start, other.end) for other in lines], places, heights, BOX, HALF)
        for line in lines
        if line.kind == kind
    ]
    gap = np.full((1, 2), np.nan)
    points = np.concatenate([part for way in ways for part in (way, gap)]) if ways else gap
    sizes = np.zeros(len(points), np.float32)
    sizes[np.cumsum([len(way) + 1 for way in ways], dtype=int) - 2] = 6 + 1.5 * LINES[kind]["width"]
    return go.Scatter(
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        mode="lines+markers",
        line=LINES[kind] | {"simplify": False},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "size": sizes,
            "color": LINES[kind]["color"],
            "opacity": 1,
            "line": {"width": 0},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _labels(nodes: Sequence[Node], heights: Mapping[int, float], colour: str | None) -> go.Scatter:
    return go.Scatter(
        x=np.array([node.slot for node in nodes], np.float32),
        y=np.array([heights[node.row] for node in nodes], np.float32),
        text=["<br>".join(wrapped(node.label, NARROW, TYPE)) for node in nodes],
        mode="text",
        textposition="middle center",
        textfont={"size": TYPE} if colour is None else {"size": TYPE, "color": colour},
        hoverinfo="skip",
        showlegend=False,
    )


def _badges(nodes: Mapping[str, Node], heights: Mapping[int, float]) -> go.Scatter:
    """A tick on what is known, and on the path each topic's number."""
    marked = [node for node in nodes.values() if node.state == "known" or node.number]
    return go.Scatter(
        x=np.array([node.slot - HALF + 0.03 for node in marked], np.float32),
        y=np.array([heights[node.row] - BOX / 2 + 3 for node in marked], np.float32),
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
        hoverinfo="skip",
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
    return _rounded(node.slot, y, 0, FILLS[node.state], {"color": colour, "width": width})


def _ring(node: Node, y: float) -> Layout:
    return _rounded(node.slot, y, 3.5, "rgba(0, 0, 0, 0)", {"color": MARK, "width": 2.5})


def _rounded(x: float, y: float, grown: float, fill: str, line: Layout) -> Layout:
    """A box with rounded corners, ``grown`` pixels larger above and below."""
    left, right = x - HALF - grown / 300, x + HALF + grown / 300
    top, bottom = y - BOX / 2 - grown, y + BOX / 2 + grown
    across, down = 0.05, 8
    return {
        "type": "path",
        "path": f"M {left + across},{top} L {right - across},{top} Q {right},{top} {right},{top + down} "
        f"L {right},{bottom - down} Q {right},{bottom} {right - across},{bottom} L {left + across},{bottom} "
        f"Q {left},{bottom} {left},{bottom - down} L {left},{top + down} Q {left},{top} {left + across},{top} Z",
        "fillcolor": fill,
        "line": line,
        "layer": "below",
    }


def _band(first: int, last: int, heights: Mapping[int, float]) -> Layout:
    return {
        "type": "rect",
        "x0": -SIDE,
        "x1": SLOTS - 1 + SIDE,
        "y0": heights[first] - BOX / 2 - HEAD + 4,
        "y1": heights[last] + BOX / 2 + BELOW,
        "fillcolor": BAND,
        "line": {"width": 0},
        "layer": "below",
    }


def _band_name(name: str, y: float) -> Layout:
    return {
        "text": f"<b>{name}</b>",
        "x": -SIDE + 0.04,
        "xanchor": "left",
        "y": y - BOX / 2 - HEAD / 2 + 2,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 12},
        "bgcolor": BAND,  # over the lines
        "borderpad": 1,
        "captureevents": False,
    }
