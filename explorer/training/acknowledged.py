"""What a run is about to do for whoever pressed a button, said at once and until its worker has obeyed."""

from collections.abc import Sequence
from typing import NamedTuple

from explorer.training.control import Command, Requests, control_tail, new_commands
from explorer.training.run import Run
from explorer.training.state import RunState

AT_ONCE = 0.1  # seconds between two looks at a run that is about to obey, or whose first loss is to come
FOLLOWING = 0.5  # … at a run that trains or waits
RESUMABLE = 1.5  # … at one that somebody may resume, perhaps in another tab


class Acknowledged(NamedTuple):
    """The state of a run, and what it is about to do: "Pausing …"; empty where nothing is asked of it."""

    state: RunState
    words: str


def acknowledged(run: Run) -> Acknowledged:
    """The state of a run and what was asked of it since, as its folder says both now."""
    commands = new_commands(control_tail(run.path))
    state = run.state()  # after the commands: one that is obeyed meanwhile is not announced again
    return Acknowledged(state, pending(state, commands))


def pending(state: RunState, commands: Sequence[Command]) -> str:
    """What a run that is in this state will do next because of these commands; empty where it has obeyed them."""
    asked = Requests.of(commands)
    under_way = state.status in ("queued", "running", "paused") and not state.parked
    if not under_way:
        return ""
    if asked.stopping:
        return "Stopping …"
    if state.status == "paused" and not asked.paused:
        return "Resuming …"
    if state.status == "running" and asked.paused:
        return "Pausing …"
    unseen = commands[-1:] if commands and commands[-1].time > state.heartbeat else []
    if state.status == "paused" and unseen and unseen[0].action == "step":
        return "Making one update …"
    return ""


def look_every(state: RunState, words: str) -> float | None:
    """Seconds between two looks at a run; None for one that is over."""
    if state.status in ("stopped", "interrupted", "failed", "paused") and not words:
        return RESUMABLE
    if state.status not in ("queued", "running", "paused"):
        return None
    return AT_ONCE if words or not state.step else FOLLOWING
