"""The season of a series, and the forecast that repeats the last one."""

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.measurements import Numbers

CLEAR = 0.3  # the least autocorrelation of a season
NEAR = 0.9  # of the highest peak: the first one as high is the season, the others are its multiples
FEWEST = 3  # seasons that must fit into the values it is found in


def season_of(values: Numbers) -> int | None:
    """The number of rows after which a series repeats itself; None where no season is clear.

    It is the first of the highest peaks of the autocorrelation, behind the lag at which that first falls to 0; a
    straight line is subtracted before. Box, Jenkins, Reinsel & Ljung 2015, chapter 2.

    Args:
        values: (row,) of the training span.
    """
    rows = np.arange(len(values))
    longest = len(values) // FEWEST
    if longest < 3:
        return None
    around = values - np.polyval(np.polyfit(rows, values, 1), rows)
    if np.abs(around).max() <= 1e-9 * np.abs(values).max():
        return None
    correlation = _autocorrelation(around)[: longest + 2]  # (lag,)
    fallen = np.flatnonzero(correlation <= 0)
    if not len(fallen):
        return None
    lags = np.arange(max(2, fallen[0]), longest + 1)
    here = correlation[lags]
    peaks = lags[(here > correlation[lags - 1]) & (here >= correlation[lags + 1]) & (here >= CLEAR)]
    return int(peaks[correlation[peaks] >= NEAR * correlation[peaks].max()][0]) if len(peaks) else None


def _autocorrelation(values: Numbers) -> Numbers:
    """The autocorrelation at each lag, (lag,), through the power spectrum; each is divided by its number of pairs."""
    spectrum = np.fft.rfft(values, 2 * len(values))
    products = np.fft.irfft(np.abs(spectrum) ** 2)[: len(values)]
    pairs = np.arange(len(values), 0, -1)
    correlation: Numbers = products / pairs * len(values) / products[0]
    return correlation


def seasonal(values: Numbers, rows: NDArray[np.int64], steps: int, season: int) -> Numbers:
    """The seasonal-naive forecast, (place, step): each value is that of the last whole season before the forecast.

    Hyndman & Athanasopoulos, Forecasting: Principles and Practice, section 5.2 (https://otexts.com/fpp3/). NaN where
    no whole season lies before a place.

    Args:
        values: (row,) the whole series.
        rows: (place,) the row that is forecast first.
        steps: values to forecast.
        season: rows after which the series repeats.
    """
    places = rows[:, None] - season + np.arange(steps) % season
    return np.where(places >= 0, values[np.maximum(places, 0)], np.nan)
