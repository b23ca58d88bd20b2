"""What many tests start from: a small split on disk, an assignment, cases and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings
from PIL import Image

from grader.assignment import Assignment, load_assignment

# The same examples each time: a failure must be the code's, never the day's.
settings.register_profile("grader", derandomize=True, deadline=None)
settings.load_profile("grader")

REPOSITORY = Path(__file__).resolve().parent.parent

GREY_LEVELS = (0, 51, 102, 127, 128, 153, 204, 255)
"""What a mask of several annotators holds, and both sides of the usual level."""


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    """What students download."""
    return load_assignment(REPOSITORY / "student_template" / "assignment.toml")


@pytest.fixture
def write_split(tmp_path: Path) -> Callable[..., Path]:
    """Writes images with their masks: ``write_split("public", ["001.Albatross/a.jpg"])``."""

    def write(
        folder: str = "public",
        images: Sequence[str] = ("001.Albatross/a.jpg", "002.Auklet/b.png"),
        size: tuple[int, int] = (12, 16),
        masks: Mapping[str, npt.NDArray[np.uint8]] | None = None,
    ) -> Path:
        generator = np.random.default_rng(len(images))
        for name in images:
            image = tmp_path / folder / "images" / name
            truth = tmp_path / folder / "gt" / Path(name).with_suffix(".png")
            pixels = generator.integers(256, size=(*size, 3), dtype=np.uint8)
            mask = generator.choice(np.array(GREY_LEVELS, dtype=np.uint8), size=size)
            for path, content in ((image, pixels), (truth, (masks or {}).get(name, mask))):
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(content).save(path)
        return tmp_path / folder

    return write
