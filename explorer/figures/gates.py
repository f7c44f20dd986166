"""The gates of a recurrent layer: open and closed over time, and which units keep them open or shut."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.states import BAR, heatmap
from explorer.figures.style import (
    CELL_PARTS,
    MARK_LINE,
    NEUTRAL,
    SEQUENCE,
    SIGNED_DARK,
    Layout,
    figure,
    line_axes,
    signed_axis,
)
from explorer.figures.time_axis import time_axis

SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up", "x")
ROOM = 26  # pixels above each heatmap for its name


def gate_heatmaps(
    gates: Mapping[str, np.ndarray],
    ticks: Sequence[str] | None = None,
    chosen_time: int | None = None,
    signed_names: Set[str] = frozenset({"candidate", "cell", "hidden"}),
) -> go.Figure:
    """Every gate's values (unit, time) as a heatmap, one below the other on one time axis, each with its own scale.

    Args:
        gates: name -> values; they share units and time steps.
        ticks: what was read at each time step.
        chosen_time: the time step to mark.
        signed_names: which have a sign, and so colours that are symmetric around zero; all others reach from 0 to 1.
    """
    units, count = next(iter(gates.values())).shape
    row = int(min(150, max(60, 6 * units)))
    inner = len(gates) * (row + ROOM)
    traces, layout, names = [], dict[str, Any](), []
    for number, (name, values) in enumerate(gates.items()):
        top = 1 - (number * (row + ROOM) + ROOM) / inner
        domain = [max(0.0, top - row / inner), top]
        bar = BAR | {"y": sum(domain) / 2, "len": row / inner, "nticks": 3}
        index = "" if number == 0 else str(number + 1)
        signed = name in signed_names
        place = {"yaxis": f"y{index}", "name": name} | ({} if signed else {"colorbar": bar})
        traces.append(heatmap(values, ticks, f"coloraxis{index}" if signed else None, **place))
        if signed:
            layout[f"coloraxis{index}"] = signed_axis(float(np.abs(values).max(initial=0))) | {"colorbar": bar}
        layout[f"yaxis{index}"] = _unit_axis(units, domain)
        names.append(_name(name, top))
    return figure(
        *traces,
        height=inner + 70,
        title="Gates over time",
        description=f"{', '.join(gates)} of {units} units over {count} time steps",
        margin={"l": 44, "r": 4, "t": 24, "b": 46},
        dark_scale=SIGNED_DARK,
        shapes=[] if chosen_time is None else [_line_through_all(chosen_time)],
        annotations=names,
        xaxis=time_axis(count, ticks) | {"anchor": f"y{index}"},
        **layout,
    )


def saturation_scatter(layers: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> go.Figure:
    """How long each unit's gates are shut and open: a point a unit, a colour a gate.

    A unit in the corner of the y axis has a gate that is nearly always open, in the corner of the x axis nearly always
    shut; on the dotted line it is never anything between. Source: Karpathy, Johnson and Li 2015, "Visualizing and
    Understanding Recurrent Networks", arXiv:1506.02078, figure 3.

    Args:
        layers: gate -> the share of time steps at which it is below 0.1 and above 0.9, each (unit,), 0…1.
    """
    gates = ", ".join(map(readable_name, layers))
    points = [
        go.Scatter(
            x=shut.astype(np.float32),
            y=opened.astype(np.float32),
            customdata=np.arange(len(shut), dtype=np.int32),
            name=readable_name(name),
            mode="markers",
            marker={
                "size": 8,
                "opacity": 0.75,
                "color": CELL_PARTS.get(name, SEQUENCE[number % len(SEQUENCE)]),
                "symbol": SYMBOLS[number % len(SYMBOLS)],
            },
            hovertemplate=f"{readable_name(name)}, unit %{{customdata}}"
            "<br>below 0.1: %{x:.1%}<br>above 0.9: %{y:.1%}<extra></extra>",
        )
        for number, (name, (shut, opened)) in enumerate(layers.items())
    ]
    share = {"range": [-0.03, 1.03], "tickformat": ".0%", "nticks": 6}
    guide = {
        "type": "line",
        "x0": 0,
        "y0": 1,
        "x1": 1,
        "y1": 0,
        "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5},
    }
    return figure(
        *points,
        height=380,
        title="Gates shut and open",
        description=f"Share of time that each unit's {gates} is below 0.1 and above 0.9",
        toolbar=True,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top"},
        shapes=[guide],
        **line_axes("time below 0.1", "time above 0.9", share, share),
    )


def readable_name(name: str) -> str:
    """``forget_gate`` as it is read: forget gate."""
    return name.replace("_", " ")


def _unit_axis(units: int, domain: list[float]) -> Layout:
    return {
        "domain": domain,
        "range": [units - 0.5, -0.5],
        "title": {"text": "unit", "standoff": 4},
        "showgrid": False,
        "zeroline": False,
        "nticks": 4,
        "tickformat": "d",
        "automargin": True,
    }


def _name(name: str, top: float) -> Layout:
    return {
        "text": f'<span style="color:{CELL_PARTS.get(name, NEUTRAL)}">■</span> {readable_name(name)}',
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": top,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
    }


def _line_through_all(time: int) -> Layout:
    return {"type": "line", "x0": time, "x1": time, "y0": 0, "y1": 1, "yref": "paper", "line": MARK_LINE}
