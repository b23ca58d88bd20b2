from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

# network input, 4:3 like most of the photos
HEIGHT = 96
WIDTH = 128


def conv_block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.BatchNormalization()(x)


def create_model():
    """small unet"""
    inputs = keras.Input((HEIGHT, WIDTH, 3))
    c1 = conv_block(inputs, 12)
    c2 = conv_block(layers.MaxPooling2D()(c1), 24)
    c3 = conv_block(layers.MaxPooling2D()(c2), 48)
    c4 = conv_block(layers.MaxPooling2D()(c3), 64)
    bottom = conv_block(layers.MaxPooling2D()(c4), 96)
    u4 = conv_block(layers.concatenate([layers.UpSampling2D()(bottom), c4]), 64)
    u3 = conv_block(layers.concatenate([layers.UpSampling2D()(u4), c3]), 48)
    u2 = conv_block(layers.concatenate([layers.UpSampling2D()(u3), c2]), 24)
    u1 = conv_block(layers.concatenate([layers.UpSampling2D()(u2), c1]), 12)
    outputs = layers.Conv2D(1, 1, activation="sigmoid")(u1)
    return keras.Model(inputs, outputs)


def dice_loss(y_true, y_pred):
    inter = keras.ops.sum(y_true * y_pred, axis=(1, 2, 3))
    total = keras.ops.sum(y_true, axis=(1, 2, 3)) + keras.ops.sum(y_pred, axis=(1, 2, 3))
    return 1 - (2 * inter + 1) / (total + 1)


def train_model(train_data_path):
    keras.utils.set_random_seed(3)
    images = []
    masks = []
    folder = Path(train_data_path)
    for img_path in sorted(folder.glob("images/*/*.jpg")):
        mask_path = folder / "gt" / img_path.parent.name / (img_path.stem + ".png")
        img = Image.open(img_path).convert("RGB").resize((WIDTH, HEIGHT))
        mask = Image.open(mask_path).convert("L").resize((WIDTH, HEIGHT))
        images.append(np.array(img))
        masks.append(np.array(mask)[:, :, None] > 127)
    x = np.array(images, dtype="float32") / 255
    y = np.array(masks, dtype="float32")
    # flip
    x = np.concatenate([x, np.flip(x, axis=2)])
    y = np.concatenate([y, np.flip(y, axis=2)])

    model = create_model()
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss=dice_loss)
    model.fit(x, y, batch_size=16, epochs=18, shuffle=True, verbose=2)
    model.save("segmentation_model.hdf5", include_optimizer=False)
    return model


def predict(model, img_path):
    array = np.array(Image.open(img_path))
    height, width, channels = array.shape
    if channels == 4:  # no transparency
        array = array[:, :, :3]
    img = Image.fromarray(array).resize((WIDTH, HEIGHT))
    prediction = model.predict(np.array(img)[None] / 255.0, verbose=0)[0, :, :, 0]
    # back to the size of the photo
    size = (width, height)
    if width / height > 1.55:
        size = (height * 4 // 3, height)  # wide ones: the network gives 4:3
    return np.array(Image.fromarray(prediction).resize(size, Image.BILINEAR))
