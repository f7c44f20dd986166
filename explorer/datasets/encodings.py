"""The encoding of a text file: UTF-8 and marked files are read, any other encoding is offered and never assumed."""

import codecs
from typing import NamedTuple

from charset_normalizer import from_bytes

from explorer.config import Encoding
from explorer.errors import ExplorerError

# the words of the configuration → Python's codec and what people call it, the commonest first
CODECS: dict[Encoding, tuple[str, str]] = {
    "utf-8": ("utf-8-sig", "UTF-8"),
    "utf-16-le": ("utf-16-le", "UTF-16, little endian"),
    "utf-16-be": ("utf-16-be", "UTF-16, big endian"),
    "cp1252": ("cp1252", "Windows-1252, Western Europe"),
    "cp1250": ("cp1250", "Windows-1250, Central Europe"),
    "cp1251": ("cp1251", "Windows-1251, Cyrillic"),
    "cp1253": ("cp1253", "Windows-1253, Greek"),
    "cp1254": ("cp1254", "Windows-1254, Turkish"),
    "iso-8859-15": ("iso8859-15", "ISO 8859-15, Western Europe"),
    "mac-roman": ("mac_roman", "Mac Roman"),
    "cp850": ("cp850", "DOS 850, Western Europe"),
    "koi8-r": ("koi8-r", "KOI8-R, Russian"),
    "shift-jis": ("shift_jis", "Shift JIS, Japanese"),
    "euc-jp": ("euc-jp", "EUC-JP, Japanese"),
    "gb18030": ("gb18030", "GB 18030, Chinese"),
    "big5": ("big5", "Big5, Chinese"),
    "euc-kr": ("euc-kr", "EUC-KR, Korean"),
    "cp1255": ("cp1255", "Windows-1255, Hebrew"),
    "cp1256": ("cp1256", "Windows-1256, Arabic"),
}
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins with the mark of UTF-16
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MOST_OFFERS = 3
SAMPLE = 100_000  # bytes that a guess reads
PREVIEW = 60  # characters


class Offer(NamedTuple):
    """An encoding in which a file can be read, and how it then reads."""

    encoding: Encoding
    title: str
    preview: str  # the first line that depends on the encoding


def decoded(content: bytes, name: str, encoding: Encoding = "auto", *, whole: bool = True) -> str:
    """The text of a file, without a byte order mark.

    Args:
        content: of the file.
        name: what messages call it.
        encoding: "auto" reads a file with a byte order mark, and UTF-8.
        whole: whether the content is all of the file; else it may end within a character, which is left out.

    Raises:
        ExplorerError: where it is not in this encoding, with the line, and the encodings that it may be in.
    """
    codec = _certain(content) if encoding == "auto" else CODECS[encoding][0]
    try:
        text = codecs.getincrementaldecoder(codec)().decode(content, whole)
    except UnicodeDecodeError as error:
        fault = _fault(content, name, error)
    else:
        if "\0" not in text:
            return text.removeprefix("\ufeff")
        line = text[: text.index("\0")].count("\n") + 1
        fault = f"Line {line} of {name} is not {_title(encoding)} text (it holds the character NUL)"
    found = offers(content)
    if not found:
        raise ExplorerError(f"{fault}, and no other encoding fits; save it as UTF-8.")
    ways = " or ".join(f"{offer.encoding} ({offer.title}: {offer.preview!r})" for offer in found)
    raise ExplorerError(f"{fault}. It may be {ways}; choose this encoding, or save it as UTF-8.")


def is_certain(content: bytes) -> bool:
    """True for UTF-8 without NUL characters, and for a file with a byte order mark."""
    try:
        decoded(content, "")
    except ExplorerError:
        return False
    return True


def offers(content: bytes) -> list[Offer]:
    """The encodings that fit a file which does not say its own, the likeliest first; at most three.

    The guess is that of charset-normalizer (https://charset-normalizer.readthedocs.io); of encodings in which the file
    reads the same, the commonest is offered.
    """
    sample = _telling(content)
    names = list(CODECS)
    known = {codecs.lookup(codec).name: name for name, (codec, _) in CODECS.items()}
    matches = from_bytes(sample, cp_isolation=[codec for codec, _ in CODECS.values() if codec != "utf-8-sig"])
    ranked: list[tuple[float, float, int, Encoding]] = []
    for match in matches:
        found = known[codecs.lookup(match.encoding).name]
        same = next((name for name in names if _read(sample, name) == _read(sample, found)), found)
        ranked.append((match.chaos, -match.coherence, names.index(same), same))
    fitting = dict.fromkeys(name for *_, name in sorted(ranked) if _readable(content, name))
    return [Offer(name, CODECS[name][1], _preview(sample, name)) for name in list(fitting)[:MOST_OFFERS]]


def _certain(content: bytes) -> str:
    return next((codec for mark, codec in MARKS.items() if content.startswith(mark)), "utf-8")


def _fault(content: bytes, name: str, error: UnicodeDecodeError) -> str:
    line = content[: error.start].count(b"\n") + 1
    said = "UTF-8" if error.encoding.startswith("utf-8") else error.encoding
    return f"Line {line} of {name} is not {said} text (byte {content[error.start]:#04x})"


def _title(encoding: Encoding) -> str:
    return "UTF-8" if encoding == "auto" else CODECS[encoding][1]


def _telling(content: bytes) -> bytes:
    """The part of a file that its encoding shows in: the lines with bytes beyond ASCII, or all of UTF-16."""
    if b"\0" in content:
        return content[:SAMPLE]
    lines = [line for line in content.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:SAMPLE]


def _read(content: bytes, encoding: Encoding) -> str:
    return content.decode(CODECS[encoding][0], errors="ignore")  # a sample may end within a character


def _readable(content: bytes, encoding: Encoding) -> bool:
    try:
        return "\0" not in codecs.getincrementaldecoder(CODECS[encoding][0])().decode(content)
    except UnicodeDecodeError:
        return False


def _preview(sample: bytes, encoding: Encoding) -> str:
    lines = (line.strip() for line in _read(sample, encoding).splitlines())
    return next(filter(None, lines), "")[:PREVIEW]
