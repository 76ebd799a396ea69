"""Placements of needles on the medial branches of a mesh: coverage with a fibrous and an ossified ligament."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from fem_lumbar.anatomy.muscles import branch_under_mal
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.needle.aim import AIMS, APPROACHES, Aim, aim_at
from fem_lumbar.needle.chance import Chance, paired_difference, probability
from fem_lumbar.needle.clearance import bone_clearance, roof_clearance
from fem_lumbar.needle.coverage import Nerve, covered, worst_excess
from fem_lumbar.needle.lesion import Lesion
from fem_lumbar.needle.parameters import Placement
from fem_lumbar.needle.placement import Needles, draws, placed_needles
from fem_lumbar.needle.verdict import Verdict, difference_verdict, mesh_error
from fem_lumbar.nerve.course import PARTS, Course, course_of

FIBROUS = "fibrous"
_EVERY = 2
"""Every second station of a course is used for the nerve in a lesion."""
_AT_ONCE = 1000
"""Number of placements evaluated together, to limit memory."""
_TUNNEL = PARTS.index("tunnel")


@dataclass(frozen=True)
class Roof:
    """Assumed effect of an ossified ligament.

    Attributes
    ----------
    needles : {"pass", "stopped", "re-aimed"}
        Whether needles pass through it. With ``re-aimed``, needles meant for the neck are corrected to the placement
        they would have without it; those meant for the tunnel are stopped.
    stops_heat : bool
        Whether it protects the nerve under it from heat.
    """

    needles: Literal["pass", "stopped", "re-aimed"]
    stops_heat: bool

    def in_the_way_of(self, aim: Aim) -> bool:
        """Whether it is an obstacle to the needles of an aim."""
        return self.needles == "stopped" or (self.needles == "re-aimed" and aim.in_tunnel)


FIBROUS_ROOF = Roof("pass", stops_heat=False)
ROOFS = {
    "ossified, re-aimed": Roof("re-aimed", stops_heat=True),
    "ossified, heat passes": Roof("stopped", stops_heat=False),
    "ossified, heat stopped": Roof("stopped", stops_heat=True),
}
"""Limiting assumptions on a complete bony roof."""


@dataclass(frozen=True)
class Question:
    """Settings of a study, the same for all places.

    Attributes
    ----------
    approaches : sequence of str
    lesions : dict of dict of Lesion
        By cannula and size; those of one cannula share the needle and differ in size.
    placement : Placement
    count, seed : int
        Number of placements and seed of the samples.
    length_mm : float
        Shortest length of the nerve, covered in its whole cross-section, that counts as interruption.
    nerve_radius_mm : float
    roofs : dict of Roof
    """

    approaches: Sequence[str]
    lesions: dict[str, dict[str, Lesion]]
    placement: Placement
    count: int
    seed: int
    length_mm: float
    nerve_radius_mm: float
    roofs: dict[str, Roof] = field(default_factory=lambda: dict(ROOFS))


@dataclass(frozen=True)
class NeedleRow:
    """One approach with one lesion at one place, for one state of the ligament.

    Attributes
    ----------
    level, side, branch : str
        Target vertebra, and level of the dorsal ramus to which the medial branch belongs.
    approach, cannula, size, state : str
    judged : bool
        Whether the size of the lesion was read in a source.
    covered_mm : dict of float
        Mean length of the nerve that is covered in its whole cross-section, by part.
    share_percent : float
        Covered length relative to the whole course on the vertebra.
    interrupted : Chance
        Probability that at least the required length is covered without a gap.
    held_back_percent : float
        Percentage of placements in which bone on the path stops a needle short.
    """

    level: str
    side: str
    branch: str
    approach: str
    cannula: str
    size: str
    state: str
    judged: bool
    covered_mm: dict[str, float]
    share_percent: float
    interrupted: Chance
    held_back_percent: float


@dataclass(frozen=True)
class NeedleDifference:
    """Probability of interruption with an ossified ligament minus that with a fibrous one, for the same placements.

    ``mesh_error`` is the discretisation error of the difference; the verdict allows for it and for the interval.
    """

    level: str
    side: str
    approach: str
    cannula: str
    size: str
    state: str
    judged: bool
    difference: Chance
    mesh_error: float
    verdict: Verdict


@dataclass
class NeedleStudy:
    """Result of :func:`needle_study`.

    Attributes
    ----------
    name : str
    question : Question
    courses : list of Course
        Computed courses; the mirrored side of a symmetric mesh is left out.
    rows : list of NeedleRow
    differences : list of NeedleDifference
    absent : list of tuple of str
        Level and side without a ligament, and so without a tunnel.
    mirrored : list of tuple of str
        Level and side of mirror images, whose results were copied from the other side.
    """

    name: str
    question: Question
    courses: list[Course] = field(default_factory=list)
    rows: list[NeedleRow] = field(default_factory=list)
    differences: list[NeedleDifference] = field(default_factory=list)
    absent: list[tuple[str, str]] = field(default_factory=list)
    mirrored: list[tuple[str, str]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Everything except the geometry of the courses, for JSON."""
        return {
            "name": self.name,
            "question": asdict(self.question),
            "courses": [
                {"level": one.level, "side": one.side, "branch": branch_under_mal(one.level), **one.lengths_mm}
                for one in self.courses
            ],
            "rows": [asdict(row) for row in self.rows],
            "differences": [asdict(one) for one in self.differences],
            "absent": [{"level": level, "side": side} for level, side in self.absent],
        }


def needle_study(
    name: str,
    mesh: SegmentMesh,
    question: Question,
    levels: Sequence[str],
    sides: Sequence[str] = SIDES,
    report: Callable[[str], None] | None = None,
) -> NeedleStudy:
    """Evaluate all approaches at all places of a mesh.

    Parameters
    ----------
    name : str
    mesh : SegmentMesh
    question : Question
    levels, sides : sequence of str
        On a symmetric mesh the results of the second side are copied from the first.
    report : callable, optional
        Receives one line per place.

    Raises
    ------
    PhysicsError
        When a tunnel is not closed, or a landmark of a course is not found.
    """
    study = NeedleStudy(name, question)
    for level in levels:
        done = ""
        for side in sides:
            if f"{level}.mal.{side}" not in mesh.region_names:
                study.absent.append((level, side))
            elif done and mesh.is_symmetric:
                study.rows += [replace(one, side=side) for one in study.rows if (one.level, one.side) == (level, done)]
                own = [one for one in study.differences if (one.level, one.side) == (level, done)]
                study.differences += [replace(one, side=side) for one in own]
                study.mirrored.append((level, side))
            else:
                if report is not None:
                    report(f"needle: {level} {side}")
                _place(study, mesh, course_of(mesh, level, side, question.nerve_radius_mm))
                done = side
    return study


def nerve_on(course: Course) -> Nerve:
    """The nerve of a course as a tube, at fewer stations, which include both ends of the tunnel."""
    chosen = np.zeros(len(course.points), dtype=bool)
    chosen[::_EVERY] = chosen[[course.entrance, course.exit, -1]] = True
    at = np.flatnonzero(chosen)
    return Nerve.along(course.points[at], course.tangents[at], course.radius_mm, course.part_of_interval[at[:-1]])


def _place(study: NeedleStudy, mesh: SegmentMesh, course: Course) -> None:
    """Add rows and differences of one place to a study."""
    study.courses.append(course)
    question, nerve = study.question, nerve_on(course)
    bone = bone_clearance(mesh, course)
    covering = bone.and_also(roof_clearance(mesh, course))
    names = sorted({name for approach in question.approaches for name in APPROACHES[approach]})
    aims = {name: aim_at(mesh, course, name) for name in names}
    drawn = {name: draws(question.count, question.seed, AIMS.index(name)) for name in names}
    states = {FIBROUS: FIBROUS_ROOF, **question.roofs}
    for cannula, sizes in question.lesions.items():
        needle, how = next(iter(sizes.values())), question.placement
        lying = {
            (name, blocked): placed_needles(aim, needle, how, drawn[name], covering if blocked else bone)
            for name, aim in aims.items()
            for blocked in {roof.in_the_way_of(aim) for roof in states.values()}
        }
        for approach in question.approaches:
            needles = {
                state: [lying[one, roof.in_the_way_of(aims[one])] for one in APPROACHES[approach]]
                for state, roof in states.items()
            }
            for size, lesion in sizes.items():
                found = {
                    state: _outcome(nerve, needles[state], lesion, roof, question) for state, roof in states.items()
                }
                _record(study, course, (approach, cannula, size), lesion, found, mesh.meta.get("density"))


@dataclass(frozen=True)
class _Outcome:
    """Covered length by part (n, parts), whether interrupted (n,), whether a needle was held back (n,)."""

    covered: np.ndarray
    interrupted: np.ndarray
    held_back: np.ndarray


def _outcome(nerve: Nerve, needles: Sequence[Needles], lesion: Lesion, roof: Roof, question: Question) -> _Outcome:
    open_to_heat = nerve.part != _TUNNEL if roof.stops_heat else None
    lengths, longest = [], []
    for start in range(0, question.count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        excess = worst_excess(nerve, [one.some(part).lesions(lesion) for one in needles])
        length, run = covered(nerve, excess, open_to_heat)
        lengths.append(np.column_stack([length[:, nerve.part == index].sum(axis=1) for index in range(len(PARTS))]))
        longest.append(run)
    held_back = np.logical_or.reduce([one.held_back_mm > 0.0 for one in needles])
    return _Outcome(np.concatenate(lengths), np.concatenate(longest) >= question.length_mm, held_back)


def _record(
    study: NeedleStudy,
    course: Course,
    what: tuple[str, str, str],
    lesion: Lesion,
    found: dict[str, _Outcome],
    density: str | None,
) -> None:
    place, whole = (course.level, course.side), sum(course.lengths_mm.values())
    for state, one in found.items():
        means = dict(zip(PARTS, one.covered.mean(axis=0).tolist()))
        study.rows.append(
            NeedleRow(
                *place,
                branch_under_mal(course.level),
                *what,
                state,
                lesion.judged,
                means,
                100.0 * sum(means.values()) / whole,
                probability(one.interrupted),
                100.0 * float(one.held_back.mean()),
            )
        )
    fibrous = found[FIBROUS].interrupted
    for state in study.question.roofs:
        difference = paired_difference(fibrous, found[state].interrupted)
        error = mesh_error(what[0], difference.value, density)
        told = difference_verdict(probability(fibrous), difference, error)
        study.differences.append(NeedleDifference(*place, *what, state, lesion.judged, difference, error, told))
