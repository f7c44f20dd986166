"""Topics and roadmaps, read from files and checked; each fault names the file, and the line or the field."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from pydantic import Field

from explorer.errors import ExplorerError
from explorer.learn.files import Content, checked, page, text, toml
from explorer.learn.links import address

ROADMAPS = {name: Path(__file__).with_name(name) for name in ("machine_learning", "deep_learning")}
SECTIONS = {"What it is": "what", "When to use it": "when", "What goes wrong": "wrong"}  # heading -> field


class Source(Content):
    """A primary source: who said it first, or measured it."""

    title: str = Field(min_length=1)
    authors: str = Field(min_length=1)
    year: int = Field(ge=1600, le=2100)
    url: str = Field(pattern=r"^https://[a-z0-9.-]+\.[a-z]+/\S*$")


class Topic(Content):
    """One topic of a roadmap."""

    id: str  # its file's name
    title: str = Field(min_length=1, max_length=40)
    stage: str
    requires: tuple[str, ...]  # ids of what must be known before
    sources: tuple[Source, ...] = Field(min_length=2, max_length=3)
    equation: str = ""  # LaTeX; a new line begins at \\ and at \qquad
    page: str = ""  # where it can be seen live: "cnn?view=Kernels"
    prepares: dict[str, Any] = Field(default_factory=dict)  # a run's configuration, put into that page's form
    what: str = Field(min_length=1)
    when: str = Field(min_length=1)
    wrong: str = Field(min_length=1)

    @property
    def page_name(self) -> str:
        """The live page's own address, as "cnn"; empty where there is none."""
        return address(self.page)[0]

    @property
    def page_settings(self) -> dict[str, str]:
        """The query of the live page's address that selects the view: {"view": "Kernels"}."""
        return address(self.page)[1]


class Roadmap(Content):
    """Topics in stages; what a topic requires lies in its own stage or an earlier one."""

    name: str
    title: str
    introduction: str
    stages: tuple[str, ...] = Field(min_length=1)
    topics: dict[str, Topic]  # by id; stage by stage, what is required first

    def followers(self, topic: str) -> tuple[str, ...]:
        """The topics that require this one, in the roadmap's order."""
        return tuple(other.id for other in self.topics.values() if topic in other.requires)


def load(name: str) -> Roadmap:
    """Read a roadmap that ships: "machine_learning" or "deep_learning".

    Raises:
        ExplorerError: for another name, and as :func:`read` does.
    """
    if name not in ROADMAPS:
        raise ExplorerError(f"There is no roadmap {name!r}; choose one of {', '.join(ROADMAPS)}.")
    return read(ROADMAPS[name])


def read(folder: Path) -> Roadmap:
    """Read a roadmap from its folder.

    Raises:
        ExplorerError: naming the file, and the line or the field, where a file cannot be read, a topic lacks a section,
            a prerequisite is unknown or lies in a later stage, or prerequisites go round in a circle.
    """
    head = folder / "roadmap.toml"
    about = toml(head, text(head))
    topics = {path.stem: _topic(path) for path in sorted(folder.glob("*.md"))}
    found: Roadmap = checked(Roadmap, {**about, "name": folder.name, "topics": topics}, head)
    _check_prerequisites(found, folder)
    return found.model_copy(update={"topics": _in_order(found, folder)})


def _topic(path: Path) -> Topic:
    topic: Topic = checked(Topic, {**page(path, SECTIONS), "id": path.stem}, path)
    return topic


def _check_prerequisites(roadmap: Roadmap, folder: Path) -> None:
    places = {stage: number for number, stage in enumerate(roadmap.stages)}
    for topic in roadmap.topics.values():
        path = folder / f"{topic.id}.md"
        if topic.stage not in places:
            raise ExplorerError(f"{path}, field stage: there is no {topic.stage!r}; {_one_of(roadmap.stages)}")
        for required in topic.requires:
            if required not in roadmap.topics:
                raise ExplorerError(f"{path}, field requires: there is no topic {required!r} in {folder}.")
            later = roadmap.topics[required].stage
            if places[later] > places[topic.stage]:
                raise ExplorerError(f"{path}, field requires: {required!r} lies in the later stage {later!r}.")


def _one_of(stages: tuple[str, ...]) -> str:
    return f"choose one of {', '.join(stages)}."


def _in_order(roadmap: Roadmap, folder: Path) -> dict[str, Topic]:
    """Stage by stage, and within a stage what is required first, then by title."""
    depths = _depths(roadmap, folder)
    places = {stage: number for number, stage in enumerate(roadmap.stages)}
    ordered = sorted(roadmap.topics.values(), key=lambda topic: (places[topic.stage], depths[topic.id], topic.title))
    return {topic.id: topic for topic in ordered}


def _depths(roadmap: Roadmap, folder: Path) -> dict[str, int]:
    """The length of the longest path from a first topic to each topic."""
    try:
        order = list(TopologicalSorter({topic.id: topic.requires for topic in roadmap.topics.values()}).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise ExplorerError(f"{folder}, field requires: topics require each other in a circle: {circle}.") from error
    depths: dict[str, int] = {}
    for name in order:
        depths[name] = 1 + max((depths[required] for required in roadmap.topics[name].requires), default=-1)
    return depths
