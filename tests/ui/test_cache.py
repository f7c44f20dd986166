import threading
import time
from dataclasses import dataclass

import pytest
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
        return nn.Identity()


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


def test_one_visitor_at_a_time_looks_into_a_network() -> None:
    inside: list[int] = []
    most: list[int] = []

    def visit() -> None:
        with large_network(Named("shared")):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    visitors = [threading.Thread(target=visit) for _ in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert max(most) == 1
