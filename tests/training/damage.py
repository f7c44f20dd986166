"""What crashes, full disks and strangers make of a run folder: mutations of one file, each fixed by its seed."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

NASTY: tuple[Any, ...] = (
    *(None, True, "", "three", "1²", [], {}, [[]], {"": None}, 0, -1, 1.5, -(10**30), 10**30, 2**31, 2**63, 1e308),
    *(float("nan"), float("inf"), "x" * 5000, [0] * 5000, {str(number): 0 for number in range(5000)}, "\ud800", "a\0b"),
)
HUGE = 10**12  # bytes that a sparse file claims


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value in a JSON value lies."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, item in inner for found in _places(item, (*place, key)))]


def _replaced(value: Any, place: tuple[Any, ...], new: Callable[[Any], Any]) -> Any:
    if not place:
        return new(value)
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[place[0]] = _replaced(value[place[0]], place[1:], new)
    return copied


def _without(value: Any, place: tuple[Any, ...]) -> Any:
    def dropped(holder: Any) -> Any:
        if isinstance(holder, dict):
            return {key: item for key, item in holder.items() if key != place[-1]}
        return holder[: place[-1]] + holder[place[-1] + 1 :]

    return _replaced(value, place[:-1], dropped) if place else None


def _mutated_json(text: bytes, chance: random.Random) -> bytes:
    value = json.loads(text)
    place = chance.choice(_places(value))
    match chance.choice(("drop", "swap", "nest", "more", "deep")):
        case "drop":
            value = _without(value, place)
        case "swap":
            new = chance.choice(NASTY)
            value = _replaced(value, place, lambda _: new)
        case "nest":
            value = _replaced(value, place, lambda inner: [inner])
        case "more":
            value = _replaced(value, place, lambda inner: {"unknown": inner, **{f"x{n}": n for n in range(300)}})
        case "deep":
            marked = json.dumps(_replaced(value, place, lambda _: "DEEP"))
            return marked.replace('"DEEP"', "[" * 100_000 + "]" * 100_000).encode()
    return json.dumps(value).encode()


def mutated_bytes(content: bytes, chance: random.Random) -> bytes:
    """Bytes cut, flipped, doubled, or with a hole of zeros."""
    first, second = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    match chance.choice(("cut", "flip", "hole", "drop", "double", "empty")):
        case "cut":
            return content[:first]
        case "flip":
            flipped = bytearray(content)
            for _ in range(chance.choice((1, 3, 30))):
                flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            return bytes(flipped)
        case "hole":
            return content[:first] + bytes(second - first) + content[second:]
        case "drop":
            return content[:first] + content[second:]
        case "double":
            return content[:second] + content[first:]
    return b""


def mutated(name: str, content: bytes, chance: random.Random) -> bytes:
    """A file's content, changed as its format allows, or byte by byte."""
    if chance.random() < 0.4:
        return mutated_bytes(content, chance)
    if name.endswith(".json"):
        return _mutated_json(content, chance)
    if name.endswith(".jsonl"):
        lines = content.splitlines()
        place = chance.randrange(len(lines))
        lines[place] = _mutated_json(lines[place], chance)
        return b"\n".join(lines) + b"\n"
    if name.endswith(".safetensors"):
        size = int.from_bytes(content[:8], "little")
        header = _mutated_json(content[8 : 8 + size], chance)
        return len(header).to_bytes(8, "little") + header + content[8 + size :]
    return mutated_bytes(content, chance)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE)


def _deep(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


IN_ITS_PLACE: dict[str, Callable[[Path], None]] = {
    "nothing": lambda path: None,
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to a device without end": lambda path: path.symlink_to("/dev/zero"),
    "a link to the kernel's messages": lambda path: path.symlink_to("/proc/kmsg"),
    "a link to nowhere": lambda path: path.symlink_to("/nowhere/at/all"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a file that claims a terabyte": _sparse,
    "an empty file": Path.touch,
    "a hundred thousand brackets": _deep,
}
