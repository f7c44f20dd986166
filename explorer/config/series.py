"""Series of measurements: from a window of the past to the next values.

A new one is a class here, in the union at the end.
"""

from typing import Any, ClassVar, Literal

from explorer.config.files import DateOrder, DecimalSign, Encoding, MissingValues, Separator
from explorer.config.parts import setting
from explorer.config.tasks import GENERATED, SequenceData


class SeriesSplit(SequenceData):
    """A series, split by time: the latest values are the test split.

    ``unit`` is the unit of its values; empty for the name of its column.
    """

    architecture: ClassVar[str] = "many-to-one"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "batch_size": 16, "epochs": 80}
    unit: ClassVar[str] = ""

    horizon: int = setting(1, "values to forecast", unit="time steps", ge=1, le=36)
    difference: bool = setting(False, "learn the change from one value to the next instead of the value")
    logarithm: bool = setting(
        False, "take the logarithm first, for exponential growth; with difference the network learns the growth rate"
    )
    validation_percent: int = setting(
        15, "share of the series held out for validation", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        20, "share of the series, its end, held out for the final test", unit="%", ge=5, le=40, advanced=True
    )


class SunspotsData(SeriesSplit):
    """The yearly number of sunspots since 1700, with a cycle of about eleven years."""

    title: ClassVar[str] = "Sunspots"
    unit: ClassVar[str] = "sunspots"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "learning_rate": 5e-3, "batch_size": 16, "epochs": 80}
    name: Literal["sunspots"] = "sunspots"
    window: int = setting(24, "years to read", unit="years", ge=2, le=100)


class PassengersData(SeriesSplit):
    """Airline passengers per month, 1949 to 1960 (Box & Jenkins): a trend, and a season that grows with it."""

    title: ClassVar[str] = "Airline passengers"
    unit: ClassVar[str] = "thousand passengers"
    name: Literal["passengers"] = "passengers"
    window: int = setting(24, "months to read", unit="months", ge=2, le=48)
    # the test years are above all training years: a network cannot predict unseen values, but unseen growth it can
    difference: bool = setting(True, "learn the change from one month to the next instead of the value")
    logarithm: bool = setting(True, "take the logarithm first; with difference the network learns the growth rate")


class SeriesData(SeriesSplit):
    """A column of any CSV file, in the order of time; other columns can be read with it."""

    title: ClassVar[str] = "Your series"
    name: Literal["series"] = "series"
    path: str = setting(
        "sunspots.csv", "a CSV file with a header line; sample_data/ is searched first", upload="series"
    )
    column: str = setting("", "the column with the values; empty takes the last numeric column")
    also_read: tuple[str, ...] = setting((), "other columns of numbers that the network reads beside the values")
    window: int = setting(24, "values to read", unit="time steps", ge=2, le=400)
    missing_values: MissingValues = setting(
        "refuse",
        "what replaces a missing value: a straight line between its neighbours, the last value before it, or nothing: "
        "its row is dropped",
    )
    encoding: Encoding = setting("auto", "the encoding of the file; auto reads UTF-8 and asks otherwise", advanced=True)
    separator: Separator = setting("auto", "what separates two fields; auto decides by the whole file", advanced=True)
    decimal_sign: DecimalSign = setting(
        "auto", "the sign before the decimals; auto decides by the whole file, and asks in doubt", advanced=True
    )
    date_order: DateOrder = setting(
        "auto", "whether 1/2/2024 is the first of February; auto decides by all dates", advanced=True
    )


AnySeries = SunspotsData | PassengersData | SeriesData
