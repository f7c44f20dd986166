"""Embeddings: the activations before a network's last layer, and their projection to two dimensions.

Projections at neighbouring training steps are aligned (orthogonal Procrustes, Schönemann 1966,
doi:10.1007/BF02289451): what moves on the screen is what moved in the network.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, known_modules, undisturbed
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import named_layers
from explorer.inspection.neighbours import batches

Method = Literal["pca", "tsne"]
PERPLEXITY = 30.0  # scikit-learn's default; lower for few examples
ITERATIONS = 500  # half with early exaggeration; twice as many hardly change a map of a thousand examples
SMALL = 1e-4  # standard deviation of a t-SNE's start: Kobak and Berens 2019, doi:10.1038/s41467-019-13056-x


@torch.no_grad()
def penultimate(model: nn.Module, inputs: Tensor, layer: str | None = None, batch_size: int = 64) -> Tensor:
    """The input of the last layer: (example, feature).

    The last layer is the linear layer that is called last, or in a network without one the last convolution. Feature
    maps and tokens are averaged over their positions. If they depend on the others in the batch, each example is run
    alone.

    Args:
        model: any module; it runs in eval mode.
        inputs: (example, …), on the model's device.
        layer: the module whose input is returned instead.
        batch_size: examples in one forward pass.

    Raises:
        ExplorerError: for a layer that does not exist or is not called, and for a network without a last layer.
    """
    check_device(model, inputs)
    if layer is not None:
        readers = known_modules(model, [layer])
    else:
        kinds = (nn.Linear, nn.Conv2d)
        readers = next((found for kind in kinds if (found := _of_kind(model, kind))), {})
    read: list[Tensor] = []

    def keep(_name: str, arguments: tuple[Tensor, ...], _keywords: object) -> None:
        read[:] = [arguments[0].detach().clone()]

    def features(examples: Tensor) -> Tensor:
        read.clear()
        model(examples)
        if not read:
            raise ExplorerError(f"{layer or 'A last layer'} is not called in this forward pass; name another.")
        return _averaged(read[0])

    with hooked(readers, before=keep), undisturbed(model):
        parts = batches(model, features, inputs, batch_size, of=f"the input of {layer or 'the last layer'}")
        return torch.cat([features(batch) for batch in parts])


def _of_kind(model: nn.Module, kind: type[nn.Module]) -> dict[str, nn.Module]:
    return {name: module for name, module in named_layers(model).items() if isinstance(module, kind)}


def _averaged(features: Tensor) -> Tensor:
    """(example, feature): maps (example, feature, row, column) and tokens (example, token, feature) by their mean."""
    if features.dim() == 4:
        return features.mean((2, 3))
    return features.mean(1) if features.dim() == 3 else features


def project(
    features: Tensor | np.ndarray, method: Method = "pca", reference: np.ndarray | None = None, seed: int = 0
) -> np.ndarray:
    """A map of the examples in two dimensions, through scikit-learn; deterministic.

    Args:
        features: (example, feature).
        method: "pca", the two directions of largest variance, or "tsne", which keeps neighbours together.
        reference: (example, 2), the map of the same examples at a neighbouring step. t-SNE starts from it; either
            method is aligned to it.
        seed: for t-SNE.

    Returns:
        (example, 2), float64, centred.

    Raises:
        ExplorerError: for fewer than three examples, values that are not finite, and a reference of other examples.
    """
    table = np.asarray(features.detach().double().cpu() if isinstance(features, Tensor) else features, dtype=np.float64)
    if table.ndim != 2 or len(table) < 3:
        raise ExplorerError(f"A map needs at least 3 examples (example, feature); these have the shape {table.shape}.")
    if not np.isfinite(table).all():
        raise ExplorerError("Some features are not finite: the network has diverged at this step; choose another.")
    if reference is not None and reference.shape != (len(table), 2):
        raise ExplorerError(f"The reference map has the shape {reference.shape}, not {(len(table), 2)}.")
    flat = _principal(table)
    placed = flat if method == "pca" else _neighbours(table, flat if reference is None else reference, seed)
    placed = placed - placed.mean(axis=0)
    return placed if reference is None else align(placed, reference)


def align(placed: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """A map rotated, and reflected if that helps, to lie as close to the reference as possible; distances are kept.

    Args:
        placed: (example, 2).
        reference: (example, 2), of the same examples.
    """
    from scipy.linalg import orthogonal_procrustes

    centred, target = placed - placed.mean(axis=0), reference - reference.mean(axis=0)
    turn, _ = orthogonal_procrustes(centred, target)
    return np.asarray(centred @ turn + reference.mean(axis=0))


def _principal(table: np.ndarray) -> np.ndarray:
    from sklearn.decomposition import PCA  # a second to import, as long as torch: only where it is needed

    count = min(2, table.shape[1])
    placed = np.zeros((len(table), 2))
    if np.ptp(table, axis=0).max(initial=0) > 0:
        placed[:, :count] = PCA(count, svd_solver="full").fit_transform(table)
    return placed


def _neighbours(table: np.ndarray, start: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if np.ptp(table, axis=0).max(initial=0) == 0:
        return np.zeros((len(table), 2))
    start = start - start.mean(axis=0)
    spread = start[:, 0].std() or start.std()
    tsne = TSNE(
        perplexity=min(PERPLEXITY, (len(table) - 1) / 3),
        init=np.asarray(start / (spread or 1.0) * SMALL, np.float32),
        random_state=seed,
        max_iter=ITERATIONS,
    )
    with threadpool_limits(1):  # sums would depend on the order of threads
        return np.asarray(tsne.fit_transform(table.astype(np.float32)), np.float64)
