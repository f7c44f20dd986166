"""Frozen features: what a backbone that does not learn makes of every example, computed once and kept on disk."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from explorer.datasets.downloaded import cache_directory
from explorer.datasets.splits import Pair, Splits
from explorer.training.files import write_whole
from explorer.training.objective import eval_mode

LARGEST_BATCH = 32  # pictures of 224x224 at a time: a hundred of them would fill gigabytes with activations
MOST_KEPT = 32  # files; the one that was used the longest time ago goes first
SPLITS = ("train", "validation", "test")


def frozen_features(model: nn.Module, splits: Splits, device: torch.device) -> Splits:
    """The same splits with features (example, feature) for inputs, read from the cache where they are there already.

    The cache knows them by the weights and the pictures themselves, so that a changed file of either is seen.

    Args:
        model: has ``backbone`` and ``features(inputs)``; it runs in eval mode, without gradients.
        splits: its pictures.
        device: where the model is.
    """
    path = cache_directory() / "features" / f"{_digest(model, splits)}.safetensors"
    found = _read(path)
    if found is None:
        found = {name: features_of(model, splits.split(name).inputs, device) for name in SPLITS}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, save(found))
        _forget_oldest(path.parent)
    train, validation, test = (Pair(found[name], splits.split(name).targets) for name in SPLITS)
    return replace(splits, train=train, validation=validation, test=test)


@torch.no_grad()
def features_of(model: nn.Module, inputs: Tensor, device: torch.device) -> Tensor:
    """What a model's ``features`` makes of inputs, batch by batch in eval mode: (example, feature), on the CPU."""
    features: Callable[[Tensor], Tensor] = getattr(model, "features")  # noqa: B009
    with eval_mode(model):
        return torch.cat([features(batch.to(device)).cpu() for batch in torch.split(inputs, LARGEST_BATCH)])


def _digest(model: nn.Module, splits: Splits) -> str:
    digest = hashlib.sha256(f"torch {torch.__version__}".encode())
    digest.update(str(model.get_submodule("preprocess")).encode())
    digest.update(str(getattr(model.get_submodule("preprocess"), "transforms", "")).encode())
    digest.update(str([splits.mean.tolist(), splits.deviation.tolist()]).encode())
    tensors = [*model.get_submodule("backbone").state_dict().items()]
    tensors += [(name, splits.split(name).inputs) for name in SPLITS]
    for name, tensor in tensors:
        plain = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {tuple(plain.shape)} {plain.dtype}".encode())
        digest.update(plain.view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:32]


def _read(path: Path) -> dict[str, Tensor] | None:
    try:
        found = load_file(path)
        path.touch()
    except (FileNotFoundError, SafetensorError):
        return None
    return found


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MOST_KEPT:]:
        file.unlink(missing_ok=True)
