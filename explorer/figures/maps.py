"""Feature maps and kernels: many small maps tiled into one picture, or one map enlarged."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import GREYS, MARK, PICTURE_MARGIN, SIGNED_DARK, Layout, figure, image_axes, signed_axis

Scale = Literal["map", "layer", "network"]


class Tiles(NamedTuple):
    """Maps (map, row, column) side by side in one array, with the position of each map."""

    values: np.ndarray  # (rows, columns) float32, NaN between the maps
    maps: np.ndarray  # (rows, columns) float32, the map's number, NaN between the maps
    origins: np.ndarray  # (map, 2) row and column of each map's first cell
    per_row: int


def tile(maps: np.ndarray, per_row: int | None = None) -> Tiles:
    """Arrange maps (map, row, column) in a grid, with gaps between them and room above each for its number."""
    count, height, width = maps.shape
    per_row = per_row or even_rows(count)
    above = math.ceil(height * 0.32) if count > 1 else 0  # a single map needs no number
    beside = max(1, width // 8)
    rows = math.ceil(count / per_row)
    values = np.full((rows * (height + above), per_row * (width + beside) - beside), np.nan, np.float32)
    numbers = values.copy()
    index = np.arange(count)
    origins = np.stack((index // per_row * (height + above) + above, index % per_row * (width + beside)), axis=1)
    for number, (row, column) in enumerate(origins):
        values[row : row + height, column : column + width] = maps[number]
        numbers[row : row + height, column : column + width] = number
    return Tiles(values, numbers, origins, per_row)


def even_rows(count: int) -> int:
    """Maps per row so that the picture is a little wider than high, with a full last row if possible."""
    target = math.sqrt(count * 1.5)
    divisors = [number for number in range(1, count + 1) if count % number == 0 and target / 2 <= number <= target * 2]
    return min(divisors or [math.ceil(target)], key=lambda number: abs(number - target))


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
        max_height: of the picture, in pixels.
        numbers: of the maps; 0, 1, 2, … by default.
    """
    tiles = tile(maps, per_row)
    numbers = range(len(maps)) if numbers is None else numbers
    limit = {"map": 1.0, "layer": float(np.abs(maps).max(initial=0)), "network": network_limit}[scale]
    shown = tiles.values
    if scale == "map":
        peaks = np.abs(maps).max(axis=(1, 2))
        shown = tile(maps / np.where(peaks > 0, peaks, 1)[:, None, None], tiles.per_row).values
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
        height=max_height,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {len(maps)} {noun}s of {maps.shape[1]} by {maps.shape[2]}",
        coloraxis=signed_axis(limit, bar=scale != "map"),
        margin=PICTURE_MARGIN,
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
) -> go.Figure:
    """One enlarged map (row, column) with exact values on hover; ``mark`` frames one cell (row, column)."""
    limit = float(np.abs(values).max(initial=0)) if limit is None else limit
    return figure(
        marks.heatmap(values, hover="row %{y}, column %{x}: %{z:.6g}"),
        height=height,
        aspect=values.shape[0] / values.shape[1],
        title=title,
        description=f"{title}: {values.shape[0]} by {values.shape[1]} values",
        coloraxis=signed_axis(limit),
        margin=PICTURE_MARGIN,
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
        origins[:, 0] - 0.95,
        [str(number) for number in numbers][: len(origins)],
        9,
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


def kernel_pictures(weights: np.ndarray, title: str, numbers: Sequence[int]) -> go.Figure:
    """Kernels over red, green and blue channels (kernel, 3, row, column) as small pictures in which grey is zero.

    Each kernel is scaled by its largest absolute weight.
    """
    peaks = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    scaled = (weights / np.where(peaks > 0, peaks, 1) + 1) / 2
    tiles = [tile(scaled[:, colour]) for colour in range(3)]
    layers = np.stack([part.values for part in tiles], axis=-1)
    gaps = np.isnan(layers).any(axis=-1)
    pixels = np.zeros((*gaps.shape, 4), np.uint8)
    pixels[..., :3] = np.where(gaps[..., None], 0, np.nan_to_num(layers) * 255).round()
    pixels[..., 3] = np.where(gaps, 0, 255)
    rows, columns = gaps.shape
    return figure(
        go.Image(z=pixels, colormodel="rgba", hoverinfo="skip"),
        map_numbers(tiles[0], weights.shape[3], numbers),
        height=500,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {len(weights)} kernels as red, green and blue",
        margin=PICTURE_MARGIN,
        showlegend=False,
        **image_axes(),
    )


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
