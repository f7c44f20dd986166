"""A view: one tab of a page, known by its name."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", contravariant=True)


class ViewName(StrEnum):
    """The words on a tab, in ``?view=`` and in a topic's link."""

    FEATURE_MAPS = "Feature maps"
    NETWORK = "Network"
    KERNELS = "Kernels"
    CONVOLUTION = "Convolution"
    ATTRIBUTION = "Attribution"
    CHANNELS = "Channels"
    PREDICTIONS = "Predictions"
    EMBEDDINGS = "Embeddings"
    HEALTH = "Health"
    DATA = "Data"
    TRANSFER = "Transfer"
    CELL = "Cell"
    STATES = "States"
    GATES = "Gates"
    GRADIENTS = "Gradients"
    INTERVENTIONS = "Interventions"
    OUTPUT = "Output"
    COMPARE = "Compare"


def available(subject: object) -> str:
    """No reason against drawing a view."""
    return ""


@dataclass(frozen=True)
class View(Generic[S]):
    """One tab: its name, one line on what it shows, and how it is drawn.

    ``unavailable`` gives the reason why a subject has nothing to show here, as a sentence; "" where it can be drawn.
    """

    name: ViewName
    shows: str
    draw: Callable[[S], None]
    unavailable: Callable[[S], str] = available
