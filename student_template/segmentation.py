"""Your solution: fill in the two functions.

Hand in this file and ``segmentation_model.hdf5``, the model that ``train_model`` has saved.
The statement is in README.md, in the same folder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def train_model(train_data_path: str) -> Any:
    """Train a network and save it as ``segmentation_model.hdf5`` in the current folder.

    Args:
        train_data_path: Folder of the training data. The photographs are
            ``images/<class>/<name>.jpg``, their masks are ``gt/<class>/<name>.png``.
            Build every path from this argument.

    Returns:
        The trained Keras model.
    """
    raise NotImplementedError("Write train_model: build a network, train it, save it.")


def predict(model: Any, img_path: str) -> npt.NDArray[np.floating[Any]]:
    """Find the bird in one photograph.

    Args:
        model: Your model, loaded from ``segmentation_model.hdf5``. It is loaded once and given to
            every call, so do not load it here.
        img_path: A photograph, JPEG or PNG, of any size. Some have one grey channel only.

    Returns:
        Float matrix of the shape (height, width), the photograph's own size in pixels. Each value
        is the probability that this pixel belongs to the bird, from 0 to 1.
    """
    raise NotImplementedError("Write predict: return the probability of bird for every pixel.")
