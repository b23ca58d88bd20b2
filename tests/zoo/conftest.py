"""The zoo's own small world."""

from __future__ import annotations

import pytest

from grader.datasets.splits import open_split
from grader.records import Split
from tests.discs import draw_discs


@pytest.fixture(scope="session")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Split:
    """A secret split of four images of a disc."""
    return open_split(draw_discs(tmp_path_factory.mktemp("discs") / "hidden"), "hidden")
