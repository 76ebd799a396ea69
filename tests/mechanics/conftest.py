"""The items of the verification suite, on two cubes that overlap a little."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.verification import specimens


@pytest.fixture(scope="session")
def cubes() -> specimens.Cubes:
    return specimens.cubes()


@pytest.fixture(scope="session")
def deformed(cubes: specimens.Cubes) -> np.ndarray:
    return specimens.deformed(cubes)
