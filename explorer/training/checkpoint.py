"""Weights and training states as safetensors files: nothing in them can run code, unlike a pickle."""

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from pydantic_core import from_json
from safetensors.torch import save
from torch import Tensor, nn

from explorer.errors import ExplorerError, shortened
from explorer.models.tensors import Tensors, read_tensors
from explorer.training.files import write_whole
from explorer.training.folder import LARGEST, LARGEST_SNAPSHOT
from explorer.training.snapshots import recorded_steps, snapshot_path


def write_snapshot(run: Path, step: int, model: nn.Module, constant: Collection[str] = ()) -> None:
    """Keep a model's weights and buffers; those called ``constant`` never change, and are kept with step 0 alone."""
    left_out = set(constant) if step else set()
    weights = {name: tensor for name, tensor in model.state_dict().items() if name not in left_out}
    metadata = {"frozen": "with step 0"} if left_out else None
    write_whole(snapshot_path(run, step), save(_own_memory(weights), metadata))


def read_snapshot(run: Path, step: int) -> dict[str, Tensor]:
    """All weights at a step, on the CPU.

    Raises:
        ExplorerError: where the step was not recorded or its file is damaged; the message names the nearest steps.
    """
    kept = recorded_steps(run)
    if step not in kept:
        raise ExplorerError(_nearest(step, kept))
    weights, metadata = _load(snapshot_path(run, step), LARGEST_SNAPSHOT)
    if "frozen" not in metadata:
        return weights
    if 0 not in kept:
        raise ExplorerError(f"Step {step} has only the weights that learn; the frozen ones of step 0 are missing.")
    return {**_load(snapshot_path(run, 0), LARGEST_SNAPSHOT)[0], **weights}


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Keep a nested state of dicts, lists, tensors and plain values."""
    tensors: dict[str, list[Tensor]] = {}
    outline = _outline(state, tensors)
    # one long tensor a data type: a file of a hundred small ones takes five times as long
    packed = {kind: torch.cat(flat) for kind, flat in tensors.items()}
    write_whole(path, save(packed, {"state": json.dumps(outline)}))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The state that :func:`write_checkpoint` kept, on the CPU.

    Raises:
        ExplorerError: where the file is damaged.
    """
    rest, metadata = _load(path, LARGEST["checkpoint.safetensors"])  # what is left of each data type
    try:
        state: dict[str, Any] = _filled(from_json(metadata["state"]), rest)
    except (LookupError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise ExplorerError(f"{path.name} is damaged: {shortened(str(error), 300)}.") from error
    if not isinstance(state, dict):
        raise ExplorerError(f"{path.name} is damaged: it holds no state.")
    return state


def _load(path: Path, most: int) -> tuple[Tensors, dict[str, str]]:
    try:
        return read_tensors(path, most)
    except FileNotFoundError:  # removed a moment ago
        raise ExplorerError(f"{path.name} is missing.") from None


def _own_memory(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    # safetensors refuses tensors that share memory, such as tied weights
    seen: set[int] = set()
    separate = {}
    for name, tensor in tensors.items():
        plain = tensor.detach().cpu().contiguous()
        address = plain.untyped_storage().data_ptr()
        separate[name] = plain.clone() if address in seen else plain
        seen.add(address)
    return separate


def _outline(value: Any, tensors: dict[str, list[Tensor]]) -> Any:
    """The value as JSON, its tensors moved into ``tensors``; a dict becomes pairs, since its keys may be numbers."""
    if isinstance(value, Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        tensors.setdefault(kind, []).append(value.detach().reshape(-1).cpu())
        return {"tensor": kind, "shape": list(value.shape)}
    if isinstance(value, dict):
        return {"pairs": [[key, _outline(item, tensors)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [_outline(item, tensors) for item in value]}
    return value


def _filled(outline: Any, tensors: dict[str, Tensor]) -> Any:
    match outline:
        case {"tensor": kind, "shape": shape}:
            size = math.prod(shape)
            flat, tensors[kind] = tensors[kind][:size], tensors[kind][size:]
            # cloned: PyTorch's Generator.set_state reads a view from the start of its storage
            return flat.reshape(shape).clone()
        case {"pairs": pairs}:
            return {key: _filled(item, tensors) for key, item in pairs}
        case {"list": items}:
            return [_filled(item, tensors) for item in items]
    return outline


def _nearest(step: int, kept: list[int]) -> str:
    if not kept:
        return "No weights were recorded yet; the first are those of step 0, once the run has started."
    below = [one for one in kept if one < step][-1:]
    above = [one for one in kept if one > step][:1]
    return f"The weights of step {step} were not recorded; the nearest are at {' and '.join(map(str, below + above))}."
