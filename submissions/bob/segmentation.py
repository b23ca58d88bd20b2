# Homework: segmentation of birds
# encoder-decoder network from the lecture

from pathlib import Path

import numpy as np
from PIL import Image
from tensorflow.keras import callbacks, layers, losses, models, ops
from tensorflow.keras.utils import set_random_seed

IMG = 128


def get_model():
    m = models.Sequential()
    m.add(layers.Input(shape=(IMG, IMG, 3)))
    # encoder
    for f in [16, 32, 64, 96]:
        m.add(layers.Conv2D(f, 3, padding="same", activation="relu"))
        m.add(layers.BatchNormalization())
        m.add(layers.MaxPooling2D())
    m.add(layers.Conv2D(96, 3, padding="same", activation="relu"))
    m.add(layers.BatchNormalization())
    # decoder
    for f in [64, 48, 32, 16]:
        m.add(layers.Conv2DTranspose(f, 3, strides=2, padding="same", activation="relu"))
        m.add(layers.BatchNormalization())
    m.add(layers.Conv2D(1, 1, activation="sigmoid"))
    return m


def bce_dice(y_true, y_pred):
    bce = losses.binary_crossentropy(y_true, y_pred)
    dice = 2 * ops.sum(y_true * y_pred) / (ops.sum(y_true) + ops.sum(y_pred) + 1)
    return ops.mean(bce) + 1 - dice


def read_image(path):
    img = Image.open(path).convert("RGB").resize((IMG, IMG), Image.BILINEAR)
    return np.array(img, dtype=np.float32) / 255.0


def read_mask(path):
    img = Image.open(path).convert("L").resize((IMG, IMG), Image.BILINEAR)
    return (np.array(img) > 127).astype(np.float32)[..., None]


def load_data(path):
    path = Path(path)
    x, y = [], []
    for img_path in sorted((path / "images").glob("*/*.jpg")):
        mask_path = path / "gt" / img_path.parent.name / (img_path.stem + ".png")
        x.append(read_image(img_path))
        y.append(read_mask(mask_path))
    return np.array(x), np.array(y)


def train_model(train_data_path):
    set_random_seed(1234)
    x, y = load_data(train_data_path)
    # every image also mirrored = twice as much data
    x = np.concatenate([x, x[:, :, ::-1]])
    y = np.concatenate([y, y[:, :, ::-1]])
    order = np.random.default_rng(1234).permutation(len(x))
    model = get_model()
    model.compile(optimizer="adam", loss=bce_dice, metrics=["accuracy"])
    slower = callbacks.LearningRateScheduler(lambda e, lr: lr if e < 14 else lr * 0.7)
    model.fit(
        x[order],
        y[order],
        batch_size=16,
        epochs=22,
        validation_split=0.1,
        callbacks=[slower],
        verbose=2,
    )
    model.save("segmentation_model.hdf5", include_optimizer=False)
    return model


def predict(model, img_path):
    w, h = Image.open(img_path).size
    p = model.predict(read_image(img_path)[None], verbose=0)[0, :, :, 0]
    p = Image.fromarray(p).resize((w, h), Image.BILINEAR)
    return np.array(p)
