"""The brushes: noise, smooth curves, antialiased shapes, layers and blur.

Pictures are (H, W, 3) float32 in [0, 1], coverages (H, W) float32 in [0, 1]. Points are (x, y) in
pixels, y down. Functions such as `sin` run in float64: their last bits differ between processors,
and in float64 that difference is too small to move a finished 8-bit pixel.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFilter

Field: TypeAlias = NDArray[np.float32]
Picture: TypeAlias = NDArray[np.float32]
Points: TypeAlias = NDArray[np.float64]
Shape: TypeAlias = tuple[int, int]
Colour: TypeAlias = NDArray[np.float32]

SUPERSAMPLING = 3


def colour(code: str) -> Colour:
    """An (3,) float32 colour in [0, 1] from a code such as "c08040"."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)], dtype=np.float32)


def mix(first: ArrayLike, second: ArrayLike, share: ArrayLike) -> NDArray[np.float32]:
    """`first` where `share` is 0, `second` where it is 1, and everything between."""
    start = np.asarray(first, dtype=np.float32)
    part = np.asarray(share, dtype=np.float32)
    mixed: NDArray[np.float32] = start + (np.asarray(second, dtype=np.float32) - start) * part
    return mixed


def ramp(values: Field, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, and a soft S-curve between (the usual "smoothstep")."""
    t: Field = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def cloud_noise(rng: Generator, shape: Shape, cell: tuple[float, float]) -> Field:
    """Smooth noise of mean about 0.5, whose lumps are `cell` = (height, width) pixels large."""
    height, width = shape
    rows = max(2, round(height / cell[0]) + 1)
    columns = max(2, round(width / cell[1]) + 1)
    grid = Image.fromarray(rng.random((rows, columns), dtype=np.float32))
    smooth = grid.resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth, dtype=np.float32), 0, 1)


def fractal_noise(
    rng: Generator, shape: Shape, cell: tuple[float, float], octaves: int = 4
) -> Field:
    """Noise with lumps of every size: each octave is half as large and half as strong."""
    total = np.zeros(shape, dtype=np.float32)
    weight, weights = 1.0, 0.0
    for octave in range(octaves):
        size = (max(1.0, cell[0] / 2**octave), max(1.0, cell[1] / 2**octave))
        total += np.float32(weight) * cloud_noise(rng, shape, size)
        weights += weight
        weight /= 2
    return total / np.float32(weights)


def smooth_curve(points: ArrayLike, *, closed: bool = False, steps: int = 12) -> Points:
    """A Catmull-Rom spline through (N, D) control points, `steps` samples per segment."""
    control = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([control[-1:], control, control[:2]])
    else:
        padded = np.concatenate([control[:1], control, control[-1:]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
            + 0.5 * (3 * b - a - 3 * c + d) * t**3
        )
    if not closed:
        pieces.append(control[-1:])
    return np.concatenate(pieces)


def filled(shape: Shape, outlines: Iterable[Points]) -> Field:
    """Antialiased coverage of the union of closed outlines."""
    shapes = list(outlines)
    corner, sheet = _sheet_around(shape, shapes, margin=1)
    draw = ImageDraw.Draw(sheet)
    for outline in shapes:
        draw.polygon(_enlarged(outline - corner), fill=255)
    return _reduced(sheet, shape, corner)


def stroked(shape: Shape, lines: Iterable[tuple[Points, float]]) -> Field:
    """Antialiased coverage of lines, each given with its width in pixels."""
    strokes = list(lines)
    margin = 2 + max(width for _, width in strokes)
    corner, sheet = _sheet_around(shape, [line for line, _ in strokes], margin)
    draw = ImageDraw.Draw(sheet)
    for line, width in strokes:
        thickness = max(1, round(width * SUPERSAMPLING))
        draw.line(_enlarged(line - corner), fill=255, width=thickness)
    return _reduced(sheet, shape, corner)


def disc(shape: Shape, centre: ArrayLike, radius: float) -> Field:
    """Antialiased coverage of a disc."""
    rows, columns = np.indices(shape, dtype=np.float32)
    x, y = np.asarray(centre, dtype=np.float32)
    distance = np.sqrt((columns - x) ** 2 + (rows - y) ** 2)
    cover: Field = np.clip(np.float32(radius) - distance + np.float32(0.5), 0, 1)
    return cover


def lay(picture: Picture, paint: ArrayLike, cover: Field) -> Picture:
    """`paint` (a colour or a picture) laid over `picture` where `cover` says."""
    part = extent(cover)
    over = paint[part] if isinstance(paint, np.ndarray) and paint.ndim == 3 else paint
    result = picture.copy()
    result[part] = mix(picture[part], over, cover[part][..., None])
    return result


def blurred(picture: Picture, radius: float) -> Picture:
    """A Gaussian blur of `radius` pixels (in 8 bits, as Pillow does it; grain hides the steps)."""
    if radius < 0.3:
        return picture
    soft = Image.fromarray(to_bytes(picture)).filter(ImageFilter.GaussianBlur(float(radius)))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)


def to_bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[0, 1] floats to 8 bits, rounded."""
    return np.asarray(np.clip(picture * 255 + 0.5, 0, 255), dtype=np.uint8)


def leaf_outline(tip: ArrayLike, base: ArrayLike, width: float) -> Points:
    """A pointed oval from `base` to `tip`, at most `width` pixels wide."""
    start, end = np.asarray(base, dtype=np.float64), np.asarray(tip, dtype=np.float64)
    along = end - start
    across = np.array([-along[1], along[0]]) / max(1e-6, float(np.hypot(*along))) * width / 2
    stations = ((0.0, 0.0), (0.2, 0.75), (0.45, 1.0), (0.75, 0.6), (1.0, 0.0))
    left = [start + along * s + across * w for s, w in stations]
    right = [start + along * s - across * w for s, w in stations[-2:0:-1]]
    return smooth_curve(np.array(left + right), closed=True, steps=4)


def _sheet_around(
    shape: Shape, lines: Sequence[Points], margin: float
) -> tuple[Points, Image.Image]:
    """A large sheet just big enough for the lines, and the pixel (x, y) of its corner."""
    points = np.concatenate(lines)
    low = np.clip(np.floor(points.min(axis=0) - margin), 0, [shape[1] - 1, shape[0] - 1])
    high = np.clip(np.ceil(points.max(axis=0) + margin) + 1, low + 1, [shape[1], shape[0]])
    width, height = (int(side) * SUPERSAMPLING for side in high - low)
    return low, Image.new("L", (width, height))


def _enlarged(points: Points) -> Sequence[tuple[float, float]]:
    # Pixel centres lie at whole numbers here, and at half ones on the large sheet.
    large = (np.asarray(points, dtype=np.float64) + 0.5) * SUPERSAMPLING - 0.5
    return [(float(x), float(y)) for x, y in large]


def _reduced(sheet: Image.Image, shape: Shape, corner: Points) -> Field:
    cover = np.zeros(shape, dtype=np.float32)
    part = np.asarray(sheet.reduce(SUPERSAMPLING), dtype=np.float32) / np.float32(255)
    left, top = (int(place) for place in corner)
    cover[top : top + part.shape[0], left : left + part.shape[1]] = part
    return cover


def extent(cover: Field) -> tuple[slice, slice]:
    """The rows and columns outside of which nothing is covered."""
    rows = np.flatnonzero(cover.any(axis=1))
    columns = np.flatnonzero(cover.any(axis=0))
    if len(rows) == 0:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
