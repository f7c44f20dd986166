"""The coarse parts of any torchvision classifier: its blocks from first to last, and the layer that classifies."""

from collections.abc import Iterator
from typing import NamedTuple

from torch import nn

from explorer.errors import ExplorerError

TRUNKS = ("features", "trunk_output", "encoder", "layers", "blocks")  # what networks call the row of their stages
POOLINGS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
CLASSIFIERS = ("classifier", "heads")  # what they call what comes behind it

Named = tuple[str, nn.Module]
Classifier = nn.Linear | nn.Conv2d


class Piece(NamedTuple):
    """A stretch of the network: one of its stages, or neighbouring layers that stand alone."""

    name: str
    members: tuple[Named, ...]  # modules by their names in the network, in order

    @property
    def module(self) -> nn.Module:
        """The stage itself, or the layers as a list."""
        if len(self.members) == 1:
            return self.members[0][1]
        return nn.ModuleList(module for _, module in self.members)

    @property
    def has_weights(self) -> bool:
        """True if the module learns more than scales and shifts, which belong to the layer before them."""
        return any(parameter.dim() > 1 for _, module in self.members for parameter in module.parameters())


def pieces(network: nn.Module) -> list[Piece]:
    """The whole network in order, each module in one piece.

    A stage (a module with children) and a linear layer are pieces under their own names. Other layers are gathered up
    to the next of these or a pooling: before the first stage as "stem", behind it as "tail", and where a network has no
    stages (VGG) as "stage1", "stage2", …. Gathered layers that learn nothing keep the name of the first of them.
    """
    found: list[Piece] = []
    row: list[Named] = []
    for name, module in _units(network):
        alone = bool(module._modules) or isinstance(module, nn.Linear)
        if row and (alone or isinstance(row[-1][1], POOLINGS)):
            found.append(Piece(row[0][0], tuple(row)))
            row = []
        if alone:
            found.append(Piece(name, ((name, module),)))
        else:
            row.append((name, module))
    if row:
        found.append(Piece(row[0][0], tuple(row)))
    return _named(found)


def blocks(network: nn.Module) -> dict[str, nn.Module]:
    """The pieces that learn, first to last; gathered layers as a list of modules."""
    return {piece.name: piece.module for piece in pieces(network) if piece.has_weights}


def classifier_of(network: nn.Module) -> tuple[str, Classifier]:
    """The layer that gives the logits, and its name: the last linear layer, or without one the last convolution.

    SqueezeNet has no linear layer: there a 1x1 convolution gives a map of logits, which is averaged.

    Raises:
        ExplorerError: where there is neither.
    """
    for kind in (nn.Linear, nn.Conv2d):
        layers = [(name, module) for name, module in network.named_modules() if isinstance(module, kind)]
        if layers:
            return layers[-1]
    raise ExplorerError("This network has no linear layer and no convolution: nothing in it classifies.")


def feature_count(classifier: Classifier) -> int:
    """The number of features that the classifying layer reads."""
    return classifier.in_channels if isinstance(classifier, nn.Conv2d) else classifier.in_features


def with_classes(classifier: Classifier, classes: int) -> Classifier:
    """A layer like the classifying one, with other classes and new weights."""
    if isinstance(classifier, nn.Conv2d):
        return nn.Conv2d(classifier.in_channels, classes, kernel_size=1)
    return nn.Linear(feature_count(classifier), classes, bias=classifier.bias is not None)


def _units(network: nn.Module, prefix: str = "") -> Iterator[Named]:
    for name, module in network.named_children():
        if name in TRUNKS:
            yield from _units(module, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", module


def _named(found: list[Piece]) -> list[Piece]:
    stages = [place for place, piece in enumerate(found) if _is_stage(piece) and piece.name not in CLASSIFIERS]
    rows = [place for place, piece in enumerate(found) if piece.has_weights and _is_gathered(piece)]
    for number, place in enumerate(rows, start=1):
        name = f"stage{number}" if not stages else "stem" if place < stages[0] else "tail"
        found[place] = found[place]._replace(name=name)
    return found


def _is_stage(piece: Piece) -> bool:
    return bool(piece.members[0][1]._modules)


def _is_gathered(piece: Piece) -> bool:
    return not _is_stage(piece) and not isinstance(piece.members[0][1], nn.Linear)
