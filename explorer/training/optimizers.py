"""The optimisers that a configuration can ask for."""

from typing import Any

import torch
from torch import nn

from explorer.config import TrainingConfig


def optimizer_of(config: TrainingConfig, model: nn.Module) -> torch.optim.Optimizer:
    """The optimiser of the parameters that learn, in the model's own groups where it has any; fused on CPU and CUDA."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups: Any = getattr(model, "parameter_groups", lambda: learning)()
    fused = learning[0].device.type in ("cpu", "cuda")
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            groups, config.learning_rate, momentum=config.momentum, weight_decay=config.weight_decay, fused=fused
        )
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, config.learning_rate, weight_decay=config.weight_decay, fused=fused)
