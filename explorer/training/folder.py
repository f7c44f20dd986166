"""The files of a run folder, and how large each may be: a reader trusts neither their sizes nor what they are."""

import os
from pathlib import Path

from explorer.bounded_files import check_regular, is_folder
from explorer.config.reading import LARGEST_CONFIG
from explorer.errors import MEGABYTE, ExplorerError

LARGEST = {  # bytes
    "run.json": MEGABYTE // 10,
    "config.json": LARGEST_CONFIG,
    "status.json": MEGABYTE,  # its reason may quote an error
    "lease.json": MEGABYTE // 10,
    "lock": 1000,
    "data.json": 4 * MEGABYTE,  # the names of a hundred thousand classes
    "control.jsonl": 4 * MEGABYTE,
    "metrics.jsonl": 2000 * MEGABYTE,  # ten million updates
    "layers.jsonl": 2000 * MEGABYTE,
    "log.txt": 1000 * MEGABYTE,
    "checkpoint.safetensors": 16_000 * MEGABYTE,  # weights, and twice as much of the optimiser's
}
LARGEST_SNAPSHOT = 4000 * MEGABYTE  # the weights of a billion float32 parameters


def check_folder(run: Path) -> None:
    """Refuse a folder in which something stands in the place of a file.

    Raises:
        ExplorerError: naming the file that is a pipe, a device, a folder or too large.
    """
    for name, most in LARGEST.items():
        try:
            check_regular(run / name, most)
        except FileNotFoundError:
            continue
    snapshots = run / "snapshots"
    if os.path.lexists(snapshots) and not is_folder(snapshots):
        raise ExplorerError("snapshots cannot be read: it is not a folder.")
