"""Answers and ground truth become a score card."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from grader.assignment import MetricSettings
from grader.errors import CourseError
from grader.metrics.bootstrap import bootstrap_interval
from grader.metrics.iou import (
    GreyLevels,
    Mask,
    Overlap,
    binary_overlap,
    dice,
    iou,
    soft_overlap,
)
from grader.records import Answer, Case, CaseScore, ScoreCard


def score_case(
    case: Case, answer: Answer, truth: GreyLevels, settings: MetricSettings
) -> CaseScore:
    """Measure one answer. Without a valid answer the IoU is 0, also if the truth is empty.

    Args:
        case: The image.
        answer: What the box gave for it; its mask has the image's size.
        truth: uint8 grey levels (H, W).
        settings: Of the assignment.

    Raises:
        CourseError: The mask of the ground truth has another size than the image.
    """
    answered = answer.mask is not None
    mask = answer.mask if answer.mask is not None else np.zeros(truth.shape, dtype=np.bool_)
    if mask.shape != truth.shape:
        raise CourseError(
            f"The mask {case.truth} has the height and width {truth.shape}; its image has"
            f" {mask.shape}."
            " Mend the ground truth; nobody can be graded on this split before."
        )
    overlap = _overlap(mask, truth, settings)
    empty = Fraction(1 if answered and settings.empty_against_empty == "one" else 0)
    return CaseScore(
        name=case.name,
        intersection=overlap.intersection,
        union=overlap.union,
        iou=iou(overlap, empty=empty),
        dice=dice(overlap, empty=empty),
        answered=answered,
        notes=answer.notes,
        wall_time_s=answer.wall_time_s,
    )


def make_card(cases: Sequence[CaseScore], *, seed: int) -> ScoreCard:
    """Summarise the scores of a split; every case counts the same.

    Args:
        cases: At least one, in the split's order.
        seed: Of the bootstrap.
    """
    mean_iou = _mean([case.iou for case in cases])
    union = sum(case.union for case in cases)
    # Where no case has an object, the pool is empty against empty as each of its cases is.
    pooled = sum(case.intersection for case in cases) / union if union else float(mean_iou)
    return ScoreCard(
        cases=tuple(cases),
        mean_iou=mean_iou,
        pooled_iou=pooled,
        mean_dice=float(_mean([case.dice for case in cases])),
        interval=bootstrap_interval([float(case.iou) for case in cases], seed=seed),
    )


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _overlap(mask: Mask, truth: GreyLevels, settings: MetricSettings) -> Overlap:
    if settings.truth == "soft":
        return soft_overlap(mask, truth)
    return binary_overlap(mask, truth, settings.truth_level)
