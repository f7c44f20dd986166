"""Models by name: ``MODELS[name]`` holds the builder, ``build(config, splits)`` returns the network."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from explorer.config import ModelConfig, RunConfig
from explorer.datasets.splits import Shaped, ShapeFacts
from explorer.models import cnn, mlp, pretrained, recurrent


@dataclass(frozen=True)
class ModelSpec:
    """The functions that build a model, with its weights or, as ``blank``, to be filled from a snapshot."""

    build: Callable[[Any, ShapeFacts], nn.Module]
    blank: Callable[[Any, ShapeFacts], nn.Module] | None = None  # without reading weights; None: build reads none


MODELS: dict[str, ModelSpec] = {
    "cnn": ModelSpec(cnn.build),
    "pretrained": ModelSpec(pretrained.build, pretrained.blank),
    "rnn": ModelSpec(recurrent.build),
    "lstm": ModelSpec(recurrent.build),
    "gru": ModelSpec(recurrent.build),
    "mlp": ModelSpec(mlp.build),
}


def build(config: ModelConfig | RunConfig, splits: Shaped) -> nn.Module:
    """The network that a model's configuration describes, for a data set or for what was kept of one.

    Raises:
        ExplorerError: where the configuration does not fit the data; the message says what to choose instead.
    """
    model = config.model if isinstance(config, RunConfig) else config
    return MODELS[model.name].build(model, splits.shape_facts())


def blank(config: ModelConfig | RunConfig, splits: Shaped) -> nn.Module:
    """The same network without any weights from a file, to be filled from a snapshot.

    Raises:
        ExplorerError: where the configuration does not fit the data.
    """
    model = config.model if isinstance(config, RunConfig) else config
    spec = MODELS[model.name]
    return (spec.blank or spec.build)(model, splits.shape_facts())
