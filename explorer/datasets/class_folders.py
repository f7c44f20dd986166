"""Which folder is the class of a picture: the same rule for a zip file and for a folder on this machine.

It agrees with torchvision's ImageFolder: the folders at the top are the classes, however deep a picture lies in one.
Beyond that, folders called train, val or test, at the top, are merged; and a folder around everything is not a class,
unless those in it are called by dates: then it may be one, and nothing is guessed. What was understood is said.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from explorer.datasets.picture_files import ENDINGS, READABLE
from explorer.errors import ExplorerError

SPLITS = frozenset(("train", "training", "val", "valid", "validation", "dev", "test", "testing"))
JUNK = frozenset(("__macosx", "thumbs.db", "desktop.ini"))  # what Windows and macOS leave in folders

# a year, a month or a day, as cameras and programs name folders: "2019", "2019-06", "20190601"
DATE = re.compile(r"(19|20)\d\d([-_. ]?(0[1-9]|1[0-2])([-_. ]?([0-2]\d|3[01]))?)?")
DEEPEST = 30  # folders above those of the classes

Places = list[PurePosixPath]


class LeftOut(NamedTuple):
    """A file that is not among the pictures, and why."""

    file: str
    reason: str


class ByClass(NamedTuple):
    """Pictures by class, in alphabetical order; the files left out; and the folders of classes without a picture.

    ``understood`` says, where the folders at the top are not the classes, which are, and how to change that.
    """

    classes: dict[str, Places]
    left_out: tuple[LeftOut, ...]
    empty: tuple[str, ...]
    understood: str = ""


class Around(NamedTuple):
    """What stands around the folders of the classes."""

    level: int  # how many folders stand above them
    beside: frozenset[PurePosixPath] = frozenset()  # pictures beside folders called train, test, …
    wrappers: tuple[str, ...] = ()  # folders around everything
    splits: tuple[str, ...] = ()

    @property
    def understood(self) -> str:
        """In sentences, what these folders were taken for, and how to change it."""
        said = []
        if self.wrappers:
            last = self.wrappers[-1]
            said.append(
                f"The folder {last} holds all pictures, so that the folders in it are the classes. If {last} is a "
                "class itself, put the folders of the other classes beside it."
            )
        if self.splits:
            one = len(self.splits) == 1
            said.append(
                f"The {'folder' if one else 'folders'} {' and '.join(self.splits)} {'is' if one else 'are'} taken for "
                f"{'a split' if one else 'splits'}, so that the folders in {'it' if one else 'them'} are the classes, "
                "and their pictures are divided anew. To make a class of one, give it another name."
            )
        return " ".join(said)


def is_hidden(place: PurePosixPath) -> bool:
    """True for what the operating system keeps among a person's files."""
    return any(part.startswith(".") or part.casefold() in JUNK for part in place.parts)


def by_class(files: Iterable[PurePosixPath], folders: Iterable[PurePosixPath], name: str) -> ByClass:
    """Divide files into classes by the folders they lie in; hidden ones are left out.

    Args:
        files: relative to the folder that holds them all.
        folders: further ones, which may be empty.
        name: what messages call that folder.

    Raises:
        ExplorerError: where there are fewer than two classes, those without a picture among them, or two readings.
    """
    shown = sorted(place for place in files if not is_hidden(place))
    pictures = [place for place in shown if place.suffix.lower() in ENDINGS]
    around = _around(pictures, name)
    level, beside = around.level, around.beside
    pictures = [place for place in pictures if place not in beside]
    classes: dict[str, Places] = {}
    loose: Places = []
    for place in pictures:
        if len(place.parts) > level + 1:
            classes.setdefault(unicodedata.normalize("NFC", place.parts[level]), []).append(place)
        else:
            loose.append(place)
    roots = {place.parts[:level] for places in classes.values() for place in places}
    own = {parent for place in shown for parent in place.parents} | set(folders)
    inside = {folder.parts[level] for folder in own if len(folder.parts) > level and folder.parts[:level] in roots}
    empty = {unicodedata.normalize("NFC", folder) for folder in inside if not is_hidden(PurePosixPath(folder))}
    if len(classes | dict.fromkeys(empty)) < 2:
        raise ExplorerError(
            f"{name} holds pictures ({', '.join(ENDINGS)}) in {len(classes)} folders, and a classifier needs at least "
            "2 classes; put the pictures of each class into a folder of its own."
        )
    left_out = [LeftOut(str(place), "It is in the folder of no class.") for place in loose]
    left_out += [LeftOut(str(place), "Its folder stands beside those of the splits.") for place in sorted(beside)]
    others = [place for place in shown if place.suffix.lower() not in ENDINGS]
    left_out += [LeftOut(str(place), f"Its name is not that of a picture; {READABLE} are read.") for place in others]
    return ByClass(
        dict(sorted(classes.items())), tuple(left_out), tuple(sorted(empty - classes.keys())), around.understood
    )


def check_not_empty(empty: Iterable[str], name: str, left_out: Iterable[LeftOut]) -> None:
    """Refuse classes without a picture.

    Raises:
        ExplorerError: where there is one, with the first file that was left out of it.
    """
    for folder in empty:
        reasons = [one for one in left_out if folder in unicodedata.normalize("NFC", one.file).split("/")]
        first = f" {reasons[0].file} was left out: {reasons[0].reason}" if reasons else ""
        raise ExplorerError(
            f"Class {folder!r} has 0 pictures: {name} holds none in that folder; put pictures "
            f"({', '.join(ENDINGS)}) into it, or remove it.{first}"
        )


def _around(pictures: Places, name: str) -> Around:
    """What stands around the folders of the classes.

    Raises:
        ExplorerError: where one folder holds folders called by dates alone, with both readings.
    """
    around = Around(0)
    for level in range(DEEPEST):
        tops = {place.parts[level] for place in pictures if len(place.parts) > level + 1}
        deeper = {place.parts[: level + 2] for place in pictures if len(place.parts) > level + 2}
        direct = any(len(place.parts) == level + 2 for place in pictures)
        around_all = len(tops) == 1 and (len(deeper) > 1 or (len(deeper) == 1 and not direct))
        splits = sorted({top for top in tops if _is_split(top)} & {folder[level] for folder in deeper})
        if len(splits) > 1 or (around_all and splits):
            others = {place for place in pictures if len(place.parts) > level + 1 and place.parts[level] not in splits}
            pictures = [place for place in pictures if place not in others]
            around = around._replace(beside=around.beside | others, splits=tuple(splits))
        elif around_all:
            [wrapper] = tops
            _check_not_dates(wrapper, sorted(folder[-1] for folder in deeper), name)
            around = around._replace(wrappers=(*around.wrappers, wrapper))
        else:
            break
        around = around._replace(level=level + 1)
    return around


def _check_not_dates(folder: str, inside: list[str], name: str) -> None:
    """Refuse one folder whose folders are called by dates: it may be a class, or they may be.

    Raises:
        ExplorerError: with both readings.
    """
    if len(inside) < 2 or not all(DATE.fullmatch(one) for one in inside):
        return
    first = f"{', '.join(inside[:3])}{', …' if len(inside) > 3 else ''}"
    raise ExplorerError(
        f"{name} holds one folder, {folder}, and in it folders called by dates ({first}), so that either may be the "
        f"classes. If {folder} is a class, put the folders of the other classes beside it; if the dates are the "
        f"classes, leave out the folder {folder} around them."
    )


def _is_split(folder: str) -> bool:
    """True for "train", "Test", "val_images", "test-set", …."""
    word = re.split(r"[_ -]", folder.casefold())
    return word[0] in SPLITS and all(part in ("images", "image", "set", "data") for part in word[1:])
