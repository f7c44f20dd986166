"""Predictions: the class probabilities of one example, and the confusion matrix of a split."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.answers import confidence, most_confused
from explorer.figures.style import (
    ACCURACY_AXIS,
    FAULTS_DARK,
    FAULTS_LIGHT,
    NEUTRAL,
    TEST,
    TRAINING,
    WRONG,
    figure,
    line_axes,
)

CORRECT = ((0.0, "rgba(58, 154, 117, 0.1)"), (1.0, "rgba(58, 154, 117, 0.62)"))  # the colour of the test split
END = "\u200b"  # not seen: so that no class can have the name of a margin
RECALL, SUPPORT, PRECISION = f"recall{END}", f"support{END}", f"precision{END}"
MANY, MOST_NAMED = 12, 48  # classes: above the first number they are written small, above the second not all are named


def probability_bars(
    probabilities: np.ndarray, class_names: Sequence[str], truth: int | None, most: int = 12
) -> go.Figure:
    """One bar per class: the true class is green, a wrong prediction red, all others grey.

    Args:
        probabilities: (class,).
        class_names: of all classes.
        truth: the true class; None if it is unknown, and then the prediction is blue.
        most: of more classes, only the most probable are drawn, the first at the top.
    """
    predicted = int(np.argmax(probabilities))
    colours = [NEUTRAL] * len(class_names)
    colours[predicted] = WRONG if truth is not None else TRAINING
    if truth is not None:
        colours[truth] = TEST
    known = "" if truth is None else f", label: {class_names[truth]}"
    title = f"Prediction: {class_names[predicted]} ({probabilities[predicted]:.1%}){known}"
    description = f"Probability of each class; prediction: {class_names[predicted]}{known}"
    if len(class_names) > most:
        return _most_probable(probabilities, class_names, colours, most, title, description)
    return figure(
        marks.bars(probabilities, list(class_names), hover="%{x}: %{y:.3p}", marker_color=colours),
        height=260,
        title=title,
        description=description,
        reading=confidence(probabilities, class_names),
        **line_axes("class", "probability", {"type": "category"}, ACCURACY_AXIS),
    )


def _most_probable(
    probabilities: np.ndarray, class_names: Sequence[str], colours: list[str], most: int, title: str, description: str
) -> go.Figure:
    """Horizontal bars, which leave room for long names; classes with the same name keep separate bars."""
    order = np.argsort(-probabilities, kind="stable")[:most]
    places = np.arange(len(order), dtype=np.float32)
    return figure(
        marks.bars(
            probabilities[order],
            places,
            across=True,
            hover="%{customdata}: %{x:.3p}",
            marker_color=[colours[index] for index in order],
            customdata=[class_names[index] for index in order],
        ),
        height=60 + 22 * len(order),
        title=title,
        description=description,
        reading=confidence(probabilities, class_names),
        **line_axes(
            "probability",
            "",
            ACCURACY_AXIS,
            {
                "autorange": "reversed",
                "automargin": True,
                "tickvals": places,
                "ticktext": [class_names[index] for index in order],
            },
        ),
    )


def confusion_matrix(
    counts: np.ndarray, class_names: Sequence[str], precision: np.ndarray, recall: np.ndarray
) -> go.Figure:
    """Counts (true class, predicted class), shaded by count: correct predictions green, errors red, each by its most.

    Beside the matrix stand the recall and the number of examples of each class, below it the precision.

    Args:
        counts: (true class, predicted class).
        class_names: of all classes.
        precision: (class,) from 0 to 1, NaN if the class is never predicted.
        recall: (class,) from 0 to 1, NaN if the class has no example.
    """
    on_diagonal = np.eye(len(counts), dtype=bool)
    errors = np.where(on_diagonal, np.nan, counts)
    correct = np.where(on_diagonal, counts, np.nan)
    names = list(class_names)
    size = len(names)
    axis = {"type": "category", "showgrid": False, "automargin": True}
    if MANY < size <= MOST_NAMED:  # Plotly's default names every second row, and the other columns
        axis |= {"dtick": 1, "tickfont": {"size": 8}}
    cell: dict[str, Any] = {
        "x": names,
        "y": names,
        "hoverongaps": False,
        "hover": "true %{y}, predicted %{x}: %{z} examples",
    }
    most_wrong, most_right = (max(1.0, float(part.max(initial=0))) for part in (counts[~on_diagonal], np.diag(counts)))
    letters = 11 if size <= MANY else 8
    return figure(
        marks.heatmap(errors, **cell),
        marks.heatmap(correct, **cell, colorscale=CORRECT, zmin=0, zmax=most_right, showscale=False),
        marks.texts(
            [names[column] for _ in range(size) for column in range(size)],
            [names[row] for row in range(size) for _ in range(size)],
            [str(count) if count else "" for count in counts.ravel()],
            letters,
        ),
        _margins(names, counts.sum(axis=1), precision, recall, letters),
        height=int(min(740, 154 + 34 * size)),
        title="Confusion matrix",
        description=f"Confusion matrix of {int(counts.sum())} examples, {int(np.trace(counts))} of them correct",
        reading=most_confused(counts, class_names),
        coloraxis={"colorscale": FAULTS_LIGHT, "cmin": 0, "cmax": most_wrong, "showscale": False},
        showlegend=False,
        dark_scale=FAULTS_DARK,
        xaxis={"title": {"text": "predicted class", "standoff": 8}, **axis},
        yaxis={"title": {"text": "true class", "standoff": 8}, "autorange": "reversed", **axis},
    )


def _margins(
    names: list[str], support: np.ndarray, precision: np.ndarray, recall: np.ndarray, letters: int
) -> go.Scatter:
    """Recall and support in two more columns, precision in one more row."""
    size = len(names)
    found, said = (["–" if np.isnan(share) else f"{share:.0%}" for share in shares] for shares in (recall, precision))
    return marks.texts(
        [RECALL] * size + [SUPPORT] * size + names,
        [*names, *names, *[PRECISION] * size],
        [*found, *(f"{count:,}" for count in support), *said],
        letters,
    )
