"""Which pixels an answer came from: maps side by side and over the picture, and whether a map can be believed."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.maps import even_rows
from explorer.figures.style import (
    NEUTRAL,
    SEQUENCE,
    SIGNED_DARK,
    Layout,
    empty,
    figure,
    horizontal_line,
    image_axes,
    line_axes,
    signed_axis,
)

SHOWN = 0.995  # of a map's values lie within its colours: a few extreme pixels would leave the rest blank
GAP, LABEL = 0.06, 0.12  # between maps and above them, as shares of a map
# clear where nothing is attributed, so that the picture shows through; the same over every picture, in both themes
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
    """Maps (row, column) side by side, each in the same space and on its own scale, symmetric around 0.

    A trace a map, in the maps' order: a click's curve number tells which. Hovering shows the values as they are.

    Args:
        maps: by name; they may differ in size.
        title: what is seen.
        per_row: maps in a row; by itself the picture is a little wider than high.
        most_side: pixels a side above which a map is averaged over blocks, where there are many.
        max_height: pixels that the picture may be high.
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
    names = go.Scatter(
        x=np.array([x for x, _ in places], np.float32),
        y=np.array([y for _, y in places], np.float32),
        text=list(maps),
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
    )
    width = per_row * step_x
    return figure(
        *traces,
        names,
        height=max_height,
        aspect=rows * step_y / width,
        title=title,
        description=f"{title}: {', '.join(maps)}",
        margin={"l": 4, "r": 4, "t": 30, "b": 6},
        showlegend=False,
        dark_scale=SIGNED_DARK,
        **(axes | image_axes()),
    )


def attribution_overlay(
    pixels: np.ndarray, values: np.ndarray, title: str, strength: float, *, height: int = 380
) -> go.Figure:
    """A map (row, column) over the picture it is of: red speaks for the class, blue against it, clear is nothing.

    Args:
        pixels: the picture, uint8 (row, column, channel), with one channel or three.
        values: the map, of any resolution.
        title: what is seen.
        strength: how much of the map covers the picture, from 0, the picture alone, to 1.
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
        description=f"{title}: the map over the picture, at {strength:.0%} strength",
        margin={"l": 4, "r": 4, "t": 30, "b": 6},
        coloraxis=axis,
        **image_axes(),
    )


def deletion_insertion_curves(
    fractions: np.ndarray,
    deletion: np.ndarray,
    insertion: np.ndarray,
    random_deletion: np.ndarray,
    random_insertion: np.ndarray,
    title: str,
    *,
    unit: str = "probability of the class",
) -> go.Figure:
    """The score while pixels leave and while they come, each with its area, and in random order dotted.

    Args:
        fractions: (step,) the share of pixels that left, or came.
        deletion: (step,) the score as the most important pixels leave first.
        insertion: (step,) the score as they come first.
        random_deletion: (step,) as the pixels leave in random order.
        random_insertion: (step,) as they come in random order.
        title: what is seen.
        unit: what the score is.
    """
    curves: tuple[tuple[str, np.ndarray, str, Layout], ...] = (
        ("deletion", deletion, SEQUENCE[0], {}),
        ("insertion", insertion, SEQUENCE[1], {}),
        ("deletion, random", random_deletion, SEQUENCE[0], {"dash": "dot", "width": 1.5}),
        ("insertion, random", random_insertion, SEQUENCE[1], {"dash": "dot", "width": 1.5}),
    )
    traces = [
        go.Scatter(
            x=fractions.astype(np.float32),
            y=scores.astype(np.float32),
            name=f"{name}: area {np.trapezoid(scores, fractions):.3f}",
            mode="lines",
            line={"color": colour, "width": 2, **line},
            hovertemplate=f"{name}, %{{x:.0%}} of the pixels: %{{y:.4g}}<extra></extra>",
        )
        for name, scores, colour, line in curves
    ]
    return figure(
        *traces,
        height=320,
        title=title,
        description=f"{title}: the {unit} as pixels are taken away and put in; {'; '.join(t.name for t in traces)}",
        toolbar=True,
        margin={"l": 52, "r": 12, "t": 74, "b": 42},
        **line_axes(
            "share of pixels, the most important first", unit, x={"tickformat": ".0%", "range": [0, 1], "dtick": 0.25}
        ),
    )


def randomisation_curve(
    names: Sequence[str], similarity: np.ndarray, signed_similarity: np.ndarray, title: str
) -> go.Figure:
    """How alike the map stays while the layers turn random from the last one down: a point a stage.

    Args:
        names: what each stage randomised; the first is the trained network.
        similarity: (stage,) rank correlation of the absolute values with the original map's.
        signed_similarity: (stage,) rank correlation of the signed values.
        title: what is seen.
    """
    if not len(names):
        return empty(f"{title}: appears here stage by stage")
    places = np.arange(len(names), dtype=np.int32)
    traces = [
        go.Scatter(
            x=places,
            y=values.astype(np.float32),
            name=name,
            text=list(names),
            mode="lines+markers",
            line={"color": colour, "width": 2, **line},
            marker={"size": 6},
            hovertemplate=f"%{{text}}: %{{y:.3f}}<extra>{name}</extra>",
        )
        for name, values, colour, line in (
            ("size of the values", similarity, SEQUENCE[0], {}),
            ("values with their sign", signed_similarity, SEQUENCE[1], {"dash": "dot"}),
        )
    ]
    every = max(1, math.ceil(len(names) / 14))  # more labels would run into each other
    return figure(
        *traces,
        height=330,
        title=title,
        description=f"{title}: rank correlation with the original map at {len(names)} stages",
        toolbar=True,
        margin={"l": 52, "r": 12, "t": 56, "b": 90},
        shapes=horizontal_line(0, {"color": NEUTRAL, "width": 1}),
        **line_axes(
            "randomised down to",
            "rank correlation, −1 to 1",
            x={
                "tickmode": "array",
                "tickvals": places[::every],
                "ticktext": [_short(name) for name in names[::every]],
                "tickangle": -35,
                "range": [-0.3, max(1, len(names) - 1) + 0.3],
            },
            y={"range": [-1.05, 1.05]},
        ),
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
    return go.Heatmap(
        z=values.astype(np.float32),
        x0=left + width / columns / 2,
        dx=width / columns,
        y0=top + height / rows / 2,
        dy=height / rows,
        name=name,
        coloraxis=axis,
        opacity=opacity,
        hovertemplate=f"{name + ': ' if name else ''}{mean}%{{z:.6g}}<extra></extra>",
    )


def _limit(values: np.ndarray) -> float:
    """Where a map's colours end: its largest value, but for a few extreme ones."""
    sizes = np.abs(values[np.isfinite(values)])
    if not sizes.size:
        return 0.0
    return float(np.quantile(sizes, SHOWN)) or float(sizes.max())


def _reduced(values: np.ndarray, most_side: int | None) -> tuple[np.ndarray, int]:
    """A map averaged over square blocks until it fits, and the side of a block; a ragged edge is left out."""
    block = 1 if most_side is None else math.ceil(max(values.shape) / most_side)
    if block == 1:
        return values, 1
    rows, columns = (side // block for side in values.shape)
    cut = values[: rows * block, : columns * block]
    return cut.reshape(rows, block, columns, block).mean(axis=(1, 3)), block


def _short(name: str) -> str:
    return name if len(name) <= 22 else "…" + name[-21:]
