"""Batched total-Lagrangian kernels: deformation gradient, internal force and tangent of solid cells."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(parallel=True, cache=True)
def deformation_gradient(gradients: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """Deformation gradient F at every quadrature point.

    Parameters
    ----------
    gradients : (n_e, n_q, k, 3)
        Reference gradients of the shape functions, 1/mm.
    displacement : (n_e, k, 3)
        Nodal displacements, mm.

    Returns
    -------
    (n_e, n_q, 3, 3)
    """
    n_cells, n_points, n_nodes, _ = gradients.shape
    out = np.zeros((n_cells, n_points, 3, 3))
    for e in numba.prange(n_cells):
        for q in range(n_points):
            for i in range(3):
                out[e, q, i, i] = 1.0
            for a in range(n_nodes):
                for i in range(3):
                    for j in range(3):
                        out[e, q, i, j] += displacement[e, a, i] * gradients[e, q, a, j]
    return out


@numba.njit(parallel=True, cache=True)
def internal_force(deformation, stress, gradients, weights):
    """Nodal forces (n_e, 3 k) in N of second Piola-Kirchhoff stresses.

    Parameters
    ----------
    deformation : (n_e, n_q, 3, 3)
        Deformation gradient.
    stress : (n_e, n_q, 6)
        Second Piola-Kirchhoff stress in Voigt order, MPa.
    gradients : (n_e, n_q, k, 3)
        Reference gradients of the shape functions, 1/mm.
    weights : (n_e, n_q)
        Quadrature weights times reference volume, mm3.
    """
    n_cells, n_points, n_nodes, _ = gradients.shape
    out = np.zeros((n_cells, 3 * n_nodes))
    for e in numba.prange(n_cells):
        first = np.empty((3, 3))
        for q in range(n_points):
            _first_piola(deformation[e, q], stress[e, q], weights[e, q], first)
            for a in range(n_nodes):
                for i in range(3):
                    for j in range(3):
                        out[e, 3 * a + i] += first[i, j] * gradients[e, q, a, j]
    return out


@numba.njit(parallel=True, cache=True)
def tangent_stiffness(deformation, stress, tangent, gradients, weights):
    """Tangent stiffness (n_e, 3 k, 3 k) in N/mm: material and geometric part.

    Arguments as in :func:`internal_force`, with ``tangent`` (n_e, n_q, 6, 6) = dS/dE in MPa.
    """
    n_cells, n_points, n_nodes, _ = gradients.shape
    n_dofs = 3 * n_nodes
    out = np.zeros((n_cells, n_dofs, n_dofs))
    for e in numba.prange(n_cells):
        strain = np.empty((6, n_dofs))
        stressed = np.empty((6, n_dofs))
        pulled = np.empty(3)
        for q in range(n_points):
            w = weights[e, q]
            _strain_operator(deformation[e, q], gradients[e, q], strain)
            for c in range(6):
                for b in range(n_dofs):
                    value = 0.0
                    for d in range(6):
                        value += tangent[e, q, c, d] * strain[d, b]
                    stressed[c, b] = w * value
            for a in range(n_dofs):
                for b in range(a, n_dofs):
                    value = 0.0
                    for c in range(6):
                        value += strain[c, a] * stressed[c, b]
                    out[e, a, b] += value
            s = stress[e, q]
            for a in range(n_nodes):
                g = gradients[e, q, a]
                pulled[0] = w * (s[0] * g[0] + s[3] * g[1] + s[5] * g[2])
                pulled[1] = w * (s[3] * g[0] + s[1] * g[1] + s[4] * g[2])
                pulled[2] = w * (s[5] * g[0] + s[4] * g[1] + s[2] * g[2])
                for b in range(a, n_nodes):
                    h = gradients[e, q, b]
                    value = pulled[0] * h[0] + pulled[1] * h[1] + pulled[2] * h[2]
                    for i in range(3):
                        out[e, 3 * a + i, 3 * b + i] += value
        for a in range(n_dofs):
            for b in range(a):
                out[e, a, b] = out[e, b, a]
    return out


@numba.njit(parallel=True, cache=True)
def strain_operators(deformation, gradients):
    """dE/du (n_e, n_q, 6, 3 k) in Voigt order, E the Green-Lagrange strain; arguments as above."""
    n_cells, n_points, n_nodes, _ = gradients.shape
    out = np.empty((n_cells, n_points, 6, 3 * n_nodes))
    for e in numba.prange(n_cells):
        for q in range(n_points):
            _strain_operator(deformation[e, q], gradients[e, q], out[e, q])
    return out


@numba.njit(cache=True)
def _strain_operator(f, gradients, out):
    """Fill ``out`` (6, 3 k) with dE/du in Voigt order at one point, E the Green-Lagrange strain."""
    for a in range(gradients.shape[0]):
        g0, g1, g2 = gradients[a, 0], gradients[a, 1], gradients[a, 2]
        for i in range(3):
            column = 3 * a + i
            out[0, column] = f[i, 0] * g0
            out[1, column] = f[i, 1] * g1
            out[2, column] = f[i, 2] * g2
            out[3, column] = f[i, 0] * g1 + f[i, 1] * g0
            out[4, column] = f[i, 1] * g2 + f[i, 2] * g1
            out[5, column] = f[i, 0] * g2 + f[i, 2] * g0


@numba.njit(cache=True)
def _first_piola(f, s, w, out):
    for i in range(3):
        out[i, 0] = w * (f[i, 0] * s[0] + f[i, 1] * s[3] + f[i, 2] * s[5])
        out[i, 1] = w * (f[i, 0] * s[3] + f[i, 1] * s[1] + f[i, 2] * s[4])
        out[i, 2] = w * (f[i, 0] * s[5] + f[i, 1] * s[4] + f[i, 2] * s[2])
