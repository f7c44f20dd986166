"""What tests of processes share: small runs, waiting for them, and leaving no process behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.config import RunConfig, parse
from explorer.training import launchers
from explorer.training.lock import holder
from explorer.training.state import run_folders
from explorer.training.submit import SUPERVISOR_LOCK


def small_config(model: dict[str, Any] | None = None, **training: Any) -> RunConfig:
    """Digits and a network of one convolution, with dropout: a step takes about a millisecond."""
    return parse(
        {
            "dataset": {"name": "digits"},
            "model": {"name": "cnn", "blocks": [{"channels": 4}], "head_size": 0, "dropout": 0.2, **(model or {})},
            "training": {"epochs": 2, "batch_size": 64, "snapshots": 6, "device": "cpu", **training},
        }
    )


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Return as soon as the condition holds; fail where it does not come true."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.01)


def end_processes(root: Path) -> None:
    """Kill the supervisor of a root folder and the workers of its runs, by the locks that they hold."""
    for lock in [root / SUPERVISOR_LOCK, *(run / "lock" for run in run_folders(root))]:
        pid = holder(lock)
        if pid is not None and pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda lock=lock: holder(lock) is None)  # type: ignore[misc]
    for process in launchers._apart:
        process.poll()
