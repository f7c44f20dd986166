import warnings
from collections.abc import Callable
from typing import Any

import captum.attr
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import ATTRIBUTION_METHODS, attribute, contributions
from explorer.inspection.contributions import inputs_per_pass
from explorer.inspection.deep_lift import SideBySide
from tests.inspection.attribution_cases import NetA, X, net_b, small_network, small_networks


def plainly(method: str, network: nn.Module, images: Tensor, target: int, **options: Any) -> Tensor:
    """Captum as its tutorials call it."""
    makers: dict[str, Callable[[nn.Module], Any]] = {
        "saliency": captum.attr.Saliency,
        "input_x_gradient": captum.attr.InputXGradient,
        "integrated_gradients": captum.attr.IntegratedGradients,
        "guided_backprop": captum.attr.GuidedBackprop,
        "deep_lift": captum.attr.DeepLift,
        "occlusion": captum.attr.Occlusion,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values: Tensor = makers[method](network).attribute(images.clone(), target=target, **options)
    return values.detach()


# ── known numbers ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_saliency_is_the_signed_gradient() -> None:
    values = attribute(NetA(), X, 0, "saliency").values
    assert values[0, 0].tolist() == [[0, 1, 1, 1]] * 3 + [[0, 0, 0, 0]]


def test_integrated_gradients_of_net_a_add_up_to_54() -> None:
    found = attribute(NetA(), X, 0, "integrated_gradients", steps=2000, rule="riemann_middle")
    assert found.values.sum().item() == pytest.approx(54.0045, abs=1e-3)
    assert found.change is not None
    assert found.change.item() == 54


def test_occlusion_of_net_a_by_windows_of_two() -> None:
    values = attribute(NetA(), X, 0, "occlusion", window=2, stride=2).values[0, 0]
    torch.testing.assert_close(values[::2, ::2], torch.tensor([[7.0, 4.0], [36.0, 47.0]]), atol=1e-5, rtol=0)
    torch.testing.assert_close(values[1::2, 1::2], values[::2, ::2])


def test_captums_names_of_the_options_are_understood() -> None:
    ours = attribute(NetA(), X, 0, "occlusion", window=(2, 2), stride=2)
    theirs = attribute(NetA(), X, 0, "occlusion", sliding_window_shapes=(1, 2, 2), strides=(1, 2, 2), baselines=0)
    assert torch.equal(ours.values, theirs.values)


def test_integrated_gradients_of_net_b() -> None:
    inputs = torch.tensor([[0.0, 100.0, 0.0]])
    # the first unit turns on a tenth of the way: the middles of a thousand steps fall on either side of it
    values = attribute(net_b(), inputs, 0, "integrated_gradients", steps=1000, rule="riemann_middle").values
    torch.testing.assert_close(values, torch.tensor([[0.0, 390.0, 0.0]]), atol=1e-3, rtol=1e-5)
    by_itself = attribute(net_b(), inputs, 0, "integrated_gradients")
    assert by_itself.values[0, 1].item() == pytest.approx(390, rel=0.01)


def test_occlusion_of_net_b_by_one_feature() -> None:
    values = attribute(net_b(), torch.tensor([[20.0, 50.0, 30.0]]), 0, "occlusion").values
    torch.testing.assert_close(values, torch.tensor([[80.0, 200.0, 120.0]]), atol=1e-5, rtol=0)


def test_deep_lift_of_net_b_by_hand() -> None:
    # the first unit rises by 90 for 100 and the others by 100, through multipliers of 0.9 and 1
    values = attribute(net_b(), torch.tensor([[0.0, 100.0, 0.0]]), 0, "deep_lift").values
    torch.testing.assert_close(values, torch.tensor([[0.0, 390.0, 0.0]]), atol=1e-3, rtol=0)


def test_grad_cam_by_hand_keeps_evidence_against_the_class() -> None:
    network = NetA()
    maps = functional.relu(network.convolution(X))  # (1, 2, 2, 2)
    rows = torch.tensor([[[1.0, 1.0], [1.0, 1.0]], [[1.0, -1.0], [-1.0, -1.0]]])  # the linear layer's row, as maps
    expected = (rows.mean((1, 2))[:, None, None] * maps[0]).sum(0)
    found = attribute(network, X, 0, "grad_cam", layer="first")
    assert found.layer_values is not None
    torch.testing.assert_close(found.layer_values[0, 0], expected)


# ── captum's own values ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("method", ["saliency", "input_x_gradient", "guided_backprop", "deep_lift", "occlusion"])
@settings(max_examples=12)
@given(case=small_networks(), target=st.integers(0, 2))
def test_the_values_are_captums(method: str, case: tuple[nn.Sequential, Tensor], target: int) -> None:
    network, images = case
    theirs: dict[str, Any] = {"saliency": {"abs": False}}
    ours: dict[str, Any] = {}
    if method == "occlusion":
        ours = {"window": 3, "stride": 2, "baseline": 0.5}
        channels = images.shape[1]
        theirs[method] = {"sliding_window_shapes": (channels, 3, 3), "strides": (channels, 2, 2), "baselines": 0.5}
    expected = plainly(method, network, images, target, **theirs.get(method, {}))
    torch.testing.assert_close(attribute(network, images, target, method, **ours).values, expected)


@settings(max_examples=12)
@given(
    case=small_networks(nn.ReLU, nn.Tanh, nn.GELU),
    target=st.integers(0, 2),
    steps=st.integers(1, 60),
    most=st.integers(1, 99),
)
def test_integrated_gradients_are_captums_in_however_many_passes(
    case: tuple[nn.Sequential, Tensor], target: int, steps: int, most: int
) -> None:
    network, images = case
    expected = plainly("integrated_gradients", network, images, target, n_steps=steps, baselines=0.25)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contributions, "MOST_PER_PASS", most)
        found = attribute(network, images, target, "integrated_gradients", steps=steps, baseline=0.25)
    torch.testing.assert_close(found.values, expected, atol=1e-5, rtol=1e-4)
    assert found.options["steps"] == steps


@pytest.mark.parametrize("layer", ["0", "1", "3", "5", "6"])
@settings(max_examples=12)
@given(case=small_networks(nn.ReLU, nn.Tanh), target=st.integers(0, 2))
def test_grad_cam_is_captums_at_any_layer(layer: str, case: tuple[nn.Sequential, Tensor], target: int) -> None:
    network, images = case
    theirs = captum.attr.LayerGradCam(network, network.get_submodule(layer)).attribute(images, target=target)
    found = attribute(network, images, target, "grad_cam", layer=layer)
    torch.testing.assert_close(found.layer_values, theirs.detach())
    enlarged = captum.attr.LayerAttribution.interpolate(theirs.detach(), (6, 6), interpolate_mode="bilinear")
    torch.testing.assert_close(found.maps, enlarged[:, 0])
    assert found.values.shape == images.shape


def relevance_by_hand(network: nn.Sequential, images: Tensor, target: int) -> Tensor:
    """The epsilon rule layer by layer: R_j = x_j · sum over k of w_jk R_k / z_k; activations pass relevance on."""
    inputs = [images]
    for layer in network:
        inputs.append(layer(inputs[-1]))
    relevance = torch.zeros_like(inputs[-1])
    relevance[:, target] = inputs[-1][:, target]
    for layer, before, after in zip(reversed(network), reversed(inputs[:-1]), reversed(inputs[1:]), strict=True):
        if isinstance(layer, nn.ReLU):
            continue
        source = before.detach().requires_grad_()
        stabilised = after + 1e-9 * torch.where(after < 0, -1.0, 1.0)
        (gradient,) = torch.autograd.grad(layer(source), source, relevance / stabilised)
        relevance = source.detach() * gradient
    return relevance.detach()


@settings(max_examples=12)
@given(case=small_networks(), target=st.integers(0, 2))
def test_lrp_is_the_epsilon_rule_layer_by_layer(case: tuple[nn.Sequential, Tensor], target: int) -> None:
    network, images = case[0].double(), case[1].double()
    expected = relevance_by_hand(network, images, target)
    torch.testing.assert_close(attribute(network, images, target, "lrp").values, expected, atol=1e-6, rtol=1e-4)


class Apart(nn.Module):
    """A copy between an activation and a pooling, which captum does not hook."""

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.clone()


@settings(max_examples=12)
@given(seed=st.integers(0, 999), target=st.integers(0, 2), baseline=st.sampled_from([0.0, 0.3]))
def test_deep_lift_is_right_where_captum_confuses_neighbouring_layers(seed: int, target: int, baseline: float) -> None:
    network = small_network(seed, 2, nn.ReLU, pooled=True)
    images = torch.randn(1, 2, 6, 6)
    separated = nn.Sequential(*[part for layer in network for part in (Apart(), layer)])
    expected = plainly("deep_lift", separated, images, target, baselines=torch.full_like(images, baseline))
    found = attribute(network, images, target, "deep_lift_corrected", baseline=baseline)
    torch.testing.assert_close(found.values, expected)
    as_it_is = plainly("deep_lift", network, images, target, baselines=torch.full_like(images, baseline))
    torch.testing.assert_close(attribute(network, images, target, "deep_lift", baseline=baseline).values, as_it_is)
    assert found.relative_residual is not None
    assert found.relative_residual.max() < 1e-3


@given(
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    steps=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    gap=st.integers(1, 2),
    ceil=st.booleans(),
    sides=st.tuples(st.integers(8, 13), st.integers(8, 13)),
    data=st.data(),
)
def test_windows_laid_side_by_side_pool_as_the_overlapping_ones_do(
    sizes: tuple[int, int], steps: tuple[int, int], gap: int, ceil: bool, sides: tuple[int, int], data: st.DataObject
) -> None:
    padding = data.draw(st.integers(0, min(sizes) // 2))
    pool = nn.MaxPool2d(sizes, steps, padding, gap, ceil_mode=ceil)
    maps = torch.randn(2, 3, *sides)
    torch.testing.assert_close(SideBySide(pool)(maps), pool(maps), rtol=0, atol=0)


@settings(max_examples=12)
@given(seed=st.integers(0, 999), padding=st.integers(0, 1), ceil=st.booleans())
def test_deep_lift_adds_up_through_pools_whose_windows_overlap(seed: int, padding: int, ceil: bool) -> None:
    torch.manual_seed(seed)
    pool = nn.MaxPool2d(3, 2, padding, ceil_mode=ceil)
    images = torch.randn(2, 1, 8, 8)
    size = pool(images).numel()  # two channels of one picture
    layers = [nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(inplace=True), pool, nn.Flatten(), nn.Linear(size, 4), nn.ReLU()]
    found = attribute(nn.Sequential(*layers, nn.Linear(4, 2)), images, (1, 0), "deep_lift_corrected", baseline=0.2)
    assert found.relative_residual is not None
    assert found.relative_residual.max() < 1e-3


def test_passes_are_as_large_as_what_the_network_keeps_allows() -> None:
    images = torch.randn(1, 1, 8, 8)
    small = inputs_per_pass(small_network(0, 1, nn.ReLU), torch.randn(1, 1, 6, 6))
    enlarging = inputs_per_pass(nn.Sequential(nn.Upsample(scale_factor=64), nn.Conv2d(1, 64, 3), nn.ReLU()), images)
    assert small == 512
    assert 1 <= enlarging <= 64 * 2**20 / (64 * 510 * 510)  # its ReLU keeps that many numbers for each picture


# ── completeness ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("method", ["integrated_gradients", "deep_lift_corrected"])
@settings(max_examples=12)
@given(case=small_networks(nn.ReLU, nn.Tanh), target=st.integers(0, 2))
def test_complete_values_add_up_to_what_the_logit_changed(
    method: str, case: tuple[nn.Sequential, Tensor], target: int
) -> None:
    network, images = case
    options: dict[str, Any] = {"most_steps": 200} if method == "integrated_gradients" else {}
    found = attribute(network, images, target, method, **options)
    with torch.no_grad():
        change = (network(images) - network(torch.zeros_like(images)))[:, target]
    assert found.change is not None
    assert found.residual is not None
    assert found.relative_residual is not None
    torch.testing.assert_close(found.change, change)
    torch.testing.assert_close(found.residual, found.values.sum((1, 2, 3)) - change, atol=1e-6, rtol=1e-4)
    assert found.relative_residual.max() < 0.01 or found.options.get("steps") == 200


def test_steps_are_doubled_until_the_residual_is_small_enough() -> None:
    found = attribute(NetA(), X, 0, "integrated_gradients", tolerance=0.006)
    assert found.relative_residual is not None
    assert found.relative_residual.item() < 0.006
    assert found.options["steps"] in (100, 200, 400)


def test_steps_end_at_the_most_allowed() -> None:
    found = attribute(NetA(), X, 0, "integrated_gradients", tolerance=0.0, most_steps=70)
    assert found.options["steps"] == 70


def test_lrp_without_biases_adds_up_to_the_logit() -> None:
    network = small_network(3, 1, nn.ReLU)
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
    images = torch.randn(2, 1, 6, 6)
    found = attribute(network, images, 1, "lrp")
    torch.testing.assert_close(found.values.sum((1, 2, 3)), network(images)[:, 1].detach(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("method", [name for name in ATTRIBUTION_METHODS if name != "guided_backprop"])
def test_the_difference_of_two_classes_is_the_difference_of_their_attributions(method: str) -> None:
    network = small_network(11, 2, nn.ReLU)
    images = torch.randn(2, 2, 6, 6)
    options: dict[str, Any] = {"steps": 20} if method == "integrated_gradients" else {}
    both, first, second = (attribute(network, images, target, method, **options) for target in ((2, 0), 2, 0))
    torch.testing.assert_close(both.values, first.values - second.values, atol=1e-5, rtol=1e-4)
    assert both.target == (2, 0)


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
def test_every_method_gives_signed_values_in_the_inputs_shape_within_any_context(method: str) -> None:
    network, images = small_network(2, 1, nn.ReLU), torch.randn(2, 1, 6, 6)
    with torch.inference_mode():
        found = attribute(network, images, 1, method)
    assert found.values.shape == images.shape
    assert found.maps.shape == (2, 6, 6)
    assert (found.layer_values is not None) == ATTRIBUTION_METHODS[method].needs_layer
    assert (found.residual is not None) == ATTRIBUTION_METHODS[method].complete
    assert not found.values.requires_grad
    assert found.method == method


@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
def test_float64_networks_are_explained_in_float64(method: str) -> None:
    network, images = small_network(2, 1, nn.ReLU).double(), torch.randn(1, 1, 6, 6).double()
    assert attribute(network, images, 1, method).values.dtype == torch.float64


@pytest.mark.parametrize(
    ("target", "words"),
    [(3, "no class 3; choose one from 0 to 2"), (-1, "no class -1"), ((1, 1), "different classes"), ("cat", "'cat'")],
)
def test_a_target_that_is_none_is_refused(target: Any, words: str) -> None:
    with pytest.raises(ExplorerError, match=words):
        attribute(small_network(0, 1, nn.ReLU), torch.randn(1, 1, 6, 6), target, "saliency")


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("salience", {}, "no method 'salience'"),
        ("saliency", {"steps": 3}, "no option 'steps'"),
        ("integrated_gradients", {"steps": 0}, "1 or more"),
        ("integrated_gradients", {"rule": "simpson"}, "no rule 'simpson'"),
        ("integrated_gradients", {"steps": 5000}, "riemann_middle"),
        ("integrated_gradients", {"baseline": torch.zeros(5)}, "does not fit"),
        ("occlusion", {"window": 7}, "from 1 to 6 x 6"),
        ("grad_cam", {"layer": "9.relu"}, "no layer '9.relu'"),
        ("grad_cam", {"layer": "8"}, "gives shape"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(method: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ExplorerError, match=words):
        attribute(small_network(0, 1, nn.ReLU), torch.randn(1, 1, 6, 6), 0, method, **options)


def test_whole_numbers_are_no_pictures() -> None:
    with pytest.raises(ExplorerError, match="floating-point"):
        attribute(NetA(), torch.zeros(1, 1, 4, 4, dtype=torch.uint8), 0, "saliency")


def test_the_double_shares_the_weights_and_nothing_else() -> None:
    network = small_network(0, 1, nn.ReLU)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for method in ATTRIBUTION_METHODS:
        attribute(network, torch.randn(1, 1, 6, 6), 0, method)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert not any(hasattr(module, "rule") or hasattr(module, "activations") for module in network.modules())
