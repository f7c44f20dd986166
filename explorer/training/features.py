"""Frozen features: the output of a frozen backbone for every example, computed once and kept on disk."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from explorer.datasets.splits import Pair, Splits
from explorer.errors import ExplorerError
from explorer.models.pretrained import Pretrained
from explorer.models.tensors import read_tensors
from explorer.places import cache_root
from explorer.training.files import write_whole
from explorer.training.objective import eval_mode

LARGEST_BATCH = 32  # pictures of 224x224 at a time: the activations of a hundred would take gigabytes
MOST_KEPT = 32  # files; the least recently used one is deleted first
LARGEST_KEPT = 16_000_000_000  # bytes of a file
SPLITS = ("train", "validation", "test")


def frozen_features(model: Pretrained, splits: Splits, device: torch.device) -> Splits:
    """The same splits with features (example, feature) as inputs, from the cache if they are there.

    The cache key is a digest of the weights and the pictures, so that a changed file of either gets a new entry.

    Args:
        model: the network; it runs in eval mode, without gradients.
        splits: its pictures.
        device: the device of the model.
    """
    path = cache_root() / "features" / f"{_digest(model, splits)}.safetensors"
    found = _read(path)
    if found is None:
        found = {name: features_of(model, splits.split(name).inputs, device) for name in SPLITS}
        with suppress(OSError, ExplorerError):  # without the cache they are computed again next time
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, save(found))
            _forget_oldest(path.parent)
    train, validation, test = (Pair(found[name], splits.split(name).targets) for name in SPLITS)
    return replace(splits, train=train, validation=validation, test=test)


@torch.no_grad()
def features_of(model: Pretrained, inputs: Tensor, device: torch.device) -> Tensor:
    """The features (example, feature) of inputs, computed batch by batch in eval mode, on the CPU."""
    with eval_mode(model):
        return torch.cat([model.features(batch.to(device)).cpu() for batch in torch.split(inputs, LARGEST_BATCH)])


def _digest(model: Pretrained, splits: Splits) -> str:
    digest = hashlib.sha256(f"torch {torch.__version__}".encode())
    digest.update(str(model.preprocess).encode())
    digest.update(str(model.preprocess.transforms).encode())
    digest.update(str([splits.mean.tolist(), splits.std.tolist()]).encode())
    tensors = [*model.backbone.state_dict().items()]
    tensors += [(name, splits.split(name).inputs) for name in SPLITS]
    for name, tensor in tensors:
        plain = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {tuple(plain.shape)} {plain.dtype}".encode())
        digest.update(plain.view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:32]


def _read(path: Path) -> dict[str, Tensor] | None:
    try:
        found, _ = read_tensors(path, LARGEST_KEPT)
    except (FileNotFoundError, ExplorerError):  # computed again
        return None
    with suppress(OSError):  # a cache that others write
        path.touch()
    return found if found.keys() == set(SPLITS) else None


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MOST_KEPT:]:
        file.unlink(missing_ok=True)
