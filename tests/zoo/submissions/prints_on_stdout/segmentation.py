"""Prints progress bars and a summary, also with os.write."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


import os
import sys


def predict(model, img_path):
    model.summary()
    for done in range(100):
        print(f"\r{done} %", end="")
    sys.stdout.write("to stdout\n")
    os.write(1, b"to descriptor 1\n")
    os.system("echo from a child process")
    return brightness(img_path)
