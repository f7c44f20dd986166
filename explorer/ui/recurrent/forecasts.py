"""Forecasts of a series: from any place on, as far ahead as wanted, in the unit of the series."""

import numpy as np
import streamlit as st

from explorer.config import PassengersData, SeriesData, SunspotsData
from explorer.datasets.forecasts import Ahead, ahead, errors, first_rows, over_span, times
from explorer.datasets.series import Series, SeriesConfig, read
from explorer.figures.forecasts import errors_by_step, forecast, span_forecasts
from explorer.training.run import Run
from explorer.ui.chart import chart
from explorer.ui.look import model_at
from explorer.ui.recurrent.look import SequenceLook

UNITS = {"sunspots": "sunspots", "passengers": "thousand passengers"}
FURTHEST = 36  # steps ahead
MOST_PLACES = 800  # between which the slider chooses
SPLITS = ("train", "validation", "test")
SPAN_WORDS = {
    "train": "the training span: the network knows these values",
    "validation": "the validation span",
    "test": "the test span, which the network never saw",
}


def draw(look: SequenceLook) -> None:
    """One forecast; its errors over the test span, beside those of persistence; and the whole span."""
    config = series_config(look)
    series = _series(config.model_dump_json(), config)
    unit = UNITS.get(look.splits.name, series.column)
    test = first_rows(series, config, "test")
    left, right = st.columns(2)
    with left:
        steps = _steps(config, min(FURTHEST, len(test)))
    with right:
        row = _start(look, series, config)
    _one(look, series, config, row, steps, unit)
    found = _over_test_span(str(look.run.path), look.step, steps, config, series, look.run)
    off = errors(found)
    _verdict(off.whole, len(found.rows), steps, unit)
    left, right = st.columns(2)
    with left:
        title = "Error over the test span, root mean square"
        chart(errors_by_step(off.network, off.persistence, unit, title), "forecast-errors", "forecast-errors")
    with right:
        _span(series, found, unit)


def series_config(look: SequenceLook) -> SeriesConfig:
    """The part of the run's configuration that tells which series was learnt, and how."""
    assert isinstance(look.config.dataset, SunspotsData | PassengersData | SeriesData)
    return look.config.dataset


def _steps(config: SeriesConfig, most: int) -> int:
    if int(st.session_state.get("steps_ahead", 1)) > most:  # another series is shorter
        st.session_state["steps_ahead"] = most
    return int(
        st.slider(
            "Steps ahead",
            1,
            most,
            value=min(most, max(12, config.horizon)),
            key="steps_ahead",
            bind="query-params",
            help=f"The network answers {config.horizon} at once; further ahead it reads its own answers.",
        )
    )


def _start(look: SequenceLook, series: Series, config: SeriesConfig) -> int:
    """The row that is forecast first: where the sequence above ends, until the slider is moved."""
    first, behind = first_rows(series, config, "train").start, len(series.values)
    chosen = first_rows(series, config, look.sequence.split).start + look.sequence.example
    places = np.linspace(first, behind, min(MOST_PLACES, behind - first + 1)).round().astype(int)
    options = sorted({*places.tolist(), chosen, behind})
    labels = (*series.labels, "behind the end")
    return int(
        st.select_slider(
            "The forecast begins at",
            options,
            value=chosen,
            format_func=lambda row: labels[row],
            key=f"forecast_start-{chosen}",
            bind="query-params",
            help="At first right behind the sequence that is chosen above.",
        )
    )


def _one(look: SequenceLook, series: Series, config: SeriesConfig, row: int, steps: int, unit: str) -> None:
    with model_at(look.run, look.step) as model:
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
            return f"{config.window} steps are read, and the forecast begins in {SPAN_WORDS[split]}."
    return "The forecast begins behind the end of the series: nobody has measured yet what comes."


def _told(found: Ahead, known: np.ndarray, unit: str) -> str:
    if not known.any():
        return ""
    measured = found.measured[0][known]
    network, still = (
        float(np.sqrt(((said - measured) ** 2).mean())) for said in (found.forecast[0][known], found.last[0])
    )
    return (
        f"Root mean squared error of this forecast: {network:.4g} {unit}; of saying the last value again: {still:.4g}."
    )


def _verdict(whole: tuple[float, float], places: int, steps: int, unit: str) -> None:
    network, persistence = whole
    verdict = "beats" if network < persistence else "does not beat"
    far = "one step ahead" if steps == 1 else f"1 to {steps} steps ahead"
    st.markdown(
        f"**Over the test span**, {far} from each of {places} places, the network errs by **{network:.4g} {unit}** "
        f"(root mean square), saying the last value again by **{persistence:.4g}**: it {verdict} persistence."
    )


def _span(series: Series, found: Ahead, unit: str) -> None:
    """The test span, each value forecast from equally far before it."""
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


@st.cache_data(max_entries=8, show_spinner=False, ttl=600)
def _series(key: str, _config: SeriesConfig) -> Series:
    return read(_config)


@st.cache_data(max_entries=64, show_spinner="Forecasting the test span …")
def _over_test_span(path: str, step: int, steps: int, _config: SeriesConfig, _series: Series, _run: Run) -> Ahead:
    with model_at(_run, step) as model:
        return over_span(_series, _config, model, "test", steps)
