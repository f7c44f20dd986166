"""The one door for files of weights: read without ever unpickling an object, or refused in a sentence."""

import pickle
import zipfile
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from torch import Tensor, nn

from explorer.bounded_files import check_regular, open_regular
from explorer.errors import ExplorerError, shortened
from explorer.models.arrays import Array, ArrayType, as_tensor
from explorer.models.tensors import read_tensors

State = OrderedDict[str, Tensor]

SAFETENSORS = (".safetensors",)
SUFFIXES = (*SAFETENSORS, ".pth", ".pt", ".ckpt", ".bin", ".tar")
# torch.compile, DataParallel, FSDP and activation checkpointing write these into the names of what they wrap
WRAPPERS = ("_orig_mod.", "module.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
LARGEST = 8_000_000_000  # bytes of a file of weights
DEEPEST, MOST = 6, 20_000  # how far and how long a file is searched for tensors
# what training scripts keep beside the weights and PyTorch refuses; never made, an Inert takes the place of each
INERT = (
    "argparse.Namespace",
    "datetime.datetime",
    "datetime.timedelta",
    "numpy.ndarray",
    "numpy._core.multiarray.scalar",
    "numpy.core.multiarray.scalar",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "pathlib._local.PosixPath",
)
# the pieces of NumPy's arrays, and what takes their places
ARRAYS: dict[str, type[object]] = {
    "numpy._core.multiarray._reconstruct": Array,
    "numpy.core.multiarray._reconstruct": Array,
    "numpy.dtype": ArrayType,
}
PLAIN = ("lightning_fabric.utilities.data.AttributeDict", "pytorch_lightning.utilities.parsing.AttributeDict")  # dicts
METADATA = "_metadata"  # where a state dict keeps the version of each module


@dataclass(frozen=True)
class Tensors:
    """One mapping of a file that holds tensors by name."""

    way: tuple[str, ...]  # the names that lead to it: none for the file itself, ("state_dict",)
    state: State  # with the versions of the modules, if the file has them
    file: object = field(repr=False)  # all that it holds

    @property
    def beside(self) -> tuple[str, ...]:
        """What else the file holds, on the way to this mapping and among its tensors."""
        names: list[str] = []
        level, above = self.file, ""
        for step in (*self.way, None):
            assert isinstance(level, Mapping)
            inner = {str(name): value for name, value in level.items()}
            last = step is None
            others = [name for name in inner if name != step and not (last and as_tensor(inner[name]) is not None)]
            names += [f"{above}{name}" for name in others]
            if step is not None:
                level, above = inner[step], f"{above}{step}."
        return tuple(names)


def read_weights(path: Path) -> tuple[Tensors, ...]:
    """Every mapping in a file that holds tensors by name, in the file's order.

    Args:
        path: a .safetensors file, or one that ``torch.save`` wrote of a state dict or of a checkpoint that holds one;
            its values are tensors or NumPy's arrays.

    Raises:
        ExplorerError: where there is no file, it is damaged, or it holds no tensors by name, or what could run code.
    """
    try:
        check_regular(path, LARGEST, shortened(str(path)))
        safe = path.suffix.lower() in SAFETENSORS
        content: object = read_tensors(path, LARGEST)[0] if safe else _tensors_only(path)
        found = tuple(_mappings(content))
    except FileNotFoundError:
        raise ExplorerError(f"There is no weights file {shortened(str(path))}.") from None
    except ExplorerError:
        raise
    except pickle.UnpicklingError as error:
        raise ExplorerError(
            f"{path.name} is damaged or holds objects other than tensors, which are never loaded, because loading them "
            "can run any program; save the weights with torch.save(network.state_dict(), path) or as safetensors."
        ) from error
    except Exception as error:  # the readers raise a dozen kinds for a damaged file, and each means just that
        reason = shorten(str(error), 300, placeholder=" …") or type(error).__name__
        raise ExplorerError(f"{path.name} is not a weights file, or it is damaged: {reason}.") from error
    if not found:
        raise ExplorerError(
            f"{path.name} holds no weights by name; save them with torch.save(network.state_dict(), path)."
        )
    return found


def versioned(tensors: Mapping[str, Tensor], network: nn.Module) -> State:
    """Tensors as a state dict of a network as it is now: with the version of each of its modules.

    ``load_state_dict`` tells by the versions which names and shapes a file has, and MNASNet refuses one without.
    """
    return with_metadata(tensors, getattr(network.state_dict(), METADATA))


def with_metadata(tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> State:
    """Tensors as a state dict with these versions, by the names of the modules."""
    state = OrderedDict(tensors)
    setattr(state, METADATA, OrderedDict(metadata))
    return state


def unwrapped(name: str) -> str:
    """A name without what wrappers wrote into it."""
    whole = f".{name}."
    for wrapper in WRAPPERS:
        while f".{wrapper}" in whole:
            whole = whole.replace(f".{wrapper}", ".")
    return whole[1:-1]


class Inert:
    """Stands in the place of an object that is not made: it takes everything and does nothing."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def _tensors_only(path: Path) -> object:
    stand_ins = [*((Inert, name) for name in INERT), *((dict, name) for name in PLAIN)]
    torch.serialization.add_safe_globals([*stand_ins, *((stand_in, name) for name, stand_in in ARRAYS.items())])
    with open_regular(path, LARGEST) as file:  # PyTorch itself would wait at what has no end, such as /proc/kmsg
        if zipfile.is_zipfile(file):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        file.seek(0)
        return torch.load(file, map_location="cpu", weights_only=True)


def _mappings(file: object) -> Iterator[Tensors]:
    waiting: deque[tuple[tuple[str, ...], object]] = deque([((), file)])
    for _ in range(MOST):
        if not waiting:
            return
        way, value = waiting.popleft()
        if not isinstance(value, Mapping):
            continue
        named = {str(name): inner for name, inner in value.items()}
        tensors = {name: tensor for name, inner in named.items() if (tensor := as_tensor(inner)) is not None}
        if tensors:
            versions = getattr(value, METADATA, None)
            known = versions if isinstance(versions, Mapping) else {}
            metadata = {unwrapped(str(name)): version for name, version in known.items()}
            yield Tensors(way, with_metadata(_all_unwrapped(tensors), metadata), file)
        if len(way) < DEEPEST:
            waiting += (((*way, name), inner) for name, inner in named.items() if name not in tensors)


def _all_unwrapped(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors without wrappers in their names; as they are where two would have the same name."""
    plain = {unwrapped(name): tensor for name, tensor in tensors.items()}
    return plain if len(plain) == len(tensors) else tensors
