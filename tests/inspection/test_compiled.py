"""A compiled network is looked at as it was written; TorchScript and exports, without that form, are refused."""

import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import (
    ATTRIBUTION_METHODS,
    ablate,
    attribute,
    capture,
    clamped_trace,
    class_score,
    default_layer,
    edit_weight,
    effective_field,
    equations,
    explain_pixel,
    geometric_window,
    gradients_through_time,
    health,
    kernels,
    layer_call,
    layer_maps,
    layer_table,
    network_graph,
    penultimate,
    pooling_window,
    predict,
    randomisation_check,
    rank_channels,
    receptive_field,
    sliding_sum,
    symbol_table,
    top_patches,
    trace,
)
from explorer.inspection.uncompiled import uncompiled

IMAGES = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(1))


class Network(nn.Module):
    """Two blocks, of which the second is called through a function."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(18, 3)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.block(images).flatten(1))
        return logits


def written() -> Network:
    torch.manual_seed(0)
    return Network().eval()


def compiled(part: Any) -> Any:
    return torch.compile(part, backend="eager")


def whole() -> Any:
    return compiled(written())


def in_place() -> Any:
    network = written()
    network.compile(backend="eager")
    return network


def a_part() -> Any:
    network = written()
    network.block = compiled(network.block)
    return network


def a_layer() -> Any:
    network = written()
    network.block[0], network.head = compiled(network.block[0]), compiled(network.head)
    return network


def a_part_in_the_whole() -> Any:
    return compiled(a_part())


def a_part_in_place() -> Any:
    network = written()
    network.block.compile(backend="eager")
    return network


def its_method() -> Any:
    network: Any = written()
    network.forward = compiled(network.forward)
    return network


def part(model: Any, name: str) -> Any:
    """A part by its written name, in its own wrapper if it has one."""
    return next(module for own, module in model.named_modules() if own.replace("_orig_mod.", "") == name)


WAYS: dict[str, Callable[[], Any]] = {
    way.__name__: way for way in (whole, in_place, a_part, a_layer, a_part_in_the_whole, a_part_in_place, its_method)
}
LOOKS: dict[str, Callable[[Any], Any]] = {
    "capture": lambda model: capture(model, IMAGES),
    "capture of chosen layers": lambda model: capture(model, IMAGES, ["head", "block.0", "block"]),
    "health": lambda model: health(model, IMAGES),
    "kernels": kernels,
    "explain_pixel": lambda model: explain_pixel(part(model, "block.0"), IMAGES[0], 1, 2, 3),
    "sliding_sum": lambda model: sliding_sum(part(model, "block.0"), IMAGES[0], 1),
    "pooling_window": lambda model: pooling_window(part(model, "block.2"), IMAGES[0], 0, 1, 1),
    "layer_table": lambda model: layer_table(model, (1, 8, 8)),
    "receptive_field": lambda model: receptive_field(model, (1, 8, 8), "block.2"),
    "geometric_window": lambda model: geometric_window(model, IMAGES, "block.2", 1, 1),
    "effective_field": lambda model: effective_field(model, IMAGES, "block.2", 1, 1, 1),
    "network_graph": lambda model: network_graph(model, IMAGES),
    "layer_maps": lambda model: layer_maps(model, IMAGES, "block.1"),
    "layer_call": lambda model: layer_call(model, IMAGES, "block.1"),
    "predict": lambda model: predict(model, IMAGES),
    "class_score": lambda model: class_score(model, 1)(IMAGES),
    "penultimate": lambda model: penultimate(model, IMAGES),
    "top_patches": lambda model: top_patches(model, IMAGES, "block.1", count=1),
    "ablate": lambda model: ablate(model, IMAGES, {"block.1": [1]}),
    "rank_channels": lambda model: rank_channels(model, IMAGES, "block.1", 2),
    "edit_weight": lambda model: edit_weight(model, IMAGES, "block.0.weight", (0, 0, 1, 1), 2.0),
    "default_layer": lambda model: default_layer(model, IMAGES),
    "randomisation_check": lambda model: list(randomisation_check(model, IMAGES, 1, "guided_backprop")),
    **{
        method: lambda model, method=method: attribute(model, IMAGES, 1, method)  # type: ignore[misc]
        for method in ATTRIBUTION_METHODS
    },
}


@pytest.fixture(autouse=True)
def _nothing_compiled() -> Iterator[None]:
    torch.compiler.reset()
    yield
    torch.compiler.reset()


# the quick tests hold each look in two or three of the seven ways, and each way in about nine looks
EVERY_LOOK_IN_EVERY_WAY = [
    pytest.param(name, way, marks=() if (row + column) % 3 == 0 else pytest.mark.slow)
    for row, name in enumerate(LOOKS)
    for column, way in enumerate(WAYS)
]


@pytest.mark.sample(4)
@pytest.mark.parametrize(("name", "way"), EVERY_LOOK_IN_EVERY_WAY)
def test_every_look_is_that_of_the_written_network(name: str, way: str) -> None:
    model = WAYS[way]()
    with torch.no_grad():
        model(IMAGES)  # compiled code calls no hook that is registered after its first run
    assert repr(LOOKS[name](model)) == repr(LOOKS[name](written()))
    with torch.no_grad():
        torch.testing.assert_close(model(IMAGES), written()(IMAGES))


def test_guided_backprop_after_saliency_is_not_the_saliency() -> None:
    model = whole()
    saliency = attribute(model, IMAGES, 1, "saliency").values
    assert not torch.allclose(attribute(model, IMAGES, 1, "guided_backprop").values, saliency)


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
def test_a_compiled_recurrent_layer_is_looked_at_as_it_was_written(cell: Any) -> None:
    torch.manual_seed(0)
    layer, sequences = cell(3, 4).eval(), torch.randn(5, 2, 3)
    model = compiled(layer)
    model(sequences)
    looks: list[Callable[[Any], Any]] = [
        lambda module: trace(module, sequences),
        lambda module: clamped_trace(module, sequences, []),
        lambda module: gradients_through_time(module, sequences, lambda output: output.sum()),
        lambda module: equations(module, sequences, 2, 1),
        symbol_table,
    ]
    for look in looks:
        found, expected = look(model), look(layer)
        if isinstance(found, list):
            assert repr(found) == repr(expected)
        else:
            for name, values in expected.layers[0].quantities.items():
                assert torch.equal(found.layers[0].quantities[name], values)


def test_compiled_code_runs_again_after_a_look() -> None:
    runs: list[str] = []

    def backend(graph: torch.fx.GraphModule, _inputs: object) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            runs.append("compiled")
            return graph.forward(*arguments)

        return run

    model: Any = torch.compile(written(), backend=backend)
    with torch.no_grad():
        model(IMAGES)
        assert runs == ["compiled"]
        capture(model, IMAGES)
        assert runs == ["compiled"]
        model(IMAGES)
    assert runs == ["compiled"] * 2


def test_two_threads_that_look_at_once_leave_compiled_code_as_it_was() -> None:
    """The setting is one for the process: neither the first to end nor the last may leave it wrong."""
    started, ended = threading.Event(), threading.Event()
    seen: list[bool] = []
    hook_calls: list[int] = []
    model = whole()
    model(IMAGES)

    def other() -> None:
        with uncompiled():
            started.set()
            ended.wait(60)
            handle = model._orig_mod.head.register_forward_hook(lambda *_: hook_calls.append(1))
            model(IMAGES)
            handle.remove()
            seen.append(bool(hook_calls))

    with uncompiled():
        thread = threading.Thread(target=other)
        thread.start()
        assert started.wait(60)
    ended.set()
    thread.join(60)
    assert seen == [True]
    hook_calls.clear()
    handle = model._orig_mod.head.register_forward_hook(lambda *_: hook_calls.append(1))
    model(IMAGES)
    handle.remove()
    assert hook_calls == []


# ── without a written form ───────────────────────────────────────────────────────────────────────────────────────────
def scripted(part: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated
        return torch.jit.script(part)


def traced() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(written(), IMAGES)  # type: ignore[no-untyped-call]


def a_scripted_part() -> Any:
    network: Any = written()
    network.block = scripted(network.block)
    return network


UNWRITTEN: dict[str, Callable[[], Any]] = {
    "This network, scripted": lambda: scripted(written()),
    "This network, traced": traced,
    "block": a_scripted_part,
    "This network, exported": lambda: torch.export.export(written(), (IMAGES,)).module(),
}
RUN_ALONE = ("predict", "class_score")  # read the network's answer, not what is inside
OF_A_LAYER = ("explain_pixel", "sliding_sum", "pooling_window")


@pytest.mark.sample(4)
@pytest.mark.parametrize("made", UNWRITTEN)
@pytest.mark.parametrize("name", [name for name in LOOKS if name not in OF_A_LAYER])
def test_it_is_refused_wherever_its_inside_is_asked_for(name: str, made: str) -> None:
    model = UNWRITTEN[made]()
    if name in RUN_ALONE:
        assert repr(LOOKS[name](model)) == repr(LOOKS[name](written()))
        return
    with pytest.raises(
        ExplorerError, match=rf"^{made.partition(',')[0]} is (a TorchScript module|an exported network),"
    ):
        LOOKS[name](model)


class ByFunction(Network):
    """Computes with its layers' weights, and calls none of them."""

    def forward(self, images: Tensor) -> Tensor:
        return functional.linear(images.flatten(1)[:, :18], self.head.weight)


def test_a_network_that_calls_none_of_its_layers_gives_no_empty_answer() -> None:
    with pytest.raises(ExplorerError, match="calls none of its layers"):
        capture(ByFunction(), IMAGES)
