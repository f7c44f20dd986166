"""The numbers of a configuration: their bounds, the steps of their sliders, and how they are read and written."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import (
    ConvolutionBlock,
    DatasetConfig,
    ModelConfig,
    Number,
    Part,
    TrainingConfig,
    bounds,
    members,
    number_of,
    parse,
    setting,
    written,
)
from explorer.errors import ExplorerError

PARTS: tuple[type[Part], ...] = (*members(DatasetConfig), *members(ModelConfig), TrainingConfig, ConvolutionBlock)
FIELDS = [(part, name) for part in PARTS for name, field in part.model_fields.items() if number_of(field)]

# whose useful values lie over several powers of ten, or of two
LOGARITHMIC = {
    *("learning_rate", "weight_decay", "gradient_clip", "rate_factor", "batch_size", "channels", "groups", "head_size"),
    *("hidden_size", "embedding_size", "examples", "examples_per_class", "characters", "vocabulary"),
}
EXAMPLES = {  # of each field that is not in whole numbers: steps on its slider, by hand
    "learning_rate": (1e-6, 1e-4, 3e-4, 5e-4, 1e-3, 3e-3, 1.0),
    "weight_decay": (0, 1e-5, 1e-4, 5e-4, 1e-3, 1e-2, 1e-1, 0.5),
    "rate_factor": (0.001, 0.01, 0.1, 1),
    "gradient_clip": (0, 0.1, 0.5, 1, 5, 100),
    "dropout": (0, 0.05, 0.1, 0.25, 0.5, 0.8),
    "momentum": (0, 0.5, 0.9, 0.95, 0.99),
    "clutter": (0, 0.05, 0.3, 1),
    "forget_bias": (-5, -0.5, 0, 1, 10),
    "batch_size": (1, 8, 16, 32, 64, 128, 256, 512, 1024),
    "hidden_size": (4, 8, 64, 128, 256, 512),
    "epochs": (1, 2, 59, 60, 500),
    "warmup_steps": (0, 10, 500, 1000),
}
each_field = pytest.mark.parametrize(
    ("part", "name"), FIELDS, ids=lambda of: of if isinstance(of, str) else of.__name__
)


def numbers(part: type[Part], name: str) -> Number:
    number = number_of(part.model_fields[name])
    assert number is not None
    return number


@each_field
def test_the_slider_of_a_field_runs_over_its_bounds_in_its_steps(part: type[Part], name: str) -> None:
    number, field = numbers(part, name), part.model_fields[name]
    stops = number.stops
    assert (stops[0], stops[-1]) == bounds(field.metadata)
    assert list(stops) == sorted(set(stops))
    assert number.whole == (field.annotation is int) == all(isinstance(stop, int) for stop in stops)
    assert number.log == (name in LOGARITHMIC)
    if not number.log:  # the last step may be shorter
        assert all(math.isclose(b - a, number.step) for a, b in pairwise(stops[:-1]))


@each_field
def test_the_steps_of_a_logarithmic_slider_are_at_most_three_times_apart(part: type[Part], name: str) -> None:
    number = numbers(part, name)
    positive = [stop for stop in number.stops if stop > 0]
    if number.log:
        assert all(b <= 3 * a for a, b in pairwise(positive))
        assert number.low > 0 or positive[0] == number.step


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_slider_offers_the_values_that_practice_uses(name: str) -> None:
    owners = [part for part, field in FIELDS if field == name]
    for part in owners:
        assert set(EXAMPLES[name]) <= set(numbers(part, name).stops)


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0.0, 1.0, 0.1), (0.0, 0.8, 0.01), (-5.0, 10.0, 1.0), (0.0, 45.0, 1.0)]
)
def test_a_field_that_names_no_step_has_ten_to_a_hundred(low: float, high: float, step: float) -> None:
    class Toy(Part):
        share: float = setting(low, "a share", ge=low, le=high)

    number = numbers(Toy, "share")
    assert number.step == step
    assert 10 <= len(number.stops) - 1 <= 100


def test_a_number_without_bounds_is_an_error_of_the_class() -> None:
    class Toy(Part):
        share: float = setting(0.5, "a share without an end", ge=0.0)

    with pytest.raises(TypeError, match="a share without an end"):
        numbers(Toy, "share")


# ── as text ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (1.0, "1"), (0.05, "0.05"), (0.0003, "0.0003"), (1e-05, "1e-5"), (2.5e-06, "2.5e-6"), (-4.5, "-4.5")],
)
def test_a_number_is_written_in_short(value: float, text: str) -> None:
    assert written(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_what_is_written_is_the_same_number(value: float) -> None:
    assert float(written(value)) == value


RATE, COUNT = Number(1e-6, 1.0, whole=False, step=1e-6, log=True), Number(1, 500, whole=True, step=1)


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [(RATE, "3e-4", 0.0003), (RATE, "0.0123", 0.0123), (RATE, " 1 ", 1.0), (COUNT, "60", 60), (COUNT, "32.0", 32)],
)
def test_any_number_between_the_bounds_can_be_typed(number: Number, text: str, value: float) -> None:
    assert number.read(text, "It") == value
    assert isinstance(number.read(text, "It"), int if number.whole else float)


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        (RATE, "2", "Rate is 2, and at most 1 is possible; choose 1e-6 to 1."),
        (RATE, "-0.1", "Rate is -0.1, and at least 1e-6 is possible; choose 1e-6 to 1."),
        (RATE, "fast", "Rate is “fast”, which is not a number; choose 1e-6 to 1."),
        (RATE, "0,5", "Rate is “0,5”, which is not a number; choose 1e-6 to 1. Write a point before the decimals."),
        (RATE, "", "Rate is empty; choose 1e-6 to 1."),
        (RATE, "nan", "Rate is nan, which is not a finite number; choose 1e-6 to 1."),
        (COUNT, "3.7", "Rate is 3.7 and must be a whole number, such as 4."),
        (COUNT, "501", "Rate is 501, and at most 500 is possible; choose 1 to 500."),
        (COUNT, "inf", "Rate is inf, and at most 500 is possible; choose 1 to 500."),
    ],
)
def test_what_cannot_be_used_is_explained_with_the_bounds(number: Number, text: str, said: str) -> None:
    with pytest.raises(ExplorerError) as caught:
        number.read(text, "Rate")
    assert str(caught.value) == said


@given(st.text(max_size=12) | st.floats().map(repr) | st.integers(-9, 999).map(str))
def test_a_text_is_read_as_the_command_line_reads_it_and_refused_where_that_refuses_it(text: str) -> None:
    for name in ("learning_rate", "epochs"):
        number = numbers(TrainingConfig, name)
        try:
            value = getattr(parse({"training": {name: text}}).training, name)
        except ExplorerError:
            with pytest.raises(ExplorerError, match="It is"):
                number.read(text, "It")
        else:
            assert number.read(text, "It") == value


@pytest.mark.parametrize(("text", "place"), [("900", 500), ("0", 1), ("3.7", 4), ("x", 60), ("nan", 60), ("inf", 500)])
def test_the_slider_stands_at_the_possible_number_nearest_to_what_was_typed(text: str, place: int) -> None:
    assert COUNT.nearest(text, otherwise=60) == place
