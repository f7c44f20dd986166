"""A person's own file or folder, found by its name."""

from pathlib import Path

from explorer.config import SAMPLE_DATA
from explorer.errors import ExplorerError


def places(path: str) -> tuple[Path, Path]:
    """Where something that a person named can lie: under sample_data/, and where the path itself leads."""
    try:
        return SAMPLE_DATA / path, Path(path).expanduser()
    except RuntimeError:  # a home folder of somebody who is not known here
        return SAMPLE_DATA / path, Path(path)


def find_file(path: str, kind: str, ending: str) -> Path:
    """A file by its name under sample_data/, else by its path.

    Args:
        path: what a person gave.
        kind: what is looked for, in words: "text file".
        ending: of the samples that the message names: ".txt".

    Raises:
        ExplorerError: where there is none.
    """
    sample, given = places(path)
    for file in (sample, given):
        if path.strip() and file.is_file():
            return file
    samples = ", ".join(sorted(file.name for file in SAMPLE_DATA.glob(f"*{ending}")))
    raise ExplorerError(
        f"There is no {kind} {path!r}, neither in {SAMPLE_DATA} nor as {given.absolute()}; "
        f"give the path of one, or one of the samples: {samples}."
    )
