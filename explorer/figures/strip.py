"""Learning curves in a strip above a slider: each recorded step lies where the slider has its place."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.figures.style import TRAINING, VALIDATION

MOST_POINTS = 240


class StripLine(NamedTuple):
    """One line: its name, its colour, and its points in 0…1 from left to right and from bottom to top."""

    name: str
    colour: str
    points: list[tuple[float, float]]


def loss_strip(metrics: pd.DataFrame, steps: list[int]) -> list[StripLine]:
    """The losses of training and validation over the places of a slider.

    Between two recorded steps, which are a slider's width apart however many updates lie between them, the horizontal
    position is linear. Losses above 0 are drawn logarithmically.

    Args:
        metrics: one row per step with the columns step, loss and validation_loss (NaN: not measured).
        steps: the recorded steps, ascending.

    Returns:
        The lines that have points. Empty for fewer than two recorded steps.
    """
    if len(steps) < 2 or metrics.empty:
        return []
    rows = metrics[metrics["step"].between(steps[0], steps[-1])]
    found = []
    for name, column, colour in (("training", "loss", TRAINING), ("validation", "validation_loss", VALIDATION)):
        measured = rows.dropna(subset=[column])
        values = measured[column].to_numpy(np.float64)
        x = np.asarray(np.interp(measured["step"], steps, np.linspace(0, 1, len(steps))))
        found.append((name, colour, *_thin(x, values)))
    everything = np.concatenate([values for *_, values in found])
    if len(everything) == 0:
        return []
    scale = np.log if everything.min() > 0 else np.asarray
    low, high = scale(everything.min()), scale(everything.max())
    return [
        StripLine(
            name,
            colour,
            [
                (round(float(place), 4), round(float((scale(value) - low) / ((high - low) or 1)), 4))
                for place, value in zip(x, values, strict=True)
            ],
        )
        for name, colour, x, values in found
        if len(values)
    ]


def _thin(x: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of the points that share one of ``MOST_POINTS`` columns; a curve of few points is not changed."""
    if len(x) <= MOST_POINTS:
        return x, values
    column = np.minimum((x * MOST_POINTS).astype(int), MOST_POINTS - 1)
    table = pd.DataFrame({"x": x, "value": values}).groupby(column).mean()
    return table["x"].to_numpy(), table["value"].to_numpy()
