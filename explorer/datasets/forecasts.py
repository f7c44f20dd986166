"""Forecasts beyond the network's horizon: the network reads its own predictions as if they were measured."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.datasets.measurements import Numbers, Series, SeriesConfig
from explorer.datasets.series import normalised, restored, spans, windows_before
from explorer.datasets.timeline import Positions, extended, grows, timeline
from explorer.errors import ExplorerError

Predict = Callable[[Tensor], Tensor]  # windows (place, window, feature) -> answers (place, horizon), both normalised
MOST_PLACES = 500  # at which errors are measured


class Ahead(NamedTuple):
    """Forecasts from several places of a series, in its own unit."""

    rows: NDArray[np.int64]  # (place,): the row of the series that is forecast first
    forecast: Numbers  # (place, step)
    measured: Numbers  # (place, step); NaN behind the end of the series
    last: Numbers  # (place,): the last value that was read, which persistence says again


class Errors(NamedTuple):
    """Root mean squared errors in the unit of the series, at each step ahead and over all of them."""

    network: Numbers  # (step,)
    persistence: Numbers  # (step,)
    seasonal: Numbers | None = None  # (step,); None where the series has no season

    @property
    def whole(self) -> tuple[float, ...]:
        """Over all steps: the network's, that of persistence, and that of the last season where there is one."""
        known = (self.network, self.persistence, self.seasonal)
        return tuple(_root_mean(each**2) for each in known if each is not None)


def first_rows(series: Series, config: SeriesConfig, split: str) -> range:
    """The rows of the series at which a forecast in a split's span can begin."""
    learnt = len(normalised(series, config).values)
    offset = len(series.values) - learnt
    span = spans(learnt, config)[split]
    return range(max(span.start, config.window) + offset, span.stop + offset)


def ahead(series: Series, config: SeriesConfig, predict: Predict, rows: NDArray[np.int64], steps: int) -> Ahead:
    """Forecast ``steps`` values from each of some places.

    The network reads the window that was measured, then its own answers after it, as many at once as it answers; a
    change or a logarithm that it learnt is undone at the end. Nobody knows the future of the other columns that a
    network reads: it forecasts no further than it answers at once.

    Args:
        series: the whole series.
        config: how it was learnt.
        predict: the network.
        rows: (place,) the row that is forecast first; the number of rows is one behind the end.
        steps: values to forecast.

    Raises:
        ExplorerError: where a place has no whole window before it or lies behind the end, or where other columns are
            read and more steps are asked for than the network answers.
    """
    learnt = normalised(series, config)
    offset = len(series.values) - len(learnt.values)
    least, most = config.window + offset, len(series.values)
    if len(rows) == 0 or rows.min() < least or rows.max() > most:
        raise ExplorerError(
            f"A forecast of this series can begin at rows {least} to {most}: before it stand {config.window} values "
            "that are read; choose another place."
        )
    if series.also_read and steps > config.horizon:
        raise ExplorerError(
            f"This network also reads {', '.join(series.also_read)}, whose future is unknown, and answers "
            f"{config.horizon} steps; choose {config.horizon} steps ahead or fewer, or train with a longer horizon."
        )
    windows = windows_before(learnt, rows - offset, config)
    answers: list[Tensor] = []
    with torch.no_grad():
        while sum(answer.shape[1] for answer in answers) < steps:
            answer = predict(windows)
            answers.append(answer)
            if not series.also_read:
                windows = torch.cat((windows, answer[..., None]), dim=1)[:, -config.window :]
    said = torch.cat(answers, dim=1)[:, :steps].double().numpy() * learnt.std + learnt.mean
    last = series.values[rows - 1]
    behind = np.concatenate((series.values, np.full(steps, np.nan)))
    return Ahead(rows, restored(said, last, config), behind[rows[:, None] + np.arange(steps)], last)


def over_span(series: Series, config: SeriesConfig, predict: Predict, split: str, steps: int) -> Ahead:
    """Forecasts that lie wholly in a split's span: from all its places, or from 500 that are spread evenly.

    Raises:
        ExplorerError: where the span is shorter than the forecast.
    """
    span = first_rows(series, config, split)
    rows = np.array(span)[: len(span) - steps + 1]
    if steps > len(span):
        raise ExplorerError(
            f"A forecast of {steps} steps does not fit the {split} span of {len(span)} values; choose a shorter one."
        )
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_PLACES)).round().astype(np.int64))]
    return ahead(series, config, predict, rows, steps)


def errors(found: Ahead, repeated: Numbers | None = None) -> Errors:
    """The error of a network and of the simple forecasts at each step ahead, over the same starting points.

    Args:
        found: the network's forecasts.
        repeated: (place, step) the values of the last season.
    """
    return Errors(
        _by_step(found.forecast, found.measured),
        _by_step(found.last[:, None], found.measured),
        None if repeated is None else _by_step(repeated, found.measured),
    )


def times(series: Series, further: int) -> tuple[Positions, str]:
    """The position of each row on a time axis, extended by the forecast rows, and the title of the axis.

    Numbers and dates that grow from row to row are the axis themselves and go on as they did; anything else gives the
    rows' numbers.
    """
    positions = timeline(series.labels, series.date_order).positions
    if positions is not None and len(positions) > 2 and grows(positions):
        return extended(positions, further), series.time
    return np.arange(len(series.labels) + further, dtype=np.float64), "row"


def _by_step(said: Numbers, measured: Numbers) -> Numbers:
    """The root mean squared error at each step, (step,), of forecasts (place, step) or of one for all steps."""
    return np.asarray(np.sqrt(((said - measured) ** 2).mean(axis=0)), np.float64)


def _root_mean(squares: Numbers) -> float:
    return float(np.sqrt(squares.mean()))
