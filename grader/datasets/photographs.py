"""Photographs on their way into a box: the pixels, and nothing that tells which one it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from grader.errors import CourseError
from grader.records import Case

_JPEG_START = b"\xff\xd8"
_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA
_JPEG_KEPT = frozenset(
    {0xC0, 0xC1, 0xC2, 0xC4, 0xC9, 0xCA, 0xCC, 0xDB, 0xDC, 0xDD}  # frame headers and tables
)
# A marker with a segment behind it: no stuffed byte, no restart within a scan, no fill byte.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")

# JFIF and Adobe say how colours are stored. They are written anew: theirs can hold a thumbnail.
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


class Photograph(NamedTuple):
    """An image as a box gets it.

    Attributes:
        content: The encoded image without metadata; the compressed pixels are untouched.
        suffix: ``.jpg`` or ``.png``, what the content really is.
        height: In pixels.
        width: In pixels.
    """

    content: bytes
    suffix: str
    height: int
    width: int


def read_photograph(case: Case) -> Photograph:
    """Read a case's image and strip its metadata (EXIF, comments, times, colour profiles).

    The pixels are not decoded: `check_photograph` did that when the split was sealed or listed.

    Raises:
        CourseError: The file is missing, damaged, or neither JPEG nor PNG. That is our fault, so
            it must end the grading and never cost a student an image.
    """
    return Photograph(*_read_stripped(case.image), case.height, case.width)


def check_photograph(path: Path) -> Photograph:
    """Read an image as `read_photograph` does, and decode once what a box will get.

    Raises:
        CourseError: As there, or the pixels cannot be decoded to their end.
    """
    content, suffix = _read_stripped(path)
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            image.load()
            width, height = image.size
    except Exception as error:  # the parsers of Pillow raise whatever a damaged file leads to
        raise _unreadable(path, error) from error
    return Photograph(content, suffix, height, width)


def _read_stripped(path: Path) -> tuple[bytes, str]:
    try:
        return _strip(path.read_bytes())
    except (OSError, ValueError, IndexError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> CourseError:
    return CourseError(
        f"The course's image {path} cannot be read ({error}). Restore it; nobody can be graded on"
        " this split before."
    )


def _strip(content: bytes) -> tuple[bytes, str]:
    if content.startswith(_JPEG_START):
        return b"".join(_kept_jpeg_parts(content)), ".jpg"
    if content.startswith(_PNG_START):
        return b"".join(_kept_png_parts(content)), ".png"
    raise ValueError("it is neither JPEG nor PNG")


def _kept_jpeg_parts(content: bytes) -> Iterator[bytes]:
    yield _JPEG_START
    for marker, segment in _jpeg_segments(content):
        if marker in _JPEG_KEPT or marker in (_JPEG_SCAN, _JPEG_END):
            yield segment
        elif marker == 0xE0 and segment.startswith(b"JFIF\0", 4) and len(segment) >= len(_JFIF):
            yield _JFIF
        elif marker == 0xEE and segment.startswith(b"Adobe", 4) and len(segment) > len(_ADOBE):
            yield _ADOBE + segment[len(_ADOBE) : len(_ADOBE) + 1]  # the colour transform


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Segments of a JPEG stream (ITU-T T.81, annex B), each with its marker's second byte.

    A scan is one segment with its compressed data. What follows the end is no part of the image.
    """
    position = len(_JPEG_START)
    while found := _JPEG_MARKER.search(content, position):
        start, marker = found.start(), content[found.start() + 1]
        if marker == _JPEG_END:
            yield marker, content[start : start + 2]
            return
        position = start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")
        if marker == _JPEG_SCAN:
            following = _JPEG_MARKER.search(content, position)
            position = following.start() if following else len(content)
        yield marker, content[start:position]
    raise ValueError("the JPEG stream has no end")


def _kept_png_parts(content: bytes) -> Iterator[bytes]:
    """Chunks of a PNG stream (ISO/IEC 15948) that make its pixels."""
    yield _PNG_START
    position = len(_PNG_START)
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        end = position + 12 + length
        if kind in _PNG_KEPT:
            yield content[position:end]
        if kind == b"IEND":
            return
        position = end
    raise ValueError("the PNG stream has no end")
