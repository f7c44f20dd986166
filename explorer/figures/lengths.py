"""Loss or accuracy of networks against the length of the sequences they are tested on."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.ahead import over_lengths
from explorer.figures.spread import band, spread
from explorer.figures.style import NEUTRAL, figure, legend_below, line_axes, line_colour, log_axis, vertical_line


def against_length(
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    title: str,
    axes: tuple[str, str],
    *,
    accuracy: bool = False,
    baselines: tuple[np.ndarray, np.ndarray] | None = None,
    baseline_name: str = "baseline",
    trained_at: float | None = None,
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """One line per network: its loss or accuracy on sequences of each length.

    Args:
        lines: by the network's name, lengths (length,), and values (length,), or (run, length) of several seeds, whose
            median is the line and whose range is a band.
        title: of the chart.
        axes: the titles of the horizontal and the vertical axis, with their units.
        accuracy: whether the values are accuracies from 0 to 1; a loss has a logarithmic axis.
        baselines: lengths, and the loss reached without learning at each.
        baseline_name: of the baseline in the legend.
        trained_at: the length the networks were trained on, marked by a line.
        colours: by the networks' names.
    """
    drawn, bands, medians = [], [], {}
    for number, (name, (lengths, values)) in enumerate(lines.items()):
        found, colour = spread(values), line_colour(number, name, colours)
        hover = f"{name}, length %{{x}}: %{{y:{'.2%' if accuracy else '.4g'}}}"
        drawn.append(marks.line(lengths, found.middle, name, colour, marker=6, hover=hover))
        bands += band(lengths, found, name, colour)
        medians[name] = lengths, found.middle
    if baselines is not None:
        hover = f"{baseline_name}, length %{{x}}: %{{y:.4g}}"
        drawn.append(marks.line(*baselines, baseline_name, NEUTRAL, width=1.5, dash="dot", hover=hover))
    accuracy_axis = {"tickformat": ".0%", "range": [-0.02, 1.02]}
    return figure(
        *bands,
        *drawn,
        height=320,
        title=title,
        description=f"{title}: {', '.join(lines)}",
        reading=over_lengths(medians, trained_at, accuracy=accuracy),
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.24),
        shapes=vertical_line(trained_at),
        **line_axes(
            *axes,
            {"rangemode": "tozero"},
            accuracy_axis if accuracy else log_axis(np.concatenate([line.y for line in (*bands, *drawn)])),
        ),
    )
