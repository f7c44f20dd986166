"""A network without memory: layers of units, each connected to all of the layer before."""

from collections import OrderedDict
from math import prod

import torch
from torch import Tensor, nn

from explorer.config import MlpModel
from explorer.datasets.splits import Shaped
from explorer.models.cnn import ACTIVATIONS


class Mlp(nn.Module):
    """Hidden layers, then one logit a class."""

    def __init__(self, config: MlpModel, features: int, classes: int) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        for number in range(1, config.hidden_layers + 1):
            self.add_module(f"layer{number}", _layer(config, features))
            features = config.hidden_size
        self.logits = nn.Linear(features, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (batch, …) of any shape to logits (batch, class)."""
        for module in self.children():
            inputs = module(inputs)
        return inputs


def build(config: MlpModel, splits: Shaped) -> Mlp:
    """The network for this data set, its initial weights fixed by ``config.seed``."""
    facts = splits.shape_facts()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return Mlp(config, prod(facts.input_shape), len(facts.class_names))


def _layer(config: MlpModel, features: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["linear"] = nn.Linear(features, config.hidden_size)
    layers["activation"] = ACTIVATIONS[config.activation]()
    if config.dropout:
        layers["dropout"] = nn.Dropout(config.dropout)
    return nn.Sequential(layers)
