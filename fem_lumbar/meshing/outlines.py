"""Outlines of the endplates, the waist and the nucleus, from the measures."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.endplates import endplate_size, kidney_outline
from fem_lumbar.anatomy.parameters import DiscAndFacetMeasures, VertebraMeasures
from fem_lumbar.anatomy.placement import endplate_frame, transformed

_OUTLINE_POINTS = 32


def endplate_rim(vertebra: VertebraMeasures, face: str, frame: np.ndarray) -> np.ndarray:
    """Rim of an endplate in the global frame, (n, 3), mm.

    Parameters
    ----------
    vertebra : VertebraMeasures
    face : str
        ``superior`` or ``inferior``.
    frame : ndarray (4, 4)
        Body frame of the vertebra in the global frame.
    """
    flat = kidney_outline(_OUTLINE_POINTS, *endplate_size(vertebra, face))
    local = np.column_stack([flat, np.zeros(len(flat))])
    return transformed(frame @ endplate_frame(vertebra, face), local)


def waist_rim(vertebra: VertebraMeasures, frame: np.ndarray) -> np.ndarray:
    """Outline of the body half-way between its endplates in the global frame, (n, 3), mm."""
    waist = 0.5 * (endplate_rim(vertebra, "inferior", np.eye(4)) + endplate_rim(vertebra, "superior", np.eye(4)))
    waist[:, 0] *= vertebra.waist_depth_ratio
    waist[:, 1] *= vertebra.waist_width_ratio
    return transformed(frame, waist)


def nucleus_rim(disc: DiscAndFacetMeasures, rim: np.ndarray) -> np.ndarray:
    """Outline of the nucleus in the plane of a disc rim (n, 3), mm: same shape, scaled and moved backwards."""
    scale = np.sqrt(disc.nucleus_area_fraction)
    skew = np.sqrt(disc.nucleus_depth_to_width)
    centre = 0.5 * (rim[0] + rim[len(rim) // 2])
    anterior = rim[0] - centre
    anterior /= np.linalg.norm(anterior)
    offset = rim - centre
    along = (offset @ anterior)[:, None] * anterior
    return centre + scale * (skew * along + (offset - along) / skew) - disc.nucleus_posterior_offset_mm * anterior
