"""The data set: the number of examples of each class, and training examples."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.readings.answers import balance
from explorer.figures.style import TEST, TRAINING, VALIDATION, figure, line_axes

GAP = 2  # pixels between two examples
SEEN_SIDE = 44  # pixels on the screen of one example


def class_counts(counts: dict[str, np.ndarray], class_names: Sequence[str]) -> go.Figure:
    """The number of examples of each class, in each split, as stacked bars."""
    colours = {"train": TRAINING, "validation": VALIDATION, "test": TEST}
    return figure(
        *[
            go.Bar(x=list(class_names), y=values.astype(np.int32), name=split, marker_color=colours[split])
            for split, values in counts.items()
        ],
        height=300,
        title="Examples of each class",
        description="Examples of each class in the training, validation and test split",
        reading=balance(counts, class_names),
        barmode="stack",
        **line_axes("class", "examples", {"type": "category"}),
    )


def class_examples(pictures: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """Examples, uint8 (class, example, row, column, channel), with one row per class and its name on the left."""
    classes, examples, height, width, channels = pictures.shape
    canvas = np.full((classes, examples, height + GAP, width + GAP, 3), 128, np.uint8)
    canvas[:, :, :height, :width] = pictures if channels == 3 else pictures.repeat(3, axis=4)
    tiled = canvas.transpose(0, 2, 1, 3, 4).reshape(classes * (height + GAP), examples * (width + GAP), 3)
    return figure(
        go.Image(z=tiled[:-GAP, :-GAP], hoverinfo="skip"),
        height=SEEN_SIDE * classes + 40,
        title="Training examples",
        description=f"{examples} training examples of each of {classes} classes",
        margin={"l": 4, "r": 4, "t": 30, "b": 4},
        xaxis={"visible": False, "constrain": "domain", "constraintoward": "left"},
        yaxis={
            "tickvals": np.arange(classes) * (height + GAP) + height / 2,
            "ticktext": list(class_names),
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "constrain": "domain",
        },
    )
