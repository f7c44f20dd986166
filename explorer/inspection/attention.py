"""Attention rollout: the patches that a vision transformer's class token attends to, through all layers."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, undisturbed
from explorer.inspection.hooks import Arguments, hooked
from explorer.inspection.stand_in import stand_in

if TYPE_CHECKING:
    from torchvision.models.vision_transformer import VisionTransformer


def attention_rollout(model: nn.Module, inputs: Tensor) -> Tensor:
    """The share of the class token's final state that attention traces back to each patch.

    Each layer's attention is averaged over its heads and with the residual connection (half attention, half identity),
    and the layers are multiplied. The result is the same for every class and ignores the value vectors.
    Abnar and Zuidema 2020, arXiv:2005.00928.

    Args:
        model: a network that contains one of torchvision's vision transformers; it is left unchanged.
        inputs: (batch, channel, row, column), on the model's device.

    Returns:
        (batch, rows, columns) of the patches; with the class token's own share they add up to 1.

    Raises:
        ExplorerError: for any other network.
    """
    weights = attention_weights(model, inputs)
    joint = torch.eye(weights[0].shape[-1], dtype=weights[0].dtype, device=inputs.device)
    for layer in weights:
        mixed = (layer + torch.eye(layer.shape[-1], dtype=layer.dtype, device=layer.device)) / 2
        joint = mixed @ joint  # (batch, token, token)
    patches = joint[:, 0, 1:]
    side = _transformer(model).image_size // _transformer(model).patch_size
    return patches.reshape(-1, side, side)


def attention_weights(model: nn.Module, inputs: Tensor) -> list[Tensor]:
    """The attention of each layer, averaged over the heads: (batch, token, token), each row adding up to 1.

    Raises:
        ExplorerError: for a network without one of torchvision's vision transformers.
    """
    _transformer(model)
    check_device(model, inputs)
    weights: list[Tensor] = []

    def ask(_name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
        return arguments, {**keywords, "need_weights": True, "average_attn_weights": True}

    def keep(_name: str, output: tuple[Tensor, Tensor]) -> None:
        weights.append(output[1].detach().clone())

    with torch.inference_mode(False), torch.no_grad():
        double = stand_in(model)
        blocks = _transformer(double).encoder.layers.named_children()
        attentions = {name: block.get_submodule("self_attention") for name, block in blocks}
        with hooked(attentions, before=ask, after=keep), undisturbed(double):
            double(inputs)
    return weights


def _transformer(model: nn.Module) -> "VisionTransformer":
    from torchvision.models.vision_transformer import VisionTransformer  # takes seconds to import

    for module in model.modules():
        if isinstance(module, VisionTransformer):
            return module
    raise ExplorerError(
        f"Attention rollout needs a vision transformer with a class token (such as vit_b_16); "
        f"{type(model).__name__} has none. Choose Grad-CAM."
    )
