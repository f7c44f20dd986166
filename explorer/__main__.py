"""The command line: the dashboard, a training without it, the list of runs, and resuming or stopping one."""

import argparse
import difflib
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from explorer.bounded_files import is_folder
from explorer.command import completion, flags, follow
from explorer.config import RunConfig, SeriesData, TextData, parse
from explorer.errors import ExplorerError
from explorer.places import APP, DISTRIBUTION, PACKAGE, runs_root
from explorer.training.run import Run
from explorer.training.submit import launch

STATUS = """exit status:
  0    the command is carried out; a training is finished
  1    the training has failed
  2    the command is faulty or cannot be carried out, such as resuming a run that trains already
  3    the training has not reached its end, and can go on: it is paused, was interrupted, or goes on elsewhere
  130  the training was stopped, by Ctrl-C, by explorer stop or on a page"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit status, one of ``STATUS``."""
    _show_what_can_be_shown()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        chosen, rest = _parser().parse_known_args(given or ["dashboard"])
        if rest and chosen.command != "dashboard":
            raise ExplorerError(_unknown(rest[0], chosen.command))
        match chosen.command:
            case "train":
                return _train(chosen)
            case "runs":
                return _runs()
            case "resume":
                return follow.train(_run(chosen.run))
            case "stop":
                return _stop(_run(chosen.run))
        return _dashboard(rest)
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2


def _show_what_can_be_shown() -> None:
    """Let a terminal or file whose character set lacks a letter, as on Windows, show a question mark for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


class _Parser(argparse.ArgumentParser):
    """Its faults are sentences, as all others are."""

    def error(self, message: str) -> NoReturn:
        raise ExplorerError(f"{message[0].upper()}{message[1:]}. See: {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="explorer",
        description=__doc__,
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    told = f"{DISTRIBUTION} {version(DISTRIBUTION)} ({PACKAGE})"
    parser.add_argument("--version", action="version", version=told)
    completion.add(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    commands.add_parser("dashboard", help="open the dashboard (the default); more options are given to Streamlit")
    train = commands.add_parser(
        "train",
        help="train a network without the dashboard",
        usage="explorer train [--dataset NAME] [--model NAME] [--config FILE] [--PART.SETTING VALUE …] [--no-follow]",
        description="Train a network. Its run is kept with all others, and the dashboard can watch it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags.add(train)
    train.add_argument(
        "--follow",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="show the progress until the end; without, the run waits for its turn and trains in the background",
    )
    commands.add_parser("runs", help="list the runs")
    resume = commands.add_parser("resume", help="go on with a run that was stopped or interrupted, or has failed")
    stop = commands.add_parser("stop", help="stop a run that trains in the background or waits; it can be resumed")
    for command in (resume, stop):
        run = command.add_argument("run", metavar="RUN", help="its name in the list of runs, or its folder")
        completion.offer_inside(run, runs_root())
    return parser


def _unknown(flag: str, command: str) -> str:
    name = flag.split("=")[0]
    near = difflib.get_close_matches(name, flags.names() if command == "train" else [], n=1)
    return f"{name} is unknown.{f' Did you mean {near[0]}?' if near else ''} See: explorer {command} --help"


def _dashboard(options: list[str]) -> int:
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *options]
    return _waited_for(command) if sys.platform == "win32" else os.execv(sys.executable, command)


def _waited_for(command: list[str]) -> int:
    """The exit status of a command, for Windows, where a process cannot turn into another.

    Both are told of a Ctrl-C: the command ends by itself.
    """
    with subprocess.Popen(command) as process:
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()


def _train(chosen: argparse.Namespace) -> int:
    config = parse(flags.values(chosen))
    for note in _notes(config):
        print(note)
    run = Run.create(runs_root(), config)
    if chosen.follow:
        return follow.train(run)
    launch(run)
    print(f"{run.id} waits for its turn. See: explorer runs")
    return 0


def _notes(config: RunConfig) -> tuple[str, ...]:
    """What is to be known of a person's own file before it is trained on; a fault in it is raised."""
    if not isinstance(config.dataset, SeriesData | TextData):
        return ()
    from explorer import datasets  # imports torch: seconds that other commands need not wait

    return datasets.load(config.dataset).notes


def _runs() -> int:
    runs = Run.list(runs_root())
    if not runs:
        print(f"There are no runs in {runs_root()} yet.")
    for run in runs:
        print(follow.line(run))
    return 0


def _stop(run: Run) -> int:
    run.stop()
    told = "is stopped" if run.status == "stopped" else "stops at its next update"
    print(f"{run.id} {told}. Go on with: explorer resume {run.id}")
    return 0


def _run(name: str) -> Run:
    folder = runs_root() / name
    return Run.open(folder if is_folder(folder) else Path(name))


if __name__ == "__main__":
    sys.exit(main())
