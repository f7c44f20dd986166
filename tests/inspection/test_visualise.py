from collections.abc import Sequence

import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import Ascent, Frame, capture, visualise

MEAN, DEVIATION = torch.tensor([0.4]), torch.tensor([0.3])


def filters(*kernels: Sequence[Sequence[float]]) -> nn.Sequential:
    """One convolution of known kernels, and a linear layer that reads it."""
    model = nn.Sequential(
        nn.Conv2d(1, len(kernels), 3, padding=1, bias=False), nn.ReLU(inplace=True), nn.Flatten(), nn.LazyLinear(2)
    )
    with torch.no_grad():
        model.get_parameter("0.weight").copy_(torch.tensor(kernels)[:, None])
    model(torch.zeros(1, 1, 8, 8))
    return model


BRIGHT: list[list[float]] = [[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]
DARK: list[list[float]] = [[0.0, 0, 0], [0, -1, 0], [0, 0, 0]]


def climb(model: nn.Module, layer: str, channel: int, **choices: object) -> list[Frame]:
    return list(visualise(model, layer, channel, (1, 8, 8), MEAN, DEVIATION, Ascent(**choices)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("channel", "brightest"), [(0, 1.0), (1, 0.0)])
@pytest.mark.parametrize("fourier", [True, False])
def test_a_bright_or_dark_image_maximally_activates_a_bright_or_dark_detector(
    channel: int, brightest: float, fourier: bool
) -> None:
    last = climb(filters(BRIGHT, DARK), "0", channel, learning_rate=0.1, fourier=fourier)[-1]
    pixels = last.inputs * 0.3 + 0.4
    assert ((pixels - brightest).abs() < 0.1).float().mean() > 0.9


def test_the_activation_of_a_frame_is_the_networks_own_for_its_image() -> None:
    model = filters(BRIGHT, DARK)
    for objective in ("channel", "unit"):
        for frame in climb(model, "0", 1, objective=objective, iterations=9, rotation=10.0, scaling=0.1):
            channel = capture(model, frame.inputs)["0"][0, 1]
            expected = channel.mean() if objective == "channel" else channel[4, 4]
            assert frame.activation == pytest.approx(expected.item(), rel=1e-5)


def test_frames_come_at_the_start_every_so_often_and_at_the_end() -> None:
    assert [frame.iteration for frame in climb(filters(BRIGHT), "1", 0, iterations=20)] == [0, 8, 16, 20]


@pytest.mark.parametrize("choices", [{}, {"fourier": True}, {"rotation": 15.0, "scaling": 0.2}, {"jitter": 0}])
def test_every_pixel_is_in_the_valid_range(choices: dict[str, object]) -> None:
    for frame in climb(filters(DARK), "0", 0, learning_rate=1.0, iterations=30, **choices):
        pixels = frame.inputs * 0.3 + 0.4
        assert frame.inputs.shape == (1, 1, 8, 8)
        assert pixels.min() >= -1e-6
        assert pixels.max() <= 1 + 1e-6


def test_the_result_depends_only_on_the_seed() -> None:
    model = filters(BRIGHT)
    first, second = (climb(model, "3", 0, iterations=10, rotation=5.0)[-1].inputs for _ in range(2))
    other = climb(model, "3", 0, iterations=10, rotation=5.0, seed=1)[-1].inputs
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_total_variation_smooths_and_l2_lowers_contrast() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Tanh(), nn.Conv2d(4, 2, 3))

    def pixels(**choices: object) -> Tensor:
        return climb(model, "2", 1, iterations=60, jitter=0, **choices)[-1].inputs * 0.3 + 0.4

    plain = pixels()
    assert pixels(total_variation=3.0).diff(dim=3).abs().mean() < 0.7 * plain.diff(dim=3).abs().mean()
    assert (pixels(l2=30.0) - 0.5).abs().mean() < 0.7 * (plain - 0.5).abs().mean()


def test_the_model_is_unchanged_between_two_frames() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    random = torch.random.get_rng_state()
    for _ in visualise(model, "1", 0, (1, 8, 8), MEAN, DEVIATION, Ascent(iterations=16)):
        assert all(module.training for module in model.modules())
        assert not any(module._forward_hooks for module in model.modules())
        assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
        assert torch.equal(torch.random.get_rng_state(), random)


@pytest.mark.parametrize("side", [32, 224])
def test_colour_images_of_any_size_can_be_optimised(side: int) -> None:
    model = torchvision.models.get_model("squeezenet1_1", weights=None)
    colours = torch.tensor([0.5, 0.5, 0.5]), torch.tensor([0.25, 0.25, 0.25])
    choices = Ascent(iterations=2, fourier=True, rotation=5.0, jitter=4)
    frames = list(visualise(model, "features.4", 3, (3, side, side), *colours, choices))
    assert frames[-1].inputs.shape == (1, 3, side, side)
    assert frames[-1].activation > frames[0].activation


def test_channels_and_layers_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ExplorerError, match="has 1 channels, counted from 0: there is no channel 1"):
        climb(filters(BRIGHT), "0", 1)
    with pytest.raises(ExplorerError, match="no layer 'conv'"):
        climb(filters(BRIGHT), "conv", 0)
