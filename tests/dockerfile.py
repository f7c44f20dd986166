"""The Dockerfile as a list of instructions."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Instruction(NamedTuple):
    """A line of the Dockerfile, whose continuations are joined."""

    name: str
    argument: str

    def words(self) -> list[str]:
        """The argument's words, as a shell splits them."""
        return shlex.split(self.argument)


def stages() -> list[list[Instruction]]:
    """The instructions of each stage, its FROM first; an ARG before the first stage belongs to none."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = filter(None, re.sub(r"\\\n\s*", "", text).splitlines())
    found: list[list[Instruction]] = [[]]
    for name, _, argument in (line.partition(" ") for line in lines):
        if name == "FROM":
            found.append([])
        found[-1].append(Instruction(name, argument))
    return found[1:]


def environment(stage: list[Instruction]) -> dict[str, str]:
    """The variables that a stage sets."""
    set_here = [word for line in stage if line.name == "ENV" for word in line.words()]
    return dict(word.split("=", 1) for word in set_here)


def copied(stage: list[Instruction]) -> list[str]:
    """The files and folders that a stage copies from the clone."""
    lines = [line.words() for line in stage if line.name == "COPY" and not line.argument.startswith("--from")]
    return [source for words in lines for source in words[:-1]]


def ignored() -> tuple[set[str], set[str]]:
    """What .dockerignore leaves out: names anywhere, and, of all that lies at the top, what it lets in."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    anywhere = {line.removeprefix("**/") for line in lines if line.startswith("**/")}
    assert "*" in lines
    return anywhere, {line.removeprefix("!") for line in lines if line.startswith("!")}
