"""Feature maps and kernels: many small maps tiled into one picture, or one map enlarged."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

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

Scale = Literal["map", "layer", "network"]

THIRD, WHOLE = 300, 640  # pixels: the width of a picture in the third of a page and on a phone, and on a whole page
SHAPE, EMPTY = 0.75, 2.0  # the height of a grid of maps by its width, and the weight of empty places in its last row
NUMBER_SIZE, NUMBER_ROOM, NUMBER_WIDTH = 9, 12, 16  # pixels: the number of a map, and the room for it above the map


class Tiles(NamedTuple):
    """Maps (map, row, column) side by side in one array, with the position of each map."""

    values: np.ndarray  # (rows, columns) float32, NaN between the maps
    maps: np.ndarray  # (rows, columns) float32, the map's number, NaN between the maps
    origins: np.ndarray  # (map, 2) row and column of each map's first cell
    per_row: int
    above: int  # rows above each map that its number has to itself


def tile(maps: np.ndarray, per_row: int | None = None, least: float = 0, width: float = THIRD) -> Tiles:
    """Arrange maps (map, row, column) in a grid, with gaps between them and room above each for its number.

    Args:
        maps: the maps.
        per_row: maps per row; by default the picture is about as high as wide.
        least: pixels that the shorter side of a map has at least at this width.
        width: pixels that the page has for the picture: the numbers have room there, and on anything wider.
    """
    count, rows_of_one, columns_of_one = maps.shape
    beside = max(1, columns_of_one // 8)
    side = max(NUMBER_WIDTH, least * columns_of_one / min(rows_of_one, columns_of_one))  # pixels
    most = max(1, int((width + side * beside / columns_of_one) / (side * (1 + beside / columns_of_one))))
    per_row = per_row or _best_row(count, rows_of_one, columns_of_one + beside, min(most, count), width)
    rows, columns = math.ceil(count / per_row), per_row * (columns_of_one + beside) - beside
    above = _room(columns, width) if count > 1 else 0  # a single map needs no number
    values = np.full((rows * (rows_of_one + above), columns), np.nan, np.float32)
    numbers = values.copy()
    index = np.arange(count)
    origins = np.stack(
        (index // per_row * (rows_of_one + above) + above, index % per_row * (columns_of_one + beside)), axis=1
    )
    for number, (row, column) in enumerate(origins):
        values[row : row + rows_of_one, column : column + columns_of_one] = maps[number]
        numbers[row : row + rows_of_one, column : column + columns_of_one] = number
    return Tiles(values, numbers, origins, per_row, above)


def _room(columns: int, width: float) -> int:
    """The rows that a number needs above its map, in a picture of so many columns at a width in pixels."""
    return max(1, math.ceil(NUMBER_ROOM * columns / width))


def _best_row(count: int, height: int, step: int, most: int, width: float) -> int:
    """Maps per row: the picture is nearest to ``SHAPE``, and few places of its last row are empty."""

    def cost(per_row: int) -> float:
        rows, columns = math.ceil(count / per_row), per_row * step
        shape = rows * (height + _room(columns, width)) / columns
        return abs(math.log(shape / SHAPE)) + EMPTY * (rows * per_row - count) / count

    return min(range(1, most + 1), key=cost)


def height_for(tiles: Tiles, wanted: int, margin: Layout, width: float = THIRD) -> int:
    """The height in pixels of a picture of tiles: as wanted, or as much as it needs at a width in pixels.

    There its height never makes it smaller than its width does, so that every number keeps its room.
    """
    rows, columns = tiles.values.shape
    needed: int = math.ceil(margin["t"] + margin["b"] + width * rows / columns)
    return max(wanted, needed)


def map_at(tiles: Tiles, x: float, y: float) -> int | None:
    """The number of the map at a clicked place; None in a gap."""
    row, column = round(y), round(x)
    inside = 0 <= row < tiles.maps.shape[0] and 0 <= column < tiles.maps.shape[1]
    number = tiles.maps[row, column] if inside else np.nan
    return None if np.isnan(number) else int(number)


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


def map_numbers(tiles: Tiles, width: int, numbers: Sequence[int]) -> go.Scatter:
    """The number of each map above it; a single map has none."""
    origins = tiles.origins if len(tiles.origins) > 1 else tiles.origins[:0]
    return marks.texts(
        origins[:, 1] + (width - 1) / 2,
        origins[:, 0] - 0.5 - tiles.above / 2,
        [str(number) for number in numbers][: len(origins)],
        NUMBER_SIZE,
        textposition="middle center",
    )


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
