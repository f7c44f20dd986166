"""The settings of the training."""

from typing import Literal

from explorer.config.parts import Part, setting

Device = Literal["auto", "cpu", "cuda", "mps"]


class TrainingConfig(Part):
    """The optimiser, its schedule, the length of the training, and the device."""

    optimizer: Literal["sgd", "adam", "adamw"] = setting("adamw", "the optimiser")
    learning_rate: float = setting(3e-3, "learning rate of the optimiser", ge=1e-6, le=1.0, log=True)
    momentum: float = setting(
        0.9, "momentum of SGD", ge=0.0, le=0.99, step=0.01, advanced=True, only_if={"optimizer": "sgd"}
    )
    weight_decay: float = setting(
        1e-2,
        "weight decay, which pulls every weight towards zero",
        ge=0.0,
        le=0.5,
        log=True,
        step=1e-5,
        advanced=True,
    )
    schedule: Literal["constant", "cosine", "step"] = setting(
        "cosine",
        "schedule of the learning rate: constant, cosine to 0, or a tenth at one half and again at three quarters",
        advanced=True,
    )
    warmup_steps: int = setting(
        0,
        "steps in which the learning rate rises linearly from 0",
        unit="steps",
        ge=0,
        le=1000,
        step=10,
        advanced=True,
    )
    batch_size: int = setting(32, "examples in each optimiser update", unit="examples", ge=1, le=1024, log=True)
    epochs: int = setting(60, "passes over the training split", unit="epochs", ge=1, le=500)
    patience: int = setting(
        0,
        "early stopping: evaluations in a row, after the first epoch, without a lower validation loss, after which the "
        "run ends; 0 switches it off",
        unit="evaluations",
        ge=0,
        le=100,
        advanced=True,
    )
    horizontal_flip: bool = setting(
        False,
        "mirror every other training picture, at random; digits and letters are not the same when mirrored, "
        "photographs mostly are",
        advanced=True,
        only_for="pictures",
    )
    random_shift: int = setting(
        0,
        "move each training picture by up to this many pixels in each direction, repeating its edge",
        unit="pixels",
        ge=0,
        le=16,
        advanced=True,
        only_for="pictures",
    )
    random_crop: int = setting(
        0,
        "pad each training picture with this many black pixels on every side, and cut its size out at random",
        unit="pixels",
        ge=0,
        le=16,
        advanced=True,
        only_for="pictures",
    )
    gaussian_noise: float = setting(
        0.0,
        "standard deviation of the noise added to training pictures, as a multiple of that of their pixels",
        ge=0.0,
        le=1.0,
        advanced=True,
        only_for="pictures",
    )
    gradient_clip: float = setting(
        0.0,
        "maximum norm of the gradient; 0 switches clipping off",
        ge=0.0,
        le=100.0,
        log=True,
        step=0.1,
        advanced=True,
    )
    seed: int = setting(
        0, "seed of the order of examples, of dropout and of augmentation", ge=0, le=9999, advanced=True
    )
    device: Device = setting("auto", "device; auto uses a GPU if there is one")
    snapshots: int = setting(
        24, "number of training steps whose weights are stored", unit="snapshots", ge=2, le=200, advanced=True
    )
