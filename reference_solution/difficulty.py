"""How hard is a data set? Three mean IoUs: colour alone, no skip connections, a U-Net.

    python -m reference_solution.difficulty --data hidden_sets/demo

The colour models are fitted here, on `<data>/train`. The networks are submissions trained before
(`--plain`, `--unet`). The last line is one JSON object.
"""

import argparse
import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Truth = NDArray[np.bool_]
Answer = NDArray[np.float32]

BINS = 24
GRID = 16
THRESHOLDS = np.linspace(0.05, 0.95, 37)


def main() -> None:
    """Measure, print a table, and end with one line of JSON."""
    options = _options()
    train, hidden = options.data / "train", options.data / "hidden"
    scores: dict[str, float] = {}
    for space in ("RGB", "HSV", "YCbCr"):
        for with_place in (False, True):
            model = ColourModel(train, space, with_place=with_place)
            name = f"colour, {space}" + (" and place" if with_place else "")
            scores[name] = mean_iou(hidden, model)
    for name, submission in (("encoder-decoder", options.plain), ("U-Net", options.unet)):
        if (submission / "segmentation_model.hdf5").exists():
            scores[name] = mean_iou(hidden, network(submission))
    for name, score in scores.items():
        print(f"{name:<24} {score:.4f}")
    print(json.dumps(scores))


class ColourModel:
    """P(bird | colour) counted in colour bins on the training set, best cut chosen there.

    With `with_place`, P(bird | position) on a 16 x 16 grid multiplies the odds.
    """

    def __init__(self, train: Path, space: str, *, with_place: bool) -> None:
        self.space, self.with_place = space, with_place
        birds, others = np.ones(BINS**3), np.ones(BINS**3)
        places, pictures = np.zeros((GRID, GRID)), 0
        for path, truth in cases(train):
            bins = self._bins(path)
            birds += np.bincount(bins[truth], minlength=BINS**3)
            others += np.bincount(bins[~truth], minlength=BINS**3)
            small = Image.fromarray(truth.astype(np.float32))
            places += np.asarray(small.resize((GRID, GRID), Image.Resampling.BOX))
            pictures += 1
        self.log_odds = np.log(birds) - np.log(others)
        usual = float(birds.sum() / (birds.sum() + others.sum()))
        place = np.clip(places / pictures, 0.001, 0.999)
        self.place_odds = np.log(place / (1 - place)) - np.log(usual / (1 - usual))
        self.cut = 0.5
        self.cut = self._best_cut(train)

    def __call__(self, path: Path) -> Answer:
        """(H, W) float32: above 0.5 where the bird's probability passes the best cut."""
        return (self._probability(path) > self.cut).astype(np.float32)

    def _probability(self, path: Path) -> Answer:
        odds = self.log_odds[self._bins(path)]
        if self.with_place:
            height, width = odds.shape
            place = Image.fromarray(self.place_odds.astype(np.float32))
            odds = odds + np.asarray(place.resize((width, height), Image.Resampling.BILINEAR))
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)

    def _bins(self, path: Path) -> NDArray[np.int64]:
        with Image.open(path) as image:
            rgb = image.convert("RGB")
        pixels = np.asarray(rgb.convert(self.space))
        levels = pixels.astype(np.int64) * BINS // 256
        return levels[..., 0] * BINS**2 + levels[..., 1] * BINS + levels[..., 2]

    def _best_cut(self, train: Path) -> float:
        totals = np.zeros(len(THRESHOLDS))
        for path, truth in list(cases(train))[::4]:
            probability = self._probability(path)
            totals += [iou(probability > cut, truth) for cut in THRESHOLDS]
        return float(THRESHOLDS[int(totals.argmax())])


def network(submission: Path) -> Callable[[Path], Answer]:
    """A submission's own `predict`, with its model loaded."""
    import keras

    model = keras.models.load_model(submission / "segmentation_model.hdf5", compile=False)
    module = _module(submission / "segmentation.py")

    def answer(path: Path) -> Answer:
        return np.asarray(module.predict(model, str(path)), dtype=np.float32)

    return answer


def mean_iou(split: Path, answer: Callable[[Path], Answer]) -> float:
    """Mean over the images of IoU(answer > 0.5, mask > 127)."""
    return float(np.mean([iou(answer(path) > 0.5, truth) for path, truth in cases(split)]))


def iou(found: Truth, truth: Truth) -> float:
    """Intersection over union of two (H, W) masks; 1 for two empty ones."""
    either = int((found | truth).sum())
    return int((found & truth).sum()) / either if either else 1.0


def cases(split: Path) -> Iterator[tuple[Path, Truth]]:
    """Image path and (H, W) truth of every case."""
    for path in sorted((split / "images").rglob("*.jpg")):
        mask = split / "gt" / path.relative_to(split / "images").with_suffix(".png")
        with Image.open(mask) as levels:
            yield path, np.asarray(levels.convert("L")) > 127


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"submission_of_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("hidden_sets/demo"))
    parser.add_argument("--plain", type=Path, default=Path("submissions/bob"))
    parser.add_argument("--unet", type=Path, default=Path("reference_solution"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
