"""Ground truth: masks as grey levels. They never leave the host."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from grader.errors import CourseError

_FIRST_BAND_IS_GREY = frozenset({"L", "LA", "RGB", "RGBA"})


def read_truth(path: Path) -> npt.NDArray[np.uint8]:
    """Read a mask as uint8 grey levels (H, W), 0 background to 255 object.

    An alpha channel, as some masks of CUB have, says nothing about the object and is dropped.

    Raises:
        CourseError: It cannot be read or is no grey mask.
    """
    try:
        with Image.open(path) as image:
            return _grey_levels(image, path)
    except CourseError:
        raise
    except Exception as error:  # the parsers of Pillow raise whatever a damaged file leads to
        raise CourseError(f"The mask {path} cannot be read ({error}).") from error


def _grey_levels(image: Image.Image, path: Path) -> npt.NDArray[np.uint8]:
    if image.mode == "1":
        image = image.convert("L")
    if image.mode == "P":  # not to "L": that would make a dark grey of a red object
        image = image.convert("RGBA").convert("RGB")
    if image.mode not in _FIRST_BAND_IS_GREY:
        raise CourseError(f"The mask {path} has the mode {image.mode}; 8-bit grey is wanted.")
    bands = np.asarray(image)
    if bands.ndim == 2:
        return bands
    colours = bands[..., : 3 if image.mode.startswith("RGB") else 1]
    if not (colours == colours[..., :1]).all():
        raise CourseError(f"The mask {path} has colours; a grey mask is wanted.")
    return np.ascontiguousarray(bands[..., 0])
