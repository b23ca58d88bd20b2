"""Answers and ground truth become a score card."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment import MetricSettings
from grader.errors import CourseError
from grader.records import Answer, Case, CaseScore, Note, NoteKind, ScoreCard
from grader.scoring import make_card, score_case

CASE = Case("001.Albatross/a", Path("a.jpg"), Path("a.png"), 2, 2, "0" * 64, "1" * 64)
BINARY = MetricSettings()
SOFT = MetricSettings(truth="soft")
ZERO = MetricSettings(empty_against_empty="zero")

Mask = npt.NDArray[np.bool_]
Truth = npt.NDArray[np.uint8]


def score(mask: Mask | None, truth: Truth, how: MetricSettings = BINARY) -> CaseScore:
    return score_case(CASE, Answer(mask, (), 0.1), truth, how)


def card_of(pairs: Sequence[tuple[Mask | None, Truth]], how: MetricSettings = BINARY) -> ScoreCard:
    return make_card([score(mask, truth, how) for mask, truth in pairs], seed=0)


def mean_iou_of_the_old_script(
    maps: Sequence[npt.NDArray[np.float64]], truths: Sequence[Truth], *, soft: bool
) -> float:
    """In floats, image by image, written without a look at the grader's code."""
    total = 0.0
    for probability, grey in zip(maps, truths, strict=True):
        p = (probability > 0.5).astype(np.float64)
        g = grey / 255.0 if soft else (grey > 127).astype(np.float64)
        total += (g * p).clip(0, 1).sum() / (g + p).clip(0, 1).sum()
    return total / len(maps)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.booleans())
@settings(max_examples=100)
def test_the_mean_iou_is_that_of_the_old_script(seed: int, count: int, soft: bool) -> None:
    generator = np.random.default_rng(seed)
    sizes = generator.integers(2, 30, size=(count, 2))
    maps = [generator.random(size) for size in sizes]
    truths = [generator.integers(256, size=size, dtype=np.uint8) for size in sizes]
    for probability, truth in zip(maps, truths, strict=True):
        probability[0, 0], truth[0, 0] = 0.5, 128  # at the threshold, just above the level
        probability[0, 1], truth[0, 1] = np.nextafter(0.5, 1), 255  # no 0/0, the script's fault
    answers = [probability > BINARY.threshold for probability in maps]
    card = card_of(list(zip(answers, truths, strict=True)), SOFT if soft else BINARY)
    expected = mean_iou_of_the_old_script(maps, truths, soft=soft)
    assert float(card.mean_iou) == pytest.approx(expected, abs=1e-12)


def test_the_level_of_the_assignment_is_used() -> None:
    truth = np.array([[100, 200]], dtype=np.uint8)
    mask = np.array([[True, True]])
    assert score(mask, truth).iou == Fraction(1, 2)
    assert score(mask, truth, MetricSettings(truth_level=99)).iou == 1
    assert score(mask, truth, SOFT).iou == Fraction(300, 510)


@pytest.mark.parametrize("truth_rule", ["binary", "soft"])
def test_nothing_found_where_nothing_is_counts_as_agreed(truth_rule: str) -> None:
    nothing, empty = np.zeros((3, 4), dtype=np.bool_), np.zeros((3, 4), dtype=np.uint8)
    one = MetricSettings(truth=truth_rule)
    zero = MetricSettings(truth=truth_rule, empty_against_empty="zero")
    assert (score(nothing, empty, one).iou, score(nothing, empty, one).dice) == (1, 1)
    assert (score(nothing, empty, zero).iou, score(nothing, empty, zero).dice) == (0, 0)


@pytest.mark.parametrize("how", [BINARY, SOFT, ZERO])
@pytest.mark.parametrize("level", [0, 255])
def test_a_missing_answer_is_0_even_if_there_was_nothing_to_find(
    how: MetricSettings, level: int
) -> None:
    result = score(None, np.full((3, 4), level, dtype=np.uint8), how)
    assert (result.iou, result.dice, result.answered) == (0, 0, False)


def test_the_truth_of_a_missing_answer_stays_in_the_pooled_union() -> None:
    full = np.full((2, 5), 255, dtype=np.uint8)
    perfect = np.ones((2, 5), dtype=np.bool_)
    card = card_of([(perfect, full), (None, full)])
    assert card.pooled_iou == 0.5
    assert (card.mean_iou, card.answered) == (Fraction(1, 2), 1)


def test_the_pooled_iou_counts_pixels_and_the_mean_counts_images() -> None:
    small, large = np.full((1, 1), 255, dtype=np.uint8), np.full((3, 3), 255, dtype=np.uint8)
    card = card_of([(small > 0, small), (large == 0, large)])
    assert card.mean_iou == Fraction(1, 2)
    assert card.pooled_iou == 0.1


@pytest.mark.parametrize(("how", "expected"), [(BINARY, 1.0), (ZERO, 0.0)])
def test_a_split_without_any_object_pools_to_what_its_cases_got(
    how: MetricSettings, expected: float
) -> None:
    nothing, empty = np.zeros((3, 4), dtype=np.bool_), np.zeros((3, 4), dtype=np.uint8)
    card = card_of([(nothing, empty)] * 3, how)
    assert (float(card.mean_iou), card.pooled_iou) == (expected, expected)


def test_the_mean_dice_is_the_mean_of_2i_over_i_plus_u() -> None:
    truth = np.array([[255, 255, 0, 0]], dtype=np.uint8)
    mask = np.array([[False, True, True, False]])
    assert score(mask, truth).dice == Fraction(2 * 1, 1 + 3)
    assert card_of([(mask, truth), (truth > 0, truth)]).mean_dice == 0.75


def test_120_cases_of_four_fifths_have_a_mean_of_exactly_four_fifths() -> None:
    truth = np.full((1, 5), 255, dtype=np.uint8)
    mask = np.array([[True, True, True, True, False]])
    card = card_of([(mask, truth)] * 120)
    assert card.mean_iou == Fraction(4, 5)
    assert sum([0.8] * 120) / 120 != 0.8  # what a sum of floats makes of it


def test_notes_time_and_name_stay_with_their_case() -> None:
    note = Note(NoteKind.SQUEEZED, {"shape": "(1, 1, 1)"})
    truth = np.zeros((1, 1), dtype=np.uint8)
    result = score_case(CASE, Answer(truth > 0, (note,), 0.25), truth, BINARY)
    assert (result.name, result.notes, result.wall_time_s) == (CASE.name, (note,), 0.25)


@pytest.mark.parametrize("size", [(1, 4), (3, 1), (4, 3), (1, 1)])
def test_a_mask_of_another_size_than_the_image_is_the_courses_fault(size: tuple[int, int]) -> None:
    """Also where NumPy would stretch one of the two without a word."""
    with pytest.raises(CourseError, match=r"a\.png has the height and width"):
        score(np.ones((3, 4), dtype=np.bool_), np.full(size, 255, dtype=np.uint8))
