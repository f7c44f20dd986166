import ctypes
import sys

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import capture
from explorer.inspection.activations import keep_freed_memory


def net_a() -> nn.Sequential:
    """captum's basic convolutional test model."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 4), nn.ReLU())
    convolution, linear = model[0], model[3]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(linear, nn.Linear)
    with torch.no_grad():
        convolution.weight.fill_(1)
        assert convolution.bias is not None
        convolution.bias.copy_(torch.tensor([-50.0, -75.0]))
        linear.weight.copy_(torch.tensor([1.0, 1, 1, 1, 1, -1, -1, -1]).expand(4, 8))
        linear.bias.zero_()
    return model


class Twice(nn.Module):
    """One linear layer, called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.pool = nn.AdaptiveAvgPool1d(2)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.layer(self.layer(inputs))
        return self.pool(self.pool(hidden[:, None])[:, 0, :][:, None].repeat(1, 2, 1))  # type: ignore[no-any-return]


def test_a_published_network_gives_its_published_numbers() -> None:
    outputs = capture(net_a(), torch.arange(16.0).reshape(1, 1, 4, 4))
    assert outputs["0"].tolist() == [[[[-5, 4], [31, 40]], [[-30, -21], [6, 15]]]]
    assert outputs["4"].tolist() == [[54.0] * 4]


def test_outputs_come_in_call_order_not_in_the_order_of_definition() -> None:
    class Reversed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.second = nn.Linear(2, 2)
            self.first = nn.Linear(2, 2)
            self.unused = nn.Linear(2, 2)

        def forward(self, inputs: Tensor) -> Tensor:
            output: Tensor = self.second(self.first(inputs))
            return output

    assert list(capture(Reversed(), torch.zeros(1, 2))) == ["first", "second"]


def test_chosen_layers_may_have_children() -> None:
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), nn.Linear(3, 1))
    inputs = torch.randn(5, 2)
    outputs = capture(model, inputs, ["0"])
    assert list(outputs) == ["0"]
    assert torch.equal(outputs["0"], model[0](inputs))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "alexnet", "vgg11", "mobilenet_v2"])
def test_an_in_place_relu_does_not_rewrite_the_output_before_it(name: str) -> None:
    model = torchvision.models.get_model(name, weights=None).eval()
    inputs = torch.randn(1, 3, 64, 64)
    outputs = capture(model, inputs)
    convolution = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    first = next(name for name, module in model.named_modules() if module is convolution)
    with torch.no_grad():
        assert torch.equal(outputs[first], convolution(inputs))
    # what an in-place ReLU reads is signed: in ResNet and MobileNet that is the batch norm, elsewhere the convolution
    before = {"resnet18": "bn1", "mobilenet_v2": "features.0.1"}.get(name, first)
    assert (outputs[before] < 0).any()


def test_a_functional_in_place_operation_does_not_rewrite_an_output_either() -> None:
    class InPlace(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, inputs: Tensor) -> Tensor:
            hidden: Tensor = self.layer(inputs)
            hidden += 100
            return functional.relu_(hidden)

    model, inputs = InPlace(), torch.randn(3, 4)
    assert torch.equal(capture(model, inputs)["layer"], model.layer(inputs).detach())


def test_a_module_called_twice_is_stacked_on_the_second_axis() -> None:
    model, inputs = Twice(), torch.randn(5, 3)
    first = model.layer(inputs)
    outputs = capture(model, inputs)
    assert outputs["layer"].shape == (5, 2, 3)
    assert torch.equal(outputs["layer"], torch.stack([first, model.layer(first)], dim=1).detach())


def test_calls_of_different_shapes_get_numbered_names() -> None:
    outputs = capture(Twice(), torch.randn(5, 3))
    assert [outputs[name].shape for name in ("pool#1", "pool#2")] == [(5, 1, 2), (5, 2, 2)]
    assert "pool" not in outputs


def test_the_first_tensor_of_a_tuple_is_kept() -> None:
    model, inputs = nn.LSTM(3, 4, batch_first=True), torch.randn(2, 5, 3)
    assert torch.equal(capture(model, inputs)[""], model(inputs)[0].detach())


def test_a_model_in_training_mode_runs_in_eval_mode() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.BatchNorm1d(3)).train()
    inputs = torch.randn(4, 3)
    outputs = capture(model, inputs)
    assert torch.equal(outputs["1"], outputs["0"])
    assert all(module.training for module in model)


def test_captured_outputs_need_no_gradient_and_share_no_memory() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Identity())
    outputs = capture(model, torch.randn(1, 3))
    assert not any(output.requires_grad for output in outputs.values())
    assert outputs["0"].data_ptr() != outputs["1"].data_ptr()


def test_hooks_are_removed_even_when_forward_raises() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(3, 4)).train()
    with pytest.raises(RuntimeError):
        capture(model, torch.randn(1, 3))
    assert not any(module._forward_hooks for module in model.modules())
    assert all(module.training for module in model.modules())


def test_buffers_changed_by_a_forward_pass_are_restored() -> None:
    class Counting(nn.Module):
        calls: Tensor
        replaced: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("calls", torch.zeros(1))
            self.register_buffer("replaced", torch.zeros(1))

        def forward(self, inputs: Tensor) -> Tensor:
            self.calls += 1
            self.replaced = self.replaced + 1
            return inputs + torch.rand(1)

    model = Counting()
    calls, replaced = model.calls, model.replaced
    capture(model, torch.zeros(1))
    assert model.calls is calls
    assert model.replaced is replaced
    assert calls.item() == replaced.item() == 0


def test_modes_changed_by_a_forward_pass_are_restored() -> None:
    class Switching(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            self.train()
            return inputs

    model = Switching().eval()
    capture(model, torch.zeros(1))
    assert not model.training


def test_an_unknown_layer_is_refused_with_the_closest_and_all_known_names() -> None:
    with pytest.raises(ExplorerError, match=r"no layer 'layer1\.0\.cnv1'\. Did you mean 'layer1\.0\.conv1'\?.*fc"):
        capture(torchvision.models.resnet18(), torch.zeros(1, 3, 32, 32), ["layer1.0.cnv1"])


def test_a_layer_that_is_not_called_is_refused() -> None:
    model = nn.Sequential(nn.Linear(4, 4))
    model[0].add_module("idle", nn.Linear(4, 4))
    with pytest.raises(ExplorerError, match=r"0\.idle: not called"):
        capture(model, torch.zeros(1, 4), ["0.idle"])


def test_inputs_on_another_device_are_refused_not_moved() -> None:
    with pytest.raises(ExplorerError, match="model is on cpu but the inputs are on meta"):
        capture(nn.Linear(2, 2), torch.zeros(1, 2, device="meta"))


def test_float64_models_are_captured_in_float64() -> None:
    outputs = capture(nn.Linear(2, 2).double(), torch.zeros(1, 2, dtype=torch.float64))
    assert outputs[""].dtype == torch.float64


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_only_the_c_library_of_linux_is_asked_to_keep_freed_memory(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delattr(ctypes, "CDLL")
    keep_freed_memory.__wrapped__()
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(AttributeError, match="CDLL"):
        keep_freed_memory.__wrapped__()
