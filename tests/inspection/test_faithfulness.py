from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import class_score, deletion_insertion
from tests.inspection.attribution_cases import small_network


def brightness(pictures: Tensor) -> Tensor:
    """A score whose curves follow by hand: the sum of all numbers."""
    return pictures.sum((1, 2, 3))


def test_curves_of_a_sum_by_hand() -> None:
    picture = torch.tensor([[[[4.0, 1.0], [3.0, 2.0]]]])
    found = deletion_insertion(brightness, picture, picture, steps=4)
    assert found.fractions.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.deletion[0].tolist() == [10, 6, 3, 1, 0]
    assert found.insertion[0].tolist() == [0, 4, 7, 9, 10]
    assert found.deletion_area.item() == pytest.approx(0.25 * (10 / 2 + 6 + 3 + 1))
    assert found.insertion_area.item() == pytest.approx(0.25 * (4 + 7 + 9 + 10 / 2))


@pytest.mark.slow
@given(seed=st.integers(0, 999), steps=st.integers(1, 20), batch_size=st.integers(1, 9))
def test_the_curves_are_those_of_a_loop_over_pixels(seed: int, steps: int, batch_size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    pictures, importance = (torch.randn(2, 3, 4, 5, generator=generator) for _ in range(2))
    score = class_score(small_network_for(4, 5), 1)
    found = deletion_insertion(score, pictures, importance, steps, baseline=0.5, batch_size=batch_size)
    for number, picture in enumerate(pictures):
        order = np.argsort(-importance[number].sum(0).flatten().numpy(), kind="stable")
        for step in range(steps + 1):
            deleted, inserted = picture.clone(), torch.full_like(picture, 0.5)
            for pixel in order[: round(step * 20 / steps)]:
                row, column = divmod(int(pixel), 5)
                deleted[:, row, column] = 0.5
                inserted[:, row, column] = picture[:, row, column]
            torch.testing.assert_close(found.deletion[number, step], score(deleted[None])[0])
            torch.testing.assert_close(found.insertion[number, step], score(inserted[None])[0])
    expected = trapezoid(found.deletion.numpy(), found.fractions.numpy(), axis=1)
    np.testing.assert_allclose(found.deletion_area.numpy(), expected, rtol=1e-5)


def small_network_for(rows: int, columns: int) -> nn.Module:
    torch.manual_seed(4)
    return nn.Sequential(nn.Conv2d(3, 2, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(2 * rows * columns, 3))


def test_what_speaks_against_the_class_leaves_last() -> None:
    picture = torch.tensor([[[[1.0, 10.0, 100.0]]]])
    found = deletion_insertion(brightness, picture, torch.tensor([[[-5.0, 0.0, 3.0]]]), steps=3)
    assert found.deletion[0].tolist() == [111, 11, 1, 0]


def test_twenty_random_orders_are_the_seeds_and_end_where_the_maps_order_ends() -> None:
    pictures = torch.randn(2, 1, 6, 6)
    score = class_score(small_network(0, 1, nn.ReLU), (0, 2), of="logit")
    first, again, other = (
        deletion_insertion(score, pictures, pictures, steps=9, seed=seed).random_deletion for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    found = deletion_insertion(score, pictures, pictures, steps=9)
    assert found.random_deletion.shape == found.random_insertion.shape == (2, 20, 10)
    assert len(torch.unique(found.random_deletion[0], dim=0)) == 20
    for order in range(20):
        torch.testing.assert_close(found.random_deletion[:, order, [0, -1]], found.deletion[:, [0, -1]])
    assert deletion_insertion(score, pictures, pictures, steps=9, orders=0).random_deletion.shape == (2, 0, 10)
    torch.testing.assert_close(found.insertion[:, [-1, 0]], found.deletion[:, [0, -1]])


@pytest.mark.parametrize("side", [2, 8, 40])
def test_a_blurred_baseline_keeps_the_mean_and_loses_the_detail(side: int) -> None:
    checks = (torch.arange(side)[:, None] + torch.arange(side)) % 2 * 2.0 - 1
    blurred: list[Tensor] = []

    def score(pictures: Tensor) -> Tensor:
        blurred.append(pictures)
        return pictures.sum((1, 2, 3))

    deletion_insertion(score, checks[None, None], checks[None], steps=1, baseline="blur")
    assert blurred[0][1].abs().max() < 0.6 if side == 2 else blurred[0][1].abs().max() < 0.1
    assert blurred[0][1].mean().abs() < 0.05


def test_class_scores_are_the_networks_probabilities_and_logits() -> None:
    model, pictures = small_network(0, 1, nn.ReLU).train(), torch.randn(3, 1, 6, 6)
    with torch.no_grad():
        logits = small_network(0, 1, nn.ReLU)(pictures)
    torch.testing.assert_close(class_score(model, 2)(pictures), logits.softmax(1)[:, 2])
    torch.testing.assert_close(class_score(model, (2, 0), of="logit")(pictures), logits[:, 2] - logits[:, 0])
    with pytest.raises(ExplorerError, match="no probability"):
        class_score(model, (2, 0))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 10}, "1 to 9 steps, not 10"),
        ({"attribution": torch.zeros(1, 2, 2)}, "does not fit"),
        ({"baseline": "grey"}, '"blur"'),
        ({"orders": -1}, "0 random orders or more, not -1"),
        ({"baseline": torch.zeros(4)}, "does not fit"),
        ({"inputs": torch.zeros(3, 3)}, "must be pictures"),
        ({"model": lambda pictures: pictures}, "one number a picture"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], words: str) -> None:
    given_values: dict[str, Any] = {
        "model": brightness,
        "inputs": torch.zeros(1, 1, 3, 3),
        "attribution": torch.zeros(1, 3, 3),
        "steps": 3,
    }
    with pytest.raises(ExplorerError, match=words):
        deletion_insertion(**{**given_values, **changes})


def test_a_score_may_be_a_count() -> None:
    found = deletion_insertion(
        lambda pictures: (pictures > 0).sum((1, 2, 3)), torch.ones(1, 1, 2, 2), torch.ones(1, 2, 2), steps=4
    )
    assert found.deletion.tolist() == [[4, 3, 2, 1, 0]]
