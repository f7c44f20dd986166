"""Models by name: ``MODELS[name]`` holds the builder, ``build(config, splits)`` returns the network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.config import ModelConfig, RunConfig
from explorer.datasets.splits import Shaped, ShapeFacts
from explorer.errors import ExplorerError, shown
from explorer.models import cnn, mlp, pretrained, recurrent
from explorer.models.weights import versioned


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

# what PyTorch and the models raise for data of a shape that a network cannot have
UNFIT = (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError)


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


def filled(config: RunConfig, facts: ShapeFacts, weights: Mapping[str, Tensor], source: str) -> nn.Module:
    """The network of a run with weights that were kept.

    It is built without memory first: facts that somebody changed can ask for more than there is.

    Args:
        config: of the run.
        facts: what was kept of its data.
        weights: every weight and buffer by name.
        source: what messages call the weights.

    Raises:
        ExplorerError: where the weights, the facts and the configuration do not fit each other.
    """
    try:
        with torch.device("meta"):
            outline = blank(config, facts).state_dict()
    except UNFIT as error:
        raise ExplorerError(f"The data of {source} do not fit its configuration: {error}.") from error
    unlike = [
        name
        for name in outline.keys() | weights.keys()
        if name not in outline or name not in weights or outline[name].shape != weights[name].shape
    ]
    if unlike:
        raise ExplorerError(
            f"The weights of {source} do not fit its configuration: {len(unlike)} of {len(outline)} tensors are "
            f"missing, unknown or of another shape, {shown(min(unlike))} first."
        )
    model = blank(config, facts)
    model.load_state_dict(versioned(weights, model))
    return model
