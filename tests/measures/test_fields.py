"""Fields of a state against hand calculations on known deformations of the shipped segment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fem_lumbar.measures.fields import StateFields, level_fields, point_fields, state_fields
from fem_lumbar.measures.line_fields import LINE_KINDS
from fem_lumbar.measures.muscles import muscle_summary
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.loads import build_loads
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.runs.fields import FIELD_LEGEND, LINE_LEGEND, field_files, write_fields
from fem_lumbar.runs.run import Fields
from fem_lumbar.runs.surface import Surface
from fem_lumbar.runs.vtu import read_lines, read_names, read_surface, read_vtu
from fem_lumbar.scenario.loader import load_scenario

SCENARIO = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
GRADIENT = np.array([[1.04, 0.02, -0.01], [0.0, 0.97, 0.03], [0.01, 0.0, 1.02]])

EDGES = ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))
"""Ends of the mid-edge nodes of VTK_QUADRATIC_TETRA, as the VTK file format documents them."""

# Keast 1986 (Comput Methods Appl Mech Eng 55:339-348), rule of degree 3 with five points
_POINTS = np.vstack([np.full(4, 0.25), np.full((4, 4), 1 / 6) + np.eye(4) / 3])
_WEIGHTS = np.array([-0.8, 0.45, 0.45, 0.45, 0.45]) / 6


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(SCENARIO, density="test")


@pytest.fixture(scope="module")
def segment(scenario):
    return build_segment(scenario, kept_mesh(scenario, scenario_mesh(scenario)))


@pytest.fixture(scope="module")
def loads(scenario, segment):
    return build_loads(scenario, segment, "standing")


@pytest.fixture(scope="module")
def stretched(segment, loads) -> StateFields:
    """The same deformation gradient everywhere."""
    return state_fields(segment, loads, state(segment, segment.space.nodes @ (GRADIENT - np.eye(3)).T), 0.5)


@pytest.fixture(scope="module")
def bent(segment) -> np.ndarray:
    """A state in which edges become parabolas, except those of bone that follow their ends."""
    x, y, z = segment.space.nodes.T
    moved = np.column_stack([2e-3 * z**2 - 1e-3 * x * y, 1e-3 * x * z, -1e-3 * (x**2 + y**2)])
    return segment.dof_map.state(segment.dof_map.unknowns(state(segment, moved)), 0.0)


def state(segment, displacement: np.ndarray) -> np.ndarray:
    x = np.zeros(segment.n_dofs)
    x[: displacement.size] = displacement.ravel()
    return x


def test_contacts_that_share_nodes_do_not_wipe_out_one_another():
    """Bones that meet beside a facet joint and spinous processes have a border in common."""

    def contact(nodes: list[int], pressures: list[float]) -> SimpleNamespace:
        state = SimpleNamespace(nodes=np.array(nodes), nodal_pressure=np.array(pressures))
        return SimpleNamespace(state=lambda x: state)

    contacts = [contact([0, 1], [3.0, 2.0]), contact([1, 2], [0.0, 1.0])]
    segment = SimpleNamespace(space=SimpleNamespace(n_nodes=4), all_contacts=contacts)
    assert point_fields(segment, np.zeros(12))["contact_pressure"].tolist() == [3.0, 2.0, 1.0, 0.0]


def stored(folder: Path, segment, fields: StateFields) -> Fields:
    """Fields written to a file and read again."""
    write_fields(folder, segment.mesh, "standing", fields)
    points, cells, point_data, cell_data = read_vtu(folder / "standing.vtu")
    return Fields(points, point_data["reference_position"], cells, point_data, cell_data)


def volumes(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Volumes (m,) of quadratic tetrahedra with VTK's numbers of nodes: mid-edge nodes on 01, 12, 20, 03, 13, 23."""
    gradient = np.vstack([-np.ones(3), np.eye(3)])  # of the barycentric coordinates
    total = np.zeros(len(cells))
    for place, weight in zip(_POINTS, _WEIGHTS, strict=True):
        corners = (4 * place[:, None] - 1) * gradient
        middles = [4 * (place[a] * gradient[b] + place[b] * gradient[a]) for a, b in EDGES]
        jacobian = np.einsum("ai,eaj->eij", np.vstack([corners, *middles]), points[cells])
        total += weight * np.linalg.det(jacobian)
    return total


def test_mid_edge_nodes_are_where_vtk_wants_them(segment, stretched, tmp_path):
    found = stored(tmp_path, segment, stretched)
    assert np.array_equal(found.cells, segment.mesh.cells)
    for place, (a, b) in enumerate(EDGES, start=4):
        ends = found.reference[found.cell_nodes[:, a]] + found.reference[found.cell_nodes[:, b]]
        assert np.allclose(found.reference[found.cell_nodes[:, place]], 0.5 * ends, atol=2e-5)
    assert volumes(found.points, found.cell_nodes).min() > 0.0


def test_file_holds_the_state(segment, loads, bent, tmp_path):
    found = stored(tmp_path, segment, state_fields(segment, loads, bent, 1.0))
    moved = bent[: 3 * segment.space.n_nodes].reshape(-1, 3)
    assert np.abs(found.points - segment.space.nodes - moved).max() < 1e-12
    assert np.allclose(found.point_data["displacement"], moved, rtol=1e-6)
    assert set(found.cell_data) | set(found.point_data) == set(FIELD_LEGEND)
    assert read_names(tmp_path / "standing.vtu") == {"region_names": list(segment.mesh.region_names)}


def test_volume_of_every_region_is_that_of_the_solver(segment, loads, bent, tmp_path):
    found = stored(tmp_path, segment, state_fields(segment, loads, bent, 1.0))
    volume = volumes(found.points, found.cell_nodes)
    corners = found.points[found.cells]
    straight = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    for region, name in enumerate(segment.mesh.region_names):
        cells = segment.mesh.region_cells(name)
        _, gradients, weights = segment.space.quadratic(cells, order=3)
        moved = bent[: 3 * segment.space.n_nodes].reshape(-1, 3)[segment.space.cell_nodes[cells]]
        ratio = np.linalg.det(np.eye(3) + np.einsum("eai,eqaj->eqij", moved, gradients))
        assert volume[found.cell_data["region"] == region].sum() == pytest.approx((ratio * weights).sum(), rel=1e-9)
    annulus = segment.mesh.region_cells("L4-L5.annulus")
    assert np.abs(straight[annulus] / volume[annulus] - 1).max() > 1e-3  # curved edges are part of it


def test_volume_ratio_is_the_determinant(stretched):
    assert np.allclose(stretched.cell_data["volume_ratio"], np.linalg.det(GRADIENT), rtol=1e-12)


def test_principal_strains_are_those_of_the_deformation(stretched):
    strain = 0.5 * (GRADIENT.T @ GRADIENT - np.eye(3))
    assert np.allclose(stretched.cell_data["principal_strains"], np.linalg.eigvalsh(strain)[::-1], atol=1e-12)
    for row, place in ((0, "1"), (2, "3")):
        material = np.linalg.eigh(strain)[1][:, ::-1][:, row]
        spatial = GRADIENT @ material / np.linalg.norm(GRADIENT @ material)
        direction = stretched.cell_data[f"principal_strain_direction_{place}"]
        assert np.allclose(np.abs(direction @ spatial), 1.0, rtol=1e-12)


def test_principal_stresses_are_eigenvalues_with_their_directions(stretched):
    data = stretched.cell_data
    xx, yy, zz, xy, yz, zx = data["cauchy_stress"].T
    tensor = np.array([[xx, xy, zx], [xy, yy, yz], [zx, yz, zz]]).transpose(2, 0, 1)
    scale = np.abs(tensor).max()
    for place, row in (("1", 0), ("3", 2)):
        value, direction = data["principal_stresses"][:, row], data[f"principal_stress_direction_{place}"]
        residual = np.einsum("eij,ej->ei", tensor, direction) - value[:, None] * direction
        assert np.abs(residual).max() < 1e-12 * scale
        assert np.allclose(np.linalg.norm(direction, axis=1), 1.0)
    principal = data["principal_stresses"]
    assert np.all(np.diff(principal, axis=1) <= 0.0)
    assert np.allclose(principal.mean(axis=1), -data["pressure"], atol=1e-9 * scale)
    apart = principal - np.roll(principal, 1, axis=1)
    assert np.allclose(data["von_mises"], np.sqrt(0.5 * np.sum(apart**2, axis=1)), atol=1e-9 * scale)


def test_fibre_stretch_is_that_of_the_fibres(segment, stretched):
    (item,) = segment.solids["L4-L5.annulus"]
    cells = segment.mesh.region_cells("L4-L5.annulus")
    drawn = item.law.directions @ GRADIENT.T
    length = np.linalg.norm(drawn, axis=-1)
    assert np.allclose(stretched.cell_data["fibre_stretch"][cells], length, rtol=1e-12)
    for family, name in enumerate(("fibre_direction_1", "fibre_direction_2")):
        assert np.allclose(stretched.cell_data[name][cells], drawn[:, family] / length[:, family, None], rtol=1e-12)
    others = segment.mesh.region_cells(*(name for name in segment.mesh.region_names if not name.endswith("annulus")))
    assert np.isnan(stretched.cell_data["fibre_stretch"][others]).all()


def test_stress_of_bone_by_hand(scenario, segment, stretched):
    bone = scenario.materials.cancellous
    shear = bone.modulus_MPa / (2 * (1 + bone.poisson_ratio))
    first = bone.modulus_MPa * bone.poisson_ratio / ((1 + bone.poisson_ratio) * (1 - 2 * bone.poisson_ratio))
    strain = 0.5 * (GRADIENT.T @ GRADIENT - np.eye(3))
    second = first * np.trace(strain) * np.eye(3) + 2 * shear * strain
    cauchy = GRADIENT @ second @ GRADIENT.T / np.linalg.det(GRADIENT)
    expected = [cauchy[i, j] for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))]
    found = stretched.cell_data["cauchy_stress"][segment.mesh.region_cells("L4.cancellous")]
    assert np.allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("region", ["L4.cancellous", "L4-L5.annulus", "L4-L5.nucleus", "L5.mal.left"])
def test_stress_balances_the_nodal_forces(segment, stretched, region):
    """Volume times mean stress is the sum of nodal forces times positions, whatever the tissue (virial theorem)."""
    x = state(segment, stretched.point_data["displacement"])
    virial = np.zeros((3, 3))
    for item in segment.solids[region]:
        k = item.nodes.shape[1]
        forces = item.forces(x, 1.0)[1][:, : 3 * k].reshape(-1, k, 3)
        virial += np.einsum("eai,eaj->ij", forces, segment.space.nodes[item.nodes] @ GRADIENT.T)
    cells = segment.mesh.region_cells(region)
    points = stretched.reference + stretched.point_data["displacement"]
    volume = volumes(points, stretched.cells[cells])
    xx, yy, zz, xy, yz, zx = volume @ stretched.cell_data["cauchy_stress"][cells]
    assert np.allclose([[xx, xy, zx], [xy, yy, yz], [zx, yz, zz]], virial, atol=1e-9 * np.abs(virial).max())


def test_lines_pull_as_their_items_do(segment, loads, stretched, tmp_path):
    x = state(segment, stretched.point_data["displacement"])
    stored(tmp_path, segment, stretched)
    points, ends, lines = read_lines(tmp_path / "standing.lines.vtp")
    assert set(lines) == set(LINE_LEGEND)
    assert (np.diff(points[ends][:, :, 2], axis=1) != 0).all()
    of_kind = {kind: lines["kind"] == number for number, kind in enumerate(LINE_KINDS)}
    muscles = muscle_summary(loads, x, 0.5)
    for name, sides in muscles.items():
        for side, sign in (("left", 1), ("right", -1)):
            rows = of_kind["muscle"] & (lines["name"] == name) & (lines["side"] == sign)
            assert lines["tension"][rows].sum() == pytest.approx(sides[side]["force_N"], rel=1e-5)
            assert np.allclose(lines["activation"][rows], sides[side]["activation"])
    assert np.allclose(lines["tension"][of_kind["follower"]], 250.0)  # half of 500 N
    assert lines["span"][of_kind["follower"]].tolist() == ["L3-L4", "L4-L5"]
    for joint, strands in segment.ligaments.items():
        rows = of_kind["ligament"] & (lines["span"] == joint)
        length = np.linalg.norm(points[ends[rows, 1]] - points[ends[rows, 0]], axis=1)
        assert np.allclose(length / strands.rest - 1.0, lines["strain"][rows], atol=1e-6)
        assert np.allclose(lines["tension"][rows], strands.tension(x), rtol=1e-5)
        assert (lines["side"][rows & (lines["name"] == "CL")] != 0).all()
        assert (lines["side"][rows & (lines["name"] == "ALL")] == 0).all()


def test_levels_are_a_series_of_moving_surfaces(segment, stretched, tmp_path):
    mesh, moved = segment.mesh, stretched.point_data["displacement"][: segment.space.n_corners]
    path = ((0.0, True), (0.5, True), (1.0, True), (0.5, False))
    x = [state(segment, part * stretched.point_data["displacement"]) for part, _ in path]
    levels = [level_fields(segment, found, part, loading) for found, (part, loading) in zip(x, path, strict=True)]
    assert [level.time for level in levels] == [0.0, 0.5, 1.0, 1.5]
    stored(tmp_path, segment, replace(stretched, levels=levels))
    text = (tmp_path / "standing.pvd").read_text()
    for number, (part, _) in enumerate(path):
        name = f"levels/standing.{number:02d}.vtp"
        assert name in text
        points, triangles, data = read_surface(tmp_path / name)
        surface = Surface.of(mesh.cells, mesh.region)
        assert np.array_equal(triangles, surface.triangles)
        assert np.allclose(data["displacement"], part * moved[surface.nodes], atol=1e-5)
        assert np.allclose(points - mesh.points[surface.nodes], data["displacement"], atol=1e-12)
    files = {file for file in tmp_path.rglob("*.*") if file.is_file()}
    assert files == set(field_files(tmp_path, "standing"))
