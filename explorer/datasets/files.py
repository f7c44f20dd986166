"""A person's own file or folder, found by its name."""

from pathlib import Path

from explorer.bounded_files import check_regular, is_regular, path_of
from explorer.errors import ExplorerError, shortened, shown
from explorer.places import SAMPLE_DATA, uploads_root

LONGEST_PATH = 200  # characters of a path in a message


def places(path: str) -> tuple[Path, Path, Path]:
    """The paths that a name can mean: under sample_data/, among the uploads, and the path itself."""
    return SAMPLE_DATA / path, uploads_root() / path, path_of(path)


def find_file(path: str, kind: str, ending: str) -> Path:
    """A file by its name under sample_data/ or among the uploads, else by its path.

    Args:
        path: what a person gave.
        kind: what is looked for, in words: "text file".
        ending: of the samples that the message names: ".txt".

    Raises:
        ExplorerError: where there is none.
    """
    candidates = places(path)
    for file in candidates:
        if path.strip() and is_regular(file):
            return file
    samples = sorted(file.name for file in SAMPLE_DATA.glob(f"*{ending}"))
    raise ExplorerError(
        f"There is no {kind} {shown(path)}, neither in {SAMPLE_DATA} nor as "
        f"{shortened(str(candidates[-1].absolute()), LONGEST_PATH)}{_instead(candidates[-1])}; "
        f"give the path of one, or one of {known(samples)}."
    )


def _instead(path: Path) -> str:
    """What lies at a path where no file does, in brackets."""
    try:
        check_regular(path, called="there")
    except FileNotFoundError:
        return ""
    except ExplorerError as error:
        return f" ({str(error).rstrip('.')})"
    return ""


def known(samples: list[str]) -> str:
    """The names that anybody can give, "the samples: a, b"; whose uploads there are is nobody else's business."""
    return f"the samples: {', '.join(samples)}"
