"""Mean surfaces of real vertebrae, which are no part of this repository: tests that need them skip without them."""

from pathlib import Path

import pytest

from fem_lumbar.specimen.reference_files import read_references
from fem_lumbar.surfaces import Surface

FOLDER = Path(__file__).parents[2] / "shared" / "reference" / "anatomy"
"""Mean surfaces L3 to L5 of 87 patients (Clouthier et al. 2023, J Biomech 146:111421; MIT licence) as STL files."""


def real_vertebrae() -> dict[str, Surface]:
    """The surfaces by level; skips the test where they are not."""
    if not FOLDER.is_dir():
        pytest.skip("needs the mean surfaces of Clouthier et al. 2023 in ../shared/reference/anatomy")
    return read_references(FOLDER)
