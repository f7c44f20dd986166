"""The optimisers of a configuration."""

from typing import Any

import torch

from explorer.config import TrainingConfig


def optimizer_of(config: TrainingConfig, groups: list[dict[str, Any]], device: torch.device) -> torch.optim.Optimizer:
    """The optimiser of a configuration for groups of parameters on a device; fused on CPU and CUDA."""
    fused = device.type in ("cpu", "cuda")
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            groups, config.learning_rate, momentum=config.momentum, weight_decay=config.weight_decay, fused=fused
        )
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, config.learning_rate, weight_decay=config.weight_decay, fused=fused)
