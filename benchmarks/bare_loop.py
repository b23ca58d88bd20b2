"""How a grader without a sandbox works: load, predict, IoU, in one process and one loop.

``python benchmarks/bare_loop.py SUBMISSION SPLIT_FOLDER`` prints the mean IoU. It does what the
course's old script did, without its faults on empty masks.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def import_solution(source: Path) -> Any:
    """The module in ``segmentation.py``."""
    spec = importlib.util.spec_from_file_location("segmentation", source)
    if spec is None or spec.loader is None:
        raise ImportError(str(source))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mean_iou(submission: Path, split: Path) -> float:
    """Mean IoU over the images of a split, p > 0.5 against grey level > 127."""
    import keras

    solution = import_solution(submission / "segmentation.py")
    model = keras.models.load_model(submission / "segmentation_model.hdf5", compile=False)
    scores = []
    for image in sorted((split / "images").glob("*/*")):
        truth_path = split / "gt" / image.parent.name / f"{image.stem}.png"
        truth = np.asarray(Image.open(truth_path).convert("LA"))[..., 0] > 127
        predicted = solution.predict(model, str(image)) > 0.5
        union = np.sum(truth | predicted)
        scores.append(np.sum(truth & predicted) / union if union else 1.0)
    return float(np.mean(scores))


if __name__ == "__main__":
    print(repr(mean_iou(Path(sys.argv[1]), Path(sys.argv[2]))))
