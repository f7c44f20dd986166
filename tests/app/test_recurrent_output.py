"""The Output view, run without a browser: forecasts in the series' own unit, and answers to one's own sequences."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import datasets
from explorer.config import RunConfig
from explorer.datasets.sequences import Sequences
from explorer.places import SAMPLE_DATA
from explorer.training.run import ReadableRun
from tests.app.charts import texts
from tests.app.pages import finished_sequence_run, open_page, slider


def opened(root: Path, dataset: dict[str, Any], **address: str) -> tuple[ReadableRun, AppTest]:
    run = finished_sequence_run(root, {"dataset": dataset, "model": {"name": "lstm"}})
    app = open_page("lstm", run=run.id, view="Output", step=str(run.steps[-1]), **address)
    assert not app.exception
    assert not app.error
    return run, app


def told(app: AppTest) -> tuple[float, float]:
    """The network's error over the test span and that of persistence."""
    found = re.search(
        r"the network has a root mean squared error of \*\*(\S+) .*? the last value \*\*(\S+)\*\*", texts(app)
    )
    assert found is not None
    return float(found[1]), float(found[2])


def persistence(values: np.ndarray, test: int, steps: int) -> float:
    """The root mean squared error of the last value over the last ``test`` values, by hand."""
    squares = [
        (values[row + step] - values[row - 1]) ** 2
        for row in range(len(values) - test, len(values) - steps + 1)
        for step in range(steps)
    ]
    return float(np.sqrt(np.mean(squares)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "test"), [("sunspots", 62), ("passengers", 29)])
def test_errors_are_told_in_the_unit_of_the_series_beside_those_of_persistence(
    runs: Path, name: str, test: int
) -> None:
    _, app = opened(runs, {"name": name})
    values = pd.read_csv(SAMPLE_DATA / f"{name}.csv").iloc[:, -1].to_numpy(float)
    for steps in (12, 1):
        slider(app, "Steps ahead").set_value(steps).run()
        assert not app.exception
        assert told(app)[1] == pytest.approx(persistence(values, test, steps), rel=1e-3)


def test_one_step_ahead_the_networks_error_is_that_of_its_own_answers(runs: Path) -> None:
    run, app = opened(runs, {"name": "passengers"}, steps_ahead="1")
    assert run.config is not None
    splits = datasets.load(RunConfig(dataset=run.config.dataset, model=run.config.model))
    assert isinstance(splits, Sequences)
    with torch.no_grad():
        growth = run.model(run.steps[-1])(splits.test.inputs)[:, 0].double().numpy()
    values = pd.read_csv(SAMPLE_DATA / "passengers.csv")["passengers"].to_numpy(float)
    expected = values[-30:-1] * np.exp(growth * splits.std + splits.mean)  # growth on the month before
    assert told(app)[0] == pytest.approx(np.sqrt(np.mean((expected - values[-29:]) ** 2)), rel=1e-3)
    assert "thousand passengers" in texts(app)


def test_a_forecast_begins_behind_the_chosen_sequence_until_another_place_is_chosen(runs: Path) -> None:
    _, app = opened(runs, {"name": "sunspots"}, split="validation", example="3", steps_ahead="5")
    begin = slider(app, "The forecast begins at")
    assert begin.options[0] == "1724"  # behind the first window of 24 years
    assert begin.value == 1904 - 1700  # the test begins in 1947, the validation split in 1901
    assert "begins in the validation span" in texts(app)
    begin.set_value(309).run()
    assert not app.exception
    assert "there are no measurements yet" in texts(app)


def test_forecasts_of_ones_own_series_go_as_far_as_its_test_span(runs: Path, tmp_path: Path) -> None:
    path = tmp_path / "waves.csv"
    values = np.round(100 + 20 * np.sin(np.arange(90) / 3), 2)
    pd.DataFrame({"day": pd.date_range("2024-01-01", periods=90).astype(str), "height": values}).to_csv(
        path, index=False
    )
    _, app = opened(runs, {"name": "series", "path": str(path), "window": 8, "horizon": 3})
    assert slider(app, "Steps ahead").max == 18  # a fifth of 90 days
    slider(app, "Steps ahead").set_value(18).run()
    assert not app.exception
    assert told(app)[1] == pytest.approx(persistence(values, 18, 18), rel=1e-3)
    assert " height**" in texts(app)


def test_a_typed_sequence_is_answered_beside_what_the_rule_says(runs: Path) -> None:
    _, app = opened(runs, {"name": "reverse", "examples": 500}, typed="abc")
    table: Any = app.dataframe[0].value
    assert table.loc["target"].tolist()[:4] == ["c", "b", "a", "<end>"]
    assert set(table.loc["correct"].tolist()[:4]) <= {"✓", "✗"}


def test_a_typed_text_tells_which_characters_surprised(runs: Path) -> None:
    _, app = opened(runs, {"name": "text", "characters": 20000, "length": 20}, typed="It is a truth")
    assert "The most surprising: step" in texts(app)


def test_a_typed_sequence_without_a_rules_answer_says_so_and_is_answered_all_the_same(runs: Path) -> None:
    _, app = opened(runs, {"name": "addition", "examples": 500}, typed="1+")
    assert "The task's rule gives no answer to this sequence" in texts(app)
    assert "The network reads **1+**" in texts(app)


def test_a_typed_sequence_that_cannot_be_read_is_refused_and_the_views_stay(runs: Path) -> None:
    run = finished_sequence_run(runs, {"dataset": {"name": "reverse", "examples": 500}, "model": {"name": "lstm"}})
    app = open_page("lstm", run=run.id, view="Output", typed="hello")
    assert not app.exception
    [refused] = [error.value for error in app.error]
    assert "has never seen 'l', 'o'; it reads 'abcdefghij'" in refused
    assert "sequence 0 of the test split" in refused
    assert {tab.label for tab in app.tabs} >= {"Cell", "Output"}
    own = next(field for field in app.text_input if field.key == "typed")
    assert own.placeholder == "of abcdefghij"


def last_season(values: np.ndarray, test: int, steps: int, season: int) -> float:
    """The root mean squared error of the values a whole number of seasons before, by hand."""
    squares = [
        (values[row + step] - values[row + step - season * (step // season + 1)]) ** 2
        for row in range(len(values) - test, len(values) - steps + 1)
        for step in range(steps)
    ]
    return float(np.sqrt(np.mean(squares)))


@pytest.mark.parametrize(("chosen", "season"), [({}, 12), ({"season": "6"}, 6)])
def test_the_error_of_the_last_season_is_told_for_the_season_that_is_found_or_chosen(
    runs: Path, chosen: dict[str, str], season: int
) -> None:
    _, app = opened(runs, {"name": "passengers"}, steps_ahead="14", **chosen)
    values = pd.read_csv(SAMPLE_DATA / "passengers.csv")["passengers"].to_numpy(float)
    found = re.search(r"Repeating the last season of (\d+) steps has \*\*(\S+)\*\*: the network", texts(app))
    assert found is not None
    assert int(found[1]) == season
    assert float(found[2]) == pytest.approx(last_season(values, 29, 14, season), rel=1e-3)


@pytest.mark.slow
def test_the_interval_says_what_it_should_hold_and_what_it_holds(runs: Path) -> None:
    _, app = opened(runs, {"name": "sunspots"}, steps_ahead="3")
    # a validation span of 46 years has 44 places for three of them
    assert re.search(r"\(44 forecasts\): it should hold 90% .* Over the test span it holds \d+%\.", texts(app))
    slider(app, "Steps ahead").set_value(36).run()
    assert "(11 forecasts): it should hold 90%" in texts(app)


def test_a_network_that_reads_other_columns_forecasts_as_far_as_it_answers(runs: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    rows = np.arange(90)
    pd.DataFrame({"day": rows[::-1], "rain": rows % 5, "height": np.round(100 + 20 * np.sin(rows / 3), 2)}).to_csv(
        path, index=False
    )
    dataset = {"name": "series", "path": str(path), "window": 8, "horizon": 3, "also_read": ["rain"]}
    run, app = opened(runs, dataset)
    assert slider(app, "Steps ahead").max == 3
    assert run.config is not None
    app = open_page("lstm", run=run.id, view="Interventions", step=str(run.steps[-1]))
    assert not app.exception
    assert not app.error


def test_a_text_is_continued_at_several_recorded_steps_with_chosen_settings(runs: Path) -> None:
    run, app = opened(runs, {"name": "text", "characters": 20000, "length": 20})
    shown = " ".join(str(one.proto.body) for one in app.get("html"))
    for step in run.steps:
        assert f"step {step:,}, validation loss" in shown
    slider(app, "Length, characters").set_value(50).run()
    slider(app, "Top k, 0 for all").set_value(3).run()
    slider(app, "Top p, 1 for all").set_value(0.5).run()
    assert not app.exception
    assert "Then 50 generated characters" in texts(app)
    choices = ("Top k, 0 for all", "Top p, 1 for all")
    seed = app.number_input(key="seed")
    assert not any(one.disabled for one in (*(slider(app, label) for label in choices), seed))
    slider(app, "Temperature").set_value(0.0).run()
    for idle in (*(slider(app, label) for label in choices), app.number_input(key="seed")):
        assert idle.disabled
        assert "nothing is drawn at random" in idle.help
