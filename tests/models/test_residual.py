import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock

from explorer.models.residual import ResidualBlock, fresh

PARTS = {  # ours -> torchvision's
    "convolution1": "conv1",
    "norm1": "bn1",
    "convolution2": "conv2",
    "norm2": "bn2",
    "shortcut": "downsample",
}


@pytest.mark.parametrize(("in_channels", "channels", "stride"), [(4, 4, 1), (4, 8, 2), (4, 4, 2), (4, 8, 1)])
@pytest.mark.parametrize("training", [True, False])
def test_a_block_computes_what_torchvisions_does(in_channels: int, channels: int, stride: int, training: bool) -> None:
    torch.manual_seed(0)
    ours = ResidualBlock(in_channels, channels, stride).train(training)
    same = isinstance(ours.shortcut, nn.Identity)
    assert same == (in_channels == channels and stride == 1)
    fitting = (
        None
        if same
        else nn.Sequential(nn.Conv2d(in_channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))
    )
    theirs = BasicBlock(in_channels, channels, stride, fitting).train(training)
    state = {}
    for name, tensor in ours.state_dict().items():
        part, rest = name.split(".", 1)
        state[f"{PARTS[part]}.{rest}"] = tensor.clone()
    theirs.load_state_dict(state)
    maps = torch.randn(3, in_channels, 6, 6)
    torch.testing.assert_close(ours(maps), theirs(maps))


def test_maps_halve_and_channels_double_pair_by_pair() -> None:
    network = fresh(5, 0)
    width = network.head.in_features // 4
    maps = network.stem(torch.randn(2, 3, 32, 32))
    shapes = [tuple(maps.shape[1:])]
    for block in network.blocks:
        maps = block(maps)
        shapes.append(tuple(maps.shape[1:]))
    assert shapes == [
        (width, 32, 32),
        *[(width, 16, 16)] * 2,
        *[(2 * width, 8, 8)] * 2,
        *[(4 * width, 4, 4)] * 2,
    ]
    assert network.pool(maps).shape == (2, 4 * width, 1, 1)
    assert (network.head.in_features, network.head.out_features) == (4 * width, 5)


def test_the_head_reads_each_last_maps_mean() -> None:
    network = fresh(5, 0).eval()
    images = torch.randn(2, 3, 32, 32)
    means = network.blocks(network.stem(images)).mean((2, 3))
    torch.testing.assert_close(network(images), functional.linear(means, network.head.weight, network.head.bias))


def test_every_non_linearity_is_a_module_of_its_own_called_once_and_not_in_place() -> None:
    network = fresh(3, 0)
    calls: dict[nn.Module, int] = {}
    activations = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    for module in activations:
        assert not module.inplace
        module.register_forward_hook(lambda called, *_: calls.update({called: calls.get(called, 0) + 1}))
    network(torch.randn(2, 3, 32, 32))
    assert len(activations) == 1 + 2 * len(network.blocks)
    assert calls == dict.fromkeys(activations, 1)


def test_a_seed_fixes_the_weights_and_leaves_the_process_as_it_was() -> None:
    before = torch.get_rng_state()
    first, again, other = fresh(4, 7), fresh(4, 7), fresh(4, 8)
    assert torch.equal(torch.get_rng_state(), before)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert not torch.equal(first.state_dict()["stem.0.weight"], other.state_dict()["stem.0.weight"])


@pytest.mark.parametrize("size", [8, 17, 48])
def test_pictures_of_other_sizes_are_read_too(size: int) -> None:
    assert fresh(3, 0).eval()(torch.randn(1, 3, size, size)).shape == (1, 3)


def test_untrained_signals_keep_their_strength_from_block_to_block() -> None:
    """What He initialisation and batch norm are for: no map dies or explodes on the way."""
    network = fresh(10, 0).train()
    maps = network.stem(torch.randn(32, 3, 32, 32))
    for block in network.blocks:
        maps = block(maps)
        assert 0.3 < maps.std() < 3
