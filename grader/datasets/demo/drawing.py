"""Draw a whole split into a folder: in parallel, and all of it or nothing."""

import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PIL import Image

from grader.datasets.demo.specimen import DEFAULT_SEED, Split, draw_specimen, pixel_digest
from grader.datasets.manifest import write_manifest

CASES: dict[Split, int] = {"train": 600, "public": 60, "hidden": 120}

Progress = Callable[[int, int], None]


def draw_split(
    folder: Path,
    split: Split,
    *,
    seed: int = DEFAULT_SEED,
    count: int | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> None:
    """Draw the first `count` cases of a split into `folder`, with its manifest.

    The pixels depend on `seed`, `split` and each case's number alone, not on `workers`. The folder
    appears when everything in it is written, under its name or not at all.

    Args:
        folder: The split's folder; it must not exist yet.
        split: Which split; the three share species, not individuals.
        seed: Another seed draws other birds.
        count: How many cases; by default as many as the split has (`CASES`).
        workers: Processes to draw with; 1 draws in this one.
        on_progress: Called with (cases drawn, cases in all) after every case.

    Raises:
        FileExistsError: `folder` is there already.
    """
    total = CASES[split] if count is None else count
    with _appears_whole(folder) as unfinished:
        digests: dict[str, str] = {}
        draw_one = partial(write_case, unfinished, seed, split)
        for done, written in enumerate(_each(draw_one, total, workers), start=1):
            digests.update(written)
            if on_progress is not None:
                on_progress(done, total)
        write_manifest(unfinished, split=split, secret=False, pixel_digests=digests)


def write_case(folder: Path, seed: int, split: Split, index: int) -> dict[str, str]:
    """Draw one case and write its image and mask; returns inner path -> digest of the pixels."""
    specimen = draw_specimen(seed, split, index)
    image, mask = folder / specimen.image_path, folder / specimen.mask_path
    for path in (image, mask):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(specimen.image).save(image, quality=specimen.quality, optimize=True)
    Image.fromarray(specimen.mask).save(mask, optimize=True)
    return {
        specimen.image_path: pixel_digest(specimen.image),
        specimen.mask_path: pixel_digest(specimen.mask),
    }


def _each(
    draw_one: Callable[[int], dict[str, str]], total: int, workers: int
) -> Iterator[dict[str, str]]:
    if workers <= 1:
        yield from map(draw_one, range(total))
        return
    # "spawn" works the same on every system, and beside threads of a progress display.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(draw_one, range(total), chunksize=4)


@contextmanager
def _appears_whole(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder` that takes its name when the block ends well."""
    if folder.exists():
        raise FileExistsError(
            f"{folder} exists already. Remove it first, or choose another folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-unfinished-", dir=folder.parent))
    try:
        yield unfinished
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
