"""Fills the memory."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


def predict(model, img_path):
    hoard = []
    while True:
        hoard.append(np.ones(16 * 1024 * 1024))
