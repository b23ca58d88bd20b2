"""The demonstration set: the same pixels from the same seed, in the homework's layout."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.datasets.demo import DEFAULT_SEED, draw_split
from grader.datasets.demo.contact_sheet import contact_sheet
from grader.datasets.demo.specimen import Split, draw_specimen, pixel_digest
from grader.datasets.manifest import Manifest, read_manifest

COMMITTED = Path(__file__).parents[2] / "hidden_sets" / "demo"
VOTES = {0, 51, 102, 153, 204, 255}

KILLED_DRAW = """
import os, signal, sys
from pathlib import Path
from grader.datasets.demo import draw_split

def die(done, total):
    os.kill(os.getpid(), signal.SIGKILL)

draw_split(Path(sys.argv[1]), "public", count=2, on_progress=die)
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "public"
    draw_split(folder, "public", count=20)
    return folder


def manifest_of(folder: Path) -> Manifest:
    return read_manifest(folder / "manifest.json")


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def grey_levels(mask: np.ndarray) -> np.ndarray:
    return mask if mask.ndim == 2 else mask[..., 0]


def test_two_workers_draw_the_same_pixels_as_one(drawn: Path, tmp_path: Path) -> None:
    draw_split(tmp_path / "public", "public", count=5, workers=2)
    alone = {case.name: case for case in manifest_of(drawn).cases}
    for case in manifest_of(tmp_path / "public").cases:
        assert case == alone[case.name]


def test_a_case_does_not_depend_on_what_was_drawn_before() -> None:
    late = draw_specimen(DEFAULT_SEED, "hidden", 11)
    draw_specimen(DEFAULT_SEED, "hidden", 3)
    again = draw_specimen(DEFAULT_SEED, "hidden", 11)
    assert pixel_digest(late.image) == pixel_digest(again.image)
    assert pixel_digest(late.mask) == pixel_digest(again.mask)


def test_another_seed_or_another_split_gives_another_bird() -> None:
    digests = {
        pixel_digest(draw_specimen(seed, split, 0).image)
        for seed, split in ((1, "hidden"), (2, "hidden"), (1, "public"), (1, "train"))
    }
    assert len(digests) == 4


def test_the_digest_tells_shapes_and_types_apart() -> None:
    flat = np.zeros((2, 8), dtype=np.uint8)
    assert pixel_digest(flat) != pixel_digest(flat.reshape(4, 4))
    assert pixel_digest(flat) != pixel_digest(np.zeros((2, 7), dtype=np.uint8))


@pytest.mark.parametrize(("split", "index"), [("hidden", 0), ("hidden", 64), ("public", 27)])
def test_the_committed_set_was_drawn_by_this_code(split: Split, index: int) -> None:
    specimen = draw_specimen(DEFAULT_SEED, split, index)
    cases = {case.image: case for case in manifest_of(COMMITTED / split).cases}
    case = cases[specimen.image_path]
    assert case.image_pixels == pixel_digest(specimen.image)
    assert case.truth_pixels == pixel_digest(specimen.mask)


@pytest.mark.parametrize(("split", "count"), [("hidden", 120), ("public", 60)])
def test_the_committed_masks_hold_the_pixels_of_the_manifest(split: Split, count: int) -> None:
    # PNG loses nothing, so that the file itself can be held against the digest.
    cases = manifest_of(COMMITTED / split).cases
    assert len(cases) == count
    for case in cases:
        assert case.truth_pixels == pixel_digest(pixels(COMMITTED / split / case.truth))


def test_the_committed_set_is_small_enough_for_the_repository() -> None:
    files = [path for split in ("hidden", "public") for path in (COMMITTED / split).rglob("*")]
    assert sum(path.stat().st_size for path in files) < 8_000_000


def test_every_image_has_a_mask_of_its_size_in_the_six_levels(drawn: Path) -> None:
    cases = manifest_of(drawn).cases
    assert len(cases) == 20
    for case in cases:
        levels = grey_levels(pixels(drawn / case.truth))
        assert levels.shape == pixels(drawn / case.image).shape[:2] == (case.height, case.width)
        assert set(np.unique(levels)) <= VOTES


def test_the_annotators_disagree_at_edges_and_agree_inside(drawn: Path) -> None:
    for case in manifest_of(drawn).cases:
        levels = grey_levels(pixels(drawn / case.truth))
        assert set(np.unique(levels)) == VOTES
        assert (levels == 255).sum() > ((levels > 0) & (levels < 255)).sum() / 2


def test_sides_are_from_240_to_500_pixels(drawn: Path) -> None:
    cases = manifest_of(drawn).cases
    assert all(240 <= side <= 500 for case in cases for side in (case.width, case.height))
    assert len({(case.width, case.height) for case in cases}) > 12


def test_some_images_are_grey_and_some_masks_have_an_alpha_channel() -> None:
    cases = manifest_of(COMMITTED / "hidden").cases
    images = [pixels(COMMITTED / "hidden" / case.image).ndim for case in cases]
    masks = [pixels(COMMITTED / "hidden" / case.truth).ndim for case in cases]
    assert 4 <= images.count(2) <= 10
    assert 4 <= masks.count(3) <= 10


def test_every_species_is_in_every_split() -> None:
    for split in ("hidden", "public"):
        names = {path.name for path in (COMMITTED / split / "images").iterdir()}
        assert len(names) == 20
        assert "001.Amber_Warbler" in names


def test_a_bird_fills_a_sane_share_of_its_picture() -> None:
    shares = [
        (grey_levels(pixels(COMMITTED / "hidden" / case.truth)) > 127).mean()
        for case in manifest_of(COMMITTED / "hidden").cases
    ]
    assert min(shares) > 0.01
    assert max(shares) < 0.6
    assert 0.1 < float(np.mean(shares)) < 0.3


def test_a_failed_draw_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_split(tmp_path / "public", "public", count=2, on_progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_draw_leaves_no_folder_under_the_splits_name(tmp_path: Path) -> None:
    target = tmp_path / "public"
    ended = subprocess.run([sys.executable, "-c", KILLED_DRAW, str(target)], check=False)
    assert ended.returncode == -9
    assert not target.exists()


def test_a_drawn_set_is_not_drawn_over(drawn: Path) -> None:
    with pytest.raises(FileExistsError, match="exists already"):
        draw_split(drawn, "public", count=1)


def test_progress_is_told_case_by_case(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    draw_split(
        tmp_path / "s", "train", count=2, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 2), (2, 2)]


def test_the_contact_sheet_shows_the_outlines(drawn: Path, tmp_path: Path) -> None:
    contact_sheet(drawn, tmp_path / "sheet.jpg", columns=3, rows=2)
    sheet = pixels(tmp_path / "sheet.jpg").astype(int)
    assert sheet.shape == (2 * 172 + 4, 3 * 220 + 4, 3)
    pinkish = (sheet[..., 0] > 200) & (sheet[..., 1] < 110) & (sheet[..., 2] > 70)
    assert pinkish.sum() > 300
