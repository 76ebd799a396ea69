"""Execution of points by Dask workers: on this computer, or those of a running scheduler.

The library is distributed (BSD-3): it runs workers on any machine, restarts the task of a worker that died on another
one, and supports SLURM and PBS through dask-jobqueue.
"""

from __future__ import annotations

import gc
import logging
import pickle
import time
import uuid
from collections.abc import Generator, Iterable
from concurrent.futures import CancelledError
from functools import cached_property
from types import TracebackType
from typing import Any, cast

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin, as_completed, get_worker
from typing_extensions import Self

from fem_lumbar.foundation.errors import FemLumbarError, InputError, PhysicsError
from fem_lumbar.runs.executors import Outcome, Report, Result, Task, Work
from fem_lumbar.runs.workers import THREAD_VARIABLES
from fem_lumbar.solver.events import silent

AHEAD = 2
"""Tasks assigned to each worker: one running, the others queued."""
_WAIT_S = 60.0
"""Timeout for a scheduler and its first worker."""
_COUNT_S = 2.0
"""Interval between counts of the workers."""
_ONE_THREAD = dict.fromkeys(THREAD_VARIABLES, "1")
_QUICK_S = 1.0
"""Results that take less than this have not built a model."""
_DEATHS = 3
"""Number of workers that may die on a task before it is abandoned."""


class Cluster:
    """Executes tasks on Dask workers (see `fem_lumbar.runs.executors.Executor`).

    Events of tasks are not passed on, and the results of a task arrive when it has ended. A running task is lost when
    the study is interrupted.

    Parameters
    ----------
    workers : int
        Number of processes on this computer.
    memory_GB : float or None
        Memory limit of each, above which it is terminated and its task restarted elsewhere; None for no limit.
    address : str, optional
        Address of a running scheduler, such as ``tcp://node1:8786``; its workers are used, and none is started here.
    processes : bool
        Whether workers on this computer are processes; otherwise threads of this process.
    """

    def __init__(
        self, workers: int, memory_GB: float | None = None, address: str | None = None, processes: bool = True
    ) -> None:
        self._count, self._memory_GB, self._address, self._processes = workers, memory_GB, address, processes
        self._client: Client | None = None
        self._counted = 0.0

    @property
    def workers(self) -> int:
        """Current number of workers."""
        if self._client is not None and time.monotonic() - self._counted > _COUNT_S:
            self._count = max(1, len(self._client.nthreads()))
            self._counted = time.monotonic()
        return self._count

    def __enter__(self) -> Self:
        _set_up()
        if self._address is None:
            own = LocalCluster(
                n_workers=self._count,
                threads_per_worker=1,
                processes=self._processes,
                memory_limit=0 if self._memory_GB is None else int(self._memory_GB * 1e9),
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
                **({"host": "127.0.0.1", "env": _ONE_THREAD} if self._processes else {}),
            )
            self._client = Client(own)
            self._own = own
            return self
        try:
            self._client = Client(self._address, timeout=_WAIT_S)
            self._client.wait_for_workers(1, timeout=_WAIT_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"--scheduler {self._address}: no scheduler with a worker answers there\n"
                "    start them with: dask scheduler; dask worker ADDRESS --nthreads 1"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close(timeout=5)
            if self._address is None:
                self._own.close(timeout=20)

    def run(
        self, work: Work[Task, Result], tasks: Iterable[Task], report: Report
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Yield the outcomes of tasks as they become available.

        Raises
        ------
        FemLumbarError
            When the scheduler is lost.
        """
        assert self._client is not None, "used in a with block"
        plugin = _Copy(work)
        self._client.register_plugin(plugin)
        waiting = iter(tasks)
        busy: dict[Future, Any] = {}
        ready = as_completed()
        try:
            self._fill(waiting, busy, ready, plugin.name)
            while busy:
                future = next(ready)
                task = busy.pop(future)
                results, error = self._answer(future)
                future.release()
                self._fill(waiting, busy, ready, plugin.name)
                for result in results:
                    yield Outcome(task, result)
                if error is not None:
                    yield Outcome(task, error=error)
        finally:
            if self._client.status == "running":
                self._client.cancel(list(busy), force=True)
                self._client.unregister_worker_plugin(plugin.name)

    def _fill(self, waiting: Any, busy: dict[Future, Any], ready: Any, work: str) -> None:
        """Assign tasks until every worker has enough."""
        assert self._client is not None
        while len(busy) < AHEAD * self.workers:
            task = next(waiting, None)
            if task is None:
                return
            try:
                future = self._client.submit(_served, work, task, pure=False, retries=0)
            except (OSError, RuntimeError) as error:
                raise _gone() from error
            busy[future] = task
            ready.add(future)

    def _answer(self, future: Future) -> tuple[list[Any], FemLumbarError | None]:
        """Results of a task and the expected error that ended it, if any.

        Raises
        ------
        FemLumbarError
            When the scheduler is lost.
        """
        try:
            return future.result()
        except KilledWorker:
            told = f"{_DEATHS + 1} worker processes died at it, most likely because memory ran out: use a coarser mesh"
            return [], PhysicsError(told)
        except (CancelledError, OSError) as error:
            raise _gone() from error


def _set_up() -> None:
    """Configure Dask: no spilling to disk, few messages, long timeouts."""
    dask.config.set(
        {
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.profile.enabled": False,
            "distributed.scheduler.allowed-failures": _DEATHS,
            "distributed.scheduler.worker-ttl": None,
            "distributed.admin.tick.interval": "1s",  # for each process; 20 ms would take 1 % of a processor
            "distributed.admin.tick.limit": "1h",
            "distributed.admin.system-monitor.interval": "10s",
            "distributed.comm.timeouts.connect": f"{_WAIT_S:g}s",
        }
    )


class _Copy(WorkerPlugin):
    """The work shared by all tasks: Dask gives every worker a copy, including those that join later.

    Parameters
    ----------
    work : Work
        Unpickled on a worker with its first task.
    """

    def __init__(self, work: Any) -> None:
        self.name = f"work-{uuid.uuid4().hex[:12]}"
        self._packed = pickle.dumps(work)

    @cached_property
    def work(self) -> Any:
        """The work."""
        return pickle.loads(self._packed)


def _served(work: str, task: Any) -> tuple[list[Any], FemLumbarError | None]:
    """Body of a task on a worker: its results, and the expected error that ended it, if any."""
    results: list[Any] = []
    begun, slowest_s = time.monotonic(), 0.0
    try:
        for result in cast(_Copy, get_worker().plugins[work]).work(task, silent):
            results.append(result)
            slowest_s = max(slowest_s, time.monotonic() - begun)
            begun = time.monotonic()
        return results, None
    except FemLumbarError as error:
        return results, error
    finally:
        if max(slowest_s, time.monotonic() - begun) > _QUICK_S:
            gc.collect()  # models contain reference cycles and occupy gigabytes


def _gone() -> FemLumbarError:
    return FemLumbarError("the scheduler is gone; every finished point is stored: repeat the command to go on")
