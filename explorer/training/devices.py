"""The devices that a network can be trained on here."""

import torch

from explorer.errors import ExplorerError


def available_devices() -> tuple[str, ...]:
    """The devices this machine can train on; "cpu" is always among them."""
    found = ["cpu"]
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)


def choose_device(name: str) -> torch.device:
    """The device called ``name``; "auto" takes a GPU where there is one.

    Raises:
        ExplorerError: where this machine does not have it.
    """
    found = available_devices()
    if name == "auto":
        return torch.device(found[-1])
    if name not in found:
        raise ExplorerError(f"This machine has no {name} device; choose auto or {' or '.join(found)}.")
    return torch.device(name)
