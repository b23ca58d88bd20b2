"""From a scene to the file's pixels: exposure, white balance, softness and the sensor's grain."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from grader.datasets.demo.canvas import Picture, blurred, cloud_noise, to_bytes


def photograph(rng: Generator, picture: Picture, *, grey: bool) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, or (H, W) from a camera with black-and-white film."""
    height, width = picture.shape[:2]
    balance = rng.normal(1, 0.05, 3).astype(np.float32)
    exposure = np.float32(rng.uniform(0.92, 1.25))
    exposed = np.clip(picture * balance * exposure, 0, 1)
    # A parabola bends the tones as a gamma does; unlike a power it is the same on every processor.
    bend = np.float32(rng.uniform(-0.45, 0.45))
    exposed = exposed + bend * exposed * (1 - exposed)
    veil = cloud_noise(rng, (height, width), (height, width)) * np.float32(rng.uniform(0, 0.12))
    exposed = exposed * (1 - veil[..., None]) + veil[..., None]
    exposed = blurred(exposed, rng.uniform(0, 1.1))
    grain = rng.uniform(0.004, 0.028)
    if grey:
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        exposed = (
            exposed[..., :1] * weights[0]
            + exposed[..., 1:2] * weights[1]
            + exposed[..., 2:] * weights[2]
        )
    brightness_noise = rng.standard_normal((height, width, 1)) * grain
    colour_noise = rng.standard_normal(exposed.shape) * grain * 0.5
    noisy = exposed + (brightness_noise + colour_noise).astype(np.float32)
    pixels = to_bytes(noisy)
    return pixels[..., 0] if grey else pixels


def jpeg_quality(rng: Generator) -> int:
    """From a careless upload to a careful one."""
    return int(rng.integers(48, 90))
