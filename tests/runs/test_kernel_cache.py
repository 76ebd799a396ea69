"""Worker processes with an empty cache compile every kernel once between them."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from fem_lumbar.runs.workers import Processes
from fem_lumbar.solver.events import silent

WORKERS = 2


class FindFeet:
    """Calls a kernel, and another in it, at the same time as the other workers; how many kernels were compiled."""

    def __init__(self, ready) -> None:
        self.ready = ready

    def __call__(self, task, report):
        from fem_lumbar.mechanics.quadratic_facet import feet
        from fem_lumbar.solver.compilation import compilation_s, compiled_kernels

        (self.ready / str(os.getpid())).touch()
        while len(list(self.ready.iterdir())) < WORKERS:
            time.sleep(0.001)
        facet = np.array([[[0, 0, 0], [2, 0, 0], [0, 2, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]], dtype=float)
        foot = feet(np.array([[0.5, 0.5, 1.0]]), facet, np.zeros((1, 2)))
        yield compiled_kernels(), compilation_s(), float(foot.gap[0])


@pytest.mark.skipif(os.name != "posix", reason="locks files")
def test_one_worker_compiles_and_the_others_wait(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    ready = tmp_path / "ready"
    ready.mkdir()
    with Processes(WORKERS) as executor:
        found = [one.result for one in executor.run(FindFeet(ready), range(WORKERS), silent)]
    compiled, seconds, gaps = zip(*sorted(found), strict=True)
    assert compiled[0] == 0 < compiled[1]
    assert min(seconds) > 0.0, "waiting counts as compilation"
    assert np.abs(gaps) == pytest.approx(1.0)
