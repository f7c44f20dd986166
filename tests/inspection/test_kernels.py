from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from explorer.errors import ExplorerError
from explorer.inspection import kernel_change, kernels
from tests.inspection.contract_cases import HalvedConvolution, HalvedInside, HalvedOutside
from tests.inspection.reparametrised_cases import Doubled

PRECISIONS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def test_kernels_are_copies_by_module_name() -> None:
    model = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3)), nn.ReLU(), nn.Conv2d(2, 3, 1))
    found = kernels(model)
    assert {name: tuple(kernel.shape) for name, kernel in found.items()} == {"0.0": (2, 1, 3, 3), "2": (3, 2, 1, 1)}
    found["2"].zero_()
    assert kernels(model)["2"].abs().sum() > 0
    assert not found["0.0"].requires_grad


def test_a_kernel_change_is_the_distance_relative_to_the_norm_before() -> None:
    before = torch.tensor([[3.0, 4.0], [0.0, 0.0]]).reshape(2, 1, 1, 2)
    after = torch.tensor([[3.0, 5.0], [0.0, 0.0]]).reshape(2, 1, 1, 2)
    change = kernel_change(before, after)
    assert change.channels.tolist() == [0.2, 0.0]
    assert change.kernels.tolist() == [[0.2], [0.0]]
    assert kernel_change(torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)).channels.item() == float("inf")


def test_kernels_of_different_shapes_are_not_compared() -> None:
    with pytest.raises(ExplorerError, match=r"\(2, 1, 3, 3\) and \(2, 1, 5, 5\)"):
        kernel_change(torch.zeros(2, 1, 3, 3), torch.zeros(2, 1, 5, 5))


# ── layers that do not use the kernels that they hold ────────────────────────────────────────────────────────────────
class Turned(nn.Conv2d):
    """True convolution: the kernel is turned by 180 degrees."""

    def forward(self, maps: Tensor) -> Tensor:
        return functional.conv2d(maps, self.weight.flip(2, 3), self.bias)


class Standardised(nn.Conv2d):
    """Weight standardisation, as in timm's StdConv2d."""

    def forward(self, maps: Tensor) -> Tensor:
        deviation, mean = torch.std_mean(self.weight, (1, 2, 3), keepdim=True)
        return functional.conv2d(maps, (self.weight - mean) / deviation, self.bias)


def replaced(*sizes: Any, **options: Any) -> nn.Module:
    conv: Any = nn.Conv2d(*sizes, **options)
    conv.forward = lambda maps: functional.conv2d(maps, conv.weight / 2, conv.bias)
    return conv  # type: ignore[no-any-return]


def with_a_hook(*sizes: Any, **options: Any) -> nn.Module:
    conv = nn.Conv2d(*sizes, **options)
    conv.register_forward_hook(lambda _layer, _inputs, output: output / 2)
    return conv


def parametrised(*sizes: Any, **options: Any) -> nn.Module:
    conv = HalvedConvolution(*sizes, **options)
    parametrize.register_parametrization(conv, "weight", Doubled())
    return conv


UNUSED: dict[str, Callable[..., nn.Module]] = {
    "halved": HalvedConvolution,
    "halved inside": HalvedInside,
    "halved outside": HalvedOutside,
    "halved and parametrised": parametrised,
    "turned": Turned,
    "standardised": Standardised,
    "with a forward pass put in its place": replaced,
    "with a hook": with_a_hook,
}


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("sizes", [(1, 1, 3), (3, 2, 3), (64, 32, 3)], ids=str)
@pytest.mark.parametrize("kind", UNUSED)
def test_kernels_that_a_layer_does_not_use_are_refused(kind: str, sizes: tuple[int, ...], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    with pytest.raises(ExplorerError, match=r"kernels that 0 \(\w+\) holds are not those"):
        kernels(nn.Sequential(UNUSED[kind](*sizes, dtype=dtype)))


# ── layers of their own that do ──────────────────────────────────────────────────────────────────────────────────────
class SamePadded(nn.Conv2d):
    """Padding of its own, as TensorFlow's: one row below and one column to the right."""

    def forward(self, maps: Tensor) -> Tensor:
        return super().forward(functional.pad(maps, (0, 1, 0, 1)))


class Told(nn.Conv2d):
    """Counts its calls."""

    calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        return super().__call__(*arguments)


USED: dict[str, Callable[..., nn.Module]] = {"padded in its own way": SamePadded, "told": Told}
SHAPES: list[dict[str, Any]] = [
    {"in_channels": 3, "out_channels": 2, "kernel_size": 3},
    {"in_channels": 1, "out_channels": 1, "kernel_size": 1, "stride": 2},
    {"in_channels": 4, "out_channels": 6, "kernel_size": (2, 5), "stride": (3, 1), "dilation": 2, "groups": 2},
    {"in_channels": 128, "out_channels": 64, "kernel_size": 3, "padding": 1, "bias": False},
    {"in_channels": 3, "out_channels": 4, "kernel_size": 4, "padding": 2, "padding_mode": "reflect"},
]


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", USED)
def test_kernels_that_a_derived_layer_uses_are_shown(kind: str, shape: dict[str, Any], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    conv = USED[kind](**shape, dtype=dtype)
    assert torch.equal(kernels(nn.Sequential(conv))["0"], conv.get_parameter("weight"))


def test_a_hook_that_only_listens_hides_no_kernel() -> None:
    conv = nn.Conv2d(1, 2, 3)
    conv.register_forward_hook(lambda *_: None)
    assert torch.equal(kernels(conv)[""], conv.weight)


def test_a_layer_that_needs_more_than_pictures_is_refused() -> None:
    class Styled(nn.Conv2d):
        def forward(self, maps: Tensor, style: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(maps) * style

    with pytest.raises(ExplorerError, match=r"cannot be run alone .*style"):
        kernels(nn.Sequential(Styled(1, 1, 3)))


def test_only_the_kernels_that_are_asked_for_are_read() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), HalvedConvolution(2, 2, 3), nn.ReLU())
    assert list(kernels(model, ["0"])) == ["0"]
    with pytest.raises(ExplorerError, match="2 is none"):
        kernels(model, ["0", "2"])
