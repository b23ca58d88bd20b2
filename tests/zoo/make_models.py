"""Makes the small HDF5 files of the zoo: ``python tests/zoo/make_models.py``."""

from pathlib import Path

import keras

HERE = Path(__file__).parent / "models"


def tiny(*extra: keras.layers.Layer) -> keras.Model:
    """A model of a few kilobytes that takes images of any size."""
    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(2, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(1, 1, activation="sigmoid"),
            *extra,
        ]
    )


class Double(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def own_loss(truth, predicted):
    return keras.ops.mean(keras.ops.abs(truth - predicted))


def main() -> None:
    keras.utils.set_random_seed(1)
    HERE.mkdir(exist_ok=True)
    tiny().save(HERE / "tiny.hdf5")
    with_loss = tiny()
    with_loss.compile(optimizer="adam", loss=own_loss)
    with_loss.save(HERE / "custom_loss.hdf5")
    tiny(Double()).save(HERE / "custom_layer.hdf5")
    content = (HERE / "tiny.hdf5").read_bytes()
    (HERE / "damaged.hdf5").write_bytes(content[: len(content) // 2])


if __name__ == "__main__":
    main()
