"""The one door for pictures: every file is upright pixels of 8 bits, or a sentence."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from explorer.datasets.picture_files import FORMATS, Levels, levels_of, open_picture
from explorer.errors import ExplorerError

PACKAGE = Path(__file__).parents[2] / "explorer"
NOISE = np.random.default_rng(0).integers(0, 256, (13, 17, 3), dtype=np.uint8)
SHADES = np.linspace(0, 4095, 256).round().astype(np.uint16).reshape(16, 16)  # 12 bits


def file_of(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    content = BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()


def png_of_16_bits(pixels: np.ndarray) -> bytes:
    """By hand, as https://www.w3.org/TR/png-3 says, since Pillow writes grey alone: (row, column, channel)."""
    height, width, channels = pixels.shape

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff_of_16_bits(pixels: np.ndarray, order: str) -> bytes:
    """By hand, as the TIFF 6.0 specification says, uncompressed, in one strip: (row, column, 3)."""
    height, width, _ = pixels.shape
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 8), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 14)]
    tags += [(277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, pixels.size * 2)]
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 14 + pixels.size * 2)
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, kind, count)
        + (struct.pack(f"{order}HH", value, 0) if (kind, count) == (3, 1) else struct.pack(f"{order}I", value))
        for tag, kind, count, value in tags
    )
    directory = struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0)
    return head + struct.pack(f"{order}HHH", 16, 16, 16) + pixels.astype(f"{order}u2").tobytes() + directory


def files() -> dict[str, bytes]:
    """A small file in each format, and the ways of packing that have decoders of their own."""
    made = {kind: file_of(NOISE, kind) for kind in FORMATS if kind != "WEBP" or features.check("webp")}
    made |= {f"TIFF {packed}": file_of(NOISE, "TIFF", compression=packed) for packed in ("tiff_lzw", "tiff_deflate")}
    made["TIFF of floats"] = file_of(NOISE[..., 0].astype(np.float32) / 255, "TIFF")
    made["PNG with a palette"] = file_of(NOISE, "PNG")
    made["PNG, 16 bits grey"] = file_of(SHADES, "PNG")
    made["PNG, 16 bits in colour"] = png_of_16_bits(np.dstack([SHADES] * 3))
    made["PNG, 16 bits with opacity"] = png_of_16_bits(np.dstack([SHADES] * 4))
    made["TIFF, 16 bits in colour"] = tiff_of_16_bits(np.dstack([SHADES] * 3), "<")
    made["progressive JPEG"] = file_of(NOISE, "JPEG", progressive=True)
    return made


FILES = files()


def test_pillow_is_opened_in_one_place_alone() -> None:
    users = {path.name for path in PACKAGE.rglob("*.py") if "Image.open" in path.read_text(encoding="utf-8")}
    assert users == {"picture_files.py"}


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind in FILES])
def test_every_format_is_read(kind: str) -> None:
    picture = open_picture(FILES[kind], "own")
    assert (picture.mode, picture.size) == ("RGB", (17, 13))
    if kind in ("PNG", "BMP", "TIFF"):  # without loss
        np.testing.assert_array_equal(np.asarray(picture), NOISE)


@pytest.mark.parametrize("kind", ["PPM", "ICO", "TGA", "PCX", "AVIF"])
def test_other_formats_are_refused_whatever_pillow_knows(kind: str) -> None:
    with pytest.raises(ExplorerError, match="own is not a readable image; choose one of PNG, JPEG, GIF, BMP, WEBP"):
        open_picture(file_of(NOISE, kind), "own")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_a_16_bit_png_keeps_every_shade_of_fewer_bits(bits: int, channels: int) -> None:
    shades = np.linspace(0, 2**bits - 1, 256).round().astype(np.uint16).reshape(16, 16)
    drawn = np.asarray(open_picture(png_of_16_bits(np.dstack([shades] * channels)), "own"))
    expected = np.arange(256).reshape(16, 16)  # the darkest is black, the brightest white, and the others between
    for channel in range(3):
        np.testing.assert_array_equal(drawn[..., channel], expected)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_16_bits_a_colour_keeps_every_shade_in_either_order_of_bytes(order: str) -> None:
    drawn = np.asarray(open_picture(tiff_of_16_bits(np.dstack([SHADES] * 3), order), "own"))
    for channel in range(3):
        np.testing.assert_array_equal(drawn[..., channel], np.arange(256).reshape(16, 16))


def test_a_packed_tiff_of_16_bits_a_colour_keeps_every_shade() -> None:
    plain = Image.open(BytesIO(tiff_of_16_bits(np.dstack([SHADES] * 3), "<")))
    assert plain.mode == "RGB"  # Pillow writes 8 bits a colour: so the bytes are packed here
    packed = tiff_of_16_bits(np.dstack([SHADES] * 3), "<")
    strip = zlib.compress(np.dstack([SHADES] * 3).astype("<u2").tobytes())
    directory = packed[14 + SHADES.size * 6 :]
    directory = directory.replace(struct.pack("<HHIHH", 259, 3, 1, 1, 0), struct.pack("<HHIHH", 259, 3, 1, 8, 0))
    directory = directory.replace(
        struct.pack("<HHII", 279, 4, 1, SHADES.size * 6), struct.pack("<HHII", 279, 4, 1, len(strip))
    )
    content = b"II*\0" + struct.pack("<I", 14 + len(strip)) + packed[8:14] + strip + directory
    drawn = np.asarray(open_picture(content, "own"))
    np.testing.assert_array_equal(drawn[..., 1], np.arange(256).reshape(16, 16))


@pytest.mark.parametrize("highest", [4095, 65535])
def test_the_brightness_of_a_16_bit_png_with_opacity_keeps_every_shade(highest: int) -> None:
    shades = np.linspace(0, highest, 256).round().astype(np.uint16).reshape(16, 16)
    drawn = np.asarray(open_picture(png_of_16_bits(np.dstack([shades, np.full_like(shades, 65535)])), "own"))
    np.testing.assert_array_equal(drawn[..., 2], np.arange(256).reshape(16, 16))


def test_the_opacity_of_a_16_bit_png_is_never_stretched() -> None:
    colours = np.full((4, 4, 4), 4095, dtype=np.uint16)
    colours[..., 1:3], colours[..., 3] = 0, 65535
    assert np.asarray(open_picture(png_of_16_bits(colours), "own"))[0, 0].tolist() == [255, 0, 0]
    colours[..., 3] = 0
    assert np.asarray(open_picture(png_of_16_bits(colours), "own"))[0, 0].tolist() == [255, 255, 255]


def test_a_range_that_pictures_share_keeps_them_comparable() -> None:
    bright, dark = (file_of(np.full((4, 4), value, np.uint16), "PNG") for value in (4095, 1000))
    first, second = levels_of(bright, "bright"), levels_of(dark, "dark")
    assert first == Levels(0, 4095)
    assert second == Levels(0, 1023)
    assert second.with_others(first) == first
    drawn = np.asarray(open_picture(dark, "dark", second.with_others(first)))
    assert drawn[0, 0].tolist() == [62] * 3  # 1000 / 4095 · 255 = 62.3
    assert levels_of(FILES["PNG"], "shallow") is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),  # fractions; 127.5 rounds to the even number
        ([0.0, 128.0, 255.0], [0, 128, 255]),
        ([-1000.0, 0.0, 1000.0], [0, 126, 252]),  # −1000 … 1023: 1000 / 2023 · 255 = 126.05, 2000 / 2023 · 255 = 252.1
    ],
)
def test_numbers_with_a_point_and_below_zero_are_read(values: list[float], expected: list[int]) -> None:
    content = file_of(np.array([values], dtype=np.float32), "TIFF")
    assert np.asarray(open_picture(content, "own"))[0, :, 0].tolist() == expected


def test_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ExplorerError, match="no finite numbers"):
        open_picture(file_of(np.array([[np.nan, 1.0]], dtype=np.float32), "TIFF"), "own")


def test_a_deep_picture_stands_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert open_picture(file_of(np.zeros((10, 20), np.uint16), "PNG", exif=exif), "own").size == (10, 20)


@pytest.mark.parametrize(
    "raised", [SyntaxError, RuntimeError, NotImplementedError, AttributeError, TypeError, MemoryError]
)
def test_whatever_a_decoder_raises_becomes_the_sentence(
    raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(Image.Image, "convert", fail)
    with pytest.raises(ExplorerError, match=rf"own\.png is not a readable image \({raised.__name__}\)"):
        open_picture(FILES["PNG"], "own.png")


@pytest.mark.sample(4)
@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("kind", FILES)
@given(seed=st.integers(0, 2**32 - 1), changes=st.integers(1, 12), cut=st.booleans())
def test_a_mutated_picture_is_read_or_refused_in_a_sentence(kind: str, seed: int, changes: int, cut: bool) -> None:
    chance = np.random.default_rng(seed)
    mutated = bytearray(FILES[kind])
    for place in chance.integers(0, min(len(mutated), 400), changes):  # what a header says, more than pixels
        mutated[place] = chance.choice([0, 1, 127, 128, 255, int(chance.integers(256))])
    content = bytes(mutated[: chance.integers(len(mutated))] if cut else mutated)
    for read in (open_picture, levels_of):
        with suppress(ExplorerError):
            read(content, "own")
