"""The data set: the number of examples of each class, and training examples."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.readings.answers import balance
from explorer.figures.style import TEST, TRAINING, VALIDATION, Layout, figure, line_axes, named_ticks

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
    classes, examples = pictures.shape[:2]
    title, said = "Training examples", f"{examples} training examples of each of {classes} classes"
    return _rows(pictures, class_names, title, said, top=30, columns={"visible": False})


def augmented_examples(pictures: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """Training pictures as they are, and beside each what the network is given in several updates.

    Args:
        pictures: uint8 (example, version, row, column, channel); the first version is the picture itself.
        class_names: the class of each example.
    """
    examples, versions = pictures.shape[:2]
    columns = _named(["as it is", *map(str, range(1, versions))], pictures.shape[3]) | {"side": "top"}
    said = f"{examples} training pictures, and {versions - 1} augmented versions of each"
    return _rows(pictures, class_names, "Augmented training pictures", said, top=52, columns=columns)


def _rows(
    pictures: np.ndarray, names: Sequence[str], title: str, description: str, *, top: int, columns: Layout
) -> go.Figure:
    """Pictures, uint8 (row, column, height, width, channel), with the name of each row on its left."""
    return figure(
        go.Image(z=_sheet(pictures), hoverinfo="skip"),
        height=SEEN_SIDE * len(pictures) + top + 10,
        title=title,
        description=description,
        margin={"l": 4, "r": 4, "t": top, "b": 4},
        xaxis=columns | {"constrain": "domain", "constraintoward": "left"},
        yaxis=_named(names, pictures.shape[2]) | {"constrain": "domain"},
    )


def _sheet(pictures: np.ndarray) -> np.ndarray:
    """Pictures, uint8 (row, column, height, width, channel), side by side on grey: uint8 (height, width, 3)."""
    rows, columns, height, width, channels = pictures.shape
    canvas = np.full((rows, columns, height + GAP, width + GAP, 3), 128, np.uint8)
    canvas[:, :, :height, :width] = pictures if channels == 3 else pictures.repeat(3, axis=4)
    tiled = canvas.transpose(0, 2, 1, 3, 4).reshape(rows * (height + GAP), columns * (width + GAP), 3)
    return tiled[:-GAP, :-GAP]


def _named(names: Sequence[str], side: int) -> Layout:
    """An axis with a name at the middle of each picture, of ``side`` pixels."""
    places = np.arange(len(names)) * (side + GAP) + side / 2
    return named_ticks(places, names) | {"showgrid": False, "zeroline": False, "automargin": True}
