"""Intersection over union (the Jaccard index) of one mask, in whole numbers.

The counts are integers and the ratio is an exact fraction, so a mark never depends on the order
of a sum or on the last bit of a float.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
GreyLevels = npt.NDArray[np.uint8]


class Overlap(NamedTuple):
    """Intersection and union in one unit: pixels, or sums of grey levels 0..255."""

    intersection: int
    union: int


def binary_overlap(predicted: Mask, truth: GreyLevels, level: int = 127) -> Overlap:
    """Overlap with a truth whose object is ``grey level > level``.

    Args:
        predicted: bool (H, W).
        truth: uint8 (H, W).
        level: Highest grey level that still is background.

    Returns:
        Pixel counts: |P and T| and |P or T|.
    """
    target = truth > level
    intersection = int(np.count_nonzero(predicted & target))
    both = int(np.count_nonzero(predicted)) + int(np.count_nonzero(target))
    return Overlap(intersection, both - intersection)


def soft_overlap(predicted: Mask, truth: GreyLevels) -> Overlap:
    """Overlap with a soft truth g = level / 255, as the course's later script counted it.

    IoU = sum(clip(g p, 0, 1)) / sum(clip(g + p, 0, 1)) with p in {0, 1}. Where p is 1 the summands
    are g and 1, where it is 0 they are 0 and g; times 255 all of them are whole numbers.

    Args:
        predicted: bool (H, W).
        truth: uint8 (H, W).

    Returns:
        Sums of grey levels.
    """
    intersection = int(truth[predicted].sum(dtype=np.int64))
    outside = int(truth.sum(dtype=np.int64)) - intersection
    return Overlap(intersection, 255 * int(np.count_nonzero(predicted)) + outside)


def iou(overlap: Overlap, *, empty: Fraction = Fraction(1)) -> Fraction:
    """Intersection over union in [0, 1]; ``empty`` if both masks are empty (0/0)."""
    if overlap.union == 0:
        return empty
    return Fraction(overlap.intersection, overlap.union)


def dice(overlap: Overlap, *, empty: Fraction = Fraction(1)) -> Fraction:
    """The Dice coefficient 2 I / (I + U) in [0, 1]; ``empty`` if both masks are empty."""
    if overlap.union == 0:
        return empty
    return Fraction(2 * overlap.intersection, overlap.intersection + overlap.union)
