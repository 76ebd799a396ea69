"""Rows of the growing table of a study: numbers in arrays, written from time to time."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.runs.paths import unwritable
from fem_lumbar.studies import table
from fem_lumbar.studies.factors import Factor
from fem_lumbar.studies.manifest import Manifest, OutputColumn, write_manifest
from fem_lumbar.studies.outputs import OutputValue, output_column
from fem_lumbar.studies.solving import CaseResult, PointResult
from fem_lumbar.studies.store import StoreError
from fem_lumbar.studies.words import as_word

if TYPE_CHECKING:
    import pandas

_SHARE = 0.01
"""Fraction of the time that may be spent on writing the table."""
_LEAST_S = 10.0


class StudyRows:
    """The rows of a study by point.

    Parameters
    ----------
    folder : Path
        Folder of the study.
    manifest : Manifest
        Manifest without outputs, which are added as they occur.
    factors : sequence of Factor
    cases : sequence of str
        Load cases in the order of the rows.
    """

    def __init__(self, folder: Path, manifest: Manifest, factors: Sequence[Factor], cases: Sequence[str]) -> None:
        self._folder, self._manifest, self._cases = folder, manifest, tuple(cases)
        self._has_words = {factor.name: factor.categories is not None for factor in factors}
        self._outputs: dict[str, int] = {}
        self._rows: dict[int, list[tuple[Any, ...]]] = {}
        self._written, self._took = time.monotonic(), 0.0

    def add(self, result: PointResult) -> None:
        """Set the rows of a point; a load case without result becomes a failed row."""
        point = result.point.values
        values = tuple(as_word(point[name]) if words else point[name] for name, words in self._has_words.items())
        given = {one.case: one for one in result.cases}
        missing = result.reason or "the load case was not run"
        rows = []
        for name in self._cases:
            case = given.get(name, CaseResult(name, table.FAILED, missing))
            rows.append((name, case.status, case.reason or "", values, self._numbers(case.outputs)))
        self._rows[result.point.number] = rows

    def write_now_and_then(self) -> None:
        """Write the table if the cost is small compared with the time since the last write."""
        if time.monotonic() - self._written > max(_LEAST_S, self._took / _SHARE):
            self.write()

    def write(self) -> None:
        """Write manifest and table, each atomically."""
        begun = time.monotonic()
        try:
            write_manifest(self._folder, self.manifest)
            table.write(self._folder, self.frame(), self.manifest)
        except OSError as error:
            raise StoreError(str(unwritable(self._folder, error))) from error
        self._written = time.monotonic()
        self._took = self._written - begun

    @property
    def manifest(self) -> Manifest:
        """The manifest with the outputs found so far."""
        from dataclasses import replace

        outputs = tuple(output_column(name) for name in self._outputs)
        return replace(self._manifest, outputs=outputs or self._manifest.outputs)

    def frame(self) -> pandas.DataFrame:
        """The table, by point and load case."""
        import numpy as np
        import pandas

        every = [(number, *row) for number in sorted(self._rows) for row in self._rows[number]]
        head = {
            "point": np.array([row[0] for row in every], dtype=np.int64),
            "load_case": [row[1] for row in every],
            "status": [row[2] for row in every],
            "reason": [row[3] for row in every],
        }
        factors = {name: [row[4][i] for row in every] for i, name in enumerate(self._has_words)}
        names = list(self._outputs) or [one.name for one in self._manifest.outputs]
        numbers = np.full((len(every), 3, len(names)), np.nan)
        for i, row in enumerate(every):
            own = np.frombuffer(row[5], dtype=float).reshape(-1, 3)
            numbers[i, :, : len(own)] = own.T
        outputs = {
            f"{prefix}{name}": numbers[:, k, j]
            for k, prefix in enumerate(("", table.FLOOR, table.MESH_ERROR))
            for j, name in enumerate(names)
        }
        return pandas.DataFrame(head | factors | outputs)

    def _numbers(self, outputs: dict[str, OutputValue]) -> array[float]:
        """Value, floor and mesh error of each output: three numbers for each column known so far."""
        for name in outputs:
            self._outputs.setdefault(name, len(self._outputs))
        found = array("d", [math.nan]) * (3 * len(self._outputs) if outputs else 0)
        for name, one in outputs.items():
            place = 3 * self._outputs[name]
            found[place : place + 3] = array(
                "d", [one.value, *(math.nan if x is None else x for x in (one.floor, one.mesh_error))]
            )
        return found


def named_outputs(paths: Sequence[str]) -> tuple[OutputColumn, ...]:
    """Manifest entries of the outputs named without ``*``, before any results."""
    return tuple(output_column(path) for path in paths if "*" not in path)
