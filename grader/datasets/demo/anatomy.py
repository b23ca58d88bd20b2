"""Where the parts of one bird are: a skeleton in pixels from a build and a posture.

The trunk, the neck and the head are one chain of discs along a curve, as in a clay model on a
wire. Directions and lengths of the other parts hang on that curve.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.random import Generator

from grader.datasets.demo.canvas import Points, smooth_curve
from grader.datasets.demo.species import Build, Pose


@dataclass(frozen=True, slots=True)
class Posture:
    """Angles in degrees (counter-clockwise, the bird faces right) and the place in the picture."""

    pose: Pose
    centre: tuple[float, float]
    size: float
    pitch: float
    neck: float
    head: float
    tail: float
    wing: float
    sweep: float
    facing: int


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A bird's wire frame; points in pixels, y down, `unit` pixels per trunk length."""

    posture: Posture
    build: Build
    unit: float
    chain: Points
    """(N, 3): x, y and radius of the discs from the rump to the head."""
    head_start: float
    """Share of the chain at which the head begins."""

    def place(self, points: Points) -> Points:
        """Points of the bird's own frame (x forward, y up, trunk lengths) to pixels."""
        x, y = self.posture.centre
        local = np.atleast_2d(np.asarray(points, dtype=np.float64))
        return np.column_stack(
            [x + self.posture.facing * self.unit * local[:, 0], y - self.unit * local[:, 1]]
        )

    def from_trunk(self, points: Points) -> Points:
        """Points given along the trunk's axis, turned with it, to pixels."""
        return self.place(turned(points, self.posture.pitch))


def turned(points: Points, degrees: float) -> Points:
    """(N, 2) points turned counter-clockwise about the origin (y up)."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    local = np.atleast_2d(np.asarray(points, dtype=np.float64))
    return np.column_stack([local[:, 0] * c - local[:, 1] * s, local[:, 0] * s + local[:, 1] * c])


def choose_posture(rng: Generator, pose: Pose, centre: tuple[float, float], size: float) -> Posture:
    """Angles that suit the pose, a little different for every individual."""
    pitch, neck, head, tail = {
        "perched": (rng.uniform(12, 52), rng.uniform(45, 85), rng.uniform(-15, 20), -8.0),
        "standing": (rng.uniform(-12, 28), rng.uniform(40, 85), rng.uniform(-25, 12), 0.0),
        "clinging": (rng.uniform(68, 92), rng.uniform(70, 100), rng.uniform(0, 50), 6.0),
        "swimming": (rng.uniform(-3, 7), rng.uniform(65, 95), rng.uniform(-12, 12), 6.0),
        "flying": (rng.uniform(-15, 30), rng.uniform(0, 30), rng.uniform(-15, 12), 0.0),
    }[pose]
    if pose == "standing" and rng.random() < 0.2:
        pitch, neck, head = rng.uniform(-25, -8), rng.uniform(-35, 0), rng.uniform(-65, -35)
    return Posture(
        pose=pose,
        centre=centre,
        size=size,
        pitch=pitch,
        neck=neck + (pitch if pose == "flying" else 0.0),
        head=head + (pitch * 0.6 if pose == "flying" else 0.0),
        tail=tail + rng.uniform(-14, 14) + (rng.uniform(25, 70) if rng.random() < 0.15 else 0.0),
        wing=rng.uniform(-55, 75),
        sweep=rng.uniform(55, 100),
        facing=1 if rng.random() < 0.5 else -1,
    )


def build_skeleton(build: Build, posture: Posture) -> Skeleton:
    """The wire frame of one bird, its trunk's middle at the posture's centre."""
    unit = posture.size
    trunk = np.array([[-0.50, 0.03], [-0.33, 0.01], [-0.06, -0.01], [0.18, 0.02]])
    girths = np.array([0.08, 0.185, 0.275, 0.245]) * build.girth
    trunk = turned(trunk, posture.pitch)
    neck = _neck(build, posture, trunk[-1])
    count = len(neck)
    neck_radius = np.linspace(0.18 * build.girth, build.head * 0.85, count)
    if count > 2:
        neck_radius = np.linspace(0.13, 0.10, count) * build.slimness
    neck_radius[-1] = build.head
    frame = np.vstack([trunk, neck])
    radii = np.concatenate([girths, neck_radius])
    control = np.column_stack([frame, radii])
    curve = smooth_curve(control, steps=9)
    x, y = posture.centre
    chain = np.column_stack(
        [
            x + posture.facing * unit * curve[:, 0],
            y - unit * curve[:, 1],
            np.maximum(curve[:, 2], 0.03) * unit,
        ]
    )
    head_start = 1 - (0.75 if count == 2 else 0.6) / (len(control) - 1)
    return Skeleton(posture, build, unit, chain, head_start)


def _neck(build: Build, posture: Posture, shoulder: Points) -> Points:
    """Control points from behind the shoulder to the head's centre (the last one)."""
    direction = turned(np.array([[1.0, 0.0]]), posture.neck)[0]
    start = shoulder + turned(np.array([[0.10, 0.07]]), posture.pitch)[0]
    head = start + direction * build.neck
    if build.neck < 0.4:
        return np.array([start, head])
    sideways = np.array([-direction[1], direction[0]])
    bend = 0.13 * build.neck * (0.5 if posture.pose == "flying" else 1.0)
    return np.array(
        [
            start,
            start + direction * build.neck * 0.30 - sideways * bend,
            start + direction * build.neck * 0.72 + sideways * bend,
            head,
        ]
    )


def room_for(skeleton: Skeleton) -> tuple[float, float, float, float]:
    """How far the bird reaches from its centre, in pixels: left, up, right, down."""
    build, unit = skeleton.build, skeleton.unit
    beak = around_head(skeleton, np.array([[1.1 + build.beak / build.head, 0.0], [-1.0, 2.2]]))
    tail_angle = 180 + skeleton.posture.pitch + skeleton.posture.tail
    tail = skeleton.from_trunk(np.array([[-0.46, 0.03]])) + (
        turned(np.array([[build.tail * (1 + build.fork * 0.3), 0.0]]), tail_angle)
        * [skeleton.posture.facing * unit, -unit]
    )
    folded = skeleton.from_trunk(np.array([[-0.9, 0.0]]))
    radius = skeleton.chain[:, 2:]
    points = np.vstack([skeleton.chain[:, :2] - radius, skeleton.chain[:, :2] + radius])
    points = np.vstack([points, beak, tail, folded])
    left, top = skeleton.posture.centre - points.min(axis=0) + 0.16 * unit
    right, bottom = points.max(axis=0) - skeleton.posture.centre + 0.16 * unit
    if skeleton.posture.pose == "flying":
        wing = unit * (0.95 * build.wingspan + build.wing_width + 0.1)
        return max(left, wing), max(top, wing), max(right, wing), max(bottom, wing)
    legs = unit * (0.25 * build.girth + build.leg + 0.1)
    return float(left), float(top), float(right), float(max(bottom, legs))


def head_frame(skeleton: Skeleton) -> tuple[Points, float, float]:
    """The head's centre (2,), its radius in pixels, and the beak's direction in degrees."""
    return skeleton.chain[-1, :2], float(skeleton.chain[-1, 2]), skeleton.posture.head


def around_head(skeleton: Skeleton, points: Points) -> Points:
    """Points in head radii about the head (x along the beak, y to the crown) to pixels."""
    centre, radius, angle = head_frame(skeleton)
    local = turned(points, angle) * radius
    return np.column_stack(
        [centre[0] + skeleton.posture.facing * local[:, 0], centre[1] - local[:, 1]]
    )
