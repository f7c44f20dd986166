import numpy as np
import pandas as pd
import pytest

from explorer.figures.transfer import COLOURS, STRATEGIES, accuracy_by_examples, distances

COLUMNS = ["strategy", "examples", "accuracy"]


def frame(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS)


def test_repeated_runs_are_averaged_and_each_strategy_has_its_line_and_colour() -> None:
    own = frame(("frozen", 10, 0.5), ("frozen", 10, 0.7), ("frozen", 1, 0.2), ("scratch", 10, 0.3))
    figure = accuracy_by_examples(own, frame(), 0.1, "Worth")
    frozen, scratch, guessing = figure.data
    assert list(frozen.x) == [1, 10]
    assert list(frozen.y) == pytest.approx([0.2, 0.6])
    assert frozen.line.color == COLOURS["frozen"]
    assert scratch.line.color == COLOURS["scratch"]
    assert list(guessing.y) == pytest.approx([0.1, 0.1])


def test_shipped_results_are_dashed_and_named_as_shipped() -> None:
    figure = accuracy_by_examples(frame(), frame(("all", 5, 0.4)), 0.25, "Worth")
    assert figure.data[0].line.dash == "dash"
    assert figure.data[0].name == "all fine-tuned (shipped)"


def test_the_level_of_guessing_is_drawn_without_any_run() -> None:
    assert [trace.name for trace in accuracy_by_examples(frame(), frame(), 0.5, "Worth").data] == ["guessing"]


def test_a_part_that_a_strategy_lacks_has_no_bar() -> None:
    figure = distances(["stem", "head"], {"frozen": {"head": 1.5}, "all": {"stem": 0.2, "head": 1.0}}, "Moved")
    frozen, everything = figure.data
    assert np.isnan(frozen.y[0])
    assert frozen.y[1] == 1.5
    assert list(everything.y) == pytest.approx([0.2, 1.0])
    assert {trace.name for trace in figure.data} == {STRATEGIES["frozen"], STRATEGIES["all"]}
