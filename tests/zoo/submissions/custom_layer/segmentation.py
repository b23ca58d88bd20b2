"""Its HDF5 needs a layer that segmentation.py defines."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


import keras


class Double(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def predict(model, img_path):
    assert type(model.layers[-1]).__name__ == "Double"
    return brightness(img_path)
