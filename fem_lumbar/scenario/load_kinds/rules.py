"""Contradictions in a load case as a whole, independent of the kinds of loads."""

from __future__ import annotations

from collections.abc import Iterator

from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.load_kinds.section import CaseInScenario
from fem_lumbar.scenario.problems import KeyPath, listed, nearest_names


def case_contradictions(case: CaseInScenario) -> Iterator[Contradiction]:
    """All contradictions between the loads of a case, with keys relative to the case."""
    name = case.name
    if not name.isascii() or not name.replace("_", "a").replace("-", "a").isalnum():
        yield Contradiction((), "not usable as the name of a load case", "letters, digits, _ and -")
    yield from _turning(case)
    for load in case.loads:
        yield from load.clashes(case)
    if name not in MOMENT_AXIS and not case.acting:
        *others, last = [key for load in case.loads for key in load.suffices]
        yield Contradiction((), "nothing loads the segment in this case", f"{', '.join(others)} or {last}")
    if case.course.follower_first:
        yield from _order(case)
    yield from _in_time(case)


def _turning(case: CaseInScenario) -> Iterator[Contradiction]:
    """Loads that rotate the loaded endplate given more than once, or about an unknown axis."""
    values = {key: getattr(load, key) for load in case.loads for key in load.turning}
    named = [key for load in case.loads for key in load.about_named_axis]
    given = [key for key, value in values.items() if value is not None]
    if len(given) > 1:
        message = f"{' and '.join(given)} are {'both' if len(given) == 2 else 'all'} given"
        yield Contradiction((), message, "one of them; set an inherited one to null")
    elif case.name in MOMENT_AXIS:
        if given and given[0] not in named:
            message = f"the axis of '{case.name}' is fixed by its name"
            yield Contradiction((given[0],), message, f"{named[0]}, or a case with another name")
        elif not any(values[key] for key in named):
            allowed = f"{' or '.join(named)} above 0, e.g. {named[0]}: 7.5"
            yield Contradiction((), f"a case named '{case.name}' needs a moment", allowed)
    elif given and given[0] in named:
        message = f"the name '{case.name}' does not give the axis"
        allowed = f"moment_vector_Nm: [x, y, z], or one of the names {listed(MOMENT_AXIS)}"
        yield Contradiction((given[0],), message, allowed, nearest_names(case.name, MOMENT_AXIS))


def _order(case: CaseInScenario) -> Iterator[Contradiction]:
    """``follower_first`` without a load to apply first or a load to apply afterwards."""
    key: KeyPath = ("follower_first",)
    if not any(load.held for load in case.acting):
        yield Contradiction(
            key, "true, but there is neither a follower load nor muscle force", "false, or follower_N above 0"
        )
    elif all(load.held for load in case.acting):
        yield Contradiction(key, "true, but no moment or motion follows", "false, or a moment or motion")


def _in_time(case: CaseInScenario) -> Iterator[Contradiction]:
    """More than one of holding, cycles and unloading, and cycles of loads that cannot be reversed."""
    course = case.course
    held = [key for key in ("loading_s", "duration_s") if getattr(course, key) is not None]
    cycles = ["cycle_s"] if course.cycle_s is not None else []
    unloading = ["unload"] if course.unload else []
    given = [keys[0] for keys in (held, cycles, unloading) if keys]
    if len(given) > 1:
        message = f"{' and '.join(given)} are given, but a load is held, goes in cycles or comes off without time"
        yield Contradiction((given[-1],), message, f"one of {' and '.join(given)}")
    if course.cycles is not None and course.cycle_s is None:
        yield Contradiction(("cycles",), f"{course.cycles}, but a cycle has no time", "cycle_s, the time of one, too")
    if cycles and any(load.held for load in case.acting) and not course.follower_first:
        message = "a cycle reverses the load, and pulls and weight cannot push"
        allowed = "follower_first: true with a moment or motion, or no pulls and weight"
        yield Contradiction(("cycle_s",), message, allowed)
