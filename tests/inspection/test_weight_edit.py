import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import capture, edit_weight
from tests.inspection.test_activations import Twice, net_a

X = torch.arange(16.0).reshape(1, 1, 4, 4)


def test_a_bias_that_switches_a_channel_off_by_hand() -> None:
    edit = edit_weight(net_a(), X + 1, "0.bias", [1], -1000.0)
    assert (edit.old, edit.new) == (-75.0, -1000.0)
    assert edit.before.tolist() == [[67.0] * 4]
    assert edit.after.tolist() == [[106.0] * 4]
    assert edit.changes["0"][0, :, 0, 0].tolist() == [0, -925]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), value=st.floats(-5, 5, width=32))
def test_the_outputs_are_those_of_a_copy_with_that_weight(seed: int, value: float) -> None:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(inplace=True), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2))
    images = torch.randn(2, 2, 4, 4)
    other = copy.deepcopy(model)
    place = (seed % 3, seed % 2, 1, 2)
    with torch.no_grad():
        other.get_parameter("0.weight")[place] = value
    edit = edit_weight(model, images, "0.weight", place, value)
    before, after = capture(model, images), capture(other, images)
    assert torch.equal(edit.before, before["4"])
    assert torch.equal(edit.after, after["4"])
    assert list(edit.changes) == list(before)
    for name, change in edit.changes.items():
        assert torch.equal(change, after[name] - before[name])
        expected = (after[name] - before[name]).norm() / before[name].norm()
        assert edit.relative[name] == pytest.approx(expected.item(), rel=1e-5)


def test_a_shared_weight_changes_wherever_it_is_used() -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.get_parameter("0.weight")[0, 1] = 3.0
    inputs = torch.randn(3, 2)
    assert torch.equal(edit_weight(model, inputs, "1.weight", (0, 1), 3.0).after, other(inputs).detach())


def test_each_call_of_a_reused_layer_is_compared() -> None:
    model = nn.Sequential(Twice(), nn.Flatten())
    edit = edit_weight(model, torch.randn(2, 3), "0.layer.bias", [0], 1.0)
    assert {"0.layer#1", "0.layer#2", "1"} <= edit.changes.keys()


def test_only_the_chosen_layers_are_compared() -> None:
    assert list(edit_weight(net_a(), X, "3.bias", [0], 1.0, ["3"]).changes) == ["3"]


@pytest.mark.parametrize(
    ("parameter", "index", "value", "words"),
    [
        ("0.wait", (0,), 1.0, "no parameter '0.wait'"),
        ("0.bias", (2,), 1.0, r"shape \(2,\), counted from 0: there is no \(2,\)"),
        ("0.bias", (-1,), 1.0, "there is no"),
        ("0.weight", (0, 0), 1.0, "there is no"),
        ("0.bias", (0,), math.nan, "finite"),
    ],
)
def test_a_weight_that_does_not_exist_is_refused(
    parameter: str, index: tuple[int, ...], value: float, words: str
) -> None:
    with pytest.raises(ExplorerError, match=words):
        edit_weight(net_a(), X, parameter, index, value)
