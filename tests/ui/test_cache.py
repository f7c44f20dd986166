import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from explorer.ui import cache
from explorer.ui.cache import MOST_LARGE_NETWORKS, Identified, large_network

loaded: list[str] = []


@dataclass(frozen=True)
class Named(Identified):
    """A network that notes when it is loaded."""

    name: str

    def load(self) -> nn.Module:
        loaded.append(self.name)
        return nn.Linear(2, 2)


@pytest.fixture(autouse=True)
def _empty() -> None:
    cache._large_network.clear()


def test_at_most_two_large_networks_are_kept_and_a_third_takes_the_place_of_the_oldest() -> None:
    loaded.clear()

    def use(name: str) -> None:
        with large_network(Named(name)):
            pass

    for name in ("first", "second", "second", "first", "third", "third", "first"):
        use(name)
    assert MOST_LARGE_NETWORKS == 2
    assert loaded[:3] == ["first", "second", "third"]
    assert len(loaded) <= 4  # one of the two old ones had to go
    use("second")
    assert loaded.count("second") + loaded.count("first") == 3


def test_visitors_look_into_a_network_at_the_same_time_each_with_hooks_of_its_own() -> None:
    """A visitor's long computation, such as a feature visualisation, keeps nobody waiting."""
    together = threading.Barrier(6, timeout=30)  # broken unless all six are inside at once
    seen: list[list[int]] = []

    def visit(number: int) -> None:
        heard: list[int] = []
        with large_network(Named("shared")) as network:
            hook = network.register_forward_hook(lambda *_: heard.append(number))
            together.wait()
            network(torch.ones(1, 2))
            together.wait()
            hook.remove()
        seen.append(heard)

    with ThreadPoolExecutor(6) as visitors:
        list(visitors.map(visit, range(6)))
    assert sorted(seen) == [[0], [1], [2], [3], [4], [5]]


def test_the_weights_of_all_visitors_lie_in_one_memory_and_gradients_are_each_ones_own() -> None:
    with large_network(Named("shared")) as first, large_network(Named("shared")) as second:
        (one, _), (other, _) = first.parameters(), second.parameters()
        assert one.data_ptr() == other.data_ptr()
        first(torch.ones(1, 2)).sum().backward()
        assert one.grad is not None
        assert other.grad is None


def test_a_visitor_after_another_needs_no_further_copy_of_the_network() -> None:
    with large_network(Named("shared")) as first:
        pass
    with large_network(Named("shared")) as second:
        assert second is first
