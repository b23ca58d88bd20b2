"""A score card becomes points, by the assignment's scale."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from grader.assignment import GradingSettings, ScaleStep
from grader.records import Grade, NextStep, ScoreCard

_FLOAT_DECIMALS = 12


def grade_card(card: ScoreCard, settings: GradingSettings) -> Grade:
    """Compare the mean IoU with the scale.

    The mean is an exact fraction and a step is a decimal as written in the file, so ``0.79995``
    is below ``0.80`` and a mean of exactly 4/5 reaches it.
    """
    mean = _rounded(card.mean_iou, settings.rounding)
    return Grade(
        points=points_for(mean, settings.scale),
        max_points=settings.scale[0].points,
        mean_iou=mean,
        next_step=_next_step(mean, settings.scale),
        span=_span(card.interval, settings),
    )


def no_points(settings: GradingSettings) -> Grade:
    """The grade of a submission none of whose answers count."""
    zero = Fraction(0)
    return Grade(0, settings.scale[0].points, zero, _next_step(zero, settings.scale), (0, 0))


def points_for(mean_iou: Fraction, scale: Sequence[ScaleStep]) -> int:
    """Points of the first step that ``mean_iou`` (in [0, 1]) reaches; 0 below the last."""
    return next((step.points for step in scale if mean_iou >= Fraction(step.iou)), 0)


def _span(interval: tuple[float, float], settings: GradingSettings) -> tuple[int, int]:
    """The marks at the interval's ends, which are floats: 0.7 is a little below 7/10."""
    low, high = (
        points_for(_rounded(Fraction(end), settings.rounding or _FLOAT_DECIMALS), settings.scale)
        for end in interval
    )
    return low, high


def _rounded(mean: Fraction, decimals: int | None) -> Fraction:
    """Round as the old script did: half to even on the float, ``round(mean, 4)``."""
    if decimals is None:
        return mean
    return Fraction(str(round(float(mean), decimals)))


def _next_step(mean: Fraction, scale: Sequence[ScaleStep]) -> NextStep | None:
    higher = [step for step in scale if mean < Fraction(step.iou)]
    if not higher:
        return None
    step = higher[-1]
    return NextStep(step.points, Fraction(step.iou), Fraction(step.iou) - mean)
