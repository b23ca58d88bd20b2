"""What is behind the bird: leaves, meadow, reeds, bark, forest floor, shore, water, sky."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from grader.datasets.demo.canvas import (
    Colour,
    Picture,
    Shape,
    blurred,
    cloud_noise,
    colour,
    fractal_noise,
    mix,
    ramp,
)
from grader.datasets.demo.plumage import Light
from grader.datasets.demo.props import add_lump, pick, scatter_blades, scatter_leaves
from grader.datasets.demo.species import Habitat

_BASES: dict[Habitat, tuple[str, ...]] = {
    "foliage": ("2e4a1e", "4e6e2c", "7e9444", "1c2c16", "a0ac60"),
    "meadow": ("7c8838", "a8a058", "c4b478", "5c6c2c", "8a7a48"),
    "reeds": ("a89058", "c8b27c", "7c7440", "5a5a34", "d8c89c"),
    "bark": ("5a4a3c", "7c6a58", "3c3028", "98887a", "6a6050"),
    "ground": ("7a6248", "9c8260", "584430", "b89c74", "6a5c48"),
    "shore": ("b8a482", "94846c", "d0c0a0", "7c7468", "a89a8c"),
    "lake": ("4c6474", "7c929c", "364a56", "a0b0b4", "5c6c64"),
    "sky": ("8cb0d0", "b8cede", "dce4e8", "6a94c0", "c4ccd0"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every painter of a background gets: the sheet, the colours and the light."""

    shape: Shape
    colours: Sequence[Colour]
    bird_colours: Sequence[Colour]
    light: Light


def surrounding_colours(
    rng: Generator, habitat: Habitat, bird_colours: Sequence[Colour], likeness: float
) -> list[Colour]:
    """The habitat's own colours, each moved towards a colour of the bird by up to `likeness`."""
    shift = rng.normal(0, 0.03, 3).astype(np.float32)
    season = colour("a88c58") if rng.random() < 0.3 else None
    colours = []
    for code in _BASES[habitat]:
        tone = colour(code) + shift
        if season is not None and habitat in ("foliage", "meadow", "reeds"):
            tone = mix(tone, season, 0.5)
        tone = mix(tone, pick(rng, bird_colours), rng.uniform(0, 1) * likeness)
        colours.append(np.clip(tone, 0.02, 0.98).astype(np.float32))
    return colours


def paint_scenery(rng: Generator, habitat: Habitat, around: Surroundings) -> Picture:
    """The background of a habitat, (H, W, 3), sharp where its own painter left it sharp."""
    return _PAINTERS[habitat](rng, around)


def _base(rng: Generator, around: Surroundings, cell: float) -> Picture:
    first = fractal_noise(rng, around.shape, (cell, cell))
    second = fractal_noise(rng, around.shape, (cell * 0.6, cell * 0.6))
    low, middle, high = around.colours[3], around.colours[0], around.colours[1]
    picture = mix(low, middle, ramp(first, 0.3, 0.55)[..., None])
    return mix(picture, high, ramp(second, 0.52, 0.75)[..., None])


def _foliage(rng: Generator, around: Surroundings) -> Picture:
    height, width = around.shape
    everywhere = (0.0, 0.0, float(width), float(height))
    picture = blurred(_base(rng, around, 70), 6)
    mixed = [*around.colours, *around.bird_colours[:3]]
    for count, length, softness in (
        (50, 0.16, 5.0),
        (60, 0.11, 2.5),
        (int(rng.integers(5, 60)), 0.1, 0.8),
    ):
        picture = scatter_leaves(
            rng, picture, mixed, count=count, length=length * width, box=everywhere
        )
        picture = blurred(picture, softness * rng.uniform(0.6, 1.4))
    return _bokeh(rng, picture, around)


def _bokeh(rng: Generator, picture: Picture, around: Surroundings) -> Picture:
    glow = cloud_noise(rng, around.shape, (rng.uniform(14, 40), rng.uniform(14, 40)))
    spots = ramp(glow, 0.80, 0.9) * np.float32(rng.uniform(0, 0.5))
    return mix(picture, around.colours[4], spots[..., None])


def _meadow(rng: Generator, around: Surroundings) -> Picture:
    height, width = around.shape
    picture = blurred(_base(rng, around, 90), 8)
    box = (-10.0, height * 0.5, width + 10.0, height * 1.4)
    for count, softness in ((120, 4.0), (90, 1.6), (int(rng.integers(10, 80)), 0.5)):
        picture = scatter_blades(
            rng, picture, around.colours, count=count, length=height * 0.6, box=box
        )
        picture = blurred(picture, softness * rng.uniform(0.6, 1.4))
    blooms = [*around.bird_colours, around.colours[4]]
    count = int(rng.integers(4, 26))
    return scatter_leaves(
        rng, picture, blooms, count=count, length=width * 0.035, box=(0, 0, width, height)
    )


def _reeds(rng: Generator, around: Surroundings) -> Picture:
    height, width = around.shape
    picture = blurred(_base(rng, around, 120), 10)
    box = (-10.0, height * 0.8, width + 10.0, height * 1.5)
    for count, softness in ((50, 5.0), (35, 2.0), (int(rng.integers(6, 30)), 0.6)):
        picture = scatter_blades(
            rng, picture, around.colours, count=count, length=height * 1.3, box=box
        )
        picture = blurred(picture, softness * rng.uniform(0.6, 1.4))
    return picture


def _bark(rng: Generator, around: Surroundings) -> Picture:
    ridges = fractal_noise(rng, around.shape, (90, 12), octaves=4)
    plates = fractal_noise(rng, around.shape, (30, 22), octaves=3)
    furrow = ramp(np.abs(ridges - np.float32(0.5)), 0.0, 0.09)
    picture = mix(around.colours[0], around.colours[3], ramp(plates, 0.4, 0.65)[..., None])
    picture = mix(picture, around.colours[1], ramp(ridges, 0.5, 0.7)[..., None])
    lichen = ramp(fractal_noise(rng, around.shape, (40, 40)), 0.58, 0.66)
    picture = mix(picture, pick(rng, around.bird_colours), (lichen * np.float32(0.6))[..., None])
    return picture * (np.float32(0.45) + np.float32(0.6) * furrow)[..., None]


def _ground(rng: Generator, around: Surroundings) -> Picture:
    height, width = around.shape
    picture = _base(rng, around, 26)
    picture = picture * (
        np.float32(0.75) + np.float32(0.5) * rng.random(around.shape, dtype=np.float32)[..., None]
    )
    mixed = [*around.colours, *around.bird_colours]
    picture = scatter_leaves(
        rng,
        picture,
        mixed,
        count=int(rng.integers(15, 130)),
        length=width * 0.07,
        box=(0, 0, width, height),
    )
    picture = _stones(rng, picture, around, int(rng.integers(0, 14)), 0.05)
    return _far_haze(rng, picture, around)


def _stones(
    rng: Generator, picture: Picture, around: Surroundings, count: int, size: float
) -> Picture:
    height, width = around.shape
    for _ in range(count):
        tones = (pick(rng, around.colours), pick(rng, [*around.colours, *around.bird_colours]))
        radius = width * size * rng.uniform(0.3, 1.5)
        centre = (rng.uniform(0, width), rng.uniform(height * 0.2, height))
        picture = add_lump(
            rng, picture, tones, centre, (radius * 1.3, radius * rng.uniform(0.6, 1)), around.light
        )
    return picture


def _far_haze(rng: Generator, picture: Picture, around: Surroundings) -> Picture:
    """Blur that grows towards the top of the picture, as it does in a photograph from low down."""
    height = around.shape[0]
    horizon = rng.uniform(0.15, 0.7) * height
    rows = np.indices(around.shape, dtype=np.float32)[0]
    soft, softer = blurred(picture, 2.5), blurred(picture, 7)
    picture = mix(picture, soft, ramp(-rows, -horizon - height * 0.12, -horizon)[..., None])
    return mix(picture, softer, ramp(-rows, -horizon, -horizon + height * 0.15)[..., None])


def _shore(rng: Generator, around: Surroundings) -> Picture:
    height = around.shape[0]
    sand = _base(rng, around, 60)
    sand = sand * (
        np.float32(0.86) + np.float32(0.28) * rng.random(around.shape, dtype=np.float32)[..., None]
    )
    sand = _stones(rng, sand, around, int(rng.integers(4, 34)), 0.035)
    water = _ripples(rng, around, surrounding_colours(rng, "lake", around.bird_colours, 0.4))
    rows = np.indices(around.shape, dtype=np.float32)[0]
    edge = height * rng.uniform(0.1, 0.75)
    tide = rows + (cloud_noise(rng, around.shape, (60, 90)) - np.float32(0.5)) * np.float32(50)
    picture = mix(water, sand, ramp(tide, edge - 4, edge + 4)[..., None])
    return _far_haze(rng, picture, around)


def _ripples(rng: Generator, around: Surroundings, colours: Sequence[Colour]) -> Picture:
    height, width = around.shape
    rows = np.indices(around.shape, dtype=np.float32)[0] / np.float32(height)
    swell = fractal_noise(rng, around.shape, (rng.uniform(8, 16), rng.uniform(50, 130)), octaves=3)
    fine = fractal_noise(rng, around.shape, (3, 26), octaves=2)
    mirror = cloud_noise(rng, around.shape, (height * 0.5, width * 0.3))
    picture = mix(
        colours[0], colours[1], ramp(rows + mirror - np.float32(0.5), 0.1, 0.9)[..., None]
    )
    picture = mix(picture, colours[2], ramp(swell, 0.48, 0.66)[..., None])
    glint = ramp(swell + fine, 1.12, 1.3) * np.float32(rng.uniform(0.3, 1))
    return mix(picture, colours[3], glint[..., None])


def _lake(rng: Generator, around: Surroundings) -> Picture:
    height, width = around.shape
    picture = _ripples(rng, around, around.colours)
    shadows = cloud_noise(rng, around.shape, (height * 0.2, width * 0.16))
    strength = np.float32(rng.uniform(0.2, 0.8))
    reflected = ramp(shadows, 0.55, 0.8) * strength
    picture = mix(picture, pick(rng, around.bird_colours), reflected[..., None])
    if rng.random() < 0.45:
        pads = [*around.bird_colours, colour("5a6a34")]
        picture = scatter_leaves(
            rng,
            picture,
            pads,
            count=int(rng.integers(3, 22)),
            length=width * 0.06,
            box=(0, 0, width, height),
        )
    return _far_haze(rng, picture, around)


def _sky(rng: Generator, around: Surroundings) -> Picture:
    height, width = around.shape
    rows = np.indices(around.shape, dtype=np.float32)[0] / np.float32(height)
    picture = mix(around.colours[3], around.colours[1], rows[..., None])
    puff = fractal_noise(rng, around.shape, (height * 0.4, width * 0.35), octaves=5)
    cloud = ramp(puff, rng.uniform(0.42, 0.55), 0.72)
    picture = mix(picture, around.colours[2], cloud[..., None])
    grey = ramp(fractal_noise(rng, around.shape, (height * 0.3, width * 0.3)), 0.5, 0.75)
    picture = mix(picture, pick(rng, around.bird_colours), (grey * np.float32(0.75))[..., None])
    if rng.random() < 0.6:
        hills = surrounding_colours(rng, "foliage", around.bird_colours, 0.7)
        crowns = cloud_noise(rng, around.shape, (height, 40)) * np.float32(0.35)
        skyline = ramp(rows + crowns, 1.0, 1.03)
        woods = mix(hills[0], hills[3], fractal_noise(rng, around.shape, (16, 16))[..., None])
        picture = mix(picture, woods, skyline[..., None])
    return blurred(picture, rng.uniform(0.5, 4))


_PAINTERS: dict[Habitat, Callable[[Generator, Surroundings], Picture]] = {
    "foliage": _foliage,
    "meadow": _meadow,
    "reeds": _reeds,
    "bark": _bark,
    "ground": _ground,
    "shore": _shore,
    "lake": _lake,
    "sky": _sky,
}
