"""Checks that surfaces can be the vertebrae of one person: closed, oriented outward, in mm, in place.

What is found
    open surfaces; triangles that disagree about the outside; surfaces turned inside out; several bodies in one file; a
    unit other than mm; parts of vertebrae; volumes that do not go together; vertebrae from different frames, too near
    or too far apart, or inside one another; L4 not between the others; a plane face, as where an image ends (warned
    of). :func:`fem_lumbar.surfaces.order.aligned_levels` also finds L3 and L5 exchanged, and one turned round.
What cannot be found
    A person's mirror image is a possible person. Only a file whose points were reflected without turning its triangles
    round is noticed, because that leaves it inside out. Right and left must be right in the files. Neither can the
    shape tell L2, L3, L4 from L3, L4, L5, nor does anyone look for triangles that pass through one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces.neighbours import overlaps, unlike_volumes
from fem_lumbar.surfaces.surface import Surface

DIAGONAL_MM = (80.0, 170.0)
"""Diagonal of a whole adult lumbar vertebra with its processes; the mean L3 has 139 mm, a bare body about 70 mm."""
SPACING_MM = (22.0, 55.0)
"""Between the centroids of neighbouring vertebrae; about 31 mm in the mean, less beside collapsed discs."""
_BEND_DEG = 50.0  # between the lines L3–L4 and L4–L5; more is not a spine
_UNITS = {"metres": 1000.0, "centimetres": 10.0, "inches": 25.4, "micrometres": 0.001}
_SPECK = 0.01  # of the volume of the largest body
_SCATTERED = 0.05  # pieces for each triangle: more are no bodies, but triangles whose corners do not meet
_CM3 = 1000.0
_PLANE_FACE_MM2 = 1000.0
"""Of a plane face that no whole vertebra has: a cut through a body has 1100 or more, a step of voxels of 2 mm 870."""
_DIRECTIONS, _PLANES_TRIED = 40.0, 5  # steps of a component of a normal, 1.4 degrees; directions looked at
_SAME_PLANE_DEG, _SAME_PLANE_MM = 1.5, 0.2
_INSIDE_OUT = "inside out"
_WHICH_WAY_OUT = (
    "a surface is inside out either because it was mirrored (mirror it back) or because its triangles have the wrong "
    "orientation (MeshLab: Invert Faces Orientation). Make sure which, because right and left depend on it"
)


@dataclass(frozen=True)
class SoundSurfaces:
    """Surfaces that passed, by level, and warnings, one sentence each: parts left out, doubts about the rest."""

    surfaces: dict[str, Surface]
    warnings: list[str]


def check_surfaces(surfaces: dict[str, Surface], names: dict[str, str] | None = None) -> SoundSurfaces:
    """Check the vertebrae and return them without specks and cavities.

    Parameters
    ----------
    surfaces : dict of Surface
        ``L3``, ``L4`` and ``L5``, in mm, in one common right-handed frame.
    names : dict of str, optional
        Name of each surface in messages, e.g. ``{"L3": "L3 (my_l3.stl)"}``.

    Raises
    ------
    InputError
        One message that lists every problem found.
    """
    names = {level: (names or {}).get(level, level) for level in LEVELS}
    missing = [level for level in LEVELS if level not in surfaces]
    if missing:
        raise InputError(f"no surface for {', '.join(missing)}; expected one each for {', '.join(LEVELS)}")
    warnings: list[str] = []
    problems: list[str] = []
    sound = {}
    for level in LEVELS:
        name = names[level]
        if torn := _torn(surfaces[level]):
            sound[level] = surfaces[level]
            problems.append(f"{name}: {torn}")
            continue
        sound[level], left_out, bodies = _main_body(surfaces[level])
        warnings += [f"{name}: {what}" for what in left_out]
        problems += [f"{name}: {what}" for what in [*bodies, *_shell_problems(sound[level]), *_size(sound[level])]]
    # Volumes are meaningful only with correct shells and sizes, positions only with correct sizes and volumes.
    unlike: list[str] = []
    if not problems:
        unlike, remarks = unlike_volumes({level: surface.volume for level, surface in sound.items()})
        warnings += remarks
    if not unlike and not any(_size(surface) for surface in sound.values()):
        problems += _position_problems(sound)
    problems += unlike
    if not problems:
        problems, remarks = overlaps(sound, names)
        warnings += [*remarks, *(f"{names[level]}: {told}" for level in LEVELS for told in _plane_face(sound[level]))]
    if any(_INSIDE_OUT in problem for problem in problems):
        problems.append(_WHICH_WAY_OUT)
    if problems:
        raise InputError("the vertebra surfaces cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
    return SoundSurfaces(sound, warnings)


def _main_body(surface: Surface) -> tuple[Surface, list[str], list[str]]:
    """The largest connected part, messages on specks and cavities left out, and the problem of further bodies."""
    parts = sorted(_parts(surface), key=lambda part: -abs(part.area))
    main, left_out, bodies = parts[0], [], []
    for part in parts[1:]:
        volume = part.volume / main.volume if main.volume else np.inf
        # An inner wall has its bone outside: as a body of its own it is inside out.
        inside = np.all(part.points.min(axis=0) > main.points.min(axis=0)) and np.all(
            part.points.max(axis=0) < main.points.max(axis=0)
        )
        if abs(volume) < _SPECK and part.area < 3.0 * _SPECK * main.area:
            left_out.append(f"removed a speck of {abs(part.volume):.0f} mm³")
        elif volume < 0.0 and inside:
            left_out.append(f"filled a cavity of {abs(part.volume) / _CM3:.1f} cm³")
        else:
            bodies.append(part)
    if len(left_out) > 3:
        left_out = [f"removed or filled {len(left_out)} specks and cavities"]
    if not bodies:
        return main, left_out, []
    sizes = " and ".join(f"{abs(part.volume) / _CM3:.1f}" for part in [main, *bodies[:4]])
    problem = f"{len(bodies) + 1} separate bodies ({sizes} cm³{' …' if len(bodies) > 4 else ''})"
    return (
        main,
        left_out,
        [f"{problem}; expected one vertebra in a file: split the file, or remove what does not belong to it"],
    )


def _torn(surface: Surface) -> str:
    """Problem when many neighbouring triangles do not share their corners, else empty."""
    pieces = len(np.unique(_part_of(surface)))
    if pieces <= _SCATTERED * len(surface.triangles):
        return ""
    found = f"neighbouring triangles do not share their corners ({pieces} pieces)"
    return f"{found}; merge points that lie close to one another (MeshLab: Merge Close Vertices)"


def _part_of(surface: Surface) -> np.ndarray:
    """Connected component (m,) of each triangle, by shared points."""
    sides, size = surface.directed_sides, len(surface.points)
    links = coo_matrix((np.ones(len(sides)), tuple(sides.T)), shape=(size, size))
    label: np.ndarray = connected_components(links, directed=False)[1][surface.triangles[:, 0]]
    return label


def _parts(surface: Surface) -> list[Surface]:
    """Connected parts, by shared points."""
    label = _part_of(surface)
    parts = []
    for value in np.unique(label):
        used, triangles = np.unique(surface.triangles[label == value], return_inverse=True)
        parts.append(Surface(surface.points[used], triangles.reshape(-1, 3)))
    return parts


def _shell_problems(surface: Surface) -> list[str]:
    """Problems of the shell: holes, inconsistent orientation, or inside out."""
    edges, index = surface.edges
    count = np.bincount(index, minlength=len(edges))
    is_open = count % 2 == 1
    if is_open.any():
        size = len(surface.points)
        rim = edges[is_open]
        links = coo_matrix((np.ones(len(rim)), tuple(rim.T)), shape=(size, size))
        label = connected_components(links, directed=False)[1]
        holes = len(np.unique(label[rim[:, 0]]))
        found = f"open, with {len(rim)} open edges round {holes} hole{'s' if holes > 1 else ''}"
        return [f"{found}; expected a closed surface: fill the holes (MeshLab: Close Holes)"]
    sides = surface.directed_sides
    balance = np.bincount(index, np.where(sides[:, 0] < sides[:, 1], 1, -1), len(edges))
    if np.any(balance != 0):
        found = f"triangles on the two sides of {np.count_nonzero(balance)} edges have inconsistent orientation"
        return [f"{found}; orient them consistently (MeshLab: Re-Orient all faces coherently)"]
    if surface.volume <= 0.0:
        return [f"{_INSIDE_OUT}: its normals point into the bone (volume {surface.volume / _CM3:.1f} cm³)"]
    return []


def _plane_face(surface: Surface) -> list[str]:
    """Warning about a plane face as large as most of an endplate, where a bone may have been cut off."""
    normals, centres = surface.triangle_normals, surface.points[surface.triangles].mean(axis=1)
    _, direction = np.unique(np.round(normals * _DIRECTIONS).astype(int), axis=0, return_inverse=True)
    weights = np.bincount(direction.ravel(), surface.triangle_areas)
    for chosen in np.argsort(-weights)[:_PLANES_TRIED]:
        normal = normals[direction.ravel() == chosen].mean(axis=0)
        alike = normals @ normal > np.cos(np.radians(_SAME_PLANE_DEG))
        slab = np.floor(centres[alike] @ normal / _SAME_PLANE_MM).astype(int)
        areas = np.bincount(slab - slab.min(), surface.triangle_areas[alike])
        if areas.max() > _PLANE_FACE_MM2:
            on_plane = slab - slab.min() == np.argmax(areas)
            x, y, z = np.average(centres[alike][on_plane], axis=0, weights=surface.triangle_areas[alike][on_plane])
            place = f"({x:.0f}, {y:.0f}, {z:.0f}) mm"
            return [f"a plane face of {areas.max():.0f} mm² near {place}: is the bone cut off there?"]
    return []


def _size(surface: Surface) -> list[str]:
    diagonal = surface.diagonal
    low, high = DIAGONAL_MM
    if low <= diagonal <= high:
        return []
    expected = f"a whole lumbar vertebra has {low:.0f} to {high:.0f} mm"
    for unit, factor in _UNITS.items():
        if low <= diagonal * factor <= high:
            return [f"appears to be in {unit}: its diagonal is {diagonal:.3g}, {expected}; multiply it by {factor:g}"]
    kind = (
        "too small; is it a part of a vertebra, or a child's?" if diagonal < low else "too large; is it more than one?"
    )
    return [f"its diagonal is {diagonal:.3g} mm, {expected}: {kind}"]


def _position_problems(surfaces: dict[str, Surface]) -> list[str]:
    """Problems of position: vertebrae in the same place, exchanged, too near, too far apart, or not in a line."""
    centre = {level: surfaces[level].centroid for level in LEVELS}
    apart = {pair: float(np.linalg.norm(centre[pair[1]] - centre[pair[0]])) for pair in combinations(LEVELS, 2)}
    names = f"{', '.join(LEVELS[:-1])} and {LEVELS[-1]}"
    if max(apart.values()) < 10.0:
        return [f"{names} overlap; expected one common frame, each vertebra in its own position"]
    farthest = max(apart, key=apart.__getitem__)
    steps = len(LEVELS) - 1
    if farthest != (LEVELS[0], LEVELS[-1]) and max(apart.values()) <= steps * SPACING_MM[1]:
        between = next(level for level in LEVELS if level not in farthest)
        middle = ", ".join(LEVELS[1:-1])
        return [
            f"{between} lies between {farthest[0]} and {farthest[1]}; expected {middle} in the middle: "
            "are files exchanged?"
        ]
    low, high = SPACING_MM
    wrong = [
        f"{upper} and {lower} are {apart[upper, lower]:.0f} mm apart; expected {low:.0f} to {high:.0f} mm between "
        "centroids: are they of one person, neighbours, and in one frame?"
        for upper, lower in pairwise(LEVELS)
        if not low <= apart[upper, lower] <= high
    ]
    return wrong or [
        f"the line through {names} bends by {bend:.0f}° at {level}; expected a spine in one common frame"
        for level, bend in _bends_deg(centre).items()
        if bend > _BEND_DEG
    ]


def _bends_deg(centre: dict[str, np.ndarray]) -> dict[str, float]:
    """Angle (deg) by which the line through the centres (3,) of the vertebrae bends at each that has two neighbours."""
    found = {}
    for upper, level, lower in zip(LEVELS, LEVELS[1:], LEVELS[2:]):
        down, further = centre[level] - centre[upper], centre[lower] - centre[level]
        cosine = down @ further / (np.linalg.norm(down) * np.linalg.norm(further))
        found[level] = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return found
