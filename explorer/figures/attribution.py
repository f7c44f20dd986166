"""Attribution maps: side by side, or over the picture they explain."""

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.maps import even_rows
from explorer.figures.style import PICTURE_MARGIN, SIGNED_DARK, Layout, empty, figure, image_axes, signed_axis

SHOWN = 0.995  # the fraction of values within the colour range: a few extreme pixels would leave the rest blank
GAP, LABEL = 0.06, 0.12  # between maps and above them, as fractions of a map's side
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
        max_height: of the picture, in pixels.
    """
    if not maps:
        return empty(f"{title}: no map to show")
    shape = next(iter(maps.values())).shape
    aspect = shape[0] / shape[1]  # every map is drawn in the first one's shape
    per_row = per_row or even_rows(len(maps))
    rows = math.ceil(len(maps) / per_row)
    step_x, step_y = 1 + GAP, aspect + LABEL + GAP
    traces, places = [], []
    axes: Layout = {}
    for number, (name, values) in enumerate(maps.items()):
        left, top = number % per_row * step_x, number // per_row * step_y + LABEL
        shown, block = _reduced(values, most_side)
        axis = f"coloraxis{number + 1}" if number else "coloraxis"
        axes[axis] = signed_axis(_limit(values), bar=False)
        traces.append(_heatmap(shown, (left, top, 1.0, aspect), name, block, axis))
        places.append((left + 0.5, top - LABEL / 2))
    names = marks.texts([x for x, _ in places], [y for _, y in places], list(maps), 11)
    width = per_row * step_x
    return figure(
        *traces,
        names,
        height=max_height,
        aspect=rows * step_y / width,
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
    rows, columns, channels = pixels.shape
    coloured = np.repeat(pixels, 3, axis=2) if channels == 1 else pixels
    axis = {**signed_axis(_limit(values)), "colorscale": OVERLAY}
    return figure(
        go.Image(z=coloured.astype(np.uint8), hoverinfo="skip"),
        _heatmap(values, (-0.5, -0.5, columns, rows), "", 1, "coloraxis", opacity=float(np.clip(strength, 0, 1))),
        height=height,
        aspect=rows / columns,
        title=title,
        description=f"{title}: the attribution map over the picture, at {strength:.0%} opacity",
        margin=PICTURE_MARGIN,
        coloraxis=axis,
        **image_axes(),
    )


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
