"""What happens along a sequence: gradients back through time, forecasts, interventions, and the next token."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import (
    MARK,
    NEUTRAL,
    TEST,
    TRAINING,
    VALIDATION,
    Layout,
    empty,
    figure,
    line_axes,
    line_colour,
    log_axis,
    vertical_line,
)
from explorer.figures.time_axis import readable, step_hover, time_axis

VANISHED = 1e-30  # below this a gradient is drawn as none at all
MOST_TOKENS = 12
BELOW: Layout = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.24, "yanchor": "top"}


def gradients_through_time(
    lines: Mapping[str, np.ndarray],
    title: str,
    chosen_time: int | None = None,
    y_title: str = "norm of ∂L/∂h",
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """Norms of gradients (time,), a line each, on one logarithmic axis.

    What is 0, or below 1e-30, is drawn as a triangle on the axis' lower edge; hovering shows the value itself.

    Args:
        lines: name of the network, or of what the gradient is taken by -> its norms.
        title: what is seen.
        chosen_time: the time step to mark.
        y_title: of the axis of norms.
        colours: by the lines' names.
    """
    if not lines:
        return empty(f"{title}: no gradients yet")
    all_norms = np.concatenate([np.asarray(norms, np.float64) for norms in lines.values()])
    seen = all_norms[np.isfinite(all_norms) & (all_norms >= VANISHED)]
    low, high = (float(np.log10(seen.min())), float(np.log10(seen.max()))) if len(seen) else (-3.0, 0.0)
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
        legend=BELOW,
        shapes=vertical_line(chosen_time),
        **line_axes("time step", y_title, y=log_axis((), (low, high))),
    )


def _gradient_line(number: int, name: str, norms: np.ndarray, floor: float, colour: str) -> go.Scatter:
    vanished = np.asarray(norms) < VANISHED
    return go.Scatter(
        x=np.arange(len(norms), dtype=np.int32),
        y=np.where(vanished, floor, norms).astype(np.float32),
        customdata=np.asarray(norms, np.float32),
        name=name,
        mode="lines+markers",
        marker={
            "symbol": np.where(vanished, "triangle-down", "circle").tolist(),
            "size": np.where(vanished, 9, 4).astype(np.float32),
            "line": {"width": 0},
        },
        line={
            "color": colour,
            "width": 2,
            "dash": ("solid", "dash", "dot", "dashdot")[number % 4],
        },
        hovertemplate=f"{name}, step %{{x}}: %{{customdata:.4g}}<extra></extra>",
    )


def forecast(
    times: np.ndarray,
    history: np.ndarray,
    truth: np.ndarray | None,
    predicted: np.ndarray,
    persistence: np.ndarray,
    labels: tuple[str, str],
) -> go.Figure:
    """What was read of a series, and how it goes on: in truth, by the network, and if nothing changed.

    Args:
        times: (history + horizon,) of every value drawn.
        history: (history,) what the network has read.
        truth: (horizon,) what came; None where it is not known.
        predicted: (horizon,) what the network expects.
        persistence: (horizon,) the baseline, the last known value again.
        labels: the titles of the time axis and of the value axis, with their units.
    """
    read, ahead = times[: len(history)], times[len(history) :]
    parts = (
        ("read", read, history, NEUTRAL, "solid"),
        ("truth", ahead, truth, TEST, "solid"),
        ("persistence", ahead, persistence, NEUTRAL, "dot"),
        ("predicted", ahead, predicted, VALIDATION, "dash"),
    )
    return figure(
        *(
            go.Scatter(
                x=_places(place[: len(values)]),
                y=values.astype(np.float32),
                name=name,
                mode="lines" if len(values) > 1 else "markers",
                line={"color": colour, "width": 2, "dash": dash},
                hovertemplate=f"{name}, %{{x}}: %{{y:.6g}}<extra></extra>",
            )
            for name, place, values, colour, dash in parts
            if values is not None
        ),
        height=300,
        title="Forecast",
        description=f"{labels[1]}: {len(history)} values read, {len(predicted)} forecast, against persistence",
        toolbar=True,
        showlegend=True,
        legend=BELOW,
        **line_axes(*labels),
    )


def _places(times: np.ndarray) -> np.ndarray:
    """Numbers as 64-bit floats, in which every year and row is itself; dates as they are."""
    return times.astype(np.float64) if np.issubdtype(times.dtype, np.number) else times


def before_after(
    before: np.ndarray,
    after: np.ndarray,
    names: tuple[str, str],
    title: str,
    ticks: Sequence[str] | None = None,
    chosen_time: int | None = None,
    y_title: str = "value",
) -> go.Figure:
    """One quantity over time (time,) without and with an intervention, the difference shaded unless a step has none.

    Args:
        before: without it.
        after: with it.
        names: of the two.
        title: what is seen.
        ticks: what was read at each time step.
        chosen_time: the time step from which on something was changed.
        y_title: the quantity, with its unit.
    """
    steps = step_hover(len(before), ticks)
    fill = "tonexty" if np.isfinite([before, after]).all() else None  # Plotly shades straight across a gap
    looks = ((before, names[0], TRAINING, "solid", None), (after, names[1], VALIDATION, "dash", fill))
    return figure(
        *(
            go.Scatter(
                x=np.arange(len(values), dtype=np.int32),
                y=values.astype(np.float32),
                name=name,
                mode="lines+markers",
                marker={"size": 4},
                line={"color": colour, "width": 2, "dash": dash},
                fill=fill,
                fillcolor="rgba(217, 115, 26, 0.18)",
                hovertext=steps,
                hovertemplate=f"{name}, %{{hovertext}}: %{{y:.6g}}<extra></extra>",
            )
            for values, name, colour, dash, fill in looks
        ),
        height=280,
        title=title,
        description=f"{title}: {names[0]} and {names[1]} over {len(before)} time steps",
        toolbar=True,
        showlegend=True,
        legend=BELOW | {"y": -0.3, "traceorder": "normal"},
        shapes=vertical_line(chosen_time),
        **line_axes("time step", y_title, time_axis(len(before), ticks)),
    )


def token_probabilities(tokens: Sequence[str], probabilities: np.ndarray, truth: str | None, title: str) -> go.Figure:
    """The most probable tokens as bars, the most probable on top; the true one is marked, and always among them.

    Args:
        tokens: (token,) of the vocabulary.
        probabilities: (token,) 0…1.
        truth: the token that follows in the data, where it is known.
        title: what is seen.
    """
    order = [int(index) for index in np.argsort(-probabilities, kind="stable")[:MOST_TOKENS]]
    if truth is not None and truth in tokens and list(tokens).index(truth) not in order:
        order[-1] = list(tokens).index(truth)
    shown = probabilities[order].astype(np.float32)
    names = [readable(tokens[index]) + (" ✓" if tokens[index] == truth else "") for index in order]
    places = np.arange(len(order), dtype=np.int32)
    return figure(
        go.Bar(
            x=shown,
            y=places,
            orientation="h",
            marker={"color": [MARK if tokens[index] == truth else TRAINING for index in order]},
            text=[f"{value:.1%}" for value in shown],
            textposition="outside",
            cliponaxis=False,
            hovertext=names,
            customdata=shown,
            hovertemplate="%{hovertext}: %{customdata:.4%}<extra></extra>",
        ),
        height=22 * len(order) + 50,
        title=title,
        description=f"{title}: " + ", ".join(f"{name} {value:.1%}" for name, value in zip(names, shown, strict=True)),
        margin={"l": 44, "r": 44, "t": 34, "b": 8},
        bargap=0.25,
        xaxis={"visible": False, "range": [0, max(float(shown.max(initial=0)), 1e-6) * 1.12]},
        yaxis={
            "tickmode": "array",
            "tickvals": places,
            "ticktext": names,
            "tickfont": {"family": "monospace", "size": 12},
            "range": [len(order) - 0.4, -0.6],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
    )
