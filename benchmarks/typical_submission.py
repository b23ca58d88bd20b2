"""A submission of the usual size: a U-Net of 1.9 million parameters at 224 px, untrained.

It costs what a student's submission costs; its answers are worth nothing.
``python benchmarks/typical_submission.py FOLDER`` makes the folder.
"""

import shutil
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

SIDE = 224
WIDTHS = (32, 64, 128, 256)


def build():
    """A plain U-Net: two convolutions a step, skips, transposed convolutions on the way up."""
    image = keras.Input((SIDE, SIDE, 3))
    x, skips = image, []
    for width in WIDTHS[:-1]:
        x = convolved(x, width)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = convolved(x, WIDTHS[-1])
    for width, skip in zip(reversed(WIDTHS[:-1]), reversed(skips), strict=True):
        x = layers.Conv2DTranspose(width, 2, strides=2)(x)
        x = convolved(layers.Concatenate()([x, skip]), width)
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))


def convolved(x, width):
    """Two convolutions with ReLU."""
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    return x


def train_model(train_data_path):  # noqa: ARG001 - the assignment's signature
    """Build without training."""
    return build()


def predict(model, img_path):
    """The usual way: resize, predict, resize back."""
    with Image.open(img_path) as image:
        size = image.size
        pixels = np.asarray(image.convert("RGB").resize((SIDE, SIDE)), dtype=np.float32)
    answer = model.predict(pixels[None] / 255, verbose=0)[0, ..., 0]
    return np.asarray(Image.fromarray(answer).resize(size))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(1)
    model = build()
    model.save(folder / "segmentation_model.hdf5", include_optimizer=False)
    shutil.copyfile(__file__, folder / "segmentation.py")
    print(f"{model.count_params()} parameters")
