"""The predicted probabilities before and after an intervention."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.answers import probabilities_moved
from explorer.figures.style import TRAINING, VALIDATION, figure, legend_below, line_axes, named_ticks

MOST_CLASSES = 30


def answer_bars(
    class_names: Sequence[str], before: np.ndarray, after: np.ndarray, names: tuple[str, str], title: str
) -> go.Figure:
    """The probability of each class without and with an intervention, side by side.

    Args:
        class_names: of all classes; of more than 30, those with the largest probability in either case are drawn.
        before: (class,) from 0 to 1, without the intervention.
        after: (class,) with it.
        names: of ``before`` and ``after`` in the legend.
        title: of the chart.
    """
    shown = np.sort(np.argsort(-np.maximum(before, after), kind="stable")[:MOST_CLASSES])
    places = np.arange(len(shown), dtype=np.int32)
    labels = [class_names[index] for index in shown]
    return figure(
        *(
            marks.bars(
                values[shown],
                places,
                hover=f"{name}, %{{hovertext}}: %{{y:.4%}}",
                name=name,
                marker_color=colour,
                hovertext=labels,
            )
            for name, values, colour in ((names[0], before, TRAINING), (names[1], after, VALIDATION))
        ),
        height=260,
        title=title,
        description=f"{title}: "
        + ", ".join(
            f"{label} {before[index]:.1%} to {after[index]:.1%}" for label, index in zip(labels, shown, strict=True)
        ),
        reading=probabilities_moved(before, after, class_names),
        barmode="group",
        bargap=0.3,
        showlegend=True,
        legend=legend_below(0.3),
        **line_axes(
            "class",
            "probability",
            named_ticks(places, labels),
            {"range": [0, 1.05], "tickformat": ".0%"},
        ),
    )
