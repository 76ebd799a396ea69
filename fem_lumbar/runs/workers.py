"""Worker processes, each with its share of the threads, and orderly termination on Ctrl-C.

Own implementation, because concurrent.futures, joblib, loky and dask provide no events and no partial results of
running tasks, and give a task that is interrupted, or whose parent is killed, no time to store its results.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

from typing_extensions import Self

from fem_lumbar.foundation.errors import FemLumbarError, PhysicsError
from fem_lumbar.foundation.machine import processors
from fem_lumbar.runs.executors import Executor, Outcome, Report, Result, Serial, Task, Work
from fem_lumbar.runs.kernel_cache import compile_once

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
GRACE_S = 30.0
"""Time for interrupted workers to store their results."""
ORPHANED = "the parent process was killed"


def local_executor(jobs: int) -> Executor:
    """An executor on this computer that runs up to ``jobs`` tasks in parallel."""
    return Serial() if jobs < 2 else Processes(jobs)


class Processes:
    """Runs several tasks in parallel, each in its own process (see `Executor`).

    Parameters
    ----------
    jobs : int
        Largest number of workers; processors are divided evenly among them.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._threads = max(1, processors() // jobs)
        self._idle: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._idle:
            worker.retire()

    def run(
        self, work: Work[Task, Result], tasks: Iterable[Task], report: Report
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Yield the outcomes of tasks as they become available.

        Raises
        ------
        KeyboardInterrupt
            After the workers have stored their partial results.
        """
        waiting = iter(tasks)
        busy: list[_Worker] = []
        try:
            for task in itertools.islice(waiting, self._jobs):
                self._start(work, task, busy)
            while busy:
                for ready in wait([worker.connection for worker in busy]):
                    worker = next(one for one in busy if one.connection is ready)
                    outcome, ended = worker.receive(report)
                    if ended:
                        busy.remove(worker)
                        self._idle.append(worker)
                        for task in itertools.islice(waiting, 1):
                            self._start(work, task, busy)
                    if outcome is not None:
                        yield outcome
        finally:
            _dismiss(busy)

    def _start(self, work: Work, task: Any, busy: list[_Worker]) -> None:
        """Start a task on an idle worker, or on a new one.

        The worker counts as busy before it receives the task, so that an interruption at any moment waits for it.
        """
        while self._idle:
            busy.append(self._idle.pop())
            if busy[-1].give(work, task):
                return
            busy.pop().retire()
        busy.append(_Worker(self._threads))
        busy[-1].give(work, task)


class _Worker:
    """One worker process, its current task, and the work of which it has a copy."""

    def __init__(self, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.task: Any = None
        self._work: Work | None = None
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _environment(dict.fromkeys(THREAD_VARIABLES, str(threads))), _interrupts_held():
            self.process.start()
        theirs.close()

    def receive(self, report: Report) -> tuple[Outcome | None, bool]:
        """A result or the error of the task, None if there is neither now, and whether the task has ended.

        Raises
        ------
        KeyboardInterrupt
            When the worker was interrupted: Ctrl-C reaches all processes of a terminal, in any order.
        """
        try:
            kind, content = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            return Outcome(self.task, error=PhysicsError(_ended(self.process.exitcode))), True
        if kind == "event":
            report(content)
            return None, False
        if kind == "interrupted":
            raise KeyboardInterrupt
        if kind == "error":
            return Outcome(self.task, error=content), True
        if kind == "result":
            return Outcome(self.task, content), False
        return None, True

    def give(self, work: Work, task: Any) -> bool:
        """Start a task, sending ``work`` too if the process has no copy of it; False if the process has died."""
        self.task = task
        if not self.process.is_alive():
            return False
        try:
            self.connection.send((None if work is self._work else work, task))
        except OSError:  # it has just died
            return False
        self._work = work
        return True

    def retire(self) -> None:
        """Let the process terminate."""
        self.connection.close()
        self.process.join()


def _serve(connection: Connection) -> None:
    """Body of a worker process: runs tasks until the other end of the connection closes."""
    signal.signal(signal.SIGINT, _interrupt_once)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    compile_once()

    def report(event: Any) -> None:
        try:
            connection.send(("event", event))
        except OSError:
            raise _interruption() from None

    work: Any = None
    try:
        _let_interrupts_in()
        while True:
            new_work, task = connection.recv()
            work = work if new_work is None else new_work
            try:
                for result in work(task, report):
                    connection.send(("result", result))
                error: FemLumbarError | None = None
            except FemLumbarError as raised:
                error = raised
            connection.send(("done", None) if error is None else ("error", error))
            del task, new_work, error
            gc.collect()  # models contain reference cycles and occupy gigabytes
    except (KeyboardInterrupt, SystemError) as stop:
        if isinstance(stop, SystemError) and not _was_interrupted():
            raise
        with suppress(OSError):
            connection.send(("interrupted", None))
    except (EOFError, BrokenPipeError):
        pass  # the other end is closed: no more tasks
    connection.close()


def _end_with_parent() -> None:
    """Wait for the death of the parent process; then terminate as after Ctrl-C, or else at once."""
    wait([_parent().sentinel])
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:  # wakes the main thread from waiting
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
    time.sleep(GRACE_S)
    os._exit(1)


def _interrupt_once(*_: Any) -> None:
    """Raise KeyboardInterrupt for the first Ctrl-C and ignore later ones, so that cleaning up is not disturbed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _interruption()


def _interruption() -> KeyboardInterrupt:
    return KeyboardInterrupt() if _parent().is_alive() else KeyboardInterrupt(ORPHANED)


def _parent() -> BaseProcess:
    """The parent process of this worker."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a worker has one"
    return parent


def _was_interrupted() -> bool:
    """Whether Ctrl-C was received; compiled code turns it into a SystemError."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold back Ctrl-C in a starting process, and in this one meanwhile, until they can handle it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # otherwise it unblocks signals when it starts with the first process
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        _let_interrupts_in()


def _let_interrupts_in() -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _dismiss(crew: list[_Worker]) -> None:
    """Interrupt workers with a running task, give them time to store its results, then terminate them."""
    for worker in crew:
        if worker.process.is_alive() and worker.process.pid is not None and os.name == "posix":
            os.kill(worker.process.pid, signal.SIGINT)
        worker.connection.close()
    deadline = time.monotonic() + GRACE_S
    for worker in crew:
        if os.name == "posix":
            worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.terminate()
            worker.process.join()


def _ended(exit_code: int | None) -> str:
    if exit_code == -getattr(signal, "SIGKILL", 9):
        return "the worker process was killed, most likely because memory ran out: use fewer --jobs or a coarser mesh"
    return f"the worker process ended unexpectedly (exit code {exit_code})"


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
