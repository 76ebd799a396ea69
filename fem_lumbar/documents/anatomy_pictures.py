"""Figures of the anatomy of a mesh: tissues, distance of bone from a reference, a mamillo-accessory ligament."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure
from matplotlib.patches import Patch as Swatch

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.placement import transformed
from fem_lumbar.anatomy.spine import ARCH_LEVELS
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.panel_page import Panel, page, panel_grid
from fem_lumbar.documents.plotting import (
    AXES_NOTE,
    ColourScale,
    triangle_polydata,
    with_normals,
)
from fem_lumbar.documents.style import BONE_COLOUR
from fem_lumbar.documents.window import Window
from fem_lumbar.foundation.conventions import SIDE_SIGN
from fem_lumbar.foundation.triangles import area_vectors, best_fit_plane
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.surface import Surface
from fem_lumbar.specimen.surface_distance import SurfaceComparison

DISTANCE_SCALE = ColourScale("distance of the mesh from the mean surface (mm)", "viridis", 0.0, 5.0)
REFERENCE_COLOUR = "#B5B5B5"
TISSUES = {
    "vertebral body": ("cancellous", BONE_COLOUR),
    "posterior elements": ("posterior", "#C2A878"),
    "annulus": ("annulus", "#6FA8DC"),
    "nucleus": ("nucleus", "#2E5E9E"),
    "cartilaginous endplate": ("cartilage_endplate", "#9FD8C8"),
    "facet cartilage": ("facet_cartilage", "#4FB286"),
    "mamillo-accessory ligament": ("mal", "#B0306A"),
    "process to ala": ("transition", "#E0803A"),
    "ossified ligament": ("bridge", "#9C6B30"),
    "cleft of the arch": ("cleft", "#D1495B"),
}
"""Tissues, as parts of all bodies or joints, with their colours."""
SEGMENT_VIEWS = {
    "from the front and left": (0.85, 0.75, 0.25),
    "from the left": (0.0, 1.0, 0.0),
    "from behind": (-1.0, 0.0, 0.15),
    "right half, cut in the mid-sagittal plane": (0.25, 1.0, 0.2),
}
"""Directions from the model towards the camera."""
VERTEBRA_VIEWS = {
    "from behind and left": (-0.85, 0.7, 0.45),
    "from the left": (0.0, 1.0, 0.0),
    "from above": (-0.15, 0.0, 1.0),
}
CLOSE_UP = (ARCH_LEVELS[len(ARCH_LEVELS) // 2], "right")
CLOSE_UP_HALF_HEIGHT_MM = 12.0
BRIDGE_COLOUR = "#6B4A1E"
LEGEND_ROOM = 70
"""Height of a legend with its title, pixels."""


def draw_anatomy(
    mesh: SegmentMesh,
    surfaces: dict[str, SurfaceComparison],
    folder: Path,
    ossified: dict[str, float],
    title: str,
    report: Callable[[str], None] | None = None,
) -> list[Path]:
    """Draw the tissues, a distance map of each vertebra, a ligament arch and its types as PNG files.

    Parameters
    ----------
    mesh : SegmentMesh
    surfaces : dict
        Comparison of each level with the reference.
    folder : Path
        Existing folder for the pictures.
    ossified : dict of float
        Ossified fraction of the span of a ligament, by type.
    title : str
        Name of the anatomy in the mesh.
    report : callable, optional
        Receives the name of each finished picture.

    Returns
    -------
    paths : list of Path
    """
    pv.OFF_SCREEN = True
    pv.vtk_verbosity("off")
    drawings: dict[str, Callable[[Window], Figure]] = {"tissues": partial(tissues, mesh, title)}
    for level, found in surfaces.items():
        drawings[f"distance_{level}"] = partial(distance_map, level, found, title)
    level, side = CLOSE_UP
    drawings[f"mal_{level}_{side}"] = partial(ligament_close_up, mesh, level, side, title)
    drawings["mal_types"] = partial(ligament_types, mesh, level, side, ossified, title)
    paths = []
    with Window() as window:
        for name, draw in drawings.items():
            path = write_figure(draw(window), folder / f"{name}.png")
            paths.append(path)
            if report is not None:
                report(path.name)
    return paths


def tissues(mesh: SegmentMesh, title: str, window: Window) -> Figure:
    """The whole segment from three sides and its right half, coloured by tissue."""
    centre = 0.5 * (mesh.points.min(axis=0) + mesh.points.max(axis=0))
    width, height = 560, 760
    size = np.ptp(mesh.points, axis=0)
    half_height = 0.53 * max(size[2], size[1] * height / width)
    right = right_half(mesh)
    panels = []
    for view, direction in SEGMENT_VIEWS.items():
        plotter = window.emptied(width, height)
        for part, colour in TISSUES.values():
            _add_regions(plotter, mesh, part, colour, keep=right if "half" in view else None)
        panels.append(window.panel(view, direction, centre, half_height))
    return _legend_page(panels, title, {name: colour for name, (_, colour) in TISSUES.items()}, AXES_NOTE)


def right_half(mesh: SegmentMesh) -> np.ndarray:
    """Which cells (m,) are right of the mid-sagittal planes of their bodies, or of the bodies beside their joints."""
    centres = mesh.points[mesh.cells].mean(axis=1)
    to_the_left = np.zeros(len(mesh.cells))
    for number, name in enumerate(mesh.region_names):
        own = mesh.region == number
        frames = [mesh.frames[body] for body in PartName(name).bodies]
        to_the_left[own] = np.mean([transformed(np.linalg.inv(one), centres[own])[:, 1] for one in frames], axis=0)
    return to_the_left < 0


def distance_map(level: str, found: SurfaceComparison, title: str, window: Window) -> Figure:
    """One vertebra of the mesh coloured by its distance from the reference, alone and inside the reference."""
    own = triangle_polydata(found.points, found.triangles)
    own.point_data[DISTANCE_SCALE.title] = found.distance
    own = with_normals(own)
    reference = with_normals(triangle_polydata(found.reference_points, found.reference_triangles))
    both = np.vstack([found.points, found.reference_points])
    centre = 0.5 * (both.min(axis=0) + both.max(axis=0))
    half_height = 0.54 * float(np.linalg.norm(np.ptp(both[:, :2], axis=0))) * 0.72
    rows: list[list[Panel]] = [[], []]
    for view, direction in VERTEBRA_VIEWS.items():
        for row, overlaid in zip(rows, (False, True)):
            plotter = window.emptied(620, 500)
            DISTANCE_SCALE.add(plotter, own)
            if overlaid:
                plotter.enable_depth_peeling(8)  # type: ignore[arg-type]  # pyvista passes off a method of its renderer
                plotter.add_mesh(reference, color=REFERENCE_COLOUR, opacity=0.4, smooth_shading=True)
            name = f"{view}, with the mean surface (grey)" if overlaid else view
            row.append(window.panel(name, direction, centre, half_height))
    to, back = found.to_reference, found.from_reference
    note = (
        f"mesh to mean surface: mean {to.mean:.2f}, 95th percentile {to.percentile_95:.2f}, "
        f"largest {to.maximum:.1f} mm; "
        f"back: {back.mean:.2f}, {back.percentile_95:.2f}, {back.maximum:.1f} mm; {AXES_NOTE}"
    )
    return page(rows, f"{title}: {level} beside the mean surface of 87 patients", [DISTANCE_SCALE], note)


def ligament_close_up(mesh: SegmentMesh, level: str, side: str, title: str, window: Window) -> Figure:
    """One ligament arch on its bone from two sides, and the groove under it without the arch."""
    begin, end = _feet(mesh, level, side)
    free = [mesh.points[mesh.surfaces[f"{level}.mal.{side}.{face}"]] for face in ("dorsal", "lateral")]
    outward = area_vectors(np.concatenate(free)).sum(axis=0)
    groove = np.cross(end - begin, outward)
    groove *= SIDE_SIGN[side] / np.linalg.norm(groove)
    from_behind = (-0.75, 0.75 * SIDE_SIGN[side], 0.25)
    views = (
        ("from behind and the side", from_behind, True),
        ("along the groove", groove + 0.35 * outward / np.linalg.norm(outward), True),
        ("without the ligament: the groove", from_behind, False),
    )
    centre = 0.5 * (begin + end)
    shown = {
        f"{level}.cancellous": BONE_COLOUR,
        f"{level}.posterior": BONE_COLOUR,
        f"{level}.facet_cartilage.superior.{side}": TISSUES["facet cartilage"][1],
    }
    panels = []
    for view, direction, with_arch in views:
        plotter = window.emptied(560, 560)
        for name, colour in shown.items():
            _add_regions(plotter, mesh, name, colour, edges=True)
        if with_arch:
            _add_regions(plotter, mesh, f"{level}.mal.{side}", TISSUES["mamillo-accessory ligament"][1], edges=True)
        panels.append(window.panel(view, direction, centre, CLOSE_UP_HALF_HEIGHT_MM))
    legend = {"bone": BONE_COLOUR} | {
        name: TISSUES[name][1] for name in ("facet cartilage", "mamillo-accessory ligament")
    }
    note = f"window height {2 * CLOSE_UP_HALF_HEIGHT_MM:g} mm; {AXES_NOTE}"
    return _legend_page(panels, f"{title}: mamillo-accessory ligament of {level} {side}", legend, note)


def ligament_types(
    mesh: SegmentMesh, level: str, side: str, ossified: dict[str, float], title: str, window: Window
) -> Figure:
    """One ligament arch, fibrous and ossified from its mammillary end over the fraction of its span of each type."""
    begin, end = _feet(mesh, level, side)
    direction = (-0.75, 0.75 * SIDE_SIGN[side], 0.25)
    panels = []
    for name, part in {"fibrous": 0.0, **ossified}.items():
        plotter = window.emptied(420, 420)
        for bone in (f"{level}.cancellous", f"{level}.posterior"):
            _add_regions(plotter, mesh, bone, BONE_COLOUR)
        bony = (mesh.cell_data["mal_s"] < part) | (part == 1.0)  # the end of the span is at 1
        for keep, colour in ((bony, BRIDGE_COLOUR), (~bony, TISSUES["mamillo-accessory ligament"][1])):
            _add_regions(plotter, mesh, f"{level}.mal.{side}", colour, keep=keep, edges=True)
        view = f"{name.replace('_', ' ')}: {100 * part:.0f} % bone"
        centre, half_height = 0.5 * (begin + end), 0.7 * CLOSE_UP_HALF_HEIGHT_MM
        panels.append(window.panel(view, direction, centre, half_height, triad=False))
    legend = {"bone": BONE_COLOUR, "ossified ligament": BRIDGE_COLOUR}
    legend["fibrous ligament"] = TISSUES["mamillo-accessory ligament"][1]
    note = f"window height {1.4 * CLOSE_UP_HALF_HEIGHT_MM:g} mm; the same mesh, another material"
    return _legend_page(panels, f"{title}: types of the ligament, {level} {side}", legend, note)


def _feet(mesh: SegmentMesh, level: str, side: str) -> list[np.ndarray]:
    """Centres (3,) of the mammillary and the accessory end of an arch, mm."""
    ends = [mesh.points[mesh.surfaces[f"{level}.mal.{side}.{end}_end"]] for end in ("mammillary", "accessory")]
    return [best_fit_plane(foot)[0] for foot in ends]


def _add_regions(
    plotter: pv.Plotter,
    mesh: SegmentMesh,
    what: str,
    colour: str,
    keep: np.ndarray | None = None,
    edges: bool = False,
) -> None:
    """Add the outer surface of one region, or of all regions that are that part of a body or joint."""
    own = np.array([what in (name, name.part) for name in mesh.region_names])[mesh.region]
    own = own if keep is None else own & keep
    if not own.any():
        return
    surface = Surface.of(mesh.cells, mesh.region, own)
    polydata = triangle_polydata(mesh.points[surface.nodes], surface.triangles)
    if not edges:
        polydata = with_normals(polydata)
    plotter.add_mesh(
        polydata, color=colour, smooth_shading=not edges, ambient=0.2, show_edges=edges, edge_color="#8C8C8C"
    )


def _legend_page(panels: Sequence[Panel], headline: str, colours: dict[str, str], note: str) -> Figure:
    """Panels side by side under a headline, with a legend of colours and a note below."""
    figure = panel_grid([panels], headline, room=LEGEND_ROOM)
    swatches = [Swatch(facecolor=colour, edgecolor="0.5", label=name) for name, colour in colours.items()]
    figure.legend(handles=swatches, loc="lower center", ncols=len(swatches), frameon=False, title=note, fontsize=11)
    return figure
