"""Many runs of one scenario file with different values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.api.progress import shown_progress
from fem_lumbar.api.running import Overrides, named_cases, override_texts, yaml_text
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.notebook import html
from fem_lumbar.runs.points import grid
from fem_lumbar.runs.run import Run, load_run
from fem_lumbar.runs.sweep import TABLE, PointDone, run_points
from fem_lumbar.runs.swept import check_values, swept_scenario
from fem_lumbar.solver.events import CaseEvent

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Sweep:
    """The runs of a sweep.

    Attributes
    ----------
    folder : Path
        Folder of the run folders and of their table.
    points : tuple of PointDone
        The points: varied values, name of the run folder, status, reason of a failure.
    """

    folder: Path
    points: tuple[PointDone, ...]

    @property
    def failed(self) -> tuple[PointDone, ...]:
        """The points that failed, now or in an earlier call."""
        return tuple(point for point in self.points if point.reason)

    def run(self, point: PointDone) -> Run:
        """The stored results of a point.

        Raises
        ------
        InputError
            When the point has no stored results.
        """
        return load_run(self.folder / point.name)

    def table(self) -> pandas.DataFrame:
        """One row for each point and load case; columns of varied values begin with ``set:``.

        ``table.columns.csv`` in the folder says what each column is.
        """
        import pandas

        table = pandas.read_csv(self.folder / TABLE, low_memory=False)
        return table[table["run"].isin([point.name for point in self.points])].reset_index(drop=True)

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"<Sweep of {len(self.points)} points{failed}, in {self.folder}>"

    def _repr_html_(self) -> str:
        varied = list(dict.fromkeys(key for point in self.points for key in point.point))
        rows = [
            (*(point.point.get(key, "") for key in varied), point.status, point.reason or "") for point in self.points
        ]
        return html(repr(self).strip("<>"), [], (*varied, "status", "reason"), rows)


def sweep(
    path: str | Path,
    values: Mapping[str, Sequence[Any]],
    overrides: Overrides = (),
    *,
    out: str | Path | None = None,
    cases: Sequence[str] | None = None,
    density: str | None = None,
    jobs: int = 1,
    retry_failed: bool = False,
    pictures: bool = False,
    progress: bool = True,
) -> Sweep:
    """Run a scenario file at every combination of values; finished points are not repeated.

    Parameters
    ----------
    path : str or Path
        Scenario file: not a scenario object, because defaults may depend on the varied values.
    values : mapping
        Values to run by key path: ``{"mal.L5.left.fibrous_modulus_MPa": [20, 100, 500]}``; several keys make a grid.
    overrides : mapping or sequence of str
        Values that are the same at every point (see :func:`load_scenario`).
    out : str or Path, optional
        Folder of the runs and their table (default: ``results/<name>-sweep``).
    cases, density
        Load cases and mesh density (see :func:`load_scenario`).
    jobs : int
        Points run in parallel, each in its own process (see :func:`run`).
    retry_failed : bool
        Whether to repeat points that failed before.
    pictures : bool
        Whether the pictures of every point are drawn.
    progress : bool
        Show progress.

    Raises
    ------
    InputError
        When a key or value is invalid in every combination, or the folder cannot be written. Other invalid combinations
        and failed points are rows of the table with their reason.
    """
    from fem_lumbar.documents.illustrate import illustrate

    if jobs < 1:
        raise InputError(f"jobs must be a whole number of at least 1, got {jobs!r}")
    file, sets, cases = Path(path), override_texts(overrides), named_cases(cases)
    base = swept_scenario(file, sets, cases, density, {})
    points = list(grid([f"{key}={_listed(key, given)}" for key, given in values.items()]))
    scenario_at = partial(swept_scenario, file, sets, cases, density)
    check_values(file, points, scenario_at)
    folder = Path("results") / f"{base.name}-sweep" if out is None else Path(out)
    done: list[PointDone] = []
    with shown_progress(progress, len(points) * len(base.load_cases)) as show:
        for point in run_points(
            points,
            scenario_at,
            folder,
            jobs=jobs,
            retry_failed=retry_failed,
            report=show,
            illustrate=partial(illustrate, pictures=pictures),
        ):
            done.append(point)
            if point.status == "skipped":
                for case in base.load_cases:
                    show(CaseEvent(f"{point.name}: {case}", "skipped"))
    return Sweep(folder, tuple(done))


def _listed(key: str, values: Sequence[Any]) -> str:
    """Values of a key in the form of ``--sweep``."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise InputError(f"{key}: got {values!r}\n    allowed: a list of values to run, e.g. [20, 100, 500]")
    return ",".join(yaml_text(key, value) for value in values)
