"""The states of a recurrent layer: all units as a heatmap, single units as lines, and text coloured by one unit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import (
    AMOUNT,
    FAULTS_DARK,
    FAULTS_LIGHT,
    MARK,
    SIGNED_DARK,
    TRAINING,
    VALIDATION,
    ZERO,
    bar_below,
    colour_bar,
    figure,
    legend_below,
    line_axes,
    line_colour,
    line_dash,
    named_ticks,
    signed_axis,
    vertical_line,
)
from explorer.figures.time_axis import chosen_cell, readable, step_hover, time_axis

MOST_RANKED = 12
MOST_NAMED_UNITS = 32  # more names would overlap
MOST_NAMED_CELLS = 32_000  # hover texts repeat the input in every cell; more of them would take megabytes


def state_heatmap(
    values: np.ndarray,
    title: str,
    ticks: Sequence[str] | None = None,
    chosen: tuple[int, int] | None = None,
    signed: bool = True,
    unit_names: Sequence[str] | None = None,
    quantity: str = "state",
) -> go.Figure:
    """The values (unit, time) of a layer as a heatmap, unit 0 at the top.

    Args:
        values: states, symmetric around zero, or gates, from 0 to 1.
        title: of the chart.
        ticks: the input at each time step.
        chosen: (time step, unit) to frame.
        signed: whether values are signed; otherwise the colours range from 0 to 1.
        unit_names: instead of numbers; of many names, only some are drawn.
        quantity: what the values are, for the colour bar.
    """
    units, count = values.shape
    own = {} if signed else {"colorbar": colour_bar(quantity)}
    every = -(-units // MOST_NAMED_UNITS)
    named = named_ticks(np.arange(0, units, every), [readable(name) for name in (unit_names or [])[::every]])
    return figure(
        state_cells(values, ticks, "coloraxis" if signed else None, **own),
        height=int(min(520, max(150, 12 * units + 90))),
        title=title,
        description=f"{title}: {units} units over {count} time steps",
        coloraxis=signed_axis(float(np.abs(values).max(initial=0)), colour_bar(f"{quantity}{ZERO}")),
        margin={"l": 44, "r": 4, "t": 34, "b": 38},
        dark_scale=SIGNED_DARK,
        shapes=[] if chosen is None else chosen_cell(*chosen),
        xaxis=time_axis(count, ticks),
        yaxis={
            "title": {"text": "unit", "standoff": 4},
            "range": [units - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            **(named if unit_names is not None else {"nticks": 8, "tickformat": "d"}),
        },
    )


def state_cells(
    values: np.ndarray, ticks: Sequence[str] | None, signed_by: str | None = None, **place: Any
) -> go.Heatmap:
    """The heatmap (unit, time) of values that are signed, with the colour axis ``signed_by``, or range from 0 to 1."""
    # the dark theme replaces the scales of colour axes, all of which are signed; values from 0 to 1 have their own
    colours: dict[str, Any] = {"coloraxis": signed_by}
    if signed_by is None:
        colours = {"colorscale": AMOUNT, "zmin": 0, "zmax": 1}
    named = ticks is not None and values.size <= MOST_NAMED_CELLS
    return marks.heatmap(
        values,
        hover=f"unit %{{y}}, {'%{hovertext}' if named else 'step %{x}'}: %{{z:.6g}}",
        hovertext=[step_hover(values.shape[1], ticks)] * len(values) if named else None,
        **(colours | place),
    )


def unit_ranking(correlations: np.ndarray, title: str, chosen: int | None = None) -> tuple[go.Figure, list[int]]:
    """The units with the largest correlations (unit,) as bars, the largest at the top, and their numbers in this order.

    The selected unit is always included. The y of a bar is its position in the order.
    """
    units = [int(unit) for unit in np.argsort(-np.abs(correlations), kind="stable")[:MOST_RANKED]]
    if chosen is not None and chosen not in units:
        units[-1] = chosen
    shown = correlations[units].astype(np.float32)
    places = np.arange(len(units), dtype=np.int32)
    bars = marks.bars(
        shown,
        places,
        across=True,
        hover="%{hovertext}: %{x:.4f}",
        marker={
            "color": [MARK if unit == chosen else VALIDATION if correlations[unit] > 0 else TRAINING for unit in units]
        },
        text=[f"{value:+.2f}".replace("-", "−") for value in shown],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"unit {unit}" for unit in units],
    )
    best = ", ".join(f"unit {unit} {value:+.2f}" for unit, value in zip(units, shown, strict=True))
    drawn = figure(
        bars,
        height=20 * len(units) + 76,
        title=title,
        description=f"{title} {best}",
        margin={"l": 44, "r": 12, "t": 34, "b": 38},
        bargap=0.25,
        **line_axes(
            "correlation",
            "unit",
            {"range": [-1.15, 1.15], "tickvals": [-1, -0.5, 0, 0.5, 1], "zeroline": True},
            named_ticks(places, [str(unit) for unit in units]) | {"range": [len(units) - 0.4, -0.6], "showgrid": False},
        ),
    )
    return drawn, units


def unit_traces(
    values: np.ndarray,
    units: Sequence[int],
    title: str,
    ticks: Sequence[str] | None = None,
    chosen: int | None = None,
    names: Sequence[str] | None = None,
) -> go.Figure:
    """Selected units of the values (unit, time) as lines.

    Args:
        values: of all units.
        units: to draw.
        title: of the chart.
        ticks: the input at each time step.
        chosen: a time step to mark.
        names: of all units; "unit 3" by default.
    """
    count = values.shape[1]
    steps = step_hover(count, ticks)
    drawn = [names[unit] if names else f"unit {unit}" for unit in units]
    return figure(
        *(
            marks.line(
                np.arange(count),
                values[unit],
                name,
                line_colour(number),
                mode="lines" if count > 1 else "markers",
                dash=line_dash(number),
                hover=f"{name}, %{{hovertext}}: %{{y:.6g}}",
                hovertext=steps,
            )
            for number, (unit, name) in enumerate(zip(units, drawn, strict=True))
        ),
        height=280,
        title=title,
        description=f"{title}: {', '.join(drawn)} over {count} time steps",
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.3),
        shapes=vertical_line(chosen),
        **line_axes("time step", "value", time_axis(count, ticks)),
    )


def coloured_text(
    tokens: Sequence[str],
    values: np.ndarray,
    title: str,
    per_row: int = 40,
    *,
    signed: bool = True,
    quantity: str = "state",
) -> go.Figure:
    """The text, each token in a cell coloured by one value there (time,): symmetric around 0, or from 0 up.

    A row holds ``per_row`` characters, hence fewer tokens if these are longer; ``time_at`` locates a click.
    ``quantity`` is what the values are, for the colour bar.
    """
    per_row = _tokens_per_row(tokens, per_row)
    rows, limit = max(1, -(-len(tokens) // per_row)), float(np.abs(values).max(initial=0))
    room = rows * per_row - len(tokens)
    cells = np.concatenate((values.astype(np.float32), np.full(room, np.nan, np.float32))).reshape(rows, per_row)
    characters = np.array([readable(token) for token in tokens] + [""] * room, object).reshape(rows, per_row)
    steps = np.array([*step_hover(len(tokens), tokens), *[""] * room], object).reshape(rows, per_row)
    return figure(
        marks.heatmap(
            cells,
            hover="%{hovertext}: %{z:.6g}",
            text=characters.tolist(),
            texttemplate="<b>%{text}</b>",
            textfont={"size": 11, "family": "monospace"},
            hovertext=steps.tolist(),
            hoverongaps=False,
            ygap=2,
        ),
        height=20 * rows + 78,
        title=title,
        description=f"{title}: {len(tokens)} tokens coloured by one value each",
        coloraxis=signed_axis(limit, bar_below(f"{quantity}{ZERO}" if signed else quantity))
        | ({} if signed else {"colorscale": FAULTS_LIGHT, "cmin": 0.0}),
        margin={"l": 4, "r": 4, "t": 34, "b": 44},
        dark_scale=SIGNED_DARK if signed else FAULTS_DARK,
        xaxis={"visible": False, "range": [-0.5, per_row - 0.5]},
        yaxis={"visible": False, "range": [rows - 0.5, -0.5]},
    )


def time_at(tokens: Sequence[str], x: float, y: float, per_row: int = 40) -> int | None:
    """The time step of a clicked cell of ``coloured_text``, or None outside the text."""
    per_row = _tokens_per_row(tokens, per_row)
    time = round(y) * per_row + round(x)
    return time if 0 <= round(x) < per_row and 0 <= time < len(tokens) else None


def _tokens_per_row(tokens: Sequence[str], characters: int) -> int:
    longest = max((len(token) for token in tokens), default=1)
    return max(1, min(characters // max(longest, 1), len(tokens) or 1))
