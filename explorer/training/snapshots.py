"""The files that hold a run's weights at chosen training steps."""

import os
import re
from pathlib import Path

from explorer.training.lines import MOST_STEPS

_NAME = re.compile(r"([0-9]{8}|[1-9][0-9]{8,9})\.safetensors")


def snapshot_path(run: Path, step: int) -> Path:
    """The file with the weights of one step."""
    return run / "snapshots" / f"{step:08}.safetensors"


def recorded_steps(run: Path) -> list[int]:
    """The steps whose weights were kept, ascending; what else lies among them is passed over."""
    try:
        with os.scandir(run / "snapshots") as entries:
            names = [match for entry in entries if (match := _NAME.fullmatch(entry.name)) and _is_file(entry)]
    except OSError:  # none was kept yet
        return []
    steps = (int(match[1]) for match in names)
    return sorted(step for step in steps if step <= MOST_STEPS)


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False
