"""Feature maps and kernels: many small maps tiled into one picture, or one map enlarged."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import (
    BAR_HEIGHT,
    BAR_ROOM,
    GREYS,
    MARK,
    PICTURE_MARGIN,
    SIGNED_DARK,
    ZERO,
    Layout,
    bar_below,
    figure,
    image_axes,
    signed_axis,
)
from explorer.figures.tiling import THIRD, height_for, map_numbers, tile

Scale = Literal["map", "layer", "network"]


def map_grid(
    maps: np.ndarray,
    title: str,
    *,
    scale: Scale = "layer",
    network_limit: float = 1.0,
    selected: int | None = None,
    noun: str = "map",
    per_row: int | None = None,
    max_height: int = 460,
    numbers: Sequence[int] | None = None,
    quantity: str = "activation",
    least: float = 0,
    limit: float | None = None,
    width: float = THIRD,
) -> go.Figure:
    """All maps (map, row, column) of a layer as one picture, numbered, with colours symmetric around zero.

    Args:
        maps: the values, which hovering shows.
        title: of the chart.
        scale: whether colours are comparable within a map, within the layer or across the network.
        network_limit: the largest absolute value in the network, for ``scale="network"``.
        selected: the index of a map to frame.
        noun: the word for a map on hover.
        per_row: maps per row; by default the picture is a little wider than high.
        max_height: of the picture, in pixels; more only where the numbers would lie over the maps.
        numbers: of the maps; 0, 1, 2, … by default.
        quantity: what the values are, for the colour bar.
        least: pixels that the shorter side of a map has at least at this width.
        limit: the end of the colour range of a layer, if it is not its largest absolute value.
        width: pixels that the page has for the picture, as of ``tile``.
    """
    tiles = tile(maps, per_row, least, width)
    numbers = range(len(maps)) if numbers is None else numbers
    largest = float(np.abs(maps).max(initial=0)) if limit is None else limit
    limit = {"map": 1.0, "layer": largest, "network": network_limit}[scale]
    name = quantity if scale != "map" else f"{quantity} / largest of its map"
    margin = PICTURE_MARGIN | BAR_ROOM
    shown = tiles.values
    if scale == "map":
        peaks = np.abs(maps).max(axis=(1, 2))
        shown = tile(maps / np.where(peaks > 0, peaks, 1)[:, None, None], tiles.per_row, width=width).values
    named = np.full(tiles.maps.shape, -1, np.int16)
    inside = ~np.isnan(tiles.maps)
    named[inside] = np.asarray(numbers, np.int16)[tiles.maps[inside].astype(np.int64)]
    relative = shown is not tiles.values  # the colours do not encode the values themselves
    rows, columns = shown.shape
    frames = (
        [] if selected is None or selected >= len(maps) else [frame_around(*tiles.origins[selected], *maps.shape[1:])]
    )
    return figure(
        marks.heatmap(
            shown,
            hover=f"{noun} %{{customdata[0]:d}}: %{{customdata[1]:.6g}}"
            if relative
            else f"{noun} %{{customdata:d}}: %{{z:.6g}}",
            customdata=np.stack((named, tiles.values), axis=-1) if relative else named,
            hoverongaps=False,
        ),
        map_numbers(tiles, maps.shape[2], numbers),
        height=height_for(tiles, max_height + BAR_HEIGHT, margin, width),
        numbers_above=tiles.above,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {len(maps)} {noun}s of {maps.shape[1]} by {maps.shape[2]}",
        coloraxis=signed_axis(limit, bar_below(f"{name}{ZERO}")),
        margin=margin,
        showlegend=False,
        dark_scale=SIGNED_DARK,
        shapes=frames,
        **image_axes(),
    )


def single_map(
    values: np.ndarray,
    title: str,
    *,
    limit: float | None = None,
    mark: tuple[int, int] | None = None,
    height: int = 300,
    quantity: str = "activation",
) -> go.Figure:
    """One enlarged map (row, column) with exact values on hover; ``mark`` frames one cell (row, column).

    ``quantity`` is what the values are, for the colour bar.
    """
    limit = float(np.abs(values).max(initial=0)) if limit is None else limit
    return figure(
        marks.heatmap(values, hover="row %{y}, column %{x}: %{z:.6g}"),
        height=height + BAR_HEIGHT,
        aspect=values.shape[0] / values.shape[1],
        title=title,
        description=f"{title}: {values.shape[0]} by {values.shape[1]} values",
        coloraxis=signed_axis(limit, bar_below(f"{quantity}{ZERO}")),
        margin=PICTURE_MARGIN | BAR_ROOM,
        dark_scale=SIGNED_DARK,
        shapes=[] if mark is None else [frame_around(*mark, 1, 1)],
        **image_axes(),
    )


def picture(
    pixels: np.ndarray, title: str, *, frame: tuple[int, int, int, int] | None = None, height: int = 300
) -> go.Figure:
    """A picture, uint8 (row, column, channel); ``frame`` is (first row, last row, first column, last column)."""
    trace = (
        grey_picture(pixels[:, :, 0], "row %{y}, column %{x}: %{z} of 255")
        if pixels.shape[2] == 1
        else go.Image(z=pixels, hovertemplate="row %{y}, column %{x}: RGB %{z}<extra></extra>")
    )
    frames = []
    if frame is not None:
        first_row, last_row, first_column, last_column = frame
        frames = [frame_around(first_row, first_column, last_row - first_row + 1, last_column - first_column + 1)]
    margin = {"l": 4, "r": 4, "t": 30 if title else 4, "b": 6}
    aspect = pixels.shape[0] / pixels.shape[1]
    return figure(trace, height=height, aspect=aspect, title=title, margin=margin, shapes=frames, **image_axes())


def grey_picture(pixels: np.ndarray, hover: str | None = None) -> go.Heatmap:
    """The pixels of a grey picture, uint8 (row, column)."""
    return marks.heatmap(pixels, hover=hover, colorscale=GREYS, zmin=0, zmax=255, showscale=False)


def coarser(maps: np.ndarray, most_cells: int) -> tuple[np.ndarray, int]:
    """Maps (map, row, column) averaged over square blocks, so that together they have at most ``most_cells`` cells.

    Returns:
        the maps, and the side of a block; an incomplete edge is cut off.
    """
    side = max(1, math.ceil(math.sqrt(maps.size / most_cells)))
    side = min(side, *maps.shape[1:])
    rows, columns = maps.shape[1] // side, maps.shape[2] // side
    cut = maps[:, : rows * side, : columns * side]
    return cut.reshape(len(maps), rows, side, columns, side).mean(axis=(2, 4)), side


def frame_around(row: int, column: int, height: int, width: int) -> Layout:
    """The outline of a part of a picture."""
    return {
        "type": "rect",
        "x0": float(column) - 0.5,
        "x1": float(column) + width - 0.5,
        "y0": float(row) - 0.5,
        "y1": float(row) + height - 0.5,
        "line": {"color": MARK, "width": 2.5},
    }
