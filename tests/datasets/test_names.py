"""Names are kept as they were written."""

import unicodedata
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer.datasets.archives import pictures_by_class
from explorer.datasets.names import MOST_BYTES, safe_part, written_name
from explorer.datasets.uploads import safe_name

DOT = BytesIO()
Image.new("RGB", (1, 1)).save(DOT, "PNG")
NAMES = ["Äpfel", "Zoë", "कि", "की", "कु", "می\u200cروم", "猫", "ไก่", "c++", "c#", "R&D (2019)", "é" * 40, "𝔘"]


def members(raw: list[bytes], flag: int) -> bytes:
    """A zip file whose members have these bytes as their names, with the flag for UTF-8 or without."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number, name in enumerate(raw):
            archive.writestr(f"{'x' * (len(name) - 1)}{number:x}/1.png", DOT.getvalue())
    packed = content.getvalue()
    for number, name in enumerate(raw):
        packed = packed.replace(f"{'x' * (len(name) - 1)}{number:x}/1.png".encode(), name + b"/1.png")
    changed = bytearray(packed)
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = -1
        while (place := changed.find(mark, place + 1)) >= 0:
            changed[place + offset + 1] = flag
    return bytes(changed)


@pytest.mark.parametrize("flag", [0x00, 0x08], ids=["without the flag", "with the flag"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_classes_are_called_as_their_folders_with_and_without_the_flag_for_utf_8(form: str, flag: int) -> None:
    written = [unicodedata.normalize(form, name).encode() for name in NAMES]  # type: ignore[arg-type]
    found = pictures_by_class(members(written, flag), "own.zip").classes
    assert set(found) == set(NAMES)


def test_a_name_that_is_not_utf_8_is_in_code_page_437_as_the_format_says() -> None:
    found = pictures_by_class(members(["Käse".encode("cp437"), b"other"], 0), "own.zip").classes
    assert set(found) == {"Käse", "other"}


@given(st.text(max_size=30))
def test_a_name_with_the_flag_is_what_python_reads_in_nfc(name: str) -> None:
    member = zipfile.ZipInfo("x")
    member.filename, member.flag_bits = name, 0x800
    assert written_name(member) == unicodedata.normalize("NFC", name)


@given(st.text())
def test_a_safe_part_is_one_part_of_a_path_everywhere(name: str) -> None:
    safe = safe_part(name)
    assert safe
    assert len(safe.encode()) <= MOST_BYTES + 1
    assert not set(safe) & set('<>:"/\\|?*\0\n')
    assert safe == safe.strip(" .")


@pytest.mark.parametrize("name", ["CON", "nul.png", "com1", "..", ".", "", " "])
def test_names_that_a_system_takes_for_something_else_are_changed(name: str) -> None:
    assert safe_part(name) != name


@given(st.text(st.characters(categories=["Ll", "Lo", "Nd", "Mn", "Mc"]), min_size=1, max_size=20))
def test_letters_with_their_marks_and_digits_are_kept(name: str) -> None:
    composed = unicodedata.normalize("NFC", name)
    assert safe_part(name) == composed
    assert safe_name(f"{name}.zip") == composed
