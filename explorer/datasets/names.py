"""Names of files and folders: as a person wrote them, and yet safe on every system."""

import re
import unicodedata
import zipfile
from contextlib import suppress

MOST_BYTES = 200  # of a name in UTF-8: file systems take 255, and a number and an ending may follow
UTF_8 = 0x800  # the flag of a member of a zip file whose name is in UTF-8
JOINERS = "\u200c\u200d"  # they shape the letters of Persian and of the languages of India
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows has devices of these names


def written_name(member: zipfile.ZipInfo) -> str:
    """A member's name in NFC, as it was written.

    Many programs write UTF-8 without the flag that says so, and Python reads such a name as code page 437, as the
    format demands (APPNOTE.TXT, appendix D). Bytes that are UTF-8 are taken to be just that.
    """
    name = member.filename
    if not member.flag_bits & UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def safe_part(name: str) -> str:
    """A name in NFC as one part of a path, with all letters and marks; "unnamed" where nothing is left of it."""
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(
        character if character in JOINERS or unicodedata.category(character)[0] != "C" else "_"
        for character in re.sub(r'[<>:"/\\|?*\s]', lambda found: " " if found[0] == " " else "_", composed)
    )
    short = kept.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"_{short}" if RESERVED.fullmatch(short) else short or "unnamed"


def safe_stem(name: str, longest: int) -> str:
    """Letters with their marks, digits and dashes alone, so many characters at most; "upload" if nothing is left."""
    composed = unicodedata.normalize("NFC", name)
    kept = (character if _is_word(character) else " " for character in composed)
    return "_".join("".join(kept).split()).strip("_-")[:longest] or "upload"


def _is_word(character: str) -> bool:
    return character in f"_-{JOINERS}" or unicodedata.category(character)[0] in "LMN"
