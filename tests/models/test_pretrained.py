"""A network with a new head: what it reads, what of it learns, and what stays bit for bit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torchvision import models as torchvision_models
from torchvision.transforms._presets import ImageClassification

from explorer import inspection
from explorer.config import PretrainedModel, RunConfig
from explorer.datasets import load
from explorer.datasets.splits import ShapeFacts, Splits
from explorer.errors import ExplorerError
from explorer.models import zoo
from explorer.models.entries import entries
from explorer.models.pretrained import Preprocess, Pretrained, blank, build

CLASSES = ("one", "two", "three")
GREY = ShapeFacts(input_shape=(1, 8, 8), class_names=CLASSES, mean=(0.3,), std=(0.35,))
COLOUR = ShapeFacts(input_shape=(3, 12, 12), class_names=CLASSES, mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.3))
STRATEGIES = ("frozen", "last_blocks", "all", "scratch")


def inputs_of(facts: ShapeFacts, count: int = 2) -> Tensor:
    pixels = torch.rand(count, *facts.input_shape, generator=torch.Generator().manual_seed(count))
    mean, deviation = (torch.tensor(values).view(-1, 1, 1) for values in (facts.mean, facts.std))
    return (pixels - mean) / deviation


def small(strategy: Any = "frozen", network: str = "mobilenet_v3_small", **more: Any) -> Pretrained:
    return build(PretrainedModel(network=network, weights="none", strategy=strategy, **more), GREY)


def state_of(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not before[name].equal(after[name])}


# ── what the network reads ───────────────────────────────────────────────────────────────────────────────────────────
PRESETS = [
    ("resnet18", "IMAGENET1K_V1"),  # bilinear, 256 cut to 224
    ("resnet50", "IMAGENET1K_V2"),  # 232 cut to 224
    ("efficientnet_b0", "IMAGENET1K_V1"),  # bicubic
    ("efficientnet_v2_l", "IMAGENET1K_V1"),  # another mean, 480 pixels
    ("inception_v3", "IMAGENET1K_V1"),  # 342 cut to 299
]


@pytest.mark.parametrize(("network", "weights"), PRESETS, ids=[network for network, _ in PRESETS])
@pytest.mark.parametrize("facts", [GREY, COLOUR], ids=["grey", "colour"])
def test_pictures_are_prepared_by_the_weights_own_transforms(network: str, weights: str, facts: ShapeFacts) -> None:
    preset = torchvision_models.get_model_weights(network)[weights].transforms()
    own = next(entry for entry in entries(network) if entry.weights == weights).transforms()
    inputs = inputs_of(facts)
    preprocess = Preprocess(facts, own)
    mean, deviation = (torch.tensor(values).view(-1, 1, 1) for values in (facts.mean, facts.std))
    pixels = (inputs * deviation + mean).repeat(1, 3 // facts.input_shape[0], 1, 1)
    assert preprocess.pixels(inputs).equal(pixels)
    assert preprocess(inputs).equal(preset(pixels))


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(4, 40), columns=st.integers(4, 40), crop=st.integers(8, 40), more=st.integers(0, 9))
def test_pictures_of_any_shape_are_prepared_as_the_preset_would(rows: int, columns: int, crop: int, more: int) -> None:
    preset = ImageClassification(crop_size=crop, resize_size=crop + more)
    facts = ShapeFacts(input_shape=(1, rows, columns), class_names=CLASSES, mean=(0.0,), std=(1.0,))
    pixels = torch.rand(2, 1, rows, columns)
    assert Preprocess(facts, preset)(pixels).equal(preset(pixels.repeat(1, 3, 1, 1)))


def test_gradients_go_through_the_preparation_to_the_pixels() -> None:
    # it is affine: the gradient of a weighted sum times a change is exactly what the change does to that sum
    preprocess = Preprocess(COLOUR, zoo.untrained("resnet18").transforms).double()
    generator = torch.Generator().manual_seed(0)
    inputs = inputs_of(COLOUR).double().requires_grad_()
    prepared = preprocess(inputs)
    weights = torch.randn(prepared.shape, dtype=torch.float64, generator=generator)
    (gradient,) = torch.autograd.grad((weights * prepared).sum(), inputs)
    change = torch.randn(inputs.shape, dtype=torch.float64, generator=generator)
    moved = (weights * (preprocess(inputs + change) - prepared)).sum()
    assert torch.allclose((gradient * change).sum(), moved, rtol=1e-9)


def test_the_preparation_has_no_parameters_and_leaves_nothing_in_a_snapshot() -> None:
    model = small()
    assert list(model.preprocess.parameters()) == []
    assert not any("preprocess" in name for name in model.state_dict())


def test_what_is_prepared_can_be_followed_back_to_the_data_sets_own_pixels() -> None:
    model = build(PretrainedModel(network="resnet18", weights="none"), GREY)
    # 8 pixels become 256, of which 224 are cut out from the 17th on, which lies between the centres of the first two
    first = inspection.receptive_field(model, GREY.input_shape, "backbone.conv1")
    assert first.window(0, 111) == (0, 1, 6, 7)
    assert first.size == pytest.approx(2 + 6 / 32)  # 7 neighbours, each between two of the eight
    assert first.jump == pytest.approx(2 / 32)
    assert inspection.receptive_field(model, GREY.input_shape, "head").window() == (0, 7, 0, 7)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (ShapeFacts(input_shape=(9,), class_names=CLASSES), r"\(9,\); choose a data set of pictures"),
        (ShapeFacts(input_shape=(2, 8, 8), class_names=CLASSES, mean=(0, 0), std=(1, 1)), r"\(2, 8, 8\)"),
        (ShapeFacts(input_shape=(3, 8, 8), class_names=CLASSES), "known for 0 of 3 channels"),
    ],
)
def test_what_is_no_picture_is_refused(facts: ShapeFacts, said: str) -> None:
    with pytest.raises(ExplorerError, match=said):
        build(PretrainedModel(network="squeezenet1_1", weights="none"), facts)


# ── backbone and head ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "features"),
    [
        ("resnet18", 512),
        ("mobilenet_v3_small", 1024),
        ("regnet_y_400mf", 440),
        ("shufflenet_v2_x0_5", 1024),
    ],
)
def test_features_are_what_the_networks_own_classifier_reads(network: str, features: int) -> None:
    whole = zoo.untrained(network, seed=3)
    read: list[Tensor] = []
    last = [module for module in whole.module.modules() if isinstance(module, nn.Linear)][-1]
    last.register_forward_pre_hook(lambda _, arguments: read.append(arguments[0]))
    model = build(PretrainedModel(network=network, weights="none", seed=3), GREY).eval()
    inputs = inputs_of(GREY)
    with torch.no_grad():
        whole.module(model.preprocess(inputs))
        assert model.features(inputs).equal(read[0])
        assert model(inputs).equal(model.head(model.features(inputs)))
    assert read[0].shape == (2, features)
    assert (model.head.in_features, model.head.out_features) == (features, len(CLASSES))


def test_squeezenets_features_are_the_means_of_its_last_maps() -> None:
    model = small(network="squeezenet1_1").eval()
    with torch.no_grad():
        maps = model.backbone.get_submodule("features")(model.preprocess(inputs_of(GREY)))
        assert torch.allclose(model.features(inputs_of(GREY)), maps.mean((2, 3)), rtol=1e-5)


def test_blocks_run_in_their_order() -> None:
    model = small(network="resnet18")
    assert list(model.blocks()) == ["stem", "layer1", "layer2", "layer3", "layer4"]
    ends = tuple(f"backbone.{name}" for name in ("maxpool", "layer1", "layer2", "layer3", "layer4"))
    assert tuple(inspection.capture(model, inputs_of(GREY), ends)) == ends


# ── what learns ──────────────────────────────────────────────────────────────────────────────────────────────────────
def after_a_step(model: Pretrained) -> None:
    """One plain update with the groups' own rates, on a batch in training mode."""
    optimizer = torch.optim.SGD(
        [{"params": group["params"], "lr": 0.1 * group["factor"]} for group in model.parameter_groups()], lr=0.1
    )
    loss = functional.cross_entropy(model.train()(inputs_of(GREY, 4)), torch.tensor([0, 1, 2, 0]))
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def test_of_a_frozen_network_the_head_alone_changes_and_the_features_never() -> None:
    model = small("frozen")
    before, features = state_of(model), model.features(inputs_of(GREY))
    after_a_step(model)
    assert changed(before, state_of(model)) == {"head.weight", "head.bias"}
    assert model.frozen
    assert model.train().features(inputs_of(GREY)).equal(features)
    assert model.eval().features(inputs_of(GREY)).equal(features)
    assert not any(parameter.requires_grad for parameter in model.backbone.parameters())


def test_the_last_blocks_change_with_their_statistics_and_nothing_before_them_does() -> None:
    model = small("last_blocks", network="resnet18", trainable_blocks=2)
    before = state_of(model)
    after_a_step(model)
    moved = changed(before, state_of(model))
    assert {name.split(".")[1] for name in moved if name.startswith("backbone.")} == {"layer3", "layer4"}
    expected = {name for name in before if name.startswith(("backbone.layer3", "backbone.layer4", "head"))}
    assert moved == expected
    assert "backbone.layer4.1.bn2.running_mean" in moved
    assert not model.frozen
    assert not model.backbone.get_submodule("bn1").training
    assert model.backbone.get_submodule("layer4.1.bn2").training
    assert not model.eval().backbone.get_submodule("layer4.1.bn2").training


@pytest.mark.parametrize("strategy", ["all", "scratch"])
def test_of_a_whole_network_everything_changes(strategy: str) -> None:
    model = small(strategy, network="resnet18")
    before = state_of(model)
    after_a_step(model)
    assert changed(before, state_of(model)) == set(before)
    assert not model.frozen


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("network", ["resnet18", "squeezenet1_1", "mobilenet_v3_small"])
def test_what_learns_is_in_one_group_with_its_share_of_the_rate(network: str, strategy: str) -> None:
    model = small(strategy, network=network, rate_factor=0.25)
    groups = model.parameter_groups()
    grouped = [parameter for group in groups for parameter in group["params"]]
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert len(grouped) == len({id(parameter) for parameter in grouped})
    assert {id(parameter) for parameter in grouped} == {id(parameter) for parameter in learning}
    shares = {"frozen": [1.0], "last_blocks": [0.25, 1.0], "all": [0.25, 1.0], "scratch": [1.0, 1.0]}
    assert [group["factor"] for group in groups] == shares[strategy]
    assert groups[-1]["params"] == list(model.head.parameters())


@pytest.mark.parametrize("network", ["densenet121", "swin_t"])
def test_the_norm_behind_the_last_block_learns_with_it(network: str) -> None:
    model = small("last_blocks", network=network)
    last = list(model.backbone.parameters())[-1]
    assert last.requires_grad
    assert not next(model.backbone.parameters()).requires_grad


def test_more_blocks_than_there_are_are_refused_with_their_number() -> None:
    with pytest.raises(ExplorerError, match="resnet18 has 5 blocks, and 6 are to learn; choose 5 or less"):
        small("last_blocks", network="resnet18", trainable_blocks=6)


# ── where the weights come from ──────────────────────────────────────────────────────────────────────────────────────
def test_seeds_fix_the_head_alike_for_all_strategies_and_disturb_no_other_random_number() -> None:
    state = torch.get_rng_state()
    heads = [state_of(small(strategy, seed=4).head) for strategy in STRATEGIES]
    assert not any(changed(head, heads[0]) for head in heads)
    assert changed(state_of(small(seed=5).head), heads[0]) == {"weight", "bias"}
    assert torch.get_rng_state().equal(state)


@pytest.fixture
def own_file(tmp_path: Path) -> str:
    network = torchvision_models.squeezenet1_1(num_classes=5)
    save_file(network.state_dict(), tmp_path / "own.safetensors")
    return str(tmp_path / "own.safetensors")


def test_pretrained_weights_are_those_of_the_file_and_scratch_reads_none(own_file: str) -> None:
    config = PretrainedModel(network="squeezenet1_1", weights=own_file)
    found = state_of(build(config, GREY).backbone)
    loaded = zoo.load("squeezenet1_1", own_file).module.state_dict()
    assert found.keys() == loaded.keys() - {"classifier.1.weight", "classifier.1.bias"}
    assert all(found[name].equal(loaded[name]) for name in found)
    Path(own_file).unlink()
    scratch = config.model_copy(update={"strategy": "scratch"})
    first, again = (state_of(build(scratch, GREY)) for _ in range(2))
    assert not changed(first, again)
    kernels = {name for name in found if name.endswith("weight")}  # its biases begin with 0
    assert changed(found, {name: first[f"backbone.{name}"] for name in found}) >= kernels


def test_a_blank_network_filled_from_a_snapshot_is_the_network(own_file: str) -> None:
    config = PretrainedModel(network="squeezenet1_1", weights=own_file)
    model = build(config, GREY).eval()
    Path(own_file).unlink()
    copy = blank(config, GREY).eval()
    copy.load_state_dict(model.state_dict())
    assert copy(inputs_of(GREY)).equal(model(inputs_of(GREY)))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    state = torchvision_models.squeezenet1_1().state_dict()
    state["features.0.weight"].fill_(torch.nan)
    torch.save(state, tmp_path / "own.pth")
    with pytest.raises(ExplorerError, match="are not finite"):
        build(PretrainedModel(network="squeezenet1_1", weights=str(tmp_path / "own.pth")), GREY)


def test_a_data_set_tells_what_the_preparation_needs() -> None:
    splits = load(RunConfig())
    assert isinstance(splits, Splits)
    facts = ShapeFacts.model_validate_json(splits.shape_facts().model_dump_json())
    assert torch.tensor(facts.mean).equal(splits.mean)
    assert torch.tensor(facts.std).equal(splits.std)
    zoo_network = zoo.untrained("resnet18")
    pixels = Preprocess(facts, zoo_network.transforms).pixels(splits.train.inputs[:4])
    drawn = torch.from_numpy(splits.pictures(splits.train.inputs[:4]))[..., 0]
    assert torch.equal((pixels[:, 0] * 255).round().to(torch.uint8), drawn)
