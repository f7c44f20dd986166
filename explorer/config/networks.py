"""The networks. A new one is a class here, in a union at the end."""

from typing import ClassVar, Literal

from explorer.config.images import DigitsData, Pictures
from explorer.config.parts import Part, setting
from explorer.config.tasks import SequenceData

Activation = Literal["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"]
Pooling = Literal["max", "average", "none"]
WITH_HIDDEN = tuple(range(1, 7))  # numbers of hidden layers
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class ConvolutionBlock(Part):
    """Convolution, batch norm, activation, pooling and dropout, in this order."""

    channels: int = setting(16, "feature maps of this convolution", unit="channels", ge=1, le=128, log=True)
    kernel_size: int = setting(3, "height and width of a kernel", unit="pixels", ge=1, le=11)
    stride: int = setting(1, "step of the kernel between two outputs", unit="pixels", ge=1, le=4, advanced=True)
    padding: int = setting(1, "rows and columns added around the input", unit="pixels", ge=0, le=10, advanced=True)
    dilation: int = setting(1, "distance between two kernel taps", unit="pixels", ge=1, le=4, advanced=True)
    groups: int = setting(
        1, "number of groups of channels that are convolved separately", ge=1, le=128, log=True, advanced=True
    )
    pooling: Pooling = setting("max", "2x2 pooling: the maximum, the average, or none")


class Model(Part):
    """A network.

    ``reads`` is the kind of data that it can learn from. ``pages`` are the pages that offer it, by their addresses; the
    first shows its runs.
    """

    reads: ClassVar[type[Part]] = Pictures
    pages: ClassVar[tuple[str, ...]]


class CnnModel(Model):
    """Convolution blocks, then a hidden layer, then one logit per class."""

    title: ClassVar[str] = "Convolutional network"
    short: ClassVar[str] = "CNN"
    pages: ClassVar[tuple[str, ...]] = ("cnn",)
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
    padding_mode: PaddingMode = setting("zeros", "values of the padding", advanced=True)
    batch_norm: bool = setting(True, "normalise each channel over the batch, after the convolution")
    bias: bool = setting(True, "a bias for each channel of a convolution", advanced=True)
    dropout: float = setting(0.1, "share of activations set to 0 in training", ge=0.0, le=0.8, step=0.05)
    head_size: int = setting(
        64, "units in the hidden layer before the logits; 0 for none", unit="units", ge=0, le=512, log=True, step=4
    )
    seed: int = setting(0, "seed of the initial weights", ge=0, le=9999, advanced=True)


class PretrainedModel(Model):
    """A network trained on other pictures, with a new last layer for the classes of this data set."""

    title: ClassVar[str] = "Pretrained network"
    short: ClassVar[str] = "Pretrained CNN"
    pages: ClassVar[tuple[str, ...]] = ("pretrained",)
    name: Literal["pretrained"] = "pretrained"
    network: str = setting(
        "shapes_resnet", "the network: the included shapes_resnet, or any classifier of torchvision, such as resnet18"
    )
    weights: str = setting(
        "default",
        "its weights: default, an entry such as IMAGENET1K_V1, none for an untrained network, or the path of "
        "your own .safetensors or .pth file",
    )
    strategy: Literal["frozen", "last_blocks", "all", "scratch"] = setting(
        "frozen",
        "trainable part: the new last layer, the last blocks with it, the whole network, or the whole network from "
        "random weights",
    )
    trainable_blocks: int = setting(
        1,
        "trainable blocks besides the new layer, counted from the last",
        unit="blocks",
        ge=1,
        le=64,
        only_if={"strategy": "last_blocks"},
    )
    rate_factor: float = setting(
        0.1,
        "learning rate of pretrained layers relative to the new layer",
        ge=0.001,
        le=1.0,
        log=True,
        only_if={"strategy": ("last_blocks", "all")},
    )
    seed: int = setting(
        0, "seed of the new layer's initial weights, and of all weights from scratch", ge=0, le=9999, advanced=True
    )

    @property
    def has_frozen_features(self) -> bool:
        """True if only the new last layer learns."""
        return self.strategy == "frozen"

    @property
    def begins_pretrained(self) -> bool:
        """True if training begins with weights that were trained before; else with random ones."""
        return self.strategy != "scratch" and self.weights != "none"


class MlpModel(Model):
    """Fully connected layers: one input, one output, and no state."""

    title: ClassVar[str] = "Multilayer perceptron"
    short: ClassVar[str] = "MLP"
    reads: ClassVar[type[Part]] = DigitsData
    pages: ClassVar[tuple[str, ...]] = ("rnn",)
    name: Literal["mlp"] = "mlp"
    hidden_layers: int = setting(2, "hidden layers", unit="layers", ge=0, le=6)
    hidden_size: int = setting(
        64, "units in each hidden layer", unit="units", ge=4, le=512, log=True, only_if={"hidden_layers": WITH_HIDDEN}
    )
    activation: Activation = setting(
        "relu", "the non-linearity after each hidden layer", only_if={"hidden_layers": WITH_HIDDEN}
    )
    dropout: float = setting(
        0.1,
        "share of activations set to 0 in training",
        ge=0.0,
        le=0.8,
        step=0.05,
        only_if={"hidden_layers": WITH_HIDDEN},
    )
    seed: int = setting(0, "seed of the initial weights", ge=0, le=9999, advanced=True)


class RecurrentModel(Model):
    """A network that carries a state from step to step, with a linear readout."""

    reads: ClassVar[type[Part]] = SequenceData
    hidden_size: int = setting(64, "units in each recurrent layer", unit="units", ge=4, le=512, log=True)
    layers: int = setting(1, "stacked recurrent layers", unit="layers", ge=1, le=3)
    bidirectional: bool = setting(False, "read the sequence in reverse too, with separate weights")
    embedding_size: int = setting(
        0,
        "size of the learnt embedding of a character; 0 for one-hot inputs",
        unit="numbers",
        ge=0,
        le=256,
        log=True,
        step=4,
        advanced=True,
    )
    dropout: float = setting(
        0.0,
        "share of states set to 0 between two layers in training",
        ge=0.0,
        le=0.8,
        step=0.05,
        advanced=True,
        only_if={"layers": (2, 3)},
    )
    seed: int = setting(0, "seed of the initial weights", ge=0, le=9999, advanced=True)


class RnnModel(RecurrentModel):
    """The plain recurrent network: the new state is a non-linear function of input and last state (Elman 1990)."""

    title: ClassVar[str] = "Plain recurrent network"
    short: ClassVar[str] = "RNN"
    pages: ClassVar[tuple[str, ...]] = ("rnn",)
    name: Literal["rnn"] = "rnn"
    nonlinearity: Literal["tanh", "relu"] = setting("tanh", "the non-linearity of the state")


class LstmModel(RecurrentModel):
    """Long short-term memory: gates write, keep and read a cell state (Hochreiter & Schmidhuber 1997; Gers 2000)."""

    title: ClassVar[str] = "LSTM"
    short: ClassVar[str] = "LSTM"
    pages: ClassVar[tuple[str, ...]] = ("lstm",)
    name: Literal["lstm"] = "lstm"
    forget_bias: float = setting(
        1.0,
        "initial bias of the forget gate: the higher, the longer the cell state lasts at first",
        ge=-5.0,
        le=10.0,
        step=0.5,
    )


class GruModel(RecurrentModel):
    """Gated recurrent unit: two gates, and no separate cell state (Cho et al. 2014)."""

    title: ClassVar[str] = "GRU"
    short: ClassVar[str] = "GRU"
    pages: ClassVar[tuple[str, ...]] = ("lstm", "rnn")
    name: Literal["gru"] = "gru"


Recurrent = RnnModel | LstmModel | GruModel
Networks = CnnModel | PretrainedModel | Recurrent | MlpModel
