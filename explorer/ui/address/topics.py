"""The codec of a topic in an address: written as its title, and read as its title or as its id."""

from explorer.learn import Roadmap
from explorer.ui.address import link
from explorer.ui.address.settings import GOAL, KNOWN, TOPIC

OF_A_TOPIC = (TOPIC.name, GOAL.name, KNOWN.name)


def write(roadmap: Roadmap, topic: str) -> str:
    """The text that names a topic in an address, and on the screen.

    Args:
        roadmap: the roadmap of the topic.
        topic: its id.
    """
    return roadmap.topics[topic].title


def read(roadmap: Roadmap, text: str) -> str | None:
    """The id of the topic that an address names; None where the roadmap has no such topic."""
    if text in roadmap.topics:
        return text
    return next((name for name, topic in roadmap.topics.items() if topic.title == text), None)


def translate_ids(roadmap: Roadmap) -> None:
    """Write every topic of the address as its widget does, by its title; call it before the widgets are drawn."""

    def as_widget_writes(name: str, value: str) -> tuple[str, str]:
        topic = read(roadmap, value) if name in OF_A_TOPIC else None
        return name, value if topic is None else write(roadmap, topic)

    link.rewrite(as_widget_writes)
