"""One frozen, validated value describes a run: its data set, its model and its training.

Every parameter is written once, here, with its default, bounds, unit and one line of help. The form on the page, the
command line, the configuration file and the validation all derive from these classes. A data set or a network that is
added to a union of its file is known everywhere; it needs no line here.
"""

from explorer.config.compact import compact, differing, expanded
from explorer.config.images import (
    Cifar10Data,
    DigitsData,
    FashionMnistData,
    ImageFolderData,
    ImageSplit,
    KmnistData,
    MnistData,
    ShapesData,
    SvhnData,
    TorchvisionData,
)
from explorer.config.networks import (
    CnnModel,
    ConvolutionBlock,
    GruModel,
    LstmModel,
    MlpModel,
    PretrainedModel,
    RecurrentModel,
    RnnModel,
)
from explorer.config.parts import SAMPLE_DATA, Part, bounds, members, names, setting
from explorer.config.reading import explain, parse, read_config
from explorer.config.run import (
    DatasetConfig,
    FiveTypesDataset,
    ImageDataset,
    ModelConfig,
    RecurrentConfig,
    RunConfig,
    SequenceDataset,
    misfit,
    models_of,
    recommended_network,
    recommended_training,
)
from explorer.config.series import PassengersData, SeriesData, SeriesSplit, SunspotsData
from explorer.config.tasks import (
    AddingData,
    BracketDepthData,
    CopyMemoryData,
    DigitDrawing,
    DigitRows,
    FlipFlopData,
    MadeSequences,
    ParityData,
    SequenceData,
)
from explorer.config.texts import AdditionData, DatesData, PythonSourceData, ReverseData, RunningText, TextData
from explorer.config.training import TrainingConfig

__all__ = [
    "SAMPLE_DATA",
    "AddingData",
    "AdditionData",
    "BracketDepthData",
    "Cifar10Data",
    "CnnModel",
    "ConvolutionBlock",
    "CopyMemoryData",
    "DatasetConfig",
    "DatesData",
    "DigitDrawing",
    "DigitRows",
    "DigitsData",
    "FashionMnistData",
    "FiveTypesDataset",
    "FlipFlopData",
    "GruModel",
    "ImageDataset",
    "ImageFolderData",
    "ImageSplit",
    "KmnistData",
    "LstmModel",
    "MadeSequences",
    "MlpModel",
    "MnistData",
    "ModelConfig",
    "ParityData",
    "Part",
    "PassengersData",
    "PretrainedModel",
    "PythonSourceData",
    "RecurrentConfig",
    "RecurrentModel",
    "ReverseData",
    "RnnModel",
    "RunConfig",
    "RunningText",
    "SequenceData",
    "SequenceDataset",
    "SeriesData",
    "SeriesSplit",
    "ShapesData",
    "SunspotsData",
    "SvhnData",
    "TextData",
    "TorchvisionData",
    "TrainingConfig",
    "bounds",
    "compact",
    "differing",
    "expanded",
    "explain",
    "members",
    "misfit",
    "models_of",
    "names",
    "parse",
    "read_config",
    "recommended_network",
    "recommended_training",
    "setting",
]
