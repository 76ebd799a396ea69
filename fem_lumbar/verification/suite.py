"""All topics of the verification suite, in the order in which they are run and shown."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.verification.cantilever import cantilever
from fem_lumbar.verification.convergence import convergence
from fem_lumbar.verification.cook import cook
from fem_lumbar.verification.creep import creep
from fem_lumbar.verification.cylinder import cylinder
from fem_lumbar.verification.derivatives import tangents_and_objectivity
from fem_lumbar.verification.follower import follower
from fem_lumbar.verification.hertz import hertz
from fem_lumbar.verification.homogeneous import homogeneous
from fem_lumbar.verification.inflation import inflation
from fem_lumbar.verification.moment import moment
from fem_lumbar.verification.nafems import nafems
from fem_lumbar.verification.patch import patch
from fem_lumbar.verification.record import Outcome

Topic = Callable[[], Outcome]

TOPICS: tuple[Topic, ...] = (
    tangents_and_objectivity,
    patch,
    convergence,
    homogeneous,
    inflation,
    creep,
    cook,
    hertz,
    nafems,
    cantilever,
    follower,
    moment,
    cylinder,
)


@dataclass(frozen=True)
class Verdict:
    """What became of one topic: title and text from its documentation, its outcome, or why there is none."""

    title: str
    text: str
    outcome: Outcome
    failure: str | None
    wall_s: float

    @property
    def passed(self) -> bool:
        """Whether the topic was solved and every record passed."""
        return self.failure is None and self.outcome.passed


def _documentation(topic: Topic) -> str:
    return inspect.getdoc(topic) or ""


def title(topic: Topic) -> str:
    """First line of a topic's documentation."""
    return _documentation(topic).partition("\n")[0].rstrip(".")


def judge(topic: Topic) -> Verdict:
    """Run one topic; a problem that cannot be solved is a failure with its reason, not an end of the suite."""
    start = time.perf_counter()
    outcome, failure = Outcome(()), None
    try:
        outcome = topic()
    except PhysicsError as error:
        failure = str(error)
    return Verdict(title(topic), _text(topic), outcome, failure, time.perf_counter() - start)


def _text(topic: Topic) -> str:
    """Documentation of a topic between its first line and its parameters."""
    body = _documentation(topic).partition("\n")[2].partition("\nParameters\n")[0]
    return body.strip()
