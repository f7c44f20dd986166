"""The vertical positions in a drawing of a network: of its layers, and of the frames around expanded blocks."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from explorer.figures.layered import Places

HEIGHT, GAP = 52.0, 24.0  # pixels: of a box, and between two
LABEL, END = 22.0, 8.0  # pixels: for the name of a frame above its boxes, and below them

Blocks = Mapping[str, tuple[str, ...]]  # by node: the expanded blocks around it, the outermost first


class Frame(NamedTuple):
    """The frame around an expanded block."""

    block: str
    around: str  # the prefix that its name shares with the frame around it
    depth: int
    left: float
    right: float
    top: float
    bottom: float


def layer_tops(nodes: Blocks, places: Places) -> np.ndarray:
    """The upper edge of each layer in pixels from the top, with room for the frames that begin or end there."""
    starts, ends = _frame_layers(nodes, places)
    count = max(places.layers.values(), default=0) + 1
    room = np.zeros(count + 1)
    for layer in range(count):
        here = [blocks for node, blocks in nodes.items() if places.layers[node] == layer]
        room[layer] += LABEL * max((sum(starts[block] == layer for block in blocks) for blocks in here), default=0)
        room[layer + 1] += END * max((sum(ends[block] == layer for block in blocks) for blocks in here), default=0)
    return np.asarray(np.arange(count) * (HEIGHT + GAP) + np.cumsum(room[:-1]) + 2)


def _frame_layers(nodes: Blocks, places: Places) -> tuple[dict[str, int], dict[str, int]]:
    """The first and the last layer of each block."""
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    for node, blocks in nodes.items():
        layer = places.layers[node]
        for block in blocks:
            starts[block] = min(starts.get(block, layer), layer)
            ends[block] = max(ends.get(block, layer), layer)
    return starts, ends


def bottom_of(nodes: Blocks, places: Places, tops: np.ndarray) -> float:
    """The lower edge of the drawing, with room for the frames that end in the last layer."""
    last = max(places.layers.values())
    ending = max((len(blocks) for node, blocks in nodes.items() if places.layers[node] == last), default=0)
    return float(tops[-1] + HEIGHT + ending * END)


def frames_of(nodes: Blocks, places: Places, tops: np.ndarray) -> list[Frame]:
    """The frames of all blocks, the outermost first."""
    starts, ends = _frame_layers(nodes, places)
    paths = {block: blocks[:depth] for blocks in nodes.values() for depth, block in enumerate(blocks)}
    frames = [
        Frame(
            block,
            f"{path[-1].partition('#')[0]}." if path else "",
            len(path),
            *places.frames[block],
            top=float(tops[starts[block]]) - LABEL * _sharing(nodes, block, starts) - 2,
            bottom=float(tops[ends[block]]) + HEIGHT + END * _sharing(nodes, block, ends),
        )
        for block, path in paths.items()
    ]
    return sorted(frames, key=lambda frame: frame.depth)


def _sharing(nodes: Blocks, block: str, edge: dict[str, int]) -> int:
    """The number of frames, this one and those inside it, that share its first (or last) layer."""
    return max(
        sum(edge[inner] == edge[block] for inner in blocks[blocks.index(block) :])
        for blocks in nodes.values()
        if block in blocks
    )
