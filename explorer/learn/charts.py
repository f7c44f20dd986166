"""Explanations of each kind of chart: the content, how to read it, the formula, and the source."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from explorer.errors import ExplorerError
from explorer.learn.files import Content, checked, text, toml

FOLDER = Path(__file__).with_name("about_charts")
LINKED = r"^\[[^\]]+\]\(https://[a-z0-9.-]+\.[a-z]+/\S*\), \S.*$"  # [title](address), authors, year


class AboutChart(Content):
    """One kind of chart, in words."""

    shows: str = Field(min_length=1)  # what is drawn, and the formula's symbols
    reading: str = Field(min_length=1, max_length=170)  # one line, for whoever looks at it for the first time
    equation: str = Field(min_length=1)  # LaTeX; a new line begins at \qquad
    sources: tuple[Annotated[str, StringConstraints(pattern=LINKED)], ...] = Field(min_length=1, max_length=3)
    topic: str = ""  # on which roadmap it is explained further: "deep-learning?topic=lstm"


@cache
def about_charts() -> dict[str, AboutChart]:
    """Every kind of chart by its name, as the files that ship have them."""
    return read_about(FOLDER)


def read_about(folder: Path) -> dict[str, AboutChart]:
    """Read the kinds of chart from the files of a folder; a table each.

    Raises:
        ExplorerError: naming the file and the field, where one is faulty or a name stands in two files.
    """
    found: dict[str, AboutChart] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, values in toml(path, text(path)).items():
            if name in found:
                raise ExplorerError(f"{path}, field {name}: another file has this name too.")
            found[name] = checked(AboutChart, values, path)
    return found
