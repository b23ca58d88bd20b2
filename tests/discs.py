"""A small world: four pictures of a white disc, with a marker in everything that is secret."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

MARKER = "ground-truth-marker"
_SIZES = {
    "a.wide": (60, 80, "RGB"),
    "b.tall": (80, 60, "RGB"),
    "c.grey": (64, 64, "L"),
    "d.long": (48, 120, "RGB"),
}


def draw_discs(folder: Path) -> Path:
    """Four images of a disc (one of them grey), whose brightness is the answer."""
    for name, (height, width, mode) in _SIZES.items():
        _draw(folder, name, height, width, mode)
    (folder / "note.txt").write_text(MARKER)
    return folder


def _draw(folder: Path, name: str, height: int, width: int, mode: str) -> None:
    rows, columns = np.mgrid[:height, :width]
    radius = 0.4 * min(height, width)
    disc = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < radius**2
    levels = Image.fromarray(disc.astype(np.uint8) * 255)
    image = folder / "images" / "disc" / f"{name}.jpg"
    truth = folder / "gt" / "disc" / f"{name}.png"
    for path in (image, truth):
        path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x010E] = MARKER
    levels.convert(mode).save(image, quality=95, exif=exif)
    marked = PngImagePlugin.PngInfo()
    marked.add_text("Comment", MARKER)
    levels.save(truth, pnginfo=marked)
