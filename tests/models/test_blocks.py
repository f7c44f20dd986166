import pytest
import torch
from torch import nn
from torchvision import models

from explorer.errors import ExplorerError
from explorer.models.blocks import blocks, classifier_of, feature_count, pieces, with_classes
from explorer.models.residual import ShapesResNet


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18", ["stem", "layer1", "layer2", "layer3", "layer4", "fc"]),
        ("vgg11", ["stage1", "stage2", "stage3", "stage4", "stage5", "classifier"]),
        ("vit_b_32", ["stem", *(f"encoder.layers.encoder_layer_{number}" for number in range(12)), "heads"]),
        ("squeezenet1_1", ["stem", *(f"features.{number}" for number in (3, 4, 6, 7, 9, 10, 11, 12)), "classifier"]),
        ("swin_t", [*(f"features.{number}" for number in range(8)), "head"]),
        ("mnasnet0_5", ["stem", *(f"layers.{number}" for number in range(8, 14)), "tail", "classifier"]),
    ],
)
def test_blocks_are_the_papers_stages_first_to_last(name: str, expected: list[str]) -> None:
    with torch.device("meta"):
        network = models.get_model(name, weights=None)
    assert list(blocks(network)) == expected


def test_a_stem_is_what_stands_before_the_first_stage() -> None:
    network = models.resnet18()
    stem = next(piece for piece in pieces(network) if piece.name == "stem")
    assert [name for name, _ in stem.members] == ["conv1", "bn1", "relu", "maxpool"]
    assert isinstance(stem.module, nn.ModuleList)
    assert list(stem.module) == [network.conv1, network.bn1, network.relu, network.maxpool]


def test_blocks_of_the_shipped_network_are_its_own() -> None:
    network = ShapesResNet(5)
    found = blocks(network)
    assert found["stem"] is network.stem
    assert found["blocks.3"] is network.blocks[3]
    assert list(found)[-1] == "head"


def test_every_module_is_in_one_piece() -> None:
    with torch.device("meta"):
        network = models.densenet121()
    inside = [module for piece in pieces(network) for _, member in piece.members for module in member.modules()]
    outside = {network, network.features}
    assert len(inside) == len(set(inside))
    assert set(inside) == set(network.modules()) - outside


@pytest.mark.parametrize(
    ("name", "expected", "features"),
    [("resnet18", "fc", 512), ("vit_b_32", "heads.head", 768), ("squeezenet1_0", "classifier.1", 512)],
)
def test_the_classifier_is_the_last_layer_with_weights(name: str, expected: str, features: int) -> None:
    with torch.device("meta"):
        network = models.get_model(name, weights=None)
    found, classifier = classifier_of(network)
    assert (found, feature_count(classifier)) == (expected, features)
    other = with_classes(classifier, 7)
    assert type(other) is type(classifier)
    assert other.weight.shape == (7, *classifier.weight.shape[1:])


def test_a_network_in_which_nothing_classifies_is_refused() -> None:
    with pytest.raises(ExplorerError, match="no linear layer and no convolution"):
        classifier_of(nn.Sequential(nn.ReLU()))
