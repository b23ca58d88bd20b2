"""One finished case of the demonstration set, drawn from (seed, split, index) and nothing else."""

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from grader.datasets.demo.annotation import vote
from grader.datasets.demo.camera import jpeg_quality, photograph
from grader.datasets.demo.scene import compose
from grader.datasets.demo.species import SPECIES

Split: TypeAlias = Literal["train", "public", "hidden"]

DEFAULT_SEED = 20_260_601
_SPLIT_NUMBERS: dict[Split, int] = {"train": 1, "public": 2, "hidden": 3}
_SIZES = (
    (375, 500),
    (333, 500),
    (500, 375),
    (300, 400),
    (400, 300),
    (360, 360),
    (280, 420),
    (240, 480),
    (250, 400),
    (256, 320),
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """The pixels of one case as they are before encoding."""

    class_name: str
    name: str
    image: NDArray[np.uint8]
    """(H, W, 3), or (H, W) for a grey photograph."""
    mask: NDArray[np.uint8]
    """(H, W) of the six vote levels, or (H, W, 2) with an opaque alpha channel."""
    quality: int

    @property
    def image_path(self) -> str:
        """Inside the split's folder."""
        return f"images/{self.class_name}/{self.name}.jpg"

    @property
    def mask_path(self) -> str:
        """Inside the split's folder."""
        return f"gt/{self.class_name}/{self.name}.png"


def draw_specimen(seed: int, split: Split, index: int) -> Specimen:
    """The same pixels for the same three arguments, whatever was drawn before."""
    rng = np.random.default_rng((seed, _SPLIT_NUMBERS[split], index))
    species = SPECIES[index % len(SPECIES)]
    scene = compose(rng, species, _size(rng))
    # 19 and 17 have no common factor with the 20 species, so that every species gets its turn.
    mask = vote(rng, scene.visible)
    if index % 17 == 5:
        mask = np.dstack([mask, np.full_like(mask, 255)])
    image = photograph(rng, scene.picture, grey=index % 19 == 4)
    name = f"{species.name.partition('.')[2]}_{index + 1:04d}"
    return Specimen(species.name, name, image, mask, jpeg_quality(rng))


def pixel_digest(pixels: NDArray[np.uint8]) -> str:
    """SHA-256 (hexadecimal) over shape, dtype and bytes of an array."""
    digest = hashlib.sha256(f"{pixels.shape} {pixels.dtype}\n".encode())
    digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.hexdigest()


def _size(rng: Generator) -> tuple[int, int]:
    """(height, width), each side from 240 to 500 pixels."""
    height, width = _SIZES[int(rng.integers(len(_SIZES)))]
    trim = rng.uniform(0.94, 1.0)
    return max(240, int(height * trim)), max(240, int(width * trim))
