"""Principal strains of tissue, and of the bone around the two processes that an arch joins."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.quantiles import percentile_by_volume
from fem_lumbar.mechanics.kernels import deformation_gradient
from fem_lumbar.mechanics.solid import cell_average
from fem_lumbar.model.bone import BONE
from fem_lumbar.model.segment import Segment

REACH_MM = 5.0
"""Bone cells with their centre so near the middle of a foot count as the bone around it: two thirds of the span."""


def principal_strains(deformation: np.ndarray) -> np.ndarray:
    """Principal Green-Lagrange strains (n, 3), smallest first, of deformation gradients (n, 3, 3)."""
    return np.linalg.eigvalsh(0.5 * (np.einsum("eki,ekj->eij", deformation, deformation) - np.eye(3)))


def bone_strain(segment: Segment, level: str, centre: np.ndarray, x: np.ndarray) -> dict[str, float]:
    """Largest strains of the bone within :data:`REACH_MM` of a point (3,) of a vertebra, mm, in a state x (n_dofs,).

    Returns
    -------
    dict
        ``tensile_strain_peak`` and ``tensile_strain_p95``: largest principal strain of cell averages; compressive ones
        likewise from the smallest, positive in compression.
    """
    strains, volumes = [], []
    for tissue in BONE:
        for item in segment.solids.get(f"{level}.{tissue}", ()):
            corners = segment.space.nodes[item.nodes[:, :4]].mean(axis=1)
            near = np.flatnonzero(np.sum((corners - centre) ** 2, axis=1) <= REACH_MM**2)
            if len(near):
                moved = x[item.dofs[near]].reshape(len(near), -1, 3)
                weights = item.weights[near]
                mean = cell_average(deformation_gradient(item.gradients[near], moved), weights)
                strains.append(principal_strains(mean))
                volumes.append(weights.sum(axis=1))
    strain, volume = np.vstack(strains), np.concatenate(volumes)
    found = {}
    for name, values in (("tensile", strain[:, 2]), ("compressive", -strain[:, 0])):
        found[f"{name}_strain_peak"] = float(values.max())
        found[f"{name}_strain_p95"] = percentile_by_volume(values, volume)
    return found
