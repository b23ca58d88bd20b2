"""Leaves a process behind that has forked twice."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


import os
import subprocess
import sys

SLEEPER = "import time; time.sleep(600)  # zoo-daemon-marker"


def predict(model, img_path):
    if os.fork() == 0:
        os.setsid()
        subprocess.Popen([sys.executable, "-c", SLEEPER])
        os._exit(0)
    return brightness(img_path)
