"""Leaves files beside itself and in the temporary folder."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


import tempfile
from pathlib import Path


def predict(model, img_path):
    np.save("cache.npy", brightness(img_path))
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, np.load("cache.npy"))
    Path("notes").mkdir(exist_ok=True)
    return np.load("cache.npy")
