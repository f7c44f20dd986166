import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import RandomisationStage, attribute, randomisation_check, randomisation_verdict
from explorer.inspection.randomisation import rank_correlation
from tests.inspection.attribution_cases import small_network, tiny_vision_transformer


@given(
    pairs=st.lists(
        st.tuples(st.integers(-3, 3), st.floats(-2, 2, allow_subnormal=False)), min_size=3, max_size=30
    ).filter(lambda pairs: all(len(set(side)) > 1 for side in zip(*pairs, strict=True)))
)
def test_the_similarity_is_spearmans_rank_correlation(pairs: list[tuple[int, float]]) -> None:
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic, abs=1e-9)


def test_a_constant_map_has_similarity_0() -> None:
    assert rank_correlation(np.zeros(4), np.arange(4)) == 0


def test_layers_are_randomised_from_the_last_to_the_first_with_their_norms() -> None:
    model = small_network(0, 1, nn.ReLU)
    images = torch.randn(2, 1, 6, 6)
    stages = list(randomisation_check(model, images, 1, "saliency"))
    assert [stage.layers for stage in stages] == [
        (),
        ("8",),
        ("2", "3"),
        ("0",),
    ]  # the batch norm 3 after convolution 2
    assert [stage.share for stage in stages] == [0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1]
    assert stages[0].similarity == stages[0].signed_similarity == 1
    original = attribute(model, images, 1, "saliency").maps
    assert torch.equal(stages[0].maps, original)
    for stage in stages[1:]:
        pairs = [
            (spearmanr(abs(a.flatten()), abs(b.flatten())).statistic, spearmanr(a.flatten(), b.flatten()).statistic)
            for a, b in zip(original.numpy(), stage.maps.numpy(), strict=True)
        ]
        expected = np.mean(pairs, axis=0)
        assert (stage.similarity, stage.signed_similarity) == pytest.approx(tuple(expected), abs=1e-6)


def with_a_new_head(seed: int) -> nn.Sequential:
    """The small network, its last layer reset by PyTorch with this seed."""
    rebuilt = small_network(0, 1, nn.ReLU)
    linear = rebuilt[8]
    assert isinstance(linear, nn.Linear)
    torch.manual_seed(seed)
    linear.reset_parameters()
    return rebuilt


def test_a_stage_keeps_lower_layers_and_resets_its_own_as_pytorch_does() -> None:
    images = torch.randn(1, 1, 6, 6)
    top = list(randomisation_check(small_network(0, 1, nn.ReLU), images, 1, "saliency", seed=5))[1]
    assert torch.equal(top.maps, attribute(with_a_new_head(5 + 1), images, 1, "saliency").maps)


def test_every_stage_takes_the_steps_that_the_original_needed() -> None:
    images = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    method, model = "integrated_gradients", small_network(0, 1, nn.ReLU)
    original = attribute(model, images, 1, method, tolerance=0.004)
    top = list(randomisation_check(model, images, 1, method, tolerance=0.004, seed=5))[1]
    expected = attribute(with_a_new_head(5 + 1), images, 1, method, steps=original.options["steps"])
    assert torch.equal(top.maps, expected.maps)


def test_the_same_seed_gives_the_same_check_without_reseeding_the_process() -> None:
    model, images = small_network(0, 1, nn.ReLU), torch.randn(1, 1, 6, 6)
    state = torch.random.get_rng_state()
    first, again, other = (
        [stage.similarity for stage in randomisation_check(model, images, 1, "input_x_gradient", seed=seed)]
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert torch.equal(torch.random.get_rng_state(), state)


def test_every_weight_is_randomised_in_a_copy_of_the_vision_transformer() -> None:
    model = tiny_vision_transformer()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    stages = list(randomisation_check(model, torch.randn(1, 3, 32, 32), 0, "grad_cam"))
    owners = {name.rpartition(".")[0] for name, _ in model.named_parameters()}
    assert {layer for stage in stages for layer in stage.layers} == owners
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_layers_can_be_grouped_into_fewer_stages() -> None:
    stages = list(randomisation_check(small_network(0, 1, nn.ReLU), torch.randn(1, 1, 6, 6), 0, "saliency", stages=2))
    assert [stage.layers for stage in stages] == [(), ("8", "2", "3"), ("0",)]
    with pytest.raises(ExplorerError, match="at least one stage"):
        list(randomisation_check(small_network(0, 1, nn.ReLU), torch.randn(1, 1, 6, 6), 0, "saliency", stages=0))


@pytest.mark.parametrize(("similarity", "word"), [(0.9, "Fails"), (0.1, "Passes"), (0.4, "Unclear"), (-0.8, "Passes")])
def test_the_verdict_is_that_of_the_last_stage(similarity: float, word: str) -> None:
    stages = [
        RandomisationStage((), 0, 1, 1, torch.zeros(1, 2, 2)),
        RandomisationStage(("0",), 1, similarity, 0, torch.zeros(1, 2, 2)),
    ]
    assert randomisation_verdict(stages).startswith(word)
    assert f"{similarity:.2f}" in randomisation_verdict(stages)
