"""Series of measurements: a window of the past in, the next values out."""

from typing import Literal

from explorer.config.parts import setting
from explorer.config.tasks import SequenceData


class SeriesSplit(SequenceData):
    """How a series is cut: by time, the latest values are the test."""

    horizon: int = setting(1, "values that are forecast", unit="time steps", ge=1, le=36)
    difference: bool = setting(False, "learn the change from one value to the next instead of the value")
    logarithm: bool = setting(
        False, "take the logarithm first, for what grows in proportion; with difference it learns the growth"
    )
    validation_percent: int = setting(
        15, "share of the series held out to watch the training", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        20, "share of the series, its end, kept for the final test", unit="%", ge=5, le=40, advanced=True
    )


class SunspotsData(SeriesSplit):
    """The yearly number of sunspots, counted since 1700; it rises and falls in about eleven years."""

    name: Literal["sunspots"] = "sunspots"
    window: int = setting(24, "years that are looked at", unit="years", ge=2, le=100)


class PassengersData(SeriesSplit):
    """Airline passengers a month, 1949 to 1960 (Box & Jenkins): a trend, and a season that grows with it."""

    name: Literal["passengers"] = "passengers"
    window: int = setting(24, "months that are looked at", unit="months", ge=2, le=48)
    # the test years lie above all training years: a network cannot say values that it never saw, but growth it can
    difference: bool = setting(True, "learn the change from one month to the next instead of the value")
    logarithm: bool = setting(True, "take the logarithm first; with difference it learns the growth")


class SeriesData(SeriesSplit):
    """A column of any CSV file, in the order of its rows."""

    name: Literal["series"] = "series"
    path: str = setting(
        "sunspots.csv", "a CSV file with a line of column names; sample_data/ is searched first", upload="series"
    )
    column: str = setting("", "the column with the values; empty takes the last one of numbers")
    window: int = setting(24, "values that are looked at", unit="time steps", ge=2, le=400)
