"""The coarse matrix: the tangent of soft tissue on the coarse space, by the Galerkin product Z^T K Z.

Z keeps every unknown of soft tissue and gives the nodes of each body a few reduced unknowns
(:mod:`fem_lumbar.solver.multilevel.reduced_motion`), so that the product is the soft matrix with its columns in a body
multiplied by the shapes of that body.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.sparse import csr_array


@dataclass
class _Attachment:
    """Entries of the soft matrix in the columns of one body, by row.

    ``entries`` and ``shape_rows`` (nnz,) say which value multiplies which row of the body's shapes, ``starts`` where
    each of the ``rows`` begins; ``slots`` is where the products of soft rows start in the reduced matrix.
    """

    rows: np.ndarray
    starts: np.ndarray
    entries: np.ndarray
    shape_rows: np.ndarray
    is_soft: np.ndarray
    slots: np.ndarray


class CoarseMatrix:
    """Upper triangle of the coarse matrix: soft unknowns first, then those of each body.

    Parameters
    ----------
    pattern : csr_array (n, n)
        Upper-triangular pattern of the soft tissues, on soft unknowns and on the body nodes they are attached to.
    body_of : (n,) int
        Body of each equation, -1 for soft tissue.
    sizes : list of int
        Number of reduced unknowns of each body.
    """

    def __init__(self, pattern: csr_array, body_of: np.ndarray, sizes: list[int]) -> None:
        self._body_of = body_of
        self.soft = np.flatnonzero(body_of < 0)
        self._offsets = len(self.soft) + np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        self._sizes = sizes
        self.attached = [np.flatnonzero(body_of == body) for body in range(len(sizes))]
        rank = np.full(len(body_of), -1)
        for equations in (self.soft, *self.attached):
            rank[equations] = np.arange(len(equations))
        rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
        columns = pattern.indices
        inside = (body_of[rows] < 0) & (body_of[columns] < 0)
        self._attachments = [self._attachment(body, rows, columns, rank) for body in range(len(sizes))]
        self._lay_out(rank, rows[inside], columns[inside], np.flatnonzero(inside))

    def _attachment(self, body: int, rows: np.ndarray, columns: np.ndarray, rank: np.ndarray) -> _Attachment:
        upper = np.flatnonzero(self._body_of[columns] == body)
        lower = np.flatnonzero((self._body_of[rows] == body) & (rows != columns))
        row = np.concatenate([rows[upper], columns[lower]])
        shape = rank[np.concatenate([columns[upper], rows[lower]])]
        order = np.lexsort([shape, row])
        touched, starts = np.unique(row[order], return_index=True)
        return _Attachment(
            rows=touched,
            starts=np.append(starts, len(row)),
            entries=np.concatenate([upper, lower])[order],
            shape_rows=shape[order],
            is_soft=self._body_of[touched] < 0,
            slots=np.empty(0, dtype=int),
        )

    def _lay_out(self, rank: np.ndarray, rows: np.ndarray, columns: np.ndarray, entries: np.ndarray) -> None:
        n_soft, size = len(self.soft), self._offsets[-1]
        rows, columns = rank[rows], rank[columns]
        inner = np.bincount(rows, minlength=n_soft)
        counts = np.concatenate([inner, np.arange(size - n_soft, 0, -1)])
        for attachment, n in zip(self._attachments, self._sizes):
            counts[rank[attachment.rows[attachment.is_soft]]] += n
        indptr = np.concatenate([[0], np.cumsum(counts)])
        self._indices = np.empty(indptr[-1], dtype=np.int64)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(inner) - inner, inner)
        self._soft_slots, self._soft_entries = indptr[rows] + within, entries
        self._indices[self._soft_slots] = columns
        filled = indptr[:n_soft] + inner
        for attachment, offset, n in zip(self._attachments, self._offsets, self._sizes):
            soft = rank[attachment.rows[attachment.is_soft]]
            attachment.slots = filled[soft].copy()
            self._indices[attachment.slots[:, None] + np.arange(n)] = offset + np.arange(n)
            filled[soft] += n
        corner = np.arange(n_soft, size)
        self._corner_slots = indptr[n_soft]
        self._indices[self._corner_slots :] = np.concatenate([corner[k:] for k in range(len(corner))])
        self.pattern = csr_array((np.ones(indptr[-1]), self._indices, indptr), (size, size))

    def values(self, soft: np.ndarray, shapes: list[np.ndarray], bodies: list[np.ndarray]) -> np.ndarray:
        """Values on ``pattern``.

        Parameters
        ----------
        soft : (nnz,)
            Values of the soft matrix on the pattern given at construction.
        shapes : list of (r, size)
            Motion of the attached equations of each body per unit of its reduced unknowns.
        bodies : list of (size, size)
            Stiffness of each body itself on its reduced unknowns.
        """
        out = np.zeros(self.pattern.nnz)
        out[self._soft_slots] = soft[self._soft_entries]
        n_soft = len(self.soft)
        corner = np.zeros((self._offsets[-1] - n_soft,) * 2)
        for body, attachment in enumerate(self._attachments):
            n = self._sizes[body]
            products = _row_products(soft, attachment.starts, attachment.entries, attachment.shape_rows, shapes[body])
            out[attachment.slots[:, None] + np.arange(n)] = products[attachment.is_soft]
            columns = slice(self._offsets[body] - n_soft, self._offsets[body + 1] - n_soft)
            corner[columns, columns] += bodies[body]
            on_bodies = attachment.rows[~attachment.is_soft]
            for other in np.unique(self._body_of[on_bodies]):
                mine = self._body_of[on_bodies] == other
                row_shapes = shapes[other][np.searchsorted(self.attached[other], on_bodies[mine])]
                rows = slice(self._offsets[other] - n_soft, self._offsets[other + 1] - n_soft)
                corner[rows, columns] += row_shapes.T @ products[~attachment.is_soft][mine]
        corner = 0.5 * (corner + corner.T)
        out[self._corner_slots :] = corner[np.triu_indices(len(corner))]
        return out

    def split(self, unknowns: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Soft part and the parts of each body of a vector of reduced unknowns."""
        parts = np.split(unknowns, self._offsets)[:-1]
        return parts[0], parts[1:]


@numba.njit(parallel=True, cache=True)
def _row_products(
    values: np.ndarray, starts: np.ndarray, entries: np.ndarray, shape_rows: np.ndarray, shapes: np.ndarray
) -> np.ndarray:
    out = np.zeros((len(starts) - 1, shapes.shape[1]))
    for row in numba.prange(len(starts) - 1):
        for k in range(starts[row], starts[row + 1]):
            value = values[entries[k]]
            for mode in range(shapes.shape[1]):
                out[row, mode] += value * shapes[shape_rows[k], mode]
    return out
