import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.curves import MOST_POINTS, compare_runs, learning_curve, learning_rate_curve, thin
from explorer.figures.step_marks import Event


def metrics(count: int) -> pd.DataFrame:
    steps = np.arange(count)
    every_tenth = np.where(steps % 10 == 0, 0.5, np.nan)
    return pd.DataFrame(
        {
            "step": steps,
            "loss": np.where(steps == 0, np.nan, 1.0 / (steps + 1)),
            "accuracy": np.where(steps == 0, np.nan, 0.9),
            "validation_loss": every_tenth,
            "validation_accuracy": every_tenth,
        }
    )


def test_a_short_curve_has_every_point_and_validation_only_where_it_was_measured() -> None:
    chart = learning_curve(metrics(41), "loss", 100)
    training, validation = chart.data
    np.testing.assert_array_equal(training.x, np.arange(1, 41))
    np.testing.assert_allclose(training.y, 1.0 / np.arange(2, 42), rtol=1e-6)
    np.testing.assert_array_equal(validation.x, [0, 10, 20, 30, 40])


def test_the_axis_spans_the_whole_run_so_that_it_does_not_move_during_training() -> None:
    assert tuple(learning_curve(metrics(5), "accuracy", 2400).layout.xaxis.range) == (0, 2400)


def test_the_chosen_step_is_marked() -> None:
    assert learning_curve(metrics(50), "loss", 50, chosen_step=20).layout.shapes[0].x0 == 20


def test_a_run_without_rows_is_an_empty_chart_that_says_what_will_appear() -> None:
    chart = learning_curve(metrics(0), "loss", 100)
    assert not chart.data
    assert "first updates" in chart.layout.annotations[0].text


@given(st.integers(1, 5000))
def test_thinning_keeps_local_means_and_limits_the_number_of_points(count: int) -> None:
    steps = np.arange(1, count + 1)
    values = np.sin(steps / 7.0)
    thin_steps, thin_values = thin(steps, values)
    assert len(thin_steps) <= MOST_POINTS
    assert thin_steps[-1] == count
    run = int(thin_steps[0])
    np.testing.assert_allclose(thin_values[0], values[:run].mean(), atol=1e-6)


def test_a_baseline_is_a_dotted_line_over_the_whole_run_with_its_name_and_value() -> None:
    chart = learning_curve(
        metrics(41), "loss", 100, baseline=1 / 6, baseline_name="predicting 1", unit="mean squared error"
    )
    line = chart.data[2]
    np.testing.assert_array_equal(line.x, [0, 100])
    np.testing.assert_allclose(line.y, [1 / 6, 1 / 6], rtol=1e-6)
    assert line.line.dash == "dot"
    assert line.name == "predicting 1, 0.1667"
    assert line.showlegend is not False
    assert chart.layout.yaxis.title.text == "mean squared error"


def test_runs_are_compared_where_they_were_measured_beside_the_baseline() -> None:
    chart = compare_runs({"RNN": metrics(21), "LSTM": metrics(41)}, "validation_loss", "Loss", "nats", baseline=0.25)
    assert [trace.name for trace in chart.data] == ["RNN", "LSTM", "baseline, 0.25"]
    np.testing.assert_array_equal(chart.data[1].x, [0, 10, 20, 30, 40])
    np.testing.assert_allclose(chart.data[2].y, [0.25, 0.25])
    np.testing.assert_array_equal(chart.data[2].x, [0, 40])


def test_accuracies_are_compared_from_0_to_1_and_losses_on_a_logarithmic_axis() -> None:
    runs = {"RNN": metrics(30)}
    assert compare_runs(runs, "validation_loss", "Loss", "nats").layout.yaxis.type == "log"
    assert tuple(compare_runs(runs, "validation_accuracy", "Accuracy", "share").layout.yaxis.range) == (0, 1.02)


def test_a_loss_axis_has_ticks_at_2_and_5_only_if_it_spans_few_decades() -> None:
    little = pd.DataFrame({"step": [1, 2], "loss": [0.4, 2.0], "validation_loss": [0.5, 1.9]})
    many = pd.DataFrame({"step": [1, 2], "loss": [1e-4, 2.0], "validation_loss": [np.nan, np.nan]})
    assert learning_curve(little, "loss", 2).layout.yaxis.dtick == "D2"
    assert learning_curve(little, "loss", 2).layout.yaxis.tickformat == "~g"  # 0.5, where Plotly writes a small 5
    assert learning_curve(many, "loss", 2).layout.yaxis.dtick == 1


@pytest.mark.parametrize("quantity", ["loss", "accuracy"])
def test_the_best_step_is_a_star_on_the_validation_curve_with_its_number(quantity: str) -> None:
    frame = metrics(2001)
    frame.loc[1280, ["validation_loss", "validation_accuracy"]] = 0.25
    star = learning_curve(frame, quantity, 2000, best=1280).data[-1]
    assert (list(star.x), list(star.y)) == ([1280], [0.25])
    assert (star.marker.symbol, star.name) == ("star", "best, step 1,280")


def test_a_best_step_that_has_no_accuracy_is_not_marked() -> None:
    frame = metrics(41).assign(validation_accuracy=np.nan)
    assert len(learning_curve(frame, "accuracy", 40, best=20).data) == 2


def rates(*values: float) -> pd.DataFrame:
    """A row an update, after the untrained network's, which has no rate."""
    return pd.DataFrame({"step": range(len(values) + 1), "learning_rate": [np.nan, *values]})


CHARTS = {
    "loss": lambda events: learning_curve(metrics(101), "loss", 100, 7, events=events),
    "accuracy": lambda events: learning_curve(metrics(101), "accuracy", 100, 7, events=events),
    "learning rate": lambda events: learning_rate_curve(rates(*[0.1] * 100), 100, 7, events=events),
}


@pytest.mark.parametrize("name", CHARTS)
def test_what_a_person_did_is_a_line_with_words_at_its_step_beside_the_chosen_one(name: str) -> None:
    layout = CHARTS[name]([Event(10, "rate set"), Event(11, "rate set again"), Event(60, "back")]).layout
    assert [line.x0 for line in layout.shapes] == [line.x1 for line in layout.shapes] == [10, 11, 60, 7]
    # two words on top of each other could not be read: the later ones stand
    assert [(words.x, words.text) for words in layout.annotations] == [(11, "rate set again"), (60, "back")]


def test_the_learning_rate_of_every_update_is_drawn_beside_the_schedule() -> None:
    schedule, rate = learning_rate_curve(rates(0.1, 0.5, 0.1), 4, schedule=np.array([0.1, 0.1, 0.1, 0.01])).data
    np.testing.assert_array_equal(rate.x, [1, 2, 3])
    np.testing.assert_allclose(rate.y, [0.1, 0.5, 0.1], rtol=1e-6)
    np.testing.assert_array_equal(schedule.x, [1, 2, 3, 4])
    np.testing.assert_allclose(schedule.y, [0.1, 0.1, 0.1, 0.01], rtol=1e-6)
    assert (schedule.line.dash, schedule.name) == ("dot", "schedule")


def test_a_jump_of_the_rate_in_a_long_run_is_upright() -> None:
    values = np.full(50_000, 0.1)
    values[12_344:] = 0.5
    line = learning_rate_curve(rates(*values), 50_000, events=[Event(12_345, "set")]).data[0]
    assert len(line.x) <= MOST_POINTS + 2
    before, after = np.flatnonzero(np.isin(line.x, [12_344, 12_345]))
    np.testing.assert_allclose(line.y[[before, after]], [0.1, 0.5], rtol=1e-6)
    assert line.x[-1] == 50_000


@pytest.mark.parametrize(
    ("values", "kind"), [((0.1, 0.1), None), ((0.1, 0.02), None), ((0.1, 0.01), "log"), ((0.1, 0.05, 1e-6), "log")]
)
def test_a_rate_that_spans_a_power_of_ten_has_a_logarithmic_axis(values: tuple[float, ...], kind: str | None) -> None:
    axis = learning_rate_curve(rates(*values), len(values)).layout.yaxis
    assert axis.type == kind
    assert (axis.rangemode == "tozero") == (kind is None)


def test_a_run_without_updates_says_that_its_rate_will_appear() -> None:
    chart = learning_rate_curve(rates(), 100)
    assert not chart.data
    assert "first updates" in chart.layout.annotations[0].text
