"""Everything that an address can hold: one setting for each choice, and the only way to read or to change it.

A choice has one name in the address, whether a widget, a click on a chart or a link makes it. A setting that is *bound*
belongs to the widget of the same name (``explorer.ui.widgets``), which writes the address by itself. Every other one
is written straight into the address, and widgets follow it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar, cast

import streamlit as st

T = TypeVar("T")


LARGEST = 2**53 - 1  # a browser's largest whole number


def whole(text: str) -> int:
    """The text of an address as a whole number.

    Raises:
        ValueError: where it is none, or one that a browser cannot hold.
    """
    number = finite(text)
    if not number.is_integer() or abs(number) > LARGEST:
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(number)


def finite(text: str) -> float:
    """The text of an address as a finite number.

    Raises:
        ValueError: where it is none.
    """
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]!r} is not finite")
    return number


def codec_of(default: object) -> Callable[[str], Any]:
    """The codec that suits a default: of a number, a number; of anything else, the words themselves."""
    if isinstance(default, bool):
        return str
    return {int: whole, float: finite}.get(type(default), str)


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One choice of a visitor: its name in the address, its meaning, its default and its codec.

    ``parse`` is the codec's reading half; without, the default's type decides. One whose options are called by words
    while its values are numbers reads ``str``.
    """

    name: str
    meaning: str
    default: T
    bound: bool = True  # to the widget of the same name
    of_run: bool = False  # means something else in another run: dropped when another is shown
    parse: Callable[[str], Any] | None = None  # raises ValueError
    write: Callable[[T], str] = str
    restarts: tuple["Setting[Any]", ...] = ()  # what begins anew when another choice is made
    once_called: tuple[str, ...] = ()  # older names, in links that were shared

    def get(self) -> T:
        """The choice as it is now; the default where the address holds none, or one that means nothing."""
        if self.bound:
            return cast("T", st.session_state.get(self.name, self.default))
        text = self.text()
        try:
            return cast("T", self.read(text)) if text else self.default
        except ValueError:
            return self.default

    def read(self, text: str) -> Any:
        """The meaning of a text in the address.

        Raises:
            ValueError: where it has none.
        """
        return (self.parse or codec_of(self.default))(text)

    @property
    def nonsense(self) -> bool:
        """True if the address holds a text that means nothing."""
        try:
            for text in filter(None, self.texts()):
                self.read(text)
        except ValueError:
            return True
        return False

    def set(self, value: T) -> None:
        """Choose; to be called before the widget of this name is drawn, as in a callback."""
        if value != self.get():
            for other in self.restarts:
                other.drop()
        if self.bound:
            st.session_state[self.name] = value
        else:
            self.put(self.write(value))

    def drop(self) -> None:
        """Forget the choice, so that the default holds again."""
        if self.bound:
            st.session_state.pop(self.name, None)
        else:
            self.put("")

    @property
    def chosen(self) -> bool:
        """True if it holds a choice, even the default."""
        return self.name in (st.session_state if self.bound else st.query_params)

    def text(self) -> str:
        """The raw text in the address; empty if there is none."""
        return str(st.query_params.get(self.name, ""))

    def texts(self) -> list[str]:
        """The same where the address may say several."""
        return list(st.query_params.get_all(self.name))

    def put(self, text: str) -> None:
        """Write into the address, past any widget; an empty text takes the name out of it."""
        if text and st.query_params.get(self.name) != text:
            st.query_params[self.name] = text
        elif not text and self.name in st.query_params:
            del st.query_params[self.name]

    def variant(
        self, mark: object, default: T | None = None, parse: Callable[[str], Any] | None = None
    ) -> "Setting[T]":
        """The same choice where it begins differently, such as for another unit: a widget and a codec of its own."""
        start = self.default if default is None else default
        return replace(self, name=f"{self.name}-{mark}", default=start, parse=parse or self.parse)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"{text[:40]!r} is not a whole number from 0 on")
    return whole(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _ablated(text: str) -> dict[str, list[int]]:
    """ "block1.activation:2,5;block2.activation:1" as channels by layer."""
    found = {}
    for part in text.split(";"):
        layer, _, numbers = part.rpartition(":")
        channels = sorted({int(number) for number in numbers.split(",") if number.isdecimal()})
        if channels:
            found[layer] = channels
    return found


def _write_ablated(ablated: dict[str, list[int]]) -> str:
    return ";".join(f"{layer}:{','.join(map(str, sorted(ones)))}" for layer, ones in ablated.items() if ones)


Place = tuple[str, int, int, int]  # layer, channel, row, column


def _place(text: str) -> Place:
    layer, channel, place = text.rsplit(":", 2)
    row, column = place.split(",")
    return layer, _number(channel), _number(row), _number(column)


def _write_place(place: Place) -> str:
    layer, channel, row, column = place
    return f"{layer}:{channel}:{row},{column}"


# ── what a page shows ────────────────────────────────────────────────────────────────────────────────────────────────
RUN = Setting("run", "the id of the run that is shown", "", bound=False)
STEP = Setting[int | None](
    "step", "the training step that all views show; none: the last one, also of a run that goes on", None, bound=False,
    parse=_number, write=lambda step: "" if step is None else str(step),
)  # fmt: skip
VIEW = Setting[str | None]("view", "the open tab", None)
BESIDE = Setting[int | None](
    "beside", "a second training step, drawn beside the first", None, bound=False, of_run=True,
    parse=_number, write=lambda step: "" if step is None else str(step),
)  # fmt: skip
PRESENT = Setting(
    "present", "whether the page is shown to an audience: large, without forms and captions", False, bound=False,
    parse=lambda text: text.lower() in ("1", "true"), write=lambda on: "1" if on else "",
)  # fmt: skip
CURVES = Setting("curves", "whether the curves of a finished run are drawn at full height", False)
RATE_CURVE = Setting("rate_curve", "whether the learning rate is drawn beside the curves", False)
CONFIG = Setting("config", "the run that the form prepares", "", bound=False)
PICTURES = Setting("pictures", "the data set that a published network reads", "", bound=False)
SUBJECT = Setting("subject", "on the Pretrained CNN page: a transferred or a published network", "Transfer")
NETWORK = Setting("network", "the published network", "shapes_resnet")
WEIGHTS = Setting("weights", "its weights: their name, a file, or none", "default")
CLASS_NAMES = Setting("class_names", "the names of the classes of a person's own weights: typed, or a text file", "")
SEARCH_SIZE = Setting("search_size", "the largest network in the table, in MB", 1500)
SEARCH_COST = Setting("search_cost", "the most multiply-adds in the table, in billions", 1100.0)
SEARCH_ACCURACY = Setting("search_accuracy", "the lowest accuracy in the table, in %", 0)

# ── the input that a page shows ──────────────────────────────────────────────────────────────────────────────────────
SPLIT = Setting("split", "the split that the input comes from", "test")
IMAGE = Setting("image", "the picture's number in its split", 0)
INVERTED = Setting("inverted", "whether dark pixels of an uploaded picture become bright", False)
ERRORS_FIRST = Setting("errors_first", "whether the split's most confident errors are listed", False)
EXAMPLE = Setting("example", "the sequence's number in its split", 0)
TYPED = Setting("typed", "a typed sequence", "")
PART = Setting("part", "the encoder or the decoder", "decoder")

# ── the selection: a layer, a map, a place, a unit, a time step ──────────────────────────────────────────────────────
MAP = Setting("map", "the selected channel of the layer", 0, bound=False, parse=_number)
LAYER = Setting("layer", "the selected layer", "", bound=False, restarts=(MAP,))
PLACE = Setting[Place | None](
    "value", "the selected value: layer, channel, row, column", None, bound=False, of_run=True,
    parse=_place, write=lambda place: _write_place(place) if place else "",
)  # fmt: skip
ABLATED = Setting[dict[str, list[int]]](
    "ablated", "the ablated channels of each layer", {}, bound=False, of_run=True,
    parse=_ablated, write=_write_ablated, once_called=("silent",),
)  # fmt: skip
TIME = Setting("time", "the selected time step", 0)
UNIT = Setting("unit", "the selected unit", 0)
RECURRENT_LAYER = Setting("recurrent_layer", "the selected recurrent layer and direction", "")

# ── the views of pictures ────────────────────────────────────────────────────────────────────────────────────────────
SCALE = Setting("scale", "what colours are comparable within", "layer")
EVERY_LAYER = Setting("every_layer", "whether norm and dropout layers are drawn", False)
FIELD = Setting("field", "whether the receptive field is drawn", False)
MAP_ORDER = Setting("map_order", "the order of the maps", "number")
MAP_PAGE = Setting("map_page", "the page of maps", 1)
OPEN_BLOCKS = Setting[tuple[str, ...]](
    "open", "the open blocks of the graph; none: all are closed", (), bound=False, parse=_names, write=",".join
)
NODE = Setting("node", "the selected box of the graph", "", bound=False)
KERNEL_LAYER = Setting("kernel_layer", "the convolution whose kernels are drawn", "")
KERNEL = Setting("kernel", "the output channel whose kernel is drawn", 0)
KERNEL_PAGE = Setting("kernel_page", "the page of kernels", 1)
CONVOLUTION_LAYER = Setting("convolution_layer", "the convolution that is taken apart", "")
CONVOLUTION_CHANNEL = Setting("convolution_channel", "its output channel", 0)
ROW = Setting("row", "the row of its output value", 0)
COLUMN = Setting("column", "the column of its output value", 0)
EXPLAIN = Setting("explain", "the score that is attributed", "answer")
EXPLAINED_CLASS = Setting("explained_class", "the class whose logit is attributed", 0, parse=str)
RIVAL_CLASS = Setting("rival_class", "the class whose logit is subtracted", 0, parse=str)
SHOWN_METHODS = Setting[list[str]]("attribution_methods", "the attribution methods", [])
CAM_LAYER = Setting("cam_layer", "the layer of Grad-CAM", "")
BASELINE = Setting[Literal["average", "black", "white"]](
    "baseline", "the colour of an absent pixel", "average", once_called=("absent",)
)
MAPS_STAND = Setting[Literal["over the picture", "beside the picture"]](
    "maps_stand", "where attribution maps stand", "over the picture"
)
STRENGTH = Setting("strength", "how strongly maps cover the picture, in %", 70)
CHECKED_METHOD = Setting("checked_method", "the method that is checked against random weights", "")
RANKED_CLASS = Setting("ranked-class", "the class whose logit ranks the channels", 0, parse=str)
EDIT_WEIGHT = Setting("edit_weight", "whether one weight is edited", False)
EDITED = Setting[Any]("edited", "the weight or the input that is edited, where, and its new value", 0)
EDITED_VALUE = Setting("edited-value", "the edited weight's new value", 0.0)
MAP_METHOD = Setting("map_method", "the projection of the embeddings", "PCA")
MAP_COLOUR = Setting("map_colour", "what colours the embeddings", "class")
HEALTH_LAYER = Setting("health_layer", "the layer whose activations are counted", "")
HEALTH_WEIGHT = Setting("health_weight", "the parameter whose weights are counted", "")
TRANSFER_COUNTS = Setting[list[int]]("transfer_counts", "the numbers of training examples a class", [10])

# ── feature visualisation ────────────────────────────────────────────────────────────────────────────────────────────
OBJECTIVE = Setting("visualised", "what is maximised", "whole map", once_called=("sought_objective",))
ITERATIONS = Setting("iterations", "steps of gradient ascent", 128, once_called=("sought_iterations",))
RATE = Setting("rate", "the learning rate of the ascent", 0.05, once_called=("sought_rate",))
JITTER = Setting("jitter", "random shifts, in pixels", 1, once_called=("sought_jitter",))
ROTATION = Setting("rotation", "random rotations, in degrees", 0.0, once_called=("sought_rotation",))
VARIATION = Setting("variation", "the penalty on total variation", 0.1, once_called=("sought_variation",))
L2 = Setting("l2", "the penalty on contrast", 0.0, once_called=("sought_l2",))
SCALING = Setting("scaling", "random scaling, as a share", 0.0, once_called=("sought_scaling",))
ASCENT_SEED = Setting("visualisation_seed", "the seed of the noise", 0, once_called=("sought_seed",))
FOURIER = Setting(
    "fourier", "whether frequencies are optimised instead of pixels", False, once_called=("sought_fourier",)
)

# ── the views of sequences ───────────────────────────────────────────────────────────────────────────────────────────
OPENED_EQUATION = Setting("opened_equation", "the equation whose dot products are opened", "none")
STATE_KIND = Setting("state_kind", "the hidden or the cell state", "hidden state")
UNIT_ORDER = Setting("unit_order", "the order of the units", "by number")
TRACED_UNITS = Setting[list[int]]("traced", "the units whose states are drawn as lines", [])
FEATURE = Setting("feature", "the feature that units are compared with", "")
PATTERN = Setting("pattern", "the regular expression of a feature", "[aeiou]")
CHARACTER = Setting("character", "the character of a feature", 0, parse=str)
FEATURE_CLASS = Setting("feature_class", "the answer of a feature", 0, parse=str)
ANSWERING = Setting("answering", "the time step whose answer's loss is followed back", 0)
COMPARED_RUNS = Setting[list[str]]("compared_runs", "the runs beside the one that is shown", [], of_run=True)
LENGTHS_AT_STEP = Setting("lengths_at_step", "whether lengths are compared at the chosen training step", False)
HOLDING = Setting("holding", "whether a gate or a unit is clamped", False)
HELD = Setting("held", "the clamped gate or state", "")
HELD_VALUE = Setting("held_value", "the value it is clamped to", 0.0)
HELD_ALL = Setting("held_all", "whether all units are clamped", False)
TEMPERATURE = Setting("temperature", "the sampling temperature", 0.7)
SAMPLING_SEED = Setting("seed", "the seed of the sampling", 0)
TOP_K = Setting("top_k", "the likeliest characters that are drawn from; 0: all", 0)
TOP_P = Setting("top_p", "the probability of the likeliest characters that are drawn from", 1.0)
SAMPLE_LENGTH = Setting("sample_length", "how many characters are generated", 300)
STEPS_AHEAD = Setting("steps_ahead", "how far a series is forecast", 12)
SEASON = Setting("season", "the steps after which a series repeats; 0 finds them", 0, of_run=True)
FORECAST_START = Setting("forecast_start", "the row that is forecast first", 0)

# ── the roadmaps ─────────────────────────────────────────────────────────────────────────────────────────────────────
TOPIC = Setting("topic", "the chosen topic", "")
GOAL = Setting[str | None]("goal", "the topic to be reached", None)
KNOWN = Setting[list[str]]("known", "the topics that the visitor knows", [])

SETTINGS: tuple[Setting[Any], ...] = tuple(one for one in list(globals().values()) if isinstance(one, Setting))


def drop_choices_of_run() -> None:
    """Another run is shown: its channels mean something else."""
    for setting in SETTINGS:
        if setting.of_run:
            setting.drop()
