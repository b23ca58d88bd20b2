"""Tail, wings, legs, beak, crest and eye: outlines and lines hung on the skeleton."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from grader.datasets.demo.anatomy import Skeleton, around_head, head_frame, turned
from grader.datasets.demo.canvas import (
    Colour,
    Field,
    Picture,
    Points,
    Shape,
    colour,
    disc,
    extent,
    filled,
    lay,
    mix,
    smooth_curve,
    stroked,
)
from grader.datasets.demo.plumage import Coat

FLIGHT_FEATHERS = 17
_BLACK, _WHITE = colour("080808"), colour("ffffff")


@dataclass(slots=True)
class Layers:
    """The bird so far: its colours (H, W, 3) and how much of every pixel it covers (H, W)."""

    picture: Picture
    cover: Field

    def add(self, paint: Colour | Picture, cover: Field) -> None:
        """One more layer on top."""
        self.picture = lay(self.picture, paint, cover)
        part = extent(cover)
        self.cover[part] = 1 - (1 - self.cover[part]) * (1 - cover[part])

    @property
    def shape(self) -> Shape:
        """Height and width of the sheet."""
        return (self.cover.shape[0], self.cover.shape[1])


def add_tail(rng: Generator, layers: Layers, coat: Coat, skeleton: Skeleton) -> None:
    """A fan of feathers from the rump; a fork makes the outer ones longer."""
    build, posture = skeleton.build, skeleton.posture
    feathers = 7
    spread = rng.uniform(3, 9) * (2.4 if posture.pose == "flying" else 1.0)
    spread *= build.tail_width / 0.15
    root = turned(np.array([[-0.46, 0.03]]), posture.pitch)[0]
    for rank in sorted(range(feathers), key=lambda r: -abs(r - 3)):
        side = (rank - 3) / 3
        length = build.tail * (1 - 0.10 * abs(side) + build.fork * (abs(side) - 0.6) * 0.7)
        direction = 180 + posture.pitch + posture.tail + side * spread
        feather = turned(_feather(max(0.12, length), build.tail_width * 0.42), direction)
        feather = feather + turned(np.array([[0, side * build.tail_width * 0.18]]), posture.pitch)
        tone = np.float32(0.80 + 0.30 * ((rank * 37) % 7) / 7)
        layers.add(coat["tail"] * tone, filled(layers.shape, [skeleton.place(feather + root)]))


def _feather(length: float, width: float) -> Points:
    half = width / 2
    return smooth_curve(
        np.array(
            [
                [0.0, half * 0.5],
                [length * 0.5, half],
                [length * 0.93, half * 0.85],
                [length, 0.0],
                [length * 0.93, -half * 0.85],
                [length * 0.5, -half],
                [0.0, -half * 0.5],
            ]
        ),
        closed=True,
        steps=4,
    )


_WING_OUTLINE = np.array(
    [
        [0.23, 0.13],
        [0.05, 0.19],
        [-0.22, 0.17],
        [-0.50, 0.09],
        [-0.80, 0.02],
        [-0.55, -0.02],
        [-0.28, -0.10],
        [0.02, -0.13],
        [0.19, -0.03],
    ]
)


def add_folded_wing(
    rng: Generator, layers: Layers, coat: Coat, skeleton: Skeleton, shade: Field
) -> None:
    """The near wing at rest on the flank: coverts, bars, and the long primaries behind."""
    girth = skeleton.build.girth
    outline = _WING_OUTLINE * [rng.uniform(0.92, 1.08), girth * rng.uniform(0.85, 1.1)]
    cover = filled(layers.shape, [skeleton.from_trunk(smooth_curve(outline, closed=True))])
    under = filled(
        layers.shape,
        [skeleton.from_trunk(smooth_curve(outline * [1, 1.08] - [0.01, 0.03], closed=True))],
    )
    layers.picture = mix(layers.picture, layers.picture * np.float32(0.6), under[..., None])
    rows, columns = np.indices(layers.shape, dtype=np.float32)
    root = skeleton.from_trunk(np.array([[0.2, 0.1], [-0.75, 0.0]]))
    axis = (root[1] - root[0]) / (np.hypot(*(root[1] - root[0])) ** 2)
    along = (columns - np.float32(root[0, 0])) * np.float32(axis[0])
    along += (rows - np.float32(root[0, 1])) * np.float32(axis[1])
    blend = np.clip(along * np.float32(1.6) - np.float32(0.5), 0, 1)
    paint = mix(coat["wing"], coat["wing_tip"], blend[..., None])
    scales = np.sin(along.astype(np.float64) * 46) * 0.5 + 0.5
    paint = paint * (1 - np.float32(0.22) * scales.astype(np.float32) * (1 - blend))[..., None]
    paint = paint * shade[..., None]
    layers.add(paint, cover)
    edge = mix(coat["wing"], np.ones(3), 0.35)
    quills = [
        (skeleton.from_trunk(_quill(rank, girth)), max(0.6, skeleton.unit * 0.008))
        for rank in range(7)
    ]
    layers.add(edge * shade[..., None], stroked(layers.shape, quills) * cover * np.float32(0.7))
    if "wing_bar" in coat:
        spots = [
            (skeleton.from_trunk(spot), skeleton.unit * rng.uniform(0.018, 0.032))
            for at in (0.05, -0.13)
            for spot in _wing_bar(at, girth)
        ]
        bar = stroked(layers.shape, spots) * cover * np.float32(0.85)
        layers.add(coat["wing_bar"] * shade[..., None], bar)


def _quill(rank: int, girth: float) -> Points:
    start = np.array([-0.12 - 0.02 * rank, (0.13 - 0.035 * rank) * girth])
    end = np.array([-0.74 + 0.07 * rank, (0.03 - 0.022 * rank) * girth])
    middle = (start + end) / 2 + [0, 0.012]
    return smooth_curve(np.array([start, middle, end]), steps=6)


def _wing_bar(at: float, girth: float) -> list[Points]:
    """The pale tips of a row of coverts, which together make a bar across the wing."""
    bend = np.array([[at + 0.02, 0.14], [at - 0.03, 0.03], [at - 0.01, -0.09]]) * [1, girth]
    tips = smooth_curve(bend, steps=3)
    return [np.array([tip, tip + [-0.022, -0.012]]) for tip in tips]


def add_spread_wing(
    rng: Generator, layers: Layers, coat: Coat, skeleton: Skeleton, *, near: bool
) -> None:
    """A wing in flight, feather by feather: secondaries from the arm, primaries from the hand."""
    build, posture = skeleton.build, skeleton.posture
    lift = posture.wing + (0 if near else rng.uniform(12, 38))
    reach = build.wingspan * (1.0 if near else 0.88)
    tone = 1.0 if near else 0.72
    up = 1.0 if lift > -10 else -1.0
    # 90 degrees is straight up (or down): the arm leans forward, the hand backward.
    arm_angle = up * (posture.sweep + (0 if near else 12)) + posture.pitch
    shoulder = turned(np.array([[0.14, 0.08 * up if near else 0.13 * up]]), posture.pitch)[0]
    wrist = shoulder + turned(np.array([[reach * 0.38, 0.0]]), arm_angle)[0]
    hand_angle = arm_angle + up * rng.uniform(15, 50)
    tip = wrist + turned(np.array([[reach * 0.24, 0.0]]), hand_angle)[0]
    # The inner feathers point backward; towards the tip they turn to the hand's own direction.
    backward = (posture.pitch + 180 - up * 8) % 360
    turn = (hand_angle % 360 - backward + 180) % 360 - 180
    for rank in range(FLIGHT_FEATHERS):
        share = rank / (FLIGHT_FEATHERS - 1)
        start = _between(shoulder, wrist, tip, share)
        direction = backward + turn * share**1.7
        length = build.wing_width * (0.85 + 0.15 * share) + reach * 0.30 * share**2.2
        feather = turned(_feather(length, 0.13 * (1.15 - 0.35 * share)), direction)
        paint = mix(coat["wing"], coat["wing_tip"], np.float32(share**1.5))
        shade = np.float32(tone * (0.82 + 0.26 * ((rank * 5) % 3) / 2))
        layers.add(paint * shade, filled(layers.shape, [skeleton.place(feather + start)]))
    _add_coverts(layers, coat, skeleton, np.array([shoulder, wrist, tip]), tone)


def _between(shoulder: Points, wrist: Points, tip: Points, share: float) -> Points:
    """The place on the wing's bones at `share` of the way from the shoulder to the tip."""
    if share < 0.55:
        return np.asarray(shoulder + (wrist - shoulder) * (share / 0.55))
    return np.asarray(wrist + (tip - wrist) * ((share - 0.55) / 0.45))


def _add_coverts(
    layers: Layers, coat: Coat, skeleton: Skeleton, bones: Points, tone: float
) -> None:
    """The small feathers over the bones: a leading edge and a soft band behind it."""
    width = skeleton.unit * skeleton.build.wing_width
    arm = skeleton.place(smooth_curve(bones, steps=8))
    behind = arm + [-skeleton.posture.facing * width * 0.12, 0]
    soft = stroked(layers.shape, [(behind, width * 0.30)])
    layers.add(mix(coat["wing"], coat["back"], 0.5) * np.float32(tone * 0.95), soft)
    layers.add(coat["back"] * np.float32(tone * 1.05), stroked(layers.shape, [(arm, width * 0.14)]))


def add_legs(rng: Generator, layers: Layers, coat: Coat, skeleton: Skeleton, ground: float) -> None:
    """Thigh, shank and toes of both legs, down to the line y = `ground` (pixels)."""
    width = max(1.6, skeleton.unit * 0.034)
    for hip_x, tone in ((-0.10, 0.75), (0.02, 1.0)):
        hip = skeleton.from_trunk(np.array([[hip_x, -0.17 * skeleton.build.girth]]))[0]
        foot = np.array(
            [hip[0] + skeleton.posture.facing * skeleton.unit * rng.uniform(-0.04, 0.08), ground]
        )
        heel = (hip + foot) / 2 - [skeleton.posture.facing * skeleton.unit * 0.05, 0]
        lines = [(np.array([hip, heel, foot]), width)]
        for toe in (-0.09, 0.05, 0.12):
            end = foot + [skeleton.posture.facing * toe * skeleton.unit, skeleton.unit * 0.015]
            lines.append((np.array([foot, end]), width * 0.8))
        layers.add(coat["leg"] * np.float32(tone), stroked(layers.shape, lines))


def add_beak(rng: Generator, layers: Layers, coat: Coat, skeleton: Skeleton) -> None:
    """Two mandibles in front of the head; a hook bends the upper one's tip down."""
    build = skeleton.build
    length, depth = build.beak / build.head, build.beak_depth / build.head
    gap = rng.uniform(0.15, 0.4) * depth if rng.random() < 0.12 else 0.0
    drop = build.hook * depth * 0.8
    upper = np.array(
        [
            [0.72, depth * 0.55],
            [0.9 + length * 0.45, depth * 0.36 + gap * 0.3],
            [0.9 + length, -0.02 - drop + gap],
            [0.9 + length * 0.6, -depth * 0.02 + gap * 0.5],
            [0.72, -depth * 0.05],
        ]
    )
    lower = np.array(
        [
            [0.72, 0.0],
            [0.9 + length * 0.9, -depth * 0.04 - gap],
            [0.9 + length * 0.4, -depth * 0.38 - gap],
            [0.72, -depth * 0.5],
        ]
    )
    layers.add(
        coat["beak"] * np.float32(0.78), filled(layers.shape, [around_head(skeleton, lower)])
    )
    layers.add(
        coat["beak"] * np.float32(1.08), filled(layers.shape, [around_head(skeleton, upper)])
    )


def add_crest(rng: Generator, layers: Layers, coat: Coat, skeleton: Skeleton) -> None:
    """A few pointed feathers on the crown, raised or laid back."""
    build = skeleton.build
    if build.crest == 0:
        return
    raised = rng.uniform(110, 165)
    plumes = []
    for offset in (-16, 0, 14):
        length = 0.75 + build.crest / build.head * rng.uniform(0.5, 1.0)
        plume = np.array([[0.35, 0.22], [length, 0.0], [0.35, -0.22]])
        plumes.append(around_head(skeleton, turned(plume, raised + offset)))
    layers.add(coat["crown"] * np.float32(0.92), filled(layers.shape, plumes))


def add_eye(layers: Layers, coat: Coat, skeleton: Skeleton) -> None:
    """Iris, pupil and the spark of light without which no bird looks alive."""
    _, radius, _ = head_frame(skeleton)
    size = max(1.5, radius * 0.17)
    centre = around_head(skeleton, np.array([[0.38, 0.20]]))[0]
    ring = mix(coat["face"], np.ones(3), 0.25)
    layers.add(ring, disc(layers.shape, centre, size * 1.35) * np.float32(0.6))
    layers.add(coat["eye"], disc(layers.shape, centre, size))
    layers.add(_BLACK, disc(layers.shape, centre, size * 0.66))
    spark = centre + [-size * 0.25, -size * 0.35]
    layers.add(_WHITE, disc(layers.shape, spark, max(0.6, size * 0.28)))
