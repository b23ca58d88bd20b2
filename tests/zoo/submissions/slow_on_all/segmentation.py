"""Is too slow for the whole set."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


import time


def predict(model, img_path):
    time.sleep(5)
    return brightness(img_path)
