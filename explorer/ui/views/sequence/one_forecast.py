"""One forecast of a series, beside what was measured, the simple forecasts, and the interval."""

import numpy as np

from explorer.datasets.forecasts import Ahead, ahead, first_rows, times
from explorer.datasets.intervals import Widths
from explorer.datasets.measurements import Series, SeriesConfig
from explorer.datasets.seasons import seasonal
from explorer.figures.forecasts import Interval, forecast
from explorer.ui.cache import model_at
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject

SPAN_WORDS = {
    "train": "the training span, whose values the network was trained on",
    "validation": "the validation span",
    "test": "the test span, which the network has never seen",
}


def draw(
    subject: SequenceSubject,
    series: Series,
    config: SeriesConfig,
    row: int,
    steps: int,
    season: int | None,
    widths: Widths | None,
) -> None:
    """Draw the forecast that begins at a row.

    Args:
        subject: the network.
        series: the whole series.
        config: how it was learnt.
        row: that is forecast first.
        steps: values to forecast.
        season: rows after which the series repeats; None if there is no season.
        widths: of the interval; None if the validation span is too short.
    """
    with model_at(subject.run, subject.step) as model:
        found = ahead(series, config, model, np.array([row]), steps)
    places, title = times(series, steps)
    begin = row - config.window - config.difference
    known = np.isfinite(found.measured[0])
    unit = config.unit or series.column
    repeated = seasonal(series.values, found.rows, steps, season)[0] if season and season <= row else None
    chart(
        forecast(
            places[begin : row + steps],
            series.values[begin:row],
            found.measured[0][known] if known.any() else None,
            found.forecast[0],
            np.full(steps, found.last[0]),
            (title, unit),
            repeated,
            interval(widths, found.forecast[0]),
        ),
        "forecast",
        "forecast",
        reading=f"{_where(series, config, row)} {_told(found, known, unit)}",
    )


def interval(widths: Widths | None, forecasts: np.ndarray, step: int | None = None) -> Interval | None:
    """The interval of widths around forecasts (step,), or around forecasts (place,) that are all a step ahead."""
    if widths is None:
        return None
    chosen = widths if step is None else widths._replace(half=widths.half[step])
    return Interval(f"{widths.coverage:.0%} interval", *chosen.around(forecasts))


def _where(series: Series, config: SeriesConfig, row: int) -> str:
    for split, words in SPAN_WORDS.items():
        if row in first_rows(series, config, split):
            return f"The network reads {config.window} steps, and the forecast begins in {words}."
    return "The forecast begins after the end of the series, where there are no measurements yet."


def _told(found: Ahead, known: np.ndarray, unit: str) -> str:
    if not known.any():
        return ""
    measured = found.measured[0][known]
    network, still = (
        float(np.sqrt(((said - measured) ** 2).mean())) for said in (found.forecast[0][known], found.last[0])
    )
    return f"Root mean squared error of this forecast: {network:.4g} {unit}; of repeating the last value: {still:.4g}."
