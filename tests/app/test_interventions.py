"""The Interventions view, run without a browser: what is changed or held, and what follows from it."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import datasets
from explorer.config import parse
from explorer.datasets.sequences import Sequences
from explorer.inspection import Clamp, clamped_trace, trace
from explorer.models.recurrent import EncoderDecoder, Recurrent
from explorer.training.run import ReadableRun, Run
from explorer.ui.views.sequence.holding import meaning
from explorer.ui.views.sequence.outcome import last_state
from tests.app.charts import texts
from tests.app.pages import ROOT, finished_sequence_run, open_page, slider

SMALL: dict[str, dict[str, Any]] = {
    "adding": {"examples": 500, "length": 8},
    "parity": {"examples": 500, "length": 8},
    "bracket_depth": {"examples": 500, "length": 8},
    "flip_flop": {"examples": 500, "length": 8},
    "reverse": {"examples": 500},
    "text": {"characters": 20000, "length": 20},
}


def opened(root: Path, dataset: str, **address: str) -> tuple[ReadableRun, AppTest]:
    run = finished_sequence_run(
        root, {"dataset": {"name": dataset, **SMALL.get(dataset, {})}, "model": {"name": "lstm"}}
    )
    app = open_page("lstm", run=run.id, view="Interventions", step=str(run.steps[-1]), **address)
    assert not app.exception
    assert not app.error
    return run, app


def losses(app: AppTest) -> tuple[float, float]:
    found = re.search(r"The loss of this sequence changes from \*\*(\S+)\*\* to \*\*(\S+)\*\*", texts(app))
    assert found is not None
    return float(found[1]), float(found[2])


def change(app: AppTest, dataset: str, number: int) -> None:
    app.selectbox(key=f"edited-{dataset}").set_value(number).run()
    assert not app.exception
    assert not app.error


def test_a_changed_number_changes_the_answer_and_what_is_right(runs: Path) -> None:
    run, app = opened(runs, "adding", time="2", example="4")
    app.toggle(key="holding").set_value(False).run()
    assert "Nothing is changed or clamped yet" in app.info[0].value
    change(app, "adding", 0)
    [number] = [widget for widget in app.number_input if str(widget.key).startswith("edited-")]
    number.set_value(0.75).run()
    assert not app.error

    splits = datasets.load(parse({"dataset": {"name": "adding", **SMALL["adding"]}, "model": {"name": "lstm"}}))
    inputs = splits.test.inputs[4:5].clone()
    with torch.no_grad():
        model = run.model(run.steps[-1])
        expected = [(model(inputs)[0, 0] - splits.test.targets[4, 0]).square().item()]
        inputs[0, 2, 0] = 0.75
        right = sum(value for value, mark in inputs[0].tolist() if mark)
        expected.append((model(inputs)[0, 0] - right).square().item())
    assert losses(app) == pytest.approx(tuple(expected), rel=1e-3)


def test_what_is_measured_on_this_one_sequence_alone_is_said(runs: Path) -> None:
    _, app = opened(runs, "parity", time="1")
    assert "on this one sequence" not in texts(app)
    change(app, "parity", 0)
    assert "The changed input is measured on this one sequence" in texts(app)
    assert "over all" not in texts(app)
    app.toggle(key="holding").set_value(True).run()
    assert "over all" in texts(app)


def test_a_marker_that_is_set_makes_its_number_count(runs: Path) -> None:
    _, app = opened(runs, "adding", time="0", example="1")
    change(app, "adding", 1)
    assert any(str(widget.key).startswith("edited-") for widget in app.button_group)
    assert "The target changes with the input" in texts(app)


def test_a_changed_character_of_a_text_changes_what_the_one_before_it_should_have_said(runs: Path) -> None:
    run, app = opened(runs, "text", time="5")
    app.toggle(key="holding").set_value(False)
    splits = datasets.load(parse({"dataset": {"name": "text", **SMALL["text"]}, "model": {"name": "lstm"}}))
    assert isinstance(splits, Sequences)
    change(app, "text", splits.vocabulary.index("z"))
    inputs, target = splits.test.inputs[:1].clone(), splits.test.targets[:1].clone()
    expected = []
    with torch.no_grad():
        model = run.model(run.steps[-1])
        for _ in range(2):
            expected.append(torch.nn.functional.cross_entropy(model(inputs)[0], target[0]).item())
            inputs[0, 5] = target[0, 4] = splits.vocabulary.index("z")
    assert losses(app) == pytest.approx(tuple(expected), rel=1e-3)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_letter_changed_and_a_unit_held_in_the_encoder_reach_the_decoders_answer(runs: Path, part: str) -> None:
    run, app = opened(runs, "reverse", time="1", part=part, typed="abc", unit="3")
    app.toggle(key="holding").set_value(part == "decoder").run()
    splits = datasets.load(parse({"dataset": {"name": "reverse", **SMALL["reverse"]}, "model": {"name": "lstm"}}))
    assert isinstance(splits, Sequences)
    index = splits.vocabulary.index
    if part == "encoder":
        change(app, "reverse", index("f"))

    def loss(source: str, clamps: list[Clamp]) -> float:
        tokens = torch.tensor([[index(letter) for letter in source]])
        answer = torch.tensor([*(index(letter) for letter in reversed(source)), index("<end>")])
        told = torch.tensor([[index("<start>"), *answer.tolist()[:-1]]])
        model = run.model(run.steps[-1])
        assert isinstance(model, EncoderDecoder)
        with torch.no_grad():
            states = clamped_trace(model.decoder, model.embedding(told), clamps, model.encode(tokens)).output
            return torch.nn.functional.cross_entropy(model.readout(states)[0], answer).item()

    after = loss("afc", []) if part == "encoder" else loss("abc", [Clamp("hidden", 0.0, unit=3, start=1)])
    assert losses(app) == pytest.approx((loss("abc", []), after), rel=1e-3)


def test_a_held_unit_of_the_encoder_reaches_the_decoder(runs: Path) -> None:
    _, app = opened(runs, "reverse", part="encoder", typed="abc")
    app.toggle(key="holding").set_value(True).run()
    app.toggle(key="held_all").set_value(True).run()
    before, after = losses(app)
    assert before != after


def test_a_bracket_that_closes_nothing_has_no_known_answer_from_there_on(runs: Path) -> None:
    _, app = opened(runs, "bracket_depth", typed="(a)", time="0")
    losses(app)
    change(app, "bracket_depth", 1)  # the sequence begins with ")"
    assert any("gives no answer to this sequence" in note.value for note in app.info)
    slider(app, "Time step").set_value(1).run()  # "()" and then a bracket that closes nothing
    losses(app)
    assert "From step 2 on, the changed sequence breaks the task's rule" in texts(app)


def test_a_typed_sequence_has_a_loss_where_a_rule_tells_what_is_right(runs: Path) -> None:
    run, app = opened(runs, "parity", typed="1101")
    splits = datasets.load(parse({"dataset": {"name": "parity", **SMALL["parity"]}, "model": {"name": "lstm"}}))
    assert splits.class_names == ("even", "odd")
    with torch.no_grad():
        logits = run.model(run.steps[-1])(torch.tensor([[1, 1, 0, 1]]))
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([1])).item()  # three ones are odd
    assert losses(app)[0] == pytest.approx(expected, rel=1e-3)


def test_a_changed_number_of_a_series_is_compared_with_what_was_measured(runs: Path) -> None:
    _, app = opened(runs, "sunspots")
    change(app, "sunspots", 0)
    losses(app)
    assert "compared with what was measured" in texts(app)


@pytest.mark.parametrize("dataset", ["flip_flop", "digit_rows", "digit_drawing"])
def test_a_changed_number_of_other_tasks_has_a_loss_too(runs: Path, dataset: str) -> None:
    _, app = opened(runs, dataset, time="3")
    change(app, dataset, 1)
    losses(app)


@pytest.mark.parametrize("kind", [torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM])
def test_the_last_state_of_a_trace_is_the_state_the_module_hands_on(kind: Any) -> None:
    torch.manual_seed(0)
    module = kind(3, 4, num_layers=2, batch_first=True)
    inputs = torch.randn(1, 5, 3)
    expected = module(inputs)[1]
    found = last_state(trace(module, inputs))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("dataset", SMALL)
def test_nothing_is_changed_or_held_at_first(runs: Path, dataset: str) -> None:
    _, app = opened(runs, dataset)
    before, after = losses(app)
    assert before == after
    assert not app.toggle(key="holding").value
    assert "Nothing is changed or clamped yet" in app.info[0].value


def hold(app: AppTest, what: str) -> Any:
    """Switch the clamp of a quantity on; its slider."""
    app.toggle(key="holding").set_value(True).run()
    app.selectbox(key="held").set_value(what).run()
    assert not app.exception
    assert not app.error
    return slider(app, "To the value")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lstm", "gru", "rnn"])
def test_everything_can_be_held_within_what_it_can_be_and_nothing_beyond(runs: Path, model: str) -> None:
    values = {"dataset": {"name": "parity", **SMALL["parity"]}, "model": {"name": model}}
    run = finished_sequence_run(runs, values)
    app = open_page("rnn" if model == "rnn" else "lstm", run=run.id, view="Interventions", step=str(run.steps[-1]))
    app.toggle(key="holding").set_value(True).run()
    legal = {"hidden": (-1, 1), "candidate": (-1, 1)}
    for what in app.selectbox(key="held").options:
        name = what.replace(" ", "_")
        found = hold(app, name)
        if name not in ("cell", "pre_activation"):
            assert (found.min, found.max) == legal.get(name, (0, 1)), name
        for end in (found.min, found.max):
            slider(app, "To the value").set_value(end).run()
            assert not app.exception, name
            assert not app.error, name
            assert "On average over all" in texts(app), name


@pytest.mark.slow
def test_a_cell_state_can_be_held_as_far_as_it_reaches_and_is_drawn() -> None:
    app = open_page("lstm", view="Interventions")  # the shipped run that has learnt to add
    run = Run.open(ROOT / "sample_data/runs/lstm-on-adding")
    inputs = datasets.load(run.config).test.inputs[:128]
    model = run.model(run.steps[-1])
    assert isinstance(model, Recurrent)
    reached = float(trace(model.recurrent, inputs).layers[0].quantities["cell"].abs().max())
    found = hold(app, "cell")
    assert reached > 1
    assert reached <= found.max < reached + 0.2
    assert found.min == -found.max
    assert "Cell state of unit 0" in texts(app)


@pytest.mark.slow
def test_the_mean_over_the_test_split_is_told_beside_this_sequence(runs: Path) -> None:
    run, app = opened(runs, "parity", unit="2", time="3")
    hold(app, "hidden").set_value(0.5).run()
    found = re.search(r"the loss \w+ from \*\*(\S+)\*\* to \*\*(\S+)\*\* .*?, and (\S+)% of the answers", texts(app))
    assert found is not None
    splits = datasets.load(run.config)
    lengths = splits.lengths_of("test")
    model = run.model(run.steps[-1])
    assert isinstance(model, Recurrent)
    with torch.no_grad():
        answers = []
        for number, _ in enumerate(splits.test.targets):
            count = splits.test.inputs.shape[1] if lengths is None else int(lengths[number])
            read = model.embed(splits.test.inputs[number : number + 1, :count])
            clamps = [Clamp("hidden", 0.5, 2, start=3)] if count > 3 else []
            pair = [clamped_trace(model.recurrent, read, held).output[:, -1] for held in ([], clamps)]
            answers.append([model.readout(states)[0] for states in pair])
    losses_of = [
        torch.nn.functional.cross_entropy(torch.stack([pair[which] for pair in answers]), splits.test.targets).item()
        for which in (0, 1)
    ]
    assert (float(found[1]), float(found[2])) == pytest.approx(tuple(losses_of), rel=1e-3)
    moved = [int(first.argmax()) != int(second.argmax()) for first, second in answers]
    assert float(found[3]) == pytest.approx(100 * sum(moved) / len(moved), abs=0.06)


def test_answers_that_change_are_counted_named_and_marked(runs: Path) -> None:
    _, app = opened(runs, "bracket_depth", time="0")
    app.toggle(key="holding").set_value(True).run()
    app.toggle(key="held_all").set_value(True).run()
    slider(app, "To the value").set_value(1.0).run()
    table: Any = app.dataframe[-1].value
    before, after = table.loc["answer, original"], table.loc["answer, changed"]
    asked = (table.loc["target, original"] != "") | (table.loc["target, changed"] != "")
    moved = [column for column in table.columns if before[column] != after[column] and asked[column]]
    assert moved
    assert [column for column in table.columns if table.loc["changes", column]] == moved
    assert f"**{len(moved)} of {int(asked.sum())}** answers change: step {moved[0]} from" in texts(app)


def test_what_a_clamp_means_is_said_in_a_sentence() -> None:
    said = meaning(Clamp("forget_gate", 0.0, 3, start=5))
    assert said == "The forget gate of unit 3 is held at 0 from step 5 on: everything stored is erased at each step."
    assert "nothing stored is ever forgotten" in meaning(Clamp("forget_gate", 1.0))
    assert "35% of the candidate is written" in meaning(Clamp("input_gate", 0.35))
    assert "every unit is held at −0.5" in meaning(Clamp("hidden", -0.5))


@pytest.mark.parametrize("kind", [torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM])
def test_every_quantity_of_every_cell_has_a_meaning(kind: Any) -> None:
    for layer in trace(kind(2, 3), torch.zeros(2, 1, 2)).layers:
        for name in layer.quantities:
            assert meaning(Clamp(name, 0.5)).endswith(".")
