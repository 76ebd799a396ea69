"""Contradictions between a transitional lumbosacral anatomy and the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from fem_lumbar.anatomy.spine import BODIES, LEVELS, SACRUM
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.foundation.conventions import ILIOLUMBAR, SIDES
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.ossification import entries
from fem_lumbar.scenario.problems import KeyPath, listed

_KEY: KeyPath = ("anatomy", "lumbosacral")
_TISSUE = {
    "joint_modulus_MPa": "II",
    "joint_poisson_ratio": "II",
    "bone_modulus_MPa": "III",
    "bone_poisson_ratio": "III",
}
"""Constants of the tissue between process and ala, and the type of a side that has it."""
_USUAL = LumbosacralTransition()


def transition_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Types without sacrum or transverse processes, a missing or needless side, impossible states of ligaments."""
    transition = scenario.anatomy.lumbosacral
    if transition == _USUAL:
        return
    if not scenario.segment.sacrum:
        message = f"segment.bodies is {listed(scenario.segment.bodies)}: nothing lies between {LEVELS[-1]} and {SACRUM}"
        yield Contradiction(_KEY, message, f"segment.bodies down to {SACRUM}, e.g. {listed(BODIES)}")
        return
    if transition.castellvi is not None and not scenario.structures.posterior_elements:
        message = f"{transition.castellvi}, but transverse processes are posterior elements, which are switched off"
        yield Contradiction((*_KEY, "castellvi"), message, "no type, or structures.posterior_elements true")
    yield from _sides(transition)
    yield from _ligaments(transition, ILIOLUMBAR in scenario.structures.ligaments)
    yield from _ossified(scenario)


def _sides(transition: LumbosacralTransition) -> Iterator[Contradiction]:
    """A missing or needless side, and tissue of types that are not present."""
    kind, side = transition.castellvi, transition.side
    if kind is None:
        if side is not None:
            yield Contradiction((*_KEY, "side"), f"{side}, but castellvi gives no type", "a type, or no side")
    elif transition.two_sided and side is not None:
        one = f"{kind[:-1]}a"
        yield Contradiction(
            (*_KEY, "side"), f"{side}, but type {kind} is two-sided", f"no side, or castellvi {one}", one
        )
    elif not transition.two_sided and side is None:
        what = "its joint is (the other side is bone)" if kind == "IV" else "the enlarged process is"
        yield Contradiction((*_KEY, "side"), f"type {kind} needs the side on which {what}", listed(SIDES))
    kinds = {transition.kind(each) for each in SIDES}
    for name, needed in _TISSUE.items():
        if getattr(transition, name) != getattr(_USUAL, name) and needed not in kinds:
            given = "no type" if kind is None else f"type {kind}"
            yield Contradiction((*_KEY, name), f"{given} has no such tissue", f"a type with {needed}, or no value")


def _ligaments(transition: LumbosacralTransition, kept: bool) -> Iterator[Contradiction]:
    """States of an iliolumbar ligament that is not in the model, and ruptures where bone holds the process."""
    for side, state in transition.iliolumbar.items():
        key: KeyPath = (*_KEY, "iliolumbar", side)
        if not kept and state != "absent":
            message = f"{state}, but structures.ligaments has no {ILIOLUMBAR}"
            yield Contradiction(key, message, f"absent, or structures.ligaments with {ILIOLUMBAR}")
        if state == "ruptured" and transition.kind(side) == "III":
            message = (
                "ruptured, but bone joins the process to the sacrum on this side (type III): it cannot have moved away"
            )
            yield Contradiction(key, message, "present, weakened or absent")
    if "weakened" not in transition.iliolumbar.values() and transition.weakened_fraction != _USUAL.weakened_fraction:
        message = f"{transition.weakened_fraction:g}, but no {ILIOLUMBAR} is weakened (iliolumbar)"
        yield Contradiction((*_KEY, "weakened_fraction"), message, "a side that is weakened, or no value")


def _ossified(scenario: Scenario) -> Iterator[Contradiction]:
    """Ossification of iliolumbar ligaments that are absent or ruptured."""
    transition = scenario.anatomy.lumbosacral
    for one in entries(scenario.ossification):
        sides = (one.side,) if one.side else SIDES
        if one.ligament == ILIOLUMBAR and not any(transition.iliolumbar_fraction(side) for side in sides):
            states = listed(dict.fromkeys(state for side, state in transition.iliolumbar.items() if side in sides))
            message = f"the ligament is {states} ({'.'.join(_KEY)}.iliolumbar): nothing of it is there to ossify"
            yield Contradiction(one.key, message, "no ossification of it, or the ligament present or weakened")
