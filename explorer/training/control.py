"""Commands to a run in training: lines in ``control.jsonl``, which pages append and the worker reads."""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from explorer.training.files import Tail, append

Action = Literal["launch", "pause", "resume", "step", "stop", "learning_rate", "schedule"]


class Command(BaseModel):
    """One line: the action, its value if it has one, and its time (seconds since 1970)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    value: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    time: float

    @model_validator(mode="after")
    def _complete(self) -> "Command":
        if self.action == "learning_rate" and self.value is None:
            raise ValueError("a learning rate needs a value")
        return self


def ask(run: Path, action: Action, value: float | None = None) -> None:
    """Append a command to a run's control file."""
    command = Command(action=action, value=value, time=time.time())
    append(run / "control.jsonl", command.model_dump_json(exclude_none=True).encode() + b"\n")


def new_commands(tail: Tail) -> list[Command]:
    """The commands since the last reading; a line that is none was not written by us and is passed over."""
    commands = []
    while lines := tail.read()[0]:
        for line in lines:
            with suppress(ValidationError):
                commands.append(Command.model_validate_json(line))
    return commands


def control_tail(run: Path, offset: int = 0) -> Tail:
    """The control file, read on from ``offset`` bytes."""
    return Tail(run / "control.jsonl", offset)


def requests_of(run: Path) -> "Requests":
    """The sum of all commands to a run, also of those that no worker has read yet."""
    return Requests.of(new_commands(control_tail(run)))


def stop_is_pending(run: Path) -> bool:
    """True if a stop was requested since the run was last launched."""
    return requests_of(run).stopping


@dataclass
class Requests:
    """The sum of all commands so far; a launch resets everything but the learning rate."""

    paused: bool = False
    stopping: bool = False
    pending_steps: int = 0  # requested single steps that are still to be made
    learning_rate: float | None = None  # set by hand; None: the schedule's

    @classmethod
    def of(cls, commands: Iterable[Command]) -> "Requests":
        """The sum of these commands."""
        requests = cls()
        for command in commands:
            requests.apply(command)
        return requests

    @classmethod
    def read(cls, checkpoint: Mapping[str, Any]) -> "Requests":
        """The requests of a checkpoint, also of one that an older version wrote."""
        if "requests" in checkpoint:
            return cls(**checkpoint["requests"])
        older = dict(checkpoint["wishes"])
        return cls(pending_steps=older.pop("steps_owed"), **older)

    @property
    def waiting(self) -> bool:
        """True if the run is to make no update now."""
        return self.stopping or (self.paused and not self.pending_steps)

    def apply(self, command: Command) -> None:
        """Apply one more command."""
        match command.action:
            case "launch" | "resume":
                self.paused, self.pending_steps = False, 0
                self.stopping = self.stopping and command.action == "resume"
            case "pause":
                self.paused, self.pending_steps = True, 0
            case "step":
                self.paused, self.pending_steps = True, self.pending_steps + 1
            case "stop":
                self.stopping = True
            case "learning_rate" | "schedule":
                self.learning_rate = command.value if command.action == "learning_rate" else None
