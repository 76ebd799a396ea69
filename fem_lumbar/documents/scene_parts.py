"""Further content of scenes: ligaments and muscles, labels of the sides, captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyvista as pv
from matplotlib.colors import Colormap
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import BODIES
from fem_lumbar.documents.plotting import surface_polydata, triangle_polydata
from fem_lumbar.documents.style import GHOST_COLOUR, case_label
from fem_lumbar.measures.line_fields import LINE_KINDS
from fem_lumbar.runs.run import FIELDS, Fields, Run
from fem_lumbar.runs.vtu import read_lines

if TYPE_CHECKING:
    from pyvista.plotting._typing import ScalarBarArgs

LIGAMENT_COLOUR, SLACK_COLOUR, MUSCLE_COLOUR = "#7B3294", "#B0B0B0", "#B0413E"
LINES_NOTE = "ligaments violet, grey where slack; muscles red"
_RADIUS_MM = 0.55
_TAUT_N = 0.1
"""Tension above which a ligament is drawn as taut."""
_ATTACHED_MM = 6.0
"""Distance from the nearest node within which the end of a line follows its motion."""
_SHADOW_MM = 1.0
"""Displacement above which the undeformed position is shown."""
_TISSUES = {"cartilage_endplate": "cartilaginous endplate", "facet_cartilage": "facet cartilage", "mal": "MAL"}


def part_of(region: PartName) -> str:
    """Part to which a region belongs, shown or hidden as a whole: a vertebra, or a tissue of all joints."""
    if region.is_bone:
        return region.place
    return _TISSUES.get(region.part, region.part.replace("_", " "))


def parts_of(regions: Iterable[PartName]) -> list[str]:
    """Parts to which regions belong, vertebrae first."""
    return sorted(dict.fromkeys(map(part_of, regions)), key=lambda part: part not in BODIES)


def region_names(run: Run) -> tuple[PartName, ...]:
    """Names of the regions of a run by tag."""
    regions = run.legend["regions"]
    return tuple(PartName(regions[str(tag)]) for tag in range(len(regions)))


def bone_cells(run: Run, fields: Fields) -> np.ndarray:
    """Mask (m,) of the tetrahedra of bone."""
    bone = np.array([name.is_bone for name in region_names(run)])
    return bone[fields.cell_data["region"].astype(int)]


def add_lines(plotter: pv.Plotter, run: Run, case: str, sides: tuple[int, ...] = (-1, 0, 1)) -> bool:
    """Add ligaments and muscles of some sides (1 left, 0 middle, −1 right) as tubes; returns whether there are any."""
    path = run.folder / FIELDS / f"{case}.lines.vtp"
    if not path.is_file():
        return False
    points, ends, data = read_lines(path)
    shown = np.isin(data["side"], sides)
    ligament, muscle = (shown & (data["kind"] == LINE_KINDS.index(kind)) for kind in ("ligament", "muscle"))
    taut = data["tension"] > _TAUT_N
    groups = {LIGAMENT_COLOUR: ligament & taut, SLACK_COLOUR: ligament & ~taut, MUSCLE_COLOUR: muscle & taut}
    for colour, chosen in groups.items():
        if chosen.any():
            plotter.add_mesh(tubes(points, ends[chosen]), color=colour, smooth_shading=True, ambient=0.3)
    return bool((ligament | (muscle & taut)).any())


class PullColours(NamedTuple):
    """Colours of ligaments and muscles, the tension at the end of the scale, N, and arguments of the colour bar."""

    colours: Colormap
    most_N: float
    bar: ScalarBarArgs


def largest_tension(run: Run, case: str) -> float:
    """Largest tension of a ligament strand or fascicle in a load case, N; 0 if none is stored."""
    path = run.folder / FIELDS / f"{case}.lines.vtp"
    if not path.is_file():
        return 0.0
    _, _, data = read_lines(path)
    return float(data["tension"][_pulls(data)].max(initial=0.0))


def _pulls(data: Mapping[str, np.ndarray]) -> np.ndarray:
    """Mask of the lines that are ligaments or muscles, not the path of the follower load."""
    return np.isin(data["kind"], [LINE_KINDS.index(kind) for kind in ("ligament", "muscle")])


def add_coloured_lines(
    plotter: pv.Plotter,
    run: Run,
    case: str,
    fields: Fields,
    scale: float,
    keep: np.ndarray | None,
    colours: PullColours,
    name: str,
) -> None:
    """Add ligaments and muscles as tubes coloured by tension; their ends move with the nearest tissue.

    Parameters
    ----------
    plotter : Plotter
    run : Run
    case : str
    fields : Fields
        Fields of that case.
    scale : float
        Factor on the displacement.
    keep : (m,) bool, optional
        Tetrahedra to show; lines whose midpoint is nearer to others are left out.
    colours : PullColours
    name : str
        Name of the actor; an earlier one of the same name is replaced.
    """
    path = run.folder / FIELDS / f"{case}.lines.vtp"
    if not path.is_file():
        return
    points, ends, data = read_lines(path)
    shown = _pulls(data)
    if keep is not None:
        centres = fields.points[fields.cells].mean(axis=1)
        shown &= keep[cKDTree(centres).query(points[ends].mean(axis=1))[1]]
    if not shown.any():
        return
    distance, nearest = cKDTree(fields.points).query(points)
    follows = distance < _ATTACHED_MM
    moved = (fields.points - fields.reference)[nearest[follows]]
    points[follows] += (scale - 1.0) * moved
    title = "tension of each strand or fascicle (N)"
    drawn = tubes(points, ends[shown])
    drawn.cell_data[title] = np.repeat(data["tension"][shown], drawn.n_cells // int(shown.sum()))
    plotter.add_mesh(
        drawn, name=name, scalars=title, cmap=colours.colours, clim=(0.0, colours.most_N),
        scalar_bar_args={**colours.bar, "title": f"{title}\n", "n_labels": 3}, reset_camera=False,
    )  # fmt: skip


def tubes(points: np.ndarray, ends: np.ndarray, radius_mm: float = _RADIUS_MM) -> pv.PolyData:
    """Lines (k, 2) between points (n, 3), mm, as tubes."""
    cells = np.column_stack([np.full(len(ends), 2), ends]).ravel()
    return pv.PolyData(points, lines=cells).tube(radius=radius_mm, n_sides=10)


def add_shadow(plotter: pv.Plotter, fields: Fields) -> None:
    """Add a grey shadow of the undeformed position of parts displaced by more than a millimetre."""
    moved = {"moved": np.linalg.norm(fields.points - fields.reference, axis=1)}
    before = surface_polydata(fields, reference=True, point_scalars=moved)
    far = before.point_data["moved"][before.regular_faces].min(axis=1) > _SHADOW_MM
    if far.any():
        shadow = triangle_polydata(before.points, before.regular_faces[far])
        plotter.add_mesh(shadow, color=GHOST_COLOUR, opacity=0.10, culling="back")


def add_sides(
    plotter: pv.Plotter, points: np.ndarray, beside_mm: float = 5.0, above_mm: float = 0.0, name: str = "sides"
) -> None:
    """Add labels ``left`` and ``right`` beside and above the widest places of points (n, 3), mm."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low[0] + high[0]) / 2
    top = high[2] + above_mm
    places = [(middle, high[1] + beside_mm, top), (middle, low[1] - beside_mm, top)]
    plotter.add_point_labels(
        np.array(places), ["left", "right"], font_size=18, text_color="black", shape=None, show_points=False, name=name,
        always_visible=True, bold=False, justification_horizontal="center",
    )  # fmt: skip


def where_to_look(run: Run, case: str, fields: Fields) -> str:
    """Caption: bone and soft tissue with the largest stress, and ligament with the largest tension."""
    names, region = region_names(run), fields.cell_data["region"].astype(int)
    stress = fields.cell_data["von_mises"]
    told = []
    for tissue, bone in (("bone", True), ("soft tissue", False)):
        found = {
            name: float(np.percentile(stress[region == tag], 99.0))
            for tag, name in enumerate(names)
            if name.is_bone == bone and (region == tag).any()
        }
        if found:
            most = max(found, key=found.__getitem__)
            told.append(f"{tissue} in {_words(most)} (99 % of it below {found[most]:.2g} MPa)")
    sentence = f"Stressed most: {', '.join(told)}."
    tension = {
        (joint, name): force
        for joint, of_joint in run.cases[case].get("ligament_force_N", {}).items()
        for name, force in of_joint.items()
    }
    if tension and max(tension.values()) > _TAUT_N:
        joint, name = max(tension, key=tension.__getitem__)
        sentence += f" The ligament that pulls most is {case_label(name)} of {joint}, {tension[joint, name]:.3g} N."
    return sentence


def _words(name: PartName) -> str:
    return " ".join((name.place, case_label(name.part), *name.details))
