"""Photographs lose all that tells which one they are, and not one bit of their pixels."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from grader.datasets.photographs import Photograph, check_photograph, read_photograph
from grader.errors import CourseError
from grader.records import Case

MARKER = b"Laysan_Albatross_0001"
HEIGHT, WIDTH = 37, 50
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"


def picture(mode: str) -> Image.Image:
    """Noise over a slope, so that no two rows are the same."""
    slope = np.add.outer(np.arange(HEIGHT) * 3, np.arange(WIDTH) * 2)
    noise = np.random.default_rng(5).integers(40, size=(HEIGHT, WIDTH, 4))
    colours = Image.fromarray((slope[..., None] % 200 + noise).astype(np.uint8))
    if mode == "I;16":
        return Image.fromarray((slope * 200).astype(np.uint16))
    if mode == "CMYK":
        return Image.frombytes("CMYK", colours.size, colours.tobytes())
    return colours if mode == "RGBA" else colours.convert("RGB").convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def decoded(content: bytes) -> tuple[str, npt.NDArray[Any]]:
    with Image.open(io.BytesIO(content)) as image:
        shown = image.convert("RGBA") if image.mode == "P" else image
        return image.mode, np.asarray(shown)


def read(tmp_path: Path, content: bytes, name: str = "a.jpg") -> Photograph:
    path = tmp_path / name
    path.write_bytes(content)
    return check_photograph(path)


def jpeg_segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def png_chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x010E] = MARKER.decode()
    tags[0x0132] = "2004:05:06 07:08:09"
    tags[0x0112] = 6  # turned by 90 degrees
    return tags


PLAIN_JPEG = encoded(picture("RGB"), "JPEG")
PROGRESSIVE_JPEG = encoded(picture("RGB"), "JPEG", progressive=True, quality=95)
PLAIN_PNG = encoded(picture("RGB"), "PNG")

JPEGS = {
    "baseline": PLAIN_JPEG,
    "progressive": PROGRESSIVE_JPEG,
    "progressive grey": encoded(picture("L"), "JPEG", progressive=True),
    "grey": encoded(picture("L"), "JPEG"),
    "CMYK": encoded(picture("CMYK"), "JPEG"),
    "stored as RGB, which only Adobe's segment tells": encoded(
        picture("RGB"), "JPEG", keep_rgb=True
    ),
    "without subsampling": encoded(picture("RGB"), "JPEG", subsampling=0, quality=100),
    "with restarts": encoded(picture("RGB"), "JPEG", restart_marker_blocks=1),
    "with restarts, progressive": encoded(
        picture("RGB"), "JPEG", restart_marker_rows=1, progressive=True
    ),
    "optimised": encoded(picture("RGB"), "JPEG", optimize=True, quality=5),
}
PNGS = {
    mode: encoded(picture(mode), "PNG") for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")
} | {
    "P with one clear colour": encoded(picture("P"), "PNG", transparency=3),
    "P with alpha for each colour": encoded(picture("P"), "PNG", transparency=bytes(range(256))),
    "L with one clear level": encoded(picture("L"), "PNG", transparency=7),
}


@pytest.mark.parametrize("content", JPEGS.values(), ids=JPEGS)
def test_the_pixels_of_a_jpeg_are_equal_to_the_bit(tmp_path: Path, content: bytes) -> None:
    photograph = read(tmp_path, content)
    assert (photograph.suffix, photograph.height, photograph.width) == (".jpg", HEIGHT, WIDTH)
    assert decoded(photograph.content)[0] == decoded(content)[0]
    np.testing.assert_array_equal(decoded(photograph.content)[1], decoded(content)[1])


@pytest.mark.parametrize("content", PNGS.values(), ids=PNGS)
def test_the_pixels_of_a_png_are_equal_to_the_bit(tmp_path: Path, content: bytes) -> None:
    photograph = read(tmp_path, content)
    assert (photograph.suffix, photograph.height, photograph.width) == (".png", HEIGHT, WIDTH)
    assert decoded(photograph.content)[0] == decoded(content)[0]
    np.testing.assert_array_equal(decoded(photograph.content)[1], decoded(content)[1])


def with_text(**options: Any) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", MARKER.decode(), **options)
    return encoded(picture("RGB"), "PNG", pnginfo=text)


def before_the_scan(segment: bytes) -> bytes:
    scan = PLAIN_JPEG.index(b"\xff\xda")
    return PLAIN_JPEG[:scan] + segment + PLAIN_JPEG[scan:]


def between_two_scans(segment: bytes) -> bytes:
    second = PROGRESSIVE_JPEG.index(b"\xff\xc4", PROGRESSIVE_JPEG.index(b"\xff\xda"))
    return PROGRESSIVE_JPEG[:second] + segment + PROGRESSIVE_JPEG[second:]


def before_the_pixels(chunk: bytes) -> bytes:
    start = PLAIN_PNG.index(b"IDAT") - 4
    return PLAIN_PNG[:start] + chunk + PLAIN_PNG[start:]


def jfif_with_thumbnail() -> bytes:
    thumbnail = (MARKER * 3)[:48]
    return b"JFIF\0\1\1\0\0\1\0\1" + bytes((4, 4)) + thumbnail


MARKED = {
    "EXIF in a JPEG": encoded(picture("RGB"), "JPEG", exif=exif()),
    "a comment": encoded(picture("RGB"), "JPEG", comment=MARKER),
    "a colour profile": encoded(picture("RGB"), "JPEG", icc_profile=MARKER * 20),
    "XMP": encoded(picture("RGB"), "JPEG", xmp=b"<x:xmpmeta>" + MARKER),
    "IPTC": before_the_scan(jpeg_segment(0xED, b"Photoshop 3.0\0" + MARKER)),
    "a thumbnail in JFIF's segment": JPEG_START
    + jpeg_segment(0xE0, jfif_with_thumbnail())
    + PLAIN_JPEG[20:],
    "an APP0 segment that is not JFIF": before_the_scan(jpeg_segment(0xE0, b"JFXX\0" + MARKER)),
    "more in Adobe's segment than Adobe put there": before_the_scan(
        jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + MARKER)
    ),
    "an APP14 segment that is not Adobe's": before_the_scan(jpeg_segment(0xEE, b"Mine" + MARKER)),
    "a comment between two scans": between_two_scans(jpeg_segment(0xFE, MARKER)),
    "EXIF between two scans": between_two_scans(jpeg_segment(0xE1, b"Exif\0\0" + MARKER)),
    "bytes before a marker": before_the_scan(MARKER),
    "bytes after the end": PLAIN_JPEG + MARKER,
    "bytes after the end with another end": PLAIN_JPEG + MARKER + JPEG_END,
    "a second photograph after the end": PLAIN_JPEG + encoded(picture("L"), "JPEG", comment=MARKER),
    "EXIF in a PNG": encoded(picture("RGB"), "PNG", exif=exif()),
    "a text chunk": with_text(),
    "a time": before_the_pixels(png_chunk(b"tIME", MARKER[:7])),
    "a colour profile in a PNG": before_the_pixels(png_chunk(b"iCCP", MARKER + b"\0\0")),
    "a private chunk": before_the_pixels(png_chunk(b"prVt", MARKER)),
    "bytes after the end of a PNG": PLAIN_PNG + MARKER,
    "chunks after the end of a PNG": PLAIN_PNG
    + png_chunk(b"IDAT", MARKER)
    + png_chunk(b"IEND", b""),
}


@pytest.mark.parametrize("content", MARKED.values(), ids=MARKED)
def test_what_could_name_the_image_is_gone(tmp_path: Path, content: bytes) -> None:
    planted = MARKER[:7]
    assert planted in content, "the marker must be there before"
    photograph = read(tmp_path, content)
    assert planted not in photograph.content
    np.testing.assert_array_equal(decoded(photograph.content)[1], decoded(content)[1])


def test_a_compressed_text_is_gone_as_well(tmp_path: Path) -> None:
    content = with_text(zip=True)
    assert b"zTXt" in content
    assert b"zTXt" not in read(tmp_path, content).content


def test_no_tag_is_left_for_pillow_to_find(tmp_path: Path) -> None:
    for content in MARKED.values():
        with Image.open(io.BytesIO(read(tmp_path, content).content)) as image:
            assert not image.getexif()
            assert not {"comment", "icc_profile", "exif", "xmp", "Title"} & image.info.keys()


@pytest.mark.parametrize("content", (JPEGS | PNGS | MARKED).values(), ids=JPEGS | PNGS | MARKED)
def test_what_was_checked_once_is_what_every_box_gets(tmp_path: Path, content: bytes) -> None:
    checked = read(tmp_path, content)
    path = tmp_path / "a.jpg"
    case = Case("a", path, path, checked.height, checked.width, "", "")
    assert read_photograph(case) == checked


def test_a_turned_photograph_stays_as_its_pixels_lie(tmp_path: Path) -> None:
    """Some readers obey EXIF's orientation; without it all of them see height x width."""
    photograph = read(tmp_path, MARKED["EXIF in a JPEG"])
    assert (photograph.height, photograph.width) == (HEIGHT, WIDTH)


def test_a_photograph_without_metadata_stays_byte_for_byte(tmp_path: Path) -> None:
    assert read(tmp_path, PLAIN_PNG).content == PLAIN_PNG
    assert read(tmp_path, PLAIN_JPEG).content == PLAIN_JPEG


def test_fill_bytes_and_a_standalone_marker_are_no_damage(tmp_path: Path) -> None:
    for padding in (b"\xff\xff", b"\0\0", b"\xff\x01"):
        content = before_the_scan(padding)
        photograph = read(tmp_path, content)
        np.testing.assert_array_equal(decoded(photograph.content)[1], decoded(PLAIN_JPEG)[1])


def test_the_suffix_says_what_the_content_is(tmp_path: Path) -> None:
    assert read(tmp_path, PLAIN_PNG, "a.jpg").suffix == ".png"
    assert read(tmp_path, PLAIN_JPEG, "a.png").suffix == ".jpg"


@pytest.mark.parametrize("content", [PLAIN_JPEG, PROGRESSIVE_JPEG, PLAIN_PNG])
@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_photograph_is_the_courses_fault(
    tmp_path: Path, content: bytes, share: float
) -> None:
    with pytest.raises(CourseError, match=r"a\.jpg cannot be read"):
        read(tmp_path, content[: int(len(content) * share)])


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_another_format_is_the_courses_fault(tmp_path: Path, kind: str) -> None:
    with pytest.raises(CourseError, match="neither JPEG nor PNG"):
        read(tmp_path, encoded(picture("RGB"), kind))


def test_a_photograph_that_is_lost_or_a_folder_is_the_courses_fault(tmp_path: Path) -> None:
    for path in (tmp_path / "lost.jpg", tmp_path):
        with pytest.raises(CourseError, match="cannot be read"):
            check_photograph(path)


def test_a_decompression_bomb_is_the_courses_fault(tmp_path: Path) -> None:
    size = struct.pack(">II", 40_000, 40_000)
    header = png_chunk(b"IHDR", size + PLAIN_PNG[24:29])
    with pytest.raises(CourseError, match="exceeds limit"):
        read(tmp_path, PLAIN_PNG[:8] + header + PLAIN_PNG[33:])


@pytest.mark.parametrize(
    "name", ["baseline", "progressive", "CMYK", "RGB", "P with one clear colour"]
)
@given(data=st.data())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_a_course_error_or_an_image_that_can_be_decoded(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    content = bytearray((JPEGS | PNGS)[name])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CourseError):
        photograph = read(tmp_path, bytes(content[: data.draw(st.integers(0, len(content)))]))
        _, pixels = decoded(photograph.content)
        assert pixels.shape[:2] == (photograph.height, photograph.width)


@given(st.binary(max_size=200), st.sampled_from([JPEG_START, PLAIN_JPEG[:200], PLAIN_PNG[:60]]))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_is_a_course_error(tmp_path: Path, rubbish: bytes, beginning: bytes) -> None:
    with pytest.raises(CourseError):
        read(tmp_path, beginning + rubbish)
