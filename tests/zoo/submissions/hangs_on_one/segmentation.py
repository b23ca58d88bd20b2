"""Needs for ever on the grey image; the others are fast."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


import time


def predict(model, img_path):
    if Image.open(img_path).mode == "L":
        time.sleep(1000)
    return brightness(img_path)
