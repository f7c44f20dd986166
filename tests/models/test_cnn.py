import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from explorer import datasets, models
from explorer.config import CnnModel, ConvolutionBlock, DigitsData, RunConfig
from explorer.datasets.splits import Pair, Splits
from explorer.errors import ExplorerError
from explorer.models.cnn import Cnn, build

blocks = st.builds(
    ConvolutionBlock,
    channels=st.sampled_from([1, 2, 4, 6]),
    kernel_size=st.integers(1, 11),
    stride=st.integers(1, 4),
    padding=st.integers(0, 10),
    dilation=st.integers(1, 4),
    groups=st.sampled_from([1, 1, 1, 2, 3]),
    pooling=st.sampled_from(["max", "average", "none"]),
)
configs = st.builds(
    CnnModel,
    blocks=st.lists(blocks, min_size=1, max_size=4).map(tuple),
    activation=st.sampled_from(["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"]),
    padding_mode=st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
    batch_norm=st.booleans(),
    bias=st.booleans(),
    dropout=st.sampled_from([0.0, 0.5]),
    head_size=st.sampled_from([0, 5]),
)
shapes = st.tuples(st.sampled_from([1, 3]), st.integers(4, 20), st.integers(4, 20))


def made_splits(shape: tuple[int, int, int], classes: int = 3) -> Splits:
    pair = Pair(torch.randn(4, *shape, generator=torch.Generator().manual_seed(0)), torch.arange(4) % classes)
    one = torch.ones(shape[0])
    return Splits("made", pair, pair, pair, tuple(map(str, range(classes))), 0 * one, one)


def side_after(side: int, block: ConvolutionBlock) -> int:
    """The formula of https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html and of MaxPool2d(2)."""
    size = (side + 2 * block.padding - block.dilation * (block.kernel_size - 1) - 1) / block.stride + 1
    return math.floor(size) if block.pooling == "none" else math.floor((math.floor(size) - 2) / 2 + 1)


def pytorch_accepts(config: CnnModel, shape: tuple[int, int, int]) -> bool:
    """Whether PyTorch itself builds and runs these convolutions and poolings."""
    flow = torch.zeros(2, *shape)
    for block in config.blocks:
        mode: Any = config.padding_mode
        try:
            flow = nn.Conv2d(
                flow.shape[1],
                block.channels,
                block.kernel_size,
                stride=block.stride,
                padding=block.padding,
                dilation=block.dilation,
                groups=block.groups,
                padding_mode=mode,
            )(flow)
            if block.pooling != "none":
                flow = (functional.max_pool2d if block.pooling == "max" else functional.avg_pool2d)(flow, 2)
        except (RuntimeError, ValueError, AssertionError):
            return False
    return True


@settings(deadline=None, max_examples=150)
@given(config=configs, shape=shapes)
def test_what_pytorch_can_run_is_built_and_all_else_is_an_explained_error(
    config: CnnModel, shape: tuple[int, int, int]
) -> None:
    splits = made_splits(shape)
    if not pytorch_accepts(config, shape):
        with pytest.raises(ExplorerError, match=r"^Block \d.*; choose "):
            build(config, splits)
        return
    model = build(config, splits)
    assert model(splits.train.inputs).shape == (4, 3)


@settings(deadline=None, max_examples=100)
@given(config=configs, shape=shapes)
def test_feature_maps_have_the_size_of_pytorchs_formula(config: CnnModel, shape: tuple[int, int, int]) -> None:
    if not pytorch_accepts(config, shape):
        return
    model = build(config, made_splits(shape))
    flow = torch.zeros(2, *shape)
    height, width = shape[1:]
    for block, module in zip(config.blocks, model.children(), strict=False):
        flow = module(flow)
        height, width = side_after(height, block), side_after(width, block)
        assert flow.shape == (2, block.channels, height, width)


# what each sentence of advice means, applied to the block it names
def follow(config: CnnModel, message: str) -> CnnModel:
    index = int(message.split()[1].rstrip(":")) - 1
    advice = message.split("; choose ")[1]
    number = next((int(word) for word in advice.rstrip(".").split() if word.isdigit()), 0)
    if "groups do not divide" in message:
        change: dict[str, Any] = {"groups": number}
    elif "a kernel of" in advice:
        change = {"kernel_size": number}
    elif "pooling none" in advice:
        change = {"pooling": "none"}
    else:
        change = {"padding": number}
    assert number >= 1 or "pooling" in change or "padding" in change
    changed = list(config.blocks)
    changed[index] = ConvolutionBlock.model_validate(changed[index].model_dump() | change)
    return config.model_copy(update={"blocks": tuple(changed)})


@settings(deadline=None, max_examples=150)
@given(config=configs, shape=shapes)
def test_following_the_advice_of_each_error_ends_with_a_network_that_works(
    config: CnnModel, shape: tuple[int, int, int]
) -> None:
    splits = made_splits(shape)
    for _ in range(5 * len(config.blocks) + 1):  # groups, kernel, padding and pooling of each, and one again
        message = ""
        try:
            model = build(config, splits)
        except ExplorerError as error:
            message = str(error)
        if not message:
            assert model(splits.train.inputs).shape == (4, 3)
            return
        config = follow(config, message)
    pytest.fail(f"still impossible: {message}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"groups": 2}, "Block 1: 2 groups do not divide both its 1 input channels and its 16 output channels evenly"),
        (
            {"kernel_size": 11},
            "11x11 kernel with dilation 1 spans 11 pixels and does not fit the 8x8 input with padding 1",
        ),
        ({"kernel_size": 11}, "choose a kernel of 10 or less"),
        ({"kernel_size": 5, "dilation": 4, "padding": 0}, "spans 17 pixels .*choose a kernel of 2 or less"),
        (
            {"kernel_size": 8, "padding": 0},
            "1x1 feature maps are too small for a 2x2 pooling window; choose pooling none",
        ),
    ],
)
def test_an_error_names_the_block_and_the_numbers(change: dict[str, Any], said: str) -> None:
    config = CnnModel(blocks=(ConvolutionBlock.model_validate(change),))
    with pytest.raises(ExplorerError, match=said):
        build(config, made_splits((1, 8, 8)))


@pytest.mark.parametrize(("mode", "widest"), [("reflect", 7), ("circular", 8)])
def test_padding_that_the_input_cannot_fill_is_an_error_that_names_the_widest(mode: Any, widest: int) -> None:
    config = CnnModel(blocks=(ConvolutionBlock(padding=widest),), padding_mode=mode)
    build(config, made_splits((1, 8, 9)))
    wider = config.model_copy(update={"blocks": (ConvolutionBlock(padding=widest + 1),)})
    with pytest.raises(ExplorerError, match=f"{mode} padding of {widest + 1} .* 8x9 input .* choose {widest} or less"):
        build(wider, made_splits((1, 8, 9)))


@settings(deadline=None, max_examples=40)
@given(config=configs, shape=shapes, noise=st.integers(0, 1000))
def test_the_seed_fixes_the_weights_and_the_process_wide_random_state_stays(
    config: CnnModel, shape: tuple[int, int, int], noise: int
) -> None:
    if not pytorch_accepts(config, shape):
        return
    splits = made_splits(shape)
    torch.manual_seed(noise)
    before = torch.get_rng_state()
    first = build(config, splits)
    assert torch.get_rng_state().equal(before)
    torch.rand(1)
    again = build(config, splits).state_dict()
    for name, weights in first.state_dict().items():
        assert weights.equal(again[name]), name
    other = build(config.model_copy(update={"seed": config.seed + 1}), splits)
    assert not first.head.logits.weight.equal(other.head.logits.weight)  # type: ignore[union-attr, operator, arg-type]


def test_the_weights_are_pytorchs_own_initial_weights() -> None:
    config = CnnModel(blocks=(ConvolutionBlock(channels=4, pooling="none"),), head_size=0, seed=11)
    model = build(config, made_splits((1, 4, 4)))
    with torch.random.fork_rng():
        torch.manual_seed(11)
        convolution, logits = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4 * 16, 3)
    state = model.state_dict()
    assert state["block1.convolution.weight"].equal(convolution.weight)
    assert state["head.logits.weight"].equal(logits.weight)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"])
@pytest.mark.parametrize("pooling", ["max", "average"])
def test_a_network_computes_what_its_configuration_says(activation: Any, pooling: Any) -> None:
    block = ConvolutionBlock(channels=4, kernel_size=3, stride=2, padding=2, dilation=2, pooling=pooling)
    config = CnnModel(blocks=(block,), activation=activation, batch_norm=True, head_size=5, dropout=0.5)
    splits = made_splits((3, 12, 10))
    model = build(config, splits).eval()
    state, images = model.state_dict(), splits.train.inputs
    apply = getattr(functional, activation)
    flow = functional.conv2d(
        images, state["block1.convolution.weight"], state["block1.convolution.bias"], stride=2, padding=2, dilation=2
    )
    flow = flow / math.sqrt(1 + 1e-5)  # batch norm's statistics before training: mean 0, variance 1
    flow = (functional.max_pool2d if pooling == "max" else functional.avg_pool2d)(apply(flow), 2)
    hidden = apply(flow.flatten(1) @ state["head.hidden.weight"].T + state["head.hidden.bias"])
    expected = hidden @ state["head.logits.weight"].T + state["head.logits.bias"]
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-5)


def test_a_cnn_is_what_the_default_configuration_builds() -> None:
    assert isinstance(models.build(RunConfig(), datasets.load(DigitsData())), Cnn)
