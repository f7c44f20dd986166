"""Every classifier of torchvision, untrained, through every function of inspection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.inspection import attribute, capture, receptive_field
from explorer.inspection.receptive_field import ReceptiveField
from explorer.models import zoo
from explorer.models.blocks import classifier_of, feature_count, pieces

HANDFUL = ("shapes_resnet", "densenet121", "mobilenet_v3_small", "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1")
SMALLER = {"vit_h_14": "IMAGENET1K_SWAG_LINEAR_V1"}  # its default reads 518x518 pixels: 35 s and 8 GB for one picture
EVERY = [pytest.param(name, marks=() if name in HANDFUL else pytest.mark.slow) for name in zoo.networks()]


@contextmanager
def unchanged(network: nn.Module) -> Iterator[None]:
    """On exit every tensor is in place and was never written to, and no mode or hook has changed."""

    def marks() -> list[Any]:
        tensors = [
            (name, value.data_ptr(), value._version) for name, value in network.state_dict(keep_vars=True).items()
        ]
        hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
        modules = [
            (name, module.training, *(len(getattr(module, hook)) for hook in hooks))
            for name, module in network.named_modules()
        ]
        return [tensors, modules]

    before = marks()
    yield
    assert marks() == before


def at_the_first_unit(output: Tensor, field: ReceptiveField) -> Tensor:
    """A layer's output at its first row and column, in any layout."""
    index: list[Any] = [slice(None)] * output.dim()
    for axis in (field.row_track.axis, field.column_track.axis):
        if axis is not None:
            index[axis] = 0
    return output[tuple(index)]


class ReachedError(Exception):
    """Raised after the layer: later layers need not run."""


def seen(network: nn.Module, layer: str, picture: Tensor, field: ReceptiveField) -> tuple[Tensor, Tensor]:
    """The rows and columns of the picture that the first unit's gradient reaches."""
    outputs: list[Tensor] = []

    def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        outputs.append(output)
        raise ReachedError

    handle = network.get_submodule(layer).register_forward_hook(hook)
    with pytest.raises(ReachedError):
        network(picture.requires_grad_())
    handle.remove()
    (gradient,) = torch.autograd.grad(at_the_first_unit(outputs[-1], field).square().sum(), picture)
    reached = gradient.abs().sum((0, 1)) > 0
    return reached.any(1).nonzero().flatten(), reached.any(0).nonzero().flatten()


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_a_network_of_torchvision_can_be_inspected(name: str) -> None:
    found = zoo.untrained(name, SMALLER.get(name, "default"))
    network, side = found.module, max(32, found.min_size)
    picture = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    last, classifier = classifier_of(network)
    blocks = [piece for piece in pieces(network) if piece.has_weights]
    read: list[Tensor] = []
    handle = classifier.register_forward_pre_hook(lambda _, arguments: read.append(arguments[0].clone()))
    with torch.no_grad():
        logits = network(picture)
    handle.remove()
    assert logits.shape == (1, len(found.class_names))

    with unchanged(network):
        outputs = capture(network, picture)
        answer = outputs[last].relu().mean((2, 3)) if isinstance(classifier, nn.Conv2d) else outputs[last]
        assert torch.allclose(answer, logits, rtol=1e-5, atol=1e-6)
        ends = [piece.members[-1][0] for piece in blocks]
        assert list(capture(network, picture, ends)) == ends
        assert {id(p) for piece in blocks for _, m in piece.members for p in m.parameters() if p.dim() > 1} >= {
            id(module.weight) for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear))
        }

        early, late = ends[1], ends[-2]
        field = receptive_field(network, picture.shape, early)
        rows, columns = seen(network, early, picture, field)
        first_row, last_row, first_column, last_column = field.window(0, 0)
        assert first_row <= rows.min() <= rows.max() <= last_row < side
        assert first_column <= columns.min() <= columns.max() <= last_column < side
        assert receptive_field(network, picture.shape, late).window(0, 0)[1] >= last_row

        map_of_class = attribute(network, picture.detach(), 3, "grad_cam")
        assert map_of_class.layer_values is not None
        assert map_of_class.values.shape == picture.shape
        assert map_of_class.values.isfinite().all()

    with torch.no_grad():
        network.set_submodule(last, nn.Identity())
        features = network(picture)
    assert features.shape == (1, feature_count(classifier))
    expected = read[0].mean((2, 3)) if isinstance(classifier, nn.Conv2d) else read[0]
    assert torch.allclose(features, expected, rtol=1e-5, atol=1e-6)
