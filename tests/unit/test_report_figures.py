from __future__ import annotations

import math
from fractions import Fraction

import pytest

from grader.report.figures import cut, duration, median_time_s, raised, step_of, times
from tests.unit.test_report_samples import case_score


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (Fraction(79995, 100000), 4, "0.7999"),
        (0.79995, 4, "0.7999"),
        (0.79999999999, 4, "0.7999"),
        (Fraction(4, 5), 4, "0.8000"),
        (0.7, 1, "0.7"),
        (0.29, 2, "0.29"),
        (1.0, 4, "1.0000"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(2, 3), 0, "0"),
        (-0.79995, 4, "-0.7999"),
        (-0.00001, 4, "0.0000"),
        (1e-7, 4, "0.0000"),
        (math.nan, 4, "?"),
        (math.inf, 4, "?"),
    ],
)
def test_a_figure_is_cut_and_never_rounded_up(
    value: Fraction | float, decimals: int, written: str
) -> None:
    assert cut(value, decimals) == written


def test_a_fraction_a_hair_below_a_step_does_not_reach_it_on_paper() -> None:
    hair = Fraction(1, 10**30)
    assert cut(Fraction(4, 5) - hair, 4) == "0.7999"
    assert cut(Fraction(4, 5), 4) == "0.8000"


def test_a_fraction_with_thousands_of_digits_can_be_cut() -> None:
    assert cut(Fraction(2**20000 - 1, 2**20000), 6) == "0.999999"


def test_what_is_missing_is_rounded_up_so_that_it_is_enough() -> None:
    mean, step = Fraction(79995, 100000), Fraction(4, 5)
    assert raised(step - mean, 4) == "0.0001"
    assert Fraction(cut(mean, 4)) + Fraction(raised(step - mean, 4)) >= step


def test_a_step_is_written_with_at_least_two_decimals() -> None:
    steps = [Fraction(4, 5), Fraction(1), Fraction(825, 1000)]
    assert [step_of(step) for step in steps] == ["0.80", "1.00", "0.825"]


def test_a_time_is_written_in_the_unit_that_fits() -> None:
    seconds = [0.085, 0.9999, 8.12, 99.96, 192, 3599.9, 3720]
    assert [duration(it) for it in seconds] == [
        "85 ms", "1.0 s", "8.1 s", "1 min 40 s", "3 min 12 s", "1 h 00 min", "1 h 02 min",
    ]  # fmt: skip


def test_how_often_is_said_in_words() -> None:
    assert [times(number) for number in (1, 2, 3)] == ["once", "twice", "3 times"]


def test_the_median_time_is_of_valid_answers_only() -> None:
    cases = [
        case_score("a", Fraction(1), wall_time_s=0.1),
        case_score("b", Fraction(1), wall_time_s=0.3),
        case_score("c", Fraction(0), wall_time_s=30.0, answered=False),
    ]
    assert median_time_s(cases) == pytest.approx(0.2)
    assert median_time_s(cases[2:]) is None
