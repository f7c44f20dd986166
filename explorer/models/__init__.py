"""Models by name: ``MODELS[name]`` tells what one is, ``build(config, splits)`` makes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from explorer.config import ModelConfig, RunConfig
from explorer.datasets.splits import Splits
from explorer.models import cnn


@dataclass(frozen=True)
class ModelSpec:
    """What a model is called on the screen, and the function that builds it."""

    title: str
    build: Callable[[Any, Splits], nn.Module]


MODELS: dict[str, ModelSpec] = {
    "cnn": ModelSpec("Convolutional network", cnn.build),
}


def build(config: ModelConfig | RunConfig, splits: Splits) -> nn.Module:
    """The network that a model's configuration describes, with the input shape and classes of the data.

    Raises:
        ExplorerError: where the configuration does not fit the data; the message says what to choose instead.
    """
    model = config.model if isinstance(config, RunConfig) else config
    return MODELS[model.name].build(model, splits)
