"""Lines over the time steps of a sequence: gradients through time, and the effect of an intervention."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import (
    TRAINING,
    VALIDATION,
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
DASHES = ("solid", "dash", "dot", "dashdot")


def gradients_through_time(
    lines: Mapping[str, np.ndarray],
    title: str,
    chosen_time: int | None = None,
    y_title: str = "norm of ∂L/∂h",
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """Norms of gradients (time,), one line each, on a logarithmic axis.

    Norms below 1e-30 are drawn as triangles on the lower edge of the chart; hovering shows their values.

    Args:
        lines: norms by the name of the network, or of the tensor the gradient is taken with respect to.
        title: of the chart.
        chosen_time: the time step to mark.
        y_title: of the axis of norms.
        colours: by the lines' names.
    """
    if not lines:
        return empty(f"{title}: no gradients yet")
    all_norms = np.concatenate([np.asarray(norms, np.float64) for norms in lines.values()])
    drawable = all_norms[np.isfinite(all_norms) & (all_norms >= VANISHED)]
    low, high = (float(np.log10(drawable.min())), float(np.log10(drawable.max()))) if len(drawable) else (-3.0, 0.0)
    low, high = low - 0.08 * (high - low) - 0.3, high + 0.2
    return figure(
        *(
            _gradient_line(number, name, norms, 10 ** (low + 0.02 * (high - low)), line_colour(number, name, colours))
            for number, (name, norms) in enumerate(lines.items())
        ),
        height=320,
        title=title,
        description=f"{title}: {', '.join(lines)}",
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.24),
        shapes=vertical_line(chosen_time),
        **line_axes("time step", y_title, y=log_axis((), (low, high))),
    )


def _gradient_line(number: int, name: str, norms: np.ndarray, floor: float, colour: str) -> go.Scatter:
    vanished = np.asarray(norms) < VANISHED
    return marks.line(
        np.arange(len(norms)),
        np.where(vanished, floor, norms),
        name,
        colour,
        marker={
            "symbol": np.where(vanished, "triangle-down", "circle").tolist(),
            "size": np.where(vanished, 9, 4).astype(np.float32),
            "line": {"width": 0},
        },
        dash=DASHES[number % len(DASHES)],
        customdata=np.asarray(norms, np.float32),
        hover=f"{name}, step %{{x}}: %{{customdata:.4g}}",
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
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.3) | {"traceorder": "normal"},
        shapes=vertical_line(chosen_time),
        **line_axes("time step", y_title, time_axis(len(before), ticks)),
    )
