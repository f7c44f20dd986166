"""What a layer gives is what its class's own ``__call__`` returns, not what its forward pass does."""

import threading
from typing import Any

import torch
from torch import Tensor, nn

from explorer.inspection import ablate, capture, health, layer_call
from explorer.inspection.hooks import hooked
from explorer.inspection.own_call import overrides_call


class Halved(nn.ReLU):
    """Gives half of what its forward pass gives."""

    def __call__(self, *arguments: Any) -> Any:
        return super().__call__(*arguments) / 2


MODEL = nn.Sequential(nn.Linear(3, 4), Halved(), nn.Linear(4, 2)).eval()
ROWS = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_its_output_is_what_the_next_layer_reads() -> None:
    expected = MODEL[0](ROWS).relu() / 2
    torch.testing.assert_close(capture(MODEL, ROWS)["1"], expected)
    torch.testing.assert_close(layer_call(MODEL, ROWS, "1").output, expected[0])
    assert abs(health(MODEL, ROWS)[0].mean - float(expected.mean())) < 1e-6


@torch.no_grad()
def test_what_replaces_its_output_is_read_by_the_next_layer() -> None:
    hidden = MODEL[0](ROWS).relu() / 2
    hidden[:, 2] = 0
    torch.testing.assert_close(ablate(MODEL, ROWS, {"1": [2]}), MODEL[2](hidden))


def test_two_that_listen_both_hear_every_call_and_the_class_is_the_layers_own_afterwards() -> None:
    heard: list[str] = []

    def doubled(_name: str, output: Tensor) -> Tensor:
        heard.append("first")
        return 2 * output

    layer = MODEL[1]
    with hooked({"1": layer}, after=doubled):
        with hooked({"1": layer}, before=lambda *_: heard.append("second")):
            assert isinstance(layer, Halved)
            assert torch.equal(layer(torch.ones(1)), torch.ones(1))
        assert torch.equal(layer(torch.ones(1)), torch.ones(1))
    assert heard == ["second", "first", "first"]
    assert type(layer) is Halved
    assert torch.equal(layer(torch.ones(1)), torch.tensor([0.5]))


def test_the_first_to_begin_may_be_the_first_to_end() -> None:
    """Two threads may look at one network at once."""
    began, ended, heard = threading.Event(), threading.Event(), list[str]()
    layer = MODEL[1]

    def other() -> None:
        with hooked({"1": layer}, after=lambda *_: heard.append("other")):
            began.set()
            ended.wait(60)
            layer(torch.ones(1))

    with hooked({"1": layer}, after=lambda *_: heard.append("one")):
        thread = threading.Thread(target=other)
        thread.start()
        assert began.wait(60)
    ended.set()
    thread.join(60)
    assert heard == ["other"]
    assert type(layer) is Halved


def test_pytorchs_own_classes_are_not_meant() -> None:
    assert overrides_call(Halved())
    assert not overrides_call(nn.ReLU())
    assert not overrides_call(torch.fx.symbolic_trace(nn.Sequential(nn.ReLU())))
    assert not overrides_call(torch.compile(nn.ReLU(), backend="eager"))  # type: ignore[arg-type]
