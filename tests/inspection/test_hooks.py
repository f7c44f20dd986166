import ast
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.inspection.hooks import hooked

SOURCES = sorted(Path(explorer.__file__).parent.rglob("*.py"))


def is_free_of_hooks(model: nn.Module) -> bool:
    return not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_functions_are_called_with_the_layers_name_arguments_and_output() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    calls: list[tuple[str, str, Any]] = []
    layers = {"linear": model[0], "relu": model[1]}
    with hooked(
        layers,
        before=lambda name, arguments, keywords: calls.append((name, "before", (arguments, keywords))),
        after=lambda name, output: calls.append((name, "after", output)),
    ):
        output = model(inputs := torch.ones(1, 2))
    between = calls[1][2]
    assert [call[:2] for call in calls] == [(name, when) for name in layers for when in ("before", "after")]
    assert [calls[0][2], calls[2][2]] == [((inputs,), {}), ((between,), {})]
    assert calls[3][2] is output


def test_returned_arguments_and_outputs_replace_the_layers_own() -> None:
    layer = nn.Identity()

    def double(_name: str, arguments: tuple[Tensor], keywords: dict[str, Any]) -> Any:
        return (2 * arguments[0],), keywords

    with hooked({"layer": layer}, before=double, after=lambda _name, output: output + 1):
        assert layer(torch.tensor(3.0)) == 7
    assert layer(torch.tensor(3.0)) == 3


def test_hooks_are_removed_when_forward_raises() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(3, 4))
    layers = dict(model.named_children())
    with pytest.raises(RuntimeError), hooked(layers, before=lambda *_: None, after=lambda *_: None):
        model(torch.randn(1, 3))
    assert is_free_of_hooks(model)


def test_the_first_hook_is_removed_when_registering_the_second_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_keywords: object) -> None:
        raise RuntimeError("no hooks here")

    model = nn.Sequential(nn.ReLU(), nn.Tanh())
    monkeypatch.setattr(model[1], "register_forward_hook", fail)
    with (
        pytest.raises(RuntimeError, match="no hooks here"),
        hooked(dict(model.named_children()), after=lambda *_: None),
    ):
        pass
    assert is_free_of_hooks(model)


def test_no_other_file_registers_a_hook() -> None:
    registering = {
        source.name
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute) and node.attr.startswith("register_") and node.attr.endswith("hook")
    }
    assert registering == {"hooks.py"}
