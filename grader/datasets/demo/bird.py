"""One bird, all its layers in order, in a window of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from grader.datasets.demo.anatomy import Posture, build_skeleton
from grader.datasets.demo.canvas import Field, Picture, Shape
from grader.datasets.demo.limbs import (
    Layers,
    add_beak,
    add_crest,
    add_eye,
    add_folded_wing,
    add_legs,
    add_spread_wing,
    add_tail,
)
from grader.datasets.demo.plumage import Coat, Light, model_form, paint_body, shading
from grader.datasets.demo.species import Build


@dataclass(frozen=True, slots=True)
class Bird:
    """A finished bird: colours (H, W, 3), coverage (H, W), and where its feet stand (y)."""

    picture: Picture
    cover: Field
    ground: float


def leg_length(build: Build, pose: str) -> float:
    """How far the feet are below the trunk's middle, in trunk lengths."""
    visible = {"perched": 0.35, "clinging": 0.0, "standing": 1.0}.get(pose, 0.0)
    return 0.17 * build.girth + build.leg * visible


def draw_bird(
    rng: Generator, build: Build, coat: Coat, posture: Posture, light: Light, shape: Shape
) -> Bird:
    """The bird on a sheet of `shape`, standing (or flying) at the posture's centre."""
    skeleton = build_skeleton(build, posture)
    form = model_form(skeleton, shape)
    shade = shading(form, light)
    layers = Layers(
        np.broadcast_to(coat["back"], (*shape, 3)).astype(np.float32),
        np.zeros(shape, dtype=np.float32),
    )
    ground = posture.centre[1] + leg_length(build, posture.pose) * skeleton.unit
    flying = posture.pose == "flying"
    if flying:
        add_spread_wing(rng, layers, coat, skeleton, near=False)
    add_tail(rng, layers, coat, skeleton)
    if posture.pose in ("perched", "standing"):
        add_legs(rng, layers, coat, skeleton, ground)
    add_crest(rng, layers, coat, skeleton)
    add_beak(rng, layers, coat, skeleton)
    layers.add(paint_body(rng, coat, skeleton, form) * shade[..., None], form.cover)
    if flying:
        add_spread_wing(rng, layers, coat, skeleton, near=True)
    else:
        add_folded_wing(rng, layers, coat, skeleton, _wing_shade(shade, form.cover, light))
    add_eye(layers, coat, skeleton)
    return Bird(layers.picture, layers.cover, ground)


def _wing_shade(shade: Field, cover: Field, light: Light) -> Field:
    """The body's light where the wing lies on it, an average one where it sticks out."""
    flat = np.float32(light.ambient + 0.6 * light.diffuse)
    return (shade * np.float32(0.8) + np.float32(0.2) * flat) * cover + flat * (1 - cover)
