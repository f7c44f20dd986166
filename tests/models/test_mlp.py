from itertools import pairwise
from typing import Any

import pytest
import torch
from torch.nn import functional

from explorer import datasets, models
from explorer.config import MlpModel, parse
from explorer.datasets import ShapeFacts, Splits
from explorer.models.mlp import build
from explorer.training import evaluate, train

FACTS = ShapeFacts(input_shape=(1, 3, 4), class_names=("a", "b", "c"))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"])
def test_a_perceptron_computes_what_its_configuration_says(activation: Any) -> None:
    model = build(MlpModel(hidden_layers=2, hidden_size=5, activation=activation, dropout=0.5), FACTS).eval()
    state, inputs = model.state_dict(), torch.randn(7, 1, 3, 4, generator=torch.Generator().manual_seed(1))
    flow = inputs.flatten(1)
    for layer in ("layer1.linear", "layer2.linear"):
        flow = getattr(functional, activation)(flow @ state[f"{layer}.weight"].T + state[f"{layer}.bias"])
    expected = flow @ state["logits.weight"].T + state["logits.bias"]
    torch.testing.assert_close(model(inputs), expected)


@pytest.mark.parametrize("layers", [0, 1, 6])
def test_it_has_as_many_hidden_layers_as_asked_for(layers: int) -> None:
    model = build(MlpModel(hidden_layers=layers, hidden_size=4), FACTS)
    sizes = [12, *[4] * layers, 3]
    weights = [tuple(p.shape) for name, p in model.named_parameters() if name.endswith("weight")]
    assert weights == [(after, before) for before, after in pairwise(sizes)]


def test_the_default_perceptron_reads_digits_it_never_saw() -> None:
    torch.set_num_threads(1)
    config = parse({"model": {"name": "mlp"}, "training": {"epochs": 30, "device": "cpu"}})
    splits = datasets.load(config)
    assert isinstance(splits, Splits)
    model = models.build(config, splits)
    for _ in train(model, splits, config.training, watched_steps=()):
        pass
    assert evaluate(model, splits.test).accuracy > 0.95
