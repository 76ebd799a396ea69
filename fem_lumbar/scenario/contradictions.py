"""Choices that are each allowed but exclude one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fem_lumbar.anatomy.muscles import fascicles, medial_branches
from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.conventions import MOMENT_AXIS
from fem_lumbar.scenario.bodies_in_model import bodies_contradictions, not_in_segment
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.names import same_but_for_case, unusable
from fem_lumbar.scenario.ossification import clashes
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import KeyPath, listed, nearest_names
from fem_lumbar.scenario.sections import BALANCED, LoadCase, MalSettings

BODY_LIGAMENTS = ("ALL", "PLL")
"""Ligaments that attach on the vertebral bodies only."""


def contradictions(scenario: Scenario) -> list[Contradiction]:
    """Every clash between the choices of a scenario whose single values are valid."""
    return [
        *_names(scenario),
        *_parameter_set(scenario),
        *bodies_contradictions(scenario),
        *_surfaces(scenario),
        *_structures(scenario),
        *_mals(scenario),
        *(Contradiction(*clash) for clash in clashes(scenario.ossification, scenario.structures)),
        *_muscles(scenario),
        *_load_cases(scenario),
        *_solver(scenario),
    ]


def _names(scenario: Scenario) -> Iterator[Contradiction]:
    """Names of the run and of load cases are those of folders and files."""
    if reason := unusable(scenario.name):
        yield Contradiction(("name",), reason, "another name")
    for name in scenario.load_cases:
        if reason := unusable(name):
            yield Contradiction(("load_cases", name), reason, "another name")
    for names in same_but_for_case(scenario.load_cases):
        message = f"{listed(names)} differ only in upper and lower case, and each names a file"
        yield Contradiction(("load_cases", names[-1]), message, "names that differ in more")


def _parameter_set(scenario: Scenario) -> Iterator[Contradiction]:
    """What is told of a fitted set must be about values that there are."""
    if scenario.parameter_set is None:
        return
    data = scenario.resolved()
    for i, key in enumerate(scenario.parameter_set.keys):
        found: Any = data
        for part in split_key(key):
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, int | float):
            message = f"'{key}' is no number of a scenario"
            yield Contradiction(("parameter_set", "keys", str(i)), message, "e.g. materials.annulus.c10_MPa")


def _surfaces(scenario: Scenario) -> Iterator[Contradiction]:
    surfaces, key = scenario.anatomy.surfaces, ("anatomy", "surfaces")
    given = surfaces.given
    if scenario.anatomy.source == "parametric":
        if given:
            message = f"{listed(given)} given, but the source of the anatomy is parametric"
            yield Contradiction(("anatomy", "source"), message, "surfaces")
        return
    missing = [level for level in LEVELS if level not in given]
    if "segmentation" in given:
        if len(given) > 1:
            yield Contradiction(key, "a segmentation and single surfaces exclude one another", "one of them")
        if surfaces.labels is None:
            message = "which number is which vertebra depends on what made the segmentation"
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
    if structures.facet_contact:
        yield Contradiction(("structures", "facet_contact"), "true, but posterior_elements is false", "false")
    posterior = [name for name in structures.ligaments if name not in BODY_LIGAMENTS]
    if posterior:
        message = f"{listed(posterior)} attach to the posterior elements, which are switched off"
        yield Contradiction(("structures", "ligaments"), message, listed(BODY_LIGAMENTS))


def _surgery(scenario: Scenario) -> Iterator[Contradiction]:
    """What has been taken out must have been there."""
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
    for level, sides in scenario.mal.items():
        for side, mal in sides.items():
            for clash in _one_mal(scenario, level, mal):
                yield clash._replace(key=("mal", level, side, *clash.key))
            spur = scenario.anatomy.on(side).mal[level].spur_mm
            if spur and not mal.state.startswith("type_"):
                message = f"{mal.state}, but its bony spur is {spur:g} mm thick (anatomy: spur_mm)"
                yield Contradiction(("mal", level, side, "state"), message, "type_I, type_II, type_III, or spur_mm 0")


def _one_mal(scenario: Scenario, level: str, mal: MalSettings) -> Iterator[Contradiction]:
    structures = scenario.structures
    if mal.state == "absent":
        for name in ("fibrous_modulus_MPa", "bone_modulus_MPa", "ossified_fraction"):
            if getattr(mal, name) is not None:
                yield Contradiction((name,), "the MAL is absent (state), so it has no such value", "no value")
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
        message = f"the whole span is bone ({mal.state}): no fibrous part is left to have a modulus"
        yield Contradiction(("fibrous_modulus_MPa",), message, "bone_modulus_MPa, the modulus of the bone bridge")


def _muscles(scenario: Scenario) -> Iterator[Contradiction]:
    for name, sides in scenario.muscles.fascicles.items():
        key: KeyPath = ("muscles", "fascicles", name)
        if name not in fascicles():
            yield Contradiction(key, "unknown fascicle", listed(fascicles()), nearest_names(name, fascicles()))
        for side, fascicle in sides.items():
            if fascicle.force_N is not None and fascicle.activation is not None:
                yield Contradiction((*key, side), "force_N and activation both say how hard it pulls", "one of them")
            if fascicle.force_N is not None and fascicle.force_scale != 1.0:
                message = f"force_N is the force itself; force_scale {fascicle.force_scale:g} would not act on it"
                yield Contradiction((*key, side), message, "one of them")
    yield from _denervated(scenario)
    muscles = scenario.muscles
    set_up = muscles.fascicles or muscles.scale or muscles.fat_fraction or muscles.denervated
    if not scenario.structures.posterior_elements and set_up:
        message = "the muscles attach to posterior elements, which are switched off (structures)"
        yield Contradiction(("muscles",), message, "no muscle settings")


def _denervated(scenario: Scenario) -> Iterator[Contradiction]:
    """A branch must supply fascicles that are in the model, and they must pull by what is left of them."""
    levels = scenario.segment.bodies
    there = [b for b, names in medial_branches().items() if any(fascicles()[name].acts_on(levels) for name in names)]
    for branch, sides in scenario.muscles.denervated.items():
        key: KeyPath = ("muscles", "denervated", branch)
        if branch not in there:
            segment = f"segment.bodies: {listed(levels)}"
            message = f"no fascicle that the branch of {branch} supplies is in the model ({segment})"
            yield Contradiction(key, message, listed(there))
        for side in sides:
            given = [
                name
                for name in medial_branches()[branch]
                if (own := scenario.muscles.fascicles.get(name, {}).get(side)) and own.force_N is not None
            ]
            if given:
                message = f"force_N of {listed(given)} is the force itself; denervation would not act on it"
                yield Contradiction((*key, side), message, "one of them")


def _load_cases(scenario: Scenario) -> Iterator[Contradiction]:
    for name, case in scenario.load_cases.items():
        for clash in _one_case(scenario, name, case):
            yield clash._replace(key=("load_cases", name, *clash.key))


def _one_case(scenario: Scenario, name: str, case: LoadCase) -> Iterator[Contradiction]:
    if not name.isascii() or not name.replace("_", "a").replace("-", "a").isalnum():
        yield Contradiction((), "not usable as the name of a load case", "letters, digits, _ and -")
    yield from _turning(name, case)
    if case.muscle_activation is not None and not scenario.structures.posterior_elements:
        message = "the muscles attach to posterior elements, which are switched off (structures)"
        yield Contradiction(("muscle_activation",), message, "no muscle_activation")
    elif case.muscle_activation == BALANCED:
        yield from _balance(case)
    if name not in MOMENT_AXIS and not _loaded(scenario, case):
        allowed = "moment_vector_Nm, axial_displacement_mm, follower_N, upper_body or muscle_activation above 0"
        yield Contradiction((), "nothing loads the segment in this case", allowed)
    if case.follower_first:
        yield from _order(scenario, case)
    step = case.initial_step
    if step is not None and step < scenario.solver.minimum_step:
        allowed = f"at least {scenario.solver.minimum_step:g}"
        yield Contradiction(("initial_step",), f"{step:g} is below solver.minimum_step", allowed)


def _turning(name: str, case: LoadCase) -> Iterator[Contradiction]:
    """Whether what turns the segment is given once, and about a known axis."""
    given = [key for key in ("moment_Nm", "moment_vector_Nm", "rotation_deg") if getattr(case, key) is not None]
    if len(given) > 1:
        message = f"{' and '.join(given)} are {'both' if len(given) == 2 else 'all'} given"
        yield Contradiction((), message, "one of them; null for one that comes from the file extended")
    elif name in MOMENT_AXIS:
        if case.moment_vector_Nm is not None:
            message = f"the axis of '{name}' is fixed by its name"
            yield Contradiction(("moment_vector_Nm",), message, f"moment_Nm, or a case of another name than {name}")
        elif not case.moment_Nm and not case.rotation_deg:
            allowed = "moment_Nm or rotation_deg above 0, e.g. moment_Nm: 7.5"
            yield Contradiction((), f"a case named '{name}' needs its moment", allowed)
    elif case.moment_Nm is not None or case.rotation_deg is not None:
        near = nearest_names(name, MOMENT_AXIS)
        message = f"'{name}' does not say about which axis"
        allowed = f"moment_vector_Nm: [x, y, z], or one of the names {listed(MOMENT_AXIS)}"
        yield Contradiction((given[0],), message, allowed, near)


def _balance(case: LoadCase) -> Iterator[Contradiction]:
    """Whether there is a posture that muscles can be asked to hold, and something to hold it against."""
    key: KeyPath = ("muscle_activation",)
    moved = [name for name in ("rotation_deg", "axial_displacement_mm") if getattr(case, name) is not None]
    if moved:
        message = f"balanced muscles keep the joints from turning, and {listed(moved)} moves them"
        yield Contradiction(key, message, "a number, or no prescribed motion")
    elif case.follower_first:
        message = "balanced muscles hold against all loads together, and follower_first puts some of them later"
        yield Contradiction(key, message, "a number, or follower_first false")
    elif case.upper_body is None and not _turned_or_moved(case):
        message = "balanced, but no upper body and no moment is there to hold the posture against"
        yield Contradiction(key, message, "a number, or upper_body: {}")


def _order(scenario: Scenario, case: LoadCase) -> Iterator[Contradiction]:
    """Whether there is something to apply first and something to apply then."""
    key: KeyPath = ("follower_first",)
    if not _pulled(scenario, case):
        yield Contradiction(key, "true, but neither follower load nor muscles pull", "false, or follower_N above 0")
    elif not _turned_or_moved(case):
        yield Contradiction(key, "true, but no moment or motion follows", "false, or a moment or motion")


def _loaded(scenario: Scenario, case: LoadCase) -> bool:
    return _turned_or_moved(case) or _pulled(scenario, case)


def _turned_or_moved(case: LoadCase) -> bool:
    sizes = (case.moment_Nm, *(case.moment_vector_Nm or ()), case.rotation_deg, case.axial_displacement_mm)
    return any(sizes)


def _pulled(scenario: Scenario, case: LoadCase) -> bool:
    fascicles = [f for sides in scenario.muscles.fascicles.values() for f in sides.values()]
    own_pull = case.muscle_activation is not None and any(f.force_N or f.activation for f in fascicles)
    weight = case.upper_body is not None and case.upper_body.weight_N > 0
    return case.follower_N > 0 or weight or bool(case.muscle_activation) or own_pull


def _solver(scenario: Scenario) -> Iterator[Contradiction]:
    solver = scenario.solver
    if solver.minimum_step > solver.initial_step:
        message = f"{solver.minimum_step:g} is above solver.initial_step ({solver.initial_step:g})"
        yield Contradiction(("solver", "minimum_step"), message, f"at most {solver.initial_step:g}")
