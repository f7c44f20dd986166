import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock, Bottleneck

from explorer.errors import ExplorerError
from explorer.inspection import ablate, capture, rank_channels
from explorer.inspection.channel_axis import channel_axis
from tests.inspection.attribution_cases import tiny_vision_transformer
from tests.inspection.test_activations import net_a

X = torch.arange(16.0).reshape(1, 1, 4, 4)


def torchvision_network(name: str, **options: object) -> nn.Module:
    torch.manual_seed(0)
    model: nn.Module = torchvision.models.get_model(name, weights=None, **options).eval()
    return model


def short_resnet(name: str) -> nn.Module:
    """A ResNet of torchvision with one block a stage."""
    torch.manual_seed(0)
    block = {"resnet18": BasicBlock, "resnet50": Bottleneck}[name]
    model: nn.Module = torchvision.models.ResNet(block, [1, 1, 1, 1], num_classes=7).eval()
    return model


class Reused(nn.Module):
    """One ReLU, called twice, in place or not."""

    def __init__(self, *, inplace: bool) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(2, 3, 1), nn.Conv2d(3, 3, 1), nn.Linear(3, 4)
        self.activation = nn.ReLU(inplace)

    def forward(self, images: Tensor) -> Tensor:
        hidden = self.activation(self.second(self.activation(self.first(images))))
        logits: Tensor = self.head(hidden.mean((2, 3)))
        return logits


class Discards(nn.Module):
    """Calls its in-place ReLU without taking what it returns, and reads the tensor again further on."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.activation, self.head = nn.Conv2d(2, 3, 1), nn.ReLU(inplace=True), nn.Linear(3, 4)

    def forward(self, images: Tensor) -> Tensor:
        hidden = self.convolution(images)
        returned = self.activation(hidden)
        logits: Tensor = self.head((hidden + 2 * returned).mean((2, 3)))
        return logits


@pytest.mark.parametrize(("channel", "expected"), [(0, 0.0), (1, 106.0)])
def test_a_published_network_without_a_channel_gives_its_published_number(channel: int, expected: float) -> None:
    assert ablate(net_a(), X + 1, {"1": [channel]})[0, 0].item() == expected


def test_without_an_ablation_the_logits_are_the_networks_own() -> None:
    assert ablate(net_a(), X, {}).tolist() == [[54.0] * 4]
    assert ablate(net_a(), X + 1, {"1": []}).tolist() == [[67.0] * 4]


def test_a_channel_can_be_ablated_before_an_in_place_activation() -> None:
    model = net_a()
    model[1] = nn.ReLU(inplace=True)
    for layer in ("0", "1"):  # a ReLU leaves a silent channel silent
        assert ablate(model, X + 1, {layer: [1]})[0, 0].item() == 106


def test_units_of_a_linear_layer_are_channels_too() -> None:
    model, inputs = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), torch.randn(6, 4)
    hidden = model[1](model[0](inputs))
    hidden[:, [1, 4]] = 0
    assert torch.equal(ablate(model, inputs, {"1": [4, 1, 1]}), model[2](hidden))


@pytest.mark.parametrize("inplace", [True, False])
def test_a_layer_that_is_called_twice_is_ablated_at_both_calls(inplace: bool) -> None:
    model, images = Reused(inplace=inplace), torch.randn(2, 2, 5, 5)
    mask = torch.tensor([1.0, 0, 1]).view(1, 3, 1, 1)
    hidden = functional.relu(model.second(functional.relu(model.first(images)) * mask)) * mask
    torch.testing.assert_close(ablate(model, images, {"activation": [1]}), model.head(hidden.mean((2, 3))))


def test_what_an_in_place_layer_wrote_is_silent_for_all_who_read_it() -> None:
    model, images = Discards(), torch.randn(1, 2, 5, 5)
    hidden = functional.relu(model.convolution(images)) * torch.tensor([0.0, 1, 1]).view(1, 3, 1, 1)
    expected = model.head(3 * hidden.mean((2, 3)))
    torch.testing.assert_close(ablate(model, images, {"activation": [0]}), expected)
    effect = rank_channels(model, images, "activation", 2)[0, 0]
    torch.testing.assert_close(effect, (expected - model(images))[0, 2])


def test_tokens_lose_a_feature_at_every_position() -> None:
    model, images = tiny_vision_transformer(), torch.randn(1, 3, 32, 32)
    name = "encoder.layers.encoder_layer_1.mlp.1"
    layer = dict(model.named_modules())[name]
    handle = layer.register_forward_hook(lambda _module, _inputs, output: output * (torch.arange(16) != 7))
    with torch.no_grad():
        expected = model(images)
    handle.remove()
    torch.testing.assert_close(ablate(model, images, {name: [7]}), expected)


@pytest.mark.parametrize(
    ("name", "layer", "axis"),
    [
        ("resnet18", "layer1.0.relu", 1),
        ("resnet18", "layer4", 1),
        ("convnext_tiny", "features.1.0.block.4", -1),  # GELU on (batch, row, column, channel)
        ("convnext_tiny", "features.1.0", 1),
        ("convnext_tiny", "features.0.1", 1),  # LayerNorm2d
        ("swin_t", "features.1.0.mlp.1", -1),
        ("swin_t", "features.3", -1),
        ("swin_t", "avgpool", 1),
        ("vit_b_16", "encoder.layers.encoder_layer_3", -1),
        ("squeezenet1_1", "classifier.2", 1),
    ],
)
def test_the_axis_of_the_channels_is_found_in_every_layout(name: str, layer: str, axis: int) -> None:
    with torch.device("meta"):
        model = torchvision.models.get_model(name, weights=None).eval()
    assert channel_axis(model, layer, torch.empty(1, 3, 224, 224, device="meta")) == axis


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer2.0.relu"),  # in place, called twice, beside a skip connection
        ("resnet18", "layer2.0.downsample"),
        ("resnet50", "layer1.0.relu"),  # called with 64, 64 and 256 channels
        ("squeezenet1_1", "features.6.squeeze"),
        ("squeezenet1_1", "features.6.expand1x1"),  # joined with a branch that is not ablated
        ("mobilenet_v3_small", "features.4.block.2.scale_activation"),
    ],
)
def test_all_channels_at_once_rank_as_one_by_one(name: str, layer: str) -> None:
    model = short_resnet(name) if name.startswith("resnet") else torchvision_network(name, num_classes=7)
    model = model.double()
    images = torch.randn(1, 3, 32, 32).double()
    effects = rank_channels(model, images, layer, 3, chunk=50)[0]
    before = ablate(model, images, {})[0, 3]
    chosen = range(0, len(effects), 23)
    expected = torch.stack([ablate(model, images, {layer: [channel]})[0, 3] - before for channel in chosen])
    torch.testing.assert_close(effects[list(chosen)], expected, rtol=1e-7, atol=1e-10)
    assert effects.abs().max() > 0


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), examples=st.integers(1, 3), chunk=st.integers(1, 7))
def test_of_a_linear_head_the_effect_is_minus_weight_times_activation(seed: int, examples: int, chunk: int) -> None:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4)).double()
    inputs = torch.randn(examples, 3).double()
    targets = torch.randint(4, (examples,))
    expected = -model.get_parameter("2.weight")[targets] * capture(model, inputs)["1"]
    torch.testing.assert_close(rank_channels(model, inputs, "1", targets, chunk), expected.detach())


def test_channels_layers_and_classes_that_do_not_exist_are_refused_with_the_numbers() -> None:
    with pytest.raises(ExplorerError, match="'1' has 2 channels, counted from 0: there is no channel 2"):
        ablate(net_a(), X, {"1": [2]})
    with pytest.raises(ExplorerError, match="no channel -1"):
        ablate(net_a(), X, {"1": [-1]})
    with pytest.raises(ExplorerError, match="no layer 'relu'"):
        ablate(net_a(), X, {"relu": [0]})
    with pytest.raises(ExplorerError, match="There is no class 4: the model has 4"):
        rank_channels(net_a(), X, "1", 4)


def test_a_layer_that_is_not_called_is_refused() -> None:
    class Spare(nn.Sequential):
        def forward(self, inputs: Tensor) -> Tensor:
            return self[0](inputs)  # type: ignore[no-any-return]

    with pytest.raises(ExplorerError, match="1: not called"):
        ablate(Spare(nn.Linear(2, 2), nn.Linear(2, 2)), torch.zeros(1, 2), {"1": [0]})


def test_a_layer_of_several_tensors_is_refused() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(2, 3, batch_first=True), nn.Linear(3, 2)

        def forward(self, inputs: Tensor) -> Tensor:
            logits: Tensor = self.head(self.lstm(inputs)[0][:, -1])
            return logits

    with pytest.raises(ExplorerError, match="no single tensor"):
        ablate(Recurrent(), torch.zeros(1, 4, 2), {"lstm": [0]})
