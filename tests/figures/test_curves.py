import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.curves import (
    MOST_POINTS,
    against_length,
    compare_runs,
    gradient_clipping,
    learning_curve,
    lines_by_layer,
    thin,
)


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


def test_a_short_curve_is_drawn_point_by_point_and_the_validation_only_where_it_was_measured() -> None:
    chart = learning_curve(metrics(41), "loss", 100)
    training, validation = chart.data
    np.testing.assert_array_equal(training.x, np.arange(1, 41))
    np.testing.assert_allclose(training.y, 1.0 / np.arange(2, 42), rtol=1e-6)
    np.testing.assert_array_equal(validation.x, [0, 10, 20, 30, 40])


def test_the_axis_spans_the_whole_run_so_that_it_does_not_move_while_it_trains() -> None:
    assert tuple(learning_curve(metrics(5), "accuracy", 2400).layout.xaxis.range) == (0, 2400)


def test_the_chosen_step_is_marked() -> None:
    assert learning_curve(metrics(50), "loss", 50, chosen_step=20).layout.shapes[0].x0 == 20


def test_a_run_without_rows_draws_an_empty_chart_that_says_what_will_be_there() -> None:
    chart = learning_curve(metrics(0), "loss", 100)
    assert not chart.data
    assert "first updates" in chart.layout.annotations[0].text


@given(st.integers(1, 5000))
def test_thinning_keeps_the_mean_of_every_stretch_and_never_draws_too_many_points(count: int) -> None:
    steps = np.arange(1, count + 1)
    values = np.sin(steps / 7.0)
    thin_steps, thin_values = thin(steps, values)
    assert len(thin_steps) <= MOST_POINTS
    assert thin_steps[-1] == count
    run = int(thin_steps[0])
    np.testing.assert_allclose(thin_values[0], values[:run].mean(), atol=1e-6)


def test_each_parameter_gets_a_line_on_a_logarithmic_axis_and_the_guide_is_drawn() -> None:
    frame = pd.DataFrame({"step": [0, 0, 5, 5], "parameter": ["a", "b"] * 2, "gradient": [1.0, 2.0, 3.0, 4.0]})
    chart = lines_by_layer(frame, "gradient", "Gradient norm", "norm", guide=1e-3)
    assert [trace.name for trace in chart.data] == ["a", "b"]
    np.testing.assert_allclose(chart.data[1].y, [2.0, 4.0])
    assert chart.layout.yaxis.type == "log"
    assert chart.layout.shapes[0].y0 == 1e-3


def test_a_baseline_is_a_dotted_line_over_the_whole_run_with_its_name_and_level() -> None:
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


def test_after_clipping_no_gradient_is_longer_than_the_clip_and_shorter_ones_are_as_they_were() -> None:
    norms = pd.DataFrame({"step": [0, 1, 2, 3], "gradient_norm": [np.nan, 0.5, 4.0, 1.5]})
    chart = gradient_clipping(norms, 1.0, 10, chosen_step=2)
    before, after, level = chart.data
    np.testing.assert_array_equal(before.x, [1, 2, 3])
    np.testing.assert_allclose(before.y, [0.5, 4.0, 1.5])
    np.testing.assert_allclose(after.y, [0.5, 1.0, 1.0])
    np.testing.assert_allclose(level.y, [1.0, 1.0])
    assert chart.layout.shapes[0].x0 == 2


def test_without_a_clip_there_is_one_line_and_without_updates_an_empty_chart() -> None:
    norms = pd.DataFrame({"step": [1, 2], "gradient_norm": [0.5, 4.0]})
    assert [line.name for line in gradient_clipping(norms, 0.0, 10).data] == ["never clipped"]
    assert not gradient_clipping(norms.iloc[:0], 1.0, 10).data


@given(count=st.integers(1, 3000), place=st.integers(0, 2999))
def test_the_largest_gradient_of_a_long_run_is_always_seen(count: int, place: int) -> None:
    norms = np.full(count, 0.1)
    norms[place % count] = 77.0
    chart = gradient_clipping(pd.DataFrame({"step": np.arange(count), "gradient_norm": norms}), 1.0, count)
    assert len(chart.data[0].y) <= MOST_POINTS
    assert chart.data[0].y.max() == 77


def test_accuracies_are_compared_on_an_axis_of_shares_and_losses_on_a_logarithmic_one() -> None:
    runs = {"RNN": metrics(30)}
    assert compare_runs(runs, "validation_loss", "Loss", "nats").layout.yaxis.type == "log"
    assert tuple(compare_runs(runs, "validation_accuracy", "Accuracy", "share").layout.yaxis.range) == (0, 1.02)


def test_networks_are_drawn_against_the_length_with_the_baseline_and_the_length_they_were_trained_on() -> None:
    lengths = np.array([10, 50, 100])
    lines = {"RNN": (lengths, np.array([0.16, 0.17, 0.18])), "LSTM": (lengths, np.array([0.001, 0.002, 0.01]))}
    chart = against_length(
        lines, "Loss", ("length", "squared error"), baselines=(lengths, np.full(3, 1 / 6)), trained_at=50
    )
    assert [line.name for line in chart.data] == ["RNN", "LSTM", "baseline"]
    np.testing.assert_array_equal(chart.data[1].x, lengths)
    np.testing.assert_allclose(chart.data[2].y, 1 / 6, rtol=1e-6)
    assert chart.layout.shapes[0].x0 == 50
    assert chart.layout.yaxis.type == "log"
    assert against_length(lines, "Right", ("length", "share"), share=True).layout.yaxis.tickformat == ".0%"


def test_a_loss_of_little_range_has_ticks_at_2_and_5_and_one_of_many_decades_only_at_powers_of_ten() -> None:
    little = pd.DataFrame({"step": [1, 2], "loss": [0.4, 2.0], "validation_loss": [0.5, 1.9]})
    many = pd.DataFrame({"step": [1, 2], "loss": [1e-4, 2.0], "validation_loss": [np.nan, np.nan]})
    assert learning_curve(little, "loss", 2).layout.yaxis.dtick == "D2"
    assert learning_curve(little, "loss", 2).layout.yaxis.tickformat == "~g"  # 0.5, where Plotly writes a small 5
    assert learning_curve(many, "loss", 2).layout.yaxis.dtick == 1
