"""Files of weights: read without ever unpickling an object, checked against the network, fetched with progress."""

import hashlib
import pickle
import zipfile
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from explorer.errors import ExplorerError

State = dict[str, Tensor]

SAFETENSORS = (".safetensors",)
SUFFIXES = (*SAFETENSORS, ".pth", ".pt")
WRAPPERS = ("state_dict", "model")  # under which training scripts keep the weights in a checkpoint
PREFIXES = ("module.", "model.")  # which wrappers of the network leave before every name
# what PyTorch raises for a file that is damaged or is none of its own
DAMAGED = (RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, zipfile.BadZipFile)
CHUNK = 2**17  # bytes


def read_weights(path: Path) -> State:
    """The tensors of a file by name, as they are in a network: wrappers and their prefixes are taken off.

    Args:
        path: a .safetensors file, or one that ``torch.save`` wrote of a state dict or of a checkpoint that holds one.

    Raises:
        ExplorerError: where there is no file, it is damaged, or it holds more than tensors.
    """
    if not path.is_file():
        raise ExplorerError(f"There is no weights file {path}.")
    content = _safetensors(path) if path.suffix in SAFETENSORS else _tensors_only(path)
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not content:
        raise ExplorerError(f"{path} holds no weights by name; save them with torch.save(network.state_dict(), path).")
    strangers = [str(name) for name, value in content.items() if not isinstance(value, Tensor)]
    if strangers:
        raise ExplorerError(
            f"{path} holds {_listed(strangers)} beside its tensors; save them with "
            "torch.save(network.state_dict(), path)."
        )
    return _without_prefixes({str(name): value for name, value in content.items()})


def fill(network: nn.Module, state: State, source: str) -> None:
    """Give a network its weights.

    Args:
        network: what is filled, in place.
        state: the tensors by name.
        source: what the error calls them.

    Raises:
        ExplorerError: where tensors are missing, too many, or of another shape, with how many and which.
    """
    own = network.state_dict()
    misshapen = [name for name, value in state.items() if name in own and value.shape != own[name].shape]
    keys = network.load_state_dict({name: state[name] for name in state.keys() - set(misshapen)}, strict=False)
    absent = [name for name in keys.missing_keys if name not in misshapen]
    shapes = [f"{name}: {_shape(state[name])} in the file, {_shape(own[name])} in the network" for name in misshapen]
    faults = [
        f"{len(names)} {what} ({_listed(names)})"
        for names, what in (
            (absent, f"of its {len(own)} tensors are missing"),
            (keys.unexpected_keys, "tensors in the file are not in the network"),
            (shapes, "tensors have another shape"),
        )
        if names
    ]
    if faults:
        raise ExplorerError(
            f"{source} does not fit the network: {'; '.join(faults)}. Choose the network that these weights belong to."
        )


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


def _safetensors(path: Path) -> State:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ExplorerError(f"{path} is not a safetensors file, or it is damaged: {error}.") from error


def _tensors_only(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise ExplorerError(
            f"{path} is damaged or holds objects other than tensors, which are never loaded, because loading them "
            "can run any program; save the weights with torch.save(network.state_dict(), path) or as safetensors."
        ) from error
    except (*DAMAGED, OSError) as error:
        raise ExplorerError(f"{path} is not a weights file, or it is damaged: {error}.") from error


def _without_prefixes(state: State) -> State:
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in state):
            return _without_prefixes({name.removeprefix(prefix): value for name, value in state.items()})
    return state


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _shape(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape) or "one number"
