from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.errors import CourseError, SystemFault
from grader.records import Case, Exhibit
from grader.report.letters import in_ascii
from grader.report.pictures import CORRECT, MAX_ROWS, MISSED, TOO_MUCH, draw_worst
from tests.unit.test_report_samples import WRONG_SIZE, case_score

SIDE = 120


def exhibit(
    folder: Path,
    *,
    mode: str = "RGB",
    name: str = "class/bird",
    size: tuple[int, int] = (SIDE, SIDE),
    is_answered: bool = True,
) -> Exhibit:
    """A grey photograph; the truth is its left half, the answer its middle half."""
    width, height = size
    suffix = "png" if "A" in mode or mode == "P" else "jpg"
    image, truth = folder / f"image.{suffix}", folder / "truth.png"
    Image.new("RGB", size, (128, 128, 128)).convert(mode).save(image)
    levels = np.zeros((height, width), dtype=np.uint8)
    levels[:, : width // 2] = 255
    Image.fromarray(levels).save(truth)
    mask = np.zeros((height, width), dtype=bool)
    mask[:, width // 4 : 3 * width // 4] = True
    score = case_score(name, Fraction(1, 3), () if is_answered else [WRONG_SIZE])
    return Exhibit(Case(name, image, truth, 1, 1, "", ""), score, mask if is_answered else None)


def nearest(pixel: tuple[int, ...]) -> str:
    colours = {"correct": CORRECT, "missed": MISSED, "too much": TOO_MUCH, "none": (172,) * 3}
    return min(colours, key=lambda it: sum(abs(a - b) for a, b in zip(colours[it], pixel)))  # noqa: B905


def difference_at(path: Path, across: float) -> str:
    """What the difference panel of the first row shows, ``across`` of its width from the left."""
    sheet = Image.open(path).convert("RGB")
    left = 12 + 3 * 252
    pixel = sheet.getpixel((round(left + across * 240), 64 + 100))
    assert isinstance(pixel, tuple)
    return nearest(pixel)


def test_the_difference_shows_correct_missed_and_too_much(tmp_path: Path) -> None:
    path = tmp_path / "worst.png"
    draw_worst([exhibit(tmp_path)], path)
    shown = [difference_at(path, across) for across in (0.125, 0.375, 0.625, 0.875)]
    assert shown == ["missed", "correct", "too much", "none"]


def test_without_an_answer_everything_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "worst.png"
    draw_worst([exhibit(tmp_path, is_answered=False)], path)
    shown = [difference_at(path, across) for across in (0.125, 0.375, 0.625)]
    assert shown == ["missed", "missed", "none"]


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "RGB", "CMYK"])
def test_photographs_of_every_mode_can_be_drawn(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "worst.png"
    draw_worst([exhibit(tmp_path, mode=mode)], path)
    assert difference_at(path, 0.375) == "correct"


@pytest.mark.parametrize("size", [(300, 2), (2, 300), (1, 1), (500, 333)])
def test_photographs_of_every_shape_can_be_drawn(tmp_path: Path, size: tuple[int, int]) -> None:
    draw_worst([exhibit(tmp_path, size=size)], tmp_path / "worst.png")
    assert Image.open(tmp_path / "worst.png").width == 1020


def test_no_more_than_eight_rows_are_drawn(tmp_path: Path) -> None:
    one = exhibit(tmp_path)
    draw_worst([one] * MAX_ROWS, tmp_path / "eight.png")
    draw_worst([one] * 20, tmp_path / "twenty.png")
    sizes = [Image.open(tmp_path / name).size for name in ("eight.png", "twenty.png")]
    assert sizes[0] == sizes[1]


def test_names_in_other_letters_are_drawn_like_their_latin_form(tmp_path: Path) -> None:
    draw_worst([exhibit(tmp_path, name="Щегол/Ёж")], tmp_path / "cyrillic.png")
    draw_worst([exhibit(tmp_path, name="Shchegol/Ezh")], tmp_path / "latin.png")
    assert (tmp_path / "cyrillic.png").read_bytes() == (tmp_path / "latin.png").read_bytes()


def test_a_very_long_name_stays_inside_the_sheet(tmp_path: Path) -> None:
    draw_worst([exhibit(tmp_path, name="W" * 500)], tmp_path / "worst.png")
    sheet = np.asarray(Image.open(tmp_path / "worst.png").convert("L"))
    assert sheet[-30:, -10:].min() == 255


def test_the_same_exhibits_make_the_same_bytes(tmp_path: Path) -> None:
    draw_worst([exhibit(tmp_path)], tmp_path / "a.png")
    draw_worst([exhibit(tmp_path)], tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_photograph_that_cannot_be_read_is_the_fault_of_the_course(tmp_path: Path) -> None:
    broken = exhibit(tmp_path)
    broken.case.image.write_bytes(b"no photograph")
    with pytest.raises(CourseError, match=r"image\.jpg cannot be read"):
        draw_worst([broken], tmp_path / "worst.png")


def test_a_picture_that_cannot_be_written_is_the_fault_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(SystemFault, match="could not be written"):
        draw_worst([exhibit(tmp_path)], tmp_path / "truth.png" / "worst.png")


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Чайка ЁЖ", "Chaika EZh"),
        ("Größe Ærø", "Grosse Aero"),
        ("café…", "cafe..."),
        ("鳥\n\x1b", "???"),
        ("plain_name/01", "plain_name/01"),
    ],
)
def test_letters_that_the_font_lacks_are_written_in_ascii(name: str, latin: str) -> None:
    assert in_ascii(name) == latin
