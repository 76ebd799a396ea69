"""Scenes of the deformed segment, rendered off-screen: von Mises stress, ligament close-up, facet pressure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure

from fem_lumbar.anatomy.spine import ALL_JOINTS, BODIES, joint_levels
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.panel_page import Panel, page
from fem_lumbar.documents.plotting import (
    AXES_NOTE,
    BONE_COLOURS,
    SOFT_COLOURS,
    ColourScale,
    surface_polydata,
    triangle_polydata,
    with_normals,
)
from fem_lumbar.documents.scene_parts import LINES_NOTE, add_lines, add_shadow, add_sides, bone_cells, where_to_look
from fem_lumbar.documents.style import BONE_COLOUR, case_label, load_label, robust_maximum
from fem_lumbar.documents.window import Window
from fem_lumbar.foundation.conventions import SIDE_SIGN, SIDES, Side
from fem_lumbar.runs.run import FIGURES, Fields, Run
from fem_lumbar.runs.surface import flat_parts

STRESS_DECADES = 2.0
"""Decades of a logarithmic stress scale; bone and soft tissue, with about a tenth of its stress, have one each."""
_PANEL = (620, 820)
"""Width and height of a view of the segment, pixels."""
VIEWS = {
    "front left": (0.80, 0.75, 0.35),
    "back left": (-0.90, 0.60, 0.35),
    "right half, cut in the mid-sagittal plane": (0.25, 1.0, 0.2),
}
"""Directions from the model towards the camera."""
MAL_WINDOW_MM = 12.5
FACET_WINDOW_MM = 31.0
_FELT_N = 0.5
"""Force between bones beside a facet joint above which it is reported."""
_STRESS = "von Mises stress (MPa)"
TRUE_SCALE = "deformation drawn to scale (×1)"


def draw_scenes(
    run: Run,
    report: Callable[[str], None] | None = None,
    share: tuple[int, int] = (0, 1),
    common_scale: bool = False,
) -> list[Path]:
    """Draw the scenes for which the run has fields into its ``figures`` folder.

    Each load case has its own colour scales unless ``common_scale`` is set. With ``share`` = (k, n) only every n-th
    load case from the k-th one is drawn, so that several processes can share the work.

    Returns
    -------
    paths : list of Path
        The files written.
    """
    pv.OFF_SCREEN = True
    paths = []
    together = [run.field_arrays(case) for case in run.cases_with_fields] if common_scale else []
    with Window() as window:
        for case in run.cases_with_fields[share[0] :: share[1]]:
            fields = run.field_arrays(case)
            stress = [stress_scale(run, together or [fields], bone) for bone in (False, True)]
            pictures = {f"von_mises_{case}": von_mises(run, case, fields, stress, window)}
            if facet_joints(run) and "contact_pressure" in fields.point_data:
                scale = pressure_scale(run, together or [fields])
                pictures[f"facet_pressure_{case}"] = facet_pressure(run, case, fields, scale, window)
            if case == mal_case(run):
                pictures[f"mal_{case}"] = mal_close_up(run, case, fields, window)
            for name, figure in pictures.items():
                path = write_figure(figure, run.folder / FIGURES / f"{name}.png")
                paths.append(path)
                if report is not None:
                    report(path.name)
    return paths


def stress_scale(run: Run, cases: Collection[Fields], bone: bool) -> ColourScale:
    """Logarithmic scale of von Mises stress, MPa, for the surface of bone, or of all other tissue, of load cases."""
    top = robust_maximum(_stressed(run, fields, bone)[_STRESS] for fields in cases)
    title, colours = ("bone", BONE_COLOURS) if bone else ("soft tissue", SOFT_COLOURS)
    low = top / 10.0**STRESS_DECADES
    return ColourScale(f"{title}: {_STRESS}", colours, low, top, log=True, scope=_scope(cases))


def _stressed(run: Run, fields: Fields, bone: bool, keep: np.ndarray | None = None) -> pv.PolyData:
    """Surface of bone, or of all other tissue, of the kept tetrahedra with its stress."""
    chosen = bone_cells(run, fields) == bone
    chosen = chosen if keep is None else chosen & keep
    return surface_polydata(fields, chosen, {_STRESS: fields.cell_data["von_mises"]})


def pressure_scale(run: Run, cases: Collection[Fields]) -> ColourScale:
    """Linear scale of facet contact pressure, MPa, that covers all drawn values of some load cases.

    The stored field includes the pressure between bones, which is not drawn and often larger.
    """
    top = robust_maximum(
        [
            fields.point_data["contact_pressure"][flat_parts(facet, fields.cell_nodes)].ravel()
            for fields in cases
            if "contact_pressure" in fields.point_data
            for joint in facet_joints(run)
            for side in SIDES
            if (facet := pressed_surface(run, fields, joint, side)) is not None
        ],
        percentile=100.0,
    )
    return ColourScale("facet contact pressure (MPa)", "YlOrRd", 0.0, top, scope=_scope(cases), exact=True)


def _scope(cases: Collection[Fields]) -> str:
    return "colour scale of this load case" if len(cases) == 1 else "one colour scale for all load cases"


def facet_joints(run: Run) -> list[str]:
    """Joints whose superior facet surfaces are in the mesh."""
    return [
        joint
        for joint in ALL_JOINTS
        if any(f"{joint_levels(joint)[1]}.facet.superior.{side}" in run.mesh.surfaces for side in SIDES)
    ]


def mal_case(run: Run) -> str | None:
    """The load case with the largest strain of the mamillo-accessory ligaments; None if there is none to show."""
    strain = {}
    for case in run.cases_with_fields:
        sides = [entry for level in run.cases[case].get("mal", {}).values() for entry in level.values()]
        present = [side for side in sides if side["state"] != "absent"]
        strain[case] = max((abs(side.get("strain_max", 0.0)) for side in present), default=-1.0)
    best = max(strain, key=strain.__getitem__, default=None)
    return best if best is not None and strain[best] >= 0.0 else None


def von_mises(run: Run, case: str, fields: Fields, scales: Sequence[ColourScale], window: Window) -> Figure:
    """Deformed segment from two sides and in section, soft tissue and bone coloured by von Mises stress."""
    half = fields.reference[fields.cells, 1].mean(axis=1) <= 0.0
    both = np.concatenate([fields.points, fields.reference])
    centre = (both.min(axis=0) + both.max(axis=0)) / 2
    half_height = max(0.58 * float(np.ptp(both[:, 2])), _PANEL[1] / _PANEL[0] * _half_width(both)) + 8.0
    panels, has_lines = [], False
    for view, direction in VIEWS.items():
        plotter = window.emptied(*_PANEL)
        is_half = "half" in view
        for scale, bone in zip(scales, (False, True), strict=True):
            surface = _stressed(run, fields, bone, half if is_half else None)
            surface.point_data[scale.title] = surface.point_data[_STRESS]
            scale.add(plotter, surface, closed=True)
        has_lines |= add_lines(plotter, run, case, (-1, 0) if is_half else (-1, 0, 1))
        if not is_half:
            add_shadow(plotter, fields)
            add_sides(plotter, fields.points)
        panels.append(window.panel(view, direction, centre, half_height))
    note = f"nodal averages within each tissue; {scales[0].scope}; grey shadow: before loading"
    note += f"; {LINES_NOTE}" if has_lines else ""
    return page(
        [panels], headline(run, case), scales, f"{where_to_look(run, case, fields)}\n{note}\n{TRUE_SCALE}; {AXES_NOTE}"
    )


def _half_width(points: np.ndarray) -> float:
    """Half of the largest width of points (n, 3) in the views, mm: one motion segment is wider than high."""
    sideways = [np.cross((0.0, 0.0, 1.0), direction) for direction in VIEWS.values()]
    return max(0.5 * float(np.ptp(points @ (side / np.linalg.norm(side)))) for side in sideways)


def mal_close_up(run: Run, case: str, fields: Fields, window: Window) -> Figure:
    """The ligament arches one by one, in posterior and lateral view, coloured by their largest principal strain."""
    strain = 100.0 * fields.cell_data["principal_strains"].max(axis=1)
    found = run.cases[case]["mal"]
    levels = [level for level in BODIES if level in found]
    arches = {
        (level, side): region_mask(run, fields, f"{level}.mal.{side}")
        for level in levels
        for side, entry in found[level].items()
        if entry["state"] != "absent"
    }
    top = robust_maximum((strain[keep] for keep in arches.values()), percentile=99.0)
    scale = ColourScale("largest principal strain of the MAL (%)", "YlOrRd", 0.0, top)
    rows: list[list[Panel]] = []
    for side in SIDES:
        rows.append([])
        for level in levels:
            bone_names = (f"{level}.cancellous", f"{level}.posterior", f"{level}.facet_cartilage.superior.{side}")
            plotter = window.emptied(560, 480)
            plotter.add_mesh(
                surface_polydata(fields, region_mask(run, fields, *bone_names)),
                color=BONE_COLOUR,
                smooth_shading=True,
                ambient=0.12,
                culling="back",
            )
            place = region_mask(run, fields, f"{level}.mal.{side}")
            centre = fields.points[fields.cells[place]].reshape(-1, 3).mean(axis=0)
            entry = found[level].get(side, {"state": "absent"})
            title = f"{level} {side}: {case_label(entry['state'])}"
            if (level, side) in arches:
                arch = surface_polydata(fields, place, {scale.title: strain})
                scale.add(plotter, arch, closed=True)
                plotter.add_mesh(arch.extract_feature_edges(50.0), color="black", line_width=2)
                title += f", tension {entry['tension_N']:.3g} N" if "tension_N" in entry else ""
            direction = (-0.75, 0.75 * SIDE_SIGN[side], 0.25)
            rows[-1].append(window.panel(title, direction, centre, MAL_WINDOW_MM))
    seen = f"seen from behind and the side; {TRUE_SCALE}; window height {2 * MAL_WINDOW_MM:g} mm"
    note = f"nodal averages; {seen}; {AXES_NOTE}"
    return page(rows, headline(run, case), [scale], note)


def facet_pressure(run: Run, case: str, fields: Fields, scale: ColourScale, window: Window) -> Figure:
    """Contact pressure in the facet joints on the lower vertebra, with the upper vertebra removed."""
    panels = []
    for joint in facet_joints(run):
        lower = joint_levels(joint)[1]
        plotter = window.emptied(800, 640)
        bone = surface_polydata(fields, region_mask(run, fields, f"{lower}.cancellous", f"{lower}.posterior"))
        plotter.add_mesh(bone, color=BONE_COLOUR, smooth_shading=True, ambient=0.12, culling="back")
        centres, titles = [], [f"{joint}: facet joints on {lower}, from behind and above"]
        for side in SIDES:
            triangles = pressed_surface(run, fields, joint, side)
            if triangles is None:
                continue
            facet = triangle_polydata(fields.points, flat_parts(triangles, fields.cell_nodes))
            facet.point_data[scale.title] = fields.point_data["contact_pressure"]
            facet = with_normals(facet.clean())
            centres.append(facet.center)
            scale.add(plotter, facet)
            plotter.add_mesh(facet.extract_feature_edges(60.0), color="black", line_width=2)
            titles.append(facet_title(run, case, joint, side, float(facet.point_data[scale.title].max())))
        centre = np.mean(centres, axis=0)
        add_sides(plotter, np.array(centres), beside_mm=8.0, above_mm=16.0)
        title = "\n".join(titles)
        panels.append(window.panel(title, (-1.0, 0.0, 0.45), centre, FACET_WINDOW_MM))
    note = (
        f"drawn: averages at the nodes; {scale.scope}; the peak in the tables is at a single contact point\n"
        f"the upper vertebra is hidden; left in the picture is the left side; {TRUE_SCALE}; {AXES_NOTE}"
    )
    return page([panels], headline(run, case), [scale], note)


def facet_title(run: Run, case: str, joint: str, side: Side, drawn_MPa: float) -> str:
    """Force of a facet joint, its largest drawn and tabulated pressure, and the force between bones beside it."""
    entry = run.cases[case]
    force = entry.get("facet_force_N", {}).get(joint, {}).get(side)
    facet = entry.get("facet", {}).get(joint, {}).get(side)
    peak = None if facet is None else facet.get("peak_pressure_MPa")
    parts = [] if force is None else [f"{force:.3g} N"]
    parts.append(f"drawn up to {drawn_MPa:.3g} MPa")
    parts += [] if peak is None else [f"peak of a contact point {peak:.3g} MPa"]
    bones = entry.get("bone_contact", {}).get(joint, {}).get(side)
    beside = 0.0 if bones is None else bones["force_N"]
    parts += [f"bone beside it {beside:.3g} N"] if beside > _FELT_N else []
    return f"{side}: {', '.join(parts)}"


def pressed_surface(run: Run, fields: Fields, joint: str, side: str) -> np.ndarray | None:
    """Articular surface (k, 3) of a facet joint with the contact pressure, which is stored on one of the two."""
    upper, lower = joint_levels(joint)
    names = (f"{lower}.facet.superior.{side}", f"{upper}.facet.inferior.{side}")
    surfaces = [run.mesh.surfaces[name] for name in names if name in run.mesh.surfaces]
    return max(surfaces, key=lambda triangles: _pressed(fields, triangles), default=None)


def _pressed(fields: Fields, triangles: np.ndarray) -> float:
    """Largest contact pressure at the nodes of a surface, MPa."""
    return float(fields.point_data["contact_pressure"][flat_parts(triangles, fields.cell_nodes)].max(initial=0.0))


def headline(run: Run, case: str) -> str:
    """Run, load case and load of a picture."""
    return f"{run.name}: {case_label(case)}, {load_label(run.cases[case])}"


def region_mask(run: Run, fields: Fields, *names: str) -> np.ndarray:
    """Mask (m,) of the tetrahedra in the named regions."""
    tags = [int(tag) for tag, name in run.legend["regions"].items() if name in names]
    return np.isin(fields.cell_data["region"], tags)
