"""Files of weights from their host, with progress."""

import hashlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import torch

from explorer.errors import ExplorerError

CHUNK = 2**17  # bytes


def fetch(url: str, target: Path, expected_bytes: int, progress: Callable[[float], None]) -> None:
    """Download a file, and keep it only whole: its name ends in the beginning of its SHA-256, as torch.hub's do.

    Args:
        url: where from.
        target: where to.
        expected_bytes: how large it should be, for the progress; where the server says it, that counts.
        progress: is told the share that has come, 0…1.

    Raises:
        ExplorerError: where the host cannot be reached or what came is not the file.
    """
    partial = target.with_name(f"{target.name}.{uuid4().hex}.partial")
    digest, received = hashlib.sha256(), 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # torch.hub would wait for a silent host for ever
        with (
            urlopen(Request(url, headers={"User-Agent": "torch.hub"}), timeout=30) as answer,
            partial.open("wb") as file,
        ):
            size = int(answer.headers.get("Content-Length") or expected_bytes)
            progress(0.0)
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                received += len(chunk)
                progress(min(received / max(size, 1), 1.0))
        wanted = torch.hub.HASH_REGEX.search(target.name)
        if wanted and not digest.hexdigest().startswith(wanted.group(1)):
            raise ExplorerError(
                f"What came from {url} is not the file ({received} bytes, SHA-256 {digest.hexdigest()[:8]}… where "
                f"{wanted.group(1)}… was expected); nothing was kept. Try again, or put the file into {target.parent}."
            )
        partial.replace(target)
    except (OSError, HTTPException) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ExplorerError(
            f"{target.name} could not be downloaded ({reason}): put it into {target.parent}, connect to the internet, "
            "or choose weights none for the untrained network."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
