"""Write sample_data/pride_and_prejudice.txt from the R package that carries Jane Austen's novels.

Run ``python sample_data/make_text.py Rdata.rdb`` with ``janeaustenr/data/Rdata.rdb`` of the installed package, as it
lies in Debian's r-cran-janeaustenr.
"""

import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "pride_and_prejudice.txt"
HEADER = b"X\n\x00\x00\x00\x03"  # R's serialised form, version 3, big-endian
STRINGS, STRING = 16, 9  # R's codes for a vector of strings and for one of them


def objects(database: bytes) -> Iterator[bytes]:
    """The serialised objects in R's database: each a length of four bytes, then what zlib packed."""
    while database:
        packed = zlib.decompressobj()
        yield packed.decompress(database[4:])
        database = packed.unused_data


def lines(serialised: bytes) -> list[str]:
    """The strings of a serialised vector of strings."""
    if not serialised.startswith(HEADER):
        raise SystemExit("This is not R's serialised form, version 3.")
    (encoding,) = struct.unpack_from(">i", serialised, 14)
    place = 18 + encoding  # behind the versions and the name of the encoding
    kind, count = struct.unpack_from(">ii", serialised, place)
    if kind & 0xFF != STRINGS:
        raise SystemExit(f"An object of kind {kind & 0xFF} is no vector of strings.")
    place += 8
    found = []
    for _ in range(count):
        kind, length = struct.unpack_from(">ii", serialised, place)
        if kind & 0xFF != STRING:
            raise SystemExit(f"An object of kind {kind & 0xFF} is no string.")
        place += 8
        found.append(serialised[place : place + length].decode())
        place += length
    return found


def main(database: str) -> None:
    """Find the novel by its first line, and write it."""
    novels = map(lines, objects(Path(database).read_bytes()))
    novel = next(novel for novel in novels if novel[0] == "PRIDE AND PREJUDICE")
    text = "\n".join(novel).strip() + "\n"
    if "gutenberg" in text.lower():
        raise SystemExit("The text is not the novel alone.")
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {len(text):,} characters")


if __name__ == "__main__":
    main(*sys.argv[1:])
