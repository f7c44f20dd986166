"""Series of measurements: the values in a window, and those that follow."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.bounded_files import MEGABYTE, read_bounded
from explorer.config import SAMPLE_DATA, PassengersData, SeriesData, SunspotsData
from explorer.datasets.files import find_file
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Objective, Pair
from explorer.datasets.tables import Table, parse_table
from explorer.errors import ExplorerError

SeriesConfig = SunspotsData | PassengersData | SeriesData
Numbers = NDArray[np.float64]

LARGEST_TABLE = 100 * MEGABYTE  # bytes of a CSV file
PERSISTENCE = "repeating the last value"


class Series(NamedTuple):
    """A column of a table, oldest first."""

    column: str
    labels: tuple[str, ...]  # one a value
    values: Numbers  # (row,), in the unit they were measured in
    time: str = "row"  # what the labels are


class Learnt(NamedTuple):
    """The input of a network: a series, transformed and normalised with the training span."""

    values: Numbers  # (row,); where changes are learnt, one fewer than the series has
    mean: float
    std: float


def load(config: SeriesConfig) -> Sequences:
    """Windows of a series and the values that follow, cut by time and normalised with the training span.

    An answer lies wholly in its split's span; the window before it may reach back into an earlier span.

    Raises:
        ExplorerError: where there is no such file or column, values are missing, or the series is too short.
    """
    series = read(config)
    learnt, mean, std = normalised(series, config)
    divided = spans(len(learnt), config)
    train, validation, test = (_pair(learnt, first_answers(span, config), config) for span in divided.values())
    still = -mean / std if config.difference else None  # a change of 0 repeats the last value
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
        feature_names=(_feature(series.column, config),),
        mean=mean,
        std=std,
        time_labels=series.labels[len(series.labels) - len(learnt) :],
    )


def missing(config: SeriesConfig) -> str | None:
    """The reason why the file cannot be found, or None; does not open it."""
    try:
        _path(config)
    except ExplorerError as error:
        return str(error)
    return None


def read(config: SeriesConfig) -> Series:
    """The series in the unit it was measured in; its labels are the table's first column where that is another one.

    Raises:
        ExplorerError: where there is no such file or column, or a value is missing.
    """
    path = _path(config)
    table = read_table(path)
    column = _column(table, config.column if isinstance(config, SeriesData) else "")
    values = table.numbers(column)
    first = table.columns[0]
    if first == column:
        return Series(column, tuple(map(str, range(1, len(values) + 1))), values)
    return Series(column, tuple(table.cells(first)), values, first)


def read_table(path: Path) -> Table:
    """The table in a CSV file.

    Raises:
        ExplorerError: where it cannot be read, or is larger than :data:`LARGEST_TABLE`.
    """
    try:
        return parse_table(read_bounded(path, LARGEST_TABLE, str(path)), str(path))
    except FileNotFoundError:
        raise ExplorerError(f"{path} is no longer there; choose another file.") from None


def columns(path: str) -> tuple[str, ...]:
    """The columns of numbers that a CSV file has, by the path that a person gave; none where it cannot be read."""
    try:
        return read_table(find_file(path, "CSV file", ".csv")).columns_of_numbers()
    except ExplorerError:  # whoever loads it is told why
        return ()


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
    """The transformed values minus the mean of the training span, divided by its standard deviation."""
    learnt = transformed(series.values, config)
    mean, std = _scale(learnt, spans(len(learnt), config)["train"])
    return Learnt((learnt - mean) / std, mean, std)


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


def _path(config: SeriesConfig) -> Path:
    return (
        find_file(config.path, "CSV file", ".csv")
        if isinstance(config, SeriesData)
        else SAMPLE_DATA / f"{config.name}.csv"
    )


def _column(table: Table, wanted: str) -> str:
    numeric = table.columns_of_numbers()
    if not numeric:
        raise ExplorerError(
            f"{table.name} has no column of numbers among {', '.join(table.columns)}; choose another file."
        )
    if wanted and wanted not in numeric:
        raise ExplorerError(
            f"{table.name} has no column of numbers called {wanted!r}; choose one of {', '.join(numeric)}."
        )
    return wanted or numeric[-1]


def _scale(learnt: Numbers, training: range) -> tuple[float, float]:
    """Mean and standard deviation of the training span; a standard deviation of 1 if all its values are equal."""
    known = learnt[: training.stop]
    return float(known.mean()), float(known.std()) or 1.0


def _feature(column: str, config: SeriesConfig) -> str:
    name = f"logarithm of {column}" if config.logarithm else column
    return f"change of {name}" if config.difference else name


def _pair(learnt: Numbers, rows: range, config: SeriesConfig) -> Pair:
    values = torch.tensor(learnt, dtype=torch.float32)
    inputs = torch.stack([values[row - config.window : row] for row in rows])
    targets = torch.stack([values[row : row + config.horizon] for row in rows])
    return Pair(inputs[..., None], targets)  # (example, window, 1), (example, horizon)


def _persistence_loss(pair: Pair, still: float | None) -> float:
    """The mean squared error of the last value of each window, or of ``still`` where the values are changes."""
    guess = pair.inputs[:, -1] if still is None else torch.tensor(still)
    return (pair.targets - guess).square().mean().item()
