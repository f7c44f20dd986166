"""Thumbnails of charts, without axes; each leads to the page that shows the chart in full.

They show nothing on hover but report clicks, which ``hoverinfo="skip"`` would prevent.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.maps import grey_picture
from explorer.figures.style import (
    AMOUNT,
    CELL_PARTS,
    HIDDEN_AXIS,
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


def feature_maps(picture: np.ndarray, maps: np.ndarray, title: str) -> go.Figure:
    """A picture, uint8 (row, column, channel), and beside it the feature maps of a layer (map, row, column)."""
    count = len(maps)
    peaks = np.abs(maps).max(axis=(1, 2), keepdims=True)
    shown = maps / np.where(peaks > 0, peaks, 1)  # each map has its own scale, because thumbnails need contrast
    axes = image_axes()
    return figure(
        _picture(picture),
        marks.heatmap(_sheet(shown, math.ceil(math.sqrt(count))), xaxis="x2", yaxis="y2"),
        height=HEIGHT,
        title=title,
        description=f"{title}: the picture and {count} feature maps",
        margin=MARGIN,
        dark_scale=SIGNED_DARK,
        coloraxis=signed_axis(1.0),
        xaxis=axes["xaxis"] | {"domain": [0, 0.36], "fixedrange": True},
        yaxis=axes["yaxis"] | {"constraintoward": "middle", "fixedrange": True},
        xaxis2=axes["xaxis"] | {"domain": [0.42, 1], "fixedrange": True},
        yaxis2=axes["yaxis"] | {"scaleanchor": "x2", "anchor": "x2", "constraintoward": "middle", "fixedrange": True},
    )


def _sheet(maps: np.ndarray, per_row: int) -> np.ndarray:
    """Maps (map, row, column) arranged in rows, with NaN in the gaps of one cell."""
    count, height, width = maps.shape
    sheet = np.full((math.ceil(count / per_row) * (height + 1) - 1, per_row * (width + 1) - 1), np.nan, np.float32)
    for number, values in enumerate(maps):
        row, column = number // per_row * (height + 1), number % per_row * (width + 1)
        sheet[row : row + height, column : column + width] = values
    return sheet


def _picture(pixels: np.ndarray) -> go.Image | go.Heatmap:
    if pixels.shape[2] == 3:
        return go.Image(z=pixels, hoverinfo="none")
    return grey_picture(pixels[:, :, 0])


def predictions(pictures: np.ndarray, correct: np.ndarray, title: str, per_row: int = 3) -> go.Figure:
    """Pictures, uint8 (picture, row, column, 3), with a tick if the prediction is correct (picture,), else a cross."""
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
    ticks = marks.points(
        [x for x, _ in places],
        [y for _, y in places],
        text=["✓" if good else "✗" for good in correct],
        mode="markers+text",
        marker={"size": 17, "color": [TEST if good else VALIDATION for good in correct], "line": {"width": 0}},
        textfont={"color": "#ffffff", "size": 11},
        hoverinfo="none",
    )
    return figure(
        go.Image(z=sheet, colormodel="rgba", hoverinfo="none"),
        ticks,
        height=HEIGHT,
        title=title,
        description=f"{title}: {int(np.sum(correct))} of {count} pictures are classified correctly",
        margin=MARGIN,
        showlegend=False,
        **_fixed(image_axes()),
    )


def states(values: np.ndarray, title: str) -> go.Figure:
    """The states (unit, time) of a layer, one row per unit, units with the largest mean at the top."""
    ordered = values[np.argsort(-values.mean(axis=1), kind="stable")]
    return figure(
        marks.heatmap(ordered),
        height=HEIGHT,
        title=title,
        description=f"{title}: {len(values)} units over {values.shape[1]} time steps",
        margin=MARGIN | {"b": 22},
        dark_scale=SIGNED_DARK,
        coloraxis=signed_axis(float(np.abs(values).max(initial=0))),
        xaxis=_time(),
        yaxis=HIDDEN_AXIS | {"autorange": "reversed"},
    )


def gates(values: Mapping[str, np.ndarray], names: Sequence[str], title: str) -> go.Figure:
    """Gates (unit, time) one below the other, brighter if more open, units with the largest mean at the top."""
    traces, layout, labels = [], dict[str, Any](), []
    share = 1 / len(values)
    for number, ((name, gate), label) in enumerate(zip(values.items(), names, strict=True)):
        index = "" if number == 0 else str(number + 1)
        top = 1 - number * share
        ordered = gate[np.argsort(-gate.mean(axis=1), kind="stable")]
        traces.append(marks.heatmap(ordered, yaxis=f"y{index}", colorscale=AMOUNT, zmin=0, zmax=1, showscale=False))
        layout[f"yaxis{index}"] = HIDDEN_AXIS | {"autorange": "reversed", "domain": [top - share + 0.03, top]}
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
