"""Contradictions between settings of a scenario that are valid by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from fem_lumbar.anatomy.muscles import fascicles, medial_branches
from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.anatomy.trunk_muscles import muscle_lines
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.scenario.bodies_in_model import bodies_contradictions, not_in_segment
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.degeneration_clashes import degeneration_contradictions
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.load_kinds.rules import case_contradictions
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.names import same_but_for_case, unusable
from fem_lumbar.scenario.ossification import clashes
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.posterior_cleft import cleft_contradictions
from fem_lumbar.scenario.problems import KeyPath, listed, nearest_names
from fem_lumbar.scenario.sacral_segment import sacral_contradictions
from fem_lumbar.scenario.sections import MalSettings
from fem_lumbar.scenario.transition import transition_contradictions

BODY_LIGAMENTS = ("ALL", "PLL")
"""Ligaments that attach only to the vertebral bodies."""


def contradictions(scenario: Scenario) -> list[Contradiction]:
    """All contradictions between the settings of a scenario."""
    return [
        *_names(scenario),
        *_parameter_set(scenario),
        *bodies_contradictions(scenario),
        *sacral_contradictions(scenario),
        *transition_contradictions(scenario),
        *cleft_contradictions(scenario),
        *_surfaces(scenario),
        *_structures(scenario),
        *_mals(scenario),
        *(Contradiction(*clash) for clash in clashes(scenario.ossification, scenario.structures)),
        *degeneration_contradictions(scenario),
        *_muscles(scenario),
        *_load_cases(scenario),
        *_relaxation(scenario),
        *_solver(scenario),
    ]


def _names(scenario: Scenario) -> Iterator[Contradiction]:
    """Names of the run and of load cases that cannot be names of folders and files."""
    if reason := unusable(scenario.name):
        yield Contradiction(("name",), reason, "another name")
    for name in scenario.load_cases:
        if reason := unusable(name):
            yield Contradiction(("load_cases", name), reason, "another name")
    for names in same_but_for_case(scenario.load_cases):
        message = f"{listed(names)} differ only in case, and each names a file"
        yield Contradiction(("load_cases", names[-1]), message, "names that differ by more than case")


def _parameter_set(scenario: Scenario) -> Iterator[Contradiction]:
    """Keys of a fitted set that are not numbers of the scenario."""
    if scenario.parameter_set is None:
        return
    data = scenario.resolved()
    for i, key in enumerate(scenario.parameter_set.keys):
        if not isinstance(value_at(data, split_key(key)), int | float):
            message = f"'{key}' is not a numeric scenario key"
            yield Contradiction(("parameter_set", "keys", str(i)), message, "e.g. materials.annulus.c10_MPa")


def _surfaces(scenario: Scenario) -> Iterator[Contradiction]:
    surfaces, key = scenario.anatomy.surfaces, ("anatomy", "surfaces")
    given = surfaces.given
    if scenario.anatomy.source != "surfaces":
        if given:
            message = f"{listed(given)} given, but the source of the anatomy is {scenario.anatomy.source}"
            yield Contradiction(("anatomy", "source"), message, "surfaces")
        return
    missing = [level for level in LEVELS if level not in given]
    if "segmentation" in given:
        if len(given) > 1:
            yield Contradiction(key, "a segmentation and single surfaces are mutually exclusive", "one of them")
        if surfaces.labels is None:
            message = "the numbering of the vertebrae depends on the tool that made the segmentation"
            yield Contradiction((*key, "labels"), message, "totalsegmentator (or _v1, _v2), verse or spider")
    elif missing:
        message, all_of_them = f"no surface for {listed(missing)}", f"{listed(LEVELS[:-1])} and {LEVELS[-1]}"
        yield Contradiction(key, message, f"a file each for {all_of_them}, or segmentation and labels")


def _structures(scenario: Scenario) -> Iterator[Contradiction]:
    structures = scenario.structures
    for name in ("joints", "ligaments", "removed_nuclei"):
        given = getattr(structures, name)
        for item in sorted({item for item in given if given.count(item) > 1}):
            yield Contradiction(("structures", name), f"{item} is listed twice")
    yield from _surgery(scenario)
    if structures.posterior_elements:
        return
    for name in ("facet_contact", "bone_contact"):
        if getattr(structures, name):
            yield Contradiction(("structures", name), "true, but posterior_elements is false", "false")
    posterior = [name for name in structures.ligaments if name not in BODY_LIGAMENTS]
    if posterior:
        message = f"{listed(posterior)} attach to the posterior elements, which are switched off"
        yield Contradiction(("structures", "ligaments"), message, listed(BODY_LIGAMENTS))


def _surgery(scenario: Scenario) -> Iterator[Contradiction]:
    """Removed nuclei and facets that are not in the model."""
    structures, joints = scenario.structures, scenario.segment.joints
    for joint in structures.removed_nuclei:
        if joint not in joints:
            yield Contradiction(("structures", "removed_nuclei"), not_in_segment(scenario, joint), listed(joints))
    for joint, sides in structures.facetectomy.items():
        key: KeyPath = ("structures", "facetectomy", joint)
        if not any(sides.values()):
            continue
        if joint not in joints:
            yield Contradiction(key, not_in_segment(scenario, joint), listed(joints))
        elif not structures.posterior_elements:
            message = "the facet joints belong to the posterior elements, which are switched off"
            yield Contradiction(key, message, "no facetectomy, or posterior_elements true")
        elif not structures.facet_contact:
            message = "no facet joint carries load: facet_contact is false"
            yield Contradiction(key, message, "no facetectomy, or facet_contact true")


def _mals(scenario: Scenario) -> Iterator[Contradiction]:
    arches: dict[str, Any] = {side: scenario.anatomy.on(side).mal for side in SIDES}
    for level, sides in scenario.mal.items():
        for side, mal in sides.items():
            for clash in _one_mal(scenario, level, mal):
                yield clash._replace(key=("mal", level, side, *clash.key))
            spur = arches[side][level].spur_mm
            if spur and not mal.state.startswith("type_"):
                message = f"{mal.state}, but its bony spur is {spur:g} mm thick (anatomy: spur_mm)"
                yield Contradiction(("mal", level, side, "state"), message, "type_I, type_II, type_III, or spur_mm 0")


def _one_mal(scenario: Scenario, level: str, mal: MalSettings) -> Iterator[Contradiction]:
    structures = scenario.structures
    if mal.state == "absent":
        for name in ("fibrous_modulus_MPa", "bone_modulus_MPa", "ossified_fraction"):
            if getattr(mal, name) is not None:
                yield Contradiction((name,), "the MAL is absent (state), so this value does not apply", "no value")
        return
    if not structures.posterior_elements:
        message = f"{mal.state}, but the MAL spans posterior elements, which are switched off (structures)"
        yield Contradiction(("state",), message, "absent")
    if mal.state == "fibrous" and mal.ossified_fraction:
        message = f"{mal.ossified_fraction:g} of the span is bone, but state says fibrous"
        yield Contradiction(("ossified_fraction",), message, "0, or state type_I, type_II or type_III")
    fraction = mal.ossified_fraction
    if fraction is None and mal.state == "type_III":
        fraction = scenario.materials.mal.type_III_fraction
    if fraction == 1.0 and mal.fibrous_modulus_MPa is not None:
        message = f"the whole span is bone ({mal.state}): there is no fibrous part"
        yield Contradiction(("fibrous_modulus_MPa",), message, "bone_modulus_MPa, the modulus of the bone bridge")


def _muscles(scenario: Scenario) -> Iterator[Contradiction]:
    for name, sides in scenario.muscles.fascicles.items():
        key: KeyPath = ("muscles", "fascicles", name)
        if name not in muscle_lines():
            yield Contradiction(key, "unknown fascicle", listed(muscle_lines()), nearest_names(name, muscle_lines()))
        elif (group := muscle_lines()[name].group) not in scenario.muscles.groups:
            message = f"{group} is not among muscles.groups, so {name} does not pull"
            yield Contradiction(key, message, f"no settings of it, or {group} in muscles.groups")
        elif not muscle_lines()[name].acts_on(scenario.segment.bodies):
            message = f"{name} does not load the model (segment.bodies: {listed(scenario.segment.bodies)})"
            yield Contradiction(key, message, "no settings of it")
        for side, fascicle in sides.items():
            if fascicle.force_N is not None and fascicle.activation is not None:
                yield Contradiction((*key, side), "force_N and activation both prescribe the force", "one of them")
            if fascicle.force_N is not None and fascicle.force_scale != 1.0:
                message = f"force_N prescribes the force; force_scale {fascicle.force_scale:g} would have no effect"
                yield Contradiction((*key, side), message, "one of them")
    yield from _denervated(scenario)
    yield from _without_pull(scenario)
    muscles = scenario.muscles
    sizes = muscles.scale or muscles.fat_fraction or muscles.denervated
    set_up = muscles.fascicles or muscles.effort_weight or sizes
    if "multifidus" not in muscles.groups and sizes:
        message = "multifidus is not among them, so scale, fat_fraction and denervated, which are of it, have no effect"
        yield Contradiction(("muscles", "groups"), message, "multifidus among them, or none of these keys")
    if not scenario.structures.posterior_elements and set_up:
        message = "the muscles attach to posterior elements, which are switched off (structures)"
        yield Contradiction(("muscles",), message, "no muscle settings")


def _without_pull(scenario: Scenario) -> Iterator[Contradiction]:
    """One activation for all must make some muscle pull: those that bypass the segment do so only where set singly."""
    muscles, bodies = scenario.muscles, scenario.segment.bodies
    lines = [line for line in muscle_lines().values() if line.group in muscles.groups and line.acts_on(bodies)]
    own = {
        name
        for name, sides in muscles.fascicles.items()
        if any(one.force_N is not None or one.activation is not None for one in sides.values())
    }
    if any(line.name in own or not line.bypasses(bodies) for line in lines):
        return
    for name, case in scenario.load_cases.items():
        if case.of(MuscleSection).level:
            message = (
                f"no muscle pulls: those of muscles.groups ({listed(muscles.groups)}) run past the segment, "
                "where the follower load stands for them"
            )
            allowed = "balanced, other groups, or forces of single ones in muscles.fascicles"
            yield Contradiction(("load_cases", name, "muscle_activation"), message, allowed)


def _denervated(scenario: Scenario) -> Iterator[Contradiction]:
    """Denervation of branches without fascicles in the model, or of fascicles with a prescribed force."""
    levels = scenario.segment.bodies
    there = [b for b, names in medial_branches().items() if any(fascicles()[name].acts_on(levels) for name in names)]
    for branch, sides in scenario.muscles.denervated.items():
        key: KeyPath = ("muscles", "denervated", branch)
        if branch not in there:
            segment = f"segment.bodies: {listed(levels)}"
            message = f"the model has no fascicle supplied by the branch of {branch} ({segment})"
            yield Contradiction(key, message, listed(there))
        for side in sides:
            given = [
                name
                for name in medial_branches()[branch]
                if (own := scenario.muscles.fascicles.get(name, {}).get(side)) and own.force_N is not None
            ]
            if given:
                message = f"force_N of {listed(given)} prescribes the force; denervation would have no effect"
                yield Contradiction((*key, side), message, "one of them")


def _load_cases(scenario: Scenario) -> Iterator[Contradiction]:
    least = scenario.solver.minimum_step
    for name, case in scenario.load_cases.items():
        for clash in case_contradictions(case.within(name, scenario.structures, scenario.muscles)):
            yield clash._replace(key=("load_cases", name, *clash.key))
        step = case.course.initial_step
        if step is not None and step < least:
            message = f"{step:g} is below solver.minimum_step"
            yield Contradiction(("load_cases", name, "initial_step"), message, f"at least {least:g}")
        levels = case.course.load_levels or ()
        if any(second <= first for first, second in pairwise(levels)):
            rising = listed([f"{level:g}" for level in sorted(set(levels))])
            yield Contradiction(("load_cases", name, "load_levels"), "the fractions do not rise", rising)


def _relaxation(scenario: Scenario) -> Iterator[Contradiction]:
    """Relaxation that leaves no stress, and load cases in time without a disc that relaxes."""
    shares = {joint: scenario.materials.of_joint(joint).annulus for joint in scenario.segment.joints}
    fading = {joint: one.relaxation_fast_share + one.relaxation_slow_share for joint, one in shares.items()}
    for joint, share in fading.items():
        if share >= 1.0:
            message = f"the shares of both branches in {joint} are {share:g} together: no stress would be left"
            yield Contradiction(("materials", "annulus", "relaxation_slow_share"), message, "shares below 1 together")
            return
    for name, case in scenario.load_cases.items():
        for key in ("loading_s", "duration_s", "cycle_s"):
            if getattr(case.course, key) is not None and not any(fading.values()):
                message = "no disc relaxes: materials.annulus.relaxation_fast_share and relaxation_slow_share are 0"
                yield Contradiction(("load_cases", name, key), message, f"no {key}, or a share above 0")


def _solver(scenario: Scenario) -> Iterator[Contradiction]:
    solver = scenario.solver
    if solver.minimum_step > solver.initial_step:
        message = f"{solver.minimum_step:g} is above solver.initial_step ({solver.initial_step:g})"
        yield Contradiction(("solver", "minimum_step"), message, f"at most {solver.initial_step:g}")
