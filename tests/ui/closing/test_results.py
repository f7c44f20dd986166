"""What is compared, held to hand calculation, to scipy and to plain PyTorch."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional

from explorer.figures.gradient_flow import GradientFlow
from explorer.models.recurrent import Recurrent
from explorer.training.examples import OPENED_FIRST, SHIPPED
from explorer.training.run import Run
from explorer.ui.closing import flow, lessons, results
from explorer.ui.run.runs import known_runs

NAMES = {
    "cnn": "cnn-on-digits",
    "pretrained": "pretrained-on-digits",
    "rnn": "rnn-on-digit-rows",
    "lstm": "lstm-on-digit-rows",
}
PARAMETERS = {  # by hand: those that learn
    # convolutions with their biases, batch norms, and two linear layers
    "cnn": (9 * 16 + 16) + (144 * 32 + 32) + (288 * 32 + 32) + 2 * (16 + 32 + 32) + (128 * 64 + 64) + (64 * 10 + 10),
    "pretrained": 64 * 10 + 10,  # the new layer alone
    "rnn": 64 * 8 + 64 * 64 + 2 * 64 + (64 * 10 + 10),
    "lstm": 4 * (64 * 8 + 64 * 64 + 2 * 64) + (64 * 10 + 10),
}


@cache
def shipped(model: str) -> results.Result:
    return results.result_of(Run.open(SHIPPED / NAMES[model]))


@pytest.mark.parametrize("model", NAMES)
def test_parameters_are_those_counted_by_hand(model: str) -> None:
    found = shipped(model)
    assert found.learnt == PARAMETERS[model]
    frozen = {"pretrained": sum(v.numel() for k, v in backbone().items())}.get(model, 0)
    assert found.parameters == PARAMETERS[model] + frozen


def backbone() -> dict[str, nn.Parameter]:
    with_head = Run.open(SHIPPED / NAMES["pretrained"]).model(0)
    return {name: value for name, value in with_head.named_parameters() if name.startswith("backbone.")}


@pytest.mark.parametrize("model", NAMES)
def test_what_is_right_is_what_the_network_answers_and_what_the_run_recorded(model: str) -> None:
    found = shipped(model)
    targets = results.test_split(results.default_config(model))[1]
    said = np.array(results.answers(found))
    assert found.asked == len(targets) == 270
    assert int((said == targets.numpy()).sum()) == found.right
    assert found.right / 270 == pytest.approx(found.run.state().test_accuracy)


def test_every_network_is_asked_about_the_same_digits_in_the_same_order() -> None:
    everything = {tuple(pixels): label for pixels, label in zip(load_digits().data, load_digits().target, strict=True)}
    rows, targets = results.test_split(results.default_config("rnn"))
    for picture, target in zip(rows, targets.tolist(), strict=True):
        assert everything[tuple((picture.flatten() * 16).tolist())] == target
    for model in NAMES:
        assert results.test_split(results.default_config(model))[1].equal(targets)


@given(asked=st.integers(1, 500), share=st.floats(0, 1))
def test_the_interval_is_wilsons(asked: int, share: float) -> None:
    right = round(share * asked)
    expected = binomtest(right, asked).proportion_ci(method="wilson")
    assert results.interval(right, asked) == pytest.approx((expected.low, expected.high), abs=1e-6)


@given(one=st.integers(0, 60), other=st.integers(0, 60))
def test_the_paired_test_is_mcnemars_exact_one(one: int, other: int) -> None:
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert results.split_by_chance(one, other) == pytest.approx(expected)


@pytest.mark.parametrize(("model", "cell"), [("rnn", nn.RNNCell), ("lstm", nn.LSTMCell)])
def test_the_gradient_through_time_is_autograds_over_a_loop_of_cells(model: str, cell: type[nn.RNNCellBase]) -> None:
    found = shipped(model)
    network = found.run.model(found.run.steps[-1])
    assert isinstance(network, Recurrent)
    inputs, targets = results.test_split(results.default_config(model))
    loop = cell(8, 64)  # type: ignore[call-arg]
    loop.load_state_dict({name.removesuffix("_l0"): value for name, value in network.recurrent.state_dict().items()})
    states: list[torch.Tensor] = []
    state = None
    for time in range(8):
        state = loop(inputs[:, time], state)
        hidden = state[0] if isinstance(state, tuple) else state
        hidden.retain_grad()
        states.append(hidden)
    torch.autograd.backward(functional.cross_entropy(network.readout(states[-1]), targets))
    expected = [math.sqrt(float((hidden.grad**2).sum())) for hidden in reversed(states) if hidden.grad is not None]
    places, norms = flow.reach(found)
    assert tuple(places) == ("7", "6", "5", "4", "3", "2", "1", "0")
    np.testing.assert_allclose(norms, expected, rtol=2e-4)


def test_the_gradient_through_layers_is_the_median_of_what_was_recorded() -> None:
    found = shipped("cnn")
    places, norms = flow.reach(found)
    assert list(places)[2:] == ["block3.convolution", "block2.convolution", "block1.convolution"]
    watched = found.run.parameter_steps()
    for place, norm in zip(places, norms, strict=True):
        values = sorted(watched[watched["parameter"] == f"{place}.weight"]["gradient"])
        middle = len(values) // 2
        expected = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
        assert norm == pytest.approx(expected)


def test_of_a_frozen_network_the_gradient_reaches_the_new_layer_alone() -> None:
    assert list(flow.reach(shipped("pretrained")).places) == ["head"]


def test_what_is_learnt_is_said_with_the_runs_own_numbers() -> None:
    found = [shipped("cnn"), shipped("rnn")]
    truth = results.test_split(results.default_config("cnn"))[1].tolist()
    said = [results.answers(one) for one in found]
    sentences = " ".join(lessons.lessons(found, said, truth))
    assert f"**{found[0].right} of 270**" in sentences
    assert f"**{PARAMETERS['rnn']:,}** against {PARAMETERS['cnn']:,}" in sentences
    alone = sum(a == t != b for a, b, t in zip(*said, truth, strict=True))
    assert f"Only the first is correct on {alone} digits" in sentences
    assert lessons.lessons(found[:1], said[:1], truth) == []


TRUTH = [0] * 270


def answering(model: str, wrong: Sequence[int]) -> tuple[results.Result, list[int]]:
    """A network that misclassifies these digits and no other."""
    said = [1 if digit in wrong else 0 for digit in range(270)]
    return replace(shipped(model), right=270 - len(wrong)), said


def sentences_on(*networks: tuple[results.Result, list[int]], seeds: Sequence[Sequence[int]] = ()) -> str:
    found, said = zip(*networks, strict=True)
    return " ".join(lessons.lessons(found, said, TRUTH, seeds))


def test_equally_good_networks_share_the_highest_accuracy() -> None:
    said = sentences_on(answering("cnn", [1, 2]), answering("lstm", [2, 3]), answering("rnn", range(40)))
    assert "The CNN and LSTM share the highest accuracy: **268 of 270** correct each" in said
    assert "has the highest accuracy" not in said
    assert "Only the first is correct on 1 digits, only the second on 1." in said
    assert "significant over the RNN (p < 0.001)" in said
    assert "the lead is" not in sentences_on(answering("cnn", [1]), answering("lstm", [2]))


def test_the_same_digits_right_are_no_difference() -> None:
    said = sentences_on(answering("cnn", [5]), answering("lstm", [5]))
    assert "The CNN and the LSTM classify the same digits correctly." in said


@settings(max_examples=30, deadline=None)
@given(lost=st.integers(1, 30), both=st.integers(0, 3), others=st.integers(0, 2))
def test_a_lead_is_significant_only_after_correction_for_every_pair(lost: int, both: int, others: int) -> None:
    shared = list(range(both))
    networks = [answering("cnn", shared), answering("rnn", [*shared, *range(100, 100 + lost)])]
    networks += [answering(model, [*shared, *range(200, 240)]) for model in ("lstm", "pretrained")[:others]]
    pairs = math.comb(len(networks), 2)
    chance = min(1.0, pairs * binomtest(0, lost).pvalue)
    said = sentences_on(*networks)
    verdict = said.split("the lead is ")[1].split(". ")[0]
    significant, _, unclear = verdict.partition("possibly chance over")
    assert ("the RNN" in significant) == (chance <= 0.05)
    assert ("the RNN" in unclear) == (chance > 0.05)


def test_six_digits_ahead_are_significant_between_two_networks_and_may_be_chance_among_four() -> None:
    two = [answering("cnn", []), answering("rnn", range(6))]  # 2 / 2**6 = 3.1 %
    assert "significant over the RNN (p = 0.031)" in sentences_on(*two)
    four = [*two, answering("lstm", range(9)), answering("pretrained", range(9))]
    assert "possibly chance over the RNN (p = 0.19)" in sentences_on(*four)


def test_one_seed_is_said_and_several_are_given_with_their_spread() -> None:
    two = [answering("cnn", [1]), answering("rnn", [1, 2])]
    assert "Each network was trained with one seed" in sentences_on(*two)
    said = sentences_on(*two, seeds=[(269, 266, 268), (268,)])
    assert "the CNN 266 to 269 of 270, mean 267.7, over 3 seeds" in said
    assert "Each other network was trained with one seed" in said
    assert "one seed" not in sentences_on(*two, seeds=[(269, 266), (268, 267)])


@settings(max_examples=5)
@given(st.integers(2, 8))
def test_the_reading_tells_how_much_of_the_gradient_is_left(count: int) -> None:
    reach = GradientFlow([str(place) for place in range(count)], np.geomspace(1.0, 0.25, count))
    assert f"0.25 times as much {count - 1} time steps back in the RNN" in lessons.reading([(shipped("rnn"), reach)])


@pytest.mark.parametrize("page", [("cnn",), ("pretrained",), ("rnn", "gru", "mlp"), ("lstm", "gru")])
def test_the_runs_that_ship_to_be_compared_do_not_change_what_a_page_opens_with(page: tuple[str, ...]) -> None:
    of_page = [name for name, run in known_runs(page).items() if run.path.is_relative_to(SHIPPED)]
    assert of_page[0] in OPENED_FIRST
    assert len(of_page) >= 2 or page == ("cnn",)
