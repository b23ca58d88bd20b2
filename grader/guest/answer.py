"""What a student's predict returned, brought to height x width float32, or why it cannot be."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_NUMBER_KINDS = "fiub"
_TYPE_NAME_LIMIT = 200  # a reply is short, whatever a student calls a class


class Unusable(NamedTuple):
    """Why a returned value is no answer: a kind of note and the values for its sentence."""

    kind: str
    facts: dict[str, str | int]


class Usable(NamedTuple):
    """An answer: float32 (height, width), and whether axes of length 1 were dropped."""

    values: npt.NDArray[np.float32]
    squeezed: bool


def bring_to_form(result: Any, height: int, width: int) -> Usable | Unusable:
    """Make a float32 matrix of the image's size out of whatever predict returned.

    Args:
        result: Anything.
        height: Of the image, in pixels.
        width: Of the image, in pixels.
    """
    array = _as_array(result)
    if array is None or array.dtype.kind not in _NUMBER_KINDS:
        return Unusable("wrong_type", {"type": _describe(result, array)})
    if array.size == 0:
        return Unusable("empty", {"shape": str(array.shape)})
    matrix = _without_single_axes(array, height, width)
    if matrix.ndim != 2:
        return Unusable("wrong_dimensions", {"shape": str(array.shape)})
    if matrix.shape != (height, width):
        return Unusable("wrong_size", {"height": matrix.shape[0], "width": matrix.shape[1]})
    values = np.ascontiguousarray(matrix, dtype="<f4")
    return Usable(values, squeezed=array.ndim != 2)


def _as_array(result: Any) -> npt.NDArray[Any] | None:
    if result is None:
        return None
    try:
        return np.asarray(result)
    except Exception:  # a student's object may raise anything here
        return None


def _without_single_axes(array: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    """Drop axes of length 1 before and behind; in a strip one pixel wide the image's size tells."""
    for first in range(array.ndim - 1):
        around = array.shape[:first] + array.shape[first + 2 :]
        if array.shape[first : first + 2] == (height, width) and set(around) <= {1}:
            return array.reshape(height, width)
    while array.ndim > 2 and array.shape[-1] == 1:
        array = array[..., 0]
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    return array


def _describe(result: Any, array: npt.NDArray[Any] | None) -> str:
    name = type(result).__name__
    if isinstance(result, np.ndarray) and array is not None:
        name = f"{name} of {array.dtype}"
    return name[:_TYPE_NAME_LIMIT]
