"""A Vision Transformer's position embedding of another picture size: interpolated as torchvision does."""

from math import isqrt
from typing import Any

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.weights import METADATA, State, with_metadata

POSITIONS = "encoder.pos_embedding"  # (1, 1 + patch, unit): the class token's, then the patches' row by row


def are_positions(value: Tensor, units: int) -> bool:
    """True if a tensor has the form of a position embedding, for any number of positions."""
    return value.dim() == 3 and len(value) == 1 and value.shape[1] > 1 and value.shape[2] == units


def with_positions_of(network: nn.Module, state: State, source: str) -> tuple[State, str]:
    """A state whose position embedding has as many positions as the network, and a sentence if it was interpolated.

    Source: https://pytorch.org/vision/main/_modules/torchvision/models/vision_transformer.html
    (``interpolate_embeddings``, bicubic)

    Args:
        network: of any kind; only one with a position embedding of patches is concerned.
        state: by the network's names.
        source: what messages call the file.

    Raises:
        ExplorerError: where the positions of the file are no square of patches.
    """
    own, found = network.state_dict().get(POSITIONS), state.get(POSITIONS)
    if own is None or found is None or not are_positions(found, own.shape[2]) or found.shape == own.shape:
        return state, ""
    from torchvision.models.vision_transformer import interpolate_embeddings

    vit: Any = network
    patches, side = found.shape[1] - 1, isqrt(found.shape[1] - 1)
    into = vit.image_size // vit.patch_size
    if side * side != patches:
        raise ExplorerError(
            f"{source} was saved for {patches} patches, which are no square; choose weights for pictures of "
            f"{vit.image_size}x{vit.image_size} pixels, which are {into}x{into} patches, or for another square."
        )
    fitted = with_metadata({**state, POSITIONS: found.float()}, getattr(state, METADATA))
    return interpolate_embeddings(vit.image_size, vit.patch_size, fitted), (
        f"The file was saved for pictures of {side * vit.patch_size}x{side * vit.patch_size} pixels: its position "
        f"embedding was interpolated from {side}x{side} to {into}x{into} patches, since the network reads "
        f"{vit.image_size}x{vit.image_size} pixels."
    )
