"""Sparsity pattern of a symmetric matrix, and the position in it of every entry of the element matrices."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from scipy.sparse import csr_array

_CHUNKS = 16
_PARTS = 8
_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy"}


def upper_pattern(row_sets: list[np.ndarray], size: int) -> csr_array:
    """Upper triangle (size, size), with the full diagonal, that couples the equations of every row.

    Parameters
    ----------
    row_sets : list of (n, m) int
        Equation numbers of the rows of each item, -1 for none.
    size : int
        Number of equations.
    """
    used = [rows >= 0 for rows in row_sets]
    counts = np.concatenate([np.zeros(1, dtype=np.int64), *(mask.sum(axis=1) for mask in used)])
    flat = np.concatenate([np.empty(0, dtype=np.int64), *(rows[mask] for rows, mask in zip(row_sets, used))])
    starts = np.cumsum(counts)
    indptr, columns = _couple(starts, flat, *_meetings(starts, flat, size))
    return _matrix(columns, indptr)


def merged(pattern: csr_array, other: csr_array) -> tuple[csr_array, np.ndarray]:
    """Union of two patterns, and the position (nnz,) in it of each entry of the first one."""
    indptr, columns, place = _merge(pattern.indptr, pattern.indices, other.indptr, other.indices)
    return _matrix(columns, indptr), place


def positions(rows: np.ndarray, pattern: csr_array) -> np.ndarray:
    """Position in the pattern of every pair a <= b of each row (n, m), packed row-major; -1 where there is none."""
    return _positions(rows, pattern.indptr, pattern.indices)


def lacking(rows: np.ndarray, found: np.ndarray) -> bool:
    """Whether some pair of equations of the rows (n, m) has no position in the pattern."""
    used = (rows >= 0).sum(axis=1)
    return bool(np.count_nonzero(found >= 0) < np.sum(used * (used + 1) // 2))


def _matrix(columns: np.ndarray, indptr: np.ndarray) -> csr_array:
    size = len(indptr) - 1
    return csr_array((np.ones(len(columns), dtype=np.int8), columns, indptr), (size, size))


@numba.njit(**_OPTIONS)
def _meetings(starts: np.ndarray, flat: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that hold each equation: those of equation i are ``rows[meeting[i]:meeting[i + 1]]``."""
    meeting = np.zeros(size + 1, dtype=np.int64)
    for i in flat:
        meeting[i + 1] += 1
    meeting = np.cumsum(meeting)
    filled = meeting[:-1].copy()
    rows = np.empty(len(flat), dtype=np.int32)
    for row in range(len(starts) - 1):
        for p in range(starts[row], starts[row + 1]):
            rows[filled[flat[p]]] = row
            filled[flat[p]] += 1
    return meeting, rows


@numba.njit(**_OPTIONS)
def _collect(
    i: int,
    starts: np.ndarray,
    flat: np.ndarray,
    meeting: np.ndarray,
    rows: np.ndarray,
    marker: np.ndarray,
    out: np.ndarray,
) -> int:
    """Collect in ``out`` the equations >= i that share a row with equation i; returns their number."""
    n = 0
    marker[i] = i
    out[n] = i
    n += 1
    for k in range(meeting[i], meeting[i + 1]):
        for p in range(starts[rows[k]], starts[rows[k] + 1]):
            j = flat[p]
            if j > i and marker[j] != i:
                marker[j] = i
                out[n] = j
                n += 1
    return n


@numba.njit(**_OPTIONS)
def _same_rows(i: int, meeting: np.ndarray, rows: np.ndarray) -> bool:
    """Whether equations i and i - 1 are in exactly the same rows, as components of one node are."""
    n = meeting[i + 1] - meeting[i]
    if n == 0 or meeting[i] - meeting[i - 1] != n:
        return False
    for k in range(n):  # noqa: SIM110  (numba does not compile generators)
        if rows[meeting[i] + k] != rows[meeting[i - 1] + k]:
            return False
    return True


@numba.njit(**_OPTIONS)
def _sort(numbers: np.ndarray) -> None:
    """Sort in place (Shell 1959, gaps of Ciura 2001): numba's own sort takes two seconds to compile."""
    for gap in (701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, len(numbers)):
            number, j = numbers[i], i
            while j >= gap and numbers[j - gap] > number:
                numbers[j] = numbers[j - gap]
                j -= gap
            numbers[j] = number


@numba.njit(parallel=True, **_OPTIONS)
def _couple(
    starts: np.ndarray, flat: np.ndarray, meeting: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    size = len(meeting) - 1
    counts = np.zeros(size + 1, dtype=np.int64)
    for chunk in numba.prange(_CHUNKS):
        marker, out = np.full(size, -1, dtype=np.int32), np.empty(size, dtype=np.int32)
        first, last = chunk * size // _CHUNKS, (chunk + 1) * size // _CHUNKS
        for i in range(first, last):
            if i > first and _same_rows(i, meeting, rows):
                counts[i + 1] = counts[i] - 1
            else:
                counts[i + 1] = _collect(i, starts, flat, meeting, rows, marker, out)
    indptr = np.cumsum(counts)
    columns = np.empty(indptr[-1], dtype=np.int32)
    for chunk in numba.prange(_CHUNKS):
        marker, out = np.full(size, -1, dtype=np.int32), np.empty(size, dtype=np.int32)
        first, last = chunk * size // _CHUNKS, (chunk + 1) * size // _CHUNKS
        for i in range(first, last):
            here, n = indptr[i], indptr[i + 1] - indptr[i]
            if i > first and _same_rows(i, meeting, rows):
                columns[here : here + n] = columns[here - n : here]
            else:
                _collect(i, starts, flat, meeting, rows, marker, out)
                _sort(out[:n])
                columns[here : here + n] = out[:n]
    return indptr, columns


@numba.njit(parallel=True, **_OPTIONS)
def _merge(
    indptr: np.ndarray, indices: np.ndarray, other_indptr: np.ndarray, other_indices: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = len(indptr) - 1
    counts = np.zeros(size + 1, dtype=np.int64)
    for i in numba.prange(size):
        a, b, n = indptr[i], other_indptr[i], 0
        while a < indptr[i + 1] or b < other_indptr[i + 1]:
            in_a = a < indptr[i + 1] and (b >= other_indptr[i + 1] or indices[a] <= other_indices[b])
            in_b = b < other_indptr[i + 1] and (a >= indptr[i + 1] or other_indices[b] <= indices[a])
            a += in_a
            b += in_b
            n += 1
        counts[i + 1] = n
    merged_indptr = np.cumsum(counts)
    columns = np.empty(merged_indptr[-1], dtype=np.int32)
    place = np.empty(len(indices), dtype=np.int32)
    for i in numba.prange(size):
        a, b = indptr[i], other_indptr[i]
        for k in range(merged_indptr[i], merged_indptr[i + 1]):
            in_a = a < indptr[i + 1] and (b >= other_indptr[i + 1] or indices[a] <= other_indices[b])
            in_b = b < other_indptr[i + 1] and (a >= indptr[i + 1] or other_indices[b] <= indices[a])
            columns[k] = indices[a] if in_a else other_indices[b]
            if in_a:
                place[a] = k
            a += in_a
            b += in_b
    return merged_indptr, columns, place


@numba.njit(**_OPTIONS)
def _search(low: int, high: int, column: int, indices: np.ndarray) -> int:
    """Place of a column in the sorted ``indices[low:high]``, -1 if it is not there."""
    if low < high and indices[low] == column:
        return low
    end = high
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < column:
            low = middle + 1
        else:
            high = middle
    if low < end and indices[low] == column:
        return low
    return -1


@numba.njit(parallel=True, **_OPTIONS)
def _positions(rows: np.ndarray, indptr: np.ndarray, indices: np.ndarray) -> np.ndarray:
    n_rows, m = rows.shape
    out = np.full((n_rows, m * (m + 1) // 2), -1, dtype=np.int32)
    for e in numba.prange(n_rows):
        order = np.empty(m, dtype=np.int64)
        for s in range(m):  # insertion sort: few entries, partly in order
            t = s
            while t > 0 and rows[e, order[t - 1]] > rows[e, s]:
                order[t] = order[t - 1]
                t -= 1
            order[t] = s
        for s in range(m):
            i = rows[e, order[s]]
            if i < 0:
                continue
            low, high = indptr[i], indptr[i + 1]
            for t in range(s, m):  # columns ascend; those of one node are adjacent
                j = rows[e, order[t]]
                if low + 1 < high and indices[low + 1] == j:
                    low += 1
                found = _search(low, high, j, indices)
                if found >= 0:
                    low = found
                a, b = min(order[s], order[t]), max(order[s], order[t])
                out[e, a * m - a * (a - 1) // 2 + b - a] = found
    return out


@numba.njit(parallel=True, **_OPTIONS)
def moved(found: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Positions (n, p) after the entries of the pattern have moved to ``place`` (nnz,)."""
    out = np.empty_like(found)
    for e in numba.prange(len(found)):
        for k in range(found.shape[1]):
            out[e, k] = place[found[e, k]] if found[e, k] >= 0 else -1
    return out


def symmetric_times(starts: np.ndarray, columns: np.ndarray, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Product (n,) of a symmetric matrix, given by its upper triangle, with a vector (n,)."""
    bounds = np.searchsorted(starts, np.arange(_PARTS + 1) * len(values) // _PARTS)
    return _partial_products(np.minimum(bounds, len(x)), starts, columns, values, x).sum(axis=0)


@numba.njit(parallel=True, cache=True)
def _partial_products(
    bounds: np.ndarray, starts: np.ndarray, columns: np.ndarray, values: np.ndarray, x: np.ndarray
) -> np.ndarray:
    """Products (p, n) of the rows between successive ``bounds`` (p + 1,), including their mirrored entries.

    The number of parts is fixed, so that sums are reproducible for any number of threads. They are summed outside,
    since summing them here would take four more seconds to compile.
    """
    parts = np.zeros((len(bounds) - 1, len(x)))
    for part in numba.prange(len(bounds) - 1):
        out = parts[part]
        for row in range(bounds[part], bounds[part + 1]):
            total, here = 0.0, x[row]
            for k in range(starts[row], starts[row + 1]):
                column = columns[k]
                total += values[k] * x[column]
                if column != row:
                    out[column] += values[k] * here
            out[row] += total
    return parts
