"""Small pictures of networks, without axes: each is read at a glance, and leads to a page where it is large.

Nothing is said on hover, but a click is heard, which `hoverinfo="skip"` would prevent.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import (
    AMOUNT,
    CELL_PARTS,
    SIGNED_DARK,
    TEST,
    VALIDATION,
    Layout,
    figure,
    image_axes,
    signed_axis,
)

HEIGHT = 190
MARGIN: Layout = {"l": 2, "r": 2, "t": 30, "b": 4}
HIDDEN: Layout = {"visible": False, "fixedrange": True}
GREYS = ((0.0, "#000000"), (1.0, "#ffffff"))


def feature_maps(picture: np.ndarray, maps: np.ndarray, title: str) -> go.Figure:
    """A picture, uint8 (row, column, channel), and beside it what a layer makes of it, (map, row, column)."""
    count = len(maps)
    peaks = np.abs(maps).max(axis=(1, 2), keepdims=True)
    shown = maps / np.where(peaks > 0, peaks, 1)  # each by its own scale: small pictures need contrast
    axes = image_axes()
    return figure(
        _picture(picture),
        go.Heatmap(
            z=_sheet(shown, math.ceil(math.sqrt(count))),
            xaxis="x2",
            yaxis="y2",
            coloraxis="coloraxis",
            hoverinfo="none",
        ),
        height=HEIGHT,
        title=title,
        description=f"{title}: the picture, and {count} small maps of where each kernel's pattern is in it",
        margin=MARGIN,
        dark_scale=SIGNED_DARK,
        coloraxis=signed_axis(1.0, bar=False),
        xaxis=axes["xaxis"] | {"domain": [0, 0.36], "fixedrange": True},
        yaxis=axes["yaxis"] | {"constraintoward": "middle", "fixedrange": True},
        xaxis2=axes["xaxis"] | {"domain": [0.42, 1], "fixedrange": True},
        yaxis2=axes["yaxis"] | {"scaleanchor": "x2", "anchor": "x2", "constraintoward": "middle", "fixedrange": True},
    )


def _sheet(maps: np.ndarray, per_row: int) -> np.ndarray:
    """Maps (map, row, column) in rows, a cell apart; NaN between them."""
    count, height, width = maps.shape
    sheet = np.full((math.ceil(count / per_row) * (height + 1) - 1, per_row * (width + 1) - 1), np.nan, np.float32)
    for number, values in enumerate(maps):
        row, column = number // per_row * (height + 1), number % per_row * (width + 1)
        sheet[row : row + height, column : column + width] = values
    return sheet


def _picture(pixels: np.ndarray) -> Any:
    if pixels.shape[2] == 3:
        return go.Image(z=pixels, hoverinfo="none")
    return go.Heatmap(z=pixels[:, :, 0], colorscale=GREYS, zmin=0, zmax=255, showscale=False, hoverinfo="none")


def answers(pictures: np.ndarray, right: np.ndarray, title: str, per_row: int = 3) -> go.Figure:
    """Pictures, uint8 (picture, row, column, 3), each with a tick where it is right (picture,), else a cross."""
    count, height, width, _ = pictures.shape
    gap = max(1, height // 6)
    rows = math.ceil(count / per_row)
    sheet = np.zeros((rows * (height + gap) - gap, per_row * (width + gap) - gap, 4), np.uint8)
    places = []
    for number, pixels in enumerate(pictures):
        row, column = number // per_row * (height + gap), number % per_row * (width + gap)
        sheet[row : row + height, column : column + width, :3] = pixels
        sheet[row : row + height, column : column + width, 3] = 255
        places.append((column + width - height * 0.17, row + height * 0.83))
    marks = go.Scatter(
        x=np.array([x for x, _ in places], np.float32),
        y=np.array([y for _, y in places], np.float32),
        text=["✓" if good else "✗" for good in right],
        mode="markers+text",
        marker={"size": 17, "color": [TEST if good else VALIDATION for good in right], "line": {"width": 0}},
        textfont={"color": "#ffffff", "size": 11},
        hoverinfo="none",
    )
    return figure(
        go.Image(z=sheet, colormodel="rgba", hoverinfo="none"),
        marks,
        height=HEIGHT,
        title=title,
        description=f"{title}: {int(np.sum(right))} of {count} pictures are answered right",
        margin=MARGIN,
        showlegend=False,
        **_fixed(image_axes()),
    )


def states(values: np.ndarray, title: str) -> go.Figure:
    """A layer's states (unit, time), one row a unit, the units that are mostly positive on top."""
    ordered = values[np.argsort(-values.mean(axis=1), kind="stable")]
    return figure(
        go.Heatmap(z=ordered.astype(np.float32), coloraxis="coloraxis", hoverinfo="none"),
        height=HEIGHT,
        title=title,
        description=f"{title}: {len(values)} units over {values.shape[1]} time steps",
        margin=MARGIN | {"b": 22},
        dark_scale=SIGNED_DARK,
        coloraxis=signed_axis(float(np.abs(values).max(initial=0)), bar=False),
        xaxis=_time(),
        yaxis=HIDDEN | {"autorange": "reversed"},
    )


def gates(values: Mapping[str, np.ndarray], names: Sequence[str], title: str) -> go.Figure:
    """Gates (unit, time) one above the other, the brighter the more open; the units that are open most on top."""
    traces, layout, labels = [], dict[str, Any](), []
    share = 1 / len(values)
    for number, ((name, gate), label) in enumerate(zip(values.items(), names, strict=True)):
        index = "" if number == 0 else str(number + 1)
        top = 1 - number * share
        ordered = gate[np.argsort(-gate.mean(axis=1), kind="stable")]
        traces.append(
            go.Heatmap(
                z=ordered.astype(np.float32),
                yaxis=f"y{index}",
                colorscale=AMOUNT,
                zmin=0,
                zmax=1,
                showscale=False,
                hoverinfo="none",
            )
        )
        layout[f"yaxis{index}"] = HIDDEN | {"autorange": "reversed", "domain": [top - share + 0.03, top]}
        colour = CELL_PARTS[name]
        labels.append(
            {
                "text": f'<span style="color:{colour}">■</span> {label}',
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": top - (share - 0.03) / 2,
                "yref": "paper",
                "yanchor": "middle",
                "showarrow": False,
                "font": {"size": 11},
            }
        )
    units, count = next(iter(values.values())).shape
    return figure(
        *traces,
        height=HEIGHT,
        title=title,
        description=f"{title}: {', '.join(names)} of {units} units over {count} time steps",
        margin=MARGIN | {"b": 22},
        annotations=labels,
        xaxis=_time() | {"domain": [0.24, 1], "anchor": f"y{index}"},
        **layout,
    )


def _time() -> Layout:
    return {
        "title": {"text": "time step →", "standoff": 2, "font": {"size": 11}},
        "showticklabels": False,
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _fixed(axes: Layout) -> Layout:
    return {name: axis | {"fixedrange": True} for name, axis in axes.items()}
