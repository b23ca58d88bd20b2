"""Returns a TensorFlow tensor in float64."""

import numpy as np
from PIL import Image


def train_model(train_data_path):
    raise SystemExit("not needed here")


def brightness(img_path):
    return np.asarray(Image.open(img_path).convert("L"), dtype=np.float32) / 255


def predict(model, img_path):
    import tensorflow as tf

    return tf.constant(brightness(img_path), dtype=tf.float64)
