"""The kernels that load cases call, with their argument types: they are compiled before the first load case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from numba import float64 as real
from numba import int32, int64, types

ELEMENTS = ((10, 4, 4), (10, 4, 0), (4, 1, 0))
"""Nodes, quadrature points and pressures of the cells of discs, of other tissue and of bone on linear cells."""


class Kernel(NamedTuple):
    """A compiled function and the types of its arguments."""

    function: Any
    types: tuple[Any, ...]


def kernels() -> list[Kernel]:
    """Kernels of a simulation; those that take longest to compile come first."""
    return [*_of_cells(), *_of_equations(), *_of_surfaces()]


def _of_cells() -> Iterator[Kernel]:
    from fem_lumbar.mechanics.kernels import Schedule, kernels_for
    from fem_lumbar.mechanics.membrane import _forces, _tangent

    schedule = types.NamedUniTuple(int64[::1], 3, Schedule)
    state = real[::1], int64[:, ::1], real[:, :, :, ::1], real[:, ::1]
    cells = *state, int64, real[:, ::1], real[:, ::1], real
    found = [kernels_for(*element) for element in ELEMENTS]
    yield from (Kernel(one.add_tangent, (*cells, schedule, int32[:, ::1], real[::1])) for one in found)
    yield from (Kernel(one.forces, cells) for one in found)
    for function in (_tangent, _forces):
        yield Kernel(function, (*state, real[:, :, ::1], real[:, ::1]))


def _of_equations() -> Iterator[Kernel]:
    from fem_lumbar.solver import assembly, schedule, sparsity
    from fem_lumbar.solver.multilevel import coarse_matrix

    numbers, short = int64[::1], int32[::1]
    yield Kernel(sparsity._couple, (numbers, numbers, numbers, short))
    yield Kernel(sparsity._positions, (int64[:, ::1], numbers, numbers))
    yield Kernel(sparsity._merge, (numbers, numbers, numbers, numbers))
    yield Kernel(sparsity._partial_products, (numbers, numbers, short, real[::1], real[::1]))
    yield Kernel(coarse_matrix._row_products, (real[::1], numbers, numbers, numbers, real[:, ::1]))
    blocks = real[:, :, ::1], int64[:, ::1], numbers, numbers, numbers, int32[:, ::1], real[::1]
    yield Kernel(assembly._add_blocks, blocks)
    yield Kernel(sparsity._meetings, (numbers, numbers, int64))
    yield Kernel(schedule._colour, (int64[:, ::1], numbers, int64))
    yield Kernel(sparsity.moved, (int32[:, ::1], short))


def _of_surfaces() -> Iterator[Kernel]:
    from fem_lumbar.foundation import closest_point
    from fem_lumbar.materials.pointwise import respond
    from fem_lumbar.mechanics import contact_pairs, lines, quadratic_facet

    vector, rows, blocks = real[::1], real[:, ::1], real[:, :, ::1]
    yield Kernel(lines._between_nodes, (rows, blocks))
    yield Kernel(closest_point._nearest, (rows, blocks, int64))
    yield Kernel(quadratic_facet._find, (rows, blocks, rows, vector, rows, rows, blocks, blocks, blocks))
    yield Kernel(contact_pairs._tangent, (vector, vector, rows, vector, rows, rows, blocks, blocks, blocks))
    yield Kernel(respond, (int64, real[:, :, :, ::1], rows))
