"""The demonstration set: birds drawn by the project, the same pixels from the same seed."""

from grader.datasets.demo.drawing import CASES, draw_split
from grader.datasets.demo.specimen import DEFAULT_SEED

__all__ = ["CASES", "DEFAULT_SEED", "draw_split"]
