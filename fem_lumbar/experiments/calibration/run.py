"""A calibration from file to stored set: fit, report, figures and the parameter set itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fem_lumbar.documents.tables import to_markdown
from fem_lumbar.experiments.calibration.evaluation import Evaluations
from fem_lumbar.experiments.calibration.figures import draw
from fem_lumbar.experiments.calibration.fit import Fit, fit
from fem_lumbar.experiments.calibration.problem import Calibration
from fem_lumbar.experiments.calibration.report import data, document, title
from fem_lumbar.experiments.calibration.set_file import set_text
from fem_lumbar.experiments.calibration.slopes import Derive
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.json_values import write_json
from fem_lumbar.runs.batch import jobs_that_fit
from fem_lumbar.runs.execution import Engine, finite_elements
from fem_lumbar.runs.paths import check_writable, unwritable
from fem_lumbar.runs.run import FIGURES, REPORT
from fem_lumbar.sensitivity.study import sensitivities

EVALUATIONS = "evaluations"
RESULT = "calibration.json"


def run_calibration(
    calibration: Calibration,
    folder: Path,
    say: Callable[[str], None],
    *,
    jobs: int | None = None,
    engine: Engine | None = None,
    derive: Derive | None = sensitivities,
    most_points: int = 15,
) -> Fit:
    """Fit the parameters, and write the parameter set, the report and the figures.

    Parameters
    ----------
    calibration : Calibration
        The calibration problem.
    folder : Path
        Folder of this calibration. Answers of the model are stored in it, so that a repeated call continues.
    say : callable
        Receives a line of text at each stage.
    jobs : int, optional
        Number of processes; default: as processors and memory allow.
    engine : Engine, optional
        Provides meshes and simulations (default: the finite element engine).
    derive : callable, optional
        Computes derivatives of results; None: only finite differences of runs.
    most_points : int
        Largest number of points, without those for derivatives.
    """
    check_writable(folder)
    engine = engine or finite_elements()
    if jobs is None:
        jobs = jobs_that_fit(calibration.scenarios.values(), engine, len(calibration.parameters), say)
    with Evaluations(folder / EVALUATIONS, engine, jobs, say, derive) as evaluations:
        result = fit(calibration, evaluations, say, most_points)
    try:
        figures = draw(result, folder / FIGURES)
        write_text(folder / REPORT, to_markdown(title(result), document(result, figures)))
        write_json(folder / RESULT, data(result))
        write_text(set_path(calibration, folder), set_text(result))
    except OSError as error:
        raise unwritable(folder, error) from error
    return result


def set_path(calibration: Calibration, folder: Path) -> Path:
    """Path of the fitted set."""
    return folder / f"{calibration.name}.yaml"
