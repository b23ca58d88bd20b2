"""A contact sheet: many cases at one glance, each with the outline of its mask."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from grader.datasets.manifest import read_manifest

OUTLINE = (255, 40, 110)
PAPER = (24, 24, 26)
GAP = 4


def contact_sheet(
    split_folder: Path,
    target: Path,
    *,
    columns: int = 6,
    rows: int = 5,
    cell: tuple[int, int] = (216, 168),
    quality: int = 80,
) -> None:
    """Save a JPEG of `columns` x `rows` cases, spread evenly over a split's classes.

    Args:
        split_folder: A split with its manifest.
        target: Where the sheet goes.
        columns: Cases side by side.
        rows: Cases one below the other.
        cell: Width and height of one case's place, in pixels.
        quality: Of the JPEG, 1 to 95.
    """
    cases = read_manifest(split_folder / "manifest.json").cases
    wanted = min(len(cases), columns * rows)
    chosen = [cases[index * len(cases) // wanted] for index in range(wanted)]
    width, height = cell
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP), PAPER)
    for place, case in enumerate(chosen):
        photograph = outlined(split_folder / case.image, split_folder / case.truth)
        photograph.thumbnail(cell, Image.Resampling.LANCZOS)
        left = GAP + (place % columns) * (width + GAP) + (width - photograph.width) // 2
        top = GAP + (place // columns) * (height + GAP) + (height - photograph.height) // 2
        sheet.paste(photograph, (left, top))
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, quality=quality, optimize=True)


def outlined(image_path: Path, mask_path: Path) -> Image.Image:
    """The image with a line around what counts as bird (grey level > 127)."""
    with Image.open(image_path) as image:
        picture = np.array(image.convert("RGB"))
    with Image.open(mask_path) as mask:
        bird = mask.getchannel(0).point(lambda grey: 255 if grey > 127 else 0)
    wider = np.asarray(bird.filter(ImageFilter.MaxFilter(5)))
    picture[wider > np.asarray(bird)] = OUTLINE
    return Image.fromarray(picture)
