"""Real vertebrae to compare with: mean surfaces of L3, L4 and L5, and landmarks measured on such surfaces."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.parameters import QuantityTree, read_quantities

_DATA = Path(__file__).parent / "data"
_SURFACES = _DATA / "reference_surfaces.npz"


@cache
def reference_surfaces() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean surface of each vertebra over 87 patients (Clouthier et al. 2023, J Biomech 146:111421; MIT licence).

    The patients are old (mean 61 years) and have osteophytes.

    Returns
    -------
    dict
        Level to points (n, 3), mm, in one frame common to the levels (x anterior, y left, z cranial), and triangles
        (k, 3) with normals outward; each surface is closed.
    """
    with np.load(_SURFACES, allow_pickle=False) as file:
        return {
            level: (file[f"{level}/points"].astype(float), file[f"{level}/triangles"].astype(int)) for level in LEVELS
        }


def reference_source() -> tuple[str, str]:
    """Where the surfaces come from, and the text of their licence."""
    with np.load(_SURFACES, allow_pickle=False) as file:
        return str(file["source"]), str(file["licence"])


@cache
def reference_landmarks() -> QuantityTree:
    """Landmarks of real vertebrae with unit, source and confidence.

    ``levels`` holds points in the body frame of each level, ``joints`` centres and orientations of the facets in the
    body frame of the lower vertebra. Points of one side are x, lateral distance, z.
    """
    return read_quantities(_DATA / "reference_landmarks.yaml")
