"""Compiled total-Lagrangian kernels of tetrahedra: forces and tangent, from state to global matrix in one pass.

Each element is processed from displacements to its final contribution before the next, so that only the result is
written to memory. A pressure field (P2/P1) adds a few columns to the element matrix.

Element matrices are built row by row in *component order*: x of all nodes, then y, then z, then pressures. Their upper
triangle, packed row-major, is added to the global matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numba
import numpy as np

from fem_lumbar.materials import pointwise
from fem_lumbar.materials.pointwise import add_inverse_terms, inverse, point_stress, point_tangent

_OPTIONS: dict[str, Any] = {"cache": True, "fastmath": {"contract"}, "error_model": "numpy"}
_PLACE = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2]])


class Schedule(NamedTuple):
    """Order in which rows are added to a global matrix; rows of different blocks of one colour share no equation.

    Block b is ``order[starts[b]:starts[b + 1]]``, colour c has the blocks from ``colours[c]`` to ``colours[c + 1]``.
    """

    order: np.ndarray
    starts: np.ndarray
    colours: np.ndarray


class Destination(NamedTuple):
    """The global matrix that element matrices are added to.

    ``positions`` (n_e, p) maps each entry of the packed upper triangles to ``values`` (nnz,); -1 drops it.
    """

    schedule: Schedule
    positions: np.ndarray
    values: np.ndarray


class Kernels(NamedTuple):
    """Compiled functions for one kind of element; see :func:`kernels_for`."""

    forces: Callable[..., tuple[np.ndarray, np.ndarray]]
    add_tangent: Callable[..., None]


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
    return np.eye(3) + displacement.transpose(0, 2, 1)[:, None] @ gradients


@numba.njit(**_OPTIONS)
def _cofactor(f: np.ndarray, out: np.ndarray) -> float:
    """Set ``out`` to J F^-T; returns J."""
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for a in range(3):
            b, c = (a + 1) % 3, (a + 2) % 3
            out[i, a] = f[j, b] * f[k, c] - f[j, c] * f[k, b]
    return f[0, 0] * out[0, 0] + f[0, 1] * out[0, 1] + f[0, 2] * out[0, 2]


@numba.njit(**_OPTIONS)
def _right_cauchy_green(f: np.ndarray, out: np.ndarray) -> None:
    for a in range(3):
        for b in range(a, 3):
            out[_PLACE[a, b]] = f[0, a] * f[0, b] + f[1, a] * f[1, b] + f[2, a] * f[2, b]


@numba.njit(**_OPTIONS)
def _set_moduli(
    f: np.ndarray, stress: np.ndarray, tangent: np.ndarray, w: float, half: np.ndarray, out: np.ndarray
) -> None:
    """Set ``out`` (3, 3, 3, 3) to w dP_iJ/dF_kL at [i, k, J, L] for k >= i, P the first Piola-Kirchhoff stress."""
    for i in range(3):
        f0, f1, f2 = w * f[i, 0], w * f[i, 1], w * f[i, 2]
        for j in range(3):
            p0, p1, p2 = _PLACE[0, j], _PLACE[1, j], _PLACE[2, j]
            for a in range(6):
                half[i, j, a] = f0 * tangent[p0, a] + f1 * tangent[p1, a] + f2 * tangent[p2, a]
    for i in range(3):
        for k in range(i, 3):
            for j in range(3):
                for m in range(3):
                    p0, p1, p2 = _PLACE[0, m], _PLACE[1, m], _PLACE[2, m]
                    out[i, k, j, m] = f[k, 0] * half[i, j, p0] + f[k, 1] * half[i, j, p1] + f[k, 2] * half[i, j, p2]
        for j in range(3):
            for m in range(3):
                out[i, i, j, m] += w * stress[_PLACE[j, m]]


@numba.njit(forceinline=True, **_OPTIONS)
def _deform(x: np.ndarray, dofs: np.ndarray, gradients: np.ndarray, f: np.ndarray) -> None:
    """Set F (n_q, 3, 3) of one element with gradients (n_q, k, 3)."""
    for q in range(f.shape[0]):
        for i in range(3):
            for j in range(3):
                f[q, i, j] = 1.0 if i == j else 0.0
    for a in range(gradients.shape[1]):
        for i in range(3):
            u = x[dofs[3 * a + i]]
            for q in range(f.shape[0]):
                for j in range(3):
                    f[q, i, j] += u * gradients[q, a, j]


@numba.njit(forceinline=True, **_OPTIONS)
def _set_flux(
    moduli: np.ndarray, w: float, cofactor: np.ndarray, g: np.ndarray, shapes: np.ndarray, flux: np.ndarray
) -> None:
    """Set ``flux`` (3, 3, 3 k + n_p), the derivative of the first Piola-Kirchhoff stress (J, i) by each unknown.

    Only unknowns from component i on are needed; ``g`` (3, k) are the gradients.
    """
    n_nodes = g.shape[1]
    for i in range(3):
        for k in range(i, 3):
            for j in range(3):
                m0, m1, m2 = moduli[i, k, j, 0], moduli[i, k, j, 1], moduli[i, k, j, 2]
                for b in range(n_nodes):
                    flux[j, i, k * n_nodes + b] = m0 * g[0, b] + m1 * g[1, b] + m2 * g[2, b]
        for j in range(3):
            for m in range(len(shapes)):
                flux[j, i, 3 * n_nodes + m] = w * cofactor[i, j] * shapes[m]


@cache
def kernels_for(n_nodes: int, n_points: int, n_pressures: int) -> Kernels:
    """Kernels of elements with given numbers of nodes, quadrature points and pressures.

    All loops have fixed length. Numba's cache identifies kernels by this file and by the numbers they capture. It would
    not notice a change of the laws, hence ``formulas``; nor can it identify compiled functions, so none are captured.
    """
    formulas = crc32(Path(pointwise.__file__).read_bytes())
    n_displacements = 3 * n_nodes
    n_dofs = n_displacements + n_pressures

    @numba.njit(parallel=True, **_OPTIONS)
    def forces(
        x: np.ndarray,
        dofs: np.ndarray,
        gradients: np.ndarray,
        weights: np.ndarray,
        law: int,
        parameters: np.ndarray,
        shapes: np.ndarray,
        bulk: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Energy (n_e,) N·mm and residual (n_e, 3 k + n_p) of all elements.

        ``x`` (n,) is the state, ``dofs`` (n_e, 3 k + n_p), ``gradients`` (n_e, n_q, k, 3) 1/mm, ``weights``
        (n_e, n_q) mm3, ``law`` the number of the law, ``parameters`` (n_e, n) its rows, ``shapes`` (n_q, n_p) of the
        pressure, ``bulk`` its modulus K in MPa.
        """
        _ = formulas
        n_cells = len(dofs)
        energy = np.zeros(n_cells)
        out = np.zeros((n_cells, n_dofs))
        n_blocks = (n_cells + 31) // 32
        for block in numba.prange(n_blocks):
            f = np.empty((n_points, 3, 3))
            cofactor, piola = np.empty((3, 3)), np.empty((3, 3))
            c, cinv, stress = np.empty(6), np.empty(6), np.empty(6)
            for e in range(32 * block, min(32 * block + 32, n_cells)):
                _deform(x, dofs[e], gradients[e], f)
                for q in range(n_points):
                    w = weights[e, q]
                    _right_cauchy_green(f[q], c)
                    volume = np.sqrt(inverse(c, cinv))
                    density = point_stress(law, c, cinv, volume, parameters[e], stress)
                    for i in range(3):
                        for j in range(3):
                            piola[i, j] = w * (
                                f[q, i, 0] * stress[_PLACE[0, j]]
                                + f[q, i, 1] * stress[_PLACE[1, j]]
                                + f[q, i, 2] * stress[_PLACE[2, j]]
                            )
                    if n_pressures:
                        pressure = 0.0
                        for m in range(n_pressures):
                            pressure += shapes[q, m] * x[dofs[e, n_displacements + m]]
                        jacobian = _cofactor(f[q], cofactor)
                        change = jacobian - 1.0
                        density += pressure * change - pressure * pressure / (2.0 * bulk)
                        for m in range(n_pressures):
                            out[e, n_displacements + m] += w * (change - pressure / bulk) * shapes[q, m]
                        for i in range(3):
                            for j in range(3):
                                piola[i, j] += w * pressure * cofactor[i, j]
                    energy[e] += w * density
                    for a in range(n_nodes):
                        for i in range(3):
                            out[e, 3 * a + i] += (
                                piola[i, 0] * gradients[e, q, a, 0]
                                + piola[i, 1] * gradients[e, q, a, 1]
                                + piola[i, 2] * gradients[e, q, a, 2]
                            )
        return energy, out

    @numba.njit(parallel=True, **_OPTIONS)
    def add_tangent(
        x: np.ndarray,
        dofs: np.ndarray,
        gradients: np.ndarray,
        weights: np.ndarray,
        law: int,
        parameters: np.ndarray,
        shapes: np.ndarray,
        bulk: float,
        schedule: Schedule,
        positions: np.ndarray,
        values: np.ndarray,
    ) -> None:
        """Add the tangent of all elements to ``values`` (nnz,); other arguments as of ``forces``.

        ``schedule``, ``positions`` and ``values`` are those of a :class:`Destination`, packed in component order.
        """
        _ = formulas
        order, starts, colours = schedule
        for colour in range(len(colours) - 1):
            for block in numba.prange(colours[colour], colours[colour + 1]):
                f = np.empty((n_points, 3, 3))
                cofactor = np.zeros((3, 3))
                c, cinv, stress, tangent = np.empty(6), np.empty(6), np.empty(6), np.empty((6, 6))
                g = np.empty((n_points * 3, n_nodes))
                half, moduli = np.empty((3, 3, 6)), np.empty((3, 3, 3, 3))
                flux = np.empty((n_points * 3, 3, n_dofs))
                row = np.empty(n_dofs)
                mass = np.empty((n_pressures, n_pressures))
                for place in range(starts[block], starts[block + 1]):
                    e = order[place]
                    _deform(x, dofs[e], gradients[e], f)
                    mass[:] = 0.0
                    for q in range(n_points):
                        w = weights[e, q]
                        _right_cauchy_green(f[q], c)
                        volume = np.sqrt(inverse(c, cinv))
                        point_stress(law, c, cinv, volume, parameters[e], stress)
                        point_tangent(law, c, cinv, volume, parameters[e], tangent)
                        if n_pressures:
                            pressure = 0.0
                            for m in range(n_pressures):
                                pressure += shapes[q, m] * x[dofs[e, n_displacements + m]]
                            pulled = pressure * _cofactor(f[q], cofactor)
                            for a in range(6):
                                stress[a] += pulled * cinv[a]
                            add_inverse_terms(cinv, pulled, -2.0 * pulled, tangent)
                            for m in range(n_pressures):
                                for n in range(n_pressures):
                                    mass[m, n] -= w / bulk * shapes[q, m] * shapes[q, n]
                        for j in range(3):
                            for a in range(n_nodes):
                                g[3 * q + j, a] = gradients[e, q, a, j]
                        _set_moduli(f[q], stress, tangent, w, half, moduli)
                        _set_flux(moduli, w, cofactor, g[3 * q : 3 * q + 3], shapes[q], flux[3 * q : 3 * q + 3])
                    k = 0
                    for i in range(3):
                        for a in range(n_nodes):
                            for column in range(i * n_nodes, n_dofs):
                                value = 0.0
                                for p in range(3 * n_points):
                                    value += g[p, a] * flux[p, i, column]
                                row[column] = value
                            for column in range(i * n_nodes + a, n_dofs):
                                where = positions[e, k]
                                k += 1
                                if where >= 0:
                                    values[where] += row[column]
                    for m in range(n_pressures):
                        for n in range(m, n_pressures):
                            where = positions[e, k]
                            k += 1
                            if where >= 0:
                                values[where] += mass[m, n]

    return Kernels(forces, add_tangent)


def component_order(n_nodes: int, n_pressures: int) -> np.ndarray:
    """Local unknowns (3 k + n_p,) in component order, of rows that hold x, y, z of each node, then pressures."""
    displacements = np.arange(3 * n_nodes).reshape(n_nodes, 3).T.ravel()
    return np.concatenate([displacements, 3 * n_nodes + np.arange(n_pressures)])


def dense(kernels: Kernels, arguments: tuple, packing: np.ndarray) -> np.ndarray:
    """Element matrices (n_e, m, m) with rows and columns in the order of the item's ``dofs``."""
    n_cells, m = arguments[1].shape
    first, second = (packing[k] for k in np.triu_indices(m))
    packed = np.zeros((n_cells, len(first)))
    alone = Schedule(np.arange(n_cells), np.arange(n_cells + 1), np.array([0, n_cells]))
    places = np.arange(packed.size, dtype=np.int32).reshape(packed.shape)
    kernels.add_tangent(*arguments, alone, places, packed.reshape(-1))
    out = np.empty((n_cells, m, m))
    out[:, first, second] = out[:, second, first] = packed
    return out
