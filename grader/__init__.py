"""An automated grader for image-segmentation homework."""

__version__ = "0.1.0"
