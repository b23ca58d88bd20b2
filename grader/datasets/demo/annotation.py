"""Five people outline the same bird, each a little differently; grey levels count their votes."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from grader.datasets.demo.canvas import Field, cloud_noise, to_bytes

ANNOTATORS = 5
STEP = 51
"""One vote in grey levels: 5 x 51 = 255, the six levels of CUB-200-2011."""


def vote(rng: Generator, visible: Field) -> NDArray[np.uint8]:
    """The (H, W) uint8 mask in the levels 0, 51, 102, 153, 204 and 255."""
    soft = Image.fromarray(to_bytes(visible)).filter(ImageFilter.GaussianBlur(0.6))
    outline = np.asarray(soft, dtype=np.float32) / np.float32(255)
    votes = np.zeros(visible.shape, dtype=np.uint8)
    for _ in range(ANNOTATORS):
        votes += _one_outline(rng, outline)
    return votes * np.uint8(STEP)


def _one_outline(rng: Generator, outline: Field) -> NDArray[np.bool_]:
    """One person's outline: a hand that wanders by a pixel or two, generous or strict at edges."""
    height, width = outline.shape
    rows, columns = np.indices((height, width))
    wander = rng.uniform(0.8, 2.6)
    down = (cloud_noise(rng, (height, width), (22, 22)) - np.float32(0.5)) * np.float32(2 * wander)
    right = (cloud_noise(rng, (height, width), (22, 22)) - np.float32(0.5)) * np.float32(2 * wander)
    y = np.clip(np.rint(rows + down), 0, height - 1).astype(np.intp)
    x = np.clip(np.rint(columns + right), 0, width - 1).astype(np.intp)
    return np.asarray(outline[y, x] > rng.uniform(0.28, 0.62))
