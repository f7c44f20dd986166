"""Attribution maps: side by side, over the picture they explain, or beside it."""

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import (
    BAR_HEIGHT,
    BAR_ROOM,
    PICTURE_MARGIN,
    SIGNED_DARK,
    ZERO,
    Layout,
    bar_below,
    empty,
    figure,
    image_axes,
    signed_axis,
)
from explorer.figures.tiling import THIRD

SHOWN = 0.995  # the fraction of values within the colour range: a few extreme pixels would leave the rest blank
GAP, NAME = 0.06, 15  # between maps, as a fraction of a map's side, and pixels above each for its name
# transparent at 0, so that the picture shows through; the same for every picture and in both themes
OVERLAY = (
    (0.0, "rgba(20, 90, 200, 1)"),
    (0.25, "rgba(20, 90, 200, 0.6)"),
    (0.5, "rgba(128, 128, 128, 0)"),
    (0.75, "rgba(215, 40, 30, 0.6)"),
    (1.0, "rgba(215, 40, 30, 1)"),
)


def attribution_maps(
    maps: Mapping[str, np.ndarray],
    title: str,
    *,
    per_row: int | None = None,
    most_side: int | None = None,
    max_height: int = 520,
) -> go.Figure:
    """Attribution maps (row, column) side by side, drawn at one size, each with its own symmetric colour scale.

    Each map is one trace, in the order given, so that a click's curve number identifies it. Hovering shows raw values.

    Args:
        maps: by name; they may differ in resolution.
        title: of the chart.
        per_row: maps per row; by default the picture is a little wider than high.
        most_side: larger maps are averaged over blocks until neither side has more cells.
        max_height: of the picture, in pixels; more only where the names would lie over the maps.
    """
    if not maps:
        return empty(f"{title}: no map to show")
    shape = next(iter(maps.values())).shape
    aspect = shape[0] / shape[1]  # every map is drawn in the first one's shape
    per_row = per_row or _even_rows(len(maps))
    rows = math.ceil(len(maps) / per_row)
    label = NAME * per_row * (1 + GAP) / THIRD
    step_x, step_y = 1 + GAP, aspect + label + GAP
    traces, places = [], []
    axes: Layout = {}
    for number, (name, values) in enumerate(maps.items()):
        left, top = number % per_row * step_x, number // per_row * step_y + label
        shown, block = _reduced(values, most_side)
        axis = f"coloraxis{number + 1}" if number else "coloraxis"
        axes[axis] = signed_axis(_limit(values))
        traces.append(_heatmap(shown, (left, top, 1.0, aspect), name, block, axis))
        places.append((left + 0.5, top - label / 2))
    names = marks.texts([x for x, _ in places], [y for _, y in places], list(maps), 11)
    whole = rows * step_y / (per_row * step_x)  # height by width
    return figure(
        *traces,
        names,
        height=max(max_height, math.ceil(PICTURE_MARGIN["t"] + PICTURE_MARGIN["b"] + THIRD * whole)),
        aspect=whole,
        title=title,
        description=f"{title}: {', '.join(maps)}",
        margin=PICTURE_MARGIN,
        showlegend=False,
        dark_scale=SIGNED_DARK,
        **(axes | image_axes()),
    )


def attribution_overlay(
    pixels: np.ndarray, values: np.ndarray, title: str, strength: float, *, height: int = 380
) -> go.Figure:
    """An attribution map (row, column) over its picture: red supports the class, blue opposes it, 0 is transparent.

    Args:
        pixels: the picture, uint8 (row, column, channel), with one channel or three.
        values: the map, at any resolution.
        title: of the chart.
        strength: the opacity of the map, from 0 (picture only) to 1.
        height: in pixels.
    """
    rows, columns = pixels.shape[:2]
    axis = {**signed_axis(_limit(values), bar_below("attribution, 0 clear")), "colorscale": OVERLAY}
    return figure(
        _coloured(pixels),
        _heatmap(values, (-0.5, -0.5, columns, rows), "", 1, "coloraxis", opacity=float(np.clip(strength, 0, 1))),
        height=height + BAR_HEIGHT,
        aspect=rows / columns,
        title=title,
        description=f"{title}: the attribution map over the picture, at {strength:.0%} opacity",
        margin=PICTURE_MARGIN | BAR_ROOM,
        coloraxis=axis,
        **image_axes(),
    )


def attribution_beside(pixels: np.ndarray, values: np.ndarray, title: str, *, height: int = 380) -> go.Figure:
    """The picture, and beside it the attribution map (row, column) at the same size: red supports the class.

    Args:
        pixels: the picture, uint8 (row, column, channel), with one channel or three.
        values: the map, at any resolution.
        title: of the chart.
        height: in pixels.
    """
    rows, columns = pixels.shape[:2]
    step = columns * (1 + GAP)
    return figure(
        _coloured(pixels),
        _heatmap(values, (step - 0.5, -0.5, columns, rows), "", 1, "coloraxis"),
        height=height + BAR_HEIGHT,
        aspect=rows / (step + columns),
        title=title,
        description=f"{title}: the picture, and the attribution map beside it",
        margin=PICTURE_MARGIN | BAR_ROOM,
        dark_scale=SIGNED_DARK,
        coloraxis=signed_axis(_limit(values), bar_below(f"attribution{ZERO}")),
        **image_axes(),
    )


def _coloured(pixels: np.ndarray) -> go.Image:
    channels = pixels.shape[2]
    return go.Image(z=(np.repeat(pixels, 3, axis=2) if channels == 1 else pixels).astype(np.uint8), hoverinfo="skip")


def _heatmap(
    values: np.ndarray,
    place: tuple[float, float, float, float],
    name: str,
    block: int,
    axis: str,
    opacity: float = 1.0,
) -> go.Heatmap:
    """A map whose cells fill the box (left, top, width, height)."""
    left, top, width, height = place
    rows, columns = values.shape
    mean = f"mean of {block} x {block} pixels " if block > 1 else ""
    return marks.heatmap(
        values,
        hover=f"{name + ': ' if name else ''}{mean}%{{z:.6g}}",
        x0=left + width / columns / 2,
        dx=width / columns,
        y0=top + height / rows / 2,
        dy=height / rows,
        name=name,
        coloraxis=axis,
        opacity=opacity,
    )


def _even_rows(count: int) -> int:
    """Maps per row: the picture is a little wider than high, with a full last row if possible."""
    target = math.sqrt(count * 1.5)
    divisors = [number for number in range(1, count + 1) if count % number == 0 and target / 2 <= number <= target * 2]
    return min(divisors or [math.ceil(target)], key=lambda number: abs(number - target))


def _limit(values: np.ndarray) -> float:
    """The end of a map's colour range: its largest absolute value apart from a few outliers."""
    sizes = np.abs(values[np.isfinite(values)])
    if not sizes.size:
        return 0.0
    return float(np.quantile(sizes, SHOWN)) or float(sizes.max())


def _reduced(values: np.ndarray, most_side: int | None) -> tuple[np.ndarray, int]:
    """The map averaged over square blocks until it fits, and the side of a block; an incomplete edge is cut off."""
    block = 1 if most_side is None else math.ceil(max(values.shape) / most_side)
    if block == 1:
        return values, 1
    rows, columns = (side // block for side in values.shape)
    cut = values[: rows * block, : columns * block]
    return cut.reshape(rows, block, columns, block).mean(axis=(1, 3)), block
