"""Series of measurements: the values in a window, and those that follow."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.datasets.measurements import Numbers, Series, SeriesConfig, read
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Objective, Pair
from explorer.errors import ExplorerError

PERSISTENCE = "repeating the last value"


class Learnt(NamedTuple):
    """The input of a network: a series, transformed and normalised with the training span."""

    values: Numbers  # (row,); where changes are learnt, one fewer than the series has
    mean: float
    std: float
    others: Numbers  # (row, other column), each normalised too
    scales: tuple[tuple[float, float], ...]  # (other column,): its standard deviation and its mean


def load(config: SeriesConfig) -> Sequences:
    """Windows of a series and the values that follow, cut by time and normalised with the training span.

    An answer lies wholly in its split's span; the window before it may reach back into an earlier span.

    Raises:
        ExplorerError: where there is no such file or column, values are missing, or the series is too short.
    """
    series = read(config)
    learnt = normalised(series, config)
    divided = spans(len(learnt.values), config)
    _check_varies(series, len(series.values) - len(learnt.values) + divided["train"].stop)
    train, validation, test = (_pair(learnt, first_answers(span, config), config) for span in divided.values())
    still = -learnt.mean / learnt.std if config.difference else None  # a change of 0 repeats the last value
    return Sequences(
        name=config.name,
        architecture="many-to-one",
        objective=Objective.NUMBERS,
        train=train,
        validation=validation,
        test=test,
        class_names=tuple(f"{series.column}, {ahead} ahead" for ahead in range(1, config.horizon + 1)),
        baseline=_persistence_loss(test, still),
        baseline_name=PERSISTENCE,
        feature_names=(_feature(series.column, config), *series.also_read),
        mean=learnt.mean,
        std=learnt.std,
        time_labels=series.labels[len(series.labels) - len(learnt.values) :],
        other_scales=learnt.scales,
        notes=series.notes,
    )


def transformed(values: Numbers, config: SeriesConfig) -> Numbers:
    """The values to learn: the series, its logarithm, or the change of one of the two.

    Raises:
        ExplorerError: where a logarithm is asked for of a value that is not above 0.
    """
    if config.logarithm:
        if values.min() <= 0:
            raise ExplorerError(
                f"A value of {values.min():g} has no logarithm; switch the logarithm off for a series that reaches 0."
            )
        values = np.log(values)
    return np.diff(values) if config.difference else values


def normalised(series: Series, config: SeriesConfig) -> Learnt:
    """The transformed values minus the mean of the training span, divided by its standard deviation.

    Other columns are normalised likewise, but not transformed: beside a change stands their value at its end.
    """
    learnt = transformed(series.values, config)
    training = spans(len(learnt), config)["train"]
    mean, std = _scale(learnt, training)
    others = series.others[len(series.values) - len(learnt) :] if series.also_read else np.empty((len(learnt), 0))
    means, spreads = others[: training.stop].mean(0), others[: training.stop].std(0)
    spreads = np.where(spreads > 0, spreads, 1.0)
    scales = tuple(zip(spreads.tolist(), means.tolist(), strict=True))
    return Learnt((learnt - mean) / std, mean, std, (others - means) / spreads, scales)


def restored(answers: Numbers, last: Numbers, config: SeriesConfig) -> Numbers:
    """Transformed values (example, step) turned back into the unit of the series.

    Where changes are learnt, they are added to the last value that was measured, (example,).
    """
    if config.difference:
        answers = answers.cumsum(1) + (np.log(last) if config.logarithm else last)[:, None]
    return np.exp(answers) if config.logarithm else answers


def spans(rows: int, config: SeriesConfig) -> dict[str, range]:
    """The rows of each split, in the order of time.

    Raises:
        ExplorerError: where a span has no room for two examples.
    """
    test, validation = round(rows * config.test_percent / 100), round(rows * config.validation_percent / 100)
    first, second = rows - test - validation, rows - test
    divided = {"train": range(first), "validation": range(first, second), "test": range(second, rows)}
    for name, span in divided.items():
        needed = config.horizon + 1 + (config.window if name == "train" else 0)
        if len(span) < needed:
            title = "training" if name == "train" else name
            raise ExplorerError(
                f"The {title} span has {len(span)} of the series' {rows} rows and needs {needed}, with windows of "
                f"{config.window} and {config.horizon} values to forecast; choose a shorter window or horizon, or "
                f"other shares than {config.validation_percent} % for validation and {config.test_percent} % for test."
            )
    return divided


def first_answers(span: range, config: SeriesConfig) -> range:
    """The row of each example's first answer, for a split's rows."""
    return range(max(span.start, config.window), span.stop - config.horizon + 1)


def windows_before(learnt: Learnt, rows: NDArray[np.int64], config: SeriesConfig) -> Tensor:
    """What the network reads before each of some rows: (row, window, feature), the series itself first."""
    features = torch.tensor(np.column_stack((learnt.values, learnt.others)), dtype=torch.float32)
    return torch.stack([features[row - config.window : row] for row in rows.tolist()])


def _check_varies(series: Series, training: int) -> None:
    """Refuse columns with nothing to learn from in their first ``training`` rows."""
    columns = ((series.column, series.values), *zip(series.also_read, series.others.T, strict=True))
    for place, (column, values) in enumerate(columns):
        if values[:training].min() == values[:training].max():
            advice = "leave it out" if place else "choose another column, or smaller shares for validation and test"
            raise ExplorerError(
                f"All {training} values of {column!r} in the training span are {values[0]:g}: a network cannot learn "
                f"from a constant; {advice}."
            )


def _scale(learnt: Numbers, training: range) -> tuple[float, float]:
    """Mean and standard deviation of the training span; a standard deviation of 1 if all its values are equal."""
    known = learnt[: training.stop]
    return float(known.mean()), float(known.std()) or 1.0


def _feature(column: str, config: SeriesConfig) -> str:
    name = f"logarithm of {column}" if config.logarithm else column
    return f"change of {name}" if config.difference else name


def _pair(learnt: Learnt, rows: range, config: SeriesConfig) -> Pair:
    values = torch.tensor(learnt.values, dtype=torch.float32)
    features = windows_before(learnt, np.array(rows), config)
    targets = torch.stack([values[row : row + config.horizon] for row in rows])
    return Pair(features, targets)  # (example, window, feature), (example, horizon)


def _persistence_loss(pair: Pair, still: float | None) -> float:
    """The mean squared error of the last value of each window, or of ``still`` where the values are changes."""
    guess = pair.inputs[:, -1, :1] if still is None else torch.tensor(still)
    return (pair.targets - guess).square().mean().item()
