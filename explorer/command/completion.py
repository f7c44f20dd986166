"""The completion of a command line, as a script for the person's shell that shtab writes."""

import argparse
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import shtab


def add(parser: argparse.ArgumentParser) -> None:
    """Give a parser the flag that prints the script for a shell: bash, zsh, tcsh, fish or PowerShell."""
    shtab.add_argument_to(parser, "--print-completion", help="print what completes commands in a shell, and end")


class _Offered(list[str]):
    """Words that a shell offers; argparse takes every other one as well, for what it means is judged elsewhere."""

    def __contains__(self, word: object) -> bool:
        return True


def offer(argument: argparse.Action, words: Iterable[str]) -> None:
    """Complete an argument with one of some words; others stay possible."""
    argument.choices = _Offered(words) or None


def offer_files(argument: argparse.Action) -> None:
    """Complete an argument with the path of a file."""
    argument.complete = shtab.FILE  # type: ignore[attr-defined]


def offer_inside(argument: argparse.Action, folder: Path) -> None:
    """Complete an argument with the name of something that lies in a folder when the person asks."""
    if sys.platform == "win32":
        quoted = str(folder).replace("'", "''")  # as PowerShell writes an apostrophe
        listed = f"ls '{quoted}'"
    else:
        listed = f"ls {shlex.quote(str(folder))} 2>/dev/null"  # there may be no such folder yet
    argument.complete = shtab.cmd(listed)  # type: ignore[attr-defined]
