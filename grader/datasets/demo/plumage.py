"""The trunk, the neck and the head: their round form, their colours and their markings."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator

from grader.datasets.demo.anatomy import Skeleton, head_frame
from grader.datasets.demo.canvas import (
    Colour,
    Field,
    Picture,
    Shape,
    cloud_noise,
    colour,
    mix,
    ramp,
)
from grader.datasets.demo.species import Marking, Plumage


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp at infinity: a unit vector (x right, y down, z to the viewer) and its strength."""

    direction: tuple[float, float, float]
    ambient: float
    diffuse: float


@dataclass(frozen=True, slots=True)
class Form:
    """The clay model seen by the viewer; every field is (H, W) float32."""

    cover: Field
    height: Field
    along: Field
    """0 at the rump, 1 at the top of the head."""
    across: Field
    """-1 at the belly's edge, 1 at the back's edge."""


class Coat:
    """One individual's colours, by the names of `Plumage`; those left empty there are absent."""

    def __init__(self, rng: Generator, plumage: Plumage) -> None:
        self.plumage = plumage
        warmth = rng.normal(0, 0.022, 3).astype(np.float32)
        brightness = np.float32(rng.uniform(0.82, 1.14))
        dullness = rng.uniform(0.2, 0.6) if rng.random() < 0.35 else rng.uniform(0, 0.15)
        dull = colour("94826a")
        self._colours: dict[str, Colour] = {}
        for field in fields(plumage):
            code = getattr(plumage, field.name)
            if code and not field.name.endswith("_marking"):
                tinted = mix(colour(code), dull, dullness) * brightness + warmth
                self._colours[field.name] = np.clip(tinted, 0.03, 0.97).astype(np.float32)
        self._colours["eye"] = colour(plumage.eye)

    def __getitem__(self, name: str) -> Colour:
        return self._colours[name]

    def __contains__(self, name: str) -> bool:
        return name in self._colours

    def everyday(self) -> list[Colour]:
        """The colours that cover most of the bird: what its surroundings may share."""
        return [self[name] for name in ("back", "belly", "breast", "wing", "throat", "tail")]


def model_form(skeleton: Skeleton, shape: Shape) -> Form:
    """The union of balls along the chain: a pixel belongs to the ball that bulges most there."""
    rows, columns = np.indices(shape, dtype=np.float32)
    chain = skeleton.chain.astype(np.float32)
    bulge = np.full(shape, -np.inf, dtype=np.float32)
    nearest = np.zeros(shape, dtype=np.int16)
    for index, (x, y, radius) in enumerate(chain):
        here = radius * radius - (columns - x) ** 2 - (rows - y) ** 2
        better = here > bulge
        bulge[better] = here[better]
        nearest[better] = index
    steps = np.diff(chain[:, :2], axis=0, append=chain[-1:, :2] * 2 - chain[-2:-1, :2])
    lengths = np.sqrt((steps**2).sum(axis=1)) + np.float32(1e-6)
    tangent = (steps / lengths[:, None])[nearest]
    radius = chain[:, 2][nearest]
    to_x, to_y = columns - chain[:, 0][nearest], rows - chain[:, 1][nearest]
    inside_step = (to_x * tangent[..., 0] + to_y * tangent[..., 1]) / np.maximum(radius, 1)
    facing = np.float32(skeleton.posture.facing)
    across = facing * (to_x * tangent[..., 1] - to_y * tangent[..., 0]) / np.maximum(radius, 1)
    last = np.float32(len(chain) - 1)
    return Form(
        cover=np.clip(bulge / (2 * radius) + np.float32(0.5), 0, 1),
        height=np.sqrt(np.maximum(bulge, 0)),
        along=(nearest + np.clip(inside_step, -1, 1)).astype(np.float32) / last,
        across=np.clip(across, -1.2, 1.2).astype(np.float32),
    )


def shading(form: Form, light: Light) -> Field:
    """Lambert's law on the form, with the light from the surroundings added."""
    slope_y, slope_x = np.gradient(form.height)
    roundness = np.float32(1.25)
    norm = np.sqrt(slope_x**2 + slope_y**2 + roundness**2)
    x, y, z = (np.float32(part) for part in light.direction)
    lit = np.maximum(0, (-slope_x * x - slope_y * y + roundness * z) / norm)
    shade: Field = (np.float32(light.ambient) + np.float32(light.diffuse) * lit).astype(np.float32)
    return shade


def paint_body(rng: Generator, coat: Coat, skeleton: Skeleton, form: Form) -> Picture:
    """Colours of trunk, neck and head, before light falls on them."""
    border = skeleton.head_start
    wobble = (cloud_noise(rng, form.cover.shape, (9, 9)) - np.float32(0.5)) * np.float32(0.5)
    across, along = form.across + wobble * np.float32(0.6), form.along + wobble * np.float32(0.08)
    picture = mix(coat["belly"], coat["back"], ramp(across, -0.15, 0.35)[..., None])
    breast = ramp(along, border * 0.50, border * 0.72) * ramp(-across, -0.4, 0.1)
    picture = mix(picture, coat["breast"], breast[..., None])
    plumage = coat.plumage
    front = (breast + ramp(-across, -0.1, 0.3)).clip(0, 1)
    if plumage.breast_marking:
        ink = _marking(rng, plumage.breast_marking, form) * front
        picture = mix(picture, coat["ink"], (ink * np.float32(0.75))[..., None])
    if plumage.back_marking:
        ink = _marking(rng, plumage.back_marking, form) * ramp(across, 0.0, 0.3)
        picture = mix(picture, coat["ink"], (ink * np.float32(0.65))[..., None])
    head = ramp(along, border - 0.05, border + 0.03)
    picture = mix(picture, _paint_head(coat, skeleton, wobble), head[..., None])
    if "collar" in coat:
        ring = ramp(along, border - 0.10, border - 0.06) * (1 - head)
        picture = mix(picture, coat["collar"], ring[..., None])
    return picture * _down(rng, form, skeleton)[..., None]


def _paint_head(coat: Coat, skeleton: Skeleton, wobble: Field) -> Picture:
    x, y = _head_coordinates(skeleton, wobble.shape)
    y = y + wobble * np.float32(0.25)
    picture = mix(coat["face"], coat["crown"], ramp(y, 0.28, 0.5)[..., None])
    throat = ramp(-y, 0.15, 0.45) * ramp(x, -0.5, 0.0)
    picture = mix(picture, coat["throat"], throat[..., None])
    if "eye_stripe" in coat:
        stripe = ramp(np.float32(0.17) - np.abs(y - np.float32(0.16)), 0.0, 0.08)
        picture = mix(picture, coat["eye_stripe"], stripe[..., None])
    return picture


def _head_coordinates(skeleton: Skeleton, shape: tuple[int, ...]) -> tuple[Field, Field]:
    """Every pixel in head radii: x along the beak, y to the crown."""
    centre, radius, angle = head_frame(skeleton)
    rows, columns = np.indices(shape, dtype=np.float32)
    x = skeleton.posture.facing * (columns - np.float32(centre[0])) / np.float32(radius)
    y = (np.float32(centre[1]) - rows) / np.float32(radius)
    c, s = np.float32(np.cos(np.radians(angle))), np.float32(np.sin(np.radians(angle)))
    return x * c + y * s, y * c - x * s


def _down(rng: Generator, form: Form, skeleton: Skeleton) -> Field:
    """Fine feather texture, drawn out along the body; about 1 on average."""
    unit = max(1.0, skeleton.unit)
    texture = rng.random((48, 120), dtype=np.float32)
    row = ((form.across + 1.3) * 16).astype(np.int32) % 48
    column = (form.along * np.float32(min(60.0, unit * 0.45))).astype(np.int32) % 120
    return np.float32(0.88) + np.float32(0.24) * texture[row, column]


def _marking(rng: Generator, kind: Marking, form: Form) -> Field:
    """Where the ink of a marking lies, (H, W) in [0, 1], in the body's own coordinates."""
    rows = form.along.astype(np.float64) * rng.uniform(24, 32)
    columns = form.across.astype(np.float64) * rng.uniform(5, 7)
    wave = np.sin(rows * 1.6) * 0.35
    if kind == "bars":
        level = np.sin(rows * 2 * np.pi / 2.1 + np.cos(columns * 1.7) * 0.8)
        return ramp(level.astype(np.float32), 0.1, 0.5)
    if kind == "streaks":
        level = np.sin(columns * 4 + wave * 3) * np.sin(rows * 1.3 + np.floor(columns) * 2.1)
        return ramp(level.astype(np.float32), 0.25, 0.6)
    shifted = np.sin(rows * 2.6 + np.pi * np.floor(columns * 0.9))
    level = shifted * np.sin(columns * 0.9 * 2 * np.pi)
    if kind == "scales":
        level = np.abs(level) * 1.2 - 0.25
    return ramp(level.astype(np.float32), 0.3, 0.6)
