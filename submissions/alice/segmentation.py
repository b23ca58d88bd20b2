"""Find the bird: a small U-Net, trained from nothing on the given images alone.

`train_model` makes `segmentation_model.hdf5`; `predict` answers one image with it.
"""

import math
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image

SIDE = 128
"""The network sees squares of this many pixels."""
STORED_SIDE = 160
"""Training images wait at this size, so that a crop of them still has SIDE pixels of detail."""
WIDTHS = (16, 32, 48, 96, 128)
"""Feature maps at each resolution, from fine to coarse."""
EPOCHS = 60
"""With 600 images: 1180 s of CPU time, about ten minutes of two free cores."""
BATCH = 8
PEAK_LEARNING_RATE = 1.5e-3
SEED = 7
SUFFIXES = {".jpg", ".jpeg", ".png"}


def train_model(train_data_path):
    """Train on `images/<class>/<name>.jpg` and `gt/<class>/<name>.png` below a folder.

    Saves the model as `segmentation_model.hdf5` in the current folder and returns it.
    """
    keras.utils.set_random_seed(SEED)
    images, masks = load_training_data(Path(train_data_path))
    order = np.random.default_rng(SEED).permutation(len(images))
    held_out, used = order[: len(order) // 12], order[len(order) // 12 :]
    batches = AugmentedBatches(images[used], masks[used])
    model = build_unet()
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate_schedule(EPOCHS * len(batches))),
        loss=overlap_and_entropy,
        metrics=[mean_iou],
    )
    model.fit(
        batches,
        epochs=EPOCHS,
        validation_data=(shrink(images[held_out]), shrink(masks[held_out])),
        verbose=2,
    )
    model.save("segmentation_model.hdf5", include_optimizer=False)
    return model


def predict(model, img_path):
    """The probability that a pixel belongs to the bird: (H, W) float32, the image's own size."""
    with Image.open(img_path) as image:
        width, height = image.size
        square = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX))
    answer = model.predict(square[np.newaxis].astype(np.float32), verbose=0)[0, :, :, 0]
    full = Image.fromarray(answer).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(full, dtype=np.float32), 0.0, 1.0)


def load_training_data(folder):
    """(N, S, S, 3) uint8 images and (N, S, S, 1) uint8 masks, S = STORED_SIDE."""
    paths = sorted(p for p in (folder / "images").rglob("*") if p.suffix.lower() in SUFFIXES)
    images = np.empty((len(paths), STORED_SIDE, STORED_SIDE, 3), np.uint8)
    masks = np.empty((len(paths), STORED_SIDE, STORED_SIDE, 1), np.uint8)
    size = (STORED_SIDE, STORED_SIDE)
    for index, path in enumerate(paths):
        with Image.open(path) as image:
            images[index] = image.convert("RGB").resize(size, Image.Resampling.BOX)
        mask_path = folder / "gt" / path.relative_to(folder / "images").with_suffix(".png")
        with Image.open(mask_path) as mask:
            # A mask may carry an alpha channel; "L" drops it. The mark counts grey levels > 127.
            bird = mask.convert("L").point(lambda grey: 255 if grey > 127 else 0)
            masks[index, :, :, 0] = bird.resize(size, Image.Resampling.BOX)
    return images, masks


def shrink(stored):
    """Stored images or masks at the network's size: images 0..255, masks 0..1, float32."""
    small = tf.image.resize(stored, (SIDE, SIDE), method="area").numpy()
    return small / 255.0 if stored.shape[-1] == 1 else small


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled batches in which every picture is cropped, mirrored and recoloured anew."""

    def __init__(self, images, masks):
        super().__init__()
        self.images, self.masks = images, masks
        self.rng = np.random.default_rng(SEED)
        self.order = self.rng.permutation(len(images))

    def __len__(self):
        return math.ceil(len(self.images) / BATCH)

    def on_epoch_end(self):
        """Another order for the next epoch."""
        self.order = self.rng.permutation(len(self.images))

    def __getitem__(self, index):
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        pairs = np.concatenate([self.images[chosen], self.masks[chosen]], axis=-1)
        pairs = tf.image.crop_and_resize(
            pairs.astype(np.float32),
            self.random_boxes(len(chosen)),
            range(len(chosen)),
            (SIDE, SIDE),
        ).numpy()
        return self.recoloured(pairs[..., :3]), pairs[..., 3:] / 255.0

    def random_boxes(self, count):
        """(count, 4) crops as y1, x1, y2, x2; x1 > x2 mirrors the picture."""
        size = self.rng.uniform(0.7, 1.15, (count, 1)) * self.rng.uniform(0.9, 1.1, (count, 2))
        corner = self.rng.uniform(0, 1, (count, 2)) * (1 - size)
        boxes = np.concatenate([corner, corner + size], axis=1)
        mirrored = self.rng.random(count) < 0.5
        boxes[mirrored] = boxes[mirrored][:, [0, 3, 2, 1]]
        return boxes

    def recoloured(self, images):
        """Other light and other film: brightness, contrast, colour balance, sometimes grey."""
        count = len(images)
        grey = images.mean(axis=-1, keepdims=True)
        saturation = self.rng.uniform(0.5, 1.3, (count, 1, 1, 1))
        saturation[self.rng.random(count) < 0.1] = 0.0
        images = grey + (images - grey) * saturation
        gain = self.rng.uniform(0.8, 1.2, (count, 1, 1, 1)) * self.rng.normal(
            1, 0.06, (count, 1, 1, 3)
        )
        shift = self.rng.uniform(-20, 20, (count, 1, 1, 1))
        return np.clip(images * gain + shift, 0, 255).astype(np.float32)


def build_unet():
    """Down to a sixteenth of the side and up again; skips bring back the fine outlines."""
    image = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    skips = []
    for width in WIDTHS[:-1]:
        x = two_convolutions(x, width)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = two_convolutions(x, WIDTHS[-1])
    for width, skip in zip(reversed(WIDTHS[:-1]), reversed(skips), strict=True):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Concatenate()([x, skip])
        x = two_convolutions(x, width)
    probability = layers.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(image, probability)


def two_convolutions(x, width):
    """Twice: convolve, normalise, cut at zero."""
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    return x


def learning_rate_schedule(steps):
    """A short warm-up, then half a cosine down to nothing."""
    return keras.optimizers.schedules.CosineDecay(
        PEAK_LEARNING_RATE / 20,
        decay_steps=steps - steps // 20,
        warmup_target=PEAK_LEARNING_RATE,
        warmup_steps=steps // 20,
    )


def overlap_and_entropy(truth, answer):
    """Cross-entropy per pixel plus the soft Jaccard loss per image, which is what is marked."""
    entropy = keras.ops.mean(keras.losses.binary_crossentropy(truth, answer), axis=(1, 2))
    both = keras.ops.sum(truth * answer, axis=(1, 2, 3))
    either = keras.ops.sum(truth + answer - truth * answer, axis=(1, 2, 3))
    return entropy + 1.0 - (both + 1.0) / (either + 1.0)


def mean_iou(truth, answer):
    """The mark's own measure, at the network's size."""
    bird, found = truth > 0.5, answer > 0.5
    both = keras.ops.sum(keras.ops.cast(bird & found, "float32"), axis=(1, 2, 3))
    either = keras.ops.sum(keras.ops.cast(bird | found, "float32"), axis=(1, 2, 3))
    return (both + 1e-6) / (either + 1e-6)
