"""Figures as a person reads them. A score is cut, never rounded up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from grader.records import CaseScore

NO_FIGURE = "?"


def cut(value: Fraction | float, decimals: int) -> str:
    """Write ``value`` with ``decimals`` decimals and drop the rest: ``0.79995`` -> ``0.7999``.

    A fraction is cut exactly. A float is taken as the shortest decimal that names it, so that
    ``0.7`` stays ``0.70`` although its binary value is a little less.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return NO_FIGURE
    exact = value if isinstance(value, Fraction) else Fraction(str(value))
    return _decimal(math.trunc(exact * 10**decimals), decimals)


def raised(value: Fraction, decimals: int) -> str:
    """Write ``value`` with ``decimals`` decimals, rounded up: for what is still missing.

    What is missing must not look smaller than it is: a mean of 0.79995 that is shown as 0.7999
    misses 0.0001 of 0.80.
    """
    return _decimal(math.ceil(value * 10**decimals), decimals)


def step_of(iou: Fraction) -> str:
    """Write a step of the scale with two decimals, or more if it has more."""
    written = cut(iou, 6).rstrip("0")
    whole, _, decimals = written.partition(".")
    return f"{whole}.{decimals:0<2}"


def duration(seconds: float) -> str:
    """Write a time with about three digits: ``85 ms``, ``8.1 s``, ``3 min 12 s``, ``1 h 02 min``.

    Args:
        seconds: At least 0.
    """
    if not math.isfinite(seconds):
        return NO_FIGURE
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def count_of(number: int, thing: str) -> str:
    """Write a number of things, with a plural s: ``1 image``, ``23 images``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def times(number: int) -> str:
    """Write how often: ``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def median_time_s(cases: Sequence[CaseScore]) -> float | None:
    """Median wall time in seconds of the valid answers, or None without any."""
    answered = [case.wall_time_s for case in cases if case.answered]
    return median(answered) if answered else None


def _decimal(scaled: int, decimals: int) -> str:
    sign = "-" if scaled < 0 else ""
    if decimals == 0:
        return f"{sign}{abs(scaled)}"
    whole, rest = divmod(abs(scaled), 10**decimals)
    return f"{sign}{whole}.{rest:0{decimals}d}"
