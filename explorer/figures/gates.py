"""The gates of a recurrent layer: their values over time and over training, and their saturation."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.parameters import gate_values, saturated_units
from explorer.figures.states import state_cells
from explorer.figures.style import (
    AMOUNT,
    CELL_PARTS,
    MARK_LINE,
    NEUTRAL,
    SIGNED_DARK,
    ZERO,
    Layout,
    colour_bar,
    figure,
    legend_below,
    line_axes,
    line_colour,
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
    """The values (unit, time) of every gate as heatmaps with a common time axis, each with its own colour scale.

    Args:
        gates: by name, the values; all have the same units and time steps.
        ticks: the input at each time step.
        chosen_time: the time step to mark.
        signed_names: of signed values, whose colours are symmetric around zero; all others range from 0 to 1.
    """
    units, count = next(iter(gates.values())).shape
    row = int(min(150, max(60, 6 * units)))
    inner = len(gates) * (row + ROOM)
    traces, layout, names = [], dict[str, Any](), []
    for number, (name, values) in enumerate(gates.items()):
        index, domain = _band(number, row, inner)
        signed = name in signed_names
        shown = "value" + ZERO if signed else "share"
        bar = colour_bar(shown, y=sum(domain) / 2, len=row / inner, nticks=3)
        place = {"yaxis": f"y{index}", "name": name} | ({} if signed else {"colorbar": bar})
        traces.append(state_cells(values, ticks, f"coloraxis{index}" if signed else None, **place))
        if signed:
            layout[f"coloraxis{index}"] = signed_axis(float(np.abs(values).max(initial=0)), bar)
        layout[f"yaxis{index}"] = _unit_axis(units, domain)
        names.append(_name(name, domain[1]))
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


class Distribution(NamedTuple):
    """The distribution of a gate's values at several training steps."""

    counts: np.ndarray  # (snapshot, bin)
    edges: np.ndarray  # (bin + 1,)
    medians: np.ndarray  # (snapshot,)


def gate_distributions(
    gates: Mapping[str, Distribution], steps: Sequence[int], chosen_step: int | None = None
) -> go.Figure:
    """The distribution of each gate's values at every recorded training step, as heatmaps with a common step axis.

    Args:
        gates: by name, the distributions; all have the same training steps.
        steps: the training steps, drawn at equal distances.
        chosen_step: the step to mark.
    """
    row = 110
    inner = len(gates) * (row + ROOM)
    columns = [str(step) for step in steps]
    traces, layout, names = [], dict[str, Any](), []
    for number, (name, gate) in enumerate(gates.items()):
        index, domain = _band(number, row, inner)
        shares = gate.counts / np.maximum(gate.counts.sum(axis=1, keepdims=True), 1)
        traces += [_spread(readable_name(name), columns, shares, gate.edges, f"y{index}")]
        traces += [_median(readable_name(name), columns, gate.medians, f"y{index}")]
        layout[f"yaxis{index}"] = {
            "domain": domain,
            "range": [float(gate.edges[0]), float(gate.edges[-1])],
            "title": {"text": "value", "standoff": 4},
            "nticks": 3,
            "showgrid": False,
            "zeroline": False,
        }
        names.append(_name(name, domain[1]))
    said = [
        gate_values(gate.counts, gate.edges, readable_name(name), steps, chosen_step)
        for name, gate in gates.items()
        if gate.edges[0] >= 0  # a candidate is no gate
    ]
    place = columns.index(str(chosen_step)) if str(chosen_step) in columns else None
    return figure(
        *traces,
        height=inner + 90,
        title="Gates over training",
        description=f"Distribution of {', '.join(map(readable_name, gates))} at {len(steps)} training steps",
        reading=f"Values {'; '.join(said)}." if said else "",
        margin={"l": 44, "r": 12, "t": 24, "b": 46},
        showlegend=False,
        shapes=[] if place is None else [_line_through_all(place)],
        annotations=names,
        xaxis={
            "type": "category",
            "title": {"text": "training step", "standoff": 6},
            "anchor": f"y{index}",
            "nticks": 10,
            "automargin": True,
        },
        **layout,
    )


def _spread(name: str, columns: list[str], shares: np.ndarray, edges: np.ndarray, axis: str) -> go.Heatmap:
    return marks.heatmap(
        np.sqrt(shares.T),  # the root keeps rare values visible beside a tall peak
        hover=f"{name} near %{{y:.3g}} at step %{{x}}: %{{customdata:.2%}}",
        customdata=shares.T.astype(np.float32),
        x=columns,
        y=((edges[:-1] + edges[1:]) / 2).astype(np.float32),
        yaxis=axis,
        name=name,
        colorscale=AMOUNT,
        showscale=False,
        zmin=0,
    )


def _median(name: str, columns: list[str], medians: np.ndarray, axis: str) -> go.Scatter:
    return marks.line(
        columns,
        medians,
        f"{name}, median",
        "#ffffff",
        mode="lines" if len(columns) > 1 else "markers",
        hover=f"{name} at step %{{x}}: median %{{y:.4g}}",
        yaxis=axis,
    )


def saturation_scatter(layers: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> go.Figure:
    """The saturation of every unit's gates: one point per unit, one colour per gate.

    A gate at the end of the vertical axis is nearly always open, at the end of the horizontal axis nearly always
    closed; on the dotted line it is always saturated. Source: Karpathy, Johnson and Li 2015, "Visualizing and
    Understanding Recurrent Networks", arXiv:1506.02078, figure 3.

    Args:
        layers: by gate, the fraction of time steps below 0.1 and above 0.9, each (unit,) from 0 to 1.
    """
    gates = ", ".join(map(readable_name, layers))
    points = [
        marks.points(
            closed,
            opened,
            hover=f"{readable_name(name)}, unit %{{customdata}}<br>below 0.1: %{{x:.1%}}<br>above 0.9: %{{y:.1%}}",
            customdata=np.arange(len(closed), dtype=np.int32),
            name=readable_name(name),
            marker={
                "size": 8,
                "opacity": 0.75,
                "color": line_colour(number, name, CELL_PARTS),
                "symbol": SYMBOLS[number % len(SYMBOLS)],
            },
        )
        for number, (name, (closed, opened)) in enumerate(layers.items())
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
        title="Gate saturation",
        description=f"Fraction of time steps at which each unit's {gates} is below 0.1 and above 0.9",
        reading=saturated_units({readable_name(name): shares for name, shares in layers.items()}),
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.2),
        shapes=[guide],
        **line_axes("time steps below 0.1", "time steps above 0.9", share, share),
    )


def readable_name(name: str) -> str:
    """The name in words: "forget gate" for ``forget_gate``."""
    return name.replace("_", " ")


def _band(number: int, row: int, inner: int) -> tuple[str, list[float]]:
    """The suffix of the axes of heatmap ``number`` and the vertical range it occupies, from 0 to 1."""
    top = 1 - (number * (row + ROOM) + ROOM) / inner
    return "" if number == 0 else str(number + 1), [max(0.0, top - row / inner), top]


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
