"""How a network is trained, and what suits each data set when nothing else is asked for."""

from typing import Any, Literal

from explorer.config.parts import Part, setting

Device = Literal["auto", "cpu", "cuda", "mps"]


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


# Of sequences drawn at random there are always more, so that no weight needs to be pulled towards zero; long ones make
# gradients that only a clip keeps in bounds.
_SEQUENCES: dict[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 5e-3,
    "weight_decay": 0.0,
    "batch_size": 64,
    "gradient_clip": 1.0,
}

# A megabyte is little for a network of 256 units: it learns the training files by heart unless weights are pulled back.
_RUNNING_TEXT: dict[str, Any] = {
    "optimizer": "adamw",
    "learning_rate": 6e-3,
    "weight_decay": 0.15,
    "batch_size": 8,
    "epochs": 3,
    "gradient_clip": 1.0,
}

# what a data set needs besides the defaults; measured with the default models: less than a minute on one processor
RECOMMENDED: dict[str, dict[str, Any]] = {
    "adding": {**_SEQUENCES, "learning_rate": 2e-3, "schedule": "constant", "epochs": 1},
    "copy_memory": {**_SEQUENCES, "learning_rate": 1e-2, "schedule": "constant", "epochs": 12},
    "parity": {**_SEQUENCES, "epochs": 8},
    "flip_flop": {**_SEQUENCES, "epochs": 10},
    "bracket_depth": {**_SEQUENCES, "epochs": 8},
    "digit_rows": {**_SEQUENCES, "epochs": 30},
    "digit_drawing": {**_SEQUENCES, "epochs": 60},
    "reverse": {**_SEQUENCES, "epochs": 8},
    "addition": {**_SEQUENCES, "learning_rate": 6e-3, "epochs": 12},
    "dates": {**_SEQUENCES, "batch_size": 32, "epochs": 10},
    "sunspots": {**_SEQUENCES, "batch_size": 16, "epochs": 80},
    "passengers": {**_SEQUENCES, "batch_size": 16, "epochs": 80},
    "series": {**_SEQUENCES, "batch_size": 16, "epochs": 80},
    "python_source": _RUNNING_TEXT,
    "text": {**_RUNNING_TEXT, "epochs": 5},
}


def recommended_training(dataset_name: str, model_name: str) -> TrainingConfig:
    """How a model is best trained on a data set when nothing else is asked for; the defaults where nothing is known.

    Args:
        dataset_name: the name of a data set.
        model_name: the name of a model.
    """
    return TrainingConfig(**RECOMMENDED.get(dataset_name, {}))
