"""Cuts of the lattice into the tissues of the template: surfaces, where each is cut, and regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from fem_lumbar.anatomy.spine import ARCH_LEVELS, FACES, SACRUM, joint_levels
from fem_lumbar.cutting.cutter import Cut, Cutter
from fem_lumbar.cutting.project import Function
from fem_lumbar.meshing.transition_cuts import transition_cuts, transition_regions
from fem_lumbar.shape.jet import coordinate
from fem_lumbar.shape.scene import Scene

MIDPLANE = "midplane"
_MARGIN_MM = 3.0
"""Distance outside a bone up to which cells are cut along it."""
_OVER_PLATE_MM = 2.5
"""Depth below the endplates to which the walls of a disc are cut."""

_CAP_MM = 5.0
"""Height of a cap over an endplate."""
SACRAL_CUT = "end"
"""The plane in which the sacrum is cut."""
_TRIM_MARGIN_MM = 0.95
"""Added to the final distance of two bones to find the cells in which they are trimmed."""
_VERTEBRA_CENTRE, _VERTEBRA_REACH = np.array([-28.0, -25.0, -4.0]), np.array([62.0, 45.0, 45.0])
_SACRUM_CENTRE, _SACRUM_REACH = np.array([-30.0, -30.0, -28.0]), np.array([70.0, 50.0, 55.0])
"""Boxes about the right halves of the bones: centre from the origin of the body frame and half sizes, mm."""

Mask = Callable[[np.ndarray], np.ndarray]


def caps(scene: Scene) -> dict[str, tuple[str, str]]:
    """Regions over endplates without a disc: name to level and face.

    They make the rim a line of mesh edges, as discs do, and are dropped when the mesh is finished.
    """
    covered = {end for joint in scene.discs for end in zip(joint_levels(joint), reversed(FACES))}
    ends = [(level, face) for level, bone in scene.bones.items() for face in bone.shape.faces]
    return {f"{level}.cap.{face}": (level, face) for level, face in ends if (level, face) not in covered}


def cuts(scene: Scene) -> Iterator[Cut]:
    """Surfaces of the right half in the order in which they are cut; the first is the mid-sagittal plane."""
    left, origin = np.array([0.0, 1.0, 0.0]), np.zeros(3)
    yield Cut(MIDPLANE, lambda x: coordinate(x, left, origin), lambda x: np.ones(len(x), dtype=bool))
    for level in scene.levels:
        yield Cut(f"bone.{level}", _bone(scene, level), _near_bone(scene, level, _MARGIN_MM))
    if scene.sacrum is not None:
        yield Cut(SACRAL_CUT, scene.sacrum.below_cut, _near_bone(scene, SACRUM, _MARGIN_MM))
    for joint in scene.joints:
        yield from _facet_cuts(scene, joint)
    for joint in scene.joints:
        disc = scene.discs[joint]
        near = _near_disc(scene, joint)
        yield Cut(f"annulus.{joint}", disc.wall, near)
        yield Cut(f"nucleus.{joint}", disc.nucleus, near)
    for name, (level, face) in caps(scene).items():
        yield from _cap_cuts(scene, name, level, face)
    for level in scene.levels:
        yield Cut(f"sleeve.{level}", _sleeve(scene, level), _near_bone(scene, level, 1.0))
    for level in ARCH_LEVELS:
        arch = scene.arches[level]
        yield Cut(f"strap.{level}", arch.strap, _near_arch(scene, level), snap=0.2)
    yield from transition_cuts(scene)


def _bone(scene: Scene, level: str) -> Function:
    return lambda points: scene.bone(level, points)


def _sleeve(scene: Scene, level: str) -> Function:
    return lambda points: scene.border(level, points)


def _within(centre: np.ndarray, reach: np.ndarray | float, test: Mask) -> Mask:
    """Mask that evaluates ``test`` only in a box around a centre and is False elsewhere."""

    def mask(points: np.ndarray) -> np.ndarray:
        found = np.all(np.abs(points - centre) < reach, axis=1)
        found[found] = test(points[found])
        return found

    return mask


def _near_bone(scene: Scene, level: str, margin: float) -> Mask:
    centre, reach = (_SACRUM_CENTRE, _SACRUM_REACH) if level == SACRUM else (_VERTEBRA_CENTRE, _VERTEBRA_REACH)
    return _within(scene.frames[level][:3, 3] + centre, reach, lambda x: scene.bones[level](x).bone.value < margin)


def _near_disc(scene: Scene, joint: str) -> Mask:
    return _within(scene.discs[joint].middle[:3, 3], np.array([27.0, 36.0, 20.0]), _between(scene, joint))


def _between(scene: Scene, joint: str) -> Mask:
    def between(points: np.ndarray) -> np.ndarray:
        over, under = scene.discs[joint].between(points)
        return (over > -_OVER_PLATE_MM) & (under > -_OVER_PLATE_MM)

    return between


def _in_cap(scene: Scene, level: str, face: str) -> Mask:
    def over_plate(points: np.ndarray) -> np.ndarray:
        over = scene.bones[level].wall_of_disc(points, face)[1].value
        return (over > -_OVER_PLATE_MM) & (over < _CAP_MM)

    return over_plate


def _cap_cuts(scene: Scene, name: str, level: str, face: str) -> Iterator[Cut]:
    """Wall and lid of a cap: the wall that a disc would have, and a surface parallel to the endplate."""
    bone = scene.bones[level]

    def within(low: float, high: float) -> Mask:
        def between(points: np.ndarray) -> np.ndarray:
            wall, over = bone.wall_of_disc(points, face)
            return (over.value > low) & (over.value < high) & (wall.value < 3.0)

        return _within(bone.frame[:3, 3], np.array([27.0, 36.0, 36.0]), between)

    yield Cut(name, lambda x: bone.wall_of_disc(x, face)[0], within(-_OVER_PLATE_MM, _CAP_MM + 2.0))
    yield Cut(f"lid.{name}", lambda x: bone.wall_of_disc(x, face)[1] - _CAP_MM, within(_CAP_MM - 2.0, _CAP_MM + 2.0))


def _near_arch(scene: Scene, level: str) -> Mask:
    arch = scene.arches[level]
    return _within(arch.centre, 16.0, lambda x: (arch.strap(x).value < 1.5) & (arch.beyond_ends(x).value < 1.5))


def _facet_cuts(scene: Scene, joint: str) -> Iterator[Cut]:
    """Bone trimmed on both sides, the two articular faces, and the outline of the cartilage."""
    facet, (upper, lower) = scene.facets[joint], joint_levels(joint)
    bones = scene.bones

    def at(level: float) -> Function:
        return lambda points: scene.gap(joint, points) - level

    def bone_end(sign: float) -> Function:
        return lambda points: scene.gap(joint, points) - scene.bone_offset(joint, points, sign > 0.0) * sign

    def bones_close(points: np.ndarray) -> np.ndarray:
        trimmed_within = 2.0 * scene.bone_offset(joint, points, upper=True).value + _TRIM_MARGIN_MM
        both = np.maximum(bones[upper](points).bone.value, bones[lower](points).bone.value) < trimmed_within
        return both | ((np.abs(facet.height(points).value) < 4.5) & (facet.outside(points).value < 2.4))

    def joint_space(points: np.ndarray) -> np.ndarray:
        return (np.abs(facet.height(points).value) < 2.0) & (facet.outside(points).value < 1.0)

    def rim(points: np.ndarray) -> np.ndarray:
        return (np.abs(facet.height(points).value) < 1.6) & (np.abs(facet.outside(points).value) < 1.5)

    centre = facet.frame.centre
    for sign, name in ((-1.0, "lower"), (1.0, "upper")):
        close = _within(centre, 26.0, bones_close)
        yield Cut(f"trim.{name}.{joint}", bone_end(sign), close, snap=0.2)
    for sign, name in ((-1.0, "lower"), (1.0, "upper")):
        yield Cut(f"face.{name}.{joint}", at(sign * facet.half_gap), _within(centre, 26.0, joint_space), snap=0.2)
    yield Cut(f"outline.{joint}", facet.outside, _within(centre, 26.0, rim), snap=0.2)


def regions(scene: Scene, cutter: Cutter) -> tuple[np.ndarray, list[str]]:
    """Regions (m,) of the cells, 0 outside everything, and the names of the regions from 1 on."""
    centres = cutter.points[cutter.cells].mean(axis=1)
    region = np.zeros(len(centres), dtype=np.int64)
    names: list[str] = []

    def assign(name: str, cells: np.ndarray) -> None:
        names.append(name)
        region[cells & (region == 0)] = len(names)

    def where(cells: np.ndarray, test: Mask) -> np.ndarray:
        """The cells, out of a mask (m,), whose centres pass a test; it is evaluated only for these cells."""
        cells = cells.copy()
        cells[cells] = test(centres[cells])
        return cells

    for level in scene.levels:
        bone = cutter.inside(f"bone.{level}")
        if level == SACRUM:
            bone = bone & ~cutter.outside(SACRAL_CUT)
        for joint in scene.joints:
            upper, lower = joint_levels(joint)
            if level == upper:
                bone = bone & ~cutter.inside(f"trim.upper.{joint}")
            if level == lower:
                bone = bone & ~cutter.outside(f"trim.lower.{joint}")
        body = cutter.inside(f"sleeve.{level}")
        assign(f"{level}.posterior", bone & ~body)
        assign(f"{level}.cancellous", bone & body)
    for level in ARCH_LEVELS:
        within = scene.arches[level].beyond_ends(centres).value < 0.0
        assign(f"{level}.mal.right", cutter.inside(f"strap.{level}") & within)
    for name, cells in transition_regions(scene, cutter).items():
        assign(name, cells)
    for name, (level, face) in caps(scene).items():
        assign(name, where(cutter.inside(name), _in_cap(scene, level, face)))
    for joint in scene.joints:
        between = where(cutter.inside(f"annulus.{joint}"), _between(scene, joint))
        assign(f"{joint}.annulus", between & ~cutter.inside(f"nucleus.{joint}"))
        assign(f"{joint}.nucleus", between)
        upper, lower = joint_levels(joint)
        facet = scene.facets[joint]
        plate = cutter.inside(f"outline.{joint}") | (facet.outside(centres).value < -1.0)
        plate &= (facet.outside(centres).value < 0.3) & (np.abs(facet.height(centres).value) < 1.6 * facet.bone_offset)
        for level, name, face in ((upper, "upper", "inferior"), (lower, "lower", "superior")):
            beyond = cutter.outside if name == "upper" else cutter.inside
            before = cutter.inside if name == "upper" else cutter.outside
            cells = plate & beyond(f"face.{name}.{joint}") & before(f"trim.{name}.{joint}")
            assign(f"{level}.facet_cartilage.{face}.right", cells)
    return region, names
