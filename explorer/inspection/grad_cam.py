"""Grad-CAM through captum, on any layer that can be read as feature maps."""

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import known_modules
from explorer.inspection.hooks import hooked
from explorer.inspection.score import Score
from explorer.inspection.spatial import map_view


def grad_cam(score: Score, inputs: Tensor, layer: str) -> Tensor:
    """Grad-CAM (batch, 1, row, column) at the layer's own resolution, signed: before any final ReLU.

    Captum reads a module that is inserted after the layer for the call: there the output is laid out as feature maps,
    nothing overwrites it in place, and nothing before it needs a gradient.

    Args:
        score: the score to explain, of a copy in eval mode.
        inputs: (batch, channel, row, column).
        layer: the name of a module of the network.

    Raises:
        ExplorerError: for a layer that does not exist, is not called exactly once, or gives no feature maps.
    """
    from captum.attr import LayerGradCam

    module = known_modules(score.network, [layer])[layer]
    view = map_view(score.network, layer, inputs)
    probe = nn.Identity()
    calls = 0

    def through_the_probe(_name: str, output: object) -> Tensor:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise ExplorerError(
                f"{layer} is used more than once in a forward pass, with other maps each time; choose another layer."
            )
        if not isinstance(output, Tensor) or output.dim() != view.axes:
            given = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else "several tensors"
            raise ExplorerError(
                f"Grad-CAM needs feature maps with rows and columns; {layer} ({type(module).__name__}) gives {given}. "
                "Choose an earlier layer, such as the last convolution."
            )
        leaf = output.detach().requires_grad_()
        return view.from_maps(probe(view.to_maps(leaf)), output)

    try:
        with hooked({layer: module}, after=through_the_probe):
            values: Tensor = LayerGradCam(score, probe).attribute(inputs, target=0)
    except (AssertionError, KeyError, IndexError) as error:
        if calls:
            raise
        raise ExplorerError(f"{layer} is not called in a forward pass; choose another layer.") from error
    return values.detach()
