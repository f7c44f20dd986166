"""Lines over the time steps of a sequence: gradients through time, and the effect of an intervention."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.answers import parted
from explorer.figures.spread import Spread, band, spread
from explorer.figures.style import (
    NEUTRAL,
    TRAINING,
    VALIDATION,
    Layout,
    empty,
    figure,
    legend_below,
    line_axes,
    line_colour,
    log_axis,
    vertical_line,
)
from explorer.figures.time_axis import step_hover, time_axis

VANISHED = 1e-30  # a smaller norm is drawn as 0
HAND_OVER: Layout = {"color": NEUTRAL, "width": 1.5, "dash": "dot"}
DASHES = ("solid", "dash", "dot", "dashdot")


def gradients_through_time(
    lines: Mapping[str, np.ndarray],
    title: str,
    chosen_time: int | None = None,
    y_title: str = "share of the norm of ∂L/∂h",
    colours: Mapping[str, str] | None = None,
    ticks: Sequence[str] | None = None,
    join: int = 0,
) -> go.Figure:
    """Norms of gradients or their shares, one line each, on a logarithmic axis.

    Values below 1e-30 are drawn as triangles on the lower edge of the chart; hovering shows them. A NaN is not drawn.

    Args:
        lines: values (time,), or (run, time) of several seeds, whose median is the line and whose range is a band; by
            the name of the network, or of the tensor the gradient is taken with respect to.
        title: of the chart.
        chosen_time: the time step to mark.
        y_title: of the axis of values.
        colours: by the lines' names.
        ticks: the input at each time step.
        join: the steps of an encoder, after which those of its decoder follow; 0 where there is none.
    """
    if not lines:
        return empty(f"{title}: no gradients yet")
    spreads = {name: spread(values) for name, values in lines.items()}
    all_values = np.concatenate([values for found in spreads.values() for values in found])
    drawable = all_values[np.isfinite(all_values) & (all_values >= VANISHED)]
    low, high = (float(np.log10(drawable.min())), float(np.log10(drawable.max()))) if len(drawable) else (-3.0, 0.0)
    low, high = low - 0.08 * (high - low) - 0.3, high + 0.2
    floor, count = 10 ** (low + 0.02 * (high - low)), len(next(iter(spreads.values())).middle)
    drawn: list[go.Scatter] = []
    for number, (name, found) in enumerate(spreads.items()):
        colour = line_colour(number, name, colours)
        above = Spread(*(np.maximum(values, floor) for values in found))
        drawn += band(np.arange(count), above, name, colour)
        drawn.append(_gradient_line(number, name, found.middle, floor, colour, step_hover(count, ticks, join)))
    return figure(
        *drawn,
        height=320,
        title=title,
        description=f"{title}: {', '.join(lines)}",
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.24),
        shapes=[*vertical_line(chosen_time), *vertical_line(join - 0.5 if join else None, HAND_OVER)],
        annotations=_parts_named(join) if join else [],
        **line_axes("time step", y_title, time_axis(count, ticks), log_axis((), (low, high))),
    )


def _parts_named(join: int) -> list[Layout]:
    """The names of encoder and decoder on their sides of the state that is handed over."""
    place = {"x": join - 0.5, "y": 1, "yref": "y domain", "yanchor": "top", "showarrow": False}
    sides = (("encoder", "right", -4), ("decoder", "left", 4))
    return [
        {**place, "text": name, "xanchor": anchor, "xshift": shift, "font": {"size": 11, "color": NEUTRAL}}
        for name, anchor, shift in sides
    ]


def _gradient_line(
    number: int, name: str, values: np.ndarray, floor: float, colour: str, steps: Sequence[str]
) -> go.Scatter:
    vanished = values < VANISHED
    return marks.line(
        np.arange(len(values)),
        np.where(vanished, floor, values),
        name,
        colour,
        marker={
            "symbol": np.where(vanished, "triangle-down", "circle").tolist(),
            "size": np.where(vanished, 9, 4).astype(np.float32),
            "line": {"width": 0},
        },
        dash=DASHES[number % len(DASHES)],
        customdata=values.astype(np.float32),
        hovertext=steps,
        hover=f"{name}, %{{hovertext}}: %{{customdata:.4g}}",
    )


def before_after(
    before: np.ndarray,
    after: np.ndarray,
    names: tuple[str, str],
    title: str,
    ticks: Sequence[str] | None = None,
    chosen_time: int | None = None,
    y_title: str = "value",
) -> go.Figure:
    """A quantity over time (time,) without and with an intervention; the difference is shaded if no step is missing.

    Args:
        before: without the intervention.
        after: with it.
        names: of ``before`` and ``after`` in the legend.
        title: of the chart.
        ticks: the input at each time step.
        chosen_time: the first time step of the intervention.
        y_title: the quantity, with its unit.
    """
    steps = step_hover(len(before), ticks)
    fill = "tonexty" if np.isfinite([before, after]).all() else None  # Plotly shades across a gap
    curves = ((before, names[0], TRAINING, "solid", None), (after, names[1], VALIDATION, "dash", fill))
    return figure(
        *(
            marks.line(
                np.arange(len(values)),
                values,
                name,
                colour,
                marker=4,
                dash=dash,
                fill=fill,
                fillcolor="rgba(217, 115, 26, 0.18)",
                hovertext=steps,
                hover=f"{name}, %{{hovertext}}: %{{y:.6g}}",
            )
            for values, name, colour, dash, fill in curves
        ),
        height=280,
        title=title,
        description=f"{title}: {names[0]} and {names[1]} over {len(before)} time steps",
        reading=parted(before, after, names),
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.3) | {"traceorder": "normal"},
        shapes=vertical_line(chosen_time),
        **line_axes("time step", y_title, time_axis(len(before), ticks)),
    )
