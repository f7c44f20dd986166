"""A network that has learnt other pictures before, and a new last layer for this data set's classes."""

from typing import Any, Self

import torch
from torch import Tensor, nn

from explorer.config import PretrainedModel
from explorer.datasets.splits import Shaped, ShapeFacts
from explorer.errors import ExplorerError
from explorer.models.blocks import blocks, classifier_of, feature_count, pieces
from explorer.models.zoo import ZooNetwork, load, seeded, untrained


class Preprocess(nn.Module):
    """From a data set's normalised inputs back to pixels in 0…1, in colour, and through the weights' own transforms.

    It has no parameters, and its few numbers are in no snapshot. Every operation can be differentiated.

    Args:
        facts: the data's channels, mean and standard deviation.
        transforms: the preset of the weights, torchvision's ImageClassification.

    Raises:
        ExplorerError: where the data are no pictures, or nobody knows how they were normalised.
    """

    data_mean: Tensor
    data_std: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, facts: ShapeFacts, transforms: Any) -> None:
        super().__init__()
        channels = facts.input_shape[0]
        if len(facts.input_shape) != 3 or channels not in (1, 3):
            raise ExplorerError(
                f"A pretrained network reads pictures, grey or in colour, and one input here has the shape "
                f"{facts.input_shape}; choose a data set of pictures."
            )
        if len(facts.mean) != channels or len(facts.std) != channels:
            raise ExplorerError(
                f"The mean and the standard deviation of the pixels are known for "
                f"{len(facts.mean)} of {channels} channels, and a pretrained network needs the pixels; load the data "
                "set again."
            )
        self.transforms = transforms
        numbers = (
            ("data_mean", facts.mean),
            ("data_std", facts.std),
            ("mean", transforms.mean),
            ("std", transforms.std),
        )
        for name, values in numbers:
            self.register_buffer(name, torch.tensor(values).view(-1, 1, 1), persistent=False)

    def pixels(self, inputs: Tensor) -> Tensor:
        """Normalised inputs (batch, channel, row, column) to pixels in 0…1 (batch, 3, row, column)."""
        return (inputs * self.data_std + self.data_mean).expand(-1, 3, -1, -1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalised inputs (batch, channel, row, column) to what the network reads, (batch, 3, size, size)."""
        from torchvision.transforms import functional

        preset = self.transforms
        picture = functional.resize(
            self.pixels(inputs), preset.resize_size, interpolation=preset.interpolation, antialias=preset.antialias
        )
        # the preset's own normalisation asks its numbers whether they are 0, which no tensor without memory can answer
        normalised: Tensor = (functional.center_crop(picture, preset.crop_size) - self.mean) / self.std
        return normalised


class Pretrained(nn.Module):
    """A preprocessing, a backbone that turns pictures into features, and a new linear layer that classifies these.

    ``frozen`` says that the features never change. What does not learn stays in eval mode, so that neither batch norm's
    statistics move nor dropout acts.

    Args:
        config: the strategy.
        zoo: the network; its classifier is taken off, so it is of no use for anything else afterwards.
        facts: the data's channels, mean, standard deviation and classes.

    Raises:
        ExplorerError: where the network has fewer blocks than are to learn, or weights that are no numbers.
    """

    def __init__(self, config: PretrainedModel, zoo: ZooNetwork, facts: ShapeFacts) -> None:
        super().__init__()
        self.frozen = config.has_frozen_features
        self.preprocess = Preprocess(facts, zoo.transforms)
        name, classifier = classifier_of(zoo.module)
        zoo.module.set_submodule(name, nn.Identity())
        self.backbone = zoo.module
        with seeded(config.seed):  # the same first head whatever the backbone does
            self.head = nn.Linear(feature_count(classifier), len(facts.class_names))
        self._rate_factor = 1.0 if config.strategy == "scratch" else config.rate_factor
        self._learning = _learning(config, self.backbone)
        self.backbone.requires_grad_(False)
        for learning in self._learning:
            self.backbone.get_submodule(learning).requires_grad_(True)
        self.train()

    def features(self, inputs: Tensor) -> Tensor:
        """Normalised inputs (batch, channel, row, column) to features (batch, feature)."""
        features: Tensor = self.backbone(self.preprocess(inputs))
        return features

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalised inputs (batch, channel, row, column) to logits (batch, class)."""
        logits: Tensor = self.head(self.features(inputs))
        return logits

    def blocks(self) -> dict[str, nn.Module]:
        """The backbone's coarse parts that learn something, first to last, by their names in the backbone.

        A part that the network does not keep together itself ("stem" of a ResNet: convolution, norm, activation,
        pooling) is a list of its modules.
        """
        return blocks(self.backbone)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """A parameter group: ``params``, and ``factor``, the factor of their learning rate."""
        learning = [parameter for parameter in self.backbone.parameters() if parameter.requires_grad]
        head = {"params": list(self.head.parameters()), "factor": 1.0}
        return [{"params": learning, "factor": self._rate_factor}, head] if learning else [head]

    def train(self, mode: bool = True) -> Self:
        """Training mode for what learns; the rest stays in eval mode."""
        super().train(mode)
        self.preprocess.eval()
        if "" in self._learning:
            return self
        self.backbone.eval()
        for name in self._learning:
            self.backbone.get_submodule(name).train(mode)
        return self


def build(config: PretrainedModel, splits: Shaped) -> Pretrained:
    """The network with its weights, and a new head for this data set, whose initial weights ``config.seed`` fixes.

    From scratch the backbone begins with random weights too, and no file is read.

    Raises:
        ExplorerError: where there are no such network or weights, they do not fit or cannot be downloaded, or the data
            are no pictures.
    """
    if not config.begins_pretrained:
        return blank(config, splits)
    zoo = load(config.network, config.weights)
    model = Pretrained(config, zoo, splits.shape_facts())
    if not all(parameter.isfinite().all() for parameter in model.backbone.parameters()):
        raise ExplorerError(
            f"Some of the weights {config.weights} of {config.network} are not finite, so that no features can be "
            "computed; choose others."
        )
    return model


def blank(config: PretrainedModel, splits: Shaped) -> Pretrained:
    """The same network with random weights everywhere: to train from scratch, or to fill from a snapshot.

    No weights file is needed.

    Raises:
        ExplorerError: where there are no such network or weights, or the data are no pictures.
    """
    return Pretrained(config, untrained(config.network, config.weights, config.seed), splits.shape_facts())


def _learning(config: PretrainedModel, backbone: nn.Module) -> tuple[str, ...]:
    """The names of the backbone's modules that learn, "" being all of it."""
    if config.has_frozen_features:
        return ()
    if config.strategy in ("all", "scratch"):
        return ("",)
    parts = pieces(backbone)
    places = [place for place, piece in enumerate(parts) if piece.has_weights]
    if config.trainable_blocks > len(places):
        raise ExplorerError(
            f"{config.network} has {len(places)} blocks, and {config.trainable_blocks} are to learn; choose "
            f"{len(places)} or less, or the strategy all."
        )
    first = places[-config.trainable_blocks]  # the norms behind a block belong to it
    return tuple(name for piece in parts[first:] for name, _ in piece.members)
