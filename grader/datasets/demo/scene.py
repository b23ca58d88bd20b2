"""One whole picture before the camera: a place, its clutter, the bird, what hides part of it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from grader.datasets.demo.anatomy import Posture, build_skeleton, choose_posture, room_for
from grader.datasets.demo.bird import Bird, draw_bird
from grader.datasets.demo.canvas import (
    Field,
    Picture,
    Points,
    Shape,
    blurred,
    cloud_noise,
    colour,
    lay,
    mix,
    ramp,
)
from grader.datasets.demo.plumage import Coat, Light
from grader.datasets.demo.props import (
    Front,
    add_lump,
    blades_in_front,
    pick,
    scatter_leaves,
    spray,
    twig,
)
from grader.datasets.demo.scenery import Surroundings, paint_scenery, surrounding_colours
from grader.datasets.demo.species import Build, Habitat, Pose, Species

_HABITATS_OF_A_POSE: dict[Pose, tuple[Habitat, ...]] = {
    "perched": ("foliage", "meadow", "reeds", "bark", "lake", "sky"),
    "standing": ("ground", "shore", "meadow", "lake", "reeds"),
    "clinging": ("bark",),
    "swimming": ("lake",),
    "flying": ("sky", "lake", "foliage", "meadow"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture (H, W, 3) and how much of every pixel shows the bird (H, W)."""

    picture: Picture
    visible: Field


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the steps of one composition share."""

    species: Species
    pose: Pose
    habitat: Habitat
    coat: Coat
    light: Light
    around: Surroundings

    @property
    def shape(self) -> Shape:
        return self.around.shape


def compose(rng: Generator, species: Species, shape: Shape) -> Scene:
    """A bird of the species in a place it likes."""
    stage = _set_stage(rng, species, shape)
    bird = _place_bird(rng, stage)
    picture = _background(rng, stage, bird)
    picture = _support(rng, picture, stage, bird)
    visible = bird.cover
    if stage.pose == "swimming":
        picture, visible = _float(rng, picture, stage, bird)
    else:
        picture = lay(picture, bird.picture, bird.cover)
    for front in _fronts(rng, stage, bird):
        picture = lay(picture, front.paint, front.cover)
        visible = visible * (1 - front.cover)
    return Scene(_dappled(rng, picture, stage), visible)


def _set_stage(rng: Generator, species: Species, shape: Shape) -> _Stage:
    pose = species.poses[int(rng.integers(len(species.poses)))]
    possible = _HABITATS_OF_A_POSE[pose]
    liked = [habitat for habitat in species.habitats if habitat in possible] or list(possible)
    habitat = liked[int(rng.integers(len(liked)))]
    coat = Coat(rng, species.plumage)
    direction = np.array([rng.uniform(-0.7, 0.7), rng.uniform(-1.0, -0.5), rng.uniform(0.3, 0.9)])
    direction /= np.sqrt((direction**2).sum())
    contrast = rng.uniform(0.25, 0.8)
    x, y, z = (float(part) for part in direction)
    light = Light((x, y, z), 1.0 - contrast * 0.72, contrast)
    likeness = rng.uniform(0.0, 0.5)
    colours = surrounding_colours(rng, habitat, coat.everyday(), likeness)
    around = Surroundings(shape, colours, coat.everyday(), light)
    return _Stage(species, pose, habitat, coat, light, around)


@dataclass(frozen=True, slots=True)
class _PlacedBird:
    """The bird on the picture's own sheet."""

    picture: Picture
    cover: Field
    unit: float
    left: int
    top: int
    right: int
    bottom: int
    feet: tuple[float, float]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def _place_bird(rng: Generator, stage: _Stage) -> _PlacedBird:
    """Draw the bird on a sheet of its own, and put that where the whole bird (mostly) fits."""
    height, width = stage.shape
    build = stage.species.build
    length = 0.9 + build.tail * 0.8 + build.neck * 0.6 + build.beak
    tall = build.leg + build.neck + 0.6 if stage.pose == "standing" else 0.8
    if stage.pose == "flying":
        length, tall = max(length, 1.5), build.wingspan + 0.6
    elif stage.pose == "clinging":
        length, tall = 0.8, length
    share = 0.68 + 0.42 * rng.beta(1.8, 1.6)
    unit = share * min(width / length, height / tall)
    posture = choose_posture(rng, stage.pose, (0.0, 0.0), unit)
    posture = _fitting(build, posture, stage.shape)
    unit = posture.size
    before, above, after, below = room_for(build_skeleton(build, posture))
    posture = replace(posture, centre=(before, above))
    sheet_shape = (int(above + below) + 2, int(before + after) + 2)
    drawn = draw_bird(rng, build, stage.coat, posture, stage.light, sheet_shape)
    rows = np.flatnonzero((drawn.cover > 0.5).any(axis=1))
    columns = np.flatnonzero((drawn.cover > 0.5).any(axis=0))
    left = _offset(rng, int(columns[0]), int(columns[-1]), width)
    top = _offset(rng, int(rows[0]), int(rows[-1]), height)
    sheet, cover = _moved(drawn, stage.shape, left, top)
    return _PlacedBird(
        picture=sheet,
        cover=cover,
        unit=unit,
        left=max(0, int(columns[0]) + left),
        top=max(0, int(rows[0]) + top),
        right=min(width, int(columns[-1]) + left + 1),
        bottom=min(height, int(rows[-1]) + top + 1),
        feet=(before + left, drawn.ground + top),
    )


def _fitting(build: Build, posture: Posture, shape: Shape) -> Posture:
    """The posture made smaller where the bird would lose its head at the picture's edge.

    Only wings may be cut: the room for those is a circle that they seldom fill.
    """
    if posture.pose == "flying":
        return posture
    before, above, after, below = room_for(build_skeleton(build, posture))
    scale = min(1.0, 1.1 * shape[0] / (above + below), 1.1 * shape[1] / (before + after))
    return replace(posture, size=posture.size * scale)


def _offset(rng: Generator, first: int, last: int, room: int) -> int:
    """Where the sheet starts so that [first, last] of it lies inside `room`, or is centred."""
    margin = 4
    lowest, highest = margin - first, room - margin - last
    if highest <= lowest:
        return (room - first - last) // 2
    return int(rng.integers(lowest, highest + 1))


def _moved(drawn: Bird, shape: Shape, left: int, top: int) -> tuple[Picture, Field]:
    """The bird's sheet cut out of, or pasted into, a sheet of `shape`."""
    height, width = shape
    own_height, own_width = drawn.cover.shape
    sheet = np.zeros((*shape, 3), dtype=np.float32)
    cover = np.zeros(shape, dtype=np.float32)
    y0, y1 = max(0, top), min(height, top + own_height)
    x0, x1 = max(0, left), min(width, left + own_width)
    sheet[y0:y1, x0:x1] = drawn.picture[y0 - top : y1 - top, x0 - left : x1 - left]
    cover[y0:y1, x0:x1] = drawn.cover[y0 - top : y1 - top, x0 - left : x1 - left]
    return sheet, cover


def _background(rng: Generator, stage: _Stage, bird: _PlacedBird) -> Picture:
    """The place with its decoys, out of focus by a random amount."""
    picture = paint_scenery(rng, stage.habitat, stage.around)
    soft = int(rng.integers(0, 5))
    picture = _decoys(rng, picture, stage, bird, soft, below=stage.pose in ("standing", "swimming"))
    if stage.habitat == "sky":
        picture = blurred(picture, rng.uniform(3, 9))
    if stage.pose in ("perched", "flying"):
        picture = blurred(picture, rng.choice([0.5, 1.5, 3.0, 5.0]) * rng.uniform(0.6, 1.3))
    elif stage.pose == "standing":
        picture = blurred(picture, rng.uniform(0, 1.0))
    sharp = int(rng.integers(0, 3))
    on_the_ground = stage.pose in ("standing", "swimming")
    return _decoys(rng, picture, stage, bird, sharp, lumps=on_the_ground, below=on_the_ground)


def _decoys(
    rng: Generator,
    picture: Picture,
    stage: _Stage,
    bird: _PlacedBird,
    count: int,
    *,
    lumps: bool = True,
    below: bool = False,
) -> Picture:
    """Lumps and leaves in the bird's own colours, of about its size.

    With `below` they lie no higher than the bird's feet and a little, as things on the ground do.
    """
    height, width = stage.shape
    highest = min(height * 0.8, max(0.0, bird.feet[1] - bird.unit * 0.5)) if below else 0.0
    for _ in range(count):
        tones = (pick(rng, stage.around.bird_colours), pick(rng, stage.around.colours))
        radius = bird.unit * rng.uniform(0.1, 0.32)
        centre = (rng.uniform(0, width), rng.uniform(highest, height))
        radii = (radius * rng.uniform(1.0, 1.9), radius)
        if lumps and rng.random() < 0.7:
            picture = add_lump(rng, picture, tones, centre, radii, stage.light)
        if rng.random() < 0.7:
            reach = bird.unit * 0.4
            box = (centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
            picture = scatter_leaves(
                rng,
                picture,
                [*stage.around.bird_colours, *stage.around.colours],
                count=int(rng.integers(2, 6)),
                length=bird.unit * rng.uniform(0.25, 0.55),
                box=box,
            )
    return picture


def _support(rng: Generator, picture: Picture, stage: _Stage, bird: _PlacedBird) -> Picture:
    """What the bird sits or stands on: a branch through its feet, or a shadow under them."""
    if stage.pose == "perched":
        branch = twig(
            rng, stage.shape, _perch(rng, stage, bird), _perch_widths(rng, bird), _bark(rng, stage)
        )
        return lay(picture, branch.paint, branch.cover)
    if stage.pose == "standing":
        rows, columns = np.indices(stage.shape, dtype=np.float32)
        x = (columns - np.float32(bird.feet[0])) / np.float32(bird.unit * 0.55)
        y = (rows - np.float32(bird.feet[1])) / np.float32(bird.unit * 0.09)
        depth = np.float32(rng.uniform(0.2, 0.65))
        shadow = ramp(np.float32(1.3) - x * x - y * y, 0.0, 1.3) * depth
        return mix(picture, picture * np.float32(0.3), shadow[..., None])
    return picture


def _perch(rng: Generator, stage: _Stage, bird: _PlacedBird) -> Points:
    width = stage.shape[1]
    x, y = bird.feet
    y += bird.unit * 0.045
    slope = rng.normal(0, 0.28)
    bend = rng.normal(0, 0.05, 2) * width
    return np.array(
        [
            [-20.0, y + slope * (x + 20) + bend[0]],
            [x - bird.unit * 0.5, y + slope * bird.unit * 0.5],
            [x + bird.unit * 0.4, y - slope * bird.unit * 0.4],
            [width + 20.0, y - slope * (width + 20 - x) + bend[1]],
        ]
    )


def _perch_widths(rng: Generator, bird: _PlacedBird) -> tuple[float, float]:
    widths = bird.unit * rng.uniform(0.05, 0.2, 2)
    return float(max(2.5, widths[0])), float(max(2.0, widths[1]))


def _bark(rng: Generator, stage: _Stage) -> Picture:
    wood = colour(("6a5644", "8c7a66", "4c4038", "7a7264")[int(rng.integers(4))])
    return mix(wood, pick(rng, stage.around.bird_colours), rng.uniform(0, 0.7))


def _float(
    rng: Generator, picture: Picture, stage: _Stage, bird: _PlacedBird
) -> tuple[Picture, Field]:
    """The bird on the water: cut at the waterline, with a broken reflection below."""
    height = stage.shape[0]
    rows, columns = np.indices(stage.shape, dtype=np.float32)
    line = min(height - 6.0, bird.feet[1] - bird.unit * rng.uniform(0.06, 0.16))
    wave = np.sin(columns.astype(np.float64) / rng.uniform(4, 12) + rng.uniform(0, 6)) * 1.1
    above = np.clip(np.float32(line) - rows + wave.astype(np.float32), 0, 1)
    visible = bird.cover * above
    mirrored = np.clip(2 * line - rows, 0, height - 1).astype(np.int32)
    jitter = (
        (cloud_noise(rng, stage.shape, (3, 40)) - np.float32(0.5)) * (rows - line) * np.float32(0.5)
    )
    across = np.clip(columns + jitter, 0, stage.shape[1] - 1).astype(np.int32)
    strength = (1 - above) * bird.cover[mirrored, across] * np.float32(rng.uniform(0.2, 0.75))
    reflection = blurred(bird.picture[mirrored, across] * np.float32(0.8), 1.2)
    picture = lay(picture, reflection, strength)
    return lay(picture, bird.picture, visible), visible


def _fronts(rng: Generator, stage: _Stage, bird: _PlacedBird) -> list[Front]:
    """What stands between the bird and the camera; most pictures have something."""
    fronts: list[Front] = []
    colours = [*stage.around.colours, *stage.around.bird_colours]
    height, width = stage.shape
    if stage.pose in ("perched", "clinging") or (stage.pose == "flying" and rng.random() < 0.15):
        for _ in range(int(rng.integers(0, 3))):
            bones = _crossing(rng, stage, bird)
            thick = max(1.5, bird.unit * rng.uniform(0.015, 0.06))
            fronts.append(twig(rng, stage.shape, bones, (thick, thick * 0.5), _bark(rng, stage)))
            if rng.random() < 0.65:
                fronts.append(
                    spray(rng, stage.shape, bones, bird.unit * rng.uniform(0.1, 0.3), colours)
                )
    elif stage.pose == "standing" and rng.random() < 0.65:
        box = (float(bird.left), 0.0, float(bird.right), min(height + 20.0, bird.feet[1] + 12))
        fronts.append(
            blades_in_front(
                rng, stage.shape, box, int(rng.integers(3, 16)), bird.unit * 0.6, colours
            )
        )
    elif stage.pose == "swimming" and rng.random() < 0.5:
        box = (0.0, 0.0, float(width), height + 10.0)
        fronts.append(
            blades_in_front(rng, stage.shape, box, int(rng.integers(2, 9)), height * 0.6, colours)
        )
    if fronts and rng.random() < 0.3:
        fronts = [_defocused(front, rng.uniform(0.6, 2.5)) for front in fronts]
    return fronts


def _crossing(rng: Generator, stage: _Stage, bird: _PlacedBird) -> Points:
    """A line across the picture that passes over or near the bird."""
    height, width = stage.shape
    x, y = bird.middle
    through = np.array([x + rng.normal(0, 0.35) * bird.unit, y + rng.normal(0, 0.35) * bird.unit])
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * max(height, width)
    bend = rng.normal(0, 0.12, 2) * bird.unit
    ends = rng.uniform(0.1, 0.8, 2)
    return np.array([through - reach * ends[0], through + bend, through + reach * ends[1]])


def _defocused(front: Front, radius: float) -> Front:
    cover = blurred(np.repeat(front.cover[..., None], 3, axis=2), radius)[..., 0]
    return Front(front.paint, cover)


def _dappled(rng: Generator, picture: Picture, stage: _Stage) -> Picture:
    """Sun through leaves, or a cloud's edge: soft patches of light and shade over everything."""
    height, width = stage.shape
    cell = rng.uniform(0.08, 0.4) if stage.habitat in ("foliage", "bark", "ground") else 0.6
    patches = cloud_noise(rng, stage.shape, (height * cell, width * cell))
    strength = np.float32(rng.uniform(0.0, 0.45))
    return picture * (1 + strength * (ramp(patches, 0.3, 0.7)[..., None] - np.float32(0.6)))
