"""Executors of tasks: the interface, and execution in this process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar, cast

from typing_extensions import Self

from fem_lumbar.foundation.errors import FemLumbarError

Task = TypeVar("Task")
Result = TypeVar("Result")
Report = Callable[[Any], None]
"""Receives the events of a running task."""
Work = Callable[[Task, Report], Iterable[Result]]
"""Yields the results of a task. It may keep prepared data between tasks."""


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """One result of a task, or the expected error that ended it.

    ``is_new`` is False for a result that was already stored.
    """

    task: Task
    result: Result | None = None
    error: FemLumbarError | None = None
    is_new: bool = True

    def value(self) -> Result:
        """The result; raises the error of a task that ended with one."""
        if self.error is not None:
            raise self.error
        return cast(Result, self.result)


class Executor(Protocol):
    """Runs tasks.

    1. ``work``, tasks and results are picklable, and results are small. Every worker has its own copy of ``work``.
    2. Tasks are taken one at a time, as workers become free.
    3. Every result is yielded as soon as it is ready. A `FemLumbarError` ends its task and is yielded as its outcome;
       the other tasks continue. Any other error ends all tasks.
    4. On Ctrl-C, or when the generator is closed early, running tasks first store their partial results.
    5. In a ``with`` block workers are kept between calls of :meth:`run` and end with the block.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def run(
        self, work: Work[Task, Result], tasks: Iterable[Task], report: Report
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Yield the outcomes of tasks; ``report`` receives their events in this process."""
        ...


class Serial:
    """Runs tasks one after the other in this process (see `Executor`)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def run(
        self, work: Work[Task, Result], tasks: Iterable[Task], report: Report
    ) -> Generator[Outcome[Task, Result], None, None]:
        """Yield the outcomes of tasks in their order."""
        for task in tasks:
            yield from _outcomes(work, task, report)


def _outcomes(work: Work[Task, Result], task: Task, report: Report) -> Iterator[Outcome[Task, Result]]:
    try:
        for result in work(task, report):
            yield Outcome(task, result)
    except FemLumbarError as error:
        yield Outcome(task, error=error)
