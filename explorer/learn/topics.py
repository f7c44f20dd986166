"""Topics and roadmaps, read from files and checked; each fault names the file, and the line or the field."""

import tomllib
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.errors import ExplorerError

ROADMAPS = {name: Path(__file__).with_name(name) for name in ("machine_learning", "deep_learning")}
SECTIONS = {"What it is": "what", "When to use it": "when", "What goes wrong": "wrong"}  # heading -> field
FENCE = "+++"


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Source(_Content):
    """A primary source: who said it first, or measured it."""

    title: str = Field(min_length=1)
    authors: str = Field(min_length=1)
    year: int = Field(ge=1600, le=2100)
    url: str = Field(pattern=r"^https://[a-z0-9.-]+\.[a-z]+/\S*$")


class Topic(_Content):
    """One topic of a roadmap."""

    id: str  # its file's name
    title: str = Field(min_length=1, max_length=40)
    stage: str
    requires: tuple[str, ...]  # ids of what must be known before
    sources: tuple[Source, ...] = Field(min_length=2, max_length=3)
    equation: str = ""  # LaTeX; a new line begins at \\ and at \qquad
    page: str = ""  # where it can be seen live: "cnn?view=Kernels"
    prepares: dict[str, Any] = {}  # a run's configuration, put into that page's form
    what: str = Field(min_length=1)
    when: str = Field(min_length=1)
    wrong: str = Field(min_length=1)

    @property
    def page_name(self) -> str:
        """The live page's own address, as "cnn"; empty where there is none."""
        return self.page.partition("?")[0]

    @property
    def page_settings(self) -> dict[str, str]:
        """What the live page's address says about the view: {"view": "Kernels"}."""
        return dict(parse_qsl(self.page.partition("?")[2], keep_blank_values=True))


class Roadmap(_Content):
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
    about = _toml(head, _text(head))
    topics = {path.stem: _topic(path) for path in sorted(folder.glob("*.md"))}
    found: Roadmap = _checked(Roadmap, {**about, "name": folder.name, "topics": topics}, head)
    _check_prerequisites(found, folder)
    return found.model_copy(update={"topics": _in_order(found, folder)})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExplorerError(f"{path} cannot be read: {error}.") from error


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExplorerError(f"{path} is not valid TOML: {error}.") from error


def _topic(path: Path) -> Topic:
    lines = _text(path).splitlines()
    fences = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if len(fences) < 2 or fences[0] != 0:
        raise ExplorerError(f"{path}, line 1: a topic begins with a front matter between two lines of {FENCE}.")
    # the first line stays, empty, so that a fault is reported in the line where it stands
    front = _toml(path, "\n".join(["", *lines[1 : fences[1]]]))
    values = {**front, **_sections(path, lines, fences[1] + 1), "id": path.stem}
    topic: Topic = _checked(Topic, values, path)
    return topic


def _sections(path: Path, lines: list[str], first: int) -> dict[str, str]:
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for number, line in enumerate(lines[first:], start=first + 1):
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
            if heading not in SECTIONS or SECTIONS[heading] in sections:
                raise ExplorerError(
                    f"{path}, line {number}: the section {heading!r} is unknown or stands twice; "
                    f"there is one each of {', '.join(SECTIONS)}."
                )
            current = sections[SECTIONS[heading]] = []
        elif current is not None:
            current.append(line)
        elif line.strip():
            raise ExplorerError(f"{path}, line {number}: text before the first section, '## {next(iter(SECTIONS))}'.")
    missing = [heading for heading, field in SECTIONS.items() if field not in sections]
    if missing:
        raise ExplorerError(f"{path}, line {len(lines)}: it ends without the section '## {missing[0]}'.")
    return {field: "\n".join(text) for field, text in sections.items()}


def _checked(kind: Any, values: Mapping[str, Any], path: Path) -> Any:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(place) for place in fault["loc"])
        raise ExplorerError(f"{path}, field {field}: {fault['msg']} (given {fault['input']!r:.80}).") from error


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
    """How many topics stand above each on its longest way from a beginning."""
    try:
        order = list(TopologicalSorter({topic.id: topic.requires for topic in roadmap.topics.values()}).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise ExplorerError(f"{folder}, field requires: topics require each other in a circle: {circle}.") from error
    depths: dict[str, int] = {}
    for name in order:
        depths[name] = 1 + max((depths[required] for required in roadmap.topics[name].requires), default=-1)
    return depths
