"""The closing thoughts' texts: which network to use when, where each ends, and what followed it."""

from pathlib import Path
from typing import Any

from pydantic import Field

from explorer.learn.files import Content, checked, page, text, toml

FOLDER = Path(__file__).with_name("closing_thoughts")
CHAPTERS = ("cnn", "pretrained", "rnn", "lstm")  # the lecture's four, in its order
SECTIONS = {"When to use it": "when", "Where it ends": "ends", "What followed": "followed"}  # heading -> field


class Choice(Content):
    """A situation, and the network that suits it."""

    situation: str = Field(min_length=1)
    network: str = Field(min_length=1)
    because: str = Field(min_length=1)
    page: str  # where it can be seen: "cnn?view=Kernels"


class Chapter(Content):
    """One of the four networks, looked back at."""

    title: str = Field(min_length=1)
    page: str  # its live page, and the view to open
    followers: tuple[str, ...] = Field(min_length=1)  # ids of topics on the Deep Learning roadmap
    when: str = Field(min_length=1)
    ends: str = Field(min_length=1)
    followed: str = Field(min_length=1)


class Closing(Content):
    """The whole page's text."""

    title: str
    introduction: str
    choices: tuple[Choice, ...] = Field(min_length=1)
    chapters: dict[str, Chapter]  # by the network's name


def load_closing(folder: Path = FOLDER) -> Closing:
    """Read the texts that ship.

    Raises:
        ExplorerError: naming the file, and the line or the field, where one is faulty.
    """
    head = folder / "closing.toml"
    values: dict[str, Any] = toml(head, text(head))
    paths = {name: folder / f"{name}.md" for name in CHAPTERS}
    chapters = {name: checked(Chapter, page(path, SECTIONS), path) for name, path in paths.items()}
    found: Closing = checked(Closing, {**values, "chapters": chapters}, head)
    return found
