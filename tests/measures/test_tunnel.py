"""The tunnel under a ligament: shapes of known size, and one definition for the summary and for the nerve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.tunnel import SECTIONS, Tunnel, tunnel_summary
from fem_lumbar.measures.tunnel_section import largest_opening
from fem_lumbar.meshing import segment_mesh
from fem_lumbar.meshing.cache import shipped_folder
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.nerve.study import nerve_of_mesh

RADIUS, LENGTH = 2.0, 6.0


@pytest.fixture(scope="module")
def mesh():
    return load_mesh(shipped_folder() / "smooth_test.npz")


def half_cylinder(parts: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A half-cylinder tunnel: roof round (ligament), floor flat (bone); nodes, triangles, which are ligament."""
    angle = np.linspace(0.0, np.pi, parts + 1)
    ring = np.column_stack([RADIUS * np.cos(angle), RADIUS * np.sin(angle)])
    ends = [np.column_stack([ring[:, 0], np.full(len(ring), y), ring[:, 1]]) for y in (0.0, LENGTH)]
    nodes, count = np.vstack(ends), parts + 1
    order = [(k, (k + 1) % count) for k in range(count)]
    triangles, ligament = [], []
    for here, after in order:  # the solid lies outside, so normals point into the tunnel
        triangles += [(here, after, here + count), (after, after + count, here + count)]
        ligament += [after != 0] * 2
    return nodes, np.array(triangles), np.array(ligament)


@pytest.mark.parametrize("offset", [0.5, 3.1, 5.9])
def test_half_cylinder_has_its_area_and_height(offset):
    parts = 40
    found = largest_opening(*half_cylinder(parts), offset)
    polygon = 0.5 * RADIUS**2 * parts * np.sin(np.pi / parts)
    assert found.area == pytest.approx(polygon, rel=1e-9)
    assert found.area == pytest.approx(0.5 * np.pi * RADIUS**2, rel=2e-3)
    assert found.height == pytest.approx(RADIUS, rel=1e-9)


def test_tunnel_without_floor_or_roof_is_no_tunnel():
    nodes, triangles, ligament = half_cylinder(40)
    assert largest_opening(nodes, triangles[ligament], ligament[ligament], 3.0) is None
    assert largest_opening(nodes, triangles[~ligament], ligament[~ligament], 3.0) is None
    assert largest_opening(nodes, triangles[5:], ligament[5:], 3.0) is None


@pytest.mark.parametrize("change", [{}, {"spur_mm": 1.5}, {"width_mm": 4.0, "rise_mm": 1.5}])
def test_summary_and_nerve_speak_of_the_same_tunnel(change):
    """Areas are the same number, and the volume is the mean one times the width."""
    values = default_anatomy_values()
    for level in LEVELS:
        values["mal"][level].update(change)
    mesh = segment_mesh(Anatomy.model_validate(values), MeshSettings(density="test"))
    states = {level: dict.fromkeys(SIDES, "fibrous") for level in LEVELS}
    rows = nerve_of_mesh("made up", mesh, states, margins=False, spurs_mm=()).rows
    assert len(rows) == 6
    for row in rows:
        check_tunnel(mesh, row.level, row.side, row.area_mm2)


def check_tunnel(mesh, level: str, side: str, area_of_nerve: float) -> None:
    found = tunnel_summary(mesh, level, side, np.zeros_like(mesh.points))
    assert "warning" not in found
    assert found["area_mm2"] == found["area_unloaded_mm2"] == area_of_nerve
    tunnel = Tunnel(mesh, level, side)
    sections = tunnel.sections(mesh.points)
    assert len(sections) == SECTIONS
    areas = np.array([section.area for section in sections])
    assert found["volume_mm3"] == pytest.approx(areas.mean() * tunnel.width_mm)
    assert found["area_mm2"] == pytest.approx(areas.min())


def test_tunnel_goes_with_the_vertebra(mesh):
    turn = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    moved = mesh.points @ turn.T + [1.0, 2.0, 3.0]
    there, here = (Tunnel(mesh, "L4", "left").measures(points) for points in (moved, mesh.points))
    assert there == pytest.approx(here, rel=1e-9)


def test_a_small_motion_of_the_arch_changes_the_tunnel_in_proportion(mesh):
    """Planes are fixed in the anatomy, so measures are smooth: ten times the motion is ten times the change."""
    tunnel, arch = Tunnel(mesh, "L4", "left"), np.unique(mesh.cells[mesh.region_cells("L4.mal.left")])
    feet = np.unique(np.concatenate([mesh.surfaces[f"L4.mal.left.{end}_end"] for end in ("mammillary", "accessory")]))
    free = np.setdiff1d(arch, feet)
    _, axes = tunnel.frame(mesh.points)
    changes = []
    for step in (1e-4, 1e-3):
        moved = mesh.points.copy()
        moved[free] -= step * axes[2]
        before, after = tunnel.measures(mesh.points), tunnel.measures(moved)
        changes.append({key: after[key] - before[key] for key in before})
    for key in ("area_mm2", "height_mm", "volume_mm3"):
        assert changes[0][key] < 0.0, key
        assert changes[1][key] == pytest.approx(10.0 * changes[0][key], rel=0.02)


def test_tunnel_that_is_cut_open_is_warned_about_and_not_zero(mesh):
    """With an arch that ends in the air there is no tunnel: no numbers, and why."""
    centre = mesh.points[np.unique(mesh.surfaces["L4.mal.left.accessory_end"])].mean(axis=0)
    middles = mesh.points[mesh.cells].mean(axis=1)
    gone = (np.linalg.norm(middles - centre, axis=1) < 3.5) & (mesh.region != mesh.region_names.index("L4.mal.left"))
    cut = replace(mesh, cells=mesh.cells[~gone], region=mesh.region[~gone])
    found = tunnel_summary(cut, "L4", "left", np.zeros_like(mesh.points))
    assert set(found) == {"warning"}
    assert "L4 left" in found["warning"]
