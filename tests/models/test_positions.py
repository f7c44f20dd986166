"""A Vision Transformer's weights for another picture size."""

from pathlib import Path

import pytest
import torch
from torchvision.models import VisionTransformer
from torchvision.models.vision_transformer import interpolate_embeddings

from explorer.errors import ExplorerError
from explorer.models.fitting import Fitted, fit
from explorer.models.weights import read_weights

POSITIONS = "encoder.pos_embedding"


def vit(pixels: int) -> VisionTransformer:
    return VisionTransformer(pixels, 8, num_layers=1, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=3)


def fitted(state: object, path: Path) -> tuple[VisionTransformer, Fitted]:
    torch.save(state, path)
    network = vit(32)  # 4x4 patches
    return network, fit(network, read_weights(path), path.name)


@pytest.mark.parametrize("prefix", ["", "module.", "backbone."])
@pytest.mark.parametrize("pixels", [16, 48])
def test_positions_are_interpolated_as_torchvision_does_and_that_is_said(
    tmp_path: Path, pixels: int, prefix: str
) -> None:
    own = vit(pixels).state_dict()
    network, found = fitted({f"{prefix}{name}": value for name, value in own.items()}, tmp_path / "own.pth")
    state, side = network.state_dict(), pixels // 8
    expected = interpolate_embeddings(32, 8, vit(pixels).state_dict() | {POSITIONS: own[POSITIONS]})
    torch.testing.assert_close(state[POSITIONS], expected[POSITIONS])
    assert all(state[name].equal(own[name]) for name in own if name != POSITIONS)
    [note] = found.notes
    assert f"{pixels}x{pixels} pixels" in note
    assert f"from {side}x{side} to 4x4 patches" in note


def test_the_class_token_and_the_corners_keep_their_positions(tmp_path: Path) -> None:
    own = vit(48).state_dict()  # 6x6 patches
    network, _ = fitted(own, tmp_path / "own.pth")
    before, after = own[POSITIONS][0], network.state_dict()[POSITIONS][0]
    corners = [(0, 0), (1, 1), (6, 4), (31, 13), (36, 16)]  # by hand: 1 + row * side + column
    for old, new in corners:
        torch.testing.assert_close(after[new], before[old])


def test_the_same_size_is_loaded_as_it_is(tmp_path: Path) -> None:
    own = vit(32).state_dict()
    network, found = fitted(own, tmp_path / "own.pth")
    assert network.state_dict()[POSITIONS].equal(own[POSITIONS])
    assert found.notes == ()


def test_positions_that_are_no_square_are_refused_with_the_size_to_choose(tmp_path: Path) -> None:
    own = vit(32).state_dict() | {POSITIONS: torch.rand(1, 1 + 12, 8)}
    with pytest.raises(ExplorerError, match=r"saved for 12 patches, which are no square; .* 32x32 pixels.* 4x4 patch"):
        fitted(own, tmp_path / "own.pth")


def test_another_patch_size_is_refused_by_its_shape(tmp_path: Path) -> None:
    other = VisionTransformer(32, 16, num_layers=1, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=3)
    with pytest.raises(ExplorerError, match=r"conv_proj\.weight: 8x3x16x16 in the file, 8x3x8x8 in the network"):
        fitted(other.state_dict(), tmp_path / "own.pth")
