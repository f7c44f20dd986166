"""The Cell view's equations, run without a browser: in numbers, with the output equation, opened on request."""

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer import datasets
from tests.app.charts import texts
from tests.app.pages import TASKS, finished_sequence_run, open_page


@pytest.mark.parametrize("task", ["many-to-one, padded, both directions", "many-to-many in step"])
def test_the_output_equation_has_the_networks_own_probabilities_at_an_answering_step(runs: Path, task: str) -> None:
    run = finished_sequence_run(runs, TASKS[task])
    splits = datasets.load(run.config)
    app = open_page("lstm", run=run.id, view="Cell", time="3", step=str(run.steps[-1]))
    assert not app.exception
    lengths = splits.lengths_of("test")
    inputs = splits.test.inputs[:1]
    with torch.no_grad():
        model = run.model(run.steps[-1])
        logits = model(inputs) if lengths is None else model(inputs, lengths[:1])
    expected = (logits[0, 3] if splits.objective.per_step else logits[0]).softmax(0).numpy()
    table = next(frame.value for frame in app.dataframe if "e^(z − max)" in frame.value)
    np.testing.assert_allclose(np.sort(table["y"]), np.sort(expected), atol=1e-5)
    np.testing.assert_allclose(table["y"], table["PyTorch"], atol=1e-6)
    assert "The largest difference to PyTorch's own numbers is" in texts(app)


def test_the_dot_products_of_a_chosen_equation_are_opened_up_to_single_products() -> None:
    app = open_page("lstm", view="Cell", time="5")
    closed = len(app.dataframe)
    app.selectbox(key="opened_equation").set_value("f_t").run()
    assert not app.exception
    assert len(app.dataframe) == closed + 2  # W_f h and U_f x
    assert "**W_f h_{t−1}**, 64 products that add up to" in texts(app)
    assert "b_f = b_ih + b_hh =" in texts(app)
    app.selectbox(key="opened_equation").set_value("y⟨t⟩ of sum").run()
    assert "**W_ya a⟨t⟩**, 64 products" in texts(app)


def test_an_encoder_says_that_it_gives_no_answer(runs: Path) -> None:
    run = finished_sequence_run(runs, TASKS["many-to-many encoder-decoder"])
    app = open_page("lstm", run=run.id, view="Cell", part="encoder")
    assert not app.exception
    assert "The encoder gives no answer of its own" in texts(app)
