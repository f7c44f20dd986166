"""A whole run: a data set, a model and a training."""

from typing import Annotated

from pydantic import Field

from explorer.config.images import (
    Cifar10Data,
    DigitsData,
    FashionMnistData,
    ImageFolderData,
    KmnistData,
    MnistData,
    ShapesData,
    SvhnData,
)
from explorer.config.networks import CnnModel
from explorer.config.parts import Part
from explorer.config.training import TrainingConfig

ImageDataset = Annotated[
    DigitsData | ShapesData | MnistData | FashionMnistData | KmnistData | Cifar10Data | SvhnData | ImageFolderData,
    Field(discriminator="name"),
]
DatasetConfig = ImageDataset
ModelConfig = CnnModel


class RunConfig(Part):
    """One run: a data set, a model and a training."""

    dataset: DatasetConfig = Field(default_factory=DigitsData)
    model: ModelConfig = Field(default_factory=CnnModel)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
