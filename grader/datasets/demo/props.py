"""Things that are not birds: leaves, blades, twigs, stones, cones and soft blobs.

Many of them borrow a colour from the bird in the picture, so that colour alone finds no bird.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from grader.datasets.demo.canvas import (
    Colour,
    Field,
    Picture,
    Points,
    Shape,
    cloud_noise,
    filled,
    lay,
    leaf_outline,
    mix,
    ramp,
    smooth_curve,
    stroked,
    to_bytes,
)
from grader.datasets.demo.plumage import Light

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Front:
    """Something in the focus plane or before it: colours (H, W, 3) and coverage (H, W)."""

    paint: Picture
    cover: Field


def pick(rng: Generator, colours: Sequence[Colour]) -> Colour:
    """One of the colours, a little lighter or darker."""
    chosen = colours[int(rng.integers(len(colours)))]
    return np.asarray(np.clip(chosen * np.float32(rng.uniform(0.72, 1.25)), 0, 1))


def scatter_leaves(
    rng: Generator,
    picture: Picture,
    colours: Sequence[Colour],
    *,
    count: int,
    length: float,
    box: Box,
) -> Picture:
    """Flat leaves of about `length` pixels, each with a lighter half and a midrib."""
    sheet, draw = _open(picture)
    for _ in range(count):
        base = np.array([rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])])
        angle, size = rng.uniform(0, 2 * np.pi), length * rng.uniform(0.5, 1.5)
        tip = base + size * np.array([np.cos(angle), np.sin(angle)])
        outline = leaf_outline(tip, base, size * rng.uniform(0.3, 0.6))
        tone = pick(rng, colours)
        draw.polygon(_doubled(outline), fill=_ink(tone))
        draw.polygon(_doubled(outline[: len(outline) // 2]), fill=_ink(tone * np.float32(1.18)))
        draw.line(_doubled(np.array([base, tip])), fill=_ink(tone * np.float32(0.75)), width=1)
    return _close(sheet)


def scatter_blades(
    rng: Generator,
    picture: Picture,
    colours: Sequence[Colour],
    *,
    count: int,
    length: float,
    box: Box,
) -> Picture:
    """Grass or reed blades that grow up from somewhere in the box."""
    sheet, draw = _open(picture)
    for _ in range(count):
        root = np.array([rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])])
        size, lean = length * rng.uniform(0.5, 1.3), rng.normal(0, 0.22)
        middle = root + [size * lean * 0.4, -size * 0.6]
        tip = root + [size * lean * 1.4, -size]
        half = max(0.5, size * rng.uniform(0.008, 0.022))
        left = smooth_curve(np.array([root - [half, 0], middle - [half, 0], tip]), steps=5)
        right = smooth_curve(np.array([root + [half, 0], middle + [half, 0], tip]), steps=5)
        outline = np.concatenate([left, right[::-1]])
        draw.polygon(_doubled(outline), fill=_ink(pick(rng, colours)))
    return _close(sheet)


def add_lump(
    rng: Generator,
    picture: Picture,
    tones: tuple[Colour, Colour],
    centre: tuple[float, float],
    radii: tuple[float, float],
    light: Light,
) -> Picture:
    """A shaded, mottled oval: a stone, a cone, a gall or a knot, as round as a bird's trunk."""
    height, width = picture.shape[:2]
    reach = max(radii) + 2
    top, bottom = max(0, int(centre[1] - reach)), min(height, int(centre[1] + reach) + 1)
    left, right = max(0, int(centre[0] - reach)), min(width, int(centre[0] + reach) + 1)
    if bottom - top < 4 or right - left < 4:
        return picture
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
    turn = rng.uniform(0, np.pi)
    c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    x, y = columns - np.float32(centre[0]), rows - np.float32(centre[1])
    along = (x * c + y * s) / np.float32(radii[0])
    across = (y * c - x * s) / np.float32(radii[1])
    mottle = cloud_noise(rng, x.shape, (max(2.0, radii[1] / 3), max(2.0, radii[1] / 3)))
    inside = 1 - along**2 - across**2 + (mottle - np.float32(0.5)) * np.float32(0.35)
    cover = np.clip(inside * np.float32(min(radii) / 2) + np.float32(0.5), 0, 1)
    if rng.random() < 0.4:
        # The scales of a cone: two sets of waves that cross.
        waves = float(rng.uniform(8, 13))
        one = np.sin((along + across).astype(np.float64) * waves)
        other = np.sin((along - across).astype(np.float64) * waves)
        scales = ramp((one * other).astype(np.float32), -0.3, 0.5)
        mottle = mottle * np.float32(0.5) + scales * np.float32(0.5)
    lit = np.clip(
        np.float32(0.75) + x / reach * light.direction[0] + y / reach * light.direction[1], 0.3, 1.5
    )
    paint = mix(tones[0], tones[1], mottle[..., None]) * lit[..., None] * np.float32(0.9)
    result = picture.copy()
    result[top:bottom, left:right] = lay(picture[top:bottom, left:right], paint, cover)
    return result


def twig(
    rng: Generator, shape: Shape, bones: Points, widths: tuple[float, float], bark: Colour
) -> Front:
    """A branch along `bones`, thick at the start and thin at the end, lit from above."""
    line = smooth_curve(bones, steps=14)
    share = np.linspace(0, 1, len(line))
    half = (widths[0] + (widths[1] - widths[0]) * share) / 2
    knots = 1 + 0.28 * np.interp(share, np.linspace(0, 1, 12), rng.random(12))
    half = half * knots
    direction = np.gradient(line, axis=0)
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    normal /= np.maximum(1e-6, np.hypot(normal[:, 0], normal[:, 1]))[:, None]
    upward = np.where(normal[:, 1:] > 0, -normal, normal)
    outline = np.concatenate([line + normal * half[:, None], (line - normal * half[:, None])[::-1]])
    cover = filled(shape, [outline])
    grain = cloud_noise(rng, shape, (3, 9)) * np.float32(0.5) + np.float32(0.72)
    paint = bark * grain[..., None]
    dark = stroked(shape, [(line - upward * half[:, None] * 0.6, float(half.mean()) * 0.9)])
    bright = stroked(shape, [(line + upward * half[:, None] * 0.45, float(half.mean()) * 0.7)])
    paint = mix(paint, paint * np.float32(0.6), dark[..., None])
    paint = mix(paint, np.clip(paint * np.float32(1.3), 0, 1), bright[..., None])
    return Front(paint, cover)


def spray(
    rng: Generator, shape: Shape, bones: Points, length: float, colours: Sequence[Colour]
) -> Front:
    """Leaves growing on both sides of a line."""
    line = smooth_curve(bones, steps=6)
    paint = np.zeros((*shape, 3), dtype=np.float32)
    cover = np.zeros(shape, dtype=np.float32)
    step = line[-1] - line[0]
    heading = float(np.arctan2(step[1], step[0]))
    for index in range(0, len(line), 2):
        side = 1 if (index // 2) % 2 else -1
        angle = heading + side * rng.uniform(0.4, 1.1)
        size = length * rng.uniform(0.6, 1.2)
        tip = line[index] + size * np.array([np.cos(angle), np.sin(angle)])
        leaf = filled(shape, [leaf_outline(tip, line[index], size * rng.uniform(0.3, 0.48))])
        rib = stroked(shape, [(np.array([line[index], tip]), max(0.7, size * 0.03))])
        tone = pick(rng, colours)
        paint = lay(paint, tone, (leaf > 0).astype(np.float32))
        paint = lay(paint, tone * np.float32(1.25), rib * leaf)
        cover = np.maximum(cover, leaf)
    return Front(paint, cover)


def blades_in_front(
    rng: Generator, shape: Shape, box: Box, count: int, length: float, colours: Sequence[Colour]
) -> Front:
    """A few grass blades between the bird and the camera."""
    lines = []
    for _ in range(count):
        root = np.array([rng.uniform(box[0], box[2]), box[3]])
        size, lean = length * rng.uniform(0.6, 1.3), rng.normal(0, 0.25)
        bend = np.array(
            [root, root + [size * lean * 0.3, -size * 0.6], root + [size * lean, -size]]
        )
        lines.append((smooth_curve(bend, steps=5), max(1.2, size * rng.uniform(0.012, 0.03))))
    cover = stroked(shape, lines)
    tone = mix(pick(rng, colours), pick(rng, colours), cloud_noise(rng, shape, (40, 8))[..., None])
    return Front(tone, cover)


def _open(picture: Picture) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    height, width = picture.shape[:2]
    small = Image.fromarray(to_bytes(picture))
    sheet = small.resize((width * 2, height * 2), Image.Resampling.NEAREST)
    return sheet, ImageDraw.Draw(sheet)


def _close(sheet: Image.Image) -> Picture:
    return np.asarray(sheet.reduce(2), dtype=np.float32) / np.float32(255)


def _doubled(points: Points) -> list[tuple[float, float]]:
    return [(float(x) * 2, float(y) * 2) for x, y in points]


def _ink(tone: Colour) -> tuple[int, int, int]:
    red, green, blue = to_bytes(tone)
    return int(red), int(green), int(blue)
