"""Rendering in separate processes: without a working OpenGL the run still completes and reports what to install."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import fem_lumbar
from fem_lumbar.foundation.machine import at_once
from fem_lumbar.foundation.wording import without_private_paths
from fem_lumbar.runs.run import load_run

REMEDY = "install libegl1 or libosmesa6 (Debian/Ubuntu: apt-get install libegl1 libgl1 libxrender1)"
TIME_LIMIT_S = 1800.0
_MEMORY_GB = 1.0  # of one process, as measured
_MODULE = "fem_lumbar.documents.offscreen"
_WORKS = "rendering works"


def draw_scenes_offscreen(
    folder: Path, report: Callable[[str], None] | None = None, common_scale: bool = False
) -> list[str]:
    """Draw the pictures of a run folder in separate processes.

    Parameters
    ----------
    folder : Path
        The run folder.
    report : callable, optional
        Receives the name of each finished picture.
    common_scale : bool
        Whether all load cases share one colour scale.

    Returns
    -------
    warnings : list of str
        Empty if all pictures were drawn; otherwise problems and remedies.
    """
    count = at_once(max(1, len(load_run(folder).cases_with_fields)), _MEMORY_GB)
    shares = [[str(folder), str(k), str(count), str(int(common_scale))] for k in range(count)]
    with ThreadPoolExecutor(count) as pool:
        problems = dict.fromkeys(pool.map(lambda share: _render(share, report), shares))
    return [f"pictures are missing: {problem}" for problem in problems if problem is not None]


def rendering_problem() -> str | None:
    """Test rendering with a sphere; None if it works, otherwise the problem and the remedy."""
    return _render([], None)


def _render(arguments: list[str], report: Callable[[str], None] | None) -> str | None:
    source = str(Path(fem_lumbar.__file__).parent.parent)
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            env=environment,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None  # it is a pipe
        timer = threading.Timer(TIME_LIMIT_S, process.kill)
        timer.start()
        works = False
        try:
            for line in process.stdout:
                if line.strip() == _WORKS:
                    works = True
                elif report is not None:
                    report(line.strip())
            process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
            process.stdout.close()
        if process.returncode == 0:
            return None
        errors.seek(0)
        lines = [line.strip() for line in errors.read().splitlines() if line.strip()]
    last = without_private_paths(lines[-1]) if lines else "no message"
    if works:
        return f"drawing stopped: {last} (exit code {process.returncode})"
    return f"off-screen rendering does not work here: {last} (exit code {process.returncode})\n  remedy: {REMEDY}"


def _try_sphere() -> None:
    import numpy as np
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=[80, 80])
    plotter.add_mesh(pv.Sphere(), color="red")
    image = np.asarray(plotter.screenshot(return_img=True))
    plotter.close()
    if image.std() == 0.0:
        sys.exit("the rendered picture is blank")
    print(_WORKS, flush=True)


def main(arguments: list[str]) -> None:
    """Draw a share of the pictures of a run folder (folder, share, number of shares, scale); else the test sphere."""
    _try_sphere()
    if not arguments:
        return
    from fem_lumbar.documents.scenes import draw_scenes

    folder, share, shares, common = arguments
    show = partial(print, flush=True)
    draw_scenes(load_run(Path(folder)), show, (int(share), int(shares)), bool(int(common)))


if __name__ == "__main__":
    main(sys.argv[1:])
