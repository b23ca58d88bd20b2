"""Masks as grey levels."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from grader.datasets.truths import read_truth
from grader.errors import CourseError

LEVELS = np.array([[0, 51, 102], [153, 204, 255]], dtype=np.uint8)
GREY = Image.fromarray(LEVELS)


def saved(image: Image.Image, tmp_path: Path, **options: object) -> Path:
    path = tmp_path / "mask.png"
    image.save(path, **options)
    return path


def with_alpha(mode: str) -> Image.Image:
    image = GREY.convert(mode)
    image.putalpha(Image.fromarray(np.array([[0, 9, 255], [255, 9, 0]], dtype=np.uint8)))
    return image


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_a_grey_mask_is_read_as_it_is(tmp_path: Path, mode: str) -> None:
    truth = read_truth(saved(GREY.convert(mode), tmp_path))
    assert (truth.dtype, truth.shape) == (np.uint8, (2, 3))
    np.testing.assert_array_equal(truth, LEVELS)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_an_alpha_channel_says_nothing_about_the_object(tmp_path: Path, mode: str) -> None:
    np.testing.assert_array_equal(read_truth(saved(with_alpha(mode), tmp_path)), LEVELS)


def test_a_mask_of_one_bit_is_black_and_white(tmp_path: Path) -> None:
    bits = Image.fromarray(LEVELS > 127)
    assert bits.mode == "1"
    truth = read_truth(saved(bits, tmp_path))
    np.testing.assert_array_equal(truth, np.where(LEVELS > 127, 255, 0))


def palette_mask(colour: tuple[int, int, int]) -> Image.Image:
    image = Image.fromarray((LEVELS > 127).astype(np.uint8)).convert("L")
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([0, 0, 0, *colour])
    return image


@pytest.mark.parametrize("options", [{}, {"transparency": 0}, {"transparency": b"\x00\x80"}])
def test_a_palette_of_greys_is_looked_up(tmp_path: Path, options: dict[str, object]) -> None:
    path = saved(palette_mask((255, 255, 255)), tmp_path, **options)
    np.testing.assert_array_equal(read_truth(path), np.where(LEVELS > 127, 255, 0))


def test_a_palette_of_colours_is_refused_and_not_made_dark_grey(tmp_path: Path) -> None:
    """Masks of DAVIS are (128, 0, 0) on black: as grey that is 38, so every mask were empty."""
    with pytest.raises(CourseError, match="has colours"):
        read_truth(saved(palette_mask((128, 0, 0)), tmp_path))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_mask_with_colours_is_refused(tmp_path: Path, mode: str) -> None:
    image = GREY.convert(mode)
    image.putpixel((1, 1), (153, 153, 154))
    with pytest.raises(CourseError, match="has colours"):
        read_truth(saved(image, tmp_path))


def test_a_16_bit_mask_is_refused(tmp_path: Path) -> None:
    deep = Image.fromarray(LEVELS.astype(np.uint16) * 257)
    with pytest.raises(CourseError, match="8-bit grey is wanted"):
        read_truth(saved(deep, tmp_path))


def test_a_mask_that_is_no_image_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_text("mask")
    with pytest.raises(CourseError, match=r"mask\.png cannot be read"):
        read_truth(path)
    with pytest.raises(CourseError, match="cannot be read"):
        read_truth(tmp_path / "lost.png")
    with pytest.raises(CourseError, match="cannot be read"):
        read_truth(tmp_path)


def test_a_decompression_bomb_is_named(tmp_path: Path) -> None:
    content = saved(GREY, tmp_path).read_bytes()
    header = b"IHDR" + struct.pack(">II", 40_000, 40_000) + content[24:29]
    path = tmp_path / "bomb.png"
    path.write_bytes(content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:])
    with pytest.raises(CourseError, match="exceeds limit"):
        read_truth(path)


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_a_course_error_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(saved(palette_mask((255, 255, 255)), tmp_path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(CourseError):
        truth = read_truth(damaged)
        assert (truth.dtype, truth.ndim) == (np.uint8, 2)
