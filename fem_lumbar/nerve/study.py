"""Study of the nerve in every tunnel of a run or a mesh: clearance, pressure, and margin to the thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.anatomy.muscles import branch_under_mal
from fem_lumbar.anatomy.spine import ARCH_LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.measures.tunnel import Tunnel
from fem_lumbar.measures.tunnel_section import Section
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.nerve.course import course_of
from fem_lumbar.nerve.critical import MEASURES, Narrowing, as_it_is, by_all_walls, by_spur
from fem_lumbar.nerve.opening import CriticalOpening, critical_openings
from fem_lumbar.nerve.parameters import NerveTissue, nerve_tissue, thresholds_kPa
from fem_lumbar.nerve.press import Press, Pressed, Pressures
from fem_lumbar.nerve.section import narrowest
from fem_lumbar.nerve.stretch import StretchRow, stretch_rows
from fem_lumbar.runs.run import Run, load_run

UNLOADED = "unloaded"
SPURS_MM = (0.5, 1.0, 1.5, 2.0)
"""Spurs added to the unloaded anatomy."""
NOT_TOUCHED = "not touched"
TOO_TIGHT = "too tight to compute"
_SAME_MM = 1e-6
"""Sections that agree within this distance, such as those of mirror images, are solved once."""


@dataclass(frozen=True)
class NerveRow:
    """The nerve in one tunnel and one state.

    Attributes
    ----------
    level, side, state : str
        State of the ligament in the run, e.g. ``type_III``.
    case : str
        Load case, or ``unloaded``.
    added_spur_mm : float
        Bone added to the underside of the ligament, beyond the spur of the anatomy.
    area_mm2 : float
        Smallest cross-section over the width of the ligament.
    clearance_mm : float
        Diameter of the smallest inscribed circle over the width of the ligament; 0 if the tunnel is closed there.
    area_change_percent, clearance_change_mm : float
        Relative to the same tunnel unloaded and without an added spur.
    area_ratio : float
        Area of the tunnel over that of the nerve.
    nerve_percent : float or None
        Area of the nerve over that of the tunnel; None where the tunnel is closed.
    free_mm : float
        Radius of the largest circle minus that of the nerve; negative if the nerve does not fit.
    verdict : str
        ``not touched``, the highest threshold that the mean contact pressure reaches, ``below <first threshold>``, or
        ``too tight to compute``.
    pressures : Pressures or None
        kPa; None if it is too tight to compute.
    """

    level: str
    side: str
    state: str
    case: str
    added_spur_mm: float
    area_mm2: float
    clearance_mm: float
    area_change_percent: float
    clearance_change_mm: float
    area_ratio: float
    nerve_percent: float | None
    free_mm: float
    verdict: str
    pressures: Pressures | None


@dataclass(frozen=True)
class NerveMargin:
    """Narrowing of an unloaded tunnel at which a pressure is reached.

    Attributes
    ----------
    level, side, state : str
    threshold : str
        Name of a pressure threshold in the data file, ``venular_flow`` to ``conduction_block``.
    measure : str
        ``contact_mean``: mean contact pressure; ``nerve_mean``: mean hydrostatic pressure in the nerve.
    pressure_kPa : float
    walls_mm : float or None
        Inward displacement of every wall; negative if the pressure is already exceeded; None if not computed.
    spur_mm : float or None
        Thickness of a bony spur, beyond that of the anatomy; None if not computed or if no spur reaches the pressure.
    walls_note, spur_note : str
        Why the value is None, else empty.
    """

    level: str
    side: str
    state: str
    threshold: str
    measure: str
    pressure_kPa: float
    walls_mm: float | None
    spur_mm: float | None
    walls_note: str
    spur_note: str


@dataclass(frozen=True)
class Drawing:
    """A section with the ``outline`` (n, 2) of the nerve, mm; None if no equilibrium was computed."""

    level: str
    side: str
    case: str
    section: Section
    outline: np.ndarray | None


@dataclass
class NerveStudy:
    """Result of :func:`nerve_of_run` and :func:`nerve_of_mesh`.

    Attributes
    ----------
    name : str
    tissue : NerveTissue
    rows : list of NerveRow
        By level, side, and case; unloaded first, then unloaded with added spurs, then load cases.
    margins : list of NerveMargin
        For the unloaded tunnels; empty if not requested.
    absent : list of tuple of str
        Level and side of absent ligaments, which have no tunnel.
    not_closed : list of str
        Messages for tunnels that are not closed, unloaded or in a load case; they are left out.
    drawings : list of Drawing
        Narrowest section of each unloaded tunnel and of each load case.
    stretch : list of StretchRow
        Lengths of the course of each branch, unloaded and in each load case.
    no_course : list of str
        Why the course of a branch was not found.
    openings : list of CriticalOpening
        Critical clearances of the narrowest unloaded tunnel, one for each threshold; empty if margins were not
        requested, if it is closed, or if a pressure was not reached.
    """

    name: str
    tissue: NerveTissue
    rows: list[NerveRow] = field(default_factory=list)
    margins: list[NerveMargin] = field(default_factory=list)
    absent: list[tuple[str, str]] = field(default_factory=list)
    not_closed: list[str] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    stretch: list[StretchRow] = field(default_factory=list)
    no_course: list[str] = field(default_factory=list)
    openings: list[CriticalOpening] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Everything except the drawings, for JSON."""
        return {
            "name": self.name,
            "nerve": asdict(self.tissue),
            "thresholds_kPa": thresholds_kPa(),
            "ramus_in_tunnel": {level: branch_under_mal(level) for level in ARCH_LEVELS},
            "rows": [asdict(row) for row in self.rows],
            "margins": [asdict(margin) for margin in self.margins],
            "absent": [{"level": level, "side": side} for level, side in self.absent],
            "not_closed": self.not_closed,
            "stretch": [asdict(row) for row in self.stretch],
            "no_course": self.no_course,
            "critical_openings": [asdict(one) for one in self.openings],
        }


def nerve_of_run(
    folder: Path | Run,
    diameter_mm: float | None = None,
    cases: Sequence[str] | None = None,
    margins: bool = True,
    spurs_mm: Sequence[float] = SPURS_MM,
    report: Callable[[str], None] | None = None,
) -> NerveStudy:
    """The nerve in the tunnels of a finished run, unloaded and in its load cases.

    Parameters
    ----------
    folder : Path or Run
        Run or folder of a run, with fields.
    diameter_mm : float, optional
        Diameter of the nerve; default: that of the data file.
    cases : sequence of str, optional
        Converged load cases; default: all converged ones with fields.
    margins : bool
        Whether to compute the margins of the unloaded tunnels to each threshold (some seconds per tunnel).
    spurs_mm : sequence of float
        Spurs added to the unloaded anatomy.
    report : callable, optional
        Receives one line per tunnel.

    Raises
    ------
    InputError
        When the folder is not a run, or a case that was asked for did not converge or has no fields.
    """
    run = folder if isinstance(folder, Run) else load_run(Path(folder))
    wanted = [case for case in run.cases_with_fields if case in run.converged] if cases is None else list(cases)
    for case in wanted:
        status = run.cases[case].get("status", "converged") if case in run.cases else "converged"
        if status != "converged":
            raise InputError(
                f"run {run.folder.name!r}: load case {case!r} is {status}, so its tunnels are not those at full load\n"
                f"    allowed: {', '.join(run.converged) or 'none, as no load case converged'}"
            )
    positions = {case: run.field_arrays(case).points[: len(run.mesh.points)] for case in wanted}
    states: dict[str, dict[str, str]] = {
        level: {side: run.resolved["mal"][level][side]["state"] for side in SIDES}
        for level in ARCH_LEVELS
        if level in run.resolved["mal"]
    }
    return nerve_of_mesh(run.name, run.mesh, states, diameter_mm, positions, margins, spurs_mm, report)


def nerve_of_mesh(
    name: str,
    mesh: SegmentMesh,
    states: Mapping[str, Mapping[str, str]],
    diameter_mm: float | None = None,
    positions: Mapping[str, np.ndarray] | None = None,
    margins: bool = True,
    spurs_mm: Sequence[float] = SPURS_MM,
    report: Callable[[str], None] | None = None,
) -> NerveStudy:
    """The same for a mesh: unloaded, and for node positions (n, 3), mm, by load case; see :func:`nerve_of_run`."""
    press = Press(nerve_tissue(diameter_mm))
    study = NerveStudy(name, press.tissue)
    solved = _Solved(press)
    say = report or (lambda message: None)
    for level, side in ((level, side) for level in states for side in SIDES if side in states[level]):
        if f"{level}.mal.{side}" not in mesh.region_names or states[level][side] == "absent":
            study.absent.append((level, side))
            continue
        say(f"nerve: {level} {side}")
        try:
            _study_tunnel(study, solved, mesh, level, side, states[level][side], positions or {}, margins, spurs_mm)
        except PhysicsError as problem:
            study.not_closed.append(str(problem))
        try:
            course = course_of(mesh, level, side, press.radius)
            study.stretch += stretch_rows(mesh, course, {UNLOADED: mesh.points, **(positions or {})})
        except PhysicsError as problem:
            study.no_course.append(str(problem))
    tightest = min((one for one in solved.unloaded), key=lambda one: one[2], default=None)
    if margins and tightest is not None and tightest[2] > 0.0:
        say("nerve: how small the narrowest tunnel would have to be")
        study.openings = critical_openings(*tightest)
    return study


def _study_tunnel(
    study: NerveStudy,
    solved: _Solved,
    mesh: SegmentMesh,
    level: str,
    side: str,
    state: str,
    positions: Mapping[str, np.ndarray],
    margins: bool,
    spurs_mm: Sequence[float],
) -> None:
    tunnel = Tunnel(mesh, level, side)
    unloaded = tunnel.sections(mesh.points)
    variants = [(UNLOADED, 0.0, unloaded)]
    variants += [(UNLOADED, spur, [section.with_spur(spur) for section in unloaded]) for spur in spurs_mm]
    for case, points in positions.items():
        try:
            variants.append((case, 0.0, tunnel.sections(points)))
        except PhysicsError as problem:
            study.not_closed.append(f"{case}: {problem}")
    first: tuple[float, float] | None = None
    for case, spur, sections in variants:
        section, centre, radius = narrowest(sections)
        if first is None:
            solved.unloaded.append((section, centre, radius))
        area, clearance = min(one.area for one in sections), 2.0 * max(radius, 0.0)
        first = first or (area, clearance)
        pressed = solved.pressed(section, centre, radius)
        nerve_area = np.pi * solved.press.radius**2
        study.rows.append(
            NerveRow(
                level,
                side,
                state,
                case,
                spur,
                area,
                clearance,
                100.0 * (area / first[0] - 1.0),
                clearance - first[1],
                area / nerve_area,
                100.0 * nerve_area / area if area > 0.0 else None,
                radius - solved.press.radius,
                verdict(None if pressed is None else pressed.pressures),
                None if pressed is None else pressed.pressures,
            )
        )
        if spur == 0.0:
            outline = None if pressed is None else solved.outline(pressed)
            study.drawings.append(Drawing(level, side, case, section, outline))
    if margins:
        section, centre, radius = narrowest(unloaded)
        by_walls, by_bone = solved.narrowings(section, centre, radius)
        for threshold, pressure in thresholds_kPa().items():
            for measure in MEASURES:
                inward, grown = by_walls.reaches(pressure, measure), by_bone.reaches(pressure, measure)
                study.margins.append(
                    NerveMargin(
                        level,
                        side,
                        state,
                        threshold,
                        measure,
                        pressure,
                        walls_mm=inward,
                        spur_mm=grown,
                        walls_note=by_walls.note if inward is None else "",
                        spur_note=by_bone.note if grown is None else "",
                    )
                )


def verdict(pressures: Pressures | None) -> str:
    """Highest threshold that the mean contact pressure reaches; see :class:`NerveRow`."""
    if pressures is None:
        return TOO_TIGHT
    if pressures.contact_mean == 0.0:
        return NOT_TOUCHED
    reached = [name for name, limit in thresholds_kPa().items() if pressures.contact_mean >= limit]
    return reached[-1] if reached else f"below {next(iter(thresholds_kPa()))}"


class _Solved:
    """Solutions by section, each computed once: mirror images have the same sections."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self._pressed: list[tuple[np.ndarray, Pressed | None]] = []
        self._narrowings: list[tuple[np.ndarray, tuple[Narrowing, Narrowing]]] = []
        self.unloaded: list[tuple[Section, np.ndarray, float]] = []

    def pressed(self, section: Section, centre: np.ndarray, radius: float) -> Pressed | None:
        """The nerve in a section; None if the section is closed or no equilibrium is found."""
        if radius <= 0.0:
            return None
        found = _kept(self._pressed, section)
        if found is not None:
            return found[0]
        try:
            pressed = as_it_is(self.press, section, centre, radius)
        except PhysicsError:
            pressed = None
        self._pressed.append((section.outline, pressed))
        return pressed

    def narrowings(self, section: Section, centre: np.ndarray, radius: float) -> tuple[Narrowing, Narrowing]:
        """Pressures with all walls moved inwards, and with a growing spur."""
        found = _kept(self._narrowings, section)
        if found is not None:
            return found[0]
        highest = max(thresholds_kPa().values())
        both = (by_all_walls(self.press, section, centre, radius, highest), by_spur(self.press, section, highest))
        self._narrowings.append((section.outline, both))
        return both

    def outline(self, pressed: Pressed) -> np.ndarray:
        """Deformed outline (n, 2) of the nerve, in order, mm."""
        nodes = np.unique(self.press.nerve.edge_nodes)
        at_rest = self.press.nerve.nodes[nodes]
        order = np.argsort(np.arctan2(at_rest[:, 1], at_rest[:, 0]))
        on_edge = np.hypot(*at_rest[order].T) > self.press.radius * (1.0 - 1e-9)
        return self.press.nerve.positions(pressed.x)[nodes[order[on_edge]]]


def _kept(kept: list[tuple[np.ndarray, Any]], section: Section) -> tuple[Any] | None:
    for outline, value in kept:
        if outline.shape == section.outline.shape and _apart(outline, section.outline) < _SAME_MM:
            return (value,)
    return None


def _apart(one: np.ndarray, two: np.ndarray) -> float:
    """Symmetric (Hausdorff) distance of two outlines (n, 2), whose first points may differ, mm."""
    between = np.linalg.norm(one[:, None] - two, axis=2)
    return float(max(between.min(axis=0).max(), between.min(axis=1).max()))
