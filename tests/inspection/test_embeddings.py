import itertools

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from torch import nn

from explorer.config import RunConfig
from explorer.datasets.splits import ShapeFacts
from explorer.errors import ExplorerError
from explorer.inspection import align, capture, penultimate, project
from explorer.models import build


def cloud(seed: int = 0, examples: int = 90, features: int = 12, classes: int = 5) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, features)) * 3
    points: np.ndarray = centres[np.arange(examples) % classes] + random.normal(size=(examples, features))
    return points


def distances(placed: np.ndarray) -> np.ndarray:
    apart: np.ndarray = np.linalg.norm(placed[:, None] - placed[None, :], axis=-1)
    return apart


# ── what the last layer reads ────────────────────────────────────────────────────────────────────────────────────────
def test_the_last_linear_layer_gives_the_logits_of_the_features() -> None:
    facts = ShapeFacts(input_shape=(1, 8, 8), class_names=tuple("0123456789"))
    model = build(RunConfig().model, facts).eval()
    images = torch.randn(7, 1, 8, 8)
    features = penultimate(model, images, batch_size=3)
    head = dict(model.named_modules())["head.logits"]
    torch.testing.assert_close(head(features), model(images))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "alexnet", "vit_b_16"])
def test_in_torchvisions_networks_it_is_what_the_head_reads(name: str) -> None:
    options = {"image_size": 32} if name == "vit_b_16" else {}
    model = torchvision.models.get_model(name, weights=None, num_classes=4, **options).eval()
    images = torch.randn(2, 3, *(2 * [32 if name == "vit_b_16" else 64]))
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    torch.testing.assert_close(head(penultimate(model, images)), model(images))


def test_a_network_without_a_linear_layer_is_read_before_its_last_convolution() -> None:
    model = torchvision.models.get_model("squeezenet1_1", weights=None, num_classes=4).eval()
    images = torch.randn(1, 3, 64, 64)
    expected = capture(model, images)["classifier.0"].mean((2, 3))
    torch.testing.assert_close(penultimate(model, images), expected)


def test_a_layer_can_be_named() -> None:
    model, inputs = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), torch.randn(5, 4)
    assert torch.equal(penultimate(model, inputs, "0"), inputs)
    assert torch.equal(penultimate(model, inputs), model[:2](inputs).detach())


def test_a_network_without_a_last_layer_is_refused() -> None:
    with pytest.raises(ExplorerError, match="A last layer is not called"):
        penultimate(nn.Sequential(nn.Flatten()), torch.zeros(2, 3))


# ── the map ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 100), features=st.integers(2, 20))
def test_the_principal_map_is_scikit_learns(seed: int, features: int) -> None:
    table = cloud(seed, features=features)
    np.testing.assert_allclose(project(table), PCA(2).fit_transform(table), atol=1e-9)


def test_tsne_keeps_neighbours_as_well_as_scikit_learns_own() -> None:
    table = cloud(examples=200)
    own, theirs = project(table, "tsne"), TSNE(random_state=0).fit_transform(table)
    assert trustworthiness(table, own) > trustworthiness(table, theirs) - 0.01


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_same_call_gives_the_same_map(method: str) -> None:
    table = cloud(examples=60)
    first = project(table, method)  # type: ignore[arg-type]
    for reference in (None, first[:, ::-1]):
        once, again = (project(table, method, reference) for _ in range(2))  # type: ignore[arg-type]
        assert np.array_equal(once, again)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000))
def test_alignment_keeps_all_distances_and_undoes_any_turn(seed: int) -> None:
    random = np.random.default_rng(seed)
    placed, angle = random.normal(size=(20, 2)), random.uniform(0, 6.3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [1, random.choice([-1, 1])]
    moved = placed @ turn + random.normal(size=2)
    np.testing.assert_allclose(align(moved, placed), placed, atol=1e-9)
    other = random.normal(size=(20, 2))
    np.testing.assert_allclose(distances(align(other, placed)), distances(other), atol=1e-9)


def test_the_maps_of_a_slowly_moving_cloud_move_less_when_aligned() -> None:
    random = np.random.default_rng(3)
    table = random.normal(size=(80, 6))
    # the two widest directions change places on the way
    steps = [table * [3 + lead, 3 - lead, 1, 1, 1, 1] for lead in np.linspace(0.5, -0.5, 12)]
    free = [project(step) for step in steps]
    aligned = [free[0]]
    for step in steps[1:]:
        aligned.append(project(step, reference=aligned[-1]))

    def movement(maps: list[np.ndarray]) -> float:
        return float(sum(np.abs(after - before).mean() for before, after in itertools.pairwise(maps)))

    assert movement(aligned) < 0.6 * movement(free)
    for one, other in zip(free, aligned, strict=True):
        np.testing.assert_allclose(distances(one), distances(other), atol=1e-9)


def test_a_tsne_that_begins_with_its_neighbour_hardly_moves() -> None:
    table = cloud(examples=100)
    before = project(table, "tsne")
    moved = table + np.random.default_rng(1).normal(size=table.shape) * 0.1
    follows, alone = project(moved, "tsne", before), project(moved, "tsne", seed=1)
    spread = before.std()
    assert np.abs(follows - before).mean() < 0.5 * spread
    assert np.abs(follows - before).mean() <= np.abs(alone - before).mean()


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_examples_that_are_all_alike_lie_on_one_point(method: str) -> None:
    assert not project(np.ones((10, 4)), method).any()  # type: ignore[arg-type]
    line = project(np.arange(10.0)[:, None], method)  # type: ignore[arg-type]
    assert line.shape == (10, 2)


def test_what_cannot_be_mapped_is_refused() -> None:
    with pytest.raises(ExplorerError, match="at least 3 examples"):
        project(np.zeros((2, 4)))
    with pytest.raises(ExplorerError, match="not finite"):
        project(np.array([[1.0, np.nan]] * 5))
    with pytest.raises(ExplorerError, match=r"reference map has the shape \(4, 2\)"):
        project(cloud(examples=5), reference=np.zeros((4, 2)))
