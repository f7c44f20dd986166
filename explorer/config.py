"""A run is described by one frozen, validated value: which data set, which model, how it is trained.

Every parameter is written once, here, with its default, bounds, unit and one line of help. The form on the page, the
command line, the configuration file and the validation all derive from these classes.
"""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from explorer.errors import ExplorerError

Activation = Literal["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"]
Pooling = Literal["max", "average", "none"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
Device = Literal["auto", "cpu", "cuda", "mps"]

SAMPLE_DATA = Path(__file__).resolve().parents[1] / "sample_data"


def setting(
    default: Any,
    meaning: str,
    *,
    unit: str = "",
    log: bool = False,
    advanced: bool = False,
    only_if: Mapping[str, str] | None = None,
    **bounds: Any,
) -> Any:
    """A field with its bounds and all that a form needs to draw it.

    Args:
        default: the value it has unless another is given.
        meaning: one line of help.
        unit: what it is counted in.
        log: whether its slider is logarithmic.
        advanced: whether a form may tuck it away.
        only_if: other fields' values without which it has no effect.
        bounds: pydantic's ge, le, min_length, max_length.
    """
    form: dict[str, Any] = {"unit": unit, "log": log, "advanced": advanced, "only_if": dict(only_if or {})}
    return Field(default, description=meaning, json_schema_extra={"form": form}, **bounds)


class Part(BaseModel):
    """The base of every part of a configuration: frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


# ── data sets ────────────────────────────────────────────────────────────────────────────────────────────────────────
class ImageSplit(Part):
    """How a collection of images is divided; the division is fixed by its seed."""

    validation_percent: int = setting(
        15, "share of the examples held out to watch the training", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        15, "share of the examples kept for the final test", unit="%", ge=5, le=40, advanced=True
    )
    split_seed: int = setting(0, "which examples fall into which split", ge=0, le=9999, advanced=True)


class DigitsData(ImageSplit):
    """1,797 handwritten digits, 8x8, grey: real, small, and always at hand (scikit-learn)."""

    name: Literal["digits"] = "digits"


class ShapesData(ImageSplit):
    """Drawn shapes, 32x32, in colour: random place, size, rotation, colour and texture."""

    name: Literal["shapes"] = "shapes"
    examples: int = setting(3000, "images to draw", unit="images", ge=200, le=20000)
    clutter: float = setting(0.3, "how strong the background pattern is", ge=0.0, le=1.0)
    drawing_seed: int = setting(0, "which images are drawn", ge=0, le=9999, advanced=True)


class TorchvisionData(Part):
    """A data set that torchvision downloads once into a cache directory."""

    examples: int = setting(10000, "images used from the training file", unit="images", ge=500, le=73257)
    validation_percent: int = setting(
        10, "share of those images held out to watch the training", unit="%", ge=5, le=40, advanced=True
    )
    split_seed: int = setting(0, "which examples are used, and in which split", ge=0, le=9999, advanced=True)


class MnistData(TorchvisionData):
    """Handwritten digits, 28x28, grey (LeCun et al. 1998)."""

    name: Literal["mnist"] = "mnist"


class FashionMnistData(TorchvisionData):
    """Pieces of clothing, 28x28, grey (Xiao et al. 2017)."""

    name: Literal["fashion_mnist"] = "fashion_mnist"


class KmnistData(TorchvisionData):
    """Cursive Japanese characters, 28x28, grey (Clanuwat et al. 2018)."""

    name: Literal["kmnist"] = "kmnist"


class Cifar10Data(TorchvisionData):
    """Photographs of ten kinds of things, 32x32, colour (Krizhevsky 2009)."""

    name: Literal["cifar10"] = "cifar10"


class SvhnData(TorchvisionData):
    """House numbers from street photographs, 32x32, colour (Netzer et al. 2011)."""

    name: Literal["svhn"] = "svhn"


class ImageFolderData(ImageSplit):
    """A folder with one sub-folder of pictures for each class."""

    name: Literal["image_folder"] = "image_folder"
    path: str = setting("photo_patches", "a folder with one sub-folder a class; sample_data/ is searched first")
    size: int = setting(32, "pictures are resized to this height and width", unit="pixels", ge=8, le=128)
    greyscale: bool = setting(False, "drop the colour")


DatasetConfig = Annotated[
    DigitsData | ShapesData | MnistData | FashionMnistData | KmnistData | Cifar10Data | SvhnData | ImageFolderData,
    Field(discriminator="name"),
]


# ── models ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class ConvolutionBlock(Part):
    """Convolution, batch norm, activation, pooling and dropout, in this order."""

    channels: int = setting(16, "feature maps this convolution makes", unit="channels", ge=1, le=128)
    kernel_size: int = setting(3, "height and width of a kernel", unit="pixels", ge=1, le=11)
    stride: int = setting(1, "how far the kernel moves between two outputs", unit="pixels", ge=1, le=4, advanced=True)
    padding: int = setting(1, "rows and columns added around the input", unit="pixels", ge=0, le=10, advanced=True)
    dilation: int = setting(1, "distance between two kernel taps", unit="pixels", ge=1, le=4, advanced=True)
    groups: int = setting(1, "the channels are split into this many separate convolutions", ge=1, le=128, advanced=True)
    pooling: Pooling = setting("max", "what the 2x2 pooling keeps of each window")


class CnnModel(Part):
    """Convolution blocks, then a hidden layer, then one logit a class."""

    name: Literal["cnn"] = "cnn"
    blocks: tuple[ConvolutionBlock, ...] = setting(
        (
            ConvolutionBlock(channels=16, pooling="none"),
            ConvolutionBlock(channels=32),
            ConvolutionBlock(channels=32),
        ),
        "the convolution blocks, first to last",
        min_length=1,
        max_length=4,
    )
    activation: Activation = setting("relu", "the non-linearity after each convolution and the hidden layer")
    padding_mode: PaddingMode = setting("zeros", "what the padding is filled with", advanced=True)
    batch_norm: bool = setting(True, "normalise each channel over the batch, after the convolution")
    bias: bool = setting(True, "give each convolution channel a bias", advanced=True)
    dropout: float = setting(0.1, "share of the activations silenced while training", ge=0.0, le=0.8)
    head_size: int = setting(
        64, "units in the hidden layer before the logits; 0 leaves it out", unit="units", ge=0, le=512
    )
    seed: int = setting(0, "the initial weights", ge=0, le=9999, advanced=True)


ModelConfig = CnnModel


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class TrainingConfig(Part):
    """How the weights are updated, for how long, and on which device."""

    optimizer: Literal["sgd", "adam", "adamw"] = setting("adamw", "the rule that turns gradients into updates")
    learning_rate: float = setting(3e-3, "size of an update", ge=1e-6, le=1.0, log=True)
    momentum: float = setting(
        0.9, "how much of the last update SGD keeps", ge=0.0, le=0.99, advanced=True, only_if={"optimizer": "sgd"}
    )
    weight_decay: float = setting(1e-2, "pull of every weight towards zero", ge=0.0, le=0.5, advanced=True)
    schedule: Literal["constant", "cosine", "step"] = setting(
        "cosine",
        "how the learning rate falls: not, along a cosine to 0, or to a tenth at half and three quarters",
        advanced=True,
    )
    warmup_steps: int = setting(
        0, "steps over which the learning rate rises from 0", unit="steps", ge=0, le=1000, advanced=True
    )
    batch_size: int = setting(32, "examples in each optimiser update", unit="examples", ge=1, le=1024)
    epochs: int = setting(60, "times the training split is gone through", unit="epochs", ge=1, le=500)
    gradient_clip: float = setting(0.0, "largest gradient norm allowed; 0 allows any", ge=0.0, le=100.0, advanced=True)
    seed: int = setting(0, "the order of the examples, and dropout", ge=0, le=9999, advanced=True)
    device: Device = setting("auto", "where it runs: auto takes a GPU where there is one")
    snapshots: int = setting(
        24, "training steps at which the weights are kept", unit="snapshots", ge=2, le=200, advanced=True
    )


class RunConfig(Part):
    """One run: a data set, a model and a training."""

    dataset: DatasetConfig = Field(default_factory=DigitsData)
    model: ModelConfig = Field(default_factory=CnnModel)
    training: TrainingConfig = Field(default_factory=TrainingConfig)


# ── reading and explaining ───────────────────────────────────────────────────────────────────────────────────────────
def names(union: Any) -> tuple[str, ...]:
    """The names a part can be chosen by: ``names(DatasetConfig)``."""
    return tuple(part.model_fields["name"].default for part in members(union))


def members(union: Any) -> tuple[type[Part], ...]:
    """The classes behind an annotated union of parts, or the one class itself."""
    if isinstance(union, type):
        return (union,)
    return get_args(get_args(union)[0])


def parse(values: Mapping[str, Any]) -> RunConfig:
    """Validate plain values.

    Raises:
        ExplorerError: naming each faulty field, its value, and its bounds or the possible names.
    """
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise ExplorerError(explain(error)) from error


def read_config(path: Path) -> RunConfig:
    """Read a run's configuration from a JSON file.

    Raises:
        ExplorerError: where the file is missing or not JSON, or a field is unknown or out of its bounds.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExplorerError(f"There is no configuration file {path}.") from None
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # not JSON, not text, or a number of thousands of digits
        raise ExplorerError(f"{path} is not a JSON file: {error}.") from error
    if not isinstance(values, dict):
        raise ExplorerError(
            f"{path} must hold a JSON object with dataset, model and training, not a {type(values).__name__}."
        )
    try:
        return parse(values)
    except ExplorerError as error:
        raise ExplorerError(f"{path}: {error}") from error


def explain(error: ValidationError) -> str:
    """A sentence for each fault that pydantic found: the field, the value given, and what it may be."""
    faults = error.errors()
    places = [fault["loc"] for fault in faults]
    # a tuple with a faulty item is also reported as too short: only the item is worth a sentence
    deepest = [f for f in faults if not any(f["loc"] == place[: len(f["loc"])] != place for place in places)]
    return " ".join(_sentence(fault) for fault in deepest)


def _sentence(fault: ErrorDetails) -> str:
    field = ".".join(str(place) for place in _without_name(fault["loc"])) or "the configuration"
    if fault["type"] == "extra_forbidden":
        return f"{field} is unknown (given {fault['input']!r}).{_closest(fault['loc'])}"
    if fault["type"] == "union_tag_not_found":
        return f"{field} has no name; choose one of {', '.join(names(DatasetConfig))}."
    if fault["type"] in ("union_tag_invalid", "literal_error"):
        return f"{field} is {_given(fault)}; choose one of {_choices(fault)}."
    message = fault["msg"][0].lower() + fault["msg"][1:]
    return f"{field} is {fault['input']!r}: {message}{_bounds(fault['loc'])}."


def _without_name(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The location without the chosen name, which a discriminated union puts second: it is no field."""
    tags = {"dataset": names(DatasetConfig), "model": names(ModelConfig)}
    if len(location) > 2 and location[1] in tags.get(str(location[0]), ()):
        return (location[0], *location[2:])
    return location


def _given(fault: ErrorDetails) -> str:
    value = fault["input"]
    return repr(value.get("name") if isinstance(value, Mapping) else value)


def _choices(fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    return str(context.get("expected_tags", context.get("expected", "")))


def _part_at(location: tuple[int | str, ...]) -> type[Part] | None:
    """The class that owns the last field of a location such as ("dataset", "digits", "split_seed")."""
    roots: dict[str, tuple[type[Part], ...]] = {
        "dataset": members(DatasetConfig),
        "model": members(ModelConfig),
        "training": (TrainingConfig,),
    }
    if not location or location[0] not in roots:
        return RunConfig
    candidates = roots[str(location[0])]
    if "blocks" in location[:-1]:
        return ConvolutionBlock
    for part in candidates:
        if len(candidates) == 1 or part.model_fields["name"].default in location:
            return part
    return None


def _bounds(location: tuple[int | str, ...]) -> str:
    part = _part_at(location)
    field = part.model_fields.get(str(location[-1])) if part and location else None
    if field is None:
        return ""
    low, high = bounds(field.metadata)
    return f" (it may be {low} to {high})" if low is not None and high is not None else ""


def _closest(location: tuple[int | str, ...]) -> str:
    part = _part_at(location)
    if part is None:
        return ""
    known = list(part.model_fields)
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(known)}."


def bounds(metadata: list[Any]) -> tuple[float | None, float | None]:
    """The lowest and highest value that a field's pydantic metadata allows; None where it is open."""
    low = next((item.ge for item in metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in metadata if hasattr(item, "le")), None)
    return low, high
