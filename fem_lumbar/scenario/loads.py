"""Text descriptions of load cases."""

from __future__ import annotations

from collections.abc import Mapping

from fem_lumbar.scenario.load_case import LoadCase


def case_words(name: str, case: LoadCase) -> str:
    """The loads of a case on one line, with direction, size and unit, in the order in which they are applied."""
    parts = [
        ", ".join(words for load in case.loads if load.held is held for words in load.words(name))
        for held in (True, False)
    ]
    words = (", then " if case.course.follower_first else ", ").join(filter(None, parts)) or "nothing"
    course = case.course
    if course.loading_s is not None:
        words += f", within {course.loading_s:g} s"
    if course.duration_s is not None:
        words += f", held for {course.duration_s:g} s"
    if course.cycle_s is not None:
        words += f", in cycles of {course.cycle_s:g} s to both sides"
    return words + (", and back" if course.unload else "")


def case_lines(cases: Mapping[str, LoadCase], given_in: Mapping[str, tuple[str, ...]]) -> list[str]:
    """One line for each load case: name, loads, the files and options that give them.

    Parameters
    ----------
    cases : mapping of LoadCase
        By name.
    given_in : mapping
        From :func:`fem_lumbar.scenario.loader.where_cases_are_given`.
    """
    wide = max(map(len, cases))
    return [
        f"{name:<{wide}}  {case_words(name, case)}  [{' + '.join(given_in.get(name, ('default',)))}]"
        for name, case in cases.items()
    ]
