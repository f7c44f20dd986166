"""If the answer for one example depends on its neighbours in the batch, each example is run alone."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision
from hypothesis import given
from torch import Tensor, nn
from torch.nn import functional

from explorer import inspection
from explorer.errors import ExplorerError
from explorer.inspection import (
    ATTRIBUTION_METHODS,
    ablate,
    attribute,
    class_score,
    deletion_insertion,
    edit_weight,
    randomisation_check,
    rank_channels,
)
from explorer.inspection.neighbours import neighbours_known, neighbours_matter
from tests.inspection.attribution_cases import small_networks

PICTURES = torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(3)) * torch.tensor([1.0, 3.0]).view(
    2, 1, 1, 1
)


class By(nn.Module):
    """A layer from a function."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, maps: Tensor) -> Tensor:
        return self.function(maps)


class AcrossTheBatch(nn.Module):
    """Attention in which the examples are the sequence, as ``batch_first`` forgotten makes it."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 2)

    def forward(self, maps: Tensor) -> Tensor:
        rows = (
            maps.flatten(2).transpose(0, 1).transpose(0, 1)
        )  # (batch, channel, pixel): read as (token, batch, feature)
        mixed: Tensor = self.attention(rows, rows, rows)[0]
        return maps + mixed.reshape(maps.shape)


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "batch norm without statistics": lambda: nn.BatchNorm2d(2, track_running_stats=False),
    "batch norm without statistics or weights": lambda: nn.BatchNorm2d(2, affine=False, track_running_stats=False),
    "batch norm by function": lambda: By(lambda maps: functional.batch_norm(maps, None, None, training=True)),
    "batch norm with a little of the batch": lambda: By(lambda maps: maps - 0.05 * maps.mean((0, 2, 3), keepdim=True)),
    "centred": lambda: By(lambda maps: maps - maps.mean(0)),
    "divided by the largest": lambda: By(lambda maps: maps / maps.abs().amax()),
    "softmax over the batch": lambda: nn.Softmax(0),
    "running sum": lambda: By(lambda maps: maps.cumsum(0)),
    "attention": AcrossTheBatch,
    "distances": lambda: By(lambda maps: maps + torch.cdist(maps.flatten(1), maps.flatten(1)).sum(1).view(-1, 1, 1, 1)),
}
every_layer = pytest.mark.parametrize("kind", LAYERS)


def network(kind: str) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), LAYERS[kind](), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)).eval()


def one_by_one(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    return torch.cat([function(one) for one in torch.split(inputs, 1)])


def gradient(model: nn.Module, picture: Tensor) -> Tensor:
    leaf = picture.clone().requires_grad_()
    return torch.autograd.grad(model(leaf)[0, 1], leaf)[0]


@every_layer
def test_the_neighbours_are_seen_to_matter(kind: str) -> None:
    assert neighbours_matter(network(kind), PICTURES[:1])
    assert neighbours_matter(network(kind), torch.zeros(1, 1, 6, 6))


@given(small_networks())
def test_they_are_not_seen_to_matter_in_a_network_that_reads_each_example_alone(
    example: tuple[nn.Sequential, Tensor],
) -> None:
    model, pictures = example
    assert not neighbours_matter(model, pictures[:1])


@pytest.mark.sample(4)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "swin_t"])
def test_rounding_is_not_taken_for_neighbours(name: str, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None, num_classes=5).eval().to(dtype)
    assert not neighbours_matter(model, torch.randn(1, 3, 32, 32, dtype=dtype))


def test_tokens_are_compared_too() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3))
    mixed = nn.Sequential(model[0], By(lambda tokens: tokens - tokens.mean(0)), *model[1:])
    for tokens in (torch.tensor([[1, 8, 3, 3, 0]]), torch.tensor([[7, 7, 7, 7, 7]])):
        assert not neighbours_matter(model, tokens)
        assert neighbours_matter(mixed, tokens)


@every_layer
def test_integrated_gradients_are_the_mean_of_gradients_taken_one_by_one(kind: str) -> None:
    model, steps = network(kind), 7
    found = attribute(model, PICTURES[:1], 1, "integrated_gradients", steps=steps, rule="riemann_middle", baseline=0.5)
    change = PICTURES[:1] - 0.5
    gradients = [gradient(model, 0.5 + (step + 0.5) / steps * change) for step in range(steps)]
    torch.testing.assert_close(found.values, torch.stack(gradients).mean(0) * change)
    assert found.change is not None
    expected = model(PICTURES[:1])[0, 1] - model(torch.full((1, 1, 6, 6), 0.5))[0, 1]
    assert found.change.item() == pytest.approx(expected.item(), abs=1e-5)


class WithAux(nn.Module):
    """A network that gives its logits beside others."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        logits = self.network(pictures)
        return {"logits": logits, "aux": logits * 2}


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion", "saliency"])
def test_a_network_with_several_outputs_is_run_alone_too(method: str) -> None:
    model = network("batch norm without statistics")
    found, expected = (attribute(one, PICTURES, (1, 2), method) for one in (WithAux(model), model))
    torch.testing.assert_close(found.values, expected.values)


@every_layer
def test_occlusion_is_the_drop_of_each_covered_picture_alone(kind: str) -> None:
    model = network(kind)
    found = attribute(model, PICTURES[:1], 1, "occlusion", window=3, stride=3).values
    with torch.no_grad():
        for row in (0, 3):
            for column in (0, 3):
                covered = PICTURES[:1].clone()
                covered[..., row : row + 3, column : column + 3] = 0
                drop = (model(PICTURES[:1]) - model(covered))[0, 1]
                torch.testing.assert_close(found[0, 0, row : row + 3, column : column + 3], drop.expand(3, 3))


@pytest.mark.sample(4)
@pytest.mark.parametrize("method", [name for name in ATTRIBUTION_METHODS if name not in ("lrp", "deep_lift")])
@every_layer
def test_the_maps_of_two_pictures_are_those_of_each_alone(kind: str, method: str) -> None:
    model = network(kind)
    options: dict[str, Any] = {"baseline": PICTURES.flip(0)} if method in ("integrated_gradients", "occlusion") else {}
    alone = []
    try:
        for place in (0, 1):
            own = {name: value[place : place + 1] for name, value in options.items()}
            alone.append(attribute(model, PICTURES[place : place + 1], 1, method, **own))
    except ExplorerError:
        with pytest.raises(ExplorerError):
            attribute(model, PICTURES, 1, method)
        return
    found = attribute(model, PICTURES, 1, method, **options)
    torch.testing.assert_close(found.values, torch.cat([one.values for one in alone]))
    if found.layer_values is not None:
        torch.testing.assert_close(found.layer_values, torch.cat([torch.as_tensor(one.layer_values) for one in alone]))
    if found.change is not None:
        torch.testing.assert_close(found.change, torch.cat([torch.as_tensor(one.change) for one in alone]))
    assert all(found.options[name] is options[name] for name in options)


@every_layer
def test_the_gradient_of_two_pictures_is_that_of_each_alone(kind: str) -> None:
    model = network(kind)
    found = attribute(model, PICTURES, 1, "saliency").values
    torch.testing.assert_close(found, one_by_one(lambda picture: gradient(model, picture), PICTURES))


@pytest.mark.parametrize("method", ["deep_lift", "deep_lift_corrected", "lrp"])
@every_layer
def test_methods_that_need_a_second_picture_or_a_linear_norm_are_refused(kind: str, method: str) -> None:
    with pytest.raises(ExplorerError, match=r"no rule|affect each other|out of reach|takes the statistics") as refusal:
        attribute(network(kind), PICTURES[:1], 1, method)
    assert "ntegrated gradients" in str(refusal.value)


@pytest.mark.parametrize("method", ["deep_lift", "deep_lift_corrected", "lrp"])
def test_a_norm_by_the_picture_itself_has_no_linear_rule_either(method: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.InstanceNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))
    with pytest.raises(ExplorerError, match=r"no rule for .*1 .*InstanceNorm2d"):
        attribute(model, PICTURES[:1], 1, method)


@every_layer
def test_deletion_and_insertion_score_each_picture_alone(kind: str) -> None:
    model = network(kind)
    order = torch.arange(36.0).reshape(1, 6, 6).expand(2, 6, 6)
    found = deletion_insertion(class_score(model, 1, "logit"), PICTURES, order, steps=4)
    with torch.no_grad():
        for example in range(2):
            for step, count in enumerate((0, 9, 18, 27, 36)):
                gone = torch.arange(36).reshape(6, 6) >= 36 - count
                picture = PICTURES[example : example + 1]
                deleted, inserted = model(picture * ~gone)[0, 1], model(picture * gone)[0, 1]
                torch.testing.assert_close(found.deletion[example, step], deleted, equal_nan=True)
                torch.testing.assert_close(found.insertion[example, step], inserted, equal_nan=True)


def without(model: nn.Sequential, picture: Tensor, layer: int, channel: int) -> Tensor:
    hidden = model[: layer + 1](picture).clone()
    hidden[:, channel] = 0
    logits: Tensor = model[layer + 1 :](hidden)
    return logits


@pytest.mark.parametrize("layer", [0, 2])
@every_layer
def test_channels_rank_as_each_of_them_alone(kind: str, layer: int) -> None:
    model = network(kind)
    found = rank_channels(model, PICTURES, str(layer), 1)
    with torch.no_grad():
        for channel in (0, 1):
            expected = one_by_one(lambda one, c=channel: without(model, one, layer, c) - model(one), PICTURES)  # type: ignore[misc]
            torch.testing.assert_close(found[:, channel], expected[:, 1])
            ablated = one_by_one(lambda one, c=channel: without(model, one, layer, c), PICTURES)  # type: ignore[misc]
            torch.testing.assert_close(ablate(model, PICTURES, {str(layer): [channel]}), ablated)


@every_layer
def test_a_weight_edit_changes_each_example_alone(kind: str) -> None:
    model, changed = network(kind), network(kind)
    with torch.no_grad():
        changed.get_parameter("0.weight")[1, 0, 2, 2] = 2.5
    found = edit_weight(model, PICTURES, "0.weight", (1, 0, 2, 2), 2.5)
    with torch.no_grad():
        torch.testing.assert_close(found.before, one_by_one(model, PICTURES))
        torch.testing.assert_close(found.after, one_by_one(changed, PICTURES))
        hidden = one_by_one(changed[:3], PICTURES) - one_by_one(model[:3], PICTURES)
        torch.testing.assert_close(found.changes["2"], hidden)


@every_layer
def test_the_randomisation_check_of_two_pictures_has_the_maps_of_each_alone(kind: str) -> None:
    model = network(kind)
    both = list(randomisation_check(model, PICTURES, 1, "saliency"))
    for place in (0, 1):
        alone = list(randomisation_check(model, PICTURES[place : place + 1], 1, "saliency"))
        for stage, own in zip(both, alone, strict=True):
            torch.testing.assert_close(stage.maps[place : place + 1], own.maps)


# ── one example that cannot be read alone ────────────────────────────────────────────────────────────────────────────
ROWS = torch.randn(2, 4, generator=torch.Generator().manual_seed(4))
LOOKS: dict[str, Callable[[nn.Module], Any]] = {
    **{
        method: lambda model, method=method: attribute(model, ROWS[:1], 1, method)  # type: ignore[misc]
        for method in ATTRIBUTION_METHODS
        if method not in ("grad_cam", "lrp", "deep_lift", "deep_lift_corrected", "guided_backprop")
    },
    "rank_channels": lambda model: rank_channels(model, ROWS, "0", 1),
    "ablate": lambda model: ablate(model, ROWS, {"0": [1]}),
    "edit_weight": lambda model: edit_weight(model, ROWS, "0.weight", (0, 0), 1.0),
    "randomisation_check": lambda model: list(randomisation_check(model, ROWS, 1, "saliency")),
    "predict": lambda model: inspection.predict(model, ROWS),
    "class_score": lambda model: class_score(model, 1)(ROWS),
    "penultimate": lambda model: inspection.penultimate(model, ROWS),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_network_that_cannot_read_one_example_alone_is_refused_with_the_reason(name: str) -> None:
    norm = nn.BatchNorm1d(3, track_running_stats=False)
    model = nn.Sequential(nn.Linear(4, 3), norm, nn.ReLU(), nn.Linear(3, 2)).eval()
    assert model(ROWS).shape == (2, 2)
    with pytest.raises(ExplorerError, match=r"not one alone.*too few values.*track_running_stats=True"):
        LOOKS[name](model)


def test_inputs_that_the_network_cannot_read_at_all_are_not_blamed_on_the_batch() -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        neighbours_matter(nn.Linear(3, 2), torch.zeros(1, 4))


@every_layer
def test_predictions_scores_and_features_of_a_batch_are_those_of_each_example_alone(kind: str) -> None:
    model = network(kind)
    with torch.no_grad():
        alone, features = one_by_one(model, PICTURES), one_by_one(model[:4], PICTURES)
    torch.testing.assert_close(inspection.predict(model, PICTURES).logits, alone)
    torch.testing.assert_close(class_score(model, (2, 0), "logit")(PICTURES), alone[:, 2] - alone[:, 0])
    torch.testing.assert_close(inspection.penultimate(model, PICTURES), features)


@every_layer
def test_patches_and_the_strongest_picture_are_ranked_by_each_picture_alone(kind: str) -> None:
    model = network(kind)
    with torch.no_grad():
        maps = one_by_one(model[:2], PICTURES)  # (picture, channel, row, column)
    found = inspection.top_patches(model, PICTURES, "1", count=2)
    order = maps.flatten(2).amax(2).T.sort(dim=1, descending=True, stable=True)
    torch.testing.assert_close(found.values, order.values)
    assert torch.equal(found.examples, order.indices)
    example, value = inspection.strongest_picture(model, "1", 1, PICTURES)
    means = maps[:, 1].mean((1, 2))
    assert example == int(means.argmax())
    assert value == pytest.approx(float(means.max()), abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_batch_statistics_are_seen_in_half_precision(dtype: torch.dtype) -> None:
    model, pictures = network("batch norm without statistics").to(dtype), PICTURES.to(dtype)
    with torch.no_grad():
        assert torch.equal(inspection.predict(model, pictures).logits, one_by_one(model, pictures))


def test_a_weight_that_hid_the_batch_statistics_is_edited_in_each_example_alone() -> None:
    torch.manual_seed(1)
    inputs = torch.rand(3, 1, 6, 6)
    parts = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.ReLU(), nn.Flatten(), nn.Linear(48, 3)
    model = nn.Sequential(*parts).eval()
    nn.init.zeros_(model.get_parameter("1.weight"))
    together = inspection.edit_weight(model, inputs, "1.weight", (0,), 2.0).after
    alone = [inspection.edit_weight(model, one, "1.weight", (0,), 2.0).after for one in torch.split(inputs, 1)]
    torch.testing.assert_close(together, torch.cat(alone))


def test_a_network_is_looked_at_again_when_its_weights_change() -> None:
    torch.manual_seed(1)
    inputs = torch.rand(1, 1, 6, 6)
    parts = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.Flatten(), nn.Linear(48, 3)
    model = nn.Sequential(*parts).eval()
    asked: list[int] = []

    def answer(examples: Tensor) -> Tensor:
        asked.append(len(examples))
        found: Tensor = model(examples)
        return found

    with torch.no_grad():
        assert [neighbours_known(model, answer, inputs) for _ in range(2)] == [True, True]
        once = len(asked)
        model.get_parameter("1.weight").zero_()
        assert not neighbours_known(model, answer, inputs)
    assert len(asked) == 2 * once
