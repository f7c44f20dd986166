"""Forecasts of a series: from any time on, up to a chosen horizon, in the unit of the series."""

import numpy as np
import streamlit as st

from explorer.config import PassengersData, SeriesData, SunspotsData
from explorer.datasets.forecasts import Ahead, ahead, errors, first_rows, over_span, times
from explorer.datasets.measurements import Series, SeriesConfig, read
from explorer.figures.forecasts import errors_by_step, forecast, span_forecasts
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import FORECAST_START, STEPS_AHEAD
from explorer.ui.cache import kept, model_at
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.widgets import pick_on_slider, slide_within

FURTHEST = 36  # steps ahead
MOST_PLACES = 800  # between which the slider chooses
SPLITS = ("train", "validation", "test")
SPAN_WORDS = {
    "train": "the training span, whose values the network was trained on",
    "validation": "the validation span",
    "test": "the test span, which the network has never seen",
}


def draw(subject: SequenceSubject) -> None:
    """Draw one forecast, its errors over the test span beside those of persistence, and the whole span."""
    config = series_config(subject)
    series = _series(config)
    unit = config.unit or series.column
    test = first_rows(series, config, "test")
    left, right = st.columns(2)
    with left:
        steps = _steps(config, min(FURTHEST, len(test)))
    with right:
        row = _start(subject, series, config)
    _one(subject, series, config, row, steps, unit)
    found = _over_test_span(subject.run, subject.step, config, steps)
    off = errors(found)
    _verdict(off.whole, len(found.rows), steps, unit)
    left, right = st.columns(2)
    with left:
        title = "Error over the test span, root mean square"
        chart(errors_by_step(off.network, off.persistence, unit, title), "forecast-errors", "forecast-errors")
    with right:
        _span(series, found, unit)


def series_config(subject: SequenceSubject) -> SeriesConfig:
    """The series of the run, and how it was prepared."""
    assert isinstance(subject.config.dataset, SunspotsData | PassengersData | SeriesData)
    return subject.config.dataset


def _steps(config: SeriesConfig, most: int) -> int:
    return slide_within(
        STEPS_AHEAD,
        "Steps ahead",
        1,
        most,
        default=min(most, max(STEPS_AHEAD.default, config.horizon)),
        help=f"The network predicts {config.horizon} at once; further ahead it reads its own predictions.",
    )


def _start(subject: SequenceSubject, series: Series, config: SeriesConfig) -> int:
    """The first row of the forecast: after the sequence above, until the slider is moved."""
    first, behind = first_rows(series, config, "train").start, len(series.values)
    chosen = first_rows(series, config, subject.sequence.split).start + subject.sequence.example
    places = np.linspace(first, behind, min(MOST_PLACES, behind - first + 1)).round().astype(int)
    options = sorted({*places.tolist(), chosen, behind})
    labels = (*series.labels, "after the end")
    start: int = pick_on_slider(
        FORECAST_START.variant(chosen),
        "The forecast begins at",
        options,
        default=chosen,
        format_func=lambda row: labels[row],
        help="By default right after the sequence chosen above.",
    )
    return start


def _one(subject: SequenceSubject, series: Series, config: SeriesConfig, row: int, steps: int, unit: str) -> None:
    with model_at(subject.run, subject.step) as model:
        found = ahead(series, config, model, np.array([row]), steps)
    places, title = times(series, steps)
    begin = row - config.window - config.difference
    known = np.isfinite(found.measured[0])
    chart(
        forecast(
            places[begin : row + steps],
            series.values[begin:row],
            found.measured[0][known] if known.any() else None,
            found.forecast[0],
            np.full(steps, found.last[0]),
            (title, unit),
        ),
        "forecast",
        "forecast",
        reading=f"{_where(series, config, row)} {_told(found, known, unit)}",
    )


def _where(series: Series, config: SeriesConfig, row: int) -> str:
    for split in SPLITS:
        if row in first_rows(series, config, split):
            return f"The network reads {config.window} steps, and the forecast begins in {SPAN_WORDS[split]}."
    return "The forecast begins after the end of the series, where there are no measurements yet."


def _told(found: Ahead, known: np.ndarray, unit: str) -> str:
    if not known.any():
        return ""
    measured = found.measured[0][known]
    network, still = (
        float(np.sqrt(((said - measured) ** 2).mean())) for said in (found.forecast[0][known], found.last[0])
    )
    return f"Root mean squared error of this forecast: {network:.4g} {unit}; of repeating the last value: {still:.4g}."


def _verdict(whole: tuple[float, float], places: int, steps: int, unit: str) -> None:
    network, persistence = whole
    verdict = "beats" if network < persistence else "does not beat"
    far = "one step ahead" if steps == 1 else f"1 to {steps} steps ahead"
    st.markdown(
        f"**Over the test span**, {far} from each of {places} places, the network has a root mean squared "
        f"error of **{network:.4g} {unit}**, and repeating the last value **{persistence:.4g}**: it "
        f"{verdict} persistence."
    )


def _span(series: Series, found: Ahead, unit: str) -> None:
    """Draw the test span, each value forecast from the same distance."""
    steps = found.forecast.shape[1]
    places, title = times(series, 0)
    chart(
        span_forecasts(
            places[found.rows + steps - 1],
            found.measured[:, -1],
            found.forecast[:, -1],
            found.last,
            (title, unit),
            f"The test span, each value forecast {steps} ahead",
        ),
        "span",
        "forecast-span",
    )


@kept(8, seconds=600)
def _series(config: SeriesConfig) -> Series:
    return read(config)


@kept(64, spinner="Forecasting the test span …")
def _over_test_span(run: ReadableRun, step: int, config: SeriesConfig, steps: int) -> Ahead:
    with model_at(run, step) as model:
        return over_span(_series(config), config, model, "test", steps)
