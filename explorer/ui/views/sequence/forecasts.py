"""Forecasts of a series: from any time on, up to a chosen horizon, in the unit of the series."""

import numpy as np
import streamlit as st

from explorer.config import PassengersData, SeriesData, SunspotsData
from explorer.datasets.forecasts import Ahead, errors, first_rows, over_span, times
from explorer.datasets.intervals import Widths, widths
from explorer.datasets.measurements import Series, SeriesConfig, read
from explorer.datasets.seasons import season_of, seasonal
from explorer.figures.forecasts import errors_by_step, span_forecasts
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import FORECAST_START, SEASON, STEPS_AHEAD
from explorer.ui.cache import kept, model_at
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import one_forecast
from explorer.ui.views.sequence.one_forecast import interval
from explorer.ui.widgets import number, pick_on_slider, slide_within

FURTHEST = 36  # steps ahead
MOST_PLACES = 800  # between which the slider chooses


def draw(subject: SequenceSubject) -> None:
    """Draw one forecast, its errors over the test span beside those of the simple forecasts, and the whole span."""
    config = series_config(subject)
    series = _series(config)
    unit = config.unit or series.column
    test = first_rows(series, config, "test")
    left, middle, right = st.columns(3)
    with left:
        steps = _steps(series, config, min(FURTHEST, len(test)))
    with middle:
        season = _season(series, first_rows(series, config, "train").stop)
    with right:
        row = _start(subject, series, config)
    wide = _widths(subject.run, subject.step, config, steps)
    one_forecast.draw(subject, series, config, row, steps, season, wide)
    found = _over_span(subject.run, subject.step, config, steps, "test")
    repeated = seasonal(series.values, found.rows, steps, season) if season else None
    off = errors(found, repeated)
    _verdict(off.whole, len(found.rows), steps, unit, season)
    _coverage(wide, found)
    left, right = st.columns(2)
    with left:
        title = "Error over the test span, root mean square"
        chart(
            errors_by_step(off.network, off.persistence, unit, title, seasonal=off.seasonal),
            "forecast-errors",
            "forecast-errors",
        )
    with right:
        _span(series, found, unit, repeated, wide)


def series_config(subject: SequenceSubject) -> SeriesConfig:
    """The series of the run, and how it was prepared."""
    assert isinstance(subject.config.dataset, SunspotsData | PassengersData | SeriesData)
    return subject.config.dataset


def _steps(series: Series, config: SeriesConfig, most: int) -> int:
    if series.also_read:
        most = min(most, config.horizon)
    if most == 1:
        st.caption("Steps ahead: only 1, since the network also reads columns whose future is unknown.")
        return 1
    return slide_within(
        STEPS_AHEAD,
        "Steps ahead",
        1,
        most,
        default=min(most, max(STEPS_AHEAD.default, config.horizon)),
        help=f"The network predicts {config.horizon} at once; further ahead it reads its own predictions.",
    )


def _season(series: Series, training: int) -> int | None:
    """The steps after which the series repeats: chosen, or found in the training span."""
    found = season_of(series.values[:training])
    chosen = number(
        SEASON,
        "Season, steps",
        training // 2 + 1,
        help="The seasonal forecast repeats the values of the last season. 0 takes the season that the autocorrelation "
        f"of the training span shows: {found or 'none is clear'}.",
    )
    return chosen or found


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


def _verdict(whole: tuple[float, ...], places: int, steps: int, unit: str, season: int | None) -> None:
    network, persistence, *repeated = whole
    far = "one step ahead" if steps == 1 else f"1 to {steps} steps ahead"
    said = (
        f"**Over the test span**, {far} from each of {places} places, the network has a root mean squared "
        f"error of **{network:.4g} {unit}**, and repeating the last value **{persistence:.4g}**: it "
        f"{_beats(network, persistence)} persistence."
    )
    if repeated:
        said += (
            f" Repeating the last season of {season} steps has **{repeated[0]:.4g}**: the network "
            f"{_beats(network, repeated[0])} it."
        )
    st.markdown(said)


def _beats(network: float, simple: float) -> str:
    return "beats" if network < simple else "does not beat"


def _coverage(widths: Widths | None, found: Ahead) -> None:
    """Say what the interval is, and how many of the test span's values it holds."""
    if widths is None:
        st.caption("There is no forecast interval: the validation span is shorter than the forecast.")
        return
    held = widths.covered(found.forecast, found.measured)
    st.caption(
        f"The interval is as wide as the network's errors over the validation span ({widths.places} forecasts): it "
        f"should hold {widths.coverage:.0%} of the values measured later. Over the test span it holds {held:.0%}."
    )


def _span(series: Series, found: Ahead, unit: str, repeated: np.ndarray | None, widths: Widths | None) -> None:
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
            None if repeated is None else repeated[:, -1],
            interval(widths, found.forecast[:, -1], steps - 1),
        ),
        "span",
        "forecast-span",
    )


@kept(8, seconds=600)
def _series(config: SeriesConfig) -> Series:
    return read(config)


@kept(64, spinner="Forecasting the series …")
def _over_span(run: ReadableRun, step: int, config: SeriesConfig, steps: int, split: str) -> Ahead:
    with model_at(run, step) as model:
        return over_span(_series(config), config, model, split, steps)


@kept(64)
def _widths(run: ReadableRun, step: int, config: SeriesConfig, steps: int) -> Widths | None:
    """The widths of the forecast interval; None where the validation span is shorter than the forecast."""
    if steps > len(first_rows(_series(config), config, "validation")):
        return None
    found = _over_span(run, step, config, steps, "validation")
    return widths(found.forecast, found.measured, logarithm=config.logarithm)
