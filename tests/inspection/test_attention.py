import pytest
import torch
import torchvision
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.inspection import attention_rollout
from explorer.inspection.attention import attention_weights
from tests.inspection.attribution_cases import tiny_vision_transformer


def naive_weights(model: torchvision.models.VisionTransformer, image: Tensor) -> list[Tensor]:
    """softmax(Q · K / sqrt(size)) of each layer and head, written out, for one picture; the mean over the heads."""
    patches = model.conv_proj(image[None])[0].flatten(1).T  # (patch, channel)
    tokens = torch.cat((model.class_token[0], patches)) + model.encoder.pos_embedding[0]
    weights = []
    for block in model.encoder.layers:
        attention, normed = block.self_attention, block.ln_1(tokens)
        size = attention.embed_dim // attention.num_heads
        query, key, value = (normed @ attention.in_proj_weight.T + attention.in_proj_bias).chunk(3, dim=1)
        heads, outputs = [], []
        for head in range(attention.num_heads):
            part = slice(head * size, (head + 1) * size)
            heads.append(((query[:, part] @ key[:, part].T) / size**0.5).softmax(1))
            outputs.append(heads[-1] @ value[:, part])
        weights.append(torch.stack(heads).mean(0))
        tokens = tokens + attention.out_proj(torch.cat(outputs, dim=1))
        tokens = tokens + block.mlp(block.ln_2(tokens))
    return weights


@torch.no_grad()
def test_rollout_is_the_product_of_half_attention_half_identity_layer_by_layer() -> None:
    model, images = tiny_vision_transformer(layers=3), torch.randn(2, 3, 32, 32)
    found = attention_rollout(model, images)
    assert found.shape == (2, 4, 4)
    for image, patches in zip(images, found, strict=True):
        joint = torch.eye(17)
        for weights in naive_weights(model, image):
            mixed = torch.zeros(17, 17)
            for row in range(17):
                for column in range(17):
                    mixed[row, column] = 0.5 * weights[row, column] + (0.5 if row == column else 0.0)
            joint = mixed @ joint
        torch.testing.assert_close(patches.flatten(), joint[0, 1:], atol=1e-6, rtol=1e-4)


def test_the_attention_of_a_token_adds_up_to_one() -> None:
    for weights in attention_weights(tiny_vision_transformer(), torch.randn(2, 3, 32, 32)):
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 17))


def test_rollout_leaves_the_transformer_unchanged_even_when_it_fails() -> None:
    model = tiny_vision_transformer().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    attention_rollout(model, torch.randn(1, 3, 32, 32))
    with pytest.raises(AssertionError, match="Wrong image height"):
        attention_rollout(model, torch.randn(1, 3, 40, 32))
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_networks_without_a_class_token_are_refused() -> None:
    swin = torchvision.models.SwinTransformer([4, 4], 8, [1, 1], [2, 2], [4, 4], num_classes=3)
    with pytest.raises(ExplorerError, match="Choose Grad-CAM"):
        attention_rollout(swin, torch.randn(1, 3, 32, 32))
