"""Calls its training function train_segmentation_model, as one year did."""

import numpy as np
from PIL import Image


def train_segmentation_model(train_data_path):
    raise SystemExit("not needed here")


def predict(model, img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255
