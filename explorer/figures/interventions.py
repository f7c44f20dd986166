"""An answer before and after something was held or changed."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import TRAINING, VALIDATION, figure, line_axes

MOST_CLASSES = 30


def answer_bars(
    class_names: Sequence[str], before: np.ndarray, after: np.ndarray, names: tuple[str, str], title: str
) -> go.Figure:
    """The probability of each class without and with an intervention, side by side.

    Args:
        class_names: what the classes are called; of more than 30 those that either answer finds likeliest are drawn.
        before: (class,) 0…1, without it.
        after: (class,), with it.
        names: of the two.
        title: what is seen.
    """
    shown = np.sort(np.argsort(-np.maximum(before, after), kind="stable")[:MOST_CLASSES])
    places = np.arange(len(shown), dtype=np.int32)
    labels = [class_names[index] for index in shown]
    return figure(
        *(
            go.Bar(
                x=places,
                y=values[shown].astype(np.float32),
                name=name,
                marker_color=colour,
                hovertext=labels,
                hovertemplate=f"{name}, %{{hovertext}}: %{{y:.4%}}<extra></extra>",
            )
            for name, values, colour in ((names[0], before, TRAINING), (names[1], after, VALIDATION))
        ),
        height=260,
        title=title,
        description=f"{title}: "
        + ", ".join(
            f"{label} {before[index]:.1%} to {after[index]:.1%}" for label, index in zip(labels, shown, strict=True)
        ),
        barmode="group",
        bargap=0.3,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.3, "yanchor": "top"},
        **line_axes(
            "class",
            "probability",
            {"tickmode": "array", "tickvals": places, "ticktext": labels},
            {"range": [0, 1.05], "tickformat": ".0%"},
        ),
    )
