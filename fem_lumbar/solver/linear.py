"""Sparse direct solvers behind one small interface: analyse a pattern, factorise values, solve.

Matrices are symmetric (possibly indefinite: pressure unknowns) and given by their upper triangle.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_array, triu
from scipy.sparse.linalg import splu

from fem_lumbar.foundation.errors import PhysicsError

_MEANINGS = {
    -1: "the matrix does not match its sparsity pattern (internal error)",
    -2: "not enough memory: choose a coarser mesh density or fewer --jobs",
    -3: "reordering failed (internal error)",
    -4: "zero pivot: in this state the structure, or a part of it, is unstable or unconstrained",
    -6: "reordering failed (internal error)",
    -7: "the matrix is singular: a part of the structure is unconstrained",
    -8: "too many unknowns for 32-bit numbers: choose a coarser mesh density",
    -9: "not enough disk space for out-of-core factors",
}
"""What the error codes of PARDISO mean here (oneMKL reference, table of the parameter error)."""

_LIBRARY = "PYPARDISO_MKL_RT"
"""Environment variable with the path of the MKL library, read by pypardiso."""
_NOT_FINITE = "the stiffness is not finite: the state is far outside the range of the tissue laws"


def pardiso_failure(error: int) -> str:
    """An error code of PARDISO in words."""
    return f"{_MEANINGS.get(error, 'the linear solver failed')} (PARDISO {error})"


class LinearSolver(Protocol):
    """Direct solver of one symmetric sparsity pattern."""

    name: str

    def analyse(self, pattern: csr_array) -> None:
        """Order the unknowns of an upper-triangular pattern (n, n)."""

    def factor(self, values: np.ndarray) -> None:
        """Factorise the matrix with the values (nnz,) on the analysed pattern."""

    def solve(self, right_hand_side: np.ndarray) -> np.ndarray:
        """Solution (n,) for a right-hand side (n,), or solutions (n, m) for several (n, m) at once."""


class PardisoSolver:
    """MKL PARDISO for symmetric matrices; the analysis is kept while the pattern stays.

    Parameters
    ----------
    definite : bool
        Whether all matrices are positive definite: Cholesky factorisation without pivoting, slightly faster.
    single : bool
        Factors in single precision, for solutions that are refined: two thirds of the time, half the memory.
    """

    name = "pardiso"
    _DEFINITE, _INDEFINITE = 2, -2
    _ANALYSE, _FACTOR, _SOLVE, _RELEASE = 11, 22, 33, -1

    def __init__(self, definite: bool = False, single: bool = False) -> None:
        from pypardiso import PyPardisoSolver

        if library := _installed_library():
            os.environ.setdefault(_LIBRARY, library)
        self._pardiso = PyPardisoSolver(mtype=self._DEFINITE if definite else self._INDEFINITE)
        os.environ.setdefault(_LIBRARY, self._pardiso.libmkl._name)  # for worker processes
        self._kind = np.float32 if single else np.float64
        self._size = 0

    def __del__(self) -> None:
        """Release the factors, which the library keeps outside Python's memory."""
        if getattr(self, "_size", 0) and not sys.is_finalizing():
            self._call(self._RELEASE, np.zeros(self._size, self._kind))

    def analyse(self, pattern: csr_array) -> None:
        """Order the unknowns of an upper-triangular pattern (n, n)."""
        if self._size:
            self._call(self._RELEASE, np.zeros(self._size, self._kind))
        self._size = pattern.shape[0]
        self._starts, self._columns = pattern.indptr.astype(np.int32), pattern.indices.astype(np.int32)
        self._values = np.ones(pattern.nnz, self._kind)
        self._analysed = False
        settings = self._pardiso.iparm
        settings[:] = 0
        settings[0] = 1  # own settings below
        settings[1] = 3  # parallel nested dissection
        settings[7] = 0  # refinement only where pivots had to be perturbed
        settings[9] = 8  # pivot perturbation 1e-8
        settings[20] = 1  # Bunch-Kaufman pivoting
        settings[27] = self._kind == np.float32
        settings[34] = 1  # indices count from zero

    def factor(self, values: np.ndarray) -> None:
        """Factorise the matrix with the values (nnz,) on the analysed pattern.

        Raises
        ------
        PhysicsError
            If the factorisation fails, or a value overflows the precision, as in a diverged state: the library may
            crash on such values.
        """
        with np.errstate(over="ignore"):
            self._values[:] = values
        if not np.isfinite(self._values).all():
            raise PhysicsError(_NOT_FINITE)
        if not self._analysed:
            self._call(self._ANALYSE, np.zeros(self._size, self._kind))
            self._analysed = True
        self._call(self._FACTOR, np.zeros(self._size, self._kind))

    def solve(self, right_hand_side: np.ndarray) -> np.ndarray:
        """Solution (n,) for a right-hand side (n,), or solutions (n, m) for several (n, m) at once."""
        by_column = np.ascontiguousarray(right_hand_side.T, self._kind)
        return self._call(self._SOLVE, by_column).T.astype(float)

    def _call(self, phase: int, vector: np.ndarray) -> np.ndarray:
        """Call the library directly: pypardiso's wrapper copies the indices and supports only double precision."""
        pardiso, solution, failure = self._pardiso, np.zeros_like(vector), ctypes.c_int32(0)

        def number(value: int) -> Any:
            return ctypes.byref(ctypes.c_int32(value))

        def integers(array: np.ndarray) -> Any:
            return array.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))

        pardiso._mkl_pardiso(
            pardiso.pt.ctypes.data_as(ctypes.POINTER(pardiso._pt_type[0])),
            number(1),  # maximum number of factorisations kept
            number(1),  # the one to use
            number(pardiso.mtype),
            number(phase),
            number(self._size),
            self._values.ctypes.data,
            integers(self._starts),
            integers(self._columns),
            integers(pardiso.perm),
            number(vector.size // self._size),  # right-hand sides
            integers(pardiso.iparm),
            number(0),  # nothing printed
            vector.ctypes.data,
            solution.ctypes.data,
            ctypes.byref(failure),
        )
        if failure.value:
            raise PhysicsError(pardiso_failure(failure.value))
        return solution


class ScipySolver:
    """SciPy's SuperLU on the full matrix: several times slower than PARDISO, but always available."""

    name = "scipy"

    def analyse(self, pattern: csr_array) -> None:
        """Store an upper-triangular pattern (n, n)."""
        self._pattern = pattern

    def factor(self, values: np.ndarray) -> None:
        """Factorise the matrix with the values (nnz,) on the analysed pattern."""
        if not np.isfinite(values).all():
            raise PhysicsError(_NOT_FINITE)
        upper = csr_array((values, self._pattern.indices, self._pattern.indptr), self._pattern.shape)
        full = (upper + triu(upper, k=1).T).tocsc()
        try:
            self._factors = splu(full, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
        except RuntimeError as error:
            raise PhysicsError(f"{_MEANINGS[-7]} (SuperLU: {error})") from error

    def solve(self, right_hand_side: np.ndarray) -> np.ndarray:
        """Solution (n,) for a right-hand side (n,), or solutions (n, m) for several (n, m) at once."""
        return self._factors.solve(right_hand_side)


@cache
def _installed_library() -> str | None:
    """Path at which wheels install the library; pypardiso would search the whole installation, which takes a second."""
    places = ("lib/libmkl_rt.so*", "lib/libmkl_rt*.dylib", "Library/bin/mkl_rt*.dll")
    return next((str(path) for place in places for path in sorted(Path(sys.prefix).glob(place))), None)


@cache
def pardiso_problem() -> str | None:
    """Why PARDISO cannot be used here; None where it solves a small test system."""
    try:
        solver = PardisoSolver()
        matrix = csr_array(np.array([[2.0, 1.0], [0.0, -3.0]]))
        solver.analyse(matrix)
        solver.factor(matrix.data)
        if not np.allclose(solver.solve(np.array([3.0, -2.0])), [1.0, 1.0]):
            return "it returned a wrong solution"
    except (ImportError, AttributeError, OSError, PhysicsError) as error:
        return str(error)
    return None


def linear_solver(choice: str, definite: bool = False, single: bool = False) -> tuple[LinearSolver, str | None]:
    """Solver for ``auto``, ``pardiso`` or ``scipy``, and a warning where ``auto`` had to fall back.

    ``definite`` and ``single`` are those of :class:`PardisoSolver`; SciPy's solver needs neither.

    Raises
    ------
    PhysicsError
        If ``pardiso`` is asked for and does not work.
    """
    if choice == "scipy":
        return ScipySolver(), None
    problem = pardiso_problem()
    if problem is None:
        return PardisoSolver(definite, single), None
    if choice == "pardiso":
        raise PhysicsError(f"solver.linear: pardiso is not usable ({problem}); choose auto or scipy")
    return ScipySolver(), f"PARDISO is not usable ({problem}): SciPy's solver is used, several times slower"


def thread_count() -> int:
    """Threads the numerical libraries may use."""
    return int(os.environ.get("MKL_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
