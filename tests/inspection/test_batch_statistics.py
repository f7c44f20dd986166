"""A norm that has one value to take the statistics of: the refusal says which norm, and what to choose."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import (
    capture,
    channel_axis,
    class_score,
    default_layer,
    effective_field,
    health,
    layer_call,
    layer_maps,
    layer_table,
    network_graph,
    predict,
    visualise,
)

PICTURE = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(0))
ZERO, ONE = torch.zeros(1), torch.ones(1)
NORMS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "batch norm": (lambda: nn.BatchNorm2d(2, track_running_stats=False), "track_running_stats=True"),
    "instance norm": (lambda: nn.InstanceNorm2d(2), "Give larger pictures"),
    "group norm": (lambda: nn.GroupNorm(2, 2), "Give larger pictures or several examples"),
}
LOOKS: dict[str, Callable[[nn.Module], Any]] = {
    "capture": lambda model: capture(model, PICTURE),
    "health": lambda model: health(model, PICTURE),
    "network_graph": lambda model: network_graph(model, PICTURE),
    "layer_maps": lambda model: layer_maps(model, PICTURE, "0"),
    "layer_call": lambda model: layer_call(model, PICTURE, "0"),
    "layer_table": lambda model: layer_table(model, (1, 4, 4)),
    "effective_field": lambda model: effective_field(model, PICTURE, "0", 0),
    "default_layer": lambda model: default_layer(model, PICTURE),
    "predict": lambda model: predict(model, PICTURE),
    "class_score": lambda model: class_score(model, 1)(PICTURE),
    "visualise": lambda model: list(visualise(model, "0", 0, (1, 4, 4), ZERO, ONE)),
}


def network(norm: str) -> nn.Sequential:
    """Maps of one value: a 4x4 kernel reads the whole picture."""
    return nn.Sequential(nn.Conv2d(1, 2, 4), NORMS[norm][0](), nn.ReLU(), nn.Flatten(), nn.Linear(2, 3)).eval()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_norm_with_one_value_is_refused_with_the_reason(look: str, norm: str) -> None:
    with pytest.raises(ExplorerError, match=r"norm of this network.*too few values.*Expected more than 1.*") as refusal:
        LOOKS[look](network(norm))
    assert NORMS[norm][1] in str(refusal.value)


def test_the_outputs_of_a_batch_are_those_of_that_very_batch() -> None:
    model, batch = network("batch norm"), torch.randn(3, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        values = model[0](batch)  # (3, 2, 1, 1)
        mean, variance = values.mean(0), values.var(0, correction=0)
    expected = (values - mean) / (variance + 1e-5).sqrt()
    torch.testing.assert_close(capture(model, batch)["1"], expected)


def test_the_channels_of_such_a_network_are_known() -> None:
    assert channel_axis.channel_axis(network("batch norm"), "2", PICTURE) == 1


def test_other_errors_of_a_forward_pass_stay_as_they_are() -> None:
    class Failing(nn.Module):
        def forward(self, _pictures: torch.Tensor) -> torch.Tensor:
            raise ValueError("told to fail")

    with pytest.raises(ValueError, match="told to fail"):
        capture(Failing(), PICTURE)
