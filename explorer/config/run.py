"""A run: a data set, a model and a training that fit each other."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from explorer.config.images import DigitsData, Images
from explorer.config.networks import CnnModel, Networks, Recurrent, RecurrentModel
from explorer.config.parts import Part, by_name, members, names, suits
from explorer.config.series import AnySeries
from explorer.config.tasks import AddingData, Tasks
from explorer.config.texts import Strings, Texts
from explorer.config.training import TrainingConfig
from explorer.errors import shown

_Sequences = Tasks | Strings | AnySeries | Texts

ImageDataset = Annotated[Images, Field(discriminator="name")]
SequenceDataset = Annotated[_Sequences, Field(discriminator="name")]
# sequences, and for the type one-to-one the same digits, read all at once
FiveTypesDataset = Annotated[_Sequences | DigitsData, Field(discriminator="name")]
DatasetConfig = Annotated[Images | _Sequences, Field(discriminator="name")]
RecurrentConfig = Annotated[Recurrent, Field(discriminator="name")]
ModelConfig = Annotated[Networks, Field(discriminator="name")]


class RunConfig(Part):
    """One run: a data set, a model and a training.

    What is left out is chosen to suit the rest: a model that reads the data, with the settings of
    :func:`recommended_network`, and the settings of :func:`recommended_training`. A model or a ``TrainingConfig`` that
    is given as an object is used as it is.
    """

    dataset: DatasetConfig = Field(default_factory=DigitsData)
    model: ModelConfig = Field(default_factory=CnnModel)
    training: TrainingConfig = Field(default_factory=TrainingConfig)

    @property
    def seeds(self) -> tuple[int, int]:
        """The seeds of the weights and of the training."""
        return self.model.seed, self.training.seed

    @property
    def without_seeds(self) -> "RunConfig":
        """All that decides how good a network gets, but for its seeds: equal for several runs of one network.

        The device and the number of kept snapshots change nothing and are the default's, too.
        """
        usual = TrainingConfig()
        same = {"seed": usual.seed, "device": usual.device, "snapshots": usual.snapshots}
        model, training = self.model.model_copy(update={"seed": 0}), self.training.model_copy(update=same)
        return self.model_copy(update={"model": model, "training": training})

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        dataset, model = _name(values.get("dataset")), _name(values.get("model"))
        completed = dict(values)
        recurrent = model in names(RecurrentConfig)
        if "dataset" not in values and recurrent:
            completed["dataset"] = AddingData()
            dataset = "adding"
        chosen = values.get("model", {})
        if isinstance(chosen, Mapping) and "name" not in chosen:
            model = "lstm" if dataset in names(SequenceDataset) else "cnn"
            completed["model"] = {"name": model, **chosen}
        if isinstance(chosen, Mapping) and model in names(RecurrentConfig):
            completed["model"] = {**recommended_network(dataset or "digits", model).model_dump(), **chosen}
        training = values.get("training", {})
        if isinstance(training, Mapping):
            recommended = recommended_training(dataset or "digits")
            completed["training"] = {**recommended.model_dump(), **training}
        return completed

    @model_validator(mode="after")
    def _fit(self) -> "RunConfig":
        fault = misfit(self.dataset, self.model) or _without_effect(self.training, self.dataset)
        if fault:
            raise PydanticCustomError("misfit", "{fault}", {"fault": fault})
        return self


def recommended_network(dataset_name: str, model_name: str) -> RecurrentModel:
    """The recurrent network that suits a data set, unless other settings are given."""
    sizes = getattr(_class_of(DatasetConfig, dataset_name), "recommended_sizes", {})
    network: RecurrentModel = _class_of(RecurrentConfig, model_name)(**sizes)
    return network


def recommended_training(dataset_name: str) -> TrainingConfig:
    """The training that suits a data set, unless other settings are given."""
    return TrainingConfig(**_class_of(DatasetConfig, dataset_name).recommended)


def models_of(page: str) -> tuple[type[Part], ...]:
    """The networks that a page offers, by the page's address."""
    return tuple(model for model in by_name(ModelConfig).values() if page in model.pages)


def misfit(dataset: Any, model: Any) -> str:
    """The reason why a network cannot learn from a data set, and what to choose instead; empty if it can."""
    if not isinstance(dataset, model.reads):
        models = [name for name, one in by_name(ModelConfig).items() if isinstance(dataset, one.reads)]
        fitting = f"{', '.join(models[:-1])} or {models[-1]}" if len(models) > 1 else models[0]
        if model.reads is DigitsData:
            return (
                f"The model {model.name} reads the data set digits, not {dataset.name}; choose digits, or "
                f"the model {fitting}."
            )
        data = [name for name, kind in by_name(DatasetConfig).items() if issubclass(kind, model.reads)]
        return (
            f"The model {model.name} reads {model.reads.kind} and {dataset.name} holds {dataset.kind}; choose the "
            f"model {fitting}, or one of the data sets {', '.join(data)}."
        )
    if isinstance(model, RecurrentModel) and model.bidirectional and dataset.autoregressive:
        return (
            f"On {dataset.name} the network predicts each next element from those before it, so that reading in "
            "reverse too would give the answers away; choose bidirectional false."
        )
    return ""


def _without_effect(training: TrainingConfig, dataset: Any) -> str:
    """A setting that has no effect on a data set, and its only value there; empty where all have one."""
    for name, field in TrainingConfig.model_fields.items():
        value = getattr(training, name)
        if value != field.default and not suits(field, dataset.kind):
            return (
                f"training.{name} is {shown(value)}, and {dataset.name} holds {dataset.kind}, which it cannot change; "
                f"choose {shown(field.default)}, or a data set of pictures."
            )
    return ""


def _class_of(union: Any, name: str) -> Any:
    return by_name(union).get(name, members(union)[0])


def _name(part: Any) -> str | None:
    name = part.get("name") if isinstance(part, Mapping) else getattr(part, "name", None)
    return name if isinstance(name, str) else None
