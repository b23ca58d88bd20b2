"""worst.png: the photographs with the worst answers, so that one sees what went wrong."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from grader.datasets.truths import read_truth
from grader.errors import CourseError
from grader.records import Exhibit
from grader.report.figures import cut
from grader.report.letters import in_ascii
from grader.report.sentences import note_sentence
from grader.report.writing import write_whole
from grader.text import clean

FILE_NAME = "worst.png"
MAX_ROWS = 8

Rgb = tuple[int, int, int]
Bools = npt.NDArray[np.bool_]

# Okabe and Ito's palette (2008): apart from each other for colour-blind readers, and in grey too.
CORRECT: Rgb = (0, 114, 178)
MISSED: Rgb = (240, 228, 66)
TOO_MUCH: Rgb = (213, 94, 0)

_TRUTH_LEVEL = 127
"""Above this grey level a pixel is drawn as object, whatever rule the score was made with."""

_PANEL = 240
_GAP = 12
_CAPTION = 24
_LEGEND = 64
_PAPER: Rgb = (255, 255, 255)
_INK: Rgb = (30, 30, 30)
_FAINT: Rgb = (110, 110, 110)
_TITLES = ("photograph", "ground truth", "prediction", "difference")
_LEGEND_ENTRIES = ((CORRECT, "correct"), (MISSED, "missed"), (TOO_MUCH, "too much"))
_WIDTH = len(_TITLES) * (_PANEL + _GAP) + _GAP
_CAPTION_LETTERS = 150


class _Views(NamedTuple):
    """One exhibit at the size of a panel: RGB photograph and two masks, bool (h, w)."""

    photo: Image.Image
    truth: Bools
    prediction: Bools | None


def draw_worst(exhibits: Sequence[Exhibit], path: Path) -> None:
    """Draw up to eight exhibits, one in a row: photograph, truth, prediction, difference.

    The truth is drawn at grey level > 127.

    Raises:
        CourseError: A photograph or a mask cannot be read.
        SystemFault: The picture cannot be written.
    """
    rows = [_row(exhibit) for exhibit in exhibits[:MAX_ROWS]]
    sheet = Image.new("RGB", (_WIDTH, _LEGEND + sum(row.height for row in rows)), _PAPER)
    _draw_legend(ImageDraw.Draw(sheet))
    top = _LEGEND
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    encoded = io.BytesIO()
    sheet.save(encoded, "PNG", compress_level=1)
    write_whole(path, encoded.getvalue())


def _draw_legend(pen: ImageDraw.ImageDraw) -> None:
    left = _GAP
    for colour, meaning in _LEGEND_ENTRIES:
        pen.rectangle((left, 12, left + 14, 26), fill=colour, outline=_FAINT)
        pen.text((left + 22, 11), meaning, fill=_INK, font=_font(14))
        left += 116
    for column, title in enumerate(_TITLES):
        pen.text((_left_of(column), _LEGEND - 24), title, fill=_FAINT, font=_font(13))


def _row(exhibit: Exhibit) -> Image.Image:
    views = _views(exhibit)
    row = Image.new("RGB", (_WIDTH, views.photo.height + _CAPTION + _GAP), _PAPER)
    for column, panel in enumerate(_panels(views)):
        row.paste(panel, (_left_of(column), 0))
    caption = (_GAP, views.photo.height + 5)
    ImageDraw.Draw(row).text(caption, _caption(exhibit), fill=_INK, font=_font(13))
    return row


def _left_of(column: int) -> int:
    return _GAP + column * (_PANEL + _GAP)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _caption(exhibit: Exhibit) -> str:
    score = exhibit.score
    words = [f"IoU {cut(score.iou, 4)}", exhibit.case.name]
    words += [note_sentence(note) for note in score.notes[:1]]
    caption = in_ascii(clean(" | ".join(words), limit=_CAPTION_LETTERS))
    while _font(13).getlength(caption) > _WIDTH - 2 * _GAP:
        caption = caption[:-4] + "..."
    return caption


# --- from files to panels -----------------------------------------------------------------------


def _views(exhibit: Exhibit) -> _Views:
    photo = _read_photo(exhibit.case.image)
    truth = read_truth(exhibit.case.truth) > _TRUTH_LEVEL
    size = _fitted(photo.width, photo.height)
    return _Views(
        photo=photo.resize(size, Image.Resampling.LANCZOS),
        truth=_shrunk(truth, size),
        prediction=None if exhibit.mask is None else _shrunk(exhibit.mask, size),
    )


def _read_photo(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            if image.mode in ("LA", "PA", "RGBA", "P"):
                return _on_paper(image.convert("RGBA"))
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise CourseError(f"The course's image {path} cannot be read ({error}).") from error


def _on_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", image.size, (*_PAPER, 255))
    return Image.alpha_composite(paper, image).convert("RGB")


def _fitted(width: int, height: int) -> tuple[int, int]:
    longest = max(width, height)
    return max(1, round(width * _PANEL / longest)), max(1, round(height * _PANEL / longest))


def _shrunk(mask: Bools, size: tuple[int, int]) -> Bools:
    levels = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(levels.resize(size, Image.Resampling.BOX)) > 127


def _panels(views: _Views) -> tuple[Image.Image, ...]:
    return (views.photo, _truth_panel(views), _prediction_panel(views), _difference_panel(views))


def _truth_panel(views: _Views) -> Image.Image:
    return _outlined(views.photo, views.truth, MISSED)


def _prediction_panel(views: _Views) -> Image.Image:
    if views.prediction is None:
        return _without_answer(views.photo)
    tinted = _tinted(views.photo, ((views.prediction, CORRECT),), strength=0.45)
    return _outlined(tinted, views.prediction, _PAPER)


def _difference_panel(views: _Views) -> Image.Image:
    truth = views.truth
    answer = np.zeros_like(truth) if views.prediction is None else views.prediction
    parts = ((truth & answer, CORRECT), (truth & ~answer, MISSED), (answer & ~truth, TOO_MUCH))
    return _tinted(_greyed(views.photo), parts, strength=0.8)


def _without_answer(photo: Image.Image) -> Image.Image:
    panel = _greyed(photo)
    middle = (panel.width / 2, panel.height / 2)
    ImageDraw.Draw(panel).text(
        middle, "no valid answer", fill=_INK, font=_font(15), anchor="mm",
        stroke_width=3, stroke_fill=_PAPER,
    )  # fmt: skip
    return panel


def _greyed(photo: Image.Image) -> Image.Image:
    """Make a pale grey copy, on which colours stand out."""
    grey = photo.convert("L").convert("RGB")
    return Image.blend(grey, Image.new("RGB", photo.size, _PAPER), 0.35)


def _tinted(
    photo: Image.Image, parts: Sequence[tuple[Bools, Rgb]], *, strength: float
) -> Image.Image:
    pixels = np.array(photo)
    for part, colour in parts:
        tint = strength * np.array(colour, dtype=np.float32)
        pixels[part] = ((1 - strength) * pixels[part] + tint).astype(np.uint8)
    return Image.fromarray(pixels)


def _outlined(photo: Image.Image, mask: Bools, colour: Rgb) -> Image.Image:
    """Draw the rim of ``mask``, two pixels wide with a dark line outside, on a copy."""
    inner = ~_grown(~mask, 2)
    outer = _grown(mask, 1)
    rims = ((outer & ~mask, _INK), (mask & ~inner, colour))
    return _tinted(photo, rims, strength=1.0)


def _grown(mask: Bools, reach: int) -> Bools:
    """The pixels at most ``reach`` rows and columns away from ``mask``."""
    grown = mask.copy()
    for shift in range(1, reach + 1):
        grown[shift:] |= mask[:-shift]
        grown[:-shift] |= mask[shift:]
    rows = grown.copy()
    for shift in range(1, reach + 1):
        grown[:, shift:] |= rows[:, :-shift]
        grown[:, :-shift] |= rows[:, shift:]
    return grown
