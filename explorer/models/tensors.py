"""Tensors in safetensors files: nothing in them can run code, and no more is read than a bound allows."""

import sys
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.bounded_files import open_regular, read_piece
from explorer.errors import MEGABYTE, ExplorerError, shortened

LARGEST_HEADER = 8 * MEGABYTE  # the names and shapes of tens of thousands of tensors
# what safetensors and PyTorch raise for a damaged file, or for a kind of number that is not known here
DAMAGED = (SafetensorError, OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError)

Tensors = dict[str, Tensor]


def read_tensors(path: Path, most: int, called: str = "") -> tuple[Tensors, dict[str, str]]:
    """The tensors of a safetensors file by name, on the CPU, and the file's metadata.

    Args:
        path: of the file.
        most: bytes that it may have.
        called: what messages call it; the name of the file unless given.

    Raises:
        FileNotFoundError: where there is none.
        ExplorerError: where it is no regular file, too large, or damaged.
    """
    called = called or path.name
    with open_regular(path, most, called) as file:
        header = int.from_bytes(read_piece(file, 8, called), "little")
    if header > LARGEST_HEADER:
        raise ExplorerError(
            f"{called} is damaged: its header has {header / MEGABYTE:,.0f} MB, and {LARGEST_HEADER / MEGABYTE:.0f} MB "
            "is the limit."
        )
    try:
        with safe_open(path, "pt") as opened:
            found = {name: _own(opened.get_tensor(name)) for name in opened.keys()}  # noqa: SIM118
            return found, opened.metadata() or {}
    except DAMAGED as error:
        raise ExplorerError(f"{called} is damaged: {shortened(str(error), 300)}.") from error


def _own(mapped: Tensor) -> Tensor:
    """A tensor of a file; a copy on Windows, where a file can be neither replaced nor deleted while it is mapped."""
    return mapped.clone() if sys.platform == "win32" else mapped
