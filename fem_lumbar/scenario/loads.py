"""What acts in a load case, in words, and weight that is counted twice in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fem_lumbar.conventions import MOMENT_AXIS
from fem_lumbar.scenario.sections import BALANCED, LoadCase

_AXES = ("right lateral bending", "flexion", "left axial rotation")
_OPPOSITE = ("left lateral bending", "extension", "right axial rotation")


def case_words(name: str, case: LoadCase) -> str:
    """The loads of a case on one line, with direction, size and unit, in the order in which they are applied."""
    held, moved = list(_held(case)), list(_moved(name, case))
    parts = [", ".join([*held]), ", ".join(moved)]
    words = (", then " if case.follower_first else ", ").join(part for part in parts if part) or "nothing"
    return words + (", and back" if case.unload else "")


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


def counted_twice(name: str, case: LoadCase) -> Iterator[str]:
    """Warnings of loads that stand for the same weight or the same muscles."""
    if case.follower_N <= 0:
        return
    key = f"load_cases.{name}"
    if case.upper_body is not None and case.upper_body.weight_N > 0:
        weight = case.upper_body.weight_N
        yield (
            f"{key}: follower_N {case.follower_N:g} and upper_body.weight_N {weight:g} act together; if the follower "
            "load stands for the upper body as well, its weight is counted twice: leave out one of them"
        )
    elif case.muscle_activation == BALANCED:
        yield (
            f"{key}: follower_N {case.follower_N:g} beside balanced muscles; if the follower load stands for these "
            "muscles, they are counted twice: leave out follower_N, or give muscle_activation a number"
        )


def _held(case: LoadCase) -> Iterator[str]:
    if case.follower_N > 0:
        yield f"follower load {case.follower_N:g} N"
    if case.upper_body is not None:
        body = case.upper_body
        side = "behind" if body.lever_arm_mm < 0 else "in front of"
        yield f"upper body {body.weight_N:g} N {abs(body.lever_arm_mm):g} mm {side} the uppermost endplate"
    if case.muscle_activation == BALANCED:
        yield "balanced muscles"
    elif case.muscle_activation is not None:
        yield f"muscles at {100 * case.muscle_activation:g} % activation"


def _moved(name: str, case: LoadCase) -> Iterator[str]:
    direction = name.replace("_", " ")
    if case.moment_Nm is not None and name in MOMENT_AXIS:
        yield f"{direction} moment {case.moment_Nm:g} N·m"
    if case.moment_vector_Nm is not None:
        parts = [
            f"{(_AXES if value > 0 else _OPPOSITE)[axis]} {abs(value):g}"
            for axis, value in enumerate(case.moment_vector_Nm)
            if value
        ]
        yield f"moment {' + '.join(parts) or 0} N·m"
    if case.rotation_deg is not None:
        yield f"{direction} turned by {case.rotation_deg:g}°"
    if case.axial_displacement_mm is not None:
        way = "pressed together" if case.axial_displacement_mm >= 0 else "pulled apart"
        yield f"{way} by {abs(case.axial_displacement_mm):g} mm"
