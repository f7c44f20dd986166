"""Claims of the topics, tried with PyTorch; and claims that were wrong, which must not come back."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.learn import Topic, load, load_closing


def deep(topic: str) -> Topic:
    return load("deep_learning").topics[topic]


def machine(topic: str) -> Topic:
    return load("machine_learning").topics[topic]


def words(text: str) -> str:
    return " ".join(text.split())


def test_overwriting_in_place_raises_and_detaching_is_silent() -> None:
    assert "raises an error in the backward pass" in words(deep("back-propagation").wrong)
    weight = torch.ones(3, requires_grad=True)
    activation = torch.sigmoid(weight)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.backward(activation.mul_(2).sum())
    torch.autograd.backward((weight + (2 * weight).detach()).sum())
    assert weight.grad is not None
    assert weight.grad.tolist() == [1, 1, 1]  # 3, had nothing been detached


def test_a_state_that_is_not_detached_raises_unless_the_graph_is_retained() -> None:
    assert "raises an error at the second backward pass" in words(deep("back-propagation-through-time").wrong)
    cell, inputs = nn.RNNCell(2, 3), torch.ones(1, 2)

    def two_segments(*, retain: bool, detach: bool) -> None:
        first = cell(inputs)
        torch.autograd.backward(first.sum(), retain_graph=retain)
        torch.autograd.backward(cell(inputs, first.detach() if detach else first).sum())

    two_segments(retain=False, detach=True)
    two_segments(retain=True, detach=False)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        two_segments(retain=False, detach=False)


@pytest.mark.parametrize(("layer", "entering"), [(nn.Linear(300, 400), 300), (nn.Conv2d(32, 128, 3), 288)])
def test_the_default_weights_have_the_variance_that_the_topic_gives(layer: nn.Linear, entering: int) -> None:
    assert r"1/(3\,n_{\text{in}})" in deep("initialisation").when
    assert float(layer.weight.detach().var()) * entering == pytest.approx(1 / 3, rel=0.05)


def test_the_perceptrons_rule_separates_classes_only_if_it_moves_the_bias_too() -> None:
    assert r"b \leftarrow b + (t - y)" in deep("perceptron").equation
    points = [((0.0, 0.0), 0), ((0.0, 1.0), 0), ((1.0, 0.0), 0), ((1.0, 1.0), 1)]  # and

    def mistakes_at_the_end(bias_learns: int) -> int:
        weights, bias = [0.0, 0.0], 0.0
        for _ in range(50):
            mistakes = 0
            for inputs, target in points:
                answer = int(sum(w * x for w, x in zip(weights, inputs, strict=True)) + bias > 0)
                mistakes += answer != target
                weights = [w + (target - answer) * x for w, x in zip(weights, inputs, strict=True)]
                bias += bias_learns * (target - answer)
        return mistakes

    assert mistakes_at_the_end(bias_learns=1) == 0
    assert mistakes_at_the_end(bias_learns=0) > 0


def test_an_always_open_forget_gate_adds_up_its_inputs() -> None:
    assert "integrator" in deep("lstm").wrong
    cell = nn.LSTMCell(1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih.copy_(torch.tensor([50.0, 50.0, 0.0, 50.0]))  # input, forget, candidate, output
        cell.weight_ih[2] = 1.0
        state = None
        inputs = [0.3, -0.1, 0.5]
        for value in inputs:
            state = cell(torch.tensor([[value]]), state)
        assert state is not None
        assert float(state[1]) == pytest.approx(sum(float(torch.tanh(torch.tensor(value))) for value in inputs))


def test_where_classes_are_separable_larger_weights_always_lower_the_logistic_loss() -> None:
    assert "no finite weights are best" in words(machine("logistic-regression").wrong)
    points, targets = torch.tensor([-1.0, 1.0]), torch.tensor([0.0, 1.0])
    losses = [functional.binary_cross_entropy_with_logits(weight * points, targets).item() for weight in (1, 4, 16)]
    assert losses == sorted(losses, reverse=True)


def test_without_full_column_rank_the_closed_form_does_not_exist() -> None:
    assert r"\operatorname{rank} X = d" in machine("linear-regression").equation
    columns = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    with pytest.raises(RuntimeError, match="singular"):
        torch.linalg.inv(columns.T @ columns)


WRONG = [
    ("lstm", "learnt nothing"),
    ("back-propagation", "in place, or detaching a tensor, silently"),
    ("back-propagation-through-time", "the past makes each step slower"),
    ("bidirectional-and-stacked", "not along time"),
    ("scaling-laws", "because their schedules did not match"),
    ("residual-networks", "Much of the depth"),
    ("momentum", "without lowering the rate diverges"),
    ("activation-functions", "is dead and stays so"),
    ("state-space-models", "xLSTM"),
    ("language-models", "for language, without labels"),
    ("self-supervision", "The network learns features without labels"),
    ("imagenet-networks", "overfitting to its test set"),
    ("neighbour-embeddings", "Neither is a preprocessing step"),
    ("logistic-regression", "the one best value"),
    ("markov-decision-processes", "a model or a simulator of them exists"),
    ("vectors-and-matrices", "how far two vectors point the same way"),
    ("confusion-matrix", "share of the right"),
    ("multilayer-perceptron", "boosted forest"),
]


@pytest.mark.parametrize(("topic", "claim"), WRONG)
def test_a_claim_that_was_wrong_does_not_come_back(topic: str, claim: str) -> None:
    maps = [load("deep_learning").topics, load("machine_learning").topics]
    found = [one[topic] for one in maps if topic in one]
    assert found
    for one in found:
        assert claim not in words(f"{one.what} {one.when} {one.wrong} {[source.title for source in one.sources]}")


def test_self_supervision_began_before_2018_and_contrastive_methods_hide_nothing() -> None:
    followed = words(load_closing().chapters["pretrained"].followed)
    for said in ("word2vec (2013)", "context prediction (2015)", "SimCLR (2020) hide nothing"):
        assert said in followed
