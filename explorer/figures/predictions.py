"""Predictions: the class probabilities of one example, and the confusion matrix of a split."""

from collections.abc import Sequence

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
        marks.bars(probabilities, list(class_names), hover="%{x}: %{y:.4%}", marker_color=colours),
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
            hover="%{customdata}: %{x:.4%}",
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


def confusion_matrix(counts: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """Counts (true class, predicted class); only errors are coloured, so that they stand out."""
    errors = counts.astype(np.float32).copy()
    np.fill_diagonal(errors, np.nan)
    names = list(class_names)
    size = len(names)
    height = int(min(680, 120 + 34 * size))
    axis = {"type": "category", "showgrid": False, "automargin": True}
    if MANY < size <= MOST_NAMED:  # Plotly's default names every second row, and the other columns
        axis |= {"dtick": 1, "tickfont": {"size": 8}}
    return figure(
        marks.heatmap(errors, hover="true %{y}, predicted %{x}: %{z} examples", x=names, y=names, hoverongaps=False),
        marks.texts(
            [names[column] for _ in range(size) for column in range(size)],
            [names[row] for row in range(size) for _ in range(size)],
            [str(count) if count else "" for count in counts.ravel()],
            11 if size <= MANY else 8,
        ),
        height=height,
        title="Confusion matrix",
        description=f"Confusion matrix of {int(counts.sum())} examples, {int(np.trace(counts))} of them correct",
        reading=most_confused(counts, class_names),
        coloraxis={
            "colorscale": FAULTS_LIGHT,
            "cmin": 0,
            "cmax": max(1.0, float(np.nanmax(errors))),
            "showscale": False,
        },
        showlegend=False,
        dark_scale=FAULTS_DARK,
        xaxis={"title": {"text": "predicted class", "standoff": 8}, **axis},
        yaxis={"title": {"text": "true class", "standoff": 8}, "autorange": "reversed", **axis},
    )
