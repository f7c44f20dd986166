import math

import torch

from explorer.inspection.movement import relative_distance


def test_the_distance_of_several_tensors_is_that_of_one_long_vector() -> None:
    before = {"a": torch.tensor([3.0, 0.0]), "b": torch.tensor([[0.0, 4.0]]), "other": torch.ones(3)}
    after = {"a": torch.tensor([3.0, 1.0]), "b": torch.tensor([[2.0, 2.0]]), "other": torch.zeros(3)}
    # by hand: moved (0, 1, 2, −2), of length 3; it began with (3, 0, 0, 4), of length 5
    assert relative_distance(before, after, ["a", "b"]) == 3 / 5


def test_tensors_that_did_not_move_have_distance_0_even_if_they_were_0() -> None:
    zeros = {"a": torch.zeros(4)}
    assert relative_distance(zeros, zeros, ["a"]) == 0
    assert relative_distance(zeros, zeros, []) == 0


def test_tensors_that_were_0_and_moved_have_infinite_distance() -> None:
    assert relative_distance({"a": torch.zeros(2)}, {"a": torch.ones(2)}, ["a"]) == math.inf
