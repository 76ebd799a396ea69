"""Figures and reports of a run after its solution."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fem_lumbar.documents.figures import draw_figures
from fem_lumbar.documents.offscreen import draw_scenes_offscreen
from fem_lumbar.documents.summary_text import write_report
from fem_lumbar.runs.run import load_run


def illustrate(
    folder: Path,
    report: Callable[[str], None] | None = None,
    pictures: bool = True,
    common_scale: bool = False,
) -> list[str]:
    """Draw charts and scenes into a run folder and write its report.

    Parameters
    ----------
    folder : Path
        A run folder with complete data.
    report : callable, optional
        Receives the name of each finished picture.
    pictures : bool
        Whether to draw pictures; otherwise only the report is written.
    common_scale : bool
        Whether all load cases share one colour scale.

    Returns
    -------
    warnings : list of str
        Reasons for missing pictures, with remedies; empty if none are missing.
    """
    run = load_run(folder)
    warnings: list[str] = []
    if pictures:
        with ThreadPoolExecutor(1) as pool:  # charts are drawn here while other processes render the scenes
            scenes = pool.submit(draw_scenes_offscreen, folder, report, common_scale)
            try:
                for path in draw_figures(run):
                    if report is not None:
                        report(path.name)
            except (OSError, RuntimeError, ValueError, ImportError) as error:
                warnings.append(f"charts are missing: {type(error).__name__}: {error}")
            warnings += scenes.result()
    write_report(run, warnings)
    return warnings
