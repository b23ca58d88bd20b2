"""Intersection over union, against scikit-learn and against the formula in floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, jaccard_score

from grader.metrics.iou import Overlap, binary_overlap, dice, iou, soft_overlap

LEVELS = np.array([0, 1, 51, 102, 127, 128, 153, 204, 254, 255], dtype=np.uint8)

seeds = st.integers(0, 2**32 - 1)
shares = st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0])


def random_pair(seed: int, share: float) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8]]:
    generator = np.random.default_rng(seed)
    size = tuple(generator.integers(1, 40, size=2))
    return generator.random(size) < share, generator.choice(LEVELS, size=size)


@given(seeds, shares, st.integers(0, 254))
@settings(max_examples=150)
def test_binary_iou_and_dice_are_scikit_learns_at_every_level(
    seed: int, share: float, level: int
) -> None:
    predicted, truth = random_pair(seed, share)
    target = truth > level
    overlap = binary_overlap(predicted, truth, level)
    if not (predicted.any() or target.any()):
        assert overlap == Overlap(0, 0)
        return
    assert float(iou(overlap)) == jaccard_score(target.ravel(), predicted.ravel(), pos_label=True)
    assert float(dice(overlap)) == pytest.approx(
        f1_score(target.ravel(), predicted.ravel(), pos_label=True), abs=1e-12
    )


@given(seeds, shares)
@settings(max_examples=150)
def test_soft_iou_is_the_formula_of_the_course_in_floats(seed: int, share: float) -> None:
    predicted, truth = random_pair(seed, share)
    grey, ones = truth / 255, predicted.astype(np.float64)
    union = np.clip(grey + ones, 0, 1).sum()
    overlap = soft_overlap(predicted, truth)
    if union == 0:
        assert overlap == Overlap(0, 0)
        return
    expected = np.clip(grey * ones, 0, 1).sum() / union
    assert abs(float(iou(overlap)) - expected) <= 1e-12


@pytest.mark.parametrize("level", [0, 51, 102, 153, 204, 255])
def test_soft_iou_of_one_grey_level(level: int) -> None:
    truth = np.full((2, 3), level, dtype=np.uint8)
    everything = np.ones((2, 3), dtype=np.bool_)
    assert iou(soft_overlap(everything, truth)) == Fraction(level, 255)


def test_soft_iou_of_a_black_and_white_mask_is_the_binary_iou() -> None:
    generator = np.random.default_rng(1)
    predicted = generator.random((30, 20)) < 0.5
    truth = np.where(generator.random((30, 20)) < 0.5, 255, 0).astype(np.uint8)
    assert iou(soft_overlap(predicted, truth)) == iou(binary_overlap(predicted, truth))


def test_level_127_is_background_and_128_is_object() -> None:
    predicted = np.array([[True, True]])
    truth = np.array([[127, 128]], dtype=np.uint8)
    assert binary_overlap(predicted, truth) == Overlap(1, 2)
    assert binary_overlap(predicted, truth, 126) == Overlap(2, 2)
    assert binary_overlap(predicted, truth, 128) == Overlap(0, 2)


@pytest.mark.parametrize("measure", [iou, dice])
def test_empty_against_empty_is_what_was_agreed(measure: object) -> None:
    nothing = np.zeros((4, 4))
    for overlap in (
        binary_overlap(nothing.astype(np.bool_), nothing.astype(np.uint8)),
        soft_overlap(nothing.astype(np.bool_), nothing.astype(np.uint8)),
    ):
        assert measure(overlap) == 1
        assert measure(overlap, empty=Fraction(0)) == 0


def test_a_large_white_soft_mask_does_not_overflow() -> None:
    truth = np.full((4100, 4100), 255, dtype=np.uint8)  # 255 x 16.8 million is beyond 32 bits
    predicted = np.ones(truth.shape, dtype=np.bool_)
    assert soft_overlap(predicted, truth) == Overlap(255 * truth.size, 255 * truth.size)
