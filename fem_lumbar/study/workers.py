"""Tasks spread over worker processes, each with its share of the threads, and an orderly end on Ctrl-C."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, TypeVar

from typing_extensions import Self

from fem_lumbar.errors import FemLumbarError, PhysicsError
from fem_lumbar.machine import processors

Task = TypeVar("Task")
Report = Callable[[Any], None]
"""Takes the events a task reports while it runs."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
GRACE_S = 30.0
"""How long interrupted workers may take to put away what they have."""
ORPHANED = "the program that had started this process was killed"


@dataclass(frozen=True)
class Outcome(Generic[Task]):
    """One result of a task, or the expected error that ended it."""

    task: Task
    result: Any = None
    error: FemLumbarError | None = None


def run_in_workers(
    tasks: Iterable[Task],
    prepare: Callable[[Report], Any],
    work: Callable[[Any, Task, Report], Iterable[Any]],
    jobs: int,
    report: Report | None = None,
) -> Iterator[Outcome[Task]]:
    """Run tasks in worker processes and yield each result as it is ready (see `Crew`)."""
    with Crew(prepare, work, jobs, report) as crew:
        yield from crew.run(tasks)


class Crew:
    """Worker processes that stay for several lots of tasks; leaving the ``with`` block dismisses them.

    Parameters
    ----------
    prepare : callable
        ``prepare(report)`` is called once in every worker; what it returns goes to ``work``. Picklable, as is ``work``.
    work : callable
        ``work(prepared, task, report)`` yields the results of the task.
    jobs : int
        Most workers at a time; processors are split evenly among them.
    report : callable, optional
        Takes the events of all workers, in this process.
    """

    def __init__(
        self,
        prepare: Callable[[Report], Any],
        work: Callable[..., Iterable[Any]],
        jobs: int,
        report: Report | None = None,
    ) -> None:
        threads = max(1, processors() // jobs)
        self._hire = lambda task: _Worker(prepare, work, threads, task)
        self._jobs, self._report = jobs, report
        self._busy: list[_Worker] = []
        self._idle: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _dismiss(self._busy)
        for worker in self._idle:
            worker.retire()

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome[Task]]:
        """Run picklable tasks, taken one by one as workers are free, and yield each result as it is ready.

        Raises
        ------
        KeyboardInterrupt
            After the workers have put away what they were doing.
        """
        waiting = iter(tasks)
        for task in itertools.islice(waiting, self._jobs):
            self._start(task)
        while self._busy:
            for ready in wait([worker.connection for worker in self._busy]):
                worker = next(one for one in self._busy if one.connection is ready)
                outcome, ended = worker.receive(self._report)
                if ended:
                    self._busy.remove(worker)
                    self._idle.append(worker)
                    for task in itertools.islice(waiting, 1):
                        self._start(task)
                if outcome is not None:
                    yield outcome

    def _start(self, task: Any) -> None:
        while self._idle:
            worker = self._idle.pop()
            if worker.give(task):
                self._busy.append(worker)
                return
            worker.retire()
        self._busy.append(self._hire(task))


class _Worker:
    """One worker process and the task it is at."""

    def __init__(self, prepare: Callable, work: Callable, threads: int, task: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.task = task
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs, prepare, work), daemon=True)
        with _environment(dict.fromkeys(THREAD_VARIABLES, str(threads))), _interrupts_held():
            self.process.start()
        theirs.close()
        self.connection.send(task)

    def receive(self, report: Report | None) -> tuple[Outcome | None, bool]:
        """A result or the error of the task, None when there is neither now, and whether the task has ended.

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
            if report is not None:
                report(content)
            return None, False
        if kind == "interrupted":
            raise KeyboardInterrupt
        if kind == "error":
            return Outcome(self.task, error=content), True
        if kind == "result":
            return Outcome(self.task, result=content), False
        return None, True

    def give(self, task: Any) -> bool:
        """Start on another task; False when the process has died."""
        if not self.process.is_alive():
            return False
        try:
            self.connection.send(task)
        except OSError:  # it died just now
            return False
        self.task = task
        return True

    def retire(self) -> None:
        """Let the process end."""
        self.connection.close()
        self.process.join()


def _serve(connection: Connection, prepare: Callable, work: Callable) -> None:
    """Body of a worker process: prepare once, then one task after another until the other end closes."""
    signal.signal(signal.SIGINT, _interrupt_once)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report(event: Any) -> None:
        try:
            connection.send(("event", event))
        except OSError:
            raise _interruption() from None

    prepared, is_prepared = None, False
    try:
        _let_interrupts_in()
        while True:
            task = connection.recv()
            try:
                if not is_prepared:
                    prepared, is_prepared = prepare(report), True
                for result in work(prepared, task, report):
                    connection.send(("result", result))
                answer = ("done", None)
            except FemLumbarError as error:
                answer = ("error", error)
            connection.send(answer)
            del task, answer
            gc.collect()  # models hold themselves in cycles, and hold gigabytes
    except (KeyboardInterrupt, SystemError) as error:
        if isinstance(error, SystemError) and not _was_interrupted():
            raise
        with suppress(OSError):
            connection.send(("interrupted", None))
    except (EOFError, BrokenPipeError):
        pass  # the other end has closed: no more tasks
    connection.close()


def _end_with_parent() -> None:
    """Wait for the death of the process that started this one; then end as after Ctrl-C, or else at once."""
    parent = multiprocessing.parent_process()
    wait([parent.sentinel])
    if hasattr(signal, "pthread_kill"):  # wakes what the main thread waits for
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
    time.sleep(GRACE_S)
    os._exit(1)


def _interrupt_once(*_: Any) -> None:
    """Raise KeyboardInterrupt for the first Ctrl-C and let nothing disturb the tidying up after it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _interruption()


def _interruption() -> KeyboardInterrupt:
    return KeyboardInterrupt() if multiprocessing.parent_process().is_alive() else KeyboardInterrupt(ORPHANED)


def _was_interrupted() -> bool:
    """Whether Ctrl-C has come; out of compiled code it comes as a SystemError."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C from a process that is just starting, and from this one meanwhile, until they can act on it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would let them in again when it starts with the first process
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        _let_interrupts_in()


def _let_interrupts_in() -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _dismiss(crew: list[_Worker]) -> None:
    """Interrupt workers that are still at a task, give them time to put it away, then end them."""
    for worker in crew:
        if worker.process.is_alive() and os.name == "posix":
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
