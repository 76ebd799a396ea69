"""Comparison of two runs: the claim, and every difference with its numerical error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.documents.comparison_figure import effects_bars
from fem_lumbar.documents.comparison_several import main_numbers
from fem_lumbar.documents.comparison_text import claim, compare_runs
from fem_lumbar.measures.quantities import kind, unit
from fem_lumbar.runs.notebook import html
from fem_lumbar.runs.run import Run, load_run
from fem_lumbar.web_page.html import embedded

if TYPE_CHECKING:
    import pandas

COLUMNS = (
    "case",
    "quantity",
    "first",
    "second",
    "difference",
    "error",
    "unit",
    "relative",
    "verdict",
    "mesh_error",
    "mesh_error_known",
    "kind",
)
"""Columns of :meth:`RunComparison.table`."""
_MOST_SHOWN = 12


@dataclass(frozen=True)
class RunComparison:
    """Differences between two runs, and the claim they support.

    Attributes
    ----------
    first, second : Run
        The two runs; differences are second minus first.
    found : Comparison
        Every difference with its errors, scale and verdict.
    """

    first: Run
    second: Run
    found: Comparison

    @property
    def claim(self) -> str:
        """The claim in one sentence, with its caveats."""
        return claim(self.found)

    @property
    def changes(self) -> dict[str, tuple[object, object]]:
        """Scenario keys whose values differ, with both values."""
        return self.found.changes

    def table(self) -> pandas.DataFrame:
        """Every difference as one row.

        ``error`` is the combined numerical error, in the unit of the number; a difference is resolved when it exceeds
        three times that error. ``relative`` is relative to the first value, or to the largest one of its kind if that
        is near zero.
        """
        import pandas

        rows = [
            (
                item.case,
                ".".join(item.path),
                item.a,
                item.b,
                item.delta,
                item.error,
                unit(item.path),
                item.relative,
                item.verdict.value,
                item.mesh_error,
                item.mesh_known,
                ".".join(kind(item.path)),
            )
            for item in self.found.differences
        ]
        return pandas.DataFrame(rows, columns=list(COLUMNS))

    def figure(self) -> Figure:
        """Bar chart of the most informative differences, with their numerical errors."""
        return effects_bars([self.found], main_numbers([self.found]))

    @cached_property
    def _drawn(self) -> str:
        return embedded(self.figure(), "differences") if self.found.differences else ""

    def __repr__(self) -> str:
        return f"<RunComparison {self.claim}>"

    def _repr_html_(self) -> str:
        shown = {(item.case, item.path): item for item in self.found.differences}
        rows = [
            (case, ".".join(path), f"{item.a:.5g}", f"{item.delta:+.3g}", unit(path), item.words)
            for case, path in main_numbers([self.found])[:_MOST_SHOWN]
            if (item := shown[case, path])
        ]
        columns = ("load case", "quantity", self.found.name_a, "difference", "unit", "verdict")
        title = f"{self.found.name_b} against {self.found.name_a}"
        return html(title, [self.claim], columns, rows, self._drawn)


def compare(first: Run | str | Path, second: Run | str | Path) -> RunComparison:
    """Compare two stored runs, without running or writing anything.

    Parameters
    ----------
    first, second : Run, str or Path
        The runs, or their folders; differences are second minus first.

    Raises
    ------
    InputError
        When one of them is not a run folder.
    """
    a, b = (one if isinstance(one, Run) else load_run(Path(one)) for one in (first, second))
    return RunComparison(a, b, compare_runs(a, b))
