"""A score card becomes points."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import Assignment, GradingSettings, ScaleStep
from grader.grading import grade_card, no_points, points_for
from grader.records import CaseScore, Grade, NextStep, ScoreCard

SCALE_OF_THE_COURSE = (
    ("0.80", 10),
    ("0.75", 9),
    ("0.70", 8),
    ("0.65", 7),
    ("0.60", 6),
    ("0.50", 5),
    ("0.40", 4),
    ("0.30", 3),
    ("0.20", 2),
)
STEPS = tuple(ScaleStep(iou=Decimal(iou), points=points) for iou, points in SCALE_OF_THE_COURSE)
EXACT = GradingSettings(scale=STEPS)
ROUNDED = GradingSettings(scale=STEPS, rounding=4)


def grade(
    mean: Fraction | str,
    settings: GradingSettings = EXACT,
    interval: tuple[float, float] | None = None,
) -> Grade:
    mean = Fraction(mean)
    ends = interval or (float(mean), float(mean))
    case = CaseScore("a/b", 1, 1, mean, mean, True, (), 0.0)
    return grade_card(ScoreCard((case,), mean, 0.0, 0.0, ends), settings)


def test_the_template_has_the_scale_of_the_course(assignment: Assignment) -> None:
    assert assignment.grading == EXACT


@pytest.mark.parametrize(("iou", "points"), SCALE_OF_THE_COURSE)
def test_a_step_is_reached_exactly_at_its_iou_and_missed_by_a_hair(iou: str, points: int) -> None:
    hair = Fraction(1, 10**15)
    assert grade(iou).points == points
    assert grade(Fraction(iou) + hair).points == points
    assert grade(Fraction(iou) - hair).points < points


def test_below_the_last_step_there_is_nothing() -> None:
    assert grade("0.1999999").points == 0
    assert grade("0").points == 0


def test_four_fifths_reach_0_80_and_0_79995_does_not() -> None:
    assert grade(Fraction(4, 5)).points == 10
    assert grade("0.79995").points == 9


@pytest.mark.parametrize(
    ("mean", "points"),
    [("0.79995", 10), ("0.799951", 10), ("0.799949", 9), ("0.19995", 0), ("0.199951", 2)],
)
def test_rounding_to_4_decimals_gives_the_mark_of_the_old_script(mean: str, points: int) -> None:
    """Python rounds the float: 0.79995 is a little above itself, 0.19995 a little below."""
    result = grade(mean, ROUNDED)
    assert result.points == points
    assert float(result.mean_iou) == round(float(mean), 4)


@given(st.integers(0, 10**6).map(lambda parts: Fraction(parts, 10**6)))
def test_rounding_rounds_as_python_rounds_floats(mean: Fraction) -> None:
    old = round(float(mean), 4)
    expected = next((points for iou, points in SCALE_OF_THE_COURSE if old >= float(iou)), 0)
    assert grade(mean, ROUNDED).points == expected


def test_a_scale_is_read_as_decimals_not_as_floats() -> None:
    assert Fraction(0.7) < Fraction(7, 10), "the float 0.7 is below 7/10"
    assert Fraction(0.8) > Fraction(4, 5), "the float 0.8 is above 4/5"
    assert points_for(Fraction(7, 10), EXACT.scale) == 8
    assert points_for(Fraction(4, 5), EXACT.scale) == 10


def test_the_next_step_says_what_is_missing() -> None:
    step = grade("0.62").next_step
    assert step == NextStep(7, Fraction(65, 100), Fraction(3, 100))
    assert grade("0").next_step == NextStep(2, Fraction(1, 5), Fraction(1, 5))
    assert grade("0.75").next_step == NextStep(10, Fraction(4, 5), Fraction(1, 20))
    assert grade("0.8").next_step is None
    assert grade("1").next_step is None


def test_the_span_has_the_marks_at_the_ends_of_the_interval() -> None:
    assert grade("0.72", interval=(0.64, 0.8125)).span == (6, 10)
    assert grade("0.72", interval=(0.71, 0.74)).span == (8, 8)
    assert grade("0.1", interval=(0.05, 0.25)).span == (0, 2)


@pytest.mark.parametrize("iou", [iou for iou, _ in SCALE_OF_THE_COURSE])
@pytest.mark.parametrize("settings", [EXACT, ROUNDED])
def test_the_span_contains_the_mark_whatever_floats_do(iou: str, settings: GradingSettings) -> None:
    """0.70 is below 7/10 as a float: 8 points must not come with a span of 7 to 7."""
    result = grade(iou, settings)
    assert result.span == (result.points, result.points)


def test_the_span_is_rounded_where_the_mean_is() -> None:
    assert grade("0.79", ROUNDED, (0.78, 0.79996)).span == (9, 10)
    assert grade("0.79", EXACT, (0.78, 0.79996)).span == (9, 9)


def test_no_points_has_the_way_to_the_first_mark() -> None:
    nothing = no_points(EXACT)
    assert (nothing.points, nothing.max_points, nothing.mean_iou, nothing.span) == (
        0,
        10,
        0,
        (0, 0),
    )
    assert nothing.next_step == NextStep(2, Fraction(1, 5), Fraction(1, 5))


def test_the_highest_mark_is_that_of_the_scale() -> None:
    short = GradingSettings(scale=(ScaleStep(iou=Decimal("0.5"), points=3),))
    assert (grade("0.9", short).points, grade("0.9", short).max_points) == (3, 3)
