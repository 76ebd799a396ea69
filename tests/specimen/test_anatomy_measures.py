"""Measures of a mesh: sides are told apart, spoiled meshes are found out."""

from dataclasses import replace

import numpy as np
import pytest

from fem_lumbar.anatomy.placement import facet_frames
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.meshing.mesh import Patch, SegmentMesh
from fem_lumbar.specimen.anatomy_measures import Measure, disc_measures
from fem_lumbar.specimen.facet_measures import facet_measures
from fem_lumbar.specimen.process_measures import process_measures
from fem_lumbar.specimen.reference_measures import reference_measures
from fem_lumbar.specimen.surface_distance import bone_surface, compare_with_reference


def failed(mesh) -> list[str]:
    return [check.name for check in validity_checks(mesh) if not check.passed]


def moved(mesh: SegmentMesh, region: str, shift: np.ndarray) -> SegmentMesh:
    """The mesh with the nodes of one region shifted (mm)."""
    points = mesh.points.copy()
    points[np.unique(mesh.cells[mesh.region_cells(region)])] += shift
    return replace(mesh, points=points)


def test_processes_are_where_they_were_asked_for(mesh, anatomy):
    missed = [row for row in process_measures(mesh, anatomy) if not row.met]
    assert {row.quantity for row in missed} <= {"lamina, most anterior in the midline"}
    # The lamina is nearly upright there: which of its nodes is the most anterior is up to the mesh.
    assert all(abs(row.measured[0] - row.wanted[0]) < 3.0 for row in missed)


def test_both_sides_of_the_symmetric_mesh_measure_the_same(mesh, anatomy):
    rows = {(row.place, row.quantity, row.side): row for row in facet_measures(mesh, anatomy)}
    for (place, quantity, side), row in rows.items():
        if side == "left":
            other = rows[place, quantity, "right"]
            assert row.difference == pytest.approx(other.difference, abs=1e-6)


def test_sides_are_measured_apart(mesh, anatomy):
    nodes = np.unique(mesh.cells[mesh.region_cells("L4.facet_cartilage.superior.left")])
    points = mesh.points.copy()
    angle = np.radians(8.0)
    spin = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    centre = points[nodes].mean(axis=0)
    points[nodes] = (points[nodes] - centre) @ spin.T + centre
    rows = facet_measures(replace(mesh, points=points), anatomy)
    missed = {(row.place, row.side) for row in rows if "superior facet, angle" in row.quantity and not row.met}
    assert missed == {("L3-L4", "left")}


def test_a_shifted_vertebra_changes_disc_and_lordosis(mesh, anatomy):
    points = mesh.points.copy()
    nodes = np.unique(mesh.cells[mesh.region_cells("L3.cancellous", "L3.posterior")])
    frame = mesh.frames["L3"].copy()
    points[nodes] += [0.0, 2.0, 1.0]
    frame[:3, 3] += [0.0, 2.0, 1.0]
    rows = disc_measures(replace(mesh, points=points, frames={**mesh.frames, "L3": frame}), anatomy)
    off = {row.quantity: row.difference for row in rows if row.place == "L3-L4"}
    assert off["lateral shift, + left"] == pytest.approx(2.0, abs=0.05)
    assert off["disc height, anterior"] == pytest.approx(1.1, abs=0.2)
    assert off["lordosis"] == pytest.approx(0.0, abs=0.1)
    assert all(row.met for row in rows if row.place == "L4-L5")


def test_what_cannot_be_measured_is_not_met():
    nothing = float("nan")
    assert not Measure("L4", "", "pedicle width", "mm", 10.0, nothing, 3.0).met
    assert not Measure("L4", "", "tip", "mm", (1.0, 2.0, 3.0), (1.0, nothing, 3.0), 3.0).met
    assert Measure("L4", "", "tip", "mm", (1.0, 2.0, 3.0), (1.0, 2.0, 5.0), 3.0).difference == 2.0


def test_landmarks_lie_near_the_published_ones(mesh, anatomy):
    found = reference_measures(mesh, anatomy)
    assert {key: len(rows) for key, rows in found.items()} == {"landmarks": 54, "facets": 24}
    assert sum(row.met for row in found["landmarks"]) > 0.6 * len(found["landmarks"])
    assert max(row.difference for row in found["landmarks"]) < 7.0


def test_the_shipped_mesh_is_valid(mesh):
    assert failed(mesh) == []


def test_an_inverted_cell_is_found(mesh):
    cells = mesh.cells.copy()
    cells[7] = cells[7][[1, 0, 2, 3]]
    assert failed(replace(mesh, cells=cells)) == ["smallest mean-ratio quality", "inverted cells"]


def test_facets_pushed_together_are_found(mesh, anatomy):
    towards_the_other = -facet_frames(anatomy)["L3-L4"].normal
    spoiled = moved(mesh, "L3.facet_cartilage.inferior.right", 1.2 * towards_the_other)
    (check,) = (check for check in validity_checks(spoiled) if "gap" in check.name and not check.passed)
    assert check.where == "L3-L4 right"
    gap = anatomy.joints["L3-L4"].facet_gap_mm
    assert check.value == pytest.approx(gap - 1.2, abs=0.1)  # at the apex; a triangle cuts the hollow short


def test_an_empty_surface_and_an_empty_patch_are_found(mesh):
    surfaces = {**mesh.surfaces, "L4.cortex": np.empty((0, 3), int)}
    patches = {**mesh.patches, "L4.follower": Patch(np.empty(0, int), np.empty(0))}
    spoiled = replace(mesh, surfaces=surfaces, patches=patches)
    assert failed(spoiled) == ["empty surfaces", "attachments without nodes or weights"]


def test_a_region_that_hangs_together_by_an_edge_is_found(mesh):
    own = mesh.region_cells("L3.posterior")
    shared = np.isin(mesh.cells[own], mesh.cells[own[0]]).sum(axis=1)
    other = own[np.flatnonzero(shared == 2)[0]]
    region = mesh.region.copy()
    region[[own[0], other]] = len(mesh.region_names)
    spoiled = replace(mesh, region=region, region_names=(*mesh.region_names, "loose"))
    (check,) = (check for check in validity_checks(spoiled) if not check.passed)
    assert "edges" in check.name and "loose" in check.where


def test_distance_from_its_own_bone_in_another_frame_is_nothing(test_mesh):
    turn = np.eye(4)
    turn[:3, :3] = [[0.0, 0.6, -0.8], [-1.0, 0.0, 0.0], [0.0, 0.8, 0.6]]
    turn[:3, 3] = [120.0, -40.0, 300.0]
    found = compare_with_reference(test_mesh, {"L4": bone_surface(test_mesh, "L4").moved(turn)})
    assert set(found) == {"L4"}
    assert max(found["L4"].to_reference.maximum, found["L4"].from_reference.maximum) < 1e-3


def test_distance_from_bone_that_is_larger_all_round_is_what_was_added(test_mesh):
    bone = bone_surface(test_mesh, "L4")
    found = compare_with_reference(test_mesh, {"L4": replace(bone, points=bone.points + 0.5 * bone.vertex_normals)})
    assert 0.3 < found["L4"].to_reference.mean < 0.5
