"""Networks: what shapes each architecture."""

from typing import Any, Literal

from explorer.config.parts import Part, setting

Activation = Literal["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"]
Pooling = Literal["max", "average", "none"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


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


class PretrainedModel(Part):
    """A network that has learnt other pictures before, with a new last layer for this data set's classes."""

    name: Literal["pretrained"] = "pretrained"
    network: str = setting(
        "shapes_resnet", "the network: shapes_resnet, which ships, or any classifier of torchvision, such as resnet18"
    )
    weights: str = setting(
        "default",
        "what it has learnt: default, an entry such as IMAGENET1K_V1, none for an untrained network, or the path of "
        "a .safetensors or .pth file of your own",
    )
    strategy: Literal["frozen", "last_blocks", "all", "scratch"] = setting(
        "frozen",
        "what learns: the new last layer alone, the last blocks with it, the whole network, or the whole network from "
        "random weights",
    )
    trainable_blocks: int = setting(
        1,
        "how many of the last blocks learn with the new layer",
        unit="blocks",
        ge=1,
        le=64,
        only_if={"strategy": "last_blocks"},
    )
    rate_factor: float = setting(
        0.1,
        "the pretrained layers' learning rate as a share of the new layer's",
        ge=0.001,
        le=1.0,
        log=True,
        only_if={"strategy": ("last_blocks", "all")},
    )
    seed: int = setting(
        0, "the new layer's initial weights, and all weights from scratch", ge=0, le=9999, advanced=True
    )


class MlpModel(Part):
    """Layers of units, each connected to all of the layer before: one input, one answer, and nothing remembered."""

    name: Literal["mlp"] = "mlp"
    hidden_layers: int = setting(2, "hidden layers", unit="layers", ge=0, le=6)
    hidden_size: int = setting(64, "units in each hidden layer", unit="units", ge=4, le=512)
    activation: Activation = setting("relu", "the non-linearity after each hidden layer")
    dropout: float = setting(0.1, "share of the activations silenced while training", ge=0.0, le=0.8)
    seed: int = setting(0, "the initial weights", ge=0, le=9999, advanced=True)


class RecurrentModel(Part):
    """A state that is carried from step to step, and read out."""

    hidden_size: int = setting(64, "units in each recurrent layer", unit="units", ge=4, le=512)
    layers: int = setting(1, "recurrent layers, one on top of the other", unit="layers", ge=1, le=3)
    bidirectional: bool = setting(False, "read the sequence from its end too, with weights of its own")
    embedding_size: int = setting(
        0,
        "numbers that a character is turned into, and that are learnt; 0 gives each character a 1 in its own place",
        unit="numbers",
        ge=0,
        le=256,
        advanced=True,
    )
    dropout: float = setting(
        0.0, "share of the states silenced between two layers while training", ge=0.0, le=0.8, advanced=True
    )
    seed: int = setting(0, "the initial weights", ge=0, le=9999, advanced=True)


class RnnModel(RecurrentModel):
    """The plain recurrent network: the new state is one non-linearity of the input and the last state (Elman 1990)."""

    name: Literal["rnn"] = "rnn"
    nonlinearity: Literal["tanh", "relu"] = setting("tanh", "the non-linearity of the state")


class LstmModel(RecurrentModel):
    """Long short-term memory: a cell that gates write, keep and read (Hochreiter & Schmidhuber 1997; Gers 2000)."""

    name: Literal["lstm"] = "lstm"
    forget_bias: float = setting(
        1.0, "the forget gate's first bias: the higher, the longer the cell keeps at first", ge=-5.0, le=10.0
    )


class GruModel(RecurrentModel):
    """Gated recurrent unit: two gates, and no cell besides the state (Cho et al. 2014)."""

    name: Literal["gru"] = "gru"


# What a data set needs besides the defaults: running text has more to it than 64 units can hold, and an embedding is
# faster than a place of its own for each of a hundred characters.
_RUNNING_TEXT = {"hidden_size": 256, "embedding_size": 64}
RECOMMENDED_SIZES: dict[str, dict[str, Any]] = {
    "addition": {"hidden_size": 128},
    "python_source": _RUNNING_TEXT,
    "text": _RUNNING_TEXT,
}
_RECURRENT: dict[str, type[RecurrentModel]] = {"rnn": RnnModel, "lstm": LstmModel, "gru": GruModel}


def recommended_network(dataset_name: str, model_name: str) -> RecurrentModel:
    """The recurrent network that suits a data set when nothing else is asked for.

    Args:
        dataset_name: the name of a data set.
        model_name: rnn, lstm or gru.
    """
    return _RECURRENT[model_name](**RECOMMENDED_SIZES.get(dataset_name, {}))
