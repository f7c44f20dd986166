"""Feature visualisation against the strongest real picture: never worse in silence."""

import pytest
import torch
from torch import nn

from explorer.datasets import load
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError
from explorer.inspection import Ascent, Excitation, Frame, capture, excite, strongest_picture
from explorer.inspection.excitation import Attempt, RealPicture
from explorer.training.run import Run
from tests.app.pages import SHIPPED_CNN

MEAN, DEVIATION = torch.tensor([0.4]), torch.tensor([0.3])


def last(model: nn.Module, layer: str, channel: int, inputs: torch.Tensor, **choices: object) -> Excitation:
    *_, found = excite(model, layer, channel, inputs, MEAN, DEVIATION, Ascent(**choices))  # type: ignore[arg-type]
    return found


def shut(bias: float) -> nn.Sequential:
    """A detector of bright pixels behind a ReLU, which grey noise cannot open if the bias is low."""
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(inplace=True))
    with torch.no_grad():
        model.get_parameter("0.weight").fill_(1.0)
        model.get_parameter("0.bias").fill_(bias)
    return model


def test_a_channel_that_is_shut_at_the_start_is_opened_through_its_pre_activation() -> None:
    # grey, 0.5, gives (0.5 - 0.4) / 0.3 - 1.5 < 0; white gives 2 - 1.5 = 0.5
    found = last(shut(-1.5), "1", 0, torch.zeros(2, 1, 6, 6), iterations=96, learning_rate=0.2)
    assert found.attempts[0].frames[0].activation == 0
    assert found.best.best.activation == pytest.approx(0.5, abs=0.05)
    assert found.found


def test_a_channel_that_nothing_opens_is_called_not_found() -> None:
    found = last(shut(-9.0), "1", 0, torch.zeros(2, 1, 6, 6), iterations=16)
    assert not found.found
    assert "Nothing was found" in found.said
    assert "from 4 starts" in found.said


def test_the_strongest_picture_is_the_one_whose_own_map_is_highest() -> None:
    torch.manual_seed(0)
    model, inputs = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU()), torch.randn(50, 1, 6, 6)
    maps = capture(model, inputs, ["1"])["1"][:, 2]
    found = strongest_picture(model, "1", 2, inputs, batch_size=7)
    assert found.example == int(maps.mean((1, 2)).argmax())
    assert found.activation == pytest.approx(float(maps.mean((1, 2)).max()))
    assert strongest_picture(model, "1", 2, inputs, "unit").example == int(maps[:, 2, 2].argmax())


def test_no_picture_to_compare_with_is_refused() -> None:
    with pytest.raises(ExplorerError, match="0 pictures"):
        strongest_picture(shut(0.0), "1", 0, torch.zeros(0, 1, 6, 6))


@pytest.mark.parametrize(
    ("reached", "real", "words"),
    [
        (0.0, 0.0, "Nothing was found"),
        (-1.0, 2.0, "Nothing was found"),
        (1.0, 2.0, "failed"),
        (3.0, 2.0, "The best of 1"),
    ],
)
def test_the_sentence_follows_the_numbers(reached: float, real: float, words: str) -> None:
    frame = Frame(8, torch.zeros(1, 1, 2, 2), reached)
    found = Excitation((Attempt(0, (frame,)),), RealPicture(3, real))
    assert words in found.said
    assert found.found == (words == "The best of 1")


@pytest.fixture(scope="module")
def shipped() -> tuple[nn.Module, Splits]:
    run = Run.open(SHIPPED_CNN)
    splits = load(run.config)
    assert isinstance(splits, Splits)
    return run.model(run.steps[-1]), splits


def check_channel(shipped: tuple[nn.Module, Splits], block: int, channel: int) -> bool:
    """Whether the optimised picture excites the channel at least as much as the strongest real one; else it is said."""
    model, splits = shipped
    pictures, ascent = splits.validation.inputs, Ascent(iterations=32, learning_rate=0.1)
    *_, found = excite(
        model, f"block{block}.activation", channel, pictures, splits.mean, splits.std, ascent, 16, seeds=1
    )
    maps = capture(model, pictures, [f"block{block}.activation"])[f"block{block}.activation"][:, channel]
    assert found.real.activation == pytest.approx(float(maps.mean((1, 2)).max()), rel=1e-5)
    reached = capture(model, found.best.best.inputs, [f"block{block}.activation"])[f"block{block}.activation"][
        0, channel
    ]
    assert found.best.best.activation == pytest.approx(float(reached.mean()), rel=1e-4, abs=1e-6)
    better = float(reached.mean()) >= float(maps.mean((1, 2)).max()) and float(reached.mean()) > 0
    assert better == found.found
    assert better or "Nothing was found" in found.said or "failed" in found.said
    return better


@pytest.mark.slow
@pytest.mark.parametrize(("block", "channels"), [(1, range(0, 16, 4)), (2, range(0, 32, 8)), (3, range(0, 32, 6))])
def test_channels_of_the_shipped_network_are_excited_more_than_by_any_real_picture(
    shipped: tuple[nn.Module, Splits], block: int, channels: range
) -> None:
    assert all(check_channel(shipped, block, channel) for channel in channels)


@pytest.mark.slow
@pytest.mark.parametrize(("block", "count"), [(1, 16), (2, 32), (3, 32)])
def test_every_channel_of_the_shipped_network_is_excited_or_said_to_fail(
    shipped: tuple[nn.Module, Splits], block: int, count: int
) -> None:
    better = [check_channel(shipped, block, channel) for channel in range(count)]
    assert sum(better) >= 0.9 * count
