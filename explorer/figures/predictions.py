"""What the network answers: probabilities of one input, and right and wrong answers over a split."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import (
    FAULTS_DARK,
    FAULTS_LIGHT,
    NEUTRAL,
    TEST,
    TRAINING,
    figure,
    line_axes,
)

WRONG = "#c4504a"
MANY, MOST_NAMED = 12, 48  # classes: more than these are written small, and above that not all are named


def probability_bars(
    probabilities: np.ndarray, class_names: Sequence[str], truth: int | None, most: int = 12
) -> go.Figure:
    """One bar a class; the right class is green, a wrong answer red, all others grey.

    Args:
        probabilities: (class,).
        class_names: what they are called.
        truth: the right class; None where it is not known: the answer is blue then.
        most: of more classes than this the likeliest are drawn, the first at the top.
    """
    answer = int(np.argmax(probabilities))
    colours = [NEUTRAL] * len(class_names)
    colours[answer] = WRONG if truth is not None else TRAINING
    if truth is not None:
        colours[truth] = TEST
    known = "" if truth is None else f" (it is {class_names[truth]})"
    title = f"Answer: {class_names[answer]}, {probabilities[answer]:.1%} sure{known}"
    description = f"Probability of each class; the answer is {class_names[answer]}{known}"
    if len(class_names) > most:
        return _likeliest(probabilities, class_names, colours, most, title, description)
    return figure(
        go.Bar(
            x=list(class_names),
            y=probabilities.astype(np.float32),
            marker_color=colours,
            hovertemplate="%{x}: %{y:.4%}<extra></extra>",
        ),
        height=260,
        title=title,
        description=description,
        **line_axes("class", "probability", {"type": "category"}, {"range": [0, 1.02], "tickformat": ".0%"}),
    )


def _likeliest(
    probabilities: np.ndarray, class_names: Sequence[str], colours: list[str], most: int, title: str, description: str
) -> go.Figure:
    """Lying bars, so that long names can be read; names that occur twice stay two bars."""
    order = np.argsort(-probabilities, kind="stable")[:most]
    places = np.arange(len(order), dtype=np.float32)
    return figure(
        go.Bar(
            x=probabilities[order].astype(np.float32),
            y=places,
            orientation="h",
            marker_color=[colours[index] for index in order],
            customdata=[class_names[index] for index in order],
            hovertemplate="%{customdata}: %{x:.4%}<extra></extra>",
        ),
        height=60 + 22 * len(order),
        title=title,
        description=description,
        **line_axes(
            "probability",
            "",
            {"range": [0, 1.02], "tickformat": ".0%"},
            {
                "autorange": "reversed",
                "automargin": True,
                "tickvals": places,
                "ticktext": [class_names[index] for index in order],
            },
        ),
    )


def confusion_matrix(counts: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """Counts (true class, answered class); the colours leave the right answers out, so that mistakes are seen."""
    mistakes = counts.astype(np.float32).copy()
    np.fill_diagonal(mistakes, np.nan)
    names = list(class_names)
    size = len(names)
    height = int(min(680, 120 + 34 * size))
    axis = {"type": "category", "showgrid": False, "automargin": True}
    if MANY < size <= MOST_NAMED:  # left to itself, Plotly names every second row and the other columns
        axis |= {"dtick": 1, "tickfont": {"size": 8}}
    return figure(
        go.Heatmap(
            z=mistakes,
            x=names,
            y=names,
            coloraxis="coloraxis",
            hovertemplate="is %{y}, answered %{x}: %{z} times<extra></extra>",
            hoverongaps=False,
        ),
        go.Scatter(
            x=[names[column] for _ in range(size) for column in range(size)],
            y=[names[row] for row in range(size) for _ in range(size)],
            text=[str(count) if count else "" for count in counts.ravel()],
            mode="text",
            textfont={"size": 11 if size <= MANY else 8},
            hoverinfo="skip",
        ),
        height=height,
        title="Answers against the truth",
        description=f"Confusion matrix of {int(counts.sum())} examples, {int(np.trace(counts))} of them right",
        coloraxis={
            "colorscale": FAULTS_LIGHT,
            "cmin": 0,
            "cmax": max(1.0, float(np.nanmax(mistakes))),
            "showscale": False,
        },
        showlegend=False,
        dark_scale=FAULTS_DARK,
        xaxis={"title": {"text": "answered", "standoff": 8}, **axis},
        yaxis={"title": {"text": "is", "standoff": 8}, "autorange": "reversed", **axis},
    )
