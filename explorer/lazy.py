"""Names that a package offers, each imported when it is first used."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def attach(package: str, homes: Mapping[str, Sequence[str]]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions ``__getattr__`` and ``__dir__`` of a package (PEP 562).

    Args:
        package: its ``__name__``.
        homes: for each module the names of it that the package offers; a module of the package is offered itself too.
    """
    home_of = {name: module for module, names in homes.items() for name in names}
    below = {module.removeprefix(f"{package}."): module for module in homes if module.startswith(f"{package}.")}
    offered = {name: module for name, module in below.items() if "." not in name}

    def found(name: str) -> Any:
        if name in offered:
            return import_module(offered[name])
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        kept = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, kept)
        return kept

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home_of, *offered})

    return found, names
