"""What people ask of a run while it trains: lines in ``control.jsonl``, appended by pages, read by the worker."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from explorer.training.files import Tail, append

Action = Literal["launch", "pause", "resume", "step", "stop", "learning_rate"]


class Command(BaseModel):
    """One line: what to do, a value where there is one, and when it was asked for (seconds since 1970)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    value: float | None = None
    time: float


def ask(run: Path, action: Action, value: float | None = None) -> None:
    """Append a command to a run's control file."""
    command = Command(action=action, value=value, time=time.time())
    append(run / "control.jsonl", command.model_dump_json(exclude_none=True).encode() + b"\n")


def new_commands(tail: Tail) -> list[Command]:
    """The commands since the last reading; a line that is none was not written by us and is passed over."""
    commands = []
    for line in tail.read()[0]:
        try:
            commands.append(Command.model_validate_json(line))
        except ValidationError:
            continue
    return commands


def control_tail(run: Path, offset: int = 0) -> Tail:
    """The control file, read on from ``offset`` bytes."""
    return Tail(run / "control.jsonl", offset)


def stop_is_pending(run: Path) -> bool:
    """Whether a stop was asked for since the run was last launched."""
    decisive = [command.action for command in new_commands(control_tail(run)) if command.action in ("stop", "launch")]
    return decisive[-1:] == ["stop"]


@dataclass
class Wishes:
    """What all commands so far add up to; a launch puts everything but the learning rate back."""

    paused: bool = False
    stopping: bool = False
    steps_owed: int = 0  # single steps asked for and not yet made
    learning_rate: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether no update is wanted now."""
        return self.stopping or (self.paused and not self.steps_owed)

    def obey(self, command: Command) -> None:
        """Take one more command into account."""
        match command.action:
            case "launch" | "resume":
                self.paused, self.steps_owed = False, 0
                self.stopping = self.stopping and command.action == "resume"
            case "pause":
                self.paused, self.steps_owed = True, 0
            case "step":
                self.paused, self.steps_owed = True, self.steps_owed + 1
            case "stop":
                self.stopping = True
            case "learning_rate":
                self.learning_rate = command.value
