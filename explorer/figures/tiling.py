"""Many small maps side by side in one picture, each below its number."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import Layout

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
