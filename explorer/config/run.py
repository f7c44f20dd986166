"""A whole run: a data set, a model and a training that fit each other."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

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
from explorer.config.networks import (
    CnnModel,
    GruModel,
    LstmModel,
    MlpModel,
    PretrainedModel,
    RecurrentModel,
    RnnModel,
    recommended_network,
)
from explorer.config.parts import Part, names
from explorer.config.series import PassengersData, SeriesData, SunspotsData
from explorer.config.tasks import (
    AddingData,
    BracketDepthData,
    CopyMemoryData,
    DigitDrawing,
    DigitRows,
    FlipFlopData,
    ParityData,
    SequenceData,
)
from explorer.config.texts import AdditionData, DatesData, PythonSourceData, ReverseData, TextData
from explorer.config.training import TrainingConfig, recommended_training

_Images = DigitsData | ShapesData | MnistData | FashionMnistData | KmnistData | Cifar10Data | SvhnData | ImageFolderData
_Tasks = AddingData | CopyMemoryData | ParityData | FlipFlopData | BracketDepthData | DigitRows | DigitDrawing
_Strings = ReverseData | AdditionData | DatesData
_Measured = SunspotsData | PassengersData | SeriesData | PythonSourceData | TextData
_Sequences = _Tasks | _Strings | _Measured

ImageDataset = Annotated[_Images, Field(discriminator="name")]
SequenceDataset = Annotated[_Sequences, Field(discriminator="name")]
# sequences, and for the type one-to-one the same digits looked at all at once
FiveTypesDataset = Annotated[_Sequences | DigitsData, Field(discriminator="name")]
DatasetConfig = Annotated[_Images | _Sequences, Field(discriminator="name")]
RecurrentConfig = Annotated[RnnModel | LstmModel | GruModel, Field(discriminator="name")]
_Networks = CnnModel | PretrainedModel | RnnModel | LstmModel | GruModel | MlpModel
ModelConfig = Annotated[_Networks, Field(discriminator="name")]

_IMAGES = names(ImageDataset)
_SEQUENCES = names(SequenceDataset)
_RECURRENT = names(RecurrentConfig)


class RunConfig(Part):
    """One run: a data set, a model and a training.

    What is left out is what suits the rest: a model that can read the data, for each of its settings the one of
    :func:`recommended_network`, and for each setting of the training the one of :func:`recommended_training`. A model
    or a ``TrainingConfig`` that is one already is taken as it is.
    """

    dataset: DatasetConfig = Field(default_factory=DigitsData)
    model: ModelConfig = Field(default_factory=CnnModel)
    training: TrainingConfig = Field(default_factory=TrainingConfig)

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        dataset, model = _name(values.get("dataset")), _name(values.get("model"))
        completed = dict(values)
        if "dataset" not in values and model in _RECURRENT:
            completed["dataset"] = AddingData()
            dataset = "adding"
        chosen = values.get("model", {})
        if isinstance(chosen, Mapping) and "name" not in chosen:
            model = "lstm" if dataset in _SEQUENCES else "cnn"
            completed["model"] = {"name": model, **chosen}
        if isinstance(chosen, Mapping) and model in _RECURRENT:
            completed["model"] = {**recommended_network(dataset or "digits", model).model_dump(), **chosen}
        training = values.get("training", {})
        if isinstance(training, Mapping):
            recommended = recommended_training(dataset or "digits", model or "cnn")
            completed["training"] = {**recommended.model_dump(), **training}
        return completed

    @model_validator(mode="after")
    def _fit(self) -> "RunConfig":
        fault = misfit(self.dataset, self.model)
        if fault:
            raise PydanticCustomError("misfit", "{fault}", {"fault": fault})
        return self


def misfit(dataset: Part, model: Part) -> str:
    """Why a network cannot learn from a data set, and what to choose instead; empty where it can."""
    data, network = _name(dataset), _name(model)
    if isinstance(model, RecurrentModel) and not isinstance(dataset, SequenceData):
        return (
            f"The model {network} reads sequences and {data} holds pictures; choose the model cnn, pretrained or mlp, "
            f"or one of the data sets {', '.join(_SEQUENCES)}."
        )
    if isinstance(model, (CnnModel, PretrainedModel)) and isinstance(dataset, SequenceData):
        return (
            f"The model {network} reads pictures and {data} holds sequences; choose the model "
            f"{' or '.join(_RECURRENT)}, or one of the data sets {', '.join(_IMAGES)}."
        )
    if isinstance(model, MlpModel) and not isinstance(dataset, DigitsData):
        fitting = "rnn, lstm or gru" if isinstance(dataset, SequenceData) else "cnn"
        return f"The model mlp reads the data set digits, not {data}; choose digits, or the model {fitting}."
    if (
        isinstance(model, RecurrentModel)
        and isinstance(dataset, SequenceData)
        and model.bidirectional
        and dataset.autoregressive
    ):
        return (
            f"On {data} the network predicts each next element from those before it, and reading from the end too "
            "would give the answers away; choose bidirectional false."
        )
    return ""


def _name(part: Any) -> str | None:
    name = part.get("name") if isinstance(part, Mapping) else getattr(part, "name", None)
    return name if isinstance(name, str) else None
